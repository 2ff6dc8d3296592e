"""What became of a draft, as JSON: codes and figures without words, for results of loads, jobs and the API."""

from traceability.domain.errors import (
    BadDraft,
    EventRejected,
    FieldError,
    Figures,
    TraceabilityError,
    Violation,
)
from traceability.services.recording.capture import Receipt

Json = dict[str, object]


def describe_receipt(receipt: Receipt) -> Json:
    """``{"status", "event", "seq", "record_ms", "lots", "warnings"}``, or with ``error`` where nothing was recorded."""
    found: Json = {"status": receipt.status, "event": receipt.event}
    if receipt.error is not None:
        return {**found, "error": describe_error(receipt.error)}
    lots = [{"lot": lot.id, "code": lot.code, "mass_g": lot.mass_g} for lot in receipt.lots]
    found |= {"seq": receipt.seq, "record_ms": receipt.record_ms, "lots": lots}
    if receipt.warnings:
        found["warnings"] = [describe_violation(warning) for warning in receipt.warnings]
    return found


def describe_error(error: TraceabilityError) -> Json:
    """``{"code", "figures"}``, with all ``fields`` or ``violations`` at fault."""
    found: Json = {"code": error.code, "figures": dict(error.figures)}
    if isinstance(error, BadDraft):
        found["fields"] = [
            {"path": field.path, "code": field.code, "figures": dict(field.figures)} for field in error.fields
        ]
    if isinstance(error, EventRejected):
        found["violations"] = [describe_violation(violation) for violation in error.violations]
    return found


def describe_violation(violation: Violation) -> Json:
    """One broken rule or warning, without empty parts."""
    found: Json = {"code": violation.code, "path": violation.path, "figures": dict(violation.figures)}
    if violation.lots:
        found["lots"] = list(violation.lots)
    if violation.events:
        found["events"] = list(violation.events)
    if violation.confirmable:
        found["confirmable"] = True
    return found


def reasons_of(error: TraceabilityError) -> list[tuple[str, str, Figures]]:
    """Every reason as (path, code, figures): those of the fields or rules, else the error itself."""
    each: list[FieldError] | list[Violation] = []
    if isinstance(error, BadDraft):
        each = error.fields
    elif isinstance(error, EventRejected):
        each = error.violations
    return [(one.path, one.code, one.figures) for one in each] or [("", error.code, error.figures)]
