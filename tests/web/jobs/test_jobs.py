"""A correction that is too long for a request becomes a job that only its owner can follow."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from graph.store import Writer
from tests.support.business import NOW_MS
from tests.support.markup import fields_of
from tests.support.pages import SiteApp, Visitor, value_of
from tests.support.reading import ask
from traceability.domain.access import Assignment
from traceability.exchange.job_tasks import TASKS
from traceability.locale import text
from traceability.services.directory.people import add_person
from traceability.services.recording import capture
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep import jobs
from traceability.wire import load_batch

Visit = Callable[..., Visitor]
OURS = {"Origin": "http://localhost"}
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _few_in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """DOWNSTREAM_IN_REQUEST is bound when capture_batch is defined."""
    defaults = capture.capture_batch.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "downstream", 2)


@pytest.fixture
def first(site_app: SiteApp) -> str:
    """A collection that five bales follow, one of the other."""
    trade = site_app.business
    lot = trade.collect("tense", 1000)
    event = trade.last_event()
    for _ in range(5):
        (lot,) = trade.transform("bale", [lot], [{"form": "scrap", "material": "tense", "mass_g": 1_000_000}])
    return event


def work(app: SiteApp) -> jobs.Job:
    """What the worker does: the next job, to its end."""
    job = jobs.lease(app.store, "worker", app.now_ms)
    assert job is not None
    return jobs.run_job(app.store, job, TASKS, lambda: app.now_ms)


def void(visitor: Visitor, event: str, cascade: bool = True) -> TestResponse:
    page = visitor.get(f"/events/{event}/void")
    typed = {name: value_of(page, name) for name in ("id", "site", "targets-0-event")}
    return visitor.post(
        f"/events/{event}/void", typed | {"reason": "never came"} | ({"cascade": "yes"} if cascade else {})
    )


def number_of(app: SiteApp) -> int:
    with app.store.read() as reader:
        return reader.find_head().seq


def test_a_long_correction_is_followed_to_its_receipt(site_app: SiteApp, visit: Visit, first: str) -> None:
    chen = visit("chen", "yard")
    before = number_of(site_app)
    answer = void(chen, first)
    assert answer.status_code == 302
    path = answer.location
    assert re.fullmatch(r"/jobs/[\w-]+", path)
    assert number_of(site_app) == before
    page = chen.get(path)
    assert 'http-equiv="refresh"' in page.text
    for shown in ("never came", "chen", f"/events/{first}", words_of("job.queued"), f"{path}/cancel"):
        assert shown in page.text, shown
    assert path in chen.get("/jobs").text

    leased = jobs.lease(site_app.store, "worker", site_app.now_ms)
    assert leased is not None
    assert words_of("job.running") in chen.get(path).text
    assert jobs.run_job(site_app.store, leased, TASKS, lambda: site_app.now_ms).state == jobs.DONE
    page = chen.get(path)
    assert 'http-equiv="refresh"' not in page.text
    assert f"{path}/cancel" not in page.text
    with site_app.store.read() as reader:
        made = reader.find_events_by_seq([before + 1])[before + 1]
    assert f'href="/events/{made.id}"' in page.text
    assert made.deliverer == "session:chen"
    assert not site_app.business.event(first).live


def words_of(code: str, language: str = "zh", **figures: Any) -> str:
    return text(code, figures, language)


def test_a_replacement_becomes_a_job_too(site_app: SiteApp, visit: Visit, first: str) -> None:
    chen = visit("chen", "yard")
    path = f"/events/{first}/replace"
    fields = fields_of(chen.get(path))
    answer = chen.post(path, fields | {"origin": "510000", "correction-reason": "misread"})
    assert answer.status_code == 302, answer.text
    assert answer.location.startswith("/jobs/")
    job = work(site_app)
    assert job.result is not None
    assert job.result["receipts"][0]["status"] == "created"
    assert f"/events/{job.result['receipts'][0]['event']}" in chen.get(answer.location).text


def test_sent_twice_it_is_one_job(site_app: SiteApp, visit: Visit, first: str) -> None:
    chen = visit("chen", "yard")
    page = chen.get(f"/events/{first}/void")
    typed = {name: value_of(page, name) for name in ("id", "site", "targets-0-event")}
    typed |= {"cascade": "yes", "reason": "never came"}
    one = chen.post(f"/events/{first}/void", typed)
    site_app.now_ms += 5_000
    again = chen.post(f"/events/{first}/void", typed)
    assert one.location == again.location
    other = chen.post(f"/events/{first}/void", {**typed, "reason": "another"})
    assert other.location != one.location


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_of_a_refusal_is_said(
    site_app: SiteApp, visit: Visit, first: str, language: str
) -> None:
    chen = visit("chen", "yard")
    chen.get(f"/language/{language}")
    path = void(chen, first).location
    message = ask(site_app.store, jobs.find_job, path.rsplit("/", 1)[1]).arguments["message"]
    # Somebody else did the same meanwhile.
    other = {**message, "id": "0194a000-0000-7000-8000-0000000fffff"}
    capture.capture_batch(
        site_app.store, load_batch(other), Deliverer("test"), site_app.now_ms, downstream=None
    )
    job = work(site_app)
    assert job.state == jobs.DONE
    assert job.result is not None
    found = job.result["receipts"][0]["error"]["violations"]
    assert [one["code"] for one in found] == ["rule.already_void"]
    page = chen.get(path)
    assert words_of("job.refused", language) in page.text
    said = words_of("rule.already_void", language, **found[0]["figures"])
    assert said in page.text.replace("&#34;", '"')
    assert f'href="/events/{first}"' in page.text


def test_a_job_that_fails_says_why(site_app: SiteApp, visit: Visit) -> None:
    job = jobs.submit(site_app.store, "unheard", {}, "chen", NOW_MS)
    assert work(site_app).state == jobs.FAILED
    page = visit("chen", "yard").get(f"/jobs/{job.id}")
    assert words_of("job.did_fail") in page.text
    assert words_of("job.unknown_task", task="unheard") in page.text


def test_it_is_stopped_by_its_button(site_app: SiteApp, visit: Visit, first: str) -> None:
    chen = visit("chen", "yard")
    path = void(chen, first).location
    chen.get(path)
    assert chen.post(f"{path}/cancel", {}).location == path
    assert jobs.lease(site_app.store, "worker", site_app.now_ms) is None
    page = chen.get(path)
    assert words_of("job.nothing_recorded") in page.text
    assert site_app.business.event(first).live
    # A form of a page that is old by now changes nothing.
    path = void(chen, first).location
    chen.get(path)
    work(site_app)
    chen.post(f"{path}/cancel", {})
    assert words_of("job.too_late") in chen.get(path).text


class Unhindered:
    """A job that nobody stops."""

    def __call__(self, done: int, total: int) -> None:
        pass

    def confirm(self, writer: Writer) -> None:
        pass


def test_stopped_after_the_commit_it_still_shows_the_record(
    site_app: SiteApp, visit: Visit, first: str
) -> None:
    chen = visit("chen", "yard")
    path = void(chen, first).location
    job = ask(site_app.store, jobs.find_job, path.rsplit("/", 1)[1])
    jobs.run_capture(site_app.store, job.arguments, Unhindered(), lambda: site_app.now_ms)
    jobs.cancel(site_app.store, job.id, site_app.now_ms)
    page = chen.get(path)
    assert words_of("job.was_recorded") in page.text
    assert f'href="/events/{job.arguments["message"]["id"]}"' in page.text


def test_only_its_owner_and_an_administrator_see_it(site_app: SiteApp, visit: Visit, first: str) -> None:
    for name, scope in (("root", "*"), ("local", "yard")):
        add_person(site_app.store, name, name, PASSWORD, [Assignment("admin", scope)])
    path = void(visit("chen", "yard"), first).location
    assert visit().get(path).status_code == 302
    for stranger in ("wang", "local"):
        other = visit(stranger)
        assert other.get(path).status_code == 404
        assert other.post(f"{path}/cancel", {}).status_code == 404
        assert other.client.get(f"/api/v1{path}").status_code == 404
        assert path not in other.get("/jobs").text
    assert not ask(site_app.store, jobs.find_job, path.rsplit("/", 1)[1]).over
    root = visit("root")
    assert root.get(path).status_code == 200
    assert path not in root.get("/jobs").text
    assert root.post(f"{path}/cancel", {}).status_code == 302
    assert root.get("/jobs/nobodys").status_code == 404


@pytest.mark.parametrize("batch", [False, True])
def test_a_program_is_told_where_to_ask(site_app: SiteApp, visit: Visit, first: str, batch: bool) -> None:
    body = site_app.business.draft(
        "correct", "yard", targets=[{"event": first}], cascade=True, reason="mistake"
    )
    chen = visit("chen", "yard")
    sent = {"events": [body]} if batch else body
    answer = chen.client.post("/api/v1/events", json=sent, headers=OURS)
    assert answer.status_code == 202
    assert answer.json is not None
    assert (answer.json["state"], answer.json["href"]) == ("queued", answer.location)
    work(site_app)
    told = chen.client.get(answer.location).json
    assert told is not None
    assert (told["state"], told["result"]["receipts"][0]["event"]) == ("done", body["id"])
    assert f'href="/events/{body["id"]}"' in chen.get(told["page"]).text
    again = chen.client.post("/api/v1/events", json=body, headers=OURS)
    assert (again.status_code, again.json and again.json["status"]) == (200, "duplicate")


def test_progress_is_shown_in_figures(site_app: SiteApp, visit: Visit) -> None:
    def look(store: Any, arguments: Any, progress: jobs.Progress, clock: jobs.Clock) -> dict[str, Any]:
        site_app.now_ms += 2_000
        progress(40, 100)
        page = visit("chen").get(f"/jobs/{job.id}")
        assert '<progress max="100" value="40"' in page.text
        assert words_of("job.so_far", done=40, total=100) in page.text
        return {}

    job = jobs.submit(site_app.store, "check", {}, "chen", site_app.now_ms)
    leased = jobs.lease(site_app.store, "worker", site_app.now_ms)
    assert leased is not None
    assert jobs.run_job(site_app.store, leased, {"check": look}, lambda: site_app.now_ms).state == jobs.DONE
    assert words_of("job.is_done") in visit("chen").get(f"/jobs/{job.id}").text


def test_without_long_work_the_list_says_so(visit: Visit) -> None:
    assert words_of("job.none") in visit("wang").get("/jobs").text


def test_the_menu_leads_to_the_long_work_of_those_who_may_start_some(visit: Visit) -> None:
    page = visit("wang", "yard").get("/")
    assert f'<a href="/jobs">{words_of("menu.jobs")}</a>' in page.text
    assert 'href="/jobs"' not in visit("liu").get("/").text
