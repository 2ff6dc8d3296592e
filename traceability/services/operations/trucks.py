"""What a site knows of a truck and its suppliers: usual tare with its age, last supplier and class; what a weighing makes doubtful."""

from collections.abc import Iterable
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.calendar import DAY_MS, day_of, list_days_back
from traceability.domain.errors import Violation
from traceability.domain.event import Acquisition
from traceability.domain.quantity import median_g
from traceability.domain.ticket import (
    Ticket,
    TicketGrade,
    TicketReading,
    doubt_deductions,
    doubt_gross,
    doubt_reading,
    find_last_reading,
    weigh_grades,
)
from traceability.services.directory.parties import VEHICLE, find_parties, list_in_firm
from traceability.services.operations.tickets import ticket_of
from traceability.services.recording.judge import read_loads
from traceability.services.recording.open_work import WorkKind, list_closed_work, list_open_work

RECENT_DAYS, RECENT_TICKETS = 31, 60  # a site's habits are told by so many tickets, of no earlier days


class KnownTruck(NamedTuple):
    """A truck as a site knows it: the median of its last tares (0 for none), how many these are, its last load."""

    plate: str
    tare_g: int
    weighings: int
    last_ms: int
    supplier: str
    source_class: str


def find_truck(reader: Reader, site: str, plate: str) -> KnownTruck | None:
    """Return what a site knows of a truck, None where it was not here before."""
    ids = list_in_firm(reader, [site], VEHICLE, plate) if plate else []
    key = f"{site}:{ids[0]}" if ids else ""
    document = reader.find_documents("tare", [key]).get(key) if key else None
    if document is None:
        return None
    tares_g, loads = read_loads(document.body)
    newest = max(loads, key=lambda load: load.time_ms, default=None)
    event = reader.find_events([newest.event]).get(newest.event) if newest else None
    detail = event.draft.detail if event else None
    supplier = source_class = ""
    if isinstance(detail, Acquisition):
        party = find_parties(reader, {detail.supplier} - {""}).get(detail.supplier)
        supplier, source_class = party.name if party else "", detail.source_class
    tare_g = median_g(tares_g) if tares_g else 0
    return KnownTruck(plate, tare_g, len(tares_g), newest.time_ms if newest else 0, supplier, source_class)


def list_recent_tickets(reader: Reader, site: str, now_ms: int) -> list[Ticket]:
    """Return the tickets of a site that are open, and those that ended lately; the newest first."""
    works = list_open_work(reader, [site], WorkKind.TICKET)[::-1]
    days = list_days_back(day_of(now_ms), day_of(now_ms - RECENT_DAYS * DAY_MS))
    works += list_closed_work(reader, site, WorkKind.TICKET, days, RECENT_TICKETS).works
    return [ticket_of(work) for work in works]


def list_last_suppliers(recent: Iterable[Ticket], most: int) -> list[str]:
    """Return so many suppliers of tickets, the newest first, each once."""
    return list(dict.fromkeys(ticket.supplier for ticket in recent if ticket.supplier))[:most]


def doubt_opening(reader: Reader, site: str, ticket: Ticket) -> list[Violation]:
    """Return what makes the gross weight of a truck doubtful."""
    truck = find_truck(reader, site, ticket.vehicle)
    return doubt_gross(ticket.gross, truck.tare_g if truck else 0)


def doubt_grade(
    truck: KnownTruck | None, ticket: Ticket, grade: TicketGrade, recent: Iterable[Ticket]
) -> list[Violation]:
    """Return what makes a grade doubtful: its reading, or that nothing is deducted from it."""
    before_g = find_last_reading(ticket).mass_g
    doubts = doubt_reading(grade.after, before_g, truck.tare_g if truck else 0)
    return [*doubts, *doubt_deductions(grade, recent)]


def doubt_again(
    truck: KnownTruck | None, ticket: Ticket, number: int, reading: TicketReading
) -> list[Violation]:
    """Return what makes a reading doubtful that is taken again after a grade, 0 for the gross."""
    tare_g = truck.tare_g if truck else 0
    if number == 0:
        return doubt_gross(reading, tare_g)
    before = (one.weighing.gross_g for one in weigh_grades(ticket) if one.grade.number == number)
    return doubt_reading(reading, next(before, 0), tare_g)
