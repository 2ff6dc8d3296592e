"""List shipments with what was sent and what arrived: those of sites in view, or those on their way to a site."""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from graph.store import LotFilter, Reader
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge
from traceability.domain.errors import NotFound
from traceability.domain.event import Event, Order, Receiving, Reversal, Shipment
from traceability.domain.kinds import kinds_of
from traceability.domain.lot import IN_TRANSIT, Lot
from traceability.domain.rights import Viewer
from traceability.services.searching.event_lists import (
    MOST_READ,
    ListFilter,
    list_events_like,
    make_condition,
)

MOST_ARRIVING = 1_000  # lots on their way to a site
MOST_UNDER_WAY = 5_000  # lots
MOST_SUMMED = 150  # shipments that are looked at, and summed, for a page of those in a state


class ShipmentState(StrEnum):
    """Where a load is: some of it under way, with a customer outside of the system, all received, some returned; or not
    all of it arrived as it was weighed."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    RECEIVED = "received"
    RETURNED = "returned"
    DIFFERENT = "different"


class ShipmentRow(NamedTuple):
    """A shipment with its sums in grams: sent (None of a void one), arrived (None where nothing did), and how much that is
    more or less than these lots were sent with; ``last_receipt`` is the place in book order of the newest receipt."""

    event: Event
    detail: Shipment
    lots: int
    sent_g: int | None
    received_g: int | None
    difference_g: int | None
    states: tuple[ShipmentState, ...]
    is_void: bool = False
    last_receipt: Order | None = None


class ShipmentList(NamedTuple):
    """A page of shipments, newest first, and the key to go on after or ''."""

    shipments: list[ShipmentRow]
    after: str = ""
    back_to_ms: int | None = None


class LoadDestination(NamedTuple):
    """Where loads go: sites of the system, or customers, by id; None for anywhere."""

    sites: frozenset[str] | None = None
    customers: frozenset[str] | None = None


def list_shipments(
    reader: Reader, viewer: Viewer, wanted: ListFilter, to: LoadDestination, state: ShipmentState | None = None,
    after: str = "", limit: int = 50, most: int = MOST_READ,
) -> ShipmentList:  # fmt: skip
    """Return a page of the shipments of sites in view, newest first. Raises as ``list_events_like``."""
    asked = wanted._replace(kinds=kinds_of(Shipment))
    goes = _make_condition(to)
    if state is None:
        found = list_events_like(reader, viewer, asked, after, limit, most, goes)
        return ShipmentList(sum_shipments(reader, found.events), found.after, found.back_to_ms)
    if state is ShipmentState.UNDER_WAY:
        return ShipmentList(_list_under_way(reader, viewer, asked, goes))
    rows: list[ShipmentRow] = []
    left = min(most, MOST_SUMMED) if limit < MOST_SUMMED else most
    while True:
        found = list_events_like(reader, viewer, asked, after, limit - len(rows), left, goes)
        rows += [row for row in sum_shipments(reader, found.events) if state in row.states]
        after, left = found.after, left - found.looked_at
        if not after or len(rows) == limit or left <= 0:
            return ShipmentList(rows, after, found.back_to_ms)


def _list_under_way(
    reader: Reader, viewer: Viewer, wanted: ListFilter, goes: Callable[[Event], bool]
) -> list[ShipmentRow]:
    """Return the shipments with lots on their way, which the stock names, newest first."""
    if wanted.site and not viewer.shows_site(wanted.site):
        raise NotFound("report.unknown_site", id=wanted.site)
    lots, _ = reader.list_lots(LotFilter(site=wanted.site, status=IN_TRANSIT), limit=MOST_UNDER_WAY)
    shipments = {lot.shipment for lot in lots if viewer.shows_site(lot.site)}
    matches = make_condition(reader, viewer, wanted)
    events = [event for event in reader.find_events(shipments).values() if matches(event) and goes(event)]
    return sum_shipments(reader, sorted(events, key=lambda event: event.order, reverse=True))


def _make_condition(to: LoadDestination) -> Callable[[Event], bool]:
    def matches(event: Event) -> bool:
        detail = event.draft.detail
        assert isinstance(detail, Shipment)
        arrives = to.sites is None or detail.to in to.sites
        return arrives and (to.customers is None or detail.customer in to.customers)

    return matches


def list_arrivals(
    reader: Reader, viewer: Viewer, wanted: ListFilter, state: ShipmentState | None = None, after: str = "",
    limit: int = 50, most: int = MOST_READ,
) -> ShipmentList:  # fmt: skip
    """Return a page of the loads to a site in view: on the first page all that are on their way, then by their newest
    receipt, each on one page.

    Raises NotFound for a site out of view, BadInput for a key that is none.
    """
    site = wanted.site
    if not site:  # of a viewer who sees none
        return ShipmentList([])
    if not viewer.shows_site(site):
        raise NotFound("report.unknown_site", id=site)
    matches = make_condition(reader, viewer, wanted._replace(site="", kinds=()))
    coming = _find_coming(reader, site)
    received = list_events_like(
        reader,
        viewer,
        ListFilter(kinds_of(Receiving), site, wanted.from_ms),
        after,
        limit,
        most,
    )
    events = [*([] if after else coming), *_find_received(reader, received.events, site)]
    distinct = list({event.id: event for event in events if matches(event)}.values())
    rows = [row for row in sum_shipments(reader, distinct) if state is None or state in row.states]
    if after:
        shown = {event.id for event in coming}
        rows = [row for row in rows if row.event.id not in shown and not _is_newer(row, received.events)]
    return ShipmentList(rows, received.after, received.back_to_ms)


def _is_newer(row: ShipmentRow, receipts: Sequence[Event]) -> bool:
    """Return whether a load has a receipt newer than all of these, which are newest first: an earlier page shows it."""
    return row.last_receipt is not None and row.last_receipt > receipts[0].order


def _find_coming(reader: Reader, site: str) -> list[Event]:
    lots, _ = reader.list_lots(LotFilter(to=site, status=IN_TRANSIT), limit=MOST_ARRIVING)
    events = reader.find_events({lot.shipment for lot in lots})
    return sorted(events.values(), key=lambda event: event.order, reverse=True)


def _find_received(reader: Reader, receipts: Collection[Event], site: str) -> list[Event]:
    """Return the shipments that receipts took in, in the order of these: of each lot the last one to the site before."""
    named = {moved.lot for event in receipts for moved in event.draft.lots}
    lots = reader.find_lots(named)
    sent = {lot.id: [one.shipment for one in lot.list_shipments() if one.to == site] for lot in lots.values()}
    shipments = reader.find_events({id_ for ids in sent.values() for id_ in ids})
    found: dict[str, Event] = {}
    for receipt in receipts:
        for moved in receipt.draft.lots:
            before = [
                shipments[id_]
                for id_ in sent.get(moved.lot, ())
                if id_ in shipments and shipments[id_].order < receipt.order
            ]
            if before:
                found.setdefault(before[-1].id, before[-1])
    return list(found.values())


def sum_shipments(reader: Reader, events: Collection[Event]) -> list[ShipmentRow]:
    """Return shipments with their sums, in their order."""
    loaded: dict[int, list[Edge]] = {}
    for edge in reader.list_edges([event.seq for event in events]):
        if edge.role != INPUT:
            loaded.setdefault(edge.event, []).append(edge)
    lots = reader.find_lots({edge.lot for edges in loaded.values() for edge in edges})
    timelines = _read_timelines(reader, lots)
    touched = reader.find_events_by_seq({edge.event for edges in timelines.values() for edge in edges})
    return [_sum_shipment(event, loaded.get(event.seq, []), lots, timelines, touched) for event in events]


def _read_timelines(reader: Reader, lots: Collection[str]) -> dict[str, list[Edge]]:
    """Return by lot its movements and observations in book order; what takes it where it lies is left out."""
    timelines: dict[str, list[Edge]] = {}
    for edge in reader.list_touches(lots) if lots else ():
        if edge.role == OBSERVED or (edge.role == INPUT and edge.number < 0):
            timelines.setdefault(edge.lot, []).append(edge)
    return timelines


def _sum_shipment(
    event: Event, loaded: list[Edge], lots: dict[str, Lot], timelines: dict[str, list[Edge]],
    touched: dict[int, Event],
) -> ShipmentRow:  # fmt: skip
    detail = event.draft.detail
    assert isinstance(detail, Shipment)
    sent_g = sum(_mass_of(event, edge) for edge in loaded) if event.live else None
    received: list[_Arrival] = []
    returned = False
    for edge in loaded:
        arrived, came_back = _follow(event, timelines.get(edge.lot, ()), touched)
        received += [arrived] if arrived else []
        returned |= came_back
    under_way = any(
        lots[edge.lot].custody == IN_TRANSIT and lots[edge.lot].shipment == event.id
        for edge in loaded
        if edge.lot in lots
    )
    different = sum(one.change_g for one in received)
    holds = {
        ShipmentState.UNDER_WAY: under_way,
        ShipmentState.DELIVERED: event.live and bool(detail.customer),
        ShipmentState.RECEIVED: bool(received) and not under_way,
        ShipmentState.RETURNED: returned,
        ShipmentState.DIFFERENT: any(one.change_g for one in received),
    }
    return ShipmentRow(
        event, detail, len(loaded), sent_g,
        sum(one.mass_g for one in received) if received else None, different if received else None,
        tuple(state for state, is_so in holds.items() if is_so), not event.live,
        max((one.order for one in received), default=None),
    )  # fmt: skip


class _Arrival(NamedTuple):
    """The mass of a lot at its receipt, how much more that is than was sent, and where the receipt stands in book order."""

    mass_g: int
    change_g: int
    order: Order


def _follow(
    shipment: Event, timeline: Iterable[Edge], touched: dict[int, Event]
) -> tuple[_Arrival | None, bool]:
    """Return how a lot arrived, None where it did not; whether any of it came back."""
    arrived: _Arrival | None = None
    came_back, is_gone = False, False
    for edge in timeline:
        event = touched.get(edge.event)
        if event is None or event.order <= shipment.order or not event.live:
            continue
        detail = event.draft.detail
        if isinstance(detail, Reversal) and detail.shipment == shipment.id:
            came_back = True
        elif isinstance(detail, Shipment):
            is_gone = True  # what is received from now on came by another truck
        elif isinstance(detail, Receiving) and arrived is None and not is_gone:
            arrived = _Arrival(_mass_of(event, edge), edge.mass_g, event.order)
    return arrived, came_back


def _mass_of(event: Event, edge: Edge) -> int:
    """Return the mass of a lot that was moved or received."""
    return edge.mass_g if edge.role == OUTPUT else event.frozen.masses[edge.position]
