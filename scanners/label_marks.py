"""Find the corner marks of QR codes in a picture: three squares within each other, stripes of 1:1:3:1:1 along every line
through their middle.

``static/scanning/label_marks.js`` does the same in the browser.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

_TILES = (
    40  # across the shorter side; a threshold is of five by five tiles, larger than a mark that can be read
)
_FLAT = 24  # grey levels between the darkest and the lightest place, below which there is nothing to see
_LINES = 240  # across the shorter side that are looked through
_LEAST = 14  # pixels across a mark
_MOST_SEEN = 300  # a sheet of labels has some 130; a picture made of marks keeps nobody busy
_MOST_MARKS = 12  # a label has six
_RUN = re.compile(b"\x01+|\x00+")


@dataclass(frozen=True, slots=True)
class DarkPicture:
    """A picture in black and white: rows of 1 for dark pixels, each against its surroundings, so a shadow does no harm."""

    width: int
    height: int
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A corner mark, in pixels. ``chord`` is a seventh of its stripes along rows and columns, the side of a module where
    it stands upright; ``seen`` counts the lines that crossed it.
    """

    x: float
    y: float
    chord: float
    seen: int = 1


class Stripes(NamedTuple):
    """Five stripes of a line: where their middle is, and how wide they are together."""

    middle: float
    total: int


def find_dark(grey: bytes, width: int, height: int) -> DarkPicture:
    """Return which pixels of a grey picture are dark."""
    tile = max(8, round(min(width, height) / _TILES))
    starts = range(0, width, tile)
    lines = [grey[start : start + width] for start in range(0, width * height, width)]
    cuts = _cut_tiles(lines, tile, starts)
    tables = {cut: bytes(level < cut for level in range(256)) for row in cuts for cut in row}
    rows = [
        b"".join(
            line[start : start + tile].translate(tables[cut])
            for start, cut in zip(starts, cuts[y // tile], strict=True)
        )
        for y, line in enumerate(lines)
    ]
    return DarkPicture(width, height, tuple(rows))


def _cut_tiles(lines: list[bytes], tile: int, starts: range) -> list[list[int]]:
    """Return the grey levels below which a pixel is dark, tile by tile."""
    least, most = [], []
    for top in range(0, len(lines), tile):
        band = lines[top : top + tile]
        least.append([min(min(line[start : start + tile]) for line in band) for start in starts])
        most.append([max(max(line[start : start + tile]) for line in band) for start in starts])
    return [[_cut(least, most, row, column) for column in range(len(starts))] for row in range(len(least))]


def _cut(least: list[list[int]], most: list[list[int]], row: int, column: int) -> int:
    rows = slice(max(0, row - 2), row + 3)
    columns = slice(max(0, column - 2), column + 3)
    low = min(min(line[columns]) for line in least[rows])
    high = max(max(line[columns]) for line in most[rows])
    return 0 if high - low < _FLAT else ceil((low + high) / 2)


def find_marks(picture: DarkPicture) -> list[Mark]:
    """Return the marks of a picture, those first that were crossed by most lines for their size."""
    step = max(1, min(picture.width, picture.height) // _LINES)
    marks: list[Mark] = []
    for y in range(step >> 1, picture.height, step):
        row = picture.rows[y]
        ends = [0, *(run.end() for run in _RUN.finditer(row))]
        for first in range(0 if row[0] else 1, len(ends) - 5, 2):
            if _is_striped(ends[first : first + 6]):
                middle = (ends[first + 2] + ends[first + 3]) / 2
                mark = _cross_mark(picture, middle, y, ends[first + 5] - ends[first])
                if mark:
                    _add_mark(marks, mark)
    return sorted(marks, key=lambda mark: -mark.seen / mark.chord)[:_MOST_MARKS]


def _is_striped(ends: Sequence[int]) -> bool:
    module = (ends[5] - ends[0]) / 7
    if module * 7 < _LEAST:
        return False
    wide = abs(ends[3] - ends[2] - 3 * module) <= 1.2 * module
    return wide and all(abs(ends[at + 1] - ends[at] - module) <= 0.6 * module for at in (0, 1, 3, 4))


def _cross_mark(picture: DarkPicture, x: float, y: int, total: int) -> Mark | None:
    """Return the mark whose middle is about here, looked at across both ways."""
    column = int(x)
    down = _cross_stripes(bytes([row[column] for row in picture.rows]), y, total)
    if down is None or not total / 2 < down.total < total * 2:
        return None
    row = picture.rows[min(picture.height - 1, int(down.middle))]
    across = _cross_stripes(row, column, total)
    return across and Mark(across.middle, down.middle, (across.total + down.total) / 14)


def _cross_stripes(line: bytes, place: int, longest: int) -> Stripes | None:
    """Return the five stripes around a dark place of a line."""
    if not line[place]:
        return None
    ends = [place] * 6
    here = place
    for end, wanted in ((2, 1), (1, 0), (0, 1)):
        begin = here
        while here > 0 and line[here - 1] == wanted and begin - here <= longest:
            here -= 1
        ends[end] = here
    here = place + 1
    for end, wanted in ((3, 1), (4, 0), (5, 1)):
        begin = here
        while here < len(line) and line[here] == wanted and here - begin <= longest:
            here += 1
        ends[end] = here
    return Stripes((ends[2] + ends[3]) / 2, ends[5] - ends[0]) if _is_striped(ends) else None


def _add_mark(marks: list[Mark], new: Mark) -> None:
    """Add a mark, or bring the one that is already known there closer."""
    for at, known in enumerate(marks):
        near = abs(known.x - new.x) < 2 * new.chord and abs(known.y - new.y) < 2 * new.chord
        if near and 0.6 < known.chord / new.chord < 1.6:
            seen = known.seen
            marks[at] = replace(
                known, x=(known.x * seen + new.x) / (seen + 1), y=(known.y * seen + new.y) / (seen + 1),
                chord=(known.chord * seen + new.chord) / (seen + 1), seen=seen + 1,
            )  # fmt: skip
            return
    if len(marks) < _MOST_SEEN:
        marks.append(new)
