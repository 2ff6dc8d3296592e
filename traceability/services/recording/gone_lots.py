"""Tell where a lot went of which a refusal says that nothing is left, that it left the chain or that it is on its way."""

from collections.abc import Iterator, Sequence

from traceability.domain.decision import OUTPUT
from traceability.domain.errors import EventRejected, Figures, Violation
from traceability.domain.event import Event, Heat
from traceability.domain.rights import Viewer
from traceability.services.directory.names import find_names
from traceability.services.recording.pending_book import Book
from traceability.services.tracing.status_causes import newest_takers

GONE = frozenset(
    {"rule.nothing_remains", "rule.overdrawn", "rule.delivered", "rule.disposed", "rule.in_transit"}
)


def tell_where_lots_went(error: EventRejected, book: Book, viewer: Viewer) -> EventRejected:
    """Return the refusal with the event that took each lot which is gone, where the viewer may know of it."""
    error.violations = list(_tell(error.violations, book, viewer))
    return error


def _tell(violations: Sequence[Violation], book: Book, viewer: Viewer) -> Iterator[Violation]:
    gone = {
        lot: item
        for item in violations
        if item.code in GONE and item.figures.get("remaining_g", 0) == 0
        for lot in item.lots
    }
    takers = _find_takers(book, list(gone)) if gone else {}
    known = {lot: event for lot, event in takers.items() if viewer.shows_site(event.draft.site)}
    people = find_names(book.reader, viewer, list(known.values()), ()).people if known else {}
    for item in violations:
        yield item
        for lot in item.lots:
            if gone.get(lot) is item and lot in known:
                yield _describe(known[lot], lot, item.path, people.get(known[lot].draft.actor, ""))


def _find_takers(book: Book, lots: list[str]) -> dict[str, Event]:
    """Return by lot the newest event in force after which it was gone."""
    edges = [edge for edge in book.list_touches(lots) if edge.role != OUTPUT]
    return newest_takers(edges, book.find_events_by_seq({edge.event for edge in edges}))


def _describe(event: Event, lot: str, path: str, person: str) -> Violation:
    draft = event.draft
    figures: Figures = {
        "kind": draft.kind, "site": draft.site, "time_ms": event.frozen.time_ms, "person": person or None,
    }  # fmt: skip
    if isinstance(draft.detail, Heat) and draft.detail.heat_number:
        heat = {**figures, "heat_number": draft.detail.heat_number}
        return Violation("lot.went_into_heat", path, (lot,), (event.id,), heat)
    return Violation("lot.went_by", path, (lot,), (event.id,), figures)
