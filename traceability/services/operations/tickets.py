"""Run a weighbridge ticket: it opens with the gross weight, grades follow one after the other, its event closes it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.claims import ticket_key
from traceability.domain.errors import NotFound, WriteConflict
from traceability.domain.event import MINUTE_MS
from traceability.domain.kinds import SCRAP_ENTRIES
from traceability.domain.rights import Viewer
from traceability.domain.ticket import (
    Ticket,
    TicketGrade,
    TicketReading,
    check_ticket,
    digest_record,
    read_ticket,
    weigh_grades,
    write_ticket,
)
from traceability.services.directory.audit import Actor
from traceability.services.recording.open_work import (
    Hold,
    OpenWork,
    WorkKind,
    WorkState,
    change_work,
    end_work,
    find_work,
    list_open_work,
    open_work,
    reopen_work,
    require_open_work,
)
from traceability.services.recording.reservations import code_hold, require_free

WEIGHED = SCRAP_ENTRIES[0]
"""The kind of event that a ticket becomes."""
RECORD = "weighing_record"
"""The type of the document by which an event names the record of its weighing."""


def ticket_of(work: OpenWork) -> Ticket:
    """Return what a ticket states."""
    return read_ticket(dict(work.content))


def find_ticket(reader: Reader, viewer: Viewer, id_: str) -> OpenWork:
    """Return a ticket of a site where the viewer works. Raises NotFound."""
    return find_work(reader, viewer, id_, WorkKind.TICKET)


class TruckHere(NamedTuple):
    """A ticket as lists show it: what it weighs so far, and for how many whole minutes it has been open."""

    work: OpenWork
    ticket: Ticket
    settled_g: int
    minutes: int


def sum_up(work: OpenWork, now_ms: int) -> TruckHere:
    """Return a ticket as lists show it."""
    ticket = ticket_of(work)
    until_ms = work.ended_ms or now_ms
    settled_g = sum(one.settled_g for one in weigh_grades(ticket))
    return TruckHere(work, ticket, settled_g, max(0, until_ms - work.opened_ms) // MINUTE_MS)


def list_trucks(reader: Reader, site: str, now_ms: int) -> list[TruckHere]:
    """Return the open tickets of a site, the oldest first."""
    return [sum_up(work, now_ms) for work in list_open_work(reader, [site], WorkKind.TICKET)]


def open_ticket(
    store: Store, id_: str, site: str, ticket: Ticket, actor: Actor, number: str = ""
) -> OpenWork:
    """Open a ticket; without a number it gets the site's next one of the year. Opened twice, it is one.

    Raises BadInput where a weight is missing, the number is used, or too many tickets are open; WriteConflict where that id
    opened another truck: a form that was gone back to.
    """
    check_ticket(ticket)

    def work(writer: Writer) -> OpenWork:
        new = OpenWork(id_, site, WorkKind.TICKET, number, actor.now_ms, actor.person, {})
        opened = open_work(writer, _keep(new, ticket), ticket_key)
        known = ticket_of(opened)
        weights = {known.gross.mass_g, *(reading.mass_g for reading in known.replaced)}
        if known.vehicle != ticket.vehicle or ticket.gross.mass_g not in weights:
            raise WriteConflict("work.opened_already", number=opened.number)
        return opened

    return store.write(work)


def reopen_ticket(writer: Writer, closed: OpenWork) -> OpenWork:
    """Open a ticket again whose event was taken back, with all that was weighed.

    Labels stay with the lots that were taken back, so its grades have none. Raises WriteConflict where its event stands.
    """
    ticket = ticket_of(closed)
    unlabelled = ticket._replace(grades=tuple(grade._replace(code="") for grade in ticket.grades))
    return reopen_work(writer, closed, ticket_key, lambda again: _keep(again, unlabelled))


def change_ticket(store: Store, viewer: Viewer, id_: str, change: Callable[[Ticket], Ticket]) -> OpenWork:
    """Change what a ticket states. Raises BadInput, NotFound, WriteConflict where it was ended meanwhile, or a label is
    in use by other open work."""

    def apply(writer: Writer, work: OpenWork) -> OpenWork:
        ticket = change(ticket_of(work))
        check_ticket(ticket)
        changed = _keep(work, ticket)
        require_free(writer, changed, {code_hold(grade.code): grade.code for grade in ticket.grades})
        return changed

    return change_work(store, viewer, id_, WorkKind.TICKET, apply)


def add_grade(ticket: Ticket, grade: TicketGrade) -> Ticket:
    """Return a ticket with one more grade, under the next number; its label may stand on the ticket once."""
    if grade.code and grade.code in {other.code for other in ticket.grades}:
        raise WriteConflict("ticket.code_twice", code=grade.code)
    number = 1 + max((other.number for other in ticket.grades), default=0)
    return ticket._replace(grades=(*ticket.grades, grade._replace(number=number)))


def remove_grade(ticket: Ticket, number: int) -> Ticket:
    """Return a ticket without a grade: what it weighed belongs to the next one then. Raises NotFound."""
    left = tuple(grade for grade in ticket.grades if grade.number != number)
    if len(left) == len(ticket.grades):
        raise NotFound("ticket.unknown_grade", number=number)
    return ticket._replace(grades=left)


def weigh_again(ticket: Ticket, number: int, reading: TicketReading) -> Ticket:
    """Return a ticket with another reading of a grade, 0 for the gross; the one before is kept. Raises NotFound."""
    if number == 0:
        return ticket._replace(gross=reading, replaced=(*ticket.replaced, ticket.gross))
    found = next((grade for grade in ticket.grades if grade.number == number), None)
    if found is None:
        raise NotFound("ticket.unknown_grade", number=number)
    grades = tuple(grade._replace(after=reading) if grade is found else grade for grade in ticket.grades)
    return ticket._replace(grades=grades, replaced=(*ticket.replaced, found.after))


def digest_weighing(work: OpenWork) -> str:
    """Return the SHA-256 of the record of the weighing."""
    return digest_record(ticket_of(work), work.number)


def close_ticket(
    writer: Writer, viewer: Viewer, id_: str, actor: Actor, digest: str, names: Mapping[str, str]
) -> None:
    """End a ticket whose event is recorded in this write; nothing where the same event was sent before.

    ``digest`` is that of the record which the event names; ``names`` are supplier and vehicle as they were typed at last.
    Raises NotFound, WriteConflict where it was cancelled, or something else was weighed meanwhile.
    """
    if find_ticket(writer, viewer, id_).state is WorkState.CLOSED:
        return
    work = require_open_work(writer, viewer, id_, WorkKind.TICKET)
    if digest_weighing(work) != digest:
        raise WriteConflict("ticket.changed_meanwhile", number=work.number)
    content = write_ticket(ticket_of(work)._replace(supplier=names["supplier"], vehicle=names["vehicle"]))
    end_work(writer, replace(work, content=content), WorkState.CLOSED, actor)


def state_load(work: OpenWork) -> dict[str, Any]:
    """Return what the event of a ticket states of the load, as the wire has it: its grades and the record of the weighing."""
    record = {"type": RECORD, "number": work.number, "sha256": digest_weighing(work)}
    return {"ticket": work.number, "outputs": state_event(work)["outputs"], "documents": [record]}


def state_event(work: OpenWork) -> dict[str, Any]:
    """Return the fields of the event of a ticket as the wire has them, for its form."""
    ticket = ticket_of(work)
    outputs = []
    for weighed in weigh_grades(ticket):
        weighing = {name: value for name, value in weighed.weighing._asdict().items() if value is not None}
        stated = {
            "form": "scrap", "material": weighed.grade.material, "code": weighed.grade.code, "weighing": weighing,
            "source_class": weighed.grade.source_class, "origin": weighed.grade.origin,
        }  # fmt: skip
        outputs.append({name: value for name, value in stated.items() if value})
    head = {
        "ticket": work.number, "source_class": ticket.source_class, "origin": ticket.origin,
        "channel": ticket.channel, "radiation": ticket.radiation,
    }  # fmt: skip
    return {**{name: value for name, value in head.items() if value}, "outputs": outputs}


def _keep(work: OpenWork, ticket: Ticket) -> OpenWork:
    known = work.holds
    holds = {}
    for grade in ticket.grades:
        key = code_hold(grade.code)
        if grade.code:
            holds[key] = known.get(key, Hold(grade.after.person, grade.after.time_ms))
    return replace(work, content=write_ticket(ticket), holds=holds)
