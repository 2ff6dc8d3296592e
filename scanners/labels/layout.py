"""Say what stands where on a label, in mm, for screen, PDF and label printers alike.

Two identical QR codes stand at opposite corners: dirt is local, so each has what the other lost, and
``scanners/two_codes.py`` puts them together. Beside the upper one stand the code as people type it and the grade, beside the lower one mass, waste code, heat, date and site.
Each block of words ends where the quiet zone of a code begins: words that are too wide are squeezed, then set smaller,
and cut last of all.
"""

from dataclasses import dataclass
from typing import NamedTuple

from scanners.codes import group_code
from scanners.labels.lettering import ASCENT, CAPITALS, DESCENT, Lettering
from scanners.labels.symbol import Matrix, make_matrix

MARGIN = 1.5  # mm that thermal printers may not reach
BESIDE = 0.5  # mm between a quiet zone and words
DOTS_PER_MM = 8  # of a printer of 203 dpi; its modules are whole dots, and so are those of 300 dpi
NARROWEST = 0.72  # of their width to which words are squeezed before they are set smaller
LEAST_EM = 2.1  # mm, Chinese that is read in the hand
PITCH = 1.14  # em from line to line
_BREAKS = " （("
_TAIL = 0.2  # em of the tail of a Q


@dataclass(frozen=True, slots=True)
class LabelSize:
    """A size of labels. Modules are in dots at 203 dpi, all else in mm."""

    id: str
    width: float
    height: float
    module_dots: int
    widest: float  # side of a symbol; a longer host needs more modules, which then shrink rather than push words off
    capitals: float  # height of the typed code: legible from a forklift seat
    grade: float
    mass: float
    line: float


SIZES = {
    size.id: size
    for size in (
        # 4 dots are 0.5 mm; GS1 asks for 0.495. 5 dots were read no more often under blotches of 2 to 5 mm
        # (25 of 40 labels at 6 % dirt, against 33 with 4), and leave no room for letters of 5 mm.
        LabelSize("60x40", 60, 40, 4, 28.5, 5.2, 4.4, 4.8, 3.2),
        LabelSize("100x70", 100, 70, 6, 45.0, 9.0, 7.2, 8.5, 5.0),
    )
}


@dataclass(frozen=True, slots=True)
class Label:
    """What a label tells. The QR codes hold ``uri`` alone; all else is for people, in their words, '' where there is none."""

    uri: str
    code: str
    grade: str = ""
    mass: str = ""
    hazard: str = ""  # waste code and what it is; it brings the hazard mark
    lines: tuple[str, ...] = ()


class LabelBox(NamedTuple):
    """A rectangle in mm from the upper left corner of the label."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "LabelBox") -> bool:
        """Return whether two rectangles share an area."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 1e-6
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 1e-6
        )


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words: its start, baseline and drawn width, and the em of its letters before they are squeezed."""

    text: str
    left: float
    base: float
    width: float
    em: float

    @property
    def box(self) -> LabelBox:
        """Return the rectangle that the line may take."""
        return LabelBox(
            self.left, self.base - ASCENT * self.em, self.left + self.width, self.base + DESCENT * self.em
        )


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled polygon of the hazard mark, black or white."""

    points: tuple[tuple[float, float], ...]
    dark: bool


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """A label that is ready to be drawn. ``symbols`` are the upper left corners of the code with its quiet zone."""

    size: LabelSize
    code: str
    matrix: Matrix
    module: float
    symbols: tuple[tuple[float, float], ...]
    words: tuple[Words, ...]
    polygons: tuple[Polygon, ...]

    @property
    def side(self) -> float:
        """Return the side of a symbol with its quiet zone."""
        return self.module * len(self.matrix)

    @property
    def symbol_boxes(self) -> list[LabelBox]:
        """Return the rectangles of the symbols."""
        return [LabelBox(left, top, left + self.side, top + self.side) for left, top in self.symbols]


def lay_out(
    label: Label, size: LabelSize, lettering: Lettering, dots_per_mm: float = DOTS_PER_MM
) -> LabelLayout:
    """Return where everything stands, with modules of whole dots of the printer."""
    matrix = make_matrix(label.uri)
    module, corners = place_symbols(size, len(matrix), dots_per_mm)
    side = module * len(matrix)
    upper = LabelBox(side + BESIDE, MARGIN, size.width - MARGIN, corners[1][1] - BESIDE)
    lower = LabelBox(MARGIN, side + BESIDE, corners[1][0] - BESIDE, size.height - MARGIN)
    words = _set_upper(label, size, upper, lettering)
    polygons: list[Polygon] = []
    if label.grade or label.mass or label.lines or label.hazard:
        words += _set_lower(label, size, lower, lettering, polygons)
    else:  # a blank label has room for its code beside both symbols
        words.append(
            _set_code(label.code, size, lower, lower.bottom - DESCENT * size.capitals / CAPITALS, lettering)
        )
    return LabelLayout(size, label.code, matrix, module, corners, tuple(words), tuple(polygons))


def place_symbols(
    size: LabelSize, modules: int, dots_per_mm: float = DOTS_PER_MM
) -> tuple[float, tuple[tuple[float, float], tuple[float, float]]]:
    """Return the side of a module and the upper left corners of both symbols, of so many modules with their quiet zone."""
    dots = round(size.module_dots / DOTS_PER_MM * dots_per_mm)
    while dots > 1 and dots * modules / dots_per_mm > size.widest:
        dots -= 1
    module = dots / dots_per_mm
    side = module * modules
    return module, (
        (0.0, 0.0),
        (_snap(size.width - side, dots_per_mm), _snap(size.height - side, dots_per_mm)),
    )


def _snap(position: float, dots_per_mm: float) -> float:
    """Return a position brought down to a whole dot, so that module edges fall on dots."""
    return int(position * dots_per_mm + 1e-6) / dots_per_mm


def _set_code(code: str, size: LabelSize, block: LabelBox, base: float, lettering: Lettering) -> Words:
    em = size.capitals / CAPITALS
    text = group_code(code)
    return Words(text, block.left, base, min(block.right - block.left, lettering.measure(text) * em), em)


def _set_upper(label: Label, size: LabelSize, block: LabelBox, lettering: Lettering) -> list[Words]:
    """Return the typed code and the grade beneath it, in one line or in two."""
    code = _set_code(label.code, size, block, block.top + size.capitals, lettering)
    if not label.grade:
        return [code]
    rest = block._replace(top=code.base + _TAIL * code.em)
    width = rest.right - rest.left
    grade = lettering.replace_missing(label.grade)
    lines = (
        [grade] if lettering.measure(grade) * size.grade * NARROWEST <= width else _break(grade, lettering)
    )
    return [code, *_set_lines([(line, size.grade, 0.0) for line in lines], rest, lettering)]


def _set_lower(
    label: Label, size: LabelSize, block: LabelBox, lettering: Lettering, polygons: list[Polygon]
) -> list[Words]:
    """Return mass, waste code and further lines; the hazard mark stands before the first two."""
    rows = [(label.mass, size.mass), (label.hazard, size.line), *((line, size.line) for line in label.lines)]
    rows = [(lettering.replace_missing(text), em) for text, em in rows if text]
    mark = 0.0
    if label.hazard:
        mark = sum(em for _, em in rows[:2]) * PITCH * _scale([em for _, em in rows], block)
        polygons += _draw_hazard_mark(block.left, block.top, mark)
        mark += BESIDE
    beside = 2 if label.hazard else 0
    return _set_lines(
        [(text, em, mark if number < beside else 0.0) for number, (text, em) in enumerate(rows)],
        block, lettering,
    )  # fmt: skip


def _set_lines(rows: list[tuple[str, float, float]], block: LabelBox, lettering: Lettering) -> list[Words]:
    """Return lines (words, em, indent) one beneath the other, all smaller where the block is not high enough."""
    scale = _scale([em for _, em, _ in rows], block)
    top, lines = block.top, []
    for text, em, indent in rows:
        pitch = em * scale * PITCH
        kept, fitting, width = _fit(text, em * scale, block.right - block.left - indent, lettering)
        base = top + (pitch - (ASCENT + DESCENT) * fitting) / 2 + ASCENT * fitting
        lines.append(Words(kept, block.left + indent, base, width, fitting))
        top += pitch
    return lines


def _scale(ems: list[float], block: LabelBox) -> float:
    """Return by how much lines are set smaller so that a block is high enough for them."""
    return min(1.0, (block.bottom - block.top) / (sum(ems) * PITCH)) if ems else 1.0


def _fit(text: str, em: float, width: float, lettering: Lettering) -> tuple[str, float, float]:
    """Return (words, em, drawn width): squeezed, then smaller, then cut with an ellipsis."""
    ems = lettering.measure(text)
    if ems * em * NARROWEST > width:
        em = max(min(em, LEAST_EM), width / (ems * NARROWEST))
    while text and lettering.measure(text) * em * NARROWEST > width + 1e-6:
        text = text.rstrip("…")[:-1].rstrip() + "…" if text.rstrip("…") else ""
    return text, em, min(width, lettering.measure(text) * em)


def _break(text: str, lettering: Lettering) -> list[str]:
    """Return a text in two lines of about equal width, broken between words if it can."""
    breaks = [at for at in range(1, len(text)) if text[at] in _BREAKS] or [len(text) // 2]
    at = min(breaks, key=lambda at: max(lettering.measure(text[:at]), lettering.measure(text[at:])))
    return [text[:at].rstrip(), text[at:].lstrip()]


def _draw_hazard_mark(left: float, top: float, side: float) -> list[Polygon]:
    """Return a square on its corner with an exclamation mark, as on goods that are dangerous."""

    def diamond(inset: float) -> tuple[tuple[float, float], ...]:
        half = side / 2
        return (
            (left + half, top + inset), (left + side - inset, top + half),
            (left + half, top + side - inset), (left + inset, top + half),
        )  # fmt: skip

    middle, thick = left + side / 2, side * 0.07

    def bar(start: float, end: float) -> tuple[tuple[float, float], ...]:
        upper, lower = top + side * start, top + side * end
        return (
            (middle - thick, upper), (middle + thick, upper),
            (middle + thick, lower), (middle - thick, lower),
        )  # fmt: skip

    return [
        Polygon(diamond(0), dark=True),
        Polygon(diamond(side * 0.13), dark=False),
        Polygon(bar(0.27, 0.57), dark=True),
        Polygon(bar(0.64, 0.75), dark=True),
    ]
