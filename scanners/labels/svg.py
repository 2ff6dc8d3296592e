"""Draw labels and QR codes as SVG, for the screen and for print from the browser.

All marks are SVG attributes: a page under a strict content security policy drops ``style``. Every line of words says
how wide it is, so that it keeps out of the quiet zones whatever font the browser has.
"""

from html import escape

from scanners.codes import group_code
from scanners.labels.layout import LabelLayout
from scanners.labels.symbol import Matrix, list_runs, make_matrix

_FONTS = "Noto Sans CJK SC, PingFang SC, HarmonyOS Sans SC, MiSans, Microsoft YaHei, sans-serif"


def draw_path(matrix: Matrix) -> str:
    """Return the dark modules as one SVG path in module units, a rectangle for each run of them."""
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in list_runs(matrix))


def draw_qr(uri: str, title: str) -> str:
    """Return the QR code of an address alone, as an SVG that fills the width it is given."""
    matrix = make_matrix(uri)
    size = len(matrix)
    return (
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{escape(title)}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{draw_path(matrix)}" fill="#000"/></svg>'
    )


def draw_label(layout: LabelLayout) -> str:
    """Return a label as SVG in its own size."""
    width, height = layout.size.width, layout.size.height
    path = f'<path d="{draw_path(layout.matrix)}" fill="#000"/>'
    symbols = "".join(
        f'<g transform="translate({left:.4f} {top:.4f}) scale({layout.module:.5f})" '
        f'shape-rendering="crispEdges">{path}</g>'
        for left, top in layout.symbols
    )
    polygons = "".join(
        f'<polygon points="{" ".join(f"{x:.3f},{y:.3f}" for x, y in polygon.points)}" '
        f'fill="{"#000" if polygon.dark else "#fff"}"/>'
        for polygon in layout.polygons
    )
    words = "".join(
        f'<text x="{line.left:.3f}" y="{line.base:.3f}" textLength="{line.width:.3f}" '
        f'lengthAdjust="spacingAndGlyphs" font-family="{_FONTS}" font-weight="500" font-size="{line.em:.3f}" '
        f'fill="#000">{escape(line.text)}</text>'
        for line in layout.words
    )
    return (
        f'<svg class="label" xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(group_code(layout.code))}">'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{symbols}{polygons}{words}</svg>'
    )
