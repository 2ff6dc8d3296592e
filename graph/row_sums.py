"""Add up the digests of documents and log entries: every write keeps the sums, and a check adds up the rows again.

A row that is altered, lost, brought back in an older version or slipped in by something else than a write shows in the sum
of its kind. The digest of a row is taken as four numbers of 32 bits, whose sums an engine adds up without reading them.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

DOCUMENTS, VERSIONS, LOG = "documents", "document_versions", "log"

_LANES = Struct(">4I")


class RowSumKey(NamedTuple):
    """A table, and the kind of its rows."""

    part: str
    kind: str


class RowSum(NamedTuple):
    """The number of rows and the sums of the four parts of their digests."""

    rows: int
    a: int
    b: int
    c: int
    d: int


NOTHING = RowSum(0, 0, 0, 0, 0)

RowSums = dict[RowSumKey, RowSum]


def sum_of(row: Iterable[object], sign: int = 1) -> RowSum:
    """Return what one stored row adds to the sum of its kind; with -1 what its loss takes away."""
    digest = sha256("\x1f".join(map(str, row)).encode("utf-8", "surrogatepass")).digest()
    return RowSum(sign, *(sign * lane for lane in _LANES.unpack(digest[: _LANES.size])))


def add_up(rows: Iterable[tuple[RowSumKey, RowSum]]) -> RowSums:
    """Return the sums by table and kind, those of nothing left out."""
    sums: dict[RowSumKey, list[int]] = defaultdict(lambda: list(NOTHING))
    for key, row in rows:
        total = sums[key]
        for number, value in enumerate(row):
            total[number] += value
    return {key: RowSum(*total) for key, total in sums.items() if any(total)}
