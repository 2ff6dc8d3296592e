"""Write errors and violations as JSON, in two forms, and read the stored one.

The *stored form* is for results that are kept or read by programs: of jobs, receipts and the command line. It holds
codes and figures without words, and leaves empty parts out:

    {"code", "figures"[, "fields": [{"path", "code", "figures"}]]
                      [, "violations": [{"code", "path", "figures"[, "lots"][, "events"][, "confirmable"]}]]}

The *answered form* is the body of an HTTP answer, problem+json (RFC 9457): it adds words in the caller's language, and
every part of a violation is there, empty or not:

    {"type", "title", "status", "code", "detail", "figures"
     [, "errors": [{"path", "code", "detail", "figures"[, "lots", "events", "confirmable"]}]]}

The warnings of a recorded event stand in its row, in the compact form that ``graph.records`` has for all of a row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from traceability.domain.errors import (
    BadDraft,
    EventRejected,
    FieldError,
    TraceabilityError,
    Violation,
)

Json = dict[str, Any]
ErrorReason = FieldError | Violation | TraceabilityError


def list_reasons(error: TraceabilityError) -> Sequence[FieldError | Violation]:
    """Return every field or rule at fault; nothing where the error itself is the only reason."""
    if isinstance(error, BadDraft):
        return error.fields
    return error.violations if isinstance(error, EventRejected) else ()


# --- the stored form ----------------------------------------------------------------------------------------------


def encode_error(error: TraceabilityError) -> Json:
    """Return an error in the stored form."""
    body: Json = {"code": error.code, "figures": dict(error.figures)}
    if isinstance(error, BadDraft):
        body["fields"] = [
            {"path": field.path, "code": field.code, "figures": dict(field.figures)} for field in error.fields
        ]
    if isinstance(error, EventRejected):
        body["violations"] = [encode_violation(violation) for violation in error.violations]
    return body


def encode_violation(violation: Violation) -> Json:
    """Return a broken rule or warning in the stored form."""
    body: Json = {"code": violation.code, "path": violation.path, "figures": dict(violation.figures)}
    if violation.lots:
        body["lots"] = list(violation.lots)
    if violation.events:
        body["events"] = list(violation.events)
    if violation.confirmable:
        body["confirmable"] = True
    return body


def decode_reasons(body: Mapping[str, Any]) -> list[ErrorReason]:
    """Return every reason of an error in the stored form: its violations and fields, else the error itself."""
    violations = [_decode_violation(part) for part in body.get("violations", ())]
    fields = [FieldError(part["path"], part["code"], part["figures"]) for part in body.get("fields", ())]
    return [*violations, *fields] or [TraceabilityError(body["code"], **body.get("figures", {}))]


def _decode_violation(body: Mapping[str, Any]) -> Violation:
    lots, events = tuple(body.get("lots", ())), tuple(body.get("events", ()))
    confirmable = bool(body.get("confirmable"))
    return Violation(body["code"], body["path"], lots, events, body["figures"], confirmable)


# --- the answered form --------------------------------------------------------------------------------------------


def problem_head(status: int, title: str, code: str, detail: str) -> Json:
    """Return what every problem begins with; it is the whole of one that is no error of the domain."""
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}


def problem_body(
    error: TraceabilityError, status: int, title: str, say: Callable[[ErrorReason], str]
) -> Json:
    """Return an error in the answered form; ``say`` gives the words of the error and of each reason."""
    body = {**problem_head(status, title, error.code, say(error)), "figures": dict(error.figures)}
    if isinstance(error, BadDraft | EventRejected):
        body["errors"] = [_problem_part(reason, say(reason)) for reason in list_reasons(error)]
    return body


def _problem_part(reason: FieldError | Violation, detail: str) -> Json:
    body: Json = {
        "path": reason.path,
        "code": reason.code,
        "detail": detail,
        "figures": dict(reason.figures),
    }
    if isinstance(reason, Violation):
        body |= {
            "lots": list(reason.lots),
            "events": list(reason.events),
            "confirmable": reason.confirmable,
        }
    return body
