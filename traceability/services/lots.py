"""Which lots are there, which one is meant by a code, what is in it, and what happened to it?"""

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from graph.store import EventFilter, LotFilter, Reader, Store
from traceability.domain.changes import code_key
from traceability.domain.event import Correction, Event
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.provenance import CLASSES, ORIGIN_ADDITIVE, Vector, recycled_g
from traceability.domain.quantity import share
from traceability.services.reference import reference_in

MOST_EVENTS = 200  # in a history; older ones are counted, not shown
RECENT_LOTS = 50  # whose grades are offered first
COMMON = ("Al", "Cu", "Pb", "Zn")  # metals in the order in which they are listed
MOST_CORRECTIONS = 500  # of a site that are searched for voided events


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

    @property
    def struck(self) -> bool:
        """Whether the event was voided."""
        return not self.event.live


def list_history(store: Store, lot: Lot, limit: int = MOST_EVENTS) -> tuple[list[Happening], int]:
    """(what happened, newest first, voided events struck through; how many older events are left out)."""
    with store.read() as reader:
        edges = reader.list_touches([lot.id])
        shown = edges[-limit:]
        events = reader.find_events_by_seq({edge.event for edge in shown})
        voided = _find_voided(reader, lot)
        seqs = {seq for event in (*events.values(), *voided) for seq in event.revisions}
        corrections = reader.find_events_by_seq(seqs)
    signs = {"input": -1}
    found = [
        Happening(
            events[edge.event],
            edge.role,
            signs.get(edge.role, 1) * edge.mass_g,
            tuple(corrections[seq] for seq in events[edge.event].revisions if seq in corrections),
        )
        for edge in shown
    ]
    found += [
        Happening(event, _role_of(event, lot), 0, tuple(corrections[seq] for seq in event.revisions))
        for event in voided
        if event.seq not in events
    ]
    found.sort(key=lambda happening: happening.event.order, reverse=True)
    return found, max(len(edges) - limit, 0)


def find_voiding(store: Store, lot: Lot) -> Event | None:
    """The correction that made a lot void: it voided the event that made the lot, or replaced it by one without it."""
    with store.read() as reader:
        made = reader.find_events([lot.made_by]).get(lot.made_by)
        if not lot.void or made is None or not made.revisions:
            return None
        last = made.revisions[-1]
        return reader.find_events_by_seq([last]).get(last)


def _find_voided(reader: Reader, lot: Lot) -> list[Event]:
    """Voided events that named the lot. They have no edges left, so the corrections of its sites tell of them."""
    ids: set[str] = {lot.made_by} if lot.void else set()
    for site in {lot.site, lot.shipper} - {""}:
        wanted = EventFilter(site=site, kinds=("correct",), from_ms=lot.made[0])
        corrections, _ = reader.list_events(wanted, limit=MOST_CORRECTIONS, newest_first=True)
        for correction in corrections:
            assert isinstance(correction.draft.detail, Correction)
            ids.update(correction.frozen.voided)
    if not ids:
        return []
    events = reader.find_events(ids).values()
    return [
        event for event in events if not event.live and (_names(event, lot.id) or event.id == lot.made_by)
    ]


def _names(event: Event, lot: str) -> bool:
    draft = event.draft
    return any(use.lot == lot for use in draft.inputs) or any(moved.lot == lot for moved in draft.lots)


def _role_of(event: Event, lot: Lot) -> str:
    if any(use.lot == lot.id for use in event.draft.inputs):
        return "input"
    return "output" if event.id == lot.made_by else "observed"
