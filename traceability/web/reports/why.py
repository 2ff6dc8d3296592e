"""Show why a share is what it is: what the rest of it is, the sites and metals of the gap, months, all against last year."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, request, url_for

from traceability.domain.gap import round_up_to_kg
from traceability.domain.indicators import INDICATORS, SUPPLY_SHARES, WHY_SHARES
from traceability.locale import format_share, format_t
from traceability.render.charts import draw_charts
from traceability.render.figure_text import write_gap
from traceability.render.sheets import Chart, ReportDocument, Series, Sheet
from traceability.services.reporting.drill_down import FigureAddress
from traceability.services.reporting.why import Why, read_why
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import name_indicator, say_period, say_target, say_verdict
from traceability.web.reports.why_sheets import list_why_sheets
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, t

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
    sheets = list_why_sheets(why, filters)
    document = ReportDocument(
        f"why_{address.indicator}_{filters.code}_{filters.period}",
        _say_finding(why, name, filters),
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
        if sheet.id == "sites":
            finding = f"{name_indicator(why.figure.indicator)}: {sheet.title(current.language())}"
            series = (Series("gap", "warn-mark"),)
            yield Chart("sites", "bars", sheet.id, finding, f"{place}: {finding}", "site", series)


def _say_finding(why: Why, place: str, filters: ReportFilters) -> str:
    figure = why.figure
    words = {
        "place": place,
        "period": say_period(filters.period),
        "indicator": name_indicator(figure.indicator),
    }
    if figure.value is None:
        return t("why.finding_none", **words)
    words["value"] = format_share(figure.value, figure.limits)
    amount = figure.gap.amount if figure.gap else None
    if amount is None:
        return t("why.finding_value", **words)
    target = say_target(figure.verdict.target if figure.verdict else None)
    words["target"] = target or format_share(figure.gap.target if figure.gap else None)
    if amount <= 0:
        return t("why.finding_reached", **words)
    in_grams = INDICATORS[figure.indicator].base_unit == "g"
    words["gap"] = f"{format_t(round_up_to_kg(amount))} t" if in_grams else write_gap(figure)
    split = why.split
    share = split.share_of_gap(split.metals[0]) if split and split.metals else None
    if split is None or share is None:
        return t("why.finding_missing", **words)
    by_sites = "why.finding_where" if split.indicator == figure.indicator else "why.finding_where_by_supply"
    metal = metal_name(split.metals[0].metal)
    return t(by_sites, **words, metal=metal, share=format_share(share))


def _list_notes(why: Why) -> list[str]:
    """Return what stands above the tables: by which method sites and metals are judged, and what is not told."""
    notes = []
    if why.split is not None and why.split.indicator != why.figure.indicator and why.split_gap is not None:
        gap = why.figure.gap.amount if why.figure.gap else None
        notes.append(
            t(
                "why.by_supply",
                method=t(INDICATORS[why.split.indicator].method),
                total=format_t(round_up_to_kg(why.split_gap)),
                gap=format_t(None if gap is None else round_up_to_kg(gap)),
            )
        )
    if why.now.liquid and why.now.uses is None and why.now.parts is not None:
        notes.append(t("why.too_many_postings"))
    if why.figure.withheld:
        notes.append(t(f"withheld.{why.figure.withheld}"))
    return notes
