"""List what happened to a lot, struck events included, and find the correction that made it void."""

import json
from collections.abc import Collection
from typing import NamedTuple

from graph.store import EventFilter, Reader
from traceability.domain.calendar import day_of, time_of_day
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT
from traceability.domain.event import Correction, Event, Shipment, lots_of, versions_of
from traceability.domain.kinds import TRANSFORMATIONS, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer
from traceability.wire import decode_draft

MOST_EVENTS = 200  # in a history; older ones are counted, not shown
MOST_CORRECTIONS = 1_000  # of the whole book that are searched for struck events: 0.1 s
MOST_OF_SITE = 1_000  # of each site where the lot has been, where the book has more
PAGE = 1_000  # corrections read at once


class Happening(NamedTuple):
    """An event in a lot's history: the lot's role and grams, and the corrections that addressed it."""

    event: Event
    role: str  # output (made by it), input, observed
    mass_g: int  # signed: what the lot gained or lost
    corrections: tuple[Event, ...] = ()
    struck: bool = False  # voided, or corrected to leave the lot out


class History(NamedTuple):
    """The events of a lot, newest first, and what is left out of them."""

    happenings: list[Happening]
    older: int = 0  # events left out
    searched_all: bool = True  # whether all corrections were read that may have struck an event of the lot
    elsewhere: int = 0  # events at sites that the viewer does not see

    def seen_by(self, viewer: Viewer) -> "History":
        """Return the events at sites in view, and how many others there are."""
        shown = [one for one in self.happenings if viewer.shows_site(one.event.draft.site)]
        return self._replace(happenings=shown, elsewhere=len(self.happenings) - len(shown))


def list_history(reader: Reader, lot: Lot, limit: int = MOST_EVENTS) -> History:
    """Return the newest events that ever named the lot, also those that are struck now."""
    edges = reader.list_touches([lot.id])
    newest = edges[-limit:]
    # What takes a lot takes it where it lies: only the others tell where it has been.
    telling = {edge.event for edge in edges if edge.role != INPUT}
    events = reader.find_events_by_seq(telling | {edge.event for edge in newest})
    search = _Search(reader, lot, {edge.event for edge in edges})
    searched_all = search.run(events.values())
    happenings = [
        Happening(events[edge.event], edge.role, -edge.mass_g if edge.role == INPUT else edge.mass_g)
        for edge in newest
    ]
    happenings += [Happening(event, _role_of(event, lot), 0, struck=True) for event in search.struck.values()]
    happenings.sort(key=lambda happening: happening.event.order, reverse=True)
    shown = happenings[:limit]
    corrections = reader.find_events_by_seq({seq for row in shown for seq in row.event.revisions})
    complete = [
        row._replace(corrections=tuple(corrections[seq] for seq in row.event.revisions)) for row in shown
    ]
    return History(complete, len(edges) + len(search.struck) - len(shown), searched_all)


def find_voiding(reader: Reader, viewer: Viewer, lot: Lot) -> Event | None:
    """Return the correction that made a lot void, of a site in view.

    It voided the event that made the lot, or replaced it by one without it.
    """
    made = reader.find_events([lot.made_by]).get(lot.made_by)
    if not lot.void or made is None or not made.revisions:
        return None
    last = made.revisions[-1]
    found = reader.find_events_by_seq([last]).get(last)
    return found if found and viewer.shows_site(found.draft.site) else None


class _Search:
    """Search for the events that named a lot and are struck: voided, or corrected to leave it out.

    They have no edge left, and no index leads from a lot to them. So the corrections since the lot
    was made are read, oldest first, as most mistakes are soon found: those of the whole book, because
    a cascade may come from a site where the lot never was; and where these are too many, those of
    every site where it has been.
    """

    def __init__(self, reader: Reader, lot: Lot, linked: Collection[int]) -> None:
        self.reader = reader
        self.lot = lot
        self.linked = linked  # seqs of the events that the lot has an edge with
        self.struck: dict[int, Event] = {}
        self._sites: dict[str, None] = {}  # where the lot has been, as far as known
        self._read: set[int] = set()  # seqs of corrections
        self._asked: set[str] = set()  # ids of events
        self._since_ms = 0

    def run(self, linked: Collection[Event]) -> bool:
        """Fill ``struck`` from events that the lot has an edge with; return whether all corrections were read."""
        made = self.reader.find_events([self.lot.made_by])
        self._since_ms = self._find_birth(made[self.lot.made_by])
        if not self.linked:
            self.struck = {event.seq: event for event in made.values()}  # the lot is void
        self._take(self._lead_on([*linked, *made.values()]))
        if self._read_corrections("", MOST_CORRECTIONS):
            return True
        done: set[str] = set()
        while todo := [site for site in self._sites if site not in done]:
            for site in todo:
                self._read_corrections(site, MOST_OF_SITE)
            done.update(todo)
        return False

    def _find_birth(self, made: Event) -> int:
        """Return the start of the first day on which any version of its making made the lot.

        A correction may state the day alone, so the time of day tells nothing.
        """
        corrections = self.reader.find_events_by_seq(made.revisions)
        versions = [correction.frozen.versions.get(made.id) for correction in corrections.values()]
        times = [version.time_ms for version in (made.frozen, made.first, *versions) if version]
        return time_of_day(day_of(min(times)))

    def _read_corrections(self, site: str, most: int) -> bool:
        """Read a site's corrections, or the book's (''); return whether those were all of them."""
        wanted = EventFilter(site=site, kinds=kinds_of(Correction), from_ms=self._since_ms)
        after, left = "", most
        while left:
            corrections, after = self.reader.list_events(wanted, after, min(PAGE, left))
            self._take(corrections)
            if not after:
                return True
            left -= len(corrections)
        return False

    def _take(self, corrections: Collection[Event]) -> None:
        """Add what these corrections struck, and what the corrections found by that struck."""
        while corrections:
            corrections = self._lead_on(self._strike(corrections))

    def _lead_on(self, events: Collection[Event]) -> Collection[Event]:
        """Note where events of the lot were; return the unread corrections that addressed them."""
        for event in events:
            self._sites[event.draft.site] = None
            if isinstance(event.draft.detail, Shipment) and event.draft.detail.to:
                self._sites[event.draft.detail.to] = None
        unread = {seq for event in events for seq in event.revisions} - self._read
        return self.reader.find_events_by_seq(unread).values()

    def _strike(self, corrections: Collection[Event]) -> list[Event]:
        """Return the further events that these corrections struck for the lot."""
        addressed: set[str] = set()
        restated: set[str] = set()  # whose new version named the lot; a later one may not
        for correction in corrections:
            if correction.seq in self._read:
                continue
            self._read.add(correction.seq)
            for id_, version in versions_of(correction).items():
                addressed.add(id_)
                if version is not None and self.lot.id in lots_of(version[0]):
                    restated.add(id_)
        events = self.reader.find_events((addressed - self._asked) | restated)
        self._asked |= addressed
        struck = [
            event
            for event in events.values()
            if event.seq not in self.linked
            and event.seq not in self.struck
            and (event.id in restated or _named(event, self.lot.id))
        ]
        self.struck.update((event.seq, event) for event in struck)
        return struck


def _named(event: Event, lot: str) -> bool:
    """Return whether the version in force, or the first one, used, moved or examined the lot."""
    if lot in lots_of(event.draft):
        return True
    return lot in event.text and lot in lots_of(decode_draft(json.loads(event.text)))


def _role_of(event: Event, lot: Lot) -> str:
    if event.id == lot.made_by:
        return OUTPUT
    return INPUT if event.draft.kind in TRANSFORMATIONS else OBSERVED
