"""Hold versioned factor sets, and estimate carbon footprints by them (screening, not ISO 14067).

What sites declare of energy and emissions is computed by the same sets (``domain.energy``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.names import NamesByLanguage
from traceability.domain.place import province_of
from traceability.domain.recycled_content import RecycledContent
from traceability.domain.vocabulary import NATION


class MetalFactors(NamedTuple):
    """Tonnes of CO2e per tonne of metal by route.

    ``verified`` are the routes whose factor has a cited source.
    """

    primary: Fraction
    recycled: Fraction
    verified: tuple[str, ...] = ()


class GridFactor(NamedTuple):
    """kg CO2 per kWh of a region's grid, in force from a month on ('' always)."""

    region: str
    kg_per_kwh: Fraction
    valid_from: str = ""
    verified: bool = False


class FuelFactor(NamedTuple):
    """kgce and kg CO2 of one unit of a fuel; a fuel measured in several units has one each."""

    fuel: str
    unit: str
    kgce: Fraction
    co2_kg: Fraction
    names: NamesByLanguage = ()
    verified: bool = False


KGCE_PER_KWH = Fraction("0.1229")  # GB/T 2589, calorific value of electricity


@dataclass(frozen=True, slots=True)
class FactorSet:
    """Factors that belong together; every figure made with them names the ``version``.

    ``grid`` are those of regions and of the nation, for regions without their own. ``power_kgce``
    is kgce per kWh.
    """

    version: str
    valid_from: str
    metals: Mapping[str, MetalFactors] = field(default_factory=dict)
    grid: tuple[GridFactor, ...] = ()
    note: str = ""
    fuels: tuple[FuelFactor, ...] = ()
    power_kgce: Fraction = KGCE_PER_KWH

    def find_grid(self, region: str, month: str) -> GridFactor | None:
        """Return the grid factor in force for a region in a month: its own, or the nation's."""
        for code in (region, province_of(region), NATION):
            valid = [one for one in self.grid if one.region == code and one.valid_from <= month]
            if valid:
                return max(valid, key=lambda one: one.valid_from)
        return None

    def find_fuel(self, name: str, unit: str) -> FuelFactor | None:
        """Return the factor of a fuel in a unit, by its id or by a name in any language."""
        return find_fuel(self.fuels, name, unit)


def find_fuel(fuels: Iterable[FuelFactor], name: str, unit: str) -> FuelFactor | None:
    """Return the factor of a fuel in a unit, by its id or by a name in any language."""
    wanted = name.strip().casefold()
    for one in fuels:
        if one.unit == unit and wanted in {one.fuel, *(word.casefold() for _, word in one.names)}:
            return one
    return None


class Footprint(NamedTuple):
    """A screening estimate in t CO2e per t of metal, not ISO 14067.

    ``avoided`` stands apart and is never netted.
    """

    value: Fraction
    avoided: Fraction
    version: str  # of the factor set
    verified: bool  # whether every factor used has a cited source


def screening_footprint(content: RecycledContent, metal: str, factors: FactorSet | None) -> Footprint | None:
    """Return Σ share × factor of class, where unknown counts as primary.

    None without metal or without factors for it.
    """
    of_metal = factors.metals.get(metal) if factors else None
    share = content.share
    if factors is None or of_metal is None or share is None:
        return None
    value = share * of_metal.recycled + (1 - share) * of_metal.primary
    used = {route for route, part in (("recycled", share), ("primary", 1 - share)) if part}
    avoided = share * (of_metal.primary - of_metal.recycled)
    return Footprint(value, avoided, factors.version, used <= set(of_metal.verified))


def factors_in_force(sets: Iterable[FactorSet], day: str) -> FactorSet | None:
    """Return the newest factor set valid on an ISO day; before the first one, the first."""
    ordered = sorted(sets, key=lambda factors: (factors.valid_from, factors.version))
    valid = [factors for factors in ordered if factors.valid_from <= day]
    return valid[-1] if valid else (ordered[0] if ordered else None)
