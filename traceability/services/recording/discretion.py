"""Tell a person of one firm why a draft is refused, without telling what other firms hold."""

from collections.abc import Iterable, Mapping

from traceability.domain.access import Assignment
from traceability.domain.calendar import day_of
from traceability.domain.errors import EventRejected, Violation
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.domain.material import Reference
from traceability.domain.rights import Viewer, find_viewer
from traceability.services.directory.people import find_person
from traceability.services.recording.pending_book import Book


def tell_discreetly(
    error: EventRejected, book: Book, reference: Reference, person: str, now_ms: int
) -> EventRejected:
    """Return a refusal as a person may know it: of a lot out of their view only that it is."""
    if not any(item.lots or item.events for item in error.violations):
        return error
    known = find_person(book.reader, person)
    roles: tuple[Assignment, ...] = known.roles if known else ()
    viewer = find_viewer(roles, reference.gazetteer, day_of(now_ms))
    lots = book.find_lots({lot for item in error.violations for lot in item.lots})
    events = book.find_events({event for item in error.violations for event in item.events})
    error.violations = list(_tell(error.violations, viewer, lots, events))
    return error


def _tell(
    violations: Iterable[Violation], viewer: Viewer, lots: Mapping[str, Lot], events: Mapping[str, Event]
) -> Iterable[Violation]:
    hidden: set[str] = set()
    for item in violations:
        out_of_view = [lot for lot in item.lots if lot in lots and not viewer.shows_lot(lots[lot])]
        for lot in out_of_view:
            if lot not in hidden:
                hidden.add(lot)
                yield Violation("rule.not_in_view", item.path, figures={"code": lots[lot].code})
        if not out_of_view:
            seen = [
                id_ for id_ in item.events if id_ not in events or viewer.shows_site(events[id_].draft.site)
            ]
            yield item._replace(events=tuple(seen))
