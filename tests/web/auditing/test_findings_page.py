"""Auditors see findings as sentences, say something of them, and what they said is kept."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import enter_as
from tests.support.reading import ask
from traceability.config import Settings
from traceability.domain.access import Assignment
from traceability.exchange.job_tasks import TASKS
from traceability.services.auditing import analysis
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.upkeep import jobs
from traceability.web.auditing.findings import say_shares

QUARTER = "/audit/findings?period=2025-Q1"


@pytest.fixture
def app(sqlite_store: Store, tmp_path: Path) -> Flask:
    load_golden(sqlite_store)
    # Thresholds are data: where the whole day is night, the scenario's entries are.
    night = ReferenceDocument("setting", "findings", {"night_from_hour": 0, "night_entries": 1})
    sqlite_store.write(lambda writer: put_reference(writer, [night]))
    return create_app(Settings("", tmp_path, tmp_path, "k" * 40), sqlite_store, lambda: NOW_MS)


@pytest.fixture
def auditor(app: Flask, sqlite_store: Store) -> FlaskClient:
    return enter(app, sqlite_store, "auditor")


def enter(app: Flask, store: Store, person: str) -> FlaskClient:
    client = app.test_client()
    enter_as(client, store, person, NOW_MS)
    client.set_cookie("language", "en")
    return client


def post(client: FlaskClient, address: str, version: str = "", **form: str) -> TestResponse:
    page = client.get(address)
    token = attributes_of(page, "form [name=csrf_token]", "value")[-1]
    version = version or attributes_of(page, "form [name=version]", "value")[0]
    return client.post(address, data={"csrf_token": token, "version": version, **form})


def test_a_finding_is_closed_with_a_reason_and_opened_again(
    auditor: FlaskClient, sqlite_store: Store
) -> None:
    page = auditor.get(QUARTER)
    assert "entries (100.0 %) happened between" in words_of(page)
    address = attributes_of(page, "#sheet-findings tbody a", "href")[0]
    links = attributes_of(auditor.get(address), "main section a", "href")
    assert any(href.startswith("/events/") for href in links), "it opens its events"
    assert any(href.startswith("/l/") for href in links), "and the lots that they made"
    assert post(auditor, address, action="close", text="  ").status_code == 422
    assert post(auditor, address, action="close", text="seen the papers").status_code == 302
    assert "seen the papers" in words_of(auditor.get(address))
    assert post(auditor, address, action="close", text="again").status_code == 422
    assert post(auditor, address, action="reopen", text="not these").status_code == 302
    for hidden in ("seen\u202esrepap eht", "seen\x00", "\x1b[31mseen"):
        assert post(auditor, address, action="comment", text=hidden).status_code == 422
    assert post(auditor, address, action="dance", text="x").status_code == 400
    assert post(auditor, address, version="1", action="comment", text="x").status_code == 409
    for action in (AuditAction.FINDING_CLOSE, AuditAction.FINDING_REOPEN):
        assert len(ask(sqlite_store, list_entries, AuditFilter(action=action)).entries) == 1


def test_a_place_without_findings_says_so_and_bad_addresses_are_refused(auditor: FlaskClient) -> None:
    quiet = auditor.get("/audit/findings?period=2024-01")
    assert quiet.status_code == 200
    assert not find_all(quiet, "#sheet-findings tbody a")
    for address, status in (
        ("/audit/findings?period=never", 400),
        ("/audit/findings?period=2020..2025", 400),
        ("/audit/findings?place=moon:1", 400),
        ("/audit/findings/nothing?period=2025-Q1", 404),
    ):
        assert auditor.get(address).status_code == status, address


def test_who_watches_a_region_begins_with_it(app: Flask, sqlite_store: Store) -> None:
    planner = enter(app, sqlite_store, "hunan-planner")
    for address in (QUARTER, "/audit/book/at/30?period=2025-Q1"):
        assert attributes_of(planner.get(address), "select [selected]", "value")[0] == "province:430000"
    nation = planner.get(f"{QUARTER}&place=nation:CN")
    assert "as far as in view" in words_of(find_all(nation, "h1")[0]), "not what there is in other provinces"


def test_firms_are_told_nothing(app: Flask, sqlite_store: Store) -> None:
    assert enter(app, sqlite_store, "miluo-operator").get(QUARTER).status_code == 403


def test_who_audits_a_single_site_sees_what_is_found_there_and_its_past(
    app: Flask, sqlite_store: Store
) -> None:
    person = Person("one-site", "One Site", (Assignment("auditor", "miluo"),))
    sqlite_store.write(lambda writer: put_person(writer, person))
    auditor = enter(app, sqlite_store, "one-site")
    page = auditor.get(QUARTER)
    assert page.status_code == 200
    assert words_of(find_all(page, "h1")[0]).endswith("open")
    assert "/audit/findings" in attributes_of(page, "nav a", "href"), "the menu leads there"
    finding = attributes_of(page, "#sheet-findings tbody a", "href")[0]
    assert post(auditor, finding, action="comment", text="seen").status_code == 302
    assert auditor.get("/audit/book").status_code == 200
    past = "/audit/book/at/30?period=2025-Q1"
    assert attributes_of(auditor.get(past), "select [selected]", "value")[0] == "site:miluo"
    for place, status in (
        ("site:miluo", 200),
        ("province:430000", 403),
        ("nation:CN", 403),
        ("site:guixi", 404),
    ):
        for address in (QUARTER, past):
            assert auditor.get(f"{address}&place={place}").status_code == status, (address, place)


def test_findings_are_counted_in_words(auditor: FlaskClient, sqlite_store: Store) -> None:
    page = auditor.get(f"{QUARTER}&place=site:miluo")
    states = [words_of(row) for row in find_all(page, "#sheet-findings tbody tr")]
    assert len(states) == 1, "one finding, so one word"
    title = words_of(find_all(page, "h1")[0])
    assert title.endswith((": 1 alarm open", ": 1 notice open"))
    auditor.set_cookie("language", "zh")
    title = words_of(find_all(auditor.get(f"{QUARTER}&place=site:miluo"), "h1")[0])
    assert title.endswith(("：1 条警示待处理", "：1 条提示待处理"))


def test_findings_of_a_large_book_come_from_an_analysis(
    auditor: FlaskClient, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "READ_AT_ONCE", 0)
    page = auditor.get(QUARTER)
    assert "has not been analysed yet" in words_of(page)
    token = attributes_of(page, "form [name=csrf_token]", "value")[-1]
    assert auditor.post("/audit/findings/analyse", data={"csrf_token": token}).status_code == 302
    assert "An analysis is running" in words_of(auditor.get(QUARTER))
    job = jobs.lease(sqlite_store, "worker", NOW_MS)
    assert job is not None
    jobs.run_job(sqlite_store, job, TASKS, lambda: NOW_MS)
    page = auditor.get(QUARTER)
    assert "entries (100.0 %) happened between" in words_of(page)
    address = attributes_of(page, "#sheet-findings tbody a", "href")[0]
    assert auditor.get(address).status_code == 200
    assert auditor.get("/audit/findings?period=2019").status_code == 400
    planner = enter(auditor.application, sqlite_store, "hunan-planner")
    assert not find_all(planner.get(QUARTER), 'form[action="/audit/findings/analyse"]')
    assert planner.post("/audit/findings/analyse", data={"csrf_token": "x"}).status_code in (400, 403)


def test_an_analysis_goes_by_the_thresholds_of_its_beginning_and_keeps_all_or_nothing(
    auditor: FlaskClient, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "READ_AT_ONCE", 0)

    def change(night_entries: int) -> None:
        other = {"night_from_hour": 0, "night_entries": night_entries}
        sqlite_store.write(
            lambda writer: put_reference(writer, [ReferenceDocument("setting", "findings", other)])
        )

    def change_at_once(done: int, total: int) -> None:
        if done == 1:
            change(1_000)

    analysis.analyse_book(sqlite_store, NOW_MS, "", change_at_once)
    page = auditor.get(QUARTER)
    found = len(find_all(page, "#sheet-findings tbody a"))
    assert found > 1, "sites after the first are judged by the same thresholds"
    assert "at least so many" in words_of(page)
    assert "1 in this analysis, 1000 now" in words_of(page)

    def stop(done: int, total: int) -> None:
        if done == total:
            raise jobs.Stopped("job.stopped")

    with pytest.raises(jobs.Stopped):
        analysis.analyse_book(sqlite_store, NOW_MS, "", stop)
    assert len(find_all(auditor.get(QUARTER), "#sheet-findings tbody a")) == found, "those of the run before"
    analysis.analyse_book(sqlite_store, NOW_MS, "", lambda done, total: None)
    assert len(find_all(auditor.get(QUARTER), "#sheet-findings tbody a")) < found


def test_shares_of_findings_are_written_as_all_shares() -> None:
    heat = {"yield_ppm": 868_123, "usual_ppm": 938_870, "charged_g": 10**6}
    assert say_shares(heat) == {"yield": "86.8 %", "usual": "93.9 %"}
    assert say_shares({"share_ppm": 100_300, "limit_ppm": 100_000}) == {"share": "10.03 %"}, "it lies above"
