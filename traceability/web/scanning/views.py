"""Lead what was scanned, typed or photographed to its page, or say what it is; help to set up a scanner."""

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.decode import PictureReading
from scanners.decode_apart import read_picture_apart
from scanners.payload import Payload, read_payload, read_picture_texts
from traceability.domain.kinds import ENTRIES, TAKING_IN
from traceability.services.recording.reservations import find_code_hold
from traceability.services.searching.search import search
from traceability.web.scanning.trial_codes import draw_trial_codes
from traceability.web.shell import current
from traceability.web.shell.navigation import list_tasks
from traceability.web.shell.words import say, t

pages = Blueprint("scans", __name__)

PHOTO = "photo"  # the field of the form
SAID = (
    "read", "tab", "enter", "no_ending", "speed", "method_on", "method_off", "layout_us", "layout_other",
    "lot", "code", "site", "furnace", "command", "gs1",
)  # fmt: skip
"""What the script of the set-up page says of a scan."""
_NUMBERS = frozenset({"scan.not_a_code", "scan.check_character", "scan.foreign"})
"""Why a text is no code; it may be a number or a name, then."""


@pages.app_context_processor
def offer() -> dict[str, str | bool]:
    """Give every page the host that labels name, by which its scripts tell our labels from foreign ones, and whether
    people reach it by https.
    """
    settings = current.settings()
    return {"own_host": settings.host, "own_address_is_safe": settings.encrypted}


@pages.get("/scan")
def answer() -> ResponseReturnValue:
    """A lot leads to its page; anything else to a page that says what it is and what to do."""
    typed = request.args.get("q", "")
    if not typed.strip():
        return render_template("scanning/scan.html", found=None, scanned="")
    payload = read_payload(typed, current.settings().host)
    if payload.reason in _NUMBERS and not payload.host:
        found = search(current.reader(), current.viewer(), " ".join(typed.split()))
        if not found.is_empty:
            return redirect(url_for("find.show", q=typed))
    return lead_on(payload)


def lead_on(payload: Payload) -> ResponseReturnValue:
    """Return the page of a lot, or what says that this is none."""
    if payload.kind in ("lot", "code") and payload.code:
        return redirect(url_for("lots.show", code=payload.code))
    if payload.kind == "shipment" and payload.code:
        return redirect(url_for("delivery_note.open_truck", code=payload.code))
    if payload.kind == "furnace" and payload.code and current.viewer().works_at:
        return redirect(url_for("furnace.open_card", code=payload.code))
    status = 404 if payload.kind in ("site", "furnace", "gs1") else 200 if payload.kind == "command" else 422
    return make_response(render_template("scanning/scan.html", found=payload, scanned=payload.text), status)


@pages.post("/scan/photo")
def read_photo() -> ResponseReturnValue:
    """Read the codes of a photo: for a page without scripts, and for scripts that cannot read it themselves."""
    file = request.files.get(PHOTO)
    reading = read_picture_apart(file.stream) if file else PictureReading((), "scan_photo.none")
    status = 422 if reading.reason else 200
    if request.accept_mimetypes.best == "application/json":
        message = t(reading.reason) if reading.reason else ""
        return make_response(jsonify(texts=reading.texts, message=message), status)
    found = read_picture_texts(reading.texts, current.settings().host)
    if len(found) == 1:
        return lead_on(found[0])
    choices = [{"code": one.code, "text": one.text} for one in found]
    page = render_template(
        "scanning/scan.html", found=None, scanned="", photo_reason=reading.reason, choices=choices
    )
    return make_response(page, status)


@pages.get("/scan/setup")
def set_up() -> ResponseReturnValue:
    """Say what a scanner must be set to, and show what it sends."""
    words = {name: t(f"setup.{name}", ms="{ms}") for name in SAID}
    return render_template(
        "scanning/setup.html", codes=draw_trial_codes(current.settings().address), words=words
    )


@pages.get("/s/<code>", defaults={"kind": "s"})
@pages.get("/f/<code>", defaults={"kind": "f"})
@pages.get("/c/<code>", defaults={"kind": "c"})
def card(kind: str, code: str) -> ResponseReturnValue:
    """A card opened by a phone's own camera does what the same card does in the scan box."""
    return redirect(url_for("scans.answer", q=f"{current.settings().address}/{kind}/{code}"))


def show_unbound(code: str) -> ResponseReturnValue:
    """Show a right code that no lot has: a blank label, to be used for a new lot, or the work here that holds it."""
    site = current.site()
    held = find_code_hold(current.reader(), current.viewer().works_at, code)
    if held is not None:
        work, violation = held
        page = render_template("scanning/unbound.html", code=code, held=say(violation), work=work)
        return make_response(page, 404)
    tasks = list_tasks([site.id] if site else current.viewer().works_at)
    kinds = [kind for task in tasks for kind in task.kinds if kind in ENTRIES and task.group == TAKING_IN]
    return make_response(render_template("scanning/unbound.html", code=code, kinds=kinds), 404)
