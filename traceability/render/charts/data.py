"""Write the numbers of a chart as JSON, for the script that draws it again in the browser.

They come from the cells that the table shows: each point has its words and the page that its cell opens.
"""

import json
from typing import Any, NamedTuple

from traceability.render.sheets import Cell, Chart, Sheet, SheetColumn, file_number, write_cell


class DrawnSeries(NamedTuple):
    """A series as it is drawn: its name, colour, and a value, words and address for each place on the axis."""

    name: str
    ink: str
    is_target: bool
    values: list[float | None]
    words: list[str]
    hrefs: list[str]


def read_series(chart: Chart, sheet: Sheet, language: str) -> list[DrawnSeries]:
    """Return the series of a chart from its sheet."""
    found = []
    for series in chart.series:
        number = sheet.column_number(series.column)
        assert number is not None, f"{sheet.id} has no column {series.column}"
        column = sheet.columns[number]
        cells: list[Cell] = [row[number] for row in sheet.rows]
        numbers = [file_number(column, cell) for cell in cells]
        found.append(DrawnSeries(
            dict(column.headings).get(language, ""),
            series.ink,
            series.is_target,
            [None if one is None else float(one) for one in numbers],
            [write_with_unit(column, cell, language) for cell in cells],
            [cell.href for cell in cells],
        ))  # fmt: skip
    return found


def write_axis(chart: Chart, sheet: Sheet, language: str = "") -> list[str]:
    """Return what stands along the axis: without a language months are written in short, ``2025-03``."""
    number = sheet.column_number(chart.x) or 0
    return [write_cell(sheet.columns[number], row[number], language) for row in sheet.rows]


def write_with_unit(column: SheetColumn, cell: Cell, language: str) -> str:
    """Return a cell with its unit, as it is read apart from its column."""
    words = write_cell(column, cell, language)
    return words if cell.value is None else f"{words} {unit_of(column)}".strip()


def unit_of(column: SheetColumn) -> str:
    """Return the unit in which the cells of a column are written."""
    return {"share": "%", "mass": "t"}.get(column.kind, column.unit)


def describe_series(chart: Chart, sheet: Sheet, language: str) -> str:
    """Return a chart of lines or bars as JSON."""
    drawn = read_series(chart, sheet, language)
    number = sheet.column_number(chart.series[0].column) if chart.series else None
    body: dict[str, Any] = {
        "axis": write_axis(chart, sheet),
        "names": write_axis(chart, sheet, language),
        "unit": unit_of(sheet.columns[number]) if number is not None else "",
        "series": [series._asdict() for series in drawn],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
