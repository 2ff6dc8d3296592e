"""Tell a book from every other file before it is opened: what is no book is refused, and not altered by a byte.

A book bears our number in its header (``PRAGMA application_id``). Books of before have none, and are known by their
tables. SQLite itself would take an empty file for a new database and a stranger's for one to be extended.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from graph.sqlite.errors import translate_error
from traceability.domain.errors import StoreForeign

APPLICATION_ID = 0x54524331  # "TRC1"

SIDE_FILES = ("-wal", "-shm", "-journal")
"""Endings of the files that belong to a database beside it; alone they would be taken for those of the next one."""

_TABLES = frozenset({
    "meta", "events", "lots", "edges", "claims", "postings", "posting_sites", "tallies", "flows", "stock",
    "documents", "document_versions", "log",
})  # fmt: skip
"""Tables of the first version: books without our number have them all."""


def check_identity(path: Path) -> None:
    """Refuse a file that is no book; one that is missing is nobody's. Raises StoreForeign, StoreError, OSError.

    The file is read by SQLite alone: a process that closes a file gives up every lock that it holds on it, also those of
    SQLite's own handles (sqlite.org/howtocorrupt.html), and the next program would delete the log that they write to.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    if not size:
        raise StoreForeign("store.empty_file", path=str(path))
    try:
        number, tables = _read_unlocked(path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
            raise StoreForeign("store.no_database", path=str(path)) from error
        raise translate_error(error, path) from error
    if number == APPLICATION_ID:
        return
    if number or not (tables >= _TABLES or _has_tables_in_log(path)):
        raise StoreForeign("store.foreign", path=str(path))


def find_side_file(path: Path) -> Path | None:
    """Return a file that was left beside where a book would be, None if there is none."""
    named = (path.with_name(path.name + ending) for ending in SIDE_FILES)
    return next((file for file in named if file.exists()), None)


def _has_tables_in_log(path: Path) -> bool:
    """Return whether a database that another program left open has the tables of a book in its log."""
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not log.stat().st_size:
        return False
    try:
        return _read(path, "mode=ro")[1] >= _TABLES
    except sqlite3.Error as error:
        raise translate_error(error, path) from error


def _read_unlocked(path: Path) -> tuple[int, set[str]]:
    """Return number and tables without a lock, so that nothing is made beside a file that may be no book.

    While another program moves its log into the file, the header may name pages that are not there yet: then they are
    read as SQLite reads a database that others write to, or once more where that program is gone.
    """
    log = path.with_name(path.name + "-wal")
    # Pages are missing while the log is moved; the log is missing once that is done.
    for how, expected in (("immutable=1", sqlite3.SQLITE_CORRUPT), ("mode=ro", sqlite3.SQLITE_CANTOPEN)):
        try:
            return _read(path, how)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != expected:
                raise
        if not log.exists():
            break
    return _read(path, "immutable=1")


def _read(path: Path, how: str) -> tuple[int, set[str]]:
    """Return the number in a database's header and the names of its tables."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
        number = connection.execute("PRAGMA application_id").fetchone()[0]
        if number == APPLICATION_ID:
            return number, set()  # not a word of it is needed, and it may be damaged further on
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return number, {row[0] for row in rows}
