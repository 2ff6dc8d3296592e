"""Drafts that a device kept while it was offline: each is recorded once, or held, and none is lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.records import decode_event
from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild, empty_sqlite_store
from traceability.domain.access import Assignment
from traceability.domain.device_clock import find_device_time
from traceability.domain.errors import BadInput, NotAllowed, WriteConflict
from traceability.exchange.event_log import export_log, import_log
from traceability.services.directory.audit import Actor, list_entries
from traceability.services.directory.people import find_person, put_person
from traceability.services.recording import capture, queue
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.held import HeldDraft, HeldState, find_held, list_open
from traceability.services.recording.held_inbox import drop
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.pending_book import new_code
from traceability.services.recording.queue import Queue, QueueAnswer, capture_queue
from traceability.wire import load_batch, load_draft

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


def test_a_draft_before_the_one_of_its_message_that_brings_its_lot_goes_on_at_once(device: Device) -> None:
    here, store = device.business, device.business.store
    label, gone = new_code(), new_code()
    taken, arrived, never = sorting(here, label, 100), collecting(here, 100, label), sorting(here, gone, 60)
    too_early = {**sorting(here, label, 10), "event_time": "2025-01-06T07:00:00+08:00"}
    for body, at in ((arrived, "10:00"), (taken, "10:05"), (never, "10:10")):
        body["event_time"] = f"2025-01-06T{at}:00+08:00"
    assert device.tell(taken, too_early, arrived, never) == ["held", "held", "created", "held"]
    assert set(waiting_at(store, "yard")) == {too_early["id"], never["id"]}
    assert held_in(store, taken["id"]).successor == taken["id"]
    assert not [key for key in held_in(store, too_early["id"]).waits if key.startswith("due/")]
    assert device.tell(taken, too_early, arrived, never) == ["duplicate", "held", "duplicate", "held"]
    assert_equal_to_a_rebuild(store)


def test_a_draft_of_many_lots_waits_for_some_of_them_at_a_time(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    labels = [new_code() for _ in range(60)]
    taken = {**sorting(here, labels[0], 6_000), "inputs": [{"lot_code": label} for label in labels]}
    arrived = [collecting(here, 100, label) for label in labels]
    for body, at in ((taken, "18:00"), *((one, "10:00") for one in arrived)):
        body["event_time"] = f"2025-01-06T{at}:00+08:00"
    assert phone.tell(taken) == ["held"]
    assert len(held_in(store, taken["id"]).waits) == 51
    assert phone.tell(*arrived[:55]) == ["created"] * 55
    assert len(held_in(store, taken["id"]).waits) == 6
    assert phone.tell(*arrived[55:]) == ["created"] * 5
    assert held_in(store, taken["id"]).state is HeldState.RESOLVED


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
    times = find_device_time(event)
    assert times is not None
    assert (times.gap, times.corrected_ms) == ((7, "minutes"), event.frozen.time_ms)
    device.behind_ms = 9 * MINUTE
    assert device.tell(body) == ["duplicate"]
    assert device.tell({**body, "note": "changed"}) == ["conflict"]
    here.replace(event.id, {**body, "note": "of another day", "event_time": "2025-12-30T08:00:00+08:00"})
    assert find_device_time(here.event(body["id"])) == times
    assert_equal_to_a_rebuild(here.store)


def test_a_time_is_corrected_in_the_unit_in_which_it_is_stated(phone: Device) -> None:
    here = phone.business
    phone.behind_ms = 7 * MINUTE + 20_000
    day, minute = collecting(here), collecting(here)
    day["event_time"] = "2025-12-30"
    minute |= {"event_time": "2025-12-30T10:00:00+08:00", "precision": "minute"}
    assert phone.tell(day, minute) == ["created"] * 2
    assert find_device_time(here.event(day["id"])) is None
    of_minute = find_device_time(here.event(minute["id"]))
    assert of_minute is not None
    assert of_minute.shift_ms == 7 * MINUTE
    phone.behind_ms = 2 * MINUTE
    right = collecting(here)
    assert phone.tell(right) == ["created"]
    assert find_device_time(here.event(right["id"])) is None


def test_beyond_what_a_supervisor_can_look_through_the_device_keeps_its_drafts(
    phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of these is kept, what can be recorded is, and each is taken once there is room again."""
    here, store = phone.business, phone.business.store
    monkeypatch.setattr(queue, "MOST_OPEN", 2)
    early = [sorting(here, new_code(), 100) for _ in range(4)]
    answer = phone.send(*early, collecting(here))
    assert [receipt.status for receipt in answer.receipts] == ["held", "held", "later", "later", "created"]
    error = answer.receipts[2].error
    assert error is not None
    assert (error.code, error.figures["count"]) == ("held.inbox_full", 2)
    assert waiting_at(store, "yard") == [early[0]["id"], early[1]["id"]]
    assert Device(here, "wang").tell({**sorting(here, new_code(), 1), "actor": "wang"}) == ["held"]
    assert phone.tell(*early[::-1]) == ["later", "later", "held", "held"]
    drop(store, Actor("chen", here.now_ms), early[0]["id"], "never weighed")
    assert phone.tell(*early) == ["dropped", "held", "held", "later"]


def test_times_in_the_future_and_long_ago_are_held(phone: Device) -> None:
    here = phone.business
    future, past, ahead = (collecting(here) for _ in range(3))
    future["event_time"], past["event_time"] = "2031-01-01T00:00:00+08:00", "1970-01-01T08:00:01+08:00"
    assert phone.tell(future, past) == ["held", "held"]
    assert held_in(here.store, future["id"]).reasons[0].code == "rule.in_the_future"
    phone.behind_ms = -60 * MINUTE
    ahead["event_time"] = "2026-01-01T00:50:00+08:00"
    assert phone.tell(ahead) == ["created"]
    phone.behind_ms = here.now_ms - 1_000  # the clock began anew in 1970, and so did the times
    reset = collecting(here)
    reset["event_time"] = "1970-01-01T08:00:00+08:00"
    assert phone.tell(reset) == ["created"]
    assert here.event(reset["id"]).month == "2025-12"
    phone.behind_ms = -(10**13)
    assert phone.tell(collecting(here)) == ["held"]


def test_what_would_be_lost_is_held_and_a_stranger_fills_no_inbox(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    wang = Device(here, "wang")
    away, long_ago = collecting(here, actor="wang"), collecting(here, actor="wang")
    away["event_time"] = "2025-12-15T08:00:00+08:00"
    ended = (Assignment("operator", "yard", "", "2025-12-20"),)
    store.write(lambda writer: put_person(writer, find_person(writer, "wang")._replace(roles=ended)))  # type: ignore[union-attr]
    assert wang.tell(away) == ["held"]
    assert codes_of(wang.send(away).receipts[0]) == ["held.role_ended"]
    assert codes_of(wang.send(long_ago).receipts[0]) == ["rule.no_right"]
    assert codes_of(wang.send(collecting(here, actor="wang", site="guiyang")).receipts[0]) == [
        "rule.no_right"
    ]
    assert (
        wang.tell(collecting(here, actor="chen"), collecting(here, actor="wang", site="nowhere"))
        == ["rejected"] * 2
    )
    assert waiting_at(store, "yard", "guiyang") == [away["id"]]
    assert phone.tell(away) == ["conflict"]


def test_what_cannot_be_taken_back_waits_for_a_password_and_nothing_behind_it_does(phone: Device) -> None:
    here = phone.business
    seal, behind = here.draft("seal", "yard", month="2025-06"), collecting(here)
    first = phone.send(seal, behind)
    assert [receipt.status for receipt in first.receipts] == ["held", "created"]
    assert codes_of(first.receipts[0]) == ["held.password_needed"]
    sealed = here.draft("seal", "yard", month="2025-07")
    sealed["event_time"] = "2025-08-02T00:00:00+08:00"
    assert [receipt.status for receipt in phone.send(sealed, is_proved=True).receipts] == ["created"]


def test_a_lot_that_arrives_at_another_site_or_by_another_label_lets_only_what_waits_for_it_go_on(
    phone: Device,
) -> None:
    here, store = phone.business, phone.business.store
    lot = here.collect("tense", 100)
    here.ship(lot, "plant")
    used = [{"lot_code": here.lot(lot).code}]
    made = [{"form": "scrap", "material": "tense", "mass_g": grams(100)}]
    sooner, at_plant, at_yard = (
        here.draft("sort", site, inputs=used, outputs=made) for site in ("plant", "plant", "yard")
    )
    at_plant["event_time"] = at_yard["event_time"] = "2025-03-01T08:00:00+08:00"
    assert phone.tell(sooner, at_plant, at_yard) == ["held"] * 3
    here.collect("tense", 50)
    assert waiting_at(store, "plant", "yard") == [sooner["id"], at_plant["id"], at_yard["id"]]
    here.receive(lot, "plant")
    assert waiting_at(store, "plant", "yard") == [sooner["id"], at_yard["id"]]  # it was not there so soon
    assert here.lot(lot).remaining_g == 0

    other = here.collect("tense", 50)
    label = new_code()
    relabelled = sorting(here, label, 50)
    relabelled["event_time"] = "2025-03-01T08:00:00+08:00"
    assert phone.tell(relabelled) == ["held"]
    here.do("relabel", "yard", lots=[{"lot": other}], code=label, reason="torn")
    assert relabelled["id"] not in waiting_at(store, "yard")
    assert here.lot(other).remaining_g == 0
    assert_equal_to_a_rebuild(store)


def test_drafts_that_wait_for_one_lot_go_on_in_their_order_and_in_bounded_pieces(
    phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred of them: a write records some, the next event of the site the next ones, and none is left."""
    here, store = phone.business, phone.business.store
    monkeypatch.setattr(capture, "MOST_RETRIES", 90)
    label = new_code()
    drafts = [sorting(here, label, 30) for _ in range(200)]
    assert phone.tell(*drafts) == ["held"] * 200
    assert len(waiting_at(store, "yard")) == 200
    arrived = collecting(here, 150 * 30, label)
    arrived["event_time"] = "2025-01-06T08:00:01+08:00"
    assert phone.tell(arrived) == ["created"]
    ids = [draft["id"] for draft in drafts]
    assert waiting_at(store, "yard") == ids[90:]
    here.collect("tense", 50)
    assert phone.tell(drafts[199]) == ["held"]  # the device asks again
    assert waiting_at(store, "yard") == ids[150:]  # these overdraw it, whoever comes first
    assert {codes_of(receipt)[0] for receipt in phone.send(*drafts[150:]).receipts} <= {
        "rule.overdrawn",
        "rule.nothing_remains",
    }
    with store.read() as reader:
        recorded = [
            event.id for event in map(decode_event, reader.scan_events()) if event.draft.kind == "sort"
        ]
    assert recorded == ids[:150]


def test_of_two_supervisors_who_settle_a_draft_at_once_one_is_told(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    held = sorting(here, new_code(), 10)
    assert phone.tell(held) == ["held"]
    actor = Actor("chen", here.now_ms)
    mended = [load_draft(collecting(here)) for _ in range(2)]
    receipt = capture_event(
        store, mended[0], Deliverer("session:chen", "chen"), here.now_ms, resolves=held["id"]
    )
    before = here.event(receipt.event).seq
    with pytest.raises(WriteConflict):
        capture_event(store, mended[1], Deliverer("session:chen", "chen"), here.now_ms, resolves=held["id"])
    with pytest.raises(WriteConflict):
        drop(store, actor, held["id"], "a second one")
    again = capture_event(
        store, mended[0], Deliverer("session:chen", "chen"), here.now_ms, resolves=held["id"]
    )
    assert (again.status, again.seq) == ("duplicate", before)
    told = phone.send(held).receipts[0]
    assert (told.status, told.successor) == ("resolved", receipt.event)
    with store.read() as reader:
        assert reader.find_head().seq == before
        actions = [entry.action for entry in list_entries(reader).entries]
    assert actions.count("held_resolve") == 1


def test_a_draft_is_dropped_with_a_reason_by_a_supervisor_of_its_site(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    held = sorting(here, new_code(), 10, note="by hand")
    assert phone.tell(held) == ["held"]
    with pytest.raises(BadInput):
        drop(store, Actor("chen", here.now_ms), held["id"], "  ")
    with pytest.raises(NotAllowed):
        drop(store, Actor("wang", here.now_ms), held["id"], "mine")
    drop(store, Actor("chen", here.now_ms), held["id"], "recorded twice")
    told = phone.send(held).receipts[0]
    assert (told.status, told.reason) == ("dropped", "recorded twice")
    assert "note" not in held_in(store, held["id"]).body
    with store.read() as reader:
        assert reader.list_documents("held_wait")[0] == []
        assert [entry.action for entry in list_entries(reader).entries] == ["held_drop"]


def test_a_draft_that_came_another_way_under_its_id_waits_no_more(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    label = new_code()
    held = sorting(here, label, 10)
    held["event_time"] = "2025-02-01T08:00:00+08:00"
    assert phone.tell(held) == ["held"]
    arrived = collecting(here, 10, label)
    store.write(lambda writer: writer.erase_document("held_wait", f"code/{label}"))
    here.send(arrived)
    assert waiting_at(store, "yard") == [held["id"]]
    assert here.send(held).status == "created"
    assert waiting_at(store, "yard") == []
    assert phone.tell(held) == ["duplicate"]


def test_held_drafts_are_in_a_private_log_and_come_back(phone: Device, tmp_path: Path) -> None:
    held = sorting(phone.business, new_code(), 10)
    assert phone.tell(held) == ["held"]
    export_log(phone.business.store, tmp_path / "book.jsonl", private=True)
    with empty_sqlite_store() as other:
        import_log(other, tmp_path / "book.jsonl")
        assert held_in(other, held["id"]) == held_in(phone.business.store, held["id"])


def test_a_storm_of_replays_changes_nothing(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    loads, held = [collecting(here) for _ in range(5)], [sorting(here, new_code(), 1) for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: phone.tell(*loads, *held), range(16)))
    assert [answer[5:] for answer in answers] == [["held"] * 5] * 16
    assert sum(answer.count("created") for answer in answers) == 5
    assert waiting_at(store, "yard") == [draft["id"] for draft in held]
    assert_equal_to_a_rebuild(store)


def test_its_recorder_takes_a_held_draft_back_and_nobody_else_does(phone: Device) -> None:
    here, store = phone.business, phone.business.store
    first, second = sorting(here, new_code(), 10), sorting(here, new_code(), 10)
    undo, other = (
        here.draft(
            "correct", "yard", actor=person, targets=[{"event": first["id"]}], undo=True, reason="typed twice"
        )
        for person in ("chen", "wang")
    )
    at_once = {**undo, "id": here.draft("sort", "yard")["id"], "targets": [{"event": second["id"]}]}
    assert phone.tell(first, second, at_once) == ["held", "held", "resolved"]
    assert Device(here, "wang").tell(other) == [
        "held"
    ]  # of an event that is not there, as far as they may know
    assert waiting_at(store, "yard") == [first["id"], other["id"]]
    assert phone.tell(undo) == ["resolved"]
    assert phone.tell(undo, at_once, first, second) == ["resolved", "resolved", "dropped", "dropped"]
    assert held_in(store, first["id"]).reason == "typed twice"
    assert waiting_at(store, "yard") == [other["id"]]
