"""Read an indicator's figures from its source, and open what is behind them.

Each kind of source of ``domain.indicators`` has one class here. It knows the amount of a place
(``amount``) and what the amount rests on: declarations with what each adds, or months of evidence.
Postings are opened by the columns of the amount, whatever the source (``postings``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, get_args

from graph.store import Reader
from traceability.domain.declarations import capacity_at, newest_lines
from traceability.domain.energy import SiteEnergy, list_missing
from traceability.domain.event import Event
from traceability.domain.indicators import (
    INDICATORS,
    TAPPED,
    Amount,
    CoveredCapacity,
    EnergyMeasure,
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
)
from traceability.domain.period import Period, last_month
from traceability.domain.place import code_of, place_key
from traceability.domain.rights import Viewer
from traceability.domain.statistic import TEN_METAL_OUTPUT
from traceability.services.reporting.declared.declarations import (
    CountedDeclaration,
    amounts_of,
    declared_table,
    read_lines,
    read_power,
)
from traceability.services.reporting.declared.energy import EnergyQuery, read_energy
from traceability.services.reporting.declared.evidence import EvidenceMonth, evidence_table, read_evidence
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report_data import Change, ReportData, has_seals
from traceability.services.reporting.scope import REGION_LEVELS, Whereabouts, find_whereabouts, split_place
from traceability.services.reporting.table import Table

STATISTIC, NO_STATISTIC = "statistic", "no_statistic"  # whether one covers the period of a figure


class FigureAmount(NamedTuple):
    """A figure before it is judged; ``numerator`` None is no data.

    ``columns`` are those whose postings open behind it, ``events`` the declarations. ``basis`` tells
    whether a statistic covers the period, where the figure rests on one, and ``provinces`` how many
    provinces' statistics make the nation's. ``since`` is what was booked or declared since the seals:
    by the book it is not in the figure, by event month it is. ``places`` are those of the postings
    where they are fewer than the figure's, and ``pairs`` their sites and metals; ``factors`` is the version of the factor set used, ``missing`` what has no factor in it.
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


SitePart = tuple[str, str, str, Mapping[str, Amount]]
"""Site, region key, month, and amounts by name."""


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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterable[SitePart]:
        """Return what each site adds to a figure that rests on declarations, and what it lacks.

        Whatever can be subtracted from the figure, or the figure from, has a name.
        """
        return ()

    def list_months(self, reader: Reader, opened: Opened) -> list[EvidenceMonth] | None:
        """Return the months of evidence behind a figure; None where it does not rest on months."""
        return None

    def declaration_table(self, reader: Reader, opened: Opened, viewer: Viewer) -> Table:
        """Return what was declared behind a figure, with what each adds."""
        counted = list(self.list_declarations(reader, opened))
        return declared_table(counted, opened.indicator.base_unit, viewer)


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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return what was tapped with and without a record of power."""
        powered = {(meter.site, meter.region) for meter in data.power}
        for (site, region), tapped_g in data.tapped.items():
            name = "powered" if (site, region) in powered else "rest"
            yield site, region, data.period.last, {name: tapped_g}

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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return the capacity of each line."""
        return _list_lines(data, metals)

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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return renewable and other electricity."""
        for meter in data.power:
            renewable_kwh, kwh = meter.kwh.now if data.by_event_month else meter.kwh.sealed
            amounts = {"renewable": renewable_kwh, "rest": kwh - renewable_kwh, "power": kwh}
            yield meter.site, meter.region, meter.month, amounts

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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return the capacity of each line by level."""
        return _list_lines(data, metals)

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the newest declaration of each line."""
        lines = read_lines(reader, opened.period)
        counted = lines.now if opened.inputs.by_event_month else lines.sealed
        for line in newest_lines(counted, opened.period):
            if line.event in opened.inputs.events:
                at_level_g = line.capacity_g if line.level == self.source.level else 0
                events = tuple(reader.find_events([line.event]).values())
                yield CountedDeclaration(events, at_level_g, line.capacity_g)


def _list_lines(data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
    """Return each line's capacity, once as that of its level: one level tells the sum of the others."""
    for line in data.lines.now if data.by_event_month else data.lines.sealed:
        if not metals or line.metal in metals:
            amounts = {f"level {line.level}": line.capacity_g, "capacity": line.capacity_g}
            yield line.site, line.region, last_month(line.period), amounts


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
                for site in {id(site): site for site in (*counted, *now)}.values()
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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return each site's energy and emissions by source, and what was made with and without records."""
        if data.energy is None:
            return
        month, made = data.period.last, self.source.made
        declared: set[tuple[str, str]] = set()
        for site in data.energy.sites.now if data.by_event_month else data.energy.sites.sealed:
            if not site.counts(self.source.measures, self.source.process, metals):
                continue
            declared.add((site.site, site.region))
            amounts: dict[str, Amount] = {
                measure: site.amount((measure,), self.source.process, metals)
                for measure in get_args(EnergyMeasure)
            }
            amounts["sum"] = site.amount(self.source.measures, self.source.process, metals)
            amounts["made"] = site.output_g(self.source.process, metals)
            yield site.site, site.region, month, amounts
        for (id_, region), by_metal in data.recorded.items():
            if (id_, region) not in declared:
                of_metals = (sums for metal, sums in by_metal.items() if not metals or metal in metals)
                yield id_, region, month, {"rest": made.of(add_sums(of_metals))}

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

    def list_parts(self, data: ReportData, metals: tuple[str, ...]) -> Iterator[SitePart]:
        """Return each month as one with or without all records."""
        for month in data.evidence or ():
            name = "complete" if month.counts(data.by_event_month) else "rest"
            yield month.site.id, month.region, month.month, {name: 1, "months": 1}

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

    def declaration_table(self, reader: Reader, opened: Opened, viewer: Viewer) -> Table:
        """Return the months with the events that make each complete."""
        return evidence_table(self.list_months(reader, opened), opened.inputs.by_event_month, viewer)


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


def rests_on_stock(indicator_id: str) -> bool:
    """Return whether a figure, or what it is judged by, adds up all months before a moment."""
    indicator = INDICATORS.get(indicator_id)
    if indicator is None:
        return False
    behind = (indicator.source, *(INDICATORS[id_].source for id_ in indicator.coverage))
    return any(isinstance(source, LedgerTerms) and source.months != "period" for source in behind)


def rests_on_declarations(indicator_id: str) -> bool:
    """Return whether a figure adds up power meters or smelting lines."""
    indicator = INDICATORS.get(indicator_id)
    return indicator is not None and isinstance(indicator.source, PowerRecords | SmeltingCapacity)
