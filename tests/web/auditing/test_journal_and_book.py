"""Auditors page through what was recorded, and see what is known of the book's soundness."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from graph.store import Store
from tests.support.golden import NOW_MS, Golden, load_golden
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.services.auditing import journal
from traceability.services.auditing.facts import LABEL
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
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
    sent = auditor.get("/audit/journal.json?kind=melt").json
    assert sent is not None
    assert [int(row["seq"]) for row in sent["sheets"][0]["rows"]] == melts
    assert auditor.get("/audit/journal.csv?kind=none").status_code == 400
    assert len(auditor.get("/audit/journal.csv").text.splitlines()) > len(rows)
    monkeypatch.setattr("traceability.web.auditing.journal.MOST_SENT", 4)
    few = auditor.get("/audit/journal.json").json
    assert few is not None
    assert len(few["sheets"][0]["rows"]) == 4
    assert f"before record {rows[-4].seq}" in few["notes"][0], "what is left out is said"
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


def test_home_tells_auditors_of_the_last_check_and_of_corrected_sealed_months(
    app: Flask, sqlite_store: Store
) -> None:
    golden = Golden(sqlite_store)
    golden.send({
        "schema": 1, "id": "01970000-0000-7000-8000-00000000ffff", "kind": "seal", "site": "yongxing-zinc",
        "actor": "golden-corrector", "event_time": "2025-04-02T09:00:00+08:00", "month": "2025-03",
    })  # fmt: skip
    auditor = enter(app, sqlite_store, "auditor")
    assert "No month that is sealed was corrected" in words_of(auditor.get("/"))
    voided = golden.correct({"event": golden.event("collect-L10")}, cascade=True)
    home = auditor.get("/")
    assert f"/events/{voided.event}" in attributes_of(home, "main section a", "href")
    assert "Nobody has checked this book yet" in words_of(home)
    assert "Newest corrections" not in words_of(enter(app, sqlite_store, "miluo-operator").get("/"))


def test_labels_that_went_to_a_printer_stand_in_the_audit_log(app: Flask, sqlite_store: Store) -> None:
    code = Golden(sqlite_store).lot("L01").code
    answer = enter(app, sqlite_store, "miluo-operator").get(f"/labels?code={code}")
    assert answer.status_code == 200
    answer.close()  # what was noted is written once the answer has gone
    with sqlite_store.read() as reader:
        printed = list_entries(reader, AuditFilter(action=AuditAction.PRINT, kind=LABEL)).entries
    assert [(entry.person, entry.id) for entry in printed] == [("miluo-operator", code)]


def test_a_published_figure_opens_as_the_book_stood_at_its_record(app: Flask, sqlite_store: Store) -> None:
    auditor = enter(app, sqlite_store, "auditor")
    figure = "/report/figure?level=province&code=430000&indicator=recycled_output&period=2025-Q1"
    now, then = auditor.get(figure), auditor.get(f"{figure}&at=30")
    assert then.status_code == 200
    assert "It has changed since record 30" in words_of(then)
    assert find_all(then, ".change-since tbody tr"), "what changed it"
    assert "Now, at record" in words_of(then)
    assert "33.300 t" in words_of(then).replace("\xa0", " "), "what it is now stands beside it"
    assert find_all(now, ".opened .number")[0].text() != find_all(then, ".opened .number")[0].text()
    assert attributes_of(then, "[name=indicator]", "value") == ["recycled_output"], (
        "another record can be asked for"
    )
    with sqlite_store.read() as reader:
        last = reader.find_head().seq
    assert f"It has not changed since record {last}" in words_of(auditor.get(f"{figure}&at={last}"))
    told = words_of(auditor.get(f"/audit/book/at/{last}?place=province:430000&period=2025-Q1"))
    assert f"at record {last}: nothing has changed since" in told
    at_9 = auditor.get("/audit/book/at/9.csv?place=province:430000&period=2025-Q1").text
    assert "declaration" in at_9, "a statistic that was declared since made a difference, too"
    rows = auditor.get(figure.replace("/figure?", "/figure.csv?") + "&at=30").text
    assert len(rows.splitlines()) < len(
        auditor.get(figure.replace("/figure?", "/figure.csv?")).text.splitlines()
    )
    whole = auditor.get("/figures?place=province:430000&period=2025-Q1&at=30")
    assert "at record 30" in words_of(whole)
    assert all("at=30" in href for href in attributes_of(whole, "#sheet-figures tbody a", "href"))
    asked = auditor.get("/audit/book/at?at=30&place=province:430000&period=2025-Q1")
    assert asked.headers["Location"] == "/audit/book/at/30?place=province:430000&period=2025-Q1"
    firm = enter(app, sqlite_store, "miluo-operator")
    own = "/report/figure?level=site&code=miluo&indicator=recycled_output&period=2025-Q1&at=30"
    for client, address, status in (
        (auditor, f"{figure}&at={last + 1}", 404), (auditor, f"{figure}&at=x", 400), (auditor, f"{figure}&at=-1", 400),
        (auditor, "/report?at=3", 400), (auditor, "/flows?at=3", 400), (auditor, "/audit/book/at?at=x", 400),
        (firm, f"{figure}&at=30", 403), (firm, own, 200), (firm, "/figures?level=province&code=430000&at=30", 403),
    ):  # fmt: skip
        assert client.get(address).status_code == status, address
