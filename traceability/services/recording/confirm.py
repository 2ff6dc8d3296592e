"""List the events whose warnings nobody confirmed, and confirm them afterwards.

They came by a queue, a file or a program, which cannot be asked. An event leaves the list when it is corrected, voided
or confirmed; a seal without records when its month has them. To confirm is to correct an event by what it states
already, with the codes of its warnings: who did it and when is in the book like every correction, and no figure changes.
"""

from collections.abc import Collection
from typing import NamedTuple

from graph.store import EventFilter, Reader
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.errors import Violation
from traceability.domain.event import Correction, CorrectionTarget, Draft, Event, Seal
from traceability.domain.kinds import CORRECTIBLE
from traceability.domain.rights import Viewer
from traceability.services.directory.names import Names, find_names
from traceability.services.recording.pending_book import Book
from traceability.services.recording.seal import find_missing_records

PAGE = 50
MOST_READ = 500  # where the newest are all seals whose months have their records by now


class OpenWarnings(NamedTuple):
    """An event, and its warnings that nobody confirmed."""

    event: Event
    warnings: list[Violation]


class OpenWarningList(NamedTuple):
    """The newest events with unconfirmed warnings, whether there are more, and who recorded them."""

    events: list[OpenWarnings]
    more: bool
    names: Names


def list_open_warnings(reader: Reader, viewer: Viewer, sites: Collection[str], limit: int) -> OpenWarningList:
    """Return the newest events of some sites with warnings that nobody confirmed."""
    found: list[OpenWarnings] = []
    after, read = "", 0
    asked = EventFilter(unconfirmed_at=tuple(sites))
    while sites and len(found) <= limit and read < MOST_READ:
        page, after = reader.list_events(asked, after, min(PAGE, limit + 1), newest_first=True)
        found += [
            OpenWarnings(event, list_unconfirmed(event.draft, event.warnings))
            for event in page
            if not _was_supplied(reader, event)
        ]
        read += len(page)
        if not after:
            break
    shown = found[:limit]
    return OpenWarningList(
        shown, len(found) > limit, find_names(reader, viewer, [one.event for one in shown], ())
    )


def _was_supplied(reader: Reader, event: Event) -> bool:
    """Return whether the month of a seal has by now what it was warned to lack."""
    detail = event.draft.detail
    if not isinstance(detail, Seal):
        return False
    return not find_missing_records(Book(reader).list_claims, event.draft.site, detail.month)


def can_confirm(event: Event) -> bool:
    """Return whether an event in force has warnings left to confirm, and is of a kind that corrections may name."""
    return (
        event.live and event.draft.kind in CORRECTIBLE and bool(list_unconfirmed(event.draft, event.warnings))
    )


def make_confirmation(event: Event, id_: str, actor: str, now_ms: int, reason: str) -> Draft:
    """Return the correction by which a supervisor confirms all warnings of an event; ``id_`` is its id."""
    open_codes = [warning.code for warning in list_unconfirmed(event.draft, event.warnings)]
    confirmed = tuple(dict.fromkeys([*event.draft.confirmed, *open_codes]))
    target = CorrectionTarget(event.id, event.draft._replace(confirmed=confirmed), version=event.version)
    site = event.draft.site
    return Draft(
        id_, "correct", site, now_ms, SHANGHAI_OFFSET_MIN, actor, detail=Correction((target,), reason)
    )
