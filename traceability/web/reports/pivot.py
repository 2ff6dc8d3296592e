"""Show a mass by region, metal and month, who has most of it, and how it stands against last year."""

from flask import Blueprint, request

from traceability.domain.errors import BadInput
from traceability.domain.indicators import BY_METAL, INDICATORS
from traceability.domain.period import Period, add_months
from traceability.locale import LANGUAGES
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.report import RegionalReport, report_for
from traceability.services.reporting.report_table import ALL_METALS, PivotLine, pivot_months, rank_places
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import place_href, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, t

pages = Blueprint("pivot", __name__)

MASSES = tuple(id_ for id_ in BY_METAL if INDICATORS[id_].kind == "mass")
MOST_MONTHS = 24  # a report is made for each


@report_page(pages, "/pivot")
def show() -> ReportPage:
    """Show a mass of a place and the places within it."""
    filters, language = read_page_filters(), current.language()
    id_ = request.args.get("indicator", MASSES[0])
    if id_ not in MASSES:
        raise BadInput("report.bad_filter", text=id_[:40])
    period, months = filters.period, filters.period.months()
    if len(months) > MOST_MONTHS:
        raise BadInput("report.too_many_months", count=len(months), most=MOST_MONTHS)
    whole = _read(filters, period)
    before = _read(filters, Period(add_months(period.first, -12), add_months(period.last, -12)))
    lines = pivot_months([_read(filters, Period(month, month)) for month in months], whole, before, id_)
    ranking = rank_places(line for line in lines if line.row is not whole.total)
    place, name = whole.total.name(language), t(INDICATORS[id_].name)
    first = ranking[0].row.name(language) if ranking else ""
    finding = "pivot.finding" if first else "pivot.finding_alone"
    document = ReportDocument(
        f"pivot_{id_}_{filters.code}_{period}",
        t(finding, place=place, period=say_period(period), name=name, first=first),
        ((t("pivot.indicator"), name), *say_of(place, filters, whole.seq, whole.recorded_ms)),
        (_lay_out_ranking(ranking, filters), _lay_out_months(lines, months, filters)),
        indicators=(id_,),
    )
    choices = [(one, t(INDICATORS[one].name)) for one in MASSES]
    return ReportPage(
        "reports/pivot.html", document, context_of(filters, place, choices=choices, indicator=id_)
    )


def _read(filters: ReportFilters, period: Period) -> RegionalReport:
    return report_for(
        current.reader(), filters.level, filters.code, period, filters.metals, filters.view,
        evidence=False, now_ms=current.now_ms(), viewer=current.viewer(),
    )  # fmt: skip


def _lay_out_months(lines: list[PivotLine], months: list[str], filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("region", say_in_all("term.region")),
        SheetColumn("metal", say_in_all("term.metal")),
        *(SheetColumn(month, tuple((language, month) for language in LANGUAGES), "mass") for month in months),
        *_SUM_COLUMNS,
    )
    rows: list[Row] = [
        (_place_cell(line, filters), _metal_cell(line), *map(Cell, line.months), *_sum_cells(line))
        for line in lines
    ]
    return Sheet("pivot", say_in_all("pivot.by_month"), columns, rows)


def _lay_out_ranking(ranking: list[PivotLine], filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("rank", say_in_all("pivot.rank"), "count"),
        SheetColumn("region", say_in_all("term.region")),
        *_SUM_COLUMNS,
    )
    rows: list[Row] = [
        (Cell(number), _place_cell(line, filters), *_sum_cells(line))
        for number, line in enumerate(ranking, 1)
    ]
    return Sheet("ranking", say_in_all("pivot.ranking"), columns, rows)


_SUM_COLUMNS = (
    SheetColumn("period", say_in_all("pivot.period"), "mass"),
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
