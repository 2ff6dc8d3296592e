"""Find events as the book had them at an earlier record: corrections since then are left out."""

from dataclasses import replace
from json import loads

from graph.store import Reader
from traceability.domain.event import Event, versions_of
from traceability.wire import decode_draft


def find_event_at(reader: Reader, event: Event, seq: int) -> Event | None:
    """Return an event in its version at a record, not live where it was void; None where it was not recorded yet."""
    if event.seq > seq:
        return None
    earlier = tuple(revision for revision in event.revisions if revision <= seq)
    if len(earlier) == len(event.revisions):
        return event
    if earlier:
        correction = reader.find_events_by_seq(earlier[-1:])[earlier[-1]]
        version = versions_of(correction).get(event.id)
        if version is None:
            return replace(event, live=False, revisions=earlier)
        draft, frozen = version
    else:
        draft, frozen = decode_draft(loads(event.text)), event.first or event.frozen
    return replace(event, draft=draft, frozen=frozen, live=True, revisions=earlier)
