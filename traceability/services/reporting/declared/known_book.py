"""Keep what was read of a book's declarations until one is made or anything is corrected: a page asks for them several times.

What is kept belongs to a book, not to one reader of it, and to the ends of the hash chain at which it was the same.
Where the book has grown since, the new events are looked at: most are of lots, and leave what was declared as it was.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from graph.paging import read_all
from graph.store import Head, Reader
from traceability.domain.claims import CERTIFICATES, DECLARATIONS, SEALS, STATED, STATISTICS, Claim
from traceability.domain.event import Correction, Declaration, Event, Seal
from traceability.services.reporting.kept import may_be_kept

T = TypeVar("T")

PAGE = 1_000  # claims read at once
MOST_KEPT = 100_000  # claims and events of one book, and what was made of them; some 50 MB
MOST_NEW = 200  # events looked at; beyond them what was declared is read again
MOST_ENDS = 4  # of a book's chain: views that began earlier still ask for one before the last
MOST_BOOKS = 4
FEW = 20  # sites or regions; beyond them the claims of all are listed at once

_DECLARED = (DECLARATIONS, SEALS, STATISTICS, STATED, CERTIFICATES)
"""Prefixes of the claims that are kept."""

_DECLARING = (Declaration, Seal, Correction)
"""What makes or frees such claims, or changes the events behind them."""


@dataclass(slots=True)
class _Known:
    ends: tuple[Head, ...]  # of the book; at each of them all of this is so
    size: int = 0
    claims: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    by_owner: dict[str, dict[str, list[Claim]]] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    made: dict[Hashable, Any] = field(default_factory=dict)


_known_by: OrderedDict[str, _Known] = OrderedDict()  # by book, the one used last at the end


def _known_of(reader: Reader) -> _Known:
    head = reader.find_head()
    known = _known_by.get(reader.book)
    if known is None or known.size > MOST_KEPT or not _holds_at(reader, known, head):
        known = _known_by[reader.book] = _Known((head,))
        while len(_known_by) > MOST_BOOKS:
            _known_by.popitem(last=False)
    return known


def _holds_at(reader: Reader, known: _Known, head: Head) -> bool:
    """Return whether what is known is so at this end of the book too."""
    if head in known.ends:
        return True
    last = known.ends[-1]
    if not last.seq < head.seq <= last.seq + MOST_NEW:
        return False
    events = reader.find_events_by_seq(range(max(1, last.seq), head.seq + 1))
    if last.seq and (last.seq not in events or events[last.seq].chain != last.chain):
        return False  # another book stands where it was
    if any(isinstance(one.draft.detail, _DECLARING) for seq, one in events.items() if seq > last.seq):
        return False
    known.ends = (*known.ends, head)[-MOST_ENDS:]
    return True


def keep(reader: Reader, key: Hashable, make: Callable[[], T], count: Callable[[T], int]) -> T:
    """Return what is made of the declarations of the book alone, made once as long as none is made or corrected.

    ``key`` names what it is and all else that it follows from, ``count`` tells how many records it holds.
    """
    known = _known_of(reader)
    if key in known.made:
        return cast("T", known.made[key])
    made = make()
    if may_be_kept(reader):
        known = _known_of(reader)  # what was read meanwhile may have been too much to keep
        known.made[key] = made
        known.size += count(made)
    return made


def list_claims(reader: Reader, prefix: str) -> tuple[Claim, ...]:
    """Return every claim of declarations, seals and statistics whose key begins so, by key."""
    return _list_known(_known_of(reader), reader, prefix)


def _list_known(known: _Known, reader: Reader, prefix: str) -> tuple[Claim, ...]:
    assert prefix.startswith(_DECLARED), "others change with every record"
    if prefix in known.claims:
        return known.claims[prefix]
    claims = _read_claims(reader, prefix)
    if may_be_kept(reader):
        known.claims[prefix] = claims
        known.size += len(claims)
    return claims


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
    by_owner = known.by_owner.get(prefix)
    if by_owner is None:
        by_owner = {}
        for claim in _list_known(known, reader, prefix):
            by_owner.setdefault(claim.key[len(prefix) :].partition("/")[0], []).append(claim)
        if prefix in known.claims:
            known.by_owner[prefix] = by_owner
    return {owner: by_owner.get(owner, ()) for owner in sorted(owners)}


def find_events(reader: Reader, ids: Collection[str]) -> dict[str, Event]:
    """Return the events of declarations by id; those that are not in the book are left out."""
    known = _known_of(reader)
    found: dict[str, Event] = {}
    missing = [id_ for id_ in ids if id_ not in known.events]
    if missing:
        found = reader.find_events(missing)
        if may_be_kept(reader):
            known.events |= found
            known.size += len(found)
    return {id_: event for id_ in ids if (event := known.events.get(id_) or found.get(id_)) is not None}
