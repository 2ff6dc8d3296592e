"""What is known of one event: its lots and edges, what it posted, the corrections that addressed it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.store import PostingFilter, Store
from traceability.domain.changes import Edge
from traceability.domain.errors import NotFound
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting
from traceability.wire import dump_draft

MOST_POSTINGS = 1_000
_SHOWN_ELSEWHERE = frozenset(
    {"id", "kind", "site", "event_time", "actor", "inputs", "outputs", "lots", "schema", "targets"}
)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with what belongs to it. ``facts`` are what its kind states of its own, as on the wire, flattened.

    ``first`` are those of the version first recorded, where a correction replaced it.
    """

    event: Event
    edges: list[Edge]
    lots: dict[str, Lot]
    postings: list[Posting]
    corrections: list[Event]
    facts: list[tuple[str, Any]]
    first: list[tuple[str, Any]]


def find_event(store: Store, event_id: str) -> FoundEvent:
    """An event by id. Raises NotFound."""
    with store.read() as reader:
        event = reader.find_events([event_id]).get(event_id)
        if event is None:
            raise NotFound("event.unknown", id=event_id)
        edges = reader.list_edges([event.seq])
        lots = reader.find_lots({edge.lot for edge in edges})
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
    )


def _facts(draft: Mapping[str, Any]) -> list[tuple[str, Any]]:
    stated = ((key, inner) for key, inner in draft.items() if key not in _SHOWN_ELSEWHERE)
    return [pair for key, inner in stated for pair in _flatten(key, inner)]


def _flatten(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flatten(f"{path}.{key}", inner)]
    if isinstance(value, list):
        return [pair for number, inner in enumerate(value) for pair in _flatten(f"{path}.{number}", inner)]
    return [(path, value)]
