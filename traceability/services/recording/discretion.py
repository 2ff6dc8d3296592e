"""Tell a person of one firm why a draft is refused, without telling what other firms hold or recorded."""

from collections.abc import Iterable, Mapping

from traceability.domain.errors import EventRejected, Violation
from traceability.domain.event import Correction, Draft, Event
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer
from traceability.services.recording.pending_book import Book

OF_RIGHTS = "actor"  # the path of what is wrong with who records
OF_OPEN_WORK = frozenset({"rule.reserved", "rule.code_reserved", "rule.number_reserved", "rule.still_open"})
"""What names a ticket or heat in work and its people, which those who work at its site see and nobody else."""


def tell_discreetly(error: EventRejected, draft: Draft, book: Book, viewer: Viewer) -> EventRejected:
    """Return a refusal as a person may know it.

    Of a lot or event out of their view only that it is; of a site out of view that they may record nothing there, and not
    whether its ticket, heat number, month or licence is free; of what is in work at a site nothing unless they work there.
    """
    against = list(error.violations)
    of_rights = [item for item in against if item.path == OF_RIGHTS]
    if of_rights and not viewer.shows_site(draft.site):
        against = of_rights
    if draft.site not in viewer.works_at:
        against = [item for item in against if item.code not in OF_OPEN_WORK] or against
    lots = book.find_lots({lot for item in against for lot in item.lots})
    events = book.find_events({event for item in against for event in item.events})
    told = _tell(against, viewer, lots, events)
    error.violations = list(_tell_of_targets(told, draft, book, viewer))
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
            is_hidden = bool(item.events) and not seen
            if item.path == "cascade" and is_hidden:
                if "cascade" not in hidden:
                    hidden.add("cascade")
                    yield Violation("rule.cascade_elsewhere", item.path)
            else:
                yield item._replace(events=tuple(seen))


def _tell_of_targets(
    violations: Iterable[Violation], draft: Draft, book: Book, viewer: Viewer
) -> Iterable[Violation]:
    """Yield what is wrong with a correction; a target out of view is as unknown as one that is not there."""
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    events = book.find_events([target.event for target in targets])
    hidden = {
        f"targets.{number}": target.event
        for number, target in enumerate(targets)
        if target.event in events and not viewer.shows_site(events[target.event].draft.site)
    }
    told: set[str] = set()
    for item in violations:
        target = ".".join(item.path.split(".")[:2])
        if target not in hidden:
            yield item
        elif target not in told:
            told.add(target)
            yield Violation("rule.unknown_event", target, (), (hidden[target],))
