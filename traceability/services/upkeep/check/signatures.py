"""Report signed heads whose signature is wrong; whether the book continues them is checked with its events."""

from collections.abc import Collection, Iterable

from traceability.services.upkeep.check.findings import CheckReport
from traceability.services.upkeep.signed_heads import SignatureState, SignedHead, check_signature


def check_signatures(heads: Iterable[SignedHead], trusted: Collection[str], report: CheckReport) -> None:
    """Report each head that nobody signed, or not with a trusted key where there are such keys."""
    for head in heads:
        state = check_signature(head, trusted)
        if state is SignatureState.WRONG or (trusted and state is SignatureState.UNKNOWN_KEY):
            report.note("check.head_unsigned", head, head.key, ", ".join(sorted(trusted)))
