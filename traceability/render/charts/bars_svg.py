"""Draw bars from a zero line: small ones beside the numbers of a table, and a chart of them for paper."""

from dataclasses import replace
from html import escape

from traceability.render.charts.data import read_series, write_axis
from traceability.render.charts.svg import fold, write_box, write_drawing, write_line, write_words
from traceability.render.sheets import Chart, Row, Sheet, SheetColumn, file_number

CELL_WIDTH, CELL_HEIGHT = 72, 12
THINNEST = 1.0
WIDTH, LEFT, RIGHT = 960, 300, 130
STEP, THICK = 22, 14
MOST_BARS = 30
BELOW = "primary"
"""The ink of what lies below zero: beyond a target, or less than before."""


def draw_cell_bars(sheet: Sheet) -> Sheet:
    """Return the sheet with a bar beside each number of the columns that have ``bar``."""
    barred = [(number, column) for number, column in enumerate(sheet.columns) if column.bar]
    rows, total = list(sheet.rows), sheet.total
    for number, column in barred:
        values = [file_number(column, row[number]) for row in rows]
        known = [float(value) for value in values if value is not None]
        if any(known):
            low, high = min(0.0, *known), max(0.0, *known)
            rows = [
                _put(row, number, _draw_cell(None if value is None else float(value), low, high, column))
                for row, value in zip(rows, values, strict=True)
            ]
            total = _put(total, number, _draw_cell(None, low, high, column)) if total else None
    return replace(sheet, rows=rows, total=total) if barred else sheet


def _put(row: Row, number: int, drawing: str) -> Row:
    cell = row[number]
    return row if cell.drawing else (*row[:number], cell._replace(drawing=drawing), *row[number + 1 :])


def _draw_cell(value: float | None, low: float, high: float, column: SheetColumn) -> str:
    """Return a bar as wide as its value is in the column; of none the room alone, so that numbers line up."""
    scale = (CELL_WIDTH - 2) / (high - low)
    zero = 1 - low * scale
    box = ""
    if value is not None:
        wide = max(abs(value) * scale, THINNEST if value else 0.0)
        box = write_box(
            zero - (wide if value < 0 else 0), 2, wide, CELL_HEIGHT - 4, column.ink if value >= 0 else BELOW
        )
        box += write_line([(zero, 0), (zero, CELL_HEIGHT)], "ink-soft", width=0.5)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" '
        f'viewBox="0 0 {CELL_WIDTH} {CELL_HEIGHT}" class="cell-bar" aria-hidden="true">{box}</svg>'
    )


def draw_bars(chart: Chart, sheet: Sheet, language: str) -> str:
    """Return bars of the first rows, one under another, with names left and values right; '' of nothing known."""
    series = read_series(chart, sheet, language)[0]
    bars = [
        (name, value, words, href)
        for name, value, words, href in zip(
            write_axis(chart, sheet, language), series.values, series.words, series.hrefs, strict=True
        )
        if value is not None
    ][:MOST_BARS]
    values = [value for _, value, _, _ in bars]
    if not any(values):
        return ""
    low, high = min(0.0, *values), max(0.0, *values)
    scale = (WIDTH - LEFT - RIGHT) / (high - low)
    zero = LEFT - low * scale
    height = len(bars) * STEP + 8
    parts = [write_line([(zero, 2), (zero, height - 2)], "ink-soft")]
    for place, (name, value, words, href) in enumerate(bars):
        y, wide = 4 + place * STEP, max(abs(value) * scale, THINNEST)
        box = write_box(
            zero - (wide if value < 0 else 0),
            y,
            wide,
            THICK,
            series.ink if value >= 0 else BELOW,
            title=f"{name} {words}",
        )
        label = (
            f'<a href="{escape(href)}" aria-label="{escape(f"{name} {words}")}">{box}</a>' if href else box
        )
        shown = fold(name, LEFT - 20)
        parts += [
            label,
            write_words(
                LEFT - 10, y + 12, shown[0] + ("…" if len(shown) > 1 else ""), anchor="end", ink="ink"
            ),
            write_words(max(zero, zero + value * scale) + 6, y + 12, words),
        ]
    return write_drawing(WIDTH, height, parts)
