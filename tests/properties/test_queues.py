"""However often and in whatever pieces a device sends its queue, each draft is in one state, and the book is of the accepted ones."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.records import decode_event
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild, empty_sqlite_store
from traceability.services.directory.audit import Actor
from traceability.services.recording.held import HeldState, find_held
from traceability.services.recording.held_inbox import drop
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.pending_book import new_code
from traceability.services.recording.queue import Queue, capture_queue
from traceability.wire import load_batch

Body = dict[str, Any]
FINAL = {"created": "recorded", "duplicate": "recorded", "rejected": "rejected"}


def make_drafts(here: Business) -> list[Body]:
    """Return what a day at the yard recorded: loads, sortings of them, one of a lot that never comes, one that is none."""
    labels = [new_code() for _ in range(3)]
    drafts = []
    for number, label in enumerate(labels):
        drafts.append(
            here.draft(
                "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"T-{number}",
                outputs=[{"form": "scrap", "material": "tense", "mass_g": grams(100), "code": label}],
            )
        )  # fmt: skip
    for label in (labels[0], labels[0], labels[1], new_code()):
        made = [{"form": "scrap", "material": "tense", "mass_g": grams(60)}]
        used = [{"lot_code": label, "mass_g": grams(60)}]
        drafts.append(here.draft("sort", "yard", inputs=used, outputs=made))
    return [*drafts, here.draft("sort", "yard", inputs=[], outputs=[])]


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_replays_in_any_order_leave_each_draft_in_one_state(data: st.DataObject) -> None:
    with empty_sqlite_store() as store:
        open_business(store)
        here = Business(store)
        drafts = make_drafts(here)
        places = st.lists(st.integers(0, len(drafts) - 1), min_size=1, max_size=len(drafts))
        told: dict[str, set[str]] = {draft["id"]: set() for draft in drafts}

        def send(chosen: list[Body], behind_ms: int) -> None:
            queue = Queue(load_batch({"events": chosen}), here.now_ms - behind_ms)
            answer = capture_queue(store, queue, Deliverer("session:x", "chen"), here.now_ms)
            for draft, receipt in zip(chosen, answer.receipts, strict=True):
                told[draft["id"]].add(FINAL.get(receipt.status, receipt.status))

        for piece in data.draw(st.lists(places, max_size=5)):
            send([drafts[place] for place in piece], data.draw(st.sampled_from((0, 0, 90_000))))
        if data.draw(st.booleans()):
            with store.read() as reader:
                waiting = [
                    one for one in find_held(reader, list(told)).values() if one.state is HeldState.HELD
                ]
            for one in waiting[:1]:
                drop(store, Actor("chen", here.now_ms), one.id, "never happened")
        send(drafts, 0)
        send(drafts, 0)
        with store.read() as reader:
            recorded = {decode_event(row).id for row in reader.scan_events()}
            held = find_held(reader, list(told))
        for draft in drafts:
            states = told[draft["id"]]
            kept = held.get(draft["id"])
            assert (draft["id"] in recorded) == ("recorded" in states)
            assert "conflict" not in states
            if draft["id"] in recorded:
                assert kept is None or kept.state is HeldState.RESOLVED
            elif kept is not None:
                assert kept.state in (HeldState.HELD, HeldState.DROPPED)
                assert states <= {"held", "dropped"}
            else:
                assert states == {"rejected"}
        assert_equal_to_a_rebuild(store)
