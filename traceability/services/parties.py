"""Whom do we deal with: suppliers, customers, carriers, receivers and their vehicles, kept as erasable documents.

Events hold ids only, so that a person can be forgotten without touching the book: a new name becomes a document first.
"""

from collections.abc import Iterator
from secrets import token_hex
from typing import NamedTuple

from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.errors import BadInput

LONGEST_NAME = 200
MOST_LISTED = 500  # in a list to choose from; more are found by typing


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


def list_parties(store: Store, kind: str) -> list[Party]:
    """The parties of a kind (supplier, customer, carrier, receiver), by name."""
    with store.read() as reader:
        documents, _ = reader.list_documents("party", group=kind, limit=MOST_LISTED)
    return sorted((_party(found) for found in documents), key=lambda party: party.name)


def find_parties(reader: Reader, ids: set[str]) -> dict[str, Party]:
    """Parties by id; unknown and erased ones are left out."""
    return {id_: _party(found) for id_, found in reader.find_documents("party", ids).items()}


def list_vehicles(store: Store) -> list[Vehicle]:
    """Known vehicles, by plate."""
    with store.read() as reader:
        documents, _ = reader.list_documents("vehicle", limit=MOST_LISTED)
    return [_vehicle(found) for found in documents]


def find_vehicles(reader: Reader, ids: set[str]) -> dict[str, Vehicle]:
    """Vehicles by id; unknown and erased ones are left out."""
    return {id_: _vehicle(found) for id_, found in reader.find_documents("vehicle", ids).items()}


def find_or_add_party(store: Store, kind: str, name: str) -> str:
    """The id of the party of this kind and name (or id); somebody new is added. Raises BadInput."""
    _check_name(name)

    def find(reader: Reader) -> str:
        known = reader.find_documents("party", [name]).get(name)
        if known is not None and known.group == kind:
            return name
        return next((one.id for one in _every(reader, "party", kind) if one.body["name"] == name), "")

    def work(writer: Writer) -> str:
        found = find(writer)
        if found:
            return found
        id_ = f"{kind}-{token_hex(8)}"
        body: Body = {"kind": kind, "name": name, "licences": []}
        return writer.put_document("party", id_, body, 0, group=kind).id

    with store.read() as reader:
        known = find(reader)
    return known or store.write(work)


def find_or_add_vehicle(store: Store, plate: str) -> str:
    """The id of the vehicle with this plate (or id); a new one is added. Raises BadInput."""
    _check_name(plate)

    def find(reader: Reader) -> str:
        if reader.find_documents("vehicle", [plate]):
            return plate
        return next((one.id for one in _every(reader, "vehicle", None) if one.body["plate"] == plate), "")

    def work(writer: Writer) -> str:
        found = find(writer)
        return found or writer.put_document("vehicle", f"vehicle-{token_hex(8)}", {"plate": plate}, 0).id

    with store.read() as reader:
        known = find(reader)
    return known or store.write(work)


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("party.bad_name", longest=LONGEST_NAME)


def _every(reader: Reader, kind: str, group: str | None) -> Iterator[Document]:
    after = ""
    while True:
        documents, after = reader.list_documents(kind, group, after)
        yield from documents
        if not after:
            return


def _vehicle(document: Document) -> Vehicle:
    body = document.body
    return Vehicle(document.id, body["plate"], body.get("class", ""), body.get("tare_g", 0))


def _party(document: Document) -> Party:
    body = document.body
    return Party(document.id, body["kind"], body["name"], body.get("region", ""))
