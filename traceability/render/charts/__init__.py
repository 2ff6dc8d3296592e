"""Draw the charts of report pages as SVG, on the server: for pages without JavaScript, for paper and the PDF.

What a browser draws again has its numbers beside it; the tiles of provinces are links as they are.
"""

from dataclasses import replace

from traceability.render.charts.bars_svg import draw_bars, draw_cell_bars
from traceability.render.charts.data import describe_series
from traceability.render.charts.lines_svg import draw_lines
from traceability.render.charts.tiles_svg import draw_tiles, list_tile_classes
from traceability.render.sheets import Chart, ReportDocument

_DRAWN = {"lines": draw_lines, "tiles": draw_tiles, "bars": draw_bars}
_DESCRIBED = {"lines": describe_series}


def draw_charts(document: ReportDocument, language: str) -> ReportDocument:
    """Return the document with each chart drawn from its sheet; one that has nothing to show is left out."""
    drawn = (_draw(document, chart, language) for chart in document.charts)
    return replace(document, charts=tuple(chart for chart in drawn if chart.drawing))


def _draw(document: ReportDocument, chart: Chart, language: str) -> Chart:
    if chart.drawing or chart.kind not in _DRAWN:
        return chart
    sheet = document.sheet(chart.sheet)
    described = _DESCRIBED.get(chart.kind)
    return replace(
        chart,
        drawing=_DRAWN[chart.kind](chart, sheet, language),
        data=described(chart, sheet, language) if described else "",
        legend=list_tile_classes(language) if chart.kind == "tiles" else chart.legend,
    )


def draw_table_bars(document: ReportDocument) -> ReportDocument:
    """Return the document with bars beside the numbers of the columns that have them, as pages show it."""
    return replace(document, sheets=tuple(map(draw_cell_bars, document.sheets)))
