"""Make the four cards of a region's home: value, target, distance, change and the last twelve months."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, cast

from flask import url_for

from traceability.domain.indicators import EVIDENCE, HOME_SHARES
from traceability.locale import format_count, format_month, format_share
from traceability.render.charts.card_line_svg import draw_card_line
from traceability.render.figure_text import write_gap_roughly, write_points
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.figures.report import RegionalReport, target_value
from traceability.services.reporting.overviews.region_home import (
    YEAR,
    RegionHome,
    find_distance,
    find_month_change,
)
from traceability.services.reporting.overviews.trend import TrendPoint, Trends
from traceability.services.reporting.scope import Level
from traceability.web.home.finding import say_share_name
from traceability.web.reports.filters.query import ReportFilters, address_query
from traceability.web.reports.report_view import join, link_to, name_indicator, say_target, say_verdict
from traceability.web.shell import current
from traceability.web.shell.words import t


class HomeCard(NamedTuple):
    """A figure that stands large. ``share`` is its value, ``points`` and ``missing`` what it lacks of its target,
    ``change`` its change against the month before; None and '' where that is not known.

    ``state`` is met, missed or ''; ``standing`` says it in words; ``notes`` are the lines beneath.
    """

    id: str
    name: str
    href: str
    value: str
    unit: str
    share: Fraction | None
    limits: tuple[Fraction, ...]
    target: Fraction | None
    target_said: str
    state: str
    standing: str
    points: Fraction | None
    missing: str
    change: Fraction | None
    notes: tuple[str, ...]
    drawing: str


def list_cards(home: RegionHome, filters: ReportFilters) -> list[HomeCard]:
    """Return the supply share, the two shares beside it, and how complete the records are."""
    cards = [_make_card(home.report, home.trends, id_, filters) for id_ in (filters.share, *HOME_SHARES[:2])]
    return [*cards, _make_completeness(home, filters)]


def _make_card(report: RegionalReport, trends: Trends, id_: str, filters: ReportFilters) -> HomeCard:
    figure, points = report.total.figures[id_], trends.of[id_][0].points[-YEAR:]
    verdict, number = figure.verdict, target_value(figure)
    own = number if verdict and verdict.reference is None else None
    change, lacking = find_month_change(points), find_distance(figure)
    state = str(verdict.state) if verdict and verdict.state.is_verdict else ""
    name = say_share_name(filters) if id_ == filters.share else name_indicator(id_)
    missing = write_gap_roughly(figure) if figure.gap and (figure.gap.amount or 0) > 0 else ""
    return HomeCard(
        id_,
        name,
        link_to(report.total, figure, filters) if figure.value is not None or figure.withheld else "",
        format_share(figure.value, figure.limits).removesuffix(" %") if figure.value is not None else "",
        "%",
        figure.value,
        figure.limits,
        number,
        say_target(verdict.shown) if verdict else "",
        state,
        say_verdict(figure),
        lacking,
        missing,
        change,
        tuple(filter(None, (_say_distance(lacking, missing), say_change(change)))),
        draw_card_line([point.value for point in points], own, _describe(name, points)),
    )


def say_change(change: Fraction | None) -> str:
    """Say a change against the month before in percentage points; '' where there is none to tell."""
    return "" if change is None else t("home.change_of", points=write_points(change))


def _say_distance(lacking: Fraction | None, missing: str) -> str:
    if lacking is None:
        return ""
    if lacking <= 0:
        return t("home.beyond", points=_write_plain(-lacking)) if lacking else t("home.exactly")
    points = _write_plain(lacking)
    return (
        t("home.lacks_amount", points=points, amount=missing) if missing else t("home.lacks", points=points)
    )


def _write_plain(points: Fraction) -> str:
    return write_points(points).removeprefix("+")


def _describe(name: str, points: Sequence[TrendPoint]) -> str:
    known = [point for point in points if point.value is not None]
    if not known:
        return name
    first, last = known[0], known[-1]
    return t(
        "home.spark", name=name,
        first=format_share(first.value), since=format_month(first.month, current.language()),
        last=format_share(last.value), until=format_month(last.month, current.language()),
    )  # fmt: skip


def _make_completeness(home: RegionHome, filters: ReportFilters) -> HomeCard:
    """Return the card of site-months; nothing of them is told where the figure is withheld."""
    completeness, row = home.completeness, home.report.total
    told, corrections = home.evidence_is_told and completeness.due > 0, len(home.corrections)
    share = completeness.share if told else None
    change = completeness.change if told else None
    lacking = Counter(name for one in completeness.late for name in one.missing)
    missing = join(
        t(f"home.lacks_{name}", count=count)
        for name, count in sorted(lacking.items(), key=lambda one: -one[1])
    )
    notes = [
        t("home.complete") if told and completeness.complete == completeness.due else missing,
        t("home.corrected_months", count=corrections) if corrections else "",
    ]
    address = FigureAddress(
        cast("Level", row.level), row.address, EVIDENCE, filters.period, filters.metals, filters.view
    )  # fmt: skip
    described = name_indicator(EVIDENCE)
    return HomeCard(
        EVIDENCE,
        t("home.completeness"),
        url_for("report.figure", **address_query(address)) if completeness.due else "",
        format_count(completeness.complete) if told else "",
        t("home.of_site_months", count=completeness.due),
        share, (), None, "", "", "", None, missing if told else "", change,
        tuple(filter(None, notes)) if told else (),
        draw_card_line(completeness.shares, None, described) if told else "",
    )  # fmt: skip


def make_cards_sheet(cards: Sequence[HomeCard]) -> Sheet:
    """Return the cards as a table."""
    columns = (
        SheetColumn("indicator", say_in_all("trend.indicator")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "share"),
        SheetColumn("standing", say_in_all("report.standing")),
        SheetColumn("points", say_in_all("home.distance"), "number", decimals=1),
        SheetColumn("missing", say_in_all("home.missing")),
        SheetColumn("change", say_in_all("home.change"), "number", decimals=1),
    )
    rows: list[Row] = [
        (
            Cell(card.name), Cell(card.share, card.href, card.limits), Cell(card.target), Cell(card.standing),
            points_cell(card.points), Cell(card.missing), points_cell(card.change),
        )
        for card in cards
    ]  # fmt: skip
    return Sheet("cards", say_in_all("home.cards"), columns, rows)


def points_cell(difference: Fraction | None) -> Cell:
    """Return a difference of shares as a cell in percentage points, told from 0."""
    return Cell(None if difference is None else difference * 100, limits=(Fraction(0),))
