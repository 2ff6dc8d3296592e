"""List the postings behind a figure, with their events and the lots of those.

They are read as the book stood when the figure was made: postings are only ever added, so those of
a later cause are left out and a page or file stays the figure's own although others keep recording.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from graph.paging import read_pages
from graph.store import PostingFilter, Reader, Store
from traceability.domain.calendar import iso_time
from traceability.domain.errors import BadInput
from traceability.domain.event import Event
from traceability.domain.indicators import Amount, accounts_of, adds_to
from traceability.domain.place import code_of, province_of
from traceability.domain.posting import Posting
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TRANSPORT_ACCOUNTS
from traceability.services.reporting.scope import Whereabouts, find_whereabouts
from traceability.services.reporting.table import Table, Value

TABLE_PAGE = 1_000  # postings read at once for a file
POSTING_COLUMNS = (
    "event", "seq", "cause", "kind", "event_time", "site", "region", "account", "metal", "book_month", "event_month",
    "grams", "class", "origin", "material", "family", "waste_code", "channel", "via", "other_site",
)  # fmt: skip
TRANSPORT_COLUMNS = tuple("gram_kilometres" if name == "grams" else name for name in POSTING_COLUMNS)


@dataclass(frozen=True, slots=True)
class FigureInputs:
    """What a figure adds up: tally columns of places, metals (() all) and months, and declarations.

    ``seq`` is the book that it was read from; ``events`` are ids of declarations. ``pairs`` are the
    sites with metals whose postings count, where not all of the places and metals do.
    ``stock_month`` is that in which a stock is where its site is; '' of all else.
    """

    places: tuple[str, ...]
    metals: tuple[str, ...]
    columns: tuple[str, ...]
    first: str
    last: str
    by_event_month: bool = False
    seq: int = 0
    events: tuple[str, ...] = ()
    pairs: frozenset[tuple[str, str]] = frozenset()
    stock_month: str = ""

    def filters(
        self, whereabouts: Whereabouts, viewer: Viewer | None = None
    ) -> list[tuple[str, PostingFilter]]:
        """Return the same as filters of postings, each with the place that it is of.

        Those of a viewer are of sites in view alone, whatever the place: others' rows are never read.

        They may be wider than the figure (see ``holds``). By event month an event's rows stand in
        its month or a later month of the book, where its site may have been elsewhere by then.
        """
        accounts = accounts_of(self.columns)
        if not accounts:
            return []
        until = "9999-12" if self.by_event_month else self.last
        filters = []
        for place in self.places:
            terms = {(part.site, part.region) for part in whereabouts.slices(place)}
            if self.by_event_month:
                terms |= _booked_elsewhere(whereabouts, terms)
            if self.stock_month:
                terms |= {
                    (site, region)
                    for site in whereabouts.movers
                    if self._stands_in(whereabouts, place, site)
                    for region in whereabouts.posted[site]
                }
            if viewer is not None:
                terms = _narrow(whereabouts, terms, viewer)
            filters += [
                (place, PostingFilter(0, accounts, region, site, self.metals, self.first, until))
                for site, region in find_widest(terms)
            ]
        return filters

    def holds(self, whereabouts: Whereabouts, place: str, posting: Posting) -> bool:
        """Return whether the figure adds this posting up for one of its places."""
        if self.seq and posting.cause > self.seq:
            return False
        if self.pairs and (posting.row.site, posting.row.metal) not in self.pairs:
            return False
        month = posting.row.month if self.by_event_month else posting.book_month
        if not (self.first <= month <= self.last and adds_to(posting.row, self.columns)):
            return False
        if self.stock_month and posting.row.site in whereabouts.movers:
            return self._stands_in(whereabouts, place, posting.row.site)
        return whereabouts.holds_posting(place, posting, by_event_month=self.by_event_month)

    def _stands_in(self, whereabouts: Whereabouts, place: str, site: str) -> bool:
        region = whereabouts.reference.region_at(site, self.stock_month)
        return whereabouts.holds(place, site, region, self.stock_month)


def find_widest(terms: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of (site, prefix of regions) that no other has within it: together they have all, once."""
    return sorted(one for one in terms if not any(_covers(other, one) for other in terms))


def _covers(wider: tuple[str, str], terms: tuple[str, str]) -> bool:
    """Return whether (site, prefix of regions) has everything that others have, and more."""
    return wider != terms and wider[0] in ("", terms[0]) and terms[1].startswith(wider[1])


def _narrow(whereabouts: Whereabouts, terms: set[tuple[str, str]], viewer: Viewer) -> set[tuple[str, str]]:
    """Return (site, region) of sites in view; as they were where everything is in view."""
    stays = {
        (site, region)
        for site, regions in whereabouts.posted.items()
        for region in regions
        if any(own in ("", site) and region.startswith(prefix) for own, prefix in terms)
    }
    seen = {stay for stay in stays if viewer.shows_stay(*stay)}
    return terms if seen == stays else seen


def _booked_elsewhere(whereabouts: Whereabouts, terms: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the (site, region) where sites that have postings in some regions have postings beside."""
    moved = [
        site
        for site in whereabouts.moved
        if any(_covers(own, (site, f"{region}/")) for region in whereabouts.posted[site] for own in terms)
    ]
    return {(site, region) for site in moved for region in whereabouts.posted[site]}


class EventLot(NamedTuple):
    """A lot of an event: ``role`` input, output or observed."""

    id: str
    code: str
    form: str
    material: str
    role: str
    mass_g: int


@dataclass(frozen=True, slots=True)
class PostingDetail:
    """A posting behind a figure, with its event and that event's lots.

    ``cause`` is the event that booked it.
    """

    posting: Posting
    event: Event
    cause: Event
    lots: tuple[EventLot, ...]


@dataclass(frozen=True, slots=True)
class PostingPage:
    """Postings in the order of the ledger; ``after`` continues ('' at the end).

    The first page brings the declarations that the figure rests on.
    """

    lines: tuple[PostingDetail, ...]
    after: str
    declarations: tuple[Event, ...] = ()


def drill_down(
    reader: Reader, inputs: FigureInputs, after: str = "", limit: int = 100, viewer: Viewer | None = None
) -> PostingPage:
    """Return a page of at least ``limit`` postings, fewer at the end; of sites in view where there is a viewer.

    Raises BadInput for a broken key.
    """
    postings, following = _read_page(reader, inputs, after, limit, viewer)
    seqs = {seq for posting, _ in postings for seq in (posting.event, posting.cause)}
    events = reader.find_events_by_seq(seqs)
    lots = list_event_lots(reader, {posting.event for posting, _ in postings})
    declarations: dict[str, Event] = {}
    if inputs.events and not after:
        declarations = reader.find_events(inputs.events)
    lines = tuple(
        PostingDetail(posting, events[posting.event], events[posting.cause], lots.get(posting.event, ()))
        for posting, _ in postings
    )
    declared = tuple(declarations[id_] for id_ in inputs.events if id_ in declarations)
    return PostingPage(lines, following, declared)


def _read_page(
    reader: Reader, inputs: FigureInputs, after: str, limit: int, viewer: Viewer | None
) -> tuple[list[tuple[Posting, str]], str]:
    whereabouts = find_whereabouts(reader)
    filters = inputs.filters(whereabouts, viewer)
    number, key = split_key(after, len(filters))
    postings: list[tuple[Posting, str]] = []
    while number < len(filters):
        place, wanted = filters[number]
        page, key = reader.list_postings(wanted, key, limit)
        postings += [(posting, id_) for posting, id_ in page if inputs.holds(whereabouts, place, posting)]
        if not key:
            number += 1
        if len(postings) >= limit and number < len(filters):
            return postings, f"{number}|{key}"
    return postings, ""


def split_key(after: str, count: int) -> tuple[int, str]:
    """Return (number of the filter, key within it) that a page of several filters continues at. Raises BadInput."""
    if not after:
        return 0, ""
    number, bar, key = after.partition("|")
    if not bar or not number.isdecimal() or len(number) > 4 or int(number) >= count:
        raise BadInput("report.bad_page", text=after[:40])
    return int(number), key


def list_event_lots(reader: Reader, seqs: set[int]) -> dict[int, tuple[EventLot, ...]]:
    """Return the lots of events, by seq of the event."""
    edges = reader.list_edges(seqs) if seqs else []
    lots = reader.find_lots({edge.lot for edge in edges}) if edges else {}
    by_event: dict[int, list[EventLot]] = {}
    for edge in edges:
        if edge.lot in lots:
            lot = lots[edge.lot]
            form = lot.content_at((edge.time_ms, edge.event)).form
            by_event.setdefault(edge.event, []).append(
                EventLot(lot.id, lot.code, form, lot.material, edge.role, edge.mass_g)
            )
    return {seq: tuple(event_lots) for seq, event_lots in by_event.items()}


def posting_table(
    store: Store,
    inputs: FigureInputs,
    viewer: Viewer | None = None,
    others: Iterable[tuple[str, str, Amount | None]] = (),
) -> Table:
    """Return every posting behind a figure, streamed; whole grams, times with offset.

    Of a viewer those of sites in view, then a line (what it is of, account, amount) of ``others`` for each
    account; None sees all. Transport is whole gram-kilometres, and its column says so.
    """
    columns = TRANSPORT_COLUMNS if set(inputs.columns) & set(TRANSPORT_ACCOUNTS) else POSTING_COLUMNS
    return Table(columns, chain(_posting_rows(store, inputs, viewer), map(_other_row, others)))


def _other_row(other: tuple[str, str, Amount | None]) -> tuple[Value, ...]:
    who, account, amount = other
    cells: dict[str, Value] = {"kind": who, "account": account, "grams": amount}
    return tuple(cells.get(name, "") for name in POSTING_COLUMNS)


def _posting_rows(store: Store, inputs: FigureInputs, viewer: Viewer | None) -> Iterator[tuple[Value, ...]]:
    events: dict[int, Event] = {}

    def read_page(after: str) -> tuple[list[tuple[Posting, str]], str]:
        # A view per page: a slow download must not hold one open.
        with store.read() as reader:
            page, following = _read_page(reader, inputs, after, TABLE_PAGE, viewer)
            events.clear()
            events.update(reader.find_events_by_seq({posting.event for posting, _ in page}))
        return page, following

    for page in read_pages(read_page):
        for posting, id_ in page:
            named = viewer is None or viewer.shows_stay(posting.row.site, posting.row.region)
            yield _posting_row(posting, id_, events[posting.event], named)


def _posting_row(posting: Posting, event_id: str, event: Event, named: bool) -> tuple[Value, ...]:
    """Return the cells of a posting.

    Where its site is not to be named, nothing in them tells who it was.
    """
    row = posting.row
    who: tuple[Value, ...] = ("", "", "", event.draft.kind, "", "", province_of(row.region))
    if named:
        time = iso_time(event.frozen.time_ms, event.draft.offset_min)
        who = (event_id, posting.event, posting.cause, event.draft.kind, time, row.site, code_of(row.region))
    return (
        *who, row.account, row.metal, posting.book_month, row.month, posting.grams, row.source_class, row.origin,
        row.material, row.family, row.waste_code, row.channel, row.via, row.other_site if named else "",
    )  # fmt: skip
