"""A session of one firm learns nothing of another by what it states, and records nothing by a role that ended, on both engines."""

from typing import Any
from uuid import UUID, uuid5

import pytest

from graph.store import Store
from tests.support.business import Business, open_business
from traceability.domain.access import Assignment, held_still
from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import EventConflict, EventRejected
from traceability.domain.ticket import Ticket, TicketReading
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, put_person
from traceability.services.operations.tickets import open_ticket
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.preview import preview_event
from traceability.wire import load_draft

Body = dict[str, Any]

PEOPLE: dict[str, list[tuple[str, ...]]] = {
    "li": [("operator", "guiyang"), ("supervisor", "guiyang")],
    "he": [("supervisor", "chengdu")],
    "ma": [("supervisor", "guiyang", "", "2025-06-30"), ("operator", "chengdu", "2025-07-01")],
}


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    for id_, roles in PEOPLE.items():
        person = Person(id_, id_, tuple(Assignment(*role) for role in roles))
        store.write(lambda writer, person=person: put_person(writer, person))  # type: ignore[misc]
    return Business(store)


def deliver(here: Business, person: str, body: Body) -> Receipt:
    """Send a draft as the session of a person."""
    sent = load_draft({**body, "actor": person})
    return capture_event(here.store, sent, Deliverer(f"session:{person}", person), here.now_ms)


def refusals(here: Business, person: str, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        deliver(here, person, body)
    return [(item.code, item.path) for item in caught.value.violations]


def load(here: Business, ticket: str = "", site: str = "guiyang", **more: Any) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": 100_000}
    return here.draft(
        "collect", site, ticket=ticket or f"T-{here.number}", **{"supplier": "zhang", **more},
        source_class="post", channel="offline", outputs=[output],
    )  # fmt: skip


def test_what_another_firm_recorded_is_not_recognised(here: Business) -> None:
    body = load(here, "GY-1")
    assert deliver(here, "li", body).status == "created"
    assert deliver(here, "li", body).status == "duplicate"
    with pytest.raises(EventConflict, match=r"event\.id_taken") as caught:
        deliver(here, "he", body)
    assert "seq" not in caught.value.figures
    again = {**body, "id": load(here)["id"]}
    assert deliver(here, "li", again).status == "duplicate"
    assert refusals(here, "he", again) == [("rule.no_right", "actor")]


def test_numbers_of_another_firm_cannot_be_asked_for(here: Business) -> None:
    deliver(here, "li", load(here, "GY-1"))
    taken, free = load(here, "GY-1", note="other"), load(here, "GY-2")
    assert refusals(here, "he", taken) == refusals(here, "he", free) == [("rule.no_right", "actor")]
    with here.store.read() as reader:
        preview = preview_event(reader, load_draft({**taken, "actor": "he"}), here.now_ms)
    assert [item.code for item in preview.violations] == ["rule.no_right"]


def test_who_sees_a_site_but_does_not_work_there_is_told_nothing_of_its_open_tickets(here: Business) -> None:
    truck = Ticket("", TicketReading(18_000_000, here.now_ms, "li"))
    opened = Actor("li", here.now_ms - 300 * DAY_MS)
    number = open_ticket(here.store, load(here)["id"], "guiyang", truck, opened).number
    body = load(here, number)
    assert refusals(here, "zhao", body) == [("rule.no_right", "actor")]  # who audits everything
    assert refusals(here, "li", body) == [("rule.number_reserved", "ticket")]


def test_a_party_of_another_firm_is_not_to_be_had_by_its_id(here: Business) -> None:
    body = load(here, supplier=None, supplier_name="Secret Yard", vehicle_plate="A12345")
    deliver(here, "li", body)
    party, vehicle = (f"{kind}-{uuid5(UUID(body['id']), kind).hex[:16]}" for kind in ("supplier", "vehicle"))
    stolen = load(here, site="chengdu", supplier=party, vehicle=vehicle)
    assert refusals(here, "he", stolen) == [
        ("rule.party_of_others", "supplier"),
        ("rule.party_of_others", "vehicle"),
    ]
    assert deliver(here, "li", load(here, supplier=party, vehicle=vehicle)).status == "created"
    named = load(here, site="chengdu", supplier=None, supplier_name=party)
    deliver(here, "he", named)
    assert getattr(here.event(named["id"]).draft.detail, "supplier") != party  # noqa: B009


def test_an_event_of_another_firm_is_unknown_to_a_correction(here: Business) -> None:
    foreign = deliver(here, "li", load(here)).event
    void = here.draft("correct", "chengdu", targets=[{"event": foreign, "version": 7}], reason="mistake")
    assert refusals(here, "he", void) == [("rule.unknown_event", "targets.0")]


def test_what_follows_at_other_firms_is_not_named(here: Business) -> None:
    lot = here.tap(1000)
    tapped = here.last_event()
    here.ship(lot, "chengdu", site="guiyang")
    here.receive(lot, "chengdu")
    body = here.draft("correct", "guiyang", targets=[{"event": tapped}], cascade=True, reason="mistake")
    assert refusals(here, "li", body) == [("rule.cascade_elsewhere", "cascade")]


def test_a_stated_version_that_never_was_is_refused(here: Business) -> None:
    own = deliver(here, "li", load(here)).event
    void = here.draft("correct", "guiyang", targets=[{"event": own, "version": 7}], reason="mistake")
    assert refusals(here, "li", void) == [("rule.corrected_meanwhile", "targets.0.version")]


def test_a_role_that_ended_records_and_corrects_nothing_more(here: Business) -> None:
    """Whatever day is stated: whoever went to a competitor is signed in there."""
    at = "2025-03-03T08:00:00"
    today, here.now_ms = here.now_ms, here.now_ms - 240 * 24 * 3600 * 1000
    assert deliver(here, "ma", load(here, at=at)).status == "created"  # while the role lasted
    here.now_ms = today
    own = deliver(here, "li", load(here, at=at)).event
    assert refusals(here, "ma", load(here, at=at)) == [("rule.no_right", "actor")]
    void = here.draft("correct", "guiyang", "2025-03-04T08:00:00", targets=[{"event": own}], reason="mistake")
    assert ("rule.no_right", "actor") in refusals(here, "ma", void)


@pytest.mark.parametrize(
    ("then", "now", "kept"),
    [
        (["operator"], ["supervisor"], ("operator",)),
        (["supervisor"], ["operator"], ("operator",)),
        (["supervisor"], ["supervisor"], ("supervisor",)),
        (["operator", "supervisor"], ["supervisor"], ("operator", "supervisor")),
        (["supervisor"], ["auditor"], ()),
        (["operator"], [], ()),
    ],
)
def test_a_role_is_held_still(then: list[str], now: list[str], kept: tuple[str, ...]) -> None:
    assert held_still(then, now) == kept
