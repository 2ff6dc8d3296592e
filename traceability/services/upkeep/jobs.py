"""Queue long work as jobs: documents that one worker at a time leases, runs and completes.

    submit ──▶ queued ──▶ running ──▶ done | failed
                 │  ▲        │
                 │  └────────┤ its worker died, was stopped, or lost the lease (at most 3 times)
                 └───────────┴──▶ cancelled

A worker that dies leaves a lease that runs out, and the next one begins the job again: so every task must be harmless
to repeat, as everything is that goes by event ids. Tasks are looked up by name, because a job outlives its process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, NamedTuple, Protocol

from graph.paging import read_all
from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.access import list_roles
from traceability.domain.errors import BadDraft, NotFound, TraceabilityError
from traceability.domain.event import Draft
from traceability.services.directory.parties import keep_names
from traceability.services.directory.people import Person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.capture import CanonicalDraft, canonical_draft, capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.outcome import encode_receipt
from traceability.services.recording.pending_book import Book
from traceability.services.recording.resolve import Resolver
from traceability.services.upkeep.check import check_book, encode_report
from traceability.services.upkeep.check_record import keep_check
from traceability.services.upkeep.rebuild import rebuild
from traceability.wire import dump_draft, load_batch
from traceability.wire.errors import encode_error

LEASE_MS = 120_000  # longer than any single transaction of a job may hold the one writer
REPORT_MS = 1_000  # how often progress is written down
MOST_STARTS = 3  # a job that ended three workers is not tried on a fourth
KEPT_MS = 30 * 24 * 3600 * 1000  # how long finished jobs can be looked up

QUEUED, RUNNING, DONE, FAILED, CANCELLED = STATES = ("queued", "running", "done", "failed", "cancelled")

Clock = Callable[[], int]
"""Now, in ms UTC."""


class Job(NamedTuple):
    """A job.

    ``worker`` and ``leased_ms`` (until when) are set while it runs; ``starts`` counts how often it
    was begun.
    """

    id: str
    task: str
    arguments: Body
    person: str
    state: str
    created_ms: int
    starts: int = 0
    worker: str = ""
    leased_ms: int = 0
    done: int = 0
    total: int = 0
    ended_ms: int = 0
    result: Body | None = None
    error: Body | None = None
    version: int = 0

    @property
    def over(self) -> bool:
        """Return whether nothing more will happen to the job."""
        return self.state in (DONE, FAILED, CANCELLED)


class Stopped(TraceabilityError):
    """The job was cancelled, or belongs to another worker now; its task ends at the next report of progress."""


class Progress(Protocol):
    """Report how far a task has come. Raises Stopped."""

    def __call__(self, done: int, total: int) -> None:
        """Report ``done`` of ``total``; a total of 0 is unknown."""

    def confirm(self, writer: Writer) -> None:
        """Make sure, in the write that keeps what the task found, that the job is still this worker's."""


Task = Callable[[Store, Body, Progress, Clock], Body]
"""Runs a job on the store with its arguments, reporting progress; returns the job's result."""


# --- asking -------------------------------------------------------------------------------------------------------


def submit(
    store: Store,
    task: str,
    arguments: Body,
    person: str,
    now_ms: int,
    complete: Callable[[Writer, Body], Body] = lambda writer, arguments: arguments,
) -> Job:
    """Put a job into the queue; ``complete`` makes its arguments whole, in the same write."""
    job_id = f"{now_ms:013d}-{token_hex(6)}"  # ids sort by time

    def work(writer: Writer) -> Job:
        return _put(writer, Job(job_id, task, complete(writer, arguments), person, QUEUED, now_ms))

    return store.write(work)


def find_job(reader: Reader, job_id: str) -> Job:
    """Return a job as it stands. Raises NotFound."""
    document = reader.find_documents("job", [job_id]).get(job_id)
    if document is None:
        raise NotFound("job.unknown", id=job_id)
    return _read(document)


def find_job_for(reader: Reader, person: Person, job_id: str, day: str) -> Job:
    """Return a job of the person; to an administrator of the whole system any job. Raises NotFound."""
    job = find_job(reader, job_id)
    # A role that holds at no site in particular holds everywhere.
    if job.person != person.id and "admin" not in list_roles(person.roles, "", "", day):
        raise NotFound("job.unknown", id=job_id)
    return job


def list_jobs(reader: Reader, state: str = "", person: str = "") -> list[Job]:
    """Return jobs of a state and person ('' for any), newest first; ended ones are kept for 30 days."""
    jobs = [job for job in _list(reader, state or None) if person in ("", job.person)]
    return sorted(jobs, key=lambda job: job.id, reverse=True)


def cancel(store: Store, job_id: str, now_ms: int) -> Job:
    """Stop a job: at once while it waits, at its next report of progress while it runs. Raises NotFound."""

    def work(writer: Writer) -> Job:
        job = find_job(writer, job_id)
        if job.over:
            return job
        return _put(writer, job._replace(state=CANCELLED, worker="", ended_ms=now_ms))

    return store.write(work)


def _list(reader: Reader, state: str | None) -> list[Job]:
    documents = read_all(lambda after: reader.list_documents("job", state, after))
    return [_read(document) for document in documents]


def _read(document: Document) -> Job:
    return Job(id=document.id, version=document.version, **document.body)


def _put(writer: Writer, job: Job) -> Job:
    body: dict[str, Any] = {
        name: value for name, value in job._asdict().items() if name not in ("id", "version")
    }
    stored = writer.put_document("job", job.id, body, group=job.state)
    return job._replace(version=stored.version)


# --- working ------------------------------------------------------------------------------------------------------


def lease(store: Store, worker: str, now_ms: int) -> Job | None:
    """Return the next job, leased to this worker until ``leased_ms``: one whose lease has run out,
    else the oldest that waits."""
    with store.read() as reader:
        if not _next(reader, now_ms):
            return None  # the usual answer, without asking for the one writer

    def work(writer: Writer) -> Job | None:
        while job := _next(writer, now_ms):
            if job.starts < MOST_STARTS:
                leased = job._replace(
                    state=RUNNING, worker=worker, leased_ms=now_ms + LEASE_MS, starts=job.starts + 1
                )
                return _put(writer, leased)
            error = encode_error(TraceabilityError("job.gave_up", starts=job.starts))
            _put(writer, job._replace(state=FAILED, worker="", error=error, ended_ms=now_ms))
        return None

    return store.write(work)


def _next(reader: Reader, now_ms: int) -> Job | None:
    lapsed = [job for job in _list(reader, RUNNING) if job.leased_ms <= now_ms]
    if lapsed:
        return lapsed[0]
    waiting, _ = reader.list_documents("job", QUEUED, limit=1)
    return _read(waiting[0]) if waiting else None


def renew(store: Store, job_id: str, worker: str, now_ms: int) -> bool:
    """Extend the lease; return False once the job is cancelled or another worker's."""

    def work(writer: Writer) -> bool:
        job = find_job(writer, job_id)
        if job.worker != worker:
            return False
        _put(writer, job._replace(leased_ms=now_ms + LEASE_MS))
        return True

    return store.write(work)


def give_back(store: Store, job_id: str, worker: str, *, counts: bool = True) -> None:
    """Put a leased job back into the queue; without ``counts`` this start did not happen (a stop in
    order)."""

    def work(writer: Writer) -> None:
        job = find_job(writer, job_id)
        if job.worker == worker:
            starts = job.starts if counts else job.starts - 1
            _put(writer, job._replace(state=QUEUED, worker="", leased_ms=0, starts=starts))

    store.write(work)


def forget_old(store: Store, now_ms: int) -> int:
    """Erase jobs that ended long ago; return how many."""
    with store.read() as reader:
        old = [job.id for job in _list(reader, None) if job.over and job.ended_ms < now_ms - KEPT_MS]

    def work(writer: Writer) -> None:
        for job_id in old:
            writer.erase_document("job", job_id)

    if old:
        store.write(work)
    return len(old)


@dataclass(slots=True)
class _Reporter:
    """Store progress, at most once a second, and renew the lease by it."""

    store: Store
    job: Job
    clock: Clock
    last_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.last_ms = self.clock()

    def __call__(self, done: int, total: int) -> None:
        now_ms = self.clock()
        if now_ms - self.last_ms < REPORT_MS:
            return
        self.last_ms = now_ms

        def work(writer: Writer) -> None:
            job = self._own(writer)
            _put(writer, job._replace(done=done, total=total, leased_ms=now_ms + LEASE_MS))

        self.store.write(work)

    def confirm(self, writer: Writer) -> None:
        """Make sure that the job is still this worker's. Raises Stopped."""
        self._own(writer)

    def _own(self, writer: Writer) -> Job:
        job = find_job(writer, self.job.id)
        if job.worker != self.job.worker:
            raise Stopped("job.stopped", id=job.id)
        return job


def run_job(store: Store, job: Job, tasks: Mapping[str, Task], clock: Clock) -> Job:
    """Run a leased job and store its result; an error that was expected is the job's, not the
    worker's."""
    state, result, error = DONE, None, None
    try:
        task = tasks.get(job.task)
        if task is None:
            raise NotFound("job.unknown_task", task=job.task)
        result = task(store, job.arguments, _Reporter(store, job, clock), clock)
    except Stopped:
        with store.read() as reader:
            return find_job(reader, job.id)
    except TraceabilityError as refused:
        state, error = FAILED, encode_error(refused)
    except OSError as failed:
        state, error = FAILED, encode_error(TraceabilityError("job.file", reason=str(failed)))

    def work(writer: Writer) -> Job:
        now = find_job(writer, job.id)
        if now.worker != job.worker:
            return now
        return _put(
            writer,
            now._replace(
                state=state,
                worker="",
                result=result,
                error=error,
                ended_ms=clock(),
                done=now.total or now.done,
            ),
        )

    return store.write(work)


# --- the tasks of this floor --------------------------------------------------------------------------------------


def submit_capture(store: Store, body: Body, deliverer: Deliverer, now_ms: int) -> Job:
    """Queue a message (one event, or a batch) that was TooMuchWork for a request; its receipts are
    the job's result.

    The job, which is not erased with a party, holds ids in place of names; ``sent`` are the digests of its drafts as
    they were sent.
    """
    arguments: Body = {"message": body, "deliverer": deliverer.id, "person": deliverer.person}
    arguments["vouched"] = list(deliverer.vouched)

    def resolve(writer: Writer, arguments: Body) -> Body:
        message, sent = _without_names(writer, body)
        return {**arguments, "message": message, "sent": sent}

    return submit(store, "capture", arguments, deliverer.person, now_ms, resolve)


def _without_names(writer: Writer, message: Body) -> tuple[Body, dict[str, str]]:
    """Return (the message with ids in place of names, digests of the drafts that had names by id), and keep the names."""
    resolver = Resolver(Book(writer), reference_in(writer))
    rows, sent = list(message.get("events", [message])), {}
    for number, draft in enumerate(load_batch(message)):
        if isinstance(draft, BadDraft):
            continue
        resolved, parties, unclear = resolver.resolve_names(draft)
        if parties and not unclear:
            resolver.accept(parties)
            for site, party in parties:
                keep_names(writer, site, [party])
            rows[number], sent[draft.id] = dump_draft(resolved), canonical_draft(draft).digest
    return ({**message, "events": rows} if "events" in message else rows[0]), sent


def run_capture(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Record a message without the limit of a request, in one transaction."""
    vouched = tuple(arguments.get("vouched", ()))
    deliverer = Deliverer(arguments["deliverer"], arguments["person"], vouched)
    drafts, sent = load_batch(arguments["message"]), arguments.get("sent", {})
    copies = [_copy(draft, sent) if isinstance(draft, Draft) else None for draft in drafts]
    receipts = capture_batch(store, drafts, deliverer, clock(), downstream=None, copies=copies)
    return {"receipts": [encode_receipt(receipt) for receipt in receipts]}


def _copy(draft: Draft, sent: Mapping[str, str]) -> CanonicalDraft:
    copy = canonical_draft(draft)
    return copy._replace(sent_digest=sent.get(draft.id, copy.digest))


def run_check(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Check the book; keep and return the report."""
    with store.read() as reader:
        whole = reader.find_head().seq
    done = 0

    def advance(_: str, more: int) -> None:
        nonlocal done
        done += more
        progress(done, max(whole, done))

    report = check_book(store, arguments.get("processes", 1), advance)
    person, ended_ms = arguments.get("person", ""), clock()

    def keep(writer: Writer) -> None:
        progress.confirm(writer)
        keep_check(writer, report, whole, person, ended_ms)

    store.write(keep)
    return encode_report(report)


def run_rebuild(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Derive everything again; return the number of events."""
    return {"events": rebuild(store, progress)}


TASKS: Mapping[str, Task] = {"capture": run_capture, "check": run_check, "rebuild": run_rebuild}
