"""Long work is done once, by one worker at a time, whatever happens to the worker."""

from pathlib import Path

import pytest

from graph import open_store
from graph.store import Body, Store
from tests.support.business import NOW_MS, Business, open_business
from tests.support.reading import ask
from traceability.domain.errors import BadInput, NotFound, TooMuchWork
from traceability.services.auditing.analysis import find_last_run, run_analysis
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep import jobs
from traceability.services.upkeep.check import check_book
from traceability.services.upkeep.check_record import find_last_check
from traceability.services.upkeep.jobs import (
    CANCELLED,
    DONE,
    FAILED,
    LEASE_MS,
    MOST_STARTS,
    QUEUED,
    RUNNING,
    Clock,
    Job,
    Progress,
)
from traceability.wire import dump_draft, load_draft


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    return store


def count(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    for done in range(arguments["upto"]):
        assert isinstance(clock, Hands)
        clock.ms += 1_500
        progress(done, arguments["upto"])
    return {"counted": arguments["upto"]}


def refuse(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    raise BadInput("log.damaged", line=7)


TASKS = {"count": count, "refuse": refuse}


def leased(store: Store, worker: str, now_ms: int) -> jobs.Job:
    job = jobs.lease(store, worker, now_ms)
    assert job is not None
    return job


def test_jobs_are_done_in_turn_and_keep_their_result(store: Store) -> None:
    clock = Hands()
    first = jobs.submit(store, "count", {"upto": 3}, "chen", clock.ms)
    second = jobs.submit(store, "refuse", {}, "chen", clock.ms + 1)
    job = leased(store, "one", clock.ms)
    assert (job.id, job.state) == (first.id, RUNNING)
    done = jobs.run_job(store, job, TASKS, clock)
    assert (done.state, done.result, done.person, done.worker) == (DONE, {"counted": 3}, "chen", "")
    failed = jobs.run_job(store, leased(store, "one", clock.ms), TASKS, clock)
    assert (failed.id, failed.state) == (second.id, FAILED)
    assert failed.error == {"code": "log.damaged", "figures": {"line": 7}}
    assert jobs.lease(store, "one", clock.ms) is None
    assert [one.id for one in ask(store, jobs.list_jobs)] == [second.id, first.id]
    assert [one.id for one in ask(store, jobs.list_jobs, DONE)] == [first.id]


def test_progress_is_written_down_and_holds_the_lease(store: Store) -> None:
    clock = Hands()
    seen: list[object] = []

    def look(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
        assert isinstance(clock, Hands)
        clock.ms += LEASE_MS - 1
        progress(40, 100)
        found = ask(store, jobs.find_job, job.id)
        seen.append((found.done, found.total, found.leased_ms - clock.ms))
        clock.ms += 10
        progress(41, 100)  # too soon to be worth a write
        seen.append(ask(store, jobs.find_job, job.id).done)
        return {}

    jobs.submit(store, "look", {}, "", clock.ms)
    job = leased(store, "one", clock.ms)
    jobs.run_job(store, job, {"look": look}, clock)
    assert seen == [(40, 100, LEASE_MS), 40]


def test_a_leased_job_is_nobody_elses_until_its_worker_is_gone(store: Store) -> None:
    clock = Hands()
    jobs.submit(store, "count", {"upto": 1}, "", clock.ms)
    first = leased(store, "one", clock.ms)
    assert jobs.lease(store, "two", clock.ms + LEASE_MS - 1) is None
    assert jobs.renew(store, first.id, "one", clock.ms + LEASE_MS - 1)
    assert jobs.lease(store, "two", clock.ms + LEASE_MS) is None
    clock.ms += 2 * LEASE_MS
    second = leased(store, "two", clock.ms)
    assert (second.id, second.starts) == (first.id, 2)
    assert not jobs.renew(store, first.id, "one", clock.ms)
    # The first was only slow: what it says now counts no longer.
    assert jobs.run_job(store, first, TASKS, clock).worker == "two"
    assert jobs.run_job(store, second, TASKS, clock).state == DONE


def test_a_job_that_ends_its_workers_is_given_up(store: Store) -> None:
    clock = Hands()
    submitted = jobs.submit(store, "count", {"upto": 1}, "", clock.ms)
    for _ in range(MOST_STARTS):
        leased(store, "one", clock.ms)
        clock.ms += LEASE_MS
    assert jobs.lease(store, "one", clock.ms) is None
    found = ask(store, jobs.find_job, submitted.id)
    assert (found.state, found.error) == (FAILED, {"code": "job.gave_up", "figures": {"starts": MOST_STARTS}})


def test_a_stop_in_order_is_no_failed_start(store: Store) -> None:
    submitted = jobs.submit(store, "count", {"upto": 1}, "", NOW_MS)
    for counts in (False, True):
        leased(store, "one", NOW_MS)
        jobs.give_back(store, submitted.id, "one", counts=counts)
    found = ask(store, jobs.find_job, submitted.id)
    assert (found.state, found.starts) == (QUEUED, 1)


def test_cancelling_stops_a_waiting_and_a_running_job(store: Store) -> None:
    clock = Hands()
    waiting = jobs.submit(store, "count", {"upto": 1}, "", clock.ms)
    assert jobs.cancel(store, waiting.id, clock.ms).state == CANCELLED
    assert jobs.lease(store, "one", clock.ms) is None

    def cancelled(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
        assert isinstance(clock, Hands)
        jobs.cancel(store, job.id, clock.ms)
        clock.ms += 2_000
        progress(1, 2)
        raise AssertionError("a cancelled task goes no further than its next word")

    jobs.submit(store, "slow", {}, "", clock.ms)
    job = leased(store, "one", clock.ms)
    assert jobs.run_job(store, job, {"slow": cancelled}, clock).state == CANCELLED


def test_a_job_that_is_cancelled_after_its_last_word_keeps_nothing(store: Store) -> None:
    tasks = {**jobs.TASKS, "analyse": run_analysis}
    for task, find_kept in (("check", find_last_check), ("analyse", find_last_run)):
        for cancelled in (True, False):
            jobs.submit(store, task, {}, "", NOW_MS)
            job = leased(store, "one", NOW_MS)

            def clock(job: Job = job, cancelled: bool = cancelled) -> int:
                if cancelled:
                    jobs.cancel(store, job.id, NOW_MS)
                return NOW_MS

            assert jobs.run_job(store, job, tasks, clock).state == (CANCELLED if cancelled else DONE)
            assert (ask(store, find_kept) is None) == cancelled


def test_unknown_jobs_and_tasks(store: Store) -> None:
    with pytest.raises(NotFound, match=r"job\.unknown"):
        ask(store, jobs.find_job, "nobody's")
    jobs.submit(store, "of-a-later-version", {}, "", NOW_MS)
    done = jobs.run_job(store, leased(store, "one", NOW_MS), TASKS, Hands())
    assert done.error == {"code": "job.unknown_task", "figures": {"task": "of-a-later-version"}}


def test_old_jobs_are_forgotten_and_waiting_ones_never(store: Store) -> None:
    clock = Hands()
    jobs.submit(store, "count", {"upto": 1}, "", clock.ms)
    jobs.run_job(store, leased(store, "one", clock.ms), TASKS, clock)
    jobs.submit(store, "count", {"upto": 1}, "", clock.ms)
    assert jobs.forget_old(store, clock.ms) == 0
    assert jobs.forget_old(store, clock.ms + jobs.KEPT_MS + 1) == 1
    assert [job.state for job in ask(store, jobs.list_jobs)] == [QUEUED]


def test_a_correction_too_long_for_a_request_is_done_as_a_job(store: Store) -> None:
    open_business(store)
    here = Business(store)
    lot = here.collect("tense", kg=1000)
    first = here.last_event()
    for _ in range(5):
        (lot,) = here.transform("bale", [lot], [{"form": "scrap", "material": "tense", "mass_g": 1_000_000}])
    new = {name: value for name, value in draft_of(store, first).items() if name != "id"} | {
        "origin": "510000"
    }
    body = here.draft("correct", "yard", targets=[{"event": first, "draft": new}], reason="mistake")
    with pytest.raises(TooMuchWork):
        capture_batch(store, [load_draft(body)], Deliverer("session", "chen"), NOW_MS, downstream=3)
    jobs.submit_capture(store, body, Deliverer("session", "chen"), NOW_MS)
    done = jobs.run_job(store, leased(store, "one", NOW_MS), jobs.TASKS, Hands())
    assert done.state == DONE, done.error
    assert done.result is not None
    assert [receipt["status"] for receipt in done.result["receipts"]] == ["created"]
    assert here.lot(lot).contents[-1].vector == {(0, "510000", 0): here.lot(lot).contents[-1].metal_g}
    # A worker that died after the commit leaves the job to another, which finds the work done.
    jobs.submit_capture(store, body, Deliverer("session", "chen"), NOW_MS)
    again = jobs.run_job(store, leased(store, "two", NOW_MS), jobs.TASKS, Hands())
    assert again.result is not None
    assert [receipt["status"] for receipt in again.result["receipts"]] == ["duplicate"]
    assert check_book(store).findings == []


def draft_of(store: Store, event: str) -> Body:
    with store.read() as reader:
        return dump_draft(reader.find_events([event])[event].draft)


def test_checks_and_rebuilds_run_as_jobs(store: Store) -> None:
    open_business(store)
    here = Business(store)
    here.melt(here.collect("tense", kg=1000, site="plant"), into=900)
    for task in ("check", "rebuild"):
        jobs.submit(store, task, {}, "admin", NOW_MS)
        done = jobs.run_job(store, leased(store, "one", NOW_MS), jobs.TASKS, Hands())
        assert (done.state, done.result and done.result["events"]) == (DONE, 2)
