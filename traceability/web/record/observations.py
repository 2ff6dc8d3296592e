"""Small pages that the next steps of a lot lead to: assay, inspection, new label, stocktake,
disposal, return.
"""

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from traceability.domain.errors import EventRejected, TraceabilityError
from traceability.domain.event import Shipment
from traceability.domain.kinds import OBSERVATIONS
from traceability.domain.lot import Lot
from traceability.locale import format_time
from traceability.services.recording.alike_lots import list_alike, record_alike
from traceability.web.forms.form import ALIKE, EventForm, EventPage, after
from traceability.web.record.event_page import begin, blueprint
from traceability.web.record.spectrum import SPECTRUM_ACTIONS, find_spectrum, list_elements, read_spectrum
from traceability.web.shell import current
from traceability.web.shell.words import say, site_name, t


def _context(form: EventForm) -> dict[str, Any]:
    return {
        "elements": list_elements(form) if form.kind == "assay" else (),
        "spectrum": find_spectrum(form) if form.kind == "assay" else None,
        "alike": _list_alike(form) if form.kind == "assay" and not form.replacing else (),
        "shipments": _show_shipments(form) if form.kind == "return" else [],
    }


def _list_alike(form: EventForm) -> list[Lot]:
    """Return the lots of the same heat and material as the one in the page."""
    named = list(form.named_lots().values())
    return list_alike(current.reader(), current.viewer(), named[0]) if len(named) == 1 else []


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    if lot is None:
        return {"subject": "radiation"} if kind == "inspect" else {}
    if kind == "return":
        return {"shipment": request.args.get("shipment", "")}
    if kind == "dispose":
        return {"waste_code": lot.waste_code, "outcome": "sent_back" if lot.quarantined else "utilised"}
    return {"subject": "radiation"} if kind == "inspect" else {}


def _list_shipments(form: EventForm) -> list[str]:
    """Return the shipments of this site that the lots in the page came by and that may be taken back, the newest first."""
    lots = list(form.named_lots().values())
    sent = [one for lot in lots for one in lot.list_returnable() if one.shipper == form.site]
    return list(dict.fromkeys(one.shipment for one in sent))


def _settle_shipment(form: EventForm) -> None:
    """The lots that stand in the page say which shipment is reversed; where they came by several, what was chosen."""
    if form.replacing:
        return
    possible = _list_shipments(form)
    if form.value("shipment") not in possible:
        newest = [lot.shipment for lot in form.named_lots().values() if lot.shipment]
        form.typed["shipment"] = (possible or newest or [""])[0]


def _show_shipments(form: EventForm) -> list[tuple[str, str, str]]:
    """Return the shipments to choose from, where the lots came by several: (id, day, where to)."""
    possible = [] if form.replacing else _list_shipments(form)
    if possible and form.value("shipment") not in possible:
        form.typed["shipment"] = possible[0]
    events = current.reader().find_events(possible) if len(possible) > 1 else {}
    return [
        (id_, format_time(event.frozen.time_ms, current.language()), site_name(event.draft.detail.to))
        for id_, event in ((id_, events.get(id_)) for id_ in possible)
        if event is not None and isinstance(event.draft.detail, Shipment)
    ]


def _examine(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record what was sent; or show the page, with what a spectrometer's file says where one was sent."""
    form = begin(kind, page)
    if form.action in SPECTRUM_ACTIONS:
        read_spectrum(form)
    alike = _list_alike(form) if form.sent and form.typed.get(ALIKE) else []
    receipt = form.record()
    if receipt is None:
        return form.page()
    draft = form.draft() if alike else None
    if draft is not None:
        done = record_alike(current.store(), draft, alike, form.vouching(), current.now_ms())
        flash(t("spectrometer.alike_recorded", count=len(done.recorded)), "success")
        for code, error in done.refused:
            flash(t("spectrometer.alike_refused", code=code, reason=_say_refusal(error)), "warning")
    return redirect(after(receipt))


def _say_refusal(error: TraceabilityError) -> str:
    reasons = error.violations if isinstance(error, EventRejected) else [error]
    return " ".join(dict.fromkeys(say(reason, current.reference()) for reason in reasons))


def _page(kind: str) -> EventPage:
    page = EventPage("record/observation.html", _context, (kind,), "lots", start=_start)
    return page._replace(settle=_settle_shipment) if kind == "return" else page


PAGES = {kind: _page(kind) for kind in (*OBSERVATIONS, "dispose", "return")}
AREAS = tuple(
    blueprint(kind, f"/{kind}", page, _examine if kind == "assay" else None) for kind, page in PAGES.items()
)
