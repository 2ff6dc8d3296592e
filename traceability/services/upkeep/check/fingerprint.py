"""Compute the digest of a book, which is the same on every engine and in whatever order its parts are read."""

from collections.abc import Iterable
from hashlib import sha256

from graph.records import EVENT_COLUMNS, EventRow
from graph.store import Reader
from traceability.services.upkeep.check.scan import scan_events, scan_flows, scan_lots, scan_tallies

_LIVE, _FIRST, _UNCONFIRMED = map(EVENT_COLUMNS.index, ("live", "first", "unconfirmed"))


class Fingerprint:
    """Fingerprint of a set of rows: the sum of their SHA-256, so that parts of a book can be read in any order."""

    def __init__(self, total: int = 0) -> None:
        self.total = total

    def add(self, row: Iterable[object]) -> None:
        """Add one row. No text that is stored holds the separator of its parts."""
        self.total += int.from_bytes(sha256("\x1f".join(map(str, row)).encode()).digest())

    def add_event(self, row: EventRow) -> None:
        """Add an event, without ``first`` and ``unconfirmed``.

        They only say how a store goes back to the event's first version, and what else says: which warnings are open.
        """
        self.add((bool(row.live), *row[:_LIVE], *row[_LIVE + 1 : _FIRST], *row[_FIRST + 1 : _UNCONFIRMED]))

    def __str__(self) -> str:
        return f"{self.total % 2**256:064x}"


def compute_digest(reader: Reader) -> str:
    """Return 64 hex digits over all events, lots, tallies and flows."""
    fingerprint = Fingerprint()
    for events in scan_events(reader, 0, reader.find_head().seq):
        for event in events:
            fingerprint.add_event(event)
    for lots in scan_lots(reader):
        for lot in lots:
            fingerprint.add(lot)
    for key, sums in scan_tallies(reader):
        fingerprint.add((*key, sorted(sums.items())))
    for flow, grams in scan_flows(reader):
        fingerprint.add((*flow, grams))
    return str(fingerprint)
