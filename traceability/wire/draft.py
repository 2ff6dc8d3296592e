"""Read a message (one event or a batch) as drafts, or list every field that is wrong."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

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


def load_draft(body: object) -> Draft:
    """Return the draft that a client sent.

    Raises BadDraft with every field at fault.

    Codes have the shape of codes then; whether their check character is right, the scanners know.
    """
    try:
        draft = read_event(upcast(body))
    except ValidationError as error:
        raise BadDraft(list_faults(error)) from None
    if _count_parts(draft) > _SMALL and len(draft_text(draft).encode()) > MAX_DRAFT_BYTES:
        raise BadDraft([FieldError("", "field.draft_too_large", {"limit_bytes": MAX_DRAFT_BYTES})])
    return draft


def load_batch(body: object) -> list[Draft | BadDraft]:
    """Return the drafts of a message, in its order: of one event, or of ``{"events": [...],
    "sent_at"?}`` with up to 200.

    Raises BadDraft where the message itself is malformed; an event that is, stands as BadDraft in its place.
    """
    if not isinstance(body, dict):
        raise BadDraft([FieldError("", "field.not_object")])
    if "events" not in body:
        return [_load_or_fault(body)]
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
    return [_load_or_fault(event) for event in events]


_SENT_AT = Instant()


def _load_or_fault(body: object) -> Draft | BadDraft:
    try:
        return load_draft(body)
    except BadDraft as error:
        return error


def dump_draft(draft: Draft) -> dict[str, Any]:
    """Return the wire body of a draft, without fields at their defaults; ``load_draft`` of it gives
    the draft again."""
    return encode_event(draft)


def draft_text(draft: Draft) -> str:
    """Return the canonical text of a draft: it is stored, and its digest is the draft's."""
    return canonical(encode_event(draft))


def decode_draft(body: dict[str, Any]) -> Draft:
    """Return the draft of a stored body, of whatever schema.

    It equals ``load_draft`` of the body, but nothing is validated again.

    Raises BadInput where the body was written by a newer version.
    """
    body = upcast(body)
    if body.get("schema", SCHEMA) != SCHEMA:
        raise BadInput("draft.unknown_schema", schema=body["schema"], newest=SCHEMA)
    return decode_event(body)


# --- faults -------------------------------------------------------------------------------------------------------


def list_faults(error: ValidationError, path: str = "") -> list[FieldError]:
    """Return marshmallow's nested messages as a flat list, with paths as ``outputs.0.mass_g``, in
    the draft's order, unknown keys last."""
    faults = []
    for fault in _walk(error.messages, path):
        faults.append(fault)
        if len(faults) >= MAX_FAULTS:
            break
    # marshmallow visits unknown keys in the order of a set, which differs from process to process
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


def _count_parts(draft: Draft) -> int:
    if isinstance(draft.detail, Correction):
        return sum(_count_parts(target.draft) + 20 for target in draft.detail.targets if target.draft)
    return (
        len(draft.inputs)
        + len(draft.lots)
        + len(draft.outputs)
        + sum(len(new.content) for new in draft.outputs)
    )
