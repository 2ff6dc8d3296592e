"""Show why a share is what it is: parts, metals and sites behind the gap, against the year before."""

from collections.abc import Iterator
from fractions import Fraction

from flask import Blueprint, request, url_for

from traceability.domain.indicators import INDICATORS, WHY_PARTS, WHY_SHARES
from traceability.locale import format_share
from traceability.render.figure_text import write_gap
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.drill_down import FigureAddress
from traceability.services.reporting.gaps import GapPart
from traceability.services.reporting.why import Why, read_why, share_of
from traceability.web.reports.figure_cells import name_indicator, unit_of, value_cell
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import say_period, say_target, say_verdict
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, site_name, t

pages = Blueprint("why", __name__)


@report_page(pages, "/why")
def show() -> ReportPage:
    """Show what explains a share of a place."""
    filters = read_page_filters()
    address = FigureAddress(
        filters.level, filters.code, request.args.get("indicator") or filters.share, filters.period,
        filters.metals, filters.view,
    )  # fmt: skip
    why = read_why(current.reader(), current.viewer(), address, current.now_ms())
    name = why.place.name(current.language())
    sheets = [_make_parts(why, filters)]
    if why.split is not None:
        sheets += [_make_sites(why, filters), _make_metals(why)]
    if why.liquid:
        sheets.append(_make_liquid(why, filters))
    if why.declared:
        sheets.append(_make_declared(why, filters))
    document = ReportDocument(
        f"why_{address.indicator}_{filters.code}_{filters.period}",
        _say_finding(why, name, filters),
        say_of(name, filters, why.seq, why.recorded_ms),
        tuple(sheets),
    )
    query = filters.to_place_query()
    others = [
        (name_indicator(id_), url_for("why.show", **query, indicator=id_), id_ == address.indicator)
        for id_ in WHY_SHARES
    ]
    context = context_of(
        filters, name, others=others, told=say_verdict(why.figure),
    )  # fmt: skip
    return ReportPage("reports/why.html", document, context)


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
    words["gap"] = write_gap(figure)
    first = (
        next((part for part in why.split.sites if part.site and (part.gap or 0) > 0), None)
        if why.split
        else None
    )
    metal = next((part for part in why.split.metals if (part.gap or 0) > 0), None) if why.split else None
    if first is None or metal is None:
        return t("why.finding_missing", **words)
    return t("why.finding_where", **words, metal=metal_name(metal.metal), site=site_name(first.site))


def _make_parts(why: Why, filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("part", say_in_all("report.indicator")),
        SheetColumn("value", say_in_all("report.value"), "number", decimals=3),
        SheetColumn("unit", say_in_all("report.unit")),
    )
    return Sheet("parts", say_in_all("why.parts"), columns, list(_list_parts(why, filters)))


def _list_parts(why: Why, filters: ReportFilters) -> Iterator[Row]:
    own, earlier = why.figure, why.earlier
    yield (
        Cell(name_indicator(own.indicator)),
        value_cell(why.place, own, filters),
        Cell(unit_of(own.indicator)),
    )
    if earlier is not None:
        before = t("why.year_before", period=say_period(why.period_before))
        scale = Fraction(100)
        yield Cell(before), Cell(None if earlier.value is None else earlier.value * scale), Cell("%")
    for id_ in WHY_PARTS.get(INDICATORS[own.indicator].section, ()):
        if id_ != own.indicator and id_ in why.place.figures:
            figure = why.place.figures[id_]
            yield Cell(name_indicator(id_)), value_cell(why.place, figure, filters), Cell(unit_of(id_))


def _make_sites(why: Why, filters: ReportFilters) -> Sheet:
    assert why.split is not None
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        SheetColumn("gap", say_in_all("why.gap"), "mass", bar=True),
        SheetColumn("numerator", say_in_all(_over(why)), "mass"),
        SheetColumn("denominator", say_in_all(_under(why)), "mass"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        SheetColumn("change", say_in_all("why.change"), "number", unit="%", decimals=1),
    )
    rows = [_site_row(why, part, filters) for part in why.split.sites]
    return Sheet("sites", say_in_all("why.sites"), columns, rows, _total_row(why, len(columns)))


def _over(why: Why) -> str:
    return "why.recycled" if INDICATORS[why.figure.indicator].section == "supply" else "why.done"


def _under(why: Why) -> str:
    return "why.supply" if INDICATORS[why.figure.indicator].section == "supply" else "why.tapped"


def _site_row(why: Why, part: GapPart, filters: ReportFilters) -> Row:
    before = why.earlier_at.get(part.site)
    change = None if part.value is None or before is None else (part.value - before) * 100
    named = bool(part.site)
    return (
        Cell(site_name(part.site) if named else t("why.other_sites", count=part.count), _site_href(part.site, filters)),
        Cell(part.gap), Cell(part.numerator), Cell(part.denominator), Cell(part.value), Cell(before), Cell(change),
    )  # fmt: skip


def _total_row(why: Why, width: int) -> Row:
    assert why.split is not None
    sites = why.split.sites
    sums = (sum(part.numerator for part in sites), sum(part.denominator for part in sites))
    cells = (Cell(t("why.total")), Cell(""), Cell(sums[0]), Cell(sums[1]))
    value = Fraction(*sums) if sums[1] > 0 else None
    return (*cells, Cell(value), *(Cell("") for _ in range(width - 5)))


def _site_href(site: str, filters: ReportFilters) -> str:
    if not site or not current.viewer().shows_site(site):
        return ""
    return url_for("report.region", level="site", code=site, **filters.to_query())


def _make_metals(why: Why) -> Sheet:
    assert why.split is not None
    columns = (
        SheetColumn("metal", say_in_all("filter.metals")),
        SheetColumn("gap", say_in_all("why.gap"), "mass", bar=True),
        SheetColumn("numerator", say_in_all(_over(why)), "mass"),
        SheetColumn("denominator", say_in_all(_under(why)), "mass"),
        SheetColumn("value", say_in_all("report.value"), "share"),
    )
    rows = [
        (
            Cell(metal_name(part.metal)),
            Cell(part.gap),
            Cell(part.numerator),
            Cell(part.denominator),
            Cell(part.value),
        )
        for part in why.split.metals
    ]
    return Sheet("metals", say_in_all("why.metals"), columns, rows)


def _make_liquid(why: Why, filters: ReportFilters) -> Sheet:
    names = ("tapped", "direct", "ingot", "other", "open")
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        *(SheetColumn(name, say_in_all(f"why.liquid_{name}"), "mass") for name in names),
    )
    amounts = [tuple(getattr(one, f"{name}_g") for name in names) for one in why.liquid]
    rows = [
        (Cell(site_name(one.site), _site_href(one.site, filters)), *map(Cell, grams))
        for one, grams in zip(why.liquid, amounts, strict=True)
    ]
    total = (Cell(t("why.total")), *(Cell(sum(column)) for column in zip(*amounts, strict=True)))
    return Sheet("liquid", say_in_all("why.liquid"), columns, rows, total)


def _make_declared(why: Why, filters: ReportFilters) -> Sheet:
    unit = INDICATORS[why.figure.indicator].base_unit
    scale, words = (1_000_000, "t/a") if unit == "g/a" else (1, "kWh" if unit == "kWh" else "")
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        SheetColumn("gap", say_in_all("why.gap"), "number", unit=words, decimals=0, bar=True),
        SheetColumn("numerator", say_in_all("why.counted"), "number", unit=words, decimals=0),
        SheetColumn("denominator", say_in_all("why.of_all"), "number", unit=words, decimals=0),
        SheetColumn("value", say_in_all("report.value"), "share"),
    )
    rows = [
        (
            Cell(site_name(one.site), _site_href(one.site, filters)),
            Cell(None if one.gap is None else Fraction(one.gap, scale)),
            Cell(Fraction(one.numerator) / scale),
            Cell(Fraction(one.denominator) / scale),
            Cell(share_of(one)),
        )
        for one in why.declared
    ]
    return Sheet("declared", say_in_all("why.declared"), columns, rows)
