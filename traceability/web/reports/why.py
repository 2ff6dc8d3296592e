"""Show why a share is what it is: what the rest of it is, the sites and metals of the gap, months, all against last year."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flask import Blueprint, request, url_for

from traceability.domain.indicators import INDICATORS, SUPPLY_SHARES, WHY_SHARES
from traceability.domain.period import Period
from traceability.locale import format_t
from traceability.render.charts import draw_charts
from traceability.render.sheets import Chart, ReportDocument, Series, Sheet
from traceability.render.why_sheets import list_why_sheets
from traceability.render.why_sheets.words import LIMITS_OF_GAP, WhyWords, say_why
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.why.reasons import Why, read_why
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import LEVELS, ReportFilters, address_query
from traceability.web.reports.report_view import link_to, name_indicator, say_period, say_target, say_verdict
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("why", __name__)


@report_page(pages, "/why")
def show() -> ReportPage:
    """Show what explains a share of a place."""
    filters = read_page_filters()
    address = FigureAddress(
        filters.level, filters.code, request.args.get("indicator") or SUPPLY_SHARES[filters.method, True], filters.period,
        filters.metals, filters.view,
    )  # fmt: skip
    why = read_why(current.reader(), current.viewer(), address, current.now_ms())
    name = why.place.name(current.language())
    words = _LinkedWords(why, filters)
    target = say_target(why.figure.verdict.target if why.figure.verdict else None)
    sheets = list_why_sheets(why, words)
    document = ReportDocument(
        f"why_{address.indicator}_{filters.code}_{filters.period}",
        say_why(why, name, say_period(filters.period), words, target),
        say_of(name, filters, why.seq, why.recorded_ms),
        sheets,
        tuple(_make_charts(sheets, why, name)),
        notes=tuple(_list_notes(why)),
        indicators=(address.indicator,),
    )
    query = filters.to_place_query()
    others = [
        (name_indicator(id_), url_for("why.show", **query, indicator=id_), id_ == address.indicator)
        for id_ in WHY_SHARES
    ]
    context = context_of(
        filters, name, others=others, trend=url_for("trend.show", **query, indicator=address.indicator),
        what_if=url_for("what_if.show", **query), told=say_verdict(why.figure),
    )  # fmt: skip
    return ReportPage("reports/why.html", draw_charts(document, current.language()), context)


def _make_charts(sheets: Iterable[Sheet], why: Why, place: str) -> Iterator[Chart]:
    """Yield what files draw of the sites; the table of the page has bars of its own."""
    for sheet in sheets:
        if sheet.id in ("regions", "sites"):
            finding = f"{name_indicator(why.figure.indicator)}: {sheet.title(current.language())}"
            series = (Series("gap", "warn-mark"),)
            first = sheet.columns[0].id
            yield Chart(sheet.id, "bars", sheet.id, finding, f"{place}: {finding}", first, series)


class _LinkedWords(WhyWords):
    """Names things in the language of the request, and opens the pages behind them as far as they are in view."""

    def __init__(self, why: Why, filters: ReportFilters) -> None:
        super().__init__(current.reference(), current.language())
        self.why = why
        self.filters = filters
        self.viewer = current.viewer()

    def open_figure(self, figure: Figure, metal: str = "") -> str:
        """Return the page of what is behind a figure of the place."""
        return link_to(self.why.place, figure, self.filters, metal)

    def open_site(self, site: str) -> str:
        """Return the page of a site, '' of one out of view."""
        if not self._shows(site):
            return ""
        return url_for("report.region", level="site", code=site, **self.filters.to_query())

    def open_site_figure(self, site: str, indicator: str) -> str:
        """Return the page of what is behind a figure of a site, '' of one out of view."""
        if not self._shows(site):
            return ""
        filters = self.filters
        address = FigureAddress("site", site, indicator, filters.period, filters.metals, filters.view)
        return url_for("report.figure", **address_query(address))

    def open_region(self, place: str) -> str:
        """Return this page of a region within."""
        return url_for(
            "why.show", **self._within(place).to_place_query(), indicator=self.why.figure.indicator
        )

    def open_region_figure(self, place: str, indicator: str) -> str:
        """Return the page of what is behind a figure of a region within."""
        of = self._within(place)
        address = FigureAddress(of.level, of.code, indicator, of.period, of.metals, of.view)
        return url_for("report.figure", **address_query(address))

    def _within(self, place: str) -> ReportFilters:
        name, _, code = place.partition(":")
        return replace(self.filters, level=next(level for level in LEVELS if level == name), code=code)

    def open_month(self, month: str) -> str:
        """Return this page of one month."""
        of_month = replace(self.filters, period=Period(month, month))
        return url_for("why.show", **of_month.to_place_query(), indicator=self.why.figure.indicator)

    def _shows(self, site: str) -> bool:
        return site in self.reference.sites and self.viewer.shows_site(site)


def _list_notes(why: Why) -> list[str]:
    """Return what stands above the tables: by which method sites and metals are judged, and what is not told."""
    notes = []
    if why.split is not None and why.split.indicator != why.figure.indicator and why.split_gap is not None:
        method, gap = (
            t(INDICATORS[why.split.indicator].method),
            why.figure.gap.amount if why.figure.gap else None,
        )
        notes.append(t("why.by_supply", method=method))
        if gap is not None and gap > 0 and why.split_gap > 0:
            total, own = (format_t(int(amount), LIMITS_OF_GAP) for amount in (why.split_gap, gap))
            notes.append(t("why.two_gaps", total=total, gap=own))
    if why.now.liquid and why.now.uses is None and why.now.parts is not None:
        notes.append(t("why.too_many_postings"))
    if why.figure.withheld:
        notes.append(t(f"withheld.{why.figure.withheld}"))
    return notes
