"""Show a mass by region, metal and month, who has most of it, and how it stands against last year."""

from collections.abc import Callable, Sequence

from flask import Blueprint, request, url_for

from traceability.domain.errors import BadInput
from traceability.domain.indicators import BY_METAL, INDICATORS
from traceability.domain.names import NamesByLanguage
from traceability.locale import LANGUAGES
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.overviews.pivot import Pivot, PivotLine, read_pivot
from traceability.services.reporting.overviews.report_table import ALL_METALS
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import place_href, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, t

pages = Blueprint("pivot", __name__)

MASSES = tuple(id_ for id_ in BY_METAL if INDICATORS[id_].kind == "mass")
MOST_MONTHS = 24  # side by side; to a firm a report is made for each


@report_page(pages, "/pivot")
def show() -> ReportPage:
    """Show a mass of a place and the places within it."""
    filters, language = read_page_filters(), current.language()
    id_, shape = request.args.get("indicator", MASSES[0]), request.args.get("shape", "months")
    if id_ not in MASSES or shape not in _SHAPES:
        raise BadInput("report.bad_filter", text=(id_ if id_ not in MASSES else shape)[:40])
    months = filters.period.months()
    if len(months) > MOST_MONTHS:
        raise BadInput("report.too_many_months", count=len(months), most=MOST_MONTHS)
    pivot = read_pivot(
        current.reader(), current.viewer(), filters.level, filters.code, filters.period, id_, filters.metals,
        filters.view, now_ms=current.now_ms(),
    )  # fmt: skip
    place, name = pivot.total.name(language), t(INDICATORS[id_].name)
    first = pivot.ranking[0].row.name(language) if pivot.ranking else ""
    finding = "pivot.finding" if first else "pivot.finding_alone"
    document = ReportDocument(
        f"pivot_{id_}_{shape}_{filters.code}_{filters.period}",
        t(finding, place=place, period=say_period(filters.period), name=name, first=first),
        ((t("pivot.indicator"), name), *say_of(place, filters, pivot.seq, pivot.recorded_ms)),
        (_lay_out_ranking(pivot, filters), _SHAPES[shape](pivot, filters)),
        indicators=(id_,),
    )
    query = filters.to_place_query()
    choices = [
        (t(INDICATORS[one].name), url_for(".show", **query, indicator=one, shape=shape), one == id_)
        for one in MASSES
    ]
    shapes = [
        (t(f"pivot.shape_{one}"), url_for(".show", **query, indicator=id_, shape=one), one == shape)
        for one in _SHAPES
    ]
    return ReportPage(
        "reports/pivot.html", document, context_of(filters, place, choices=choices, shapes=shapes)
    )


def _lay_out_months(pivot: Pivot, filters: ReportFilters) -> Sheet:
    """Return a line for each place and metal, the months side by side; the place's own sum is the total."""
    columns = (
        SheetColumn("region", say_in_all("term.region")),
        SheetColumn("metal", say_in_all("term.metal")),
        *(_month_column(month) for month in pivot.months),
        *(column._replace(bar=False) for column in _SUM_COLUMNS),  # the ranking has the bars
    )

    def lay_out(line: PivotLine) -> Row:
        return (_place_cell(line, filters), _metal_cell(line), *map(Cell, line.months), *_sum_cells(line))

    rows = [lay_out(line) for line in (*pivot.within, *pivot.own) if line not in pivot.own[:1]]
    total = lay_out(pivot.own[0]) if pivot.own else None
    return Sheet("pivot", say_in_all("pivot.by_month"), columns, rows, total)


def _lay_out_metals(pivot: Pivot, _filters: ReportFilters) -> Sheet:
    """Return a line for each month, the metals of the place side by side and their sum."""
    lines = [*pivot.own[1:], *pivot.own[:1]]
    columns = [SheetColumn(line.metal, _metal_names(line.metal), "mass") for line in lines]
    return _lay_out_across("pivot.by_metal", columns, lines, pivot)


def _lay_out_regions(pivot: Pivot, _filters: ReportFilters) -> Sheet:
    """Return a line for each month, the places side by side and the sum of the whole."""
    lines = [line for line in (*pivot.within, *pivot.own[:1]) if line.metal == ALL_METALS]
    columns = [SheetColumn(line.row.address, line.row.names, "mass") for line in lines]
    return _lay_out_across("pivot.by_region", columns, lines, pivot)


def _lay_out_across(
    title: str, columns: Sequence[SheetColumn], lines: Sequence[PivotLine], pivot: Pivot
) -> Sheet:
    rows: list[Row] = [
        (Cell(month), *(Cell(line.months[number]) for line in lines))
        for number, month in enumerate(pivot.months)
    ]
    total = (Cell(t("pivot.period")), *(Cell(line.period) for line in lines))
    heading = SheetColumn("month", say_in_all("term.month"), "month")
    return Sheet(
        "pivot", say_in_all(title), (heading, *columns), rows if lines else (), total if lines else None
    )


def _metal_names(metal: str) -> NamesByLanguage:
    """Return the names of a metal, of one that an installation added those of its list."""
    if metal == ALL_METALS:
        return say_in_all("pivot.all")
    known = current.reference().metals.get(metal)
    words = say_in_all(f"metal.{metal}")
    return known.names if known and words[0][1] == f"metal.{metal}" else words


_SHAPES: dict[str, Callable[[Pivot, ReportFilters], Sheet]] = {
    "months": _lay_out_months,
    "metals": _lay_out_metals,
    "regions": _lay_out_regions,
}
"""What stands side by side."""


def _month_column(month: str) -> SheetColumn:
    return SheetColumn(month, tuple((language, month) for language in LANGUAGES), "mass", one_line=True)


def _lay_out_ranking(pivot: Pivot, filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("rank", say_in_all("pivot.rank"), "count"),
        SheetColumn("region", say_in_all("term.region")),
        *_SUM_COLUMNS,
    )
    rows: list[Row] = [
        (Cell(number), _place_cell(line, filters), *_sum_cells(line))
        for number, line in enumerate(pivot.ranking, 1)
    ]
    return Sheet("ranking", say_in_all("pivot.ranking"), columns, rows)


_SUM_COLUMNS = (
    SheetColumn("period", say_in_all("pivot.period"), "mass", bar=True),
    SheetColumn("year_before", say_in_all("pivot.year_before"), "mass"),
    SheetColumn("change", say_in_all("pivot.change"), "share"),
)


def _sum_cells(line: PivotLine) -> tuple[Cell, Cell, Cell]:
    return Cell(line.period), Cell(line.year_before), Cell(line.change)


def _place_cell(line: PivotLine, filters: ReportFilters) -> Cell:
    name = line.row.name(current.language())
    opens = line.row.level != "site" or current.viewer().shows_site(line.row.code)
    return Cell(name, place_href(line.row, filters) if opens else "")


def _metal_cell(line: PivotLine) -> Cell:
    return Cell(t("pivot.all") if line.metal == ALL_METALS else metal_name(line.metal))
