"""The address alone selects the engine; a wrong one is refused without showing its password."""

import shutil
import struct
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
    with pytest.raises(StoreUnavailable, match=r"store\.no_access"), store.read():
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


def test_a_book_whose_log_was_moved_into_it_by_half_is_opened(tmp_path: Path) -> None:
    """A checkpoint writes page after page: the header names pages that are still in the log alone.

    So it is while another process does it, and after a power cut in the middle.
    """
    path, copy = tmp_path / "book.db", tmp_path / "cut" / "book.db"
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    store.write(lambda writer: writer.append_log("audit", {"words": "x" * 300_000}))
    copy.parent.mkdir()
    for ending in ("", "-wal"):
        shutil.copyfile(f"{path}{ending}", f"{copy}{ending}")
    store.close()
    _move_first_page(copy)
    check_identity(copy)
    again = open_store(f"sqlite:///{copy}")
    with again.read() as reader:
        assert len(reader.list_log("audit")[0].body["words"]) == 300_000
    again.close()


def _move_first_page(path: Path) -> None:
    """Write the newest first page of the log into the file, as a checkpoint does before all others."""
    log = Path(f"{path}-wal").read_bytes()
    (page_size,) = struct.unpack(">I", log[8:12])
    pages = [
        log[start + 24 : start + 24 + page_size]
        for start in range(32, len(log), 24 + page_size)
        if log[start : start + 4] == (1).to_bytes(4, "big")
    ]
    with path.open("r+b") as file:
        file.write(pages[-1])
    (named,) = struct.unpack(">I", pages[-1][28:32])
    assert named * page_size > path.stat().st_size, "the file has every page already"
