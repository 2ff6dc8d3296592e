"""Show where provinces stand, as tiles in about their places; inside one its prefectures, and the bases and parks."""

from collections.abc import Sequence

from flask import Blueprint

from traceability.domain.indicators import OVERVIEW_OUTPUTS, REGIONAL_SHARE, SUPPLY_SHARE
from traceability.domain.place import place_key
from traceability.domain.vocabulary import NATION
from traceability.render.charts import draw_charts
from traceability.render.sheets import (
    Cell,
    Chart,
    ReportDocument,
    Row,
    Series,
    Sheet,
    SheetColumn,
    say_in_all,
)
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.figures.report import RegionalReport, ReportRow, report_for
from traceability.services.reporting.scope import Level, bases_within, find_whereabouts, place_of_code
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import link_to, place_href, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("map", __name__)


@report_page(pages, "/map")
def show() -> ReportPage:
    """Show the share of every province in view, of the places within the chosen one, and of bases."""
    filters, language = read_page_filters(), current.language()
    bases, provinces = _list_bases(filters), _list_provinces()
    within = nation = _read(filters, "nation", NATION, (*bases, *provinces))
    # Also those that have nothing recorded: no data is not left out.
    sheets = [make_map_sheet(nation.beside[len(bases) :], filters)]
    if filters.code != NATION:
        within = _read(filters, filters.level, filters.code)
        sheets.append(_list_places("within", within.rows_seen_by(current.viewer()), filters))
    if bases:
        sheets.append(_list_places("bases", list(nation.beside[: len(bases)]), filters))
    place = within.total.name(language)
    finding = say_map(nation, filters) if within is nation else _say_within(within, filters)
    document = ReportDocument(
        f"map_{filters.code}_{filters.period}", finding,
        say_of(place, filters, nation.seq, nation.recorded_ms), tuple(sheets),
        (make_map_chart(finding, filters),), (t("map.legend"),),
    )  # fmt: skip
    return ReportPage("reports/map.html", draw_charts(document, language), context_of(filters, place))


def say_map(nation: RegionalReport, filters: ReportFilters) -> str:
    """Say how many provinces have a share, and which reaches most."""
    known = [(value, row) for row in nation.rows if (value := row.figures[filters.share].value) is not None]
    period = say_period(filters.period)
    if not known:
        return t("map.no_data", period=period)
    value, best = max(known, key=lambda pair: pair[0])
    name = best.name(current.language())
    return t("map.finding", period=period, count=len(known), place=name, value=value)


def _say_within(report: RegionalReport, filters: ReportFilters) -> str:
    """Say how many places within one have a share by the supply method, and which reaches most."""
    shares = [
        (value, row)
        for row in report.rows_seen_by(current.viewer())
        if (value := row.figures[SUPPLY_SHARE].value) is not None
    ]
    words = {"period": say_period(filters.period), "place": report.total.name(current.language())}
    if not shares:
        return t("map.no_data_within", **words)
    value, best = max(shares, key=lambda pair: pair[0])
    return t(
        "map.finding_within", **words, count=len(shares), first=best.name(current.language()), value=value
    )


def make_map_sheet(places: Sequence[ReportRow], filters: ReportFilters) -> Sheet:
    """Return a line a province in view: its share, its output, whether its target is met, and whether it is asked for."""
    rows = [_make_row(row, filters) for row in places if row.level == "province"]
    columns = (
        SheetColumn("code", say_in_all("map.code")),
        SheetColumn("place", say_in_all("term.region")),
        SheetColumn("share", say_in_all("map.share"), "share"),
        SheetColumn("coverage", say_in_all("report.coverage"), "share"),
        *(SheetColumn(id_, say_in_all(f"indicator.{id_}"), "mass") for id_ in OVERVIEW_OUTPUTS),
        _DIRECT,
        SheetColumn("met", say_in_all("map.met"), "yes"),
        SheetColumn("own", say_in_all("map.own"), "yes"),
    )
    return Sheet("provinces", say_in_all("map.provinces"), columns, rows, empty=t("map.empty"))


def make_map_chart(finding: str, filters: ReportFilters) -> Chart:
    """Return the tiles."""
    name = t(f"method_name.{filters.method}")
    return Chart(
        "map", "tiles", "provinces", t("map.title", method=name), finding, "place", (Series("share"),)
    )


def _make_row(row: ReportRow, filters: ReportFilters) -> Row:
    figure = row.figures[filters.share]
    verdict = figure.verdict
    return (
        Cell(row.code),
        Cell(row.name(current.language()), place_href(row, filters)),
        Cell(figure.value, link_to(row, figure, filters) if figure.value is not None else "", figure.limits),
        Cell(figure.coverage[0].value if figure.coverage else None),
        *_masses(row, filters),
        _direct_cell(row, filters),
        Cell(verdict is not None and str(verdict.state) == "met"),
        Cell(filters.level != "nation" and row.code[:2] == filters.code[:2]),
    )


_DIRECT = SheetColumn(REGIONAL_SHARE, say_in_all(f"indicator.{REGIONAL_SHARE}"), "share")


def _direct_cell(row: ReportRow, filters: ReportFilters) -> Cell:
    """Return what was alloyed directly of the liquid that was tapped; no data where none was."""
    figure = row.figures[REGIONAL_SHARE]
    return Cell(
        figure.value, link_to(row, figure, filters) if figure.value is not None else "", figure.limits
    )


def _masses(row: ReportRow, filters: ReportFilters) -> list[Cell]:
    figures = [row.figures[id_] for id_ in OVERVIEW_OUTPUTS]
    return [
        Cell(
            None if one.value is None else int(one.value),
            link_to(row, one, filters) if one.value is not None else "",
        )
        for one in figures
    ]


def _list_places(id_: str, rows: list[ReportRow], filters: ReportFilters) -> Sheet:
    """Return places by code with bars of their shares: by the supply method, as places below a province have no statistic."""
    columns = (
        SheetColumn("code", say_in_all("map.code")),
        SheetColumn("place", say_in_all("term.region")),
        SheetColumn("share", say_in_all("indicator.supply_share_supply"), "share", bar=True),
        *(SheetColumn(one, say_in_all(f"indicator.{one}"), "mass") for one in OVERVIEW_OUTPUTS),
        _DIRECT,
    )
    lines = []
    for row in sorted(rows, key=lambda row: row.code):
        figure = row.figures[SUPPLY_SHARE]
        lines.append((
            Cell(row.code),
            Cell(row.name(current.language()), place_href(row, filters)),
            Cell(figure.value, link_to(row, figure, filters) if figure.value is not None else "", figure.limits),
            *_masses(row, filters),
            _direct_cell(row, filters),
        ))  # fmt: skip
    return Sheet(id_, say_in_all(f"map.{id_}"), columns, lines)


def _read(filters: ReportFilters, level: Level, code: str, beside: Sequence[str] = ()) -> RegionalReport:
    return report_for(
        current.reader(), level, code, filters.period, filters.metals, filters.view,
        evidence=False, now_ms=current.now_ms(), viewer=current.viewer(), beside=beside,
    )  # fmt: skip


def _list_provinces() -> list[str]:
    """Return the keys of all provinces that are open to who asks, by code."""
    whereabouts = find_whereabouts(current.reader())
    is_open = find_open(whereabouts, current.viewer())
    keys = [place_key("province", code) for code in whereabouts.reference.gazetteer.list_below(NATION)]
    return [key for key in keys if is_open(key)]


def _list_bases(filters: ReportFilters) -> list[str]:
    """Return the keys of the bases and parks within the place that are open to who asks."""
    if filters.level in ("site", "base", "group"):
        return []
    whereabouts = find_whereabouts(current.reader())
    is_open = find_open(whereabouts, current.viewer())
    place = place_of_code(filters.code)
    found = bases_within(place, whereabouts, filters.period.first, filters.period.last)
    keys = [place_key("base", base.code) for base in found]
    return [key for key in keys if is_open(key)]
