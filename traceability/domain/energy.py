"""Compute the energy and emissions of a site's processes from what it declared, by factor.

Two figures are never added: electrolysis, ÷ the aluminium tapped, and all other processes, ÷ the
product of melts and direct use and primary metal first made as product. Liquid that one site taps is
made product by its neighbour, so the tonnes of both would count it twice. What a site of several
metals uses is shared out by the mass of each in the period asked, unless a record names its metal or
a line. All amounts are exact fractions of kilograms.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Literal, NamedTuple

from traceability.domain.carbon import FactorSet
from traceability.domain.indicators import PRODUCT_COLUMNS, EnergyMeasure, Process, Sums
from traceability.domain.names import NamesByLanguage
from traceability.domain.quantity import apportion

ALUMINIUM = "Al"

EMISSIONS: tuple[EnergyMeasure, ...] = ("co2_power", "co2_power_market", "co2_fuel", "co2_process")

Share = tuple[Process, str]
"""A group of processes and a metal ('' where nothing was made to share it out by)."""


class Benchmark(NamedTuple):
    """Benchmark and baseline (标杆、基准) of a process, in the unit of an indicator."""

    indicator: str
    metal: str
    unit: str
    benchmark: Fraction
    baseline: Fraction
    names: NamesByLanguage
    verified: bool = False


class EnergyRecord(NamedTuple):
    """What one declaration states, as it counts: power in kWh, fuel in its unit, or emissions in kg.

    ``metal`` is that which it names, by itself or by its line; '' is shared out. ``month`` is the
    last of its period, whose grid factor counts.
    """

    event: str
    type: Literal["power", "fuel", "emission"]
    region: str
    month: str
    metal: str = ""
    kwh: int = 0
    renewable_kwh: int = 0
    fuel: str = ""
    fuel_unit: str = ""
    fuel_amount: Fraction = Fraction(0)
    co2_kg: Fraction = Fraction(0)


class RecordAmounts(NamedTuple):
    """A record by measure; a measure whose factor is not known is left out."""

    record: EnergyRecord
    by_measure: Mapping[EnergyMeasure, Fraction]

    @property
    def missing(self) -> str:
        """What has no factor: the fuel with its unit, or the grid's region; '' nothing."""
        if self.record.type == "fuel" and not self.by_measure:
            return f"{self.record.fuel or '?'} ({self.record.fuel_unit})"
        if self.record.type == "power" and "co2_power" not in self.by_measure:
            return self.record.region
        return ""


def compute_amounts(record: EnergyRecord, factors: FactorSet) -> RecordAmounts:
    """Return what a record adds to each measure, in kWh, kgce and kg CO2e."""
    if record.type == "emission":
        return RecordAmounts(record, {"co2_process": record.co2_kg})
    if record.type == "fuel":
        factor = factors.find_fuel(record.fuel, record.fuel_unit)
        if factor is None:
            return RecordAmounts(record, {})
        amount = record.fuel_amount
        return RecordAmounts(record, {"kgce": amount * factor.kgce, "co2_fuel": amount * factor.co2_kg})
    amounts: dict[EnergyMeasure, Fraction] = {
        "kwh": Fraction(record.kwh),
        "kgce": record.kwh * factors.power_kgce,
    }
    grid = factors.find_grid(record.region, record.month)
    if grid is not None:
        amounts["co2_power"] = record.kwh * grid.kg_per_kwh
        amounts["co2_power_market"] = (record.kwh - record.renewable_kwh) * grid.kg_per_kwh
    return RecordAmounts(record, amounts)


def list_outputs(sums_by_metal: Mapping[str, Sums]) -> dict[Share, int]:
    """Return what a site made in a period, in grams by process and metal.

    Aluminium that was tapped stands for electrolysis, and the products of a site that tapped it are
    left out: they are made of that liquid.
    """
    outputs: dict[Share, int] = {}
    for metal, sums in sums_by_metal.items():
        tapped_g = sums.get("molten_tapped", 0)
        if metal == ALUMINIUM and tapped_g > 0:
            outputs["electrolysis", metal] = tapped_g
            continue
        made_g = sum(sums.get(column, 0) for column in PRODUCT_COLUMNS)
        if made_g > 0:
            outputs["other", metal] = made_g
    return outputs


Part = tuple[Share, EnergyMeasure]
"""What is added up: a measure of a group of processes and a metal."""

_EXACT = 10**9  # parts of a kilogram (or kWh) that are shared out: micrograms


def share_out(one: RecordAmounts, outputs: Mapping[Share, int], usual: Process) -> dict[Part, Fraction]:
    """Return what a record adds to each process and metal of its site, exactly its amounts in all.

    ``usual`` is the process of a site that made nothing in the period. Micrograms that do not divide
    go by largest remainder, as grams of metal do.
    """
    metal = one.record.metal
    if metal:
        made = [share for share in outputs if share[1] == metal]
        process = made[0][0] if made else usual if metal == ALUMINIUM else "other"
        shares: Mapping[Share, int] = {(process, metal): 1}
    else:
        shares = outputs or {(usual, ""): 1}
    if len(shares) == 1:
        (share,) = shares
        return {(share, measure): amount for measure, amount in one.by_measure.items()}
    parts: dict[Part, Fraction] = {}
    for measure, amount in one.by_measure.items():
        whole = int(amount * _EXACT)
        for share, part in apportion(whole, shares).items():
            parts[share, measure] = Fraction(part, _EXACT)
        parts[min(shares), measure] += amount - Fraction(whole, _EXACT)  # below a microgram
    return parts


@dataclass(frozen=True, slots=True)
class SiteEnergy:
    """What a site of a region declared for a period, and what it made in it.

    ``parts`` are what each record adds, ``sums`` all of them together.
    """

    site: str
    region: str
    records: tuple[RecordAmounts, ...]
    outputs: Mapping[Share, int]
    parts: tuple[Mapping[Part, Fraction], ...]
    sums: Mapping[Part, Fraction]

    def counts(self, measures: Collection[EnergyMeasure], process: Process, metals: Collection[str]) -> bool:
        """Return whether the site declared anything of the kind that some measures add up.

        All sources of emissions are divided by the same tonnes: those of sites that declared any.
        """
        family = EMISSIONS if set(measures) & set(EMISSIONS) else measures
        return any(measure in family and _is_of(share, process, metals) for share, measure in self.sums)

    def amount(
        self, measures: Collection[EnergyMeasure], process: Process, metals: Collection[str]
    ) -> Fraction:
        """Return the sum of some measures over a group of processes and metals (() all)."""
        return _add_up(self.sums, measures, process, metals)

    def list_amounts(
        self, measures: Collection[EnergyMeasure], process: Process, metals: Collection[str]
    ) -> list[tuple[EnergyRecord, Fraction]]:
        """Return what each record adds to such a sum; records that add nothing are left out."""
        amounts = [
            (one.record, _add_up(parts, measures, process, metals))
            for one, parts in zip(self.records, self.parts, strict=True)
        ]
        return [(record, amount) for record, amount in amounts if amount]

    def list_metals(self, process: Process, metals: Collection[str]) -> list[str]:
        """Return the metals of a group of processes that the site made, of some (() all)."""
        return [share[1] for share in self.outputs if _is_of(share, process, metals)]

    def output_g(self, process: Process, metals: Collection[str]) -> int:
        """Return what a group of processes made of some metals (() all)."""
        return sum(grams for share, grams in self.outputs.items() if _is_of(share, process, metals))


def compute_site(
    site: str, region: str, usual: Process, records: Iterable[EnergyRecord],
    sums_by_metal: Mapping[str, Sums], factors: FactorSet,
) -> SiteEnergy:  # fmt: skip
    """Return the energy of a site by the factors of one set."""
    amounts = tuple(compute_amounts(record, factors) for record in records)
    outputs = list_outputs(sums_by_metal)
    parts = tuple(share_out(one, outputs, usual) for one in amounts)
    sums: dict[Part, Fraction] = {}
    for added in parts:
        for part, amount in added.items():
            sums[part] = sums.get(part, Fraction(0)) + amount
    return SiteEnergy(site, region, amounts, outputs, parts, sums)


def _is_of(share: Share, process: Process, metals: Collection[str]) -> bool:
    return share[0] == process and (not metals or share[1] in metals)


def _add_up(
    parts: Mapping[Part, Fraction], measures: Collection[EnergyMeasure], process: Process,
    metals: Collection[str],
) -> Fraction:  # fmt: skip
    amounts = [
        amount
        for (share, measure), amount in parts.items()
        if measure in measures and _is_of(share, process, metals)
    ]
    # Most sums have one part, and adding to a fraction of 0 costs as much as any other addition.
    return reduce(add, amounts) if amounts else Fraction(0)


def list_missing(sites: Iterable[SiteEnergy]) -> list[str]:
    """Return the fuels and regions without a factor, each once, in order."""
    return sorted({one.missing for site in sites for one in site.records if one.missing})
