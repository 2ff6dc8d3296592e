"""Write receipts as JSON, for results of loads and jobs, the command line and the API."""

from traceability.services.recording.capture import Receipt
from traceability.services.recording.held import HeldState
from traceability.wire.errors import Json, encode_error, encode_violation


def encode_receipt(receipt: Receipt) -> Json:
    """Return ``{"status", "event", "seq", "record_ms", "lots"[, "warnings"][, "head"]}``.

    A seal has the head of the book with it: SEQ:CHAIN, which proves later that nothing up to there was replaced.

    Where nothing was recorded it is ``{"status", "event", "error"}``, the error in its stored form. Of a draft that was
    held it is ``{"status", "event"[, "successor"][, "reason"]}`` once it is settled.
    """
    body: Json = {"status": receipt.status, "event": receipt.event}
    if receipt.error is not None:
        return {**body, "error": encode_error(receipt.error)}
    if receipt.status in (HeldState.RESOLVED, HeldState.DROPPED):
        told = {"successor": receipt.successor, "reason": receipt.reason}
        return {**body, **{name: value for name, value in told.items() if value}}
    lots = [{"lot": lot.id, "code": lot.code, "mass_g": lot.mass_g} for lot in receipt.lots]
    body |= {"seq": receipt.seq, "record_ms": receipt.record_ms, "lots": lots}
    if receipt.head:
        body["head"] = receipt.head
    if receipt.warnings:
        body["warnings"] = [encode_violation(warning) for warning in receipt.warnings]
    return body
