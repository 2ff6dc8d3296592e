"""Pages of the weighbridge: its open tickets, one ticket, and the form that closes it."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotAllowed, NotFound, WriteConflict
from traceability.domain.provenance import SCRAP_CLASSES
from traceability.domain.ticket import Ticket, find_last_reading, weigh_grades
from traceability.domain.vocabulary import CHANNELS
from traceability.services.directory.parties import list_names
from traceability.services.operations import tickets
from traceability.services.recording.open_work import (
    OpenWork,
    WorkKind,
    WorkState,
    cancel_work,
    list_closed_work,
)
from traceability.services.tracing.lots import list_scrap_grades
from traceability.web.forms.form import tell, uuid7
from traceability.web.shell import current
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import metal_name, name_of, say, t
from traceability.web.weighbridge.closing import open_form
from traceability.web.weighbridge.typed import TypedTicket, read_month

pages = Blueprint("weighbridge", __name__, url_prefix="/weighbridge")

USUAL = 6  # grades that stand as tiles


@pages.get("")
@needs_site
def list_all() -> ResponseReturnValue:
    """List the open tickets of the site, and those that ended in a month, this one at first."""
    site = site_of_work()
    reader, month = current.reader(), read_month()
    closed = list_closed_work(reader, site, month, WorkKind.TICKET)
    return render_template(
        "weighbridge/list.html",
        site=site,
        open_tickets=tickets.list_trucks(reader, site, current.now_ms()),
        month=month,
        closed=[tickets.sum_up(work, current.now_ms()) for work in closed],
    )


@pages.route("/new", methods=["GET", "POST"])
@needs_site
def new() -> ResponseReturnValue:
    """Open a ticket with the truck and its gross weight."""
    site = site_of_work()
    form = TypedTicket()
    if request.method == "POST":
        ticket = form.read_opening()
        if ticket is not None:
            try:
                work = tickets.open_ticket(current.store(), _read_id(), site, ticket, current.actor())
            except (BadInput, WriteConflict) as error:
                form.faults["gross"] = say(error)
            else:
                return redirect(url_for(".show", ticket_id=work.id))
    reader = current.reader()
    page = render_template(
        "weighbridge/new.html",
        site=site,
        form_id=_read_id(),
        typed=request.form or {"channel": CHANNELS[-1]},
        faults=form.faults,
        suppliers=list_names(reader, "supplier", site),
        vehicles=list_names(reader, "vehicle", site),
        classes=[(one, t(f"class.{one}")) for one in SCRAP_CLASSES],
        channels=[(one, t(f"channel.{one}")) for one in CHANNELS],
    )
    return make_response(page, 422 if form.faults else 200)


@pages.get("/<uuid:ticket_id>")
def show(ticket_id: UUID) -> ResponseReturnValue:
    """Show a ticket: the truck, its grades with what they weigh, and what comes next."""
    return _show(find_ticket(ticket_id), TypedTicket({}))


@pages.post("/<uuid:ticket_id>/grades")
def add_grade(ticket_id: UUID) -> ResponseReturnValue:
    """Add a grade that was unloaded, with the reading after it."""
    form = TypedTicket()
    grade = form.read_grade()
    return _change(ticket_id, form, partial(tickets.add_grade, grade=grade) if grade else None, "after")


@pages.post("/<uuid:ticket_id>/grades/<int:number>/remove")
def remove_grade(ticket_id: UUID, number: int) -> ResponseReturnValue:
    """Take a grade off the ticket."""
    return _change(ticket_id, TypedTicket(), partial(tickets.remove_grade, number=number), "")


@pages.post("/<uuid:ticket_id>/grades/<int:number>/weigh")
def weigh_again(ticket_id: UUID, number: int) -> ResponseReturnValue:
    """Weigh again after a grade, or the gross where the number is 0."""
    form = TypedTicket()
    reading = form.read_again()
    change = partial(tickets.weigh_again, number=number, reading=reading) if reading else None
    return _change(ticket_id, form, change, "reading")


@pages.post("/<uuid:ticket_id>/cancel")
def cancel(ticket_id: UUID) -> ResponseReturnValue:
    """End a ticket without an event."""
    form = TypedTicket()
    try:
        work = cancel_work(
            current.store(), current.viewer(), str(ticket_id), WorkKind.TICKET, current.actor(),
            request.form.get("reason", ""),
        )  # fmt: skip
    except BadInput as error:
        form.faults["reason"] = say(error)
        return make_response(_show(find_ticket(ticket_id), form), 422)
    flash(t("ticket.was_cancelled", number=work.number), "success")
    return redirect(url_for(".list_all"))


@pages.route("/<uuid:ticket_id>/close", methods=["GET", "POST"])
def close(ticket_id: UUID) -> ResponseReturnValue:
    """Show the event that the ticket becomes, and record it."""
    work = find_ticket(ticket_id)
    ticket = tickets.ticket_of(work)
    if work.state is WorkState.CANCELLED or not ticket.grades:
        flash(t("ticket.nothing_weighed") if ticket.grades == () else t("work_state.cancelled"), "warning")
        return redirect(url_for(".show", ticket_id=work.id))
    form = open_form(work, current.viewer(), current.actor())
    receipt = form.record()
    if receipt is None:
        return form.page()
    tell(receipt, receipt.event)
    for warning in receipt.warnings:
        flash(say(warning, current.reference()), "warning")
    return redirect(url_for(".show", ticket_id=work.id))


def site_of_work() -> str:
    """Return the site that is worked at, which takes scrap in. Raises NotAllowed."""
    chosen = current.site()
    if chosen is None or not current.allows(chosen.id, tickets.WEIGHED):
        raise NotAllowed("ticket.not_here")
    return chosen.id


def _read_id() -> str:
    """Return the id that the form carries, so that what is sent twice is opened once; a new one for a new form."""
    try:
        return str(UUID(request.form["id"]))
    except (KeyError, ValueError):
        return uuid7(current.now_ms())


def find_ticket(ticket_id: UUID) -> OpenWork:
    """Return a ticket of a site where the person works. Raises NotFound."""
    return tickets.find_ticket(current.reader(), current.viewer(), str(ticket_id))


def _change(
    ticket_id: UUID, form: TypedTicket, change: Callable[[Ticket], Ticket] | None, beside: str
) -> ResponseReturnValue:
    """Change a ticket and show it; what stands against that is shown beside an input."""
    work = find_ticket(ticket_id)
    if change is not None:
        try:
            work = tickets.change_ticket(current.store(), current.viewer(), work.id, change)
        except (BadInput, NotFound, WriteConflict) as error:
            form.faults[beside] = say(error)
    if not form.faults:
        return redirect(url_for(".show", ticket_id=work.id))
    return make_response(_show(work, form), 422)


def _show(work: OpenWork, form: TypedTicket) -> str:
    ticket = tickets.ticket_of(work)
    weighed = weigh_grades(ticket)
    usual, others = list_scrap_grades(current.reader(), work.site, USUAL)
    return render_template(
        "weighbridge/ticket.html",
        work=work,
        ticket=ticket,
        weighed=weighed,
        last=find_last_reading(ticket),
        total_g=sum(one.settled_g for one in weighed),
        usual=[(grade.id, name_of(grade), metal_name(grade.metal)) for grade in usual],
        others=[(grade.id, name_of(grade)) for grade in others],
        classes=[(one, t(f"class.{one}")) for one in SCRAP_CLASSES],
        typed=form.typed,
        faults=form.faults,
    )
