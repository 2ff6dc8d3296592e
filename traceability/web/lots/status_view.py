"""Say where a lot went, or why it is held, with the event that did it."""

from typing import NamedTuple

from flask import url_for

from traceability.services.tracing.status_causes import StatusCause
from traceability.web.shell.words import site_name, t


class StatusSaid(NamedTuple):
    """Why a lot is in its state, in words; ``href`` opens the event, '' where that is not told."""

    words: str
    href: str = ""


def show_cause(cause: StatusCause | None) -> StatusSaid | None:
    """Return the cause of a lot's state in words, None of one that is simply there."""
    if cause is None:
        return None
    if cause.event is None:
        code = f"went.untold.{cause.status}"
        return StatusSaid(t(code, to=site_name(cause.site)))
    event = cause.event
    said = {
        "time_ms": event.frozen.time_ms, "site": site_name(event.draft.site), "to": site_name(cause.site),
        "party": cause.party, "number": cause.number, "reason": cause.reason, "kind": event.draft.kind,
        "subject": ", ".join(t(f"subject.{subject}") for subject in cause.failed),
    }  # fmt: skip
    words = " ".join(t(code, **said) for code in _list_codes(cause))
    return StatusSaid(words, url_for("events.show", event_id=event.id))


def _list_codes(cause: StatusCause) -> list[str]:
    if cause.status == "consumed":
        return ["went.into_heat" if cause.number else "went.taken"]
    if cause.status == "delivered":
        return ["went.delivered_to" if cause.party else "went.delivered"]
    if cause.status == "disposed":
        told = [("went.receiver", cause.party), ("went.manifest", cause.number)]
        return ["went.disposed", *(code for code, value in told if value)]
    return [f"went.{cause.status}"]
