"""Compute figures from what sites declare: smelting capacity, months with evidence."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from traceability.domain.event import Order
from traceability.domain.period import Period


class SmeltingLine(NamedTuple):
    """A declared smelting line: capacity in grams a year at an efficiency level."""

    site: str
    line: str
    period: str  # the year, or a month of it, that it was declared for
    metal: str
    capacity_g: int
    level: str
    order: Order  # of the event, in the book
    event: str
    region: str = ""


def newest_lines(lines: Iterable[SmeltingLine], period: Period) -> list[SmeltingLine]:
    """Return one declaration per site and line: the newest for the year in which the period ends.

    Declarations for a month after the period do not count.
    """
    newest: dict[tuple[str, str], SmeltingLine] = {}
    for line in sorted(lines, key=lambda line: line.order):
        if line.period[:4] == period.last[:4] and line.period <= period.last:
            newest[line.site, line.line] = line
    return [newest[key] for key in sorted(newest)]


def capacity_at(level: str, lines: Iterable[SmeltingLine], metals: Collection[str]) -> tuple[int, int]:
    """Return (capacity at the level, all capacity) of lines, in grams a year.

    ``metals`` () are all.
    """
    chosen = [line for line in lines if not metals or line.metal in metals]
    at_level = sum(line.capacity_g for line in chosen if line.level == level)
    return at_level, sum(line.capacity_g for line in chosen)


EVIDENCE = ("power", "fuel")
"""Types of the records that a month's evidence consists of."""

NONE_OF: Mapping[str, str] = {"power": "no_power", "fuel": "no_fuel"}
"""By them the type of declaration that a site without it makes once; it holds from its month on."""


def evidence_months(
    first_month: str, ended_before: str, period: Period, *, sealed: Collection[str],
    power: Collection[str], fuel: Collection[str],
) -> dict[str, bool]:  # fmt: skip
    """Return every ended month of a site since its first event's, with whether it has all evidence.

    That is a seal, a power record and a fuel record. ``ended_before`` is the month that is not over
    yet.
    """
    complete = set(sealed) & set(power) & set(fuel)
    return {month: month in complete for month in period.months() if first_month <= month < ended_before}
