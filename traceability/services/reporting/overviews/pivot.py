"""Lay a mass out by place, metal and month, with the same months a year before, and rank places by it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.period import Period, add_months
from traceability.domain.place import place_key
from traceability.domain.rights import Viewer
from traceability.services.reporting.figures.report import (
    RegionalReport,
    ReportRow,
    report_for,
    report_months,
)
from traceability.services.reporting.overviews.report_table import ALL_METALS, join_grams
from traceability.services.reporting.scope import Level, MonthView


class PivotLine(NamedTuple):
    """The grams of a place and metal: by month, of the period and of the same months a year before; None no data."""

    row: ReportRow
    metal: str
    months: tuple[int | None, ...]
    period: int | None
    year_before: int | None

    @property
    def change(self) -> Fraction | None:
        """Return the growth against the year before; None where either is not known or the former was 0."""
        if self.period is None or not self.year_before:
            return None
        return Fraction(self.period - self.year_before, self.year_before)


@dataclass(frozen=True, slots=True)
class Pivot:
    """A mass of a place (``total``) and of the places within it: ``lines`` those of the place first, by metal."""

    total: ReportRow
    months: tuple[str, ...]
    lines: tuple[PivotLine, ...]
    seq: int
    recorded_ms: int

    @property
    def own(self) -> list[PivotLine]:
        """The lines of the place itself, the sum of its metals first."""
        return [line for line in self.lines if line.row is self.total]

    @property
    def within(self) -> list[PivotLine]:
        """The lines of the places within it."""
        return [line for line in self.lines if line.row is not self.total]

    @property
    def ranking(self) -> list[PivotLine]:
        """The places within it that have data by their sum of all metals, the largest first."""
        known = [line for line in self.within if line.metal == ALL_METALS and line.period is not None]
        return sorted(known, key=lambda line: line.period or 0, reverse=True)


def read_pivot(
    reader: Reader, viewer: Viewer, level: Level, code: str, period: Period, indicator: str,
    metals: Collection[str] = (), view: MonthView = "book", *, now_ms: int,
) -> Pivot:  # fmt: skip
    """Return a mass of a place and the places within it. Raises BadInput, NotFound, NotAllowed.

    The period's sum is that of its own report, so it is right where a month alone is withheld or has no statistic.
    """
    read = partial(
        report_for,
        reader,
        level,
        code,
        metals=metals,
        view=view,
        evidence=False,
        now_ms=now_ms,
        viewer=viewer,
    )
    whole, months = read(period), period.months()
    rows, within = (whole.total, *whole.rows), [row.places[0] for row in whole.rows]
    # The same places a year before, whatever lay within the place then.
    before = read(Period(add_months(period.first, -12), add_months(period.last, -12)), beside=within)
    if viewer.is_firm:  # what a firm may see is decided report by report
        reports = [read(Period(month, month)) for month in months]
        monthly = [(report.total, *report.rows) for report in reports]
    else:
        place = place_key(level, code)
        by_month = report_months(
            reader, (place, *within), period, metals, view, (indicator,), now_ms=now_ms
        ).by_month
        monthly = [by_month[month] for month in months]
    lines = join_months(whole, [*monthly, rows, (before.total, *before.beside)], indicator)
    return Pivot(whole.total, tuple(months), tuple(lines), whole.seq, whole.recorded_ms)


def join_months(
    whole: RegionalReport, reports: Sequence[Sequence[ReportRow]], indicator: str
) -> list[PivotLine]:
    """Return a line for each place and metal of a report that any of the ``reports`` has grams of.

    ``reports`` are the rows of each month, of the period and of the year before, in this order.
    """
    table = join_grams(reports, indicator)
    lines = []
    for row in (whole.total, *whole.rows):
        for metal in (ALL_METALS, *row.by_metal):
            grams = table.get((row.level, row.address, metal))
            if grams is not None and any(one is not None for one in grams):
                lines.append(PivotLine(row, metal, grams[:-2], grams[-2], grams[-1]))
    return lines
