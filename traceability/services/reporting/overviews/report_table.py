"""Lay a report out as a table: a line per place, metal and indicator, with exact values."""

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from traceability.domain.coverage import Coverage
from traceability.domain.indicators import INDICATORS
from traceability.locale import LANGUAGES, text
from traceability.locale.formats import count_decimals, write_plain
from traceability.services.reporting.figures.report import Figure, RegionalReport, ReportRow, target_value
from traceability.services.reporting.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

CELL_DECIMALS = 6  # of a ratio in a file

REPORT_COLUMNS = (
    "level", "code", *(f"name_{language}" for language in LANGUAGES), "indicator", "value", "unit", "numerator",
    "denominator", "base_unit", "basis", "factors", "coverage", "coverage_of", "coverage_recycled", "target",
    "target_region", "target_year", "verdict", "interim", "firms", "gap", "gap_growing",
    "value_sealed", "value_now", "since_numerator", "since_denominator", "metal",
    *(f"{said}_{language}" for said in ("indicator", "method", "withheld") for language in LANGUAGES),
)  # fmt: skip


def frame(report: RegionalReport) -> "DataFrame":
    """Return the report as a frame: a line per place, metal and indicator.

    Metal '' is all that were chosen.

    ``unit`` is that of ``value`` and ``target``, ``base_unit`` that of ``numerator``,
    ``denominator`` and gaps. ``coverage`` is that of the figure's whole, by the indicator
    ``coverage_of``.
    """
    import pandas as pd

    lines = [
        _make_line(row, metal, id_, figure)
        for row in _list_rows(report)
        for metal, figures in {"": row.figures, **row.by_metal}.items()
        for id_, figure in figures.items()
    ]
    # Whole grams and exact fractions: columns of objects, so that nothing becomes a binary float.
    return pd.DataFrame(lines, dtype=object)


def _list_rows(report: RegionalReport) -> list[ReportRow]:
    return [*report.rows, *report.groups, report.total]


def _make_line(row: ReportRow, metal: str, id_: str, figure: Figure) -> dict[str, Any]:
    indicator, verdict, gap, since = INDICATORS[id_], figure.verdict, figure.gap, figure.since
    whole, recycled = coverages_of(figure)
    shown = verdict.shown if verdict else None
    return {
        "level": row.level, "code": row.code,
        **{f"name_{language}": row.name(language) for language in LANGUAGES},
        "metal": metal, "indicator": id_, "kind": indicator.kind,
        "value": figure.value, "limits": figure.limits, "unit": indicator.value_unit,
        "numerator": figure.numerator, "denominator": figure.denominator,
        "base_unit": indicator.base_units, "basis": figure.basis,
        "factors": figure.factors, "withheld": figure.withheld,
        "coverage": whole.value if whole else None,
        "coverage_of": whole.indicator if whole else "",
        "coverage_recycled": recycled.value if recycled else None,
        "value_sealed": since.sealed if since else None,
        "value_now": since.now if since else None,
        "since_numerator": since.numerator if since else None,
        "since_denominator": since.denominator if since else None,
        "target": target_value(figure), "target_region": shown.region if shown else "",
        "target_year": shown.year if shown else None,
        "verdict": str(verdict.state) if verdict else "", "interim": bool(verdict and verdict.interim),
        "firms": verdict.firms if verdict else None,
        "gap": gap.as_it_is if gap else None, "gap_growing": gap.growing if gap else None,
    }  # fmt: skip


def _tell(value: Fraction | None, limits: Iterable[Fraction]) -> Fraction | str | None:
    """Return a value whose cell tells on which side of each limit it lies.

    Cells have six decimals; where that is too few it is written out with more.
    """
    if value is None or value.denominator == 1:
        return value
    decimals = count_decimals(value, limits, CELL_DECIMALS)
    return value if decimals == CELL_DECIMALS else write_plain(value, decimals)


def coverages_of(figure: Figure) -> tuple[Coverage | None, Coverage | None]:
    """Return the coverage of a figure's whole, and that of recycled output beside it."""
    whole, recycled = (*figure.coverage, None, None)[:2]
    return whole, recycled


def report_table(
    report: RegionalReport, indicators: Collection[str], rows: Iterable[ReportRow] | None = None
) -> Table:
    """Return some indicators of every place of a report, or of some of its ``rows``.

    Value and target are in ``unit``, masses in whole grams. Name and method stand in every language
    beside each figure, so that a line speaks for itself wherever it is copied to.
    """
    lines = [
        _make_line(row, "", id_, row.figures[id_])
        for row in (_list_rows(report) if rows is None else rows)
        for id_ in row.figures
        if id_ in indicators
    ]
    return _make_table(report, lines)


def place_table(report: RegionalReport, rows: Iterable[ReportRow]) -> Table:
    """Return every figure of a place and of its metals, and of ``rows``, the places within it."""
    lines = [
        _make_line(row, metal, id_, figure)
        for row in (*rows, report.total)
        for metal, figures in {"": row.figures, **(row.by_metal if row is report.total else {})}.items()
        for id_, figure in figures.items()
    ]
    return _make_table(report, lines)


def _make_table(report: RegionalReport, lines: list[dict[str, Any]]) -> Table:
    for cells in lines:
        indicator = INDICATORS[cells["indicator"]]
        for language in LANGUAGES:
            cells[f"indicator_{language}"] = text(indicator.name, {}, language)
            cells[f"method_{language}"] = text(indicator.method, {}, language)
            withheld = cells["withheld"]
            cells[f"withheld_{language}"] = text(f"withheld.{withheld}", {}, language) if withheld else ""
        cells["value"] = _tell(cells["value"], cells["limits"])
        for name in ("coverage", "coverage_recycled"):
            cells[name] = _tell(cells[name], (report.bounds.low, report.bounds.high))
    return Table(REPORT_COLUMNS, [[cells[name] for name in REPORT_COLUMNS] for cells in lines])


ALL_METALS = "all"


def join_grams(
    reports: Sequence[Iterable[ReportRow]], indicator: str
) -> dict[tuple[str, str, str], tuple[int | None, ...]]:
    """Return by (level, address, metal) the grams of each report, exact.

    Columns of objects hold Python integers: those have no largest value, so no sum of them overflows, and none
    becomes a binary float, as pandas makes of integers beside missing values.
    """
    import pandas as pd

    grams = [
        (row.level, row.address, metal, number, int(figure.value))
        for number, rows in enumerate(reports)
        for row in rows
        for metal, figures in {ALL_METALS: row.figures, **row.by_metal}.items()
        if (figure := figures.get(indicator)) is not None and figure.value is not None
    ]
    names = ["level", "address", "metal", "report", "grams"]
    long = pd.DataFrame(grams, columns=names, dtype=object)
    wide = long.pivot(index=names[:3], columns="report", values="grams").reindex(columns=range(len(reports)))
    return {
        key: tuple(None if pd.isna(one) else int(one) for one in row)
        for key, row in zip(wide.index, wide.to_numpy(dtype=object), strict=True)
    }
