"""Turn the number and unit of a scale into grams, exactly.

What does not come out to whole grams (pounds, laboratory scales) is rounded half up to the gram, away from zero, by the
rounding of the whole book: the frame is kept beside the weight, so nothing is lost.
"""

import re
from unicodedata import normalize

from scanners.scales.reading import BadFrame
from traceability.domain.quantity import MAX_MASS_G, round_half_up

_G = (1, 1)
_KG = (1_000, 1)
_T = (1_000_000, 1)
_LB = (45_359_237, 100_000)  # the international pound of 1959, exact by definition
_JIN = (500, 1)

UNITS = {"kg": _KG, "t": _T, "g": _G, "lb": _LB, "斤": _JIN}
"""Grams of a unit as a ratio, by what people choose from."""

_NAMES = {
    **UNITS, "克": _G, "公斤": _KG, "千克": _KG, "吨": _T, "lbs": _LB, "市斤": _JIN,
}  # fmt: skip
_NUMBER = re.compile(r"([+-]?) *([0-9]{1,10})(?:\.([0-9]{0,6}))?")


def read_mass_g(number: str, unit: str, divided_by: int = 1) -> int:
    """Return the grams of a number as a scale writes it, in a unit. Raises BadFrame.

    The number is divided by ``divided_by``, a power of ten: the places that a frame tells beside its digits.
    """
    match = _NUMBER.fullmatch(number.strip(" "))
    if match is None:
        raise BadFrame("scale_frame.number")
    ratio = _NAMES.get(normalize("NFKC", unit).strip().lower())
    if ratio is None:
        raise BadFrame("scale_frame.unit")
    sign, whole, decimals = match[1], match[2], match[3] or ""
    numerator = int(whole + decimals) * ratio[0]
    mass_g = round_half_up(numerator, 10 ** len(decimals) * divided_by * ratio[1])
    if mass_g > MAX_MASS_G:
        raise BadFrame("scale_frame.too_large")
    return -mass_g if sign == "-" else mass_g
