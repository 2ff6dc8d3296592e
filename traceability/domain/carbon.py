"""How much CO2 stands behind a tonne: versioned factor sets for the screening footprint (not ISO 14067)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple


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
