"""Write the elements of an SVG drawing, and name the fixed colours of what a chart means.

Every element has both a class and the colour itself: on a page the sheet ``components/charts.css`` colours the
class by the tokens, light or dark; in a PDF the colour stands for itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

INKS: Final = {
    "post": "#0b4f31", "pre": "#3f9362", "unspecified": "#bfe3c9", "primary": "#9aa2a9",
    "additive": "#a9c6ea", "unknown": "#ffffff", "metal-al": "#2f6396", "metal-cu": "#a65d2e",
    "metal-pb": "#47525e", "metal-zn": "#17908a", "metal-other": "#7b858d", "warn-mark": "#c77700",
    "ink": "#14181c", "ink-soft": "#414a52", "hairline": "#d4d9dd", "accent": "#0d47a1",
}  # fmt: skip
"""Colour by meaning, as ``static/shell/tokens.css`` has it (a test compares the two)."""

HATCHED = "unknown"
"""The ink that is a hatch."""
FONT = "Noto Sans CJK SC, Noto Sans SC, sans-serif"


def measure(words: str, size: int = 12) -> float:
    """Return about how wide words are: a Chinese character is a square, another sign a little over half of one."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in words)
    return size * (wide + 0.58 * (len(words) - wide))


def fold(words: str, width: float, size: int = 12) -> list[str]:
    """Return words in lines of at most a width: broken between words, and anywhere in Chinese."""
    lines = [""]
    for part in re.findall(r"[^\W\u2e80-\uffff]+\S*\s*|.", words):
        if lines[-1] and measure(lines[-1] + part.rstrip(), size) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def spread(centres: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return the centres of labels moved as little apart as keeps them from overlapping, within top and bottom.

    They come and go from top to bottom. Where all are taller than the room, they reach below it.
    """
    placed: list[float] = []
    edge = top
    for centre, height in zip(centres, heights, strict=True):
        placed.append(max(centre, edge + height / 2))
        edge = placed[-1] + height / 2
    edge = max(bottom, top + sum(heights))
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = min(placed[number], edge - heights[number] / 2)
        edge = placed[number] - heights[number] / 2
    return placed


def write_drawing(width: int, height: int, parts: Iterable[str]) -> str:
    """Return an SVG element that scales with its place; what it shows is said beside it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}" font-size="12" role="presentation" class="drawn">{"".join(parts)}</svg>'
    )


def write_hatch(id_: str) -> str:
    """Return the pattern of what is unknown, to be filled with by its id, which is told once a page."""
    return (
        f'<defs><pattern id="{id_}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{INKS["unknown"]}" class="fill-unknown"/>'
        f'<rect width="2" height="6" fill="{INKS["ink-soft"]}" class="fill-ink-soft"/></pattern></defs>'
    )


def write_swatch(ink: str = "", *, opacity: str = "1", mark: str = "") -> str:
    """Return a square of a legend: of an ink, or with a ``mark``: hatch, dot, frame or dash."""
    box = f'x="1" y="1" width="14" height="14" rx="2" stroke="{INKS["hairline"]}" class="line-hairline"'
    inner = {
        "hatch": '<path d="M1 6L6 1M1 11L11 1M3 15L15 3M8 15L15 8" '
        f'stroke="{INKS["ink-soft"]}" class="line-ink-soft" stroke-width="1.2"/>',
        "dot": f'<circle cx="8" cy="8" r="3" fill="{INKS["ink"]}" class="fill-ink"/>',
        "frame": f'<rect x="2" y="2" width="12" height="12" rx="2" fill="none" stroke="{INKS["ink"]}" '
        'class="line-ink" stroke-width="3"/>',
    }.get(mark, "")
    fill = f'<rect {box} fill="none"/>'
    if ink:
        fill = (
            f'<rect x="1" y="1" width="14" height="14" rx="2" fill="{INKS[ink]}" class="fill-{ink}" '
            f'fill-opacity="{opacity}"/>' + fill
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">'
        f"{fill}{inner}</svg>"
    )


def write_line(
    points: Iterable[tuple[float, float]], ink: str, *, width: float = 1.0, dashes: str = "", title: str = ""
) -> str:
    """Return a line through points."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    body = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<path d="{path}" fill="none" stroke="{INKS[ink]}" class="line-{ink}" '
        f'stroke-width="{width}"{dashed}>{body}</path>'
    )


def write_words(
    x: float, y: float, words: str, *, anchor: str = "start", ink: str = "ink-soft", bold: bool = False
) -> str:
    """Return words at a place; ``anchor`` start, middle or end."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INKS[ink]}" class="fill-{ink}"{weight}>'
        f"{escape(words)}</text>"
    )


def write_box(x: float, y: float, width: float, height: float, ink: str, *, title: str = "") -> str:
    """Return a filled rectangle."""
    body = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{INKS[ink]}" '
        f'class="fill-{ink}">{body}</rect>'
    )
