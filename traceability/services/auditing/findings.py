"""List findings of a place and period with what auditors made of them: comments, closed or open.

What people said is stored by the finding's id, which stays the same. So a remark survives that findings are found anew, and
a closed finding that is found again stays closed until it is reopened.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from graph.store import Body, Document, Reader, Writer
from scanners.codes import group_code
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.event import Heat
from traceability.domain.findings import Analysis, AuditFinding
from traceability.domain.period import Period
from traceability.domain.rights import Thing, Viewer
from traceability.services.auditing.analysis import FoundInBook, find_in_book
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.names import find_party_names
from traceability.services.directory.people import Person, find_people
from traceability.services.directory.reference import reference_in

KIND = "finding"
LONGEST = 2_000  # characters of a remark
_OF_PARTIES = frozenset({Analysis.TARE_DRIFT, Analysis.SUPPLIER_SURGE})


class Remark(StrEnum):
    """What an auditor did about a finding."""

    COMMENT = "comment"
    CLOSE = "close"
    REOPEN = "reopen"


_NOTED = {
    Remark.COMMENT: AuditAction.FINDING_COMMENT,
    Remark.CLOSE: AuditAction.FINDING_CLOSE,
    Remark.REOPEN: AuditAction.FINDING_REOPEN,
}


class Remarked(NamedTuple):
    """A remark: what was done and said by whom and when; ``name`` is '' where the viewer may not know people."""

    action: Remark
    text: str
    person: str
    time_ms: int
    name: str = ""


class ListedFinding(NamedTuple):
    """A finding as a viewer sees it.

    ``subject`` names what it is about: a plate, code, heat number or supplier; '' where the viewer may not know
    it. ``version`` is that of what is stored about it, 0 for nothing.
    """

    finding: AuditFinding
    subject: str
    is_closed: bool
    remarks: tuple[Remarked, ...]
    version: int
    may_remark: bool


class FindingList(NamedTuple):
    """Findings as a viewer sees them, and how they were found."""

    listed: list[ListedFinding]
    found: FoundInBook


def list_findings(
    reader: Reader, viewer: Viewer, person: Person, place: str, period: Period, now_ms: int
) -> FindingList:
    """Return the findings of a place and period with the remarks on them, and whether the person may remark.

    Raises BadInput where a large book's last analysis does not reach so far back.
    """
    found = find_in_book(reader, viewer, place, period)
    return FindingList(_dress(reader, viewer, person, found.findings, now_ms), found)


def find_listed(
    reader: Reader, viewer: Viewer, person: Person, place: str, period: Period, id_: str, now_ms: int
) -> ListedFinding:
    """Return one finding of a place and period. Raises NotFound."""
    found = [one for one in find_in_book(reader, viewer, place, period).findings if one.id == id_]
    if not found:
        raise NotFound("finding.unknown", id=id_)
    return _dress(reader, viewer, person, found, now_ms)[0]


def _dress(
    reader: Reader, viewer: Viewer, person: Person, found: Sequence[AuditFinding], now_ms: int
) -> list[ListedFinding]:
    stored = reader.find_documents(KIND, [one.id for one in found])
    subjects = _name_subjects(reader, viewer, found)
    people = find_people(
        reader, {row["person"] for document in stored.values() for row in document.body["remarks"]}
    )
    names = {id_: who.name for id_, who in people.items()}
    listed = []
    for one in found:
        document = stored.get(one.id)
        remarks = _read_remarks(document, names if viewer.tells(one.site, Thing.PERSON) else {})
        listed.append(
            ListedFinding(
                one, subjects.get(one.id, ""), bool(document and document.body["closed"]), remarks,
                document.version if document else 0, may_remark(reader, person, one.site, now_ms),
            )
        )  # fmt: skip
    return listed


def _read_remarks(document: Document | None, names: Mapping[str, str]) -> tuple[Remarked, ...]:
    rows = document.body["remarks"] if document else ()
    return tuple(
        Remarked(
            Remark(row["action"]), row["text"], row["person"], row["time_ms"], names.get(row["person"], "")
        )
        for row in rows
    )


def _name_subjects(reader: Reader, viewer: Viewer, found: Collection[AuditFinding]) -> dict[str, str]:
    """Return the names of the subjects by finding."""
    known = [one for one in found if viewer.tells(one.site, Thing.PARTY)]
    parties = find_party_names(reader, {one.subject for one in known if one.analysis in _OF_PARTIES})
    events = reader.find_events(
        {one.subject for one in found if one.analysis in (Analysis.HEAT_YIELD, Analysis.RECLASSIFIED)}
    )
    lots = reader.find_lots({one.subject for one in found if one.analysis is Analysis.RETURNED_METAL})
    named = {one.id: parties.get(one.subject, one.subject) for one in known if one.analysis in _OF_PARTIES}
    for one in found:
        if one.subject in events:
            detail = events[one.subject].draft.detail
            named[one.id] = detail.heat_number if isinstance(detail, Heat) else ""
        elif one.subject in lots:
            named[one.id] = group_code(lots[one.subject].code)
    return named


# --- remarks ------------------------------------------------------------------------------------------------------


def may_remark(reader: Reader, person: Person, site: str, now_ms: int) -> bool:
    """Return whether a person audits a site today."""
    day = day_of(now_ms)
    region = reference_in(reader).region_at(site, day[:7])
    return "auditor" in list_roles(person.roles, site, region, day)


def put_remark(
    writer: Writer,
    person: Person,
    actor: Actor,
    finding: AuditFinding,
    action: Remark,
    text: str,
    version: int,
) -> Document:
    """Store a remark on a finding and note it in the audit log.

    Raises NotAllowed for anybody but an auditor of its site, BadInput for a remark without words, with control characters or one
    that changes nothing, WriteConflict where somebody else remarked since ``version``.
    """
    if not may_remark(writer, person, finding.site, actor.now_ms):
        raise NotAllowed("finding.not_auditor", site=finding.site)
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise BadInput("finding.needs_words", limit=LONGEST)
    if not text.isprintable():
        raise BadInput("finding.unprintable")
    document = writer.find_documents(KIND, [finding.id]).get(finding.id)
    body: Body = dict(document.body) if document else {"closed": False, "remarks": []}
    wanted = {Remark.CLOSE: True, Remark.REOPEN: False}.get(action, body["closed"])
    if action is not Remark.COMMENT and wanted == body["closed"]:
        raise BadInput("finding.no_change")
    body |= {
        "analysis": str(finding.analysis), "site": finding.site, "subject": finding.subject, "month": finding.month,
        "closed": wanted,
        "remarks": [
            *body["remarks"],
            {"action": str(action), "text": text, "person": person.id, "time_ms": actor.now_ms},
        ],
    }  # fmt: skip
    stored = writer.put_document(KIND, finding.id, body, version, finding.site)
    note(writer, actor.entry(_NOTED[action], KIND, finding.id))
    return stored
