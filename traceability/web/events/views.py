"""One event: what was stated, which lots it used and made, what it posted, how it was corrected."""

from typing import Any, NamedTuple

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotFound, Violation
from traceability.domain.event import Event, Shipment
from traceability.domain.kinds import ENTRIES, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.next_steps import NextStep, list_steps
from traceability.locale import format_kg
from traceability.services.tracing.events import (
    FoundEvent,
    StatedPart,
    TakenPart,
    find_event,
    sum_parts,
    tell_parts,
)
from traceability.web.events.event_facts import parties_in, show_frozen, show_materials, show_stated
from traceability.web.forms.photos import show_photos
from traceability.web.lots.lot_view import Names, ShownLot, names_for, show_lot
from traceability.web.shell import current
from traceability.web.shell.words import material_name, site_name, t

pages = Blueprint("events", __name__)


FIGURES: dict[str, tuple[tuple[str, str], ...]] = {
    "ship": (("event.shipped_kg", "mass_g"), ("lot.metal_kg", "metal_g")),
    "receive": (
        ("event.sent_kg", "sent_g"), ("event.received_kg", "mass_g"), ("event.difference_kg", "change_g"),
    ),
    "assay": (
        ("lot.mass_kg", "mass_g"), ("event.metal_before_kg", "before_g"), ("event.metal_after_kg", "metal_g"),
    ),
    "adjust": (("lot.change_kg", "change_g"), ("event.metal_change_kg", "metal_change_g")),
    "inspect": (),
    "relabel": (),
}  # fmt: skip
"""The columns of figures beside the lots of a kind: (words, which)."""

USUAL_FIGURES = (("lot.mass_kg", "mass_g"), ("lot.metal_kg", "metal_g"))


class ShownLotPart(NamedTuple):
    """A lot's part in the event, its figures in the order of the columns; what can be done with it now."""

    lot: ShownLot
    role: str
    figures: list[str]
    steps: list[NextStep]


class FormerPart(NamedTuple):
    """A lot's part that a correction took away; a lot that never came to be has no page."""

    role: str
    code: str
    href: str
    material: str
    mass_g: int | None


class Warned(NamedTuple):
    """A warning with the events that it names, as far as they are in view, and the codes of the lots to recall."""

    warning: Violation
    taking: list[Event]
    codes: list[str]


@pages.get("/e/<uuid:event_id>")  # as short as the codes on labels
@pages.get("/events/<uuid:event_id>")
def show(event_id: Any) -> ResponseReturnValue:
    """The page behind every figure."""
    found = find_event(current.store(), str(event_id))
    event = found.event
    if not current.viewer().shows_site(event.draft.site) and not any(
        current.viewer().shows_lot(lot) for lot in found.lots.values()
    ):
        raise NotFound("event.unknown", id=event.id)
    taken = tell_parts(found)
    columns = FIGURES.get(event.draft.kind, USUAL_FIGURES)
    seen = current.viewer().shows_site(event.draft.site)
    former = [_former(part, found.lots.get(part.lot)) for part in found.former]
    named = parties_in([*found.facts, *found.first]) if seen else set()
    names = names_for(current.store(), [event, *found.corrections], named)
    return render_template(
        "events/event.html",
        event=event,
        stated=show_stated(found.facts, found.first, names.parties, seen),
        frozen=show_frozen(event),
        materials=show_materials(event),
        parts=[_show_part(part, columns) for part in taken],
        columns=[t(words) for words, _ in columns],
        of_lots=t(_of_lots(event.draft.kind)),
        done=_say_done(event, taken, names, seen) if taken else "",
        with_roles=len(({part.role for part in taken} | {part.role for part in former}) - {"observed"}) > 1,
        labels=[part.lot.code for part in taken if not part.is_source],
        seen=seen,
        former=former,
        photos=show_photos(getattr(event.draft.detail, "photos", ())) if seen else [],
        postings=found.postings,
        corrections=found.corrections,
        recalls=found.recalls,
        warned=[_warned(warning, found) for warning in event.warnings],
        names=names,
        roles=current.roles(event.draft.site),
    )


def _show_part(part: TakenPart, columns: tuple[tuple[str, str], ...]) -> ShownLotPart:
    return ShownLotPart(
        show_lot(part.lot),
        part.role,
        [_write(which, getattr(part, which)) for _, which in columns],
        [] if part.is_source else list_steps(part.lot, current.roles),
    )


def _write(which: str, grams: int | None) -> str:
    """A gain with its sign, as a loss has one."""
    return ("+" if which.endswith("change_g") and grams and grams > 0 else "") + format_kg(grams)


def _of_lots(kind: str) -> str:
    """What the lots of a kind are called."""
    group = "entry" if kind in ENTRIES else "transformation" if kind in TRANSFORMATIONS else kind
    return f"lots_of.{group}"


def _say_done(event: Event, parts: list[TakenPart], names: Names, seen: bool) -> str:
    """What was done, in one line."""
    kind, detail = event.draft.kind, event.draft.detail
    sums = sum_parts(event, parts)
    figures: dict[str, object] = sums._asdict()
    if kind in ENTRIES:
        return t("done.entry", **figures)
    if kind in TRANSFORMATIONS:
        return t("done.transformation", **figures)
    if isinstance(detail, Shipment):
        customer = names.party(detail.customer) if seen else t("trace.other_firm")
        return t("done.ship", **figures, to=site_name(detail.to) if detail.to else customer)
    if kind in ("receive", "adjust"):
        return t(f"done.{kind}", **figures, difference=_write("change_g", sums.change_g))
    if kind == "assay" and all(part.metal_g is not None for part in parts):
        shares = {"before": (sums.before_g, sums.mass_g), "after": (sums.metal_g, sums.mass_g)}
        return t("done.assay", **figures, **shares)
    if kind in ("return", "dispose"):
        return t("done.moved", **figures, kind=kind)
    return t("done.observed", **figures, kind=kind)


def _warned(warning: Violation, found: FoundEvent) -> Warned:
    return Warned(
        warning,
        [
            event
            for id_ in warning.events
            if (event := found.taking.get(id_)) and current.viewer().shows_site(event.draft.site)
        ],
        [found.lots[id_].code for id_ in warning.lots if warning.events and id_ in found.lots],
    )


def _former(part: StatedPart, lot: Lot | None) -> FormerPart:
    return FormerPart(
        part.role,
        lot.code if lot else "",
        url_for("lots.show", code=lot.code) if lot else "",
        material_name(part.material or (lot.material if lot else "")),
        part.mass_g,
    )
