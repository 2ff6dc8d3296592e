"""A draft of any kind comes through the wire as it was meant."""

import json
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.bodies import any_body, bodies
from traceability.domain.errors import BadDraft, BadInput
from traceability.domain.event import (
    DATE,
    EXACT,
    Acquisition,
    Adjustment,
    Approval,
    Assay,
    ContentShare,
    Correction,
    CorrectionTarget,
    Declaration,
    Disposal,
    DocumentReference,
    Draft,
    ElementContent,
    Heat,
    Inspection,
    LotUse,
    MovedLot,
    NewLot,
    Opening,
    Receiving,
    Relabelling,
    Reversal,
    Seal,
    Shipment,
    Weighing,
)
from traceability.domain.kinds import KINDS
from traceability.wire import (
    canonical,
    content_digest,
    decode_draft,
    digest,
    draft_text,
    dump_draft,
    load_batch,
    load_draft,
    upcast,
)
from traceability.wire.schemas import SCHEMAS


def uid(number: int) -> str:
    return str(uuid5(UUID(int=0), str(number)))


E, L1, L2, L3 = uid(0), uid(1), uid(2), uid(3)
HASH = "0f" * 32
COMMON = {
    "schema": 1, "id": E, "site": "miluo", "event_time": "2025-02-10T08:30:00+08:00", "actor": "li",
}  # fmt: skip
FIRST_MS = 1_739_147_400_000

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "opening": (
        {
            "reason": "stock on 2 January",
            "outputs": [
                {
                    "form": "heel", "material": "heel-al", "mass_g": 2_000_000, "metal": "Al",
                    "content": [
                        {"source_class": "post", "metal_g": 1_600_000},
                        {"source_class": "primary", "origin": "OPEN", "metal_g": 400_000},
                    ],
                }
            ],
        },
        {
            "detail": Opening("stock on 2 January"),
            "outputs": (
                NewLot("heel", "heel-al", 2_000_000, metal="Al",
                       content=(ContentShare("post", "", 1_600_000), ContentShare("primary", "OPEN", 400_000))),
            ),
        },
    ),
    "collect": (
        {
            "ticket": "T-1", "supplier": "p-7", "vehicle": "湘F12345", "driver": "p-8",
            "weighing": {"gross_g": 33_000_000, "tare_g": 12_500_000, "moisture_g": 300_000, "impurity_percent": "1.25"},
            "source_class": "post", "origin": "430000", "channel": "online", "radiation": "passed", "photos": [HASH],
            "manifest": "M-1",
            "outputs": [{"form": "scrap", "material": "tense", "code": "0123456789AB", "metal_fraction": "0.9", "fraction_source": "agreement", "waste_code": "900-052-31"}],
        },
        {
            "detail": Acquisition(
                ticket="T-1", supplier="p-7", vehicle="湘F12345", driver="p-8",
                weighing=Weighing(33_000_000, 12_500_000, 300_000, None, None, 12_500),
                source_class="post", origin="430000", channel="online", radiation="passed", photos=(HASH,), manifest="M-1",
            ),
            "outputs": (
                NewLot("scrap", "tense", None, code="0123456789AB", fraction_ppm=900_000, fraction_source="agreement", waste_code="900-052-31"),
            ),
        },
    ),
    "import": (
        {
            "ticket": "T-2", "country": "CL", "declaration_no": "D-1", "hs_code": "7404.00", "standard": "GB/T 38471",
            "source_class": "unspecified", "origin": "IMP-CL",
            "outputs": [{"form": "scrap", "material": "birch", "mass_g": 25_000_000, "metal_g": 24_000_000, "lot": L1}],
        },
        {
            "detail": Acquisition(ticket="T-2", country="CL", declaration_no="D-1", hs_code="7404.00", standard="GB/T 38471", source_class="unspecified", origin="IMP-CL"),
            "outputs": (NewLot("scrap", "birch", 25_000_000, L1, metal_g=24_000_000),),
        },
    ),
    "produce_primary": (
        {"outputs": [{"form": "molten_primary", "material": "liquid-al", "mass_g": 1}]},
        {"outputs": (NewLot("molten_primary", "liquid-al", 1),)},
    ),
    "supply": (
        {"ticket": "S-1", "supplier": "p-9", "origin": "520000", "certificate": "C-1", "outputs": [{"form": "additive", "material": "si"}]},
        {"detail": Acquisition(ticket="S-1", supplier="p-9", origin="520000", certificate="C-1"), "outputs": (NewLot("additive", "si"),)},
    ),
    "melt": (
        {
            "heat_number": "H01", "furnace": "F1", "model": "mass_balance", "started": "2025-02-09T22:00:00Z",
            "inputs": [{"lot": L1, "mass_g": 20_000_000}, {"lot": L2.upper()}],
            "outputs": [{"form": "product", "material": "ADC12", "mass_g": 18_000_000}], "loss_g": 0, "uptake_g": 5,
        },
        {
            "detail": Heat("H01", "F1", "mass_balance", FIRST_MS - 9_000_000),
            "inputs": (LotUse(L1, 20_000_000), LotUse(L2)), "outputs": (NewLot("product", "ADC12", 18_000_000),),
            "loss_g": 0, "uptake_g": 5,
        },
    ),
    "direct_use": (
        {"heat_number": "D1", "inputs": [{"lot": L1}], "outputs": []},
        {"detail": Heat("D1"), "inputs": (LotUse(L1),)},
    ),
    "recover": ({"inputs": [{"lot": L1}], "uptake_g": 7}, {"inputs": (LotUse(L1),), "uptake_g": 7}),
    **{
        kind: ({"inputs": [{"lot": L1}], "loss_g": 3}, {"inputs": (LotUse(L1),), "loss_g": 3})
        for kind in ("sort", "shred", "bale", "split", "blend", "cast_ingot", "fabricate")
    },
    "ship": (
        {
            "to": "chengdu", "mode": "rail", "vehicle_class": "diesel", "vehicle": "川A1", "driver": "p-1", "distance_km": 1200,
            "lots": [{"lot": L1, "mass_g": 5, "part_lot": L2, "part_code": "0123456789AB"}, {"lot": L3}],
        },
        {"detail": Shipment("chengdu", "", "rail", "diesel", "川A1", "p-1", 1200), "lots": (MovedLot(L1, 5, L2, "0123456789AB"), MovedLot(L3))},
    ),
    "receive": ({"lots": [{"lot": L1, "mass_g": 4}], "reason": "rain"}, {"detail": Receiving("rain"), "lots": (MovedLot(L1, 4),)}),
    "return": ({"shipment": E.upper(), "lots": [{"lot": L1}]}, {"detail": Reversal(E), "lots": (MovedLot(L1),)}),
    "assay": (
        {"lots": [{"lot": L1}], "metal_fraction": "0.95", "composition": {"Si": "10.5", "Cu": "0.0001"}, "sample": "S", "method": "OES"},
        {"detail": Assay(950_000, (ElementContent("Cu", 1), ElementContent("Si", 105_000)), "S", "OES"), "lots": (MovedLot(L1),)},
    ),
    "relabel": ({"lots": [{"lot": L1}], "code": "0123456789AB", "reason": "torn"}, {"detail": Relabelling("0123456789AB", "torn"), "lots": (MovedLot(L1),)}),
    "inspect": ({"lots": [{"lot": L1}], "subject": "radiation", "passed": False, "reading": "0.4"}, {"detail": Inspection("radiation", False, "0.4"), "lots": (MovedLot(L1),)}),
    "adjust": ({"lots": [{"lot": L1}], "delta_g": -200, "reason": "count"}, {"detail": Adjustment(-200, "count"), "lots": (MovedLot(L1),)}),
    "dispose": (
        {"lots": [{"lot": L1}], "outcome": "utilised", "waste_code": "321-026-48", "manifest": "M", "receiver": "p-2", "licence": "L"},
        {"detail": Disposal("utilised", "321-026-48", "M", "p-2", "L"), "lots": (MovedLot(L1),)},
    ),
    "declare": (
        {
            "type": "statistic", "period": "2025-02", "output_g": 79 * 10**12, "kwh": 0, "region": "CN", "metals": ["Cu", "Al"],
            "valid_until": "2025-12-31", "source": "NBS", "line": "l", "metal": "Al", "level": "benchmark", "certificate": "c", "fuel": "gas",
        },
        {"detail": Declaration("statistic", "2025-02", {"output_g": 79 * 10**12, "kwh": 0}, "l", "Al", "benchmark", "c", "gas", "CN", ("Cu", "Al"), "2025-12-31", "NBS")},
    ),
    "seal": ({"month": "2025-01"}, {"detail": Seal("2025-01")}),
    "correct": (
        {
            "reason": "wrong lot", "cascade": True,
            "targets": [{"event": L1}, {"event": L2, "draft": {**COMMON, "id": L2, "kind": "sort", "inputs": [{"lot": L3}]}}],
        },
        {"detail": Correction((CorrectionTarget(L1), CorrectionTarget(L2, Draft(L2, "sort", "miluo", FIRST_MS, 480, "li", inputs=(LotUse(L3),)))), "wrong lot", True)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_the_draft_that_it_says(kind: str) -> None:
    body, expected = CASES[kind]
    body = {**COMMON, "kind": kind, **body}
    draft = Draft(E, kind, "miluo", FIRST_MS, 480, "li", **expected)
    assert load_draft(body) == draft
    assert decode_draft(json.loads(draft_text(draft))) == draft


def test_what_every_event_may_hold() -> None:
    draft = load_draft(
        {
            **COMMON, "kind": "sort", "event_time": "2025-02-10", "note": "two\nlines",
            "documents": [{"type": "invoice", "number": "7", "sha256": HASH}, {"type": "photo", "number": "8"}],
            "approval": {"approver": "wang", "reason": "weighed twice"},
        }
    )  # fmt: skip
    assert draft.documents == (DocumentReference("invoice", "7", HASH), DocumentReference("photo", "8"))
    assert draft.approval == Approval("wang", "weighed twice")
    assert (draft.precision, draft.time_ms, draft.offset_min) == (DATE, FIRST_MS - 30_600_000, 480)
    assert dump_draft(draft)["event_time"] == "2025-02-10"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50)
@given(data=st.data())
def test_stored_and_sent_drafts_read_alike(kind: str, data: st.DataObject) -> None:
    sent = data.draw(bodies(kind))
    draft = load_draft(sent)
    text = draft_text(draft)
    stored = json.loads(text)
    assert decode_draft(stored) == draft == load_draft(stored)
    assert draft_text(decode_draft(stored)) == text == canonical(stored)
    # What was sent may be stored just as well: only nulls go.
    assert decode_draft(json.loads(canonical(sent))) == draft


@given(any_body(), st.randoms())
def test_order_and_nulls_do_not_matter_to_the_text(body: dict[str, Any], random: Any) -> None:
    keys = list(body)
    random.shuffle(keys)
    absent = set(SCHEMAS[body["kind"]].load_fields) - set(body)
    shuffled = dict.fromkeys(absent) | {key: body[key] for key in keys}
    assert canonical(shuffled) == canonical(body)
    assert draft_text(load_draft(shuffled)) == draft_text(load_draft(body))


@pytest.mark.parametrize(
    ("written", "time_ms", "offset_min"),
    [
        ("2025-03-31T23:50+08:00", 1_743_436_200_000, 480),
        ("2025-03-31T15:50:00.000Z", 1_743_436_200_000, 0),
        ("2025-03-31T15:50:00.5Z", 1_743_436_200_500, 0),
        ("2025-03-31T12:20:00.123-03:30", 1_743_436_200_123, -210),
    ],
)
def test_times_keep_instant_and_offset(written: str, time_ms: int, offset_min: int) -> None:
    draft = load_draft({**COMMON, "kind": "sort", "event_time": written})
    assert (draft.time_ms, draft.offset_min, draft.precision) == (time_ms, offset_min, EXACT)


def test_a_replacement_has_the_id_of_what_it_replaces() -> None:
    replacement = {**COMMON, "kind": "sort"}
    correction = {
        **COMMON,
        "kind": "correct",
        "reason": "r",
        "targets": [{"event": L1, "draft": replacement}],
    }
    with pytest.raises(BadDraft) as caught:
        load_draft(correction)
    assert [(fault.path, fault.code) for fault in caught.value.fields] == [
        ("targets.0.draft.id", "field.not_the_target")
    ]
    del replacement["id"]
    detail = load_draft(correction).detail
    assert isinstance(detail, Correction)
    assert detail.targets[0].draft is not None
    assert detail.targets[0].draft.id == L1


# --- canonical text and digests -----------------------------------------------------------------------------------


def test_digests_are_these_for_ever() -> None:
    """A change here turns the replay of every recorded event into a conflict."""
    body, _ = CASES["melt"]
    draft = load_draft({**COMMON, "kind": "melt", **body})
    text = draft_text(draft)
    assert text == (
        '{"actor":"li","event_time":"2025-02-10T08:30:00+08:00","furnace":"F1","heat_number":"H01",'
        f'"id":"{E}","inputs":[{{"lot":"{L1}","mass_g":20000000}},{{"lot":"{L2}"}}],"kind":"melt","loss_g":0,'
        '"model":"mass_balance","outputs":[{"form":"product","mass_g":18000000,"material":"ADC12"}],"schema":1,'
        '"site":"miluo","started":"2025-02-10T06:00:00+08:00","uptake_g":5}'
    )
    assert digest(text, 1) == "11df0e55f191c7fba09c9bec5035782c0e3051c6e8a6cb620d25345ef7927076"
    assert digest(text, 2) != digest(text, 1)
    assert (
        content_digest(dump_draft(draft))
        == "713ea470d73aa03a43376730efa9f76fa4f622cd9844de6f29e3453e94ebe068"
    )


def test_letters_are_kept_as_they_were_sent() -> None:
    composed, decomposed = "é", "e\u0301"
    assert canonical({"note": composed}) != canonical({"note": decomposed})
    assert canonical({"b": 1, "a": {"d": None, "c": "汨罗"}, "n": None}) == '{"a":{"c":"汨罗"},"b":1}'
    assert canonical({"note": "null"}) == '{"note":"null"}'


def test_the_same_ticket_from_another_desk_has_the_same_content() -> None:
    body, _ = CASES["import"]
    one = {**COMMON, "kind": "import", **body}
    other = {
        **one, "id": uid(9), "actor": "wang",
        "outputs": [{**body["outputs"][0], "lot": uid(8), "code": "0123456789AB"}],
    }  # fmt: skip
    assert content_digest(one) == content_digest(other)
    for change in (
        {"ticket": "T-3"},
        {"note": "n"},
        {"site": "s"},
        {"outputs": [{"form": "scrap", "material": "x"}]},
    ):
        assert content_digest({**one, **change}) != content_digest(one)
    ship = {**COMMON, "kind": "ship", **CASES["ship"][0]}
    parts = [{"lot": L1, "mass_g": 5, "part_lot": uid(8)}, {"lot": L3}]
    assert content_digest({**ship, "lots": parts}) == content_digest(ship)
    assert content_digest({**ship, "lots": parts[:1]}) != content_digest(ship)


# --- batches ------------------------------------------------------------------------------------------------------


def test_a_message_is_one_event_or_a_list_of_them() -> None:
    good = {**COMMON, "kind": "sort"}
    assert load_batch(good) == [load_draft(good)]
    first, second = load_batch({"events": [good, {**good, "loss_g": "3"}], "sent_at": "2025-02-10T08:31:00Z"})
    assert first == load_draft(good)
    assert isinstance(second, BadDraft)
    assert [(fault.path, fault.code) for fault in second.fields] == [("loss_g", "field.not_integer")]


@pytest.mark.parametrize(
    ("message", "path", "code"),
    [
        ([], "", "field.not_object"),
        ({"events": []}, "events", "field.required"),
        ({"events": {}}, "events", "field.not_list"),
        ({"events": [{}] * 201}, "events", "field.too_many"),
        ({"events": [{}], "sent_at": "now"}, "sent_at", "field.bad_time"),
        ({"events": [{}], "event": {}}, "event", "field.unknown"),
    ],
)
def test_a_malformed_message_names_what_is_wrong(message: object, path: str, code: str) -> None:
    with pytest.raises(BadDraft) as caught:
        load_batch(message)
    assert [(fault.path, fault.code) for fault in caught.value.fields] == [(path, code)]


# --- older schemas ------------------------------------------------------------------------------------------------


def _kg_to_g(body: dict[str, Any]) -> dict[str, Any]:
    """A schema 1 that never was: masses in kg, the person called ``by``."""
    body = {("actor" if key == "by" else key): value for key, value in body.items()}
    if "loss_kg" in body:
        body["loss_g"] = body.pop("loss_kg") * 1000
    return body


def _shout(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "note": body.get("note", "") + "!"}


OLD = {1: _kg_to_g, 2: _shout}


def test_an_older_draft_is_read_step_by_step_in_the_newest_schema() -> None:
    old = {"id": E, "kind": "sort", "by": "li", "loss_kg": 3}
    assert upcast(old, OLD, 3) == {
        "schema": 3,
        "id": E,
        "kind": "sort",
        "actor": "li",
        "loss_g": 3000,
        "note": "!",
    }
    assert upcast({**old, "schema": 1}, OLD, 3) == upcast(old, OLD, 3)
    assert upcast({"schema": 2, "note": "a"}, OLD, 3) == {"schema": 3, "note": "a!"}
    assert old == {"id": E, "kind": "sort", "by": "li", "loss_kg": 3}


def test_a_replacement_is_upcast_with_its_correction() -> None:
    correction = {
        "schema": 1,
        "kind": "correct",
        "targets": [{"event": L1, "draft": {"by": "li"}}, {"event": L2}, 5],
    }
    assert upcast(correction, OLD, 2)["targets"] == [
        {"event": L1, "draft": {"actor": "li", "schema": 2}}, {"event": L2}, 5,
    ]  # fmt: skip
    mixed = {"schema": 2, "kind": "correct", "targets": [{"event": L1, "draft": {"by": "li", "schema": 1}}]}
    assert upcast(mixed, OLD, 2)["targets"][0]["draft"] == {"actor": "li", "schema": 2}


@pytest.mark.parametrize("number", [0, 2, -1, True, 1.0, "1", [], 10**30])
def test_a_schema_that_is_not_known_is_refused(number: object) -> None:
    body = {**COMMON, "kind": "sort", "schema": number}
    with pytest.raises(BadDraft) as caught:
        load_draft(body)
    assert [(fault.path, fault.code) for fault in caught.value.fields] == [("schema", "field.unknown_schema")]


def test_a_stored_event_of_a_newer_system_is_not_guessed_at() -> None:
    with pytest.raises(BadInput) as caught:
        decode_draft({**COMMON, "kind": "sort", "schema": 2})
    assert caught.value.code == "draft.unknown_schema"
