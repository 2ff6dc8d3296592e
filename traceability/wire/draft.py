"""What does a message say: one event or a batch of them, as drafts, or every field that is wrong."""

from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import ValidationError

from traceability.domain.changes import draft_codes
from traceability.domain.errors import BadDraft, BadInput, FieldError
from traceability.domain.event import Correction, Draft
from traceability.domain.vocabulary import SCHEMA
from traceability.wire.canonical import canonical
from traceability.wire.fields import Fault, Instant, show
from traceability.wire.reading import MAX_DRAFT_BYTES
from traceability.wire.schemas import decode_event, encode_event, read_event
from traceability.wire.upcast import upcast

MAX_EVENTS = 200
MAX_FAULTS = 200  # nobody reads more, and a hostile message could have a million
_SMALL = 100  # a draft of so few parts is below MAX_DRAFT_BYTES by the limits of its fields


def load_draft(body: object, is_code: Callable[[str], bool] | None = None) -> Draft:
    """The draft that a client sent. Raises BadDraft with every field at fault.

    ``is_code`` verifies the check character of label codes; the scanners know how.
    """
    try:
        draft = read_event(upcast(body))
    except ValidationError as error:
        raise BadDraft(list_faults(error)) from None
    faults = _check_codes(draft, is_code) if is_code else []
    if _parts(draft) > _SMALL and len(draft_text(draft).encode()) > MAX_DRAFT_BYTES:
        faults.append(FieldError("", "field.draft_too_large", {"limit_bytes": MAX_DRAFT_BYTES}))
    if faults:
        raise BadDraft(faults)
    return draft


def load_batch(body: object, is_code: Callable[[str], bool] | None = None) -> list[Draft | BadDraft]:
    """The drafts of a message, in its order: one event, or ``{"events": [...], "sent_at"?}`` with up to 200.

    Raises BadDraft where the message itself is malformed; an event that is, stands as BadDraft in its place.
    """
    if not isinstance(body, dict) or "events" not in body:
        return [_load_or_fault(body, is_code)]
    events = body["events"]
    faults = [FieldError(show(str(key)), "field.unknown") for key in body if key not in ("events", "sent_at")]
    if not isinstance(events, list):
        faults.append(FieldError("events", "field.not_list"))
    elif not events:
        faults.append(FieldError("events", "field.required"))
    elif len(events) > MAX_EVENTS:
        faults.append(FieldError("events", "field.too_many", {"count": len(events), "limit": MAX_EVENTS}))
    try:
        _SENT_AT.deserialize(body.get("sent_at"))
    except ValidationError as error:
        faults += list_faults(error, "sent_at")
    if faults:
        raise BadDraft(faults[:MAX_FAULTS])
    return [_load_or_fault(event, is_code) for event in events]


_SENT_AT = Instant()


def _load_or_fault(body: object, is_code: Callable[[str], bool] | None) -> Draft | BadDraft:
    try:
        return load_draft(body, is_code)
    except BadDraft as error:
        return error


def dump_draft(draft: Draft) -> dict[str, Any]:
    """The wire body of a draft, without what is as by default; ``load_draft`` of it gives the draft again."""
    return encode_event(draft)


def draft_text(draft: Draft) -> str:
    """The canonical text of a draft: what is stored, and what its digest is of."""
    return canonical(encode_event(draft))


def decode_draft(body: dict[str, Any]) -> Draft:
    """The draft of a stored body, of whatever schema; equal to ``load_draft`` of it, without asking again if it may be.

    Raises BadInput where the body was written by a newer version.
    """
    body = upcast(body)
    if body.get("schema", SCHEMA) != SCHEMA:
        raise BadInput("draft.unknown_schema", schema=body["schema"], newest=SCHEMA)
    return decode_event(body)


# --- faults -------------------------------------------------------------------------------------------------------


def list_faults(error: ValidationError, path: str = "") -> list[FieldError]:
    """marshmallow's nested messages as a flat list: ``outputs.0.mass_g``; in the draft's order, unknown keys last."""
    faults = []
    for fault in _walk(error.messages, path):
        faults.append(fault)
        if len(faults) >= MAX_FAULTS:
            break
    # marshmallow meets the unknown keys in the order of a set, which is another in every process
    return sorted(faults, key=lambda fault: fault.path if fault.code == "field.unknown" else "")


def _walk(messages: Any, path: str) -> Iterator[FieldError]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            name = show(str(key))
            yield from _walk(inner, f"{path}.{name}" if path else name)
    else:
        for message in messages:
            assert isinstance(message, Fault), message
            yield FieldError(path, str(message), getattr(message, "figures", {}))


def _check_codes(draft: Draft, is_code: Callable[[str], bool], prefix: str = "") -> list[FieldError]:
    faults = [
        FieldError(prefix + path, "field.wrong_check_character", {"value": code})
        for code, path in draft_codes(draft)
        if not is_code(code)
    ]
    if isinstance(draft.detail, Correction):
        for number, target in enumerate(draft.detail.targets):
            if target.draft is not None:
                faults += _check_codes(target.draft, is_code, f"targets.{number}.draft.")
    return faults


def _parts(draft: Draft) -> int:
    if isinstance(draft.detail, Correction):
        return sum(_parts(target.draft) + 10 for target in draft.detail.targets if target.draft)
    return (
        len(draft.inputs)
        + len(draft.lots)
        + len(draft.outputs)
        + sum(len(new.content) for new in draft.outputs)
    )
