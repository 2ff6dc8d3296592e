"""Answer every read of the store's contract from SQLite, each anchored on an index."""

import heapq
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from graph.records import (
    EDGE_COLUMNS,
    EventRow,
    LotRow,
    as_event_row,
    as_lot_row,
    decode_claim,
    decode_edge,
    decode_event,
    decode_lot,
    decode_posting,
    format_key,
    load_json,
    parse_key,
)
from graph.residue_sums import ResidueSum, add_up_residues
from graph.row_sums import DOCUMENTS, LOG, VERSIONS, RowSum, RowSumKey, RowSums, add_up, sum_of
from graph.sqlite.errors import translate_error
from graph.sqlite.queries import SQL, chunks, fill_groups, fill_lists, fill_named_list, join, pad
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
from traceability.domain.decision import Edge
from traceability.domain.event import Event, Order
from traceability.domain.lot import Lot
from traceability.domain.posting import FlowKey, Posting, TallyKey
from traceability.domain.vocabulary import ACCOUNTS, COLUMNS, STATUSES

Row = tuple[Any, ...]
Params = dict[str, Any]

_BEYOND = "\U0010ffff"  # sorts after every text that begins with the prefix
_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_FULL_REGION = 6  # digits of a county's code


class _Listing(NamedTuple):
    """A listing's order. It has the positions of the sort key in a row, the block that orders the
    rows and the one that continues after a row.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]
    order: str
    onward: str
    newest_first: bool = False

    def key(self, row: Row) -> Row:
        """Return the sort key of a row."""
        return tuple(row[position] for position in self.positions)

    def resume_after(self, key: Row) -> Params:
        """Return the sort key as parameters of the block that continues after it."""
        return dict(zip(self.names, key, strict=True))


_LOTS = _Listing(("made_ms", "made_seq", "id"), (15, 16, 0), "lots_newest_first", "lots_after", True)
_EVENTS = _Listing(("time_ms", "seq"), (5, 0), "events_in_order", "events_after")
_EVENTS_BACK = _Listing(("time_ms", "seq"), (5, 0), "events_newest_first", "events_before", True)
_POSTINGS = _Listing(
    ("region", "event", "cause", "number"), (6, 0, 1, 2), "postings_in_order", "postings_after"
)
_EVENT_POSTINGS = _Listing(("cause", "number"), (1, 2), "postings_by_number", "postings_after_number")

_BOOK_ORDER = itemgetter(*map(EDGE_COLUMNS.index, ("time_ms", "event", "role", "number")))

_SUMMED = {DOCUMENTS: "scan_documents", VERSIONS: "scan_versions", LOG: "scan_log"}

_STOCK_PARTS = tuple((part, part) for part in ("site", "metal", "form", "material", "status"))
_BOOK_MONTH_PARTS = (("place", "place"), ("metal", "metal"), ("month", "book_month"))
_EVENT_MONTH_PARTS = (("place", "place"), ("metal", "metal"), ("month", "month"))
_FLOW_PARTS = tuple((part, part) for part in ("account", "source_class", "origin", "detail"))


Choice = tuple[str, object]
"""A block and whether to include it."""


def _wanted(*choices: Choice) -> tuple[str, ...]:
    return tuple(block for block, wanted in choices if wanted)


def _numbered(values: Sequence[str]) -> Params:
    """Return the values of a block's ``{ids}`` list as named parameters."""
    return {f"v{number}": value for number, value in enumerate(pad(values))}


class SqliteReader:
    """The reads of the store's contract in one consistent view: a transaction of the connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._path = path
        self.book = str(path)

    def _rows(self, statement: str, params: Row | Params = ()) -> list[Row]:
        """Return the rows of a query. Raises StoreError, whenever in the life of the view it runs."""
        try:
            return self._execute(statement, params).fetchall()
        except sqlite3.Error as error:
            raise translate_error(error, self._path) from error

    # --- by key ---------------------------------------------------------------------------------------------------

    def _find(self, block: str, values: Iterable[Any], *before: Any, after: Row = ()) -> Iterator[Row]:
        """Yield the rows of a block with one ``{ids}`` list.

        ``before`` and ``after`` are the parameters around it.
        """
        for chunk in chunks(values):
            statement = fill_lists(SQL[block], len(chunk))
            yield from self._rows(statement, (*before, *chunk, *after))

    def find_head(self) -> Head:
        """Return the newest event's seq and chain, and the newest time of recording."""
        rows = self._rows(SQL["last"])
        return Head(*rows[0]) if rows else Head(0, "")

    def find_events(self, ids: Collection[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""
        return {row[1]: decode_event(row) for row in self._find("find_events", ids)}

    def find_events_by_seq(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events by seq; unknown ones are left out."""
        return {row[0]: decode_event(row) for row in self._find("find_events_by_seq", seqs)}

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Return lots by id; unknown ids are left out."""
        return {row[0]: decode_lot(row) for row in self._find("find_lots", ids)}

    def find_claims(self, keys: Collection[str]) -> dict[str, Claim]:
        """Return claims by key; unclaimed keys are left out."""
        return {row[0]: decode_claim(row) for row in self._find("find_claims", keys)}

    def find_records(
        self, events: Collection[str], lots: Collection[str], claims: Collection[str]
    ) -> FoundRecords:
        """Return what ``find_events``, ``find_lots`` and ``find_claims`` find."""
        return FoundRecords(self.find_events(events), self.find_lots(lots), self.find_claims(claims))

    def list_claims(self, prefix: str, after: str = "", limit: int = 1000) -> list[Claim]:
        """Return the claims whose key begins with the prefix, by key."""
        # One lower bound: of two, SQLite takes the first for the index and walks past everything before the other.
        low = max(prefix, after)
        rows = self._rows(SQL["list_claims"], (low, prefix + _BEYOND, after, limit))
        return [decode_claim(row) for row in rows]

    def list_claims_under(self, prefixes: Collection[str], limit: int = 100) -> list[Claim]:
        """Return of each prefix so many claims at most whose key begins with it, each claim once, by key."""
        found = {claim.key: claim for prefix in prefixes for claim in self.list_claims(prefix, "", limit)}
        return sorted(found.values())

    def list_claims_by_group(self, part: str, limit: int = 100) -> list[Claim]:
        """Return the claims of codes whose second or third group of four begins with the part, by key; any of very many."""
        groups = ("list_claims_by_second_group", "list_claims_by_third_group")
        rows = [row for group in groups for row in self._rows(SQL[group], (part, part + _BEYOND, limit))]
        return sorted({claim.key: claim for claim in map(decode_claim, rows)}.values())[:limit]

    # --- the graph ------------------------------------------------------------------------------------------------

    def list_touches(self, lots: Collection[str], since: Order | None = None) -> list[Edge]:
        """Return all edges of the lots at or after ``since``, in book order (then role, number)."""
        if since is None:
            rows = self._find("list_touches", lots)
        else:
            rows = self._find("list_touches_since", lots, after=since)
        return sorted(map(decode_edge, rows), key=_BOOK_ORDER)

    def _edges_of(self, block: str, events: list[int]) -> list[Edge]:
        # Chunks of sorted events come out in order, as each is ordered by itself.
        return list(map(decode_edge, self._find(block, events)))

    def list_edges(self, events: Collection[int]) -> list[Edge]:
        """Return all edges of the events, by event, role, number."""
        seqs = sorted(set(events))
        if seqs and seqs[-1] - seqs[0] == len(seqs) - 1:
            # A run without gaps, such as a check asks for, is one range of the index: half the time.
            return list(map(decode_edge, self._rows(SQL["list_edges_between"], (seqs[0], seqs[-1]))))
        return self._edges_of("list_edges", seqs)

    def _events_at(self, lots: Iterable[str], direction: Direction) -> set[int]:
        block = "find_makers" if direction == "back" else "find_takers"
        return {row[0] for row in self._find(block, lots)}

    def list_step_edges(self, lots: Collection[str], direction: Direction) -> list[Edge]:
        """Return one hop: all edges of the live events that made (back) or took (forward) the lots.

        Voided events have no edges.
        """
        return self._edges_of("list_steps", sorted(self._events_at(lots, direction)))

    def trace_lots(self, lots: Collection[str], direction: Direction) -> Iterator[str]:
        """Yield every lot ever connected to these, each once, the given ones left out."""
        block = "list_inputs" if direction == "back" else "list_outputs"
        lot_ids = set(lots)
        event_seqs: set[int] = set()
        wave: list[str] = list(lot_ids)
        while wave:
            events = self._events_at(wave, direction) - event_seqs
            event_seqs |= events
            wave = []
            for row in self._find(block, sorted(events)):
                if row[0] not in lot_ids:
                    lot_ids.add(row[0])
                    wave.append(row[0])
            yield from wave

    # --- lists: streams of index ranges, merged -------------------------------------------------------------------

    def _stream(
        self, listing: _Listing, blocks: tuple[str, ...], params: Params, values: Sequence[str], size: int
    ) -> Iterator[Row]:
        """Yield the rows of one index range in order.

        They are fetched a few at a time, so that merging many ranges stays cheap.

        ``values`` fill the one ``{ids}`` list; ``params`` hold the sort key to continue after, if any.
        """
        params = params | _numbered(values)
        while True:
            onward = (listing.onward,) if listing.names[-1] in params else ()
            statement = fill_named_list(join(*blocks, *onward, listing.order), len(pad(values)))
            rows = self._rows(statement, {**params, "limit": size})
            yield from rows
            if len(rows) < size:
                return
            params = params | listing.resume_after(listing.key(rows[-1]))
            size = min(4 * size, 1000)

    def _page(
        self,
        listing: _Listing,
        blocks: tuple[str, ...],
        ranges: Sequence[Params],
        limit: int,
        values: Sequence[str] = (),
    ) -> tuple[list[Row], str]:
        """Return the first ``limit`` rows of several index ranges, and the key to continue after."""
        size = min(limit + 1, max(8, 2 * limit // max(1, len(ranges))))
        streams = [self._stream(listing, blocks, params, values, size) for params in ranges]
        merged = heapq.merge(*streams, key=listing.key, reverse=listing.newest_first)
        rows = list(islice(streams[0] if len(streams) == 1 else merged, limit + 1))
        return rows[:limit], format_key(*listing.key(rows[limit - 1])) if len(rows) > limit else ""

    def _regions(self, block: str, prefix: str) -> list[Params]:
        """Return the regions in use under a prefix, found by skipping along the index."""
        rows = self._rows(SQL[block], {"low": prefix, "high": prefix + _BEYOND})
        return [{"region": row[0]} for row in rows]

    def list_lots(self, lots: LotFilter, after: str = "", limit: int = 100) -> tuple[list[Lot], str]:
        """Return a page of lots, newest first, and the key to continue after or ''."""
        resume = _LOTS.resume_after(parse_key(after, int, int, str)) if after else {}
        params: Params = {**_lot_params(lots), **resume}
        if lots.to:
            first = "list_lots_by_destination"
            anchors: list[Params] = [{"status": status} for status in STATUSES if lots.status in ("", status)]
        elif lots.site or lots.region or lots.status:
            first, anchors = "list_lots_by_site", self._holders(lots)
        else:
            first, anchors = "list_lots_by_making", [{"earliest": _EARLIEST}]
        rest = _wanted(
            ("lots_of_site", lots.site and lots.to),
            ("lots_of_region", lots.region),
            ("lots_of_form", lots.form),
            ("lots_of_metal", lots.metal),
            ("lots_of_material", lots.material),
        )
        ranges = [{**params, **anchor} for anchor in anchors]
        rows, onward = self._page(_LOTS, (first, *rest), ranges, limit)
        return [decode_lot(row) for row in rows], onward

    def _holders(self, lots: LotFilter) -> list[Params]:
        """Return the sites that hold such lots, each with the statuses that these have."""
        first = "find_holders_in_region" if lots.region and not lots.site else "find_holders"
        rows = self._rows(join(first, *_stock_blocks(lots)), _lot_params(lots))
        return [{"site": site, "status": status} for site, status in rows]

    def list_events(
        self, events: EventFilter, after: str = "", limit: int = 100, *, newest_first: bool = False
    ) -> tuple[list[Event], str]:
        """Return a page of events, in book order or its reverse, and the key to continue after."""
        listing = _EVENTS_BACK if newest_first else _EVENTS
        resume = listing.resume_after(parse_key(after, int, int)) if after else {}
        kinds = sorted(set(events.kinds))
        anchors: list[Params] = [{}]
        if events.unconfirmed_at:
            first = "list_events_unconfirmed"
            anchors = [{"unconfirmed": site} for site in sorted(set(events.unconfirmed_at))]
            events, kinds = EventFilter(live_only=False), []
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
            ("events_of_kinds", events.site and kinds),
            ("events_from", events.from_ms is not None),
            ("events_until", events.until_ms is not None),
            ("events_live", events.live_only),
            ("events_of_region", events.region and (events.site or kinds)),
        )
        params: Params = {
            "site": events.site, "low": events.region, "high": events.region + _BEYOND, "until_ms": events.until_ms,
            "from_ms": _EARLIEST if events.from_ms is None else events.from_ms, **resume,
        }  # fmt: skip
        ranges = [{**params, **anchor} for anchor in anchors]
        rows, onward = self._page(listing, (first, *rest), ranges, limit, kinds if events.site else ())
        return [decode_event(row) for row in rows], onward

    def find_first_orders(self, sites: Collection[str]) -> dict[str, Order]:
        """Return the book order of each site's first live event.

        Seals, declarations and corrections do not count.
        """
        rows_by_site = {site: self._rows(SQL["first_order"], (site,)) for site in set(sites)}
        return {site: (rows[0][0], rows[0][1]) for site, rows in rows_by_site.items() if rows}

    def scan_events(
        self, after_seq: int = 0, limit: int = 1000, upto_seq: int | None = None
    ) -> list[EventRow]:
        """Return the rows of events in seq order."""
        upto_seq = _LATEST if upto_seq is None else upto_seq
        return list(map(as_event_row, self._rows(SQL["scan_events"], (after_seq, upto_seq, limit))))

    def scan_lots(self, after: str = "", limit: int = 1000) -> list[LotRow]:
        """Return the rows of lots by id."""
        return list(map(as_lot_row, self._rows(SQL["scan_lots"], (after, limit))))

    # --- the ledger -----------------------------------------------------------------------------------------------

    def sum_stock(self, lots: LotFilter, by: Sequence[str] = ()) -> list[StockSum]:
        """Return number and remaining mass of lots that are not void.

        Grouped by any of site, metal, form, material, status.
        """
        first = "sum_stock_by_destination" if lots.to else "sum_stock"
        statement = fill_groups(
            join(first, *_stock_blocks(lots), "sums_grouped"), _STOCK_PARTS, _check_parts(by, _STOCK_PARTS)
        )
        return [StockSum(*row) for row in self._rows(statement, _lot_params(lots))]

    def _sum(
        self,
        block: str,
        tallies: TallyFilter,
        by: Sequence[str],
        parts: tuple[tuple[str, str], ...],
        accounts: Sequence[str] = (),
    ) -> list[Row]:
        if not tallies.places:
            return []
        months = "tallies_of_event_months" if tallies.by_event_month else "tallies_of_book_months"
        lists = [pad(sorted(set(values))) for values in (tallies.places, tallies.metals, accounts) if values]
        blocks = _wanted(("tallies_of_metals", tallies.metals), ("tallies_of_accounts", accounts))
        later = _wanted(("tallies_booked_after", tallies.booked_after))
        statement = fill_lists(join(block, *blocks, months, *later, "sums_grouped"), *map(len, lists))
        values = [value for part in lists for value in part]
        statement = fill_groups(statement, parts, _check_parts(by, parts))
        booked_after = (tallies.booked_after,) if later else ()
        return self._rows(statement, (*values, tallies.from_month, tallies.until_month, *booked_after))

    def sum_residues(self, sites: Collection[str], before_ms: int) -> list[ResidueSum]:
        """Return the available residue of sites by site, region, waste code and material, in this order.

        ``earlier_g`` adds up the lots that were last moved before ``before_ms``.
        """
        return add_up_residues(self._find("sum_residues", sites, before_ms))

    def sum_tallies(
        self, tallies: TallyFilter, by: Sequence[str] = ("place", "metal", "month")
    ) -> list[TallySum]:
        """Return sums of all columns grouped by any of place, metal, month.

        Columns that are 0 are left out.
        """
        parts = _EVENT_MONTH_PARTS if tallies.by_event_month else _BOOK_MONTH_PARTS
        rows = self._sum("sum_tallies", tallies, by, parts)
        return [TallySum(place, metal, month, _columns(sums)) for place, metal, month, *sums in rows]

    def sum_flows(
        self,
        flows: TallyFilter,
        accounts: Collection[str],
        by: Sequence[str] = ("place", "account", "origin"),
    ) -> list[FlowSum]:
        """Return sums of flows (of provinces; turnover of sites) grouped by any of the key parts of FlowSum."""
        if not accounts:
            return []
        parts = (_EVENT_MONTH_PARTS if flows.by_event_month else _BOOK_MONTH_PARTS) + _FLOW_PARTS
        return [FlowSum(*row) for row in self._sum("sum_flows", flows, by, parts, sorted(accounts))]

    def list_postings(
        self, postings: PostingFilter, after: str = "", limit: int = 100
    ) -> tuple[list[tuple[Posting, str]], str]:
        """Return a page of postings, each with its event's id, and the key to continue after or ''.

        The order is book month, region, event, cause, number; of one event cause, number.
        """
        if postings.event:
            resume = _EVENT_POSTINGS.resume_after(parse_key(after, int, int)) if after else {}
            params = {"event": postings.event, **resume}
            rows, onward = self._page(_EVENT_POSTINGS, ("list_postings_of_event",), [params], limit)
        else:
            rows, onward = self._list_account_postings(postings, after, limit)
        ids: dict[int, str] = dict(self._find("find_event_ids", [row[0] for row in rows]))
        return [(decode_posting(row), ids[row[0]]) for row in rows], onward

    def _list_account_postings(
        self, postings: PostingFilter, after: str, limit: int
    ) -> tuple[list[Row], str]:
        """Read postings month by month, so that region is a range of the index whatever the months."""
        resume: Params = {}
        since = postings.from_month
        if after:
            month, *key = parse_key(after, str, str, int, int, int)
            since, resume = max(since, month), _POSTINGS.resume_after(tuple(key))
            resume = resume if month == since else {}
        regions = [(postings.region, postings.region + _BEYOND)]
        if postings.site and len(postings.region) < _FULL_REGION:
            homes = [row[0] for row in self._rows(SQL["posting_regions"], (postings.site,))]
            regions = [(home, home + "\0") for home in homes if home.startswith(postings.region)]
        accounts = sorted(set(postings.accounts or ACCOUNTS))
        months = sorted({month for account in accounts for month in self._months(account, since, postings)})
        blocks = (
            "list_postings_by_account",
            *_wanted(
                ("postings_of_region", postings.region or postings.site),
                ("postings_of_site", postings.site),
                ("postings_of_metals", postings.metals),
            ),
        )
        page: list[Row] = []
        for month in months:
            ranges: list[Params] = [
                {"account": account, "book_month": month, "low": low, "high": high, "site": postings.site}
                | (resume if month == since else {})
                for account in accounts
                for low, high in regions
            ]
            rows, onward = self._page(
                _POSTINGS, blocks, ranges, limit - len(page), sorted(set(postings.metals))
            )
            page += rows
            more = onward or (len(page) == limit and month != months[-1])
            if more:
                return page, format_key(page[-1][3], *_POSTINGS.key(page[-1]))
        return page, ""

    def list_posted_regions(self) -> list[tuple[str, str]]:
        """Return (site, region key) of every site and each region that its postings are in, in order."""
        return [(site, region) for site, region in self._rows(SQL["list_posted_regions"], ())]

    def _months(self, account: str, since: str, postings: PostingFilter) -> list[str]:
        params = {"account": account, "low": since, "high": postings.until_month}
        return [row[0] for row in self._rows(SQL["posting_months"], params)]

    def scan_postings(self, events: Collection[int], accounts: Collection[str] = ()) -> list[Posting]:
        """Return all postings about these events, by event, cause, number.

        Without accounts, those of all.
        """
        if not accounts:
            return [decode_posting(row) for row in self._find("scan_postings", sorted(events))]
        wanted = pad(sorted(accounts))
        postings_list: list[Posting] = []
        for chunk in chunks(sorted(events)):
            statement = fill_lists(SQL["scan_postings_of_accounts"], len(chunk), len(wanted))
            postings_list += map(decode_posting, self._rows(statement, (*chunk, *wanted)))
        return postings_list

    def scan_tallies(
        self, after: TallyKey | None = None, limit: int = 1000
    ) -> list[tuple[TallyKey, dict[str, int]]]:
        """Return tallies by key, columns that are 0 left out; rows all 0 are left out."""
        rows = self._rows(SQL["scan_tallies"], (*(after or ("",) * 4), limit))
        return [(TallyKey(*row[:4]), _columns(row[4:])) for row in rows]

    def scan_flows(self, after: FlowKey | None = None, limit: int = 1000) -> list[tuple[FlowKey, int]]:
        """Return flows by key; rows of 0 are left out."""
        rows = self._rows(SQL["scan_flows"], (*(after or ("",) * 8), limit))
        return [(FlowKey(*row[:8]), row[8]) for row in rows]

    # --- documents and logs ---------------------------------------------------------------------------------------

    def find_documents(self, kind: str, ids: Collection[str]) -> dict[str, Document]:
        """Return documents by id; unknown ids are left out."""
        return {row[1]: _decode_document(row) for row in self._find("find_documents", ids, kind)}

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[list[Document], str]:
        """Return a page of documents by id and the id to continue after or ''.

        With a group, only those of the group.
        """
        if group is None:
            rows = self._rows(SQL["list_documents"], (kind, after, limit + 1))
        else:
            rows = self._rows(SQL["list_documents_of_group"], (kind, group, after, limit + 1))
        documents = [_decode_document(row) for row in rows[:limit]]
        return documents, documents[-1].id if len(rows) > limit else ""

    def find_row_sums(self) -> RowSums:
        """Return the sums of documents, versions and log entries that the writes kept."""
        return {
            RowSumKey(part, kind): RowSum(*sums) for part, kind, *sums in self._rows(SQL["find_row_sums"])
        }

    def add_up_rows(self) -> RowSums:
        """Return the same sums of what is stored: reads every document, version and entry."""
        return add_up(self._sum_rows())

    def _sum_rows(self) -> Iterator[tuple[RowSumKey, RowSum]]:
        for part, block in _SUMMED.items():
            try:
                for row in self._execute(SQL[block]):
                    yield RowSumKey(part, row[0]), sum_of(row)
            except sqlite3.Error as error:
                raise translate_error(error, self._path) from error

    def list_versions(self, kind: str, doc_id: str) -> list[Document]:
        """Return every version of a master-data document, oldest first.

        Kinds not kept in versions have the one there is.
        """
        if kind not in VERSIONED:
            return list(self.find_documents(kind, [doc_id]).values())
        return [_decode_document(row) for row in self._rows(SQL["list_versions"], (kind, doc_id))]

    def list_log(
        self, kind: str, after: int = 0, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return the entries of a log after a number, oldest first, or before it, newest first."""
        query = "list_log_back" if newest_first else "list_log"
        after = after or (LAST_NUMBER if newest_first else 0)
        rows = self._rows(SQL[query], (kind, after, limit))
        return [LogEntry(kind, number, load_json(body)) for kind, number, body in rows]


def _lot_params(lots: LotFilter) -> Params:
    return {
        "to": lots.to, "site": lots.site, "form": lots.form, "metal": lots.metal, "material": lots.material,
        "status": lots.status, "low": lots.region, "high": lots.region + _BEYOND,
    }  # fmt: skip


def _stock_blocks(lots: LotFilter) -> tuple[str, ...]:
    return _wanted(
        ("stock_of_site", lots.site),
        ("stock_of_region", lots.region),
        ("stock_of_status", lots.status),
        ("stock_of_form", lots.form),
        ("stock_of_metal", lots.metal),
        ("stock_of_material", lots.material),
    )


def _check_parts(by: Sequence[str], parts: tuple[tuple[str, str], ...]) -> frozenset[str]:
    selected = frozenset(by)
    assert selected <= {part for part, _ in parts}, f"cannot group by {sorted(selected)}"
    return selected


def _columns(values: Sequence[int]) -> dict[str, int]:
    return {column: value for column, value in zip(COLUMNS, values, strict=True) if value}


def _decode_document(row: Row) -> Document:
    kind, doc_id, version, group, body = row
    return Document(kind, doc_id, version, group, load_json(body))
