"""One event: what was stated, which lots it used and made, what it posted, how it was corrected."""

from typing import Any, NamedTuple

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotFound
from traceability.domain.lot import Lot
from traceability.services.events import StatedPart, find_event
from traceability.web import current
from traceability.web.photos import show_photos
from traceability.web.shown import ShownLot, names_for, show_lot
from traceability.web.stated import parties_in, show_frozen, show_materials, show_stated
from traceability.web.words import material_name

pages = Blueprint("events", __name__)


class Part(NamedTuple):
    """A lot's part in the event."""

    lot: ShownLot
    role: str
    mass_g: int
    metal_g: int


class FormerPart(NamedTuple):
    """A lot's part that a correction took away; a lot that never came to be has no page."""

    role: str
    code: str
    href: str
    material: str
    mass_g: int | None


@pages.get("/e/<uuid:event_id>")  # as short as the codes on labels
@pages.get("/events/<uuid:event_id>")
def show(event_id: Any) -> ResponseReturnValue:
    """The page behind every figure."""
    found = find_event(current.store(), str(event_id))
    event = found.event
    if not current.view().shows_site(event.draft.site) and not any(
        current.view().shows_lot(lot) for lot in found.lots.values()
    ):
        raise NotFound("event.unknown", id=event.id)
    parts = [
        Part(show_lot(found.lots[edge.lot]), edge.role, edge.mass_g, edge.metal_g) for edge in found.edges
    ]
    seen = current.view().shows_site(event.draft.site)
    former = [_former(part, found.lots.get(part.lot)) for part in found.former]
    named = parties_in([*found.facts, *found.first]) if seen else set()
    names = names_for(current.store(), [event, *found.corrections], named)
    return render_template(
        "events/event.html",
        event=event,
        stated=show_stated(found.facts, found.first, names.parties, seen),
        frozen=show_frozen(event),
        materials=show_materials(event),
        parts=parts,
        former=former,
        photos=show_photos(getattr(event.draft.detail, "photos", ())) if seen else [],
        postings=found.postings,
        corrections=found.corrections,
        names=names,
        roles=current.roles(event.draft.site),
    )


def _former(part: StatedPart, lot: Lot | None) -> FormerPart:
    return FormerPart(
        part.role,
        lot.code if lot else "",
        url_for("lots.show", code=lot.code) if lot else "",
        material_name(part.material or (lot.material if lot else "")),
        part.mass_g,
    )
