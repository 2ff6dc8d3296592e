"""Decide which passwords may be chosen (NIST SP 800-63B): long enough, not among the common ones, not one's own name, and
not a word of this trade with little but digits and marks added (``trade_words.txt``).

Any character counts, and none is asked for: rules of composition make people write "Passw0rd!". A password is compared
in Unicode NFC, since one keyboard types é as one character and another as two.
"""

import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from traceability.domain.administration import ADMIN
from traceability.domain.errors import BadInput

SHORTEST = 8
SHORTEST_OF_ADMIN = 12  # whoever opens accounts opens everything
LONGEST = 256
SHORTEST_OWN = 4  # of a name that may not stand in a password; shorter ones stand in many words
FEWEST_CHARACTERS = 4  # different ones
_COMMON = Path(__file__).with_name("common_passwords.txt")
_TRADE = Path(__file__).with_name("trade_words.txt")


def normalise_password(password: str) -> str:
    """Return a password in the form that is stored and compared."""
    return unicodedata.normalize("NFC", password)


def shortest_password(roles: Collection[str]) -> int:
    """Return the least number of characters for somebody with these roles."""
    return SHORTEST_OF_ADMIN if ADMIN in roles else SHORTEST


def check_password(password: str, own: Collection[str] = (), roles: Collection[str] = ()) -> None:
    """Refuse a password that others guess; ``own`` are the id and names of whoever takes it. Raises BadInput."""
    normal = normalise_password(password)
    shortest = shortest_password(roles)
    if len(normal) < shortest:
        raise BadInput("person.password_short", shortest=shortest)
    if len(normal) > LONGEST:
        raise BadInput("person.password_long", longest=LONGEST)
    folded = normal.casefold()
    if folded in _list_common() or len(set(folded)) < FEWEST_CHARACTERS or _is_sequence(folded):
        raise BadInput("person.password_common")
    if "".join(char for char in folded if char.isalpha()) in _list_trade_words():
        raise BadInput("person.password_trade")
    if any(_stands_in(name, folded) for name in own):
        raise BadInput("person.password_own_name")


@lru_cache(maxsize=1)
def _list_common() -> frozenset[str]:
    return _read_words(_COMMON)


@lru_cache(maxsize=1)
def _list_trade_words() -> frozenset[str]:
    return _read_words(_TRADE)


def _read_words(path: Path) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def _is_sequence(folded: str) -> bool:
    """Return whether the characters only count up or down, as 23456789 and zyxwvuts do."""
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return steps in ({1}, {-1})


def _stands_in(name: str, folded: str) -> bool:
    """Return whether a password is made of a name: of a short one when little but digits and marks is added."""
    own = "".join(normalise_password(name).casefold().split())
    if not own:
        return False
    letters = "".join(char for char in folded if char.isalpha())
    return letters == own or (len(own) >= SHORTEST_OWN and own in folded)
