"""Compare the figures of a place as the book stood at a record with those of now, and list what was booked since."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import PostingFilter, Reader
from traceability.domain.event import Event
from traceability.domain.period import Period
from traceability.domain.place import place_key
from traceability.domain.posting import Posting
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import ACCOUNTS
from traceability.services.reporting.behind.changes import list_declared
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.behind.past_book import PastRecord, find_past_record, open_past_book
from traceability.services.reporting.figures.report import RegionalReport, report_for
from traceability.services.reporting.scope import find_whereabouts

CHUNK = 5_000
MOST_CAUSES = 100  # events that are listed


class BookAt(NamedTuple):
    """The report of a place at a record and now.

    ``causes`` in view booked or declared the difference since, newest first: the newest of ``causes_in_all``.
    """

    record: PastRecord
    then: RegionalReport
    now: RegionalReport
    causes: list[Event]
    causes_in_all: int


def find_book_at(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> BookAt:
    """Return the figures of the place and period of an address at its record and now.

    Raises NotFound for a record to come, BadInput.
    """
    seq, level, code, period = address.at, address.level, address.code, address.period
    record, place = find_past_record(reader, seq), place_key(level, code)
    past, then_ms = open_past_book(reader, (place,), seq, now_ms)
    then = report_for(past, level, code, period, address.metals, address.view, now_ms=then_ms, viewer=viewer)
    now = report_for(reader, level, code, period, address.metals, address.view, now_ms=now_ms, viewer=viewer)
    later = _list_postings(reader, place, period, by_event_month=address.view == "event")
    figures = (*then.total.figures.values(), *now.total.figures.values())
    declared = {max(event.seq, event.version) for event in list_declared(reader, viewer, figures, seq)}
    causes = sorted({posting.cause for posting in later if posting.cause > seq} | declared, reverse=True)
    events = reader.find_events_by_seq(causes[:MOST_CAUSES])
    listed = [events[cause] for cause in causes[:MOST_CAUSES] if cause in events]
    in_view = [event for event in listed if viewer.shows_stay(event.draft.site, event.frozen.region)]
    return BookAt(record, then, now, in_view, len(causes))


def _list_postings(reader: Reader, place: str, period: Period, *, by_event_month: bool) -> Iterator[Posting]:
    """Yield the postings of months in one view; what an event posts is booked in its month or later."""
    whereabouts = find_whereabouts(reader)
    for site, region in dict.fromkeys((part.site, part.region) for part in whereabouts.slices(place)):
        wanted = PostingFilter(
            region=region, site=site, from_month=period.first,
            until_month="9999-12" if by_event_month else period.last,
            accounts=ACCOUNTS,
        )  # fmt: skip
        for posting, _ in read_all(partial(reader.list_postings, wanted, limit=CHUNK)):
            month = posting.row.month if by_event_month else posting.book_month
            if period.contains(month) and whereabouts.holds_posting(
                place, posting, by_event_month=by_event_month
            ):
                yield posting
