"""Write a document as a workbook: a worksheet per sheet with its charts, then methods and filters.

Numbers are numbers, in the unit of their heading and shown with the decimals of the page; no data is an
empty cell, since a chart draws words as 0. Words are always written as words, whatever they begin with.
"""

import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from traceability.locale import text
from traceability.render.charts.bars_svg import BELOW
from traceability.render.charts.svg import INKS
from traceability.render.sheets import (
    Cell,
    Chart,
    ReportDocument,
    Row,
    Sheet,
    SheetColumn,
    file_number,
    list_methods,
    shown_decimals,
    write_cell,
    write_file_cell,
)

NAME_LENGTH = 31  # of a worksheet, the most that spreadsheets take
LONGEST_LINK = (
    2079  # characters; the address of a what-if of many metals may be longer, and stands as words then
)
NARROWEST, WIDEST = 8, 48
CHART_WIDTH, CHART_HEIGHT = 720, 320
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip

_NATIVE = {"lines": "line", "bars": "bar", "tiles": "bar", "sankey": "bar"}
"""Charts that spreadsheets draw themselves: what they have no drawing for, as bars."""
MOST_BARS, BAR_HEIGHT = 40, 18

MakeFormat = Callable[..., Format]


def write_xlsx(document: ReportDocument, language: str) -> bytes:
    """Return the file. The same document gives the same bytes: it is dated by the record that it is of."""
    file = io.BytesIO()
    workbook = Workbook(file, _OPTIONS)
    created = datetime.fromtimestamp(document.recorded_ms // 1000, UTC).replace(tzinfo=None)
    workbook.set_properties({"title": document.title[:255], "created": created})
    make_format = _share_formats(workbook)
    titles = [sheet.title(language) for sheet in document.sheets]
    names = _name_worksheets(
        [*titles, *(text(f"file.{part}", {}, language) for part in ("formulas", "filters"))]
    )
    for sheet, name in zip(document.sheets, names, strict=False):
        worksheet = workbook.add_worksheet(name)
        _write_sheet(worksheet, sheet, language, make_format)
        charts = [chart for chart in document.charts if chart.sheet == sheet.id and chart.kind in _NATIVE]
        for number, chart in enumerate(charts):
            _draw_chart(workbook, worksheet, chart, sheet, number)
    notes = [("", note) for note in document.notes]
    _write_pairs(workbook.add_worksheet(names[-2]), [*list_methods(document, language), *notes], make_format)
    worksheet = workbook.add_worksheet(names[-1])
    _write_pairs(worksheet, [("", document.title), *document.said], make_format)
    place = (len(document.said) + 1, 1)
    if len(document.link) > LONGEST_LINK:
        worksheet.write_string(*place, document.link)
    elif document.link:
        worksheet.write_url(*place, document.link, string=document.link)
    workbook.close()
    return file.getvalue()


def _share_formats(workbook: Workbook) -> MakeFormat:
    """Return what makes a format once for each set of properties."""
    made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def make_format(**properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in made:
            made[key] = workbook.add_format(properties)
        return made[key]

    return make_format


def _name_worksheets(titles: Sequence[str]) -> list[str]:
    """Return a name for each worksheet that every spreadsheet takes: short, without signs, none twice."""
    names: list[str] = []
    taken: set[str] = {"history"}  # a name that Excel keeps for itself
    for title in titles:
        base = _NOT_IN_NAMES.sub(" ", title).strip().strip("'")[:NAME_LENGTH] or "-"
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base[: NAME_LENGTH - len(str(number)) - 1]} {number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _write_sheet(worksheet: Worksheet, sheet: Sheet, language: str, make_format: MakeFormat) -> None:
    for number, column in enumerate(sheet.columns):
        heading = make_format(bold=True, text_wrap=True, valign="top", bottom=1, align=_align(column))
        worksheet.write_string(0, number, column.heading(language), heading)
    rows: list[Row] = [*sheet.rows, *([sheet.total] if sheet.total else [])]
    for line, row in enumerate(rows, 1):
        total = {"bold": True, "top": 1} if row is sheet.total else {}
        for number, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(worksheet, (line, number), column, cell, language, make_format, total)
    for number, column in enumerate(sheet.columns):
        shown = (_width(write_cell(column, row[number], language)) for row in rows)
        width = max((_width(column.heading(language)) // 2 + 2, *shown))
        worksheet.set_column(number, number, min(max(width + 2, NARROWEST), WIDEST))
        if column.bar and sheet.rows:
            worksheet.conditional_format(1, number, len(sheet.rows), number, {
                "type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": INKS[column.ink],
                "bar_negative_color": INKS[BELOW], "bar_axis_position": "middle" if _has_negative(sheet, number) else "none",
            })  # fmt: skip
    worksheet.freeze_panes(1, 1)
    worksheet.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
    worksheet.repeat_rows(0)
    worksheet.set_paper(9)  # A4
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)


def _has_negative(sheet: Sheet, number: int) -> bool:
    return any(
        isinstance(cell.value, int | Fraction) and cell.value < 0
        for cell in (row[number] for row in sheet.rows)
    )


def _write_cell(
    worksheet: Worksheet, place: tuple[int, int], column: SheetColumn, cell: Cell, language: str,
    make_format: MakeFormat, more: dict[str, Any],
) -> None:  # fmt: skip
    if file_number(column, cell) is not None:
        decimals = shown_decimals(column, cell)
        shown_as = make_format(num_format="#,##0" + ("." + "0" * decimals if decimals else ""), **more)
        worksheet.write_number(*place, Decimal(write_file_cell(column, cell)), shown_as)
    elif cell.value is None:
        worksheet.write_blank(*place, None, make_format(**more))
    else:
        worksheet.write_string(*place, write_cell(column, cell, language), make_format(**more))


def _write_pairs(worksheet: Worksheet, pairs: Sequence[tuple[str, str]], make_format: MakeFormat) -> None:
    worksheet.set_column(0, 0, 28)
    worksheet.set_column(1, 1, 100)
    for line, (name, value) in enumerate(pairs):
        worksheet.write_string(line, 0, name, make_format(bold=True, valign="top", text_wrap=True))
        worksheet.write_string(line, 1, value, make_format(valign="top", text_wrap=True))


def _draw_chart(workbook: Workbook, worksheet: Worksheet, chart: Chart, sheet: Sheet, number: int) -> None:
    """Draw lines or bars from the cells of the worksheet, beside them; a target is dashed."""
    kind = _NATIVE[chart.kind]
    drawn = workbook.add_chart({"type": kind})
    first, last = sheet.column_number(chart.x) or 0, len(sheet.rows)
    beside = sheet.column_number(chart.x_beside) if chart.x_beside else first
    if kind == "bar":
        last = min(last, MOST_BARS)
    for series in chart.series:
        y = sheet.column_number(series.column)
        if y is None or not last:
            continue
        line = {"color": INKS[series.ink], "width": 1.5 if series.is_target else 2.25}
        fill = {"fill": {"color": INKS[series.ink]}, "border": {"none": True}, "gap": 40}
        drawn.add_series({
            "name": [worksheet.name, 0, y],
            "categories": [worksheet.name, 1, first, last, beside],
            "values": [worksheet.name, 1, y, last, y],
            **(fill if kind == "bar" else {"line": {**line, "dash_type": "dash"} if series.is_target else line}),
        })  # fmt: skip
    if not drawn.series:
        return
    drawn.set_title({"name": chart.finding, "overlay": False, "name_font": {"size": 11}})
    drawn.set_legend({"position": "bottom"})
    grid = {"major_gridlines": {"visible": True, "line": {"color": INKS["hairline"]}}}
    if kind == "bar":
        drawn.set_y_axis({"reverse": True, "label_position": "low"})  # the first row at the top
        drawn.set_x_axis(grid)
    else:
        drawn.set_y_axis({"min": 0, **grid})
    drawn.show_blanks_as("gap")
    height = max(CHART_HEIGHT, 120 + last * BAR_HEIGHT) if kind == "bar" else CHART_HEIGHT
    drawn.set_size({"width": CHART_WIDTH, "height": height})
    worksheet.insert_chart(1 + number * (CHART_HEIGHT // 20 + 1), len(sheet.columns) + 1, drawn)


def _align(column: SheetColumn) -> str:
    return "right" if column.is_number else "left"


def _width(words: str) -> int:
    """Return how many columns of a fixed-width font words take: of a Chinese character two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in words)
