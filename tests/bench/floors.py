"""Measure the fastest possible work: the same rows written, and read, by bare statements of each
engine.

A floor decides nothing. For writes it gets the rows that the system wrote, precomputed, and writes them again into a
copy of the book with one durable commit an event; for reads it asks for the rows that the system used, without
computing anything with them.
"""

import multiprocessing
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from graph.neo4j.engine import Neo4jStore, _Write
from graph.neo4j.writer import APPLY
from graph.sqlite.writer import SqliteWriter
from graph.sqlite.writer_queue import WriterQueue
from tests.bench.clock import timed
from traceability.domain.vocabulary import COLUMNS

Statements = list[tuple[str, list[Any]]]


def copy_book(path: Path, copy: Path) -> Path:
    """The book as a file of its own. By SQLite's own means: to open the file beside it would undo its locks."""
    for name in (copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")):
        name.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as book, closing(sqlite3.connect(copy)) as other:
        book.backup(other)
        other.execute("PRAGMA journal_mode = WAL")
    os.sync()  # or the next commit that is measured would wait for gigabytes of this
    return copy


@contextmanager
def recorded_writes() -> Iterator[list[Statements]]:
    """The statements of every ``apply`` as they are handed to SQLite, one list for each."""
    found: list[Statements] = []
    apply = SqliteWriter.apply

    def recording(self: SqliteWriter, changes: Any) -> None:
        statements: Statements = []
        many = self._many

        def executemany(statement: str, rows: Any) -> sqlite3.Cursor:
            rows = list(rows)
            statements.append((statement, rows))
            return many(statement, rows)

        self._many = executemany
        try:
            apply(self, changes)
        finally:
            self._many = many
        found.append(statements)

    with patch.object(SqliteWriter, "apply", recording):
        yield found


def connect(path: Path) -> sqlite3.Connection:
    """A bare connection like the engine's, whose writers sync the log themselves."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -16000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def write_again(path: Path, writes: list[Statements]) -> list[float]:
    """ms for each list of statements, written in one durable transaction."""

    def write(statements: Statements) -> None:
        _write(connection, statements)
        os.fdatasync(log)

    with closing(connect(path)) as connection, _log_of(connection, path) as log:
        return [timed(partial(write, statements))[0] for statements in writes]


def write_in_turn(
    path: Path, before: list[Statements], writes: list[Statements], start: float,
    answers: "multiprocessing.Queue[list[float]]",
) -> None:  # fmt: skip
    """The same by one of several processes that begin at ``start``, with its wait for the turn counted in."""
    queue = WriterQueue(path)

    def write(statements: Statements) -> None:
        queue.acquire(60)
        try:
            _write(connection, statements)
        finally:
            queue.release()
        os.fdatasync(log)

    with closing(connect(path)) as connection, _log_of(connection, path) as log, closing(queue):
        for statements in before:
            write(statements)
        time.sleep(max(0.0, start - time.time()))
        answers.put([timed(partial(write, statements))[0] for statements in writes])


@contextmanager
def _log_of(connection: sqlite3.Connection, path: Path) -> Iterator[int]:
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from then on there is one
    log = os.open(f"{path}-wal", os.O_RDWR)
    try:
        yield log
    finally:
        os.close(log)


def _write(connection: sqlite3.Connection, statements: Statements) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, rows in statements:
        connection.executemany(statement, rows)
    connection.execute("COMMIT")


class _NotStored(Exception):
    """Ends a write after its rows are known."""


def precompute(store: Neo4jStore, work: Callable[[], object]) -> Mapping[str, Any]:
    """The rows that a capture would hand to a Neo4j server; nothing is stored."""
    found: list[Mapping[str, Any]] = []
    ask = _Write.ask

    def asking(self: _Write, text: str, params: Mapping[str, Any], *, steady: bool = True) -> Any:
        if text != APPLY:
            return ask(self, text, params, steady=steady)
        found.append(params)
        raise _NotStored

    with patch.object(_Write, "ask", asking), suppress(_NotStored):
        work()
    return found[0]


def write_rows(store: Neo4jStore, params: Mapping[str, Any]) -> float:
    """ms for precomputed rows, sent and committed in one message. A Neo4j book cannot be copied while it runs, so what
    a floor has written stands in the book: the next capture goes on from there."""
    with store.session("WRITE") as session:
        return timed(lambda: session.run("CYPHER replan=skip " + APPLY, given=dict(params)).consume())[0]


def reach_again(path: Path, reached: list[tuple[list[int], list[str]]]) -> list[float]:
    """ms for the rows of each trace: the edges of its events, the events and the lots, in one query each."""
    connection = connect(path)

    def rows(events: list[int], lots: list[str]) -> None:
        for table, column, keys in (
            ("edges", "event", events),
            ("events", "seq", events),
            ("lots", "id", lots),
        ):
            marks = ", ".join("?" * len(keys))
            connection.execute(f"SELECT * FROM {table} WHERE {column} IN ({marks})", keys).fetchall()

    try:
        return [timed(lambda e=events, n=lots: rows(e, n))[0] for events, lots in reached]  # type: ignore[misc]
    finally:
        connection.close()


def sum_again(path: Path, count: int) -> list[float]:
    """ms for each sum over the tallies that the regional report is made of, by place and metal."""
    connection = connect(path)
    sums = ", ".join(f'sum("{column}")' for column in COLUMNS)
    query = (
        f"SELECT place, metal, {sums} FROM tallies WHERE (place = 'nation:CN' OR place LIKE 'province:%') "
        "AND book_month BETWEEN '2024-01' AND '2024-12' GROUP BY place, metal"
    )
    try:
        return [timed(lambda: connection.execute(query).fetchall())[0] for _ in range(count)]
    finally:
        connection.close()
