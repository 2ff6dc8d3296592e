"""Movements under correction: parts stay parts, receipts keep what was in transit, what came back can be returned; on
both engines.
"""

from datetime import timedelta
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.domain.event import Shipment

Body = dict[str, Any]
AT = "2025-01-06T08:{:02d}:00+08:00"


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def scrap(kg: float, material: str = "tense") -> Body:
    return {"form": "scrap", "material": material, "mass_g": grams(kg)}


def collecting(here: Business, kg: float, ticket: str, minute: int = 1) -> Body:
    body = here.draft(
        "collect", "yard", ticket=ticket, supplier="zhang", source_class="post", channel="offline", outputs=[scrap(kg)]
    )  # fmt: skip
    return {**body, "event_time": AT.format(minute)}


def shipping(here: Business, lot: str, kg: float | None, km: int, minute: int) -> Body:
    moved = {"lot": lot} if kg is None else {"lot": lot, "mass_g": grams(kg)}
    body = here.draft(
        "ship", "yard", lots=[moved], mode="road", vehicle_class="diesel", to="plant", distance_km=km
    )
    return {**body, "event_time": AT.format(minute)}


def receiving(here: Business, lot: str, kg: float | None, minute: int, **more: Any) -> Body:
    moved = {"lot": lot} if kg is None else {"lot": lot, "mass_g": grams(kg)}
    return {**here.draft("receive", "plant", lots=[moved], **more), "event_time": AT.format(minute)}


def refused(here: Business, events: dict[str, Body]) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(EventRejected) as caught:
        here.replace_all(events)
    return [(violation.code, violation.events) for violation in caught.value.violations]


# --- whole and parts -------------------------------------------------------------------------------------------------


def part_of_what_was_taken_late(here: Business) -> tuple[str, str, str]:
    """A part shipped of a lot of which a late entry took the rest: (lot, part, shipment)."""
    lot = here.collect("tense", 1000, ticket="X")
    here.clock += timedelta(minutes=1)
    part = here.ship(lot, "plant", 500, distance_km=30)
    shipped = here.last_event()
    here.transform("sort", [(lot, 500)], [scrap(450)], at=AT.format(2))
    return lot, part, shipped


@pytest.mark.parametrize("received", [False, True])
def test_a_part_stays_a_part_where_the_kilometres_alone_are_corrected(here: Business, received: bool) -> None:
    lot, part, shipped = part_of_what_was_taken_late(here)
    if received:
        here.receive(part, "plant")
    before = here.lot(part)
    here.replace(shipped, shipping(here, lot, 500, 40, minute=3))
    assert here.lot(part) == before
    assert (here.lot(lot).status, here.lot(lot).custody) == ("consumed", "held")
    detail = here.event(shipped).draft.detail
    assert isinstance(detail, Shipment)
    assert detail.distance_km == 40
    assert_equal_to_a_rebuild(here.store)


def test_what_was_whole_stays_whole(here: Business) -> None:
    lot = here.collect("tense", 1000, ticket="X")
    here.ship(lot, "plant", 1000, distance_km=30)
    shipped = here.last_event()
    here.replace(shipped, shipping(here, lot, 1000, 40, minute=2))
    assert here.lot(lot).status == "in_transit"
    assert here.event(shipped).frozen.lots == ("",)
    assert_equal_to_a_rebuild(here.store)


def test_another_mass_makes_another_part(here: Business) -> None:
    lot = here.collect("tense", 1000, ticket="X")
    part = here.ship(lot, "plant", 500, distance_km=30)
    code = here.lot(part).code
    here.replace(here.last_event(), shipping(here, lot, 600, 30, minute=2))
    assert (here.lot(part).remaining_g, here.lot(part).code) == (grams(600), code)
    assert here.lot(lot).remaining_g == grams(400)
    assert_equal_to_a_rebuild(here.store)


# --- receipts --------------------------------------------------------------------------------------------------------


def test_another_mass_of_a_part_that_arrived_is_refused_naming_the_receipt(here: Business) -> None:
    lot = here.collect("tense", 1000, ticket="X")
    part = here.ship(lot, "plant", 500)
    shipped = here.last_event()
    here.receive(part, "plant", 499)
    received = here.last_event()
    other = shipping(here, lot, 600, 0, minute=2)
    assert refused(here, {shipped: other}) == [("rule.received_otherwise", (received,))]
    # Both together, in either order.
    here.replace_all({received: receiving(here, part, 599, minute=3), shipped: other})
    assert here.lot(part).remaining_g == grams(599)
    assert here.lot(lot).remaining_g == grams(400)
    assert_equal_to_a_rebuild(here.store)
    # What arrived is judged by what was in transit by now.
    both = {shipped: shipping(here, lot, 700, 0, minute=2), received: receiving(here, part, 599, minute=3)}
    assert refused(here, both) == [("rule.difference_needs_reason", ())]


def test_a_whole_lot_that_arrived_is_corrected_with_its_shipment_and_its_receipt(here: Business) -> None:
    lot = here.collect("tense", 500, ticket="X")
    collected = here.last_event()
    here.ship(lot, "plant")
    shipped = here.last_event()
    here.receive(lot, "plant")
    received = here.last_event()
    mended = {collected: collecting(here, 600, "X")}
    assert refused(here, mended) == [("rule.not_whole", (shipped,)), ("rule.not_in_transit", (received,))]
    mended |= {shipped: shipping(here, lot, None, 0, minute=2)}
    assert refused(here, mended) == [("rule.received_otherwise", (received,))]
    mended |= {received: receiving(here, lot, None, minute=3)}
    here.replace_all(mended)
    assert here.lot(lot).remaining_g == grams(600)
    assert_equal_to_a_rebuild(here.store)


def test_a_part_of_a_split_that_travelled_is_corrected_with_its_movement(here: Business) -> None:
    lot = here.collect("tense", 1000, ticket="X")
    here.clock += timedelta(minutes=1)
    part = here.transform("split", [lot], [scrap(500), scrap(500)])[0]
    split = here.last_event()
    here.ship(part, "plant")
    shipped = here.last_event()
    here.do("return", "yard", shipment=shipped, lots=[{"lot": part}])
    returned = here.last_event()
    body = here.draft("split", "yard", inputs=[{"lot": lot}], outputs=[scrap(600), scrap(400)])
    assert refused(here, {split: {**body, "event_time": AT.format(3)}}) == [
        ("rule.not_whole", (shipped,)),
        ("rule.not_of_shipment", (shipped, returned)),
    ]


# --- returns ---------------------------------------------------------------------------------------------------------


def test_what_came_back_to_the_receiver_can_be_returned(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    first = here.last_event()
    here.receive(lot, "plant")
    here.ship(lot, "chengdu", site="plant")
    second = here.last_event()
    # On its way on, it is not with the receiver.
    away = here.draft("return", "yard", shipment=first, lots=[{"lot": lot}])
    with pytest.raises(EventRejected) as caught:
        here.send(away)
    assert [violation.code for violation in caught.value.violations] == ["rule.not_returnable"]
    here.do("return", "plant", shipment=second, lots=[{"lot": lot}])
    assert (here.lot(lot).site, here.lot(lot).shipment) == ("plant", first)
    part = here.do("return", "yard", shipment=first, lots=[{"lot": lot, "mass_g": grams(400)}])[0]
    assert (here.lot(part).site, here.lot(part).remaining_g) == ("yard", grams(400))
    here.do("return", "yard", shipment=first, lots=[{"lot": lot}])
    assert (here.lot(lot).site, here.lot(lot).remaining_g) == ("yard", grams(600))
    assert here.lot(lot).list_shipments() == ()
    assert_equal_to_a_rebuild(here.store)


def test_what_was_shipped_back_can_be_returned_too(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    first = here.last_event()
    here.receive(lot, "plant")
    for site, to in (("plant", "chengdu"), ("chengdu", "plant")):
        here.ship(lot, to, site=site)
        here.receive(lot, to)
    # Not more than was shipped; then a part and the rest.
    part = here.do("return", "yard", shipment=first, lots=[{"lot": lot, "mass_g": grams(300)}])[0]
    here.do("return", "yard", shipment=first, lots=[{"lot": lot}])
    assert [here.lot(one).site for one in (lot, part)] == ["yard", "yard"]
    assert_equal_to_a_rebuild(here.store)


def test_a_part_that_came_back_to_the_receiver_can_be_returned(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    first = here.last_event()
    here.receive(lot, "plant")
    part = here.ship(lot, "fawer", 400, site="plant")
    here.do("return", "plant", shipment=here.last_event(), lots=[{"lot": part}])
    here.do("return", "yard", shipment=first, lots=[{"lot": part}, {"lot": lot}])
    assert [(here.lot(one).site, here.lot(one).remaining_g) for one in (part, lot)] == [
        ("yard", grams(400)),
        ("yard", grams(600)),
    ]
    assert_equal_to_a_rebuild(here.store)
