"""One lot examined, renamed, recounted, handed over or taken back: small pages that its next steps lead to."""

from typing import Any

from traceability.domain.lot import Lot
from traceability.domain.vocabulary import OUTCOMES, SUBJECTS
from traceability.services.directory.parties import list_names
from traceability.web.record.event_page import EventPage, RowForm, blueprint
from traceability.web.shell import current
from traceability.web.shell.words import t

ELEMENTS = ("Si", "Fe", "Cu", "Mn", "Mg", "Zn", "Pb", "Sn", "Ni", "Ti", "Sb", "Cr")


def _context(form: RowForm) -> dict[str, Any]:
    return {
        "elements": ELEMENTS,
        "subjects": [(word, t(f"subject.{word}")) for word in SUBJECTS],
        "outcomes": [(word, t(f"outcome.{word}")) for word in OUTCOMES],
        "waste_codes": sorted(current.reference().waste_codes.items()),
        "receivers": list_names(current.reader(), "receiver", form.site) if form.kind == "dispose" else [],
    }


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    if lot is None:
        return {"subject": "radiation"} if kind == "inspect" else {}
    if kind == "return":
        return {"shipment": lot.shipment}
    if kind == "dispose":
        return {"waste_code": lot.waste_code, "outcome": "sent_back" if lot.quarantined else "utilised"}
    return {"subject": "radiation"} if kind == "inspect" else {}


def _settle_shipment(form: RowForm) -> None:
    """The lots that stand in the page say which shipment is reversed, whichever it was opened for."""
    if not form.replacing:
        shipments = [lot.shipment for lot in form.named_lots().values() if lot.shipment]
        form.typed["shipment"] = shipments[0] if shipments else ""


def _page(kind: str) -> EventPage:
    names = {"inspect": ("subject", "passed"), "dispose": ("outcome",)}.get(kind, ())
    parties = ("receiver",) if kind == "dispose" else ()
    page = EventPage(
        "record/observation.html", _context, (kind,), "lots", names=names, parties=parties, start=_start
    )
    return page._replace(settle=_settle_shipment) if kind == "return" else page


PAGES = {kind: _page(kind) for kind in ("assay", "relabel", "inspect", "adjust", "dispose", "return")}
AREAS = tuple(blueprint(kind, f"/{kind}", page) for kind, page in PAGES.items())
