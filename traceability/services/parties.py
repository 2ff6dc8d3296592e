"""Whom do we deal with: suppliers, customers, carriers, receivers and their vehicles, kept as erasable documents.

Events hold ids only, so that a person can be forgotten without touching the book.
"""

from collections.abc import Iterable
from secrets import token_hex
from typing import NamedTuple

from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.errors import BadInput

LONGEST_NAME = 200
MOST_LISTED = 500  # in a list to choose from; more are found by typing
VEHICLE = "vehicle"


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


class Newcomer(NamedTuple):
    """Somebody, or a vehicle, that a form names for the first time; kept with the event that names them, not before."""

    kind: str
    name: str
    id: str


def list_names(store: Store, kind: str) -> list[str]:
    """The names known of a kind (supplier, customer, carrier, receiver; plates of vehicles), in their order."""
    with store.read() as reader:
        documents, _ = reader.list_documents("party_name", group=kind, limit=MOST_LISTED)
    return [found.body["name"] for found in documents]


def find_parties(reader: Reader, ids: set[str]) -> dict[str, Party]:
    """Parties by id; unknown and erased ones are left out."""
    return {id_: _party(found) for id_, found in reader.find_documents("party", ids).items()}


def find_vehicles(reader: Reader, ids: set[str]) -> dict[str, Vehicle]:
    """Vehicles by id; unknown and erased ones are left out."""
    return {id_: _vehicle(found) for id_, found in reader.find_documents("vehicle", ids).items()}


def find_named(store: Store, kind: str, name: str) -> Newcomer | str:
    """The id of who has this name (or id), else the newcomer that they are. Raises BadInput."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("party.bad_name", longest=LONGEST_NAME)
    with store.read() as reader:
        named = reader.find_documents("party_name", [key := name_key(kind, name)]).get(key)
        if named is not None:
            return str(named.body["id"])
        known = reader.find_documents("vehicle" if kind == VEHICLE else "party", [name]).get(name)
    if known is not None and known.body.get("kind", VEHICLE) == kind:
        return name
    return Newcomer(kind, name, f"{kind}-{token_hex(8)}")


def add_newcomers(writer: Writer, newcomers: Iterable[Newcomer]) -> None:
    """Keep them. Raises WriteConflict where one of the same name has come to be known meanwhile."""
    for kind, name, id_ in newcomers:
        body: Body = {"id": id_, "name": name}
        writer.put_document("party_name", name_key(kind, name), body, 0, group=kind)
        if kind == VEHICLE:
            writer.put_document("vehicle", id_, {"plate": name}, 0)
        else:
            writer.put_document("party", id_, {"kind": kind, "name": name, "licences": []}, 0, group=kind)


def name_key(kind: str, name: str) -> str:
    """The id of the document ``party_name`` by which a name leads to its party or vehicle; erased with them."""
    return f"{kind}:{name}"


def _vehicle(document: Document) -> Vehicle:
    body = document.body
    return Vehicle(document.id, body["plate"], body.get("class", ""), body.get("tare_g", 0))


def _party(document: Document) -> Party:
    body = document.body
    return Party(document.id, body["kind"], body["name"], body.get("region", ""))
