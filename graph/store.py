"""Define what the system asks of a database: one store, two engines that behave alike.

The graph: ``(:Lot)-[INPUT_TO]->(:Event)-[OUTPUT]->(:Lot)`` and ``(:Event)-[OBSERVED]->(:Lot)``; edges run with time.
Beside it the ledger (postings, tallies, flows), claims, JSON documents and append-only logs. No engine-specific type
leaves an adapter; no arithmetic happens in a query beyond ``+`` and ``sum``.

One writer at a time, one total order: ``write`` runs its work alone, every event gets the next ``seq``. A write
commits everything or nothing and survives ``kill -9`` once it has returned.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from graph.records import EventRow, LotRow
from graph.residue_sums import ResidueSum
from graph.row_sums import RowSums
from traceability.domain.claims import Claim
from traceability.domain.decision import Changes, Edge
from traceability.domain.event import Event, Order
from traceability.domain.lot import Lot
from traceability.domain.posting import FlowKey, Posting, TallyKey

T = TypeVar("T")

Body = dict[str, Any]
"""A JSON object: text, integers, booleans, null, lists and objects of them."""

Direction = Literal["back", "forward"]

SCHEMA_VERSION = 8  # tables and indexes; a store of a newer version refuses to open
DERIVED_VERSION = 7  # meaning of lots, edges, postings, tallies; a change rebuilds them from the events


class Head(NamedTuple):
    """The book's newest event: its seq (0: empty book) and the hash chain up to it.

    ``record_ms`` is the newest time of recording of all events, whatever their order.
    """

    seq: int
    chain: str
    record_ms: int = 0


class Document(NamedTuple):
    """Non-graph state: a person, party, site, target, job … ``group`` is the text it is listed by."""

    kind: str
    id: str
    version: int
    group: str
    body: Body


LAST_NUMBER = 2**62  # beyond the numbers of any log


class LogEntry(NamedTuple):
    """An entry of an append-only log: sign-ins, audit …"""

    kind: str
    number: int
    body: Body


@dataclass(frozen=True, slots=True)
class LotFilter:
    """Conditions on lots. ``region`` is a prefix of the holder's region code (43, 4306, 430681); ''
    leaves a condition out.
    """

    site: str = ""
    region: str = ""
    status: str = ""
    form: str = ""
    metal: str = ""
    material: str = ""
    to: str = ""  # destination of lots in transit


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on events in book order.

    ``region`` is a prefix; times are event times in ms, the end exclusive. With ``unconfirmed_at``
    only events of these sites with warnings that nobody confirmed, and no other condition counts.
    """

    site: str = ""
    region: str = ""
    kinds: tuple[str, ...] = ()
    from_ms: int | None = None
    until_ms: int | None = None
    live_only: bool = True
    unconfirmed_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TallyFilter:
    """Conditions on tallies: place keys, metals (empty: all), months both inclusive.

    ``by_event_month`` selects months by event time instead of months of the book. ``booked_after``
    leaves out what was booked in this month or before, '' nothing.
    """

    places: tuple[str, ...]
    metals: tuple[str, ...] = ()
    from_month: str = ""
    until_month: str = "9999-12"
    by_event_month: bool = False
    booked_after: str = ""


@dataclass(frozen=True, slots=True)
class PostingFilter:
    """Conditions on postings.

    They are of one event (by seq), or of accounts (empty: all but turnover, of which seals know nothing) in months of
    the book at a site or region prefix; turnover at a site alone.
    """

    event: int = 0
    accounts: tuple[str, ...] = ()
    region: str = ""
    site: str = ""
    metals: tuple[str, ...] = ()
    from_month: str = ""
    until_month: str = "9999-12"


class TallySum(NamedTuple):
    """Sums of tallies; key parts left out of ``by`` are ''."""

    place: str
    metal: str
    month: str
    sums: dict[str, int]


class FlowSum(NamedTuple):
    """Sums of flows; key parts left out of ``by`` are ''."""

    place: str
    metal: str
    month: str
    account: str
    source_class: str
    origin: str
    detail: str
    grams: int


class StockSum(NamedTuple):
    """Number and remaining mass in grams of lots; key parts left out of ``by`` are ''."""

    site: str
    metal: str
    form: str
    material: str
    status: str
    lots: int
    remaining_g: int


class FoundRecords(NamedTuple):
    """The result of ``find_records``: events and lots by id, claims by key."""

    events: dict[str, Event]
    lots: dict[str, Lot]
    claims: dict[str, Claim]


class EngineFault(NamedTuple):
    """What an engine finds wrong with a table or index of its own; '' where it cannot name one."""

    table: str
    words: str


class Reader(Protocol):
    """One consistent view of the store, for reading."""

    @property
    def book(self) -> str:
        """Name the book: every reader of it in this process gives the same name."""

    def find_head(self) -> Head:
        """Return the newest event's seq and chain, and the newest time of recording."""

    def find_events(self, ids: Collection[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""

    def find_events_by_seq(self, seqs: Collection[int]) -> dict[int, Event]:
        """Return events by seq; unknown ones are left out."""

    def find_lots(self, ids: Collection[str]) -> dict[str, Lot]:
        """Return lots by id; unknown ids are left out."""

    def find_claims(self, keys: Collection[str]) -> dict[str, Claim]:
        """Return claims by key; unclaimed keys are left out."""

    def find_records(
        self, events: Collection[str], lots: Collection[str], claims: Collection[str]
    ) -> FoundRecords:
        """Return what ``find_events``, ``find_lots`` and ``find_claims`` find, in one query."""

    def list_touches(self, lots: Collection[str], since: Order | None = None) -> list[Edge]:
        """Return all edges of the lots at or after ``since``, in book order (then role, number)."""

    def list_edges(self, events: Collection[int]) -> list[Edge]:
        """Return all edges of the events, by event, role, number."""

    def list_step_edges(self, lots: Collection[str], direction: Direction) -> list[Edge]:
        """Return one hop along INPUT_TO and OUTPUT.

        These are all input and output edges of the live events that made (back) or took (forward)
        the lots.
        """

    def trace_lots(self, lots: Collection[str], direction: Direction) -> Iterator[str]:
        """Yield every lot ever connected to these, each once, the given ones left out."""

    def list_lots(self, lots: LotFilter, after: str = "", limit: int = 100) -> tuple[list[Lot], str]:
        """Return a page of lots and the key to continue after or ''.

        Newest first: by the event that made them, then id, descending.
        """

    def list_events(
        self, events: EventFilter, after: str = "", limit: int = 100, *, newest_first: bool = False
    ) -> tuple[list[Event], str]:
        """Return a page of events, in book order or its reverse, and the key to continue after."""

    def find_first_orders(self, sites: Collection[str]) -> dict[str, Order]:
        """Return the book order of each site's first live event.

        Seals, declarations and corrections do not count.
        """

    def list_claims(self, prefix: str, after: str = "", limit: int = 1000) -> list[Claim]:
        """Return the claims whose key begins with the prefix, by key."""

    def list_claims_under(self, prefixes: Collection[str], limit: int = 100) -> list[Claim]:
        """Return of each prefix so many claims at most whose key begins with it, each claim once, by key."""

    def list_claims_by_group(self, part: str, limit: int = 100) -> list[Claim]:
        """Return the claims of codes whose second or third group of four begins with the part, by key; any of very many."""

    def sum_stock(self, lots: LotFilter, by: Sequence[str] = ()) -> list[StockSum]:
        """Return number and remaining mass of lots that are not void.

        Grouped by any of site, metal, form, material, status.
        """

    def sum_residues(self, sites: Collection[str], before_ms: int) -> list[ResidueSum]:
        """Return the available residue of sites by site, region, waste code and material, in this order.

        ``earlier_g`` adds up the lots that were last moved before ``before_ms``.
        """

    def sum_tallies(
        self, tallies: TallyFilter, by: Sequence[str] = ("place", "metal", "month")
    ) -> list[TallySum]:
        """Return sums of all columns grouped by any of place, metal, month.

        Columns that are 0 may be left out.
        """

    def sum_flows(
        self,
        flows: TallyFilter,
        accounts: Collection[str],
        by: Sequence[str] = ("place", "account", "origin"),
    ) -> list[FlowSum]:
        """Return sums of flows (of provinces; turnover of sites) grouped by any of the key parts of FlowSum."""

    def list_postings(
        self, postings: PostingFilter, after: str = "", limit: int = 100
    ) -> tuple[list[tuple[Posting, str]], str]:
        """Return a page of postings, each with its event's id, and the key to continue after or ''.

        The order is book month, region, event, cause, number; of one event cause, number.
        """

    def list_posted_regions(self) -> list[tuple[str, str]]:
        """Return (site, region key) of every site and each region that its postings are in, in order.

        A site without postings may stand there with the region of its events.
        """

    def scan_events(
        self, after_seq: int = 0, limit: int = 1000, upto_seq: int | None = None
    ) -> list[EventRow]:
        """Return the rows of events in seq order."""

    def scan_lots(self, after: str = "", limit: int = 1000) -> list[LotRow]:
        """Return the rows of lots by id."""

    def scan_tallies(
        self, after: TallyKey | None = None, limit: int = 1000
    ) -> list[tuple[TallyKey, dict[str, int]]]:
        """Return tallies by key, columns that are 0 left out; rows all 0 are left out."""

    def scan_flows(self, after: FlowKey | None = None, limit: int = 1000) -> list[tuple[FlowKey, int]]:
        """Return flows by key; rows of 0 are left out."""

    def scan_postings(self, events: Collection[int], accounts: Collection[str] = ()) -> list[Posting]:
        """Return all postings about these events, by event, cause, number.

        Without accounts, those of all.
        """

    def find_documents(self, kind: str, ids: Collection[str]) -> dict[str, Document]:
        """Return documents by id; unknown ids are left out."""

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 1000
    ) -> tuple[list[Document], str]:
        """Return a page of documents by id and the id to continue after or ''.

        With a group, only those of the group.
        """

    def list_versions(self, kind: str, doc_id: str) -> list[Document]:
        """Return every version of a master-data document, oldest first.

        Kinds not kept in versions have the one there is.
        """

    def list_log(
        self, kind: str, after: int = 0, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return the entries of a log after a number, oldest first.

        Newest first, those before the number; from the newest on where it is 0.
        """

    def find_row_sums(self) -> RowSums:
        """Return the sums of documents, versions and log entries that the writes kept."""

    def add_up_rows(self) -> RowSums:
        """Return the same sums of what is stored: reads every document, version and entry."""


class Writer(Reader, Protocol):
    """The single writer; what it reads includes what it has written."""

    def apply(self, changes: Changes) -> None:
        """Store all of the changes; tallies and flows follow from the postings."""

    def put_document(
        self, kind: str, doc_id: str, body: Body, expected_version: int | None = None, group: str = ""
    ) -> Document:
        """Store the next version. Raises WriteConflict when ``expected_version`` (0: must be new) is not the last.

        Kinds in VERSIONED keep every version, others only the last.
        """

    def erase_document(self, kind: str, doc_id: str) -> None:
        """Remove a document and all its versions; unknown ones are ignored."""

    def append_log(self, kind: str, body: Body) -> int:
        """Append an entry and return its number."""

    def clear_derived(self) -> None:
        """Remove lots, edges, claims, postings, tallies and flows and set every event to its first
        version.

        A rebuild follows in the same write or the next ones (see ``services.upkeep.rebuild``).
        """


VERSIONED = frozenset({"site", "material", "target", "region", "setting", "factors"})
"""Kinds of documents that keep every version (master data)."""


class Store(Protocol):
    """A graph database opened for use; safe to use from several threads and processes at once."""

    url: str

    def read(self) -> AbstractContextManager[Reader]:
        """Open one consistent view for as long as the block lasts."""

    def write(self, work: Callable[[Writer], T]) -> T:
        """Run ``work`` as the single writer, commit, and return its result.

        ``work`` may run again, and must have no effects but its writes. An exception stores
        nothing. Raises StoreUnavailable, StoreFull; and StoreUnsafe, where the changes are stored
        all the same.
        """

    def migrate(self) -> bool:
        """Create or upgrade tables, indexes and constraints; return whether the derived state must
        be rebuilt.

        It must where it is of an older DERIVED_VERSION (``clear_derived`` stores the present one).
        Raises StoreVersion for a newer store, StoreForeign where something else is stored there:
        it is not touched.
        """

    def inspect(self) -> list[EngineFault]:
        """Return what the engine itself finds wrong, and rows that belong to no event: reads everything.

        Safe in a thread of its own, beside readers and writers.
        """

    def hold_vacant(self) -> AbstractContextManager[None]:
        """Keep the place of a book that a restore brings back until the block ends.

        Raises WriteConflict where a file of a book, or another process that has it open, is there.
        """

    def backup(self, path: Path) -> None:
        """Copy everything but blobs at one seq while the store is in use, to be given to
        ``restore``.
        """

    def close(self) -> None:
        """Release connections; the store may be used again afterwards."""
