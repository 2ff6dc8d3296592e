"""Read the book as it stood at an earlier record, for the reports of a place.

A ``PastBook`` answers what a report asks of a reader, so every figure is computed by the same code as today's: from
postings whose cause was recorded by then (they are only ever added), and from statistics, records and seals in their versions
of then. Reference data (places, targets, factors) are told as they are now: they have no number in the book.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import NamedTuple, cast

from graph.paging import read_all
from graph.store import EventFilter, FlowSum, Head, PostingFilter, Reader, TallyFilter, TallySum
from traceability.domain.claims import (
    DECLARATIONS,
    SEALS,
    STATED,
    STATISTICS,
    Claim,
    is_history,
    list_event_keys,
)
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.event import Correction, Event, Opening, Order, versions_of
from traceability.domain.indicators import add_sums
from traceability.domain.kinds import PHYSICAL, kinds_of
from traceability.domain.posting import Flows, Posting, Tallies, tally
from traceability.domain.vocabulary import ACCOUNTS
from traceability.services.recording.judge import REBUILDING
from traceability.services.reporting.declared.known_book import list_claims
from traceability.services.reporting.figures.postings import find_widest
from traceability.services.reporting.scope import Whereabouts, find_whereabouts
from traceability.services.tracing.past_events import find_event_at

CHUNK = 5_000
FEW = 5  # events more than are wanted that are read at once: most of the first ones never changed
_OF_LOTS = (*kinds_of(Opening), *PHYSICAL)
MOST_POSTINGS = 200_000  # that are added up for one answer: some seconds


class PastRecord(NamedTuple):
    """A record, when it was made, and until when the book ended with it (None: it still does)."""

    seq: int
    recorded_ms: int
    until_ms: int | None


def find_past_record(reader: Reader, seq: int) -> PastRecord:
    """Return a record of the book. Raises NotFound for one that is not made yet."""
    head = reader.find_head()
    if not 0 < seq <= head.seq:
        raise NotFound("book.no_record", seq=seq, last=head.seq)
    rows = reader.scan_events(seq - 1, 2)
    return PastRecord(seq, rows[0].record_ms, rows[1].record_ms if len(rows) > 1 else None)


def open_past_book(reader: Reader, places: Collection[str], seq: int, now_ms: int) -> tuple[Reader, int]:
    """Return the book at a record as a reader of reports of some places, and the newest time at which it was that.

    Raises NotFound.
    """
    record = find_past_record(reader, seq)
    then_ms = now_ms if record.until_ms is None else min(now_ms, record.until_ms)
    return cast("Reader", PastBook(reader, places, seq)), then_ms


class PastBook:
    """What reports ask of a reader, of the book at a record. Lots and edges are told as they are now."""

    def __init__(self, reader: Reader, places: Collection[str], seq: int) -> None:
        self.now = reader
        self.places = places
        self.seq = seq
        self.book = f"{reader.book} at {seq} of {', '.join(sorted(places))}"
        self.find_documents = reader.find_documents
        self.list_documents = reader.list_documents
        self.list_posted_regions = reader.list_posted_regions
        self.find_lots = reader.find_lots
        self.list_edges = reader.list_edges
        self.kept_claims: dict[str, list[Claim]] = {}

    def find_head(self) -> Head:
        """Return the record and the chain up to it."""
        row = self.now.scan_events(self.seq - 1, 1, self.seq)[0]
        return Head(row.seq, row.chain, row.record_ms)

    # --- events ----------------------------------------------------------------------------------------------------

    def find_events(self, ids: Collection[str]) -> dict[str, Event]:
        """Return events in their versions of then; those that were not recorded yet are left out."""
        found = self.now.find_events(ids)
        return {id_: then for id_, event in found.items() if (then := self._event_at(event)) is not None}

    def find_events_by_seq(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events in their versions of then; those that were not recorded yet are left out."""
        found = self.now.find_events_by_seq(seqs)
        return {seq: then for seq, event in found.items() if (then := self._event_at(event)) is not None}

    def list_events(
        self, events: EventFilter, after: str = "", limit: int = 100, *, newest_first: bool = False
    ) -> tuple[list[Event], str]:
        """Return the first live events of a site by kind, in the book order of then."""
        assert events.site, "reports ask for those of a site"
        assert not after, "and for the first alone"
        assert not newest_first, "in book order"
        return list(self._list_first(events.site, events.kinds, limit)), ""

    def find_first_orders(self, sites: Collection[str]) -> dict[str, Order]:
        """Return the book order of each site's first live event."""
        return {site: event.order for site in sites for event in self._list_first(site, _OF_LOTS, 1)}

    def _list_first(self, site: str, kinds: tuple[str, ...], limit: int) -> list[Event]:
        """Return the first of what was live then: of events that never changed since, and of those that did."""
        wanted = EventFilter(site=site, kinds=kinds)
        kept: list[Event] = []
        for event in read_all(partial(self.now.list_events, wanted, limit=limit + FEW)):
            if event.seq <= self.seq and event.id not in self._revised:
                kept.append(event)
                if len(kept) == limit:
                    break
        kept += [
            event
            for event in self._revised.values()
            if event.live and event.draft.site == site and event.draft.kind in kinds
        ]
        return sorted(kept, key=lambda event: event.order)[:limit]

    @cached_property
    def _revised(self) -> dict[str, Event]:
        """What was corrected since, in its version of then."""
        corrections = read_all(
            partial(self.now.list_events, EventFilter(kinds=kinds_of(Correction), live_only=False))
        )
        ids = {id_ for one in corrections if one.seq > self.seq for id_ in versions_of(one)}
        return self.find_events(ids) if ids else {}

    def _event_at(self, event: Event) -> Event | None:
        return find_event_at(self.now, event, self.seq)

    # --- claims ----------------------------------------------------------------------------------------------------

    def find_claims(self, keys: Collection[str]) -> dict[str, Claim]:
        """Return the seals that closed months by then; and now whether the book is being derived again."""
        if REBUILDING in keys:
            return self.now.find_claims(keys)
        assert all(key.startswith(SEALS) for key in keys), "what reports ask"
        return {key: claim for key, claim in self.now.find_claims(keys).items() if claim.seq <= self.seq}

    def list_claims(self, prefix: str, after: str = "", limit: int = 1000) -> list[Claim]:
        """Return the claims of seals, statistics and sites' records as they were held then."""
        if prefix not in self.kept_claims:
            answers: dict[str, Callable[[str], Iterable[Claim]]] = {
                SEALS: self._list_recorded, STATED: self._list_recorded,
                STATISTICS: self._list_statistics, DECLARATIONS: self._list_records,
            }  # fmt: skip
            answer = next(answers[kind] for kind in answers if prefix.startswith(kind))
            self.kept_claims[prefix] = sorted(answer(prefix))
        return [claim for claim in self.kept_claims[prefix] if claim.key > after][:limit]

    def _list_recorded(self, prefix: str) -> list[Claim]:
        """Return claims that nobody gives up."""
        return [claim for claim in list_claims(self.now, prefix) if claim.seq <= self.seq]

    def _list_statistics(self, prefix: str) -> Iterator[Claim]:
        """Yield who held each statistic, of all that ever stated one."""
        remembered = self._list_recorded(STATED + prefix.removeprefix(STATISTICS))
        for event in self.find_events({claim.owner for claim in remembered}).values():
            yield from self._list_held(event, prefix)

    def _list_records(self, prefix: str) -> Iterator[Claim]:
        """Yield who held each record of a site, and who ever had."""
        remembered = [claim for claim in list_claims(self.now, prefix) if is_history(claim)]
        events = self.find_events({claim.owner for claim in remembered})
        for claim in remembered:
            event = events.get(claim.owner)
            if event is not None:
                yield claim._replace(seq=(event.seq, *event.revisions)[-1])
        for event in events.values():
            yield from self._list_held(event, prefix)

    def _list_held(self, event: Event, prefix: str) -> Iterator[Claim]:
        for key, _ in list_event_keys(event) if event.live else ():
            if key.startswith(prefix):
                yield Claim(key, event.id, event.digest, event.seq, event.frozen.time_ms)

    # --- the ledger ------------------------------------------------------------------------------------------------

    def list_postings(
        self, postings: PostingFilter, after: str = "", limit: int = 100
    ) -> tuple[list[tuple[Posting, str]], str]:
        """Return a page of postings that were booked by then; it may hold fewer than ``limit``."""
        page, following = self.now.list_postings(postings, after, limit)
        return [(posting, id_) for posting, id_ in page if posting.cause <= self.seq], following

    def sum_tallies(
        self, tallies: TallyFilter, by: Sequence[str] = ("place", "metal", "month")
    ) -> list[TallySum]:
        """Return sums of all columns grouped by any of place, metal, month."""
        sums: dict[tuple[str, str, str], list[dict[str, int]]] = {}
        places = frozenset(tallies.places)
        for key, columns in self._sums[0].items():
            month = key.month if tallies.by_event_month else key.book_month
            if key.place in places and _holds(tallies, key.metal, month, key.book_month):
                named = {"place": key.place, "metal": key.metal, "month": month}
                group = tuple(named[name] if name in by else "" for name in named)
                sums.setdefault(cast("tuple[str, str, str]", group), []).append(columns)
        return [TallySum(*group, add_sums(parts)) for group, parts in sorted(sums.items())]

    def sum_flows(
        self,
        flows: TallyFilter,
        accounts: Collection[str],
        by: Sequence[str] = ("place", "account", "origin"),
    ) -> list[FlowSum]:
        """Return sums of flows grouped by any of the key parts of FlowSum."""
        sums: dict[tuple[str, ...], int] = {}
        places = frozenset(flows.places)
        for key, grams in self._sums[1].items():
            month = key.month if flows.by_event_month else key.book_month
            if (
                key.place in places
                and key.account in accounts
                and _holds(flows, key.metal, month, key.book_month)
            ):
                named = {**key._asdict(), "month": month}
                group = tuple(named[name] if name in by else "" for name in FlowSum._fields[:-1])
                sums[group] = sums.get(group, 0) + grams
        return [FlowSum._make((*group, grams)) for group, grams in sorted(sums.items())]

    @cached_property
    def _sums(self) -> tuple[Tallies, Flows]:
        return tally(self._list_booked())

    def _list_booked(self) -> Iterator[Posting]:
        """Yield the postings of the places, of whatever months. Raises BadInput where they are too many."""
        read = 0
        whereabouts = find_whereabouts(self.now)
        for site, region in find_widest(_list_terms(whereabouts, self.places)):
            wanted = PostingFilter(accounts=ACCOUNTS, region=region, site=site)
            for posting, _ in read_all(lambda after, of=wanted: self.now.list_postings(of, after, CHUNK)):  # type: ignore[misc]
                read += 1
                if read > MOST_POSTINGS:
                    raise BadInput("book.too_much", most=MOST_POSTINGS)
                if posting.cause <= self.seq:
                    yield posting


def _list_terms(whereabouts: Whereabouts, places: Collection[str]) -> set[tuple[str, str]]:
    """Return (site, prefix of regions) of what places add up, and of all sites that ever moved."""
    moved = {
        (site, region)
        for site in chain(whereabouts.moved, whereabouts.movers)
        for region in whereabouts.posted[site]
    }
    return moved | {(part.site, part.region) for place in places for part in whereabouts.slices(place)}


def _holds(wanted: TallyFilter, metal: str, month: str, book_month: str) -> bool:
    return (
        (not wanted.metals or metal in wanted.metals)
        and wanted.from_month <= month <= wanted.until_month
        and (not wanted.booked_after or book_month > wanted.booked_after)
    )
