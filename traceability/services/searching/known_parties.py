"""Find suppliers, customers, carriers, receivers, drivers and vehicles by a part of name, code or plate.

Whom a site deals with is known to those alone who may know its parties; names that came by files are for all of these.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Document, Reader
from traceability.domain.identifier import normalise_identifier, normalise_plate
from traceability.domain.rights import Thing, Viewer
from traceability.services.directory.parties import (
    EVERYWHERE,
    PARTY_KINDS,
    VEHICLE,
    Meeting,
    met_key,
    read_meetings,
)

MOST_READ = 4_000  # documents of one site, or of all, that are looked through for a part of a name
MOST_SITES = 25  # that are asked one by one; of more, everything that is known is looked through at once


class FoundParty(NamedTuple):
    """A party or vehicle with the name by which sites know it, its code, and these sites."""

    kind: str
    id: str
    name: str
    code: str
    sites: tuple[str, ...]


def find_parties_like(reader: Reader, viewer: Viewer, typed: str, limit: int) -> list[FoundParty]:
    """Return whom sites know under a name, code or plate that has the text in it, those that begin with it first."""
    told = sorted(site for site in viewer.relations if viewer.tells(site, Thing.PARTY))
    wanted, plate = normalise_identifier(typed), normalise_plate(typed)
    if not told or not wanted:
        return []
    documents = _list_met(reader, (*told, EVERYWHERE), wanted, plate)
    found: dict[tuple[str, str], list[Meeting]] = {}
    for document in documents:
        text = document.id.split(":", 2)[2]
        if wanted in text or (plate and plate in text and document.id.split(":", 2)[1] == VEHICLE):
            for meeting in read_meetings(document):
                found.setdefault((meeting.kind, meeting.id), []).append(meeting)
    parties = [
        FoundParty(
            kind, id_, met[0].name, next((one.code for one in met if one.code), ""),
            tuple(sorted({one.site for one in met} - {EVERYWHERE})),
        )
        for (kind, id_), met in found.items()
        if id_
    ]  # fmt: skip
    begins = {VEHICLE: plate}
    parties.sort(key=lambda one: (not _plain(one).startswith(begins.get(one.kind, wanted)), one.name, one.id))
    return parties[:limit]


def _plain(party: FoundParty) -> str:
    return normalise_plate(party.name) if party.kind == VEHICLE else normalise_identifier(party.name)


def _list_met(reader: Reader, sites: tuple[str, ...], wanted: str, plate: str) -> Iterator[Document]:
    """Yield the documents that may have the text: of few sites theirs, of many those of all that the viewer may know."""
    if len(sites) > MOST_SITES:
        known = frozenset(sites)
        everything = islice(
            read_all(lambda after: reader.list_documents("party_met", after=after)), MOST_READ
        )
        yield from (document for document in everything if document.id.split(":", 1)[0] in known)
        return
    for site in sites:
        groups = [f"{site}:{kind}" for kind in (*PARTY_KINDS, VEHICLE)]
        listed = (_list_group(reader, group) for kind in groups for group in (kind, f"{kind}:code"))
        yield from islice(chain.from_iterable(listed), MOST_READ)
        for kind in (*PARTY_KINDS, VEHICLE):  # what lies beyond these, by its beginning
            first = met_key(site, kind, wanted if kind != VEHICLE else plate)
            yield from _list_beginning(reader, f"{site}:{kind}", first)


def _list_group(reader: Reader, group: str) -> Iterator[Document]:
    return read_all(lambda after: reader.list_documents("party_met", group, after))


def _list_beginning(reader: Reader, group: str, first: str) -> Iterator[Document]:
    yield from reader.find_documents("party_met", [first]).values()
    page, _ = reader.list_documents("party_met", group, first, 50)
    yield from (document for document in page if document.id.startswith(first))
