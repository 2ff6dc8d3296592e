"""Make the home of who plans for a region: a sentence that says the finding, the figures beside their targets, what
waits, and where it goes."""

from dataclasses import replace
from typing import Any

from flask import url_for

from traceability.domain.access import ANYWHERE
from traceability.domain.calendar import day_of
from traceability.domain.indicators import EVIDENCE, HOME_SHARES, INDICATORS, OPEN_LIQUID_END, RECYCLED_OUTPUT
from traceability.domain.period import Period, add_months
from traceability.domain.vocabulary import NATION
from traceability.locale import format_month, format_share, format_t
from traceability.render.charts import draw_charts
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.recording.confirm import list_open_warnings
from traceability.services.reporting.gaps import SplitGap, split_gap
from traceability.services.reporting.report import Figure, ReportRow, report_for, target_value
from traceability.services.reporting.scope import place_of_code
from traceability.services.reporting.trend import Trends, find_pace, read_trends
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.map import make_map_chart, make_map_sheet, read_nation
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import link_to, say_period, say_target, say_verdict
from traceability.web.reports.trend import (
    TrendChoice,
    make_trend_chart,
    make_trend_sheet,
    say_course,
)
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage
from traceability.web.shell.words import metal_name, site_name, t

TREND_MONTHS = 24
MOST_WARNINGS = 10
MOST_SITES = 5
_STATES = frozenset({"met", "missed", "not_reached", "no_target", "no_number"})


def find_planned_region() -> str:
    """Return the place that the person plans for today as its key; '' for anybody else."""
    who, today = current.person(), day_of(current.now_ms())
    scopes = [
        role.scope
        for role in (who.roles if who else ())
        if role.role == "planner" and role.valid_from <= today <= role.valid_until
    ]
    if not scopes:
        return ""
    scope = scopes[0]
    return f"nation:{NATION}" if scope == ANYWHERE else place_of_code(scope.ljust(6, "0"))


def make_planner_page(context: dict[str, Any]) -> ReportPage:
    """Return the home of a region; ``context`` is what every home shows beneath."""
    filters = read_page_filters()
    reader, viewer, language = current.reader(), current.viewer(), current.language()
    report = report_for(
        reader, filters.level, filters.code, filters.period, filters.metals, filters.view,
        now_ms=current.now_ms(), viewer=viewer,
    )  # fmt: skip
    row, figure = report.total, report.total.figures[filters.share]
    split = split_gap(reader, viewer, figure, MOST_SITES)
    trends = _read_trends(filters)
    choice = TrendChoice(filters.share, (), against=False)
    if not trends.of[filters.share][0].has_data:
        choice = replace(choice, indicator=filters.other_share)
    main = trends.of[choice.indicator][0]
    nation = read_nation(filters)
    place = row.name(language)
    cards = _list_cards(row, trends, filters)
    sheets = [_make_cards_sheet(cards), _make_waiting_sheet(row, filters)]
    if split is not None and split.sites:
        sheets.append(_make_gap_sheet(split))
    sheets += [make_trend_sheet(trends, choice, filters), make_map_sheet(nation, filters)]
    document = ReportDocument(
        f"home_{filters.code}_{filters.period}", say_finding(figure, split, place, filters),
        say_of(place, filters, report.seq, report.recorded_ms), tuple(sheets),
        (
            make_trend_chart(main, choice, say_course(main, find_pace(main))),
            make_map_chart(t("map.title", method=t(f"method_name.{filters.method}")), filters),
        ),
        (t("home.formula", formula=t(INDICATORS[figure.indicator].method)), t("map.legend")),
    )  # fmt: skip
    bar = context_of(
        filters,
        place,
        cards=cards,
        course=say_course(main, find_pace(main)),
    )
    return ReportPage("home/planner.html", draw_charts(document, language), {**context, **bar})


def _read_trends(filters: ReportFilters) -> Trends:
    last = filters.period.last
    return read_trends(
        current.reader(), current.viewer(), (f"{filters.level}:{filters.code}",),
        Period(add_months(last, 1 - TREND_MONTHS), last),
        (filters.share, filters.other_share, *HOME_SHARES[:2]),
        filters.metals, filters.view, current.now_ms(),
    )  # fmt: skip


def say_finding(figure: Figure, split: SplitGap | None, place: str, filters: ReportFilters) -> str:
    """Say how the supply share of a place stands to its target, what is missing, and of which metal."""
    name, period = t(INDICATORS[figure.indicator].name), say_period(filters.period)
    state = str(figure.verdict.state) if figure.verdict else ""
    target = target_value(figure)
    gap = figure.gap.amount if figure.gap else None
    said = {
        "place": place, "period": period, "indicator": name, "value": format_share(figure.value, figure.limits),
        "target": format_share(target), "gap": format_t(gap), "verdict": say_verdict(figure),
    }  # fmt: skip
    if figure.withheld:
        return t("home.finding.withheld", **said)
    if figure.value is None:
        return t(
            "home.finding.no_statistic" if state.startswith("firms_") else "home.finding.no_data", **said
        )
    if state in ("missed", "not_reached") and gap is not None and gap > 0:
        metals = [part for part in split.metals if (part.gap or 0) > 0] if split else []
        if metals:
            return t("home.finding.missed_metal", metal=metal_name(metals[0].metal), **said)
        return t("home.finding.missed", **said)
    return t(
        f"home.finding.{state}" if state in _STATES - {"missed", "not_reached"} else "home.finding.other",
        **said,
    )


def _list_cards(row: ReportRow, trends: Trends, filters: ReportFilters) -> list[dict[str, Any]]:
    """Return the four figures that stand large: value, target, verdict, and the change against the month before."""
    cards = []
    for id_ in (filters.share, *HOME_SHARES):
        figure = row.figures[id_]
        points = trends.of[id_][0].points if id_ in trends.of else ()
        last = [point.value for point in points[-2:]]
        change = last[1] - last[0] if len(last) == 2 and None not in last else None  # type: ignore[operator]
        verdict = figure.verdict
        cards.append({
            "figure": figure,
            "name": t(INDICATORS[id_].name),
            "href": link_to(row, figure, filters) if figure.value is not None or figure.withheld else "",
            "written": format_share(figure.value, figure.limits).removesuffix(" %"),
            "target": say_target(verdict.shown) if verdict and verdict.target else "",
            "standing": say_verdict(figure),
            "state": str(verdict.state) if verdict and verdict.state.is_verdict else "",
            "change": change,
            "month": format_month(points[-1].month, current.language()) if points else "",
        })  # fmt: skip
    return cards


def _make_cards_sheet(cards: list[dict[str, Any]]) -> Sheet:
    columns = (
        SheetColumn("indicator", say_in_all("trend.indicator")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "share"),
        SheetColumn("standing", say_in_all("report.standing")),
        SheetColumn("change", say_in_all("home.change"), "share"),
    )
    rows: list[Row] = [
        (
            Cell(card["name"]),
            Cell(card["figure"].value, card["href"], card["figure"].limits),
            Cell(target_value(card["figure"])),
            Cell(card["standing"]),
            Cell(card["change"]),
        )
        for card in cards
    ]
    return Sheet("cards", say_in_all("home.cards"), columns, rows)


def _make_waiting_sheet(row: ReportRow, filters: ReportFilters) -> Sheet:
    """Return what waits for somebody: liquid metal, months without evidence, warnings, what came after seals."""
    columns = (
        SheetColumn("what", say_in_all("home.what_waits")),
        SheetColumn("amount", say_in_all("home.amount")),
    )
    rows: list[Row] = []
    liquid, evidence = row.figures[OPEN_LIQUID_END], row.figures[EVIDENCE]
    if liquid.value:
        rows.append((
            Cell(t("home.waits_liquid"), link_to(row, liquid, filters)), Cell(f"{format_t(int(liquid.value))} t"),
        ))  # fmt: skip
    late = (evidence.denominator or 0) - (evidence.numerator or 0)
    if late > 0:
        rows.append((
            Cell(t("home.waits_evidence"), link_to(row, evidence, filters)), Cell(t("home.site_months", count=int(late))),
        ))  # fmt: skip
    restated = row.figures[RECYCLED_OUTPUT]
    if restated.since is not None:
        rows.append((
            Cell(t("home.waits_since"), link_to(row, restated, filters)),
            Cell(f"{format_t(int(restated.since.numerator))} t"),
        ))  # fmt: skip
    sites = [site.id for site in current.sites_in_view()]
    warned = list_open_warnings(current.reader(), current.viewer(), sites, MOST_WARNINGS)
    for one in warned.events:
        when = url_for("events.show", event_id=one.event.id)
        what = t(
            "home.waits_warning", kind=t(f"kind.{one.event.draft.kind}"), site=site_name(one.event.draft.site)
        )
        rows.append((Cell(what, when), Cell(t("home.warnings", count=len(one.warnings)))))
    return Sheet("waiting", say_in_all("home.waiting"), columns, rows, empty=t("home.nothing_waits"))


def _make_gap_sheet(split: SplitGap) -> Sheet:
    columns = (
        SheetColumn("site", say_in_all("place.site")),
        SheetColumn("share", say_in_all(INDICATORS[split.indicator].name), "share"),
        SheetColumn("gap", say_in_all("home.gap_of_site"), "mass", bar=True),
    )
    rows: list[Row] = [
        (
            Cell(site_name(part.site) if part.site else t("home.other_sites", count=part.count)),
            Cell(part.value),
            Cell(part.gap),
        )
        for part in split.sites
    ]
    return Sheet("gap", say_in_all("home.why"), columns, rows)
