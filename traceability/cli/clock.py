"""Offer the commands about the clock: how it stands to the newest record, and accepting one that was set back."""

import os
from getpass import getuser

import click

from traceability.cli.session import (
    Command,
    Group,
    Session,
    json_option,
    language_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.services.recording.clock import ClockState, accept_clock, read_clock


@click.group("clock", cls=Group)
@language_option
def clock() -> None:
    """Compare the clock with the newest record."""


@clock.command("show", cls=Command)
@store_option
@json_option
@pass_session
def show(session: Session) -> None:
    """Show the clock beside the newest record, and every clock that was accepted."""
    with session.open().read() as reader:
        state = read_clock(reader, now_ms())
    _print(session, state)


@clock.command("accept", cls=Command)
@option("--reason", required=True, help="clock_reason")
@store_option
@json_option
@pass_session
def accept(session: Session, reason: str) -> None:
    """Accept a clock that is behind, because the earlier one had run ahead."""
    state = accept_clock(session.open(), _account(), reason, now_ms())
    session.say("cli.clock_accepted", newest_ms=state.newest_ms)
    if session.json:
        session.answer(_encode(state))


def _account() -> str:
    """Return the name of the machine's account, which stands in the log."""
    try:
        return getuser()
    except (OSError, KeyError):  # a container may run under a number without a name
        return str(os.getuid())


def _print(session: Session, state: ClockState) -> None:
    if session.json:
        session.answer(_encode(state))
        return
    session.say("cli.clock_now", now_ms=state.now_ms)
    if state.newest_ms:
        session.say("cli.clock_newest", newest_ms=state.newest_ms)
    if not print_standing(session, state):
        session.say("cli.clock_right")
    for entry in state.accepted:
        session.say("cli.clock_entry", **entry._asdict())


def print_standing(session: Session, state: ClockState) -> bool:
    """Say that the clock is behind, where nothing can be recorded by it or record times are pinned."""
    if not (state.pinned or state.refused):
        return False
    session.say(f"cli.clock_{_standing(state)}", minutes=-(-state.behind_ms // 60_000))
    return True


def _standing(state: ClockState) -> str:
    return "pinned" if state.pinned else "refused" if state.refused else "right"


def _encode(state: ClockState) -> dict[str, object]:
    accepted = [entry._asdict() for entry in state.accepted]
    newest = {"now_ms": state.now_ms, "newest_ms": state.newest_ms, "behind_ms": state.behind_ms}
    return {**newest, "state": _standing(state), "accepted": accepted}


COMMANDS = {"clock": clock}
