"""Tell why lots are in their state: by which event they were used up, sent, delivered, disposed of, voided or quarantined."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.decision import OUTPUT, Edge
from traceability.domain.event import Adjustment, Correction, Disposal, Event, Heat, Shipment
from traceability.domain.kinds import TRANSFORMATIONS, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.rights import Thing, Viewer
from traceability.services.directory.names import Names, find_names
from traceability.services.tracing.history import find_voiding

TAKING = frozenset({*TRANSFORMATIONS, *kinds_of(Shipment, Disposal, Adjustment)})
"""Kinds of events after which nothing may be left of a lot where it was."""

_BY_TAKE = frozenset({"consumed", "disposed"})
_BY_SHIPMENT = frozenset({"in_transit", "delivered"})


class StatusCause(NamedTuple):
    """Why a lot is neither free nor whole: its status, and the event that brought it there, None where it is not told.

    ``site`` is where a lot in transit goes to; ``party`` names who took it, ``number`` is the heat or the manifest,
    ``reason`` that of a correction, ``failed`` what an inspection was about; each '' where there is none or it is not told.
    """

    status: str
    event: Event | None = None
    site: str = ""
    party: str = ""
    number: str = ""
    reason: str = ""
    failed: tuple[str, ...] = ()


def find_status_causes(reader: Reader, viewer: Viewer, lots: Collection[Lot]) -> dict[str, StatusCause]:
    """Return by id the cause of each lot, as the viewer may know both, that is not simply there."""
    asked = [lot for lot in lots if lot.status != "available"]
    if not asked:
        return {}
    events = _find_events(reader, viewer, asked)
    told = {id_: event for id_, event in events.items() if viewer.shows_site(event.draft.site)}
    # Whoever has a lot on its way to them, or sent it, knows of the truck.
    told |= {lot.id: events[lot.id] for lot in asked if lot.status in _BY_SHIPMENT and lot.id in events}
    details = [event.draft.detail for event in told.values()]
    receivers = {detail.receiver for detail in details if isinstance(detail, Disposal)}
    names = find_names(reader, viewer, (), receivers | {lot.to for lot in asked if lot.status == "delivered"})
    return {lot.id: _describe(lot, told.get(lot.id), viewer, names) for lot in asked}


def newest_takers(
    edges: Iterable[Edge], events: Mapping[int, Event], kinds: Collection[str] = TAKING
) -> dict[str, Event]:
    """Return by lot the newest event in force that took of it, moved it on or counted it, or is of other ``kinds``;
    ``edges`` are in book order.
    """
    return {
        edge.lot: events[edge.event]
        for edge in edges
        if edge.role != OUTPUT
        and edge.event in events
        and events[edge.event].draft.kind in kinds
        and events[edge.event].live
    }


def _find_events(reader: Reader, viewer: Viewer, lots: Sequence[Lot]) -> dict[str, Event]:
    """Return by lot the event that brought it into its state."""
    taken = [lot.id for lot in lots if lot.status in _BY_TAKE]
    edges = [edge for edge in reader.list_touches(taken) if edge.role != OUTPUT] if taken else []
    failures = {lot.id: lot.failures[-1][1][1] for lot in lots if _is_failed(lot)}
    by_seq = reader.find_events_by_seq({*(edge.event for edge in edges), *failures.values()})
    shipped = {lot.id: lot.shipment for lot in lots if lot.status in _BY_SHIPMENT}
    shipments = reader.find_events(set(shipped.values()))
    voided = {lot.id: find_voiding(reader, viewer, lot) for lot in lots if lot.void}
    return {
        **newest_takers(edges, by_seq),
        **{lot: by_seq[seq] for lot, seq in failures.items() if seq in by_seq},
        **{lot: shipments[id_] for lot, id_ in shipped.items() if id_ in shipments},
        **{lot: event for lot, event in voided.items() if event},
    }


def _is_failed(lot: Lot) -> bool:
    return lot.status == "quarantined" and bool(lot.failures)


def _describe(lot: Lot, event: Event | None, viewer: Viewer, names: Names) -> StatusCause:
    failed = tuple(subject for subject, _ in lot.failures) if _is_failed(lot) else ()
    cause = StatusCause(lot.status, event, failed=failed)
    if lot.status == "in_transit":
        return cause._replace(site=lot.to)
    if lot.status == "delivered":
        return cause._replace(party=names.party(lot.to) if lot.to else "")
    if event is None:
        return cause
    detail = event.draft.detail
    if isinstance(detail, Disposal):
        told = detail.receiver and viewer.tells(event.draft.site, Thing.PARTY)
        return cause._replace(party=names.party(detail.receiver) if told else "", number=detail.manifest)
    if isinstance(detail, Heat):
        return cause._replace(number=detail.heat_number)
    if isinstance(detail, Correction):
        return cause._replace(reason=detail.reason)
    return cause
