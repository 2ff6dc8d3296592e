"""Pages of furnaces: those of the site with their open heats, opening a heat, charging it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.codes import group_code
from scanners.payload import COMMANDS, read_payload
from traceability.domain.errors import BadInput, NotAllowed, NotFound, WriteConflict
from traceability.domain.kinds import FORMS_IN
from traceability.domain.quantity import parse_kg
from traceability.locale import join_words
from traceability.services.operations import charging, endings
from traceability.services.operations.charging import ScanAnswer
from traceability.services.operations.furnaces import list_furnaces
from traceability.services.operations.heat_assay import ASSAYING
from traceability.services.operations.heats import (
    MELTING,
    OpenHeat,
    approve_lots,
    find_heat,
    open_heat,
    read_heat,
    take_off,
)
from traceability.services.recording.open_work import WorkKind, WorkState, refuse_ended
from traceability.web.forms.approval import read_approval
from traceability.web.forms.form import uuid7
from traceability.web.furnace.charge_view import (
    TONES,
    say_answer,
    say_prediction,
    show_charge_part,
)
from traceability.web.furnace.ended_view import show_made
from traceability.web.lots.lot_view import show_lot
from traceability.web.shell import current
from traceability.web.shell.navigation import step_href
from traceability.web.shell.session import flash_refusal, needs_site
from traceability.web.shell.words import material_name, say, t

pages = Blueprint("furnace", __name__, url_prefix="/furnace")

UNDO_CARD = next(code for code, command in COMMANDS.items() if command == "undo")
LONGEST = 200
LONGEST_SCAN = 2_000
LONGEST_SHOWN = 40


@pages.get("")
@needs_site
def list_all() -> ResponseReturnValue:
    """List the furnaces of the site with their open heats, and the heats that ended this month."""
    site = _site()
    reader = current.reader()
    closed = charging.list_ended_heats(reader, site, current.now_ms())
    furnaces = {one.code: one.name for one in list_furnaces(reader, [site])}
    return render_template(
        "furnace/list.html",
        site=site,
        states=charging.list_states(reader, site),
        closed=[(work, read_heat(work)) for work in closed],
        taken_back=endings.list_taken_back(reader, closed),
        furnace_names=furnaces,
        may_set_up="supervisor" in current.roles(site),
    )


@pages.get("/card/<code>")
@needs_site
def open_card(code: str) -> ResponseReturnValue:
    """Lead from the card of a furnace to its open heat, or to the form that opens one."""
    furnace, work = charging.find_open_heat(current.reader(), current.viewer(), code)
    if work is not None:
        return redirect(url_for(".show", heat_id=work.id))
    return redirect(url_for(".new", furnace=furnace.code))


@pages.route("/new", methods=["GET", "POST"])
@needs_site
def new() -> ResponseReturnValue:
    """Open a heat in a furnace."""
    site = _site()
    reader = current.reader()
    asked = request.args.get("furnace", "")
    alloys = charging.list_recent_alloys(reader, site, _list_alloys(site), current.now_ms(), asked)
    free = [one.furnace for one in charging.list_states(reader, site) if one.work is None]
    faults: dict[str, str] = {}
    if request.method == "POST":
        opened = _open(site, alloys, faults)
        if opened:
            return redirect(url_for(".show", heat_id=opened))
    usual = {"furnace": asked or (free[0].code if len(free) == 1 else ""), "alloy": (alloys or [""])[0]}
    page = render_template(
        "furnace/new.html",
        site=site,
        form_id=uuid7(current.now_ms()) if "id" in faults else _read_id(),
        typed=request.form or usual,
        faults=faults,
        furnaces=[(one.code, one.name) for one in free],
        alloys=[(one, material_name(one)) for one in alloys],
    )
    return make_response(page, 422 if faults else 200)


def _open(site: str, alloys: list[str], faults: dict[str, str]) -> str:
    """Open the heat that was typed; return its id, '' with faults."""
    furnace, alloy = request.form.get("furnace", ""), request.form.get("alloy", "")
    number = request.form.get("number", "").strip()
    id_ = _read_id()
    if alloy not in alloys:
        faults["alloy"] = t("heat.choose_alloy")
    if len(number) > LONGEST or not number.isprintable():
        faults["number"] = t("heat.bad_number", most=LONGEST)
    if furnace not in [one.code for one in list_furnaces(current.reader(), [site])]:
        faults["furnace"] = t("heat.choose_furnace")
    if faults:
        return ""
    heat = OpenHeat(MELTING, furnace, alloy)
    try:
        return open_heat(current.store(), id_, site, heat, current.actor(), number).id
    except (BadInput, WriteConflict) as error:
        faults["number" if error.code == "work.number_used" else "furnace"] = say(error)
        if isinstance(error, WriteConflict):
            faults["id"] = error.code  # another one is drawn
        return ""


# --- charging ------------------------------------------------------------------------------------------------------


@pages.get("/<uuid:heat_id>")
def show(heat_id: UUID) -> ResponseReturnValue:
    """Show a heat while it is charged, or what became of it."""
    return _show(heat_id, {})


@pages.get("/<uuid:heat_id>/charge")
def show_part(heat_id: UUID) -> ResponseReturnValue:
    """Answer the charge as it stands, to a page that shows ``?version=``: nothing where that is still so."""
    reader, viewer = current.reader(), current.viewer()
    work = find_heat(reader, viewer, str(heat_id))
    if request.args.get("version") == str(work.version) and work.state is WorkState.OPEN:
        return "", 204  # every open page asks this every few seconds: no forecast is made for it
    return jsonify(_tell_part(charging.show_charge(reader, viewer, work.id)))


@pages.post("/<uuid:heat_id>/scan")
def scan(heat_id: UUID) -> ResponseReturnValue:
    """Charge what was scanned; a script is told what became of it, other browsers are led back."""
    text = request.form.get("scan", "")[:LONGEST_SCAN]
    payload = read_payload(text, current.settings().host)
    wants_json = request.accept_mimetypes.best == "application/json"
    if payload.kind == "command" and not wants_json:
        return _obey(heat_id, str(payload.command))
    if payload.kind == "furnace" and not wants_json:
        return redirect(url_for(".open_card", code=payload.code))
    if payload.kind not in ("lot", "code") or not payload.code:
        return _answer(heat_id, "error", t(payload.reason or "scan.not_a_code", code=text[:40]))
    try:
        answer = _charge(str(heat_id), payload.code)
    except (BadInput, WriteConflict) as error:
        return _answer(heat_id, "error", say(error, current.reference()))
    return _answer(heat_id, TONES[answer.outcome], say_answer(answer, payload.code), answer)


def _charge(heat_id: str, code: str) -> ScanAnswer:
    written = request.form.get("mass", "").strip()
    mass_g = parse_kg(written) if written else _read_grams(request.form.get("mass_g", ""))
    scan_id = request.form.get("id", "")[:LONGEST]
    viewer, actor = current.viewer(), current.actor()  # before the view of the book is dropped
    return charging.scan_lot(current.store(), viewer, heat_id, code, actor, mass_g, scan_id)


def _read_grams(text: str) -> int | None:
    """Return the mass of a proposal, as the page brought it; None for none. Raises BadInput."""
    if not text:
        return None
    # A part that is not clear is never taken as all of the lot.
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BadInput("quantity.not_a_number", text=text[:LONGEST_SHOWN])
    return int(text)


def _answer(
    heat_id: UUID, tone: str, words: str, answer: ScanAnswer | None = None
) -> ResponseReturnValue:  # fmt: skip
    if request.accept_mimetypes.best != "application/json":
        if tone == "error" and (answer is None or not answer.place):
            flash_refusal(words)
        else:
            flash(words, tone)
        return redirect(url_for(".show", heat_id=heat_id))
    current.read_afresh()
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    if answer is not None and answer.outcome == "charged":
        predicted = say_prediction(charge)
        words, tone = f"{words} {predicted}".strip(), "warning" if predicted else tone
    outcome = answer.outcome if answer else ""
    return jsonify(tone=tone, message=words, outcome=outcome, **_tell_part(charge))


def _tell_part(charge: charging.HeatCharge) -> dict[str, Any]:
    part = show_charge_part(charge)
    return {
        "version": charge.work.version,
        "state": str(charge.work.state),
        "html": render_template("furnace/charge_part.html", **part),
    }


@pages.post("/<uuid:heat_id>/take-off")
def take_back(heat_id: UUID) -> ResponseReturnValue:
    """Take a lot out of the charge again."""
    code = request.form.get("code", "")[:LONGEST]
    try:
        viewer = current.viewer()
        take_off(current.store(), viewer, str(heat_id), code, current.now_ms())
    except NotFound as error:
        if error.code != "heat.not_charged":
            raise
        return _answer(heat_id, "warning", say(error))
    except WriteConflict as error:
        return _answer(heat_id, "error", say(error))
    return _answer(heat_id, "success", t("heat.taken_back", code=code))


def _obey(heat_id: UUID, command: str) -> ResponseReturnValue:
    """Do what a command card says, for a browser without scripts."""
    if command == "finish":
        return redirect(url_for("furnace_finish.finish", heat_id=heat_id))
    if command == "cancel":
        return redirect(url_for(".show", heat_id=heat_id, _anchor="cancel"))
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    if not charge.rows:
        return _answer(heat_id, "warning", t("lists.nothing_to_undo"))
    code = charge.rows[-1].row.code
    take_off(current.store(), current.viewer(), str(heat_id), code, current.now_ms())
    return _answer(heat_id, "success", t("heat.taken_back", code=code))


@pages.post("/<uuid:heat_id>/approve")
def approve(heat_id: UUID) -> ResponseReturnValue:
    """Keep a supervisor's approval of lots in the charge."""
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    codes = [code[:LONGEST] for code in request.form.getlist("code")]
    doubted = [row.row.code for row in charge.rows if row.row.doubts]
    if not doubted or not set(codes) <= set(doubted):  # nothing is approved in advance
        flash_refusal(t("heat.nothing_to_approve"))
        return redirect(url_for(".show", heat_id=heat_id))
    if not codes:
        return make_response(_show(heat_id, {"code": t("approval.no_lots")}), 422)
    read = read_approval(charge.work.site)
    if read.approval is None:
        current.read_afresh()
        answer = make_response(_show(heat_id, read.faults), read.status)
        if read.retry_seconds:
            answer.headers["Retry-After"] = str(read.retry_seconds)
        return answer
    try:
        viewer = current.viewer()
        approve_lots(current.store(), viewer, str(heat_id), codes, read.approval, current.now_ms())
    except (NotFound, WriteConflict) as error:
        flash_refusal(say(error))
    else:
        named = join_words([group_code(code) for code in dict.fromkeys(codes)], current.language())
        flash(t("heat.was_approved", codes=named), "success")
    return redirect(url_for(".show", heat_id=heat_id))


@pages.get("/<uuid:heat_id>/stock")
def pick(heat_id: UUID) -> ResponseReturnValue:
    """List what the site has in stock that the heat could take, to be charged by a button, whole or a part."""
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    if charge.work.state is not WorkState.OPEN:
        return redirect(url_for(".show", heat_id=heat_id))
    forms = FORMS_IN[charge.heat.kind]
    form = request.args.get("form", "")
    wanted = request.args.get("q", "").strip()[:LONGEST]
    if form and form not in forms:
        raise BadInput("heat.unknown_form")
    lots = charging.list_stock(current.reader(), current.viewer(), charge.work, form, wanted)
    return render_template(
        "furnace/stock.html",
        charge=charge,
        wanted=wanted,
        form=form,
        forms=[(one, t(f"form.{one}")) for one in forms],
        lots=[show_lot(lot) for lot in lots],
    )


@pages.post("/<uuid:heat_id>/cancel")
def cancel(heat_id: UUID) -> ResponseReturnValue:
    """End a heat without an event; its lots are free again."""
    try:
        viewer, actor, reason = current.viewer(), current.actor(), request.form.get("reason", "")
        work = endings.cancel(current.store(), viewer, str(heat_id), WorkKind.HEAT, actor, reason)
    except BadInput as error:
        return make_response(_show(heat_id, {"reason": say(error)}), 422)
    flash(t("heat.was_cancelled", number=work.number), "success")
    return redirect(url_for(".list_all"))


def _show(heat_id: UUID, faults: dict[str, str]) -> str:
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    furnace_name = charge.furnace.name if charge.furnace else charge.heat.furnace
    if charge.work.state is not WorkState.OPEN:
        return _show_ended(charge, furnace_name, is_late=bool(faults))
    return render_template(
        "furnace/charging.html",
        charge=charge,
        furnace_name=furnace_name,
        faults=faults,
        typed=request.form,
        words=_list_words(),
        undo_card=UNDO_CARD,
        **show_charge_part(charge, faults),
    )


def _show_ended(charge: charging.HeatCharge, furnace_name: str, *, is_late: bool) -> str:
    """Return the page of a heat that ended; above it that what was sent came too late, where something was."""
    reader, viewer = current.reader(), current.viewer()
    taken_back = endings.find_taken_back(reader, charge.work)
    made = [] if taken_back else charging.list_made(reader, viewer, charge.work)
    return render_template(
        "furnace/ended.html",
        charge=charge,
        taken_back=taken_back,
        work=charge.work,
        late=say(refuse_ended(charge.work)) if is_late else "",
        furnace_name=furnace_name,
        **show_made(made, charge.heat.alloy),
        assay_href=next((step_href(ASSAYING, lot.code) for lot in made if lot.form == "product"), ""),
    )


def _list_words() -> dict[str, str]:
    return {
        name: t(f"heat.script_{name}", code="{code}")
        for name in (
            "kept",
            "lost",
            "finishing",
            "unsent",
            "cancel",
            "nothing_to_undo",
            "this_furnace",
            "no_lot",
        )
    }


def _site() -> str:
    chosen = current.site()
    if chosen is None or not current.allows(chosen.id, MELTING):
        raise NotAllowed("furnace.not_here")
    return chosen.id


def _list_alloys(site: str) -> list[str]:
    """Return the alloys that a heat can be for, those with limits first."""
    metals = [one for one in current.reference().materials.values() if "product" in one.forms]
    alloys = [one for one in metals if current.allows(site, MELTING, one.metal)]
    return [one.id for one in sorted(alloys, key=lambda one: (not one.limits, one.metal, one.id))]


def _read_id() -> str:
    """Return the id that the form carries, so that what is sent twice is opened once; a new one for a new form."""
    try:
        return str(UUID(request.form["id"]))
    except (KeyError, ValueError):
        return uuid7(current.now_ms())
