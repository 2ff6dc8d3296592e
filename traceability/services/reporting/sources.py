"""Read an indicator's figures from its source, and open what is behind them.

Each kind of source of ``domain.indicators`` has one class here. It knows the amount of a place
(``amount``) and what the amount rests on: declarations with what each adds, or months of evidence.
Postings are opened by the columns of the amount, whatever the source (``postings``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from graph.store import Reader, TallyFilter
from traceability.domain.claims import SEALS
from traceability.domain.declarations import SmeltingLine, capacity_at, newest_lines
from traceability.domain.energy import SiteEnergy, list_missing
from traceability.domain.event import Event
from traceability.domain.indicators import (
    INDICATORS,
    TAPPED,
    Amount,
    CoveredCapacity,
    EnergyRecords,
    Indicator,
    LedgerTerms,
    MonthlyEvidence,
    OutputStatistic,
    PoweredTapping,
    PowerRecords,
    SmeltingCapacity,
    Terms,
    add_sums,
    metals_for,
)
from traceability.domain.material import Reference
from traceability.domain.period import Period, last_month
from traceability.domain.place import LAST_MONTH, code_of, place_key, places_of
from traceability.domain.posting import view_of
from traceability.domain.statistic import TEN_METAL_OUTPUT
from traceability.services.reporting.declarations import (
    CountedDeclaration,
    SealedAndNow,
    SitePower,
    amounts_of,
    declared_table,
    read_lines,
    read_power,
)
from traceability.services.reporting.energy import EnergyQuery, EnergyUse, read_energy
from traceability.services.reporting.evidence import EvidenceMonth, evidence_table, read_evidence
from traceability.services.reporting.postings import FigureInputs
from traceability.services.reporting.scope import (
    REGION_LEVELS,
    TallySlice,
    Whereabouts,
    find_whereabouts,
    in_view,
    split_place,
)
from traceability.services.reporting.statistics import Statistics, read_statistics
from traceability.services.reporting.table import Table

STATISTIC, NO_STATISTIC = "statistic", "no_statistic"  # whether one covers the period of a figure


class Change(NamedTuple):
    """How numerator and denominator (None of a mass) of a figure differ from what the seals closed."""

    numerator: Amount
    denominator: int | None


PlaceSums = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Sums of tally columns by place, then metal."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What one report reads from the store, once for all its figures.

    ``sums`` are of the period; ``since`` of what was booked after it about its months, which were
    sealed; ``liquid_before`` of all months before it, of liquid metal.
    ``evidence`` and ``energy`` None were not asked for. ``sited`` are the places that have sites, ``firms`` by place
    those whose sites recorded anything in the period. ``tapped`` is liquid by site that declared
    power, by site and region.
    stock and goes with its site: ``liquid_moved`` are what came to (or left) a place by the start
    and by the end of the period, with sites that were elsewhere when it was tapped.
    ``liquid_other_view`` are the same sums by the other months, at the start and at the end: what
    was tapped and what moved; () where no month is sealed.
    """

    reference: Reference
    whereabouts: Whereabouts
    period: Period
    chosen: tuple[str, ...]
    by_event_month: bool
    within: list[str]
    sums: PlaceSums
    since: PlaceSums
    liquid_before: PlaceSums
    statistics: Statistics
    power: list[SitePower]
    lines: SealedAndNow[list[SmeltingLine]]
    evidence: list[EvidenceMonth] | None
    sited: set[str]
    firms: Mapping[str, set[str]]
    tapped: Mapping[tuple[str, str], int]
    energy: EnergyUse | None = None
    liquid_moved: tuple[PlaceSums, PlaceSums] = ({}, {})
    liquid_other_view: tuple[tuple[PlaceSums, PlaceSums], ...] = ()
    kept_sums: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, int]] = field(default_factory=dict)

    def add_up(self, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
        """Return the sums of the period; kept, because several figures ask for the same."""
        key = (places, metals)
        if key not in self.kept_sums:
            self.kept_sums[key] = _add_places(self.sums, places, metals)
        return self.kept_sums[key]

    def count_firms(self, places: Iterable[str]) -> int:
        """Return how many firms of this book recorded anything at the places in the period."""
        return len({firm for place in places for firm in self.firms.get(place, ())})

    def change_of(
        self, numerator: Terms, denominator: Terms | None, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> Change | None:
        """Return what was booked since the seals about the months of the period; None where nothing was."""
        if not self.since:
            return None
        sums = _add_places(self.since, places, metals)
        change = Change(numerator.of(sums), denominator.of(sums) if denominator else None)
        return change if change.numerator or change.denominator else None

    def add_up_stock(
        self, places: tuple[str, ...], metals: tuple[str, ...], *, at_end: bool
    ) -> dict[str, int]:
        """Return the sums of all months before the start, or by the end, of the period."""
        moved = self.liquid_moved[1 if at_end else 0]
        sums = [_add_places(self.liquid_before, places, metals), _add_places(moved, places, metals)]
        return add_sums([*sums, self.add_up(places, metals)] if at_end else sums)

    def stock_change_of(
        self, stock: Terms, places: tuple[str, ...], metals: tuple[str, ...], *, at_end: bool
    ) -> Change | None:
        """Return what was booked since the seals about a stock; None where nothing was.

        A stock adds up all months before, so it is read in both views and compared.
        """
        if not self.liquid_other_view:
            return None
        other = add_sums(
            _add_places(part, places, metals) for part in self.liquid_other_view[1 if at_end else 0]
        )
        sums = self.add_up_stock(places, metals, at_end=at_end)
        now, sealed = (sums, other) if self.by_event_month else (other, sums)
        grams = stock.of(now) - stock.of(sealed)
        return Change(grams, None) if grams else None

    def touches(self, places: tuple[str, ...], site: str, region: str, month: str) -> bool:
        """Return whether what a site declared of a month, in a region, belongs to one of the places."""
        return any(self.whereabouts.holds(place, site, region, month) for place in places)


def _add_places(sums: PlaceSums, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
    return add_sums(
        by_column
        for place in places
        for metal, by_column in sums.get(place, {}).items()
        if not metals or metal in metals
    )


def read_report_data(
    reader: Reader, whereabouts: Whereabouts, places: tuple[str, ...], within: list[str], period: Period,
    chosen: tuple[str, ...], *, by_event_month: bool, evidence: bool, now_ms: int,
) -> ReportData:  # fmt: skip
    """Read a few sums of tallies and the declarations of a period, whatever the number of lots."""
    read_sums = partial(_read_sums, reader, whereabouts, by_event_month)
    liquid = metals_for("Al", chosen, ())
    seals = has_seals(reader)
    sites = whereabouts.sites_between(places, period.first, period.last)
    electrolysis = [site.id for site in sites.values() if site.was_ever("electrolysis")]
    lines = read_lines(reader, period)
    power = read_power(reader, electrolysis, period) if liquid else []
    recorded = sum_at_sites(reader, whereabouts, places, (), period.first, period.last, by_event_month)
    declaring = {(meter.site, meter.region) for meter in power} | {
        (line.site, line.region) for line in lines.now
    }
    return ReportData(
        reference=whereabouts.reference,
        whereabouts=whereabouts,
        period=period,
        chosen=chosen,
        by_event_month=by_event_month,
        within=within,
        sums=read_sums(places, chosen, period.first, period.last),
        # Where no month is sealed, everything is booked in its own.
        since=read_sums(places, chosen, period.first, period.last, later=True) if seals else {},
        liquid_before=read_sums(places, liquid, "", period.before) if liquid else {},
        statistics=read_statistics(reader, period, _list_regions(places)),
        power=power,
        lines=SealedAndNow(_newest(lines.sealed, period), _newest(lines.now, period)),
        evidence=read_evidence(reader, sites, period, now_ms) if evidence else None,
        energy=read_energy(reader, EnergyQuery(sites, period, by_event_month, seals)) if evidence else None,
        sited=whereabouts.keys_between(sites, period.first, period.last),
        firms=_firms_by_place(whereabouts, [*recorded, *declaring], period),
        tapped={key: _add_metals(by_metal).get("molten_tapped", 0) for key, by_metal in recorded.items()},
        liquid_moved=_read_moved_liquid(reader, whereabouts, by_event_month, places, liquid or (), period),
        liquid_other_view=_read_stock(reader, whereabouts, not by_event_month, places, liquid, period)
        if seals and liquid
        else (),
    )


def _read_stock(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], liquid: tuple[str, ...], period: Period,
) -> tuple[tuple[PlaceSums, PlaceSums], ...]:  # fmt: skip
    """Return the sums of all months before the start and by the end, each with what moved by then."""
    moved = _read_moved_liquid(reader, whereabouts, by_event_month, places, liquid, period)
    read_sums = partial(_read_sums, reader, whereabouts, by_event_month)
    return (
        (read_sums(places, liquid, "", period.before), moved[0]),
        (read_sums(places, liquid, "", period.last), moved[1]),
    )


def _list_regions(places: Iterable[str]) -> set[str]:
    """Return the codes of the regions among places; the members of a group are among them."""
    parts = [split_place(place) for place in places]
    return {code for level, code, _ in parts if level in REGION_LEVELS}


def _firms_by_place(
    whereabouts: Whereabouts, present: Iterable[tuple[str, str]], period: Period
) -> dict[str, set[str]]:
    """Return the firms at each place, of (site, region key) that recorded anything."""
    firms: dict[str, set[str]] = {}
    for site, region in present:
        for place in whereabouts.keys_of(site, region, period.last):
            firms.setdefault(place, set()).add(whereabouts.reference.firm_of(site) or site)
    return firms


def _add_metals(by_metal: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return add_sums(by_metal.values())


def has_seals(reader: Reader) -> bool:
    """Return whether any month of any site is sealed."""
    return bool(reader.list_claims(SEALS, limit=1))


def _read_sums(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], metals: tuple[str, ...], first: str, last: str, *, later: bool = False,
) -> PlaceSums:  # fmt: skip
    """Return the sums of tally columns by place, then metal, without those that are all 0.

    ``later``: of what was booked after the months about them.
    """
    parts: dict[str, list[tuple[str, TallySlice]]] = {}
    for place in places:
        for part in whereabouts.slices(place):
            parts.setdefault(part.place, []).append((place, part))
    # Months are told apart only where a site came to a base, or left it, within a region.
    by_month = any(part.first or part.last < LAST_MONTH for of in parts.values() for _, part in of)
    by = ("place", "metal", "month") if by_month else ("place", "metal")
    by_event_month = by_event_month or later
    keys = _in_view(whereabouts, parts, by_event_month)
    wanted = TallyFilter(keys, metals, first, last, by_event_month, booked_after=last if later else "")
    sums: dict[str, dict[str, dict[str, int]]] = {}
    for tally in reader.sum_tallies(wanted, by=by):
        if not any(tally.sums.values()):
            continue
        for place, part in parts[view_of(tally.place)[0]]:
            if not by_month or part.first <= tally.month <= part.last:
                by_metal = sums.setdefault(place, {})
                by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def sum_at_sites(
    reader: Reader, whereabouts: Whereabouts, places: Collection[str], metals: tuple[str, ...],
    first: str, last: str, by_event_month: bool,
) -> dict[tuple[str, str], dict[str, dict[str, int]]]:  # fmt: skip
    """Return the sums of places by (site, region key), then metal, without those that are all 0."""
    parts: dict[str, list[TallySlice]] = {}
    for part in dict.fromkeys(part for place in places for part in whereabouts.site_slices(place)):
        parts.setdefault(part.place, []).append(part)
    if not parts:
        return {}
    keys = _in_view(whereabouts, parts, by_event_month)
    by_month = any(part.first or part.last < LAST_MONTH for of in parts.values() for part in of)
    by = ("place", "metal", "month") if by_month else ("place", "metal")
    sums: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for tally in reader.sum_tallies(TallyFilter(keys, metals, first, last, by_event_month), by=by):
        found = parts[view_of(tally.place)[0]]
        if any(tally.sums.values()) and any(
            not by_month or part.first <= tally.month <= part.last for part in found
        ):
            by_metal = sums.setdefault((found[0].site, found[0].region), {})
            by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def _in_view(whereabouts: Whereabouts, keys: Iterable[str], by_event_month: bool) -> tuple[str, ...]:
    """Return the keys of tallies, with those of one view alone where any site has such."""
    return tuple(in_view(keys, by_event_month=by_event_month) if whereabouts.moved else keys)


def _read_moved_liquid(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], metals: tuple[str, ...], period: Period,
) -> tuple[PlaceSums, PlaceSums]:  # fmt: skip
    """Return the liquid that came to places, or left them, by the start and by the end of a period.

    A site takes what it tapped with it: where it is in a month, all its liquid is, and nowhere else.
    """
    parts = {
        places_of(site, region)[0]: (site, region)
        for site in whereabouts.moved
        for region in whereabouts.posted[site]
    }
    moves: list[dict[str, dict[str, dict[str, int]]]] = [{}, {}]
    if not parts or not metals:
        return moves[0], moves[1]
    keys = _in_view(whereabouts, parts, by_event_month)
    for sums, month, last in ((moves[0], period.first, period.before), (moves[1], period.last, period.last)):
        wanted = TallyFilter(keys, metals, "", last, by_event_month)
        for tally in reader.sum_tallies(wanted, by=("place", "metal")):
            site, region = parts[view_of(tally.place)[0]]
            left = whereabouts.keys_of(site, region, month)
            here = whereabouts.keys_of(site, whereabouts.reference.region_at(site, month) or region, month)
            for place in places:
                sign = (place in here) - (place in left)
                if sign:
                    by_metal = sums.setdefault(place, {})
                    change = {column: sign * grams for column, grams in tally.sums.items()}
                    by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), change))
    return moves[0], moves[1]


def _newest(lines: list[SmeltingLine], period: Period) -> list[SmeltingLine]:
    counted = set(newest_lines(lines, period))
    return [line for line in lines if line in counted]


class FigureAmount(NamedTuple):
    """A figure before it is judged; ``numerator`` None is no data.

    ``columns`` are those whose postings open behind it, ``events`` the declarations. ``basis`` tells
    whether a statistic covers the period, where the figure rests on one, and ``provinces`` how many
    provinces' statistics make the nation's. ``since`` is what was booked or declared
    since the seals: by the book it is not in the figure, by event month it is. ``places`` are those
    of the postings where they are fewer than the figure's. and ``pairs`` their sites
    and metals; ``factors`` is the version of the factor set used, ``missing`` what has no factor in it.
    """

    numerator: Amount | None
    denominator: int | None
    columns: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    basis: str = ""
    since: Change | None = None
    provinces: int = 0
    places: tuple[str, ...] | None = None
    pairs: frozenset[tuple[str, str]] = frozenset()
    factors: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure that is opened: what it adds up, for which period and by which indicator."""

    indicator: Indicator
    inputs: FigureInputs
    period: Period
    now_ms: int


class FigureSource:
    """Where an indicator's figures come from: the amount of some places, and what is behind it."""

    def is_read(self, data: ReportData) -> bool:
        """Return whether the report reads what the figures need."""
        return True

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Return the amount of some places and metals (() every metal)."""
        raise NotImplementedError

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterable[CountedDeclaration]:
        """Return the declarations behind a figure with what each adds.

        The amounts add up to the figure's own numbers.
        """
        return ()

    def list_months(self, reader: Reader, opened: Opened) -> list[EvidenceMonth] | None:
        """Return the months of evidence behind a figure; None where it does not rest on months."""
        return None

    def declaration_table(self, reader: Reader, opened: Opened, seen_sites: Collection[str]) -> Table:
        """Return what was declared behind a figure, with what each adds."""
        counted = list(self.list_declarations(reader, opened))
        return declared_table(counted, opened.indicator.base_unit, seen_sites)


@dataclass(frozen=True, slots=True)
class LedgerSource(FigureSource):
    """Sums of tally columns of the period, or of a stock at its start or end."""

    source: LedgerTerms

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the columns; a mass of which nothing was recorded has no numerator."""
        sums: Mapping[str, int] = data.add_up(places, metals)
        recorded, since = bool(sums), None
        if self.source.months == "period":
            since = data.change_of(self.source.numerator, self.source.denominator, places, metals)
        else:
            at_end = self.source.months != "before_start"
            sums = data.add_up_stock(places, metals, at_end=at_end)
            since = data.stock_change_of(self.source.numerator, places, metals, at_end=at_end)
            recorded = bool(sums) or recorded
        if indicator.kind == "mass" and not recorded:
            return FigureAmount(None, None, indicator.columns, since=since)
        numerator, denominator, _ = indicator.compute(sums)
        return FigureAmount(numerator, denominator, indicator.columns, since=since)


class _Declared(NamedTuple):
    """What statistics state of a place or group; ``provinces`` make the nation's where not 0."""

    amount: int
    events: tuple[str, ...] = ()
    provinces: int = 0


def _statistic_of(
    data: ReportData, states: str, places: tuple[str, ...], metals: tuple[str, ...]
) -> _Declared | None:
    """Return what statistics state of some places together, None unless they cover all of them.

    The nation's own statistic goes first, then those of all its provinces. A statistic serves
    exactly the metals that it names; sites and parks have none.
    """
    total, provinces = 0, 0
    events: list[str] = []
    for place in places:
        stated = _statistic_at(data, states, place, metals)
        if stated is None:
            return None
        total += stated.amount
        events += stated.events
        provinces += stated.provinces
    return _Declared(total, tuple(events), provinces)


def _statistic_at(data: ReportData, states: str, place: str, metals: tuple[str, ...]) -> _Declared | None:
    level, code, within = split_place(place)
    if level not in REGION_LEVELS or within:
        return None
    kind = data.reference.statistics.get(states or TEN_METAL_OUTPUT)
    if kind is None:
        return None
    # Capacity is that of a year, and of a month that has no figure of its own.
    year = Period(f"{data.period.year}-01", f"{data.period.year}-12")
    period = data.period if "months" in kind.adds else year
    named = metals or tuple(sorted(data.reference.ten_metals))
    found = data.statistics.find(code, kind.id, named, period)
    return None if found is None else _Declared(found.grams, found.events, found.provinces)


@dataclass(frozen=True, slots=True)
class StatisticSource(FigureSource):
    """What the region's authority states for the period, or a share of it; never the book's sum.

    Without a statistic that covers the period wholly there is no data. A group has one where each
    of its members has.
    """

    source: OutputStatistic

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Return the statistic itself, or the share of it."""
        stated = _statistic_of(data, self.source.states, places, metals)
        basis = NO_STATISTIC if stated is None else STATISTIC
        events, provinces = (stated.events, stated.provinces) if stated else ((), 0)
        whole = stated.amount if stated else None
        if self.source.share_of is None:
            return FigureAmount(whole, None, (), events, basis, None, provinces)
        sums, above = data.add_up(places, metals), self.source.share_of
        since = data.change_of(above, Terms(()), places, metals)  # no seal closes a statistic
        return FigureAmount(above.of(sums), whole, indicator.columns, events, basis, since, provinces)

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the statistics, each with the amount that it states."""
        for event in _find_live(reader, opened.inputs.events).values():
            yield _counted_statistic(event, above_the_line=self.source.share_of is None)


def _counted_statistic(event: Event, *, above_the_line: bool) -> CountedDeclaration:
    amount = amounts_of(event).get("output_g", 0)
    return (
        CountedDeclaration((event,), amount, None)
        if above_the_line
        else CountedDeclaration((event,), 0, amount)
    )


@dataclass(frozen=True, slots=True)
class PoweredTappingSource(FigureSource):
    """Liquid tapped at sites that declared power, of the aluminium that the authority states."""

    source: PoweredTapping

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up what these sites tapped; it opens to their postings."""
        stated = _statistic_of(data, "", places, metals)
        basis = NO_STATISTIC if stated is None else STATISTIC
        powered = {
            (meter.site, meter.region)
            for meter in data.power
            if data.touches(places, meter.site, meter.region, meter.month)
        }
        tapped_g = sum(data.tapped.get(key, 0) for key in powered)
        return FigureAmount(
            tapped_g,
            stated.amount if stated else None,
            TAPPED.columns if powered else (),
            stated.events if stated else (),
            basis,
            None,
            stated.provinces if stated else 0,
            tuple(sorted({place_key("site", f"{site}/{code_of(region)}") for site, region in powered})),
        )

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the statistics below the line."""
        for event in _find_live(reader, opened.inputs.events).values():
            yield _counted_statistic(event, above_the_line=False)


@dataclass(frozen=True, slots=True)
class CoveredCapacitySource(FigureSource):
    """Capacity of smelting lines, of the capacity that the authority states for the year."""

    source: CoveredCapacity

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the lines' capacities as the seals found them, by event month as they are now."""
        stated = _statistic_of(data, "smelting_capacity", places, metals)
        lines = data.lines.now if data.by_event_month else data.lines.sealed
        here = [
            line for line in lines if data.touches(places, line.site, line.region, last_month(line.period))
        ]
        _, capacity_g = capacity_at("", here, metals)
        events = [line.event for line in here if not metals or line.metal in metals]
        return FigureAmount(
            capacity_g,
            stated.amount if stated else None,
            (),
            tuple(dict.fromkeys([*events, *(stated.events if stated else ())])),
            NO_STATISTIC if stated is None else STATISTIC,
            None,
            stated.provinces if stated else 0,
        )

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the newest declaration of each line above the line, the statistics below it."""
        lines = read_lines(reader, opened.period)
        counted = lines.now if opened.inputs.by_event_month else lines.sealed
        behind = set(opened.inputs.events)
        for line in newest_lines(counted, opened.period):
            if line.event in behind:
                behind.discard(line.event)
                events = tuple(reader.find_events([line.event]).values())
                yield CountedDeclaration(events, line.capacity_g, 0)
        for event in _find_live(reader, sorted(behind)).values():
            yield _counted_statistic(event, above_the_line=False)


@dataclass(frozen=True, slots=True)
class PowerSource(FigureSource):
    """Renewable electricity of all electricity that sites' meters declare."""

    source: PowerRecords

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the sites' kilowatt hours."""
        power = [site for site in data.power if data.touches(places, site.site, site.region, site.month)]
        return _declared_amount(
            data,
            _add_pairs(site.kwh.sealed for site in power),
            _add_pairs(site.kwh.now for site in power),
            [id_ for site in power for id_ in site.events],
        )

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return each power record with what it adds.

        A site's records stand together where a seal keeps what they said before.
        """
        events = _find_live(reader, opened.inputs.events)
        for power in read_power(reader, {event.draft.site for event in events.values()}, opened.period):
            if not set(power.events) & set(opened.inputs.events):
                continue
            counted = power.kwh.now if opened.inputs.by_event_month else power.kwh.sealed
            records = [events[id_] for id_ in power.events if id_ in events]
            each = [
                (amounts_of(event).get("renewable_kwh", 0), amounts_of(event).get("kwh", 0))
                for event in records
            ]
            if _add_pairs(each) == counted:
                for event, (renewable_kwh, kwh) in zip(records, each, strict=True):
                    yield CountedDeclaration((event,), renewable_kwh, kwh)
            else:  # as the seal found them, which is not what they say today
                yield CountedDeclaration(tuple(records), *counted)


@dataclass(frozen=True, slots=True)
class CapacitySource(FigureSource):
    """Declared capacity of smelting lines at an efficiency level, of all that is declared."""

    source: SmeltingCapacity

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the lines' capacities."""
        sealed, now = (
            [line for line in lines if data.touches(places, line.site, line.region, last_month(line.period))]
            for lines in data.lines
        )
        return _declared_amount(
            data,
            capacity_at(self.source.level, sealed, metals),
            capacity_at(self.source.level, now, metals),
            [line.event for line in (*sealed, *now) if not metals or line.metal in metals],
        )

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the newest declaration of each line."""
        lines = read_lines(reader, opened.period)
        counted = lines.now if opened.inputs.by_event_month else lines.sealed
        for line in newest_lines(counted, opened.period):
            if line.event in opened.inputs.events:
                at_level_g = line.capacity_g if line.level == self.source.level else 0
                events = tuple(reader.find_events([line.event]).values())
                yield CountedDeclaration(events, at_level_g, line.capacity_g)


@dataclass(frozen=True, slots=True)
class EnergySource(FigureSource):
    """Energy or emissions that sites declared, of a group of processes, ÷ what the same sites made."""

    source: EnergyRecords

    def is_read(self, data: ReportData) -> bool:
        """Return whether the report reads every site's records for it."""
        return data.energy is not None

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the sites' amounts, and what they made; no data where none declared any."""
        if data.energy is None:
            return FigureAmount(None, None)
        sealed, now = (
            self._list_counted(data.whereabouts, sites, places, metals, data.period.last)
            for sites in data.energy.sites
        )
        amounts, amounts_now = self._add_up(sealed, metals), self._add_up(now, metals)
        made_g = amounts_now[1] - amounts[1] if self.source.per_tonne else None
        change = Change(amounts_now[0] - amounts[0], made_g)
        # What was made since changes no total of what was declared.
        since = change if any(change) else None
        counted, (amount, made) = (now, amounts_now) if data.by_event_month else (sealed, amounts)
        events = tuple(
            dict.fromkeys(
                record.event
                for site in (*counted, *now)
                for record, _ in site.list_amounts(self.source.measures, self.source.process, metals)
            )
        )
        return FigureAmount(
            amount if counted else None,
            made if self.source.per_tonne else None,
            indicator.columns if self.source.per_tonne else (),
            events,
            since=since,
            places=tuple(
                dict.fromkeys(place_key("site", f"{site.site}/{code_of(site.region)}") for site in counted)
            ),
            pairs=frozenset(
                (site.site, metal)
                for site in counted
                for metal in site.list_metals(self.source.process, metals)
            ),
            factors=data.energy.factors,
            missing=tuple(list_missing(counted)),
        )

    def _list_counted(
        self, whereabouts: Whereabouts, sites: Iterable[SiteEnergy], places: tuple[str, ...],
        metals: tuple[str, ...], month: str,
    ) -> list[SiteEnergy]:  # fmt: skip
        return [
            site
            for site in sites
            if any(whereabouts.holds(place, site.site, site.region, month) for place in places)
            and site.counts(self.source.measures, self.source.process, metals)
        ]

    def _add_up(self, sites: Sequence[SiteEnergy], metals: tuple[str, ...]) -> tuple[Fraction, int]:
        source = self.source
        amount = sum((site.amount(source.measures, source.process, metals) for site in sites), Fraction(0))
        return amount, sum(site.output_g(source.process, metals) for site in sites)

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return each record with what it adds above the line."""
        inputs, source = opened.inputs, self.source
        whereabouts = find_whereabouts(reader)
        sites = whereabouts.sites_between(inputs.places, opened.period.first, opened.period.last)
        query = EnergyQuery(sites, opened.period, inputs.by_event_month, has_seals(reader))
        sealed, now = read_energy(reader, query).sites
        counted = now if inputs.by_event_month else sealed
        amounts = [
            listed
            for site in self._list_counted(
                whereabouts, counted, inputs.places, inputs.metals, opened.period.last
            )
            for listed in site.list_amounts(source.measures, source.process, inputs.metals)
        ]
        events = reader.find_events([record.event for record, _ in amounts]) if amounts else {}
        for record, amount in amounts:
            yield CountedDeclaration((events[record.event],), amount, None)


@dataclass(frozen=True, slots=True)
class EvidenceSource(FigureSource):
    """Months of sites that were sealed with all records, of all that are over."""

    source: MonthlyEvidence

    def is_read(self, data: ReportData) -> bool:
        """Return whether the report reads every site's claims for it."""
        return data.evidence is not None

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Count the months."""
        months = [
            month
            for month in data.evidence or ()
            if data.touches(places, month.site.id, month.region, month.month)
        ]
        sealed = sum(month.complete_at_seal for month in months)
        now = sum(month.complete for month in months)
        return _declared_amount(data, (sealed, len(months)), (now, len(months)), ())

    def list_months(self, reader: Reader, opened: Opened) -> list[EvidenceMonth]:
        """Return the months of each site, those that do not count first."""
        whereabouts, places = find_whereabouts(reader), opened.inputs.places
        sites = whereabouts.sites_between(places, opened.period.first, opened.period.last)
        months = [
            month
            for month in read_evidence(reader, sites, opened.period, opened.now_ms)
            if any(whereabouts.holds(place, month.site.id, month.region, month.month) for place in places)
        ]
        by_event_month = opened.inputs.by_event_month
        return sorted(months, key=lambda month: (month.counts(by_event_month), month.site.id, month.month))

    def declaration_table(self, reader: Reader, opened: Opened, seen_sites: Collection[str]) -> Table:
        """Return the months with the events that make each complete."""
        return evidence_table(self.list_months(reader, opened), opened.inputs.by_event_month, seen_sites)


def _declared_amount(
    data: ReportData, sealed: tuple[int, int], now: tuple[int, int], events: Sequence[str]
) -> FigureAmount:
    """Return what was declared, by the book as seals found it, by event month as it is now."""
    events = tuple(dict.fromkeys(events))
    since = Change(now[0] - sealed[0], now[1] - sealed[1]) if now != sealed else None
    return FigureAmount(*(now if data.by_event_month else sealed), (), events, since=since)


def _add_pairs(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(pairs)
    return sum(part for part, _ in listed), sum(whole for _, whole in listed)


def _find_live(reader: Reader, ids: Collection[str]) -> dict[str, Event]:
    events = reader.find_events(ids) if ids else {}
    return {id_: event for id_, event in events.items() if event.live}


_SOURCES: dict[type, Callable[[Any], FigureSource]] = {
    LedgerTerms: LedgerSource,
    OutputStatistic: StatisticSource,
    PoweredTapping: PoweredTappingSource,
    CoveredCapacity: CoveredCapacitySource,
    PowerRecords: PowerSource,
    SmeltingCapacity: CapacitySource,
    MonthlyEvidence: EvidenceSource,
    EnergyRecords: EnergySource,
}


def source_of(indicator: Indicator) -> FigureSource:
    """Return what reads an indicator's figures and opens them."""
    return _READERS[indicator.id]


_READERS = {id_: _SOURCES[type(indicator.source)](indicator.source) for id_, indicator in INDICATORS.items()}


def needs_evidence(indicator_id: str) -> bool:
    """Return whether a figure is only in reports that read the monthly evidence and energy."""
    indicator = INDICATORS.get(indicator_id)
    return indicator is not None and isinstance(indicator.source, MonthlyEvidence | EnergyRecords)
