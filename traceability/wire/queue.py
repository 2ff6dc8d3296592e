"""Read the message of a device's queue: who sends it, when by the device's own clock, and the drafts in their order."""

from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError

from traceability.domain.errors import BadDraft, FieldError
from traceability.domain.event import Draft
from traceability.wire.draft import MAX_FAULTS, list_faults, load_batch
from traceability.wire.fields import Instant, Text, fault

PERSON, SENT_AT = "person", "sent_at"


class QueueSchema(Schema):
    """What stands beside the drafts of a queue."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    error_messages = {"unknown": fault("unknown").messages[0]}  # noqa: RUF012 (marshmallow's own)

    person = Text(required=True)
    sent_at = Instant(required=True)


class QueueMessage(NamedTuple):
    """A queue as it was sent; a draft that is malformed stands as BadDraft in its place."""

    person: str
    sent_ms: int
    drafts: list[Draft | BadDraft]


_SCHEMA = QueueSchema()


def is_queue(body: object) -> bool:
    """Return whether a message is that of a queue: it says whose it is."""
    return isinstance(body, dict) and "events" in body and PERSON in body


def load_queue(body: dict[str, Any]) -> QueueMessage:
    """Return the drafts of a queue, in its order.

    Raises BadDraft where the message itself is malformed.
    """
    faults: list[FieldError] = []
    head: dict[str, Any] = {}
    drafts: list[Draft | BadDraft] = []
    try:
        head = _SCHEMA.load({key: body[key] for key in (PERSON, SENT_AT) if key in body})
    except ValidationError as error:
        faults += list_faults(error)
    try:
        drafts = load_batch({key: value for key, value in body.items() if key not in (PERSON, SENT_AT)})
    except BadDraft as error:
        faults += error.fields
    if faults:
        raise BadDraft(faults[:MAX_FAULTS])
    return QueueMessage(head[PERSON], head[SENT_AT], drafts)
