"""Draw lines over months: a zero baseline, each line named at its end, the target dashed.

Every point that opens a page is a link, as in the table: not by the tab key, which reaches it there.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from html import escape

from traceability.render.charts.data import DrawnSeries, read_series, unit_of, write_axis
from traceability.render.charts.svg import (
    INKS,
    fold,
    measure,
    spread,
    write_drawing,
    write_line,
    write_words,
)
from traceability.render.sheets import Chart, Sheet

WIDTH, HEIGHT = 960, 300
LEFT, TOP, BOTTOM = 64, 12, 28
SIZE, LINE_HEIGHT = 12, 15
WIDEST_LABEL = 220
MOST_LABELS = 9
POINT = 2.5


def draw_lines(chart: Chart, sheet: Sheet, language: str) -> str:
    """Return the drawing, '' where no line has a value."""
    lines = read_series(chart, sheet, language)
    known = [value for line in lines for value in line.values if value is not None]
    if not known:
        return ""
    number = sheet.column_number(chart.series[0].column)
    unit = unit_of(sheet.columns[number]) if number is not None else ""
    return _Drawing(lines, write_axis(chart, sheet), unit if unit == "%" else "", max(known)).write()


def choose_scale(largest: float) -> tuple[Fraction, int]:
    """Return (step, number of steps) of round numbers that reach the largest value."""
    step = Fraction(1, 1000)
    while True:
        for factor in (1, 2, 5):
            if step * factor * 5 >= largest:
                return step * factor, max(1, -(-Fraction(largest) // (step * factor)))
        step *= 10


@dataclass
class _Drawing:
    lines: list[DrawnSeries]
    axis: list[str]
    unit: str
    largest: float
    labels: list[tuple[float, DrawnSeries, list[str]]] = field(default_factory=list)
    right: float = 0
    top: float = 0

    def write(self) -> str:
        step, count = choose_scale(self.largest)
        self.top = float(step * count)
        self._name_lines()
        parts = [*self._grid(step, count), *self._axis()]
        for line in self.lines:
            parts += self._line(line)
        return write_drawing(WIDTH, HEIGHT, [*parts, *self._ends()])

    def _name_lines(self) -> None:
        """Fold the names at the ends of lines, and leave as much room as the widest takes."""
        for line in self.lines:
            known = [number for number, value in enumerate(line.values) if value is not None]
            if known:
                value = line.values[known[-1]] or 0.0
                words = fold(f"{line.name} {line.words[known[-1]]}", WIDEST_LABEL)
                self.labels.append((self._y(value), line, words))
        self.labels.sort(key=lambda label: label[0])
        self.right = 12 + max(measure(words, SIZE) * 1.05 for _, _, folded in self.labels for words in folded)

    def _grid(self, step: Fraction, count: int) -> list[str]:
        parts = []
        for number in range(count + 1):
            y = self._y(float(step * number))
            parts.append(
                write_line([(LEFT, y), (WIDTH - self.right, y)], "hairline" if number else "ink-soft")
            )
            words = f"{float(step * number):g} {self.unit}".strip()
            parts.append(write_words(LEFT - 6, y + 4, words, anchor="end"))
        return parts

    def _axis(self) -> list[str]:
        every = max(1, -(-len(self.axis) // MOST_LABELS))
        return [
            write_words(self._x(place), HEIGHT - 8, words, anchor="middle")
            for place, words in enumerate(self.axis)
            if place % every == 0
        ]

    def _line(self, line: DrawnSeries) -> list[str]:
        """Return the line, interrupted where there is no data: never drawn through 0."""
        runs: list[list[tuple[float, float]]] = [[]]
        points = []
        for place, value in enumerate(line.values):
            if value is None:
                runs.append([])
                continue
            at = (self._x(place), self._y(value))
            runs[-1].append(at)
            if not line.is_target:
                points.append(self._point(line, place, at))
        drawn = [
            write_line(
                run if len(run) > 1 else [(run[0][0] - 3, run[0][1]), (run[0][0] + 3, run[0][1])], line.ink,
                width=1.5 if line.is_target else 2.5, dashes="5 4" if line.is_target else "", title=line.name,
            )
            for run in runs
            if run
        ]  # fmt: skip
        return drawn + points

    def _point(self, line: DrawnSeries, place: int, at: tuple[float, float]) -> str:
        words = escape(f"{line.name} {self.axis[place]}: {line.words[place]}")
        dot = (
            f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{POINT}" fill="{INKS[line.ink]}" '
            f'class="fill-{line.ink}"><title>{words}</title></circle>'
        )
        href = line.hrefs[place]
        return f'<a href="{escape(href)}" tabindex="-1" aria-label="{words}">{dot}</a>' if href else dot

    def _ends(self) -> list[str]:
        """Return each line's name and last value beside its end, moved apart where they would overlap."""
        heights = [len(words) * LINE_HEIGHT for _, _, words in self.labels]
        centres = spread([y for y, _, _ in self.labels], heights, TOP, HEIGHT - 4)
        parts = []
        for centre, height, (_, line, folded) in zip(centres, heights, self.labels, strict=True):
            ink = "warn-mark" if line.is_target else "ink"
            for number, words in enumerate(folded):
                y = centre - height / 2 + number * LINE_HEIGHT + SIZE - 1
                parts.append(write_words(WIDTH - self.right + 8, y, words, ink=ink, bold=True))
        return parts

    def _x(self, place: int) -> float:
        count = len(self.axis)
        return LEFT + (WIDTH - LEFT - self.right) * (place / (count - 1) if count > 1 else 0.5)

    def _y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - max(0.0, value / self.top))
