"""The address alone selects the engine; a wrong one is refused without showing its password."""

from pathlib import Path

import pytest

from graph import open_store
from graph.sqlite.engine import SqliteStore
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
