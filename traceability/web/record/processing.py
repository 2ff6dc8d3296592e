"""Pages that make lots of lots: sorting and its like in the yard, metal processes at a desk with a
preview.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import redirect
from flask.typing import ResponseReturnValue

from traceability.domain.errors import EventConflict
from traceability.domain.event import Draft
from traceability.domain.kinds import HEATS, PREPARATIONS, PROCESSES, REARRANGEMENTS, WITH_UPTAKE
from traceability.domain.lot import Lot
from traceability.domain.recycled_content import RecycledContent, add_contents
from traceability.services.recording.preview import Preview, preview_event
from traceability.services.tracing.custody_model import ContentClaim, preview_claims
from traceability.services.tracing.lots import classes_of
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.lots.alike import Alike, group_alike, likeness
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.record.event_page import begin, blueprint, material_groups
from traceability.web.shell import current
from traceability.web.shell.words import t

SORTING = PREPARATIONS + REARRANGEMENTS


def _context(form: EventForm) -> dict[str, Any]:
    return {
        "groups": material_groups(form.kind, form.site),
        "kinds": [
            (kind, t(f"kind.{kind}"), t(f"prepare.{kind}"))
            for kind in SORTING
            if current.allows(form.site, kind)
        ],
        "is_heat": form.kind in HEATS,
        "has_uptake": form.kind in WITH_UPTAKE,
        "preview": None,
    }


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    start = {"outputs-0-material": lot.material} if lot is not None and kind in (*SORTING[1:],) else {}
    return {**start, "model": "heat"} if kind in HEATS else start


SORT = EventPage("record/sort.html", _context, SORTING, "inputs", {"outputs": 1}, start=_start)
MELT = EventPage("record/melt.html", _context, PROCESSES, "inputs", {"outputs": 2}, start=_start)


PAGES = dict.fromkeys(SORTING, SORT) | dict.fromkeys(PROCESSES, MELT)


def _weigh_up(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record what was sent; or show the page, with the balance and what would be made where that
    was asked.
    """
    form = begin(kind, page)
    receipt = form.record()
    if receipt:
        return redirect(after(receipt))
    return form.page(preview=preview_of(form) if form.action == "preview" else None)


def preview_of(
    form: EventForm, following: Callable[[Draft], Sequence[Draft]] = lambda draft: ()
) -> dict[str, Any] | None:
    """Return what recording the form would lead to; None where it cannot be told. Its faults go to
    the form. ``following`` returns what is recorded after its draft, in the same write.
    """
    draft = form.draft()
    if draft is None:
        return None
    try:
        draft, _ = form.purpose.hand_in(draft, form.vouching())
        preview = preview_event(current.reader(), draft, current.now_ms(), following(draft))
    except EventConflict as error:
        form.conflict(error)
        return None
    if preview.violations:
        form.refuse(preview.violations)
    return show_preview(preview, preview_claims(current.reader(), preview.draft, preview.made))


def show_preview(preview: Preview, claims: list[ContentClaim]) -> dict[str, Any]:
    """Return a preview with its lots as they are shown, each with what could be claimed of it."""
    made = [(lot, show_lot(lot), claim) for lot, claim in zip(preview.made, claims, strict=True)]
    return {
        "figures": preview,
        "made": [_show_made(alike) for alike in group_alike(made, lambda one: likeness(one[1]))],
    }


class MadeRow(NamedTuple):
    """Lots that are alike, ``times`` of them: the first of them, and metal and content of all together."""

    lot: ShownLot
    times: int
    metal_g: int
    classes: dict[str, int]
    content: RecycledContent
    model: str


def _show_made(alike: Alike[tuple[Lot, ShownLot, ContentClaim]]) -> MadeRow:
    first, shown, claim = alike.first
    content = add_contents(one.content for _, _, one in alike.rows)
    metal_g = sum(one.metal_g for _, one, _ in alike.rows)
    return MadeRow(shown, alike.times, metal_g, classes_of(first.content.vector), content, claim.model)


def _rule(kind: str) -> str:
    return "/" + kind.replace("_", "-")


AREAS = tuple(
    [blueprint(kind, _rule(kind), SORT) for kind in SORTING]
    + [blueprint(kind, _rule(kind), MELT, _weigh_up) for kind in PROCESSES]
)
