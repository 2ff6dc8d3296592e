"""Draw, check and group the codes of lots, sites, furnaces and command cards.

A code is eleven random characters of Crockford's base32 (no I, L, O, U) and one check character, ISO 7064
Mod 33,32 over the same letters. It is written in groups of four: ``126B-07K7-Q3F7``. ``static/scanning/codes.js`` does the
same in the browser; both are held to ``tests/scanners/code_vectors.json``.
"""

import unicodedata
from collections.abc import Callable

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12

SHIPMENT = "T0000"
"""How the code of a shipment begins; no code that is drawn for a lot does."""
_SHIPMENT_DIGITS = LENGTH - 1 - len(SHIPMENT)

# Letters that are written or typed in place of a digit. U resembles none, so it stays and fails the check.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def draw_code(randbytes: Callable[[int], bytes]) -> str:
    """Draw a new code from a source of random bytes (``secrets.token_bytes``, or a seeded one for
    tests).
    """
    while True:
        number = int.from_bytes(randbytes(7), "big") >> 1  # 55 of 56 bits: eleven characters of five
        body = "".join([ALPHABET[number >> shift & 31] for shift in range(50, -1, -5)])
        if not body.startswith(SHIPMENT):  # one in 33 million
            return body + find_check_character(body)


def make_shipment_code(seq: int) -> str:
    """Return the code of a shipment: its event's place in the book, which is its own for ever, so nothing is to be stored.

    Raises ValueError beyond the first 2**30 events.
    """
    if not 0 < seq < 32**_SHIPMENT_DIGITS:
        raise ValueError(f"no place of an event: {seq}")
    digits = "".join([ALPHABET[seq >> 5 * place & 31] for place in reversed(range(_SHIPMENT_DIGITS))])
    return SHIPMENT + digits + find_check_character(SHIPMENT + digits)


def read_shipment_code(code: str) -> int | None:
    """Return the place in the book of a shipment's event, None for any other code."""
    if not (is_code(code) and code.startswith(SHIPMENT)):
        return None
    seq = 0
    for char in code[len(SHIPMENT) : -1]:
        seq = seq * 32 + ALPHABET.index(char)
    return seq or None


def find_check_character(body: str) -> str:
    """Return the twelfth character that belongs to the first eleven."""
    return mod_37_36.calc_check_digit(body, ALPHABET)


def normalise_code(text: str) -> str:
    """Return typed text in the form in which a code is stored.

    Full-width and lower-case letters become plain capitals, spaces and hyphens go, O, I and L
    become the digits that they are mistaken for. The result need not be a code: ask ``is_code``.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(
        char for char in folded if not (char.isspace() or unicodedata.category(char) in ("Pd", "Cc", "Cf"))
    )
    return kept.translate(_LOOKALIKES)


def is_code(code: str) -> bool:
    """Return whether this is a code exactly as it is stored (normalised, check character right)."""
    return len(code) == LENGTH and set(code) <= set(ALPHABET) and mod_37_36.checksum(code, ALPHABET) == 1


def group_code(code: str) -> str:
    """Return the code in the groups of four in which people read it, ``126B-07K7-Q3F7``; one that is grouped stays so."""
    plain = code.replace("-", "")
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
