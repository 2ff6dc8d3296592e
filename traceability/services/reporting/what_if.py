"""Work out what the shares of a place would be with other amounts, and what alone would close each gap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from graph.store import Reader
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.indicators import INDICATORS, OVERVIEW_SHARES, PRIMARY_OUTPUT, RECYCLED_OUTPUT
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.domain.what_if import Liquid, Supply, SupplyLevers, add_levers, check_levers
from traceability.services.reporting.report import Figure, RegionalReport, ReportRow, report_for
from traceability.services.reporting.report_data import sum_at_sites
from traceability.services.reporting.scope import Level, MonthView, find_whereabouts
from traceability.services.reporting.targets import BookEvidence, Verdict, read_targets

OFFICIAL, BY_SUPPLY, DIRECT = OVERVIEW_SHARES


@dataclass(frozen=True, slots=True)
class WhatIfQuery:
    """A place and period, and what would be otherwise: levers by metal, and more liquid alloyed directly.

    ``refined`` is whether the recycled metal that is added counts in ten-metal output. ``site`` is the
    site that would do it ('' anybody), which cannot give up more than it has.
    """

    level: Level
    code: str
    period: Period
    view: MonthView
    levers: Mapping[str, SupplyLevers]
    more_direct_g: int = 0
    refined: bool = False
    site: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """What alone closes a gap, in grams; None where no amount does."""

    recycled_g: int | None
    less_primary_g: int | None
    both: SupplyLevers | None
    more_direct_g: int | None = None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """A figure before and after, and what of each lever alone would close its gap (None: no target)."""

    before: Figure
    after: Figure
    closing: Closing | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The shares of a place as they would be. ``metals`` give (R, P) of each metal that can be changed."""

    place: ReportRow
    metals: Mapping[str, tuple[int, int]]
    changes: tuple[ShareChange, ...]
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
    metals = {metal: _read_outputs(figures) for metal, figures in row.by_metal.items()}
    known = {metal: pair for metal, pair in metals.items() if pair is not None}
    _check_metals(query, known)
    if query.site:
        _check_site(reader, viewer, query, row)
    changes = [
        change
        for change in (
            *(_change_supply(reader, report, query, id_, now_ms) for id_ in (OFFICIAL, BY_SUPPLY)),
            _change_liquid(reader, report, query, now_ms),
        )
        if change is not None
    ]
    return WhatIf(row, known, tuple(changes), report.seq, report.recorded_ms)


def _read_outputs(figures: Mapping[str, Figure]) -> tuple[int, int] | None:
    recycled, primary = figures[RECYCLED_OUTPUT].numerator, figures[PRIMARY_OUTPUT].numerator
    if recycled is None and primary is None:
        return None
    return int(recycled or 0), int(primary or 0)


def _check_metals(query: WhatIfQuery, known: Mapping[str, tuple[int, int]]) -> None:
    for metal, levers in query.levers.items():
        if metal not in known:
            raise BadInput("what_if.unknown_metal", metal=metal[:8])
        check_levers(levers, known[metal][1])


def _check_site(reader: Reader, viewer: Viewer, query: WhatIfQuery, row: ReportRow) -> None:
    """Refuse a site out of view or elsewhere, and what that site does not have."""
    at_sites = sum_at_sites(
        reader, find_whereabouts(reader), row.places, (), query.period.first, query.period.last,
        query.view == "event",
    )  # fmt: skip
    stays = [
        by_metal
        for (site, region), by_metal in at_sites.items()
        if site == query.site and viewer.shows_stay(site, region)
    ]
    if not stays:
        raise NotFound("report.unknown_site", id=query.site[:40])

    def total(metal: str, column: str) -> int:
        return sum(by_metal.get(metal, {}).get(column, 0) for by_metal in stays)

    for metal, levers in query.levers.items():
        check_levers(levers, total(metal, "primary"))
    Liquid(total("Al", "molten_direct"), total("Al", "molten_tapped")).change(query.more_direct_g)


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
    levers = add_levers([levers for metal, levers in query.levers.items() if metal in ten])
    changed = supply.change(levers)
    closing = None
    if figure.gap is not None:
        target = figure.gap.target
        closing = Closing(
            supply.close_by_recycled(target),
            supply.close_by_less_primary(target),
            supply.close_by_both(target),
        )
    after = _judge(reader, report, figure, changed.recycled_g, changed.whole_g, now_ms)
    return ShareChange(figure, after, closing)


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
    closing = None
    if figure.gap is not None:
        closing = Closing(None, None, None, liquid.close(figure.gap.target))
    return ShareChange(
        figure, _judge(reader, report, figure, changed.direct_g, changed.tapped_g, now_ms), closing
    )


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
