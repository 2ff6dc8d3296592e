"""Cache the events that were read lately: what moved a lot mostly stands close to what made it."""

from collections.abc import Collection, Iterable
from itertools import islice

from graph.store import Reader
from traceability.domain.event import Event
from traceability.services.upkeep.check.findings import CheckReport, find_readable

MOST_CACHED = 5_000  # events that a part remembers, some 10 kB each


class EventCache:
    """Events by seq, read where they are not remembered; unreadable ones are findings of the report."""

    def __init__(self, reader: Reader, report: CheckReport) -> None:
        self._reader = reader
        self._report = report
        self._cached: dict[int, Event] = {}

    def put(self, events: Iterable[Event]) -> None:
        """Remember events, and forget the oldest."""
        self._cached.update((event.seq, event) for event in events)
        if len(self._cached) > MOST_CACHED:
            for seq in list(islice(self._cached, len(self._cached) - MOST_CACHED)):
                del self._cached[seq]

    def find(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events by seq, as far as they can be read."""
        cached = {seq: self._cached[seq] for seq in seqs if seq in self._cached}
        missing = [seq for seq in seqs if seq not in cached]
        if not missing:
            return cached
        read = find_readable(self._reader.find_events_by_seq, missing, self._report)
        self.put(read.values())
        return cached | read
