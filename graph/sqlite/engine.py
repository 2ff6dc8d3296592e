"""Run the embedded engine: one SQLite file, many readers, one writer at a time in all processes.

Writers queue by kernel locks before ``BEGIN IMMEDIATE``, because SQLite's own busy handler starved
most of them. Every write is durable before it returns: its writer syncs the write-ahead log after
it has released the queue, while the next one works. A write that was decided on another's result is
never durable before that one, as it stands behind it in the log. The log is moved into the file
only while the queue is held: until 3.51.3 SQLite could lose commits where two processes did that
beside a writer (sqlite.org/wal.html#walresetbug).
"""

import errno
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from graph.blobs import NO_ACCESS, sync
from graph.sqlite.errors import translate_error
from graph.sqlite.identity import APPLICATION_ID, SIDE_FILES, check_identity, find_side_file
from graph.sqlite.queries import MIGRATIONS, SQL
from graph.sqlite.reader import SqliteReader
from graph.sqlite.writer import SqliteWriter
from graph.sqlite.writer_queue import Presence, WriterQueue, lock_alone, lock_book
from graph.store import DERIVED_VERSION, SCHEMA_VERSION, EngineFault, Reader, Writer
from traceability.domain.errors import (
    StoreError,
    StoreForeign,
    StoreFull,
    StoreUnavailable,
    StoreUnsafe,
    StoreVersion,
    WriteConflict,
)

T = TypeVar("T")

_LONG_WAIT_S = 0.5  # in the queue
_BRIEF_MS = 500  # while writes have been waiting in vain
_LEAST_WAIT_MS = 100  # for another program that has the file
_FIRST_WITH_SUMS = 6  # schema version
_FAULTS_SHOWN = 100
_WHOLE = "ok"

# Connections that a fork inherited. SQLite must not use or close them in the child, so they are only kept.
_inherited: list[object] = []


class _Patience:
    """How long the writes of a process wait: in full once, then briefly until one gets through.

    So a book that another program keeps does not hold every thread of a server in turn.
    """

    def __init__(self, full_ms: int) -> None:
        self.full_ms = full_ms
        self.stuck = False

    @property
    def ms(self) -> int:
        """How long the next write waits in all."""
        return min(self.full_ms, _BRIEF_MS) if self.stuck else self.full_ms


class _Session:
    """One thread's connection in one process."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, presence: Presence, patience: _Patience
    ) -> None:
        self.pid = os.getpid()
        self._patience = patience
        self._presence = presence
        self.path = path
        self.connection = connection
        self.reader = SqliteReader(connection, path)
        self.writer: SqliteWriter | None = None  # while a write is open
        self.depth = 0  # 1 while a view is open; nested reads share it
        self._queue: WriterQueue | None = None
        self._log: int | None = None
        self._unsynced = ""  # why the disk did not confirm what stands in the log
        self.idle = (
            threading.Lock()
        )  # held while a view or a write is open, so that close() waits for neither
        self.stale = False  # close() was called meanwhile: to be released after use

    @contextmanager
    def used(self) -> Iterator[None]:
        """Mark the session as busy with a view or a write, so that nobody closes it meanwhile."""
        try:
            with self.idle:
                yield
        finally:
            if self.stale:
                self.close()

    @contextmanager
    def turn(self) -> Iterator["_Turn"]:
        """Hold the queue and the lock of this file: alone among all its writers.

        Raises StoreUnavailable where nobody before it gets anything done.
        """
        with _TranslatedOsErrors(self.path):
            if self._queue is None:
                self._queue = WriterQueue(self.path)
            queue = self._queue
            came = time.monotonic()
            try:
                queue.acquire(self._patience.ms / 1000)
            except TimeoutError as error:
                self._patience.stuck = True
                raise StoreUnavailable("store.busy", url=f"sqlite:///{self.path}") from error
        turn = _Turn(self.connection, self._patience, time.monotonic() - came)
        try:
            yield turn
        finally:
            turn.end()
            queue.release(done=turn.begun)

    def sync(self) -> None:
        """Make everything committed so far durable, whoever committed it. Raises StoreUnsafe."""
        try:
            os.fdatasync(self.log())
        except OSError as error:
            self._unsynced = str(error)
        if self._unsynced:
            if not self._empty_log():
                raise StoreUnsafe("store.not_durable", path=str(self.path), reason=self._unsynced)
            self._unsynced = ""

    def log(self) -> int:
        """Return the open file of the log, the same as long as the connection is open.

        Raises OSError.
        """
        if self._log is None:
            self._log = os.open(f"{self.path}-wal", os.O_RDWR | os.O_CLOEXEC)
        return self._log

    def _empty_log(self) -> bool:
        """Move all of the log into the file and return whether that succeeded.

        The kernel reports a failed write once and then treats it as done, so no later sync of the
        log would make up for it.
        """
        for _ in range(2):  # SQLite's own handle of the log reports the same failure first
            with suppress(sqlite3.Error, StoreError), self.turn():
                busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return True
        return False

    def close(self) -> None:
        """Release the connection, unless another process opened it."""
        self.leave()
        if self.pid == os.getpid():
            self.connection.close()
        else:
            _inherited.append(self.connection)

    def leave(self) -> None:
        """Close the files beside the book."""
        self._presence.close()
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.close()
        log, self._log = self._log, None
        if log is not None:
            os.close(log)

    def __del__(self) -> None:
        self.close()


class _Turn:
    """A writer's turn: whether it could begin, and how long it may still wait for other programs."""

    def __init__(self, connection: sqlite3.Connection, patience: _Patience, waited_s: float) -> None:
        self._connection = connection
        self._patience = patience
        # Whoever stood in the queue while another program had the file has waited for it already.
        rest_ms = max(patience.ms - int(waited_s * 1000), _LEAST_WAIT_MS)
        self._shortened = patience.stuck or waited_s > _LONG_WAIT_S
        self.begun = False
        if self._shortened:
            connection.execute(f"PRAGMA busy_timeout = {rest_ms}")

    def begin(self) -> None:
        """Begin the transaction. Raises sqlite3.OperationalError where another program has the file."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._patience.stuck = True
            raise
        self._patience.stuck = False
        self.begun = True

    def end(self) -> None:
        """Wait in full again the next time."""
        if self._shortened:
            with suppress(sqlite3.Error):
                self._connection.execute(f"PRAGMA busy_timeout = {self._patience.full_ms}")


def _reopen(path: Path, busy_ms: int, max_pages: int | None) -> "SqliteStore":
    return SqliteStore(path, busy_ms=busy_ms, max_pages=max_pages)


class SqliteStore:
    """A book in one SQLite file. ``max_pages`` limits its size (4 KiB each).

    ``busy_ms`` is how long a write waits for a program that holds the file, and for a queue of writers that
    does not move.
    """

    def __init__(self, path: Path, *, busy_ms: int = 10_000, max_pages: int | None = None) -> None:
        self.path = path.resolve()  # one queue, by whatever name the book is reached
        self.url = f"sqlite:///{path}"
        self._busy_ms = busy_ms
        self._patience = _Patience(busy_ms)
        self._max_pages = max_pages
        self._local = threading.local()
        self._sessions: weakref.WeakSet[_Session] = weakref.WeakSet()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the address only: another process opens the same book for itself."""
        return (_reopen, (self.path, self._busy_ms, self._max_pages))

    # --- the protocol ---------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Open one consistent view for as long as the block lasts."""
        with _TranslatedSqliteErrors(self.path):
            session = self._session()
            if session.writer is not None:
                yield session.writer
            elif session.depth:
                yield session.reader
            else:
                with session.used():
                    session.connection.execute("BEGIN")
                    session.depth = 1
                    try:
                        yield session.reader
                    finally:
                        session.depth = 0
                        if session.connection.in_transaction:
                            session.connection.execute("COMMIT")

    def write(self, work: Callable[[Writer], T]) -> T:
        """Run ``work`` as the single writer and commit.

        An exception other than StoreUnsafe stores nothing.
        """
        with _TranslatedSqliteErrors(self.path):
            session = self._session()
            assert not session.depth, "a write inside a read view would wait for itself"
            assert session.writer is None, "writes do not nest"
            with session.used():
                with session.turn() as turn:
                    turn.begin()
                    with _TranslatedOsErrors(self.path):
                        session.log()  # opened before the commit, or a failure to open it might go unreported
                    session.writer = SqliteWriter(session.connection, self.path)
                    try:
                        result = work(session.writer)
                        session.connection.execute("COMMIT")
                    except BaseException:
                        _roll_back(session.connection)
                        raise
                    finally:
                        session.writer = None
                session.sync()  # also where nothing was written: the result may rest on a commit that is not durable yet
            return result

    def migrate(self) -> bool:
        """Create or upgrade the tables; return whether derived state must be rebuilt.

        Safe from several processes at once. A book that has all of it is only read, whoever writes to it.
        """
        with _TranslatedSqliteErrors(self.path), _TranslatedOsErrors(self.path):
            check_identity(self.path)
            if self.path.exists():
                with _closing(self._connect(self.path)) as connection:
                    if _has_all_tables(connection):
                        return _is_stale(connection)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                if self.path.exists():
                    check_identity(self.path)
                else:
                    self._create()
                with _closing(self._connect(self.path)) as connection:
                    connection.execute("PRAGMA journal_mode = WAL")
                    return _migrate(connection, self.path)

    def inspect(self) -> list[EngineFault]:
        """Return what SQLite finds wrong with pages, tables and indexes, and rows that belong to no event."""
        with _TranslatedSqliteErrors(self.path), _closing(self._connect(self.path)) as connection:
            return [*_find_faults(connection), *_find_strays(connection)]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the book without queueing. Raises StoreUnavailable where another does not let go of it."""
        try:
            with lock_book(self.path, self._patience.full_ms / 1000):
                yield
        except TimeoutError as error:
            raise StoreUnavailable("store.busy", url=self.url) from error

    @contextmanager
    def hold_vacant(self) -> Iterator[None]:
        """Keep the place of a book that does not exist yet: nobody makes or opens one before the block ends.

        Raises WriteConflict where a book, what another left behind, or somebody who has one open is there.
        """
        with _TranslatedOsErrors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with lock_alone(self.path) as alone:
                if self.path.exists():
                    raise WriteConflict("backup.store_in_use")
                if left := find_side_file(self.path):
                    raise WriteConflict("backup.leftover", file=str(left))
                if not alone:
                    raise WriteConflict("backup.store_open", path=str(self.path))
                yield

    def _create(self) -> None:
        """Make an empty book under another name first: a file of a book's name is a whole book."""
        if left := find_side_file(self.path):
            raise StoreForeign("store.leftover", file=str(left), path=str(self.path))
        new = self.path.with_name(self.path.name + ".new")
        for ending in ("", *SIDE_FILES):  # of a start that was broken off
            new.with_name(new.name + ending).unlink(missing_ok=True)
        try:
            with _closing(self._connect(new, "rwc")) as connection:
                _migrate(connection, new)
                connection.execute("PRAGMA journal_mode = WAL")
            sync(new)
            new.rename(self.path)
        finally:
            new.unlink(missing_ok=True)
        sync(self.path.parent)

    def backup(self, path: Path) -> None:
        """Copy the book at one seq into a SQLite file of its own.

        The copy gets its name only when complete.
        """
        part = path.with_name(path.name + ".part")
        with _TranslatedSqliteErrors(path), _TranslatedOsErrors(path), self.read():
            part.unlink(missing_ok=True)
            try:
                with _closing(sqlite3.connect(part)) as copy:
                    self._session().connection.backup(copy)
                    self._session().sync()  # or the copy might hold what the book then loses
                    # A copy in WAL mode would need its -wal file beside it; migrate() turns WAL on again.
                    copy.execute("PRAGMA journal_mode = DELETE")
                sync(part)
                part.replace(path)
                sync(path.parent)
            finally:
                part.unlink(missing_ok=True)

    def close(self) -> None:
        """Release every connection of this process, those in use once they are free.

        The store may be used again afterwards.
        """
        for session in list(self._sessions):
            session.stale = True
            if session.idle.acquire(blocking=False):
                session.close()
                session.idle.release()
        self._sessions = weakref.WeakSet()
        self._local = threading.local()

    # --- connections ----------------------------------------------------------------------------------------------

    def _session(self) -> _Session:
        """Return this thread's session, opened anew after a fork."""
        session: _Session | None = getattr(self._local, "session", None)
        if session is not None and session.pid == os.getpid() and not session.stale:
            return session
        if session is not None and session.pid != os.getpid():
            # Sessions of other threads of the parent go the same way when their holders die with the fork.
            session.leave()  # or the parent's lock would outlive it here
            _inherited.append(session)
            self._sessions = weakref.WeakSet()
        with _TranslatedOsErrors(self.path):
            check_identity(self.path)
        connection = self._connect(self.path)
        presence = None
        try:
            with _TranslatedOsErrors(self.path):
                presence = Presence(self.path)
            connection.execute("PRAGMA synchronous = NORMAL")  # the session syncs its commits itself
            _check_version(connection)
        except BaseException:
            connection.close()
            if presence is not None:
                presence.close()
            raise
        session = self._local.session = _Session(self.path, connection, presence, self._patience)
        self._sessions.add(session)
        return session

    def _connect(self, path: Path, mode: str = "rw") -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None,
            timeout=self._busy_ms / 1000, cached_statements=512, check_same_thread=False,
        )  # fmt: skip
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA secure_delete = ON")  # what is erased is gone, also from backups
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA cache_size = -16000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            if self._max_pages is not None:
                connection.execute(f"PRAGMA max_page_count = {int(self._max_pages)}")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    finally:
        connection.close()


def _roll_back(connection: sqlite3.Connection) -> None:
    # After a full disk SQLite has often rolled back by itself.
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


# --- versions -----------------------------------------------------------------------------------------------------


def _find_meta(connection: sqlite3.Connection, key: str) -> int:
    """Return a number that the store keeps about itself; 0 in an empty file."""
    table = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'"
    ).fetchone()
    row = connection.execute(SQL["find_meta"], (key,)).fetchone() if table else None
    return row[0] if row else 0


def _check_version(connection: sqlite3.Connection) -> None:
    version = _find_meta(connection, "schema_version")
    if version > SCHEMA_VERSION:
        raise StoreVersion("store.newer", found=version, known=SCHEMA_VERSION)
    if version < SCHEMA_VERSION:
        raise StoreVersion("store.unmigrated", found=version, known=SCHEMA_VERSION)


def _migrate(connection: sqlite3.Connection, path: Path) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _find_meta(connection, "schema_version")
        if version > SCHEMA_VERSION:
            raise StoreVersion("store.newer", found=version, known=SCHEMA_VERSION)
        for number in range(version + 1, SCHEMA_VERSION + 1):
            for statement in _statements((MIGRATIONS / f"{number:04}.sql").read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(SQL["put_meta"], ("schema_version", number))
        if not version:
            connection.execute(SQL["put_meta"], ("derived_version", DERIVED_VERSION))
        if version < _FIRST_WITH_SUMS:
            for key, total in SqliteReader(connection, path).add_up_rows().items():
                connection.execute(SQL["add_row_sum"], (*key, *total))
        if connection.execute(SQL["find_meta"], ("newest_record_ms",)).fetchone() is None:
            newest_ms = connection.execute(SQL["find_newest_record_time"]).fetchone()[0]
            connection.execute(SQL["put_meta"], ("newest_record_ms", newest_ms))
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return _is_stale(connection)


def _has_all_tables(connection: sqlite3.Connection) -> bool:
    """Return whether ``_migrate`` would change nothing."""
    return (
        _find_meta(connection, "schema_version") == SCHEMA_VERSION
        and connection.execute(SQL["find_meta"], ("newest_record_ms",)).fetchone() is not None
        and connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        and connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    )


def _is_stale(connection: sqlite3.Connection) -> bool:
    return _find_meta(connection, "derived_version") < DERIVED_VERSION


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; executescript would commit before it runs them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


# --- damage -------------------------------------------------------------------------------------------------------


def _find_faults(connection: sqlite3.Connection) -> list[EngineFault]:
    """Return what SQLite finds wrong: of the whole file, and if anything is, table by table to name them."""
    whole = _ask_integrity(connection, "")
    if not whole:
        return []
    named = []
    for table in _list_tables(connection):
        named += [EngineFault(table, words) for words in _ask_integrity(connection, table)]
    return named or [EngineFault("", words) for words in whole]


def _list_tables(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        return [row[0] for row in rows]
    except sqlite3.Error:
        return []


def _ask_integrity(connection: sqlite3.Connection, table: str) -> list[str]:
    quoted = table.replace('"', '""')
    asked = f'PRAGMA integrity_check("{quoted}")' if table else f"PRAGMA integrity_check({_FAULTS_SHOWN})"
    try:
        rows = connection.execute(asked).fetchall()
    except sqlite3.Error as error:  # a page that it cannot go on from
        return [str(error)]
    return [] if rows == [(_WHOLE,)] else [row[0] for row in rows[:_FAULTS_SHOWN]]


def _find_strays(connection: sqlite3.Connection) -> list[EngineFault]:
    faults = []
    for table in ("edges", "postings"):
        with suppress(sqlite3.Error):  # a table that cannot be read was named already
            count = connection.execute(SQL[f"count_stray_{table}"]).fetchone()[0]
            if count:
                faults.append(EngineFault(table, f"{count} rows of no event"))
    return faults


# --- errors -------------------------------------------------------------------------------------------------------


class _Translated:
    """Raise the errors of what a block calls as errors of the store.

    A class rather than a generator, which costs more to enter and leave: every view and write
    passes through one to three of these.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None


class _TranslatedSqliteErrors(_Translated):
    """Raise SQLite's errors as errors of the store."""

    __slots__ = ()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise translate_error(error, self._path) from error


class _TranslatedOsErrors(_Translated):
    """Raise the file system's errors as errors of the store, around our own use of it only."""

    __slots__ = ()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError):
            return
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreFull("store.full", path=str(self._path)) from error
        code = "store.no_access" if error.errno in NO_ACCESS else "store.unavailable"
        raise StoreUnavailable(code, url=f"sqlite:///{self._path}", reason=str(error)) from error
