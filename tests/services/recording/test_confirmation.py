"""Warnings are asked about before anything is recorded where somebody can be asked, on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import BadDraft, EventUnconfirmed
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

Body = dict[str, Any]

ASKING = Deliverer("session:chen", "chen", asks=True)


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def ask(here: Business, body: Body, deliverer: Deliverer = ASKING) -> Receipt:
    return capture_event(here.store, load_draft(body), deliverer, here.now_ms)


def load(here: Business, ticket: str, tare_kg: float, **more: Any) -> Body:
    kg = 1000 + int(ticket[2:])  # no two loads are equal
    output = {"form": "scrap", "material": "tense", "mass_g": grams(kg)}
    weighing = {"gross_g": grams(kg + tare_kg), "tare_g": grams(tare_kg)}
    return here.draft(
        "collect", "yard", ticket=ticket, supplier="zhang", vehicle="v1", source_class="post", channel="offline",
        weighing=weighing, outputs=[output], **more,
    )  # fmt: skip


def last_seq(here: Business) -> int:
    with here.store.read() as reader:
        return reader.find_head().seq


def unconfirmed(here: Business, body: Body, deliverer: Deliverer = ASKING) -> list[tuple[str, str]]:
    before = last_seq(here)
    with pytest.raises(EventUnconfirmed) as caught:
        ask(here, body, deliverer)
    assert last_seq(here) == before
    return [(warning.code, warning.path) for warning in caught.value.violations]


def test_nothing_is_recorded_before_the_warning_is_confirmed(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    body = load(here, "T-2", 12_000)
    assert unconfirmed(here, body) == [("warning.tare_off_history", "weighing.tare_g")]
    receipt = ask(here, {**body, "confirmed": ["warning.tare_off_history"]})
    assert receipt.status == "created"
    event = here.event(receipt.event)
    assert event.draft.confirmed == ("warning.tare_off_history",)
    assert [warning.code for warning in event.warnings] == ["warning.tare_off_history"]
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_who_cannot_be_asked_is_accepted(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    receipt = here.send(load(here, "T-2", 12_000))
    assert [warning.code for warning in receipt.warnings] == ["warning.tare_off_history"]
    assert here.event(receipt.event).draft.confirmed == ()


def test_a_ticket_is_the_same_whether_or_not_its_warning_was_confirmed(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    body = load(here, "T-2", 12_000)
    first = here.send(body)
    again = {
        **load(here, "T-2", 12_000),
        "event_time": body["event_time"],
        "confirmed": ["warning.tare_off_history"],
    }
    assert (ask(here, again).status, ask(here, again).event) == ("duplicate", first.event)


def test_other_figures_are_another_question(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    body = {**load(here, "T-2", 12_000), "confirmed": ["warning.tare_off_history"]}
    assert unconfirmed(here, body, ASKING._replace(shown=("of other figures",)))


def test_a_correction_asks_about_what_it_states(here: Business) -> None:
    here.send(load(here, "T-1", 10_000))
    second = load(here, "T-2", 10_000)
    event = here.send(second).event
    wrong = {**load(here, "T-2", 12_000), "event_time": second["event_time"]}
    del wrong["id"]

    def correction(**more: Any) -> Body:
        draft = {**wrong, **more}
        return here.draft("correct", "yard", targets=[{"event": event, "draft": draft}], reason="misread")

    assert unconfirmed(here, correction()) == [
        ("warning.tare_off_history", "targets.0.draft.weighing.tare_g")
    ]
    assert ask(here, correction(confirmed=["warning.tare_off_history"])).status == "created"
    assert here.event(event).draft.confirmed == ("warning.tare_off_history",)
    assert_equal_to_a_rebuild(here.store)


def test_a_late_entry_is_asked_about_too(here: Business) -> None:
    lot = here.collect("tense", kg=1000)
    here.transform("sort", [(lot, 500)], [{"form": "scrap", "material": "tense", "mass_g": grams(500)}])
    body = here.draft("assay", "yard", at="2025-01-06T08:01:30", lots=[{"lot": lot}], metal_fraction="0.8")
    assert unconfirmed(here, body) == [("warning.assay_late", "event_time")]


def test_only_known_warnings_can_be_confirmed(here: Business) -> None:
    for codes in (["rule.no_right"], ["warning.tare_off_history"] * 2, "warning.tare_off_history"):
        with pytest.raises(BadDraft):
            load_draft({**load(here, "T-1", 10_000), "confirmed": codes})
