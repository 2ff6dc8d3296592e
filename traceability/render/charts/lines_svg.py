"""Draw lines over months: a zero baseline, each line named at its end, the target dashed."""

from fractions import Fraction
from typing import NamedTuple

from traceability.render.charts.svg import write_drawing, write_line, write_words
from traceability.render.sheets import Cell, Chart, Series, Sheet, file_number, write_cell

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 12, 28
MOST_LABELS = 7
LINE_HEIGHT = 15


class _Line(NamedTuple):
    series: Series
    name: str
    values: list[Fraction | None]
    last: str


def draw_lines(chart: Chart, sheet: Sheet, language: str) -> str:
    """Return the drawing, '' where no line has a value."""
    lines = [_read_line(sheet, series, language) for series in chart.series]
    known = [value for line in lines for value in line.values if value is not None]
    if not known:
        return ""
    step, count = _choose_scale(max(known))
    top = step * count
    months = [write_cell(sheet.columns[0], row[0], "") for row in sheet.rows]
    parts = [*_draw_grid(step, count), *_draw_months(months)]
    ends: list[tuple[float, _Line]] = []
    for line in lines:
        drawn = _draw_runs(line, top, months)
        parts += drawn
        if known_of_line := [value for value in line.values if value is not None]:
            ends.append((_y(known_of_line[-1], top), line))
    return write_drawing(WIDTH, HEIGHT, [*parts, *_name_ends(ends)])


def _read_line(sheet: Sheet, series: Series, language: str) -> _Line:
    number = sheet.column_number(series.column)
    assert number is not None
    column = sheet.columns[number]
    cells: list[Cell] = [row[number] for row in sheet.rows]
    values = [file_number(column, cell) for cell in cells]
    known = [cell for cell in cells if cell.value is not None]
    unit = "%" if column.kind == "share" else column.unit
    last = f"{write_cell(column, known[-1], language)} {unit}".strip() if known else ""
    return _Line(series, dict(column.headings).get(language, ""), values, last)


def _choose_scale(largest: Fraction) -> tuple[Fraction, int]:
    """Return (step, number of steps) of round numbers that reach the largest value."""
    step = Fraction(1, 1000)
    while True:
        for factor in (1, 2, 5):
            if step * factor * 5 >= largest:
                return step * factor, max(1, -(-largest // (step * factor)))
        step *= 10


def _draw_grid(step: Fraction, count: int) -> list[str]:
    parts = []
    for number in range(count + 1):
        y = _y(step * number, step * count)
        parts.append(write_line([(LEFT, y), (WIDTH - RIGHT, y)], "hairline" if number else "ink-soft"))
        parts.append(write_words(LEFT - 6, y + 4, _write_tick(step * number), anchor="end"))
    return parts


def _write_tick(value: Fraction) -> str:
    return f"{float(value):g}"


def _draw_months(months: list[str]) -> list[str]:
    every = max(1, -(-len(months) // MOST_LABELS))
    return [
        write_words(_x(place, len(months)), HEIGHT - 8, month, anchor="middle")
        for place, month in enumerate(months)
        if place % every == 0
    ]


def _draw_runs(line: _Line, top: Fraction, months: list[str]) -> list[str]:
    """Return the line, interrupted where there is no data: never drawn through 0."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(line.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((_x(place, len(months)), _y(value, top)))
    ink, target = line.series.ink, line.series.is_target
    return [
        write_line(
            run if len(run) > 1 else [(run[0][0] - 3, run[0][1]), (run[0][0] + 3, run[0][1])],
            ink, width=1.5 if target else 2.5, dashes="5 4" if target else "", title=line.name,
        )
        for run in runs
        if run
    ]  # fmt: skip


def _name_ends(ends: list[tuple[float, _Line]]) -> list[str]:
    """Return each line's name and last value beside its end, moved apart where they would overlap."""
    words, lowest = [], 0.0
    for y, line in sorted(ends, key=lambda end: end[0]):
        place = max(y + 4, lowest + LINE_HEIGHT)
        lowest = place
        ink = "warn-mark" if line.series.is_target else "ink"
        words.append(write_words(WIDTH - RIGHT + 8, place, f"{line.name} {line.last}", ink=ink, bold=True))
    return words


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: Fraction, top: Fraction) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - max(0.0, float(value / top)))
