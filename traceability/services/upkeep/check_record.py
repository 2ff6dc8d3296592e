"""Keep what the last check of the book found, whoever ran it, for the page of the book."""

from typing import NamedTuple

from graph.store import Body, Reader, Writer
from traceability.services.upkeep.check import CheckReport, encode_report

KIND, LAST = "check", "last"
MOST_KEPT = 100  # findings; their number is kept of all


class CheckRecord(NamedTuple):
    """The last check: when it ended, who ran it ('' on the machine itself), up to which record, what it found.

    ``findings`` are rows of code, about, stored and true, the first MOST_KEPT of ``found``.
    """

    ended_ms: int
    person: str
    seq: int
    digest: str
    found: int
    findings: tuple[Body, ...]


def keep_check(writer: Writer, report: CheckReport, seq: int, person: str, ended_ms: int) -> None:
    """Store what a check found, in place of what the one before found."""
    rows = encode_report(report)["findings"]
    body: Body = {
        "ended_ms": ended_ms, "person": person, "seq": seq, "digest": report.digest, "found": len(rows),
        "findings": rows[:MOST_KEPT],
    }  # fmt: skip
    writer.put_document(KIND, LAST, body)


def find_last_check(reader: Reader) -> CheckRecord | None:
    """Return what the last check found, None where nobody ever checked this book."""
    document = reader.find_documents(KIND, [LAST]).get(LAST)
    if document is None:
        return None
    body = dict(document.body)
    return CheckRecord(**{**body, "findings": tuple(body["findings"])})
