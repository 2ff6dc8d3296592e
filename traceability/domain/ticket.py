"""A weighbridge ticket while the truck stands here: one reading after each grade that is unloaded, the last one is its tare.

What a grade weighs is the reading before it less the reading after it, so the nets of a ticket add up to its gross less its
tare, exactly.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from traceability.domain.entry import compute_settled_mass
from traceability.domain.errors import BadInput, Figures, Violation
from traceability.domain.event import Weighing
from traceability.domain.quantity import G_PER_KG, G_PER_T

MOST_GRADES = 50
MOST_REPLACED = 200  # readings that were taken again


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
    """Raise BadInput where a reading is not below the one before it, deductions leave nothing of a grade, or there are too many."""
    if ticket.gross.mass_g <= 0:
        raise BadInput("ticket.no_weight")
    if len(ticket.grades) > MOST_GRADES:
        raise BadInput("ticket.too_many_grades", most=MOST_GRADES)
    if len(ticket.replaced) > MOST_REPLACED:
        raise BadInput("ticket.too_many_readings", most=MOST_REPLACED)
    for place, weighed in enumerate(weigh_grades(ticket), 1):
        figures = {"place": place, "before_g": weighed.weighing.gross_g, "after_g": weighed.weighing.tare_g}
        if weighed.weighing.tare_g < 0:
            raise BadInput("ticket.no_weight")
        if weighed.net_g <= 0:
            raise BadInput("ticket.not_lighter", **figures)
        if weighed.settled_g <= 0:
            raise BadInput("ticket.nothing_left", **figures)


# --- what is asked before it is kept ------------------------------------------------------------------------------

LIGHTEST_TRUCK_G = 100 * G_PER_KG  # less is tonnes typed as kilograms
HEAVIEST_TRUCK_G = 120 * G_PER_T  # more is kilograms with three digits too many
FEWEST_KNOWN = 3  # weighings of a grade from which its deductions are told


def doubt_gross(gross: TicketReading, usual_tare_g: int) -> list[Violation]:
    """Return what makes a gross weight doubtful; ``usual_tare_g`` is 0 where the truck is not known."""
    doubts = _doubt_size(gross, "gross")
    if not doubts and 0 < gross.mass_g <= usual_tare_g:
        figures = {"mass_g": gross.mass_g, "tare_g": usual_tare_g}
        doubts.append(Violation("ticket.doubt_empty", "gross", figures=figures))
    return doubts


def doubt_reading(reading: TicketReading, before_g: int, usual_tare_g: int) -> list[Violation]:
    """Return what makes a reading after a grade doubtful: its size, or more than a tenth below the usual tare."""
    doubts = _doubt_size(reading, "after")
    if not doubts and reading.mass_g * 10 < usual_tare_g * 9 and reading.mass_g < before_g:
        figures = {"mass_g": reading.mass_g, "tare_g": usual_tare_g}
        doubts.append(Violation("ticket.doubt_below_tare", "after", figures=figures))
    return doubts


def doubt_deductions(grade: TicketGrade, recent: Iterable[Ticket]) -> list[Violation]:
    """Return that nothing is deducted from a grade, where most of its recent weighings at the site had something deducted."""
    if _is_deducted(grade):
        return []
    known = [
        _is_deducted(one) for ticket in recent for one in ticket.grades if one.material == grade.material
    ]
    if len(known) < FEWEST_KNOWN or 2 * sum(known) <= len(known):
        return []
    figures: Figures = {"material": grade.material, "count": sum(known), "of": len(known)}
    return [Violation("ticket.doubt_no_deduction", "moisture_amount", figures=figures)]


def _doubt_size(reading: TicketReading, path: str) -> list[Violation]:
    if 0 < reading.mass_g < LIGHTEST_TRUCK_G:
        meant_g = reading.mass_g * (G_PER_T // G_PER_KG)
        return [
            Violation("ticket.doubt_tonnes", path, figures={"mass_g": reading.mass_g, "meant_g": meant_g})
        ]
    if reading.mass_g > HEAVIEST_TRUCK_G:
        return [Violation("ticket.doubt_heavy", path, figures={"mass_g": reading.mass_g})]
    return []


def _is_deducted(grade: TicketGrade) -> bool:
    return any((*grade.moisture, *grade.impurity))


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
