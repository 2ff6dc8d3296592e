"""Compute with integer grams and exact fractions, with one rounding function, and read and write
them as text.

Inside, every mass is an ``int`` of grams; no binary float ever holds a mass. Kilograms and tonnes exist only at the
edge, as text that is read and written without rounding.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeVar
from unicodedata import category, decomposition, normalize

from traceability.domain.errors import BadQuantity

K = TypeVar("K")

G_PER_KG = 1_000
G_PER_T = 1_000_000
PPM = 1_000_000  # one whole, in parts per million: how fractions and wt % are held
MAX_MASS_G = 10_000 * G_PER_T  # no lot, vehicle or heat weighs more: beyond it a unit was mistaken
MAX_SUM_G = 1_000_000_000 * G_PER_T  # what a line makes in a year, or a nation

# Separators stand between thousands only, one kind in a number: 12,5 is no 125, and 1 2500 a slip.
_BLANKS = " \u00a0\u2009\u202f"  # as the product and others write 12 500
_WIDTHS = ("<wide>", "<narrow>", "<small>", "<noBreak>")  # how the Unicode Character Database tags them
_MINUS = "−"  # U+2212, as the product writes a number below 0
_SIGNED = re.compile(
    rf"(?P<sign>[+{_MINUS}-]?)(?P<digits>\d+|\d{{1,3}}(?P<separator>[,，{_BLANKS}])\d{{3}}"
    r"(?:(?P=separator)\d{3})*)?(?P<decimals>\.\d*)?"
)
_MAX_DIGITS = 24  # longer text is no reading of any scale


def apportion(total: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Split ``total`` grams over ``weights`` exactly: floors first, the leftover grams to the largest remainders.

    Ties go in the order of the keys, which must be sortable (vector keys sort as class, origin, uncounted first);
    use positions as keys where the order of a list decides. Weights are >= 0. Keys that get nothing are kept with 0.
    With ``total <= sum(weights)`` no share exceeds its weight. All weights 0: everything stays 0, so the caller
    must not ask for more than 0 then (AssertionError).
    """
    if len(weights) == 1:
        ((key, weight),) = weights.items()
        assert weight or not total, "nothing to apportion over"
        return {key: total}
    whole = sum(weights.values())
    if not whole:
        assert total == 0, "nothing to apportion over"
        return dict.fromkeys(weights, 0)
    if total == whole:
        return dict(weights)
    shares: dict[K, int] = {}
    remainders: list[tuple[int, K]] = []
    left = total
    for key, weight in weights.items():
        floor, remainder = divmod(total * weight, whole)
        shares[key] = floor
        left -= floor
        if remainder:
            remainders.append((-remainder, key))
    if left:
        remainders.sort()
        for _, key in remainders[:left]:
            shares[key] += 1
    return shares


def round_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded half up to the gram (numerator >= 0, denominator > 0)."""
    return (2 * numerator + denominator) // (2 * denominator)


def median_g(masses_g: Sequence[int]) -> int:
    """Return the median of some masses: of an even number the mean of the middle two, half up to the gram.

    So a tare that is too heavy is as far off as one that is too light.
    """
    ordered, middle = sorted(masses_g), len(masses_g) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return round_half_up(ordered[middle - 1] + ordered[middle], 2)


def share(numerator: int, denominator: int) -> Fraction | None:
    """Return an exact ratio, or None ("no data", never 0 %) where the denominator is 0."""
    return Fraction(numerator, denominator) if denominator else None


def parse_kg(text: str, limit_g: int = MAX_MASS_G) -> int:
    """Return grams from a text in kg with at most 3 decimals.

    Raises BadQuantity; more decimals are an error, no rounding.
    """
    return _parse_scaled(text, G_PER_KG, 3, limit_g)


def parse_t(text: str, limit_g: int = MAX_MASS_G) -> int:
    """Return grams from a text in tonnes with at most 6 decimals. Raises BadQuantity."""
    return _parse_scaled(text, G_PER_T, 6, limit_g)


def parse_ppm(text: str) -> int:
    """Return parts per million from a fraction such as ``0.95`` (at most 6 decimals, 0 to 1).

    Raises BadQuantity.
    """
    return _parse_share(text, PPM, 6)


def parse_percent_ppm(text: str) -> int:
    """Return parts per million from a percentage such as ``4.5`` (at most 4 decimals, 0 to 100).

    Raises BadQuantity.
    """
    return _parse_share(text, PPM // 100, 4)


def _parse_share(text: str, unit: int, decimals: int) -> int:
    ppm = _parse_scaled(text, unit, decimals, None)
    if not 0 <= ppm <= PPM:
        raise _out_of_range(text, None)
    return ppm


def plain_width(typed: str) -> str:
    """Return what was typed with full-width characters as plain ones, without those that show nothing.

    Nothing else is folded: ``10²`` is not 102, nor ``①`` a 1.
    """
    if typed.isascii():
        return typed
    return "".join(
        normalize("NFKC", character) if decomposition(character).startswith(_WIDTHS) else character
        for character in typed
        if category(character) != "Cf"
    )


def clean_number(text: str) -> str | None:
    """Return a number as Python reads it, None where the text is none.

    It may be written as pages show it: ``−1 234.5`` with a minus sign (U+2212) and blanks between
    thousands, or with commas; and as people paste it, in full width or with marks that nobody sees.
    """
    match = _SIGNED.fullmatch(plain_width(text).strip())
    if match is None:
        return None
    sign = match["sign"].replace(_MINUS, "-")
    return sign + re.sub(r"\D", "", match["digits"] or "") + (match["decimals"] or "")


def _parse_scaled(text: str, unit: int, decimals: int, limit_g: int | None) -> int:
    cleaned = clean_number(text)
    if cleaned is None:
        raise BadQuantity("quantity.not_a_number", text=_shorten(text))
    if len(cleaned) > _MAX_DIGITS:
        if len(cleaned.partition(".")[0]) > _MAX_DIGITS // 2:
            raise _out_of_range(text, limit_g)
        raise BadQuantity("quantity.too_many_decimals", text=_shorten(text), decimals=decimals)
    try:
        value = Decimal(cleaned)
    except InvalidOperation as error:
        raise BadQuantity("quantity.not_a_number", text=_shorten(text)) from error
    scaled = value * unit
    if scaled != scaled.to_integral_value():
        raise BadQuantity("quantity.too_many_decimals", text=text, decimals=decimals)
    if limit_g is not None and abs(scaled) > limit_g:
        raise _out_of_range(text, limit_g)
    return int(scaled)


def _out_of_range(text: str, limit_g: int | None) -> BadQuantity:
    """Return the error of a mass that is too large, or a share not within the whole."""
    if limit_g is not None:
        return BadQuantity("quantity.absurd", text=_shorten(text), limit_g=limit_g)
    below = (clean_number(text) or "").startswith("-")
    return BadQuantity("quantity.below_zero" if below else "quantity.above_one", text=_shorten(text))


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_DIGITS else text[:_MAX_DIGITS] + "…"


def format_kg(mass_g: int) -> str:
    """Return kilograms as plain text without trailing zeros: 12400 -> ``12.4``."""
    return _format_scaled(mass_g, 3)


def format_t(mass_g: int) -> str:
    """Return tonnes as plain text without trailing zeros: 18_000_000 -> ``18``."""
    return _format_scaled(mass_g, 6)


def format_ppm(ppm: int) -> str:
    """Return a fraction as plain text without trailing zeros: 950_000 -> ``0.95``."""
    return _format_scaled(ppm, 6)


def _format_scaled(amount: int, decimals: int) -> str:
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
