"""Run the store on a Neo4j server: one writer at a time, reads that notice when the book changed.

Neo4j is read-committed: two queries may see two states of the book. So:

- ``write`` first takes the lock of the one ``:Writer`` node and increments its ``turn``. Nobody else
  writes until it has committed, so what it reads is exact.
- ``read`` takes no lock and keeps its answers. If the turn has changed by the end of the block, it
  takes the lock and runs the queries again: the same answers are one consistent view; others raise
  StoreUnavailable("store.changed"), and the thread's next block holds the lock from the start, so
  trying again succeeds.
- Sums hold the lock from the first of them on: all sums of a report belong to one seq. Writers wait
  meanwhile.
- Not compared: a block's only query; documents and logs, of which each stands for itself; and streams
  (``scan_*``, ``trace_lots``, more than 50 000 rows), where whoever needs one state must say up to which
  seq. A commit becomes visible part by part for about a millisecond; only sums and writes are safe
  from that.

Where the answer to a commit was lost, the turn on this thread's ``:Client`` node says whether it
was stored.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from socket import gethostname
from typing import Any, TypeVar
from uuid import uuid4

import neo4j
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DatabaseError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from graph.neo4j.queries import CYPHER, list_indexes, read_migration
from graph.neo4j.reader import Documents, Neo4jReader, Row
from graph.neo4j.waiting import LOCK_TIMEOUT, LockQueue
from graph.neo4j.writer import Neo4jWriter
from graph.store import DERIVED_VERSION, SCHEMA_VERSION, EngineFault, Head, Reader, Writer
from traceability.domain.errors import (
    StoreError,
    StoreForeign,
    StoreFull,
    StoreUnavailable,
    StoreVersion,
    WriteConflict,
)

T = TypeVar("T")

_COMPARED_ROWS = 50_000
_FEW_NODES = (
    5_000  # one transaction deletes them in a moment; 60 000 took more memory than a server of 1 GB has
)
_USUAL = 4
_FIRST_WITH_SUMS = 6  # schema version
_PROGRAM = "traceability/"
_CLIENT_TURNS = 100_000  # a client that wrote nothing for so long is forgotten

# Drivers that a fork inherited. Closing one would end the parent's connections, so they are only kept.
_inherited: list[neo4j.Driver] = []

_INDEXES = list_indexes()

# Every query is anchored by hints or unique keys, so a growing book changes no plan; compiling apply takes seconds.
_KEEP_PLAN = "CYPHER replan=skip "

Transaction = neo4j.Transaction | neo4j.ManagedTransaction


def _ask(transaction: Transaction, text: str, params: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a query; its text is a block of ours, values are parameters."""
    return list(transaction.run(_KEEP_PLAN + text, given=dict(params)))


class _Read:
    """The queries of one read block, without the lock until ``hold`` takes it."""

    def __init__(self, store: "Neo4jStore") -> None:
        self._store = store
        self._session: neo4j.Session | None = None
        self._transaction: neo4j.Transaction | None = None
        self._turn: int | None = None
        self._held = False
        self._answers: list[tuple[str, Mapping[str, Any], list[Row]]] = []
        self._rows = 0

    def ask(self, text: str, params: Mapping[str, Any], *, steady: bool = True) -> list[Row]:
        """Return the rows of a query, kept for comparison if it is steady and the lock is not held.

        Raises StoreError, wherever in its life the view is asked.
        """
        try:
            rows = self._ask_once_more(text, params, steady=steady)
        except (DriverError, Neo4jError) as error:
            raise _our_error(error, self._store.url) from error
        if steady and not self._held and self._rows <= _COMPARED_ROWS:
            self._answers.append((text, params, rows))
            self._rows += len(rows)
        return rows

    def _ask_once_more(self, text: str, params: Mapping[str, Any], *, steady: bool) -> list[Row]:
        """Return the rows of a query, run again where a connection had died in the pool."""
        try:
            return self._first(text, params, steady=steady)
        except (DriverError, Neo4jError) as error:
            # Before the first answer another connection is as good.
            if self._answers or self._held or not error.is_retryable():
                raise
            self.close()
            return self._first(text, params, steady=steady)

    def _first(self, text: str, params: Mapping[str, Any], *, steady: bool) -> list[Row]:
        transaction = self._transaction or self._open(neo4j.READ_ACCESS)
        if steady and self._turn is None:
            self._turn = _ask(transaction, CYPHER["find_turn"], {})[0][0]
        return _ask(transaction, text, params)

    def hold(self) -> None:
        """Keep writers out until the block ends; what was read before must still be true.

        Raises StoreError.
        """
        if self._held:
            return
        try:
            self._lock_and_compare()
        except (DriverError, Neo4jError) as error:
            raise _our_error(error, self._store.url) from error

    def _lock_and_compare(self) -> None:
        answers = self._answers if self._transaction is not None else []
        self.close()
        self._held = True
        with self._store.lock_queue().wait():
            turn = _ask(self._open(neo4j.WRITE_ACCESS), CYPHER["lock_writer_only"], {})[0][0]
        if answers and turn != self._turn:
            self._compare(answers)

    def _compare(self, answers: list[tuple[str, Mapping[str, Any], list[Row]]]) -> None:
        assert self._transaction is not None
        for text, params, rows in answers:
            if _ask(self._transaction, text, params) != rows:
                self._store.hold_next()
                raise StoreUnavailable("store.changed")

    def verify(self) -> None:
        """Check that all answers of the block belong together.

        Raises StoreUnavailable if they do not.
        """
        if self._held or len(self._answers) < 2 or self._rows > _COMPARED_ROWS or self._transaction is None:
            return
        if _ask(self._transaction, CYPHER["find_turn"], {})[0][0] != self._turn:
            self.hold()

    def _open(self, access: str) -> neo4j.Transaction:
        self._session = self._store.session(access)
        self._transaction = self._session.begin_transaction()
        return self._transaction

    def close(self) -> None:
        """End the transaction and give the connection back."""
        session, self._session, self._transaction = self._session, None, None
        if session is not None:
            # An error about a lost connection was raised already.
            with suppress(DriverError, Neo4jError, OSError):
                session.close()


class _Write:
    """The queries of a write, which holds the lock."""

    def __init__(self, store: "Neo4jStore", transaction: neo4j.ManagedTransaction) -> None:
        self._store = store
        self._transaction = transaction

    def ask(self, text: str, params: Mapping[str, Any], *, steady: bool = True) -> list[Row]:
        """Return the rows of a query."""
        return _ask(self._transaction, text, params)

    def hold(self) -> None:
        """Hold nothing more: the writer has the lock already."""

    def clear_derived(self) -> None:
        """Delete what is derived: a small book within this write, a large one in batches beside it."""
        if self.ask(CYPHER["count_nodes"], {})[0][0] <= _FEW_NODES:
            self.ask(CYPHER["clear_derived"], {})
            return
        with self._store.session(neo4j.WRITE_ACCESS) as session:
            # If this is interrupted, the next start finds that the book must be rebuilt.
            session.run(CYPHER["put_derived_version"], given={"derived_version": 0}).consume()
            session.run(CYPHER["clear_derived_in_batches"]).consume()


class _Thread(threading.local):
    """The state of one thread's use of the store."""

    def __init__(self) -> None:
        self.client = str(uuid4())
        self.pid = os.getpid()
        self.reader: Neo4jReader | None = None
        self.writer: Neo4jWriter | None = None
        self.hold_next = False
        self.usual: list[tuple[str, str]] = []  # the first documents that its last write asked for


class Neo4jStore:
    """A book on a Neo4j server. ``patience_s`` is how long a server that does not answer is waited for."""

    def __init__(self, address: str, user: str = "", password: str = "", *, patience_s: float = 5.0) -> None:
        self.url = address
        self._auth = (user, password) if user or password else None
        self._patience_s = patience_s
        self._opening = threading.Lock()
        self._driver: neo4j.Driver | None = None
        self._pid = 0
        self._users = 0
        self._leaving: list[neo4j.Driver] = []  # to be closed when their last user is done
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        self._known_version = False
        self._thread = _Thread()
        self._lock_queue: LockQueue | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle address and credentials only: another process connects by itself."""
        return (Neo4jStore, (self.url, *(self._auth or ("", ""))))

    # --- the protocol ---------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Open one consistent view for as long as the block lasts, as the module says.

        Raises StoreUnavailable.
        """
        mine = self._thread
        outer = mine.writer or mine.reader
        if outer is not None:
            yield outer
            return
        with self._using():
            self._check_version()
            view = _Read(self)
            mine.reader = Neo4jReader(view, self.url)
            try:
                if mine.hold_next:
                    view.hold()
                    mine.hold_next = False
                yield mine.reader
                view.verify()
            finally:
                mine.reader = None
                view.close()

    def write(self, work: Callable[[Writer], T]) -> T:
        """Run ``work`` as the single writer and commit; an exception stores nothing."""
        mine = self._thread
        assert mine.reader is None, "a write inside a read view would wait for itself"
        assert mine.writer is None, "writes do not nest"
        done: tuple[int, T] | None = None

        def take_turn(transaction: neo4j.ManagedTransaction) -> T:
            nonlocal done
            done = None
            turn, head, documents = self._lock(transaction)
            writer = mine.writer = Neo4jWriter(_Write(self, transaction), self.url, head, documents)
            try:
                result = work(writer)
                writer.flush()
            finally:
                mine.writer = None
                mine.usual = list(islice(writer.read_documents, _USUAL))
            done = turn, result
            return result

        with self._using():
            for _ in range(3):
                try:
                    with self.session(neo4j.WRITE_ACCESS) as session:
                        return session.execute_write(take_turn)
                except IncompleteCommit:
                    assert done is not None, "only a commit can be incomplete"
                    if self._has_committed(done[0]):
                        return done[1]
        raise StoreUnavailable("store.unavailable", url=self.url, reason="IncompleteCommit")

    def migrate(self) -> bool:
        """Create or upgrade constraints and indexes; return whether derived state must be rebuilt.

        Raises StoreVersion.
        """
        with self._using(), self.session(neo4j.WRITE_ACCESS) as session:
            version = session.execute_read(_find_meta)[0] or 0
            if not version and session.execute_read(_ask, CYPHER["find_any_node"], {}):
                raise StoreForeign("store.foreign", path=self.url)
            if version > SCHEMA_VERSION:
                raise StoreVersion("store.newer", found=version, known=SCHEMA_VERSION)
            for number in range(version + 1, SCHEMA_VERSION + 1):
                # Schema and data may not share a transaction; IF NOT EXISTS lets an interrupted migration go on.
                session.execute_write(_ask_each, read_migration(number))
            session.execute_read(_ask, "CALL db.awaitIndexes(300)", {})
            if version < _FIRST_WITH_SUMS:
                session.execute_write(_add_up_anew)
            versions = {"schema_version": SCHEMA_VERSION, "derived_version": DERIVED_VERSION}
            session.execute_write(_ask, CYPHER["put_meta"], versions)
            session.execute_write(_ask, CYPHER["keep_newest_record_time"], {})
            session.execute_write(_ask, CYPHER["forget_clients"], {"turns": _CLIENT_TURNS})
            stale: bool = session.execute_read(_find_meta)[1] < DERIVED_VERSION
        self._known_version = True
        return stale

    def inspect(self) -> list[EngineFault]:
        """Return the indexes that the server lacks or could not fill, and nodes that are no part of the book.

        What a file system does to its pages a server tells nobody; its own tool checks them while it is stopped.
        """
        with self._using(), self.session(neo4j.READ_ACCESS) as session:
            states = {row[0]: row[1] for row in session.execute_read(_ask, CYPHER["list_index_states"], {})}
            faults = [EngineFault(name, "no such index") for name in sorted(_INDEXES - states.keys())]
            faults += [
                EngineFault(name, state) for name, state in sorted(states.items()) if state != "ONLINE"
            ]
            for labels, count in session.execute_read(_ask, CYPHER["list_strange_labels"], {}):
                faults.append(EngineFault(":".join(labels), f"{count} nodes of no label of ours"))
            for table in ("events", "postings"):
                count = session.execute_read(_ask, CYPHER[f"count_stray_{table}"], {})[0][0]
                if count:
                    faults.append(EngineFault(table, f"{count} rows of no event"))
        return faults

    @contextmanager
    def hold_vacant(self) -> Iterator[None]:
        """Refuse a book that another process of this system has open.

        Raises WriteConflict, StoreError. A server keeps no place free: whoever restores closes the book by a claim.
        """
        self.migrate()
        with self._using(), self.session(neo4j.READ_ACCESS) as session:
            others = session.run(CYPHER["list_programs"]).value()
        if any(agent.startswith(_PROGRAM) and agent != _name_program() for agent in others):
            raise WriteConflict("backup.store_open", path=self.url)
        yield

    def backup(self, path: Path) -> None:
        """Refuse with StoreError: the Community edition copies no database while it runs.

        ``services.upkeep.backup`` archives the log instead, from which everything else is derived
        again.
        """
        raise StoreError("store.no_copy", url=self.url)

    def close(self) -> None:
        """Release connections, those in use as soon as they are free.

        The store may be used again afterwards.
        """
        with self._opening:
            if self._driver is not None:
                (self._leaving if self._pid == os.getpid() else _inherited).append(self._driver)
                self._driver = None
            self._known_version = False
        self._close_leaving()

    def _close_leaving(self) -> None:
        with self._opening:
            leaving = [] if self._users else self._leaving
            self._leaving = [] if leaving else self._leaving
        for driver in leaving:
            driver.close()

    # --- turns ----------------------------------------------------------------------------------------------------

    def hold_next(self) -> None:
        """Make this thread's next read block hold the lock from the start."""
        self._thread.hold_next = True

    def _lock(self, transaction: neo4j.ManagedTransaction) -> tuple[int, Head, Documents]:
        """Wait for the lock and return the turn's number, the head and the usual documents.

        These are the ones that this thread's last write read.

        A writer mostly reads the same few documents again, the acting person's among them, so they
        are read in the same query.
        """
        usual = self._thread.usual
        keys = [{"kind": kind, "id": doc_id} for kind, doc_id in usual]
        with self.lock_queue().wait():
            rows = _ask(transaction, CYPHER["lock_writer"], {"client": self._client(), "usual": keys})
        if not rows:
            raise StoreVersion("store.unmigrated", found=0, known=SCHEMA_VERSION)
        version, turn, seq, chain, record_ms, document_rows = rows[0]
        _require_version(version)
        documents: Documents = dict.fromkeys(usual)
        documents.update(((row[0], row[1]), tuple(row)) for row in document_rows)
        return turn, Head(seq, chain, record_ms), documents

    def lock_queue(self) -> LockQueue:
        """Return who of this process waits for the lock; a forked child begins with nobody."""
        if self._lock_queue is None or self._lock_queue.pid != os.getpid():
            self._lock_queue = LockQueue(self.url)
        return self._lock_queue

    def _client(self) -> str:
        """Return the id of this thread; a forked child has another."""
        mine = self._thread
        if mine.pid != os.getpid():
            mine.pid, mine.client = os.getpid(), str(uuid4())
        return mine.client

    def _has_committed(self, turn: int) -> bool:
        """Return whether this thread's turn was committed.

        Waits for its own lock if that still exists.
        """

        def find(transaction: neo4j.ManagedTransaction) -> list[Row]:
            with self.lock_queue().wait():
                _ask(transaction, CYPHER["lock_writer_only"], {})
            return _ask(transaction, CYPHER["find_client"], {"client": self._client()})

        with self.session(neo4j.WRITE_ACCESS) as session:
            rows = session.execute_write(find)
        return bool(rows) and bool(rows[0][0] == turn)

    def _check_version(self) -> None:
        """Refuse a store of another version, once per process; writes check every time."""
        if not self._known_version or self._pid != os.getpid():
            with self.session(neo4j.READ_ACCESS) as session:
                _require_version(session.execute_read(_find_meta)[0] or 0)
            self._known_version = True

    # --- connections ----------------------------------------------------------------------------------------------

    def session(self, access: str) -> neo4j.Session:
        """Return a session of this process's driver."""
        return self._connect().session(
            default_access_mode=access, bookmark_manager=self._bookmarks, fetch_size=-1
        )

    def _connect(self) -> neo4j.Driver:
        """Return this process's driver, opened anew after a fork."""
        driver = self._driver
        if driver is not None and self._pid == os.getpid():
            return driver
        with self._opening:
            if self._driver is not None and self._pid != os.getpid():
                _inherited.append(self._driver)
                self._driver = None
            if self._driver is None:
                self._driver = neo4j.GraphDatabase.driver(
                    self.url,
                    auth=self._auth,
                    connection_timeout=self._patience_s,
                    connection_acquisition_timeout=2 * self._patience_s,
                    max_transaction_retry_time=self._patience_s,
                    notifications_min_severity="OFF",
                    telemetry_disabled=True,
                    user_agent=_name_program(),
                )
                self._pid = os.getpid()
            return self._driver

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Count a use of the server and raise the driver's errors as ours.

        No type of the driver leaves this package.
        """
        with self._opening:
            self._users += 1
        try:
            yield
        except (DriverError, Neo4jError) as error:
            raise _our_error(error, self.url) from error
        finally:
            with self._opening:
                self._users -= 1
            if self._leaving:
                self._close_leaving()


def _add_up_anew(transaction: neo4j.ManagedTransaction) -> None:
    """Store the sums of documents and log entries of a book that has none yet, or half of them."""
    _ask(transaction, CYPHER["lock_writer_only"], {})
    _ask(transaction, CYPHER["clear_row_sums"], {})
    reader = Neo4jReader(_Plain(transaction), "")
    sums = [{**key._asdict(), **total._asdict()} for key, total in reader.add_up_rows().items()]
    _ask(transaction, CYPHER["add_row_sums"], {"sums": sums})


class _Plain:
    """The queries of one transaction, as they are."""

    def __init__(self, transaction: neo4j.ManagedTransaction) -> None:
        self._transaction = transaction

    def ask(self, text: str, params: Mapping[str, Any], *, steady: bool = True) -> list[Row]:
        """Return the rows of a query."""
        return _ask(self._transaction, text, params)

    def hold(self) -> None:
        """Hold nothing more: nobody writes to a book that is not migrated."""


def _name_program() -> str:
    """Return the name under which this process' connections are known to the server."""
    return f"{_PROGRAM}{gethostname()}:{os.getpid()}"


def _ask_each(transaction: neo4j.ManagedTransaction, statements: list[str]) -> None:
    for statement in statements:
        _ask(transaction, statement, {})


def _find_meta(transaction: neo4j.ManagedTransaction) -> Row:
    return _ask(transaction, CYPHER["find_meta"], {})[0]


def _require_version(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise StoreVersion("store.newer", found=version, known=SCHEMA_VERSION)
    if version < SCHEMA_VERSION:
        raise StoreVersion("store.unmigrated", found=version, known=SCHEMA_VERSION)


# --- errors -------------------------------------------------------------------------------------------------------

# Codes and words of a server whose transaction log cannot grow
_FULL_CODES = (
    "Neo.DatabaseError.Transaction.TransactionLogError",
    "Neo.DatabaseError.Transaction.TransactionCommitFailed",
)
_FULL_WORDS = ("no space left", "disk quota", "disk full", "disk is full", "file too large")


def _our_error(error: DriverError | Neo4jError, url: str) -> StoreError:
    code = getattr(error, "code", None) or type(error).__name__
    words = str(error).lower()
    if isinstance(error, DatabaseError) and (
        code in _FULL_CODES or any(full in words for full in _FULL_WORDS)
    ):
        return StoreFull("store.full", path=url)
    if code == LOCK_TIMEOUT:
        return StoreUnavailable("store.busy", url=url)
    if isinstance(error, AuthError | ConfigurationError | DriverError) or error.is_retryable():
        return StoreUnavailable("store.unavailable", url=url, reason=code)
    return StoreError("store.failed", reason=f"{code}: {getattr(error, 'message', None) or error}")
