"""What is no book is refused by whatever opens it, and not altered by a byte."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graph import open_store
from graph.sqlite.identity import APPLICATION_ID
from tests.support.neo4j_server import Neo4jServer
from traceability.cli import STORE, run
from traceability.domain.errors import StoreError, StoreForeign, WriteConflict


def make_empty(path: Path) -> None:
    path.touch()


def make_text(path: Path) -> None:
    path.write_bytes(b"this is no database, but long enough to be read as one " * 100)


def make_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE meta (key TEXT, value INTEGER)")
        other.execute("INSERT INTO meta VALUES ('schema_version', 5)")
        other.commit()


def make_logged_database(path: Path) -> None:
    """Make another program's database that it has open: what it wrote last stands in the log beside it."""
    live = path.with_name("live.db")
    with closing(sqlite3.connect(live)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE customers (name TEXT)")
        other.commit()
        shutil.copyfile(live, path)
        shutil.copyfile(f"{live}-wal", f"{path}-wal")


def make_marked_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 252006673")
        other.execute("CREATE TABLE events (seq INTEGER)")
        other.commit()


FOREIGN = {
    "empty": (make_empty, "store.empty_file"),
    "text": (make_text, "store.no_database"),
    "another program's": (make_database, "store.foreign"),
    "another program's with a log": (make_logged_database, "store.foreign"),
    "another program's with its number": (make_marked_database, "store.foreign"),
}

COMMANDS = (
    ["check"],
    ["rebuild"],
    ["backup", "{folder}/backup.tar"],
    ["export", "{folder}/log"],
    ["seed"],
    ["report"],
    ["user", "list"],
    ["clock", "show"],
    ["serve", "--port", "0"],
    ["work"],
)


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_no_book_is_left_alone(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make, code = FOREIGN[what]
    path = tmp_path / "book.db"
    make(path)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("book.db*")}
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreForeign, match=code.replace(".", r"\.")):
        store.migrate()
    with pytest.raises(StoreForeign), store.read():
        pass
    with pytest.raises(StoreForeign):
        store.write(lambda writer: writer.append_log("audit", {}))
    monkeypatch.setenv("TRACEABILITY_DATA", str(tmp_path))
    monkeypatch.setenv("TRACEABILITY_SECRET_KEY", "k" * 64)
    monkeypatch.setattr(os, "execve", pytest.fail)
    for command in COMMANDS if what == "another program's" else [["check"], ["serve", "--port", "0"]]:
        words = [word.format(folder=tmp_path) for word in command]
        assert run([*words, "--store", f"sqlite:///{path}", "--language", "en"]) == STORE, command
        assert str(path) in capsys.readouterr().err
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_damaged_beginning_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    open_store(f"sqlite:///{path}").migrate()
    raw = path.read_bytes()
    path.write_bytes(raw[:60] + bytes(40) + b"\xff" * (len(raw) - 100))
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}").migrate()


def test_books_without_the_number_are_known_by_their_tables(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    open_store(f"sqlite:///{path}").migrate()
    with closing(sqlite3.connect(path)) as book:
        book.execute("PRAGMA application_id = 0")
    store = open_store(f"sqlite:///{path}")
    with store.read() as reader:
        assert reader.find_head().seq == 0
    assert not store.migrate()
    store.close()
    with closing(sqlite3.connect(path)) as book:
        assert book.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_no_book_is_made_beside_what_another_left(tmp_path: Path, ending: str) -> None:
    left = tmp_path / f"book.db{ending}"
    left.write_bytes(b"the last commits of a book that somebody moved")
    with pytest.raises(StoreForeign, match=r"store\.leftover"):
        open_store(f"sqlite:///{tmp_path}/book.db").migrate()
    assert left.read_bytes() == b"the last commits of a book that somebody moved"
    assert not (tmp_path / "book.db").exists()


def test_a_start_that_was_broken_off_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = Path.rename

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    store = open_store(f"sqlite:///{tmp_path}/book.db")
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(KeyboardInterrupt):
        store.migrate()
    assert not (tmp_path / "book.db").exists()
    (tmp_path / "book.db.new").write_bytes(b"half a page")
    monkeypatch.setattr(Path, "rename", real)
    assert not store.migrate()


def test_the_place_of_a_book_that_somebody_has_open_is_not_vacant(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    with pytest.raises(WriteConflict, match=r"backup\.store_in_use"), store.hold_vacant():
        pass
    with store.read():
        pass
    for file in tmp_path.glob("book.db*"):
        if not file.name.endswith(".lock"):
            file.unlink()
    with pytest.raises(WriteConflict, match=r"backup\.store_open"), store.hold_vacant():
        pass
    store.close()
    with store.hold_vacant():
        other = open_store(f"sqlite:///{path}")
        with pytest.raises(WriteConflict, match=r"backup\.store_open"), other.hold_vacant():
            pass


def test_a_server_with_other_data_is_left_alone(
    neo4j_server: Neo4jServer, capsys: pytest.CaptureFixture[str]
) -> None:
    neo4j_server.wipe()
    with neo4j_server.driver() as driver:
        driver.execute_query(
            "CREATE (:Customer {name: 'somebody'})-[:BUYS]->(:Meta {id: 1, schema_version: 5})"
        )
        store = open_store(neo4j_server.url)
        with pytest.raises(StoreForeign, match=r"store\.foreign"):
            store.migrate()
        assert run(["check", "--store", neo4j_server.url, "--language", "en"]) == STORE
        said = capsys.readouterr().err
        assert "no book" in said
        assert neo4j_server.password not in said
        rows = driver.execute_query("MATCH (n) RETURN labels(n)[0] AS label ORDER BY label").records
        assert [row["label"] for row in rows] == ["Customer", "Meta"]
        store.close()
    neo4j_server.wipe()
