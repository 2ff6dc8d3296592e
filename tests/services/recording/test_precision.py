"""A time typed to the minute stands for the whole minute, as a day without a time does for the day; on both engines."""

from datetime import datetime
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.wire import decode_draft, dump_draft, load_draft

TAKEN_IN = "2025-02-03T10:00:35.400"
MINUTE = "2025-02-03T10:00+08:00"


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def ms(at: str) -> int:
    return int(datetime.fromisoformat(at + "+08:00").timestamp() * 1000)


def sorting(here: Business, lot: str, kg: float, at: str, **more: Any) -> dict[str, Any]:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(kg)}
    return here.draft(
        "sort", "yard", at, inputs=[{"lot": lot, "mass_g": grams(kg)}], outputs=[output], **more
    )


def test_a_lot_may_leave_in_the_minute_in_which_it_came(here: Business) -> None:
    lot = here.collect("tense", 1000, at=TAKEN_IN)
    shipping = here.draft("ship", "yard", MINUTE, lots=[{"lot": lot}], to="plant", mode="road")
    with pytest.raises(EventRejected):
        here.send(shipping)
    receipt = here.send({**shipping, "precision": "minute"})
    assert here.event(receipt.event).frozen.time_ms == ms(TAKEN_IN)
    assert_equal_to_a_rebuild(here.store)


def test_what_came_in_a_later_minute_stays_later(here: Business) -> None:
    lot = here.collect("tense", 1000, at="2025-02-03T10:01:00")
    with pytest.raises(EventRejected):
        here.send(sorting(here, lot, 10, MINUTE, precision="minute"))


def test_a_late_entry_to_the_minute_is_placed_after_what_made_its_lot(here: Business) -> None:
    lot = here.collect("tense", 1000, at=TAKEN_IN)
    here.send(sorting(here, lot, 10, "2025-02-04T08:00"))
    late = here.send(sorting(here, lot, 10, MINUTE, precision="minute"))
    assert here.event(late.event).frozen.time_ms == ms(TAKEN_IN)
    assert_equal_to_a_rebuild(here.store)


def test_a_correction_keeps_the_minute_and_its_place(here: Business) -> None:
    lot = here.collect("tense", 1000, at=TAKEN_IN)
    body = sorting(here, lot, 10, MINUTE, precision="minute")
    sent = here.send(body)
    here.send(sorting(here, lot, 10, "2025-02-03T10:00:50"))
    output = {**body["outputs"][0], "mass_g": grams(9)}
    here.replace(sent.event, {**body, "outputs": [output]})
    assert here.event(sent.event).frozen.time_ms == ms(TAKEN_IN)
    assert here.event(sent.event).draft.precision == "minute"
    assert_equal_to_a_rebuild(here.store)


def test_an_exact_time_is_stored_as_it_always_was(here: Business) -> None:
    lot = here.collect("tense", 1000, at=TAKEN_IN)
    exact = sorting(here, lot, 10, "2025-02-03T10:01:00")
    assert dump_draft(load_draft({**exact, "precision": "exact"})) == dump_draft(load_draft(exact))
    assert "precision" not in dump_draft(load_draft(exact))
    rough = dump_draft(load_draft({**exact, "precision": "minute"}))
    assert rough["precision"] == "minute"
    assert dump_draft(decode_draft(rough)) == rough
