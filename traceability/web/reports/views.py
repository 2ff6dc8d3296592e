"""Reports: the provinces beside the nation, every indicator of a place, and what is behind each figure."""

from collections.abc import Iterable

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotFound
from traceability.domain.vocabulary import METALS
from traceability.render.csv import write_csv
from traceability.services.reporting.figures import (
    Address,
    Product,
    declaration_rows,
    figure_rows,
    list_periods,
    list_products,
    open_figure,
    product_rows,
    report_rows,
    residue_rows,
)
from traceability.services.reporting.materials import sum_collected
from traceability.services.reporting.periods import usual_period
from traceability.services.reporting.products import (
    list_element_heats,
    list_product_lots,
    sum_element_recovery,
)
from traceability.services.reporting.report import RegionalReport, regional_report, report_for
from traceability.services.reporting.scope import Level, find_place
from traceability.web.reports.report_query import (
    LEVELS,
    METHODS,
    VIEWS,
    Asked,
    query_of,
    read_address,
    read_asked,
    read_number,
)
from traceability.web.reports.report_view import (
    SECTIONS,
    first_year,
    place_href,
    say_period,
    show_declared,
    show_figure,
    show_grade,
    show_heat,
    show_line,
    show_product,
    show_row,
)
from traceability.web.shell import current
from traceability.web.shell.errors import status_of
from traceability.web.shell.words import region_name, say, t

pages = Blueprint("report", __name__)

REFERENCE_METALS = METALS[:10]
MOST_GRADES = 20
LOTS = 200


@pages.get("/report")
def show() -> ResponseReturnValue:
    """The provinces beside the nation."""
    store = current.store()
    periods = list_periods(store)
    usual = periods.usual or first_year(current.now())
    page = {
        "periods": periods,
        "metals": REFERENCE_METALS,
        "views": VIEWS,
        "methods": METHODS,
        "say_period": say_period,
    }
    asked = Asked(usual)
    try:
        asked = read_asked(lambda: usual)
        report = _regional(asked)
    except (BadInput, NotFound) as error:
        problem = say(error)
        return make_response(
            render_template("reports/report.html", asked=asked, report=None, problem=problem, **page),
            status_of(error),
        )
    columns = _columns(asked)
    return render_template(
        "reports/report.html",
        asked=asked,
        report=report,
        total=show_row(report.total, asked, columns),
        rows=[show_row(row, asked, columns) for row in report.rows],
        groups=[show_row(row, asked, columns) for row in report.groups],
        provinces=_offered(report, asked),
        csv=url_for("report.show_file", **asked.query()),
        **page,
    )


@pages.get("/report.csv")
def show_file() -> ResponseReturnValue:
    """The figures of the regional report, for a spreadsheet."""
    asked = _asked()
    return _file(report_rows(_regional(asked), _columns(asked)), f"regional_report_{asked.period}")


def _regional(asked: Asked) -> RegionalReport:
    return regional_report(
        current.store(), asked.period, asked.metals, asked.view, asked.groups, now_ms=current.now_ms()
    )


def _offered(report: RegionalReport, asked: Asked) -> list[tuple[str, str]]:
    """(code, name) of what the form lets one add up: the provinces listed, and whatever the address names."""
    listed = {row.code: row.name(current.language()) for row in report.rows}
    return [*listed.items(), *((code, region_name(code)) for code in asked.regions if code not in listed)]


def _columns(asked: Asked) -> tuple[str, ...]:
    """The indicators of the regional report."""
    return (
        asked.share, asked.other_share, "recycled_output", "primary_output", "ten_metal_output", "direct_alloying",
        "local_conversion", "renewable_power",
    )  # fmt: skip


@pages.get("/report/<level>/<code>")
def region(level: str, code: str) -> ResponseReturnValue:
    """Every indicator of a place, its metals, its targets, and the places within it."""
    asked = _asked()
    found_level = _level(level, code)
    report = report_for(
        current.store(), found_level, code, asked.period, asked.metals, asked.view, now_ms=current.now_ms()
    )
    total = report.total
    return render_template(
        "reports/region.html",
        asked=asked,
        report=report,
        place=total,
        period=say_period(asked.period),
        sections=[
            (
                name,
                [show_figure(total, total.figures[one], asked) for one in indicators if one in total.figures],
            )
            for name, indicators in SECTIONS
        ],
        targets=[show_figure(total, figure, asked, spoken=True) for figure in total.targets],
        by_metal=[
            (metal, {id_: show_figure(total, one, asked, metal) for id_, one in figures.items()})
            for metal, figures in total.by_metal.items()
        ],
        rows=[
            show_row(
                row,
                asked,
                (
                    "supply_share_official",
                    "supply_share",
                    "recycled_output",
                    "primary_output",
                    "direct_alloying",
                ),
            )
            for row in report.rows
            if row.level != "site" or current.viewer().shows_site(row.code)
        ],
        products=url_for("report.products", level=level, code=code, **asked.query()),
        whole=url_for("report.show", **asked.query()),
    )


@pages.get("/report/<level>/<code>/products")
def products(level: str, code: str) -> ResponseReturnValue:
    """What was made and collected in a place: recycled content and footprint by alloy, elements won, grades."""
    asked = _asked()
    found_level = _level(level, code)
    store = current.store()
    place = find_place(store, found_level, code)
    made, seen = _products(found_level, code, asked)
    # Grades are summed by province only.
    of_provinces = found_level == "nation" or all(one.endswith("0000") for one in code.split(","))
    grades = (
        sum_collected(store, asked.period, asked.metals, asked.view, "" if found_level == "nation" else code)
        if of_provinces
        else []
    )
    return render_template(
        "reports/products.html",
        asked=asked,
        place=place,
        period=say_period(asked.period),
        products=[show_product(one, asked) for one in seen],
        hidden=len(made) - len(seen),
        csv=url_for("report.products_file", level=level, code=code, **asked.query()),
        elements=[
            (
                element,
                sums,
                url_for("report.element", level=level, code=code, element=element, **asked.query()),
            )
            for element, sums in sum_element_recovery(store, found_level, code, asked.period).items()
        ],
        grades=[show_grade(one, asked) for one in grades[:MOST_GRADES]],
        more_grades=len(grades[MOST_GRADES:]),
        back=place_href(place, asked),
    )


@pages.get("/report/<level>/<code>/products.csv")
def products_file(level: str, code: str) -> ResponseReturnValue:
    """Recycled content of what was made in a place, for a spreadsheet."""
    asked = _asked()
    _, seen = _products(_level(level, code), code, asked)
    rows = product_rows(seen, t("claim.method_is"), t("claim.boundary_is"))
    return _file(rows, f"recycled_content_{code}_{asked.period}")


def _products(level: Level, code: str, asked: Asked) -> tuple[list[Product], list[Product]]:
    """(what was made in a place, of it what the person may see)."""
    made = list_products(current.store(), level, code, asked.period)
    return made, [one for one in made if current.viewer().shows_site(one.made.site)]


@pages.get("/report/site/<site>/products/<material>")
def lots(site: str, material: str) -> ResponseReturnValue:
    """The lots of a product that a site made in a period: what its recycled content adds up."""
    asked = _asked()
    place = find_place(current.store(), _level("site", site), site)
    made = list_product_lots(current.store(), site, material, asked.period)
    start = read_number("after")
    following = url_for("report.lots", site=site, material=material, **asked.query(), after=start + LOTS)
    return render_template(
        "reports/lots.html",
        asked=asked,
        place=place,
        material=material,
        period=say_period(asked.period),
        lots=made[start : start + LOTS],
        count=len(made),
        back=url_for("report.products", level="site", code=site, **asked.query()),
        first=url_for("report.lots", site=site, material=material, **asked.query()) if start else "",
        following=following if made[start + LOTS :] else "",
    )


@pages.get("/report/<level>/<code>/elements/<element>")
def element(level: str, code: str, element: str) -> ResponseReturnValue:
    """The heats that the recovery of an element adds up."""
    asked = _asked()
    found_level = _level(level, code)
    store = current.store()
    place = find_place(store, found_level, code)
    heats = list_element_heats(store, found_level, code, asked.period, element)
    return render_template(
        "reports/element.html",
        asked=asked,
        place=place,
        element=element,
        period=say_period(asked.period),
        heats=[show_heat(one) for one in heats],
        back=url_for("report.products", level=level, code=code, **asked.query()),
    )


@pages.get("/report/figure")
def figure() -> ResponseReturnValue:
    """What is behind a figure: its formula, declarations and postings, with their events and lots."""
    asked, address = _asked_figure()
    after = request.args.get("after", "")
    found = open_figure(current.store(), address, current.now_ms(), after, read_number("seq"))
    first = query_of(address)
    return render_template(
        "reports/figure.html",
        asked=asked,
        found=found,
        cell=show_figure(found.place, found.figure, asked, address.metal, bool(address.spoken)),
        place=found.place,
        metal=address.metal,
        period=say_period(asked.period),
        lines=[show_line(one) for one in found.lines],
        declarations=[show_declared(event) for event in found.declarations],
        back=place_href(found.place, asked),
        csv=url_for("report.figure_file", **first),
        residues_csv=url_for("report.residues_file", **first),
        declarations_csv=url_for("report.declarations_file", **first),
        shows_site=current.viewer().shows_site,
        first=url_for("report.figure", **first) if after else "",
        following=url_for("report.figure", **first, after=found.after, seq=found.seq) if found.after else "",
    )


@pages.get("/report/figure.csv")
def figure_file() -> ResponseReturnValue:
    """Every posting behind a figure, for a spreadsheet."""
    asked, address = _asked_figure()
    rows = figure_rows(current.store(), address, current.now_ms(), current.viewer().sees)
    return _file(rows, f"{address.indicator}_{address.code}_{asked.period}")


@pages.get("/report/declarations.csv")
def declarations_file() -> ResponseReturnValue:
    """The declarations behind a figure with what each adds, for a spreadsheet."""
    asked, address = _asked_figure()
    rows = declaration_rows(current.store(), address, current.now_ms(), current.viewer().sees)
    return _file(rows, f"declarations_{address.indicator}_{address.code}_{asked.period}")


@pages.get("/report/residues.csv")
def residues_file() -> ResponseReturnValue:
    """The residues behind a figure by waste code, for a spreadsheet."""
    asked, address = _asked_figure()
    rows = residue_rows(current.store(), address, current.now_ms())
    return _file(rows, f"residues_{address.code}_{asked.period}")


def _file(rows: Iterable[tuple[str, ...]], name: str) -> Response:
    file = Response(write_csv(rows), mimetype="text/csv; charset=utf-8")
    file.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv".replace("..", "_"))
    return file


def _asked() -> Asked:
    """The filters; the usual period where the address names none. Raises BadInput."""
    return read_asked(lambda: usual_period(current.store()) or first_year(current.now()))


def _asked_figure() -> tuple[Asked, Address]:
    """The filters, and the figure that is asked for. Raises BadInput, NotFound."""
    asked = _asked()
    address = read_address(asked)
    _level(address.level, address.code)
    return asked, address


def _level(level: str, code: str) -> Level:
    """A level that there is; sites only where the person may see them. Raises BadInput, NotFound."""
    if level not in LEVELS:
        raise BadInput("report.bad_filter", text=level[:40])
    if level == "site" and not current.viewer().shows_site(code):
        raise NotFound("report.unknown_site", id=code)
    return level
