"""Compute how much of a region's output this book records, by the statistic of its authority.

A share of a book that holds a few firms says nothing of their province. So coverage stands beside
every share, and a target gets a verdict only where coverage is within bounds (``domain.verdict``).
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.quantity import PPM


class CoverageBounds(NamedTuple):
    """The coverage from which up to which targets are judged, both ends included; editable data."""

    low_ppm: int = 800_000
    high_ppm: int = 1_020_000

    @property
    def low(self) -> Fraction:
        """The least coverage that is enough, a share of one."""
        return Fraction(self.low_ppm, PPM)

    @property
    def high(self) -> Fraction:
        """The greatest coverage that can be true, a share of one."""
        return Fraction(self.high_ppm, PPM)


DEFAULT_BOUNDS = CoverageBounds()


class CoverageLevel(StrEnum):
    """Where coverage lies; unknown where no statistic covers the period."""

    UNKNOWN = "unknown"
    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the book holds of what a statistic states, in the same unit.

    ``indicator`` is the id of the coverage itself, which opens like any figure. ``statistic`` None:
    none covers the period wholly. ``bounds`` are those between which targets are judged.
    """

    indicator: str
    amount: int
    statistic: int | None
    bounds: CoverageBounds = DEFAULT_BOUNDS

    @property
    def value(self) -> Fraction | None:
        """The exact share; None without a statistic, or of a statistic of 0."""
        return Fraction(self.amount, self.statistic) if self.statistic else None

    @property
    def level(self) -> CoverageLevel:
        """Where it lies, unrounded.

        A statistic of 0 is covered by a book that holds nothing, and exceeded by any other.
        """
        if self.statistic is None:
            return CoverageLevel.UNKNOWN
        low, high = (ppm * self.statistic for ppm in self.bounds)
        if self.amount < 0 or self.amount * PPM < low:
            return CoverageLevel.BELOW
        return CoverageLevel.ABOVE if self.amount * PPM > high else CoverageLevel.WITHIN
