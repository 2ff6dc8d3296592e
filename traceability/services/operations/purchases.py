"""Keep what a firm pays for its tickets: documents ``purchase`` by site and month, which nobody outside the firm reads.

A purchase stands in no event, digest, export or log, so it can be changed and erased without touching the book.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Document, Reader, Store, Writer
from traceability.domain.calendar import month_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.purchase import (
    LONGEST_NUMBER,
    BoughtGrade,
    InvoiceKind,
    Payment,
    Purchase,
    read_purchase,
    write_purchase,
)
from traceability.domain.rights import Viewer
from traceability.domain.ticket import weigh_grades
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.people import is_supervisor
from traceability.services.directory.reference import reference_in
from traceability.services.operations.tickets import find_ticket, ticket_of
from traceability.services.recording.open_work import OpenWork, WorkState

PURCHASE = "purchase"


class PaymentTerms(NamedTuple):
    """How a purchase is paid and invoiced."""

    payment: str
    invoice_kind: str = InvoiceKind.NONE
    invoice_number: str = ""


def find_purchase(reader: Reader, viewer: Viewer, id_: str) -> Purchase | None:
    """Return the purchase of a ticket, None where nothing was priced. Raises NotFound of another firm's."""
    document = reader.find_documents(PURCHASE, [id_]).get(id_)
    if document is None:
        return None
    purchase = _decode(document)
    if purchase.site not in list_own_sites(reader, viewer):
        raise NotFound("work.unknown")
    return purchase


def list_own_sites(reader: Reader, viewer: Viewer) -> list[str]:
    """Return the sites whose purchases somebody may read: all of the firms at whose sites they work."""
    reference = reference_in(reader)
    own = [[site, *reference.sites_of(reference.firm_of(site))] for site in viewer.works_at]
    return sorted({site for sites in own for site in sites})


def list_purchases(reader: Reader, viewer: Viewer, sites: Iterable[str], month: str) -> list[Purchase]:
    """Return the purchases of some sites in a month in the order of their tickets' ends; of sites of other firms none."""
    own = set(list_own_sites(reader, viewer))
    found = [
        _decode(document)
        for site in sorted(own & set(sites))
        for document in read_all(
            lambda after, site=site: reader.list_documents(PURCHASE, f"{site}/{month}", after)  # type: ignore[misc]
        )
    ]
    return sorted(found, key=lambda one: (one.time_ms, one.id))


def keep_purchase(
    store: Store, viewer: Viewer, actor: Actor, id_: str, prices: Mapping[int, int], terms: PaymentTerms
) -> Purchase:
    """Keep what is paid for a closed ticket, in place of what was kept before; ``prices`` by the number of the grade.

    Raises BadInput where the ticket is not closed or a grade has no price, NotFound of a ticket that is not the viewer's.
    """
    if terms.payment not in tuple(Payment) or terms.invoice_kind not in tuple(InvoiceKind):
        raise BadInput("ticket.choose")
    if len(terms.invoice_number) > LONGEST_NUMBER or not terms.invoice_number.isprintable():
        raise BadInput("purchase.bad_number", most=LONGEST_NUMBER)
    if terms.invoice_kind != InvoiceKind.NONE and not terms.invoice_number:
        raise BadInput("purchase.number_needed")

    def work(writer: Writer) -> Purchase:
        ticket = find_ticket(writer, viewer, id_)
        if ticket.state is not WorkState.CLOSED:
            raise BadInput("purchase.not_closed")
        purchase = _price(ticket, prices, terms, actor)
        known = writer.find_documents(PURCHASE, [id_]).get(id_)
        version, group = known.version if known else 0, f"{purchase.site}/{month_of(purchase.time_ms)}"
        writer.put_document(PURCHASE, id_, write_purchase(purchase), version, group)
        return purchase

    return store.write(work)


def erase_purchase(store: Store, viewer: Viewer, actor: Actor, id_: str) -> None:
    """Erase what was paid for a ticket, and note who did.

    Raises NotFound where there is none, NotAllowed for who is no supervisor of the site.
    """

    def work(writer: Writer) -> None:
        ticket = find_ticket(writer, viewer, id_)
        if not is_supervisor(writer, actor.person, ticket.site, actor.now_ms):
            raise NotAllowed("purchase.needs_supervisor")
        if not writer.find_documents(PURCHASE, [id_]):
            raise NotFound("purchase.none")
        writer.erase_document(PURCHASE, id_)
        note(writer, actor.entry(AuditAction.PURCHASE_ERASE, PURCHASE, f"{ticket.site} {ticket.number}"))

    store.write(work)


def _price(work: OpenWork, prices: Mapping[int, int], terms: PaymentTerms, actor: Actor) -> Purchase:
    ticket = ticket_of(work)
    weighed = weigh_grades(ticket)
    if any(one.grade.number not in prices for one in weighed):
        raise BadInput("purchase.bad_price")
    grades = tuple(
        BoughtGrade(one.grade.number, one.grade.material, one.net_g, one.settled_g, prices[one.grade.number])
        for one in weighed
    )
    return Purchase(
        work.id, work.site, work.number, work.ended_ms, ticket.supplier, ticket.vehicle, grades, *terms, actor.person
    )  # fmt: skip


def _decode(document: Document) -> Purchase:
    return read_purchase(document.id, dict(document.body))
