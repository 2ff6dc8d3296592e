"""Take back an event: its recorder voids it shortly after, before anything came of it.

Everything later is a correction by a supervisor. The conditions are rules of the correction itself
(``correct``), so that page, API and file agree.
"""

from graph.store import Reader
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN
from traceability.domain.errors import EventConflict, TooMuchWork
from traceability.domain.event import MINUTE_MS, Correction, CorrectionTarget, Draft, Event, companion_id
from traceability.domain.kinds import UNDOABLE
from traceability.services.directory.reference import reference_in
from traceability.services.recording.preview import preview_event


def make_undo(event: Event, id_: str, now_ms: int, reason: str) -> Draft:
    """Return the correction by which the recorder of an event takes it back; ``id_`` is its id."""
    target = CorrectionTarget(event.id, version=event.version)
    detail = Correction((target,), reason, undo=True)
    return Draft(
        id_, "correct", event.draft.site, now_ms, SHANGHAI_OFFSET_MIN, event.draft.actor, detail=detail
    )


def list_undo(reader: Reader, event: Event, id_: str, now_ms: int, reason: str) -> list[Draft]:
    """Return the corrections by which the recorder of an event takes it back, in their order: first of the assays that were
    stated with it."""
    with_it = reader.find_events([companion_id(event.id, lot) for lot in event.frozen.lots if lot])
    assays = sorted((one for one in with_it.values() if one.live), key=lambda one: one.seq, reverse=True)
    first = [make_undo(one, companion_id(id_, one.id), now_ms, reason) for one in assays]
    return [*first, make_undo(event, id_, now_ms, reason)]


def can_undo(reader: Reader, event: Event, person: str, id_: str, now_ms: int) -> bool:
    """Return whether a person could undo an event now; decided as by capture, and nothing is stored."""
    limit_ms = reference_in(reader).tolerances.undo_min * MINUTE_MS
    # What is cheap to tell first: nearly every event is somebody else's or older.
    if event.draft.actor != person or not event.live or now_ms - event.record_ms > limit_ms:
        return False
    if event.draft.kind not in UNDOABLE or event.revisions:
        return False
    try:
        first, *others = list_undo(reader, event, id_, now_ms, "?")
        return preview_event(reader, first, now_ms, others).accepted
    except (EventConflict, TooMuchWork):
        return False
