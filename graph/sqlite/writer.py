"""Store a write: rows of everything that changed, each table in one pass, sums added to tallies."""

import sqlite3
from collections.abc import Collection, Iterable
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from graph.records import (
    LOT_COLUMNS,
    EventRow,
    LotRow,
    as_lot_row,
    decode_lot,
    dump_json,
    encode_event,
    encode_lot,
    encode_posting,
    regions_of,
    reset_event,
)
from graph.row_sums import DOCUMENTS, LOG, VERSIONS, RowSum, RowSumKey, add_up, sum_of
from graph.sqlite.queries import SQL
from graph.sqlite.reader import Row, SqliteReader
from graph.store import DERIVED_VERSION, VERSIONED, Body, Document, Head
from traceability.domain.claims import Claim
from traceability.domain.decision import Changes
from traceability.domain.errors import WriteConflict
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting, tally
from traceability.domain.vocabulary import COLUMNS

_DERIVED = ("lots", "stock", "edges", "claims", "postings", "posting_sites", "tallies", "flows")
_RESET_AT_ONCE = 500
_COLUMN_AT = {column: number for number, column in enumerate(COLUMNS)}


class _Standing(NamedTuple):
    """A stored lot's columns that the stock and the indexes follow."""

    site: str
    region: str
    status: str
    form: str
    metal: str
    material: str
    remaining_g: int
    destination: str
    made_ms: int


_STANDING_COLUMNS = itemgetter(*map(LOT_COLUMNS.index, _Standing._fields))


def _standing_of(row: Row | LotRow) -> _Standing:
    return tuple.__new__(_Standing, _STANDING_COLUMNS(row))


class SqliteWriter(SqliteReader):
    """The single writer, inside its transaction; what it reads includes what it has written.

    No other writer runs, so what it has read of lots stays true until it writes them: a capture has
    read all that it changes.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self._many = connection.executemany
        self._standings: dict[str, _Standing | None] = {}  # lots that were read, None: not in the store
        self._read: dict[str, tuple[LotRow, Lot]] = {}  # the same, until they are written
        self._newest_ms: int | None = None  # the newest time of recording, once it was read

    def find_head(self) -> Head:
        """Return the newest event's seq and chain, and the newest time of recording."""
        head = super().find_head()
        self._newest_ms = head.record_ms
        return head

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Return lots by id; unknown ids are left out."""
        standings, read = self._standings, self._read
        standings.update(dict.fromkeys(ids))
        lots = {}
        for row in self._find("find_lots", ids):
            lot = decode_lot(row)
            standings[lot.id] = _standing_of(row)
            read[lot.id] = (as_lot_row(row), lot)
            lots[lot.id] = lot
        return lots

    def apply(self, changes: Changes) -> None:
        """Store all of the changes; tallies and flows follow from the postings."""
        if changes.events:
            self._keep_newest(changes.events)
            self._many(SQL["put_events"], [encode_event(event) for event in changes.events])
        if changes.revised:
            revised = [encode_event(event)._asdict() for event in changes.revised.values()]
            self._many(SQL["revise_events"], revised)
            self._many(SQL["delete_edges"], [(seq,) for seq in changes.revised])
        if changes.lots:
            self._put_lots([encode_lot(lot, self._read.pop(lot.id, None)) for lot in changes.lots.values()])
        if changes.edges:
            self._many(SQL["put_edges"], changes.edges)
        if changes.claims:
            self._put_claims(changes.claims.items())
        if changes.postings:
            self._put_postings(changes.postings)

    def _keep_newest(self, events: list[Event]) -> None:
        """Keep the newest time of recording where it is not that of the last event: in older logs."""
        stored_ms = self.find_head().record_ms if self._newest_ms is None else self._newest_ms
        self._newest_ms = max(stored_ms, *(event.record_ms for event in events))
        if self._newest_ms > events[-1].record_ms:
            self._execute(SQL["put_meta"], ("newest_record_ms", self._newest_ms))

    def _put_lots(self, rows: list[LotRow]) -> None:
        """Store lots, and what they change in the stock of their sites."""
        standings = self._standings
        unread = [row.id for row in rows if row.id not in standings]
        standings.update(dict.fromkeys(unread))
        standings.update(
            (lot, tuple.__new__(_Standing, key)) for lot, *key in self._find("find_held", unread)
        )
        deltas: dict[Row, list[int]] = {}
        new: list[LotRow] = []
        moved: list[LotRow] = []
        same: list[LotRow] = []
        for row in rows:
            was, now = standings[row.id], _standing_of(row)
            standings[row.id] = now
            if was is None:
                new.append(row)
                _add_stock(deltas, now, 1, now.remaining_g)
            elif was[:6] == now[:6]:
                (same if was[-2:] == now[-2:] else moved).append(row)
                if was.remaining_g != now.remaining_g:
                    _add_stock(deltas, now, 0, now.remaining_g - was.remaining_g)
            else:
                stays = (was.site, was.status, was[-2:]) == (now.site, now.status, now[-2:])
                (same if stays else moved).append(row)
                _add_stock(deltas, was, -1, -was.remaining_g)
                _add_stock(deltas, now, 1, now.remaining_g)
        if new:
            self._many(SQL["insert_lots"], new)
        if moved:
            self._many(SQL["move_lots"], moved)
        if same:
            self._many(SQL["update_lots"], same)
        self._many(SQL["put_stock"], [(*key, *sums) for key, sums in deltas.items() if any(sums)])

    def _put_claims(self, claims: Iterable[tuple[str, Claim | None]]) -> None:
        freed, put = [], []
        for key, claim in claims:
            if claim is None:
                freed.append((key,))
            else:
                put.append(claim)
        if freed:
            self._many(SQL["delete_claims"], freed)
        if put:
            self._many(SQL["put_claims"], put)

    def _put_postings(self, postings: list[Posting]) -> None:
        self._many(SQL["put_postings"], [encode_posting(posting) for posting in postings])
        self._many(SQL["put_posting_sites"], regions_of(postings))
        tallies, flows = tally(postings)
        rows = []
        for key, sums in tallies.items():
            values = [0] * len(COLUMNS)
            for column, grams in sums.items():
                values[_COLUMN_AT[column]] = grams
            rows.append((*key, *values))
        self._many(SQL["put_tallies"], rows)
        if flows:
            self._many(SQL["put_flows"], [(*flow, grams) for flow, grams in flows.items()])

    def put_document(
        self, kind: str, doc_id: str, body: Body, expected_version: int | None = None, group: str = ""
    ) -> Document:
        """Store the next version. Raises WriteConflict when ``expected_version`` (0: must be new) is not the last."""
        stored = next(self._find("find_documents", [doc_id], kind), None)
        last: int = stored[2] if stored else 0
        if expected_version is not None and expected_version != last:
            raise WriteConflict("document.changed", kind=kind, id=doc_id, version=last)
        row = (kind, doc_id, last + 1, group, dump_json(body))
        self._execute(SQL["put_document"], row)
        lost = [sum_of(stored, -1)] if stored else []
        self._keep_sum(DOCUMENTS, kind, [*lost, sum_of(row)])
        if kind in VERSIONED:
            self._execute(SQL["put_version"], row)
            self._keep_sum(VERSIONS, kind, [sum_of(row)])
        return Document(kind, doc_id, last + 1, group, body)

    def erase_document(self, kind: str, doc_id: str) -> None:
        """Remove a document and all its versions; unknown ones are ignored."""
        stored = list(self._find("find_documents", [doc_id], kind))
        versions = self._rows(SQL["list_versions"], (kind, doc_id))
        self._keep_sum(DOCUMENTS, kind, [sum_of(row, -1) for row in stored])
        self._keep_sum(VERSIONS, kind, [sum_of(row, -1) for row in versions])
        self._execute(SQL["erase_document"], (kind, doc_id))
        self._execute(SQL["erase_versions"], (kind, doc_id))

    def append_log(self, kind: str, body: Body) -> int:
        """Append an entry and return its number."""
        row = self._execute(SQL["last_number"], (kind,)).fetchone()
        number: int = row[0] + 1 if row else 1
        entry = (kind, number, dump_json(body))
        self._execute(SQL["append_log"], entry)
        self._keep_sum(LOG, kind, [sum_of(entry)])
        return number

    def _keep_sum(self, part: str, kind: str, rows: list[RowSum]) -> None:
        key = RowSumKey(part, kind)
        for total in add_up((key, row) for row in rows).values():
            self._execute(SQL["add_row_sum"], (*key, *total))

    def clear_derived(self) -> None:
        """Remove lots, edges, claims, postings, tallies and flows and set every event to its first version."""
        self._standings.clear()
        self._read.clear()
        for table in _DERIVED:
            self._execute(SQL[f"clear_{table}"])
        after = 0
        while rows := self._execute(SQL["list_revised"], (after, _RESET_AT_ONCE)).fetchall():
            self._many(SQL["reset_events"], [reset_event(EventRow._make(row))._asdict() for row in rows])
            after = rows[-1][0]
        self._execute(SQL["put_meta"], ("derived_version", DERIVED_VERSION))


def _add_stock(deltas: dict[Row, list[int]], standing: _Standing, lots: int, grams: int) -> None:
    sums = deltas.setdefault(standing[:6], [0, 0])
    sums[0] += lots
    sums[1] += grams
