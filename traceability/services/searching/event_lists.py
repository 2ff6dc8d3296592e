"""List events that a viewer is told of, newest first, by kind, site, times, person, party, number and state.

A page goes on from the last event that was looked at, in the order of events. What the store cannot select is looked
for in what it lists: MOST_READ events for a page, so a search for what is rare goes on from page to page.
"""

import heapq
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from graph.records import format_key, parse_key
from graph.store import EventFilter, Reader
from traceability.domain.access import ANYWHERE
from traceability.domain.calendar import month_of
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.errors import NotFound
from traceability.domain.event import Event, Order
from traceability.domain.identifier import normalise_identifier
from traceability.domain.rights import Relation, Thing, Viewer
from traceability.services.directory.people import list_people
from traceability.services.searching.numbers import (
    find_events_by_number,
    find_events_by_paper,
    is_told,
)

MOST_READ = 600  # events looked at for one page: 0.1 s
MOST_NUMBERED = 500  # events whose number begins alike
MOST_SITES = 25  # that are read one by one
_AT_ONCE = 40


class EventState(StrEnum):
    """What may be asked about an event."""

    VOID = "void"
    CORRECTED = "corrected"
    LATE = "late"
    WARNED = "warned"
    UNCONFIRMED = "unconfirmed"


class ListFilter(NamedTuple):
    """Conditions on events; '' or None for none. Times are event times in ms, the end exclusive.

    ``person`` is a part of a name or an account, ``number`` the beginning of a ticket or heat number, or a manifest;
    ``parties`` are ids of whom it was dealt with, None for anybody.
    """

    kinds: tuple[str, ...] = ()
    site: str = ""
    from_ms: int | None = None
    until_ms: int | None = None
    person: str = ""
    number: str = ""
    parties: frozenset[str] | None = None
    state: EventState | None = None


class EventList(NamedTuple):
    """A page of events, newest first, and the key to go on after or ''.

    ``looked_at`` is how many were looked at for it, ``back_to_ms`` when the last of these was.
    """

    events: list[Event]
    after: str = ""
    back_to_ms: int | None = None
    looked_at: int = 0


def list_events_like(
    reader: Reader, viewer: Viewer, wanted: ListFilter, after: str = "", limit: int = 50, most: int = MOST_READ,
    also: Callable[[Event], bool] | None = None,
) -> EventList:  # fmt: skip
    """Return a page of events, of those that ``also`` takes where it is given.

    Raises NotFound for a site out of view, BadInput for a key that is none.
    """
    if wanted.site and not viewer.shows_site(wanted.site):
        raise NotFound("report.unknown_site", id=wanted.site)
    matches = make_condition(reader, viewer, wanted)
    if wanted.number:
        walk = _list_numbered(reader, viewer, wanted)
    elif wanted.state is EventState.UNCONFIRMED:
        walk = _walk_unconfirmed(reader, viewer, wanted, after)
    else:
        walk = walk_events(reader, viewer, wanted, after)
    start: Order | None = parse_key(after, int, int) if after else None
    later = (event for event in walk if start is None or event.order < start)
    wants = matches if also is None else lambda event: matches(event) and also(event)
    return take_page(later, wants, limit, most)


def take_page(
    walk: Iterator[Event], matches: Callable[[Event], bool], limit: int, most: int = MOST_READ
) -> EventList:
    """Return the first events of a walk that match; it ends early after so many looked at."""
    found: list[Event] = []
    last: Event | None = None
    looked_at = 0
    for event in walk:
        if last is not None and (len(found) == limit or looked_at == most):
            return EventList(found, format_key(*last.order), last.frozen.time_ms, looked_at)
        last, looked_at = event, looked_at + 1
        if matches(event):
            found.append(event)
    return EventList(found, "", last.frozen.time_ms if last else None, looked_at)


def walk_events(reader: Reader, viewer: Viewer, wanted: ListFilter, after: str = "") -> Iterator[Event]:
    """Yield the events of sites in view with the kinds and times asked for, newest first."""
    ranges = [
        EventFilter(site, region, wanted.kinds, wanted.from_ms, wanted.until_ms, live_only=False)
        for site, region in _list_ranges(viewer, wanted.site)
    ]
    walks = [_walk_range(reader, one, after) for one in ranges]
    merged = heapq.merge(*walks, key=lambda event: event.order, reverse=True)
    public = {one for one, relation in viewer.relations.items() if relation is Relation.PUBLIC}
    return (
        event
        for event in merged
        if wanted.site or (is_told(viewer, event) and event.draft.site not in public)
    )


def list_sites(viewer: Viewer) -> list[str]:
    """Return the sites that lists are of where none is chosen: those in view but for authorities, which all may see."""
    return sorted(one for one in viewer.sees if viewer.relations[one] is not Relation.PUBLIC)


def _walk_unconfirmed(reader: Reader, viewer: Viewer, wanted: ListFilter, after: str) -> Iterator[Event]:
    """Yield the events whose warnings nobody confirmed, which the store lists by themselves, newest first."""
    sites = (wanted.site,) if wanted.site else tuple(list_sites(viewer))
    return _walk_range(reader, EventFilter(unconfirmed_at=sites), after) if sites else iter(())


def _list_ranges(viewer: Viewer, site: str) -> list[tuple[str, str]]:
    """Return (site, region) of the ranges that hold all events in view: of few sites each, of many a region or the book."""
    if site:
        return [(site, "")]
    sites = list_sites(viewer)
    if len(sites) <= MOST_SITES or not viewer.watches:
        return [(one, "") for one in sites]
    if ANYWHERE in viewer.watches or viewer.works_at:
        return [("", "")]
    wider = set(viewer.watches)
    return [
        ("", scope) for scope in wider if not any(scope != one and scope.startswith(one) for one in wider)
    ]


def _walk_range(reader: Reader, wanted: EventFilter, after: str) -> Iterator[Event]:
    size = _AT_ONCE // 4
    while True:
        page, after = reader.list_events(wanted, after, size, newest_first=True)
        yield from page
        if not after:
            return
        size = min(2 * size, 4 * _AT_ONCE)


def _list_numbered(reader: Reader, viewer: Viewer, wanted: ListFilter) -> Iterator[Event]:
    sites = [wanted.site] if wanted.site else None
    found = [
        *find_events_by_number(reader, viewer, wanted.number, sites, MOST_NUMBERED),
        *find_events_by_paper(reader, viewer, wanted.number, MOST_NUMBERED),
    ]
    distinct = {event.id: event for event in found}.values()
    return iter(sorted(distinct, key=lambda event: event.order, reverse=True))


def make_condition(reader: Reader, viewer: Viewer, wanted: ListFilter) -> Callable[[Event], bool]:
    """Return what tells whether an event is asked for.

    By person or party it is found where the viewer may know those of its site alone.
    """
    people = _find_people(reader, wanted.person) if wanted.person else None

    def matches(event: Event) -> bool:
        draft = event.draft
        time_ms = event.frozen.time_ms
        return (
            (not wanted.kinds or draft.kind in wanted.kinds)
            and wanted.site in ("", draft.site)
            and (wanted.from_ms is None or time_ms >= wanted.from_ms)
            and (wanted.until_ms is None or time_ms < wanted.until_ms)
            and (people is None or (draft.actor in people and viewer.tells(draft.site, Thing.PERSON)))
            and (wanted.parties is None or deals_with(event, wanted.parties, viewer))
            and (wanted.state is None or wanted.state in list_states(event))
        )

    return matches


def _find_people(reader: Reader, typed: str) -> frozenset[str]:
    text = normalise_identifier(typed)
    return frozenset(
        person.id
        for person in list_people(reader)
        if text in normalise_identifier(person.name) or normalise_identifier(person.id).startswith(text)
    )


_PARTY_FIELDS = ("supplier", "customer", "carrier", "receiver", "driver", "vehicle")


def deals_with(event: Event, parties: frozenset[str], viewer: Viewer) -> bool:
    """Return whether an event names one of the parties or vehicles, at a site whose parties the viewer may know."""
    detail = event.draft.detail
    named = {getattr(detail, field, "") for field in _PARTY_FIELDS}
    return not parties.isdisjoint(named) and viewer.tells(event.draft.site, Thing.PARTY)


def list_states(event: Event) -> list[EventState]:
    """Return what is to be said of an event: void, corrected, recorded in a later month, warned of, unconfirmed."""
    said = {
        EventState.VOID: not event.live,
        EventState.CORRECTED: event.live and bool(event.revisions),
        EventState.LATE: event.month < month_of(event.record_ms),
        EventState.WARNED: bool(event.warnings),
        EventState.UNCONFIRMED: event.live and bool(list_unconfirmed(event.draft, event.warnings)),
    }
    return [state for state, holds in said.items() if holds]
