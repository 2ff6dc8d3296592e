"""Auditors page through what was recorded, and see what is known of the book's soundness."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.services.auditing import journal
from traceability.services.upkeep import jobs


@pytest.fixture
def app(sqlite_store: Store, tmp_path: Path) -> Flask:
    load_golden(sqlite_store)
    return create_app(Settings("", tmp_path, tmp_path, "k" * 40), sqlite_store, lambda: NOW_MS)


def enter(app: Flask, store: Store, person: str) -> FlaskClient:
    client = app.test_client()
    enter_as(client, store, person, NOW_MS)
    client.set_cookie("language", "en")
    return client


def records_in(client: FlaskClient, address: str) -> list[int]:
    """Return the record numbers of a listing, page after page."""
    found: list[int] = []
    while address:
        page = client.get(address)
        assert page.status_code == 200
        found += [int(link.text()) for link in find_all(page, "td a, th a") if link.text().strip().isdigit()]
        address = next((href for href in attributes_of(page, "a[rel=next]", "href")), "")
    return found


def test_the_journal_pages_through_everything_once(
    app: Flask, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = enter(app, sqlite_store, "auditor")
    with sqlite_store.read() as reader:
        rows = reader.scan_events(0, 1000)
    assert records_in(auditor, "/audit/journal") == [row.seq for row in reversed(rows)]
    monkeypatch.setattr(journal, "AT_ONCE", 3)
    monkeypatch.setattr(journal, "MOST_READ", 7)
    melts = [row.seq for row in reversed(rows) if row.kind == "melt"]
    assert records_in(auditor, "/audit/journal?kind=melt") == melts
    declared = [row.seq for row in reversed(rows) if row.kind == "declare"]
    assert records_in(auditor, "/audit/journal?part=declarations") == declared
    in_march = [row.seq for row in reversed(rows) if row.month == "2025-03"]
    assert records_in(auditor, "/audit/journal?from=2025-03-01&until=2025-03-31") == in_march
    assert records_in(auditor, "/audit/journal?recorded_until=2025-03-31") == []
    late = [row.seq for row in reversed(rows) if row.month < "2026-01"]  # they were all recorded then
    assert records_in(auditor, "/audit/journal?part=late") == late
    for address in ("part=none", "kind=none", "from=never", "region=x", "until=9999-99-99"):
        assert auditor.get(f"/audit/journal?{address}").status_code == 400, address
    own = [row.seq for row in reversed(rows) if row.site == "guixi"]
    assert records_in(enter(app, sqlite_store, "guixi-operator"), "/audit/journal?site=guixi") == own
    assert records_in(enter(app, sqlite_store, "guixi-operator"), "/audit/journal?site=miluo") == []


def test_a_check_that_an_auditor_begins_is_told_on_the_page(app: Flask, sqlite_store: Store) -> None:
    auditor = enter(app, sqlite_store, "auditor")
    page = auditor.get("/audit/book")
    assert "Nobody has checked" in words_of(page)
    token = attributes_of(page, "form [name=csrf_token]", "value")[-1]
    assert auditor.post("/audit/book/check", data={"csrf_token": token}).status_code == 302
    assert "A check is running" in words_of(auditor.get("/audit/book"))
    job = jobs.lease(sqlite_store, "worker", NOW_MS)
    assert job is not None
    assert jobs.run_job(sqlite_store, job, {"check": jobs.run_check}, lambda: NOW_MS).state == jobs.DONE
    told = words_of(auditor.get("/audit/book"))
    with sqlite_store.read() as reader:
        head = reader.find_head()
    assert f"The book is sound up to record {head.seq}" in told
    assert head.chain in told
    worker = enter(app, sqlite_store, "miluo-operator")
    assert worker.get("/audit/book").status_code == 403
    assert auditor.get("/audit/book/at/99999?period=2025-Q1").status_code == 404
    assert auditor.get("/audit/book/at/0?period=2025-Q1").status_code == 404
