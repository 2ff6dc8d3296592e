"""Keep what a firm pays for its tickets: documents ``purchase`` by site and month, which nobody outside the firm reads.

A purchase stands in no event, digest, export or log, so it can be changed and erased without touching the book.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
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
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.people import is_supervisor
from traceability.services.directory.reference import reference_in
from traceability.services.operations.loads import LoadState, RecordedLoad, find_load
from traceability.services.operations.tickets import find_ticket
from traceability.services.recording.open_work import OpenWork, WorkState, find_closed_work

PURCHASE = "purchase"


class PurchaseState(StrEnum):
    """Whether a purchase is of what is recorded."""

    HOLDS = "holds"
    CORRECTED = "corrected"  # masses, grades or names are others since: it is to be priced again
    VOID = "void"  # nothing came in


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


def judge_purchase(purchase: Purchase, load: RecordedLoad) -> PurchaseState:
    """Return whether a purchase is of the load as it is recorded now."""
    if load.state is LoadState.VOID:
        return PurchaseState.VOID
    paid = [(one.material, one.net_g, one.mass_g) for one in purchase.grades]
    recorded = [(one.material, one.net_g, one.mass_g) for one in load.grades]
    names = (purchase.supplier, purchase.vehicle), (load.supplier, load.vehicle)
    is_same = purchase.version == load.version or (paid == recorded and names[0] == names[1])
    return PurchaseState.HOLDS if is_same else PurchaseState.CORRECTED


def judge_purchases(reader: Reader, purchases: Collection[Purchase]) -> dict[str, PurchaseState]:
    """Return whether purchases are of what is recorded now, by their ids."""
    events = reader.find_events([one.id for one in purchases])
    changed = [
        one.id
        for one in purchases
        if (event := events.get(one.id)) is None or not event.live or event.version != one.version
    ]
    loads = {work.id: find_load(reader, work) for work in find_closed_work(reader, changed)}
    return {
        one.id: judge_purchase(one, loads[one.id]) if one.id in loads else PurchaseState.HOLDS
        for one in purchases
    }


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


def find_last_prices(reader: Reader, viewer: Viewer, site: str, month: str) -> dict[str, int]:
    """Return the price per kilogram that was last paid at a site in a month for each grade."""
    bought = list_purchases(reader, viewer, [site], month)
    return {grade.material: grade.price for purchase in bought for grade in purchase.grades}


def keep_purchase(
    store: Store, viewer: Viewer, actor: Actor, id_: str, prices: Mapping[int, int], terms: PaymentTerms,
    version: int | None = None,
) -> Purchase:  # fmt: skip
    """Keep what is paid for a closed ticket, in place of what was kept before; ``prices`` by the number of the grade in
    its load. ``version`` is that of the load for which they were typed, None where nobody looked at it.

    Raises BadInput, with the ``field`` that is wrong where one is: the ticket is not closed, its record is void or was corrected
    meanwhile, or a grade has no price. Raises NotFound of a ticket that is not the viewer's.
    """
    if terms.payment not in tuple(Payment):
        raise BadInput("ticket.choose", field="payment")
    if terms.invoice_kind not in tuple(InvoiceKind):
        raise BadInput("ticket.choose", field="invoice_kind")
    if len(terms.invoice_number) > LONGEST_NUMBER or not terms.invoice_number.isprintable():
        raise BadInput("purchase.bad_number", field="invoice_number", most=LONGEST_NUMBER)

    def work(writer: Writer) -> Purchase:
        ticket = find_ticket(writer, viewer, id_)
        if ticket.state is not WorkState.CLOSED:
            raise BadInput("purchase.not_closed")
        load = find_load(writer, ticket)
        if load.state is LoadState.VOID:
            raise BadInput("purchase.void")
        if version not in {None, load.version}:
            raise BadInput("purchase.changed_meanwhile")
        purchase = _price(ticket, load, prices, terms, actor)
        known = writer.find_documents(PURCHASE, [id_]).get(id_)
        stored, group = known.version if known else 0, f"{purchase.site}/{month_of(purchase.time_ms)}"
        writer.put_document(PURCHASE, id_, write_purchase(purchase), stored, group)
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


def _price(
    work: OpenWork, load: RecordedLoad, prices: Mapping[int, int], terms: PaymentTerms, actor: Actor
) -> Purchase:
    if any(one.number not in prices for one in load.grades):
        raise BadInput("purchase.bad_price")
    grades = tuple(
        BoughtGrade(one.number, one.material, one.net_g, one.mass_g, prices[one.number])
        for one in load.grades
    )
    return Purchase(
        work.id, work.site, work.number, work.ended_ms, load.supplier, load.vehicle, grades, *terms, actor.person,
        load.version,
    )  # fmt: skip


def _decode(document: Document) -> Purchase:
    return read_purchase(document.id, dict(document.body))
