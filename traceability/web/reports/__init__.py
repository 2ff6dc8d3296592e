"""Reports: the provinces beside the nation, every indicator of a place, and what is behind each figure."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotFound
from traceability.domain.vocabulary import METALS
from traceability.render.csv_file import write_csv
from traceability.services.figures import figure_rows, list_periods, list_products, open_figure
from traceability.services.reports import (
    Level,
    regional_report,
    report_for,
    sum_collected,
    sum_element_recovery,
)
from traceability.web import current
from traceability.web.errors import status_of
from traceability.web.reports.asked import (
    LEVELS,
    METHODS,
    VIEWS,
    Asked,
    query_of,
    read_address,
    read_asked,
    read_number,
)
from traceability.web.reports.shown import (
    SECTIONS,
    first_year,
    place_href,
    say_period,
    show_declared,
    show_figure,
    show_line,
    show_product,
    show_row,
)
from traceability.web.words import say

pages = Blueprint("report", __name__)

REFERENCE_METALS = METALS[:10]
MOST_GRADES = 20


@pages.get("/report")
def show() -> ResponseReturnValue:
    """The provinces beside the nation."""
    store = current.store()
    periods = list_periods(store)
    usual = periods[0][1][0] if periods else first_year(current.now())
    page = {
        "periods": periods,
        "metals": REFERENCE_METALS,
        "views": VIEWS,
        "methods": METHODS,
        "say_period": say_period,
    }
    try:
        asked = read_asked(usual)
        report = regional_report(store, asked.period, asked.metals, asked.view, now_ms=current.now_ms())
    except BadInput as error:
        problem = say(error)
        return make_response(
            render_template("reports/report.html", asked=Asked(usual), report=None, problem=problem, **page),
            status_of(error),
        )
    columns = (
        asked.share, asked.other_share, "recycled_output", "primary_output", "ten_metal_output", "direct_alloying",
        "local_conversion", "renewable_power",
    )  # fmt: skip
    return render_template(
        "reports/report.html",
        asked=asked,
        report=report,
        total=show_row(report.total, asked, columns),
        rows=[show_row(row, asked, columns) for row in report.rows],
        **page,
    )


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
            if row.level != "site" or current.view().shows_site(row.code)
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
    place = report_for(store, found_level, code, asked.period, evidence=False, now_ms=current.now_ms()).total
    made = list_products(store, found_level, code, asked.period)
    seen = [show_product(one) for one in made if current.view().shows_site(one.made.site)]
    province = code if found_level == "province" else ""
    grades = (
        sum_collected(store, asked.period, asked.metals, asked.view, province)
        if found_level in LEVELS[:2]
        else []
    )
    return render_template(
        "reports/products.html",
        asked=asked,
        place=place,
        period=say_period(asked.period),
        products=seen,
        hidden=len(made) - len(seen),
        elements=sum_element_recovery(store, found_level, code, asked.period),
        grades=grades[:MOST_GRADES],
        more_grades=len(grades[MOST_GRADES:]),
        back=place_href(place, asked),
    )


@pages.get("/report/figure")
def figure() -> ResponseReturnValue:
    """What is behind a figure: its formula, declarations and postings, with their events and lots."""
    asked = _asked()
    address = read_address(asked)
    _level(address.level, address.code)
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
        first=url_for("report.figure", **first) if after else "",
        following=url_for("report.figure", **first, after=found.after, seq=found.seq) if found.after else "",
    )


@pages.get("/report/figure.csv")
def figure_file() -> ResponseReturnValue:
    """Every posting behind a figure, for a spreadsheet."""
    asked = _asked()
    address = read_address(asked)
    _level(address.level, address.code)
    rows = figure_rows(current.store(), address, current.now_ms(), current.view().sees)
    name = f"{address.indicator}_{address.code}_{asked.period}.csv".replace("..", "_")
    file = Response(write_csv(rows), mimetype="text/csv; charset=utf-8")
    file.headers.set("Content-Disposition", "attachment", filename=name)
    return file


def _asked() -> Asked:
    """The filters; the year of today where the address names no period. Raises BadInput."""
    return read_asked(first_year(current.now()))


def _level(level: str, code: str) -> Level:
    """A level that there is; sites only where the person may see them. Raises BadInput, NotFound."""
    if level not in LEVELS:
        raise BadInput("report.bad_filter", text=level[:40])
    if level == "site" and not current.view().shows_site(code):
        raise NotFound("report.unknown_site", id=code)
    return level
