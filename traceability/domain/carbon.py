"""Estimate carbon footprints (screening, not ISO 14067) from versioned factor sets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.recycled_content import RecycledContent


class MetalFactors(NamedTuple):
    """t CO2e per t of metal by the primary and the recycled route; ``verified`` tells which have a cited source."""

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
    """A screening estimate in t CO2e per t of metal, not ISO 14067; ``avoided`` stands apart and is never netted."""

    value: Fraction
    avoided: Fraction
    version: str  # of the factor set
    verified: bool  # whether every factor used has a cited source


def screening_footprint(content: RecycledContent, metal: str, factors: FactorSet | None) -> Footprint | None:
    """Σ share × factor of class; unknown counts as primary. None without metal or without factors for it."""
    known = factors.metals.get(metal) if factors else None
    share = content.share
    if factors is None or known is None or share is None:
        return None
    value = share * known.recycled + (1 - share) * known.primary
    used = {route for route, part in (("recycled", share), ("primary", 1 - share)) if part}
    avoided = share * (known.primary - known.recycled)
    return Footprint(value, avoided, factors.version, used <= set(known.verified))


def factors_in_force(sets: Iterable[FactorSet], day: str) -> FactorSet | None:
    """The newest factor set valid on an ISO day; before the first one, the first."""
    ordered = sorted(sets, key=lambda one: (one.valid_from, one.version))
    valid = [one for one in ordered if one.valid_from <= day]
    return valid[-1] if valid else (ordered[0] if ordered else None)
