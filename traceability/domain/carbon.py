"""Estimate carbon footprints (screening, not ISO 14067) from versioned factor sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.recycled_content import RecycledContent


class MetalFactors(NamedTuple):
    """Tonnes of CO2e per tonne of metal by route.

    ``verified`` are the routes whose factor has a cited source.
    """

    primary: Fraction
    recycled: Fraction
    verified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorSet:
    """Factors that belong together; a footprint names the ``version`` that it used.

    ``grid`` is kg CO2 per kWh by region code, the nation's for regions without their own.
    """

    version: str
    valid_from: str
    metals: Mapping[str, MetalFactors] = field(default_factory=dict)
    grid: Mapping[str, Fraction] = field(default_factory=dict)
    note: str = ""


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
