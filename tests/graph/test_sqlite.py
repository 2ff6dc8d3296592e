"""The embedded engine's own promises hold: plans on an index, one writer among processes, a durable
file.
"""

import errno
import fcntl
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from graph.sqlite import engine
from graph.sqlite.engine import SqliteStore
from graph.sqlite.queries import MIGRATIONS
from graph.store import DERIVED_VERSION, SCHEMA_VERSION, EventFilter, LotFilter, Store, TallyFilter, Writer
from tests.graph.histories import make_event, make_history, make_lot, store_history
from tests.graph.test_conformance import EVENT_FILTERS, LOT_FILTERS, POSTING_FILTERS, TALLY_FILTERS
from traceability.domain.decision import Changes
from traceability.domain.errors import StoreError, StoreFull, StoreUnavailable, StoreUnsafe, StoreVersion
from traceability.domain.posting import FlowKey, TallyKey
from traceability.domain.vocabulary import COLUMNS

forking = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.fixture
def book(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, busy_ms=200)
    store.migrate()
    yield store
    store.close()


def record(store: Store, number: int = 0) -> int:
    """Record one event and its lot; the event's seq."""

    def work(writer: Writer) -> int:
        event = make_event(writer.find_head().seq + 1)
        lot = make_lot(event.seq, event)
        writer.apply(Changes([event], {}, {lot.id: lot}))
        return event.seq

    return store.write(work)


# --- plans --------------------------------------------------------------------------------------------------------


def run_every_read(store: SqliteStore) -> None:
    with store.read() as reader:
        reader.find_head()
        reader.find_events(["a", "b"])
        reader.find_events_by_seq([1, 2])
        reader.find_lots([f"{number}" for number in range(1000)])
        reader.find_claims(["a"])
        reader.find_records(["a"], ["a"], ["a"])
        reader.list_claims("code/", "code/A", 10)
        reader.list_claims_under(["code/A"], 10)
        reader.list_claims_by_group("ABCD", 10)
        reader.list_touches(["a", "b"])
        reader.list_touches(["a", "b"], (1, 2))
        reader.list_edges([1, 2])
        reader.list_edges([1, 3])
        lots = [lot.id for lot in reader.scan_lots("", 20)]
        for direction in ("back", "forward"):
            reader.list_step_edges(lots, direction)
            list(reader.trace_lots(lots, direction))
        reader.find_first_orders(["miluo-a"])
        for lot_filter in LOT_FILTERS:
            _, after = reader.list_lots(lot_filter, "", 1)
            reader.list_lots(lot_filter, after, 1)
            reader.sum_stock(lot_filter, ("site", "metal"))
        reader.sum_residues(["miluo-a", "miluo-b"], 1)
        for event_filter in EVENT_FILTERS:
            for newest_first in (False, True):
                _, after = reader.list_events(event_filter, "", 1, newest_first=newest_first)
                reader.list_events(event_filter, after, 1, newest_first=newest_first)
        for posting_filter in POSTING_FILTERS:
            _, after = reader.list_postings(posting_filter, "", 1)
            reader.list_postings(posting_filter, after, 1)
        for tally_filter in TALLY_FILTERS:
            reader.sum_tallies(tally_filter)
            reader.sum_flows(tally_filter, ["recycled"])
        reader.scan_events(3, 10, 20)
        reader.scan_tallies(TallyKey("a", "b", "c", "d"), 10)
        reader.scan_flows(FlowKey(*"abcdefgh"), 10)
        reader.scan_postings([1, 2])
        reader.scan_postings([1, 2], ["recycled"])
        reader.find_documents("site", ["a"])
        reader.list_documents("site", None, "a")
        reader.list_documents("site", "g", "a")
        reader.list_versions("site", "a")
        reader.list_log("audit", 3)
        reader.list_log("audit", 3, newest_first=True)


SMALL = ("SCAN found", "SCAN stock", "SCAN CONSTANT ROW")
"""What may be scanned: leaps along an index (as many as there are months or regions), and the stock of all sites."""


def test_every_read_is_anchored_on_an_index(book: SqliteStore) -> None:
    store_history(book, make_history(seed=5, count=60))
    statements: list[str] = []
    connection = book._session().connection
    connection.set_trace_callback(statements.append)
    run_every_read(book)
    connection.set_trace_callback(None)
    assert len(statements) > 100
    for statement in {text for text in statements if text.startswith(("SELECT", "WITH"))}:
        steps = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement)]
        scans = [step for step in steps if step.startswith("SCAN") and not step.startswith(SMALL)]
        assert scans == [], f"{statement}\n{steps}"
        # Ties of a moment are sorted (RIGHT PART, LAST TERM); a whole result never is
        sorts = [step for step in steps if step == "USE TEMP B-TREE FOR ORDER BY"]
        assert sorts == [] or "edges" in statement, f"{statement}\n{steps}"


def test_the_tallies_have_the_columns_of_the_vocabulary(book: SqliteStore) -> None:
    columns = [row[1] for row in book._session().connection.execute("PRAGMA table_info(tallies)")]
    assert sorted(columns[4:]) == sorted(COLUMNS), "a new account needs a migration that adds its column"


def test_every_table_is_strict_and_every_version_has_a_migration(book: SqliteStore) -> None:
    tables = book._session().connection.execute("PRAGMA table_list").fetchall()
    assert [
        row[1] for row in tables if row[0] == "main" and not row[1].startswith("sqlite_") and not row[5]
    ] == []
    assert sorted(path.name for path in MIGRATIONS.iterdir()) == [
        f"{n:04}.sql" for n in range(1, SCHEMA_VERSION + 1)
    ]


def test_the_log_is_never_unsynced_in_the_middle(book: SqliteStore) -> None:
    connection = book._session().connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (1,), "the session syncs its commits itself"
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    with closing(book._connect(book.path)) as migrating:
        assert migrating.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_write_is_durable_before_it_returns_and_others_write_meanwhile(
    book: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, other = os.fdatasync, SqliteStore(path, busy_ms=200)
    log = path.with_name(path.name + "-wal")
    synced: list[int] = []

    def sync(handle: int) -> None:
        assert os.path.samestat(os.fstat(handle), os.stat(log))
        synced.append(os.fstat(handle).st_size)
        if len(synced) == 1:
            other_writes = threading.Thread(target=record, args=(other,))
            other_writes.start()
            other_writes.join(5)
            assert not other_writes.is_alive(), "the turn is held while the log is synced"
        real(handle)

    monkeypatch.setattr(os, "fdatasync", sync)
    record(book)
    assert len(synced) == 2
    assert synced[0] < synced[1] == log.stat().st_size, "each synced what it had written"
    book.write(lambda writer: writer.find_head())
    assert len(synced) == 3, "what a write tells of must be durable, whoever wrote it"
    other.close()


def fail_to_sync(handle: int) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_what_cannot_be_synced_is_put_into_the_file(
    book: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        record(book)
    assert path.with_name(path.name + "-wal").stat().st_size == 0
    assert record(book) == 2


def test_what_cannot_be_made_durable_is_told_until_it_is(
    book: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(book)
    other = SqliteStore(path, busy_ms=200)
    with other.read() as reader:
        reader.find_head()  # needs the log, so that it cannot be emptied
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", fail_to_sync)
            with pytest.raises(StoreUnsafe):
                record(book)
        with pytest.raises(StoreUnsafe):
            book.write(lambda writer: writer.find_head())
    assert book.write(lambda writer: writer.find_head()).seq == 2
    other.close()


# --- views --------------------------------------------------------------------------------------------------------


def test_a_view_does_not_see_later_writes(book: SqliteStore) -> None:
    record(book)
    with book.read() as reader:
        assert reader.find_head().seq == 1
        other = threading.Thread(target=record, args=(book,))
        other.start()
        other.join()
        assert reader.find_head().seq == 1
        assert len(reader.scan_events()) == 1
        with book.read() as nested:
            assert nested.find_head().seq == 1
    with book.read() as reader:
        assert reader.find_head().seq == 2


def test_reads_inside_a_write_see_it(book: SqliteStore) -> None:
    def work(writer: Writer) -> None:
        writer.append_log("audit", {})
        with book.read() as reader:
            assert len(reader.list_log("audit")) == 1

    book.write(work)


def test_an_error_inside_a_view_closes_it(book: SqliteStore) -> None:
    with pytest.raises(KeyError), book.read():
        raise KeyError
    record(book)


# --- processes ----------------------------------------------------------------------------------------------------


def write_some(path: Path, count: int, done: Connection) -> None:
    store = SqliteStore(path)
    done.send([record(store) for _ in range(count)])


def test_processes_take_turns_and_lose_no_seq(book: SqliteStore, path: Path) -> None:
    results, processes = [], []
    for _ in range(3):
        receiver, sender = forking.Pipe(duplex=False)
        process = forking.Process(target=write_some, args=(path, 40, sender))
        process.start()
        results.append(receiver)
        processes.append(process)
    seqs = [seq for result in results for seq in result.recv()]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(seqs) == list(range(1, 121))
    with book.read() as reader:
        assert [event.seq for event in reader.scan_events()] == sorted(seqs)


def use_inherited(store: SqliteStore, done: Connection) -> None:
    with store.read() as reader:
        before = reader.find_head().seq
    done.send((before, record(store)))


def test_a_store_opened_before_a_fork_works_on_both_sides(book: SqliteStore) -> None:
    record(book)
    receiver, sender = forking.Pipe(duplex=False)
    child = forking.Process(target=use_inherited, args=(book, sender))
    child.start()
    assert receiver.recv() == (1, 2)
    child.join()
    assert child.exitcode == 0
    assert record(book) == 3


def write_until_killed(path: Path, told: Connection) -> None:
    store = SqliteStore(path)
    while True:
        told.send(record(store))


def test_what_was_acknowledged_survives_kill_9(book: SqliteStore, path: Path) -> None:
    acknowledged = 0
    for _ in range(5):
        receiver, sender = forking.Pipe(duplex=False)
        process = forking.Process(target=write_until_killed, args=(path, sender))
        process.start()
        sender.close()
        while (acknowledged := receiver.recv()) % 20:
            pass
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        try:
            while True:
                acknowledged = receiver.recv()
        except EOFError:
            pass
        with book.read() as reader:
            last = reader.find_head().seq
            assert last in (acknowledged, acknowledged + 1)
            assert len(reader.scan_events(0, 10_000)) == last
            assert len(reader.scan_lots("", 10_000)) == last
        assert record(book) == last + 1


def migrate_and_record(path: Path) -> None:
    store = SqliteStore(path)
    store.migrate()
    record(store)


def test_several_processes_may_start_on_a_new_book(path: Path) -> None:
    processes = [forking.Process(target=migrate_and_record, args=(path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    store = SqliteStore(path)
    with store.read() as reader:
        assert reader.find_head().seq == 4
    store.close()


# --- refusals -----------------------------------------------------------------------------------------------------


def test_a_newer_book_is_refused_and_left_alone(book: SqliteStore, path: Path) -> None:
    connection = book._session().connection
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (SCHEMA_VERSION + 1,))
    book.close()
    newer = SqliteStore(path)
    with pytest.raises(StoreVersion, match=r"store\.newer"):
        newer.migrate()
    with pytest.raises(StoreVersion, match=r"store\.newer"), newer.read():
        pass
    with pytest.raises(StoreVersion, match=r"store\.newer"):
        record(newer)


def test_an_older_derived_state_asks_for_a_rebuild(
    book: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DERIVED_VERSION", DERIVED_VERSION + 1)
    assert book.migrate() is True
    monkeypatch.setattr("graph.sqlite.writer.DERIVED_VERSION", DERIVED_VERSION + 1)
    book.write(lambda writer: writer.clear_derived())
    assert book.migrate() is False


def record_for_ever(store: Store) -> None:
    while True:
        record(store)


def test_a_full_disk_stores_nothing(path: Path) -> None:
    SqliteStore(path).migrate()
    store = SqliteStore(path, max_pages=100)
    with pytest.raises(StoreFull, match=r"store\.full"):
        record_for_ever(store)
    with store.read() as reader:
        last = reader.find_head().seq
        assert last > 0
        assert len(reader.scan_lots("", 10_000)) == last
        assert sum(row.lots for row in reader.sum_stock(LotFilter())) == last
    store.close()
    roomy = SqliteStore(path)
    assert record(roomy) == last + 1
    roomy.close()


def test_a_book_that_somebody_else_keeps_locked_is_unavailable(book: SqliteStore, path: Path) -> None:
    record(book)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"store\.busy"):
        record(book)
    with book.read() as reader:
        assert reader.find_head().seq == 1
    other.execute("ROLLBACK")
    other.close()
    assert record(book) == 2


def test_writers_wait_for_the_lock_of_another_process(path: Path) -> None:
    book = SqliteStore(path)
    book.migrate()
    record(book)
    lock = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    waiting = threading.Thread(target=record, args=(book,))
    waiting.start()
    time.sleep(0.3)
    assert waiting.is_alive()
    os.close(lock)
    waiting.join(10)
    assert not waiting.is_alive()
    book.close()


def test_a_process_that_stands_still_with_the_lock_keeps_nobody_for_long(
    book: SqliteStore, path: Path
) -> None:
    record(book)
    lock = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match=r"store\.busy"):
            record(book)
    with book.read() as reader:
        assert reader.find_head().seq == 1
    os.close(lock)
    assert record(book) == 2


def test_all_who_wait_for_another_program_give_up_together(path: Path) -> None:
    """The second in the queue has waited as long as the first, and does not wait once more."""
    book = SqliteStore(path, busy_ms=1000)
    book.migrate()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    took: list[float] = []

    def write() -> None:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"store\.busy"):
            record(book)
        took.append(time.monotonic() - begun)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    other.close()
    assert len(took) == 8
    assert max(took) < 5, "they waited one after the other"
    assert record(book) == 1
    book.close()


# --- backup -------------------------------------------------------------------------------------------------------


def test_a_backup_is_a_book_of_its_own_at_one_seq(book: SqliteStore, tmp_path: Path) -> None:
    store_history(book, make_history(seed=6, count=40))
    with book.read() as reader:
        head, lots = reader.find_head(), reader.scan_lots()
        tallies = reader.sum_tallies(TallyFilter(("nation:CN",)))
    copy_path = tmp_path / "copy.db"
    copy_path.write_bytes(b"an older copy")
    book.backup(copy_path)
    record(book)
    assert sorted(name for name in os.listdir(tmp_path) if name.startswith("copy")) == ["copy.db"]
    copy = SqliteStore(copy_path)
    assert copy.migrate() is False
    with copy.read() as reader:
        assert (reader.find_head(), reader.scan_lots()) == (head, lots)
        assert reader.sum_tallies(TallyFilter(("nation:CN",))) == tallies
        assert reader.list_events(EventFilter(), "", 1)[0]
    assert record(copy) == head.seq + 1
    copy.close()


def test_a_backup_to_nowhere_is_a_clear_error(book: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"store\.no_access"):
        book.backup(tmp_path / "no folder" / "copy.db")


def test_a_reader_that_is_held_open_raises_the_errors_of_the_store(
    book: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*query: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    view = book.read()
    reader = view.__enter__()
    monkeypatch.setattr(reader, "_execute", fail)
    with pytest.raises(StoreError):
        reader.find_events(["any"])
    monkeypatch.undo()
    view.__exit__(None, None, None)
