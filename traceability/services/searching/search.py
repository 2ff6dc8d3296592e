"""Find lots, events, parties, vehicles, sites and materials by what people know of them, inside what a viewer may see."""

from collections.abc import Collection, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from graph.store import Reader
from traceability.domain.calendar import year_of
from traceability.domain.event import Event, Shipment
from traceability.domain.identifier import normalise_identifier, normalise_plate
from traceability.domain.kinds import ENTRIES, HEATS, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.names import is_called
from traceability.domain.place import Site
from traceability.domain.rights import Viewer
from traceability.services.directory.parties import VEHICLE
from traceability.services.directory.reference import reference_in
from traceability.services.operations.furnaces import list_furnaces
from traceability.services.recording.open_work import OpenWork, list_open_work
from traceability.services.searching.event_lists import ListFilter, deals_with, take_page, walk_events
from traceability.services.searching.known_parties import FoundParty, find_parties_like
from traceability.services.searching.numbers import (
    find_events_by_number,
    find_events_by_paper,
    list_beginnings,
)
from traceability.services.tracing.lots import find_lots_by_part

T = TypeVar("T")

MOST_SHOWN = 5  # of one kind
MOST_LOADS = 250  # that are looked at for vehicles and destinations
LONGEST = 200  # characters of what is looked for


class Hits(NamedTuple, Generic[T]):
    """What was found of one kind, and whether there is more."""

    shown: list[T]
    more: bool = False


class SearchResult(NamedTuple):
    """What was found, by kind; all of it is in view."""

    lots: Hits[Lot]
    in_work: Hits[OpenWork]
    tickets: Hits[Event]
    heats: Hits[Event]
    shipments: Hits[Event]
    events: Hits[Event]
    parties: Hits[FoundParty]
    vehicles: Hits[FoundParty]
    sites: Hits[Site]
    materials: Hits[Material]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was found."""
        return not any(hits.shown for hits in self)


def search(reader: Reader, viewer: Viewer, typed: str) -> SearchResult:
    """Return what a viewer may see of what was typed: a part of a code, a number, a name, a plate, an event's id."""
    text = typed[:LONGEST]
    numbered = find_events_by_number(reader, viewer, text)
    events = {event.id: event for event in (*numbered, *find_events_by_paper(reader, viewer, text))}
    parties = find_parties_like(reader, viewer, text, 4 * MOST_SHOWN)
    reference = reference_in(reader)
    wanted = normalise_identifier(text)
    named = {site.id for site in reference.sites.values() if is_called(wanted, site.id, site.names)}
    events |= {event.id: event for event in _find_loads(reader, viewer, parties, named)}
    sites = [site for site in reference.sites.values() if site.id in named and viewer.shows_site(site.id)]
    materials = [one for one in reference.materials.values() if is_called(wanted, one.id, one.names)]
    kinds = (*ENTRIES, *HEATS)
    return SearchResult(
        lots=_cut(find_lots_by_part(reader, viewer, text)),
        in_work=_cut(_find_in_work(reader, viewer, text)),
        tickets=_cut(event for event in events.values() if event.draft.kind in ENTRIES),
        heats=_cut(event for event in events.values() if event.draft.kind in HEATS),
        shipments=_cut(event for event in events.values() if isinstance(event.draft.detail, Shipment)),
        events=_cut(
            event
            for event in events.values()
            if event.draft.kind not in kinds and not isinstance(event.draft.detail, Shipment)
        ),
        parties=_cut(one for one in parties if one.kind != VEHICLE),
        vehicles=_cut(one for one in parties if one.kind == VEHICLE),
        sites=_cut(sites),
        materials=_cut(materials),
    )


def _find_loads(
    reader: Reader, viewer: Viewer, parties: Sequence[FoundParty], sites: Collection[str]
) -> list[Event]:
    """Return the newest loads of vehicles, to customers and to sites that were found, of few such."""
    ids = frozenset(party.id for party in parties if party.kind in (VEHICLE, "customer"))
    if not ids and not sites:
        return []

    def goes(event: Event) -> bool:
        detail = event.draft.detail
        return isinstance(detail, Shipment) and (detail.to in sites or deals_with(event, ids, viewer))

    walk = walk_events(reader, viewer, ListFilter(kinds_of(Shipment)))
    return take_page(walk, goes, MOST_SHOWN + 1, MOST_LOADS).events


def _find_in_work(reader: Reader, viewer: Viewer, typed: str) -> list[OpenWork]:
    """Return the tickets and heats in work where the viewer works, by number, plate, supplier or furnace."""
    wanted, plate = normalise_identifier(typed), normalise_plate(typed)

    def fits(work: OpenWork) -> bool:
        content = work.content
        furnace = furnaces.get(content.get("furnace", ""), "")
        names = [normalise_identifier(str(name)) for name in (content.get("supplier", ""), furnace)]
        at_gate = normalise_plate(str(content.get("vehicle", "")))
        return (
            normalise_identifier(work.number).startswith(list_beginnings(wanted, year_of(work.opened_ms)))
            or any(wanted in name for name in names)
            or bool(plate and plate in at_gate)
        )

    works = list_open_work(reader, viewer.works_at) if wanted else []
    furnaces = {one.code: one.name for one in list_furnaces(reader, viewer.works_at)} if works else {}
    return [work for work in reversed(works) if fits(work)]


def _cut(found: Iterable[T]) -> Hits[T]:
    every: Sequence[T] = list(found)
    return Hits(list(every[:MOST_SHOWN]), len(every) > MOST_SHOWN)
