"""A ticket weighs a truck grade by grade until its event is recorded, on both engines."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.store import Store
from tests.support.business import NOW_MS, Business, grams, open_business, uuid7
from tests.support.viewing import viewer_of
from traceability.domain.errors import BadInput, EventRejected, WriteConflict
from traceability.domain.rights import Viewer
from traceability.domain.ticket import (
    Ticket,
    TicketGrade,
    TicketReading,
    find_last_reading,
    read_ticket,
    weigh_grades,
    write_ticket,
)
from traceability.services.directory.audit import Actor
from traceability.services.operations.endings import reopen_undone
from traceability.services.operations.tickets import (
    add_grade,
    change_ticket,
    open_ticket,
    remove_grade,
    state_event,
    ticket_of,
    weigh_again,
)
from traceability.services.recording.capture import capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import OpenWork, WorkKind, close_work
from traceability.services.recording.undo import list_undo
from traceability.wire import load_draft

ID, OTHER = uuid7(910_000), uuid7(910_001)
WEIGHER = Actor("wang", NOW_MS)
LABEL = "QEN0GAJWFX84"


def read(kg: float, frame: str = "") -> TicketReading:
    return TicketReading(grams(kg), NOW_MS, "wang", "scale" if frame else "hand", frame)


def weighed(material: str, after_kg: float, code: str = "") -> TicketGrade:
    return TicketGrade(0, material, read(after_kg), code)


TRUCK = Ticket("湘F 00001", read(18_260, "0218"), supplier="zhang", source_class="post", channel="offline")


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


@pytest.fixture
def weigher(here: Business) -> Viewer:
    return viewer_of(here.store, "wang", NOW_MS)


def test_a_truck_is_weighed_grade_by_grade_and_becomes_one_event(here: Business, weigher: Viewer) -> None:
    work = open_ticket(here.store, ID, "yard", TRUCK, WEIGHER)
    assert work.number == "2026-0001"
    for grade in (weighed("tense", 15_000, LABEL), weighed("talc", 12_480)):
        work = change_ticket(here.store, weigher, ID, partial(add_grade, grade=grade))
    with pytest.raises(EventRejected) as caught:  # the label is the ticket's
        here.collect("tense", 500, code=LABEL)
    assert [reason.code for reason in caught.value.violations] == ["rule.code_reserved"]

    body = {
        **here.draft("collect", "yard", actor="wang", vehicle="湘F00001", supplier="zhang"),
        **state_event(work),
    }
    draft = load_draft({**body, "id": ID})
    with pytest.raises(EventRejected) as caught:  # a job or a program would leave the ticket open
        capture_event(here.store, draft, Deliverer("desk"), NOW_MS)
    assert [reason.code for reason in caught.value.violations] == ["rule.still_open"]
    receipt = capture_event(
        here.store, draft, Deliverer("desk"), NOW_MS,
        then=lambda writer, receipt: close_work(writer, weigher, ID, WorkKind.TICKET, WEIGHER),
    )  # fmt: skip
    assert [(lot.code == LABEL, lot.mass_g) for lot in receipt.lots] == [
        (True, grams(3260)),
        (False, grams(2520)),
    ]
    with pytest.raises(WriteConflict, match=r"work\.ended"):
        change_ticket(here.store, weigher, ID, lambda ticket: remove_grade(ticket, 1))

    with here.store.read() as reader:
        drafts = list_undo(reader, reader.find_events([ID])[ID], uuid7(900_001), NOW_MS, "wrong truck")
    again: list[OpenWork | None] = []
    capture_batch(
        here.store, drafts, Deliverer("desk"), NOW_MS,
        then=lambda writer, receipt: again.append(reopen_undone(writer, weigher, ID)),
    )  # fmt: skip
    (opened,) = again
    assert opened is not None
    assert opened.number == "2026-0001"
    weighings = [(one.material, one.after.mass_g, one.code) for one in ticket_of(opened).grades]
    assert weighings == [("tense", grams(15_000), ""), ("talc", grams(12_480), "")]


def test_readings_are_taken_again_and_the_first_ones_kept(here: Business, weigher: Viewer) -> None:
    open_ticket(here.store, ID, "yard", TRUCK, WEIGHER)
    change_ticket(here.store, weigher, ID, lambda ticket: add_grade(ticket, weighed("tense", 15_000, LABEL)))
    work = change_ticket(here.store, weigher, ID, lambda ticket: weigh_again(ticket, 1, read(15_020)))
    ticket = ticket_of(work)
    assert (find_last_reading(ticket), ticket.replaced) == (read(15_020), (read(15_000),))
    for wrong in (read(18_260), read(20_000)):
        with pytest.raises(BadInput, match=r"ticket\.not_lighter"):
            change_ticket(here.store, weigher, ID, partial(weigh_again, number=1, reading=wrong))
    often = ticket._replace(replaced=(read(15_000),) * 201)  # a script that weighs again and again
    with pytest.raises(BadInput, match=r"ticket\.too_many_readings"):
        change_ticket(here.store, weigher, ID, lambda _: often)
    with pytest.raises(WriteConflict, match=r"ticket\.code_twice"):
        change_ticket(
            here.store, weigher, ID, lambda ticket: add_grade(ticket, weighed("talc", 12_000, LABEL))
        )

    open_ticket(here.store, OTHER, "yard", TRUCK, WEIGHER)
    with pytest.raises(WriteConflict, match=r"rule\.code_reserved"):
        change_ticket(
            here.store, weigher, OTHER, lambda ticket: add_grade(ticket, weighed("talc", 12_000, LABEL))
        )
    change_ticket(here.store, weigher, ID, lambda ticket: remove_grade(ticket, 1))
    change_ticket(
        here.store, weigher, OTHER, lambda ticket: add_grade(ticket, weighed("talc", 12_000, LABEL))
    )


@given(st.lists(st.integers(1, 40_000_000), min_size=2, max_size=12, unique=True))
def test_nets_add_up_to_the_gross_less_the_tare(readings: list[int]) -> None:
    gross_g, *after = sorted(readings, reverse=True)
    grades = tuple(
        TicketGrade(place, "tense", TicketReading(g, 0, "wang")) for place, g in enumerate(after, 1)
    )
    ticket = Ticket("", TicketReading(gross_g, 0, "wang"), grades=grades)
    assert sum(one.net_g for one in weigh_grades(ticket)) == gross_g - after[-1]
    assert read_ticket(write_ticket(ticket)) == ticket
