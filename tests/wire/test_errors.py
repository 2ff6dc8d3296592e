"""Errors and violations as JSON: stored without empty parts, answered with every part and in words."""

from collections.abc import Mapping

from traceability.domain.errors import (
    BadDraft,
    EventRejected,
    FieldError,
    NotFound,
    TraceabilityError,
    Violation,
)
from traceability.wire.errors import decode_reasons, encode_error, list_reasons, problem_body

BARE = Violation("rule.overdrawn", "inputs.0.mass_g", figures={"left_g": 4})
FULL = Violation("rule.mass_unusual", "outputs.0", ("lot-1",), ("event-1",), {"mass_g": 9}, confirmable=True)
FIELD = FieldError("outputs.0.mass_g", "field.missing")


def say(reason: FieldError | Violation | TraceabilityError) -> str:
    return f"<{reason.code}>"


def problem(error: TraceabilityError) -> Mapping[str, object]:
    return problem_body(error, 422, "Refused", say)


def test_the_stored_form_leaves_empty_parts_out_and_keeps_their_order() -> None:
    body = encode_error(EventRejected([BARE, FULL]))
    assert list(body) == ["code", "figures", "violations"]
    assert body["violations"] == [
        {"code": "rule.overdrawn", "path": "inputs.0.mass_g", "figures": {"left_g": 4}},
        {
            "code": "rule.mass_unusual", "path": "outputs.0", "figures": {"mass_g": 9},
            "lots": ["lot-1"], "events": ["event-1"], "confirmable": True,
        },
    ]  # fmt: skip
    assert list(body["violations"][1]) == ["code", "path", "figures", "lots", "events", "confirmable"]
    assert encode_error(BadDraft([FIELD]))["fields"] == [
        {"path": "outputs.0.mass_g", "code": "field.missing", "figures": {}}
    ]
    assert encode_error(NotFound("lot.unknown", id="7")) == {"code": "lot.unknown", "figures": {"id": "7"}}


def test_the_stored_form_is_read_back() -> None:
    assert decode_reasons(encode_error(EventRejected([BARE, FULL]))) == [BARE, FULL]
    assert decode_reasons(encode_error(BadDraft([FIELD]))) == [FIELD]
    (alone,) = decode_reasons(encode_error(NotFound("lot.unknown", id="7")))
    assert isinstance(alone, TraceabilityError)
    assert (alone.code, alone.figures) == ("lot.unknown", {"id": "7"})


def test_the_answered_form_has_every_part_of_a_violation_in_words() -> None:
    body = problem(EventRejected([BARE]))
    assert list(body) == ["type", "title", "status", "code", "detail", "figures", "errors"]
    assert body["errors"] == [
        {
            "path": "inputs.0.mass_g", "code": "rule.overdrawn", "detail": "<rule.overdrawn>",
            "figures": {"left_g": 4}, "lots": [], "events": [], "confirmable": False,
        }
    ]  # fmt: skip
    assert problem(BadDraft([FIELD]))["errors"] == [
        {"path": "outputs.0.mass_g", "code": "field.missing", "detail": "<field.missing>", "figures": {}}
    ]
    assert "errors" not in problem(NotFound("lot.unknown", id="7"))


def test_an_error_that_is_its_own_reason_lists_none() -> None:
    assert list_reasons(NotFound("lot.unknown", id="7")) == ()
    assert list(list_reasons(EventRejected([FULL]))) == [FULL]
