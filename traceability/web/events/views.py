"""The page of one event: what was stated, its lots, what it posted, how it was corrected."""

from typing import Any, NamedTuple

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.authority import find_statistic, is_superseded
from traceability.domain.device_clock import find_device_time
from traceability.domain.event import (
    Adjustment,
    Assay,
    Disposal,
    Event,
    Receiving,
    Reversal,
    Shipment,
)
from traceability.domain.kinds import CORRECTIBLE, ENTRIES, OBSERVATIONS, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.next_steps import NextStep, list_steps
from traceability.locale import format_kg
from traceability.services.recording.confirm import can_confirm
from traceability.services.recording.undo import can_undo
from traceability.services.tracing.events import (
    EventDossier,
    StatedPart,
    TakenPart,
    find_event_dossier,
    sum_parts,
)
from traceability.services.upkeep.signed_heads import SignedHead, find_newest_of
from traceability.web.events.event_facts import say_clock, show_frozen, show_materials, show_stated
from traceability.web.forms.form import uuid7
from traceability.web.forms.photos import show_photos
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.shell import current
from traceability.web.shell.words import material_name, site_name, t

pages = Blueprint("events", __name__)

AMOUNTS: dict[type[Any], tuple[tuple[str, str], ...]] = {
    Shipment: (("event.shipped_kg", "mass_g"), ("lot.metal_kg", "metal_g")),
    Receiving: (
        ("event.sent_kg", "sent_g"), ("event.received_kg", "mass_g"), ("event.difference_kg", "change_g"),
    ),
    Assay: (
        ("lot.mass_kg", "mass_g"), ("event.metal_before_kg", "before_g"), ("event.metal_after_kg", "metal_g"),
    ),
    Adjustment: (("lot.change_kg", "change_g"), ("event.metal_change_kg", "metal_change_g")),
}  # fmt: skip
"""The columns of amounts beside the lots, by the detail of the event: (words, field of ``TakenPart``)."""

USUAL_AMOUNTS = (("lot.mass_kg", "mass_g"), ("lot.metal_kg", "metal_g"))


class ShownLotPart(NamedTuple):
    """A lot's part in the event, its amounts in the order of the columns; what can be done with it now."""

    lot: ShownLot
    role: str
    amounts: list[str]
    steps: list[NextStep]


class FormerPart(NamedTuple):
    """A lot's part that a correction took away; a lot that never came to be has no page."""

    role: str
    code: str
    href: str
    material: str
    mass_g: int | None


class SealedHead(NamedTuple):
    """The head of the book with a seal, and the head signed last."""

    head: str
    signed: SignedHead | None
    covered: bool


@pages.get("/e/<uuid:event_id>")  # as short as the codes on labels
@pages.get("/events/<uuid:event_id>")
def show(event_id: Any) -> ResponseReturnValue:
    """Show the event that every number of a report opens in the end."""
    dossier = find_event_dossier(current.reader(), current.viewer(), str(event_id))
    event, parts = dossier.event, dossier.parts
    usual = () if event.draft.kind in OBSERVATIONS else USUAL_AMOUNTS
    columns = AMOUNTS.get(type(event.draft.detail), usual)
    former = [_former(part, dossier.lots.get(part.lot)) for part in dossier.former]
    return render_template(
        "events/event.html",
        event=event,
        stated=show_stated(
            event.draft.kind, dossier.facts, dossier.first, {**dossier.names.people, **dossier.names.parties}
        ),
        frozen=show_frozen(event) if dossier.is_named else [],
        materials=show_materials(event) if dossier.is_named else [],
        parts=[_show_part(part, columns) for part in parts],
        columns=[t(words) for words, _ in columns],
        of_lots=t(_of_lots(event.draft.kind)),
        done=_say_done(dossier) if parts else "",
        with_roles=len(({part.role for part in parts} | {part.role for part in former}) - {"observed"}) > 1,
        labels=[part.lot.code for part in parts if not part.is_source],
        seen=dossier.is_named,
        clock=say_clock(find_device_time(event)) if dossier.is_named else "",
        sealed=_seal_head(event) if event.draft.kind == "seal" and dossier.is_named else None,
        former=former,
        photos=show_photos(dossier.photos),
        postings=dossier.postings,
        corrections=dossier.corrections,
        targets=dossier.targets,
        recalls=dossier.recalls,
        warned=dossier.warnings,
        names=dossier.names,
        may_correct=current.may_correct(event),
        superseded=is_superseded(event.draft, event.frozen),
        is_statistic=find_statistic(event.draft) is not None,
        correctible=event.draft.kind in CORRECTIBLE,
        can_undo=_can_undo(event),
        can_confirm=can_confirm(event) and current.may_correct(event),
    )


def _seal_head(event: Event) -> SealedHead:
    signed = find_newest_of(current.reader(), current.settings().heads)
    return SealedHead(f"{event.seq}:{event.chain}", signed, signed is not None and signed.seq >= event.seq)


def _can_undo(event: Event) -> bool:
    now_ms = current.now_ms()
    return can_undo(current.reader(), event, current.signed_in().id, uuid7(now_ms), now_ms)


def _show_part(part: TakenPart, columns: tuple[tuple[str, str], ...]) -> ShownLotPart:
    return ShownLotPart(
        show_lot(part.lot),
        part.role,
        [_write(which, getattr(part, which)) for _, which in columns],
        [] if part.is_source else list_steps(part.lot, current.roles, current.allows),
    )


def _write(which: str, grams: int | None) -> str:
    """Write an amount in kg, a gain with its sign as a loss has one."""
    return ("+" if which.endswith("change_g") and grams and grams > 0 else "") + format_kg(grams)


def _of_lots(kind: str) -> str:
    """Return the code of the words for the lots of a kind."""
    group = "entry" if kind in ENTRIES else "transformation" if kind in TRANSFORMATIONS else kind
    return f"lots_of.{group}"


def _say_done(dossier: EventDossier) -> str:
    """Return what was done, in one line."""
    event = dossier.event
    kind, detail = event.draft.kind, event.draft.detail
    sums = sum_parts(event, dossier.parts)
    params: dict[str, object] = sums._asdict()
    if kind in ENTRIES:
        return t("done.entry", **params)
    if kind in TRANSFORMATIONS:
        return t("done.transformation", **params)
    if isinstance(detail, Shipment):
        customer = dossier.names.party(detail.customer) if dossier.is_named else t("trace.other_firm")
        return t("done.ship", **params, to=site_name(detail.to) if detail.to else customer)
    if isinstance(detail, Receiving | Adjustment):
        return t(f"done.{kind}", **params, difference=_write("change_g", sums.change_g))
    if isinstance(detail, Assay) and all(part.metal_g is not None for part in dossier.parts):
        shares = {"before": (sums.before_g, sums.mass_g), "after": (sums.metal_g, sums.mass_g)}
        return t("done.assay", **params, **shares)
    if isinstance(detail, Reversal | Disposal):
        return t("done.moved", **params, kind=kind)
    return t("done.observed", **params, kind=kind)


def _former(part: StatedPart, lot: Lot | None) -> FormerPart:
    return FormerPart(
        part.role,
        lot.code if lot else "",
        url_for("lots.show", code=lot.code) if lot else "",
        material_name(part.material or (lot.material if lot else "")),
        part.mass_g,
    )
