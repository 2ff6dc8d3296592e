"""Let a firm's own supervisors and administrators of the whole system correct a party: its name, code and licences.

A party is a firm's own where only sites of that firm deal with it; one that came by files is everybody's, and changed by
administrators alone. To all others it does not exist. Whether somebody may is decided within the write, each change names
the version that it was made from, and the audit log keeps who changed which party when. Events hold ids, so what was
recorded stays; names by which a site found the party still lead to it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.services.directory import audit
from traceability.services.directory.accounts import administrator_of
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.parties import (
    EVERYWHERE,
    LONGEST_NAME,
    Meeting,
    keep_meeting,
    list_meetings,
    name_key,
)
from traceability.services.directory.people import find_person
from traceability.services.directory.photos import list_siblings
from traceability.services.directory.reference import reference_in

SUPERVISOR = "supervisor"


class PartyEntry(NamedTuple):
    """What somebody may say of a party: what is '' is not known. ``country`` is of one abroad, which has no region."""

    name: str
    code: str
    licences: Sequence[Body]
    region: str = ""
    country: str = ""
    party_class: str = ""


class PartyCare(NamedTuple):
    """A party as it is stored, and by whom it is known."""

    document: Document
    meetings: tuple[Meeting, ...]


def find_party_of(reader: Reader, person_id: str, party_id: str, now_ms: int) -> PartyCare:
    """Return a party that a person may change. Raises NotFound, alike for one of others and for none."""
    document = reader.find_documents("party", [party_id]).get(party_id)
    if document is not None:
        meetings = tuple(one for one in list_meetings(reader) if one.id == party_id)
        if _may_change(reader, person_id, meetings, now_ms):
            return PartyCare(document, meetings)
    raise NotFound("party.unknown")


def list_parties_of(reader: Reader, person_id: str, now_ms: int) -> list[Document]:
    """Return the parties that a supervisor may change, by name."""
    met: dict[str, list[Meeting]] = {}
    for meeting in list_meetings(reader):
        met.setdefault(meeting.id, []).append(meeting)
    supervised = _list_supervised(reader, person_id, now_ms)
    own = [id_ for id_, meetings in met.items() if _is_own(meetings, supervised)]
    found = reader.find_documents("party", own).values()
    return sorted(found, key=lambda one: (one.body["name"], one.id))


def change_party(store: Store, actor: Actor, party_id: str, version: int, entry: PartyEntry) -> None:
    """Store a party as the next after a version. Raises BadInput, NotFound, WriteConflict."""
    name, code = entry.name, entry.code
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("parties.bad_name", most=LONGEST_NAME)

    def work(writer: Writer) -> None:
        document, meetings = find_party_of(writer, actor.person, party_id, actor.now_ms)
        if document.version != version:
            raise WriteConflict("admin.changed", id=party_id)
        told = {"code": code, "region": entry.region, "country": entry.country, "class": entry.party_class}
        kept = {field: value for field, value in document.body.items() if field not in told}
        body = {**kept, "name": name, "licences": list(entry.licences)}
        body |= {field: value for field, value in told.items() if value}
        if body == document.body:
            return
        writer.put_document("party", party_id, body, version, document.group)
        kind = body["kind"]
        key = name_key(kind, name)
        if not writer.find_documents("party_name", [key]):
            writer.put_document("party_name", key, {"id": party_id, "name": name}, 0, group=kind)
        for site in sorted({one.site for one in meetings}):
            keep_meeting(writer, site, kind, (party_id, name, code))
        audit.note(writer, actor.entry(AuditAction.PARTY_CHANGE, "party", party_id))

    store.write(work)


def _may_change(reader: Reader, person_id: str, meetings: Sequence[Meeting], now_ms: int) -> bool:
    person = find_person(reader, person_id)
    if administrator_of(reader, person, now_ms).is_of_all:
        return True
    return _is_own(meetings, _list_supervised(reader, person_id, now_ms))


def _is_own(meetings: Sequence[Meeting], supervised: frozenset[str]) -> bool:
    sites = {one.site for one in meetings}
    return bool(sites) and EVERYWHERE not in sites and sites <= supervised


def _list_supervised(reader: Reader, person_id: str, now_ms: int) -> frozenset[str]:
    """Return the sites of the firms that a person is a supervisor of."""
    person = find_person(reader, person_id)
    if person is None or person.disabled:
        return frozenset()
    day, reference = day_of(now_ms), reference_in(reader)
    supervised = [
        id_
        for id_, site in reference.sites.items()
        if not site.is_authority
        and SUPERVISOR in list_roles(person.roles, id_, reference.region_at(id_, day[:7]), day)
    ]
    return frozenset(other for site in supervised for other in list_siblings(reader, site))
