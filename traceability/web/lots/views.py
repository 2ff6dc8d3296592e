"""One lot with everything that is known of it, and lists of lots."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import LotFilter
from scanners.codes import is_code, normalise_code
from scanners.labels.svg import draw_qr
from traceability.domain.lot import Lot
from traceability.domain.next_steps import list_steps
from traceability.domain.vocabulary import FORMS, METALS, MIXED, STATUSES
from traceability.services.tracing.events import list_recalls
from traceability.services.tracing.lineage import trace_lot_back, trace_lot_forward
from traceability.services.tracing.lots import History, find_lot, find_voiding, list_history, list_lots
from traceability.web.lots.lot_view import names_for, show_lot
from traceability.web.lots.scan import show_unbound
from traceability.web.lots.trace_view import draw, show_back, show_forward, show_held
from traceability.web.shell import current
from traceability.web.shell.words import t

pages = Blueprint("lots", __name__)

MOST_ROWS = 40  # of a trace on the lot's page; the whole is one click away
PAGE = 50


@pages.get("/l/<path:code>")
def show(code: str) -> ResponseReturnValue:
    """The page that the QR code on a label opens."""
    lot = _find_lot(code)
    if not isinstance(lot, Lot):
        return lot
    store = current.store()
    named = current.viewer().shows_lot(lot)
    history = list_history(store, lot) if named else History([])
    back = trace_lot_back(store, lot.id)
    forward = trace_lot_forward(store, lot.id)
    events = [happening.event for happening in history.happenings]
    names = names_for(store, events, {lot.supplier, lot.to} if named else set())
    return render_template(
        "lots/lot.html",
        lot=lot,
        shown=show_lot(lot),
        asked=code,
        named=named,
        names=names,
        failed=[t(f"subject.{subject}") for subject, _ in lot.failures],
        qr=draw_qr(current.settings().host, lot.code, title=t("label.qr_of", code=lot.code)),
        steps=list_steps(lot, current.roles),
        history=history,
        back=show_back(store, back, MOST_ROWS),
        forward=show_forward(store, forward, MOST_ROWS),
        held=show_held(store, forward, MOST_ROWS),
        drawings=(draw(back), draw(forward)),
        voiding=find_voiding(store, lot),
        recalls=list_recalls(store, lot) if named else [],
    )


@pages.get("/l/<code>/trace")
def trace(code: str) -> ResponseReturnValue:
    """The whole trace, in both directions."""
    lot = _find_lot(code)
    if not isinstance(lot, Lot):
        return lot
    store = current.store()
    forward = trace_lot_forward(store, lot.id)
    return render_template(
        "lots/trace.html",
        lot=lot,
        shown=show_lot(lot),
        back=show_back(store, trace_lot_back(store, lot.id)),
        forward=show_forward(store, forward),
        held=show_held(store, forward),
        named=current.viewer().shows_lot(lot),
        voiding=find_voiding(store, lot),
    )


def _find_lot(code: str) -> Lot | ResponseReturnValue:
    """The lot of an address, or else where the address leads: to what was typed, its plain spelling, a free label."""
    plain = normalise_code(code)
    if not is_code(plain):
        return redirect(url_for("scans.answer", q=code))
    if plain != code:
        return redirect(url_for(str(request.endpoint), code=plain))
    return find_lot(current.store(), plain) or show_unbound(plain)


@pages.get("/lots")
def list_all() -> ResponseReturnValue:
    """Lots of one site in the person's view, newest first."""
    sites = [site for id_, site in sorted(current.reference().sites.items()) if id_ in current.viewer().sees]
    own = current.site()
    chosen = request.args.get("site", own.id if own else sites[0].id if sites else "")
    if chosen not in {site.id for site in sites}:
        chosen = sites[0].id if sites else ""
    wanted = {
        "status": _one_of(STATUSES, "status"),
        "form": _one_of(FORMS, "form"),
        "metal": _one_of((*METALS, MIXED), "metal"),
    }
    lots: list[Lot] = []
    following = ""
    if chosen:
        filter_ = LotFilter(site=chosen, **wanted)
        lots, following = list_lots(current.store(), filter_, request.args.get("after", ""), PAGE)
    asked: dict[str, Any] = {"site": chosen, **{name: value for name, value in wanted.items() if value}}
    return make_response(
        render_template(
            "lots/list.html",
            sites=sites,
            chosen=chosen,
            wanted=wanted,
            forms=FORMS,
            statuses=STATUSES,
            metals=(*METALS, MIXED),
            lots=[show_lot(lot) for lot in lots],
            following=url_for("lots.list_all", **asked, after=following) if following else "",
            first=url_for("lots.list_all", **asked) if request.args.get("after") else "",
        )
    )


def _one_of(words: tuple[str, ...], name: str) -> str:
    given = request.args.get(name, "")
    return given if given in words else ""
