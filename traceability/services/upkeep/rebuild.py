"""Derive the state of the book again from the events alone, to the gram, in the order of recording.

How far it came stands in the book itself, so the next command that opens the book after a broken-off rebuild goes on
with it, and two that do so at once take turns. A book where anything is left to be derived is not settled: pages refuse it.
"""

from collections.abc import Callable

from graph.records import decode_event
from graph.store import Reader, Store, Writer
from traceability.domain.claims import Claim
from traceability.domain.decision import Changes
from traceability.domain.errors import StoreUnavailable, WriteConflict
from traceability.services.directory.parties import renew_names
from traceability.services.directory.reference import renew_reference_version
from traceability.services.recording.capture import Recorder
from traceability.services.recording.judge import REBUILDING, Deliverer

CHUNK = 2_000  # events a transaction
RESTORER = "restore"  # who holds the claim while an archive is brought back

Progress = Callable[[int, int], None]
"""Called with (events done, events in all)."""


def rebuild(store: Store, progress: Progress | None = None) -> int:
    """Replay every event; return the number of events.

    While it runs nothing else can be recorded (StoreUnavailable).
    """

    def begin(writer: Writer) -> None:
        claim = writer.find_claims([REBUILDING]).get(REBUILDING)
        if claim is not None and claim.owner == RESTORER:
            raise StoreUnavailable("store.restoring")
        writer.clear_derived()
        renew_names(writer)
        renew_reference_version(writer)
        writer.apply(Changes(claims={REBUILDING: _reached(0, "")}))

    store.write(begin)
    return finish_rebuild(store, progress)


def settle(store: Store, progress: Progress | None = None) -> None:
    """Bring the store up to date: migrate its tables, derive again what an older version derived,
    finish a rebuild that was broken off.

    Raises StoreError; StoreUnavailable where a restore was broken off, which only its repetition ends.
    """
    stale = store.migrate()
    if is_restoring(store):
        raise StoreUnavailable("store.restoring")
    if stale:
        rebuild(store, progress)
    elif is_unfinished(store):
        finish_rebuild(store, progress)


def is_settled(store: Store) -> bool:
    """Migrate the store's tables; return whether nothing is left to be derived.

    Raises StoreError.

    The store says that it is of an older version to whoever asks, until a rebuild begins; then the claim of that says so.
    """
    return not store.migrate() and not is_unfinished(store)


def is_unfinished(store: Store) -> bool:
    """Return whether a rebuild was begun and has not ended; another process may be running it."""
    with store.read() as reader:
        return bool(reader.find_claims([REBUILDING]))


def is_restoring(store: Store) -> bool:
    """Return whether a restore was begun and has not ended: the book may be half of what it was."""
    with store.read() as reader:
        claim = reader.find_claims([REBUILDING]).get(REBUILDING)
    return claim is not None and claim.owner == RESTORER


def close_for_restore(store: Store) -> None:
    """Let nobody record in a store, or read it as a book, until ``open_restored``.

    Raises WriteConflict where it holds events that no restore brought.
    """

    def work(writer: Writer) -> None:
        check_vacant(writer)
        writer.apply(Changes(claims={REBUILDING: Claim(REBUILDING, RESTORER)}))

    store.write(work)


def check_vacant(reader: Reader) -> None:
    """Refuse a store with events that no restore brought. Raises WriteConflict."""
    claim = reader.find_claims([REBUILDING]).get(REBUILDING)
    if reader.find_head().seq and (claim is None or claim.owner != RESTORER):
        raise WriteConflict("backup.store_in_use")


def open_restored(store: Store) -> None:
    """Open the book that a restore has brought back whole."""
    store.write(lambda writer: writer.apply(Changes(claims={REBUILDING: None})))


def finish_rebuild(store: Store, progress: Progress | None = None) -> int:
    """Continue the rebuild that was begun; return the number of all events."""
    with store.read() as reader:
        whole = reader.find_head().seq
    done = 0
    while done < whole or is_unfinished(store):
        done = store.write(replay_chunk)
        if progress is not None:
            progress(done, whole)
    return whole


def replay_chunk(writer: Writer) -> int:
    """Derive the next events again and store how far that came; return the seq reached."""
    claim = writer.find_claims([REBUILDING]).get(REBUILDING)
    last = writer.find_head().seq
    if claim is None:
        return last
    if claim.owner == RESTORER:
        raise StoreUnavailable("store.restoring")
    recorder = Recorder(writer, Deliverer("rebuild"), 0, replaying=True)
    book = recorder.book
    book.seq, book.chain = claim.seq, claim.digest
    for row in writer.scan_events(claim.seq, CHUNK):
        recorder.replay(decode_event(row))
    book.put_claims({REBUILDING: _reached(book.seq, book.chain) if book.seq < last else None})
    writer.apply(book.changes)
    recorder.keep_photos(writer)  # of books that did not keep whose photos they are
    return book.seq


def _reached(seq: int, chain: str) -> Claim:
    return Claim(REBUILDING, "rebuild", chain, seq)
