"""Keep suppliers, customers, carriers, receivers and their vehicles as erasable documents.

Events hold ids only, so that a person can be forgotten without touching the book.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from graph.store import Document, Reader, Writer

LONGEST_NAME = 200
MOST_LISTED = 500  # in a list to choose from; more are found by typing
VEHICLE = "vehicle"
EVERYWHERE = "*"  # for the site of names that all may choose


class Party(NamedTuple):
    """A supplier, customer, carrier or receiver."""

    id: str
    kind: str
    name: str
    region: str = ""


class Vehicle(NamedTuple):
    """A vehicle with its plate, class and the tare on its papers."""

    id: str
    plate: str
    vehicle_class: str = ""
    tare_g: int = 0


class NamedParty(NamedTuple):
    """A party, or a vehicle, as a draft names it; a ``new`` one is kept with the event that names it, not before."""

    kind: str
    name: str
    id: str
    new: bool = False


def list_names(reader: Reader, kind: str, site: str) -> list[str]:
    """Return the names of a kind (supplier, customer …; plates) that a site dealt with, sorted.

    The parties of other sites are not shown; names that came by files are for all.
    """
    documents = [
        document
        for met_by in (site, EVERYWHERE)
        for document in reader.list_documents("party_met", group=f"{met_by}:{kind}", limit=MOST_LISTED)[0]
    ]
    return sorted({document.body["name"] for document in documents})[:MOST_LISTED]


def find_parties(reader: Reader, ids: set[str]) -> dict[str, Party]:
    """Return parties by id; unknown and erased ones are left out."""
    return {id_: _party(document) for id_, document in reader.find_documents("party", ids).items()}


def find_vehicles(reader: Reader, ids: set[str]) -> dict[str, Vehicle]:
    """Return vehicles by id; unknown and erased ones are left out."""
    return {id_: _vehicle(document) for id_, document in reader.find_documents("vehicle", ids).items()}


def find_in_firm(reader: Reader, sites: Sequence[str], kind: str, name: str) -> str:
    """Return the id of whom a firm knows by exactly this name, or of the party with this id; '' for nobody.

    ``sites`` are the firm's, that of the event first. Whom other firms deal with under the same name is somebody else;
    names that came by files are for all.
    """
    keys = [met_key(site, kind, name) for site in (*sites, EVERYWHERE)]
    met = reader.find_documents("party_met", keys)
    for key in keys:
        if key in met and "id" in met[key].body:
            return str(met[key].body["id"])
    if met:  # kept before meetings held the id
        named = reader.find_documents("party_name", [key := name_key(kind, name)]).get(key)
        if named is not None:
            return str(named.body["id"])
    document = reader.find_documents("vehicle" if kind == VEHICLE else "party", [name]).get(name)
    return name if document is not None and document.body.get("kind", VEHICLE) == kind else ""


def keep_names(writer: Writer, site: str, named: Collection[NamedParty]) -> None:
    """Keep who is new, and that the site dealt with all of them."""
    taken = writer.find_documents(
        "party_name", {name_key(party.kind, party.name) for party in named if party.new}
    )
    for kind, name, id_, new in named:
        if not new:
            continue
        if (key := name_key(kind, name)) not in taken:
            writer.put_document("party_name", key, {"id": id_, "name": name}, 0, group=kind)
        if kind == VEHICLE:
            writer.put_document("vehicle", id_, {"plate": name}, 0)
        else:
            writer.put_document("party", id_, {"kind": kind, "name": name, "licences": []}, 0, group=kind)
    wanted = {met_key(site, party.kind, party.name): party for party in named}
    met = writer.find_documents("party_met", wanted)
    for key, (kind, name, id_, _) in wanted.items():
        if key not in met:
            writer.put_document("party_met", key, {"name": name, "id": id_}, group=f"{site}:{kind}")


def name_key(kind: str, name: str) -> str:
    """Return the id of the document ``party_name`` that leads from a name to its party; erased with it."""
    return f"{kind}:{name}"


def met_key(site: str, kind: str, name: str) -> str:
    """Return the id of the document ``party_met``, of group ``<site>:<kind>``; erased with the party."""
    return f"{site}:{kind}:{name}"


def _vehicle(document: Document) -> Vehicle:
    body = document.body
    return Vehicle(document.id, body["plate"], body.get("class", ""), body.get("tare_g", 0))


def _party(document: Document) -> Party:
    body = document.body
    return Party(document.id, body["kind"], body["name"], body.get("region", ""))
