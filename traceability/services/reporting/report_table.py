"""Lay a report out as a table: a line per place, metal and indicator, with exact values."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from traceability.domain.indicators import INDICATORS
from traceability.locale import LANGUAGES
from traceability.services.reporting.report import RegionalReport, target_value
from traceability.services.reporting.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

REPORT_COLUMNS = (
    "level", "code", *(f"name_{language}" for language in LANGUAGES), "indicator", "value", "unit", "numerator",
    "denominator", "base_unit", "basis", "target", "target_region", "target_year", "verdict", "interim",
)  # fmt: skip


def frame(report: RegionalReport) -> "DataFrame":
    """Return the report as a frame: a line per place, metal and indicator.

    Metal '' is all that were chosen.

    ``unit`` is that of ``value`` and ``target``, ``base_unit`` that of ``numerator`` and
    ``denominator``.
    """
    import pandas as pd

    lines = []
    for row in (*report.rows, *report.groups, report.total):
        parts = {"": row.figures, **row.by_metal}
        for metal, figures in parts.items():
            for id_, figure in figures.items():
                indicator, verdict = INDICATORS[id_], figure.verdict
                shown = verdict.shown if verdict else None
                lines.append(
                    {
                        "level": row.level, "code": row.code,
                        **{f"name_{language}": row.name(language) for language in LANGUAGES},
                        "metal": metal, "indicator": id_, "kind": indicator.kind,
                        "value": figure.value, "unit": indicator.value_unit,
                        "numerator": figure.numerator, "denominator": figure.denominator,
                        "base_unit": indicator.base_unit, "basis": figure.basis,
                        "target": target_value(figure), "target_region": shown.region if shown else "",
                        "target_year": shown.year if shown else None,
                        "verdict": verdict.state if verdict else "", "interim": bool(verdict and verdict.interim),
                    }
                )  # fmt: skip
    # Whole grams and exact fractions: columns of objects, so that nothing becomes a binary float.
    return pd.DataFrame(lines, dtype=object)


def report_table(report: RegionalReport, indicators: Collection[str]) -> Table:
    """Return some indicators of every place of a report.

    Value and target are in ``unit``, masses in whole grams.
    """
    lines = frame(report)
    shown = lines[(lines.metal == "") & lines.indicator.isin(list(indicators))]
    rows = shown[list(REPORT_COLUMNS)].to_dict("records")
    return Table(REPORT_COLUMNS, [[cells[name] for name in REPORT_COLUMNS] for cells in rows])
