"""Small pages that the next steps of a lot lead to: assay, inspection, new label, stocktake,
disposal, return.
"""

from typing import Any

from traceability.domain.kinds import OBSERVATIONS
from traceability.domain.lot import Lot
from traceability.web.forms.event_fields import ASSAYED
from traceability.web.forms.form import EventForm, EventPage
from traceability.web.record.event_page import blueprint


def _context(form: EventForm) -> dict[str, Any]:
    return {"elements": ASSAYED}


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    if lot is None:
        return {"subject": "radiation"} if kind == "inspect" else {}
    if kind == "return":
        return {"shipment": lot.shipment}
    if kind == "dispose":
        return {"waste_code": lot.waste_code, "outcome": "sent_back" if lot.quarantined else "utilised"}
    return {"subject": "radiation"} if kind == "inspect" else {}


def _settle_shipment(form: EventForm) -> None:
    """The lots that stand in the page say which shipment is reversed, whichever it was opened for."""
    if not form.replacing:
        shipments = [lot.shipment for lot in form.named_lots().values() if lot.shipment]
        form.typed["shipment"] = shipments[0] if shipments else ""


def _page(kind: str) -> EventPage:
    page = EventPage("record/observation.html", _context, (kind,), "lots", start=_start)
    return page._replace(settle=_settle_shipment) if kind == "return" else page


PAGES = {kind: _page(kind) for kind in (*OBSERVATIONS, "dispose", "return")}
AREAS = tuple(blueprint(kind, f"/{kind}", page) for kind, page in PAGES.items())
