"""Read what sites declared of power, fuel and process emissions, with what they made, for a period."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from graph.store import Reader, TallyFilter
from traceability.domain.carbon import FactorSet, factors_in_force
from traceability.domain.claims import Claim
from traceability.domain.declarations import SmeltingLine
from traceability.domain.energy import EnergyRecord, SiteEnergy, compute_site
from traceability.domain.indicators import Process, Sums, add_sums
from traceability.domain.period import Period, pick_periods
from traceability.domain.place import Site, places_of
from traceability.domain.posting import view_of
from traceability.services.directory.reference import factor_sets_in
from traceability.services.reporting.declared.declarations import (
    SealedAndNow,
    SiteRecord,
    list_record_claims_of,
    read_lines,
    read_records,
    within,
)
from traceability.services.reporting.scope import in_view

TYPES = ("power", "fuel", "emission")
NO_FACTORS = FactorSet("", "")

Stay = tuple[str, str]
"""(site, region key): a site while it was in one region."""
SiteSums = Mapping[Stay, Mapping[str, Sums]]
"""Sums of tally columns by site and region, then metal."""


class EnergyUse(NamedTuple):
    """The energy of every site that declared any, in each of its regions, as seals found it and as it is now.

    ``factors`` is the version of the factor set that both were computed by, '' without one.
    """

    sites: SealedAndNow[list[SiteEnergy]]
    factors: str


@dataclass(frozen=True, slots=True)
class EnergyQuery:
    """Which sites, period and view of the months are asked.

    ``sealed`` is whether any month is sealed, so that rows may have been booked later.
    """

    sites: Mapping[str, Site]
    period: Period
    by_event_month: bool
    sealed: bool


def read_energy(reader: Reader, query: EnergyQuery) -> EnergyUse:
    """Return the energy of sites in a period, by the factor set in force at its end."""
    period = query.period
    records = read_records(reader, _list_claims(reader, query.sites, period))
    sealed, now = _pick(records.sealed, period), _pick(records.now, period)
    declared = sorted({*sealed, *now})
    made = _read_outputs(reader, declared, query)
    lines = read_lines(reader, period) if declared else SealedAndNow[list[SmeltingLine]]([], [])
    factors = factors_in_force(factor_sets_in(reader), period.last + "-31") or NO_FACTORS

    computed: dict[Stay, tuple[object, SiteEnergy]] = {}

    def compute(
        counted: Mapping[Stay, list[SiteRecord]], outputs: SiteSums, declared_lines: Iterable[SmeltingLine]
    ) -> list[SiteEnergy]:
        metals = {(line.site, line.line): line.metal for line in declared_lines}
        listed = []
        for stay, found in sorted(counted.items()):
            records, made_there = [_read(record, metals) for record in found], outputs.get(stay, {})
            before = computed.get(stay)
            # Few sites declare anything after a seal: all others are as the seal found them.
            if before is None or before[0] != (records, made_there):
                process = usual_process(query.sites[stay[0]], period)
                energy = compute_site(*stay, process, records, made_there, factors)
                before = computed[stay] = ((records, made_there), energy)
            listed.append(before[1])
        return listed

    sites = SealedAndNow(compute(sealed, made.sealed, lines.sealed), compute(now, made.now, lines.now))
    return EnergyUse(sites, factors.version)


def usual_process(site: Site, period: Period) -> Process:
    """Return the process whose energy a site declares while it makes nothing."""
    return "electrolysis" if "electrolysis" in site.kinds_at(period.end_ms - 1) else "other"


def _list_claims(reader: Reader, sites: Mapping[str, Site], period: Period) -> list[Claim]:
    return [
        claim
        for type_ in TYPES
        for of_site in list_record_claims_of(reader, type_, sites).values()
        for claim in of_site
        if within(period, claim)
    ]


def _pick(records: Iterable[SiteRecord], period: Period) -> dict[Stay, list[SiteRecord]]:
    """Return by site and region what counts for the period of each meter, fuel and source of emissions.

    A whole year counts by its yearly record where there is one, else by its months.
    """
    by_key: dict[tuple[str, ...], dict[str, SiteRecord]] = {}
    for record in records:
        detail = record.detail
        key: tuple[str, ...] = (record.site, detail.type, detail.line, detail.fuel, detail.emission)
        by_key.setdefault(key, {})[detail.period] = record
    by_stay: dict[Stay, list[SiteRecord]] = {}
    for key, by_period in sorted(by_key.items()):
        picked, _missing = pick_periods(period, dict.fromkeys(by_period, 0))
        for declared in picked:
            record = by_period[declared]
            by_stay.setdefault((key[0], record.region), []).append(record)
    return by_stay


def _read(record: SiteRecord, metals: Mapping[tuple[str, str], str]) -> EnergyRecord:
    detail, figures = record.detail, record.detail.figures
    month = detail.period if len(detail.period) > 4 else f"{detail.period}-12"
    amount, unit = Fraction(figures.get("fuel_milli", 0), 1_000), detail.fuel_unit
    if "fuel_g" in figures:
        amount, unit = Fraction(figures["fuel_g"], 1_000), "kg"
    assert detail.type in TYPES
    return EnergyRecord(
        record.event,
        detail.type,  # type: ignore[arg-type]
        record.region,
        month,
        detail.metal or metals.get((record.site, detail.line), ""),
        figures.get("kwh", 0),
        figures.get("renewable_kwh", 0),
        detail.fuel,
        unit,
        amount,
        Fraction(figures.get("co2_g", 0), 1_000),
    )


def _read_outputs(reader: Reader, stays: Collection[Stay], query: EnergyQuery) -> SealedAndNow[SiteSums]:
    """Return the sums of tally columns in the period by site and metal, as sealed and as it is now."""
    period = query.period
    shown = _read_sums(reader, stays, TallyFilter((), (), *period, query.by_event_month))
    if not query.sealed:
        return SealedAndNow(shown, shown)
    later = _read_sums(reader, stays, TallyFilter((), (), *period, True, booked_after=period.last))
    other = _add(shown, later, -1 if query.by_event_month else 1)
    return SealedAndNow(other, shown) if query.by_event_month else SealedAndNow(shown, other)


def _read_sums(reader: Reader, stays: Collection[Stay], wanted: TallyFilter) -> SiteSums:
    if not stays:
        return {}
    places = {places_of(site, region)[0]: (site, region) for site, region in stays}
    wanted = replace(wanted, places=tuple(in_view(places, by_event_month=wanted.by_event_month)))
    sums: dict[Stay, dict[str, Sums]] = {}
    for tally in reader.sum_tallies(wanted, by=("place", "metal")):
        by_metal = sums.setdefault(places[view_of(tally.place)[0]], {})
        by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def _add(sums: SiteSums, later: SiteSums, sign: int) -> SiteSums:
    added: dict[Stay, dict[str, Sums]] = {}
    for site in {**sums, **later}:
        before, after = sums.get(site, {}), later.get(site, {})
        added[site] = {
            metal: add_sums(
                (
                    before.get(metal, {}),
                    {column: sign * grams for column, grams in after.get(metal, {}).items()},
                )
            )
            for metal in {**before, **after}
        }
    return added
