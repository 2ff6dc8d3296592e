"""Answer every read of the store's contract from Neo4j, each anchored on an index."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from graph.neo4j.queries import CYPHER, fill_anchor, fill_groups, join
from graph.records import (
    EVENT_COLUMNS,
    LOT_COLUMNS,
    POSTING_COLUMNS,
    EventRow,
    LotRow,
    as_event_row,
    as_lot_row,
    decode_claim,
    decode_event,
    decode_lot,
    decode_posting,
    format_key,
    load_json,
    parse_key,
)
from graph.residue_sums import ResidueSum, add_up_residues
from graph.row_sums import DOCUMENTS, LOG, VERSIONS, RowSum, RowSumKey, RowSums, add_up, sum_of
from graph.store import (
    LAST_NUMBER,
    VERSIONED,
    Direction,
    Document,
    EventFilter,
    FlowSum,
    FoundRecords,
    Head,
    LogEntry,
    LotFilter,
    PostingFilter,
    StockSum,
    TallyFilter,
    TallySum,
)
from traceability.domain.claims import Claim
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge
from traceability.domain.event import Event, Order
from traceability.domain.kinds import RECORDS
from traceability.domain.lot import Lot
from traceability.domain.place import place_key, places_of
from traceability.domain.posting import BOOK_VIEW, FlowKey, Posting, TallyKey
from traceability.domain.vocabulary import ACCOUNTS, COLUMNS, NATION, STATUSES, TURNOVER_ACCOUNTS

Row = Sequence[Any]
Params = dict[str, Any]
DocumentRow = tuple[Any, ...]
Documents = dict[tuple[str, str], DocumentRow | None]
"""Rows of documents by (kind, id), None of those that are not there."""

_AT_ONCE = 2_000  # keys of one query; a wave of a trace can hold any number of lots
_BEYOND = "\U0010ffff"  # sorts after every id
_EARLIEST, _LATEST = -(2**63), 2**63 - 1

_ROLES = {"INPUT_TO": INPUT, "OUTPUT": OUTPUT, "OBSERVED": OBSERVED}


class QueryContext(Protocol):
    """The context in which a reader's queries run: a read transaction, or the writer's own."""

    def ask(self, text: str, params: Mapping[str, Any], *, steady: bool = True) -> list[Row]:
        """Return the rows of a query.

        ``steady`` answers of one block must belong to one state of the book.
        """

    def hold(self) -> None:
        """Keep writers out until the block ends."""


class _Listing(NamedTuple):
    """A listing's order: the columns of its rows, sort key, last block and direction."""

    columns: tuple[str, ...]
    names: tuple[str, ...]
    tail: str
    newest_first: bool = False

    def key(self, row: Row) -> tuple[Any, ...]:
        """Return the sort key of a row."""
        return tuple(row[self.columns.index(name)] for name in self.names)

    def precedes(self, row: Row, other: Row) -> bool:
        """Return whether a row is listed before another."""
        key, other_key = self.key(row), self.key(other)
        return key > other_key if self.newest_first else key < other_key

    def resume_after(self, key: Sequence[Any]) -> Params:
        """Return the sort key as the parameters of a range that continues after it."""
        return dict(zip(self.names, key, strict=True))


_LOTS = _Listing(LOT_COLUMNS, ("made_ms", "made_seq", "id"), "lots_newest_first", newest_first=True)
_EVENTS = _Listing(EVENT_COLUMNS, ("time_ms", "seq"), "events_in_order")
_EVENTS_BACK = _Listing(EVENT_COLUMNS, ("time_ms", "seq"), "events_newest_first", newest_first=True)
_POSTINGS = _Listing(
    POSTING_COLUMNS, ("book_month", "region", "event", "cause", "number"), "postings_in_order"
)
_EVENT_POSTINGS = _Listing(POSTING_COLUMNS, ("cause", "number"), "postings_by_number")

_ANCHORS: dict[str, tuple[str, ...]] = {
    "list_lots_by_destination": ("l.destination", "l.status"),
    "list_lots_by_site": ("l.site", "l.status"),
    "list_lots_by_region": ("l.region", "l.status"),
    "list_lots_by_status": ("l.status",),
    "list_events_by_site": ("e.site",),
    "list_events_by_region": ("e.region",),
    "list_events_by_kind": ("e.kind",),
    "list_events_by_time": (),
    "list_events_unconfirmed": ("e.unconfirmed",),
    "list_postings_of_event": ("p.event",),
    "list_postings_by_account": ("p.account",),
    "list_postings_by_site": ("p.site", "p.account"),
}
"""The columns that the index of a listing holds before the listing's sort key."""

_SUMMED = {DOCUMENTS: "scan_documents", VERSIONS: "scan_versions", LOG: "scan_log"}

_STOCK_PARTS = tuple((part, f"s.{part}") for part in ("site", "metal", "form", "material", "status"))
_FLOW_PARTS = tuple((part, f"f.{part}") for part in ("account", "source_class", "origin", "detail"))
_FLOWS_BY_BOOK_MONTH = (("place", "f.place"), ("metal", "f.metal"), ("month", "f.book_month"), *_FLOW_PARTS)
_FLOWS_BY_EVENT_MONTH = (("place", "f.place"), ("metal", "f.metal"), ("month", "f.month"), *_FLOW_PARTS)


def _wanted(*choices: tuple[str, object]) -> tuple[str, ...]:
    """Return the blocks that are to be included."""
    return tuple(block for block, wanted in choices if wanted)


class Neo4jReader:
    """The reads of the store's contract over one query context."""

    def __init__(self, view: QueryContext, book: str) -> None:
        self._view = view
        self.book = book
        self._end: Head | None = None
        self._documents: Documents = {}
        self._regions_seen: list[tuple[str, str]] | None = None
        self._tallies_seen: list[tuple[TallyFilter, list[Row]]] = []
        self._is_held = False

    def _hold(self) -> None:
        """Keep writers out until the block ends; the book's end is asked once more, as it is from now on."""
        self._view.hold()
        if not self._is_held:
            self._is_held = True
            self._documents.clear()
            self._forget()

    def _forget(self) -> None:
        """Have the next question about the book, where a view asks only once, answered by the store."""
        self._end, self._regions_seen = None, None
        self._tallies_seen.clear()

    def _ask(self, block: str, *, steady: bool = True, **params: Any) -> list[Row]:
        return self._view.ask(CYPHER[block], params, steady=steady)

    # --- by key ---------------------------------------------------------------------------------------------------

    def _find(self, block: str, keys: Iterable[Any], *, steady: bool = True, **params: Any) -> Iterator[Row]:
        """Yield the rows of a block that unwinds ``$ids``; every key is sent once."""
        distinct = list(dict.fromkeys(keys))
        for start in range(0, len(distinct), _AT_ONCE):
            yield from self._ask(block, steady=steady, ids=distinct[start : start + _AT_ONCE], **params)

    def find_head(self) -> Head:
        """Return the newest event's seq and chain, and the newest time of recording."""
        if self._end is None:  # asked once; at the end of a view it is compared like all that was read
            self._end = Head(*self._ask("last")[0])
        return self._end

    def find_events(self, ids: Collection[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""
        return {row[1]: decode_event(row) for row in _events(self._find("find_events", ids))}

    def find_events_by_seq(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events by seq; unknown ones are left out."""
        return {row[0]: decode_event(row) for row in _events(self._find("find_events_by_seq", seqs))}

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Return lots by id; unknown ids are left out."""
        return self._keep_lots(self._find("find_lots", ids))

    def _keep_lots(self, rows: Iterable[Row]) -> dict[str, Lot]:
        """Return lots by id; a writer also remembers their stock rows."""
        return {row[0]: decode_lot(row) for row in _lots(rows)}

    def find_claims(self, keys: Collection[str]) -> dict[str, Claim]:
        """Return claims by key; unclaimed keys are left out."""
        return {row[0]: decode_claim(row) for row in self._find("find_claims", keys)}

    def find_records(
        self, events: Collection[str], lots: Collection[str], claims: Collection[str]
    ) -> FoundRecords:
        """Return what ``find_events``, ``find_lots`` and ``find_claims`` find.

        One query, unless the keys are very many.
        """
        keys = [list(dict.fromkeys(wanted)) for wanted in (events, lots, claims)]
        if max(map(len, keys)) > _AT_ONCE:
            return FoundRecords(self.find_events(events), self.find_lots(lots), self.find_claims(claims))
        answer = self._ask("look_up", events=keys[0], lots=keys[1], claims=keys[2])[0]
        return FoundRecords(
            {row[1]: decode_event(row) for row in _events((properties,) for properties in answer[0])},
            self._keep_lots((properties,) for properties in answer[1]),
            {row[0]: decode_claim(row) for row in answer[2]},
        )

    def list_claims(self, prefix: str, after: str = "", limit: int = 1000) -> list[Claim]:
        """Return the claims whose key begins with the prefix, by key."""
        rows = self._ask("list_claims", prefix=prefix, after=after, limit=limit)
        return [decode_claim(row) for row in rows]

    def list_claims_under(self, prefixes: Collection[str], limit: int = 100) -> list[Claim]:
        """Return of each prefix so many claims at most whose key begins with it, each claim once, by key."""
        rows = self._ask("list_claims_under", prefixes=list(prefixes), limit=limit)
        return sorted({claim.key: claim for claim in map(decode_claim, rows)}.values())

    def list_claims_by_group(self, part: str, limit: int = 100) -> list[Claim]:
        """Return the claims of codes whose second or third group of four begins with the part, by key; any of very many."""
        rows = self._ask("list_claims_by_group", part=part, limit=limit)
        return sorted(map(decode_claim, rows))

    # --- the graph ------------------------------------------------------------------------------------------------

    def list_touches(self, lots: Collection[str], since: Order | None = None) -> list[Edge]:
        """Return all edges of the lots at or after ``since``, in book order (then role, number)."""
        blocks = ("list_touches", *_wanted(("touches_since", since is not None)), "touches")
        time_ms, event = since or (0, 0)
        rows = self._chunks(join(*blocks), lots, time_ms=time_ms, event=event)
        edges = [_decode_edge(row) for row in rows]
        edges.sort(key=lambda edge: (edge.time_ms, edge.event, edge.role, edge.number))
        return edges

    def _chunks(self, text: str, ids: Iterable[str], **params: Any) -> Iterator[Row]:
        distinct = list(dict.fromkeys(ids))
        for start in range(0, len(distinct), _AT_ONCE):
            yield from self._view.ask(text, {"ids": distinct[start : start + _AT_ONCE], **params})

    def list_edges(self, events: Collection[int]) -> list[Edge]:
        """Return all edges of the events, by event, role, number."""
        distinct = sorted(set(events))
        rows: list[Row] = []
        for start in range(0, len(distinct), _AT_ONCE):
            rows += self._ask("list_edges", events=distinct[start : start + _AT_ONCE])
        return _sorted_edges(rows)

    def list_step_edges(self, lots: Collection[str], direction: Direction) -> list[Edge]:
        """Return one hop: all edges of the live events that made (back) or took (forward) the lots.

        Voided events have no edges.
        """
        # Lots of several chunks may share an event, whose edges then come twice.
        return _sorted_edges(set(self._find("step_" + direction, lots)))

    def trace_lots(self, lots: Collection[str], direction: Direction) -> Iterator[str]:
        """Yield every lot ever connected to these, each once, the given ones left out."""
        block = "list_inputs" if direction == "back" else "list_outputs"
        lot_ids = set(lots)
        wave = list(lot_ids)
        while wave:
            new = []
            for (lot,) in self._find(block, wave, steady=False):
                if lot not in lot_ids:
                    lot_ids.add(lot)
                    new.append(lot)
            yield from new
            wave = new

    # --- lists: index ranges, merged ------------------------------------------------------------------------------

    def _page(
        self, listing: _Listing, blocks: tuple[str, ...], ranges: list[Params], limit: int, params: Params
    ) -> tuple[list[Row], str]:
        """Return the first ``limit`` rows of several index ranges, and the key to continue after.

        One query reads a few rows of every range; only ranges that may still hold earlier rows are read on.
        """
        anchor = [f"{column} DESC" if listing.newest_first else column for column in _ANCHORS[blocks[0]]]
        text = fill_anchor(join(*blocks, listing.tail), tuple(anchor))
        page: list[Row] = []
        size = min(limit + 1, max(8, 2 * limit // max(1, len(ranges))))
        while ranges:
            parts: list[list[Row]] = [[] for _ in ranges]
            for number, properties in self._view.ask(text, {**params, "ranges": ranges, "size": size}):
                parts[number].append(_flat(properties, listing.columns))
            for part in parts:
                part.sort(key=listing.key, reverse=listing.newest_first)
            page += [row for part in parts for row in part]
            page.sort(key=listing.key, reverse=listing.newest_first)
            del page[limit + 1 :]
            ranges = [
                {**range_, **listing.resume_after(listing.key(part[-1]))}
                for range_, part in zip(ranges, parts, strict=True)
                if len(part) == size and (len(page) <= limit or not listing.precedes(page[-1], part[-1]))
            ]
            size = min(4 * size, limit + 1)
        rows = page[:limit]
        return rows, format_key(*listing.key(rows[-1])) if len(page) > limit and rows else ""

    def _regions(self, block: str, prefix: str) -> list[Params]:
        return [{"region": row[0]} for row in self._ask(block, region=prefix)]

    def list_lots(self, lots: LotFilter, after: str = "", limit: int = 100) -> tuple[list[Lot], str]:
        """Return a page of lots, newest first, and the key to continue after or ''."""
        resume = _LOTS.resume_after(parse_key(after, int, int, str) if after else (_LATEST, _LATEST, _BEYOND))
        anchors: list[Params] = [{}]
        if lots.to:
            first = "list_lots_by_destination"
        elif lots.site:
            first = "list_lots_by_site"
        elif lots.region:
            first = "list_lots_by_region"
            anchors = self._regions("lot_regions", lots.region)
        else:
            first = "list_lots_by_status"
        rest = _wanted(
            ("lots_of_site", lots.site and lots.to),
            ("lots_of_region", lots.region and (lots.site or lots.to)),
            ("lots_of_form", lots.form),
            ("lots_of_metal", lots.metal),
            ("lots_of_material", lots.material),
        )
        statuses = (lots.status,) if lots.status else STATUSES
        ranges = [{**resume, **anchor, "status": status} for anchor in anchors for status in statuses]
        rows, onward = self._page(_LOTS, (first, *rest), ranges, limit, _lot_params(lots))
        return [decode_lot(row) for row in rows], onward

    def list_events(
        self, events: EventFilter, after: str = "", limit: int = 100, *, newest_first: bool = False
    ) -> tuple[list[Event], str]:
        """Return a page of events, in book order or its reverse, and the key to continue after."""
        unconfirmed_at = sorted(set(events.unconfirmed_at))
        if unconfirmed_at:
            events = EventFilter(live_only=False)
        from_ms = _EARLIEST if events.from_ms is None else events.from_ms
        until_ms = _LATEST if events.until_ms is None else events.until_ms
        listing, start = (_EVENTS_BACK, (until_ms, -1)) if newest_first else (_EVENTS, (from_ms, -1))
        if after:
            key = parse_key(after, int, int)
            start = min(start, key) if newest_first else max(start, key)
        kinds = sorted(set(events.kinds))
        anchors: list[Params] = [{}]
        if unconfirmed_at:
            first = "list_events_unconfirmed"
            anchors = [{"unconfirmed": site} for site in unconfirmed_at]
        elif events.site:
            first = "list_events_by_site"
        elif kinds:
            first = "list_events_by_kind"
            anchors = [{"kind": kind} for kind in kinds]
        elif events.region:
            first = "list_events_by_region"
            anchors = self._regions("event_regions", events.region)
        else:
            first = "list_events_by_time"
        rest = _wanted(
            ("events_of_region", events.region and (events.site or kinds)),
            ("events_of_kinds", events.site and kinds),
            ("events_live", events.live_only),
        )
        params = {
            "site": events.site,
            "region": events.region,
            "kinds": kinds,
            "from_ms": from_ms,
            "until_ms": until_ms,
        }
        ranges = [{**listing.resume_after(start), **anchor} for anchor in anchors]
        rows, onward = self._page(listing, (first, *rest), ranges, limit, params)
        return [decode_event(row) for row in rows], onward

    def find_first_orders(self, sites: Collection[str]) -> dict[str, Order]:
        """Return the book order of each site's first live event.

        Seals, declarations and corrections do not count.
        """
        rows = self._ask("first_order", sites=sorted(set(sites)), records=list(RECORDS))
        return {site: (time_ms, seq) for site, time_ms, seq in rows}

    def scan_events(
        self, after_seq: int = 0, limit: int = 1000, upto_seq: int | None = None
    ) -> list[EventRow]:
        """Return the rows of events in seq order."""
        upto = _LATEST if upto_seq is None else upto_seq
        rows = self._ask("scan_events", steady=False, after=after_seq, upto=upto, limit=limit)
        return list(map(as_event_row, _events(rows)))

    def scan_lots(self, after: str = "", limit: int = 1000) -> list[LotRow]:
        """Return the rows of lots by id."""
        rows = self._ask("scan_lots", steady=False, after=after, limit=limit)
        return list(map(as_lot_row, _lots(rows)))

    # --- the ledger -----------------------------------------------------------------------------------------------

    def sum_stock(self, lots: LotFilter, by: Sequence[str] = ()) -> list[StockSum]:
        """Return number and remaining mass of lots that are not void.

        Grouped by any of site, metal, form, material, status.
        """
        self._hold()
        filters = _wanted(
            ("stock_of_site", lots.site and lots.to),
            ("stock_of_region", lots.region and (lots.site or lots.to)),
            ("stock_of_status", lots.status and not lots.to),
            ("stock_of_form", lots.form),
            ("stock_of_metal", lots.metal),
            ("stock_of_material", lots.material),
        )
        if lots.to:
            text = join("sum_stock_by_destination", *filters, "sum_lots")
        else:
            text = join("sum_stock_by_site" if lots.site else "sum_stock_by_region", *filters, "sum_stock")
        statuses = (lots.status,) if lots.status else STATUSES
        params = {**_lot_params(lots), "statuses": [status for status in statuses if status != "void"]}
        rows = self._view.ask(fill_groups(text, _STOCK_PARTS, _check_parts(by, _STOCK_PARTS)), params)
        return sorted(StockSum(*row) for row in rows)

    def sum_residues(self, sites: Collection[str], before_ms: int) -> list[ResidueSum]:
        """Return the available residue of sites by site, region, waste code and material, in this order.

        ``earlier_g`` adds up the lots that were last moved before ``before_ms``.
        """
        self._hold()
        return add_up_residues(self._find("sum_residues", sites, before_ms=before_ms))

    def sum_tallies(
        self, tallies: TallyFilter, by: Sequence[str] = ("place", "metal", "month")
    ) -> list[TallySum]:
        """Return sums of all columns grouped by any of place, metal, month.

        Columns that are 0 are left out.
        """
        assert {"place", "metal", "month"} >= set(by), f"cannot group by {by}"
        self._hold()
        sums: dict[tuple[str, str, str], dict[str, int]] = {}
        for place, metal, book_month, month, columns in self._list_tallies(tallies):
            key = (
                place if "place" in by else "",
                metal if "metal" in by else "",
                (month if tallies.by_event_month else book_month) if "month" in by else "",
            )
            total = sums.setdefault(key, {})
            for column, grams in columns.items():
                if column in _COLUMNS:
                    total[column] = total.get(column, 0) + grams
        return [TallySum(*key, _without_zeros(sums[key])) for key in sorted(sums)]

    def _list_tallies(self, tallies: TallyFilter) -> Iterable[Row]:
        """Return tallies as rows: of what this view has read before where that holds them, as a page asks of a year
        for all metals and then for some of them, or for a month of it."""
        for seen, rows in self._tallies_seen:
            if _includes(seen, tallies):
                return _select_tallies(rows, tallies)
        months = "tallies_of_event_months" if tallies.by_event_month else "tallies_of_book_months"
        wanted = _wanted(
            ("tallies_of_metals", tallies.metals), ("tallies_booked_after", tallies.booked_after)
        )
        rows = self._view.ask(join(months, *wanted, "sum_tallies"), _tally_params(tallies))
        self._tallies_seen.append((tallies, rows))
        return rows

    def sum_flows(
        self,
        flows: TallyFilter,
        accounts: Collection[str],
        by: Sequence[str] = ("place", "account", "origin"),
    ) -> list[FlowSum]:
        """Return sums of flows (of provinces; turnover of sites) grouped by any of the key parts of FlowSum."""
        self._hold()
        months = "flows_of_event_months" if flows.by_event_month else "flows_of_book_months"
        parts = _FLOWS_BY_EVENT_MONTH if flows.by_event_month else _FLOWS_BY_BOOK_MONTH
        wanted = _wanted(("flows_of_metals", flows.metals), ("flows_booked_after", flows.booked_after))
        text = join(months, *wanted, "sum_flows")
        params = {**_tally_params(flows), "accounts": sorted(set(accounts))}
        rows = self._view.ask(fill_groups(text, parts, _check_parts(by, parts)), params)
        return sorted(FlowSum(*row) for row in rows)

    def list_postings(
        self, postings: PostingFilter, after: str = "", limit: int = 100
    ) -> tuple[list[tuple[Posting, str]], str]:
        """Return a page of postings, each with its event's id, and the key to continue after or ''.

        The order is book month, region, event, cause, number; of one event cause, number.
        """
        if postings.event:
            resume = _EVENT_POSTINGS.resume_after(parse_key(after, int, int) if after else (0, -1))
            params: Params = {"event": postings.event}
            rows, onward = self._page(_EVENT_POSTINGS, ("list_postings_of_event",), [resume], limit, params)
        else:
            rows, onward = self._list_account_postings(postings, after, limit)
        ids = {row[0]: row[1] for row in self._find("find_event_ids", (row[0] for row in rows))}
        return [(decode_posting(row), ids[row[0]]) for row in rows], onward

    def _list_account_postings(
        self, postings: PostingFilter, after: str, limit: int
    ) -> tuple[list[Row], str]:
        """Read postings month by month, so that region is a range of the index whatever the months."""
        first, *key = parse_key(after, str, str, int, int, int) if after else ("", "", 0, 0, 0)
        since = max(postings.from_month, first)
        rows = self._ask(
            "posting_months",
            places=self._tallied_places(postings.site),
            from_month=since,
            until_month=postings.until_month,
            turnover=sorted(set(TURNOVER_ACCOUNTS) & set(postings.accounts)),
        )
        months = sorted(row[0] for row in rows)
        blocks = (
            "list_postings_by_site" if postings.site else "list_postings_by_account",
            *_wanted(("postings_of_metals", postings.metals)),
        )
        params = {
            "site": postings.site, "region": postings.region, "metals": sorted(set(postings.metals)),
        }  # fmt: skip
        accounts = sorted(set(postings.accounts)) or list(ACCOUNTS)
        page: list[Row] = []
        for month in months:
            start = _POSTINGS.resume_after((month, *(key if month == first else ("", 0, 0, 0))))
            ranges = [{**start, "account": account} for account in accounts]
            # One more than wanted: a month may have tallies, and no posting of these accounts.
            rows, _ = self._page(_POSTINGS, blocks, ranges, limit + 1 - len(page), params)
            page += rows
            if len(page) > limit:
                return page[:limit], format_key(*_POSTINGS.key(page[limit - 1]))
        return page, ""

    def _tallied_places(self, site: str) -> list[str]:
        """Return the places of tallies that know the months of a site's postings, or of all."""
        if not site:
            return [place_key("nation", NATION)]
        homes = [places_of(site, row[0])[0] for row in self._ask("list_regions_of_site", site=site)]
        return [home + view for home in homes for view in ("", BOOK_VIEW)]

    def list_posted_regions(self) -> list[tuple[str, str]]:
        """Return (site, region key) of every site and each region that its postings are in, in order; asked once a view."""
        if self._regions_seen is None:
            rows = self._ask("list_posted_regions", steady=False)
            self._regions_seen = sorted((row[0], row[1]) for row in rows)
        return list(self._regions_seen)

    def scan_postings(self, events: Collection[int], accounts: Collection[str] = ()) -> list[Posting]:
        """Return all postings about these events, by event, cause, number.

        Without accounts, those of all.
        """
        wanted = sorted(set(accounts)) or [*ACCOUNTS, *TURNOVER_ACCOUNTS]
        rows = self._find("scan_postings", events, steady=False, accounts=wanted)
        postings = [decode_posting(_flat(row[0], POSTING_COLUMNS)) for row in rows]
        return sorted(postings, key=lambda posting: posting[:3])

    def scan_tallies(
        self, after: TallyKey | None = None, limit: int = 1000
    ) -> list[tuple[TallyKey, dict[str, int]]]:
        """Return tallies by key, columns that are 0 left out; rows all 0 are left out."""
        key = (after or TallyKey("", "", "", ""))._asdict()
        rows = self._ask("scan_tallies", steady=False, columns=list(COLUMNS), limit=limit, **key)
        return [(TallyKey(*row[:4]), _without_zeros(row[4])) for row in rows]

    def scan_flows(self, after: FlowKey | None = None, limit: int = 1000) -> list[tuple[FlowKey, int]]:
        """Return flows by key; rows of 0 are left out."""
        key = (after or FlowKey("", "", "", "", "", "", "", ""))._asdict()
        rows = self._ask("scan_flows", steady=False, limit=limit, **key)
        return [(FlowKey(*row[:8]), row[8]) for row in rows]

    # --- documents and logs ---------------------------------------------------------------------------------------

    def find_documents(self, kind: str, ids: Collection[str]) -> dict[str, Document]:
        """Return documents by id; unknown ids are left out. A view asks for each of them once."""
        unknown = [doc_id for doc_id in ids if (kind, doc_id) not in self._documents]
        self._documents |= dict.fromkeys((kind, doc_id) for doc_id in unknown)
        for row in self._find("find_documents", unknown, steady=False, kind=kind):
            self._documents[kind, row[1]] = tuple(row)
        rows = ((doc_id, self._documents[kind, doc_id]) for doc_id in ids)
        return {doc_id: decode_document(row) for doc_id, row in rows if row is not None}

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[list[Document], str]:
        """Return a page of documents by id and the id to continue after or ''.

        With a group, only those of the group.
        """
        block = "list_documents" if group is None else "list_documents_of_group"
        rows = self._ask(block, steady=False, kind=kind, group=group, after=after, limit=limit + 1)
        documents = [decode_document(row) for row in rows[:limit]]
        return documents, documents[-1].id if len(rows) > limit and documents else ""

    def find_row_sums(self) -> RowSums:
        """Return the sums of documents, versions and log entries that the writes kept."""
        return {RowSumKey(row[0], row[1]): RowSum(*row[2:]) for row in self._ask("find_row_sums")}

    def add_up_rows(self) -> RowSums:
        """Return the same sums of what is stored: reads every document, version and entry."""
        return add_up(
            (RowSumKey(part, row[0]), sum_of(row))
            for part, block in _SUMMED.items()
            for row in self._ask(block)
        )

    def list_versions(self, kind: str, doc_id: str) -> list[Document]:
        """Return every version of a master-data document, oldest first.

        Kinds not kept in versions have the one there is.
        """
        if kind not in VERSIONED:
            return list(self.find_documents(kind, [doc_id]).values())
        return [
            decode_document(row) for row in self._ask("list_versions", steady=False, kind=kind, id=doc_id)
        ]

    def list_log(
        self, kind: str, after: int = 0, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return the entries of a log after a number, oldest first, or before it, newest first."""
        query = "list_log_back" if newest_first else "list_log"
        after = after or (LAST_NUMBER if newest_first else 0)
        rows = self._ask(query, steady=False, kind=kind, after=after, limit=limit)
        return [LogEntry(kind, number, load_json(body)) for kind, number, body in rows]


_COLUMNS = frozenset(COLUMNS)


def _flat(properties: Mapping[str, Any], columns: tuple[str, ...]) -> Row:
    """Return a node's properties as a row; what is null has no property."""
    return tuple(map(properties.get, columns))


def _events(rows: Iterable[Row]) -> Iterator[Row]:
    return (_flat(row[0], EVENT_COLUMNS) for row in rows)


def _lots(rows: Iterable[Row]) -> Iterator[Row]:
    return (_flat(row[0], LOT_COLUMNS) for row in rows)


def _decode_edge(row: Row) -> Edge:
    event, time_ms, lot, kind, number, mass_g, metal_g = row
    return Edge(event, time_ms, lot, _ROLES[kind], number, mass_g, metal_g)


def _sorted_edges(rows: Iterable[Row]) -> list[Edge]:
    return sorted((_decode_edge(row) for row in rows), key=lambda edge: (edge.event, edge.role, edge.number))


def decode_document(row: Row) -> Document:
    """Return the document of a row."""
    kind, doc_id, version, group, body = row
    return Document(kind, doc_id, version, group, load_json(body))


def _without_zeros(sums: Mapping[str, int]) -> dict[str, int]:
    return {column: sums[column] for column in COLUMNS if sums.get(column)}


def _lot_params(lots: LotFilter) -> Params:
    return {
        "to": lots.to, "site": lots.site, "region": lots.region, "form": lots.form, "metal": lots.metal,
        "material": lots.material, "status": lots.status,
    }  # fmt: skip


def _includes(seen: TallyFilter, asked: TallyFilter) -> bool:
    """Return whether all that is asked for is among what was read."""
    return (
        (seen.by_event_month, seen.booked_after) == (asked.by_event_month, asked.booked_after)
        and seen.from_month <= asked.from_month
        and asked.until_month <= seen.until_month
        and (not seen.metals or (bool(asked.metals) and set(asked.metals) <= set(seen.metals)))
        and set(asked.places) <= set(seen.places)
    )


def _select_tallies(rows: Iterable[Row], asked: TallyFilter) -> Iterator[Row]:
    """Yield the rows of tallies that are asked for, out of those that include them."""
    places, metals = set(asked.places), set(asked.metals)
    for row in rows:
        place, metal, book_month, month, _ = row
        counted = month if asked.by_event_month else book_month
        in_months = asked.from_month <= counted <= asked.until_month
        if in_months and place in places and (not metals or metal in metals):
            yield row


def _tally_params(tallies: TallyFilter) -> Params:
    return {
        "places": sorted(set(tallies.places)), "metals": sorted(set(tallies.metals)),
        "from_month": tallies.from_month, "until_month": tallies.until_month,
        "booked_after": tallies.booked_after,
    }  # fmt: skip


def _check_parts(by: Sequence[str], parts: tuple[tuple[str, str], ...]) -> frozenset[str]:
    selected = frozenset(by)
    assert selected <= {part for part, _ in parts}, f"cannot group by {sorted(selected)}"
    return selected
