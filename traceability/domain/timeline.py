"""How did a lot come to stand where it stands: its timeline, folded event by event in book order."""

from traceability.domain import changes, custody
from traceability.domain.custody import Effect
from traceability.domain.event import Disposal, Event, Shipment
from traceability.domain.lot import DELIVERED, DISPOSED, IN_TRANSIT, Lot
from traceability.domain.posting import RowBook
from traceability.domain.vocabulary import TRANSFORMATIONS


def as_made(lot: Lot, event: Event) -> Lot:
    """The lot as the event that made it left it; its first content is kept as it is."""
    first, detail, frozen = lot.contents[0], event.draft.detail, event.frozen
    made = lot.as_born(event.draft.site, frozen.region, event.order, frozen.time_ms)
    if isinstance(detail, Shipment):
        return made.changed(
            custody=IN_TRANSIT if detail.to else DELIVERED,
            shipment=event.id,
            shipper=event.draft.site,
            shipper_region=frozen.region,
            to=detail.to or detail.customer,
            shipped_g=first.mass_g,
            to_other_firm=frozen.to_other_firm,
        )
    if isinstance(detail, Disposal):
        return made.changed(custody=DISPOSED, to=detail.receiver)
    return made


def step(lot: Lot, event: Event, number: int, *, lenient: bool, book: RowBook | None = None) -> Effect:
    """What becomes of the lot by the event that used, moved or observed it as its ``number``-th.

    ``lenient`` is for what was recorded before a failed inspection of earlier date: flagged for recall, not refused.
    ``book`` collects what a movement or observation posts; takes post nothing of their own.
    """
    if event.draft.kind in TRANSFORMATIONS:
        mass_g = event.frozen.masses[number]
        found = custody.check_take(lot, mass_g, event, f"inputs.{number}", quarantine=not lenient)
        return Effect(custody.take(lot, mass_g, event), found)
    return changes.observe(event, number, lot, book or RowBook(event.month), lenient=lenient)


def is_lenient(lot: Lot, event: Event, enlarged: bool = False) -> bool:
    """Whether the event's use of a quarantined lot was recorded before the inspection failed."""
    failed = lot.failed
    return failed is not None and event.seq < failed[1] and not enlarged
