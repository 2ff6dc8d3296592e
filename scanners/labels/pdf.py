"""Write labels as PDF: each on a page of its own for label printers, or on sheets of A4 with cut marks.

Codes are filled rectangles, so every resolution prints their edges sharp. The font comes with us.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanners.labels.layout import LabelLayout, LabelSize
from scanners.labels.svg import draw_path

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).with_name("labels.typ")
CUT, CUT_GAP = 3.0, 0.8  # mm: length of a cut mark, and its distance from the outermost labels
_A4 = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Paper:
    """A page and how many labels stand on it, edge to edge in the middle."""

    width: float
    height: float
    columns: int
    rows: int

    @property
    def count(self) -> int:
        """Return how many labels a page has."""
        return self.columns * self.rows

    def corners(self, size: LabelSize) -> Iterator[tuple[float, float]]:
        """Yield the upper left corners of the labels of a page, row by row."""
        left, top = self._origin(size)
        for number in range(self.count):
            yield left + number % self.columns * size.width, top + number // self.columns * size.height

    def list_cuts(self, size: LabelSize) -> list[tuple[float, float, float, float]]:
        """Return the cut marks outside the block of labels as lines x0, y0, x1, y1; a page of one label has none."""
        if self.count == 1:
            return []
        left, top = self._origin(size)
        right, bottom = left + self.columns * size.width, top + self.rows * size.height
        cuts = []
        for column in range(self.columns + 1):
            x = left + column * size.width
            cuts += [
                (x, top - CUT_GAP - CUT, x, top - CUT_GAP),
                (x, bottom + CUT_GAP, x, bottom + CUT_GAP + CUT),
            ]
        for row in range(self.rows + 1):
            y = top + row * size.height
            cuts += [
                (left - CUT_GAP - CUT, y, left - CUT_GAP, y),
                (right + CUT_GAP, y, right + CUT_GAP + CUT, y),
            ]
        return cuts

    def _origin(self, size: LabelSize) -> tuple[float, float]:
        return (self.width - self.columns * size.width) / 2, (self.height - self.rows * size.height) / 2


def sheet_of(size: LabelSize) -> Paper:
    """Return the A4 sheet of a size, with as many labels as it takes and room for cut marks."""
    room = CUT + CUT_GAP
    columns = int((_A4[0] - 2 * room) // size.width)
    rows = int((_A4[1] - 2 * room) // size.height)
    return Paper(*_A4, columns, rows)


def roll_of(size: LabelSize) -> Paper:
    """Return the page of a label printer: one label."""
    return Paper(size.width, size.height, 1, 1)


def write_label_pdf(
    layouts: Sequence[LabelLayout], paper: Paper, fonts: Path, title: str, language: str
) -> bytes:
    """Return the file; all labels have one size. ``fonts`` is the folder of the font that the layouts were measured with."""
    import typst

    size = layouts[0].size
    symbols = list(dict.fromkeys(_draw_symbol(layout) for layout in layouts))
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    corners = list(paper.corners(size))
    pages = [layouts[start : start + paper.count] for start in range(0, len(layouts), paper.count)]
    body = {
        "title": title,
        "language": language,
        "page": [paper.width, paper.height],
        "symbols": symbols,
        "cuts": paper.list_cuts(size),
        "pages": [
            [
                _describe(layout, corner, numbers[_draw_symbol(layout)])
                for layout, corner in zip(page, corners, strict=False)
            ]
            for page in pages
        ],
    }
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=_load_fonts(fonts),
        ignore_system_fonts=True,
        sys_inputs={"labels": json.dumps(body, ensure_ascii=False)},
    )


@cache
def _load_fonts(folder: Path) -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _draw_symbol(layout: LabelLayout) -> str:
    count = len(layout.matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {count} {count}" width="{count}" height="{count}">'
        f'<path d="{draw_path(layout.matrix)}" fill="#000"/></svg>'
    )


def _describe(layout: LabelLayout, corner: tuple[float, float], symbol: int) -> dict[str, Any]:
    left, top = corner
    return {
        "symbol": symbol,
        "side": layout.side,
        "corners": [[left + x, top + y] for x, y in layout.symbols],
        "polygons": [
            {"dark": polygon.dark, "points": [[left + x, top + y] for x, y in polygon.points]}
            for polygon in layout.polygons
        ],
        "words": [
            {"text": line.text, "left": left + line.left, "base": top + line.base, "width": line.width, "em": line.em}
            for line in layout.words
        ],
    }  # fmt: skip
