"""Return the one form in which identifiers are compared, however they were typed.

Tickets, heat, document, manifest, certificate and licence numbers, plates, and the names of accounts, suppliers and
customers are kept and shown as typed; two of them are the same where their normal forms are equal. The form is
NFKC_Casefold of the Unicode Standard (section 3.13), with every dash as ``-``, and with blanks trimmed and runs of them as
one: ``ＷＢ－2025－001`` is ``wb-2025-001``. Of a plate only letters and digits count: ``湘A·12345`` is ``湘a12345``.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import category, normalize

IGNORABLE_RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Code points of the property Default_Ignorable_Code_Point (Unicode 14 and later): they show nothing by themselves."""

_IGNORABLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in IGNORABLE_RANGES) + "]")
_MINUS_SIGN = "\u2212"


@lru_cache(maxsize=4096)
def normalise_identifier(typed: str) -> str:
    """Return the form in which an identifier is compared; '' where nothing of it can be seen."""
    if typed.isascii():
        return " ".join(typed.lower().split())
    return _repeat(_fold, typed)


@lru_cache(maxsize=4096)
def normalise_plate(typed: str) -> str:
    """Return the form in which the plate of a vehicle is compared: its letters and digits."""
    return _repeat(lambda text: "".join(filter(_is_letter_or_digit, _fold(text))), typed)


def _repeat(change: Callable[[str], str], text: str) -> str:
    """Return what a text becomes when it is changed until nothing changes."""
    while (changed := change(text)) != text:
        text = changed
    return text


def _fold(text: str) -> str:
    # Ignorable characters go last too: compatibility forms may bring them in.
    text = normalize("NFKC", normalize("NFKC", _IGNORABLE.sub("", text)).casefold())
    return " ".join("".join(map(_plain_dash, _IGNORABLE.sub("", text))).split())


def _plain_dash(character: str) -> str:
    is_dash = character == _MINUS_SIGN or category(character) == "Pd"
    return "-" if is_dash else character


def _is_letter_or_digit(character: str) -> bool:
    kind = category(character)
    return kind[0] == "L" or kind == "Nd"
