"""A take of "all of it" takes all that is there, also after late entries and corrections, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.domain.event import Acquisition

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def scrap(kg: float, material: str = "twitch") -> Body:
    return {"form": "scrap", "material": material, "mass_g": grams(kg)}


def weighed(here: Business, event: str, kg: float) -> Body:
    """The draft of a recorded collection with another mass."""
    first = here.event(event).draft.detail
    assert isinstance(first, Acquisition)
    body = here.draft(
        "collect", "yard", ticket=first.ticket, supplier="zhang", source_class="post", channel="offline",
        outputs=[scrap(kg, "tense")],
    )  # fmt: skip
    return {**body, "event_time": "2025-01-06T08:01:00+08:00"}


def remaining(here: Business, lot: str) -> float:
    return here.lot(lot).remaining_g / 1000


def test_mass_that_a_correction_adds_is_taken_too(here: Business) -> None:
    lot = here.collect("tense", 1000)
    collected = here.last_event()
    made = here.transform("sort", [lot], [scrap(950)])[0]
    sorted_ = here.last_event()
    here.transform("sort", [(made, 400)], [scrap(400)])
    here.replace(collected, weighed(here, collected, 1200))
    assert remaining(here, lot) == 0
    assert here.event(sorted_).frozen.masses == (grams(1200),)
    assert remaining(here, made) == 550
    assert_equal_to_a_rebuild(here.store)
    # A second correction, and one of the take itself that says no mass either.
    here.replace(collected, weighed(here, collected, 1100))
    assert here.event(sorted_).frozen.masses == (grams(1100),)
    body = here.draft("sort", "yard", inputs=[{"lot": lot}], outputs=[scrap(900)])
    here.replace(sorted_, {**body, "event_time": "2025-01-06T08:02:00+08:00"})
    here.replace(collected, weighed(here, collected, 1300))
    assert here.event(sorted_).frozen.masses == (grams(1300),)
    assert remaining(here, lot) == 0
    assert_equal_to_a_rebuild(here.store)


def test_a_mass_that_was_stated_stays(here: Business) -> None:
    lot = here.collect("tense", 1000)
    collected = here.last_event()
    here.transform("sort", [(lot, 1000)], [scrap(950)])
    here.replace(collected, weighed(here, collected, 1200))
    assert remaining(here, lot) == 200
    assert_equal_to_a_rebuild(here.store)


def test_a_gain_found_late_is_taken_too_and_a_late_take_leaves_less(here: Business) -> None:
    lot = here.collect("tense", 1000)
    first = here.clock.isoformat(timespec="seconds")
    here.clock += timedelta(minutes=1)
    here.transform("sort", [lot], [scrap(800)])
    sorted_ = here.last_event()
    here.adjust(lot, 10, at=first)
    assert (remaining(here, lot), here.event(sorted_).frozen.masses) == (0, (grams(1010),))
    here.transform("sort", [(lot, 100)], [scrap(100)], at=first)
    assert (remaining(here, lot), here.event(sorted_).frozen.masses) == (0, (grams(910),))
    assert_equal_to_a_rebuild(here.store)
    # Less than its outputs weigh cannot be left, and nothing at all neither.
    for kg, code in ((200, "rule.outputs_exceed_inputs"), (910, "rule.overdrawn")):
        used = [{"lot": lot, "mass_g": grams(kg)}]
        with pytest.raises(EventRejected) as caught:
            here.send(here.draft("sort", "yard", first, inputs=used, outputs=[scrap(kg)]))
        assert [violation.code for violation in caught.value.violations] == [code]
        assert caught.value.violations[0].events == (sorted_,)


def test_a_loss_that_was_stated_stands_in_the_way(here: Business) -> None:
    lot = here.collect("tense", 1000)
    collected = here.last_event()
    here.transform("sort", [lot], [scrap(950)], loss_g=grams(50))
    with pytest.raises(EventRejected) as caught:
        here.replace(collected, weighed(here, collected, 1200))
    assert [violation.code for violation in caught.value.violations] == ["rule.mass_balance"]
    assert caught.value.violations[0].events == (here.event(here.last_event()).id,)


def test_content_that_grows_does_not_make_a_take_later(here: Business) -> None:
    lot = here.collect("tense", 1000)
    collected = here.last_event()
    at = here.clock.isoformat(timespec="seconds")
    here.clock += timedelta(minutes=1)
    here.transform("sort", [lot], [scrap(900)])
    sorted_ = here.last_event()
    here.inspect(lot, False, at=at)
    here.replace(collected, weighed(here, collected, 1200))
    body = here.draft("sort", "yard", inputs=[{"lot": lot}], outputs=[scrap(900)])
    again = {**body, "event_time": "2025-01-06T08:02:00+08:00"}
    here.replace_all({collected: weighed(here, collected, 1300), sorted_: again})
    assert here.event(sorted_).frozen.masses == (grams(1300),)
    assert_equal_to_a_rebuild(here.store)


def test_a_movement_keeps_the_mass_of_its_first_recording(here: Business) -> None:
    lot = here.collect("tense", 1000)
    collected = here.last_event()
    here.ship(lot, "plant")
    shipped = here.last_event()
    with pytest.raises(EventRejected) as caught:
        here.replace(collected, weighed(here, collected, 1200))
    assert [(item.code, item.events) for item in caught.value.violations] == [("rule.not_whole", (shipped,))]
