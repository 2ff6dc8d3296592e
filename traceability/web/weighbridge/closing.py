"""The page that closes a ticket: what was weighed stands as it is, what the event states beside it is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.store import Writer
from traceability.domain.errors import FieldError
from traceability.domain.rights import Viewer
from traceability.domain.ticket import weigh_grades
from traceability.services.directory.audit import Actor
from traceability.services.operations import tickets
from traceability.services.recording.capture import Receipt
from traceability.services.recording.open_work import OpenWork
from traceability.web.forms.correction import fill_form
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.form import SEEN, EventForm, EventPage
from traceability.web.forms.purpose import ClosingWork


class ClosingTicket(ClosingWork):
    """A form states the event of a ticket; the load is always that of the ticket as it stands now."""

    def __init__(self, work: OpenWork, viewer: Viewer, actor: Actor) -> None:
        super().__init__(work, viewer, actor)
        self.ticket = work
        self.names: dict[str, str] = {}  # supplier and vehicle as they were typed at last

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the envelope with what is typed, and what was weighed."""
        return {**envelope, **stated, **tickets.state_load(self.ticket)}

    def then(self, writer: Writer, receipt: Receipt) -> None:
        """Close the ticket. Raises WriteConflict where it was cancelled or weighed on meanwhile."""
        digest = tickets.digest_weighing(self.ticket)
        tickets.close_ticket(writer, self._viewer, self.id, self._actor, digest, self.names)


def open_form(work: OpenWork, viewer: Viewer, actor: Actor) -> EventForm:
    """Return the form that closes a ticket, filled in with what was said at its opening."""
    ticket = tickets.ticket_of(work)
    stated = tickets.state_event(work)
    start = fill_form(EVENT_FIELDS[tickets.WEIGHED], {**stated, "outputs": []}, {})
    start.update({"supplier": ticket.supplier, "vehicle": ticket.vehicle})
    purpose = ClosingTicket(work, viewer, actor)
    form = EventForm(tickets.WEIGHED, CLOSING, start, purpose)
    purpose.names = {name: form.typed.get(name, "").strip() for name in ("supplier", "vehicle")}
    return form


def _check(form: EventForm) -> Sequence[FieldError]:
    work = _work_of(form)
    if form.typed.get(SEEN) == tickets.digest_weighing(work):
        return ()
    return [FieldError("", "ticket.changed_meanwhile", {"number": work.number})]


def _context(form: EventForm) -> Mapping[str, Any]:
    work = _work_of(form)
    ticket = tickets.ticket_of(work)
    weighed = weigh_grades(ticket)
    return {
        "work": work,
        "ticket": ticket,
        "weighed": weighed,
        "net_g": sum(one.net_g for one in weighed),
        "settled_g": sum(one.settled_g for one in weighed),
        "seen": tickets.digest_weighing(work),
    }


def _work_of(form: EventForm) -> OpenWork:
    assert isinstance(form.purpose, ClosingTicket)
    return form.purpose.ticket


CLOSING = EventPage("weighbridge/close.html", _context, check=_check)
