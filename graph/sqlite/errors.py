"""Translate SQLite's errors into the store's, so that no type of the engine leaves this package."""

import sqlite3
from pathlib import Path

from traceability.domain.errors import StoreError, StoreFull, StoreUnavailable

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SHUT = {
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}  # fmt: skip
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translate_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the store's error for one of SQLite's about the file at ``path``."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _FULL:
        return StoreFull("store.full", path=str(path))
    if code in _BUSY:
        return StoreUnavailable("store.busy", url=f"sqlite:///{path}")
    if code in _SHUT:
        return StoreUnavailable("store.no_access", url=f"sqlite:///{path}", reason=str(error))
    if code in _BROKEN:
        return StoreError("store.corrupt", path=str(path))
    return StoreError("store.failed", reason=str(error))
