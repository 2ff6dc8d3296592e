"""Trucks on a weighbridge: a ticket with one grade weighed, for tests that need one to look at."""

from graph.store import Store
from traceability.domain.ticket import Ticket, TicketGrade, TicketReading
from traceability.services.directory.audit import Actor
from traceability.services.operations.tickets import open_ticket


def open_truck(
    store: Store, id_: str, site: str, actor: Actor, vehicle: str = "湘A00001", supplier: str = ""
) -> str:
    """Open a ticket of 18 t gross, with 6 t of a grade weighed; return its id."""
    gross = TicketReading(18_000_000, actor.now_ms, actor.person)
    grade = TicketGrade(1, "tense", gross._replace(mass_g=12_000_000))
    ticket = Ticket(vehicle, gross, supplier, source_class="post", channel="offline", grades=(grade,))
    return open_ticket(store, id_, site, ticket, actor).id
