"""Tell auditors at home what is new: the last check, and the newest corrections that sealed months could not take."""

from typing import NamedTuple

from graph.store import EventFilter, Reader
from traceability.domain.event import Correction, Event, versions_of
from traceability.domain.kinds import kinds_of
from traceability.domain.rights import Viewer
from traceability.services.upkeep.check_record import CheckRecord, find_last_check

LOOKED_AT = 50  # newest corrections


class AuditOverview(NamedTuple):
    """The last check (None: never), and corrections of sealed months in view, newest first."""

    check: CheckRecord | None
    corrections: list[Event]


def find_overview(reader: Reader, viewer: Viewer, limit: int) -> AuditOverview:
    """Return what is new to an auditor; of the newest LOOKED_AT corrections in view by their own time."""
    wanted = EventFilter(kinds=kinds_of(Correction))
    newest, _ = reader.list_events(wanted, limit=LOOKED_AT, newest_first=True)
    in_view = [event for event in newest if viewer.shows_stay(event.draft.site, event.frozen.region)]
    targets = {event.seq: set(versions_of(event)) for event in in_view}
    corrected = reader.find_events({id_ for ids in targets.values() for id_ in ids})
    moved = {
        posting.cause
        for posting in reader.scan_postings([event.seq for event in corrected.values()])
        if posting.row.month != posting.book_month
    }
    return AuditOverview(find_last_check(reader), [event for event in in_view if event.seq in moved][:limit])
