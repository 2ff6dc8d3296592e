"""Gather what the home of a region tells: its report, why, its months, how complete its records are, what waits, what changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, TypeVar

from graph.store import EventFilter, LotFilter, Reader
from traceability.domain.access import scope_of
from traceability.domain.calendar import DAY_MS
from traceability.domain.event import Correction, Event, versions_of
from traceability.domain.indicators import EVIDENCE, HOME_SHARES, ratio
from traceability.domain.kinds import kinds_of
from traceability.domain.lot import IN_TRANSIT, Lot
from traceability.domain.period import Period, add_months
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declared.evidence import EvidenceMonth, read_evidence
from traceability.services.reporting.declared.replaced import AuthorityStatistic, list_newest
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.figures.gaps import SplitGap, split_by_region, split_gap
from traceability.services.reporting.figures.report import (
    Figure,
    RegionalReport,
    ReportRow,
    report_for,
    target_value,
)
from traceability.services.reporting.figures.report_data import sum_at_sites
from traceability.services.reporting.flows.bands import Flows, sum_flows
from traceability.services.reporting.flows.legs import FlowQuery
from traceability.services.reporting.overviews.trend import TrendPoint, Trends, read_trends
from traceability.services.reporting.scope import (
    NATION_PLACE,
    REGION_LEVELS,
    Level,
    MonthView,
    Whereabouts,
    find_whereabouts,
    split_place,
)

Number = TypeVar("Number", int, Fraction)

YEAR = 12
TREND_MONTHS = 24
MOST_LOTS = 200  # on their way to one site
MOST_SITES = 5  # that a gap is told of by name
MOST_CORRECTIONS = 50  # that are looked at
MOST_STATISTICS = 20


class Completeness(NamedTuple):
    """Site-months with all records, and those that are over: of a period, and of each of its last twelve months.

    ``late`` are the months of the period, at sites in view, that lack something.
    """

    complete: int
    due: int
    by_month: tuple[tuple[str, int, int], ...]
    late: tuple[EvidenceMonth, ...]

    @property
    def share(self) -> Fraction | None:
        """The share of the period; None where no month is due."""
        return ratio(self.complete, self.due)

    @property
    def shares(self) -> list[Fraction | None]:
        """The share of each month, oldest first."""
        return [ratio(complete, due) for _, complete, due in self.by_month]

    @property
    def change(self) -> Fraction | None:
        """The share of the newest month less that of the one before; None where one of them has none."""
        return find_difference(self.shares[-2], self.shares[-1])


def find_month_change(points: Sequence[TrendPoint]) -> Fraction | None:
    """Return the newest month of a trend less the one before; None where one of them has no value."""
    return find_difference(points[-2].value, points[-1].value) if len(points) > 1 else None


def find_distance(figure: Figure) -> Fraction | None:
    """Return what a share lacks of the region's own target, negative beyond it; None where either is missing."""
    own = figure.verdict is not None and figure.verdict.reference is None
    target = target_value(figure) if own else None
    return find_difference(figure.value, target)


def find_difference(before: Number | None, now: Number | None) -> Number | None:
    """Return what a share, or an amount in grams, rose by; None where either is not known."""
    return None if before is None or now is None else now - before


def read_completeness(
    reader: Reader, viewer: Viewer, whereabouts: Whereabouts, places: Collection[str], period: Period,
    now_ms: int, *, by_event_month: bool,
) -> Completeness:  # fmt: skip
    """Return how many months of sites of some places have their seal, power and fuel, as the figure counts them."""
    wide = Period(min(period.first, add_months(period.last, 1 - YEAR)), period.last)
    sites = whereabouts.sites_between(places, wide.first, wide.last)
    months = [
        one
        for one in read_evidence(reader, sites, wide, now_ms)
        if any(whereabouts.holds(place, one.site.id, one.region, one.month) for place in places)
    ]
    of_period = [one for one in months if period.contains(one.month)]
    by_month = []
    for month in wide.months()[-YEAR:]:
        due = [one for one in months if one.month == month]
        by_month.append((month, sum(one.counts(by_event_month) for one in due), len(due)))
    return Completeness(
        sum(one.counts(by_event_month) for one in of_period),
        len(of_period),
        tuple(by_month),
        tuple(
            one
            for one in of_period
            if not one.counts(by_event_month) and viewer.shows_stay(one.site.id, one.region)
        ),
    )


class UnreceivedLoad(NamedTuple):
    """A shipment that its receiver has not recorded: its event, from where to where, since when and for how many whole days, how much."""

    shipment: str
    shipper: str
    to: str
    shipped_ms: int
    days: int
    lots: int
    mass_g: int


def list_unreceived(
    reader: Reader, viewer: Viewer, sites: Collection[str], days: int, now_ms: int
) -> list[UnreceivedLoad]:
    """Return the loads on their way to some sites for more than so many days, the longest first.

    Of sites out of view nothing is told.
    """
    loads: dict[str, UnreceivedLoad] = {}
    for lot in _list_on_their_way(reader, viewer, sites):
        if lot.moved_ms < now_ms - days * DAY_MS:
            held = loads.get(lot.shipment)
            under_way = (now_ms - lot.moved_ms) // DAY_MS
            load = UnreceivedLoad(
                lot.shipment, lot.shipper, lot.to, lot.moved_ms, under_way, 1, lot.remaining_g
            )
            loads[lot.shipment] = (
                load._replace(lots=held.lots + 1, mass_g=held.mass_g + load.mass_g) if held else load
            )
    return sorted(loads.values(), key=lambda load: (load.shipped_ms, load.shipment))


def _list_on_their_way(reader: Reader, viewer: Viewer, sites: Collection[str]) -> Iterator[Lot]:
    for site in sorted(sites):
        if viewer.shows_site(site):
            yield from reader.list_lots(LotFilter(to=site, status=IN_TRANSIT), limit=MOST_LOTS)[0]


class SiteChanges(NamedTuple):
    """Sites in view that recorded something in a month and nothing in the one before, and the other way round."""

    appeared: tuple[str, ...]
    silent: tuple[str, ...]


def compare_sites(
    reader: Reader, viewer: Viewer, whereabouts: Whereabouts, places: Collection[str], month: str,
    *, by_event_month: bool,
) -> SiteChanges:  # fmt: skip
    """Return which sites of some places appeared in a month, and which fell silent."""

    def list_active(of: str) -> set[str]:
        sums = sum_at_sites(reader, whereabouts, places, (), of, of, by_event_month)
        return {site for site, region in sums if viewer.shows_stay(site, region)}

    now, before = list_active(month), list_active(add_months(month, -1))
    return SiteChanges(tuple(sorted(now - before)), tuple(sorted(before - now)))


# --- corrections of sealed months ---------------------------------------------------------------


def list_sealed_corrections(
    reader: Reader, viewer: Viewer, region: str = "", from_ms: int | None = None
) -> list[Event]:
    """Return the newest corrections of sealed months in view, newest first: of sites in a region (a prefix of codes),
    and from a time on by their own time. MOST_CORRECTIONS corrections are looked at."""
    wanted = EventFilter(kinds=kinds_of(Correction), region=region, from_ms=from_ms)
    newest, _ = reader.list_events(wanted, limit=MOST_CORRECTIONS, newest_first=True)
    in_view = [event for event in newest if viewer.shows_stay(event.draft.site, event.frozen.region)]
    targets = {event.seq: set(versions_of(event)) for event in in_view}
    corrected = reader.find_events({id_ for ids in targets.values() for id_ in ids})
    moved = {
        posting.cause
        for posting in reader.scan_postings([event.seq for event in corrected.values()])
        if posting.row.month != posting.book_month
    }
    return [event for event in in_view if event.seq in moved]


def _list_corrections_of(
    reader: Reader, viewer: Viewer, whereabouts: Whereabouts, report: RegionalReport
) -> list[Event]:
    row = report.total
    region = scope_of(row.code) if row.level in REGION_LEVELS and row.code != NATION else ""
    return [
        event
        for event in list_sealed_corrections(reader, viewer, region, report.period.start_ms)
        if any(
            whereabouts.holds(place, event.draft.site, event.frozen.region, event.month)
            for place in row.places
        )
    ]


# --- all of it ----------------------------------------------------------------------------------


class HomeQuery(NamedTuple):
    """The place and period of a home, the supply share that goes first, and the one by the other method.

    ``compared`` is the key of a place whose months stand beside, '' for none; ``unreceived_days`` how long a load may
    be on its way.
    """

    level: Level
    code: str
    period: Period
    metals: tuple[str, ...]
    view: MonthView
    share: str
    other_share: str
    compared: str
    unreceived_days: int


@dataclass(frozen=True, slots=True)
class RegionHome:
    """What the home of a region tells. ``split`` is of the supply share's gap, None where it has none.

    ``earlier_gaps`` are what sites, and regions within, lacked a year before, for the same target. ``corrections`` are those of sealed months since the period
    began, ``recent`` of them those since its last month did, like ``statistics``. ``late`` is how many months of
    sites lack something. ``present`` are the sites there in the last month.
    """

    report: RegionalReport
    split: SplitGap | None
    earlier_gaps: Mapping[str, int | None]
    trends: Trends
    completeness: Completeness
    late: int
    loads: Sequence[UnreceivedLoad]
    unreceived_days: int
    corrections: Sequence[Event]
    recent: Sequence[Event]
    statistics: Sequence[AuthorityStatistic]
    sites: SiteChanges
    present: tuple[str, ...]
    flows: Flows

    @property
    def provinces(self) -> Sequence[ReportRow]:
        """The provinces that are open to who asks, as far as anything is recorded there."""
        return self.report.rows if self.report.total.level == "nation" else self.report.beside

    @property
    def evidence_is_told(self) -> bool:
        """Whether who asks may know how many months of sites are complete."""
        return not (self.report.withholds and self.report.withholds(EVIDENCE, ()))


def read_region_home(reader: Reader, viewer: Viewer, query: HomeQuery, now_ms: int) -> RegionHome:
    """Return what the home of a region tells. Raises BadInput, NotFound, NotAllowed."""
    period, by_event_month = query.period, query.view == "event"
    whereabouts = find_whereabouts(reader)
    report = report_for(
        reader, query.level, query.code, period, query.metals, query.view,
        evidence=False, now_ms=now_ms, viewer=viewer, beside=_list_provinces(whereabouts, viewer, query),
    )  # fmt: skip
    figure, places = report.total.figures[query.share], report.total.places
    split = split_gap(reader, viewer, figure, MOST_SITES, report.withholds)
    if split is not None and figure.gap is not None:
        split = split_by_region(split, report, figure.gap.target)
    year_before = Period(add_months(period.first, -YEAR), add_months(period.last, -YEAR))
    completeness = read_completeness(
        reader, viewer, whereabouts, places, period, now_ms, by_event_month=by_event_month
    )
    corrections = _list_corrections_of(reader, viewer, whereabouts, report)
    since_ms = Period(period.last, period.last).start_ms
    present = tuple(whereabouts.sites_between(places, period.last, period.last))
    told = not (report.withholds and report.withholds(EVIDENCE, ()))
    flows = FlowQuery(query.level, query.code, period, query.metals, query.view)
    return RegionHome(
        report, split, _read_earlier_gaps(reader, viewer, query, figure, split, year_before, now_ms),
        _read_months(reader, viewer, query, now_ms), completeness,
        completeness.due - completeness.complete if told else len(completeness.late),
        list_unreceived(reader, viewer, present, query.unreceived_days, now_ms),
        query.unreceived_days,
        corrections, [event for event in corrections if event.frozen.time_ms >= since_ms],
        _list_new_statistics(reader, query, since_ms),
        compare_sites(reader, viewer, whereabouts, places, period.last, by_event_month=by_event_month),
        present, sum_flows(reader, viewer, flows),
    )  # fmt: skip


def _read_earlier_gaps(
    reader: Reader, viewer: Viewer, query: HomeQuery, figure: Figure, split: SplitGap | None, before: Period, now_ms: int
) -> dict[str, int | None]:  # fmt: skip
    """Return what each site in view lacked in another period, for the figure's own target; else each region within."""
    earlier = replace(figure, inputs=replace(figure.inputs, first=before.first, last=before.last))
    then = split_gap(reader, viewer, earlier, None)
    if then is None or split is None or figure.gap is None:
        return {}
    if not split.tells_regions:
        return {part.site: part.gap for part in then.sites if part.site}
    report = report_for(
        reader, query.level, query.code, before, query.metals, query.view,
        evidence=False, now_ms=now_ms, viewer=viewer,
    )  # fmt: skip
    return {part.region: part.gap for part in split_by_region(then, report, figure.gap.target).regions}


def _list_provinces(whereabouts: Whereabouts, viewer: Viewer, query: HomeQuery) -> list[str]:
    """Return the provinces to read beside the place; the report of the nation has them within it."""
    if query.level == "nation":
        return []
    is_open = find_open(whereabouts, viewer)
    known = whereabouts.places_within(NATION_PLACE, query.period.first, query.period.last)
    return [place for place in known if split_place(place)[0] == "province" and is_open(place)]


def _read_months(reader: Reader, viewer: Viewer, query: HomeQuery, now_ms: int) -> Trends:
    """Return the two supply shares and the shares of the cards by month; of a place beside it the one that is drawn."""
    last = query.period.last
    # What a firm may see is decided month by month, which takes long.
    period = Period(add_months(last, 1 - (YEAR if viewer.is_firm else TREND_MONTHS)), last)
    shares = (query.share, query.other_share)
    own = read_trends(
        reader, viewer, [f"{query.level}:{query.code}"], period, (*shares, *HOME_SHARES[:2]), query.metals, query.view,
        now_ms,
    )  # fmt: skip
    if not query.compared:
        return own
    drawn = find_drawn(own, query.share, query.other_share)
    other = read_trends(reader, viewer, [query.compared], period, (drawn,), query.metals, query.view, now_ms)
    return replace(own, of={**own.of, drawn: (*own.of[drawn], *other.of[drawn])})


def find_drawn(trends: Trends, share: str, other_share: str) -> str:
    """Return the share whose months are drawn: that of the book where no statistics tell the official one by month."""
    return share if trends.of[share][0].has_data else other_share


def _list_new_statistics(reader: Reader, query: HomeQuery, since_ms: int) -> list[AuthorityStatistic]:
    """Return the newest statistics of the region, of the nation those of provinces too, from a time on."""
    regions = [query.code] if query.level in REGION_LEVELS else []
    if query.level == "nation":
        regions += reference_in(reader).gazetteer.list_below(NATION)
    newest = list_newest(reader, regions, MOST_STATISTICS)
    return [one for one in newest if one.stated.cause.frozen.time_ms >= since_ms]
