"""Keep the label printers of sites: an administrator registers their addresses, so nobody sends files anywhere else."""

from collections.abc import Collection
from ipaddress import ip_address
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Document, Reader, Store, Writer
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.devices import check_label

KIND = "label_printer"
LANGUAGES = ("zpl", "tspl")
PORTS = range(9100, 9110)
"""Ports of raw printing: a print server has one for each of its sockets. Nothing else may be reached through us."""
MOST_PRINTERS = 500


class LabelPrinter(NamedTuple):
    """A label printer of a site: where it listens, what it speaks, its dots per inch and the labels in it."""

    id: str
    site: str
    name: str
    host: str
    port: int
    language: str
    dpi: int
    size: str


def check_host(typed: str) -> str:
    """Return the IP address of a printer in its plain form. Raises BadInput.

    A name is none: what it means is decided elsewhere, and may change.
    """
    try:
        address = ip_address(typed.strip())
    except ValueError:
        raise BadInput("printer.bad_host") from None
    if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
        raise BadInput("printer.bad_host")
    return str(address)


def check_port(typed: str) -> int:
    """Return the port of a printer. Raises BadInput."""
    plain = typed.strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 5 and int(plain) in PORTS):
        raise BadInput("printer.bad_port", first=str(PORTS[0]), last=str(PORTS[-1]))
    return int(plain)


def check_name(typed: str) -> str:
    """Return the name of a printer. Raises BadInput."""
    return check_label(typed)


def add_printer(store: Store, actor: Actor, printer: LabelPrinter) -> LabelPrinter:
    """Register a printer. Raises BadInput where one has its address already, or there are too many."""
    registered = printer._replace(id=f"{printer.host} {printer.port}")

    def work(writer: Writer) -> None:
        known = {one.id: one for one in list_printers(writer)}
        if registered.id in known:  # it may be another site's, which would lose it
            name = known[registered.id].name
            raise BadInput("printer.taken", address=f"{printer.host}:{printer.port}", name=name)
        if len(known) >= MOST_PRINTERS:
            raise BadInput("printer.too_many", most=MOST_PRINTERS)
        body = registered._asdict()
        del body["id"], body["site"]
        writer.put_document(KIND, registered.id, body, group=registered.site)
        note(writer, actor.entry(AuditAction.PRINTER_CHANGE, KIND, registered.id))

    store.write(work)
    return registered


def remove_printer(store: Store, actor: Actor, printer_id: str) -> bool:
    """Take a printer out; return whether it was there."""

    def work(writer: Writer) -> bool:
        if printer_id not in writer.find_documents(KIND, [printer_id]):
            return False
        writer.erase_document(KIND, printer_id)
        note(writer, actor.entry(AuditAction.PRINTER_CHANGE, KIND, printer_id))
        return True

    return store.write(work)


def list_printers(reader: Reader, sites: Collection[str] | None = None) -> list[LabelPrinter]:
    """Return the printers of some sites, or all, by site and name."""
    documents = read_all(lambda after: reader.list_documents(KIND, None, after))
    found = [_read(one) for one in documents if sites is None or one.group in sites]
    return sorted(found, key=lambda printer: (printer.site, printer.name))


def find_printer(reader: Reader, viewer: Viewer, printer_id: str) -> LabelPrinter:
    """Return a printer of a site where the viewer works. Raises NotFound."""
    found = reader.find_documents(KIND, [printer_id]).get(printer_id)
    if found is None or found.group not in viewer.works_at:
        raise NotFound("printer.unknown")
    return _read(found)


def _read(document: Document) -> LabelPrinter:
    return LabelPrinter(id=document.id, site=document.group, **document.body)
