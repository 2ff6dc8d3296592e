"""Show every figure of a place as plain tables, which are its files: workbook, PDF, CSV, JSON."""

from dataclasses import replace

from flask import Blueprint

from traceability.domain.period import Period
from traceability.render.charts import draw_charts
from traceability.render.place_report import MONTH_FIGURES, make_document
from traceability.services.reporting.report import Figure, ReportRow, report_for
from traceability.services.reporting.trend import PlaceTrend, read_trends
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_view import link_to, say_period
from traceability.web.reports.trend import figure_href
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("place_figures", __name__)

MOST_MONTHS = 60  # of the table by month: to a firm a report is made for each


@report_page(pages, "/figures")
def show() -> ReportPage:
    """Show every figure of a place with its target, the places within it, and its months."""
    filters, language = read_page_filters(), current.language()
    asked = (current.reader(), filters.level, filters.code, filters.period, filters.metals, filters.view)
    report = report_for(*asked, now_ms=current.now_ms(), viewer=current.viewer())
    trends = None
    if len(filters.period.months()) <= MOST_MONTHS:
        trends = read_trends(
            current.reader(), current.viewer(), [f"{filters.level}:{filters.code}"], filters.period, MONTH_FIGURES,
            filters.metals, filters.view, current.now_ms(),
        )  # fmt: skip
    name = report.total.name(language)

    def open_figure(row: ReportRow, figure: Figure) -> str:
        opens = figure.numerator is not None or figure.withheld
        return link_to(row, figure, filters) if opens else ""

    def open_month(trend: PlaceTrend, month: str) -> str:
        return figure_href(trend, replace(filters, period=Period(month, month)))

    document = make_document(
        f"figures_{filters.code}_{filters.period}",
        t("sheet.figures_of", place=name, period=say_period(filters.period)),
        say_of(name, filters, report.seq, report.recorded_ms),
        report, trends, language, open_figure, open_month,
    )  # fmt: skip
    return ReportPage(
        "reports/place_figures.html", draw_charts(document, language), context_of(filters, name)
    )
