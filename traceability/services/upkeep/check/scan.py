"""Read whole tables in chunks, each by the store's keyset order."""

from collections.abc import Iterator, Sequence

from graph.records import EventRow, LotRow
from graph.store import Reader
from traceability.domain.claims import CODES, Claim
from traceability.domain.decision import Edge
from traceability.domain.posting import FlowKey, TallyKey

CHUNK = 1_000  # rows of a read


def scan_events(reader: Reader, after: int, upto: int) -> Iterator[list[EventRow]]:
    """Yield chunks of the events with seqs in (after, upto]."""
    while events := reader.scan_events(after, CHUNK, upto):
        after = events[-1].seq
        yield events


def scan_lots(reader: Reader) -> Iterator[list[LotRow]]:
    """Yield chunks of all lots, void ones included, by id."""
    last = ""
    while lots := reader.scan_lots(last, CHUNK):
        last = lots[-1].id
        yield lots


def scan_tallies(reader: Reader) -> Iterator[tuple[TallyKey, dict[str, int]]]:
    """Yield every tally: its key and grams by column."""
    key = None
    while rows := reader.scan_tallies(key, CHUNK):
        key = rows[-1][0]
        yield from rows


def scan_flows(reader: Reader) -> Iterator[tuple[FlowKey, int]]:
    """Yield every flow: its key and grams."""
    key = None
    while rows := reader.scan_flows(key, CHUNK):
        key = rows[-1][0]
        yield from rows


def scan_code_claims(reader: Reader) -> Iterator[Claim]:
    """Yield the claims of all label codes."""
    after = ""
    while claims := reader.list_claims(CODES, after, CHUNK):
        after = claims[-1].key
        yield from claims


def scan_touches(reader: Reader, lots: Sequence[str]) -> Iterator[Edge]:
    """Yield every edge of these lots, asking for a chunk of lots at a time."""
    for start in range(0, len(lots), CHUNK):
        yield from reader.list_touches(lots[start : start + CHUNK])
