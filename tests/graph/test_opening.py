"""The address alone selects the engine; a wrong one is refused without showing its password."""

import subprocess
import sys
from pathlib import Path

import pytest

from graph import open_store
from graph.sqlite.engine import SqliteStore
from graph.sqlite.identity import check_identity
from traceability.domain.errors import StoreError, StoreUnavailable


def test_sqlite_paths_are_relative_or_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, path in (
        ("sqlite:///data/book.db", "data/book.db"),
        (f"sqlite:///{tmp_path}/b.db", f"{tmp_path}/b.db"),
        (f"sqlite:///{tmp_path}/with%20space%3F%23.db", f"{tmp_path}/with space?#.db"),
    ):
        store = open_store(url)
        assert isinstance(store, SqliteStore)
        assert store.path == (tmp_path / path).resolve()
        store.migrate()
        assert store.write(lambda writer: writer.append_log("audit", {})) == 1
        assert Path(path).exists()
        store.close()


@pytest.mark.parametrize(
    "url", ["", "book.db", "sqlite://", "sqlite:///", "postgresql://u:secret@h/d", "sqlite:", "mysql:///x"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"store\.bad_url") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_book_that_does_not_exist_is_not_made_by_reading(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(StoreUnavailable), store.read():
        pass
    assert not (tmp_path / "none.db").exists()


def test_a_book_has_one_queue_by_whatever_name_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(tmp_path, target_is_directory=True)
    for name in ("book.db", "alias/book.db"):
        store = open_store(f"sqlite:///{tmp_path}/{name}")
        store.migrate()
        store.write(lambda writer: writer.append_log("audit", {}))
        store.close()
    assert sorted(path.name for path in tmp_path.glob("book.db.*")) == ["book.db.lock", "book.db.queue"]


def test_opening_a_book_again_gives_up_no_lock_of_the_process(tmp_path: Path) -> None:
    """Else the next program that closes the book deletes the log that this process writes to."""
    path = tmp_path / "book.db"
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    with store.read() as reader:
        reader.find_head()
    again = open_store(f"sqlite:///{path}")
    again.migrate()
    check_identity(path)
    with again.read() as reader:
        reader.find_head()
    again.close()
    script = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1]);"
        "other.execute('SELECT count(*) FROM events').fetchone(); other.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert Path(f"{path}-wal").exists(), "the other program took itself for the last one"
    store.close()
