"""Write figures as text that loses nothing: decimals where they end, else a ratio of whole numbers."""

from collections.abc import Iterable
from fractions import Fraction

from traceability.domain.indicators import Amount
from traceability.locale.formats import count_decimals, write_plain

DECIMALS = 6  # of a value whose decimals do not end, unless a target needs more
MOST_EXACT = 30  # decimals of an amount that is written out


def write_value_exactly(value: Fraction | None, limits: Iterable[Fraction] = ()) -> str | None:
    """Return a value rounded half up once, with as many decimals as tell on which side of each limit it lies.

    None is no data.
    """
    return None if value is None else write_plain(value, count_decimals(value, limits, DECIMALS))


def write_amount(amount: Amount | None) -> int | str | None:
    """Return whole amounts as integers, others as exact decimal text, or as ``2/3`` where their decimals never end."""
    if amount is None or isinstance(amount, int):
        return amount
    if amount.denominator == 1:
        return amount.numerator
    decimals = count_ending(amount)
    return write_ratio(amount) if decimals is None else write_plain(amount, decimals)


def write_ratio(value: Fraction | None) -> str | None:
    """Return an exact ratio, ``5123/20000``; None is no data."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def count_ending(value: Fraction) -> int | None:
    """Return after how many decimals a ratio ends; None where it does not, or not soon."""
    return next((count for count in range(MOST_EXACT) if 10**count % value.denominator == 0), None)
