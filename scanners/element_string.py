"""Read GS1 element strings: what barcodes of GS1 other than QR addresses carry, ``(01)09506000134352(10)ABC``.

A scanner sends them with or without brackets. Without, elements of variable length end at FNC1, which arrives as the
control character GS; the scanner may say by its symbology identifier (``]C1`` …) that the text is one of these.
``static/scanning/gs1.js`` does the same in the browser.
"""

import re

from scanners.digital_link import DigitalLink, link_of_keys

FNC1 = "\x1d"
SYMBOLOGIES = (
    "]C1",
    "]e0",
    "]d2",
    "]Q3",
    "]J1",
)  # GS1-128, DataBar, DataMatrix, QR and DotCode that begin with FNC1

# Elements that end without FNC1, by their first two digits: characters of identifier and value together.
_LENGTHS = {
    "00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 8),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 10),
}  # fmt: skip
_BRACKETED = re.compile(r"(?:\([0-9]{2,4}\)[^()]+)+")
_UNMARKED = re.compile(r"00[0-9]{18}|01[0-9]{14}.*", re.DOTALL)


def read_element_string(text: str, *, marked: bool) -> DigitalLink | None:
    """Return the keys of an element string, or None if it holds none or their check digits are wrong.

    ``marked`` says that the scanner called it one; without that only what begins with a whole key is taken for one.
    """
    if _BRACKETED.fullmatch(text):
        elements = re.findall(r"\(([0-9]{2,4})\)([^()]+)", text)
    elif marked or _UNMARKED.fullmatch(text):
        elements = _split(text)
    else:
        return None
    keys: dict[str, str] = {}
    for identifier, value in elements:
        keys.setdefault(identifier, value.strip(FNC1))
    return link_of_keys(keys)


def _split(text: str) -> list[tuple[str, str]]:
    """Return (first two digits, value) of each element; keys have identifiers of two digits."""
    elements = []
    rest = text.lstrip(FNC1)
    while rest:
        length = _LENGTHS.get(rest[:2])
        element = rest[:length] if length else rest.split(FNC1, 1)[0]
        elements.append((element[:2], element[2:]))
        rest = rest[len(element) :].lstrip(FNC1)
    return elements
