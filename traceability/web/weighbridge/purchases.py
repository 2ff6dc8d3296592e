"""Pages of what a firm pays for its tickets: prices of a ticket, receipt, register of a month. Its own people only."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.calendar import month_of
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.purchase import InvoiceKind, Payment, Purchase, parse_price, yuan_of_price
from traceability.locale.formats import write_plain
from traceability.render.sheets import ReportDocument
from traceability.services.operations import purchases, tickets
from traceability.services.operations.loads import RecordedLoad, find_load
from traceability.services.operations.purchases import (
    PaymentTerms,
    PurchaseState,
    erase_purchase,
    find_purchase,
    judge_purchase,
    judge_purchases,
    keep_purchase,
)
from traceability.services.recording.open_work import OpenWork, WorkState
from traceability.web.shell import current
from traceability.web.shell.report_pages import send_document
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import say, t
from traceability.web.weighbridge.papers import make_receipt, make_register, make_slip
from traceability.web.weighbridge.typed import read_month
from traceability.web.weighbridge.views import find_ticket, pages, site_of_work

PAPERS = A5, ROLL = ("a5", "80mm")


@pages.get("/<uuid:ticket_id>/slip")
def slip(ticket_id: UUID) -> ResponseReturnValue:
    """Show the ticket as the driver gets it on paper."""
    work = find_ticket(ticket_id)
    paper = _read_paper()
    document = _make_slip(work, on_roll=paper == ROLL)
    return render_template(
        "weighbridge/paper.html", document=document, work_id=work.id, paper=paper, pdf=".slip_pdf"
    )


@pages.get("/<uuid:ticket_id>/slip.pdf")
def slip_pdf(ticket_id: UUID) -> ResponseReturnValue:
    """Send the ticket as a PDF."""
    return send_document(_make_slip(find_ticket(ticket_id)), "pdf")


@pages.get("/<uuid:ticket_id>/receipt")
def receipt(ticket_id: UUID) -> ResponseReturnValue:
    """Show the supplier's receipt; one that is no longer of what is recorded leads to the prices, which say so."""
    purchase, state = _find_purchase(ticket_id)
    if state is not PurchaseState.HOLDS:
        return redirect(url_for(".price", ticket_id=ticket_id))
    document = make_receipt(purchase)
    return render_template(
        "weighbridge/paper.html", document=document, work_id=str(ticket_id), paper=_read_paper(), pdf=".receipt_pdf"
    )  # fmt: skip


@pages.get("/<uuid:ticket_id>/receipt.pdf")
def receipt_pdf(ticket_id: UUID) -> ResponseReturnValue:
    """Send the supplier's receipt as a PDF; one that is no longer of what is recorded leads to the prices."""
    purchase, state = _find_purchase(ticket_id)
    if state is not PurchaseState.HOLDS:
        return redirect(url_for(".price", ticket_id=ticket_id))
    return send_document(make_receipt(purchase), "pdf")


@pages.route("/<uuid:ticket_id>/purchase", methods=["GET", "POST"])
def price(ticket_id: UUID) -> ResponseReturnValue:
    """Ask for the prices of a closed ticket, payment and invoice."""
    work = find_ticket(ticket_id)
    if work.state is not WorkState.CLOSED:
        flash(t("purchase.not_closed"), "warning")
        return redirect(url_for(".show", ticket_id=work.id))
    load = find_load(current.reader(), work)
    faults: dict[str, str] = {}
    if request.method == "POST":
        prices = _read_prices(load, faults)
        terms = PaymentTerms(
            *(request.form.get(name, "").strip() for name in ("payment", "invoice_kind", "invoice_number"))
        )
        if not faults:
            try:
                keep_purchase(
                    current.store(),
                    current.viewer(),
                    current.actor(),
                    work.id,
                    prices,
                    terms,
                    _read_version(),
                )
            except BadInput as error:
                faults[str(error.figures.get("field", ""))] = say(error)
            else:
                flash(t("purchase.kept"), "success")
                return redirect(url_for(".receipt", ticket_id=work.id))
    return make_response(_show_form(work, load, faults), 422 if faults else 200)


@pages.post("/<uuid:ticket_id>/purchase/erase")
def erase(ticket_id: UUID) -> ResponseReturnValue:
    """Erase what was paid, by a supervisor of the site. Raises NotAllowed."""
    work = find_ticket(ticket_id)
    erase_purchase(current.store(), current.viewer(), current.actor(), work.id)
    flash(t("purchase.erased", number=work.number), "success")
    return redirect(url_for(".show", ticket_id=work.id))


@pages.get("/purchases")
@needs_site
def register() -> ResponseReturnValue:
    """List the purchases of a month at the site."""
    site, month = site_of_work(), read_month()
    return render_template(
        "weighbridge/register.html", document=_make_register(site, month), site=site, month=month
    )


@pages.get("/purchases.csv")
@needs_site
def register_csv() -> ResponseReturnValue:
    """Send the purchases of a month at the site, for the firm's bookkeeping."""
    site, month = site_of_work(), read_month()
    return send_document(_make_register(site, month), "csv")


def _make_register(site: str, month: str) -> ReportDocument:
    reader = current.reader()
    found = purchases.list_purchases(reader, current.viewer(), [site], month)
    return make_register(site, month, found, judge_purchases(reader, found))


def _make_slip(work: OpenWork, *, on_roll: bool = False) -> ReportDocument:
    load = find_load(current.reader(), work) if work.state is WorkState.CLOSED else None
    return make_slip(work, tickets.ticket_of(work), load, on_roll=on_roll)


def _find_purchase(ticket_id: UUID) -> tuple[Purchase, PurchaseState]:
    """Return what was paid for a ticket, and whether it is of what is recorded. Raises NotFound."""
    reader = current.reader()
    found = find_purchase(reader, current.viewer(), str(ticket_id))
    if found is None:
        find_ticket(ticket_id)  # of one that is not theirs, nobody is told whether it has prices
        raise NotFound("purchase.none")
    return found, judge_purchases(reader, [found])[found.id]


def _read_paper() -> str:
    chosen = request.args.get("paper", "")
    return chosen if chosen in PAPERS else A5


def _read_version() -> int | None:
    """Return the version of the load that the page showed, None where it said none."""
    written = request.form.get("version", "")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None


def _read_prices(load: RecordedLoad, faults: dict[str, str]) -> dict[int, int]:
    prices = {}
    for one in load.grades:
        name = f"price-{one.number}"
        try:
            prices[one.number] = parse_price(request.form.get(name, ""))
        except BadInput as error:
            faults[name] = say(error)
    return prices


def _show_form(work: OpenWork, load: RecordedLoad, faults: dict[str, str]) -> str:
    known = find_purchase(current.reader(), current.viewer(), work.id)
    typed = dict(request.form) if faults else _fill(known) if known else {"payment": Payment.TRANSFER}
    month = month_of(work.ended_ms)
    last = purchases.find_last_prices(current.reader(), current.viewer(), work.site, month)
    return render_template(
        "weighbridge/purchase.html",
        last={grade: write_plain(yuan_of_price(price), 4) for grade, price in last.items()},
        work=work,
        load=load,
        known=known,
        state=judge_purchase(known, load) if known else None,
        may_erase=known is not None and "supervisor" in current.roles(work.site),
        typed=typed,
        faults=faults,
        payments=[(str(one), t(f"payment.{one}")) for one in Payment],
        invoices=[(str(one), t(f"invoice.{one}")) for one in InvoiceKind],
    )


def _fill(purchase: Purchase) -> dict[str, str]:
    prices = {f"price-{one.number}": write_plain(yuan_of_price(one.price), 4) for one in purchase.grades}
    names = ("payment", "invoice_kind", "invoice_number")
    return {**prices, **{name: str(getattr(purchase, name)) for name in names}}
