"""Keep what was read of a book until something is recorded: a page asks several times for the same declarations.

What is kept belongs to one reader, which is one connection of one thread, and to the hash chain's end that it was read
at. Any record makes another end, so nothing of an older book is ever answered.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from graph.paging import read_all
from graph.store import Reader
from traceability.domain.claims import Claim
from traceability.domain.event import Event

T = TypeVar("T")

PAGE = 1_000  # claims read at once
MOST_KEPT = 100_000  # claims and events of one reader, and what was made of them; some 50 MB
FEW = 20  # sites or regions; beyond them the claims of all are listed at once


@dataclass(slots=True)
class _Known:
    chain: str
    size: int = 0
    claims: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    by_owner: dict[str, dict[str, list[Claim]]] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    made: dict[Hashable, Any] = field(default_factory=dict)


_known_by: WeakKeyDictionary[Reader, _Known] = WeakKeyDictionary()


def _known_of(reader: Reader) -> _Known:
    chain = reader.find_head().chain
    known = _known_by.get(reader)
    if known is None or known.chain != chain or known.size > MOST_KEPT:
        known = _known_by[reader] = _Known(chain)
    return known


def keep(reader: Reader, key: Hashable, make: Callable[[], T], count: Callable[[T], int]) -> T:
    """Return what is made of claims and events of the book alone, made once as long as nothing is recorded.

    ``key`` names what it is and all else that it follows from, ``count`` tells how many records it holds.
    """
    known = _known_of(reader)
    if key not in known.made:
        made = make()
        known = _known_of(reader)  # what was read meanwhile may have been too much to keep
        known.made[key] = made
        known.size += count(made)
    return cast("T", known.made[key])


def list_claims(reader: Reader, prefix: str) -> tuple[Claim, ...]:
    """Return every claim whose key begins so, by key."""
    return _list_known(_known_of(reader), reader, prefix)


def _list_known(known: _Known, reader: Reader, prefix: str) -> tuple[Claim, ...]:
    if prefix not in known.claims:
        known.claims[prefix] = _read_claims(reader, prefix)
        known.size += len(known.claims[prefix])
    return known.claims[prefix]


def _read_claims(reader: Reader, prefix: str) -> tuple[Claim, ...]:
    def read_page(after: str) -> tuple[list[Claim], str]:
        claims = reader.list_claims(prefix, after, PAGE)
        return claims, claims[-1].key if len(claims) == PAGE else ""

    return tuple(read_all(read_page))


def list_claims_of(reader: Reader, prefix: str, owners: Collection[str]) -> Mapping[str, Collection[Claim]]:
    """Return the claims whose keys begin with ``prefix``, a site or region and "/", by site or region, then key."""
    known = _known_of(reader)
    if len(owners) <= FEW:
        return {owner: _list_known(known, reader, f"{prefix}{owner}/") for owner in sorted(owners)}
    if prefix not in known.by_owner:
        by_owner: dict[str, list[Claim]] = {}
        for claim in _list_known(known, reader, prefix):
            by_owner.setdefault(claim.key[len(prefix) :].partition("/")[0], []).append(claim)
        known.by_owner[prefix] = by_owner
    return {owner: known.by_owner[prefix].get(owner, ()) for owner in sorted(owners)}


def find_events(reader: Reader, ids: Collection[str]) -> dict[str, Event]:
    """Return events by id; those that are not in the book are left out."""
    known = _known_of(reader)
    missing = [id_ for id_ in ids if id_ not in known.events]
    if missing:
        found = reader.find_events(missing)
        known.events |= found
        known.size += len(found)
    return {id_: known.events[id_] for id_ in ids if id_ in known.events}
