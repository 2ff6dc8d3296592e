"""Fold the timeline of a lot, event by event in book order, to its state."""

from collections.abc import Iterable
from typing import NamedTuple

from traceability.domain import custody, decision
from traceability.domain.custody import Effect
from traceability.domain.decision import INPUT, OBSERVED, Edge
from traceability.domain.event import Disposal, Event, Inspection, Reversal, Shipment
from traceability.domain.kinds import TRANSFORMATIONS
from traceability.domain.lot import DELIVERED, DISPOSED, IN_TRANSIT, Failure, Lot
from traceability.domain.posting import LedgerRows


def lot_as_made(lot: Lot, event: Event) -> Lot:
    """Return the lot as the event that made it left it; its first content is kept as it is."""
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
    if isinstance(detail, Reversal) and lot.born_past:
        return made.sent_before(lot.born_past)
    if isinstance(detail, Disposal):
        return made.changed(custody=DISPOSED, to=detail.receiver)
    return made


def apply_event(
    lot: Lot, event: Event, number: int, *, lenient: bool, book: LedgerRows | None = None
) -> Effect:
    """Return what becomes of the lot by the event that used, moved or observed it as its
    ``number``-th.

    ``lenient`` is for what was recorded before a failed inspection of earlier date: flagged for recall, not refused.
    ``book`` collects what a movement or observation posts; takes post nothing of their own.
    """
    if event.draft.kind in TRANSFORMATIONS:
        mass_g = event.frozen.masses[number]
        violations = custody.check_take(lot, mass_g, event, f"inputs.{number}", quarantine=not lenient)
        return Effect(custody.take(lot, mass_g, event), violations)
    return decision.observe(event, number, lot, book or LedgerRows(event.month), lenient=lenient)


def is_lenient(lot: Lot, event: Event, enlarged: bool = False) -> bool:
    """Return whether the event's use of a quarantined lot was recorded before any of its failures
    was known."""
    if enlarged or not lot.failures:
        return False
    return event.seq < min(_known_at(place, event) for _, place in lot.failures)


def _known_at(place: Failure, event: Event) -> int:
    """Return the seq as of which a failure (as ``custody.failure_position`` gives it) counts as known
    to the event.

    A return or disposal may follow a failure, and then what it splits off has failed too: a later correction of the
    inspection, its note say, must not lift that. So for them the inspection's own seq counts.
    """
    return place[1] if isinstance(event.draft.detail, Reversal | Disposal) else place[-1]


class TakeFlag(NamedTuple):
    """A use of a lot after an inspection that failed it, recorded before that was known: its metal is to be recalled."""

    take: Event
    inspection: Event
    mass_g: int


def flag_takes(timeline: Iterable[tuple[Edge, Event]], *, lift: bool = True) -> list[TakeFlag]:
    """Return the uses to be flagged in a lot's timeline, given in book order; of it only uses and
    inspections matter.

    A whole lot that was shipped or disposed of counts as used; one that was returned is where it may be. ``lift``
    leaves out those after which the lot passed in what it had failed.
    """
    failing: dict[str, list[Event]] = {}
    flags: list[tuple[str, TakeFlag]] = []
    for edge, event in timeline:
        detail = event.draft.detail
        if edge.role == INPUT or (edge.role == OBSERVED and isinstance(detail, Shipment | Disposal)):
            mass_g = edge.mass_g if edge.role == INPUT else event.frozen.masses[edge.position]
            flags += [
                (subject, TakeFlag(event, inspection, mass_g))
                for subject, inspections in failing.items()
                for inspection in inspections
                if event.seq < _known_at(custody.failure_position(inspection), event)
            ]
        elif edge.role == OBSERVED and isinstance(detail, Inspection):
            if not detail.passed:
                failing.setdefault(detail.subject, []).append(event)
                continue
            failing.pop(detail.subject, None)
            if lift:
                flags = [(subject, flag) for subject, flag in flags if subject != detail.subject]
    return [flag for _, flag in flags]
