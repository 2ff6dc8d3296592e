"""A rebuild that was interrupted is finished by the next process, to the gram."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import Business, open_business
from traceability.domain.errors import StoreUnavailable
from traceability.services.upkeep import rebuild as rebuilding
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.services.upkeep.rebuild import (
    finish_rebuild,
    is_settled,
    is_unfinished,
    rebuild,
    replay_chunk,
    settle,
)


class PowerCut(Exception):
    """What ends a process in the middle."""


@pytest.fixture
def here(store: Store, monkeypatch: pytest.MonkeyPatch) -> Business:
    """A yard's and a plant's first days, rebuilt two events at a time."""
    monkeypatch.setattr(rebuilding, "CHUNK", 2)
    open_business(store)
    here = Business(store)
    lot = here.collect("tense", 1000)
    here.ship(here.collect("tense", 500), "plant")
    part = here.ship(lot, "plant", kg=400)
    here.receive(part, "plant")
    here.melt(part, into=300, heel_kg=20)
    here.void(here.last_event(), "plant")
    here.melt(part, into=310)
    return here


def book_of(here: Business) -> str:
    with here.store.read() as reader:
        return compute_digest(reader)


def cut_after(events: int) -> rebuilding.Progress:
    def progress(done: int, whole: int) -> None:
        if done >= events:
            raise PowerCut

    return progress


@pytest.mark.parametrize("events", [2, 4])
def test_a_broken_off_rebuild_is_finished_later(here: Business, events: int) -> None:
    before = book_of(here)
    with pytest.raises(PowerCut):
        rebuild(here.store, cut_after(events))
    assert is_unfinished(here.store)
    with pytest.raises(StoreUnavailable, match=r"store\.rebuilding"):
        here.collect("tense", 100)
    assert finish_rebuild(here.store) == 8
    assert not is_unfinished(here.store)
    assert book_of(here) == before
    assert not check_book(here.store).findings
    here.collect("tense", 100)


def test_two_who_rebuild_at_once_take_turns(here: Business) -> None:
    before = book_of(here)

    def another(done: int, whole: int) -> None:
        here.store.write(replay_chunk)

    rebuild(here.store, another)
    assert not is_unfinished(here.store)
    assert book_of(here) == before
    assert not check_book(here.store).findings


def test_a_settled_book_is_left_alone(here: Business) -> None:
    before = book_of(here)
    told: list[int] = []
    settle(here.store, lambda done, whole: told.append(done))
    assert is_settled(here.store)
    assert (told, book_of(here)) == ([], before)


def test_what_a_rebuild_left_undone_is_settled(here: Business) -> None:
    before = book_of(here)
    with pytest.raises(PowerCut):
        rebuild(here.store, cut_after(2))
    assert not is_settled(here.store)
    settle(here.store)
    assert is_settled(here.store)
    assert book_of(here) == before


def test_what_an_older_version_derived_is_settled(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/old.db")
    settle(store)
    open_business(store)
    Business(store).collect("tense", 1000)
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("UPDATE meta SET value = 0 WHERE key = 'derived_version'")
        connection.execute("DELETE FROM tallies")
        connection.commit()
    assert not is_settled(store)
    assert not is_settled(store), "it says so until it is mended, to whoever asks"
    settle(store)
    assert is_settled(store)
    assert not check_book(store).findings


def test_an_empty_book_is_rebuilt_at_once(store: Store) -> None:
    assert rebuild(store) == 0
    assert not is_unfinished(store)
