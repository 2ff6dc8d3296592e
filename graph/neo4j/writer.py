"""How is a write stored: everything that changed goes to the server as rows, in one query."""

from collections.abc import Collection, Iterable
from typing import Any, Protocol

from graph.neo4j.queries import join
from graph.neo4j.reader import Neo4jReader, Params, View, decode_document
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
    reset_event,
)
from graph.store import DERIVED_VERSION, VERSIONED, Body, Document, Head
from traceability.domain.changes import INPUT, OBSERVED, OUTPUT, Changes, Edge
from traceability.domain.errors import WriteConflict
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting, tally

_EDGES = {INPUT: "inputs", OUTPUT: "outputs", OBSERVED: "observed"}
_STOCK = ("site", "region", "status", "form", "metal", "material")
_AT_ONCE = 500

_DOCUMENT = ("kind", "id", "version", "list", "body")

DocumentRow = tuple[Any, ...]
StockKey = tuple[str, ...]
StockOf = tuple[StockKey, int]


class WriteView(View, Protocol):
    """Where a writer's queries run."""

    def clear_derived(self) -> None:
        """Delete lots, edges, claims and the ledger, however many there are."""


class Neo4jWriter(Neo4jReader):
    """The one writer, inside its transaction; what it reads includes what it has written.

    It holds the lock, so what it has read stays true: the book's head, where the lots that it read stand, and documents.
    """

    def __init__(self, view: WriteView, head: Head) -> None:
        super().__init__(view)
        self._view: WriteView = view
        self._head = head
        self._stock: dict[str, StockOf] = {}
        self._applied = False
        self._documents: dict[tuple[str, str], DocumentRow | None] = {}
        self._put: dict[tuple[str, str], DocumentRow] = {}
        self._versions: list[DocumentRow] = []

    def last(self) -> Head:
        """The newest event's seq and chain."""
        return self._head

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Lots by id; unknown ids are left out."""
        found = {}
        for (properties,) in self._find("find_lots", ids):
            held = LotRow._make(map(properties.get, LOT_COLUMNS))
            self._stock[held.id] = _stock_of(held)
            found[held.id] = decode_lot(held)
        return found

    # --- events and what follows from them ------------------------------------------------------------------------

    def apply(self, changes: Changes) -> None:
        """Store everything of the changes; tallies and flows follow from the postings."""
        params: Params = {}
        blocks: list[str] = []

        def add(block: str, **rows: Any) -> None:
            if any(rows.values()):
                blocks.append(block)
                params.update(rows)

        if changes.events:
            newest = changes.events[-1]
            add("put_events", events=[encode_event(event)._asdict() for event in changes.events])
            add("put_head", seq=newest.seq, chain=newest.chain)
            self._head = Head(newest.seq, newest.chain)
        revised = [encode_event(event) for event in changes.revised.values()]
        add("revise_events", revised=[_revision(row) for row in revised])
        add("delete_edges", redone=list(changes.revised))
        self._add_lots(add, changes)
        for role, name in _EDGES.items():
            add("put_" + name, **{name: [_edge(edge) for edge in changes.edges if edge.role == role]})
        add("put_claims", claims=[claim._asdict() for claim in changes.claims.values() if claim])
        add("delete_claims", freed=[key for key, claim in changes.claims.items() if claim is None])
        self._add_ledger(add, changes.postings)
        self._applied = True
        if blocks:
            self._view.ask(join(*blocks), params)

    def _add_lots(self, add: Any, changes: Changes) -> None:
        """Lots, where they are held, and what they change in the stock of their sites."""
        rows = [encode_lot(lot) for lot in changes.lots.values()]
        # A lot made by an event that is new cannot be there yet; a rebuild makes lots of old events.
        recent = {event.seq for event in changes.events}
        self._learn_stock(row.id for row in rows if row.made_seq not in recent)
        made: list[LotRow] = []
        moved: list[LotRow] = []
        kept: list[LotRow] = []
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
        places = {(row.site, row.region) for row in (*made, *moved)}
        places |= {(event.draft.site, event.frozen.region) for event in _events_of(changes)}
        add("put_sites", sites=[{"site": site, "region": region} for site, region in sorted(places)])
        add("put_new_lots", made=[row._asdict() for row in made])
        add("put_lots", lots=[row._asdict() for row in kept])
        add("move_lots", moved=[{"id": row.id, "site": row.site} for row in moved])
        stock = [
            dict(zip(_STOCK, key, strict=True), lots=lots, remaining_g=remaining_g)
            for key, (lots, remaining_g) in deltas.items()
            if lots or remaining_g
        ]
        add("put_stock", stock=stock)

    def _learn_stock(self, ids: Iterable[str]) -> None:
        unknown = [lot_id for lot_id in ids if lot_id not in self._stock]
        for lot_id, *key, remaining_g in self._find("find_stock_of_lots", unknown):
            self._stock[lot_id] = (tuple(key), remaining_g)

    @staticmethod
    def _add_ledger(add: Any, postings: list[Posting]) -> None:
        if not postings:
            return
        rows = (encode_posting(posting) for posting in postings)
        add("put_postings", postings=[dict(zip(POSTING_COLUMNS, row, strict=True)) for row in rows])
        tallies, flows = tally(postings)
        add("put_tallies", tallies=[{**key._asdict(), "sums": sums} for key, sums in tallies.items()])
        add("put_flows", flows=[{**key._asdict(), "grams": grams} for key, grams in flows.items()])

    def clear_derived(self) -> None:
        """Remove lots, edges, claims, postings, tallies and flows and set every event to its first version.

        A large book is cleared in many transactions, as one could not hold it: an exception does not bring it back,
        but the store then says that its derived state must be rebuilt.
        """
        assert not self._applied, (
            "what this write has stored would wait for the clearing, and that for this write"
        )
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
        """Documents by id; unknown ids are left out."""
        unknown = [doc_id for doc_id in ids if (kind, doc_id) not in self._documents]
        self._documents |= dict.fromkeys((kind, doc_id) for doc_id in unknown)
        for row in self._find("find_documents", unknown, kind=kind):
            self._documents[kind, row[1]] = tuple(row)
        rows = ((doc_id, self._documents[kind, doc_id]) for doc_id in ids)
        return {doc_id: decode_document(row) for doc_id, row in rows if row is not None}

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[list[Document], str]:
        """(documents of a kind by id, only those of this group if given; the id to continue after or '')."""
        self.flush()
        return super().list_documents(kind, group, after, limit)

    def list_versions(self, kind: str, doc_id: str) -> list[Document]:
        """Every version of a master-data document, oldest first (kinds not kept in versions: the one there is)."""
        self.flush()
        return super().list_versions(kind, doc_id)

    def put_document(
        self, kind: str, doc_id: str, body: Body, expected_version: int | None = None, group: str = ""
    ) -> Document:
        """Store the next version. Raises WriteConflict when ``expected_version`` (0: must be new) is not the last."""
        held = self.find_documents(kind, [doc_id]).get(doc_id)
        last = held.version if held else 0
        if expected_version is not None and expected_version != last:
            raise WriteConflict("document.changed", kind=kind, id=doc_id, version=last)
        row = (kind, doc_id, last + 1, group, dump_json(body))
        self._documents[kind, doc_id] = self._put[kind, doc_id] = row
        if kind in VERSIONED:
            self._versions.append(row)
        return Document(kind, doc_id, last + 1, group, body)

    def flush(self) -> None:
        """Send the documents that wait: hundreds of a batch go in one query."""
        documents = [dict(zip(_DOCUMENT, row, strict=True)) for row in self._put.values()]
        versions = [dict(zip(_DOCUMENT, row, strict=True)) for row in self._versions]
        blocks = [name for name, rows in (("put_documents", documents), ("put_versions", versions)) if rows]
        if blocks:
            self._view.ask(join(*blocks), {"documents": documents, "versions": versions})
        self._put, self._versions = {}, []

    def erase_document(self, kind: str, doc_id: str) -> None:
        """Remove a document and all its versions; unknown ones are fine."""
        self.flush()
        self._documents[kind, doc_id] = None
        self._ask("erase_document", kind=kind, id=doc_id)
        self._ask("erase_versions", kind=kind, id=doc_id)

    def append_log(self, kind: str, body: Body) -> int:
        """Append an entry and return its number."""
        rows = self._ask("last_number", kind=kind)
        number: int = rows[0][0] + 1 if rows else 1
        self._ask("append_log", kind=kind, number=number, body=dump_json(body))
        return number


def _stock_of(row: LotRow) -> StockOf:
    return (row.site, row.region, row.status, row.form, row.metal, row.material), row.remaining_g


def _count(deltas: dict[StockKey, list[int]], stock: StockOf, sign: int) -> None:
    key, remaining_g = stock
    sums = deltas.setdefault(key, [0, 0])
    sums[0] += sign
    sums[1] += sign * remaining_g


def _events_of(changes: Changes) -> list[Event]:
    return [*changes.events, *changes.revised.values()]


def _revision(row: EventRow) -> Params:
    """What a revision may change; the server keeps the first frozen parameters by itself."""
    held = row._asdict()
    return {"seq": row.seq, "changes": {name: held[name] for name in REVISED_COLUMNS if name != "first"}}


def _reset(row: EventRow) -> Params:
    held = reset_event(row)._asdict()
    return {"seq": row.seq, "changes": {name: held[name] for name in REVISED_COLUMNS}}


def _edge(edge: Edge) -> Params:
    return edge._asdict()
