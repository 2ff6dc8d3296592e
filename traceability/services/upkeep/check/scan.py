"""Read whole tables in chunks, each by the store's keyset order."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from graph.records import EventRow, LotRow
from graph.store import Reader
from traceability.domain.claims import Claim
from traceability.domain.decision import Edge
from traceability.domain.posting import FlowKey, TallyKey

K = TypeVar("K")

CHUNK = 1_000  # rows of a read


def scan_events(reader: Reader, after: int, upto: int) -> Iterator[list[EventRow]]:
    """Yield chunks of the events with seqs in (after, upto]."""
    seen: set[object] = set()
    while events := reader.scan_events(after, CHUNK, upto):
        after = _step(events[-1].seq, seen)
        yield events


def scan_lots(reader: Reader) -> Iterator[list[LotRow]]:
    """Yield chunks of all lots, void ones included, by id."""
    last = ""
    seen: set[object] = set()
    while lots := reader.scan_lots(last, CHUNK):
        last = _step(lots[-1].id, seen)
        yield lots


def scan_tallies(reader: Reader) -> Iterator[tuple[TallyKey, dict[str, int]]]:
    """Yield every tally: its key and grams by column."""
    key = None
    seen: set[object] = set()
    while rows := reader.scan_tallies(key, CHUNK):
        key = _step(rows[-1][0], seen)
        yield from rows


def scan_flows(reader: Reader) -> Iterator[tuple[FlowKey, int]]:
    """Yield every flow: its key and grams."""
    key = None
    seen: set[object] = set()
    while rows := reader.scan_flows(key, CHUNK):
        key = _step(rows[-1][0], seen)
        yield from rows


def scan_claims(reader: Reader, prefix: str = "") -> Iterator[Claim]:
    """Yield the claims whose keys begin so."""
    after = ""
    seen: set[object] = set()
    while claims := reader.list_claims(prefix, after, CHUNK):
        after = _step(claims[-1].key, seen)
        yield from claims


def scan_touches(reader: Reader, lots: Sequence[str]) -> Iterator[Edge]:
    """Yield every edge of these lots, asking for a chunk of lots at a time."""
    for start in range(0, len(lots), CHUNK):
        yield from reader.list_touches(lots[start : start + CHUNK])


def _step(key: K, seen: set[object]) -> K:
    """Return the key to go on after. Raises ValueError where a damaged index leads in a circle."""
    if key in seen:
        raise ValueError(f"the rows come round again at {key}")
    seen.add(key)
    return key
