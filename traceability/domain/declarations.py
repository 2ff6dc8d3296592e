"""Compute figures from what sites declare: capacity of smelting lines by efficiency level, months with evidence."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from traceability.domain.event import Order
from traceability.domain.period import Period


class SmeltingLine(NamedTuple):
    """A declared smelting line: capacity in grams a year at an efficiency level. ``order`` is its place in the book."""

    site: str
    line: str
    period: str  # the year, or a month of it, that it was declared for
    metal: str
    capacity_g: int
    level: str
    order: Order
    event: str


def newest_lines(lines: Iterable[SmeltingLine], period: Period) -> list[SmeltingLine]:
    """One declaration per site and line: the newest for the year in which the period ends, not for a later month."""
    newest: dict[tuple[str, str], SmeltingLine] = {}
    for line in sorted(lines, key=lambda one: one.order):
        if line.period[:4] == period.last[:4] and line.period <= period.last:
            newest[line.site, line.line] = line
    return [newest[key] for key in sorted(newest)]


def capacity_at(level: str, lines: Iterable[SmeltingLine], metals: Collection[str]) -> tuple[int, int]:
    """(capacity at the level, all capacity), in grams a year, of lines of these metals (none given: all)."""
    chosen = [line for line in lines if not metals or line.metal in metals]
    return sum(line.capacity_g for line in chosen if line.level == level), sum(
        line.capacity_g for line in chosen
    )


def evidence_months(
    first_month: str, ended_before: str, period: Period, *, sealed: Collection[str],
    power: Collection[str], fuel: Collection[str],
) -> tuple[int, int]:  # fmt: skip
    """(months sealed with power and fuel records, ended months) of one site since its first event's month.

    ``ended_before`` is the month that is not over yet.
    """
    ended = [month for month in period.months() if first_month <= month < ended_before]
    kept = set(sealed) & set(power) & set(fuel)
    return sum(month in kept for month in ended), len(ended)
