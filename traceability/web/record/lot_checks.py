"""Answer of one lot whether a list may take it, as soon as it is scanned: what the lot is and what recording would object."""

from collections.abc import Collection

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from scanners.codes import group_code
from scanners.payload import read_payload
from traceability.domain.errors import NotAllowed, Violation
from traceability.domain.lot import IN_TRANSIT
from traceability.locale import format_kg
from traceability.services.recording.lot_check import LISTING, ListStep, LotCheck, check_lot
from traceability.services.tracing.shipments import find_note_code
from traceability.web.lots.lot_view import show_lot
from traceability.web.shell import current
from traceability.web.shell.words import say

pages = Blueprint("lot_checks", __name__)


@pages.get("/record/<kind>/lots/<code>")
def check(kind: str, code: str) -> ResponseReturnValue:
    """Return the lot of a code, and whether a list of this kind at ``?site=`` may take it.

    ``beside`` names codes in the list, ``making`` materials of what is to be made, ``note`` the delivery notes that
    arrivals are ticked against: a lot of another one is taken with a warning that names its own.
    """
    if kind not in LISTING:
        abort(404)
    site = _find_site()
    payload = read_payload(code, current.settings().host)
    if payload.kind not in ("lot", "code") or not payload.code:
        refused = Violation(payload.reason or "scan.not_a_code", figures={"code": code})
        return jsonify(_describe(code, LotCheck(None, "refused", (refused,))))
    step = ListStep(
        kind, site, current.signed_in().id, request.args.getlist("beside"), request.args.getlist("making")
    )
    found = check_lot(current.reader(), current.viewer(), step, payload.code, current.now_ms())
    return jsonify(_describe(payload.code, _judge_note(found, request.args.getlist("note"))))


def _judge_note(found: LotCheck, notes: Collection[str]) -> LotCheck:
    """Return the check with a warning where the lot may be taken, but by another note than these."""
    if not notes or found.lot is None or found.lot.custody != IN_TRANSIT or found.verdict == "refused":
        return found
    code = find_note_code(current.reader(), found.lot.shipment)
    if not code or code in notes:
        return found
    other = Violation("receive.of_other_note", figures={"code": code})
    return found._replace(verdict="warning", reasons=(other, *found.reasons))


def _find_site() -> str:
    """Return the site that records: the one asked for, else where the person works. Raises NotAllowed."""
    chosen = current.site()
    site = request.args.get("site") or (chosen.id if chosen else "")
    if site not in current.viewer().works_at:
        raise NotAllowed("person.no_site" if current.work_sites() else "person.records_nothing")
    return site


def _describe(code: str, found: LotCheck) -> dict[str, object]:
    reference = current.reference()
    body: dict[str, object] = {
        "code": code,
        "grouped": group_code(code),
        "verdict": found.verdict,
        "reasons": list(dict.fromkeys(say(reason, reference) for reason in found.reasons)),
    }
    if found.lot is None:
        return {**body, "status": "unknown"}
    shown = show_lot(found.lot)
    return {
        **body,
        "lot": found.lot.code,
        "material": shown.material,
        "form": shown.form,
        "metal": found.lot.metal,
        "mass_g": shown.mass_g,
        "mass": format_kg(shown.mass_g),
        "site": shown.site,
        "status": shown.status,
    }
