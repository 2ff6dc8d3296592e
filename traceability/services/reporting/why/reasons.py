"""Say why a share is what it is: what the rest of it is, which metals and sites the gap lies at, and how it was before."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from graph.store import LotFilter, Reader
from traceability.domain.calendar import month_of
from traceability.domain.claims import record_period, seal_key
from traceability.domain.errors import NotFound
from traceability.domain.gap import gap_to_share
from traceability.domain.indicators import (
    INDICATORS,
    SUPPLY_SHARES,
    WHY_SHARES,
    Amount,
    Indicator,
    MonthlyEvidence,
    PowerRecords,
    SmeltingCapacity,
    Sums,
    add_sums,
    ratio,
)
from traceability.domain.period import Period, add_months
from traceability.domain.place import place_key
from traceability.domain.rights import Viewer
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.declared.known_book import list_claims
from traceability.services.reporting.figures.gaps import (
    SiteSums,
    SplitGap,
    gap_of_all,
    split_by_region,
    split_gap,
    sum_sites_of,
)
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report import (
    Figure,
    RegionalReport,
    ReportRow,
    find_figure,
    report_for,
)
from traceability.services.reporting.figures.sources import needs_evidence
from traceability.services.reporting.overviews.trend import PlaceTrend, adds_up, read_trends
from traceability.services.reporting.registers.materials import Collected, sum_collected
from traceability.services.reporting.scope import Whereabouts, find_whereabouts, split_place
from traceability.services.reporting.why.parts import (
    Breakdown,
    FamilySums,
    LiquidUse,
    Origins,
    break_down,
    fold_hidden,
    is_of_provinces,
    list_liquid_uses,
    list_origins,
    sum_families,
)

YEAR = 12
Withholds = Callable[[str, tuple[str, ...]], str]
MOST_LOADS = 200
"""Loads of one site that are counted."""


class LiquidSite(NamedTuple):
    """What became of the liquid that a site tapped in the period, in grams; ``open_g`` is not used yet."""

    site: str
    tapped_g: int
    direct_g: int
    ingot_g: int
    other_g: int

    @property
    def open_g(self) -> int:
        """Return what was tapped and is neither used nor lost; negative where older liquid was used."""
        return self.tapped_g - self.direct_g - self.ingot_g - self.other_g

    @property
    def share(self) -> Fraction | None:
        """Return what was alloyed directly of what was tapped."""
        return ratio(self.direct_g, self.tapped_g)


class DeclaredShare(NamedTuple):
    """What a site, or a month, declared for a share, in the units of its numerator and denominator."""

    name: str
    numerator: Amount
    denominator: Amount
    gap: int | None
    before: Fraction | None = None

    @property
    def share(self) -> Fraction | None:
        """Return its share; None of nothing."""
        return ratio(self.numerator, int(self.denominator))


class SiteWaiting(NamedTuple):
    """What waits at a site: loads on their way to it, and ended months of the period that it has not sealed."""

    loads: int
    months: int


class OfPeriod(NamedTuple):
    """What a share of one period is made of. None, and nothing, where it is not told to who asked, or not known."""

    at_sites: SiteSums
    parts: Breakdown | None
    liquid: Mapping[str, LiquidSite]
    uses: tuple[LiquidUse, ...] | None
    origins: Mapping[str, Origins]
    families: Mapping[tuple[str, str], FamilySums] | None
    grades: Mapping[tuple[str, str, str], Collected]


@dataclass(frozen=True, slots=True)
class Why:
    """A share with what explains it; ``earlier`` is the same figure of the same months a year before.

    ``then`` is what it was made of then, ``place_then`` all its figures. ``months`` follow the share by which sites
    are judged, ``official`` the official one beside it. Sites are those in view alone; '' are all others.
    """

    figure: Figure
    place: ReportRow
    earlier: Figure
    place_then: ReportRow
    split: SplitGap | None
    split_gap: int | None
    values_then: Mapping[tuple[str, str], Fraction | None]
    now: OfPeriod
    then: OfPeriod
    declared: tuple[DeclaredShare, ...]
    declared_months: tuple[DeclaredShare, ...]
    months: PlaceTrend | None
    official: PlaceTrend | None
    waiting: Mapping[str, SiteWaiting]
    seq: int
    recorded_ms: int


def read_why(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Why:
    """Return what explains a share of a place. Raises BadInput, NotFound, NotAllowed."""
    if address.indicator not in (*WHY_SHARES, *SUPPLY_SHARES.values()):
        raise NotFound("report.no_figure", indicator=address.indicator[:40], region=address.code[:40])
    indicator, period = INDICATORS[address.indicator], address.period
    before = Period(add_months(period.first, -YEAR), add_months(period.last, -YEAR))
    report, report_before = (
        report_for(
            reader, address.level, address.code, of, address.metals, address.view,
            evidence=needs_evidence(address.indicator), now_ms=now_ms, viewer=viewer,
        )
        for of in (period, before)
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator)
    earlier = find_figure(report_before, address.code, address.indicator)
    whereabouts = find_whereabouts(reader)
    now, then = (
        _read_period(reader, whereabouts, viewer, one, of, address)
        for one, of in ((figure, period), (earlier, before))
    )
    split = split_gap(reader, viewer, figure, withholds=report.withholds, at_sites=now.at_sites)
    if split is not None and figure.gap is not None:
        split = split_by_region(split, report, figure.gap.target)
    declared = _list_declared(viewer, report, figure)
    declared_then = _list_declared(viewer, report_before, earlier)
    months, official = _follow_months(reader, viewer, indicator, address, now_ms)
    return Why(
        figure,
        report.total,
        earlier,
        report_before.total,
        split,
        gap_of_all(split, figure) if split else None,
        {
            **_list_values(viewer, split, then.at_sites, report_before.withholds),
            **_list_region_values(split, report_before),
        },
        now,
        then,
        _join_before(declared[0], declared_then[0]),
        _join_before(declared[1], declared_then[1], months=YEAR),
        months,
        official,
        _list_waiting(reader, viewer, split, period, now_ms),
        report.seq,
        report.recorded_ms,
    )


def _read_period(
    reader: Reader, whereabouts: Whereabouts, viewer: Viewer, figure: Figure, period: Period, address: FigureAddress
) -> OfPeriod:  # fmt: skip
    """Return what a figure is made of. A firm is told of sums what the figures of its report tell, and no more."""
    inputs, section = figure.inputs, INDICATORS[figure.indicator].section
    inputs = replace(inputs, first=period.first, last=period.last)
    if section not in ("supply", "liquid"):
        return OfPeriod({}, break_down(figure, {}), {}, None, {}, None, {})
    at_sites = sum_sites_of(reader, whereabouts, inputs)
    liquid = _list_liquid(viewer, at_sites) if section == "liquid" else {}
    if viewer.is_firm and not all(place.startswith("site:") for place in inputs.places):
        return OfPeriod(at_sites, None, liquid, None, {}, None, {})
    uses = list_liquid_uses(reader, whereabouts, inputs) if section == "liquid" else None
    sums = add_sums(sums for by_metal in at_sites.values() for sums in by_metal.values())
    is_supply = section == "supply"
    return OfPeriod(
        at_sites,
        break_down(figure, sums, uses),
        liquid,
        None if uses is None else fold_hidden(uses, viewer.shows_site),
        list_origins(at_sites.values()) if is_supply else {},
        sum_families(reader, whereabouts, inputs) if is_supply else None,
        _list_grades(reader, viewer, inputs, period, address) if is_supply else {},
    )


def _list_grades(
    reader: Reader, viewer: Viewer, inputs: FigureInputs, period: Period, address: FigureAddress
) -> dict[tuple[str, str, str], Collected]:
    """Return what was collected and imported by metal, grade and account; flows know it of provinces."""
    if not is_of_provinces(inputs.places):
        return {}
    parts = [split_place(place) for place in inputs.places]
    provinces = ",".join(code for level, code, _ in parts if level == "province")
    grades: dict[tuple[str, str, str], Collected] = {}
    for one in sum_collected(reader, period, inputs.metals, address.view, provinces, viewer):
        key = (one.metal, one.material, one.account)
        known = grades.get(key)
        grades[key] = one if known is None else known._replace(grams=known.grams + one.grams)
    return dict(sorted(grades.items(), key=lambda pair: (-pair[1].grams, pair[0])))


def _list_values(
    viewer: Viewer, split: SplitGap | None, at_sites: SiteSums, withholds: Withholds | None
) -> dict[tuple[str, str], Fraction | None]:
    """Return the values of metals, and of sites in view, by (metal, site), by the method of the split gap.

    Metals of which the viewer may not see the part (``withholds``) are left out.
    """
    if split is None:
        return {}
    sums: dict[tuple[str, str], list[Sums]] = {}
    for (site, region), by_metal in at_sites.items():
        for metal, of_metal in by_metal.items():
            sums.setdefault((metal, ""), []).append(of_metal)
            if viewer.shows_stay(site, region):
                sums.setdefault(("", site), []).append(of_metal)
    part = INDICATORS[split.indicator]
    return {
        (metal, site): part.compute(add_sums(of))[2]
        for (metal, site), of in sums.items()
        if site or withholds is None or not withholds(part.id, (metal,))
    }


def _list_region_values(
    split: SplitGap | None, report: RegionalReport
) -> dict[tuple[str, str], Fraction | None]:
    """Return the values of the regions within, by ('', place key), by the method of the split gap."""
    if split is None:
        return {}
    return {
        ("", row.places[0]): row.figures[split.indicator].value
        for row in report.rows
        if row.level != "site" and len(row.places) == 1
    }


def _list_liquid(viewer: Viewer, at_sites: SiteSums) -> dict[str, LiquidSite]:
    """Return what became of liquid by tapping site in view, what was not alloyed directly most first."""
    names = ("tapped", "direct", "ingot", "other")
    sums: dict[str, list[Sums]] = {}
    for (site, region), by_metal in at_sites.items():
        if viewer.shows_stay(site, region):
            sums.setdefault(site, []).extend(by_metal.values())
    listed = [
        LiquidSite(site, *(add_sums(of).get(f"molten_{name}", 0) for name in names))
        for site, of in sums.items()
    ]
    listed.sort(key=lambda one: (one.direct_g - one.tapped_g, one.site))
    return {one.site: one for one in listed if any(one[1:])}


# --- months -------------------------------------------------------------------------------------------


def _follow_months(
    reader: Reader, viewer: Viewer, indicator: Indicator, address: FigureAddress, now_ms: int
) -> tuple[PlaceTrend | None, PlaceTrend | None]:
    """Return the months of a share by the method that sites are judged by, and of the official one beside it."""
    by_book = indicator.without_statistic or indicator.id
    if not adds_up(INDICATORS[by_book]):
        return None, None
    place = place_key(address.level, address.code)
    ids = dict.fromkeys((by_book, indicator.id))
    trends = read_trends(
        reader, viewer, [place], address.period, tuple(ids), address.metals, address.view, now_ms
    )
    official = trends.of[indicator.id][0] if indicator.id != by_book else None
    return trends.of[by_book][0], official if official is not None and official.has_data else None


# --- what waits ---------------------------------------------------------------------------------------


def _list_waiting(
    reader: Reader, viewer: Viewer, split: SplitGap | None, period: Period, now_ms: int
) -> dict[str, SiteWaiting]:
    """Return what waits at each site that is named and in view."""
    sites = [part.site for part in split.sites if part.site and viewer.shows_site(part.site)] if split else []
    ended = [month for month in period.months() if month < month_of(now_ms)]
    since = reader.find_first_orders(sites) if sites else {}
    waiting = {}
    for site in sites:
        loads, _ = reader.list_lots(LotFilter(to=site, status="in_transit"), limit=MOST_LOADS)
        sealed = {record_period(claim.key) for claim in list_claims(reader, seal_key(site, ""))}
        first = month_of(since[site][0]) if site in since else "9999-12"
        waiting[site] = SiteWaiting(
            len(loads), sum(month >= first and month not in sealed for month in ended)
        )
    return waiting


# --- declarations -------------------------------------------------------------------------------------


def _names_of(indicator: Indicator) -> tuple[str, str] | None:
    """Return how the source of a declared share names its numerator and denominator."""
    source = indicator.source
    if isinstance(source, PowerRecords):
        return "renewable", "power"
    if isinstance(source, SmeltingCapacity):
        return f"level {source.level}", "capacity"
    return ("complete", "months") if isinstance(source, MonthlyEvidence) else None


def _list_declared(
    viewer: Viewer, report: RegionalReport, figure: Figure
) -> tuple[tuple[DeclaredShare, ...], tuple[DeclaredShare, ...]]:
    """Return what each site in view, and each month of them, adds to a share that rests on declarations.

    Sites that lack most come first, months in their order.
    """
    indicator = INDICATORS[figure.indicator]
    names = _names_of(indicator)
    if names is None or report.list_parts is None:
        return (), ()
    by_site: dict[str, list[Amount]] = {}
    by_month: dict[str, list[Amount]] = {}
    for site, region, month, amounts in report.list_parts(indicator.id, figure.metals):
        if viewer.shows_stay(site, region):
            for pair in (by_site.setdefault(site, [0, 0]), by_month.setdefault(month, [0, 0])):
                for number, name in enumerate(names):
                    pair[number] += amounts.get(name, 0)
    target = figure.gap.target if figure.gap else None
    sites, months = (_make_declared(of, target) for of in (by_site, by_month))
    sites.sort(key=lambda one: (-(one.gap or 0), one.numerator - one.denominator, one.name))
    months.sort(key=lambda one: one.name)
    return tuple(sites), tuple(months) if not isinstance(indicator.source, SmeltingCapacity) else ()


def _make_declared(sums: Mapping[str, list[Amount]], target: Fraction | None) -> list[DeclaredShare]:
    return [
        DeclaredShare(
            name, over, under, None if target is None else gap_to_share(target, int(over), int(under))
        )
        for name, (over, under) in sums.items()
    ]


def _join_before(
    now: Iterable[DeclaredShare], then: Iterable[DeclaredShare], months: int = 0
) -> tuple[DeclaredShare, ...]:
    """Return parts with the share of the same part before; names that are months are ``months`` later now."""
    shares = {add_months(one.name, months) if months else one.name: one.share for one in then}
    return tuple(part._replace(before=shares.get(part.name)) for part in now)
