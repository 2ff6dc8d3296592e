"""List the warnings that people are asked about before anything is recorded, and tell which of them a draft confirms.

A page asks: the form is shown again with each warning and its figures, and what is then recorded carries their codes
as ``confirmed``. A queue, a file or a program is not asked: its event is accepted, and what it does not confirm is kept
and shown to the supervisor of the site.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256

from traceability.domain.errors import Violation
from traceability.domain.event import Draft

ASKED = (
    "warning.tare_off_history",
    "warning.mass_unusual",
    "warning.melt_loss_low",
    "warning.melt_loss_high",
    "warning.metal_found",
    "warning.assay_late",
    "warning.load_repeated",
    "warning.seal_without_records",
    "warning.licence_unknown",
)
"""Codes of the warnings that are asked about. All others tell what follows from an event, not that it may be wrong."""


def list_unconfirmed(
    draft: Draft, warnings: Iterable[Violation], shown: Collection[str] | None = None
) -> list[Violation]:
    """Return the warnings that a draft does not confirm.

    ``shown`` are fingerprints of the warnings that the person saw: a code confirms none but these. None trusts the
    codes alone.
    """
    return [
        warning
        for warning in warnings
        if warning.code in ASKED
        and (warning.code not in draft.confirmed or (shown is not None and fingerprint(warning) not in shown))
    ]


def fingerprint(warning: Violation) -> str:
    """Return a short digest of a warning with its figures: other figures are another question."""
    stated = (warning.code, warning.path.rpartition("draft.")[2], sorted(warning.figures.items()))
    return sha256(repr(stated).encode()).hexdigest()[:16]
