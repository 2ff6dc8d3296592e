"""How are figures and postings shown: written values, links to what is behind them, verdicts in words."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, cast

from flask import url_for

from traceability.domain.carbon import Footprint
from traceability.domain.event import Declaration, Event
from traceability.domain.indicators import INDICATORS
from traceability.domain.period import Period
from traceability.domain.target import ABOUT, AT_MOST, PolicyTarget
from traceability.locale import format_month, format_t, join_words
from traceability.render.figure_text import (
    WrittenFigure,
    write_decimal,
    write_exact,
    write_figure,
    write_ratio,
)
from traceability.services.reporting.figures import Address, Contribution, Product
from traceability.services.reporting.materials import Collected
from traceability.services.reporting.products import ElementHeat, ProductContent
from traceability.services.reporting.report import OF_YEAR, Figure, ReportRow
from traceability.services.reporting.scope import Level, NamedPlace
from traceability.services.reporting.targets import MET, MISSED, Verdict
from traceability.web.reports.report_query import Asked, query_of
from traceability.web.shell import current
from traceability.web.shell.words import t

TARGETS_IN_TONNES = ("recycled_output",)
TARGETS_AS_NUMBERS = ("green_factories",)
SIGNS = {AT_MOST: "≤", ABOUT: "≈"}
NAMES = {"supply_share": "supply_share_supply"}  # its plain name would be that of both methods
SECTIONS = (
    ("supply", (
        "supply_share_official", "supply_share", "supply_share_official_refined", "supply_share_refined",
        "imported_share", "direct_use_share", "in_province_share", "out_of_province_share", "unknown_origin_share",
        "recycled_output", "primary_output", "ten_metal_output",
    )),
    ("liquid", ("direct_alloying", "local_conversion", "open_liquid_start", "open_liquid_end")),
    ("processing", (
        "prep_yield", "metal_yield", "metal_loss", "residue_per_tonne", "residue_utilisation", "grade_preserving",
        "grade_preserving_wrought",
    )),
    ("collection", ("collected", "imported", "online_share", "offline_share")),
    ("energy", ("renewable_power", "benchmark_capacity", "below_baseline_capacity", "clean_transport", "evidence")),
)  # fmt: skip
"""Every indicator of a place, in the order of the region's page."""


class Cell(NamedTuple):
    """A figure with its link. ``state`` is met, missed or ''; ``verdict`` says how it stands to the region's own ``aim``."""

    figure: Figure
    name: str
    method: str
    written: WrittenFigure
    href: str
    state: str
    verdict: str
    target: str
    aim: PolicyTarget | None
    basis: str
    since_seal: str
    metals: str


def show_figure(row: ReportRow, figure: Figure, asked: Asked, metal: str = "", spoken: bool = False) -> Cell:
    """A figure of a row; ``metal`` where it is one metal's line, ``spoken`` where it is a target's own metals."""
    verdict = figure.verdict
    own = verdict.target if verdict and verdict.target and verdict.target.value is not None else None
    return Cell(
        figure,
        t(f"indicator.{NAMES.get(figure.indicator, figure.indicator)}"),
        t(f"method.{figure.indicator}"),
        write_figure(figure),
        link_to(row, figure, asked, metal, spoken) if figure.numerator is not None else "",
        verdict.state if verdict and verdict.state in (MET, MISSED) else "",
        say_verdict(verdict),
        say_target(own),
        own,
        _say_basis(figure),
        _say_restated(figure),
        say_metals(figure) if spoken or len(figure.metals) < len(current.reference().ten_metals) else "",
    )


def _say_basis(figure: Figure) -> str:
    """What ten-metal output rests on, '' of other figures."""
    if figure.provinces:
        return t("basis.provinces", count=figure.provinces)
    return t(f"basis.{figure.basis}") if figure.basis else ""


def _say_restated(figure: Figure) -> str:
    """What is declared since the month was sealed, '' where that is the same."""
    if not figure.restated:
        return ""
    if figure.since_seal is None:
        return t("report.since_seal_nothing")
    return t("report.since_seal", value=figure.since_seal)


def link_to(row: ReportRow, figure: Figure, asked: Asked, metal: str = "", spoken: bool = False) -> str:
    """The page of what is behind a figure."""
    level = cast("Level", row.level)
    address = Address(
        level,
        row.code,
        figure.indicator,
        asked.period,
        asked.metals,
        asked.view,
        metal,
        figure.metals if spoken else (),
    )
    return url_for("report.figure", **query_of(address))


def say_verdict(verdict: Verdict | None) -> str:
    """How a figure stands to its target, with 期中 where the year is not over."""
    if verdict is None:
        return ""
    shown = verdict.shown
    words = t(verdict.message, target=shown.value if shown else None)
    judged = (MET, MISSED, OF_YEAR)
    return t("report.interim", verdict=words) if verdict.interim and verdict.state in judged else words


def say_target(target: PolicyTarget | None) -> str:
    """A target with its sign, number and year; '' for a direction without a number."""
    if target is None or target.value is None:
        return ""
    sign, year = SIGNS.get(target.operator, "≥"), target.year
    if target.indicator in TARGETS_IN_TONNES:
        return t("report.target_t", sign=sign, tonnes=int(target.value), year=year)
    if target.indicator in TARGETS_AS_NUMBERS:
        return t("report.target_number", sign=sign, number=int(target.value), year=year)
    return t("report.target_share", sign=sign, share=target.value, year=year)


def join(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    return join_words(words, current.language())


def say_metals(figure: Figure) -> str:
    """The metals of a figure; '' of one that is not about metal."""
    if figure.indicator not in INDICATORS:
        return ""
    if frozenset(figure.metals) == current.reference().ten_metals:
        return t("metal.ten")
    return join(t(f"metal.{one}") for one in figure.metals)


def say_period(period: Period) -> str:
    """A period as people call it."""
    name, language = str(period), current.language()
    if ".." in name:
        return t(
            "period.range",
            first=format_month(period.first, language),
            last=format_month(period.last, language),
        )
    if "Q" in name:
        return t("period.quarter", year=int(name[:4]), quarter=name[-1])
    return format_month(name, language) if "-" in name else t("period.year", year=int(name))


class ReportLine(NamedTuple):
    """A place in the regional table: its figures by the column's name."""

    row: ReportRow
    name: str
    href: str
    cells: dict[str, Cell]


def show_row(row: ReportRow, asked: Asked, indicators: Sequence[str]) -> ReportLine:
    """A row with the figures of some columns."""
    cells = {one: show_figure(row, row.figures[one], asked) for one in indicators if one in row.figures}
    return ReportLine(row, row.name(current.language()), place_href(row, asked), cells)


def place_href(row: ReportRow | NamedPlace, asked: Asked) -> str:
    """The page of a place."""
    return url_for("report.region", level=row.level, code=row.code, **asked.query())


class PostingLine(NamedTuple):
    """A posting behind a figure. Of a site that is not in view only province and amounts are shown.

    ``cause`` is the correction or late entry that booked it, None where the event itself did.
    """

    contribution: Contribution
    named: bool
    cause: Event | None
    numerator: str
    denominator: str


def show_line(one: Contribution) -> PostingLine:
    """A posting; grams in tonnes, gram-kilometres in tonne-kilometres."""
    posting = one.line.posting
    amounts = (format_t(part) if part else "" for part in (one.numerator, one.denominator))
    cause = one.line.cause if posting.cause != posting.event else None
    return PostingLine(one, current.viewer().shows_site(posting.row.site), cause, *amounts)


class Declared(NamedTuple):
    """A declaration behind a figure, in words; ``region`` is that of a statistic, which speaks of no site."""

    event: Event
    named: bool
    region: str
    said: str


def show_declared(event: Event) -> Declared:
    """What a declaration states: its type, months, line or metals, numbers and source."""
    detail = event.draft.detail
    assert isinstance(detail, Declaration)
    named = current.viewer().shows_site(event.draft.site)
    of_ten = frozenset(detail.metals) == current.reference().ten_metals
    metals = (
        t("metal.ten")
        if of_ten
        else join(t(f"metal.{one}") for one in detail.metals or (detail.metal,) if one)
    )
    figures = detail.figures.items()
    said = (
        t(f"declaration.{detail.type}"),
        detail.period,
        t("declared.line", line=detail.line) if detail.line and named else "",
        metals,
        t(f"level.{detail.level}") if detail.level else "",
        *(t(f"declared.{name}", value=value, **{name: value}) for name, value in sorted(figures)),
        t("declared.source", source=detail.source) if detail.source else "",
    )
    return Declared(event, named, detail.region, " · ".join(word for word in said if word))


class ShownProduct(NamedTuple):
    """What a site made of an alloy, with the page of its lots; ``exact`` is its recycled content as a ratio."""

    made: ProductContent
    footprint: Footprint | None
    href: str
    exact: str
    value: str
    avoided: str


def show_product(one: Product, asked: Asked) -> ShownProduct:
    """A product with its content and footprint."""
    content, print_ = one.made.content, one.footprint
    written = [
        write_decimal(part, 3) if print_ else "" for part in (print_[:2] if print_ else (Fraction(0),) * 2)
    ]
    href = url_for("report.lots", site=one.made.site, material=one.made.material, **asked.query())
    return ShownProduct(one.made, print_, href, write_ratio(content.recycled_g, content.metal_g), *written)


class ShownGrade(NamedTuple):
    """Mass of a grade in a province; ``href`` opens the figure of its metal."""

    found: Collected
    href: str


def show_grade(found: Collected, asked: Asked) -> ShownGrade:
    """A grade that was collected or imported."""
    metals = (found.metal,) if found.metal else asked.metals
    address = Address("province", found.province, found.account, asked.period, metals, asked.view)
    return ShownGrade(found, url_for("report.figure", **query_of(address)))


class ShownHeat(NamedTuple):
    """A heat and what it won and was charged of an element, in kg; a site out of view is not named."""

    heat: ElementHeat
    named: bool
    won: str
    charged: str


def show_heat(heat: ElementHeat) -> ShownHeat:
    """A heat behind the recovery of an element."""
    named = current.viewer().shows_site(heat.event.draft.site)
    return ShownHeat(heat, named, *map(write_exact, heat.kg))


def first_year(today: date) -> Period:
    """The year of today: what is shown before anything was recorded."""
    return Period(f"{today.year}-01", f"{today.year}-12")
