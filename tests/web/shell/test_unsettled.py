"""Pages are refused while what they would show is still to be derived, and shown as soon as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from graph import open_store
from graph.store import DERIVED_VERSION, Store
from tests.support.business import Business
from tests.support.pages import HOST, SiteApp, Visitor
from traceability.config import Settings
from traceability.services.upkeep import rebuild as rebuilding
from traceability.services.upkeep.rebuild import finish_rebuild, rebuild
from traceability.web.shell.current import wiring


class PowerCut(Exception):
    """What ends a process in the middle."""


def make_old(store: Store) -> None:
    """The book as an older version derived it."""
    with closing(sqlite3.connect(store.url.removeprefix("sqlite:///"))) as connection:
        stated = "UPDATE meta SET value = ? WHERE key = 'derived_version'"
        connection.execute(stated, (DERIVED_VERSION - 1,))
        connection.commit()


def break_off(store: Store) -> None:
    """A rebuild that ended in the middle."""

    def cut(done: int, whole: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        rebuild(store, cut)


def worker_of(store: Store, folder: Path) -> FlaskClient:
    """Another process of the server, with a store of its own."""
    settings = Settings("", folder, folder / "blobs", "k" * 40, f"http://{HOST}")
    return create_app(settings, open_store(store.url)).test_client()


@pytest.fixture
def book(sqlite_store: Store, site_app: SiteApp, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A book of a few events, rebuilt one at a time; the pages were not asked for yet."""
    monkeypatch.setattr(rebuilding, "CHUNK", 1)
    here = Business(sqlite_store)
    for _ in range(3):
        here.collect("tense", 1000)
    return sqlite_store


@pytest.mark.parametrize(("spoil", "mend"), [(make_old, rebuild), (break_off, finish_rebuild)])
def test_every_worker_waits_until_the_book_is_settled(
    book: Store, tmp_path: Path, spoil: Callable[[Store], None], mend: Callable[[Store], int]
) -> None:
    spoil(book)
    workers = [worker_of(book, tmp_path) for _ in range(2)]
    for client in workers * 2:
        answer = client.get("/api/v1/events", headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert answer.json
        assert answer.json["code"] == "store.not_settled"
        assert "traceability rebuild" in answer.json["detail"]
        assert client.get("/sign-in").status_code == 503
        assert client.get("/healthz").status_code == 503
        assert client.get("/livez").status_code == 200
        assert client.get("/static/shell/frame.css").status_code == 200
    mend(book)
    for client in workers:
        assert client.get("/healthz").status_code == 200
        assert client.get("/sign-in").status_code == 200


def test_a_settled_book_is_asked_once(
    book: Store, site_app: SiteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    migrate = type(book).migrate

    def count(store: Store) -> bool:
        asked.append(1)
        return migrate(store)

    monkeypatch.setattr(type(book), "migrate", count)
    client = site_app.app.test_client()
    assert [client.get("/healthz").status_code for _ in range(3)] == [200] * 3
    assert asked == [1]


def test_a_form_is_kept_while_the_book_is_not_settled(book: Store, site_app: SiteApp) -> None:
    visitor = Visitor(site_app.app.test_client())
    visitor.get("/sign-in")
    make_old(book)
    wiring(site_app.app).ready = False  # as after a restart
    answer = visitor.post("/sign-in", {"person": "wang", "next": "/somewhere"})
    assert answer.status_code == 503
    assert 'value="/somewhere"' in answer.text
