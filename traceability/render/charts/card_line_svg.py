"""Draw a small line of the last months: a target dashed across it, the newest month as a dot, no axis."""

from collections.abc import Sequence
from fractions import Fraction
from html import escape

from traceability.render.charts.svg import INKS, write_line

WIDTH, HEIGHT, MARGIN = 260, 48, 6


def draw_card_line(values: Sequence[Fraction | None], target: Fraction | None, described: str) -> str:
    """Return the drawing, '' where fewer than two months have a value; a month without data interrupts the line."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    shown = [*known, *([target] if target is not None else [])]
    low, high = float(min(shown)), float(max(shown))
    span = high - low or 1.0

    def place(number: int, value: Fraction) -> tuple[float, float]:
        x = MARGIN + (WIDTH - 2 * MARGIN) * number / (len(values) - 1)
        return x, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (float(value) - low) / span

    runs: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(place(number, value))
    parts = [write_line(run, "ink", width=1.5) for run in runs if len(run) > 1]
    if target is not None:
        (_, y) = place(0, target)
        parts.insert(0, write_line([(0, y), (WIDTH, y)], "warn-mark", width=1.5, dashes="5 4"))
    last = max(number for number, value in enumerate(values) if value is not None)
    x, y = place(last, known[-1])
    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{INKS["ink"]}" class="fill-ink"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(described)}" class="card-line">{"".join(parts)}</svg>'
    )
