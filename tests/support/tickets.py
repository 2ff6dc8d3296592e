"""Trucks on a weighbridge: a ticket with one grade weighed, for tests that need one to look at."""

from graph.store import Store
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN, iso_time
from traceability.domain.purchase import Payment
from traceability.domain.rights import Viewer
from traceability.domain.ticket import Ticket, TicketGrade, TicketReading
from traceability.domain.vocabulary import SCHEMA
from traceability.services.directory.audit import Actor
from traceability.services.operations.purchases import PaymentTerms, keep_purchase
from traceability.services.operations.tickets import (
    WEIGHED,
    close_ticket,
    digest_weighing,
    open_ticket,
    state_event,
    state_load,
    ticket_of,
)
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import OpenWork
from traceability.wire import load_draft


def open_truck(
    store: Store, id_: str, site: str, actor: Actor, vehicle: str = "湘A00001", supplier: str = "老张废品站"
) -> OpenWork:
    """Open a ticket of 18 t gross, with 6 t of a grade weighed."""
    gross = TicketReading(18_000_000, actor.now_ms, actor.person)
    grade = TicketGrade(1, "tense", gross._replace(mass_g=12_000_000))
    ticket = Ticket(vehicle, gross, supplier, source_class="post", channel="offline", grades=(grade,))
    return open_ticket(store, id_, site, ticket, actor)


def close_truck(store: Store, viewer: Viewer, work: OpenWork, actor: Actor, price: int = 0) -> str:
    """Record the event of a ticket and close it, with a price for each grade where one is given; return its id."""
    ticket = ticket_of(work)
    head = {
        "schema": SCHEMA, "id": work.id, "kind": WEIGHED, "site": work.site, "actor": actor.person,
        "event_time": iso_time(actor.now_ms, SHANGHAI_OFFSET_MIN), "vehicle_plate": ticket.vehicle, "supplier_name": ticket.supplier,
    }  # fmt: skip
    draft = load_draft({**head, **state_event(work), **state_load(work)})
    names = {"supplier": ticket.supplier, "vehicle": ticket.vehicle}
    receipt = capture_event(
        store, draft, Deliverer("test"), actor.now_ms,
        then=lambda writer, _: close_ticket(writer, viewer, work.id, actor, digest_weighing(work), names),
    )  # fmt: skip
    assert receipt.error is None, receipt.error
    if price:
        prices = {grade.number: price for grade in ticket.grades}
        keep_purchase(store, viewer, actor, work.id, prices, PaymentTerms(Payment.CASH))
    return work.id
