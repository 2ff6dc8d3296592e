"""Find the time of recording: it never decreases, so the month of recording is never a sealed one.

A clock that is a little behind the newest record gives that record's time; one far behind is
refused. Where the earlier clock had run ahead, an administrator accepts the present one: record
times then stay at the newest until the clock has caught up.
"""

from typing import Any, NamedTuple

from graph.paging import read_all
from graph.store import LogEntry, Reader, Store, Writer
from traceability.domain.errors import BadInput, ClockBehind, WriteConflict

BEHIND_MS = 5 * 60 * 1000  # what clocks of several servers, and a wait for the lock, may differ
LOG = "clock"
_AT_ONCE = 1000


class AcceptedClock(NamedTuple):
    """An entry of the clock's log: at ``now_ms`` the newest record was of ``newest_ms``, by whom it was accepted."""

    number: int
    newest_ms: int
    now_ms: int
    by: str
    reason: str


class ClockState(NamedTuple):
    """The clock beside the newest record (0: empty book). ``accepted`` are oldest first."""

    now_ms: int
    newest_ms: int
    accepted: tuple[AcceptedClock, ...]

    @property
    def behind_ms(self) -> int:
        """Return by how much the clock is behind the newest record; 0 where it is not."""
        return max(0, self.newest_ms - self.now_ms)

    @property
    def pinned(self) -> bool:
        """Return whether record times stay at the newest until the clock has caught up."""
        return self.behind_ms > 0 and any(entry.newest_ms == self.newest_ms for entry in self.accepted)

    @property
    def refused(self) -> bool:
        """Return whether nothing can be recorded by this clock."""
        return self.behind_ms > BEHIND_MS and not self.pinned


def find_record_time(reader: Reader, newest_ms: int, now_ms: int) -> int:
    """Return the time at which an event is recorded now. Raises ClockBehind."""
    if now_ms >= newest_ms:
        return now_ms
    # The log is read only where the clock is behind: an ordinary capture costs no query for it.
    if newest_ms - now_ms > BEHIND_MS and ClockState(now_ms, newest_ms, _list_accepted(reader)).refused:
        raise ClockBehind("store.clock_behind", now_ms=now_ms, newest_ms=newest_ms)
    return newest_ms


def read_clock(reader: Reader, now_ms: int) -> ClockState:
    """Return how the clock stands to the newest record."""
    return ClockState(now_ms, reader.find_head().record_ms, _list_accepted(reader))


def accept_clock(store: Store, by: str, reason: str, now_ms: int) -> ClockState:
    """Accept a clock that is far behind the newest record, and log who did and why.

    Raises BadInput without a reason, WriteConflict where there is nothing to accept.
    """
    reason = reason.strip()
    if not reason:
        raise BadInput("clock.no_reason")

    def work(writer: Writer) -> ClockState:
        state = read_clock(writer, now_ms)
        if not state.refused:
            code = "clock.accepted_already" if state.pinned else "clock.not_behind"
            raise WriteConflict(code, now_ms=now_ms, newest_ms=state.newest_ms)
        entry = {"newest_ms": state.newest_ms, "now_ms": now_ms, "by": by, "reason": reason}
        writer.append_log(LOG, entry)
        return read_clock(writer, now_ms)

    return store.write(work)


def _list_accepted(reader: Reader) -> tuple[AcceptedClock, ...]:
    def page(after: str) -> tuple[list[LogEntry], str]:
        entries = reader.list_log(LOG, int(after or 0), _AT_ONCE)
        return entries, str(entries[-1].number) if len(entries) == _AT_ONCE else ""

    return tuple(_read_entry(entry.number, entry.body) for entry in read_all(page))


def _read_entry(number: int, body: dict[str, Any]) -> AcceptedClock:
    return AcceptedClock(number, body["newest_ms"], body["now_ms"], body["by"], body["reason"])
