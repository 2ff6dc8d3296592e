"""Pages of jobs: how far long work has come, its outcome, and a button that stops it."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from graph.store import Body
from traceability.domain.calendar import day_of
from traceability.domain.errors import Violation
from traceability.services.directory.people import find_person
from traceability.services.recording.judge import Deliverer
from traceability.services.tracing.events import list_recorded
from traceability.services.upkeep import jobs
from traceability.services.upkeep.jobs import Job
from traceability.web.shell import current
from traceability.web.shell.words import say, t
from traceability.wire.errors import decode_reasons
from traceability.wire.schemas import SCHEMAS

pages = Blueprint("jobs", __name__)

REFRESH_SECONDS = 3
MOST_SHOWN = 50
_PARTY_KEYS = frozenset(key for schema in SCHEMAS.values() for pair in schema.by_name.items() for key in pair)
"""The keys on the wire of parties and vehicles: of their names and of their ids."""
_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Target(NamedTuple):
    """An event that a correction is about."""

    event: str
    replaced: bool


class Work(NamedTuple):
    """One event that a job records, as far as it was stated readably."""

    kind: str
    site: str
    reason: str
    cascade: bool
    targets: list[Target]


class Reason(NamedTuple):
    """A reason of a refusal in words, with the events that are in the way."""

    text: str
    events: list[str]


class JobOutcome(NamedTuple):
    """The outcome of one event: ``event`` is its id if recorded, else ``reasons`` stand against it."""

    status: str
    event: str
    reasons: list[Reason]


# --- starting -----------------------------------------------------------------------------------------------------


def queue(body: Body, deliverer: Deliverer) -> Job:
    """Submit a message as a job, or return the job that waits with the same message."""
    for state in (jobs.QUEUED, jobs.RUNNING):
        for job in jobs.list_jobs(current.reader(), state, deliverer.person):
            if job.task == "capture" and _alike(job, body):
                return job
    return jobs.submit_capture(current.store(), body, deliverer, current.now_ms())


def _alike(job: Job, body: Body) -> bool:
    """Return whether it is the same message sent again.

    A form sets the time anew whenever it is sent, and a job holds the ids of the parties that the message names.
    """
    waiting = job.arguments["message"]
    return bool(_without_parties(_timeless(waiting)) == _without_parties(_timeless(body)))


def _timeless(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "event_time"}


def _without_parties(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_parties(inner) for key, inner in value.items() if key not in _PARTY_KEYS}
    return [_without_parties(inner) for inner in value] if isinstance(value, list) else value


# --- looking ------------------------------------------------------------------------------------------------------


@pages.get("/jobs")
def list_own() -> ResponseReturnValue:
    """List the person's own jobs, newest first."""
    own = jobs.list_jobs(current.reader(), person=current.signed_in().id)
    return render_template("jobs/list.html", jobs=[(job, work_of(job)) for job in own[:MOST_SHOWN]])


@pages.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """Show one job; while it goes on, the page reloads by itself."""
    job = _find(job_id)
    person = find_person(current.reader(), job.person)
    return render_template(
        "jobs/job.html",
        job=job,
        by=person.name if person else job.person,
        works=work_of(job),
        outcomes=_outcomes(job),
        reasons=_reasons(job.error) if job.error else [],
        refresh=REFRESH_SECONDS,
    )


@pages.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop a job, unless it has ended meanwhile."""
    wanted = _find(job_id)
    job = jobs.cancel(current.store(), wanted.id, current.now_ms())
    if job.state == jobs.CANCELLED:
        flash(t("job.stopped"), "success")
    else:
        flash(t("job.too_late"), "info")
    return redirect(url_for("jobs.show", job_id=job.id))


def tell(job_id: str) -> dict[str, Any]:
    """Return one job of the person as JSON. Raises NotFound."""
    return describe(_find(job_id))


def describe(job: Job) -> dict[str, Any]:
    """Return a job as JSON; ``result`` holds the receipts, ``error`` why it failed, both with codes."""
    return {
        "job": job.id,
        "state": job.state,
        "href": url_for("api.tell", job_id=job.id),
        "page": url_for("jobs.show", job_id=job.id),
        "done": job.done,
        "total": job.total,
        "result": job.result,
        "error": job.error,
    }


def _find(job_id: str) -> Job:
    """Return a job that the person may see. Raises NotFound."""
    return jobs.find_job_for(current.reader(), current.signed_in(), job_id, day_of(current.now_ms()))


def work_of(job: Job) -> list[Work]:
    """Return the events that a job is to record, as far as its message can be read."""
    return [_work(stated) for stated in _stated(job)]


def _stated(job: Job) -> list[dict[str, Any]]:
    if job.task != "capture":
        return []
    message = job.arguments["message"]
    return [stated for stated in message.get("events", [message]) if isinstance(stated, dict)]


def _work(stated: Mapping[str, Any]) -> Work:
    targets = stated.get("targets")
    named = [target for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
    return Work(
        kind=str(stated.get("kind") or ""),
        site=str(stated.get("site") or ""),
        reason=str(stated.get("reason") or ""),
        cascade=stated.get("cascade") is True,
        targets=[
            Target(str(target["event"]), bool(target.get("draft")))
            for target in named
            if _is_event(target.get("event"))
        ],
    )


def _is_event(event_id: object) -> bool:
    return isinstance(event_id, str) and bool(_EVENT_ID.fullmatch(event_id))


def _outcomes(job: Job) -> list[JobOutcome]:
    """Return the outcome of each event; a job stopped just after its commit has recorded them."""
    if job.task != "capture":
        return []
    if job.result:
        return [_outcome(receipt) for receipt in job.result["receipts"]]
    if job.state not in (jobs.CANCELLED, jobs.FAILED):
        return []
    stated_ids = [str(stated.get("id")) for stated in _stated(job) if _is_event(stated.get("id"))]
    return [JobOutcome("created", id_, []) for id_ in list_recorded(current.reader(), stated_ids)]


def _outcome(receipt: Mapping[str, Any]) -> JobOutcome:
    if "error" in receipt:
        return JobOutcome(receipt["status"], "", _reasons(receipt["error"]))
    return JobOutcome(receipt["status"], receipt["event"], [])


def _reasons(error: Mapping[str, Any]) -> list[Reason]:
    """Return every reason of an error stored as codes and figures, in the person's language."""
    reference = current.reference()
    return [
        Reason(say(reason, reference), list(reason.events) if isinstance(reason, Violation) else [])
        for reason in decode_reasons(error)
    ]
