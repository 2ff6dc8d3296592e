"""Tell how sound the book is known to be: the last check, the head of the chain, and the newest signed head."""

from pathlib import Path
from typing import NamedTuple

from graph.store import Head, Reader, Store
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import NotAllowed
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.people import Person
from traceability.services.upkeep import jobs
from traceability.services.upkeep.check_record import CheckRecord, find_last_check
from traceability.services.upkeep.jobs import Job
from traceability.services.upkeep.signed_heads import (
    BookState,
    SignedHead,
    compare_head,
    find_chains,
    find_newest_head,
)

CHECK = "check"


class Soundness(NamedTuple):
    """What is known: the last check (None: never), the head, the newest signed head and how the book stands to it.

    ``running`` is a check that waits or runs now.
    """

    check: CheckRecord | None
    head: Head
    signed: SignedHead | None
    state: BookState | None
    running: Job | None


def find_soundness(reader: Reader, heads: Path | None) -> Soundness:
    """Return what is known of the book's soundness; ``heads`` is the installation's file of signed heads."""
    signed = find_newest_head(heads)
    state = compare_head(find_chains(reader, {1, signed.seq}), signed) if signed else None
    return Soundness(find_last_check(reader), reader.find_head(), signed, state, find_waiting(reader, CHECK))


def find_waiting(reader: Reader, task: str) -> Job | None:
    """Return the job of a task that waits or runs now, if any."""
    waiting = [job for state in (jobs.RUNNING, jobs.QUEUED) for job in jobs.list_jobs(reader, state)]
    return next((job for job in waiting if job.task == task), None)


def may_check(person: Person, now_ms: int) -> bool:
    """Return whether a person may have the whole book checked: auditors and administrators of everything."""
    roles = list_roles(person.roles, "", "", day_of(now_ms))  # of no place in particular: held everywhere
    return bool({"auditor", "admin"} & set(roles))


def begin_check(store: Store, person: Person, actor: Actor) -> Job:
    """Queue a check of the whole book, or return the one that waits or runs. Raises NotAllowed."""
    return begin_job(store, CHECK, person, actor)


def begin_job(store: Store, task: str, person: Person, actor: Actor) -> Job:
    """Queue work on the whole book, or return the job of that task that waits or runs. Raises NotAllowed."""
    if not may_check(person, actor.now_ms):
        raise NotAllowed("book.may_not_check")
    with store.read() as reader:
        running = find_waiting(reader, task)
    if running is not None:
        return running
    job = jobs.submit(store, task, {"person": person.id}, person.id, actor.now_ms)
    store.write(lambda writer: note(writer, actor.entry(AuditAction.CHECK, "job", job.id)))
    return job
