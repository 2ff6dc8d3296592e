"""Waste is disposed of under a licence that its receiver holds and a manifest of its own, on both engines."""

from typing import Any

import pytest

from graph.store import Store, Writer
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.services.directory.parties import met_body, met_key
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

Body = dict[str, Any]

DROSS = "321-026-48"
NOT_HELD = ("rule.licence_not_held", "licence")
CODE, OTHER_CODE = "91350100M000100Y43", "91110108551385082Q"
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


def register(here: Business, id_: str, name: str, *licences: Body, code: str = "") -> None:
    """Let a receiver come by the administrator's files."""
    body: Body = {"kind": "receiver", "name": name, "licences": list(licences), "code": code}
    met = ((name, "*:receiver"), (code, "*:receiver:code"))

    def put(writer: Writer) -> None:
        writer.put_document("party", id_, body, group="receiver")
        for text, group in met:
            if text:
                key = met_key("*", "receiver", text)
                writer.put_document("party_met", key, met_body([(id_, name, code)]), group=group)

    here.store.write(put)


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


def test_whom_master_data_know_without_licences_holds_none(here: Business) -> None:
    lot = dross(here)
    here.change_reference("site", "guiyang", licences=[])
    register(here, "no-licence", "某某物流")
    for receiver in ("guiyang", "no-licence"):
        assert refusals(here, disposing(here, lot, receiver=receiver)) == [NOT_HELD]
    assert refusals(here, disposing(here, lot, receiver=None, receiver_name="某某物流")) == [NOT_HELD]


def test_who_has_the_name_or_code_of_a_registered_receiver_is_held_to_its_licences(here: Business) -> None:
    """A yard that named its receiver before the administrator did is no way round its licences."""
    lots = [dross(here) for _ in range(5)]
    first = here.send(disposing(here, lots[0], manifest="M-0", receiver=None, receiver_name="Yueyang Dross"))
    assert [warning.code for warning in first.warnings] == ["warning.licence_unknown"]
    register(here, "yueyang", "ＹＵＥＹＡＮＧ dross", {**LICENCE, "number": "湘危-7"}, code=CODE)
    for typed in ("Yueyang Dross", f"岳阳 {CODE}", "chengdu"):  # a site's name means the site
        named: Body = {"receiver": None, "receiver_name": typed}
        assert refusals(here, disposing(here, lots[1], **named)) == [NOT_HELD]
    for lot, typed, licence in zip(
        lots[1:], ("Yueyang Dross", CODE, "Chengdu"), ("湘危-7", "湘危-7", "hw-1"), strict=False
    ):
        body = disposing(here, lot, manifest=typed, licence=licence, receiver=None, receiver_name=typed)
        assert here.send(body).warnings == ()
    # Whoever has the name and another code is somebody else.
    other = disposing(
        here, lots[4], licence="鄂危-1", receiver=None, receiver_name=f"Yueyang Dross {OTHER_CODE}"
    )
    assert [warning.code for warning in here.send(other).warnings] == ["warning.licence_unknown"]
    assert_equal_to_a_rebuild(here.store)


def test_of_an_unknown_receiver_somebody_looks_at_the_licence(here: Business) -> None:
    lot = dross(here)
    register(here, "yueyang", "岳阳", {**LICENCE, "number": "湘危-7"})
    for of_another in ("湘危－７", "HW-1"):  # of the registered receiver, of a site
        assert refusals(here, disposing(here, lot, receiver="somebody", licence=of_another)) == [NOT_HELD]
    receipt = here.send(disposing(here, lot, receiver="somebody", licence="鄂危-9"))
    assert [warning.code for warning in receipt.warnings] == ["warning.licence_unknown"]
    assert_equal_to_a_rebuild(here.store)


def test_corrections_are_held_to_the_licence(here: Business) -> None:
    lot = dross(here)
    body = disposing(here, lot)
    event = here.send(body).event
    for changed in (
        {"licence": "黔危-2"},
        {"receiver": "chengdu"},
        {"event_time": "2024-12-31T08:00:00+08:00"},
    ):
        with pytest.raises(EventRejected) as caught:
            here.replace(event, {**body, **changed}, "plant")
        assert "rule.licence_not_held" in [item.code for item in caught.value.violations]
    here.replace(event, {**body, "receiver": "chengdu", "licence": "HW-1"}, "plant")
    assert_equal_to_a_rebuild(here.store)


def test_a_disposal_stands_in_the_way_of_other_waste_than_its_papers_cover(here: Business) -> None:
    """A corrected melt whose dross is another waste: the disposal's licence is asked for it, also downstream."""
    scrap = here.collect("tense", kg=1000, site="plant", at="2025-02-01T08:00:00")
    heat: Body = {
        "inputs": [{"lot": scrap}],
        "heat_number": "H-1",
        "outputs": [
            {"form": "product", "material": "adc12", "mass_g": grams(850)},
            {"form": "residue", "material": "al-dross", "mass_g": grams(50)},
        ],
    }
    melting = here.draft("melt", "plant", "2025-02-02T08:00:00", **heat)
    made = here.send(melting)
    residue = made.lots[1].id
    disposal = disposing(here, residue)
    gone = here.send(disposal).event
    as_dust = {
        **melting,
        "outputs": [melting["outputs"][0], {**melting["outputs"][1], "waste_code": "321-034-48"}],
    }
    with pytest.raises(EventRejected) as caught:
        here.replace(made.event, as_dust, "plant")
    [refused] = [item for item in caught.value.violations if item.code == "rule.licence_not_held"]
    assert refused.events == (gone,)
    with pytest.raises(EventRejected):
        here.replace_all({made.event: as_dust, gone: disposal}, "plant")
    covered = {**LICENCE, "number": "黔危-3", "waste_codes": ["321-034-48"]}
    register(here, "dust", "粉尘", covered)
    here.replace_all(
        {made.event: as_dust, gone: {**disposal, "receiver": "dust", "licence": "黔危-3"}}, "plant"
    )
    assert here.lot(residue).waste_code == "321-034-48"
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


def test_targets_of_one_correction_are_one_transfer_under_one_manifest(here: Business) -> None:
    lots = [dross(here) for _ in range(3)]
    bodies = [
        disposing(here, lot, manifest=f"M-{number}", vehicle=f"v{number}") for number, lot in enumerate(lots)
    ]
    events = [here.send(body).event for body in bodies]
    together = {event: {**body, "manifest": "Ｍ-9"} for event, body in zip(events, bodies, strict=True)}
    with pytest.raises(EventRejected) as caught:
        here.replace_all(together, "plant")
    assert [(item.code, item.path) for item in caught.value.violations] == [
        ("rule.manifest_used", "targets.1.draft.manifest"),
        ("rule.manifest_used", "targets.2.draft.manifest"),
    ]
    # One takes the number that another of them gives up, in either order.
    swapped = {
        events[0]: {**bodies[0], "manifest": "M-1"},
        events[1]: {**bodies[1], "manifest": "M-0"},
    }
    here.replace_all(swapped, "plant")
    one = {
        event: {**body, "manifest": "M-9", "vehicle": "v9"}
        for event, body in zip(events, bodies, strict=True)
    }
    here.replace_all(one, "plant")
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)
