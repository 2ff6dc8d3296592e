"""Compute what is missing for a target: exact, rounded up to the unit, negative beyond the target."""

from fractions import Fraction
from math import ceil
from typing import NamedTuple


class Gap(NamedTuple):
    """What is missing for a target, in the unit of the figure's numerator.

    ``as_it_is`` leaves the denominator as it is. ``growing`` is what is missing where every gram
    added also enters the denominator, as refined metal enters ten-metal output and recycled metal
    enters supply. None where it does not apply. ``target`` is the number that it is missing for.
    """

    as_it_is: int | None
    growing: int | None
    target: Fraction

    @property
    def amount(self) -> int | None:
        """The one that is shown first."""
        return self.growing if self.as_it_is is None else self.as_it_is


def gap_to_share(target: Fraction, numerator: int, denominator: int) -> int | None:
    """Return target × denominator − numerator, rounded up.

    None where an amount is negative, which only corrections of sealed months are, and of nothing.
    """
    if numerator < 0 or denominator <= 0:
        return None
    return ceil(target * denominator - numerator)


def gap_with_growth(target: Fraction, numerator: int, denominator: int) -> int | None:
    """Return the amount that reaches the target when it enters numerator and denominator.

    That is (target × denominator − numerator) ÷ (1 − target), for a supply share the same as
    t × P ÷ (1 − t) − R. None where an amount is negative, and of a target of one whole or more.
    """
    if numerator < 0 or denominator <= 0 or target >= 1:
        return None
    return ceil((target * denominator - numerator) / (1 - target))


def gap_to_amount(target: Fraction, amount: int) -> int | None:
    """Return target − amount, rounded up; None of a negative amount."""
    return None if amount < 0 else ceil(target - amount)
