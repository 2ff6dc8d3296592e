"""What can I do here, what arrives, what did we last handle?"""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from graph.store import LotFilter
from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.services.tracing.lots import list_lots
from traceability.web.lots.lot_view import show_lot
from traceability.web.shell import current

pages = Blueprint("home", __name__)

SHOWN = 8


@pages.get("/favicon.ico")
def icon() -> ResponseReturnValue:
    """What browsers ask for by themselves."""
    return current_app.send_static_file("icon.svg")


@pages.get("/")
def show() -> ResponseReturnValue:
    """Home of a person at their site; of somebody without a site, the way to reports and lots."""
    site = current.site()
    arrivals: list[Lot] = []
    recent: list[Lot] = []
    if site is not None:
        store = current.store()
        arrivals, _ = list_lots(store, LotFilter(to=site.id, status="in_transit"), limit=SHOWN)
        recent, _ = list_lots(store, LotFilter(site=site.id), limit=SHOWN)
    return render_template(
        "home/home.html",
        site=site,
        sites=current.work_sites(),
        may_seal=site is not None and may_record("seal", current.roles(site.id)),
        plans=bool(current.planned_sites()),
        arrivals=[show_lot(lot) for lot in arrivals],
        recent=[show_lot(lot) for lot in recent],
    )
