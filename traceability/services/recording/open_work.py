"""Keep what is in work at a site: a weighbridge ticket or a heat, from its opening until its event is recorded.

Open work is a document ``open_work``, grouped by site; what was closed or cancelled is ``closed_work``, grouped by site,
kind and day. Neither is part of the derived book: a rebuild leaves them alone, a backup has them. So work survives a restart and
the end of a shift, and everybody at the site goes on with it.

Its id is the id of the event that will close it. An attempt to close it twice is therefore one event, and the lots and labels
that it holds are open to that event alone (``reservations``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from graph.paging import read_all
from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.calendar import day_of, year_of
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.domain.event import companion_id
from traceability.domain.identifier import normalise_identifier
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor, AuditAction, note

OPEN, CLOSED, COUNTER = "open_work", "closed_work", "open_work_count"
MOST_OPEN = 50  # at one site: what lies open longer is forgotten work, which somebody cancels
LONGEST_REASON = 500


class WorkKind(StrEnum):
    """What is in work."""

    TICKET = "ticket"  # of a weighbridge: closed by the event that takes the scrap in
    HEAT = "heat"  # closed by the event of the furnace


class WorkState(StrEnum):
    """How far it is."""

    OPEN = "open"
    CLOSED = "closed"  # its event is recorded
    CANCELLED = "cancelled"  # there will be no event


Freed = Callable[[Writer, Collection[str]], None]
"""What is told the keys of lots and labels that work holds no more, in the write that frees them."""


class Hold(NamedTuple):
    """Who reserved a lot or label, and when."""

    person: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A ticket or heat in work, or what became of it.

    ``content`` is what the ticket or heat states so far (``services.operations``). ``holds`` are the lots and labels that
    nothing else may take meanwhile, by the keys of ``reservations``.
    """

    id: str
    site: str
    kind: WorkKind
    number: str
    opened_ms: int
    opened_by: str
    content: Mapping[str, Any]
    holds: Mapping[str, Hold] = field(default_factory=dict)
    state: WorkState = WorkState.OPEN
    reason: str = ""
    ended_ms: int = 0
    ended_by: str = ""
    version: int = 0


_PLAIN = ("site", "number", "opened_ms", "opened_by", "reason", "ended_ms", "ended_by")


def _encode(work: OpenWork) -> Body:
    body: Body = {name: getattr(work, name) for name in _PLAIN}
    return body | {
        "kind": str(work.kind), "state": str(work.state), "content": dict(work.content), "holds": {key: list(hold) for key, hold in work.holds.items()},
    }  # fmt: skip


def _decode(document: Document) -> OpenWork:
    body = document.body
    return OpenWork(
        id=document.id, kind=WorkKind(body["kind"]), state=WorkState(body["state"]), content=body["content"],
        holds={key: Hold(*hold) for key, hold in body["holds"].items()}, version=document.version, **{name: body[name] for name in _PLAIN},
    )  # fmt: skip


# --- finding ------------------------------------------------------------------------------------------------------


def list_open_work(reader: Reader, sites: Collection[str], kind: WorkKind | None = None) -> list[OpenWork]:
    """Return what is in work at some sites, of one kind or both, the oldest first."""
    found = [
        _decode(document)
        for site in sites
        for document in read_all(lambda after, site=site: reader.list_documents(OPEN, site, after))  # type: ignore[misc]
    ]
    return sorted(
        (work for work in found if kind in (None, work.kind)), key=lambda work: (work.opened_ms, work.id)
    )


def list_lying_open(reader: Reader, before_ms: int) -> list[OpenWork]:
    """Return what was opened at any site before a time and is not ended, the oldest first."""
    every = map(_decode, read_all(lambda after: reader.list_documents(OPEN, None, after)))
    left = [work for work in every if work.opened_ms < before_ms]
    return sorted(left, key=lambda work: (work.opened_ms, work.id))


def find_closed_work(reader: Reader, ids: Collection[str]) -> list[OpenWork]:
    """Return those of these pieces of work that were closed or cancelled."""
    return [_decode(document) for document in reader.find_documents(CLOSED, ids).values()]


class ClosedWork(NamedTuple):
    """What was closed or cancelled, the newest first, and the day to go on with, '' where all was listed."""

    works: list[OpenWork]
    next_day: str = ""


def list_closed_work(reader: Reader, site: str, kind: WorkKind, days: Iterable[str], most: int) -> ClosedWork:
    """Return what was closed or cancelled at a site on some days, which are given the newest first.

    Whole days are listed, until there are ``most`` or more.
    """
    found: list[OpenWork] = []
    for day in days:
        if len(found) >= most:
            return ClosedWork(found, day)
        documents = _read_group(reader, _group(site, kind, day))
        found += sorted(map(_decode, documents), key=lambda work: (work.ended_ms, work.id), reverse=True)
    return ClosedWork(found)


def _read_group(reader: Reader, group: str) -> Iterator[Document]:
    return read_all(lambda after: reader.list_documents(CLOSED, group, after))


def _group(site: str, kind: WorkKind, day: str) -> str:
    return f"{site}/{kind}/{day}"


def find_work(reader: Reader, viewer: Viewer, id_: str, kind: WorkKind | None = None) -> OpenWork:
    """Return a ticket or heat, open or ended, of a site where the viewer works. Raises NotFound."""
    work = find_any_work(reader, id_)
    if work is None or work.site not in viewer.works_at or kind not in (None, work.kind):
        raise NotFound("work.unknown")
    return work


def find_any_work(reader: Reader, id_: str) -> OpenWork | None:
    """Return a ticket or heat of any site, open or ended; None for none."""
    for kind in (OPEN, CLOSED):
        found = reader.find_documents(kind, [id_]).get(id_)
        if found is not None:
            return _decode(found)
    return None


# --- changing -----------------------------------------------------------------------------------------------------


def open_work(writer: Writer, work: OpenWork, number_key: Callable[[str, str, str], str]) -> OpenWork:
    """Keep new work, under the number that it has or the next free one. Opened again by its id, it is what was opened then.

    ``number_key`` is the claim by which an event of that site, year and number holds its number.
    Raises BadInput where the number is used or too much lies open; WriteConflict where the id is that of something else, an event included.
    """
    known = find_any_work(writer, work.id)
    if known is not None:
        if (known.site, known.kind) != (work.site, work.kind):
            raise WriteConflict("work.id_taken")
        return known
    if writer.find_events([work.id]):  # the event of another: it could never be closed by its own
        raise WriteConflict("work.id_taken")
    others = list_open_work(writer, [work.site], work.kind)
    if len(others) >= MOST_OPEN:
        raise BadInput("work.too_many", most=MOST_OPEN)
    used = {normalise_identifier(other.number) for other in others}

    def is_unused(number: str) -> bool:
        key = number_key(work.site, year_of(work.opened_ms), number)
        return normalise_identifier(number) not in used and not writer.find_claims([key])

    if work.number and not is_unused(work.number):
        raise BadInput("work.number_used", number=work.number)
    number = work.number or _draw_number(writer, work, is_unused)
    return _put(writer, replace(work, number=number))


def _draw_number(writer: Writer, work: OpenWork, is_unused: Callable[[str], bool]) -> str:
    """Return the site's next number of the year, as ``2026-0117``; numbers that people gave are passed over."""
    year = year_of(work.opened_ms)
    key = f"{work.site}/{work.kind}/{year}"
    counter = writer.find_documents(COUNTER, [key]).get(key)
    last = counter.body["last"] if counter else 0
    number = ""
    while not number or not is_unused(number):
        last += 1
        number = f"{year}-{last:04d}"
    writer.put_document(COUNTER, key, {"last": last}, group=work.site)
    return number


def change_work(
    store: Store, viewer: Viewer, id_: str, kind: WorkKind, change: Callable[[Writer, OpenWork], OpenWork],
    freed: Freed | None = None,
) -> OpenWork:  # fmt: skip
    """Change open work as it stands now, so that two devices at one heat lose nothing of each other.

    ``freed`` is told, in the same write, what it holds no more.

    Raises NotFound; WriteConflict where it was ended meanwhile; whatever ``change`` raises, and nothing is stored then.
    """

    def work(writer: Writer) -> OpenWork:
        known = require_open_work(writer, viewer, id_, kind)
        changed = change(writer, known)
        if changed == known:
            return known
        stored = _put(writer, changed)
        if freed:
            freed(writer, known.holds.keys() - stored.holds.keys())
        return stored

    return store.write(work)


def require_open_work(reader: Reader, viewer: Viewer, id_: str, kind: WorkKind) -> OpenWork:
    """Return work that is still open. Raises NotFound, WriteConflict where it was ended meanwhile."""
    known = find_work(reader, viewer, id_, kind)
    if known.state is not WorkState.OPEN:
        raise refuse_ended(known)
    return known


def refuse_ended(work: OpenWork) -> WriteConflict:
    """Return why work that ended takes nothing any more."""
    return WriteConflict("work.ended", number=work.number, state=str(work.state))


def _put(writer: Writer, work: OpenWork) -> OpenWork:
    stored = writer.put_document(OPEN, work.id, _encode(work), work.version, work.site)
    return replace(work, version=stored.version)


def end_work(writer: Writer, work: OpenWork, state: WorkState, actor: Actor, reason: str = "") -> OpenWork:
    """Keep that work is closed or cancelled, in the write of the event that closes it; its lots are free again."""
    ended = replace(
        work, state=state, holds={}, reason=reason, ended_ms=actor.now_ms, ended_by=actor.person, version=0
    )
    writer.erase_document(OPEN, work.id)
    writer.put_document(
        CLOSED, work.id, _encode(ended), 0, _group(work.site, work.kind, day_of(actor.now_ms))
    )
    return ended


def close_work(writer: Writer, viewer: Viewer, id_: str, kind: WorkKind, actor: Actor) -> None:
    """End work whose event is recorded in this write; nothing where the same event was sent before.

    Raises NotFound, WriteConflict where it was cancelled meanwhile.
    """
    if find_work(writer, viewer, id_, kind).state is not WorkState.CLOSED:
        end_work(writer, require_open_work(writer, viewer, id_, kind), WorkState.CLOSED, actor)


def cancel_work(
    store: Store, viewer: Viewer, id_: str, kind: WorkKind, actor: Actor, reason: str,
    freed: Freed | None = None,
) -> OpenWork:  # fmt: skip
    """End work without an event; ``freed`` is told what it held. Raises NotFound, WriteConflict, BadInput without a reason."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise BadInput("work.reason_needed", most=LONGEST_REASON)

    def work(writer: Writer) -> OpenWork:
        known = require_open_work(writer, viewer, id_, kind)
        note(writer, actor.entry(AuditAction.WORK_CANCEL, str(kind), f"{known.site} {known.number}"))
        ended = end_work(writer, known, WorkState.CANCELLED, actor, reason)
        if freed:
            freed(writer, known.holds.keys())
        return ended

    return store.write(work)


def reopen_work(
    writer: Writer,
    closed: OpenWork,
    number_key: Callable[[str, str, str], str],
    hold: Callable[[OpenWork], OpenWork],
) -> OpenWork:
    """Open closed work again whose event was taken back, as it stood at its end; ``hold`` gives it what it is to hold.

    It is work of its own, as its id is that of an event: one that follows from the first, so that it is opened again once.
    It keeps its number, or gets the next one where that is used by now.
    Raises WriteConflict where its event stands, or it never had one; BadInput where too much lies open.
    """
    event = writer.find_events([closed.id]).get(closed.id)
    if closed.state is not WorkState.CLOSED or event is None or event.live:
        raise WriteConflict("work.not_taken_back", number=closed.number)
    again = replace(
        closed, id=reopened_id(closed.id), state=WorkState.OPEN, reason="", ended_ms=0, ended_by="", version=0
    )
    again = hold(again)
    try:
        return open_work(writer, again, number_key)
    except BadInput as error:
        if error.code != "work.number_used":
            raise
        return open_work(writer, replace(again, number=""), number_key)


def reopened_id(id_: str) -> str:
    """Return the id under which closed work is opened again."""
    return companion_id(id_, "opened again")
