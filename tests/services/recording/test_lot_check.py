"""What a list says of a scanned lot is what recording it would say, on both engines."""

from collections.abc import Sequence
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, Business, grams, open_business
from tests.support.viewing import viewer_of
from traceability.domain.access import Assignment
from traceability.domain.errors import EventRejected
from traceability.services.directory.people import Person, put_person
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.lot_check import LISTING, ListStep, LotCheck, check_lot
from traceability.wire import load_draft


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def ask(
    here: Business, kind: str, site: str, code: str, actor: str = "wang", beside: Sequence[str] = (), making: Sequence[str] = ()
) -> LotCheck:  # fmt: skip
    viewer = viewer_of(here.store, actor, NOW_MS)
    with here.store.read() as reader:
        return check_lot(reader, viewer, ListStep(kind, site, actor, beside, making), code, NOW_MS)


def told(found: LotCheck) -> tuple[str, list[str]]:
    return found.verdict, [reason.code for reason in found.reasons]


def code_of(here: Business, lot: str) -> str:
    return here.lot(lot).code


def test_every_state_of_a_lot_is_told_with_the_reason_of_recording(here: Business) -> None:
    lots = {name: here.collect("tense", 1000) for name in ("free", "away", "out", "bad", "used", "there")}
    here.ship(lots["away"], "plant")
    here.ship(lots["out"], "somebody")
    here.inspect(lots["bad"], passed=False)
    here.ship(lots["there"], "plant")
    here.receive(lots["there"], "plant")
    here.transform("sort", [lots["used"]], [{"form": "scrap", "material": "tense", "mass_g": grams(900)}])
    codes = {name: code_of(here, lot) for name, lot in lots.items()}

    assert told(ask(here, "ship", "yard", codes["free"])) == ("ok", [])
    assert told(ask(here, "ship", "yard", codes["away"])) == ("refused", ["rule.in_transit", "lot.went_by"])
    assert told(ask(here, "ship", "yard", codes["out"])) == ("refused", ["rule.delivered", "lot.went_by"])
    assert told(ask(here, "ship", "yard", codes["bad"])) == ("refused", ["rule.quarantined"])
    assert told(ask(here, "ship", "yard", codes["there"])) == ("refused", ["rule.foreign_site"])
    assert told(ask(here, "ship", "yard", codes["used"])) == (
        "refused",
        ["rule.nothing_remains", "lot.went_by"],
    )
    void = here.collect("tense", 1000)
    here.void(here.last_event())
    assert told(ask(here, "ship", "yard", code_of(here, void))) == ("refused", ["rule.lot_void"])
    assert told(ask(here, "dispose", "yard", codes["bad"])) == ("ok", [])
    assert told(ask(here, "dispose", "yard", codes["free"])) == ("refused", ["rule.not_disposable"])
    assert told(ask(here, "receive", "plant", codes["away"])) == ("ok", [])
    assert told(ask(here, "receive", "yard", codes["away"])) == ("refused", ["rule.other_destination"])
    # Its sender may still record that it left: the arrival is noted, not refused.
    assert told(ask(here, "receive", "plant", codes["free"])) == ("warning", ["rule.not_in_transit"])
    assert told(ask(here, "receive", "plant", codes["there"])) == (
        "refused",
        ["rule.not_in_transit", "lot.came_by"],
    )
    assert told(ask(here, "receive", "plant", codes["used"]))[1][:1] == ["rule.not_in_transit"]
    assert "rule.mass_not_positive" not in told(ask(here, "receive", "plant", codes["used"]))[1]
    assert told(ask(here, "return", "yard", codes["there"])) == ("ok", [])
    assert told(ask(here, "return", "yard", codes["free"])) == ("refused", ["rule.not_of_shipment"])
    for kind in ("assay", "inspect", "relabel", "split", "bale", "blend"):
        assert told(ask(here, kind, "yard", codes["free"])) == ("ok", []), kind
    assert told(ask(here, "adjust", "yard", codes["free"])) == ("refused", ["rule.needs_supervisor"])
    assert told(ask(here, "adjust", "yard", codes["free"], "chen")) == ("ok", [])
    assert told(ask(here, "fabricate", "plant", codes["there"])) == ("refused", ["rule.form_not_allowed"])


def test_what_may_not_be_melted_together_is_told_by_what_stands_in_the_list(here: Business) -> None:
    tense, copper, mixed, dream = (
        code_of(here, here.collect(grade, 900, site="plant"))
        for grade in ("tense", "berry", "zorba", "dream")
    )
    silicon = code_of(here, here.supply("si", 100))
    assert told(ask(here, "melt", "plant", silicon)) == ("ok", [])
    assert told(ask(here, "melt", "plant", tense, beside=[silicon])) == ("ok", [])
    assert told(ask(here, "melt", "plant", copper, beside=[silicon, tense])) == (
        "refused",
        ["rule.one_base_metal"],
    )
    assert told(ask(here, "melt", "plant", copper)) == ("ok", [])
    assert told(ask(here, "melt", "plant", mixed)) == ("refused", ["rule.mixed_not_processed"])
    # A grade that the alloy does not take is for a supervisor to approve.
    rod = ["cu-rod-direct", "no such"]
    assert told(ask(here, "direct_use", "plant", dream, making=rod)) == (
        "warning",
        ["rule.grade_not_allowed"],
    )
    assert told(ask(here, "direct_use", "plant", copper, making=rod)) == ("ok", [])


def test_a_lot_out_of_view_is_an_unknown_one(here: Business, somebody_of_one_site: str) -> None:
    theirs = code_of(here, here.collect("tense", 900, site="chengdu"))
    unused = "000000000001"
    for kind, verdict in (("sort", "refused"), ("receive", "warning")):
        for code in (theirs, unused):
            found = ask(here, kind, "yard", code, somebody_of_one_site)
            assert (found.lot, *told(found)) == (None, verdict, ["scan.unbound_input"])


@pytest.fixture
def somebody_of_one_site(here: Business) -> str:
    sun = Person("sun", "Sun", (Assignment("operator", "yard"),))
    here.store.write(lambda writer: put_person(writer, sun))
    return sun.id


def test_a_refused_record_says_where_the_lot_went_by_which_heat_and_who_recorded_it(here: Business) -> None:
    scrap = here.collect("tense", 1000, site="plant")
    here.melt(scrap, into=900, heat="2026-0117")
    heat = here.last_event()

    def refuse(**used: Any) -> list[tuple[str, tuple[str, ...]]]:
        body = here.draft(
            "sort", "plant", actor="wang", inputs=[{"lot": scrap, **used}],
            outputs=[{"form": "scrap", "material": "tense", "mass_g": 1}],
        )  # fmt: skip
        with pytest.raises(EventRejected) as refused:
            capture_event(here.store, load_draft(body), Deliverer("session:wang", "wang"), NOW_MS)
        gone = [one for one in refused.value.violations if one.code.startswith("lot.")]
        assert [dict(one.figures)["heat_number"] for one in gone] == ["2026-0117"]
        assert [dict(one.figures)["person"] for one in gone] == ["chen"]
        return [(one.code, one.events) for one in refused.value.violations if one.path.startswith("inputs.0")]

    assert refuse() == [("rule.nothing_remains", ()), ("lot.went_into_heat", (heat,))]
    assert refuse(mass_g=5) == [("rule.overdrawn", ()), ("lot.went_into_heat", (heat,))]


def test_every_kind_that_names_lots_can_be_asked(here: Business) -> None:
    code = code_of(here, here.collect("tense", 1000))
    for kind in LISTING:
        assert ask(here, kind, "yard", code, "chen").lot is not None, kind
