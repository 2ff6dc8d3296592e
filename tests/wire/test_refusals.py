"""Everything malformed is refused by its code, and nothing makes the reader crash."""

import copy
import json
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traceability.wire
from tests.wire.bodies import any_body
from traceability.domain.errors import BadDraft, BadInput, FieldError
from traceability.locale import LANGUAGES, text
from traceability.wire import load_batch, load_draft, read_json

E = "0194e8a0-7c5e-7d3a-9f10-2b6f4c8a1e57"
SORT: dict[str, Any] = {
    "schema": 1, "id": E, "kind": "sort", "site": "miluo", "event_time": "2025-02-10T08:30:00+08:00", "actor": "li",
    "inputs": [{"lot": E, "mass_g": 5}], "outputs": [{"form": "scrap", "material": "tense", "mass_g": 5}],
}  # fmt: skip


def faults_of(body: object) -> list[FieldError]:
    with pytest.raises(BadDraft) as caught:
        load_draft(body)
    return caught.value.fields


def put(path: str, value: object, body: dict[str, Any] = SORT) -> dict[str, Any]:
    """The body with one value replaced."""
    changed: Any = copy.deepcopy(body)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = changed
    for step in way:
        inner = inner[step]
    inner[last] = value
    return changed  # type: ignore[no-any-return]


ASSAY = {**SORT, "kind": "assay", "lots": [{"lot": E}], "composition": {"Si": "1"}}
del ASSAY["inputs"], ASSAY["outputs"]
COLLECT = {**SORT, "kind": "collect", "weighing": {"gross_g": 3, "tare_g": 1}, "photos": []}
del COLLECT["inputs"]
MELT = {**SORT, "kind": "melt", "heat_number": "H1", "model": "mass_balance"}
DECLARE = {**ASSAY, "kind": "declare", "type": "power", "period": "2025"}
del DECLARE["lots"], DECLARE["composition"]
CORRECT = {**DECLARE, "kind": "correct", "reason": "r", "targets": [{"event": E}]}
del CORRECT["type"], CORRECT["period"]
REPLACE = {**CORRECT, "targets": [{"event": E, "draft": SORT}]}

WRONG: list[tuple[dict[str, Any], str, object, str]] = [
    (SORT, "id", "x", "not_uuid"),
    (SORT, "id", E.replace("-", ""), "not_uuid"),
    (SORT, "id", None, "required"),
    (SORT, "id", 7, "not_text"),
    (SORT, "kind", "smelt", "not_one_of"),
    (SORT, "kind", None, "required"),
    (SORT, "kind", ["sort"], "not_text"),
    (SORT, "kind", "x" * 100_000, "not_one_of"),
    (SORT, "site", "", "required"),
    (SORT, "site", " ", "required"),
    (SORT, "site", "miluo ", "outer_space"),
    (SORT, "site", "mi\x00luo", "bad_character"),
    (SORT, "site", "mi\nluo", "bad_character"),
    (SORT, "site", "mi\u202eluo", "bad_character"),
    (SORT, "site", "mi\ud800luo", "bad_character"),
    (SORT, "site", "m" * 201, "too_long"),
    (SORT, "note", "m" * 2001, "too_long"),
    (SORT, "note", "a\x1bb", "bad_character"),
    (SORT, "event_time", "2025-02-10T08:30:00", "bad_time"),
    (SORT, "event_time", "2025-02-10 08:30:00Z", "bad_time"),
    (SORT, "event_time", "2025-02-30T08:30:00Z", "bad_time"),
    (SORT, "event_time", "2025-02-10T24:00:00Z", "bad_time"),
    (SORT, "event_time", "2025-02-10T08:30:00.1234Z", "bad_time"),
    (SORT, "event_time", "2025-02-10T08:30:00+14:01", "bad_time"),
    (SORT, "event_time", "0001-01-01T00:00:00+14:00", "bad_time"),
    (SORT, "event_time", "２０２５-02-10", "bad_time"),
    (SORT, "event_time", "2025-02-29", "bad_day"),
    (SORT, "event_time", 1_739_147_400_000, "not_text"),
    (SORT, "inputs", {}, "not_list"),
    (SORT, "inputs", [{"lot": E}] * 501, "too_many"),
    (SORT, "inputs.0", E, "not_object"),
    (SORT, "inputs.0", None, "not_object"),
    (SORT, "inputs.0.lot", None, "required"),
    (SORT, "inputs.0.mass_kg", 5, "unknown"),
    (SORT, "inputs.0.mass_g", 5.0, "not_integer"),
    (SORT, "inputs.0.mass_g", "5", "not_integer"),
    (SORT, "inputs.0.mass_g", True, "not_integer"),
    (SORT, "inputs.0.mass_g", float("nan"), "not_integer"),
    (SORT, "inputs.0.mass_g", 10**13 + 1, "out_of_range"),
    (SORT, "inputs.0.mass_g", -(10**5000), "out_of_range"),
    (SORT, "loss_g", [], "not_integer"),
    (SORT, "uptake_g", 5, "unknown"),
    (SORT, "heat_number", "H1", "unknown"),
    (SORT, "_schema", 5, "unknown"),
    (SORT, "outputs.0.form", "Scrap", "not_one_of"),
    (SORT, "outputs.0.code", "0123-4567-89AB", "not_code"),
    (SORT, "outputs.0.code", "0123456789AI", "not_code"),
    (SORT, "outputs.0.metal_fraction", 0.95, "not_decimal_text"),
    (SORT, "outputs.0.metal_fraction", ".95", "not_decimal"),
    (SORT, "outputs.0.metal_fraction", "1e-1", "not_decimal"),
    (SORT, "outputs.0.metal_fraction", "-0.1", "not_decimal"),
    (SORT, "outputs.0.metal_fraction", "0.1234567", "too_many_decimals"),
    (SORT, "outputs.0.metal_fraction", "1.000001", "above_whole"),
    (SORT, "outputs.0.content", [{"source_class": "new", "metal_g": 1}], "not_one_of"),
    (SORT, "documents", [{"type": "t", "number": "n", "sha256": "0F" * 32}], "not_sha256"),
    (SORT, "approval", {"approver": "a"}, "required"),
    (ASSAY, "composition.Xx", "1", "not_element"),
    (ASSAY, "composition.Cu", "100.0001", "above_whole"),
    (ASSAY, "composition.Cu", "1.00001", "too_many_decimals"),
    (ASSAY, "composition.Cu", 1, "not_decimal_text"),
    (ASSAY, "composition.Cu", "<", "not_decimal"),
    (ASSAY, "composition.Cu", "< 0.01", "not_decimal"),
    (ASSAY, "composition.Cu", "<0", "below_nothing"),
    (ASSAY, "composition.Cu", "<0.0000", "below_nothing"),
    (ASSAY, "composition.Cu", "<0.00001", "too_many_decimals"),
    (ASSAY, "composition.Cu", "<<1", "not_decimal"),
    (ASSAY, "composition.Cu", "Bal", "not_decimal"),
    ({**ASSAY, "composition": {"Al": "bal", "Si": "1"}}, "composition.Cu", "bal", "balance_twice"),
    (COLLECT, "weighing", 5, "not_object"),
    (COLLECT, "weighing.tare_g", -1, "out_of_range"),
    (COLLECT, "origin", "湖南", "bad_origin"),
    (COLLECT, "origin", "430000\n", "bad_origin"),
    (COLLECT, "source_class", "primary", "not_one_of"),
    (COLLECT, "photos", ["00" * 32] * 2, "repeated"),
    (COLLECT, "photos", [None], "required"),
    (MELT, "model", "credit_transfer", "not_physical"),
    (MELT, "model", "book_and_claim", "not_physical"),
    (MELT, "model", "identity_preserved", "not_one_of"),
    (DECLARE, "period", "2025-13", "bad_period"),
    (DECLARE, "valid_until", "2025-02-29", "bad_day"),
    (DECLARE, "region", "ADD", "bad_region"),
    (DECLARE, "kwh", -1, "out_of_range"),
    (DECLARE, "metals", ["Al", "Al"], "repeated"),
    (DECLARE, "metals", [""], "required"),
    (CORRECT, "targets", [], "required"),
    (CORRECT, "targets", None, "required"),
    (CORRECT, "targets", [5], "not_object"),
    (CORRECT, "targets", [{"event": E}, {"event": E.upper()}], "repeated"),
    (CORRECT, "targets.0.void", True, "unknown"),
    (CORRECT, "cascade", 1, "not_true_or_false"),
    (REPLACE, "targets.0.draft.kind", "correct", "not_one_of"),
    (REPLACE, "targets.0.draft.kind", "seal", "not_one_of"),
    (REPLACE, "targets.0.draft.kind", "?", "not_one_of"),
    (REPLACE, "targets.0.draft.inputs.0.mass_g", "5", "not_integer"),
    (REPLACE, "targets.0.draft", [], "not_object"),
    (REPLACE, "targets.0.draft", {**SORT, "x": 1}, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "path", "value", "code"), WRONG, ids=[f"{w[1]}-{w[3]}-{n}" for n, w in enumerate(WRONG)]
)
def test_the_field_at_fault_is_named(body: dict[str, Any], path: str, value: object, code: str) -> None:
    load_draft(body)
    found = faults_of(put(path, value, body))
    assert len(found) == 1
    assert found[0].path.startswith(path)
    assert found[0].code == f"field.{code}"
    for language in LANGUAGES:
        said = text(found[0].code, found[0].figures, language)
        assert said != found[0].code
        assert "–" not in said, "a figure is missing"
        said.encode()
    json.dumps(dict(found[0].figures)).encode()


def test_models_that_leave_the_metal_behind_are_refused_with_the_reason() -> None:
    (fault,) = faults_of(put("model", "book_and_claim", MELT))
    said = text(fault.code, fault.figures, "en")
    assert (
        '"book and claim" (book_and_claim) is not supported: claims here follow the metal physically' in said
    )
    assert "Choose one of these instead: heat, mass_balance" in said
    assert "预定与声明" in text(fault.code, fault.figures, "zh")


def test_all_faults_at_once_in_the_order_of_the_draft() -> None:
    body = {
        **SORT, "event_time": "noon", "z": 1, "a": 1, "actor": None, "loss_g": "5",
        "inputs": [{"lot": "x"}, {"lot": E, "mass_g": 1.5, "kg": 1}],
        "outputs": [{"metal_g": 1, "metal_fraction": "1"}],
    }  # fmt: skip
    assert [(fault.path, fault.code.removeprefix("field.")) for fault in faults_of(body)] == [
        ("event_time", "bad_time"),
        ("actor", "required"),
        ("inputs.0.lot", "not_uuid"),
        ("inputs.1.mass_g", "not_integer"),
        ("outputs.0.form", "required"),
        ("outputs.0.material", "required"),
        ("outputs.0.metal_fraction", "not_both"),
        ("loss_g", "not_integer"),
        ("a", "unknown"),
        ("inputs.1.kg", "unknown"),
        ("z", "unknown"),
    ]


def test_faults_of_common_fields_are_told_even_without_a_kind() -> None:
    assert [fault.path for fault in faults_of({"kind": "?", "id": "x"})] == [
        "id", "kind", "site", "event_time", "actor",
    ]  # fmt: skip
    assert faults_of(None) == [FieldError("", "field.not_object")]


def test_wrong_names_are_repeated_short_and_printable() -> None:
    (fault,) = faults_of({**SORT, "\ud800\x1b" + "k" * 500: 1})
    assert len(fault.path) < 70
    assert fault.path.isprintable()
    fault.path.encode()


def test_a_million_faults_are_not_listed() -> None:
    assert len(faults_of({**SORT, "inputs": [{}] * 500, "outputs": [{}] * 200})) == 200
    assert faults_of(dict.fromkeys(map(str, range(1000)))) == [
        FieldError("", "field.too_many", {"count": 1000, "limit": 200})
    ]


def test_a_draft_beyond_a_megabyte_is_refused() -> None:
    content = [{"source_class": "post", "origin": "430000", "metal_g": 10**12}] * 150
    outputs = [{"form": "scrap", "material": "tense", "content": content}]
    load_draft({**SORT, "outputs": outputs * 50})
    (fault,) = faults_of({**SORT, "outputs": outputs * 190})
    assert (fault.path, fault.code) == ("", "field.draft_too_large")
    nested = [
        {"event": f"0194e8a0-7c5e-7d3a-9f10-{n:012d}", "draft": {**SORT, "id": None, "outputs": outputs * 10}}
        for n in range(20)
    ]
    assert [fault.code for fault in faults_of({**CORRECT, "targets": nested})] == ["field.draft_too_large"]


# --- reading JSON -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json.empty"),
        (b" \n", "json.empty"),
        (b"{", "json.malformed"),
        (b"{} {}", "json.malformed"),
        (b"{'a': 1}", "json.malformed"),
        (b'"a\nb"', "json.malformed"),
        (b'{"a": "\xff"}', "json.not_utf8"),
        (b"\x00", "json.malformed"),
        ("[]".encode("utf-16"), "json.not_utf8"),
        (b"[" * 100_000, "json.too_deep"),
        (b" " * 10_000_001, "json.too_large"),
    ],
)
def test_what_is_no_json_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_json(raw)
    assert caught.value.code == code
    for language in LANGUAGES:
        assert "–" not in text(code, caught.value.figures, language)


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        ('{"inputs": [{"mass_g": NaN}]}', "inputs.0.mass_g", "field.not_a_number"),
        ('{"a": [1, -Infinity]}', "a.1", "field.not_a_number"),
        ('{"a": 1e999}', "a", "field.not_a_number"),
        ("NaN", "", "field.not_a_number"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "a.b", "field.key_twice"),
        ('{"a": NaN, "a": NaN}', "a", "field.key_twice"),
        ('{"mass_g": ' + "9" * 5_000 + "}", "mass_g", "field.number_too_long"),
        ('{"a": ' * 17 + "1" + "}" * 17, ".".join("a" * 16), "field.too_deep"),
        ('{"b": [], "a": ' + "[" * 16 + "]" * 16 + "}", "a" + ".0" * 15, "field.too_deep"),
    ],
)
def test_what_no_message_may_hold_is_refused_by_name(raw: str, path: str, code: str) -> None:
    with pytest.raises(BadDraft) as caught:
        read_json(raw)
    assert [(fault.path, fault.code) for fault in caught.value.fields] == [(path, code)]


def test_good_json_is_read_as_it_is() -> None:
    body = {"a": [1, -5, 1.5, True, None, "汨罗😀"], "b": {}}
    for raw in (json.dumps(body), json.dumps(body).encode(), json.dumps(body).encode("utf-8-sig")):
        assert read_json(raw) == body
    assert read_json("[" * 16 + "]" * 16) is not None
    assert read_json("9" * 20) == 10**20 - 1
    with pytest.raises(BadInput):
        read_json(b" " * 11, limit=10)


def _read_first(raw: str) -> object:
    return load_batch(read_json(raw))[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ['{"id": 5},', "[[[[[1]]]]],", '"\\ud800",', "123456789,", '{"a":1,"b":2,"c":3,"d":4},']
)
def test_ten_megabytes_of_rubbish_are_refused_in_seconds(unit: str) -> None:
    rubbish = unit * (9_900_000 // len(unit)) + "1"
    for raw in (f'{{"events": [{rubbish}]}}', f'{{"kind": "sort", "inputs": [{rubbish}]}}', f"[{rubbish}]"):
        started = time.process_time()
        assert refusal_of(partial(_read_first, raw)) is not None
        assert time.process_time() - started < 30  # some 4 on a quiet machine, most of it json.loads


# --- whatever comes -----------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec=None), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def refusal_of(read: Callable[[], object]) -> BadInput | None:
    """What stands in the way, if anything does; any other error fails the test."""
    try:
        answer = read()
    except BadInput as error:
        return error
    return answer if isinstance(answer, BadInput) else None


def faults_in(refusal: BadInput | None) -> list[FieldError]:
    """The faults, each fit to be sent and shown."""
    if refusal is None:
        return []
    assert isinstance(refusal, BadDraft)
    assert refusal.fields
    for fault in refusal.fields:
        fault.path.encode()
        json.dumps(dict(fault.figures), ensure_ascii=False).encode()
    return refusal.fields


@given(JSON)
def test_any_json_is_refused_or_read(body: object) -> None:
    faults_in(refusal_of(lambda: load_draft(body)))
    faults_in(refusal_of(lambda: load_batch(body)))


@given(any_body(), st.data(), JSON)
def test_any_change_of_a_draft_is_refused_by_name_or_read(
    body: dict[str, Any], data: st.DataObject, value: object
) -> None:
    path: list[str] = []
    outer: Any = body
    while True:
        key = data.draw(st.sampled_from(sorted(outer) if isinstance(outer, dict) else range(len(outer))))
        path.append(str(key))
        inner = outer[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        outer = inner
    outer[key] = value
    found = faults_in(refusal_of(lambda: load_draft(body)))
    if path != ["kind"]:
        assert all(fault.path.startswith(".".join(path[:-1])) for fault in found)


@given(st.binary(max_size=50) | st.text(max_size=50) | JSON.map(json.dumps))
def test_any_bytes_are_refused_or_read(raw: bytes | str) -> None:
    refusal = refusal_of(lambda: read_json(raw))
    if isinstance(refusal, BadDraft):
        faults_in(refusal)


# --- words --------------------------------------------------------------------------------------------------------


def test_every_fault_has_words_in_both_languages() -> None:
    source = "".join(path.read_text() for path in Path(traceability.wire.__path__[0]).glob("*.py"))
    codes = {f"field.{code}" for code in re.findall(r'fault\(\s*"(\w+)"', source)}
    codes |= {f"field.{code}" for code in re.findall(r'"((?:bad|not)_\w+)"', source)}
    codes |= set(re.findall(r'"((?:field|json|draft)\.\w+)"', source))
    assert len(codes) > 40
    assert [code for code in codes for language in LANGUAGES if text(code, {}, language) == code] == []
