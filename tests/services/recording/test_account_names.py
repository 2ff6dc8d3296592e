"""Actors and approvers are found in every typing of their account name, on both engines and every way in."""

import json
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.exchange.drafts import load_rows
from traceability.services.recording.capture import capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.preview import preview_event
from traceability.wire import load_draft

Body = dict[str, Any]

TYPINGS = ("CHEN", "Chen", "ｃｈｅｎ", "chen\u200b")


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def load(here: Business, number: int, actor: str, **more: Any) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100 + number)}
    return here.draft(
        "collect", "yard", actor=actor, ticket=f"A-{number}", supplier="zhang", source_class="post", channel="offline",
        outputs=[output], **more,
    )  # fmt: skip


def actors(here: Business, ids: list[str]) -> set[tuple[str, str]]:
    """Return the actor of each event, and of its stored text."""
    with here.store.read() as reader:
        events = reader.find_events(ids).values()
    assert len(events) == len(ids)
    return {(event.draft.actor, json.loads(event.text)["actor"]) for event in events}


def test_an_actor_is_found_in_every_typing(here: Business) -> None:
    bodies = [load(here, number, typed) for number, typed in enumerate(TYPINGS)]
    drafts = [load_draft(body) for body in bodies]
    with here.store.read() as reader:
        assert preview_event(reader, drafts[0], NOW_MS).accepted
    # A session delivers its own person's drafts, a batch anybody's.
    capture_event(here.store, drafts[0], Deliverer("session:chen", "chen"), NOW_MS)
    for receipt in capture_batch(here.store, drafts[1:], Deliverer("token"), NOW_MS):
        assert receipt.status == "created", receipt
    assert actors(here, [str(body["id"]) for body in bodies]) == {("chen", "chen")}
    # The same message again is the same event, in whichever typing.
    for body in (bodies[0], {**bodies[0], "actor": "chen"}, {**bodies[0], "actor": "cHEN"}):
        assert here.send(body).status == "duplicate"
    assert_equal_to_a_rebuild(here.store)


def test_a_file_finds_them_too(here: Business) -> None:
    bodies = [load(here, number, typed) for number, typed in enumerate(TYPINGS)]
    rows = enumerate(bodies, 1)
    for _, receipt in load_rows(here.store, rows, Deliverer("load"), lambda: NOW_MS):
        assert receipt.status == "created", receipt
    assert actors(here, [str(body["id"]) for body in bodies]) == {("chen", "chen")}


def test_an_approver_is_found_in_every_typing(here: Business) -> None:
    body = load(here, 1, "wang", approval={"approver": "CHEN", "reason": "seen"})
    assert here.event(here.send(body).event).draft.approval.approver == "chen"  # type: ignore[union-attr]


def test_a_correction_names_its_people_in_every_typing(here: Business) -> None:
    first = load(here, 1, "wang")
    event = here.send(first).event
    again = {
        **first,
        "actor": "WANG",
        "outputs": [{"form": "scrap", "material": "tense", "mass_g": grams(90)}],
    }
    del again["id"]
    body = here.draft(
        "correct", "yard", actor="Chen", targets=[{"event": event, "draft": again}], reason="typo"
    )
    here.send(body)
    assert here.event(event).draft.actor == "wang"
    assert_equal_to_a_rebuild(here.store)


def test_somebody_else_stays_somebody_else(here: Business) -> None:
    with pytest.raises(EventRejected):
        here.send(load(here, 1, "CHEN2"))
    with pytest.raises(EventRejected) as caught:
        capture_event(
            here.store, load_draft(load(here, 2, "WANG")), Deliverer("session:chen", "chen"), NOW_MS
        )
    assert [violation.code for violation in caught.value.violations] == ["rule.not_own_draft"]
