"""Pages for metal that enters beside the yard's scales: imports, first production, supplies,
opening stock.
"""

from typing import Any

from flask import request

from traceability.domain.kinds import BOUGHT, ENTRIES, SCRAP_ENTRIES
from traceability.domain.lot import Lot
from traceability.web.forms.form import EventForm, EventPage
from traceability.web.record.event_page import blueprint, material_groups


def _context(form: EventForm) -> dict[str, Any]:
    return {
        "groups": material_groups(form.kind, form.site),
        "bought": form.kind in BOUGHT,
        "is_scrap": form.kind in SCRAP_ENTRIES,
    }


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    start = {"outputs-0-code": request.args.get("code", "")}
    return {**start, "channel": "offline"} if kind in SCRAP_ENTRIES else start


def _page(kind: str) -> EventPage:
    rows = {"outputs": 1, **({"documents": 1} if kind == "opening" else {})}
    return EventPage("record/entry.html", _context, (kind,), rows=rows, start=_start)


PAGES = {kind: _page(kind) for kind in ENTRIES if kind != "collect"}  # which has a page of its own
AREAS = tuple(blueprint(kind, "/" + kind.replace("_", "-"), page) for kind, page in PAGES.items())
