"""Write a document as a PDF on A4: what is said, charts, sheets with repeated headings, methods.

The words go to the typesetter as data, never as source, and the font comes with us: the same document gives
the same pages on every machine.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traceability.domain.calendar import SHANGHAI
from traceability.locale import format_count, text
from traceability.render.sheets import ReportDocument, Row, Sheet, list_methods, list_shown, show_cell

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
TEMPLATE = _HERE / "report.typ"
FONTS = _HERE / "fonts"
UPRIGHT_COLUMNS = 7
"""A table with more columns lies on its side."""
WIDTHS = {"tiles": 60, "code": 20}
"""Of drawings by their kind, in % of the page; of others all."""
MOST_ROWS = 1500
"""Of one table in a PDF: a request waits for it, and nobody reads more on paper. The other files have all."""


def write_pdf(document: ReportDocument, language: str) -> bytes:
    """Return the file; it is dated by the record that it is of."""
    import typst

    recorded = datetime.fromtimestamp(document.recorded_ms // 1000, SHANGHAI)
    methods = list_methods(document, language)
    body = {
        "title": document.title,
        "said": document.said,
        "link": document.link,
        "charts": [
            {
                "finding": chart.finding,
                "described": chart.described,
                "drawing": chart.drawing,
                "width": WIDTHS.get(chart.kind, 100),
                "legend": [one._asdict() for one in chart.legend],
            }
            for chart in document.charts
            if chart.drawing
        ],
        "sheets": [_describe(sheet, language) for sheet in document.sheets],
        "methods": methods,
        "notes": document.notes,
        "how": text("file.formulas", {}, language) if methods else "",
        "page": text("file.page", {"page": "{page}", "pages": "{pages}"}, language),
        "upright": UPRIGHT_COLUMNS,
        "language": language,
        "year": recorded.year, "month": recorded.month, "day": recorded.day,
    }  # fmt: skip
    return typst.compile(
        str(TEMPLATE),
        root=str(_HERE),
        font_paths=_load_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(body, ensure_ascii=False)},
        timestamp=document.recorded_ms // 1000,
    )


@cache
def _load_fonts() -> "typst.Fonts":
    """Return our font alone; it is read once by each process."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _describe(sheet: Sheet, language: str) -> dict[str, Any]:
    columns = list_shown(sheet)

    def write(row: Row) -> list[list[str]]:
        cells = [show_cell(sheet, row, number, language) for number, _ in columns]
        return [[cell.words, *cell.beneath] for cell in cells]

    count = len(sheet.rows)
    return {
        "title": sheet.title(language),
        "by_hand": sheet.by_hand,
        "columns": [
            {"heading": column.heading(language), "number": column.is_number} for _, column in columns
        ],
        "rows": [write(row) for row in sheet.rows[:MOST_ROWS]],
        "total": write(sheet.total) if sheet.total else [],
        "empty": sheet.empty or text("sheet.empty", {}, language),
        "cut": text("file.cut", {"shown": format_count(MOST_ROWS), "count": format_count(count)}, language)
        if count > MOST_ROWS
        else "",
    }
