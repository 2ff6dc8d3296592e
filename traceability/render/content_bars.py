"""Write an element's content beside its limit, and place both on a bar, in per cent of the bar's length."""

from fractions import Fraction
from typing import NamedTuple

from traceability.domain.charge import ElementForecast
from traceability.domain.material import Limit
from traceability.domain.quantity import PPM
from traceability.locale.formats import MOST_DECIMALS, write_decimal, write_plain

HEADROOM = Fraction(3, 2)  # of the limit: what is somewhat above is still seen on the bar


PPM_OF_PERCENT = PPM // 100
FEWEST_DECIMALS = 2


def write_content(ppm: Fraction, limit: Limit) -> str:
    """Return a content in wt %, with as many digits as say whether it keeps its limit; 2 at least."""
    percent = ppm / PPM_OF_PERCENT
    low, high = (Fraction(bound, PPM_OF_PERCENT) for bound in (limit.low_ppm, limit.high_ppm))
    decimals = FEWEST_DECIMALS
    while decimals < MOST_DECIMALS:
        shown = Fraction(write_plain(percent, decimals))
        if (shown < low, shown > high) == (percent < low, percent > high):
            break
        decimals += 1
    return write_decimal(percent, decimals)


class ContentBar(NamedTuple):
    """Places on a bar as texts of per cent; ``mark`` is '' where nothing is known, ``span`` where all is."""

    allowed: tuple[str, str]
    """From where, and how long."""
    mark: str
    span: tuple[str, str] | tuple[()]


def lay_out_bar(one: ElementForecast) -> ContentBar:
    """Return the places of an element on a bar from 0 to somewhat above its limit or its content."""
    limit = one.limit
    top_ppm = limit.high_ppm if limit.high_ppm < PPM else 2 * limit.low_ppm
    end_ppm = max(HEADROOM * top_ppm, Fraction(21, 20) * (one.ppm or 0))
    end_ppm = min(end_ppm, Fraction(PPM)) or Fraction(1)

    def place(ppm: Fraction | int) -> Fraction:
        return min(100 * Fraction(ppm) / end_ppm, Fraction(100))

    def stretch(low_ppm: Fraction | int, high_ppm: Fraction | int) -> tuple[str, str]:
        return _write(place(low_ppm)), _write(place(high_ppm) - place(low_ppm))

    span = stretch(one.low_ppm, one.high_ppm) if one.low_ppm < one.high_ppm else ()
    return ContentBar(
        stretch(limit.low_ppm, limit.high_ppm), "" if one.ppm is None else _write(place(one.ppm)), span
    )


def _write(place: Fraction) -> str:
    return f"{float(place):.2f}%"
