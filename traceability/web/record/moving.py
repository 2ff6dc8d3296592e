"""Pages for lots that leave, to a site or to a customer outside, and that arrive and are weighed
again.

What arrives is ticked against delivery notes: a note that is opened (scanned, or chosen of those due) shows its lots, and
each scan ticks one. Which notes are open travels in hidden inputs, so that the page works without JavaScript.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import redirect, request
from flask.typing import ResponseReturnValue

from scanners.codes import group_code, normalise_code
from traceability.domain.lot import IN_TRANSIT, Lot
from traceability.services.tracing.shipments import DueLoad, list_due_loads
from traceability.web.forms.form import NOTES, REST, EventForm, EventPage, after
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.record.event_page import begin, blueprint
from traceability.web.shell import current
from traceability.web.shell.words import site_name, t

OPEN = "note-"
TAKE_ALL = "take-all-"
TAKE = "take-"


class ShownLoad(NamedTuple):
    """A load that is due, with names; ``is_open`` tells that its lots are ticked on this page."""

    load: DueLoad
    sender: str
    lots: list[ShownLot]
    is_open: bool


class Ticked(NamedTuple):
    """How many lots of the open notes are in the list, of how many."""

    done: int
    of: int


def _shipping_start(kind: str, lot: Lot | None) -> dict[str, str]:
    return {"mode": "road"}


def _receiving_start(kind: str, lot: Lot | None) -> dict[str, str]:
    """Return the site that a delivery note leads to, where the person works there."""
    site = request.args.get("site", "")
    return {"site": site} if site in current.viewer().works_at else {}


def _receiving(form: EventForm) -> dict[str, Any]:
    """Return the loads that are due, those open on top, and note in the form which rows come by another note."""
    if form.filled:
        return {"loads": [], "ticked": None, "left": "", "tolerances": current.reference().tolerances}
    loads, opened = _list_loads(form.site), _list_open(form)
    due = [one for one in loads if one.code in opened]
    form.remarks = _remark_others(form, loads, opened) if due else {}
    here = {lot.id for lot in form.lots.values()}
    counted = [lot for load in due for lot in load.lots]
    shown = [
        ShownLoad(load, site_name(load.event.draft.site), [show_lot(lot) for lot in load.lots], load in due)
        for load in sorted(loads, key=lambda load: load not in due)
    ]
    return {
        "loads": shown,
        "ticked": Ticked(sum(lot.id in here for lot in counted), len(counted)) if due else None,
        "ticked_codes": {lot.code for lot in form.lots.values()},
        "left": _write_left(form),
        "tolerances": current.reference().tolerances,
    }


def _remark_others(form: EventForm, loads: Sequence[DueLoad], opened: Sequence[str]) -> dict[int, str]:
    """Return what is said beside rows whose lots are due by a note that is not open."""
    notes = {lot.id: load.code for load in loads for lot in load.lots}
    return {
        place: t("receive.of_other_note", code=notes[lot.id])
        for place, lot in form.lots.items()
        if lot.custody == IN_TRANSIT and notes.get(lot.id, opened[0]) not in opened
    }


def _list_loads(site: str) -> list[DueLoad]:
    return list_due_loads(current.reader(), current.viewer(), site)


def _list_open(form: EventForm) -> list[str]:
    return [normalise_code(code) for code in form.typed.getlist(NOTES)]


def _open_note(form: EventForm, code: str) -> bool:
    """Open a delivery note; return whether any lot of it is due at the form's site."""
    if all(load.code != code for load in _list_loads(form.site)):
        return False
    if code not in _list_open(form):
        form.typed.add(NOTES, code)
    return True


def _list_left(form: EventForm) -> list[str]:
    """Return the codes of lots of the open notes that are not in the list."""
    opened = _list_open(form)
    here = {lot.id for lot in form.named_lots().values()} if opened else set()
    due = [load for load in _list_loads(form.site) if load.code in opened] if opened else []
    return [lot.code for load in due for lot in load.lots if lot.id not in here]


def _write_left(form: EventForm) -> str:
    """Return the value that agrees to leave what is not ticked on its way: whatever is ticked later is asked about anew."""
    return " ".join(_list_left(form)) if form.sent else ""


def _asks_about_rest(form: EventForm) -> bool:
    """Name the lots that are not ticked, unless the person agreed to leave just these; return whether that is asked."""
    left = _list_left(form) if form.sent and not form.action and not form.filled else []
    if not left or form.typed.get(REST) == " ".join(left):
        return False
    form.object_to("", t("receive.not_ticked", count=len(left), codes=", ".join(map(group_code, left))))
    return True


def _receive(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record an arrival; the buttons beside the loads that are due open a note, tick one lot, or all of a truck."""
    form = begin(kind, page)
    note = normalise_code(request.args.get("shipment", ""))
    if note and not form.sent:
        form.open_note(note)
    receipt = None if _asks_about_rest(form) else form.record()
    if receipt:
        return redirect(after(receipt))
    _press(form)
    return form.page()


def _press(form: EventForm) -> None:
    """Do what a button beside the loads says."""
    for prefix in (OPEN, TAKE_ALL):
        if form.action.startswith(prefix):
            code = normalise_code(form.action.removeprefix(prefix))
            form.open_note(code)
            due = [load for load in _list_loads(form.site) if prefix == TAKE_ALL and load.code == code]
            form.add_lots([lot.code for load in due for lot in load.lots])
            return
    if form.action.startswith(TAKE):
        form.add_lots([form.action.removeprefix(TAKE)])


SHIP = EventPage(
    "record/ship.html",
    kinds=("ship",),
    listed="lots",
    start=_shipping_start,
)
RECEIVE = EventPage(
    "record/receive.html", _receiving, ("receive",), "lots", start=_receiving_start, open_note=_open_note
)

PAGES = {"ship": SHIP, "receive": RECEIVE}
AREAS = (blueprint("ship", "/ship", SHIP), blueprint("receive", "/receive", RECEIVE, _receive))
