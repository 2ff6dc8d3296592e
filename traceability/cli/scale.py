"""Offer the command that reads a scale beside it, shows its weight, and hands readings to the system."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from scanners.scales.address import ScaleAddress, read_address
from scanners.scales.link import open_link
from scanners.scales.live import LiveScale, LiveWeight
from traceability.cli.scale_delivery import Courier, Destination, ServerDestination, StoreDestination
from traceability.cli.scale_screen import ScaleScreen, open_screen
from traceability.cli.session import (
    FILE_IN,
    Command,
    Session,
    json_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import BadInput

FIRST_WAIT, LONGEST_WAIT = 1, 10  # seconds until a lost connection is tried again
STEP = 0.2


@click.command("scale", cls=Command)
@click.argument("address", required=False, default="")
@option("--site", required=True, help="scale_site")
@option("--name", default="", help="scale_name")
@option("--server", default="", metavar="URL", help="scale_server")
@option("--token-file", type=FILE_IN, help="scale_token_file")
@option("--once", is_flag=True, help="scale_once")
@store_option
@json_option
@pass_session
def scale(
    session: Session, address: str, site: str, name: str, server: str, token_file: Path | None, once: bool
) -> None:
    """Read a scale until it is interrupted, or until a weight stands still on it."""
    destination: Destination
    if server:
        destination = ServerDestination(server, token_file, site, name)
    else:
        destination = StoreDestination(session.open(), site, name)
    known = destination.scale
    if not (address or known.address):
        raise BadInput("cli.scale_no_address", name=known.name)
    where = read_address(address or known.address)
    with open_screen(session, known) as screen, Courier(destination) as courier:
        follow_scale(LiveScale(known.frames, known.division_g), where, destination, courier, screen, once)


def follow_scale(
    live: LiveScale,
    where: ScaleAddress,
    destination: Destination,
    courier: Courier,
    screen: ScaleScreen,
    once: bool,
) -> None:
    """Read, show and hand on, over every loss of the connection; with ``once`` until a weight stands still.

    Raises NotAllowed and NotFound where the system does not want the readings.
    """

    def step() -> bool:
        weight = live.take_due(now_ms())
        if weight is not None:
            courier.hand_on(weight)
        screen.show(live.weight, courier.trouble)
        courier.check()
        return once and _is_load(live.weight)

    wait = FIRST_WAIT
    while True:
        try:
            with open_link(where, destination.scale.baud, destination.scale.bits) as link:
                screen.connection = ""
                while True:
                    sent = link.read()
                    if sent:
                        wait = FIRST_WAIT
                    live.feed(sent, now_ms())
                    if step():
                        return
        except OSError as error:
            live.lose()
            screen.connection = error.strerror or str(error)
        if _pause(wait, step):
            return
        wait = min(2 * wait, LONGEST_WAIT)


def _pause(seconds: float, step: Callable[[], bool]) -> bool:
    """Wait, and go on telling that nothing is heard; return whether ``step`` ended it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if step():
            return True
        time.sleep(STEP)
    return False


def _is_load(weight: LiveWeight) -> bool:
    return weight.state == "stable" and (weight.mass_g or 0) > 0


COMMANDS = {"scale": scale}
