"""End a ticket or heat without an event, and open it again where its event was taken back."""

from collections.abc import Collection
from functools import partial
from typing import NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.errors import BadInput, WriteConflict
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.operations.heats import reopen_heat
from traceability.services.operations.tickets import reopen_ticket
from traceability.services.recording.capture import try_freed
from traceability.services.recording.open_work import (
    OpenWork,
    WorkKind,
    WorkState,
    cancel_work,
    find_any_work,
    find_closed_work,
    find_work,
    reopened_id,
)

REOPEN = {WorkKind.HEAT: reopen_heat, WorkKind.TICKET: reopen_ticket}


def cancel(store: Store, viewer: Viewer, id_: str, kind: WorkKind, actor: Actor, reason: str) -> OpenWork:
    """End work without an event; held drafts that waited for what it held are recorded in the same write.

    Raises NotFound, WriteConflict, BadInput without a reason.
    """
    return cancel_work(store, viewer, id_, kind, actor, reason, partial(try_freed, now_ms=actor.now_ms))


def cancel_for_site(store: Store, viewer: Viewer, site: str, id_: str, actor: Actor, reason: str) -> OpenWork:
    """End work of a site without an event for an administrator of it, whether or not anybody works there.

    Raises NotFound, WriteConflict, BadInput without a reason.
    """
    as_there = viewer._replace(works_at=(site,))
    with store.read() as reader:
        kind = find_work(reader, as_there, id_).kind
    return cancel(store, as_there, id_, kind, actor, reason)


def reopen(store: Store, viewer: Viewer, id_: str) -> OpenWork:
    """Open work again whose event was taken back, as it stood at its end; done again it is what was opened then.

    Raises NotFound; WriteConflict where its event stands, or other work holds what it held; BadInput where another heat is open
    in its furnace, or too much lies open.
    """

    def work(writer: Writer) -> OpenWork:
        closed = find_work(writer, viewer, id_)
        return REOPEN[closed.kind](writer, closed)

    return store.write(work)


def reopen_undone(writer: Writer, viewer: Viewer, id_: str) -> OpenWork | None:
    """Open work again in the write that takes back its event; None where the event closed none, or it cannot be opened
    now: its page offers it later."""
    closed = next(iter(find_closed_work(writer, [id_])), None)
    if closed is None or closed.site not in viewer.works_at:
        return None
    try:
        return REOPEN[closed.kind](writer, closed)
    except (BadInput, WriteConflict):
        return None


def list_taken_back(reader: Reader, works: Collection[OpenWork]) -> set[str]:
    """Return the ids of closed work whose event is void."""
    events = reader.find_events([work.id for work in works if work.state is WorkState.CLOSED])
    return {event.id for event in events.values() if not event.live}


class TakenBack(NamedTuple):
    """Closed work whose event is void: what it was opened again as, None where it was not yet."""

    again: OpenWork | None


def find_taken_back(reader: Reader, work: OpenWork) -> TakenBack | None:
    """Return what became of closed work whose event is void; None of work whose event stands, or that never had one."""
    if not list_taken_back(reader, [work]):
        return None
    return TakenBack(find_any_work(reader, reopened_id(work.id)))
