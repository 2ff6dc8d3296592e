"""Waste is disposed of under a licence that its receiver holds and a manifest of its own, on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

Body = dict[str, Any]

DROSS = "321-026-48"
LICENCE = {"number": "黔危-1", "waste_codes": [DROSS], "from": "2025-01-01", "until": "2025-12-31"}


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    body = {"kind": "receiver", "name": "cement", "licences": [LICENCE]}
    store.write(lambda writer: writer.put_document("party", "cement", body, 0, group="receiver"))
    return Business(store)


def dross(here: Business, site: str = "plant") -> str:
    lot = here.collect("tense", kg=1000, site=site, at="2025-02-01T08:00:00")
    return here.melt(lot, into=850, dross_kg=50, site=site, at="2025-02-02T08:00:00")[1]


def disposing(
    here: Business, lot: str, at: str = "2025-03-01T08:00:00", site: str = "plant", **fields: Any
) -> Body:
    papers = {"manifest": "M-1", "receiver": "cement", "licence": "黔危-1", "outcome": "utilised"}
    return here.draft("dispose", site, at, lots=[{"lot": lot}], **{**papers, **fields})


def refusals(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(item.code, item.path) for item in caught.value.violations]


def test_the_receiver_holds_the_licence(here: Business) -> None:
    lot = dross(here)
    assert refusals(here, disposing(here, lot, licence="黔危-2")) == [("rule.licence_not_held", "licence")]
    expired = disposing(here, lot, at="2026-01-01T00:00:00")
    here.now_ms += 10 * 24 * 3600 * 1000
    assert refusals(here, expired) == [("rule.licence_not_held", "licence")]
    assert here.send(disposing(here, lot, licence="黔危－１")).warnings == ()
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_a_licence_for_other_waste_does_not_do(here: Business) -> None:
    other = {**LICENCE, "waste_codes": ["900-052-31"]}
    body = {"kind": "receiver", "name": "lead works", "licences": [other]}
    here.store.write(lambda writer: writer.put_document("party", "lead", body, 0, group="receiver"))
    assert refusals(here, disposing(here, dross(here), receiver="lead")) == [
        ("rule.licence_not_held", "licence")
    ]


def test_a_site_of_the_book_receives_by_its_licences(here: Business) -> None:
    lot = dross(here)
    assert refusals(here, disposing(here, lot, receiver="chengdu")) == [("rule.licence_not_held", "licence")]
    assert here.send(disposing(here, lot, receiver="chengdu", licence="hw-1")).status == "created"


def test_of_an_unknown_receiver_somebody_looks_at_the_licence(here: Business) -> None:
    receipt = here.send(disposing(here, dross(here), receiver="somebody"))
    assert [warning.code for warning in receipt.warnings] == ["warning.licence_unknown"]
    assert_equal_to_a_rebuild(here.store)


def test_waste_needs_its_papers_and_other_residue_none(here: Business) -> None:
    lot = dross(here)
    body = disposing(here, lot)
    del body["manifest"], body["licence"]
    assert set(refusals(here, body)) == {
        ("rule.field_missing", "manifest"),
        ("rule.field_missing", "licence"),
    }
    assert set(refusals(here, {**body, "waste_code": DROSS})) == {
        ("rule.field_missing", "manifest"),
        ("rule.field_missing", "licence"),
    }
    scrap = here.collect("tense", kg=100, site="plant", at="2025-02-01T08:00:00")
    outputs = [
        {"form": "scrap", "material": "tense", "mass_g": grams(90)},
        {"form": "residue", "material": "sorting-waste", "mass_g": grams(10)},
    ]
    made = here.transform("sort", [scrap], outputs, site="plant", at="2025-02-02T09:00:00")
    if here.lot(made[1]).waste_code:
        pytest.skip("the shipped residue of sorting has a waste code")
    plain = disposing(here, made[1])
    del plain["manifest"], plain["licence"]
    assert here.send(plain).status == "created"


def test_a_manifest_is_one_transfer_of_any_number_of_wastes(here: Business) -> None:
    lots = [dross(here) for _ in range(6)]
    first = here.send(disposing(here, lots[0], vehicle="v1")).event
    assert (
        here.send(disposing(here, lots[1], "2025-03-01T23:00:00", manifest="ｍ－1", vehicle="v1")).status
        == "created"
    )
    for other in (
        {"vehicle": "v2"},
        {"vehicle": None},
        {"at": "2025-03-02T08:00:00", "vehicle": "v1"},
        {"receiver": "chengdu", "licence": "HW-1", "vehicle": "v1"},
    ):
        assert refusals(here, disposing(here, lots[2], **other)) == [("rule.manifest_used", "manifest")]
    far = dross(here, "chengdu")
    elsewhere = disposing(here, far, site="chengdu", vehicle="v1")
    assert refusals(here, elsewhere) == [("rule.manifest_used", "manifest")]
    # While one of the two is in force, the manifest is that of their transfer.
    here.void(first, "plant")
    assert refusals(here, disposing(here, lots[2])) == [("rule.manifest_used", "manifest")]
    drafts = [
        load_draft(disposing(here, lot, manifest="M-2", vehicle=car))
        for lot, car in zip(lots[3:], "aab", strict=True)
    ]
    receipts = capture_batch(here.store, drafts, Deliverer("test"), here.now_ms)
    assert [receipt.status for receipt in receipts] == ["created", "created", "rejected"]
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_a_correction_takes_the_manifest_along(here: Business) -> None:
    lots = [dross(here) for _ in range(2)]
    body = disposing(here, lots[0])
    event = here.send(body).event
    here.replace(event, {**body, "manifest": "M-9"}, "plant")
    assert here.send(disposing(here, lots[1], vehicle="v2")).status == "created"
    with pytest.raises(EventRejected) as caught:
        here.replace(event, body, "plant")
    assert [item.path for item in caught.value.violations] == ["targets.0.draft.manifest"]
    assert_equal_to_a_rebuild(here.store)
