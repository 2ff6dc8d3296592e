"""Compute what a share would be if more metal were recycled, less primary made, or more liquid alloyed directly.

Everything is exact: grams are integers, shares fractions. A supply share is (R + r) ÷ whole, and the whole
is that of its method:

- supply method: R + P, which grows with r and shrinks with the primary metal that is not made;
- official ratio: the statistic T10 as it is. It shrinks with the primary metal that is not made, and
  grows with r only where that is refined metal, which statistics of ten-metal output count.

A target t is reached when (1 − t·g)·r + t·p ≥ t·whole − R, with g = 1 where r enters the whole, else 0.
So every amount that closes a gap is the least whole number of grams that satisfies it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from traceability.domain.errors import BadInput
from traceability.domain.quantity import MAX_SUM_G


class SupplyLevers(NamedTuple):
    """Grams of recycled metal made beyond what was, and of primary metal not made."""

    recycled_g: int = 0
    less_primary_g: int = 0


NOTHING_CHANGED = SupplyLevers()


@dataclass(frozen=True, slots=True)
class Supply:
    """Recycled and primary output, and what the share divides by, in grams.

    ``grows`` is whether recycled metal that is added enters the whole too.
    """

    recycled_g: int
    primary_g: int
    whole_g: int
    grows: bool

    @property
    def share(self) -> Fraction | None:
        """Recycled output ÷ whole; None of nothing."""
        return Fraction(self.recycled_g, self.whole_g) if self.whole_g > 0 else None

    def change(self, levers: SupplyLevers) -> "Supply":
        """Return the supply after the levers. Raises BadInput where they cannot be."""
        check_levers(levers, self.primary_g)
        added = levers.recycled_g if self.grows else 0
        whole = self.whole_g + added - levers.less_primary_g
        if whole <= 0 < self.whole_g:
            raise BadInput("what_if.nothing_left")
        return Supply(
            self.recycled_g + levers.recycled_g, self.primary_g - levers.less_primary_g, whole, self.grows
        )

    def missing(self, target: Fraction) -> Fraction:
        """Return target × whole − recycled output, not rounded; negative beyond the target."""
        return target * self.whole_g - self.recycled_g

    def close_by_recycled(self, target: Fraction) -> int | None:
        """Return the least recycled metal, in grams, that reaches a target; None where no amount does."""
        per_gram = 1 - target if self.grows else Fraction(1)
        return self._close(target, per_gram)

    def close_by_less_primary(self, target: Fraction) -> int | None:
        """Return the least primary metal not made, in grams, that reaches a target; None where all is not enough."""
        grams = self._close(target, target)
        return grams if grams is not None and grams <= self.primary_g and grams < self.whole_g else None

    def close_by_both(self, target: Fraction) -> SupplyLevers | None:
        """Return levers that each close half of the gap, together just enough; None where they cannot."""
        missing = self.missing(target)
        if missing <= 0:
            return NOTHING_CHANGED
        per_gram = 1 - target if self.grows else Fraction(1)
        if per_gram <= 0 or target <= 0 or self.whole_g <= 0:
            return None
        recycled_g = ceil(missing / 2 / per_gram)
        less_g = max(0, ceil((missing - per_gram * recycled_g) / target))
        added = recycled_g if self.grows else 0
        enough = less_g <= self.primary_g and less_g < self.whole_g + added
        return SupplyLevers(recycled_g, less_g) if enough else None

    def _close(self, target: Fraction, per_gram: Fraction) -> int | None:
        missing = self.missing(target)
        if missing <= 0:
            return 0
        return ceil(missing / per_gram) if per_gram > 0 and self.whole_g > 0 else None


@dataclass(frozen=True, slots=True)
class Liquid:
    """Liquid metal tapped, and of it what was alloyed directly, in grams."""

    direct_g: int
    tapped_g: int

    @property
    def share(self) -> Fraction | None:
        """Alloyed directly ÷ tapped; None of nothing."""
        return Fraction(self.direct_g, self.tapped_g) if self.tapped_g > 0 else None

    def change(self, more_direct_g: int) -> "Liquid":
        """Return the liquid with more of it alloyed directly. Raises BadInput where there is not so much."""
        _check_amount(more_direct_g)
        most = max(0, self.tapped_g - self.direct_g)
        if more_direct_g > most:
            raise BadInput("what_if.more_direct_than_tapped", amount=more_direct_g, most=most)
        return Liquid(self.direct_g + more_direct_g, self.tapped_g)

    def missing(self, target: Fraction) -> Fraction:
        """Return target × tapped − alloyed directly, not rounded; negative beyond the target."""
        return target * self.tapped_g - self.direct_g

    def close(self, target: Fraction) -> int | None:
        """Return the least liquid, in grams, that reaches a target when alloyed directly; None of nothing."""
        if self.tapped_g <= 0:
            return None
        grams = max(0, ceil(self.missing(target)))
        return grams if grams <= self.tapped_g - self.direct_g else None


def check_levers(levers: SupplyLevers, primary_g: int) -> None:
    """Refuse levers that are negative, beyond any output, or take away more primary metal than there is.

    Raises BadInput.
    """
    for grams in levers:
        _check_amount(grams)
    if levers.less_primary_g > max(0, primary_g):
        raise BadInput("what_if.less_than_no_primary", amount=levers.less_primary_g, most=max(0, primary_g))


def add_levers(levers: list[SupplyLevers]) -> SupplyLevers:
    """Return several metals' levers as one."""
    return SupplyLevers(sum(one.recycled_g for one in levers), sum(one.less_primary_g for one in levers))


def round_up(grams: int) -> int:
    """Return the next amount of at most two digits and zeros: 74 780 001 -> 75 000 000."""
    unit = int(10 ** max(0, len(str(grams)) - 2))
    return -(-grams // unit) * unit


def _check_amount(grams: int) -> None:
    if grams < 0:
        raise BadInput("what_if.negative")
    if grams > MAX_SUM_G:
        raise BadInput("what_if.too_much", most=MAX_SUM_G)
