"""Tell of one lot whether a step could take it now, by the reasons that recording the step would give.

A trial draft names the lot, beside a few that stand in the list already, and is previewed as any draft is. What it lacks
apart from lots (a destination, outputs, papers) is not asked here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from graph.store import Reader
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN
from traceability.domain.errors import EventConflict, Violation
from traceability.domain.event import (
    Adjustment,
    Assay,
    Detail,
    Disposal,
    Draft,
    Heat,
    Inspection,
    LotUse,
    MovedLot,
    NewLot,
    Receiving,
    Relabelling,
    Reversal,
    Shipment,
)
from traceability.domain.kinds import (
    ARRIVING,
    FORMS_OUT,
    KIND_BY_ID,
    MOVEMENTS,
    OBSERVATIONS,
    TRANSFORMATIONS,
)
from traceability.domain.lot import HELD, Lot
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import reference_in
from traceability.services.recording.preview import preview_event
from traceability.services.tracing.lots import find_lots

LISTING = (*TRANSFORMATIONS, *MOVEMENTS, *OBSERVATIONS)
"""Kinds of events that name lots which are there already."""
MOST_BESIDE = 12  # lots of the list that a trial names, one of each metal; as many kinds of output
TRIAL = "00000000-0000-7000-8000-000000000000"  # the id of a draft that is never recorded

Verdict = Literal["ok", "warning", "refused"]


class ListStep(NamedTuple):
    """What a list is for: the kind of event, its site, who records it, and what stands in the form already.

    ``beside`` are codes in the list, ``making`` the materials of what is to be made.
    """

    kind: str
    site: str
    actor: str
    beside: Sequence[str] = ()
    making: Sequence[str] = ()


class LotCheck(NamedTuple):
    """A lot in view, None for none, with the verdict of a step and its reasons."""

    lot: Lot | None
    verdict: Verdict
    reasons: tuple[Violation, ...] = ()


def check_lot(reader: Reader, viewer: Viewer, step: ListStep, code: str, now_ms: int) -> LotCheck:
    """Return what recording the step with a lot would say of it now; a lot out of view is an unknown one.

    A warning is what a supervisor may approve, and an arrival that its sender has not recorded yet. Raises StoreError.
    """
    beside = [other for other in step.beside if other != code][:MOST_BESIDE]
    lots = find_lots(reader, viewer, [*beside, code])
    arriving = KIND_BY_ID[step.kind].offered == ARRIVING
    lot = lots.pop(code, None)
    if lot is None:
        unknown = Violation("scan.unbound_input", figures={"code": code})
        return LotCheck(None, "warning" if arriving else "refused", (unknown,))
    others = [lots[other] for other in beside if other in lots and lots[other].id != lot.id]
    draft = _make_trial(reader, step, [*others, lot], now_ms)
    try:
        preview = preview_event(reader, draft, now_ms)
    except EventConflict as error:
        return LotCheck(lot, "refused", (Violation(error.code, figures=error.figures),))
    own = f"{'inputs' if draft.inputs else 'lots'}.{len(others)}"
    against = [item for item in preview.violations if _is_about(item, own)]
    warnings = [item for item in preview.warnings if _is_about(item, own)]
    if any(not item.confirmable for item in against):
        awaited = arriving and lot.custody == HELD and lot.site != step.site
        return LotCheck(lot, "warning" if awaited else "refused", tuple(against))
    return LotCheck(lot, "warning" if against or warnings else "ok", (*against, *warnings))


def _is_about(item: Violation, own: str) -> bool:
    """Return whether a violation stands against the lot at ``own``, or against whatever this person would list here."""
    if item.code == "rule.one_base_metal":  # an additive alone waits for its metal
        return ", " in str(item.figures.get("metals", ""))
    if item.code == "rule.mixed_not_processed":
        return True
    return item.path in ("actor", "kind", own) or item.path.startswith(f"{own}.")


def _make_trial(reader: Reader, step: ListStep, lots: Sequence[Lot], now_ms: int) -> Draft:
    """Return a draft of the step that names these lots, whole."""
    state = _DETAILS.get(KIND_BY_ID[step.kind].detail)
    draft = Draft(TRIAL, step.kind, step.site, now_ms, SHANGHAI_OFFSET_MIN, step.actor)
    draft = draft._replace(detail=state(step, lots[-1]) if state else None)
    if step.kind in TRANSFORMATIONS:
        outputs = _list_outputs(reader, step)
        return draft._replace(inputs=tuple(LotUse(lot.id) for lot in lots), outputs=outputs)
    return draft._replace(lots=tuple(MovedLot(lot.id) for lot in lots))


def _list_outputs(reader: Reader, step: ListStep) -> tuple[NewLot, ...]:
    """Return an output of a gram of each material to be made: what an alloy does not allow in its charge is known by it."""
    materials = reference_in(reader).materials
    forms = FORMS_OUT[step.kind]
    chosen = [materials[id_] for id_ in dict.fromkeys(step.making) if id_ in materials][:MOST_BESIDE]
    listed = [(next((form for form in forms if form in one.forms), ""), one.id) for one in chosen]
    return tuple(NewLot(form, id_, 1) for form, id_ in listed if form)


def _find_shipment(step: ListStep, lot: Lot) -> str:
    """Return the shipment that the step's site would take the lot back by, '' for none."""
    own = [sent.shipment for sent in lot.list_returnable() if sent.shipper == step.site]
    return (own or [lot.shipment])[0]


_DETAILS: dict[type[Any] | None, Callable[[ListStep, Lot], Detail]] = {
    Heat: lambda step, lot: Heat(),
    Shipment: lambda step, lot: Shipment(),
    Receiving: lambda step, lot: Receiving("–"),
    Reversal: lambda step, lot: Reversal(_find_shipment(step, lot)),
    Disposal: lambda step, lot: Disposal("sent_back" if lot.quarantined else "utilised"),
    Assay: lambda step, lot: Assay(),
    Relabelling: lambda step, lot: Relabelling(""),
    Inspection: lambda step, lot: Inspection("quality", passed=False),
    Adjustment: lambda step, lot: Adjustment(-1, "–"),
}
"""What a trial states where its kind must state something: nothing that a rule about a lot looks at."""
