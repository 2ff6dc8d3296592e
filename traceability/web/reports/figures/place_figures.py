"""Show every figure of a place as plain tables, which are its files: workbook, PDF, CSV, JSON."""

from dataclasses import replace

from flask import Blueprint

from graph.store import Reader
from traceability.domain.indicators import MONTH_FIGURES
from traceability.domain.period import Period
from traceability.render.charts import draw_charts
from traceability.render.place_report import make_document
from traceability.services.reporting.behind.drill_down import FigureAddress, open_book
from traceability.services.reporting.figures.report import report_for
from traceability.services.reporting.overviews.trend import PlaceTrend, read_trends
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.overviews.trend import figure_href
from traceability.web.reports.report_view import link_figures, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("place_figures", __name__)

MOST_MONTHS = 60  # of the table by month: to a firm a report is made for each


@report_page(pages, "/figures")
def show() -> ReportPage:
    """Show every figure of a place with its target, the places within it, and its months."""
    filters, language = read_page_filters(takes_record=True), current.language()
    reader, now_ms = _open_book(filters)
    asked = (reader, filters.level, filters.code, filters.period, filters.metals, filters.view)
    report = report_for(*asked, now_ms=now_ms, viewer=current.viewer())
    trends = None
    if len(filters.period.months()) <= MOST_MONTHS and not filters.at:  # a trend is of the newest book
        trends = read_trends(
            current.reader(), current.viewer(), [f"{filters.level}:{filters.code}"], filters.period, MONTH_FIGURES,
            filters.metals, filters.view, current.now_ms(),
        )  # fmt: skip
    name = report.total.name(language)

    def open_month(trend: PlaceTrend, month: str) -> str:
        return figure_href(trend, replace(filters, period=Period(month, month)))

    document = make_document(
        f"figures_{filters.code}_{filters.period}" + (f"_at_{filters.at}" if filters.at else ""),
        t(
            "book.figures_at" if filters.at else "sheet.figures_of",
            place=name, period=say_period(filters.period), seq=filters.at,
        ),
        say_of(name, filters, report.seq, report.recorded_ms),
        report, trends, language, link_figures(filters), open_month,
    )  # fmt: skip
    if filters.at:
        document = replace(document, notes=(*document.notes, t("book.as_it_is")))
    return ReportPage(
        "reports/place_figures.html", draw_charts(document, language), context_of(filters, name)
    )


def _open_book(filters: ReportFilters) -> tuple[Reader, int]:
    """Return the book that is asked for, and when that was: the newest, or as it stood at a record."""
    asked = FigureAddress(filters.level, filters.code, "", filters.period, at=filters.at)
    return open_book(current.reader(), current.viewer(), asked, current.now_ms())
