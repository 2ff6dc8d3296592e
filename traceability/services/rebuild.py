"""How the derived state is made again from the events alone, to the gram, in the order of recording."""

from collections.abc import Callable

from graph.records import decode_event
from graph.store import Store, Writer
from traceability.domain.changes import Changes, Claim
from traceability.services.capture import REBUILDING, Clerk, Deliverer

CHUNK = 2_000  # events a transaction

Progress = Callable[[int, int], None]
"""Called with (events done, events in all)."""


def rebuild(store: Store, progress: Progress | None = None) -> int:
    """Replay every event; the number of events. While it runs nothing else can be recorded (StoreUnavailable).

    An interrupted rebuild leaves the store closed for writing: run it again.
    """

    def begin(writer: Writer) -> int:
        writer.clear_derived()
        writer.apply(Changes(claims={REBUILDING: Claim(REBUILDING, "rebuild")}))
        return writer.last().seq

    whole = store.write(begin)
    done, chain = 0, ""
    while done < whole:
        done, chain = store.write(lambda writer, done=done, chain=chain: replay_chunk(writer, done, chain))  # type: ignore[misc]
        if progress is not None:
            progress(done, whole)
    store.write(lambda writer: writer.apply(Changes(claims={REBUILDING: None})))
    return whole


def replay_chunk(writer: Writer, done: int, chain: str) -> tuple[int, str]:
    """Derive the next events after seq ``done`` again: (the seq reached, its link of the hash chain)."""
    clerk = Clerk(writer, Deliverer("rebuild"), 0, replaying=True)
    clerk.book.seq, clerk.book.chain = done, chain
    for row in writer.scan_events(done, CHUNK):
        clerk.replay(decode_event(row))
    writer.apply(clerk.book.changes)
    return clerk.book.seq, clerk.book.chain
