"""Pages of the weighbridge: its open tickets, one ticket, and the form that closes it."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.calendar import day_of, list_days_back, month_end
from traceability.domain.errors import BadInput, NotAllowed, NotFound, WriteConflict
from traceability.domain.material import Material
from traceability.domain.provenance import SCRAP_CLASSES
from traceability.domain.ticket import Ticket, find_last_reading, weigh_grades
from traceability.domain.vocabulary import CHANNELS
from traceability.locale import format_time
from traceability.services.directory.parties import LONGEST_NAME, list_names
from traceability.services.directory.people import find_person
from traceability.services.operations import endings, tickets, trucks
from traceability.services.operations.loads import LoadState, find_load, find_load_states
from traceability.services.operations.trucks import KnownTruck
from traceability.services.recording.open_work import (
    OpenWork,
    WorkKind,
    WorkState,
    list_closed_work,
    refuse_ended,
)
from traceability.services.tracing.lots import list_scrap_grades
from traceability.web.forms.closed_meanwhile import lead_to_closed
from traceability.web.forms.form import tell, uuid7
from traceability.web.shell import current
from traceability.web.shell.query_days import read_day
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import metal_name, name_of, say, t
from traceability.web.weighbridge.closing import open_form
from traceability.web.weighbridge.papers import say_load
from traceability.web.weighbridge.typed import TypedTicket, read_month

pages = Blueprint("weighbridge", __name__, url_prefix="/weighbridge")

USUAL = 6  # grades that stand as tiles
SHOWN = 100  # ended tickets, and those of the rest of that day


@pages.get("")
@needs_site
def list_all() -> ResponseReturnValue:
    """List the open tickets of the site, and those that ended in a month, this one at first."""
    site = site_of_work()
    reader, month = current.reader(), read_month()
    closed, next_day = list_closed_work(reader, site, WorkKind.TICKET, _read_days(month), SHOWN)
    states = find_load_states(reader, [work.id for work in closed if work.state is WorkState.CLOSED])
    return render_template(
        "weighbridge/list.html",
        site=site,
        open_tickets=tickets.list_trucks(reader, site, current.now_ms()),
        month=month,
        closed=[tickets.sum_up(work, current.now_ms()) for work in closed],
        first=url_for(".list_all", month=month) if "until" in request.args else "",
        next=url_for(".list_all", month=month, until=next_day) if next_day else "",
        states=states,
    )


def _read_days(month: str) -> list[str]:
    """Return the days of a month, the newest first, from the one that the address names. Raises BadInput."""
    named = request.args.get("until", "")
    read_day(named, is_end=False)
    last = min(day_of(month_end(month) - 1), day_of(current.now_ms()))
    return list_days_back(named if named.startswith(month) else last, f"{month}-01")


@pages.route("/new", methods=["GET", "POST"])
@needs_site
def new() -> ResponseReturnValue:
    """Open a ticket with the truck and its gross weight; a known truck brings its last supplier and class."""
    site = site_of_work()
    form = TypedTicket()
    if request.method != "POST" or request.form.get("look"):
        return _ask_truck(site, form)
    ticket = form.read_opening()
    if ticket is not None:
        form.asked = form.list_unsure(trucks.doubt_opening(current.reader(), site, ticket))
    if ticket is None or form.asked:
        return _ask_truck(site, form)
    try:
        work = tickets.open_ticket(current.store(), _read_id(), site, ticket, current.actor())
    except (BadInput, WriteConflict) as error:
        form.faults["gross"] = say(error)
        return _ask_truck(site, form, is_fresh=isinstance(error, WriteConflict))
    return redirect(url_for(".show", ticket_id=work.id))


@pages.get("/truck.json")
@needs_site
def tell_truck() -> ResponseReturnValue:
    """Tell what the site knows of a truck, for the page where its plate is typed."""
    truck = trucks.find_truck(current.reader(), site_of_work(), request.args.get("plate", "")[:LONGEST_NAME])
    if truck is None:
        return jsonify(known=False)
    return jsonify(
        known=True, supplier=truck.supplier, source_class=truck.source_class, words=say_truck(truck)
    )


def say_truck(truck: KnownTruck) -> str:
    """Return what is known of a truck in a line: its usual tare, of how many weighings, and when it was here last."""
    when = format_time(truck.last_ms, current.language())
    return t("ticket.known_truck", tare=truck.tare_g, count=truck.weighings, when=when)


def _ask_truck(site: str, form: TypedTicket, *, is_fresh: bool = False) -> ResponseReturnValue:
    """Return the page that asks for the truck, with what was typed and what is known of it; ``is_fresh`` draws another id."""
    reader = current.reader()
    typed = {"channel": CHANNELS[-1], **request.values.to_dict()}
    truck = trucks.find_truck(reader, site, typed.get("vehicle", "")[:LONGEST_NAME])
    if truck is not None and (request.form.get("look") or request.method != "POST"):
        typed["supplier"] = typed.get("supplier") or truck.supplier
        typed["source_class"] = typed.get("source_class") or truck.source_class
    recent = trucks.list_recent_tickets(reader, site, current.now_ms())
    page = render_template(
        "weighbridge/new.html",
        site=site,
        form_id=uuid7(current.now_ms()) if is_fresh else _read_id(),
        typed=typed,
        faults=form.faults,
        asked=form.asked,
        known=say_truck(truck) if truck else "",
        last_suppliers=[(one, one) for one in trucks.list_last_suppliers(recent, USUAL)],
        suppliers=list_names(reader, "supplier", site),
        vehicles=list_names(reader, "vehicle", site),
        classes=[(one, t(f"class.{one}")) for one in SCRAP_CLASSES],
        channels=[(one, t(f"channel.{one}")) for one in CHANNELS],
    )
    return make_response(page, 422 if form.faults or form.asked else 200)


@pages.get("/<uuid:ticket_id>")
def show(ticket_id: UUID) -> ResponseReturnValue:
    """Show a ticket: the truck, its grades with what they weigh, and what comes next."""
    return _show(find_ticket(ticket_id), TypedTicket({}))


@pages.post("/<uuid:ticket_id>/grades")
def add_grade(ticket_id: UUID) -> ResponseReturnValue:
    """Add a grade that was unloaded, with the reading after it; what is doubtful is asked first."""
    reader, work = current.reader(), find_ticket(ticket_id)
    form = TypedTicket(site=work.site)
    ticket = tickets.ticket_of(work)
    truck = trucks.find_truck(reader, work.site, ticket.vehicle)
    grade = form.read_grade(truck)
    if grade is None:
        return _change(ticket_id, form, None, "after")
    recent = trucks.list_recent_tickets(reader, work.site, current.now_ms())
    form.asked = form.list_unsure(trucks.doubt_grade(truck, ticket, grade, recent))
    return _change(ticket_id, form, partial(tickets.add_grade, grade=grade), "after")


@pages.post("/<uuid:ticket_id>/grades/<int:number>/remove")
def remove_grade(ticket_id: UUID, number: int) -> ResponseReturnValue:
    """Take a grade off the ticket."""
    return _change(ticket_id, TypedTicket(), partial(tickets.remove_grade, number=number), "")


@pages.post("/<uuid:ticket_id>/grades/<int:number>/weigh")
def weigh_again(ticket_id: UUID, number: int) -> ResponseReturnValue:
    """Weigh again after a grade, or the gross where the number is 0; what is doubtful is asked first."""
    work = find_ticket(ticket_id)
    form = TypedTicket(site=work.site)
    reading = form.read_again()
    if reading is None:
        return _change(ticket_id, form, None, "reading")
    ticket = tickets.ticket_of(work)
    truck = trucks.find_truck(current.reader(), work.site, ticket.vehicle)
    doubts = trucks.doubt_again(truck, ticket, number, reading)
    form.asked = form.list_unsure([doubt._replace(path="reading") for doubt in doubts])
    return _change(ticket_id, form, partial(tickets.weigh_again, number=number, reading=reading), "reading")


@pages.post("/<uuid:ticket_id>/cancel")
def cancel(ticket_id: UUID) -> ResponseReturnValue:
    """End a ticket without an event."""
    form, viewer, actor = TypedTicket(), current.viewer(), current.actor()
    reason = request.form.get("reason", "")
    try:
        work = endings.cancel(current.store(), viewer, str(ticket_id), WorkKind.TICKET, actor, reason)
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
    if work.state is WorkState.CLOSED and request.method != "POST":  # sent again it is told what it was
        return redirect(url_for(".show", ticket_id=work.id))
    form = open_form(work, current.viewer(), current.actor())
    receipt, ticket_page = form.record(), url_for(".show", ticket_id=work.id)
    if receipt is None:
        return lead_to_closed(work, ticket_page) or form.page()
    tell(receipt, receipt.event)
    for warning in receipt.warnings:
        flash(say(warning, current.reference()), "warning")
    return redirect(ticket_page)


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
    if change is not None and not form.asked:
        try:
            work = tickets.change_ticket(current.store(), current.viewer(), work.id, change)
        except (BadInput, NotFound, WriteConflict) as error:
            form.faults[beside] = say(error)
    if not form.faults and not form.asked:
        return redirect(url_for(".show", ticket_id=work.id))
    return make_response(_show(work, form), 422)


def _show(work: OpenWork, form: TypedTicket) -> str:
    ticket = tickets.ticket_of(work)
    reader = current.reader()
    weighed = weigh_grades(ticket)
    usual, others = list_scrap_grades(reader, work.site, USUAL)
    truck = trucks.find_truck(reader, work.site, ticket.vehicle)
    last = find_last_reading(ticket)
    if work.state is not WorkState.OPEN:
        return _show_ended(work, ticket, is_late=bool(form.faults or form.asked))
    return render_template(
        "weighbridge/ticket.html",
        work=work,
        opened_by=_name_person(work.opened_by),
        ticket=ticket,
        weighed=weighed,
        last=last,
        total_g=sum(one.settled_g for one in weighed),
        usual=_name_grades(usual),
        others=[name_of(grade) for grade in others],
        known=say_truck(truck) if truck else "",
        usual_tare_g=truck.tare_g if truck and truck.tare_g < last.mass_g else 0,
        again=_read_again(ticket, form),
        deducts=_deducts(form),
        typed=form.typed,
        faults=form.faults,
        asked=form.asked,
    )


def _name_person(id_: str) -> str:
    person = find_person(current.reader(), id_)
    return person.name if person else id_


def _show_ended(work: OpenWork, ticket: Ticket, *, is_late: bool) -> str:
    """Return the page of a ticket that was closed, with its load as it is recorded now, or cancelled; above it that what
    was sent came too late: whatever else stands against that, there is no field in which it could be mended."""
    load = find_load(current.reader(), work) if work.state is WorkState.CLOSED else None
    weighed = weigh_grades(ticket)
    return render_template(
        "weighbridge/ended.html",
        work=work,
        ticket=ticket,
        weighed=weighed,
        load=load,
        taken_back=endings.find_taken_back(current.reader(), work),
        changed=say_load(load) if load and load.state is not LoadState.RECORDED else "",
        tare_g=find_last_reading(ticket).mass_g,
        net_g=sum(one.net_g for one in weighed),
        settled_g=sum(one.settled_g for one in weighed),
        ended_by=_name_person(work.ended_by),
        late=say(refuse_ended(work)) if is_late else "",
    )


def _name_grades(grades: Sequence[Material]) -> list[tuple[str, str, str]]:
    """Return the id, name and metal of grades; '' for the metal where all are of the same."""
    differ = len({grade.metal for grade in grades}) > 1
    return [(grade.id, name_of(grade), metal_name(grade.metal) if differ else "") for grade in grades]


def _deducts(form: TypedTicket) -> bool:
    """Return whether deductions were typed, are wrong or are asked about: else they are folded away."""
    amounts = ("moisture_amount", "impurity_amount")
    said = {
        *form.faults,
        *(one.name for one in form.asked),
        *(name for name in amounts if form.typed.get(name)),
    }
    return not said.isdisjoint(amounts)


def _read_again(ticket: Ticket, form: TypedTicket) -> int | None:
    """Return which reading is to be taken again, 0 for the gross; None for none."""
    sent = (request.view_args or {}).get("number")
    number = sent if "reading" in form.faults or form.asked else request.args.get("again", type=int)
    return number if number in {0, *(grade.number for grade in ticket.grades)} else None
