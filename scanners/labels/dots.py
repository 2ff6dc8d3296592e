"""Draw a label as the dots of a label printer.

The whole label goes to the printer as one picture: its codes and words are then the ones that were tested, whatever
fonts, character sets and habits of placing QR codes the printer's own language has.
"""

from PIL import Image, ImageDraw

from scanners.labels.layout import LabelLayout
from scanners.labels.lettering import Lettering
from scanners.labels.symbol import Matrix

RESOLUTIONS = {203: 8.0, 300: 300 / 25.4}
"""Dots per mm of printers by their dpi; those of 203 dpi have 8."""

_DARK = 150  # grey below it is burnt: strokes of small Chinese characters stay closed


def draw_dots(layout: LabelLayout, lettering: Lettering, dots_per_mm: float) -> Image.Image:
    """Return the label as an image of mode "1", 0 for black; the layout is that of the same resolution."""
    size = layout.size
    image = Image.new("L", (round(size.width * dots_per_mm), round(size.height * dots_per_mm)), 255)
    pen = ImageDraw.Draw(image)
    module = round(layout.module * dots_per_mm)
    symbol = _draw_symbol(layout.matrix, module)
    for left, top in layout.symbols:
        image.paste(symbol, (round(left * dots_per_mm), round(top * dots_per_mm)))
    for polygon in layout.polygons:
        points = [(x * dots_per_mm, y * dots_per_mm) for x, y in polygon.points]
        pen.polygon(points, fill=0 if polygon.dark else 255)
    for line in layout.words:
        drawn, base = lettering.draw(line.text, line.em * dots_per_mm, int(line.width * dots_per_mm))
        image.paste(drawn, (round(line.left * dots_per_mm), round(line.base * dots_per_mm) - base))
    return image.point(lambda grey: 0 if grey < _DARK else 255).convert("1", dither=Image.Dither.NONE)


def _draw_symbol(matrix: Matrix, module: int) -> Image.Image:
    """Return a symbol with its quiet zone, so many dots a module."""
    dots = bytes(0 if dark else 255 for row in matrix for dark in row)
    small = Image.frombytes("L", (len(matrix[0]), len(matrix)), dots)
    return small.resize((small.width * module, small.height * module), Image.Resampling.NEAREST)


def pack_dots(image: Image.Image) -> tuple[int, list[bytes]]:
    """Return (bytes of a row, rows of 8 dots a byte, 1 for black)."""
    inverted = image.convert("L").point(lambda grey: 255 - grey).convert("1", dither=Image.Dither.NONE)
    stride = (image.width + 7) // 8
    packed = inverted.tobytes()
    return stride, [packed[start : start + stride] for start in range(0, len(packed), stride)]
