"""Store a write: everything that changed goes to the server as rows, in one query."""

from collections.abc import Collection, Iterable
from typing import Protocol

from graph.neo4j.queries import join
from graph.neo4j.reader import DocumentRow, Documents, Neo4jReader, Params, QueryContext, Row
from graph.records import (
    EVENT_COLUMNS,
    LOT_COLUMNS,
    POSTING_COLUMNS,
    REVISED_COLUMNS,
    EventRow,
    LotRow,
    decode_lot,
    dump_json,
    encode_event,
    encode_lot,
    encode_posting,
    regions_of,
    reset_event,
)
from graph.row_sums import DOCUMENTS, LOG, VERSIONS, RowSum, RowSumKey, RowSums, add_up, sum_of
from graph.store import DERIVED_VERSION, VERSIONED, Body, Document, Head
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Changes, Edge
from traceability.domain.errors import WriteConflict
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting, tally

# One query for everything that a write may change, empty lists included: it is compiled once, each other shape anew.
APPLY = join(
    "put_events", "put_head", "revise_events", "delete_edges", "put_sites", "put_new_lots", "put_lots", "move_lots",
    "put_stock", "put_inputs", "put_outputs", "put_observed", "put_claims", "delete_claims", "put_postings",
    "put_tallies", "put_flows",
)  # fmt: skip

PUT_DOCUMENTS = join("put_documents", "put_versions", "add_row_sums")

_ROLES = {"inputs": INPUT, "outputs": OUTPUT, "observed": OBSERVED}
_STOCK = ("site", "region", "status", "form", "metal", "material")
_AT_ONCE = 500

_DOCUMENT = ("kind", "id", "version", "list", "body")

"""Rows by (kind, id); None: there is no such document."""

StockKey = tuple[str, ...]
StockOf = tuple[StockKey, int]


class WriteView(QueryContext, Protocol):
    """The context in which a writer's queries run."""

    def clear_derived(self) -> None:
        """Delete lots, edges, claims and the ledger, however many there are."""


class Neo4jWriter(Neo4jReader):
    """The single writer, inside its transaction; what it reads includes what it has written.

    It holds the lock, so what it has read stays true: the book's head, the stock rows of lots, and documents.
    """

    def __init__(self, view: WriteView, book: str, head: Head, documents: Documents | None = None) -> None:
        super().__init__(view, book)
        self._view: WriteView = view
        self._head = head
        self._stock: dict[str, StockOf] = {}
        self._applied = False
        self._is_held = True  # by the lock
        self._documents = documents or {}
        self.read_documents: dict[
            tuple[str, str], None
        ] = {}  # documents that were read, in the order of asking
        self._put: dict[tuple[str, str], DocumentRow] = {}
        self._versions: list[DocumentRow] = []
        self._sums: list[tuple[RowSumKey, RowSum]] = []

    def find_head(self) -> Head:
        """Return the newest event's seq and chain, and the newest time of recording."""
        return self._head

    def _keep_lots(self, rows: Iterable[Row]) -> dict[str, Lot]:
        lots = {}
        for (properties,) in rows:
            lot_row = LotRow._make(map(properties.get, LOT_COLUMNS))
            self._stock[lot_row.id] = _stock_of(lot_row)
            lots[lot_row.id] = decode_lot(lot_row)
        return lots

    # --- events and what follows from them ------------------------------------------------------------------------

    def apply(self, changes: Changes) -> None:
        """Store all of the changes; tallies and flows follow from the postings."""
        self._forget()
        if changes.events:
            newest = changes.events[-1]
            newest_ms = max(self._head.record_ms, *(event.record_ms for event in changes.events))
            self._head = Head(newest.seq, newest.chain, newest_ms)
        revised = [_revision(encode_event(event)) for event in changes.revised.values()]
        params: Params = {
            "events": [encode_event(event)._asdict() for event in changes.events],
            "head": [self._head._asdict()] if changes.events else [],
            "revised": revised,
            "redone": list(changes.revised),
            **self._lot_rows(changes),
            **{name: _edges(changes.edges, role) for name, role in _ROLES.items()},
            "claims": [claim._asdict() for claim in changes.claims.values() if claim],
            "freed": [key for key, claim in changes.claims.items() if claim is None],
            **_ledger_rows(changes.postings),
        }
        self._applied = True
        self._view.ask(APPLY, params)

    def _lot_rows(self, changes: Changes) -> Params:
        """Return the rows of lots, of their sites, and of what they change in the stock of these."""
        rows = [encode_lot(lot) for lot in changes.lots.values()]
        # A lot made by an event that is new cannot be there yet; a rebuild makes lots of old events.
        recent = {event.seq for event in changes.events}
        self._learn_stock(row.id for row in rows if row.made_seq not in recent)
        made: list[LotRow] = []
        kept: list[LotRow] = []
        moved: list[LotRow] = []
        deltas: dict[StockKey, list[int]] = {}
        for row in rows:
            was = self._stock.get(row.id)
            if was is None:
                made.append(row)
            else:
                kept.append(row)
                if was[0][0] != row.site:
                    moved.append(row)
                _count(deltas, was, -1)
            now = self._stock[row.id] = _stock_of(row)
            _count(deltas, now, 1)
        sites = {(row.site, row.region) for row in (*made, *moved)}
        for event in (*changes.events, *changes.revised.values()):
            sites.add((event.draft.site, event.frozen.region))
        sites |= regions_of(changes.postings)
        return {
            "sites": [{"site": site, "region": region} for site, region in sorted(sites)],
            "made": [row._asdict() for row in made],
            "lots": [row._asdict() for row in kept],
            "moved": [{"id": row.id, "site": row.site} for row in moved],
            "stock": [
                dict(zip(_STOCK, key, strict=True), lots=lots, remaining_g=remaining_g)
                for key, (lots, remaining_g) in deltas.items()
                if lots or remaining_g
            ],
        }

    def _learn_stock(self, ids: Iterable[str]) -> None:
        unknown = [lot_id for lot_id in ids if lot_id not in self._stock]
        for lot_id, *key, remaining_g in self._find("find_stock_of_lots", unknown):
            self._stock[lot_id] = (tuple(key), remaining_g)

    def clear_derived(self) -> None:
        """Remove lots, edges, claims, postings, tallies and flows and set every event to its first
        version.

        A large book is cleared in many transactions, as one could not hold it. An exception does
        not undo those that are committed, but the store then says that its derived state must be
        rebuilt.
        """
        assert not self._applied, "clearing in transactions of its own would wait for this write for ever"
        self._stock = {}
        self._view.clear_derived()
        self._ask("put_derived_version", derived_version=DERIVED_VERSION)
        after = 0
        while rows := self._ask("list_revised", after=after, limit=_AT_ONCE):
            resets = [_reset(EventRow._make(map(row[0].get, EVENT_COLUMNS))) for row in rows]
            self._ask("reset_events", rows=resets)
            after = resets[-1]["seq"]

    # --- documents and logs ---------------------------------------------------------------------------------------

    def find_documents(self, kind: str, ids: Collection[str]) -> dict[str, Document]:
        """Return documents by id; unknown ids are left out."""
        self.read_documents |= dict.fromkeys((kind, doc_id) for doc_id in ids)
        return super().find_documents(kind, ids)

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[list[Document], str]:
        """Return a page of a kind's documents by id, and the id to continue after or ''."""
        self.flush()
        return super().list_documents(kind, group, after, limit)

    def list_versions(self, kind: str, doc_id: str) -> list[Document]:
        """Return every version of a master-data document, oldest first."""
        self.flush()
        return super().list_versions(kind, doc_id)

    def put_document(
        self, kind: str, doc_id: str, body: Body, expected_version: int | None = None, group: str = ""
    ) -> Document:
        """Store the next version. Raises WriteConflict when ``expected_version`` (0: must be new) is not the last."""
        stored = self.find_documents(kind, [doc_id]).get(doc_id)
        last = stored.version if stored else 0
        if expected_version is not None and expected_version != last:
            raise WriteConflict("document.changed", kind=kind, id=doc_id, version=last)
        row = (kind, doc_id, last + 1, group, dump_json(body))
        was = self._documents[kind, doc_id]
        self._keep_sums(DOCUMENTS, kind, [sum_of(row), *([sum_of(was, -1)] if was else [])])
        self._documents[kind, doc_id] = self._put[kind, doc_id] = row
        if kind in VERSIONED:
            self._versions.append(row)
            self._keep_sums(VERSIONS, kind, [sum_of(row)])
        return Document(kind, doc_id, last + 1, group, body)

    def flush(self) -> None:
        """Send the documents that wait: hundreds of a batch go in one query."""
        if not self._put and not self._sums:
            return
        documents = [dict(zip(_DOCUMENT, row, strict=True)) for row in self._put.values()]
        versions = [dict(zip(_DOCUMENT, row, strict=True)) for row in self._versions]
        sums = [{**key._asdict(), **total._asdict()} for key, total in add_up(self._sums).items()]
        self._view.ask(PUT_DOCUMENTS, {"documents": documents, "versions": versions, "sums": sums})
        self._put, self._versions, self._sums = {}, [], []

    def _keep_sums(self, part: str, kind: str, rows: list[RowSum]) -> None:
        key = RowSumKey(part, kind)
        self._sums += [(key, row) for row in rows]

    def find_row_sums(self) -> RowSums:
        """Return the sums of documents, versions and log entries that the writes kept."""
        self.flush()
        return super().find_row_sums()

    def add_up_rows(self) -> RowSums:
        """Return the same sums of what is stored: reads every document, version and entry."""
        self.flush()
        return super().add_up_rows()

    def erase_document(self, kind: str, doc_id: str) -> None:
        """Remove a document and all its versions; unknown ones are ignored."""
        self.flush()
        for part, block in ((DOCUMENTS, "find_documents"), (VERSIONS, "list_versions")):
            rows = self._ask(block, kind=kind, id=doc_id, ids=[doc_id])
            self._keep_sums(part, kind, [sum_of(row, -1) for row in rows])
        self._documents[kind, doc_id] = None
        self._ask("erase_document", kind=kind, id=doc_id)
        self._ask("erase_versions", kind=kind, id=doc_id)

    def append_log(self, kind: str, body: Body) -> int:
        """Append an entry and return its number."""
        rows = self._ask("last_number", kind=kind)
        number: int = rows[0][0] + 1 if rows else 1
        text = dump_json(body)
        self._ask("append_log", kind=kind, number=number, body=text)
        self._keep_sums(LOG, kind, [sum_of((kind, number, text))])
        return number


def _stock_of(row: LotRow) -> StockOf:
    return (row.site, row.region, row.status, row.form, row.metal, row.material), row.remaining_g


def _count(deltas: dict[StockKey, list[int]], stock: StockOf, sign: int) -> None:
    key, remaining_g = stock
    sums = deltas.setdefault(key, [0, 0])
    sums[0] += sign
    sums[1] += sign * remaining_g


def _edges(edges: list[Edge], role: str) -> list[Params]:
    return [edge._asdict() for edge in edges if edge.role == role]


def _ledger_rows(postings: list[Posting]) -> Params:
    tallies, flows = tally(postings)
    rows = (encode_posting(posting) for posting in postings)
    return {
        "postings": [dict(zip(POSTING_COLUMNS, row, strict=True)) for row in rows],
        "tallies": [{**key._asdict(), "sums": sums} for key, sums in tallies.items()],
        "flows": [{**key._asdict(), "grams": grams} for key, grams in flows.items()],
    }


def _revision(row: EventRow) -> Params:
    """Return the columns that a revision may change.

    The server keeps the first frozen parameters by itself.
    """
    columns = row._asdict()
    return {"seq": row.seq, "changes": {name: columns[name] for name in REVISED_COLUMNS if name != "first"}}


def _reset(row: EventRow) -> Params:
    columns = reset_event(row)._asdict()
    return {"seq": row.seq, "changes": {name: columns[name] for name in REVISED_COLUMNS}}
