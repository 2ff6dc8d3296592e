"""What is known of one event: its lots and edges, what it posted, the corrections that addressed it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graph.store import PostingFilter, Reader, Store
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge
from traceability.domain.entry import settled_mass
from traceability.domain.errors import NotFound
from traceability.domain.event import Acquisition, Draft, Event, Frozen, Weighing, lots_of
from traceability.domain.kinds import TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting
from traceability.domain.timeline import TakeFlag, flag_takes
from traceability.wire import decode_draft, dump_draft

MOST_POSTINGS = 1_000
MOST_NAMED = 40  # events of warnings; the count is among their figures
_SHOWN_ELSEWHERE = frozenset(
    {"id", "kind", "site", "event_time", "actor", "inputs", "outputs", "lots", "schema", "targets", "photos"}
)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with what belongs to it. ``facts`` are what its kind states of its own, as on the wire, flattened.

    ``first`` are those of the version first recorded, where a correction replaced it. ``former`` are the parts that lots
    had in it and have no more: as first recorded, where it was replaced, all of them where it was voided.
    """

    event: Event
    edges: list[Edge]
    lots: dict[str, Lot]
    postings: list[Posting]
    corrections: list[Event]
    facts: list[tuple[str, Any]]
    first: list[tuple[str, Any]]
    former: list["StatedPart"]
    recalls: list["Recall"]
    taking: dict[str, Event]  # those that its warnings name, at most MOST_NAMED


class Recall(NamedTuple):
    """That an event used a lot which had failed an inspection by then, as was recorded later: what it made is suspect."""

    lot: Lot
    flag: TakeFlag


class StatedPart(NamedTuple):
    """A lot as a draft names it; ``mass_g`` None where the draft leaves it to what remains of the lot."""

    role: str
    lot: str
    material: str
    mass_g: int | None


class TakenPart(NamedTuple):
    """A lot's part in an event, in the figures that a person looks for; None where the kind has no such figure.

    ``role`` is that of the edge; of a movement 'whole' for a lot that moved whole, 'source' and 'part' for one that was
    split. ``mass_g`` and ``metal_g`` are what was used, made, moved, weighed in or examined; ``sent_g`` is what was on
    its way before a receipt, ``before_g`` the metal before an assay; the changes are signed.
    """

    lot: Lot
    role: str
    mass_g: int | None = None
    metal_g: int | None = None
    sent_g: int | None = None
    before_g: int | None = None
    change_g: int | None = None
    metal_change_g: int | None = None

    @property
    def is_source(self) -> bool:
        """Whether something was taken from the lot, rather than the lot made, moved or examined."""
        return self.role in (INPUT, "source")


class Sums(NamedTuple):
    """What an event did in all: lots and grams used; made, moved or examined; sent and changed; metal of an assay."""

    used: int
    used_g: int
    lots: int
    mass_g: int
    loss_g: int
    sent_g: int
    change_g: int
    before_g: int
    metal_g: int


def tell_parts(found: FoundEvent) -> list[TakenPart]:
    """The parts that lots have in an event in force."""
    return [_tell_part(found.event, edge, found.lots[edge.lot]) for edge in found.edges]


def sum_parts(event: Event, parts: Collection[TakenPart]) -> Sums:
    """What an event did in all; of a split lot the part counts, not what it was taken from."""
    used = [part for part in parts if part.is_source]
    done = [part for part in parts if not part.is_source]
    used_g = sum(part.mass_g or 0 for part in used)
    mass_g = sum(part.mass_g or 0 for part in done)
    return Sums(
        used=len(used),
        used_g=used_g,
        lots=len(done),
        mass_g=mass_g,
        loss_g=used_g + event.draft.uptake_g - mass_g if event.draft.kind in TRANSFORMATIONS else 0,
        sent_g=sum(part.sent_g or 0 for part in done),
        change_g=sum(part.change_g or 0 for part in done),
        before_g=sum(part.before_g or 0 for part in done),
        metal_g=sum(part.metal_g or 0 for part in done),
    )


def _tell_part(event: Event, edge: Edge, lot: Lot) -> TakenPart:
    kind = event.draft.kind
    if edge.role != OBSERVED:
        role = edge.role if edge.number >= 0 else "source" if edge.role == INPUT else "part"
        return TakenPart(lot, role, edge.mass_g, edge.metal_g)
    if kind in ("inspect", "relabel"):
        return TakenPart(lot, OBSERVED)
    if kind == "adjust":
        return TakenPart(lot, OBSERVED, change_g=edge.mass_g, metal_change_g=edge.metal_g)
    mass_g = event.frozen.masses[edge.position]
    if kind == "receive":
        return TakenPart(lot, OBSERVED, mass_g, sent_g=mass_g - edge.mass_g, change_g=edge.mass_g)
    held = lot.content_at(event.order).take(mass_g)
    if kind == "assay":
        assayed = [content.metal_g for content in lot.contents if content.order == event.order]
        return TakenPart(lot, OBSERVED, mass_g, assayed[0] if assayed else None, before_g=held.metal_g)
    return TakenPart(lot, "whole", mass_g, held.metal_g)


def find_weighing(store: Store, lot: Lot) -> Weighing | None:
    """The weighbridge readings that a lot came in with; a part that was split off has none of its own."""
    if lot.parent or lot.void:
        return None
    with store.read() as reader:
        made = reader.find_events([lot.made_by]).get(lot.made_by)
    return made.draft.detail.weighing if made and isinstance(made.draft.detail, Acquisition) else None


def list_moved_months(store: Store, event_id: str) -> list[tuple[str, str]]:
    """(event month, book month) where they differ in what an event posted: its month was sealed."""
    with store.read() as reader:
        event = reader.find_events([event_id]).get(event_id)
        postings = reader.scan_postings([event.seq]) if event else []
    return sorted({(one.row.month, one.book_month) for one in postings if one.row.month != one.book_month})


def find_event(store: Store, event_id: str) -> FoundEvent:
    """An event by id. Raises NotFound."""
    with store.read() as reader:
        event = reader.find_events([event_id]).get(event_id)
        if event is None:
            raise NotFound("event.unknown", id=event_id)
        former = _former_parts(event)
        edges = reader.list_edges([event.seq])
        lots = reader.find_lots({edge.lot for edge in edges} | {part.lot for part in former})
        postings, _ = reader.list_postings(PostingFilter(event=event.seq), limit=MOST_POSTINGS)
        corrections = reader.find_events_by_seq(event.revisions)
        recalls = _find_recalls(reader, event, edges, lots)
        named = [id_ for warning in event.warnings for id_ in warning.events]
        taking = reader.find_events(named[:MOST_NAMED]) if named else {}
    first = _facts(json.loads(event.text)) if event.revisions else []
    return FoundEvent(
        event,
        edges,
        lots,
        [posting for posting, _ in postings],
        [corrections[seq] for seq in event.revisions if seq in corrections],
        _facts(dump_draft(event.draft)),
        first,
        former,
        recalls,
        taking,
    )


def list_recalls(store: Store, lot: Lot) -> list[Recall]:
    """The failed lots that the making of a lot used before it was known, none of which has passed since."""
    if lot.void:
        return []
    with store.read() as reader:
        made = reader.find_events([lot.made_by]).get(lot.made_by)
        edges = reader.list_edges([made.seq]) if made and lots_of(made.draft) else []
        if made is None or not edges:
            return []
        # A part holds metal of the lot alone that it was split off from, not of what else the truck carried.
        sources = {lot.parent} if lot.parent else {edge.lot for edge in edges if edge.role != OUTPUT}
        return _find_recalls(reader, made, edges, reader.find_lots(sources))


def _find_recalls(
    reader: Reader, event: Event, edges: Collection[Edge], lots: Mapping[str, Lot]
) -> list[Recall]:
    """Only a lot that has failed something to this day is looked into: a pass lifts the flag."""
    used = {edge.lot for edge in edges if edge.role != OUTPUT}
    suspects = [lot for id_, lot in lots.items() if id_ in used and lot.failures]
    found = []
    for lot in suspects:
        told = [
            edge for edge in reader.list_touches([lot.id]) if edge.role == OBSERVED or edge.event == event.seq
        ]
        events = reader.find_events_by_seq({edge.event for edge in told})
        flags = flag_takes((edge, events[edge.event]) for edge in told)
        found += [Recall(lot, flag) for flag in flags if flag.take.seq == event.seq]
    return found


def _former_parts(event: Event) -> list[StatedPart]:
    now = _stated_parts(event.draft, event.frozen)
    if not event.live:
        return now
    first = (
        _stated_parts(decode_draft(json.loads(event.text)), event.first)
        if event.revisions and event.first
        else []
    )
    return [part for part in first if part not in now]


def _stated_parts(draft: Draft, frozen: Frozen) -> list[StatedPart]:
    weighing = draft.detail.weighing if isinstance(draft.detail, Acquisition) else None
    weighed_g = settled_mass(weighing)[1] if weighing and len(draft.outputs) == 1 else None
    parts = [StatedPart("input", use.lot, "", use.mass_g) for use in draft.inputs]
    parts += [StatedPart("observed", moved.lot, "", moved.mass_g) for moved in draft.lots]
    for lot, new in zip(frozen.lots, draft.outputs, strict=False):
        mass_g = weighed_g if new.mass_g is None else new.mass_g
        parts.append(StatedPart("output", lot, new.material, mass_g))
    return parts


def _facts(draft: Mapping[str, Any]) -> list[tuple[str, Any]]:
    stated = ((key, inner) for key, inner in draft.items() if key not in _SHOWN_ELSEWHERE)
    return [pair for key, inner in stated for pair in _flatten(key, inner)]


def _flatten(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flatten(f"{path}.{key}", inner)]
    if isinstance(value, list):
        return [pair for number, inner in enumerate(value) for pair in _flatten(f"{path}.{number}", inner)]
    return [(path, value)]
