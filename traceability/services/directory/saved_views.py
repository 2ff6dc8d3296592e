"""Keep the views of reports that a person saved by name: addresses with their filters, shared by their link."""

from hashlib import sha256
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader, Store, Writer
from traceability.domain.errors import BadInput
from traceability.domain.identifier import normalise_identifier
from traceability.services.directory.devices import check_label

KIND = "saved_view"
MOST_VIEWS = 50
LONGEST_ADDRESS = 2000


class SavedView(NamedTuple):
    """A view of one person: its name, and the path and query that open it."""

    id: str
    name: str
    address: str


def list_views(reader: Reader, person: str) -> list[SavedView]:
    """Return a person's saved views by name."""
    documents = read_all(lambda after: reader.list_documents(KIND, person, after))
    views = [SavedView(one.id, one.body["name"], one.body["address"]) for one in documents]
    return sorted(views, key=lambda view: normalise_identifier(view.name))


def save_view(store: Store, person: str, name: str, address: str) -> SavedView:
    """Save an address under a name; one of that name is replaced. Raises BadInput."""
    tidy = check_label(name)
    if len(address) > LONGEST_ADDRESS:
        raise BadInput("saved_view.too_long")
    view = SavedView(_make_id(person, tidy), tidy, address)

    def work(writer: Writer) -> None:
        kept = list_views(writer, person)
        if len(kept) >= MOST_VIEWS and view.id not in {one.id for one in kept}:
            raise BadInput("saved_view.too_many", most=MOST_VIEWS)
        writer.put_document(KIND, view.id, {"name": view.name, "address": address}, group=person)

    store.write(work)
    return view


def forget_view(store: Store, person: str, view_id: str) -> None:
    """Remove a view of the person; one that is not there, or somebody else's, changes nothing."""

    def work(writer: Writer) -> None:
        if view_id in {one.id for one in list_views(writer, person)}:
            writer.erase_document(KIND, view_id)

    store.write(work)


def _make_id(person: str, name: str) -> str:
    """Return the same id for the same name, however it was typed."""
    return sha256(f"{person}\n{normalise_identifier(name)}".encode()).hexdigest()[:32]
