"""The weighbridge of a yard beside its book: two trucks that stand there, the last tickets, what was paid for them, and a
scale that plays a truck.

These are documents alone: no event, and so no figure, comes of them.
"""

from collections.abc import Callable
from itertools import pairwise

from graph.store import EventFilter, Reader, Store, Writer
from traceability.domain.entry import find_weighing
from traceability.domain.event import MINUTE_MS, Acquisition, Event, Weighing
from traceability.domain.purchase import PARTS, InvoiceKind, Payment
from traceability.domain.rights import Viewer
from traceability.domain.ticket import Deduction, Ticket, TicketGrade, TicketReading, write_ticket
from traceability.exchange.demo.diary import KG, draw, draw_id
from traceability.services.directory.audit import Actor
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.directory.scales import add_simulated_scale
from traceability.services.operations.purchases import PaymentTerms, keep_purchase
from traceability.services.operations.tickets import WEIGHED, open_ticket
from traceability.services.recording.open_work import OpenWork, WorkKind, WorkState, end_work

SITE, CLERK, SUPERVISOR = "miluo-yard", "miluo-yard-operator", "miluo-yard-supervisor"
SCALE = "模拟地磅 simulated"
ENDED = 4  # tickets of the last loads
OPENED_MIN = (38, 12)  # minutes ago
FEWEST_YUAN, SPAN_YUAN = 12, 6  # of the invented prices per kilogram


def keep_tickets(store: Store, now_ms: int) -> None:
    """Keep the tickets of the last loads with their prices, open two for trucks that stand here, and set up the scale."""
    add_simulated_scale(store, Actor(SUPERVISOR, now_ms), SITE, SCALE)
    with store.read() as reader:
        loads = [work for work in map(_state_load(reader), _list_loads(reader)) if work is not None]
    viewer = Viewer((SITE,), {})
    for work in loads[:ENDED]:
        actor = Actor(CLERK, work.opened_ms)

        def close(writer: Writer, work: OpenWork = work, actor: Actor = actor) -> OpenWork:
            return end_work(writer, work, WorkState.CLOSED, actor)

        store.write(close)
        prices = {
            grade["number"]: (FEWEST_YUAN * PARTS + draw(f"{work.id}/price")[0] * SPAN_YUAN * PARTS // 256)
            for grade in work.content["grades"]
        }
        terms = PaymentTerms(Payment.TRANSFER, InvoiceKind.REVERSE, f"FX-{work.number}")
        keep_purchase(store, viewer, actor, work.id, prices, terms)
    trucks = {work.content["vehicle"]: work for work in loads}.values()
    for number, (minutes, work) in enumerate(zip(OPENED_MIN, trucks, strict=False)):
        opened = Actor(CLERK, now_ms - minutes * MINUTE_MS)
        open_ticket(
            store, draw_id(f"{SITE}/ticket/{number}"), SITE, _stand_here(work, number, opened), opened
        )


def _list_loads(reader: Reader) -> list[Event]:
    return reader.list_events(EventFilter(site=SITE, kinds=(WEIGHED,)), limit=10 * ENDED, newest_first=True)[
        0
    ]


def _state_load(reader: Reader) -> Callable[[Event], OpenWork | None]:
    """Return how a recorded load becomes its ticket; None where it was not weighed grade by grade."""

    def state(event: Event) -> OpenWork | None:
        draft, detail = event.draft, event.draft.detail
        readings = [find_weighing(draft, number) for number in range(len(draft.outputs))]
        weighed = [one for one in readings if one is not None]
        if not isinstance(detail, Acquisition) or not weighed or len(weighed) != len(draft.outputs):
            return None
        if any(one.tare_g != after.gross_g for one, after in pairwise(weighed)):
            return None
        time_ms = event.frozen.time_ms
        grades = tuple(
            TicketGrade(number, output.material, _read(one.tare_g, time_ms), "", *_deduct(one))
            for number, (output, one) in enumerate(zip(draft.outputs, weighed, strict=True), 1)
        )
        supplier = find_parties(reader, {detail.supplier}).get(detail.supplier)
        vehicle = find_vehicles(reader, {detail.vehicle}).get(detail.vehicle)
        ticket = Ticket(
            vehicle.plate if vehicle else "", _read(weighed[0].gross_g, time_ms), supplier.name if supplier else "",
            source_class=detail.source_class, channel=detail.channel, radiation=detail.radiation, grades=grades,
        )  # fmt: skip
        return OpenWork(event.id, SITE, WorkKind.TICKET, detail.ticket, time_ms, CLERK, write_ticket(ticket))

    return state


def _read(mass_g: int, time_ms: int) -> TicketReading:
    return TicketReading(mass_g, time_ms, CLERK)


def _deduct(weighing: Weighing) -> tuple[Deduction, Deduction]:
    return (
        Deduction(weighing.moisture_g, weighing.moisture_ppm),
        Deduction(weighing.impurity_g, weighing.impurity_ppm),
    )


def _stand_here(work: OpenWork, number: int, actor: Actor) -> Ticket:
    """Return the ticket of a truck that came again: the first one has a grade unloaded, the second just drove on."""
    content = work.content
    gross = _read(content["gross"]["mass_g"] + 40 * KG, actor.now_ms)
    grade = content["grades"][0]
    after = _read((gross.mass_g + grade["after"]["mass_g"]) // (2 * KG) * KG, actor.now_ms + 10 * MINUTE_MS)
    grades = (TicketGrade(1, grade["material"], after),) if number == 0 else ()
    return Ticket(
        content["vehicle"], gross, content["supplier"], source_class="post", channel="offline", radiation="passed", grades=grades
    )  # fmt: skip
