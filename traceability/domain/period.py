"""Define periods: a month, a quarter, a year, or any run of months."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from traceability.domain.calendar import month_end, time_of_day
from traceability.domain.errors import BadInput

V = TypeVar("V")

MAX_MONTHS = 1200
_MONTH = re.compile(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d)|-?[Qq]([1-4]))?", re.ASCII)


class Period(NamedTuple):
    """Months from the first to the last, both inclusive, as ``2025-01``."""

    first: str
    last: str

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first
        year, month, until = self.first[:4], int(self.first[5:]), int(self.last[5:])
        if year == self.last[:4]:
            if (month, until) == (1, 12):
                return year
            if until == month + 2 and month % 3 == 1:
                return f"{year}-Q{(month + 2) // 3}"
        return f"{self.first}..{self.last}"

    @property
    def year(self) -> int:
        """Return the calendar year in which it ends, which decides what targets are in force."""
        return int(self.last[:4])

    @property
    def whole_years(self) -> bool:
        """Return whether it is made of whole calendar years."""
        return self.first.endswith("-01") and self.last.endswith("-12")

    @property
    def before(self) -> str:
        """Return the month before the first: up to it everything is opening stock."""
        return add_months(self.first, -1)

    @property
    def start_ms(self) -> int:
        """Return its first instant in Asia/Shanghai."""
        return time_of_day(self.first + "-01")

    @property
    def end_ms(self) -> int:
        """Return the first instant after it."""
        return month_end(self.last)

    @property
    def is_year(self) -> bool:
        """Return whether it is one whole calendar year."""
        return self.whole_years and self.first[:4] == self.last[:4]

    def months(self) -> list[str]:
        """Return every month, in order."""
        return list(_list_months(self))

    def contains(self, month: str) -> bool:
        """Return whether the month belongs to it."""
        return self.first <= month <= self.last


@lru_cache(maxsize=1024)
def _list_months(period: Period) -> tuple[str, ...]:
    listed = [period.first]
    while listed[-1] < period.last:
        listed.append(add_months(listed[-1], 1))
    return tuple(listed)


def add_months(month: str, count: int) -> str:
    """Return the month so many months later: ``2025-01`` and −1 give ``2024-12``."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + count
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def parse_period(text: str) -> Period:
    """Return the period of ``2025``, ``2025-03``, ``2025-Q1`` or ``2025-01..2025-06``.

    Raises BadInput.
    """
    first, dots, last = text.strip().partition("..")
    parts = [_parse_part(first, text), _parse_part(last if dots else first, text)]
    period = Period(parts[0].first, parts[1].last)
    too_long = (int(period.last[:4]) - int(period.first[:4])) * 12 > MAX_MONTHS
    if period.first > period.last or too_long:
        raise BadInput("report.bad_period", text=text[:40])
    return period


def _parse_part(part: str, text: str) -> Period:
    match = _PERIOD.fullmatch(part.strip())
    if match is None:
        raise BadInput("report.bad_period", text=text[:40])
    year, month, quarter = match.groups()
    if month:
        period = Period(f"{year}-{month}", f"{year}-{month}")
    elif quarter:
        period = Period(f"{year}-{int(quarter) * 3 - 2:02d}", f"{year}-{int(quarter) * 3:02d}")
    else:
        period = Period(f"{year}-01", f"{year}-12")
    if not _MONTH.fullmatch(period.first):
        raise BadInput("report.bad_period", text=text[:40])
    return period


def group_months(months: Iterable[str]) -> dict[str, list[Period]]:
    """Group months by year, newest first: the year, then its quarters and months as far as they are
    given."""
    by_year: dict[str, list[Period]] = {}
    for month in sorted(set(months), reverse=True):
        listed = by_year.setdefault(month[:4], [parse_period(month[:4])])
        quarter = parse_period(f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}")
        if quarter not in listed:
            listed.append(quarter)
        listed.append(Period(month, month))
    return by_year


def pick_periods(period: Period, stated: Mapping[str, V]) -> tuple[dict[str, V], list[str]]:
    """Return (the yearly and monthly figures that count for a period, the months that none covers).

    A whole year counts by its yearly figure where there is one, else by its months; so nothing counts twice.
    """
    if period.first == period.last:  # most that is asked: each month of a trend
        month = period.first
        return ({month: stated[month]}, []) if month in stated else ({}, [month])
    months = period.months()
    picked: dict[str, V] = {}
    missing = []
    for month in months:
        year = month[:4]
        if year in stated and period.first <= f"{year}-01" and f"{year}-12" <= period.last:
            picked[year] = stated[year]
        elif month in stated:
            picked[month] = stated[month]
        else:
            missing.append(month)
    return picked, missing


def last_month(declared: str) -> str:
    """Return the last month of a declared year or month: 2025 -> 2025-12."""
    return declared if len(declared) > 4 else f"{declared}-12"
