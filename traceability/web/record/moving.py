"""Pages for lots that leave, to a site or to a customer outside, and that arrive and are weighed
again.
"""

from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from graph.store import LotFilter
from scanners.codes import normalise_code
from traceability.domain.errors import NotFound
from traceability.domain.lot import Lot
from traceability.services.tracing.lots import list_lots
from traceability.services.tracing.shipments import find_shipment
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.lots.lot_view import show_lot
from traceability.web.record.event_page import begin, blueprint
from traceability.web.shell import current

MOST_ARRIVALS = 200
TAKE_ALL = "take-all"
TAKE = "take-"


def _shipping_start(kind: str, lot: Lot | None) -> dict[str, str]:
    return {"mode": "road"}


def _receiving(form: EventForm) -> dict[str, Any]:
    named = {lot.code for lot in form.lots.values()}
    arrivals = [] if form.filled else [lot for lot in _expected(form.site) if lot.code not in named]
    return {"arrivals": [show_lot(lot) for lot in arrivals]}


def _receiving_start(kind: str, lot: Lot | None) -> dict[str, str]:
    """Return the site that a delivery note leads to, where the person works there."""
    site = request.args.get("site", "")
    return {"site": site} if site in current.viewer().works_at else {}


def _open_truck(code: str, site: str) -> list[str]:
    """Return the codes of a delivery note's lots that are due at a site; none where the note is out of view."""
    try:
        note = find_shipment(current.reader(), current.viewer(), code)
    except NotFound:
        return []
    return note.open_codes if note.detail.to == site else []


def _expected(site: str) -> list[Lot]:
    in_transit = LotFilter(to=site, status="in_transit")
    return list_lots(current.reader(), current.viewer(), in_transit, limit=MOST_ARRIVALS)[0]


def _receive(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record an arrival; the buttons beside the expected lots put them into the list, and so does a delivery note."""
    form = begin(kind, page)
    truck = normalise_code(request.args.get("shipment", ""))
    if truck and not form.sent:
        form.add_truck(truck)
    receipt = form.record()
    if receipt:
        return redirect(after(receipt))
    if form.action == TAKE_ALL:
        form.add_lots([lot.code for lot in _expected(form.site)])
    elif form.action.startswith(TAKE):
        form.add_lots([form.action.removeprefix(TAKE)])
    return form.page()


SHIP = EventPage(
    "record/ship.html",
    kinds=("ship",),
    listed="lots",
    start=_shipping_start,
)
RECEIVE = EventPage(
    "record/receive.html", _receiving, ("receive",), "lots", start=_receiving_start, open_truck=_open_truck
)

PAGES = {"ship": SHIP, "receive": RECEIVE}
AREAS = (blueprint("ship", "/ship", SHIP), blueprint("receive", "/receive", RECEIVE, _receive))
