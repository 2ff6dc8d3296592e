"""Read an indicator's figures from its source, and open what is behind them.

Each kind of source of ``domain.indicators`` has one class here. It knows the amount of a place
(``amount``) and what the amount rests on: declarations with what each adds, or months of evidence.
Postings are opened by the columns of the amount, whatever the source (``postings``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graph.store import Reader, TallyFilter
from traceability.domain.declarations import SmeltingLine, capacity_at, newest_lines
from traceability.domain.event import Event
from traceability.domain.indicators import (
    INDICATORS,
    TEN_METAL_OUTPUT,
    Indicator,
    LedgerTerms,
    MonthlyEvidence,
    OutputStatistic,
    PowerRecords,
    SmeltingCapacity,
    add_sums,
    metals_for,
)
from traceability.domain.material import Reference
from traceability.domain.period import Period
from traceability.domain.place import Site, places_of
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declarations import (
    CountedDeclaration,
    SealedAndNow,
    SitePower,
    Statistics,
    amounts_of,
    declared_table,
    read_lines,
    read_power,
    read_statistics,
)
from traceability.services.reporting.evidence import EvidenceMonth, evidence_table, read_evidence
from traceability.services.reporting.postings import FigureInputs
from traceability.services.reporting.scope import touches
from traceability.services.reporting.table import Table

STATISTIC, BOOK, MIXED_BASIS = "statistic", "book", "mixed"  # what ten-metal output rests on

PlaceSums = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Sums of tally columns by place, then metal."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What one report reads from the store, once for all its figures.

    ``sums`` are of the period; ``liquid_before`` of all months before it, of liquid metal.
    ``evidence`` None was not asked for. ``sited`` are the places that have sites.
    """

    reference: Reference
    period: Period
    chosen: tuple[str, ...]
    by_event_month: bool
    within: list[str]
    sums: PlaceSums
    liquid_before: PlaceSums
    statistics: Statistics
    power: list[SitePower]
    lines: SealedAndNow[list[SmeltingLine]]
    evidence: list[EvidenceMonth] | None
    sited: set[str]
    kept_sums: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, int]] = field(default_factory=dict)

    def add_up(self, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
        """Return the sums of the period; kept, because several figures ask for the same."""
        key = (places, metals)
        if key not in self.kept_sums:
            self.kept_sums[key] = _add_places(self.sums, places, metals)
        return self.kept_sums[key]

    def add_up_before(self, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
        """Return the sums of all months before the period."""
        return _add_places(self.liquid_before, places, metals)


def _add_places(sums: PlaceSums, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
    return add_sums(
        by_column
        for place in places
        for metal, by_column in sums.get(place, {}).items()
        if not metals or metal in metals
    )


def read_report_data(
    reader: Reader, places: tuple[str, ...], within: list[str], period: Period, chosen: tuple[str, ...],
    *, by_event_month: bool, evidence: bool, now_ms: int,
) -> ReportData:  # fmt: skip
    """Read two sums of tallies and the declarations of a period, whatever the number of lots."""
    reference = reference_in(reader)

    def read_sums(metals: tuple[str, ...], first: str, last: str) -> PlaceSums:
        sums: dict[str, dict[str, Mapping[str, int]]] = {}
        wanted = TallyFilter(places, metals, first, last, by_event_month)
        for tally in reader.sum_tallies(wanted, by=("place", "metal")):
            if any(tally.sums.values()):
                sums.setdefault(tally.place, {})[tally.metal] = tally.sums
        return sums

    liquid = metals_for("Al", chosen, ())
    sites = sites_at(reference, places)
    electrolysis = [site.id for site in sites.values() if site.was_ever("electrolysis")]
    lines = read_lines(reader, period)
    return ReportData(
        reference=reference,
        period=period,
        chosen=chosen,
        by_event_month=by_event_month,
        within=within,
        sums=read_sums(chosen, period.first, period.last),
        liquid_before=read_sums(liquid, "", period.before) if liquid else {},
        statistics=read_statistics(reader, period),
        power=read_power(reader, electrolysis, period) if liquid else [],
        lines=SealedAndNow(_newest(lines.sealed, period), _newest(lines.now, period)),
        evidence=read_evidence(reader, sites, period, now_ms) if evidence else None,
        sited={place for site in sites.values() for place in places_of(site.id, site.region)},
    )


def sites_at(reference: Reference, places: Collection[str]) -> dict[str, Site]:
    """Return the sites whose figures are tallied at any of the places, by id."""
    return {site.id: site for site in reference.sites.values() if touches(places, site.id, site.region)}


def _newest(lines: list[SmeltingLine], period: Period) -> list[SmeltingLine]:
    counted = set(newest_lines(lines, period))
    return [line for line in lines if line in counted]


class FigureAmount(NamedTuple):
    """A figure before it is judged; ``numerator`` None is no data.

    ``columns`` are those whose postings open behind it, ``events`` the declarations. ``basis`` and
    ``provinces`` tell what ten-metal output rests on. ``now`` is what is declared now, where that
    differs from what the seals found.
    """

    numerator: int | None
    denominator: int | None
    columns: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    basis: str = ""
    now: tuple[int, int] | None = None
    provinces: int = 0


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
        recorded = bool(sums)
        if self.source.months != "period":
            before = data.add_up_before(places, metals)
            recorded = bool(before or sums)
            sums = before if self.source.months == "before_start" else add_sums((before, sums))
        if indicator.kind == "mass" and not recorded:
            return FigureAmount(None, None, indicator.columns)
        numerator, denominator, _ = indicator.compute(sums)
        return FigureAmount(numerator, denominator, indicator.columns)


class _Output(NamedTuple):
    """Ten-metal output in grams and what it rests on."""

    grams: int
    basis: str
    events: tuple[str, ...] = ()
    provinces: int = 0


@dataclass(frozen=True, slots=True)
class StatisticSource(FigureSource):
    """Ten-metal output: by statistic where that covers the period wholly, else the book's.

    The nation's own statistic goes first, then all provinces'. A group adds up what its members
    rest on.
    """

    source: OutputStatistic

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Return the output itself, or the share of it."""
        parts = [output_of(data, place, metals) for place in places]
        bases = {part.basis for part in parts}
        basis = bases.pop() if len(bases) == 1 else MIXED_BASIS
        output_g = sum(part.grams for part in parts)
        events = tuple(id_ for part in parts for id_ in part.events)
        provinces = sum(part.provinces for part in parts)
        sums = data.add_up(places, metals)
        if self.source.share_of is None:
            numerator = output_g if sums or basis != BOOK else None
            columns = () if basis == STATISTIC else indicator.columns
            return FigureAmount(numerator, None, columns, events, basis, None, provinces)
        columns = self.source.share_of.columns if basis == STATISTIC else indicator.columns
        return FigureAmount(self.source.share_of.of(sums), output_g, columns, events, basis, None, provinces)

    def list_declarations(self, reader: Reader, opened: Opened) -> Iterator[CountedDeclaration]:
        """Return the statistics, each with the output that it states."""
        for event in _find_live(reader, opened.inputs.events).values():
            yield CountedDeclaration((event,), amounts_of(event).get("output_g", 0), None)


def output_of(data: ReportData, place: str, metals: tuple[str, ...]) -> _Output:
    """Return the ten-metal output of one place."""
    level, _, code = place.partition(":")
    covered = data.statistics.cover(code, metals, data.period) if level != "site" else None
    if covered is not None:
        return _Output(covered[0], STATISTIC, covered[1])
    of_provinces = _output_of_provinces(data, metals) if level == "nation" else None
    return of_provinces or _Output(TEN_METAL_OUTPUT.of(data.add_up((place,), metals)), BOOK)


def _output_of_provinces(data: ReportData, metals: tuple[str, ...]) -> _Output | None:
    """Add up the statistics of all provinces.

    Return None where there are none, or where a province with sites or figures in the book has
    none.
    """
    total = number = 0
    events: list[str] = []
    for place in data.within:
        covered = data.statistics.cover(place.partition(":")[2], metals, data.period)
        if covered is not None:
            total += covered[0]
            number += 1
            events += covered[1]
        elif place in data.sited or data.sums.get(place):
            return None
    return _Output(total, STATISTIC, tuple(events), number) if number else None


@dataclass(frozen=True, slots=True)
class PowerSource(FigureSource):
    """Renewable electricity of all electricity that sites' meters declare."""

    source: PowerRecords

    def amount(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> FigureAmount:
        """Add up the sites' kilowatt hours."""
        power = [site for site in data.power if touches(places, site.site, site.region)]
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
            [line for line in lines if touches(places, line.site, line.region)] for lines in data.lines
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
        months = [month for month in data.evidence or () if touches(places, month.site.id, month.site.region)]
        sealed = sum(month.complete_at_seal for month in months)
        now = sum(month.complete for month in months)
        return _declared_amount(data, (sealed, len(months)), (now, len(months)), ())

    def list_months(self, reader: Reader, opened: Opened) -> list[EvidenceMonth]:
        """Return the months of each site, those that do not count first."""
        sites = sites_at(reference_in(reader), opened.inputs.places)
        months = read_evidence(reader, sites, opened.period, opened.now_ms)
        by_event_month = opened.inputs.by_event_month
        return sorted(months, key=lambda month: (month.counts(by_event_month), month.site.id, month.month))

    def declaration_table(self, reader: Reader, opened: Opened, seen_sites: Collection[str]) -> Table:
        """Return the months with the events that make each complete."""
        return evidence_table(self.list_months(reader, opened), opened.inputs.by_event_month, seen_sites)


def _declared_amount(
    data: ReportData, sealed: tuple[int, int], now: tuple[int, int], events: Sequence[str]
) -> FigureAmount:
    """Return what was declared as seals found it, beside what is declared now.

    By event month it is only the latter.
    """
    events = tuple(dict.fromkeys(events))
    if data.by_event_month:
        return FigureAmount(*now, (), events)
    return FigureAmount(*sealed, (), events, "", now if now != sealed else None)


def _add_pairs(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(pairs)
    return sum(part for part, _ in listed), sum(whole for _, whole in listed)


def _find_live(reader: Reader, ids: Collection[str]) -> dict[str, Event]:
    events = reader.find_events(ids) if ids else {}
    return {id_: event for id_, event in events.items() if event.live}


_SOURCES: dict[type, Callable[[Any], FigureSource]] = {
    LedgerTerms: LedgerSource,
    OutputStatistic: StatisticSource,
    PowerRecords: PowerSource,
    SmeltingCapacity: CapacitySource,
    MonthlyEvidence: EvidenceSource,
}


def source_of(indicator: Indicator) -> FigureSource:
    """Return what reads an indicator's figures and opens them."""
    return _SOURCES[type(indicator.source)](indicator.source)


def needs_evidence(indicator_id: str) -> bool:
    """Return whether a figure is only in reports that read the monthly evidence."""
    indicator = INDICATORS.get(indicator_id)
    return indicator is not None and isinstance(indicator.source, MonthlyEvidence)
