"""Write a report's figure: value and unit for reading, and the exact ratio with what it is made of.

``109 690 ÷ 426 730 = .257048``: whole kilograms where that is exact, more decimals where it is not,
six of the ratio.
"""

from fractions import Fraction
from typing import NamedTuple

from traceability.domain.indicators import INDICATORS
from traceability.locale import format_share, format_t
from traceability.locale.formats import NO_VALUE
from traceability.services.reporting.report import Figure

RATIO_DECIMALS = 6
KG = ("kg", 1_000)
_BASES = {
    "g": KG,
    "g·km": ("t·km", 1_000_000),
    "kWh": ("kWh", 1),
    "g/a": ("t", 1_000_000),
    "site-months": ("", 1),
}  # how a base unit is written: (unit, what one of it is in the base unit)


class WrittenFigure(NamedTuple):
    """A figure in words.

    "25.7", "%", "109 690 ÷ 426 730 = .257048" and the unit of those two numbers.
    """

    value: str
    unit: str
    exact: str
    base: str
    numerator: str
    denominator: str


def write_figure(figure: Figure) -> WrittenFigure:
    """Return a figure as it stands on a page; no value is a dash, never 0."""
    indicator = INDICATORS.get(figure.indicator)
    if indicator is None or figure.value is None or figure.numerator is None:
        return WrittenFigure(NO_VALUE, indicator.unit if indicator else "", "", "", "", "")
    base, scale = _BASES[indicator.base_unit]
    numerator = write_exact(Fraction(figure.numerator, scale))
    denominator = "" if figure.denominator is None else write_exact(Fraction(figure.denominator, scale))
    if indicator.kind == "share":
        value = format_share(figure.value).removesuffix(" %")
    elif indicator.kind == "mass":
        value = format_t(figure.numerator)
    else:
        value = write_decimal(figure.value, 2)
    return WrittenFigure(
        value, indicator.unit, _write_ratio(numerator, denominator, figure.value, indicator.factor), base,
        numerator, denominator,
    )  # fmt: skip


def write_ratio(numerator: int, denominator: int) -> str:
    """Return two masses in grams and their ratio, nothing over 0.

    It is written ``109 690 ÷ 426 730 = .257048``, in kilograms.
    """
    if not denominator:
        return ""
    over, under = (write_exact(Fraction(grams, KG[1])) for grams in (numerator, denominator))
    return _write_ratio(over, under, Fraction(numerator, denominator), 1)


def _write_ratio(numerator: str, denominator: str, value: Fraction, factor: int) -> str:
    if not denominator:
        return ""
    times = "" if factor == 1 else f" × {write_exact(Fraction(factor))}"
    ratio = write_decimal(value, RATIO_DECIMALS)
    return f"{numerator} ÷ {denominator}{times} = {ratio.removeprefix('0') if abs(value) < 1 else ratio}"


def write_exact(number: Fraction) -> str:
    """Return a number with a space between thousands and the decimals it needs, at most six."""
    written = write_decimal(number, 6)
    return written.rstrip("0").rstrip(".")


def write_decimal(number: Fraction, decimals: int) -> str:
    """Return a number rounded once, half up, with a space between thousands."""
    whole = (2 * abs(number.numerator) * 10**decimals + number.denominator) // (2 * number.denominator)
    before, after = divmod(whole, 10**decimals)
    return f"{'−' if number < 0 else ''}{before:,}".replace(",", " ") + f".{after:0{decimals}d}"
