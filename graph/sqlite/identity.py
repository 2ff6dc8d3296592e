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

_MAGIC = b"SQLite format 3\0"
_ID_AT = slice(68, 72)  # of the header, big-endian
_HEADER = 100  # bytes

_TABLES = frozenset(
    {
        *(
            "meta",
            "events",
            "lots",
            "edges",
            "claims",
            "postings",
            "posting_sites",
            "tallies",
            "flows",
            "stock",
        ),
        *("documents", "document_versions", "log"),
    }
)
"""Tables of the first version: books without our number have them all."""


def check_identity(path: Path) -> None:
    """Refuse a file that is no book; one that is missing is nobody's. Raises StoreForeign, StoreError, OSError."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return
    if not header:
        raise StoreForeign("store.empty_file", path=str(path))
    if not header.startswith(_MAGIC):
        raise StoreForeign("store.no_database", path=str(path))
    number = int.from_bytes(header[_ID_AT], "big")
    if number == APPLICATION_ID:
        return
    if number or not _has_tables(path):
        raise StoreForeign("store.foreign", path=str(path))


def find_side_file(path: Path) -> Path | None:
    """Return a file that was left beside where a book would be, None if there is none."""
    named = (path.with_name(path.name + ending) for ending in SIDE_FILES)
    return next((file for file in named if file.exists()), None)


def _has_tables(path: Path) -> bool:
    """Return whether a database has the tables of a book; one that another program left open is read with its log."""
    tables = _read_tables(path, "immutable=1")
    log = path.with_name(path.name + "-wal")
    if not tables >= _TABLES and log.exists() and log.stat().st_size:
        tables = _read_tables(path, "mode=ro")
    return tables >= _TABLES


def _read_tables(path: Path, how: str) -> set[str]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    except sqlite3.Error as error:
        raise translate_error(error, path) from error
    return {row[0] for row in rows}
