"""What stands behind a figure: the postings that it adds up, their events, and the lots of those.

A source is read as the book stood when the figure was made: postings are only ever added, so those of a later cause
are left out and a page or file stays the figure's own although others keep recording.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graph.store import PostingFilter, Reader, Store
from traceability.domain.calendar import iso_time
from traceability.domain.errors import BadInput
from traceability.domain.event import Event
from traceability.domain.indicators import accounts_of, adds_to
from traceability.domain.posting import Posting
from traceability.domain.vocabulary import NATION, TRANSPORT_ACCOUNTS

CSV_PAGE = 1_000
CSV_HEADER = (
    "event", "seq", "cause", "kind", "event_time", "site", "region", "account", "metal", "book_month", "event_month",
    "grams", "class", "origin", "material", "family", "waste_code", "channel", "via", "other_site",
)  # fmt: skip
TRANSPORT_HEADER = tuple("gram_kilometres" if name == "grams" else name for name in CSV_HEADER)


@dataclass(frozen=True, slots=True)
class Source:
    """What a figure adds up: tally columns of places, metals (() all) and months, and the declarations it rests on.

    ``seq`` is the book that it was read from; ``events`` are ids of declarations.
    """

    places: tuple[str, ...]
    metals: tuple[str, ...]
    columns: tuple[str, ...]
    first: str
    last: str
    by_event_month: bool = False
    seq: int = 0
    events: tuple[str, ...] = ()

    def filters(self) -> list[PostingFilter]:
        """The same as filters of postings, one per place.

        By event month the filters are wider: an event's rows stand in its month or a later month of the book.
        """
        accounts = accounts_of(self.columns)
        if not accounts:
            return []
        until = "9999-12" if self.by_event_month else self.last
        found = []
        for place in self.places:
            level, _, code = place.partition(":")
            region = {"province": code[:2], "prefecture": code[:4]}.get(level, "")
            site = code if level == "site" else ""
            found.append(PostingFilter(0, accounts, region, site, self.metals, self.first, until))
        return found

    def holds(self, posting: Posting) -> bool:
        """Whether the figure adds this posting up."""
        if self.seq and posting.cause > self.seq:
            return False
        month = posting.row.month if self.by_event_month else posting.book_month
        return self.first <= month <= self.last and adds_to(posting.row, self.columns)


class NamedLot(NamedTuple):
    """A lot of an event: ``role`` input, output or observed."""

    id: str
    code: str
    form: str
    material: str
    role: str
    mass_g: int


@dataclass(frozen=True, slots=True)
class Line:
    """A posting behind a figure, with its event and that event's lots; ``cause`` is the event that booked it."""

    posting: Posting
    event: Event
    cause: Event
    lots: tuple[NamedLot, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Postings in the order of the ledger; ``after`` continues ('' at the end). ``declarations`` come first."""

    lines: tuple[Line, ...]
    after: str
    declarations: tuple[Event, ...] = ()


def drill_down(store: Store, source: Source, after: str = "", limit: int = 100) -> Page:
    """A page of at least ``limit`` postings behind a figure, fewer at the end. Raises BadInput for a broken key."""
    with store.read() as reader:
        found, following = _page(reader, source, after, limit)
        events = reader.find_events_by_seq(
            {seq for posting, _ in found for seq in (posting.event, posting.cause)}
        )
        lots = _lots(reader, {posting.event for posting, _ in found})
        declared: dict[str, Event] = {}
        if source.events and not after:
            declared = reader.find_events(source.events)
    lines = tuple(
        Line(posting, events[posting.event], events[posting.cause], lots.get(posting.event, ()))
        for posting, _ in found
    )
    return Page(lines, following, tuple(declared[id_] for id_ in source.events if id_ in declared))


def _page(reader: Reader, source: Source, after: str, limit: int) -> tuple[list[tuple[Posting, str]], str]:
    filters = source.filters()
    number, key = _split_key(after, len(filters))
    found: list[tuple[Posting, str]] = []
    while number < len(filters):
        page, key = reader.list_postings(filters[number], key, limit)
        found += [(posting, id_) for posting, id_ in page if source.holds(posting)]
        if not key:
            number += 1
        if len(found) >= limit and number < len(filters):
            return found, f"{number}|{key}"
    return found, ""


def _split_key(after: str, count: int) -> tuple[int, str]:
    if not after:
        return 0, ""
    number, bar, key = after.partition("|")
    if not bar or not number.isdecimal() or len(number) > 4 or int(number) >= count:
        raise BadInput("report.bad_page", text=after[:40])
    return int(number), key


def _lots(reader: Reader, seqs: set[int]) -> dict[int, tuple[NamedLot, ...]]:
    edges = reader.list_edges(seqs) if seqs else []
    known = reader.find_lots({edge.lot for edge in edges}) if edges else {}
    found: dict[int, list[NamedLot]] = {}
    for edge in edges:
        if edge.lot in known:
            lot = known[edge.lot]
            form = lot.content_at((edge.time_ms, edge.event)).form
            found.setdefault(edge.event, []).append(
                NamedLot(lot.id, lot.code, form, lot.material, edge.role, edge.mass_g)
            )
    return {seq: tuple(lots) for seq, lots in found.items()}


def csv_rows(store: Store, source: Source) -> Iterator[tuple[str, ...]]:
    """The header, then every posting behind a figure, streamed; whole grams, times with offset.

    Transport is whole gram-kilometres, and its column says so.
    """
    yield TRANSPORT_HEADER if set(source.columns) & set(TRANSPORT_ACCOUNTS) else CSV_HEADER
    after = ""
    while True:
        # A view per page: a slow download must not hold one open.
        with store.read() as reader:
            found, after = _page(reader, source, after, CSV_PAGE)
            events = reader.find_events_by_seq({posting.event for posting, _ in found})
        for posting, id_ in found:
            yield _csv_row(posting, id_, events[posting.event])
        if not after:
            return


def _csv_row(posting: Posting, event_id: str, event: Event) -> tuple[str, ...]:
    row = posting.row
    time = iso_time(event.frozen.time_ms, event.draft.offset_min)
    return (
        event_id, str(posting.event), str(posting.cause), event.draft.kind, time, row.site, row.region,
        row.account, row.metal, posting.book_month, row.month, str(posting.grams), row.source_class, row.origin,
        row.material, row.family, row.waste_code, row.channel, row.via, row.other_site,
    )  # fmt: skip


def place_of_code(code: str) -> str:
    """The place key of a region code: CN, a province (430000) or a prefecture (430600). Raises BadInput."""
    if code == NATION:
        return f"nation:{NATION}"
    if len(code) != 6 or not code.isdecimal() or not code.endswith("00"):
        raise BadInput("report.bad_region", text=code[:40])
    return f"province:{code}" if code.endswith("0000") else f"prefecture:{code}"
