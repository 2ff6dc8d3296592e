"""One box that finds lots, events, parties, vehicles, sites and materials by what people know of them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.payload import read_payload
from traceability.services.searching.search import LONGEST, search
from traceability.services.tracing.status_causes import find_status_causes
from traceability.web.find.results import show_result
from traceability.web.shell import current

pages = Blueprint("find", __name__)

_SCANNED = frozenset({"lot", "code", "shipment", "site", "furnace", "command"})
"""What the scan box knows by itself."""


@pages.get("/find")
def show() -> ResponseReturnValue:
    """Show what is found; a whole code that was scanned or typed leads on as in the scan box."""
    typed = " ".join(request.args.get("q", "").split())[:LONGEST]
    if not typed:
        return render_template("find/find.html", typed="", found=None)
    if read_payload(typed, current.settings().host).kind in _SCANNED:
        return redirect(url_for("scans.answer", q=typed))
    reader, viewer = current.reader(), current.viewer()
    result = search(reader, viewer, typed)
    causes = find_status_causes(reader, viewer, result.lots.shown)
    return render_template("find/find.html", typed=typed, found=show_result(typed, result, causes))
