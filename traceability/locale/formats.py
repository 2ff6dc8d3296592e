"""Write numbers and times for people: grams as kg or t, shares as per cent, times in Asia/Shanghai.

Grams and ratios stay integers and fractions up to the last step, so what is shown is the exact number rounded once,
half up. A number that does not exist is a dash, never 0. Dates and times follow the language (CLDR, by Babel).
Numbers are written alike in every language, with a decimal point, as forms, files and labels read them: a page that
wrote ``12,345 kg`` for 12.345 kg would have that typed back into a form as 12 345 kg. Between thousands stands a
space where no line breaks (ISO 80000-1), which is no decimal sign anywhere; forms read it back.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from babel.dates import format_date, format_skeleton, get_datetime_format
from babel.dates import format_time as format_clock

from scanners.codes import group_code
from traceability.domain.calendar import SHANGHAI
from traceability.domain.event import BELOW, ElementContent
from traceability.domain.period import Period
from traceability.domain.quantity import PPM
from traceability.locale.catalogues import load_catalogue

NO_VALUE = "–"
NO_BREAK = "\u00a0"  # between thousands: no line ends there, and every font shows it
MOST_DECIMALS = 20  # two different ratios of masses never look alike with so many


def format_count(number: int | None) -> str:
    """Return a whole number with a space between thousands: ``1 234``."""
    return NO_VALUE if number is None else f"{'−' if number < 0 else ''}{_group(abs(number))}"


def format_kg(mass_g: int | None) -> str:
    """Return grams as kilograms, with as many of 3 decimals as are needed: ``1 234.5``."""
    return NO_VALUE if mass_g is None else _drop_zeros(_write_scaled(mass_g, 3))


def format_t(mass_g: int | None, limits_g: Iterable[Fraction] = ()) -> str:
    """Return grams as tonnes with exactly 3 decimals, so that a column lines up: ``1 234.500``.

    Beside ``limits_g`` it has as many decimals as tell on which side of each it lies.
    """
    if mass_g is None:
        return NO_VALUE
    limits = [Fraction(limit) / 1_000_000 for limit in limits_g]
    decimals = count_decimals(Fraction(mass_g, 1_000_000), limits, 3)
    return _write_scaled(_half_up(Fraction(mass_g * 10**decimals, 1_000_000)), decimals)


def format_share(share: Fraction | tuple[int, int] | None, limits: Iterable[Fraction] = ()) -> str:
    """Return a ratio as per cent with one decimal: ``25.7 %``. A ratio over 0 is no figure.

    Beside ``limits`` it has as many decimals as tell on which side of each it lies: .2396 against
    .24 is ``23.96 %``, never ``24.0 %``.
    """
    if isinstance(share, tuple):
        share = Fraction(*share) if share[1] else None
    if share is None:
        return NO_VALUE
    decimals = count_decimals(share * 100, [limit * 100 for limit in limits], 1)
    return _write_scaled(_half_up(share * 100 * 10**decimals), decimals) + " %"


def count_decimals(number: Fraction, limits: Iterable[Fraction], fewest: int) -> int:
    """Return with how many decimals a number is seen to lie below, at or above each limit."""
    decimals = fewest
    for limit in limits:
        while decimals < MOST_DECIMALS and _side(_rounded(number, decimals), limit) != _side(number, limit):
            decimals += 1
    return decimals


def write_plain(number: Fraction, decimals: int) -> str:
    """Return a number rounded once, half up, as programs read it: ``-0.2399996``."""
    return write_decimal(number, decimals).replace(NO_BREAK, "").replace("−", "-")


def write_decimal(number: Fraction, decimals: int) -> str:
    """Return a number rounded once, half up: ``1 659.15``."""
    return _write_scaled(_half_up(number * 10**decimals), decimals)


def _rounded(number: Fraction, decimals: int) -> Fraction:
    return Fraction(_half_up(number * 10**decimals), 10**decimals)


def _side(number: Fraction, limit: Fraction) -> int:
    return (number > limit) - (number < limit)


def format_t_to_gram(mass_g: int | None) -> str:
    """Return grams as tonnes with all 6 decimals, so that a column lines up: ``19.500000``."""
    return NO_VALUE if mass_g is None else _write_scaled(mass_g, 6)


def format_t_exact(mass_g: int | None) -> str:
    """Return grams as tonnes with as many of 6 decimals as are needed: ``5.709474``."""
    return NO_VALUE if mass_g is None else _drop_zeros(_write_scaled(mass_g, 6))


def format_ppm(ppm: int | None) -> str:
    """Return parts per million as wt %, without trailing zeros and without the unit: ``0.35``."""
    return NO_VALUE if ppm is None else _drop_zeros(_write_scaled(ppm, 4))


def format_share_ppm(ppm: int, limits_ppm: Iterable[int] = ()) -> str:
    """Return a share held in parts per million as shares are written, digits beside limits included: ``12.3 %``."""
    return format_share((ppm, PPM), [Fraction(limit, PPM) for limit in limits_ppm])


def format_content(content: ElementContent) -> str:
    """Return an element's content in wt %: ``0.35``, ``<0.01`` below the detection limit."""
    return ("<" if content.sign == BELOW else "") + format_ppm(content.ppm)


def format_time(moment: int | datetime | None, language: str = "") -> str:
    """Return a moment (UTC milliseconds or aware) in Asia/Shanghai; without a language as in tables, ``2025-03-31 23:50``."""
    if moment is None:
        return NO_VALUE
    local = _in_shanghai(moment)
    if not language:
        return local.strftime("%Y-%m-%d %H:%M")
    locale = load_catalogue(language).locale
    clock = format_clock(local, "short", locale=locale)
    both = str(get_datetime_format("medium", locale=locale)).replace("'", "")  # CLDR quotes literal letters
    return both.format(clock, format_day(local, language))


def format_day(day: int | str | date | datetime | None, language: str = "") -> str:
    """Return a day, given as a moment or written ``2025-03-31``; without a language in ISO form."""
    if day is None:
        return NO_VALUE
    if isinstance(day, str):
        day = date.fromisoformat(day)
    elif isinstance(day, int | datetime):
        day = _in_shanghai(day).date()
    if not language:
        return day.isoformat()
    return format_date(day, "medium", locale=load_catalogue(language).locale)


def format_month(month: int | str | None, language: str = "") -> str:
    """Return a calendar month, given as ``2025-03`` or 202503; without a language in ISO form."""
    if month is None:
        return NO_VALUE
    digits = str(month).replace("-", "")
    written = f"{digits[:4]}-{digits[4:6]}"
    return _format_first(written, "yMMM", language) if language else written


def format_period(period: Period, language: str) -> str:
    """Return a period as people call it: ``2025``, ``Q1 2025``, ``Oct 2026``, ``Jan–Oct 2026``, ``Nov 2024–Oct 2026``.

    Of a run of months within a year, or of years, what both ends share is said once: ``2026年1–10月``, ``2024–2025年``.
    """
    if period.first == period.last:
        return format_month(period.first, language)
    if period.is_year:
        return _format_first(period.first, "y", language)
    if "Q" in str(period):
        return _format_first(period.first, "yQQQ", language)
    skeleton = "y" if period.whole_years else "yMMM"
    ends = [_format_first(month, skeleton, language) for month in (period.first, period.last)]
    within = period.whole_years or period.first[:4] == period.last[:4]
    return "–".join(_share_ends(*ends) if within else ends)


def _format_first(month: str, skeleton: str, language: str) -> str:
    first = date(int(month[:4]), int(month[5:7]), 1)
    return format_skeleton(skeleton, first, locale=load_catalogue(language).locale)


def _share_ends(first: str, last: str) -> tuple[str, str]:
    """Return two names without what the second repeats at its start and the first says again at its end."""
    one, other = (re.findall(r"\d+|\s+|[^\d\s]+", name) for name in (first, last))
    same = [mine == theirs for mine, theirs in zip(one, other, strict=False)]
    start = same.index(False)
    ends = [mine == theirs for mine, theirs in zip(reversed(one), reversed(other), strict=False)]
    return "".join(one[: len(one) - ends.index(False)]), "".join(other[start:])


FORMATS: dict[str, Callable[[Any, str], str]] = {
    "count": lambda value, _: format_count(value),
    "kg": lambda value, _: format_kg(value),
    "t": lambda value, _: format_t(value),
    "milli": lambda value, _: _drop_zeros(_write_scaled(value, 3)),  # thousandths of a fuel's unit
    "share": lambda value, _: format_share(value),
    "ppm": lambda value, _: format_ppm(value),
    "time": format_time,
    "day": format_day,
    "month": format_month,
    "plain": lambda value, _: str(value),  # years, numbers of records
    "code": lambda value, _: group_code(str(value)),
}


def _in_shanghai(moment: int | datetime) -> datetime:
    if isinstance(moment, int):
        return datetime.fromtimestamp(moment // 1_000, SHANGHAI)
    return moment.astimezone(SHANGHAI)


def _half_up(exact: Fraction) -> int:
    """Return the nearest whole number; a half goes away from 0, so that −0.5 and 0.5 look alike."""
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -magnitude if exact < 0 else magnitude


def _write_scaled(number: int, decimals: int) -> str:
    whole, rest = divmod(abs(number), 10**decimals)
    fraction = f".{rest:0{decimals}d}" if decimals else ""
    return f"{'−' if number < 0 else ''}{_group(whole)}{fraction}"


def _group(whole: int) -> str:
    return f"{whole:,}".replace(",", NO_BREAK)


def _drop_zeros(written: str) -> str:
    return written.rstrip("0").rstrip(".")
