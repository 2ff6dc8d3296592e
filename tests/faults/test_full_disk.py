"""A full disk is reported as such: nothing is stored by half, reading goes on, and later writes
work.
"""

import multiprocessing
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import open_store
from graph.blobs import Blobs
from graph.sqlite.engine import SqliteStore
from graph.store import Store
from tests.support.business import Business, open_business
from traceability.domain.errors import StoreFull
from traceability.services.upkeep.check import check_book

KIB = 1024
forking = multiprocessing.get_context("forkserver")


def _fill(yard: Business) -> tuple[list[str], str]:
    """Return (events recorded until there is no room, the id of the one that found none)."""
    stored = []
    for _ in range(1_000):
        try:
            lot = yard.collect("tense", kg=60)
            stored.append(yard.last_event())
            yard.transform("sort", [lot], [{"form": "scrap", "material": "tense", "mass_g": 60_000}])
            stored.append(yard.last_event())
        except StoreFull:
            return stored, f"0194a000-0000-7000-8000-{yard.number:012x}"
    raise AssertionError("there is room for everything")


def _expect_exactly(book: Store, stored: list[str], refused: str) -> None:
    with book.read() as reader:
        assert reader.find_events([*stored, refused]).keys() == set(stored)
        assert reader.find_head().seq == len(stored)
    assert check_book(book).findings == []


def test_sqlite_with_no_page_left(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    roomy = SqliteStore(path)
    roomy.migrate()
    open_business(roomy)
    pages = sqlite3.connect(path).execute("PRAGMA page_count").fetchone()[0]
    tight = SqliteStore(path, max_pages=pages + 60)
    yard = Business(tight)
    stored, refused = _fill(yard)
    assert len(stored) > 20
    _expect_exactly(tight, stored, refused)
    _expect_exactly(roomy, stored, refused)
    tight.close()
    yard.store = roomy
    yard.collect("tense", kg=60)
    _expect_exactly(roomy, [*stored, yard.last_event()], refused)


def _fill_limited(url: str, limit: int, answer: Callable[[object], None]) -> None:
    """Fill the book in a process that may not make any file longer than this."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    store = open_store(url)
    yard = Business(store)
    stored, refused = _fill(yard)
    _expect_exactly(store, stored, refused)
    answer((stored, refused, yard.number, yard.tickets))


@pytest.mark.slow
@pytest.mark.parametrize("room", [700 * KIB, 1_500 * KIB])
def test_sqlite_on_a_file_system_that_refuses(tmp_path: Path, room: int) -> None:
    path = tmp_path / "book.db"
    url = f"sqlite:///{path}"
    book = open_store(url)
    book.migrate()
    open_business(book)
    book.close()
    hears, says = forking.Pipe(duplex=False)
    child = forking.Process(target=_fill_limited, args=(url, path.stat().st_size + room, says.send))
    child.start()
    says.close()
    stored, refused, number, tickets = hears.recv()
    child.join()
    assert child.exitcode == 0
    _expect_exactly(book, stored, refused)
    yard = Business(book, number=number, tickets=tickets)
    yard.collect("tense", kg=60)
    _expect_exactly(book, [*stored, yard.last_event()], refused)
    book.close()


PHOTO = bytes(range(256)) * 1_000


def _put_limited(folder: Path, answer: Callable[[object], None]) -> None:
    """Store a photo in a process that may make no file longer than half a photo."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(PHOTO) // 2, len(PHOTO) // 2))
    blobs = Blobs(folder)
    small = blobs.put(b"a small photo")
    try:
        blobs.put(PHOTO)
    except StoreFull as full:
        answer((full.code, small, list(blobs.scan())))


@pytest.mark.slow
def test_a_photo_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    hears, says = forking.Pipe(duplex=False)
    child = forking.Process(target=_put_limited, args=(folder, says.send))
    child.start()
    says.close()
    code, small, there = hears.recv()
    child.join()
    assert code == "store.full"
    assert there == [small]
    assert [path.name for path in folder.iterdir()] == [small], "a part of the photo is left"
    blobs = Blobs(folder)
    assert blobs.get(blobs.put(PHOTO)) == PHOTO
    assert blobs.get(small) == b"a small photo"
