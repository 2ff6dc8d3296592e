"""Which 12 characters name a lot, site, furnace or command, and are they copied without a mistake?

A code is eleven random characters of Crockford's base32 (no I, L, O, U) and one check character, ISO 7064
Mod 33,32 over the same letters. It is written in groups of four: ``126B-07K7-Q3F7``. ``static/shell/codes.js`` does the
same in the browser; both are held to ``tests/scanners/code_vectors.json``.
"""

import unicodedata
from collections.abc import Callable

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12

# What hands write and keyboards make of a code. U is no slip for another letter, so it stays and fails.
_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def draw_code(randbytes: Callable[[int], bytes]) -> str:
    """A new code from a source of random bytes (``secrets.token_bytes``, or a seeded one for tests)."""
    number = int.from_bytes(randbytes(7), "big") >> 1  # 55 of 56 bits: eleven characters of five
    body = "".join([ALPHABET[number >> shift & 31] for shift in range(50, -1, -5)])
    return body + find_check_character(body)


def find_check_character(body: str) -> str:
    """The twelfth character that belongs to the first eleven."""
    return mod_37_36.calc_check_digit(body, ALPHABET)


def normalise_code(text: str) -> str:
    """What was typed, as a code is stored: full-width and lower-case letters, spaces, hyphens, O, I and L understood.

    The answer need not be a code: ask ``is_code``.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(
        char for char in folded if not (char.isspace() or unicodedata.category(char) in ("Pd", "Cc", "Cf"))
    )
    return kept.translate(_SLIPS)


def is_code(code: str) -> bool:
    """Is this a code exactly as it is stored (normalised, check character right)?"""
    return len(code) == LENGTH and set(code) <= set(ALPHABET) and mod_37_36.checksum(code, ALPHABET) == 1


def group_code(code: str) -> str:
    """As people read it: ``126B-07K7-Q3F7``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
