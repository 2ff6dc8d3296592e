"""Show reports: the regions, every indicator of a place, and what is behind a figure."""

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.indicators import (
    BY_METAL,
    EMISSION_ROWS,
    EXACT_SHARES,
    EXPLAINED,
    KEY_FIGURES,
    OVERVIEW_OUTPUTS,
    OVERVIEW_SHARES,
    REGIONAL_FILE,
    REGIONAL_OUTPUTS,
    REGIONAL_PAGE,
    REGIONAL_SHARE,
    SECTIONS,
)
from traceability.domain.place import level_of, place_key
from traceability.render.csv import write_csv
from traceability.services.reporting.disclosure import check_open
from traceability.services.reporting.drill_down import (
    FigureAddress,
    declaration_table,
    figure_gap,
    figure_residues,
    figure_table,
    open_figure,
)
from traceability.services.reporting.figure_changes import find_change
from traceability.services.reporting.materials import sum_collected
from traceability.services.reporting.periods import list_periods
from traceability.services.reporting.products import (
    list_element_heats,
    list_product_lots,
    list_products,
    product_table,
    sum_element_recovery,
)
from traceability.services.reporting.register import REGISTERED, count_new_certificates
from traceability.services.reporting.replaced import list_replaced
from traceability.services.reporting.report import RegionalReport, regional_report, report_for
from traceability.services.reporting.report_table import place_table, report_table
from traceability.services.reporting.scope import (
    REGION_LEVELS,
    Level,
    MonthView,
    bases_within,
    check_in_view,
    check_place,
    find_place,
    find_whereabouts,
    list_changes,
    parents_of,
)
from traceability.services.reporting.table import Table
from traceability.web.reports.figure_change import show_change_since
from traceability.web.reports.report_page_parts import find_usual_period
from traceability.web.reports.report_query import (
    LEVELS,
    METHODS,
    VIEWS,
    ReportFilters,
    address_query,
    list_pairs,
    read_address,
    read_filters,
    read_number,
)
from traceability.web.reports.report_view import (
    list_columns,
    list_withheld,
    place_href,
    posting_unit,
    say_period,
    show_change,
    show_declaration,
    show_figure,
    show_gap_part,
    show_grade,
    show_heat,
    show_month,
    show_others,
    show_posting,
    show_products,
    show_replaced,
    show_row,
)
from traceability.web.shell import current
from traceability.web.shell.errors import status_of
from traceability.web.shell.words import region_name, say, t

pages = Blueprint("report", __name__)

MOST_GRADES = 20
LOTS = 200


@pages.get("/report")
def show() -> ResponseReturnValue:
    """Show the provinces beside the nation."""
    reader = current.reader()
    periods = list_periods(reader)
    usual = find_usual_period()
    metals = current.reference().metals.values()
    page = {
        "periods": periods,
        "metals": [metal.symbol for metal in metals if metal.of_ten],
        "other_metals": [metal.symbol for metal in metals if not metal.of_ten],
        # Regions are shown to firms by month of the book alone.
        "views": VIEWS[:1] if current.viewer().is_firm else VIEWS,
        "methods": METHODS,
        "say_period": say_period,
    }
    filters = ReportFilters(usual)
    try:
        filters = read_filters(lambda: usual)
        report = _regional(filters)
    except (BadInput, NotAllowed, NotFound) as error:
        problem = say(error)
        return make_response(
            render_template("reports/report.html", filters=filters, report=None, problem=problem, **page),
            status_of(error),
        )
    columns = _columns(filters)
    total = show_row(report.total, filters, columns)
    rows = [show_row(row, filters, columns) for row in report.rows]
    groups = [show_row(row, filters, columns) for row in report.groups]
    return render_template(
        "reports/report.html",
        filters=filters,
        report=report,
        total=total,
        rows=rows,
        groups=groups,
        withheld=list_withheld(cell for row in (total, *rows, *groups) for cell in row.cells.values()),
        provinces=_list_offered(report, filters),
        outputs=list_columns(REGIONAL_OUTPUTS),
        judged=list_columns((REGIONAL_SHARE,))[0],
        key_figures=_with_shares(filters, KEY_FIGURES),
        exact_shares=_with_shares(filters, EXACT_SHARES),
        explained=_with_shares(filters, EXPLAINED),
        csv=url_for("report.show_file", **filters.to_query()),
        **page,
    )


@pages.get("/report.csv")
def show_file() -> ResponseReturnValue:
    """Send the figures of the regional report, for a spreadsheet."""
    filters = _read_filters()
    table = report_table(_regional(filters, evidence=True), _with_shares(filters, REGIONAL_FILE))
    return _send(table, f"regional_report_{filters.period}")


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


def _list_offered(report: RegionalReport, filters: ReportFilters) -> list[tuple[str, str]]:
    """Return (code, name) of the regions that the form adds up.

    Those listed, and what the address names.
    """
    listed = {row.code: row.name(current.language()) for row in report.rows}
    return [*listed.items(), *((code, region_name(code)) for code in filters.regions if code not in listed)]


def _columns(filters: ReportFilters) -> tuple[str, ...]:
    """Return the indicators of the regional report."""
    return _with_shares(filters, REGIONAL_PAGE)


def _with_shares(filters: ReportFilters, indicators: tuple[str, ...]) -> tuple[str, ...]:
    """Return the supply shares by both methods, the chosen one first, then some indicators."""
    return (filters.share, filters.other_share, *indicators)


@pages.get("/report/<level>/<code>")
def region(level: str, code: str) -> ResponseReturnValue:
    """Show every indicator of a place, its metals, its targets, and the places within it."""
    filters = _read_filters()
    checked_level = _check_level(level, code)
    report = report_for(
        current.reader(),
        checked_level,
        code,
        filters.period,
        filters.metals,
        filters.view,
        now_ms=current.now_ms(),
        viewer=current.viewer(),
    )
    total = report.total
    registered = {
        indicator: count_new_certificates(
            current.reader(), checked_level, code, filters.period, *held, current.viewer()
        )
        for indicator, held in REGISTERED.items()
        # A firm knows of its own certificates alone: their number is not the register's.
        if not current.viewer().is_firm and any(figure.indicator == indicator for figure in total.targets)
    }
    place, reference = place_key(level, code), current.reference()
    rows = list(report.rows)
    levels = {row.level for row in rows}
    shares, last_share = OVERVIEW_SHARES[:-1], OVERVIEW_SHARES[-1]
    overview = (*shares, *OVERVIEW_OUTPUTS, last_share)
    return render_template(
        "reports/region.html",
        filters=filters,
        report=report,
        withheld=list_withheld(show_figure(total, figure, filters) for figure in total.figures.values()),
        place=total,
        period=say_period(filters.period),
        sections=[
            (
                name,
                [
                    show_figure(total, total.figures[id_], filters)
                    for id_ in indicators
                    if id_ in total.figures
                ],
            )
            for name, indicators in SECTIONS.items()
            if name != "emissions"  # a table by source of its own
        ],
        emissions=[
            (source, [show_figure(total, total.figures[id_], filters) for id_ in indicators])
            for source, indicators in EMISSION_ROWS.items()
            if set(indicators) <= total.figures.keys()
        ],
        key_figures=[show_figure(total, total.figures[id_], filters) for id_ in OVERVIEW_SHARES],
        registered=registered,
        targets=[show_figure(total, figure, filters, spoken=True) for figure in total.targets],
        by_metal=[
            (metal, {id_: show_figure(total, figure, filters, metal) for id_, figure in figures.items()})
            for metal, figures in total.by_metal.items()
        ],
        ten_metals=reference.ten_metals,
        metal_columns=list_columns(BY_METAL),
        columns=list_columns(overview),
        rows=[show_row(row, filters, overview) for row in rows],
        within=levels.pop() if len(levels) == 1 else "mixed",
        hidden=report.hidden,
        trail=[
            (above.name(current.language()), place_href(above, filters))
            for above in parents_of(place, reference, filters.period.last)
        ],
        changes=[
            show_change(change, filters) for change in list_changes(place, reference, filters.period.last)
        ],
        replaced=show_replaced(list_replaced(current.reader(), code, filters.period))
        if checked_level in REGION_LEVELS
        else [],
        bases=[
            (base.name(current.language()), place_href(base, filters))
            for base in bases_within(
                place, find_whereabouts(current.reader()), filters.period.first, filters.period.last
            )
        ]
        if checked_level in REGION_LEVELS
        else [],
        csv=url_for("report.region_file", level=level, code=code, **filters.to_query()),
        products=url_for("report.products", level=level, code=code, **filters.to_query()),
        certificates=url_for("register.show", level=level, code=code),
        whole=url_for("report.show", **filters.to_query()),
    )


@pages.get("/report/<level>/<code>/figures.csv")
def region_file(level: str, code: str) -> ResponseReturnValue:
    """Send every figure of a place, of its metals and of the places within it, for a spreadsheet."""
    filters = _read_filters()
    report = report_for(
        current.reader(),
        _check_level(level, code),
        code,
        filters.period,
        filters.metals,
        filters.view,
        now_ms=current.now_ms(),
        viewer=current.viewer(),
    )
    return _send(place_table(report, report.rows), f"figures_{code}_{filters.period}")


@pages.get("/report/<level>/<code>/products")
def products(level: str, code: str) -> ResponseReturnValue:
    """Show what was made and collected in a place.

    Recycled content and footprint by alloy, elements won, grades.
    """
    filters = _read_filters()
    checked_level = _check_level(level, code)
    reader = current.reader()
    place = find_place(reader, checked_level, code, filters.period.last)
    made = list_products(reader, current.viewer(), checked_level, code, filters.period)
    # Grades are summed by province only.
    of_provinces = checked_level == "nation" or all(part.endswith("0000") for part in code.split(","))
    grades = (
        sum_collected(
            reader,
            filters.period,
            filters.metals,
            filters.view,
            "" if checked_level == "nation" else code,
            current.viewer(),
        )
        if of_provinces
        else []
    )
    return render_template(
        "reports/products.html",
        filters=filters,
        place=place,
        period=say_period(filters.period),
        products=show_products(made.products, filters),
        hidden=made.hidden,
        is_firm=current.viewer().is_firm and checked_level != "site",
        csv=url_for("report.products_file", level=level, code=code, **filters.to_query()),
        elements=[
            (
                element,
                sums,
                url_for("report.element", level=level, code=code, element=element, **filters.to_query()),
            )
            for element, sums in sum_element_recovery(
                reader, current.viewer(), checked_level, code, filters.period
            ).items()
        ],
        grades=[show_grade(grade, filters) for grade in grades[:MOST_GRADES]],
        more_grades=len(grades[MOST_GRADES:]),
        back=place_href(place, filters),
    )


@pages.get("/report/<level>/<code>/products.csv")
def products_file(level: str, code: str) -> ResponseReturnValue:
    """Send the recycled content of what was made in a place, for a spreadsheet."""
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


@pages.get("/report/<level>/<code>/elements/<element>")
def element(level: str, code: str, element: str) -> ResponseReturnValue:
    """Show the heats that the recovery of an element adds up."""
    filters = _read_filters()
    checked_level = _check_level(level, code)
    reader = current.reader()
    place = find_place(reader, checked_level, code, filters.period.last)
    heats = list_element_heats(reader, current.viewer(), checked_level, code, filters.period, element)
    return render_template(
        "reports/element.html",
        filters=filters,
        place=place,
        element=element,
        period=say_period(filters.period),
        heats=[show_heat(heat) for heat in heats],
        back=url_for("report.products", level=level, code=code, **filters.to_query()),
    )


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
    file = Response(write_csv(table), mimetype="text/csv; charset=utf-8")
    file.headers.set(
        "Content-Disposition", "attachment", filename=f"{name}.csv".replace("..", "_").replace("/", "-")
    )
    return file


def _read_filters() -> ReportFilters:
    """Return the filters; the usual period where the address names none. Raises BadInput."""
    return read_filters(find_usual_period)


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
