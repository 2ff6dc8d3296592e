"""Make view models of figures, postings and products: written values, links, verdicts in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple, cast

from flask import url_for

from traceability.domain.authority import STATISTIC, is_superseded, subject_of
from traceability.domain.carbon import Footprint
from traceability.domain.coverage import Coverage, CoverageLevel
from traceability.domain.event import Declaration, Event
from traceability.domain.indicators import INDICATORS, SUPPLY_SHARES, EnergyRecords
from traceability.domain.names import choose_name
from traceability.domain.period import Period
from traceability.domain.place import next_month
from traceability.domain.target import PolicyTarget
from traceability.domain.verdict import VerdictState
from traceability.locale import format_month, format_period, format_share, format_t, format_time, join_words
from traceability.locale.formats import format_t_to_gram, write_decimal
from traceability.render import figure_cells
from traceability.render.figure_cells import LinkTo
from traceability.render.figure_text import (
    WrittenFigure,
    describe_since,
    write_amounts,
    write_coverage,
    write_exact,
    write_figure,
    write_gap,
    write_growing_gap,
    write_ratio,
)
from traceability.services.directory.names import Names, find_names
from traceability.services.directory.reference import benchmarks_in
from traceability.services.reporting.behind.drill_down import (
    Contribution,
    DeclarationBehind,
    FigureAddress,
    MonthBehind,
    OthersSum,
)
from traceability.services.reporting.declared.evidence import EvidenceMonth
from traceability.services.reporting.declared.replaced import (
    AuthorityStatistic,
    ReplacedStatistic,
    StatedStatistic,
)
from traceability.services.reporting.figures.disclosure import WITHHELD
from traceability.services.reporting.figures.gaps import GapPart
from traceability.services.reporting.figures.report import Figure, ReportRow
from traceability.services.reporting.figures.sources import NO_STATISTIC
from traceability.services.reporting.registers.materials import Collected
from traceability.services.reporting.registers.products import ElementHeat, Product, ProductContent
from traceability.services.reporting.scope import Level, NamedPlace, RegionChange
from traceability.web.reports.filters.query import ReportFilters, address_query
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, name_of, region_name, t, unit_name

METHOD_OF_SHARE = {share: method for (method, _), share in SUPPLY_SHARES.items()}


class FigureCell(NamedTuple):
    """A figure with its link.

    ``state`` is met, missed or ''; ``verdict`` says how it stands to the region's own target,
    ``aim``, and ``gap`` what is missing for it. ``coverage`` says how much of the region's output
    the book records.
    """

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
    coverage: str
    gap: tuple[str, ...]
    factors: str = ""


def show_figure(
    row: ReportRow, figure: Figure, filters: ReportFilters, metal: str = "", spoken: bool = False
) -> FigureCell:
    """Return a figure of a row.

    ``metal`` is that of one metal's line; ``spoken``: the metals are a target's own.
    """
    verdict, indicator = figure.verdict, INDICATORS.get(figure.indicator)
    own = verdict.target if verdict and verdict.target and verdict.target.value is not None else None
    return FigureCell(
        figure,
        t(indicator.name if indicator else f"indicator.{figure.indicator}"),
        t(indicator.method if indicator else f"method.{figure.indicator}"),
        write_figure(figure),
        link_to(row, figure, filters, metal, spoken)
        if figure.numerator is not None or figure.withheld
        else "",
        str(verdict.state) if verdict and verdict.state.is_verdict else "",
        say_verdict(figure),
        say_target(own),
        own,
        _say_basis(figure),
        describe_since(figure, current.language()),
        say_metals(figure) if spoken or len(figure.metals) < len(current.reference().ten_metals) else "",
        _say_coverage(figure),
        tuple(_say_gap(figure)),
        _say_factors(figure),
    )


def list_withheld(figures: Iterable[Figure]) -> list[str]:
    """Return why figures of a page are not told, each reason once."""
    reasons = {figure.withheld for figure in figures}
    return [reason for reason in WITHHELD if reason in reasons]


class ShownOthers(NamedTuple):
    """What sites out of view add to a figure, in the units of its numerator and denominator."""

    numerator: str
    denominator: str
    over: str
    under: str


def show_others(figure: Figure, others: OthersSum | None) -> ShownOthers | None:
    """Return what sites out of view add, in words; None where nothing is told."""
    if others is None or others.numerator is None:
        return None
    part = replace(figure, numerator=others.numerator, denominator=others.denominator)
    return ShownOthers(*write_amounts(part))


def _say_coverage(figure: Figure) -> str:
    """Say every coverage that is known; "" of a figure that has none."""
    if not figure.coverage:
        return ""
    known = [coverage for coverage in figure.coverage if coverage.statistic is not None]
    if not known:
        return t("report.coverage_unknown")
    if all(coverage.value is None for coverage in known):
        return t("report.coverage_none")
    return t("report.coverages", parts=join(map(_say_covered, known)))


def _say_covered(coverage: Coverage) -> str:
    what = t(f"covered.{coverage.indicator}")
    if coverage.value is None:
        return t("report.coverage_of_zero", what=what)
    return t("report.coverage_of", coverage=write_coverage(coverage), what=what)


def _say_gap(figure: Figure) -> Iterator[str]:
    """Say what is missing for the target, or how far it is beyond.

    It is that of this book alone where the book does not hold all of the region's output.
    """
    amount = figure.gap.amount if figure.gap else None
    if amount is None or (figure.verdict and figure.verdict.state is VerdictState.OF_YEAR):
        return
    whole = all(coverage.level is CoverageLevel.WITHIN for coverage in figure.coverage[:1])
    book = "" if whole else "_book"
    if amount <= 0:
        code = "report.gap_beyond" if amount else "report.gap_reached"
        yield t(code + book, amount=write_gap(figure).removeprefix("−"))
        return
    yield t("report.gap_missing" + book, amount=write_gap(figure))
    if growing := write_growing_gap(figure):
        yield t("report.gap_growing", amount=growing)


def _say_factors(figure: Figure) -> str:
    """Say by which factor set a figure was computed, what has no factor in it, and the levels of energy
    efficiency that it stands beside; '' of others."""
    if not isinstance(getattr(INDICATORS.get(figure.indicator), "source", None), EnergyRecords):
        return ""
    said = [t("report.factors", version=figure.factors)] if figure.factors else []
    said += [
        t(
            "report.benchmark" if one.verified else "report.benchmark_unverified",
            process=choose_name(one.names, current.language()),
            benchmark=write_exact(one.benchmark),
            baseline=write_exact(one.baseline),
            unit=one.unit,
        )
        for one in benchmarks_in(current.reader())
        if one.indicator == figure.indicator and (not figure.metals or one.metal in figure.metals)
    ]
    if figure.missing:
        said.append(t("report.without_factor", names=join(map(_name_missing, figure.missing))))
    return " · ".join(said)


def _name_missing(name: str) -> str:
    return region_name(name) if name.isdecimal() else name


def _say_basis(figure: Figure) -> str:
    """Say what ten-metal output rests on; '' of other figures."""
    if figure.provinces:
        return t("basis.provinces", count=figure.provinces)
    if figure.basis == NO_STATISTIC and figure.coverage:
        return ""  # the coverage beside it says so
    return t(f"basis.{figure.basis}") if figure.basis else ""


def link_to(
    row: ReportRow, figure: Figure, filters: ReportFilters, metal: str = "", spoken: bool = False
) -> str:
    """Return the page of what is behind a figure."""
    return link_figures(filters)(row, figure.indicator, metal=metal, spoken=figure.metals if spoken else ())


def link_figures(filters: ReportFilters) -> LinkTo:
    """Return what links figures of a page with these filters to what is behind each."""

    def link(row: ReportRow, indicator: str, *, metal: str = "", spoken: tuple[str, ...] = ()) -> str:
        level = cast("Level", row.level)
        address = FigureAddress(
            level,
            row.address,
            indicator,
            filters.period,
            filters.metals,
            filters.view,
            metal,
            spoken,
            filters.at,
        )
        return url_for("report.figure", **address_query(address))

    return link


def name_indicator(id_: str) -> str:
    """Return the name of an indicator, also of one that only documents speak of."""
    return figure_cells.name_indicator(id_, current.language())


def say_verdict(figure: Figure) -> str:
    """Say how a figure stands to its target, with 期中 where the year is not over."""
    return figure_cells.say_verdict(figure, current.language())


def say_target(target: PolicyTarget | None) -> str:
    """Say a target with its sign, number and year; '' for a direction without a number."""
    return figure_cells.say_target(target, current.language())


def join(words: Iterable[str]) -> str:
    """Join words to a list in a sentence."""
    return join_words(words, current.language())


def say_metals(figure: Figure) -> str:
    """Say the metals of a figure; '' of one that is not about metal."""
    if figure.indicator not in INDICATORS:
        return ""
    if frozenset(figure.metals) == current.reference().ten_metals:
        return t("metal.ten")
    return join(metal_name(metal) for metal in figure.metals)


def say_period(period: Period) -> str:
    """Say a period as people call it."""
    return format_period(period, current.language())


def place_href(row: ReportRow | NamedPlace, filters: ReportFilters) -> str:
    """Return the page of a place."""
    return url_for("report.region", level=row.level, code=row.code, **filters.to_query())


class ShownChange(NamedTuple):
    """What a place tells of its past in a sentence, with the pages of the other regions."""

    words: str
    links: list[tuple[str, str]]


def show_change(change: RegionChange, filters: ReportFilters) -> ShownChange:
    """Return what became part of a place, or what became of it, in words."""
    language = current.language()
    names = [place.name(language) for place in change.places]
    month = change.last if change.kind in ("renamed", "moved") else next_month(change.last)
    words = t(f"report.{change.kind}", names=join(names), month=format_month(month, language))
    others = change.places if change.kind != "renamed" else ()
    return ShownChange(words, [(place.name(language), place_href(place, filters)) for place in others])


class ShownPosting(NamedTuple):
    """A posting behind a figure. Of a site that is not in view only province and amounts are shown.

    ``cause`` is the correction or late entry that booked it, None where the event itself did.
    """

    contribution: Contribution
    named: bool
    cause: Event | None
    numerator: str
    denominator: str


def show_posting(contribution: Contribution) -> ShownPosting:
    """Return a posting; grams in tonnes, gram-kilometres in tonne-kilometres."""
    posting = contribution.line.posting
    amounts = (format_t(part) if part else "" for part in (contribution.numerator, contribution.denominator))
    cause = contribution.line.cause if posting.cause != posting.event else None
    return ShownPosting(contribution, contribution.is_named, cause, *amounts)


class ShownDeclaration(NamedTuple):
    """A declaration behind a figure, in words.

    ``region`` is that of a statistic, which speaks of no site.
    """

    event: Event
    named: bool
    region: str
    said: str


def show_declaration(declaration: DeclarationBehind) -> ShownDeclaration:
    """Return a declaration with what it states."""
    event, named = declaration
    detail = event.draft.detail
    assert isinstance(detail, Declaration)
    return ShownDeclaration(event, named, detail.region, say_declared(detail, named))


def say_declared(detail: Declaration, named: bool = True) -> str:
    """Return what a declaration states: its type, months, line or metals, numbers and source.

    Of a site that is not ``named`` its line is left out.
    """
    of_ten = frozenset(detail.metals) == current.reference().ten_metals
    metals = (
        t("metal.ten")
        if of_ten
        else join(metal_name(metal) for metal in detail.metals or (detail.metal,) if metal)
    )
    amounts = detail.figures.items()
    kind = current.reference().statistics.get(subject_of(detail)) if detail.type == STATISTIC else None
    said = (
        name_of(kind) if kind else t(f"declaration.{detail.type}"),
        detail.period,
        t("declared.line", line=detail.line) if detail.line and named else "",
        metals,
        t(f"level.{detail.level}") if detail.level else "",
        *(t(f"declared.{name}", value=value, **{name: value}) for name, value in sorted(amounts)),
        f"{_write_stated(detail.value)} {unit_name(detail.unit)}".strip() if detail.value else "",
        t("declared.source", source=detail.source) if detail.source else "",
    )
    return " · ".join(word for word in said if word)


def _write_stated(value: str) -> str:
    """Return a stated number as pages write numbers, with its own decimals."""
    return (
        write_decimal(Fraction(value), len(value.partition(".")[2]))
        if "." in value
        else write_exact(Fraction(value))
    )


class ShownReplaced(NamedTuple):
    """A statistic that counts no more, and the newer one: what each states, who declared it, when.

    ``event`` and ``by_event`` are pages to open, '' where the viewer may not.
    """

    said: str
    who: str
    when_ms: int
    event: str
    by_said: str
    by_who: str
    by_when_ms: int
    by_event: str


def show_replaced(replaced: Sequence[ReplacedStatistic]) -> list[ShownReplaced]:
    """Return replaced statistics in words."""
    causes = [one.cause for pair in replaced for one in pair]
    names = find_names(current.reader(), current.viewer(), causes, ())
    return [
        ShownReplaced(*_show_stated(pair.before, names), *_show_stated(pair.by, names)) for pair in replaced
    ]


class ShownStatistic(NamedTuple):
    """A statistic in an authority's list: what it states, who declared it, when, and how it stands.

    ``instead`` is what replaced it, ``replaced`` what it replaced, in words with who and when.
    """

    said: str
    who: str
    when_ms: int
    event: str
    state: str
    instead: str
    replaced: list[str]


def show_statistics(listed: Sequence[AuthorityStatistic]) -> list[ShownStatistic]:
    """Return statistics as their authority finds them listed."""
    causes = [one.stated.cause for one in listed] + [one.by.cause for one in listed if one.by]
    causes += [pair.before.cause for one in listed for pair in one.replaced]
    names = find_names(current.reader(), current.viewer(), causes, ())

    def told(stated: StatedStatistic) -> str:
        said, who, when_ms, _ = _show_stated(stated, names)
        return f"{said} · {who} · {format_time(when_ms)}"

    return [
        ShownStatistic(
            *_show_stated(one.stated, names),
            one.state,
            told(one.by) if one.by else "",
            [told(pair.before) for pair in one.replaced],
        )
        for one in listed
    ]


def _show_stated(stated: StatedStatistic, names: Names) -> tuple[str, str, int, str]:
    """Return (what it states, who declared it, when, the id of an event to open)."""
    event, cause = stated.event, stated.cause
    named = current.viewer().shows_stay(event.draft.site, event.frozen.region)
    site = name_of(current.reference().sites[event.draft.site])
    who = f"{site} · {names.person(cause.draft.actor)}" if named else t("trace.other_firm")
    if not named and not is_superseded(event.draft, event.frozen):
        who = site  # an authority is public, whoever asks
    return say_declared(stated.detail), who, cause.record_ms, event.id if named else ""


class ShownProduct(NamedTuple):
    """What a site made of an alloy, with the page of its lots.

    ``exact`` is its recycled content as a ratio, ``region`` where the site was if that is not clear.
    """

    made: ProductContent
    footprint: Footprint | None
    href: str
    exact: str
    value: str
    avoided: str
    region: str = ""


def show_products(products: Sequence[Product], filters: ReportFilters) -> list[ShownProduct]:
    """Return products with content and footprint."""
    regions: dict[str, set[str]] = {}
    for product in products:
        regions.setdefault(product.made.site, set()).add(product.made.region)
    viewer = current.viewer()
    parted = {site for site, codes in regions.items() if len(codes) > 1 or not viewer.shows_site(site)}
    return [_show_product(product, filters, product.made.site in parted) for product in products]


def _show_product(product: Product, filters: ReportFilters, parted: bool) -> ShownProduct:
    """Return a product; ``parted``: its lots are those of one region where the site was."""
    made, footprint = product
    value = write_decimal(footprint.value, 3) if footprint else ""
    avoided = write_decimal(footprint.avoided, 3) if footprint else ""
    exact = write_ratio(made.content.recycled_g, made.content.metal_g)
    place = made.region if parted else ""
    query = {**filters.to_query(), **({"region": place} if place else {})}
    href = url_for("report.lots", site=made.site, material=made.material, **query)
    return ShownProduct(made, footprint, href, exact, value, avoided, place)


class ShownGrade(NamedTuple):
    """Mass of a grade in a province; ``href`` opens the figure of its metal."""

    grade: Collected
    href: str


def show_grade(grade: Collected, filters: ReportFilters) -> ShownGrade:
    """Return a grade that was collected or imported."""
    metals = (grade.metal,) if grade.metal else filters.metals
    # The mass of each of these accounts is an indicator of the same id.
    address = FigureAddress("province", grade.province, grade.account, filters.period, metals, filters.view)
    return ShownGrade(grade, url_for("report.figure", **address_query(address)))


class ShownHeat(NamedTuple):
    """A heat and what it won and was charged of an element, in kg.

    A site out of view is not named.
    """

    heat: ElementHeat
    named: bool
    won: str
    charged: str


def show_heat(heat: ElementHeat) -> ShownHeat:
    """Return a heat behind the recovery of an element."""
    return ShownHeat(heat, heat.is_named, *map(write_exact, heat.kg))


class ShownGap(NamedTuple):
    """A part of a gap, in tonnes; ``opens`` tells whether its site has a page for the viewer."""

    part: GapPart
    share: str
    missing: str
    opens: bool


def show_gap_part(part: GapPart, limits: tuple[Fraction, ...]) -> ShownGap:
    """Return a part of a gap; its share is told from the target."""
    share = format_share(part.value, limits).removesuffix(" %")
    # The page of a site tells its present too: of one that left the scope only its figures then are.
    opens = bool(part.site) and current.viewer().shows_site(part.site)
    return ShownGap(part, share, format_t_to_gram(part.gap), opens)


class ShownMonth(NamedTuple):
    """A month of evidence behind a figure; a site out of view is not named.

    ``late`` is a month that has everything now, but not when it was sealed: it was supplemented.
    """

    month: EvidenceMonth
    named: bool
    counts: bool
    late: bool


def show_month(behind: MonthBehind, by_event_month: bool) -> ShownMonth:
    """Return a month of evidence with whether it counts."""
    month, named = behind
    counts = month.counts(by_event_month)
    return ShownMonth(month, named, counts, month.supplemented)


def posting_unit(figure: Figure) -> str:
    """Return the unit in which a figure's postings are shown."""
    indicator = INDICATORS.get(figure.indicator)
    return "t·km" if indicator and indicator.base_unit == "g·km" else "t"


def first_year(today: date) -> Period:
    """Return the year of today: what is shown before anything was recorded."""
    return Period(f"{today.year}-01", f"{today.year}-12")
