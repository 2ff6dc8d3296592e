"""Show reports: the regions, every indicator of a place, and what is behind a figure."""

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput
from traceability.domain.indicators import (
    REGIONAL_FILE,
)
from traceability.domain.place import level_of
from traceability.domain.vocabulary import NATION
from traceability.render.csv import write_csv
from traceability.services.reporting.behind.changes import find_change
from traceability.services.reporting.behind.drill_down import (
    FigureAddress,
    declaration_table,
    figure_gap,
    figure_residues,
    figure_table,
    open_figure,
)
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.figures.report import RegionalReport, regional_report, report_for
from traceability.services.reporting.overviews.report_table import place_table, report_table
from traceability.services.reporting.registers.materials import sum_collected
from traceability.services.reporting.registers.products import (
    list_element_heats,
    list_product_lots,
    list_products,
    product_table,
    sum_element_recovery,
)
from traceability.services.reporting.scope import (
    Level,
    MonthView,
    check_in_view,
    check_place,
    find_place,
)
from traceability.services.reporting.table import Table
from traceability.web.reports.figures.change import show_change_since
from traceability.web.reports.figures.products import make_element_page, make_products_page
from traceability.web.reports.figures.regions import make_place_page, make_regional_page
from traceability.web.reports.filters.page import find_usual_period
from traceability.web.reports.filters.query import (
    LEVELS,
    ReportFilters,
    address_query,
    list_pairs,
    read_address,
    read_filters,
    read_number,
)
from traceability.web.reports.report_view import (
    place_href,
    posting_unit,
    say_period,
    show_declaration,
    show_figure,
    show_gap_part,
    show_month,
    show_others,
    show_posting,
    show_replaced,
)
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("report", __name__)

LOTS = 200


@report_page(pages, "/report")
def show() -> ReportPage:
    """Show the provinces beside the nation; a place that the row of filters names has a page of its own."""
    filters = _read_filters()
    if (filters.level, filters.code) != ("nation", NATION):
        query = filters.to_query()
        abort(redirect(url_for("report.region", level=filters.level, code=filters.code, **query)))
    return make_regional_page(_regional(filters), filters)


@pages.get("/report/figures.csv")
def exact_file() -> ResponseReturnValue:
    """Send the figures of the regional report with numerators and denominators, a line each, for programs."""
    filters = _read_filters()
    indicators = (filters.share, filters.other_share, *REGIONAL_FILE)
    return _send(report_table(_regional(filters, evidence=True), indicators), f"figures_{filters.period}")


def _regional(filters: ReportFilters, *, evidence: bool = False) -> RegionalReport:
    return regional_report(
        current.reader(),
        filters.period,
        filters.metals,
        filters.view,
        filters.groups,
        evidence=evidence,
        now_ms=current.now_ms(),
        viewer=current.viewer(),
    )


@report_page(pages, "/report/<level>/<code>")
def region(level: str, code: str) -> ReportPage:
    """Show every indicator of a place, its metals, its targets, and the places within it."""
    filters, checked_level = _read_filters_of(level, code), _check_level(level, code)
    return make_place_page(_report_place(checked_level, code, filters), checked_level, filters)


def _report_place(level: Level, code: str, filters: ReportFilters) -> RegionalReport:
    return report_for(
        current.reader(), level, code, filters.period, filters.metals, filters.view,
        now_ms=current.now_ms(), viewer=current.viewer(),
    )  # fmt: skip


@pages.get("/report/<level>/<code>/figures.csv")
def exact_place_file(level: str, code: str) -> ResponseReturnValue:
    """Send every figure of a place, of its metals and of the places within it, a line each, for programs."""
    filters = _read_filters()
    report = _report_place(_check_level(level, code), code, filters)
    return _send(place_table(report, report.rows), f"figures_{code}_{filters.period}")


@report_page(pages, "/report/<level>/<code>/products")
def products(level: str, code: str) -> ReportPage:
    """Show what was made and collected in a place: recycled content and footprint by alloy, elements won, grades."""
    filters, checked_level = _read_filters_of(level, code), _check_level(level, code)
    reader, viewer = current.reader(), current.viewer()
    # Grades are summed by province only.
    of_provinces = checked_level == "nation" or all(part.endswith("0000") for part in code.split(","))
    within = "" if checked_level == "nation" else code
    grades = (
        sum_collected(reader, filters.period, filters.metals, filters.view, within, viewer)
        if of_provinces
        else []
    )
    head = reader.find_head()
    return make_products_page(
        find_place(reader, checked_level, code, filters.period.last),
        list_products(reader, viewer, checked_level, code, filters.period),
        sum_element_recovery(reader, viewer, checked_level, code, filters.period),
        grades, filters, head.seq, head.record_ms,
    )  # fmt: skip


@pages.get("/report/<level>/<code>/claims.csv")
def claims_file(level: str, code: str) -> ResponseReturnValue:
    """Send the recycled content of what was made in a place with model, method and boundary of each claim."""
    filters = _read_filters()
    made = list_products(current.reader(), current.viewer(), _check_level(level, code), code, filters.period)
    table = product_table(made.products, t("claim.method_is"), t("claim.boundary_is"))
    return _send(table, f"recycled_content_{code}_{filters.period}")


@pages.get("/report/site/<site>/products/<material>")
def lots(site: str, material: str) -> ResponseReturnValue:
    """Show the lots of a product that a site made in a period."""
    filters = _read_filters()
    region = request.args.get("region", "")
    code = f"{site}/{region}" if region else site
    place = find_place(current.reader(), _check_level("site", code), site)
    made = list_product_lots(current.reader(), code, material, filters.period)
    start = read_number("after")
    query = {**filters.to_query(), **({"region": region} if region else {})}
    following = url_for("report.lots", site=site, material=material, **query, after=start + LOTS)
    level, above = (level_of(region), region) if region else ("site", site)
    return render_template(
        "reports/lots.html",
        filters=filters,
        place=place,
        material=material,
        period=say_period(filters.period),
        lots=made[start : start + LOTS],
        count=len(made),
        back=url_for("report.products", level=level, code=above, **filters.to_query()),
        first=url_for("report.lots", site=site, material=material, **query) if start else "",
        following=following if made[start + LOTS :] else "",
    )


@report_page(pages, "/report/<level>/<code>/elements/<element>")
def element(level: str, code: str, element: str) -> ReportPage:
    """Show the heats that the recovery of an element adds up."""
    filters, checked_level = _read_filters_of(level, code), _check_level(level, code)
    reader = current.reader()
    place = find_place(reader, checked_level, code, filters.period.last)
    heats = list_element_heats(reader, current.viewer(), checked_level, code, filters.period, element)
    head = reader.find_head()
    return make_element_page(place, element, heats, filters, head.seq, head.record_ms)


@pages.get("/report/figure")
def figure() -> ResponseReturnValue:
    """Show what is behind a figure: formula, declarations, postings, events and lots."""
    filters, address = _read_figure()
    after = request.args.get("after", "")
    opened = open_figure(
        current.reader(), current.viewer(), address, current.now_ms(), after, read_number("seq")
    )
    change = None
    if address.at:
        change = find_change(current.reader(), current.viewer(), address, opened.figure, current.now_ms())
    first = address_query(address)
    by_event_month = opened.figure.inputs.by_event_month
    other_view: MonthView = "book" if address.view == "event" else "event"
    return render_template(
        "reports/figure.html",
        filters=filters,
        opened=opened,
        cell=show_figure(opened.place, opened.figure, filters, address.metal, bool(address.spoken)),
        others=show_others(opened.figure, opened.others),
        place=opened.place,
        metal=address.metal,
        period=say_period(filters.period),
        change=show_change_since(opened.place, change, filters, address) if change else None,
        takes_record=not current.viewer().is_firm or address.level == "site",
        record_query=[(key, value) for key, value in list_pairs(first) if key not in ("at", "after", "seq")],
        lines=[show_posting(contribution) for contribution in opened.lines],
        posting_unit=posting_unit(opened.figure),
        declarations=[show_declaration(event) for event in opened.declarations],
        replaced=show_replaced(opened.replaced),
        months=[show_month(month, by_event_month) for month in opened.evidence or ()],
        missing=[
            [show_gap_part(part, opened.figure.limits) for part in parts]
            for parts in (opened.missing.metals, opened.missing.sites)
        ]
        if opened.missing
        else [],
        back=place_href(opened.place, filters),
        other_view=url_for("report.figure", **address_query(replace(address, view=other_view))),
        csv=url_for("report.figure_file", **first),
        gap_csv=url_for("report.gap_file", **first),
        residues_csv=url_for("report.residues_file", **first),
        declarations_csv=url_for("report.declarations_file", **first),
        first=url_for("report.figure", **first) if after else "",
        following=url_for("report.figure", **first, after=opened.after, seq=opened.seq)
        if opened.after
        else "",
    )


@pages.get("/report/figure.csv")
def figure_file() -> ResponseReturnValue:
    """Send every posting behind a figure, for a spreadsheet."""
    filters, address = _read_figure()
    table = figure_table(current.store(), current.viewer(), address, current.now_ms())
    return _send(table, f"{address.indicator}_{address.code}_{filters.period}")


@pages.get("/report/declarations.csv")
def declarations_file() -> ResponseReturnValue:
    """Send the declarations behind a figure with what each adds, for a spreadsheet."""
    filters, address = _read_figure()
    table = declaration_table(current.reader(), current.viewer(), address, current.now_ms())
    return _send(table, f"declarations_{address.indicator}_{address.code}_{filters.period}")


@pages.get("/report/gap.csv")
def gap_file() -> ResponseReturnValue:
    """Send the gap of a figure by metal and site, for a spreadsheet."""
    filters, address = _read_figure()
    table = figure_gap(current.reader(), current.viewer(), address, current.now_ms())
    return _send(table, f"gap_{address.indicator}_{address.code}_{filters.period}")


@pages.get("/report/residues.csv")
def residues_file() -> ResponseReturnValue:
    """Send the residues behind a figure by waste code, for a spreadsheet."""
    filters, address = _read_figure()
    table = figure_residues(current.reader(), current.viewer(), address, current.now_ms())
    return _send(table, f"residues_{address.code}_{filters.period}")


def _send(table: Table, name: str) -> Response:
    """Return a table as a CSV file to download."""
    file = Response(write_csv(table), mimetype="text/csv")
    file.headers.set(
        "Content-Disposition", "attachment", filename=f"{name}.csv".replace("..", "_").replace("/", "-")
    )
    return file


def _read_filters() -> ReportFilters:
    """Return the filters; the usual period where the address names none. Raises BadInput."""
    return read_filters(find_usual_period)


def _read_filters_of(level: str, code: str) -> ReportFilters:
    """Return the filters of a page that names its place in its path. Raises BadInput, NotFound, NotAllowed."""
    filters = _read_filters()
    if request.args.keys() & {"place", "member"} and (filters.level, filters.code) != (level, code):
        chosen = {**(request.view_args or {}), "level": filters.level, "code": filters.code}
        abort(redirect(url_for(str(request.endpoint), **chosen, **filters.to_query())))
    return replace(filters, level=_check_level(level, code), code=code)


def _read_figure() -> tuple[ReportFilters, FigureAddress]:
    """Return the filters, and which figure to open. Raises BadInput, NotFound."""
    filters = read_filters(find_usual_period, takes_record=True)
    address = read_address(filters)
    _check_level(address.level, address.code)
    return filters, address


def _check_level(level: str, code: str) -> Level:
    """Return a level that there is, of a place in view. Raises BadInput, NotFound."""
    if level not in LEVELS:
        raise BadInput("report.bad_filter", text=level[:40])
    check_in_view(current.viewer(), level, code)
    check_open(current.reader(), current.viewer(), (check_place(level, code),))
    return level
