"""Read the store as it will be once the changes gathered so far are applied: one overlay for an event or a batch.

Decisions read through a ``Book`` and add to its ``changes``; nothing is written before ``store.write`` applies them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from secrets import token_bytes

from graph.paging import read_all
from graph.records import frozen_text
from graph.store import EventFilter, Head, Reader
from scanners.codes import draw_code
from traceability.domain.calendar import month_of
from traceability.domain.claims import Claim, declares_no_class, seal_key
from traceability.domain.decision import Changes, Edge
from traceability.domain.event import Event, Opening, Order, lots_of
from traceability.domain.kinds import PHYSICAL, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.posting import LedgerRow, Posting, Rows


class Book:
    """The store's view with pending changes on top; rows that were read are kept."""

    def __init__(self, reader: Reader, *, replaying: bool = False) -> None:
        self.reader = reader
        self.replaying = replaying  # what was frozen stands: events are derived from again, not judged again
        self.adding = not replaying  # whether the events themselves are new to the store (capture, import)
        self.changes = Changes()
        head = Head(0, "") if replaying else reader.find_head()
        self.seq, self.chain, self.newest_ms = head  # newest_ms: of all times of recording
        self._events: dict[str, Event | None] = {}
        self._by_seq: dict[int, Event] = {}
        self._lots: dict[str, Lot | None] = {}
        self._claims: dict[str, Claim | None] = {}
        self._timelines: dict[str, list[Edge]] = {}  # of lots, as stored
        self._edges: dict[int, list[Edge]] = {}  # of events, as stored
        self._pending_timelines: dict[str, list[Edge]] = {}
        self._pending_edges: dict[int, list[Edge]] = {}

    # --- reading ---------------------------------------------------------------------------------------------------

    def find_events(self, ids: Collection[str]) -> dict[str, Event]:
        """Return events by id, pending ones included."""
        missing = [id_ for id_ in ids if id_ not in self._events]
        if missing:
            events = self.reader.find_events(missing)
            for id_ in missing:
                self._keep_event(id_, events.get(id_))
        return {id_: event for id_ in ids if (event := self._events[id_]) is not None}

    def find_events_by_seq(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events by seq, pending ones included."""
        missing = [seq for seq in seqs if seq not in self._by_seq]
        if missing:
            for event in self.reader.find_events_by_seq(missing).values():
                self._keep_event(event.id, event)
        return {seq: self._by_seq[seq] for seq in seqs}

    def _keep_event(self, event_id: str, event: Event | None) -> None:
        if event is not None and event.seq in self._by_seq:
            return
        self._events[event_id] = event
        if event is not None:
            self._by_seq[event.seq] = event

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Return lots by id, in their newest state."""
        missing = [id_ for id_ in ids if id_ not in self._lots]
        if missing:
            lots = self.reader.find_lots(missing)
            for id_ in missing:
                self._lots[id_] = lots.get(id_)
        return {id_: lot for id_ in ids if (lot := self._lots[id_]) is not None}

    def find_claims(self, keys: Collection[str]) -> dict[str, Claim]:
        """Return claims by key."""
        missing = [key for key in keys if key not in self._claims]
        if missing:
            claims = self.reader.find_claims(missing)
            for key in missing:
                self._claims[key] = claims.get(key)
        return {key: claim for key in keys if (claim := self._claims[key]) is not None}

    def is_sealed(self, site: str, month: str) -> bool:
        """Return whether the month of a site is sealed."""
        return bool(self.find_claims([seal_key(site, month)]))

    def list_claims(self, prefix: str) -> list[Claim]:
        """Return the claims whose key begins with the prefix."""
        found: dict[str, Claim | None] = {}
        after = ""
        while page := self.reader.list_claims(prefix, after):
            found.update((claim.key, claim) for claim in page)
            after = page[-1].key
        found.update((key, claim) for key, claim in self.changes.claims.items() if key.startswith(prefix))
        return [claim for claim in found.values() if claim is not None]

    def find_records(self, events: Collection[str], lots: Collection[str], claims: Collection[str]) -> None:
        """Read what a decision will ask for, at once."""
        rows = self.reader.find_records(
            [id_ for id_ in events if id_ not in self._events],
            [id_ for id_ in lots if id_ not in self._lots],
            [key for key in claims if key not in self._claims],
        )
        for id_ in events:
            if id_ not in self._events:
                self._keep_event(id_, rows.events.get(id_))
        for id_ in lots:
            self._lots.setdefault(id_, rows.lots.get(id_))
        for key in claims:
            self._claims.setdefault(key, rows.claims.get(key))

    def list_touches(self, lots: Collection[str]) -> list[Edge]:
        """Return the whole timelines of lots in book order, pending edges included."""
        lots = list(dict.fromkeys(lots))
        self._keep_timelines(lots)
        revised = self.changes.revised
        edges = [edge for lot in lots for edge in self._timelines[lot] if edge.event not in revised]
        for lot in lots:
            edges += self._pending_timelines.get(lot, ())
        edges.sort(key=lambda edge: (edge.time_ms, edge.event, edge.role, edge.number))
        return edges

    def _keep_timelines(self, lots: Collection[str]) -> None:
        missing = [lot for lot in lots if lot not in self._timelines]
        if missing:
            self._timelines.update((lot, []) for lot in missing)
            for edge in self.reader.list_touches(missing):
                self._timelines[edge.lot].append(edge)

    def list_edges(self, events: Collection[int]) -> list[Edge]:
        """Return all edges of events."""
        own = [seq for seq in events if seq in self._pending_edges or seq in self.changes.revised]
        rest = [seq for seq in events if seq not in own]
        self._keep_edges(rest)
        edges = [edge for seq in own for edge in self._pending_edges.get(seq, ())]
        return edges + [edge for seq in rest for edge in self._edges[seq]]

    def _keep_edges(self, events: Collection[int]) -> None:
        missing = [seq for seq in events if seq not in self._edges]
        if missing:
            self._edges.update((seq, []) for seq in missing)
            for edge in self.reader.list_edges(missing):
                self._edges[edge.event].append(edge)

    def look_ahead(self, events: Collection[int], onward: Collection[int]) -> None:
        """Read stored events, their lots, and what touched the outputs of those ``onward``, in few queries."""
        stored = self.find_events_by_seq(events)
        made = {seq: [lot for lot in event.frozen.lots if lot] for seq, event in stored.items()}
        named = [lot for seq, event in stored.items() for lot in (*lots_of(event.draft), *made[seq])]
        self.find_lots(list(dict.fromkeys(named)))
        self._keep_timelines([lot for seq in onward for lot in made[seq]])

    def sum_posted(
        self, seqs: Collection[int], accounts: Collection[str] = ()
    ) -> dict[int, dict[LedgerRow, int]]:
        """Return what was posted about events so far, summed over book months; of all accounts, or these alone."""
        sums: dict[int, dict[LedgerRow, int]] = {seq: {} for seq in seqs}
        pending = [
            posting
            for posting in self.changes.postings
            if posting.event in sums and (not accounts or posting.row.account in accounts)
        ]
        for posting in (*self.reader.scan_postings(seqs, accounts), *pending):
            rows = sums[posting.event]
            rows[posting.row] = rows.get(posting.row, 0) + posting.grams
        return sums

    def first_other(self, site: str, without: Collection[int] = ()) -> Order | None:
        """Return the book order of the site's first event that is not an opening, as if ``without`` had not been."""
        skipped = {*self.changes.revised, *without}
        first = next(self._stored_at(site, PHYSICAL, skipped), None)
        orders = [event.order for event in self._pending_at(site, PHYSICAL, without)]
        return min([*orders, first.order] if first else orders, default=None)

    def last_opening(self, site: str, without: Collection[int] = ()) -> Event | None:
        """Return the site's newest live opening in book order, without stock that a stocktake found later on."""
        skipped = {*self.changes.revised, *without}
        openings = [
            event for event in self._stored_at(site, kinds_of(Opening), skipped) if event.seq <= self.seq
        ]
        openings += self._pending_at(site, kinds_of(Opening), without)
        first = self.first_other(site, without)
        if first is not None:
            openings = [
                event for event in openings if event.order < first or not declares_no_class(event.draft)
            ]
        return max(openings, key=lambda event: event.order, default=None)

    def _stored_at(self, site: str, kinds: tuple[str, ...], without: Collection[int]) -> Iterator[Event]:
        """Yield the site's stored live events of these kinds in book order."""
        wanted = EventFilter(site=site, kinds=kinds)
        for event in read_all(lambda after: self.reader.list_events(wanted, after, limit=10)):
            if event.seq not in without:
                yield event

    def _pending_at(self, site: str, kinds: tuple[str, ...], without: Collection[int]) -> list[Event]:
        revised = self.changes.revised
        new = [event for event in self.changes.events if event.seq not in revised]
        return [
            event
            for event in (*new, *revised.values())
            if event.live
            and event.draft.site == site
            and event.draft.kind in kinds
            and event.seq not in without
        ]

    # --- gathering changes -----------------------------------------------------------------------------------------

    def add_event(self, event: Event) -> None:
        """Add a new event, next in the one order, and make its link of the hash chain."""
        assert event.seq == self.seq + 1, "events are recorded in order"
        event.chain = link(self.chain, event, frozen_text(event))
        self.seq, self.chain = event.seq, event.chain
        self.newest_ms = max(self.newest_ms, event.record_ms)
        if self.adding:
            self.changes.events.append(event)
        self._events[event.id] = event
        self._by_seq[event.seq] = event

    def revise_event(self, event: Event, edges: Iterable[Edge]) -> None:
        """Put a new version or state of an earlier event; the given edges replace all that it had."""
        self.changes.revised[event.seq] = event
        self._events[event.id] = event
        self._by_seq[event.seq] = event
        self._drop_edges(event.seq)
        self.add_edges(edges)

    def _drop_edges(self, seq: int) -> None:
        dropped = self._pending_edges.pop(seq, ())
        if dropped:
            self.changes.edges = [edge for edge in self.changes.edges if edge.event != seq]
            for lot in {edge.lot for edge in dropped}:
                self._pending_timelines[lot] = [e for e in self._pending_timelines[lot] if e.event != seq]

    def add_edges(self, edges: Iterable[Edge]) -> None:
        """Add the edges of a new or revised event."""
        for edge in edges:
            self.changes.edges.append(edge)
            self._pending_edges.setdefault(edge.event, []).append(edge)
            self._pending_timelines.setdefault(edge.lot, []).append(edge)

    def put_lots(self, lots: Iterable[Lot]) -> None:
        """Put new lots, or next states."""
        for lot in lots:
            self.changes.lots[lot.id] = lot
            self._lots[lot.id] = lot

    def put_claims(self, claims: Mapping[str, Claim | None]) -> None:
        """Put new claims; None gives one up."""
        self.changes.claims.update(claims)
        self._claims.update(claims)

    def post(self, event: Event, cause: int, record_ms: int, rows: Rows, regions: Mapping[str, str]) -> None:
        """Post rows: in the event's month, or in the month of recording where that was sealed at the row's place.

        ``regions`` are the region keys in the month of recording of sites that were in others before.
        """
        months = {(row.site, row.month): row.month for row in rows}
        keys = {seal_key(*place): place for place in months}
        for key in self.find_claims(list(keys)):
            months[keys[key]] = month_of(record_ms)
        for number, (row, grams) in enumerate(rows.items()):
            book_month = months[row.site, row.month]
            region = regions.get(row.site, "") if book_month != row.month else ""
            book_region = region if region != row.region else ""
            self.changes.postings.append(
                Posting(event.seq, cause, number, book_month, row, grams, book_region)
            )


def link(chain: str, event: Event, frozen: str) -> str:
    """Return the hash chain's next link, over the one before and everything that was recorded.

    ``frozen`` are the frozen parameters as stored.
    """
    text = "\n".join((chain, str(event.seq), str(event.record_ms), event.deliverer, event.digest, frozen))
    return sha256(text.encode()).hexdigest()


def new_code() -> str:
    """Draw a random code for a label."""
    return draw_code(token_bytes)
