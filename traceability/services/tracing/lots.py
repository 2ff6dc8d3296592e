"""Which lots are there, which one is meant by a code, what is in it, and what happened to it?"""

import json
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from graph.store import EventFilter, LotFilter, Reader, Store
from traceability.domain.calendar import day_of, time_of_day
from traceability.domain.claims import code_key
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT
from traceability.domain.event import Correction, Event, Shipment, lots_of
from traceability.domain.kinds import TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.provenance import CLASSES, ORIGIN_ADDITIVE, Vector, recycled_g
from traceability.domain.quantity import share
from traceability.services.directory.reference import reference_in
from traceability.wire import decode_draft

MOST_EVENTS = 200  # in a history; older ones are counted, not shown
RECENT_LOTS = 50  # whose grades are offered first
COMMON = ("Al", "Cu", "Pb", "Zn")  # metals in the order in which they are listed
MOST_CORRECTIONS = 1_000  # of the whole book that are searched for struck events: 0.1 s
MOST_OF_SITE = 1_000  # of each site where the lot has been, where the book has more
PAGE = 1_000  # corrections read at once


def find_lots_by_code(reader: Reader, codes: Collection[str]) -> dict[str, Lot]:
    """Lots by the code asked for, further and former codes included; unknown codes are left out."""
    claims = reader.find_claims([code_key(code) for code in codes])
    lots = reader.find_lots({claim.owner for claim in claims.values()})
    return {
        code: lots[claims[code_key(code)].owner]
        for code in codes
        if code_key(code) in claims and claims[code_key(code)].owner in lots
    }


def find_lot(store: Store, code: str) -> Lot | None:
    """The lot that a code on a label is bound to."""
    with store.read() as reader:
        return find_lots_by_code(reader, [code]).get(code)


def find_lot_ids(store: Store, codes: Collection[str]) -> Mapping[str, str]:
    """Lot ids by code."""
    with store.read() as reader:
        return {code: lot.id for code, lot in find_lots_by_code(reader, codes).items()}


def list_lots(store: Store, lots: LotFilter, after: str = "", limit: int = 50) -> tuple[list[Lot], str]:
    """(lots newest first, the key to continue after or ''). Raises BadInput for a key that is none."""
    with store.read() as reader:
        return reader.list_lots(lots, after, limit)


def list_scrap_grades(store: Store, site: str, usual: int) -> tuple[list[Material], list[Material]]:
    """(so many grades for the site, those of its newest scrap lots first; all other grades)."""
    with store.read() as reader:
        newest, _ = reader.list_lots(LotFilter(site=site, form="scrap"), limit=RECENT_LOTS)
        materials = reference_in(reader).materials
    grades = [material for material in materials.values() if "scrap" in material.forms]
    grades.sort(key=lambda one: (COMMON.index(one.metal) if one.metal in COMMON else len(COMMON), one.id))
    recent = list(dict.fromkeys(lot.material for lot in newest if lot.material in materials))
    order = [materials[id_] for id_ in recent] + [grade for grade in grades if grade.id not in recent]
    return order[:usual], [grade for grade in grades if grade not in order[:usual]]


# --- what is in it ------------------------------------------------------------------------------------------------


class Makeup(NamedTuple):
    """What remains of a lot: grams of metal, by class as people see it, recycled share and the strict one."""

    metal_g: int
    classes: dict[str, int]
    origins: dict[tuple[str, str], int]
    recycled: Fraction | None
    strict: Fraction | None


def make_up(lot: Lot) -> Makeup:
    """The content of what remains; of a lot that is used up, as it was made. A void lot holds nothing."""
    if lot.void:
        return Makeup(0, {}, {}, None, None)
    held = lot.remaining() if lot.remaining_g else lot.content.take(lot.content.mass_g)
    return Makeup(
        held.metal_g,
        classes_of(held.vector),
        _origins_of(held.vector),
        share(recycled_g(held.vector), held.metal_g),
        share(held.strict_g, held.metal_g),
    )


def classes_of(vector: Vector) -> dict[str, int]:
    """Grams by class, additives apart from other primary metal, in the order in which they are always shown."""
    sums = dict.fromkeys(("post", "pre", "unspecified", "primary", "additive", "unknown"), 0)
    for (rank, origin, _), grams in vector.items():
        sums["additive" if origin == ORIGIN_ADDITIVE else CLASSES[rank]] += grams
    return {name: grams for name, grams in sums.items() if grams}


def _origins_of(vector: Vector) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for (rank, origin, _), grams in sorted(vector.items()):
        key = ("additive" if origin == ORIGIN_ADDITIVE else CLASSES[rank], origin)
        sums[key] = sums.get(key, 0) + grams
    return sums


# --- what happened to it ------------------------------------------------------------------------------------------


class Happening(NamedTuple):
    """An event in a lot's history: its part in it, by how many grams, and the corrections that addressed it."""

    event: Event
    role: str  # output (made by it), input, observed
    mass_g: int  # signed: what the lot gained or lost
    corrections: tuple[Event, ...] = ()
    struck: bool = False  # voided, or corrected to leave the lot out


class History(NamedTuple):
    """What happened to a lot, newest first, and what is not shown of it."""

    happenings: list[Happening]
    older: int = 0  # events left out
    searched_all: bool = True  # whether all corrections were read that may have struck an event of the lot


def list_history(store: Store, lot: Lot, limit: int = MOST_EVENTS) -> History:
    """The newest events that ever named the lot, also those that are struck now."""
    with store.read() as reader:
        edges = reader.list_touches([lot.id])
        newest = edges[-limit:]
        # What takes a lot takes it where it lies: only the others tell where it has been.
        telling = {edge.event for edge in edges if edge.role != INPUT}
        events = reader.find_events_by_seq(telling | {edge.event for edge in newest})
        search = _Search(reader, lot, {edge.event for edge in edges})
        searched_all = search.run(events.values())
        found = [
            Happening(events[edge.event], edge.role, -edge.mass_g if edge.role == INPUT else edge.mass_g)
            for edge in newest
        ]
        found += [Happening(event, _role_of(event, lot), 0, struck=True) for event in search.struck.values()]
        found.sort(key=lambda happening: happening.event.order, reverse=True)
        shown = found[:limit]
        corrections = reader.find_events_by_seq({seq for one in shown for seq in one.event.revisions})
    happenings = [
        one._replace(corrections=tuple(corrections[seq] for seq in one.event.revisions)) for one in shown
    ]
    return History(happenings, len(edges) + len(search.struck) - len(shown), searched_all)


def find_voiding(store: Store, lot: Lot) -> Event | None:
    """The correction that made a lot void: it voided the event that made the lot, or replaced it by one without it."""
    with store.read() as reader:
        made = reader.find_events([lot.made_by]).get(lot.made_by)
        if not lot.void or made is None or not made.revisions:
            return None
        last = made.revisions[-1]
        return reader.find_events_by_seq([last]).get(last)


class _Search:
    """Looks for the events that named a lot and are struck: voided, or corrected to leave it out.

    They have no edge left, and nothing leads from a lot to them. So the corrections since the lot was made are read,
    oldest first, as most mistakes are soon found: those of the whole book, because a cascade may come from a site where
    the lot never was; and where these are too many, those of every site where it has been.
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
        """Fill ``struck``, from events that the lot has an edge with; whether all corrections were read."""
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
        """When the lot was made by any version of its making: the beginning of that day, as a correction may state
        its day alone."""
        corrections = self.reader.find_events_by_seq(made.revisions)
        versions = [one.frozen.versions.get(made.id) for one in corrections.values()]
        times = [version.time_ms for version in (made.frozen, made.first, *versions) if version]
        return time_of_day(day_of(min(times)))

    def _read_corrections(self, site: str, most: int) -> bool:
        """Take a site's corrections, or the book's ('') in; whether that was all of them."""
        wanted = EventFilter(site=site, kinds=("correct",), from_ms=self._since_ms)
        after, left = "", most
        while left:
            corrections, after = self.reader.list_events(wanted, after, min(PAGE, left))
            self._take(corrections)
            if not after:
                return True
            left -= len(corrections)
        return False

    def _take(self, corrections: Collection[Event]) -> None:
        """Strike what these corrections struck, and follow where that leads."""
        while corrections:
            corrections = self._lead_on(self._strike(corrections))

    def _lead_on(self, events: Collection[Event]) -> Collection[Event]:
        """Note where events of the lot were; the corrections that addressed them."""
        for event in events:
            self._sites[event.draft.site] = None
            if isinstance(event.draft.detail, Shipment) and event.draft.detail.to:
                self._sites[event.draft.detail.to] = None
        unread = {seq for event in events for seq in event.revisions} - self._read
        return self.reader.find_events_by_seq(unread).values()

    def _strike(self, corrections: Collection[Event]) -> list[Event]:
        """The further events that these corrections struck for the lot."""
        addressed: set[str] = set()
        restated: set[str] = set()  # whose new version named the lot; a later one may not
        for correction in corrections:
            if correction.seq in self._read:
                continue
            self._read.add(correction.seq)
            assert isinstance(correction.draft.detail, Correction)
            addressed.update(correction.frozen.voided, correction.frozen.versions)
            for target in correction.draft.detail.targets:
                if target.draft and self.lot.id in lots_of(target.draft):
                    restated.add(target.event)
        events = self.reader.find_events((addressed - self._asked) | restated)
        self._asked |= addressed
        found = [
            event
            for event in events.values()
            if event.seq not in self.linked
            and event.seq not in self.struck
            and (event.id in restated or _named(event, self.lot.id))
        ]
        self.struck.update((event.seq, event) for event in found)
        return found


def _named(event: Event, lot: str) -> bool:
    """Whether the version in force, or the first one, used, moved or examined the lot."""
    if lot in lots_of(event.draft):
        return True
    return lot in event.text and lot in lots_of(decode_draft(json.loads(event.text)))


def _role_of(event: Event, lot: Lot) -> str:
    if event.id == lot.made_by:
        return OUTPUT
    return INPUT if event.draft.kind in TRANSFORMATIONS else OBSERVED
