"""A trend says exactly what the reports of its months say, and where it goes by its rolling years."""

from fractions import Fraction
from typing import cast

import pytest

from tests.support.golden import NOW_MS, Golden
from tests.support.reading import ask
from traceability.domain.period import Period, add_months
from traceability.domain.target import AT_LEAST, AT_MOST, PolicyTarget
from traceability.services.reporting.figures.report import ReportRow, report_for, report_months
from traceability.services.reporting.overviews.trend import Course, PlaceTrend, TrendPoint, find_pace
from traceability.services.reporting.scope import Level, MonthView

FIRST_HALF = Period("2025-01", "2025-06")
PLACES = ("nation:CN", "province:430000", "prefecture:430600", "site:miluo", "group:430000,510000")
OF_SITES = {"power_coverage"}
"""What asks every site for its tapped metal: no part of a trend."""


@pytest.mark.parametrize("view", ["book", "event"])
@pytest.mark.parametrize("metals", [(), ("Al",), ("Cu",)])
def test_months_read_at_once_are_those_of_single_reports(
    told: Golden, view: MonthView, metals: tuple[str, ...]
) -> None:
    rows = ask(told.store, report_months, PLACES, FIRST_HALF, metals, view, now_ms=NOW_MS)
    with told.store.read() as reader:
        for month in FIRST_HALF.months():
            for place, row in zip(PLACES, rows.by_month[month], strict=True):
                level, _, code = place.partition(":")
                single = report_for(
                    reader, cast("Level", level), code, Period(month, month), metals, view,
                    evidence=False, now_ms=NOW_MS,
                ).total  # fmt: skip
                assert row.names == single.names
                compared = [id_ for id_ in single.figures if id_ not in OF_SITES]
                for id_ in compared:
                    one, other = row.figures[id_], single.figures[id_]
                    shown = ("value", "numerator", "denominator", "gap", "since", "limits", "basis", "metals")
                    assert [getattr(one, name) for name in shown] == [
                        getattr(other, name) for name in shown
                    ], (place, month, id_)
    assert any(row.figures["supply_share"].value for rows_ in rows.by_month.values() for row in rows_)


def trend_of(rolled: list[int | None], number: int | None, operator: str = AT_LEAST) -> PlaceTrend:
    """A trend of rolling years in per cent, by month from 2025-01 on."""
    points = tuple(
        TrendPoint(
            add_months("2025-01", place), Fraction(value or 0, 100), None if value is None else Fraction(value, 100),
            None if number is None else Fraction(number, 100), None, (), "",
        )
        for place, value in enumerate(rolled)
    )  # fmt: skip
    value = None if number is None else Fraction(number, 100)
    aim = PolicyTarget("430000", "supply_share", year=2026, operator=operator, value=value)
    return PlaceTrend(cast("ReportRow", None), "supply_share", points, aim)


@pytest.mark.parametrize(
    ("rolled", "number", "operator", "course", "reached_in"),
    [
        ([10, 11, 12, 13, 14, 15, 16], 24, AT_LEAST, Course.IN_TIME, "2026-03"),
        ([10, 10, 10, 10, 10, 10, 11], 24, AT_LEAST, Course.TOO_SLOW, "2032-01"),
        ([10, 10, 10, 10, 10, 10, 10], 24, AT_LEAST, Course.NOT_IN_SIGHT, ""),
        ([12, 10, 10, 10, 10, 10, 10], 24, AT_LEAST, Course.NOT_IN_SIGHT, ""),
        ([20, 21, 22, 23, 24, 24, 24], 24, AT_LEAST, Course.REACHED, ""),
        ([30, 29, 28, 27, 26, 25, 24], 20, AT_MOST, Course.IN_TIME, "2025-11"),
        ([10, 11, 12, 13, 14, 15, 16], None, AT_LEAST, Course.RISING, ""),
        ([16, 11, 12, 13, 14, 15, 10], None, AT_LEAST, Course.FALLING, ""),
        ([None, 11, 12, 13, 14, 15, 16], 24, AT_LEAST, Course.UNKNOWN, ""),
    ],
)
def test_the_pace_is_the_straight_line_through_rolling_years(
    rolled: list[int | None], number: int | None, operator: str, course: Course, reached_in: str
) -> None:
    pace = find_pace(trend_of(rolled, number, operator))
    assert (pace.course, pace.reached_in) == (course, reached_in)
