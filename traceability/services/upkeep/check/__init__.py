"""Check that the book agrees with itself: decide every event, fold every lot and add up every tally again.

The work is split by ranges of events (``processes``). Each part streams its range once (``events``): it decides the
events again from their stored inputs, folds the timelines of the lots that they made or moved (``timelines``), and
fingerprints what it read for the digest (``fingerprint``). Tallies and stock are compared once all parts are done
(``ledger``, ``lots``). Findings are data; takes that miss their lot's metal within the rounding that is allowed are
reported as *rounding*, not as faults.

Meanwhile the engine checks its own tables and indexes (``Store.inspect``). Documents and log entries are compared with
the sums that their writes kept (``documents``), and the photos that events name with their digests (``photos``).

Few claims are looked up: those of seals, openings and declarations. Of all others, of which there are nearly as many as
events, the totals of hashes are compared, and only where these differ one by one.
"""

from traceability.services.upkeep.check.findings import (
    DAMAGE_CODES,
    DAMAGE_ERRORS,
    CheckReport,
    Finding,
    collecting_damage,
    encode_report,
)
from traceability.services.upkeep.check.fingerprint import compute_digest
from traceability.services.upkeep.check.processes import check_book

__all__ = [
    "DAMAGE_CODES",
    "DAMAGE_ERRORS",
    "CheckReport",
    "Finding",
    "check_book",
    "collecting_damage",
    "compute_digest",
    "encode_report",
]
