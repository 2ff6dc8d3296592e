"""Show how the figures of a place went, month by month, beside their target."""

from dataclasses import replace

from flask import Blueprint

from traceability.domain.indicators import INDICATORS
from traceability.domain.period import Period
from traceability.render.charts import draw_charts
from traceability.render.sheets import Cell, Chart, ReportDocument, Series, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.report import Figure
from traceability.services.reporting.trend import Trend, read_trend
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import link_to
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("trend", __name__)

_OUTPUTS = ("recycled_output", "primary_output")


@report_page(pages, "/trend")
def show() -> ReportPage:
    """Show the supply share and its parts by month."""
    filters = read_page_filters()
    trend = read_trend(
        current.reader(), current.viewer(), filters.level, filters.code, filters.period,
        (filters.share, filters.other_share, *_OUTPUTS),
        filters.metals, filters.view, current.now_ms(),
    )  # fmt: skip
    sheet = _make_sheet(trend, filters)
    series = (Series(filters.share), Series("target", "warn-mark", is_target=True))
    name = t(INDICATORS[filters.share].name)
    finding = t("trend.finding", place=trend.place.name(current.language()), indicator=name)
    chart = Chart("trend", "lines", sheet.id, name, finding, "month", series)
    document = ReportDocument(
        f"trend_{filters.code}_{filters.period}", finding,
        say_of(trend.place.name(current.language()), filters, trend.seq, trend.recorded_ms),
        (sheet,), (chart,),
    )  # fmt: skip
    context = context_of(filters, trend.place.name(current.language()))
    return ReportPage("reports/trend.html", draw_charts(document, current.language()), context)


def _make_sheet(trend: Trend, filters: ReportFilters) -> Sheet:
    shares = (filters.share, filters.other_share)
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        *(SheetColumn(id_, say_in_all(INDICATORS[id_].name), "share") for id_ in shares),
        SheetColumn("target", say_in_all("trend.target"), "share"),
        *(SheetColumn(id_, say_in_all(INDICATORS[id_].name), "mass") for id_ in _OUTPUTS),
    )
    rows = []
    for month, figures in zip(trend.months, trend.figures, strict=True):
        of_month = replace(filters, period=Period(month, month))
        verdict = figures[filters.share].verdict
        target = verdict.shown if verdict else None
        rows.append((
            Cell(month),
            *(Cell(figures[id_].value, link_to(trend.place, figures[id_], of_month), figures[id_].limits) for id_ in shares),
            Cell(target.value if target else None),
            *(_show_mass(figures[id_], link_to(trend.place, figures[id_], of_month)) for id_ in _OUTPUTS),
        ))  # fmt: skip
    return Sheet("months", say_in_all("trend.by_month"), columns, rows)


def _show_mass(figure: Figure, href: str) -> Cell:
    return Cell(None if figure.value is None else int(figure.value), href)
