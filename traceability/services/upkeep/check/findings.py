"""Hold what a check found: single findings, and the report that collects and counts them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from traceability.domain.errors import BadInput, StoreError
from traceability.domain.event import Draft, Frozen
from traceability.domain.lot import Lot

MOST_FINDINGS = 1_000  # beyond it a store is broken in one way, and the first lines say which

DAMAGE_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
    BadInput,
)
"""Errors that reading and deciding raise where a row is not what the system writes.

What the domain asserts holds for every lot and event that it made itself; a mistake of ours in it becomes the same
finding, with its message, and is not hidden.
"""

DAMAGE_CODES = ("store.corrupt", "store.failed")
"""Codes of the errors with which an engine answers where its file is damaged."""

K = TypeVar("K", int, str)
T = TypeVar("T")


class Finding(NamedTuple):
    """One disagreement: a stable code, what it is about, what is stored and what it should be."""

    code: str
    about: str
    stored: str
    true: str


class Collision(NamedTuple):
    """An identifier that is one by now, and the ids of those who have it: a stable code tells of what kind."""

    code: str
    identifier: str
    owners: tuple[str, ...]


@dataclass(slots=True)
class CheckReport:
    """The result of a check: counts of what was read, all findings, and the digest of the book.

    ``collisions`` are no faults of the book; people decide which of the records is wrong.

    ``rounding_g`` is the largest miss of any lot's takes, ``rounding_lots`` the number of lots that miss.
    ``photos`` is the number of photos that were compared with their digests, None where that was not asked for.
    ``moved`` says that somebody wrote meanwhile, so that findings may come from that alone.
    """

    events: int = 0
    lots: int = 0
    postings: int = 0
    tallies: int = 0
    photos: int | None = None
    findings: list[Finding] = field(default_factory=list)
    rounding_lots: int = 0
    rounding_g: int = 0
    digest: str = ""
    moved: bool = False
    collisions: list[Collision] = field(default_factory=list)

    def merge(self, other: "CheckReport") -> None:
        """Add the counts and findings of another part's report."""
        self.events += other.events
        self.lots += other.lots
        self.postings += other.postings
        self.tallies += other.tallies
        self.findings = (self.findings + other.findings)[:MOST_FINDINGS]
        self.rounding_lots += other.rounding_lots
        self.rounding_g = max(self.rounding_g, other.rounding_g)

    def note(self, code: str, about: object, stored: object, true: object) -> None:
        """Add one finding; texts are cut at 500 characters."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(code, str(about), str(stored)[:500], str(true)[:500]))

    def note_collision(self, code: str, identifier: str, owners: Sequence[str]) -> None:
        """Add an identifier that several have."""
        if len(self.collisions) < MOST_FINDINGS:
            self.collisions.append(Collision(code, identifier[:500], tuple(owners)))


@contextmanager
def collecting_damage(report: CheckReport, table: str) -> Iterator[None]:
    """Turn what a damaged store raises into a finding about a table; one that cannot be reached is no finding."""
    try:
        yield
    except StoreError as error:
        if error.code not in DAMAGE_CODES:
            raise
        report.note("check.table_unreadable", table, error.figures.get("reason", error.code), "")
    except DAMAGE_ERRORS as error:
        report.note("check.table_unreadable", table, repr(error), "")


def encode_report(report: CheckReport) -> dict[str, Any]:
    """Return a report as JSON, the findings last."""
    return {
        "events": report.events,
        "lots": report.lots,
        "postings": report.postings,
        "tallies": report.tallies,
        "photos": report.photos,
        "rounding_lots": report.rounding_lots,
        "rounding_g": report.rounding_g,
        "digest": report.digest,
        "moved": report.moved,
        "collisions": [collision._asdict() for collision in report.collisions],
        "findings": [finding._asdict() for finding in report.findings],
    }


def find_readable(
    find: Callable[[Collection[K]], dict[K, T]], keys: Collection[K], report: CheckReport
) -> dict[K, T]:
    """Return the rows that ``find`` can read; each row that it cannot read becomes a finding."""
    try:
        return find(keys)
    except DAMAGE_ERRORS:
        rows: dict[K, T] = {}
        for key in keys:
            try:
                rows |= find([key])
            except DAMAGE_ERRORS as error:
                report.note("check.unreadable", key, repr(error), "")
        return rows


def differing_fields(row: Lot | Draft | Frozen, other: Lot | Draft | Frozen) -> dict[str, object]:
    """Return the fields of a row, by name, that differ from those of the other row of the same type."""
    return {name: getattr(row, name) for name in row._fields if getattr(row, name) != getattr(other, name)}


def join_key(key: Iterable[object]) -> str:
    """Write a key of several parts as one text for a finding."""
    return "/".join(map(str, key))
