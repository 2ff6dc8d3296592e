"""Make the home of a region: a sentence that says the finding, the figures beside their targets, why, what waits, what
changed, and where the metal comes from and goes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from flask import request, url_for

from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput
from traceability.domain.indicators import DIRECT_ALLOYING, INDICATORS
from traceability.domain.period import Period
from traceability.domain.vocabulary import NATION
from traceability.domain.what_if import SupplyLevers
from traceability.locale import format_month, format_share
from traceability.locale.formats import format_t_exact
from traceability.render.charts import draw_charts
from traceability.render.sheets import Cell, Chart, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.auditing.analysis import find_thresholds, is_analysed
from traceability.services.auditing.findings import list_findings
from traceability.services.recording.confirm import list_open_warnings
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.figures.gaps import GapPart, SplitGap, find_main_metal
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.overviews.region_home import (
    HomeQuery,
    RegionHome,
    find_difference,
    find_drawn,
    read_region_home,
)
from traceability.services.reporting.overviews.trend import Trends, find_pace
from traceability.services.reporting.scope import find_whereabouts, name_place, split_place
from traceability.services.reporting.why.what_if import WhatIf, WhatIfQuery, work_out_from
from traceability.web.home.cards import list_cards, make_cards_sheet
from traceability.web.home.finding import Basis, say_basis, say_finding, say_share_name
from traceability.web.home.waiting import (
    OfficeTasks,
    make_changes_sheet,
    make_corrections_sheet,
    make_loads_sheet,
    make_waiting_sheet,
)
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import LEVELS, ReportFilters
from traceability.web.reports.flows.views import make_flows_parts, say_flows
from traceability.web.reports.overviews.map import make_map_chart, make_map_sheet
from traceability.web.reports.overviews.trend import (
    TrendChoice,
    make_trend_chart,
    make_trend_sheet,
    say_course,
)
from traceability.web.reports.report_view import join, name_indicator, say_verdict
from traceability.web.shell import current
from traceability.web.shell.report_pages import SHOW, TABLE, ReportPage
from traceability.web.shell.words import metal_name, site_name, t

MOST_FLOWS = 8  # rows of their table; the page of flows has more
MOST_WARNINGS = 50
MOST_MONTHS_NAMED = 3  # of one site, that lack something


def make_planner_page(context: Mapping[str, Any]) -> ReportPage:
    """Return the home of a region; ``context`` is what the page shows to administrators and auditors besides."""
    filters = read_page_filters()
    home = read_region_home(current.reader(), current.viewer(), _read_query(filters), current.now_ms())
    tasks = _read_office_tasks(home, filters)
    cards = list_cards(home, filters)
    figure = home.report.total.figures[filters.share]
    is_told = not figure.withheld and (figure.verdict is not None or figure.value is None)
    basis = say_basis(home.report, figure, filters)
    choice = _choose_trend(home, filters)
    course = say_course(home.trends.of[choice.indicator][0], find_pace(home.trends.of[choice.indicator][0]))
    flows_said = say_flows(home.flows, home.report.total.name(current.language()))
    flows_sheet, flows_charts = make_flows_parts(home.flows, filters, flows_said, most_rows=MOST_FLOWS)
    sheets = (
        make_cards_sheet(cards),
        make_trend_sheet(_take_drawn(home, choice), choice, filters),
        make_map_sheet(home.provinces, filters),
        *_list_task_sheets(home, tasks, filters),
        flows_sheet,
    )
    charts = (*_list_charts(home, choice, course, filters), *flows_charts)
    document = _make_document(home, filters, basis, sheets, charts)
    bar = context_of(
        filters, home.report.total.name(current.language()),
        cards=cards, course=course, basis=basis, what_if=_make_what_if(home, filters),
        links=_list_links(filters, choice), flows_said=flows_said, plans=bool(current.planned_sites()),
        findings=_say_findings(tasks.findings, filters), has_target=home.split is not None, is_told=is_told,
        by_supply=home.split is not None and home.split.indicator != figure.indicator,
        of_regions=home.split is not None and home.split.tells_regions,
        as_table=request.args.get(SHOW) == TABLE,
    )  # fmt: skip
    page = draw_charts(document, current.language())
    return ReportPage("home/planner.html", page, {**context, **bar})


def _read_query(filters: ReportFilters) -> HomeQuery:
    return HomeQuery(
        filters.level, filters.code, filters.period, filters.metals, filters.view, filters.share, filters.other_share,
        _read_compared(filters), find_thresholds(current.reader()).unreceived_days,
    )  # fmt: skip


def _read_compared(filters: ReportFilters) -> str:
    """Return the place whose months stand beside: the first that the address names, else the nation where it is open.

    Firms get none unasked: what they may see is decided month by month, which takes long. Raises BadInput.
    """
    own = f"{filters.level}:{filters.code}"
    named = [place for place in request.args.getlist("with") if place and place != own]
    if named:
        if named[0].partition(":")[0] not in LEVELS:
            raise BadInput("report.bad_filter", text=named[0][:40])
        return named[0]
    nation = f"nation:{NATION}"
    viewer = current.viewer()
    if own == nation or viewer.is_firm:
        return ""
    return nation if find_open(find_whereabouts(current.reader()), viewer)(nation) else ""


def _make_document(
    home: RegionHome,
    filters: ReportFilters,
    basis: Basis,
    sheets: tuple[Sheet, ...],
    charts: tuple[Chart, ...],
) -> ReportDocument:
    report = home.report
    said = say_of(report.total.name(current.language()), filters, report.seq, report.recorded_ms)
    beneath = ((t("report.value"), basis.ratio), (t("report.coverage"), basis.coverage))
    return ReportDocument(
        f"home_{filters.code}_{filters.period}",
        say_finding(report, report.total.figures[filters.share], home.split, filters),
        (*said, *(line for line in beneath if line[1])),
        sheets,
        charts,
        (t("home.formula", formula=t(INDICATORS[filters.share].method)), t("map.legend")),
    )


def _list_charts(
    home: RegionHome, choice: TrendChoice, course: str, filters: ReportFilters
) -> tuple[Chart, Chart]:
    map_title = t("map.title", method=t(f"method_name.{filters.method}"))
    return (
        make_trend_chart(home.trends.of[choice.indicator][0], choice, course),
        make_map_chart(map_title, filters),
    )


def _choose_trend(home: RegionHome, filters: ReportFilters) -> TrendChoice:
    """Return the share whose months are drawn: that of the book where no statistics tell the official one by month."""
    drawn = find_drawn(home.trends, filters.share, filters.other_share)
    others = [f"{one.row.level}:{one.row.code}" for one in home.trends.of[drawn][1:]]
    return TrendChoice(drawn, tuple(others), against=False)


def _take_drawn(home: RegionHome, choice: TrendChoice) -> Trends:
    """Return the months of the share that is drawn alone: the cards tell of the others."""
    return replace(home.trends, of={choice.indicator: home.trends.of[choice.indicator]})


# --- why, what waits, what changed --------------------------------------------------------------


def _read_office_tasks(home: RegionHome, filters: ReportFilters) -> OfficeTasks:
    reader, viewer = current.reader(), current.viewer()
    sites = [site for site in home.present if viewer.shows_site(site)]
    warned = list_open_warnings(reader, viewer, sites, MOST_WARNINGS)
    last = filters.period.last
    return OfficeTasks(len(warned.events), warned.more, _count_findings(home, Period(last, last)))


def is_auditor() -> bool:
    """Return whether the person audits anything today."""
    who, today = current.person(), day_of(current.now_ms())
    return who is not None and any(
        role.role == "auditor" and role.valid_from <= today <= role.valid_until for role in who.roles
    )


def _count_findings(home: RegionHome, month: Period) -> int | None:
    """Return how many findings of a month are open; None where nobody who audits asks, or they are not known."""
    who, places, reader = current.signed_in(), home.report.total.places, current.reader()
    if not is_auditor() or len(places) != 1 or not is_analysed(reader, month):
        return None
    listed, _ = list_findings(reader, current.viewer(), who, places[0], month, current.now_ms())
    return sum(not one.is_closed for one in listed)


class FindingsLine(NamedTuple):
    """What an auditor reads of open findings, and the page of them."""

    said: str
    href: str


def _say_findings(count: int | None, filters: ReportFilters) -> FindingsLine:
    month = filters.period.last
    code = (
        "home.findings_unknown"
        if count is None
        else "home.open_findings"
        if count
        else "home.no_open_findings"
    )
    said = t(code, month=format_month(month, current.language()), count=count)
    return FindingsLine(said, url_for("findings.show", **{**filters.to_place_query(), "period": month}))


def _list_task_sheets(home: RegionHome, tasks: OfficeTasks, filters: ReportFilters) -> list[Sheet]:
    """Return what the gap lies at, what waits and what changed, in the order of the page."""
    sheets = [_make_gap_sheet(home, filters)] if home.split is not None and home.split.sites else []
    sheets.append(make_waiting_sheet(home, tasks, filters))
    if home.loads:
        sheets.append(make_loads_sheet(home))
    if home.corrections:
        sheets.append(make_corrections_sheet(home.corrections))
    sheets.append(make_changes_sheet(home, filters))
    return sheets


def _make_gap_sheet(home: RegionHome, filters: ReportFilters) -> Sheet:
    assert home.split is not None
    if home.split.tells_regions:
        return _make_region_gap_sheet(home, home.split, filters)
    columns = (
        SheetColumn("site", say_in_all("term.site")),
        *_GAP_COLUMNS,
        SheetColumn("to_do", say_in_all("home.to_do")),
    )
    loads = Counter(load.to for load in home.loads)
    late: dict[str, list[str]] = {}
    for one in home.completeness.late:
        late.setdefault(one.site.id, []).append(one.month)
    rows: list[Row] = [
        (
            *_gap_cells(home, part, filters),
            Cell(_say_to_do(loads[part.site], late.get(part.site, [])) if part.site else ""),
        )
        for part in home.split.sites
    ]
    return Sheet("gap", say_in_all("home.why"), columns, rows)


def _make_region_gap_sheet(home: RegionHome, split: SplitGap, filters: ReportFilters) -> Sheet:
    """Return where the gap is by region within, for those who see no sites."""
    columns = (SheetColumn("region", say_in_all("term.region")), *_GAP_COLUMNS)
    rows = [_gap_cells(home, part, filters) for part in split.regions]
    return Sheet("gap", say_in_all("home.why"), columns, rows)


_GAP_COLUMNS = (
    SheetColumn("gap", say_in_all("home.gap_of_site"), "mass", bar=True, ink="warn-mark"),
    SheetColumn("change", say_in_all("home.against_year"), "mass"),
)


def _gap_cells(home: RegionHome, part: GapPart, filters: ReportFilters) -> Row:
    before = home.earlier_gaps.get(part.site or part.region)
    return (
        Cell(_name_part(part), _part_href(part, filters)),
        Cell(part.gap),
        Cell(find_difference(before, part.gap)),
    )


def _name_part(part: GapPart) -> str:
    if part.region:
        return name_place(part.region, current.reference()).name(current.language())
    return site_name(part.site) if part.site else t("home.other_sites", count=part.count)


def _part_href(part: GapPart, filters: ReportFilters) -> str:
    if part.region:
        level, code, _ = split_place(part.region)
        return url_for("why.show", level=level, code=code, **filters.to_query())
    site = part.site
    if not site or not current.viewer().shows_site(site):
        return ""
    return url_for("report.region", level="site", code=site, **filters.to_query())


def _say_to_do(loads: int, months: list[str]) -> str:
    named = join(months[-MOST_MONTHS_NAMED:])
    more = len(months) > MOST_MONTHS_NAMED
    late = t("home.late_months_more" if more else "home.late_months", months=named, count=len(months))
    said = (t("home.loads_to_receive", count=loads) if loads else "", late if months else "")
    return "; ".join(filter(None, said)) or "–"


# --- what if ------------------------------------------------------------------------------------


class WhatIfLine(NamedTuple):
    """A share before and after, and how it then stands."""

    name: str
    before: str
    after: str
    state: str
    standing: str


class WhatIfTeaser(NamedTuple):
    """A form of two levers, filled in with what closes the gaps, and what that would do."""

    metal: str
    metal_name: str
    recycled: str
    direct: str
    kept: list[tuple[str, str]]
    lines: list[WhatIfLine]


def _make_what_if(home: RegionHome, filters: ReportFilters) -> WhatIfTeaser | None:
    """Return the form; None where there is no metal to change."""
    row = home.report.total
    main = find_main_metal(home.split) if home.split else None
    metal = main.metal if main else next(iter(row.by_metal), "")
    if not metal:
        return None
    recycled_g, direct_g = (_missing_g(row.figures[id_]) for id_ in (filters.share, DIRECT_ALLOYING))
    levers = {metal: SupplyLevers(recycled_g, 0)} if recycled_g else {}
    query = WhatIfQuery(
        filters.level, filters.code, filters.period, filters.view, {"": levers}, {"": direct_g}
    )
    result = work_out_from(current.reader(), current.viewer(), home.report, query, current.now_ms())
    kept = [
        (key, str(value))
        for key, value in filters.to_place_query().items()
        if key not in ("metal", "direct_use", "region", "strict")
    ]
    return WhatIfTeaser(
        metal,
        metal_name(metal),
        format_t_exact(recycled_g) if recycled_g else "",
        format_t_exact(direct_g) if direct_g else "",
        kept,
        _list_what_if_lines(result, filters),
    )


def _missing_g(figure: Figure) -> int:
    """Return the grams that close a gap; 0 where none is missing."""
    return max(0, figure.gap.amount or 0) if figure.gap else 0


def _list_what_if_lines(result: WhatIf, filters: ReportFilters) -> list[WhatIfLine]:
    shown = (filters.share, DIRECT_ALLOYING)
    return [
        WhatIfLine(
            say_share_name(filters)
            if change.before.indicator == filters.share
            else name_indicator(change.before.indicator),
            format_share(change.before.value, change.before.limits),
            format_share(change.after.value, change.after.limits),
            str(change.after.verdict.state)
            if change.after.verdict and change.after.verdict.state.is_verdict
            else "",
            say_verdict(change.after),
        )
        for change in result.changes
        if change.before.indicator in shown
    ]


def _list_links(filters: ReportFilters, choice: TrendChoice) -> dict[str, str]:
    """Return the addresses of the pages that tell more, with the same filters."""
    query = filters.to_place_query()
    return {
        "trend": url_for("trend.show", **{**query, "with": list(choice.others)}),
        "why": url_for("why.show", **query),
        "metals": url_for("why.show", **query, _anchor="sheet-metals"),
        "map": url_for("map.show", **query),
        "flows": url_for("flows.show", **query),
    }
