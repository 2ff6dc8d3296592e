"""Show the weight of a scale: live on a terminal, in scripts a line for each change."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

from scanners.scales.live import LiveWeight, WeightState
from traceability.cli.session import Session, list_reasons
from traceability.domain.errors import TraceabilityError
from traceability.locale import format_kg
from traceability.services.directory.scales import Scale

if TYPE_CHECKING:
    from rich.live import Live

SIGNS: dict[WeightState, str] = {"stable": "●", "moving": "◌", "over": "▲", "under": "▼", "silent": "○"}
STYLES: dict[WeightState, str] = {"stable": "bold green", "moving": "yellow"}


class ScaleScreen(Protocol):
    """What is seen of a scale; ``connection`` is why there is none, '' where there is one."""

    connection: str

    def show(self, weight: LiveWeight, trouble: TraceabilityError | None) -> None:
        """Show what the scale shows, and why readings could not be handed on."""


@contextmanager
def open_screen(session: Session, scale: Scale) -> Iterator[ScaleScreen]:
    """Open the screen of a terminal, or what writes lines where there is none or ``--json`` asks for it."""
    if session.json or not sys.stdout.isatty():
        yield LineScreen(session)
        return
    from rich.live import Live

    with Live(refresh_per_second=8) as live:
        yield TerminalScreen(session, scale, live)


class LineScreen:
    """Writes a line for each change of state or of a weight that stands still: a log, not a stream of frames."""

    def __init__(self, session: Session) -> None:
        self.connection = ""
        self._session = session
        self._last: object = None

    def show(self, weight: LiveWeight, trouble: TraceabilityError | None) -> None:
        """Write what changed."""
        why = self.connection if weight.state == "silent" else ""
        failing = trouble.code if trouble else ""
        shown = (weight.state, weight.mass_g if weight.state == "stable" else None, why, failing)
        if shown == self._last:
            return
        self._last = shown
        if self._session.json:
            told = {
                "state": weight.state,
                "mass_g": weight.mass_g,
                "raw": weight.raw,
                "dropped": weight.dropped,
            }
            click.echo(json.dumps({**told, "connection": why, "trouble": failing}, ensure_ascii=False))
        else:
            click.echo("\t".join(_describe(self._session, weight, why, trouble)))
        sys.stdout.flush()


class TerminalScreen:
    """Draws the weight in place."""

    def __init__(self, session: Session, scale: Scale, live: "Live") -> None:
        self.connection = ""
        self._session = session
        self._scale = scale
        self._live = live

    def show(self, weight: LiveWeight, trouble: TraceabilityError | None) -> None:
        """Draw what the scale shows."""
        from rich.text import Text

        kg, state, *rest = _describe(
            self._session, weight, self.connection if weight.state == "silent" else "", trouble
        )
        drawn = Text.assemble(
            (f"{self._scale.name}  ", "bold"),
            (f"{kg or '–':>10} kg  ", STYLES.get(weight.state, "dim")),
            (f"{SIGNS[weight.state]} {state}", STYLES.get(weight.state, "red")),
        )
        for line in rest:
            drawn.append(f"\n{line}", "dim")
        self._live.update(drawn)


def _describe(
    session: Session, weight: LiveWeight, connection: str, trouble: TraceabilityError | None
) -> list[str]:
    """Return the weight in kg, its state in words, and what else is to be said."""
    said = [
        "" if weight.mass_g is None else format_kg(weight.mass_g),
        session.text(f"scale_live.{weight.state}"),
    ]
    if connection:
        said.append(session.text("cli.scale_no_connection", {"reason": connection}))
    if trouble is not None:
        said += [session.text(trouble.code, trouble.figures), *list_reasons(session, trouble)]
    if weight.dropped:
        said.append(session.text("scale.dropped", {"count": weight.dropped}))
    return said
