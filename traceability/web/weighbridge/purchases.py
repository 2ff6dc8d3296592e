"""Pages of what a firm pays for its tickets: prices of a ticket, receipt, register of a month. Its own people only."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotFound
from traceability.domain.purchase import InvoiceKind, Payment, Purchase, parse_price, yuan_of_price
from traceability.domain.ticket import WeighedGrade, weigh_grades
from traceability.locale.formats import write_plain
from traceability.services.operations import purchases, tickets
from traceability.services.operations.purchases import (
    PaymentTerms,
    erase_purchase,
    find_purchase,
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

PAPERS = ("a5", "80mm")


@pages.get("/<uuid:ticket_id>/slip")
def slip(ticket_id: UUID) -> ResponseReturnValue:
    """Show the ticket as the driver gets it on paper."""
    work = find_ticket(ticket_id)
    document = make_slip(work, tickets.ticket_of(work))
    return render_template(
        "weighbridge/paper.html", document=document, work_id=work.id, paper=_read_paper(), pdf=".slip_pdf"
    )


@pages.get("/<uuid:ticket_id>/slip.pdf")
def slip_pdf(ticket_id: UUID) -> ResponseReturnValue:
    """Send the ticket as a PDF."""
    work = find_ticket(ticket_id)
    return send_document(make_slip(work, tickets.ticket_of(work)), "pdf")


@pages.get("/<uuid:ticket_id>/receipt")
def receipt(ticket_id: UUID) -> ResponseReturnValue:
    """Show the supplier's receipt."""
    document = make_receipt(_find_purchase(ticket_id))
    return render_template(
        "weighbridge/paper.html", document=document, work_id=str(ticket_id), paper=_read_paper(), pdf=".receipt_pdf"
    )  # fmt: skip


@pages.get("/<uuid:ticket_id>/receipt.pdf")
def receipt_pdf(ticket_id: UUID) -> ResponseReturnValue:
    """Send the supplier's receipt as a PDF."""
    return send_document(make_receipt(_find_purchase(ticket_id)), "pdf")


@pages.route("/<uuid:ticket_id>/purchase", methods=["GET", "POST"])
def price(ticket_id: UUID) -> ResponseReturnValue:
    """Ask for the prices of a closed ticket, payment and invoice."""
    work = find_ticket(ticket_id)
    if work.state is not WorkState.CLOSED:
        flash(t("purchase.not_closed"), "warning")
        return redirect(url_for(".show", ticket_id=work.id))
    weighed = weigh_grades(tickets.ticket_of(work))
    faults: dict[str, str] = {}
    if request.method == "POST":
        prices = _read_prices(weighed, faults)
        terms = PaymentTerms(
            *(request.form.get(name, "").strip() for name in ("payment", "invoice_kind", "invoice_number"))
        )
        if not faults:
            try:
                keep_purchase(current.store(), current.viewer(), current.actor(), work.id, prices, terms)
            except BadInput as error:
                faults["invoice_number" if error.code.startswith("purchase.") else "payment"] = say(error)
            else:
                flash(t("purchase.kept"), "success")
                return redirect(url_for(".receipt", ticket_id=work.id))
    return make_response(_show_form(work, weighed, faults), 422 if faults else 200)


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
    found = purchases.list_purchases(current.reader(), current.viewer(), [site], month)
    return render_template(
        "weighbridge/register.html", document=make_register(site, month, found), site=site, month=month
    )


@pages.get("/purchases.csv")
@needs_site
def register_csv() -> ResponseReturnValue:
    """Send the purchases of a month at the site, for the firm's bookkeeping."""
    site, month = site_of_work(), read_month()
    found = purchases.list_purchases(current.reader(), current.viewer(), [site], month)
    return send_document(make_register(site, month, found), "csv")


def _find_purchase(ticket_id: UUID) -> Purchase:
    found = find_purchase(current.reader(), current.viewer(), str(ticket_id))
    if found is None:
        raise NotFound("purchase.none")
    return found


def _read_paper() -> str:
    chosen = request.args.get("paper", "")
    return chosen if chosen in PAPERS else PAPERS[0]


def _read_prices(weighed: list[WeighedGrade], faults: dict[str, str]) -> dict[int, int]:
    prices = {}
    for one in weighed:
        name = f"price-{one.grade.number}"
        try:
            prices[one.grade.number] = parse_price(request.form.get(name, ""))
        except BadInput as error:
            faults[name] = say(error)
    return prices


def _show_form(work: OpenWork, weighed: list[WeighedGrade], faults: dict[str, str]) -> str:
    known = find_purchase(current.reader(), current.viewer(), work.id)
    typed = dict(request.form) if faults else _fill(known) if known else {"payment": Payment.TRANSFER}
    return render_template(
        "weighbridge/purchase.html",
        work=work,
        ticket=tickets.ticket_of(work),
        weighed=weighed,
        known=known,
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
