"""Read what the demo plants for auditors (``seed/demo/planted.toml``), and what it makes the generator do differently."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from traceability.exchange.demo.cast import FOLDER


class PlantedCase(NamedTuple):
    """A case of a finding, or a false friend of it that must stay quiet.

    ``event`` is the event's name, ``more`` what the generator does differently.
    """

    finding: str
    is_found: bool
    site: str
    month: int
    event: str
    more: Mapping[str, Any]


@cache
def list_planted() -> tuple[PlantedCase, ...]:
    """Return every case and false friend."""
    rows = tomllib.loads((FOLDER / "planted.toml").read_text(encoding="utf-8"))["case"]
    own = PlantedCase._fields[:-1]
    return tuple(
        PlantedCase(
            row["finding"], row["is_found"], row["site"], row["month"], row["event"],
            {name: row[name] for name in row if name not in own},
        )
        for row in rows
    )  # fmt: skip


def find_planted(finding: str, site: str, month: int) -> PlantedCase | None:
    """Return the case of a finding at a site in a month, if there is one."""
    for case in list_planted():
        if (case.finding, case.site, case.month) == (finding, site, month):
            return case
    return None


@cache
def _by_event(key: str) -> Mapping[str, Any]:
    return {case.event: case.more[key] for case in list_planted() if key in case.more}


def tare_off_ppm(event: str) -> int:
    """Return how far a load's tare is off, in millionths."""
    return int(_by_event("tare_off_ppm").get(event, 0))


def yield_ppm(event: str) -> int:
    """Return the yield of a heat, 0 where it is about the plant's own."""
    return int(_by_event("yield_ppm").get(event, 0))


def returns_ppm(event: str) -> int:
    """Return how much of a heat's charge is another firm's run-around scrap, 0 where it is the usual."""
    return int(_by_event("returns_ppm").get(event, 0))


def keeps_returns(site: str, month: int) -> bool:
    """Return whether heats of a month leave other firms' run-around scrap on its pile, for a later one."""
    return any(
        case.finding == "reclassified"
        and case.site == site
        and case.more.get("kept_from", case.month) <= month <= case.month
        for case in list_planted()
    )


@cache
def _nights() -> Mapping[str, str]:
    return {name: hour for case in list_planted() for name, hour in case.more.get("nights", {}).items()}


def night_hour(event: str) -> str:
    """Return the hour of an entry that is made by night, else ''."""
    return _nights().get(event, "")
