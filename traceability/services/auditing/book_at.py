"""Compute the figures of the ledger as the book stood at an earlier record.

A posting names the event that booked it, its cause, and is never changed: a correction or late entry posts what differs. So
the book at record n is the sum of the postings whose cause is n or earlier, exactly, and what made the difference since are
the causes of the others. The months of postings are those of their booking, as they were then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import PostingFilter, Reader
from traceability.domain.errors import NotFound
from traceability.domain.event import Event
from traceability.domain.indicators import ANY_METAL, INDICATORS, TEN_METALS, Indicator, LedgerTerms
from traceability.domain.period import Period
from traceability.domain.posting import Posting, parts_of
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import ACCOUNTS
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.scope import find_whereabouts

CHUNK = 5_000
MOST_CAUSES = 100  # events that are listed

Columns = dict[str, dict[str, int]]
"""Grams by metal, then column of the tallies."""


class FigureAt(NamedTuple):
    """A figure at a record and now: numerator and denominator in the indicator's unit, denominator None of a mass."""

    indicator: Indicator
    then: tuple[int, int | None]
    now: tuple[int, int | None]


class BookAt(NamedTuple):
    """The figures of a place and period at a record; ``causes`` booked the difference since, newest first."""

    seq: int
    last_seq: int
    figures: list[FigureAt]
    causes: list[Event]
    causes_in_all: int


def sum_ledger_at(reader: Reader, place: str, period: Period, seq: int) -> Columns:
    """Return the sums of tally columns by metal, of months of the book, as they stood at a record."""
    return _add_up(posting for posting in _list_postings(reader, place, period) if posting.cause <= seq)


def find_book_at(reader: Reader, viewer: Viewer, place: str, period: Period, seq: int) -> BookAt:
    """Return the ledger's figures of a place and period at a record and now. Raises NotFound for a record to come."""
    last_seq = reader.find_head().seq
    if not 0 < seq <= last_seq:
        raise NotFound("book.no_record", seq=seq, last=last_seq)
    postings = list(_list_postings(reader, place, period))
    then = _add_up(posting for posting in postings if posting.cause <= seq)
    now = _add_up(postings)
    ten = reference_in(reader).ten_metals
    causes = sorted({posting.cause for posting in postings if posting.cause > seq}, reverse=True)
    events = reader.find_events_by_seq(causes[:MOST_CAUSES])
    listed = [events[cause] for cause in causes[:MOST_CAUSES] if cause in events]
    return BookAt(
        seq, last_seq,
        [
            FigureAt(indicator, _amounts(indicator, then, ten), _amounts(indicator, now, ten))
            for indicator in INDICATORS.values()
            if isinstance(indicator.source, LedgerTerms) and indicator.source.months == "period" and indicator.kind in ("share", "mass")
        ],
        [event for event in listed if viewer.shows_stay(event.draft.site, event.frozen.region)],
        len(causes),
    )  # fmt: skip


def _list_postings(reader: Reader, place: str, period: Period) -> Iterator[Posting]:
    whereabouts = find_whereabouts(reader)
    for site, region in dict.fromkeys((part.site, part.region) for part in whereabouts.slices(place)):
        wanted = PostingFilter(
            region=region, site=site, from_month=period.first, until_month=period.last,
            accounts=ACCOUNTS,
        )  # fmt: skip
        for posting, _ in read_all(partial(_read_postings, reader, wanted)):
            if whereabouts.holds_posting(place, posting, by_event_month=False):
                yield posting


def _read_postings(
    reader: Reader, wanted: PostingFilter, after: str
) -> tuple[list[tuple[Posting, str]], str]:
    return reader.list_postings(wanted, after, CHUNK)


def _add_up(postings: Iterable[Posting]) -> Columns:
    sums: Columns = defaultdict(lambda: defaultdict(int))
    for posting in postings:
        columns = sums[posting.row.metal]
        for column in (posting.row.account, *parts_of(posting.row)):
            columns[column] += posting.grams
    return sums


def _amounts(indicator: Indicator, sums: Columns, ten: Collection[str]) -> tuple[int, int | None]:
    """Return numerator and denominator of an indicator over the metals of its scope."""
    source, scope = indicator.source, indicator.scope
    assert isinstance(source, LedgerTerms)
    metals = [
        metal
        for metal in sums
        if scope == ANY_METAL or metal == scope or (scope == TEN_METALS and metal in ten)
    ]
    above = sum(source.numerator.of(sums[metal]) for metal in metals)
    if source.denominator is None:
        return above, None
    return above, sum(source.denominator.of(sums[metal]) for metal in metals)
