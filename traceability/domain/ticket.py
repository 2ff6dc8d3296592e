"""A weighbridge ticket while the truck stands here: one reading after each grade that is unloaded, the last one is its tare.

What a grade weighs is the reading before it less the reading after it, so the nets of a ticket add up to its gross less its
tare, exactly.
"""

import json
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from traceability.domain.entry import compute_settled_mass
from traceability.domain.errors import BadInput
from traceability.domain.event import Weighing

MOST_GRADES = 50


class ReadBy(StrEnum):
    """How a reading came."""

    SCALE = "scale"
    HAND = "hand"  # typed from the display
    HISTORY = "history"  # a tare: the truck's usual one at this site


class TicketReading(NamedTuple):
    """A weight of the truck; ``frame`` is what the scale sent, as hexadecimal digits, '' where it was typed."""

    mass_g: int
    time_ms: int
    person: str
    by: str = ReadBy.HAND
    frame: str = ""


class Deduction(NamedTuple):
    """Moisture or impurity of a grade: in grams, or in ppm of its net; one of the two."""

    grams: int | None = None
    ppm: int | None = None


class TicketGrade(NamedTuple):
    """A grade of the load: what it is, the label of its lot ('' to draw one), and the reading after it was unloaded.

    ``source_class`` and ``origin`` are '' where they are those of the ticket. ``number`` names it on its ticket for ever.
    """

    number: int
    material: str
    after: TicketReading
    code: str = ""
    moisture: Deduction = Deduction()
    impurity: Deduction = Deduction()
    source_class: str = ""
    origin: str = ""


class Ticket(NamedTuple):
    """What a ticket states so far. ``supplier`` and ``vehicle`` are as they were typed; who they are is asked at its end.

    ``replaced`` are readings that were taken again.
    """

    vehicle: str
    gross: TicketReading
    supplier: str = ""
    driver: str = ""
    source_class: str = ""
    origin: str = ""
    channel: str = ""
    radiation: str = ""
    grades: tuple[TicketGrade, ...] = ()
    replaced: tuple[TicketReading, ...] = ()


class WeighedGrade(NamedTuple):
    """A grade with what it weighs: net of the truck, and what is paid for after deductions, in grams."""

    grade: TicketGrade
    weighing: Weighing
    net_g: int
    settled_g: int


def weigh_grades(ticket: Ticket) -> list[WeighedGrade]:
    """Return the grades in the order in which they were unloaded, each with its readings and masses."""
    weighed, before_g = [], ticket.gross.mass_g
    for grade in ticket.grades:
        weighing = Weighing(
            before_g, grade.after.mass_g, grade.moisture.grams, grade.moisture.ppm, grade.impurity.grams, grade.impurity.ppm
        )  # fmt: skip
        weighed.append(WeighedGrade(grade, weighing, *compute_settled_mass(weighing)))
        before_g = grade.after.mass_g
    return weighed


def find_last_reading(ticket: Ticket) -> TicketReading:
    """Return what the truck weighed last: its gross, or what it weighed after the last grade."""
    return ticket.grades[-1].after if ticket.grades else ticket.gross


def check_ticket(ticket: Ticket) -> None:
    """Raise BadInput where a reading is not below the one before it, or deductions leave nothing of a grade."""
    if ticket.gross.mass_g <= 0:
        raise BadInput("ticket.no_weight")
    if len(ticket.grades) > MOST_GRADES:
        raise BadInput("ticket.too_many_grades", most=MOST_GRADES)
    for place, weighed in enumerate(weigh_grades(ticket), 1):
        figures = {"place": place, "before_g": weighed.weighing.gross_g, "after_g": weighed.weighing.tare_g}
        if weighed.weighing.tare_g < 0:
            raise BadInput("ticket.no_weight")
        if weighed.net_g <= 0:
            raise BadInput("ticket.not_lighter", **figures)
        if weighed.settled_g <= 0:
            raise BadInput("ticket.nothing_left", **figures)


def make_record(ticket: Ticket, number: str) -> dict[str, Any]:
    """Return the record of the weighing, raw frames and replaced readings included.

    Supplier, driver and plate are not in it: they may be erased, and what was weighed stays provable.
    """
    written = write_ticket(ticket)
    return {"number": number, **{name: written[name] for name in ("gross", "grades", "replaced")}}


def digest_record(ticket: Ticket, number: str) -> str:
    """Return the SHA-256 of the record as canonical JSON, which the event of the ticket carries."""
    record = make_record(ticket, number)
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def write_ticket(ticket: Ticket) -> dict[str, Any]:
    """Return a ticket as JSON."""
    grades = [
        {
            **grade._asdict(), "after": grade.after._asdict(), "moisture": grade.moisture._asdict(),
            "impurity": grade.impurity._asdict(),
        }
        for grade in ticket.grades
    ]  # fmt: skip
    replaced = [reading._asdict() for reading in ticket.replaced]
    return {**ticket._asdict(), "gross": ticket.gross._asdict(), "grades": grades, "replaced": replaced}


def read_ticket(body: dict[str, Any]) -> Ticket:
    """Return the ticket of ``write_ticket``."""
    grades = tuple(
        TicketGrade(
            **{
                **row, "after": TicketReading(**row["after"]), "moisture": Deduction(**row["moisture"]),
                "impurity": Deduction(**row["impurity"]),
            }
        )
        for row in body["grades"]
    )  # fmt: skip
    replaced = tuple(TicketReading(**row) for row in body["replaced"])
    return Ticket(**{**body, "gross": TicketReading(**body["gross"]), "grades": grades, "replaced": replaced})
