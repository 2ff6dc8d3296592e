"""An event is taken back by its recorder shortly after, and a correction is against the version it was written on."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.services.recording.capture import capture_event
from traceability.services.recording.clock import accept_clock
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.undo import can_undo, make_undo

MINUTE_MS = 60_000


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def loaded(here: Business, **more: Any) -> str:
    here.collect("tense", 1000, actor="wang", **more)
    assert here.last is not None
    return here.last.event


def undo(here: Business, event: str, actor: str = "wang", **more: Any) -> None:
    target = {"event": event}
    here.send(
        here.draft("correct", "yard", actor=actor, targets=[target], reason="undone", undo=True, **more)
    )


def refusals(here: Business, event: str, **more: Any) -> list[str]:
    with pytest.raises(EventRejected) as caught:
        undo(here, event, **more)
    return [violation.code for violation in caught.value.violations]


def offered(here: Business, event: str, person: str = "wang") -> bool:
    with here.store.read() as reader:
        id_ = here.draft("correct", "yard")["id"]
        return can_undo(reader, here.event(event), person, id_, here.now_ms)


def test_an_operator_takes_back_what_they_have_just_recorded(here: Business) -> None:
    event = loaded(here, ticket="T-1")
    assert offered(here, event)
    undo(here, event)
    assert not here.event(event).live
    assert not offered(here, event)
    loaded(here, ticket="T-1")  # the ticket is free again
    assert_equal_to_a_rebuild(here.store)


def test_while_record_times_stand_still_nothing_is_undone(here: Business) -> None:
    """After a clock that ran ahead was accepted, minutes cannot be told by record times."""
    here.now_ms += 365 * 24 * 60 * MINUTE_MS
    loaded(here)
    here.now_ms -= 365 * 24 * 60 * MINUTE_MS
    accept_clock(here.store, "root", "the clock ran ahead", here.now_ms)
    event = loaded(here)
    assert not offered(here, event)
    assert refusals(here, event) == ["rule.undo_too_late"]
    here.void(event)
    assert_equal_to_a_rebuild(here.store)


def test_what_is_offered_is_what_is_accepted(here: Business) -> None:
    event = loaded(here)
    draft = make_undo(here.event(event), here.draft("correct", "yard")["id"], here.now_ms, "undone")
    capture_event(here.store, draft, Deliverer("session:wang", "wang"), here.now_ms)
    assert not here.event(event).live


def test_fifteen_minutes_are_the_limit(here: Business) -> None:
    event = loaded(here)
    here.now_ms += 15 * MINUTE_MS
    assert offered(here, event)
    here.now_ms += 1
    assert not offered(here, event)
    assert refusals(here, event) == ["rule.undo_too_late"]


def test_only_its_recorder_takes_it_back(here: Business) -> None:
    event = loaded(here)
    assert not offered(here, event, "chen")
    assert refusals(here, event, actor="chen") == ["rule.undo_not_own"]


@pytest.mark.parametrize("later", ["sort", "ship", "assay"])
def test_not_what_something_came_of(here: Business, later: str) -> None:
    event = loaded(here)
    lot = here.event(event).frozen.lots[0]
    if later == "sort":
        output = {"form": "scrap", "material": "tense", "mass_g": grams(5)}
        use = {"lot": lot, "mass_g": grams(5)}
        here.send(here.draft("sort", "yard", actor="wang", inputs=[use], outputs=[output]))
    elif later == "ship":
        here.ship(lot, "plant")
    else:
        here.assay(lot, "0.9")
    assert not offered(here, event)
    assert "rule.undo_followed" in refusals(here, event)


def test_not_an_inspection_nor_what_was_corrected_since(here: Business) -> None:
    event = loaded(here)
    lot = here.event(event).frozen.lots[0]
    here.send(
        here.draft("inspect", "yard", actor="wang", lots=[{"lot": lot}], subject="radiation", passed=True)
    )
    assert here.last is not None
    assert "rule.undo_not_this_kind" in refusals(here, here.last.event)
    other = loaded(here)
    here.void(other)
    assert "rule.undo_corrected" in refusals(here, other)


def test_an_undo_is_of_one_event_and_voids_it(here: Business) -> None:
    one, two = loaded(here), loaded(here)
    with pytest.raises(EventRejected, match="rejected"):
        here.send(
            here.draft(
                "correct",
                "yard",
                actor="wang",
                targets=[{"event": one}, {"event": two}],
                reason="r",
                undo=True,
            )
        )
    assert here.event(one).live
    with pytest.raises(EventRejected):  # a correction by an operator that is no undo
        here.send(here.draft("correct", "yard", actor="wang", targets=[{"event": one}], reason="r"))


def test_a_correction_against_an_earlier_version_is_refused(here: Business) -> None:
    event = loaded(here, ticket="T-1")
    body = dict(here.draft("collect", "yard", actor="wang", ticket="T-1"))
    stated = {
        "kind": "collect", "site": "yard", "event_time": body["event_time"], "actor": "wang", "supplier": "zhang",
        "source_class": "post", "channel": "offline", "ticket": "T-1",
        "outputs": [{"form": "scrap", "material": "tense", "mass_g": grams(900)}],
    }  # fmt: skip

    def correct(version: int | None, kg: float) -> None:
        outputs = [{"form": "scrap", "material": "tense", "mass_g": grams(kg)}]
        target = {"event": event, "draft": {**stated, "outputs": outputs}, "version": version}
        here.send(here.draft("correct", "yard", targets=[target], reason="mistake"))

    correct(0, 900)
    newest = here.event(event).version
    assert newest == here.event(event).revisions[-1]
    with pytest.raises(EventRejected) as caught:
        correct(0, 800)
    (violation,) = caught.value.violations
    assert (violation.code, violation.path) == ("rule.corrected_meanwhile", "targets.0.version")
    assert violation.figures["actor"] == "chen"
    correct(newest, 800)
    correct(None, 700)  # which names no version is not asked for one
    assert here.lot(here.event(event).frozen.lots[0]).remaining_g == grams(700)
