"""Warnings that nobody confirmed are listed for the supervisor, newest first, until they are settled, on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import SITES, Business, grams, open_business, uuid7
from tests.support.stores import assert_equal_to_a_rebuild
from tests.support.viewing import owner_of
from traceability.domain.errors import EventRejected
from traceability.services.recording.capture import capture_event
from traceability.services.recording.confirm import can_confirm, list_open_warnings, make_confirmation
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book

Body = dict[str, Any]
TARE = "warning.tare_off_history"


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def load(here: Business, ticket: str, tare_kg: float, kg: float = 1000, **more: Any) -> Body:
    return here.draft(
        "collect", "yard", ticket=ticket, supplier="zhang", vehicle="v1", source_class="post", channel="offline",
        weighing={"gross_g": grams(kg + tare_kg), "tare_g": grams(tare_kg)},
        outputs=[{"form": "scrap", "material": "tense"}], **more,
    )  # fmt: skip


def listed(here: Business, sites: tuple[str, ...] = ("yard", "plant"), limit: int = 10) -> list[str]:
    with here.store.read() as reader:
        return [one.event.id for one in list_open_warnings(reader, owner_of(*SITES), sites, limit).events]


def confirm(here: Business, event_id: str, actor: str = "chen") -> None:
    event = here.event(event_id)
    draft = make_confirmation(
        event, uuid7(900_000 + event.version), actor, here.now_ms, "looked at the papers"
    )
    capture_event(here.store, draft, Deliverer(f"session:{actor}", actor), here.now_ms)


def test_what_nobody_confirmed_is_listed_newest_first_and_leaves_when_settled(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    confirmed = here.send(load(here, "T-2", 12_000, kg=1100, confirmed=[TARE])).event
    first, second, third = (
        here.send(load(here, f"T-{number}", 14_000 + 100 * number, kg=1200 + number)).event
        for number in (3, 4, 5)
    )
    assert listed(here) == [third, second, first]
    assert confirmed not in listed(here)
    assert listed(here, ("plant",)) == listed(here, ()) == []
    with here.store.read() as reader:
        some = list_open_warnings(reader, owner_of(*SITES), ("yard",), 2)
    assert ([one.event.id for one in some.events], some.more) == ([third, second], True)
    assert [warning.code for warning in some.events[0].warnings] == [TARE]
    before = here.event(third)
    confirm(here, third)
    here.void(second)
    assert listed(here) == [first]
    after = here.event(third)
    assert (after.draft.confirmed, after.frozen, can_confirm(after)) == ((TARE,), before.frozen, False)
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)
    assert listed(here) == [first]


def test_to_confirm_changes_no_figure_though_reference_data_changed_since(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    event = here.send(load(here, "T-2", 12_000, kg=2000)).event
    lot = here.event(event).frozen.lots[0]
    content = here.lot(lot).contents
    here.change_reference("material", "tense", fraction="0.5")
    confirm(here, event)
    assert here.lot(lot).contents == content
    assert listed(here) == []
    assert_equal_to_a_rebuild(here.store)


def test_a_late_assay_stays_information_when_it_is_confirmed(here: Business) -> None:
    lot = here.collect("tense", kg=1000)
    here.transform("sort", [(lot, 500)], [{"form": "scrap", "material": "tense", "mass_g": grams(500)}])
    assay = here.send(
        here.draft("assay", "yard", at="2025-01-06T08:01:30", lots=[{"lot": lot}], metal_fraction="0.8")
    ).event
    content = here.lot(lot).contents
    assert listed(here) == [assay]
    confirm(here, assay)
    assert (listed(here), here.lot(lot).contents) == ([], content)
    assert check_book(here.store).findings == []


def test_only_a_supervisor_confirms(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    event = here.send(load(here, "T-2", 12_000, kg=2000)).event
    with pytest.raises(EventRejected):
        confirm(here, event, "wang")
    assert listed(here) == [event]


def test_a_seal_without_records_leaves_the_list_when_its_month_has_them(here: Business) -> None:
    here.collect("tense", kg=1000, at="2025-01-05T08:00:00")
    seal = here.send(here.draft("seal", "yard", at="2025-02-02T08:00:00", month="2025-01")).event
    assert listed(here) == [seal]
    assert not can_confirm(here.event(seal))
    for type_ in ("no_power", "no_fuel"):
        here.send(here.draft("declare", "yard", type=type_, period="2025-01"))
    assert listed(here) == []
