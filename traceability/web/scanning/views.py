"""Lead what was scanned or typed into the scan box to its page, or say what it is."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.payload import read_payload
from traceability.domain.kinds import ENTRIES, TAKING_IN
from traceability.web.shell import current
from traceability.web.shell.navigation import list_tasks

pages = Blueprint("scans", __name__)


@pages.app_context_processor
def offer() -> dict[str, str]:
    """Give every page the host that labels name, by which its scripts tell our labels from foreign ones."""
    return {"own_host": current.settings().host}


@pages.get("/scan")
def answer() -> ResponseReturnValue:
    """A lot leads to its page; anything else to a page that says what it is and what to do."""
    typed = request.args.get("q", "")
    if not typed.strip():
        return render_template("scanning/scan.html", found=None, scanned="")
    payload = read_payload(typed, current.settings().host)
    if payload.kind in ("lot", "code") and payload.code:
        return redirect(url_for("lots.show", code=payload.code))
    status = 404 if payload.kind in ("site", "furnace", "gs1") else 200 if payload.kind == "command" else 422
    return make_response(render_template("scanning/scan.html", found=payload, scanned=payload.text), status)


@pages.get("/s/<code>", defaults={"kind": "s"})
@pages.get("/f/<code>", defaults={"kind": "f"})
@pages.get("/c/<code>", defaults={"kind": "c"})
def card(kind: str, code: str) -> ResponseReturnValue:
    """A card opened by a phone's own camera does what the same card does in the scan box."""
    return redirect(url_for("scans.answer", q=f"https://{current.settings().host}/{kind}/{code}"))


def show_unbound(code: str) -> ResponseReturnValue:
    """Show a right code that no lot has: a blank label, to be used for a new lot."""
    site = current.site()
    tasks = list_tasks([site.id] if site else current.viewer().works_at)
    kinds = [kind for task in tasks for kind in task.kinds if kind in ENTRIES and task.group == TAKING_IN]
    return make_response(render_template("scanning/unbound.html", code=code, kinds=kinds), 404)
