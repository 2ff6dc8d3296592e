"""What a seal asks for, and what may be recorded about a sealed month: on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected, EventUnconfirmed, Violation
from traceability.services.recording.capture import capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_batch, load_draft

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def declaring(
    here: Business, type_: str, period: str = "2025-01", actor: str = "chen", **fields: Any
) -> Body:
    return here.draft("declare", "yard", actor=actor, type=type_, period=period, **fields)


def power(here: Business, period: str = "2025-01", **fields: Any) -> Body:
    return declaring(here, "power", period, **{"kwh": 100, **fields})


def sealing(here: Business, month: str = "2025-01", **fields: Any) -> Body:
    return here.draft("seal", "yard", at="2025-03-01T08:00:00", month=month, **fields)


def warnings(here: Business, body: Body) -> list[tuple[str, Any]]:
    receipt = here.send(body)
    assert here.event(receipt.event).warnings == receipt.warnings
    return [(warning.code, warning.figures.get("missing")) for warning in receipt.warnings]


def refused(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(violation.code, violation.path) for violation in caught.value.violations]


# --- a seal without power and fuel ------------------------------------------------------------------------------------


def test_a_seal_without_power_and_fuel_is_asked_about_before_it_is_recorded(here: Business) -> None:
    body = sealing(here)
    with pytest.raises(EventUnconfirmed) as caught:
        capture_event(here.store, load_draft(body), Deliverer("page", "chen", asks=True), here.now_ms)
    stated = {"site": "yard", "month": "2025-01", "missing": "power, fuel"}
    assert caught.value.violations == [Violation("warning.seal_without_records", "month", figures=stated)]
    body["confirmed"] = ["warning.seal_without_records"]
    receipt = capture_event(here.store, load_draft(body), Deliverer("page", "chen", asks=True), here.now_ms)
    assert [warning.code for warning in receipt.warnings] == ["warning.seal_without_records"]


def test_from_a_file_it_is_recorded_with_its_warning(here: Business) -> None:
    assert warnings(here, sealing(here)) == [("warning.seal_without_records", "power, fuel")]
    here.send(power(here, "2025-02"))
    assert warnings(here, sealing(here, "2025-02")) == [("warning.seal_without_records", "fuel")]
    assert_equal_to_a_rebuild(here.store)


def test_a_seal_with_both_records_asks_nothing(here: Business) -> None:
    here.send(power(here))
    here.send(declaring(here, "fuel", fuel="gas", fuel_g=5))
    assert warnings(here, sealing(here)) == []


def test_a_site_without_fuel_declares_that_once_and_it_holds_from_its_month_on(here: Business) -> None:
    drafts = [power(here, month) for month in ("2024-12", "2025-01", "2025-02")]
    drafts += [declaring(here, "no_fuel"), sealing(here, "2024-12"), sealing(here), sealing(here, "2025-02")]
    receipts = capture_batch(here.store, load_batch({"events": drafts}), Deliverer("test"), here.now_ms)
    found = [[warning.code for warning in receipt.warnings] for receipt in receipts[-3:]]
    assert found == [["warning.seal_without_records"], [], []]
    assert refused(here, declaring(here, "no_fuel", "2025-01"))[0] == ("rule.already_declared", "period")


def test_what_was_voided_counts_no_more(here: Business) -> None:
    here.send(power(here))
    here.send(declaring(here, "no_fuel"))
    here.void(here.last_event())
    assert warnings(here, sealing(here)) == [("warning.seal_without_records", "fuel")]


# --- supplementary records --------------------------------------------------------------------------------------------


def test_what_a_sealed_month_never_had_a_supervisor_supplements(here: Business) -> None:
    here.send(sealing(here))
    assert refused(here, power(here, actor="wang")) == [("rule.supplement_needs_supervisor", "actor")]
    assert warnings(here, power(here)) == [("warning.supplementary", None)]
    supplement = here.last_event()
    assert here.event(supplement).frozen.supplementary
    for body in (
        declaring(here, "fuel", fuel="gas", fuel_g=5),
        declaring(here, "line", line="1", metal="Al", capacity_g=5, level="between"),
        declaring(here, "certificate", certificate="C-1"),
        declaring(here, "no_power"),
        power(here, line="second meter"),
    ):
        assert warnings(here, body) == [("warning.supplementary", None)], body
    # Once it is there, only a correction changes it.
    assert refused(here, power(here, kwh=7)) == [
        ("rule.already_declared", "period"), ("rule.month_sealed", "period"),
    ]  # fmt: skip
    here.replace(supplement, power(here, kwh=120))
    here.void(supplement)
    assert refused(here, power(here)) == [("rule.month_sealed", "period")]
    assert not check_book(here.store).findings
    assert_equal_to_a_rebuild(here.store)


def test_what_a_sealed_month_declared_is_changed_by_a_correction_only(here: Business) -> None:
    here.send(power(here))
    declared = here.last_event()
    here.send(sealing(here))
    here.void(declared)
    assert refused(here, power(here)) == [("rule.month_sealed", "period")]
    assert warnings(here, power(here, "2025-02")) == []
    here.replace(declared, power(here, kwh=120))
    assert here.event(declared).live
    assert not here.event(declared).frozen.supplementary
