"""Lay the figures of each month of a period out in a long table: a line per region, month, metal and indicator."""

from collections.abc import Collection, Iterator

from graph.store import Reader
from traceability.domain.errors import BadInput
from traceability.domain.indicators import INDICATORS
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.services.reporting.exact import write_amount, write_value_exactly
from traceability.services.reporting.figures.report import Figure, ReportRow, report_for
from traceability.services.reporting.scope import Level, MonthView
from traceability.services.reporting.table import Table, Value

MOST_MONTHS = 36  # of one table: a report is made for each
ALL_METALS = "all"

COLUMNS = ("region", "month", "metal", "indicator", "value", "numerator", "denominator", "unit", "withheld")


def monthly_table(
    reader: Reader, viewer: Viewer, level: Level, code: str, period: Period, metals: Collection[str] = (),
    indicators: Collection[str] = (), view: MonthView = "book", *, now_ms: int,
) -> Table:  # fmt: skip
    """Return the figures of a place and of the places within it, month by month.

    ``value`` has six decimals, or as many as its target needs; ``numerator`` and ``denominator`` are exact. A figure without data, or withheld from a firm, has neither.
    Metal ``all`` are all that were chosen. () are all metals and indicators. Raises BadInput, NotFound, NotAllowed.
    """
    months = period.months()
    if len(months) > MOST_MONTHS:
        raise BadInput("report.too_many_months", count=len(months), most=MOST_MONTHS)
    rows: list[tuple[Value, ...]] = []
    for month in months:
        report = report_for(
            reader, level, code, Period(month, month), metals, view, now_ms=now_ms, viewer=viewer
        )
        for row in (report.total, *report.rows):
            rows += _lines(row, month, indicators)
    return Table(COLUMNS, rows)


def _lines(row: ReportRow, month: str, indicators: Collection[str]) -> Iterator[tuple[Value, ...]]:
    for metal, figures in {ALL_METALS: row.figures, **row.by_metal}.items():
        for id_ in figures:
            if not indicators or id_ in indicators:
                yield _line(row.code, month, metal, id_, figures[id_])


def _line(code: str, month: str, metal: str, id_: str, figure: Figure) -> tuple[Value, ...]:
    numerator = figure.numerator if figure.value is not None else None
    denominator = figure.denominator if figure.value is not None else None
    return (
        code, month, metal, id_, write_value_exactly(figure.value, figure.limits), write_amount(numerator), write_amount(denominator),
        INDICATORS[id_].value_unit, figure.withheld,
    )  # fmt: skip
