"""Draw the charts of report pages as SVG, on the server: for pages without JavaScript, and for the PDF."""

from dataclasses import replace

from traceability.render.charts.lines_svg import draw_lines
from traceability.render.charts.tiles_svg import draw_tiles
from traceability.render.sheets import ReportDocument

_DRAWN = {"lines": draw_lines, "tiles": draw_tiles}


def draw_charts(document: ReportDocument, language: str) -> ReportDocument:
    """Return the document with each chart drawn from its sheet; one that has nothing to show is left out."""
    drawn = (
        replace(chart, drawing=_DRAWN[chart.kind](chart, document.sheet(chart.sheet), language))
        if not chart.drawing and chart.kind in _DRAWN
        else chart
        for chart in document.charts
    )
    return replace(document, charts=tuple(chart for chart in drawn if chart.drawing))
