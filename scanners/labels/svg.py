"""Draw a label as SVG: two QR codes at opposite corners and the code as people type it.

Level H with a quiet zone of 4 modules is read with 9 % of the symbol covered in dirt, where level M is not; dirt is
local, so the second symbol at the opposite corner often survives the first. All marks are SVG attributes: a page under
a strict content security policy drops ``style``.
"""

from html import escape
from typing import Literal

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_H

from scanners.codes import group_code
from scanners.digital_link import CodeKind, build_label_uri

QUIET = 4  # modules, ISO/IEC 18004
WIDTH, HEIGHT = 60.0, 40.0  # mm, the usual thermal roll
# 4 dots at 203 dpi, 6 at 300 dpi: every module edge falls on a dot. GS1 asks for 0.495 mm. 5 dots were read no more
# often under blotches of 2 to 5 mm (25 of 40 labels at 6 % dirt, against 33 with 4), and leave no room for letters of 5 mm.
MODULE = 0.5
WIDEST = (
    26.5  # mm; a longer host needs more modules, which then shrink rather than push the text off the label
)
TEXT_CAPS = 5.2  # mm, height of the capitals of the typed code: legible from a forklift seat
CAPTION = 4.6  # mm, the size of the grade; a longer one is set in two lines, and smaller before it is cut
_CAPS_PER_EM = 0.7  # of the sans-serif faces that browsers have
_NARROW = 0.6  # em that a letter of the Latin alphabet takes beside a Chinese one
_MARGIN = 1.5  # mm that thermal printers may not reach

Matrix = list[list[bool]]


def make_matrix(text: str) -> Matrix:
    """Return the symbol's modules with its quiet zone; True is dark."""
    symbol = QRCode(error_correction=ERROR_CORRECT_H, border=QUIET)
    symbol.add_data(text.encode(), optimize=0)  # one byte segment: what every decoder reads
    symbol.make(fit=True)
    return [[bool(module) for module in row] for row in symbol.get_matrix()]


def draw_path(matrix: Matrix) -> str:
    """Return the dark modules as one SVG path in module units, a rectangle for each run of them."""
    runs: list[str] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return "".join(runs)


def draw_qr(host: str, code: str, kind: CodeKind = "lot", title: str = "") -> str:
    """Return the QR code alone, as an SVG that fills the width it is given."""
    matrix = make_matrix(build_label_uri(host, code, kind))
    size = len(matrix)
    return (
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{escape(title or group_code(code))}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{draw_path(matrix)}" fill="#000"/></svg>'
    )


def draw_label(host: str, code: str, kind: CodeKind = "lot", caption: str = "") -> str:
    """Return one label of 60 × 40 mm as SVG.

    ``caption`` is a short line for people; it never enters the QR code.
    """
    matrix = make_matrix(build_label_uri(host, code, kind))
    module = min(MODULE, WIDEST / len(matrix))
    side = module * len(matrix)
    symbol = f'<path d="{draw_path(matrix)}" fill="#000"/>'
    return (
        f'<svg class="label" xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(group_code(code))}">'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>'
        f'<g transform="scale({module:.4f})" shape-rendering="crispEdges">{symbol}</g>'
        f'<g transform="translate({WIDTH - side:.4f} {HEIGHT - side:.4f}) scale({module:.4f})" '
        f'shape-rendering="crispEdges">{symbol}</g>'
        + _draw_text(code, caption, side, corner="top")
        + _draw_text(code, "", side, corner="bottom")
        + "</svg>"
    )


def _draw_text(code: str, caption: str, side: float, corner: Literal["top", "bottom"]) -> str:
    """Return the typed code as SVG text in one line beside a symbol, and the caption in the space
    beneath the first.
    """
    left, right = (side, WIDTH - _MARGIN) if corner == "top" else (_MARGIN, WIDTH - side)
    width = right - left
    size = TEXT_CAPS / _CAPS_PER_EM
    base = (_MARGIN if corner == "top" else HEIGHT - _MARGIN - TEXT_CAPS) + TEXT_CAPS
    drawn = (
        f'<text x="{left:.2f}" y="{base:.2f}" textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace" font-weight="700" font-size="{size:.2f}" '
        f'fill="#000">{group_code(code)}</text>'
    )
    lines = _break_caption(caption, width)
    fitting = min([CAPTION, *(width / _measure_ems(line) for line in lines)])
    for number, line in enumerate(lines, 1):
        drawn += (
            f'<text x="{left:.2f}" y="{base + 1.0 + number * fitting * 1.2:.2f}" font-family="PingFang SC, '
            f'HarmonyOS Sans SC, MiSans, Noto Sans CJK SC, Microsoft YaHei, sans-serif" font-weight="600" '
            f'font-size="{fitting:.2f}" fill="#000">{escape(line)}</text>'
        )
    return drawn


def _measure_ems(text: str) -> float:
    """Return the width of a text in letters of full width."""
    return sum(_NARROW if letter.isascii() else 1.0 for letter in text) or 1.0


def _break_caption(caption: str, width: float) -> list[str]:
    """Return the caption in one line, or in two of about equal length, broken between words if it
    can.
    """
    if not caption or _measure_ems(caption) * CAPTION <= width:
        return [caption] if caption else []
    breaks = [position for position in range(1, len(caption)) if caption[position] in " （("] or [
        len(caption) // 2
    ]
    position = min(
        breaks, key=lambda position: max(_measure_ems(caption[:position]), _measure_ems(caption[position:]))
    )
    return [caption[:position].rstrip(), caption[position:].lstrip()]
