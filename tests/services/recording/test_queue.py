"""Drafts that a device kept while it was offline: each is recorded once, or held, and none is lost."""

from dataclasses import dataclass
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.device_clock import find_device_time
from traceability.services.recording.capture import Receipt
from traceability.services.recording.held import HeldDraft, HeldState, find_held, list_open
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.pending_book import new_code
from traceability.services.recording.queue import Queue, QueueAnswer, capture_queue
from traceability.wire import load_batch

Body = dict[str, Any]
MINUTE = 60_000


@dataclass
class Device:
    """A person's device: it sends what it kept by its own clock, ``behind_ms`` behind."""

    business: Business
    person: str = "chen"
    behind_ms: int = 0

    def send(self, *bodies: Body, is_proved: bool = False) -> QueueAnswer:
        """Send drafts as a queue."""
        now_ms = self.business.now_ms
        queue = Queue(load_batch({"events": list(bodies)}), now_ms - self.behind_ms, is_proved)
        return capture_queue(self.business.store, queue, Deliverer("session:x", self.person), now_ms)

    def tell(self, *bodies: Body) -> list[str]:
        """Send drafts as a queue; what became of each."""
        return [receipt.status for receipt in self.send(*bodies).receipts]


@pytest.fixture
def device(store: Store) -> Device:
    """A supervisor's device, on each engine."""
    open_business(store)
    return Device(Business(store))


@pytest.fixture
def phone(sqlite_store: Store) -> Device:
    """A supervisor's device, where the engine does not matter."""
    open_business(sqlite_store)
    return Device(Business(sqlite_store))


def collecting(here: Business, kg: float = 100, code: str | None = None, **fields: Any) -> Body:
    here.tickets += 1
    made = {"form": "scrap", "material": "tense", "mass_g": grams(kg)} | ({"code": code} if code else {})
    given = {"source_class": "post", "channel": "offline", "supplier": "zhang", **fields}
    return here.draft(
        "collect", given.pop("site", "yard"), ticket=f"Q-{here.tickets}", outputs=[made], **given
    )


def sorting(here: Business, code: str, kg: float, **fields: Any) -> Body:
    used = [{"lot_code": code, "mass_g": grams(kg)}]
    made = [{"form": "scrap", "material": "tense", "mass_g": grams(kg)}]
    return here.draft("sort", "yard", inputs=used, outputs=made, **fields)


def codes_of(receipt: Receipt) -> list[str]:
    return [violation.code for violation in receipt.error.violations]  # type: ignore[union-attr]


def held_in(store: Store, id_: str) -> HeldDraft:
    with store.read() as reader:
        return find_held(reader, [id_])[id_]


def waiting_at(store: Store, *sites: str) -> list[str]:
    with store.read() as reader:
        return [held.id for held in list_open(reader, sites)]


def test_a_draft_waits_for_its_lot_and_is_recorded_when_that_turns_up(device: Device) -> None:
    """The sorting was uploaded before the arrival: it is held, and follows by itself, with what follows on it."""
    here, store = device.business, device.business.store
    label, label_of_sorted = new_code(), new_code()
    taken, sorted_again = sorting(here, label, 100), sorting(here, label_of_sorted, 60)
    taken["outputs"][0]["code"] = label_of_sorted
    arrived = collecting(here, 100, label)
    for body, at in ((arrived, "10:00"), (taken, "10:05"), (sorted_again, "10:10")):
        body["event_time"] = f"2025-01-06T{at}:00+08:00"
    answer = device.send(
        taken, sorted_again, {**taken, "id": "0194a000-0000-7000-8000-00000000ffff", "inputs": []}
    )
    assert [receipt.status for receipt in answer.receipts] == ["held", "held", "rejected"]
    assert codes_of(answer.receipts[0]) == ["scan.unbound_input"]
    assert waiting_at(store, "yard") == [taken["id"], sorted_again["id"]]
    assert device.tell(taken, {**taken, "note": "other"}) == ["held", "conflict"]
    assert_equal_to_a_rebuild(store)
    assert waiting_at(store, "yard") == [taken["id"], sorted_again["id"]]

    assert device.tell(arrived) == ["created"]
    assert waiting_at(store, "yard") == []
    assert held_in(store, taken["id"]).state is HeldState.RESOLVED
    assert held_in(store, taken["id"]).successor == taken["id"]
    assert device.tell(taken, sorted_again, arrived) == ["duplicate"] * 3
    assert here.event(sorted_again["id"]).deliverer == "session:x"
    assert_equal_to_a_rebuild(store)


def test_times_of_a_clock_that_is_wrong_are_corrected_and_both_are_kept(device: Device) -> None:
    here = device.business
    device.behind_ms = 7 * MINUTE
    body = collecting(here, event_time=None)
    body["event_time"] = "2025-12-31T23:55:00+08:00"
    answer = device.send(body)
    assert (answer.clock_shift_ms, [receipt.status for receipt in answer.receipts]) == (
        7 * MINUTE,
        ["created"],
    )
    event = here.event(body["id"])
    assert event.month == "2026-01"
    stated_ms, corrected_ms = find_device_time(event) or (0, 0)
    assert (corrected_ms - stated_ms, event.frozen.time_ms) == (7 * MINUTE, corrected_ms)
    device.behind_ms = 9 * MINUTE
    assert device.tell(body) == ["duplicate"]
    assert device.tell({**body, "note": "changed"}) == ["conflict"]
    here.replace(event.id, {**body, "note": "of another day", "event_time": "2025-12-30T08:00:00+08:00"})
    assert find_device_time(here.event(body["id"])) == (stated_ms, corrected_ms)
    assert_equal_to_a_rebuild(here.store)
