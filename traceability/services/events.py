"""What is known of one event: its lots and edges, what it posted, the corrections that addressed it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graph.store import PostingFilter, Store
from traceability.domain.changes import Edge
from traceability.domain.entry import settled_mass
from traceability.domain.errors import NotFound
from traceability.domain.event import Acquisition, Draft, Event, Frozen
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting
from traceability.wire import decode_draft, dump_draft

MOST_POSTINGS = 1_000
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


class StatedPart(NamedTuple):
    """A lot as a draft names it; ``mass_g`` None where the draft leaves it to what remains of the lot."""

    role: str
    lot: str
    material: str
    mass_g: int | None


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
    )


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
