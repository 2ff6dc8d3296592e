"""Tell of refused lots what happened to them: where one went that is gone or on its way, by what one came that was received,
and what used one since the time that a late entry states."""

from collections.abc import Collection, Iterator, Sequence

from traceability.domain.decision import OUTPUT
from traceability.domain.errors import EventRejected, Figures, Violation
from traceability.domain.event import Event, Heat, Receiving
from traceability.domain.kinds import kinds_of
from traceability.domain.rights import Viewer
from traceability.services.directory.names import find_names
from traceability.services.recording.pending_book import Book
from traceability.services.tracing.status_causes import TAKING, newest_takers

GONE = frozenset(
    {"rule.nothing_remains", "rule.overdrawn", "rule.delivered", "rule.disposed", "rule.in_transit"}
)
USED_WHOLE = GONE - {"rule.overdrawn"}  # how much was left of one that was overdrawn is told as ever
NOT_IN_TRANSIT = "rule.not_in_transit"
ARRIVAL = kinds_of(Receiving)


def tell_where_lots_went(error: EventRejected, book: Book, viewer: Viewer) -> EventRejected:
    """Return the refusal with the event that took each lot which is gone, or that received one before, where the viewer may
    know of it.
    """
    error.violations = list(_tell(error.violations, book, viewer))
    return error


def _tell(violations: Sequence[Violation], book: Book, viewer: Viewer) -> Iterator[Violation]:
    later = _find_later(violations, book, viewer)
    gone = {
        lot: item
        for item in violations
        if item.code in GONE and item.figures.get("remaining_g", 0) == 0 and not later.keys() & {*item.events}
        for lot in item.lots
    }
    there = {lot: item for item in violations if item.code == NOT_IN_TRANSIT for lot in item.lots}
    told = {**there, **gone}
    events = _find_newest(book, list(there), ARRIVAL) | _find_newest(book, list(gone), TAKING)
    known = {lot: event for lot, event in events.items() if viewer.shows_site(event.draft.site)}
    told_of = [*known.values(), *later.values()]
    people = find_names(book.reader, viewer, told_of, ()).people if told_of else {}
    for item in violations:
        after = next((later[id_] for id_ in item.events if id_ in later), None)
        if item.code in USED_WHOLE and after is not None:
            yield _describe_later(after, item, people.get(after.draft.actor, ""))
            continue
        yield item
        for lot in item.lots:
            if told.get(lot) is item and lot in known:
                yield _describe(known[lot], lot, item.path, people.get(known[lot].draft.actor, ""))


def _find_later(violations: Sequence[Violation], book: Book, viewer: Viewer) -> dict[str, Event]:
    """Return by id the events in view that a late entry would take lots away from."""
    ids = {id_ for item in violations if item.code in USED_WHOLE for id_ in item.events}
    found = book.find_events(ids) if ids else {}
    return {id_: event for id_, event in found.items() if viewer.shows_site(event.draft.site)}


def _describe_later(event: Event, item: Violation, person: str) -> Violation:
    """Return what used a lot since, in place of what the late entry would break there."""
    figures: Figures = {
        "code": item.figures.get("code"), "kind": event.draft.kind, "site": event.draft.site,
        "time_ms": event.frozen.time_ms, "person": person or None,
    }  # fmt: skip
    return Violation("lot.used_since", item.path, item.lots, (event.id,), figures)


def _find_newest(book: Book, lots: list[str], kinds: Collection[str]) -> dict[str, Event]:
    """Return by lot the newest event of some kinds in force that did something to it."""
    edges = [edge for edge in book.list_touches(lots) if edge.role != OUTPUT] if lots else []
    return newest_takers(edges, book.find_events_by_seq({edge.event for edge in edges}), kinds)


def _describe(event: Event, lot: str, path: str, person: str) -> Violation:
    draft = event.draft
    figures: Figures = {
        "kind": draft.kind, "site": draft.site, "time_ms": event.frozen.time_ms, "person": person or None,
    }  # fmt: skip
    if isinstance(draft.detail, Heat) and draft.detail.heat_number:
        heat = {**figures, "heat_number": draft.detail.heat_number}
        return Violation("lot.went_into_heat", path, (lot,), (event.id,), heat)
    code = "lot.came_by" if draft.kind in ARRIVAL else "lot.went_by"
    return Violation(code, path, (lot,), (event.id,), figures)
