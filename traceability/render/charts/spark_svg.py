"""Draw where a value went in the last months, as small as a word; the words beside it say the same."""

from collections.abc import Sequence
from fractions import Fraction

WIDTH, HEIGHT, EDGE = 84, 20, 3


def draw_spark(values: Sequence[Fraction | None]) -> str:
    """Return an SVG of values, oldest first; a month without data leaves a gap. '' of fewer than two."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, span = min(known), (max(known) - min(known)) or Fraction(1)
    step = Fraction(WIDTH - 2 * EDGE, len(values) - 1)
    parts, pen = [], "M"
    for number, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x = float(EDGE + number * step)
        y = float(HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE))
        parts.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return (
        f'<svg class="spark" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<path d="{"".join(parts)}"/></svg>'
    )
