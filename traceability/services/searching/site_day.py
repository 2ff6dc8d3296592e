"""Tell a site what was recorded there today by everybody, and which of its shipments arrived otherwise than they were sent."""

from collections.abc import Collection
from dataclasses import dataclass

from graph.store import EventFilter, Reader
from traceability.domain.calendar import DAY_MS, day_of, time_of_day
from traceability.domain.decision import OUTPUT, Edge
from traceability.domain.event import Event
from traceability.domain.kinds import RECORDS
from traceability.domain.rights import Viewer
from traceability.services.directory.names import find_names, find_party_names
from traceability.services.searching.event_lists import ListFilter
from traceability.services.searching.shipment_lists import (
    LoadDestination,
    ShipmentRow,
    ShipmentState,
    list_shipments,
)

MOST_EVENTS = 200  # of a day
MOST_DIFFERENCES = 20
MOST_SHIPMENTS = 120  # looked at for them: the newest
TOLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class DayLot:
    """A lot that an event made: its code, grade and mass in grams."""

    code: str
    material: str
    mass_g: int


@dataclass(frozen=True, slots=True)
class DayEvent:
    """An event of today: who recorded it and when in ms, what it made, and how many lots of which mass it moved."""

    id: str
    kind: str
    person: str
    own: bool
    record_ms: int
    made: tuple[DayLot, ...]
    lots: int
    mass_g: int


@dataclass(frozen=True, slots=True)
class SentDifference:
    """A shipment of the site whose lots weighed otherwise where they arrived; ``difference_g`` is signed."""

    shipment: str
    to: str
    vehicle: str
    sent_ms: int
    lots: int
    sent_g: int
    received_g: int
    difference_g: int


def list_today(reader: Reader, viewer: Viewer, person: str, site: str, now_ms: int) -> list[DayEvent]:
    """Return the events of today at a site, the newest first, without those that were taken back, ``own`` where the
    person recorded them."""
    start_ms = time_of_day(day_of(now_ms))
    asked = EventFilter(site, from_ms=start_ms, until_ms=start_ms + DAY_MS)
    found, _ = reader.list_events(asked, limit=MOST_EVENTS, newest_first=True)
    events = [event for event in found if event.draft.kind not in RECORDS]
    names = find_names(reader, viewer, events, ())
    made = _find_made(reader, events)
    return [
        DayEvent(
            event.id, event.draft.kind, names.person(event.draft.actor), event.draft.actor == person,
            event.record_ms, tuple(made.get(event.seq, ())), len(event.draft.lots), sum(event.frozen.masses),
        )
        for event in events
    ]  # fmt: skip


def _find_made(reader: Reader, events: Collection[Event]) -> dict[int, list[DayLot]]:
    """Return by event what it made, without the parts that a movement split off."""
    edges: list[Edge] = [
        edge
        for edge in reader.list_edges([event.seq for event in events])
        if edge.role == OUTPUT and edge.number >= 0
    ]
    lots = reader.find_lots({edge.lot for edge in edges})
    made: dict[int, list[DayLot]] = {}
    for edge in edges:
        lot = lots[edge.lot]
        made.setdefault(edge.event, []).append(DayLot(lot.code, lot.material, edge.mass_g))
    return made


def list_differences(reader: Reader, viewer: Viewer, site: str, now_ms: int) -> list[SentDifference]:
    """Return shipments of a site in the last 30 days that arrived otherwise than they were sent, newest first.

    The sender is told the mass that was received, and where, and nothing else of the receiver. Raises NotFound of a site
    out of view.
    """
    wanted = ListFilter(site=site, from_ms=now_ms - TOLD_DAYS * DAY_MS)
    found = list_shipments(
        reader, viewer, wanted, LoadDestination(), ShipmentState.DIFFERENT, limit=MOST_DIFFERENCES, most=MOST_SHIPMENTS
    )  # fmt: skip
    plates = find_party_names(reader, {row.detail.vehicle for row in found.shipments})
    return [_tell_difference(row, plates) for row in found.shipments]


def _tell_difference(row: ShipmentRow, plates: dict[str, str]) -> SentDifference:
    detail = row.detail
    return SentDifference(
        row.event.id, detail.to, plates.get(detail.vehicle, ""), row.event.frozen.time_ms, row.lots,
        row.sent_g or 0, row.received_g or 0, row.difference_g or 0,
    )  # fmt: skip
