"""A restore that is killed at any moment leaves no book or a whole one, and can be repeated."""

import os
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.golden import load_golden
from traceability.domain.errors import StoreUnavailable, WriteConflict
from traceability.exchange.event_log import export_log, import_log
from traceability.services.upkeep import backup
from traceability.services.upkeep.backup import back_up, restore
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.services.upkeep.rebuild import is_settled, settle

pytestmark = pytest.mark.slow

PHOTOS = {sha256(photo).hexdigest(): photo for photo in (b"a ticket", b"a bale" * 100_000)}

STEPS = (
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "sqlite3.connect",
    "fcntl.flock",
    "shutil.rmtree",
)
"""Operations before each of which a restore is killed."""


def write_log(store: Store, path: Path) -> object:
    return export_log(store, path, private=True)


@pytest.fixture(params=["engine copy", "log"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    store = open_store(f"sqlite:///{tmp_path}/old.db")
    store.migrate()
    load_golden(store)
    folder = tmp_path / "old-photos"
    folder.mkdir()
    for name, photo in PHOTOS.items():
        (folder / name).write_bytes(photo)
    path = tmp_path / "backup.tar"
    with monkeypatch.context() as patch:
        if request.param == "log":
            patch.setattr(backup, "_sqlite_path", lambda store: None)
        back_up(store, path, folder, write_log)
    store.close()
    return path


def die_before(step: int) -> Callable[[str, object], None]:
    """Return an audit hook that kills this process before the given operation."""
    steps = count(1)

    def hook(name: str, _: object) -> None:
        if name in STEPS and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def restore_until(step: int, url: str, archive: Path, photos: Path) -> bool:
    """Restore in a process that is killed before an operation; return whether it lived to the end."""
    child = os.fork()
    if not child:
        status = 1
        try:
            sys.addaudithook(die_before(step))
            restore(open_store(url), archive, photos, write_log, import_log)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert ended in (0, signal.SIGKILL), "the restore itself failed"
    return ended == 0


COUNTING: dict[str, int] = {}


def count_steps(name: str, _: object) -> None:
    if COUNTING and name in STEPS:
        COUNTING["steps"] += 1


def choose_steps(steps: int) -> list[int]:
    """Return all of some, of many the first and last and some between: a log is replayed by one write after another."""
    if steps < 100:
        return list(range(1, steps + 1))
    return [5, 20, 30, steps // 2, *range(steps - 20, steps + 1, 4)]


def test_a_restore_is_killed_before_its_operations(archive: Path, tmp_path: Path) -> None:
    old = open_store(f"sqlite:///{tmp_path}/old.db")
    with old.read() as reader:
        true = compute_digest(reader)
    old.close()
    sys.addaudithook(count_steps)
    COUNTING["steps"] = 0
    restore(
        open_store(f"sqlite:///{tmp_path}/counted.db"), archive, tmp_path / "counted", write_log, import_log
    )
    steps = COUNTING.pop("steps")
    path, photos = tmp_path / "new" / "book.db", tmp_path / "photos"
    whole = 0
    for step in choose_steps(steps):
        restore_until(step, f"sqlite:///{path}", archive, photos)
        if path.exists():
            whole += 1
            assert {name: (photos / name).read_bytes() for name in PHOTOS} == PHOTOS
            store = open_store(f"sqlite:///{path}")
            with store.read() as reader:
                assert compute_digest(reader) == true
            store.close()
            for file in path.parent.glob("book.db*"):
                file.unlink()
    assert 0 < whole < 10, "some were killed after the book took its place, most before"
    restore(open_store(f"sqlite:///{path}"), archive, photos, write_log, import_log)
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_photos_that_a_power_cut_left_half_are_made_good(archive: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    half = photos / max(PHOTOS, key=lambda name: len(PHOTOS[name]))
    half.write_bytes(b"a bale")
    restore(open_store(f"sqlite:///{tmp_path}/new.db"), archive, photos, write_log, import_log)
    assert half.read_bytes() == PHOTOS[half.name]


def test_a_server_shows_no_half_book(archive: Path, tmp_path: Path, neo4j_url: str) -> None:
    store = open_store(neo4j_url)

    def stop_at_the_end(target: Store, path: Path) -> object:
        import_log(target, path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(store, archive, tmp_path / "photos", write_log, stop_at_the_end)
    assert not is_settled(store), "pages refuse it"
    with pytest.raises(StoreUnavailable, match=r"store\.restoring"):
        settle(store)
    restore(store, archive, tmp_path / "photos", write_log, import_log)
    assert is_settled(store)
    assert check_book(store).findings == []
    with pytest.raises(WriteConflict, match=r"backup\.store_in_use"):
        restore(store, archive, tmp_path / "photos", write_log, import_log)
    store.close()
