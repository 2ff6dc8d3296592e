"""Pages of lots: one lot with its history and lineage, its whole trace, and lists by site."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import LotFilter
from scanners.codes import is_code, normalise_code
from scanners.digital_link import build_label_uri
from scanners.labels.svg import draw_qr
from traceability.domain.lot import Lot
from traceability.domain.next_steps import list_steps
from traceability.domain.vocabulary import FORMS, MIXED, STATUSES
from traceability.services.tracing.lot_dossier import LotDossier, find_lot_dossier
from traceability.services.tracing.lots import list_lots
from traceability.web.find.list_page import read_choice, read_texts
from traceability.web.lots.lot_view import show_lot, show_weighing
from traceability.web.lots.status_view import show_cause
from traceability.web.lots.trace_view import draw, show_back, show_forward, show_held
from traceability.web.scanning.views import show_unbound
from traceability.web.shell import current
from traceability.web.shell.words import material_name, metal_name, t

pages = Blueprint("lots", __name__)

MOST_ROWS = 40  # of a trace on the lot's page; the whole is one click away
PAGE = 50


@pages.get("/l/<path:code>")
def show(code: str) -> ResponseReturnValue:
    """Show what the QR code on a label opens: the page of its lot."""
    dossier = _find_dossier(code)
    if not isinstance(dossier, LotDossier):
        return dossier
    lot, lineage = dossier.lot, dossier.lineage
    return render_template(
        "lots/lot.html",
        lot=lot,
        shown=show_lot(lot),
        asked=code,
        named=dossier.is_named,
        names=dossier.names,
        claim=dossier.claim,
        readings=show_weighing(dossier.weighing),
        failed=[t(f"subject.{subject}") for subject, _ in lot.failures],
        qr=draw_qr(build_label_uri(current.settings().address, lot.code), t("label.qr_of", code=lot.code)),
        steps=list_steps(lot, current.roles, current.allows),
        history=dossier.history,
        back=show_back(lineage, MOST_ROWS),
        forward=show_forward(lineage.forward, MOST_ROWS),
        held=show_held(lineage, MOST_ROWS),
        drawings=(draw(lineage.back), draw(lineage.forward)),
        voiding=dossier.voiding,
        went=None if lot.void else show_cause(dossier.cause),
        recalls=dossier.recalls,
    )


@pages.get("/l/<code>/trace")
def trace(code: str) -> ResponseReturnValue:
    """Show the whole trace of a lot, in both directions."""
    dossier = _find_dossier(code)
    if not isinstance(dossier, LotDossier):
        return dossier
    lineage = dossier.lineage
    return render_template(
        "lots/trace.html",
        lot=dossier.lot,
        shown=show_lot(dossier.lot),
        back=show_back(lineage),
        forward=show_forward(lineage.forward),
        held=show_held(lineage),
        voiding=dossier.voiding,
    )


def _find_dossier(code: str) -> LotDossier | ResponseReturnValue:
    """Return the lot of an address, or where the address leads: its plain spelling, a scan, a free label."""
    plain = normalise_code(code)
    if not is_code(plain):
        return redirect(url_for("scans.answer", q=code))
    if plain != code:
        return redirect(url_for(str(request.endpoint), code=plain))
    return find_lot_dossier(current.reader(), current.viewer(), plain) or show_unbound(plain)


@pages.get("/lots")
def list_all() -> ResponseReturnValue:
    """List the lots of one site in the person's view, newest first."""
    sites = [site for site in current.sites_in_view() if not site.is_authority]  # which has no lots
    own = current.site()
    chosen = request.args.get("site", own.id if own else sites[0].id if sites else "")
    if chosen not in {site.id for site in sites}:
        chosen = sites[0].id if sites else ""
    metals = (*current.reference().metals, MIXED)
    choices = {
        "status": STATUSES,
        "form": FORMS,
        "metal": metals,
        "material": tuple(current.reference().materials),
    }
    asked = read_texts(*choices)
    wanted = {name: read_choice(asked, name, words) for name, words in choices.items()}
    lots: list[Lot] = []
    following = ""
    if chosen:
        filter_ = LotFilter(site=chosen, **wanted)
        lots, following = list_lots(
            current.reader(), current.viewer(), filter_, request.args.get("after", ""), PAGE
        )
    query: dict[str, Any] = {"site": chosen, **{name: value for name, value in wanted.items() if value}}
    return make_response(
        render_template(
            "lots/list.html",
            sites=sites,
            chosen=chosen,
            wanted=wanted,
            forms=[(form, t(f"form.{form}")) for form in FORMS],
            statuses=[(status, t(f"status.{status}")) for status in STATUSES],
            metals=[(metal, metal_name(metal)) for metal in metals],
            materials=[(id_, material_name(id_)) for id_ in current.reference().materials],
            lots=[show_lot(lot) for lot in lots],
            following=url_for("lots.list_all", **query, after=following) if following else "",
            first=url_for("lots.list_all", **query) if request.args.get("after") else "",
        )
    )
