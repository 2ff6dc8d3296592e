"""Follow indicators of places month by month, and say where an indicator goes by its pace of the last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import NamedTuple, cast

from graph.store import Reader
from traceability.domain.errors import BadInput
from traceability.domain.indicators import INDICATORS, Amount, Indicator, LedgerTerms, OutputStatistic
from traceability.domain.period import Period, add_months
from traceability.domain.rights import Viewer
from traceability.domain.target import AT_LEAST, AT_MOST, PolicyTarget
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.figures.report import (
    Figure,
    MonthlyRows,
    ReportRow,
    report_for,
    report_months,
    target_value,
)
from traceability.services.reporting.figures.sources import needs_evidence
from traceability.services.reporting.scope import Level, MonthView, check_in_view, check_place, split_place

YEAR = 12
MOST_MONTHS = 60
"""Of a trend for which a report is made for each month."""
FEWEST_FOR_PACE = 6
"""Months between the first and the last rolling year from which a pace is said."""
MOST_MONTHS_AHEAD = 240
"""Beyond twenty years a pace foretells nothing."""


class TrendPoint(NamedTuple):
    """A figure of one month: ``rolling`` is the same of the twelve months that end with it.

    Values are in the unit of the indicator; None is no data. ``target`` is the region's own number in force, and
    ``reference`` the nation's where it has none. ``year_before`` is the value of the same month a year earlier.
    ``gap`` is what was missing for the target. ``withheld`` is why the value is not told, ``withheld_before`` that of
    the year before.
    """

    month: str
    value: Fraction | None
    rolling: Fraction | None
    target: Fraction | None
    reference: Fraction | None
    limits: tuple[Fraction, ...]
    withheld: str
    year_before: Fraction | None = None
    numerator: Amount | None = None
    denominator: int | None = None
    gap: int | None = None
    withheld_before: str = ""


@dataclass(frozen=True, slots=True)
class PlaceTrend:
    """One indicator of one place by month, oldest first, and the target in force at the end."""

    row: ReportRow
    indicator: str
    points: tuple[TrendPoint, ...]
    aim: PolicyTarget | None = None

    @property
    def last(self) -> TrendPoint | None:
        """The newest month that has a figure."""
        return next((point for point in reversed(self.points) if point.value is not None), None)

    @property
    def has_data(self) -> bool:
        """Whether any month has a figure."""
        return self.last is not None


@dataclass(frozen=True, slots=True)
class Trends:
    """Trends of places by indicator: ``of[indicator]`` are in the order of the places asked for."""

    months: tuple[str, ...]
    of: dict[str, tuple[PlaceTrend, ...]]
    seq: int
    recorded_ms: int


def read_trends(
    reader: Reader, viewer: Viewer | None, places: Sequence[str], period: Period, indicators: Sequence[str],
    metals: Sequence[str] = (), view: MonthView = "book", now_ms: int | None = None,
) -> Trends:  # fmt: skip
    """Return indicators of places by month; ``viewer`` None sees all. Raises BadInput, NotFound, NotAllowed.

    The year before the period is read too, so that its first month has a rolling year and one to compare with.
    """
    for place in places:
        level, code = _address_of(place)
        check_place(level, code)
        if viewer is not None:
            check_in_view(viewer, level, code)
    if viewer is not None:
        check_open(reader, viewer, places)
    wide = Period(add_months(period.first, -YEAR), period.last)
    slow = (viewer is not None and viewer.is_firm) or any(needs_evidence(id_) for id_ in indicators)
    months = tuple(period.months())
    if slow and len(months) > MOST_MONTHS:
        raise BadInput("report.too_many_months", count=len(months), most=MOST_MONTHS)
    rows = (
        _report_each(reader, viewer, places, period, indicators, metals, view, now_ms)
        if slow
        else report_months(reader, places, wide, metals, view, indicators, now_ms=now_ms)
    )
    of = {
        id_: tuple(_follow(rows, number, id_, months) for number in range(len(places))) for id_ in indicators
    }
    return Trends(months, of, rows.seq, rows.recorded_ms)


def _address_of(place: str) -> tuple[Level, str]:
    level, code, _ = split_place(place)
    return cast("Level", level), code


def _report_each(
    reader: Reader, viewer: Viewer | None, places: Sequence[str], period: Period, indicators: Sequence[str],
    metals: Sequence[str], view: MonthView, now_ms: int | None,
) -> MonthlyRows:  # fmt: skip
    """Return the rows of single reports: what a firm may see is decided report by report, and energy and evidence are
    read from each site's records."""
    evidence = any(needs_evidence(id_) for id_ in indicators)
    by_month, seq, recorded_ms = {}, 0, 0
    for month in period.months():
        reports = [
            report_for(
                reader, *_address_of(place), Period(month, month), metals, view,
                evidence=evidence, now_ms=now_ms, viewer=viewer,
            )
            for place in places
        ]  # fmt: skip
        by_month[month] = tuple(report.total for report in reports)
        seq, recorded_ms = reports[-1].seq, reports[-1].recorded_ms
    return MonthlyRows(by_month, seq, recorded_ms)


def _follow(rows: MonthlyRows, number: int, id_: str, months: tuple[str, ...]) -> PlaceTrend:
    figures = {month: of[number].figures[id_] for month, of in rows.by_month.items()}
    last = figures[months[-1]]
    verdict = last.verdict
    return PlaceTrend(
        rows.by_month[months[-1]][number],
        id_,
        tuple(_point(figures, month) for month in months),
        verdict.target if verdict else None,
    )


def _point(figures: dict[str, Figure], month: str) -> TrendPoint:
    figure = figures[month]
    verdict, number = figure.verdict, target_value(figure)
    own = verdict is not None and verdict.reference is None
    before = figures.get(add_months(month, -YEAR))
    return TrendPoint(
        month, figure.value, _roll(figures, month), number if own else None, None if own else number,
        figure.limits, figure.withheld, before.value if before else None,
        figure.numerator, figure.denominator, figure.gap.amount if figure.gap else None,
        before.withheld if before else "",
    )  # fmt: skip


def _roll(figures: dict[str, Figure], month: str) -> Fraction | None:
    """Return the value of the twelve months that end with a month; None where one of them has no whole to divide by.

    Only sums of the months themselves add up so: a stock or a capacity does not.
    """
    parts = [figures.get(add_months(month, -back)) for back in range(YEAR)]
    known = [part for part in parts if part is not None and part.numerator is not None]
    if len(known) < YEAR:
        return None
    indicator = INDICATORS[known[0].indicator]
    if not adds_up(indicator):
        return None
    numerator = sum((part.numerator or 0 for part in known), Fraction(0))
    if indicator.kind == "mass":
        return indicator.value(numerator, None)
    if any(part.denominator is None for part in known):
        return None
    return indicator.value(numerator, sum(part.denominator or 0 for part in known))


def adds_up(indicator: Indicator) -> bool:
    """Return whether the sums of months make those of a year."""
    source = indicator.source
    return isinstance(source, OutputStatistic) or (
        isinstance(source, LedgerTerms) and source.months == "period"
    )


# --- where it goes ------------------------------------------------------------------------------


class Course(StrEnum):
    """Where an indicator goes by its rolling years."""

    UNKNOWN = "unknown"  # too few months
    REACHED = "reached"
    IN_TIME = "in_time"  # at this pace by the end of the target's year
    TOO_SLOW = "too_slow"  # at this pace, but later
    NOT_IN_SIGHT = "not_in_sight"  # it goes the other way, or stands still
    RISING = "rising"  # without a number to be held against
    FALLING = "falling"
    STEADY = "steady"


class Pace(NamedTuple):
    """The course of a trend: ``first`` and ``last`` are rolling years ``months`` apart, ``reached_in`` is the month
    in which the straight line through both comes to the target ('' where none)."""

    course: Course
    months: int = 0
    first: Fraction | None = None
    last: Fraction | None = None
    reached_in: str = ""


def find_pace(trend: PlaceTrend) -> Pace:
    """Return the course of a trend by the straight line through two rolling years, at most twelve months apart.

    The target is the region's own. Without its number there is a direction only.
    """
    rolled = [point for point in trend.points if point.rolling is not None][-(YEAR + 1) :]
    if len(rolled) <= FEWEST_FOR_PACE:
        return Pace(Course.UNKNOWN)
    first, last, months = rolled[0].rolling, rolled[-1].rolling, len(rolled) - 1
    assert first is not None
    assert last is not None
    number = rolled[-1].target
    if number is None or trend.aim is None or trend.aim.operator not in (AT_LEAST, AT_MOST):
        course = Course.RISING if last > first else Course.FALLING if last < first else Course.STEADY
        return Pace(course, months, first, last)
    sign = 1 if trend.aim.operator == AT_LEAST else -1
    missing, change = sign * (number - last), sign * (last - first)
    if missing <= 0:
        return Pace(Course.REACHED, months, first, last)
    if change <= 0 or (ahead := ceil(missing * months / change)) > MOST_MONTHS_AHEAD:
        return Pace(Course.NOT_IN_SIGHT, months, first, last)
    reached_in = add_months(rolled[-1].month, ahead)
    in_time = trend.aim.year is not None and reached_in <= f"{trend.aim.year}-12"
    return Pace(Course.IN_TIME if in_time else Course.TOO_SLOW, months, first, last, reached_in)
