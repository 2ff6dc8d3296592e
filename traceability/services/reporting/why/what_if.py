"""Work out what the shares of a place would be with other amounts, and what alone would close each gap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.indicators import INDICATORS, OVERVIEW_SHARES, PRIMARY_OUTPUT, RECYCLED_OUTPUT
from traceability.domain.period import Period
from traceability.domain.quantity import G_PER_T
from traceability.domain.rights import Viewer
from traceability.domain.what_if import Liquid, Supply, SupplyLevers, add_levers, check_levers, round_up
from traceability.services.reporting.figures.report import Figure, RegionalReport, ReportRow, report_for
from traceability.services.reporting.figures.report_data import sum_at_sites
from traceability.services.reporting.figures.targets import BookEvidence, Verdict, read_targets
from traceability.services.reporting.scope import Level, MonthView, find_whereabouts

OFFICIAL, BY_SUPPLY, DIRECT = OVERVIEW_SHARES


@dataclass(frozen=True, slots=True)
class WhatIfQuery:
    """A place and period, and what would be otherwise: levers by site and metal, and liquid alloyed directly by site.

    A site of '' is anybody; a site that is named cannot give up more than it has. ``refined`` is whether the
    recycled metal that is added counts in ten-metal output. ``site`` is whose levers are looked at.
    """

    level: Level
    code: str
    period: Period
    view: MonthView
    levers: Mapping[str, Mapping[str, SupplyLevers]]
    more_direct: Mapping[str, int]
    refined: bool = False
    site: str = ""

    @property
    def more_direct_g(self) -> int:
        """Return the liquid that all sites together alloy directly beyond what they did."""
        return sum(self.more_direct.values())

    @property
    def sites(self) -> list[str]:
        """Return the sites that are named, in order."""
        named = {*self.levers, *self.more_direct, self.site}
        return sorted(named - {""})

    def levers_of(self, metal: str) -> SupplyLevers:
        """Return the levers of a metal, of all sites together."""
        return add_levers([by_metal[metal] for by_metal in self.levers.values() if metal in by_metal])

    @property
    def metals(self) -> set[str]:
        """Return the metals that any lever is of."""
        return {metal for by_metal in self.levers.values() for metal in by_metal}


@dataclass(frozen=True, slots=True)
class Closing:
    """What alone closes a gap, in grams; None where no amount does."""

    recycled_g: int | None
    less_primary_g: int | None
    both: SupplyLevers | None
    more_direct_g: int | None = None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """A figure before and after, and what of each lever alone would close its gap (None: no target).

    ``missing`` is target × denominator − numerator afterwards, not rounded: negative beyond the target. ``missing_g`` is
    the least amount that is still to be added, 0 where the target is reached or there is none.
    """

    before: Figure
    after: Figure
    closing: Closing | None
    missing: Fraction | None = None
    missing_g: int = 0

    @property
    def just_reaches(self) -> bool:
        """Whether the target is reached, and would not be with a gram less."""
        return self.missing is not None and -1 < self.missing <= 0

    @property
    def changes(self) -> bool:
        """Whether it is another value afterwards."""
        return self.before.value != self.after.value


class Means(NamedTuple):
    """What levers can move, of a place or of one site: (R, P) of each metal, and liquid not alloyed directly."""

    metals: Mapping[str, tuple[int, int]]
    open_liquid_g: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The shares of a place as they would be.

    ``means`` are those of the site that is looked at, else of the place. ``main_metal`` is the one of which most
    is made, which closes gaps; ``most_recycled_g`` a round amount beyond any gap, where a lever may end.
    """

    place: ReportRow
    means: Means
    changes: tuple[ShareChange, ...]
    main_metal: str
    main_primary_g: int
    most_recycled_g: int
    seq: int
    recorded_ms: int


def work_out(reader: Reader, viewer: Viewer, query: WhatIfQuery, now_ms: int) -> WhatIf:
    """Return the shares with other amounts. Raises BadInput where they cannot be, NotFound, NotAllowed."""
    report = report_for(
        reader, query.level, query.code, query.period, (), query.view,
        evidence=False, now_ms=now_ms, viewer=viewer,
    )  # fmt: skip
    return work_out_from(reader, viewer, report, query, now_ms)


def work_out_from(
    reader: Reader, viewer: Viewer, report: RegionalReport, query: WhatIfQuery, now_ms: int
) -> WhatIf:
    """Return likewise the shares of the report that the query is about, which is read already."""
    row = report.total
    of_place = _read_means(row)
    _check_metals(query, of_place.metals)
    means = _read_sites(reader, viewer, query, row, of_place)
    changes = [
        change
        for change in (
            *(_change_supply(reader, report, query, id_, now_ms) for id_ in (OFFICIAL, BY_SUPPLY)),
            _change_liquid(reader, report, query, now_ms),
        )
        if change is not None
    ]
    main = max(of_place.metals, key=lambda metal: sum(of_place.metals[metal]), default="")
    return WhatIf(
        row, means, tuple(changes), main, of_place.metals.get(main, (0, 0))[1],
        _find_most(query, changes), report.seq, report.recorded_ms,
    )  # fmt: skip


def _read_means(row: ReportRow) -> Means:
    metals = {metal: _read_outputs(figures) for metal, figures in row.by_metal.items()}
    known = {metal: pair for metal, pair in metals.items() if pair is not None}
    liquid = row.figures[DIRECT]
    tapped, direct = liquid.denominator or 0, int(liquid.numerator or 0)
    return Means(known, max(0, tapped - direct))


def _find_most(query: WhatIfQuery, changes: list[ShareChange]) -> int:
    """Return a round amount: twice what closes the widest gap, and no less than any lever is set to."""
    gaps = [one.closing.recycled_g or 0 for one in changes if one.closing is not None]
    widest = max((2 * gap for gap in gaps), default=0)
    set_to = max((query.levers_of(metal).recycled_g for metal in query.metals), default=0)
    return round_up(max(widest, set_to, G_PER_T))


def _read_outputs(figures: Mapping[str, Figure]) -> tuple[int, int] | None:
    recycled, primary = figures[RECYCLED_OUTPUT].numerator, figures[PRIMARY_OUTPUT].numerator
    if recycled is None and primary is None:
        return None
    return int(recycled or 0), int(primary or 0)


def _check_metals(query: WhatIfQuery, known: Mapping[str, tuple[int, int]]) -> None:
    for metal in query.metals:
        if metal not in known:
            raise BadInput("what_if.unknown_metal", metal=metal[:8])
        check_levers(query.levers_of(metal), known[metal][1])


def _read_sites(reader: Reader, viewer: Viewer, query: WhatIfQuery, row: ReportRow, of_place: Means) -> Means:
    """Return the means of the site that is looked at, else of the place.

    Refuses levers of a site out of view or elsewhere, and what that site does not have.
    """
    if not query.sites:
        return of_place
    at_sites = sum_at_sites(
        reader, find_whereabouts(reader), row.places, (), query.period.first, query.period.last,
        query.view == "event",
    )  # fmt: skip
    found: dict[str, Means] = {}
    for site in query.sites:
        stays = [
            by_metal
            for (of, region), by_metal in at_sites.items()
            if of == site and viewer.shows_stay(of, region)
        ]
        if not stays:
            raise NotFound("report.unknown_site", id=site[:40])
        found[site] = _check_site(query, site, stays)
    return found.get(query.site, of_place)


def _check_site(query: WhatIfQuery, site: str, stays: list[dict[str, dict[str, int]]]) -> Means:
    """Return the means of a site. Raises BadInput where its levers ask for more than it has."""

    def total(metal: str, column: str) -> int:
        return sum(by_metal.get(metal, {}).get(column, 0) for by_metal in stays)

    for metal, levers in query.levers.get(site, {}).items():
        check_levers(levers, total(metal, "primary"))
    liquid = Liquid(total("Al", "molten_direct"), total("Al", "molten_tapped"))
    liquid.change(query.more_direct.get(site, 0))
    outputs = {
        metal: (total(metal, "recycled"), total(metal, "primary"))
        for metal in sorted({metal for by_metal in stays for metal in by_metal})
    }
    made = {metal: pair for metal, pair in outputs.items() if any(pair)}
    return Means(made, max(0, liquid.tapped_g - liquid.direct_g))


def _change_supply(
    reader: Reader, report: RegionalReport, query: WhatIfQuery, id_: str, now_ms: int
) -> ShareChange | None:
    row = report.total
    figure = row.figures[id_]
    primary = row.figures[PRIMARY_OUTPUT].numerator
    if figure.numerator is None or not figure.denominator or primary is None:
        return None
    supply = Supply(
        int(figure.numerator), int(primary), figure.denominator, id_ == BY_SUPPLY or query.refined
    )
    ten = set(figure.metals)
    levers = add_levers([query.levers_of(metal) for metal in query.metals & ten])
    changed = supply.change(levers)
    closing, missing, missing_g = None, None, 0
    if figure.gap is not None:
        target = figure.gap.target
        missing = changed.missing(target)
        missing_g = changed.close_by_recycled(target) or max(0, ceil(missing))
        closing = Closing(
            supply.close_by_recycled(target),
            supply.close_by_less_primary(target),
            supply.close_by_both(target),
        )
    after = _judge(reader, report, figure, changed.recycled_g, changed.whole_g, now_ms)
    return ShareChange(figure, after, closing, missing, missing_g)


def _change_liquid(
    reader: Reader, report: RegionalReport, query: WhatIfQuery, now_ms: int
) -> ShareChange | None:
    figure = report.total.figures[DIRECT]
    if figure.numerator is None or not figure.denominator:
        if query.more_direct_g:
            raise BadInput("what_if.more_direct_than_tapped", amount=query.more_direct_g, most=0)
        return None
    liquid = Liquid(int(figure.numerator), figure.denominator)
    changed = liquid.change(query.more_direct_g)
    after = _judge(reader, report, figure, changed.direct_g, changed.tapped_g, now_ms)
    if figure.gap is None:
        return ShareChange(figure, after, None)
    target = figure.gap.target
    closing = Closing(None, None, None, liquid.close(target))
    missing = changed.missing(target)
    return ShareChange(figure, after, closing, missing, max(0, ceil(missing)))


def _judge(
    reader: Reader, report: RegionalReport, figure: Figure, numerator: int, denominator: int, now_ms: int
) -> Figure:
    """Return a figure with other amounts, judged at the coverage that it has."""
    value = Fraction(numerator, denominator)
    verdict: Verdict | None = None
    if figure.verdict is not None:
        indicator = INDICATORS[figure.indicator]
        evidence = BookEvidence(
            figure.coverage, value, indicator.without_statistic, figure.verdict.firms, indicator.only_rises
        )
        owner = figure.verdict.target.region if figure.verdict.target else ""
        spoken = figure.verdict.target.metals if figure.verdict.target else ()
        verdict = read_targets(reader).judge(
            owner, figure.indicator, spoken, value, report.period,
            ended=now_ms >= report.period.end_ms, evidence=evidence,
        )  # fmt: skip
    return replace(figure, value=value, numerator=numerator, denominator=denominator, verdict=verdict)
