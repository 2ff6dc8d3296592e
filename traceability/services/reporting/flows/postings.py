"""List what is behind a band of flows: its postings with their events and lots, at sites in view."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.store import PostingFilter, Reader
from traceability.domain.posting import Posting
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TURNOVER_IN, TURNOVER_OUT
from traceability.services.reporting.figures.postings import PostingDetail, list_event_lots, split_key
from traceability.services.reporting.flows.bands import FlowBand, list_all_bands, list_bands
from traceability.services.reporting.flows.legs import (
    DIFFERENCE_ACCOUNTS,
    LOSS_ACCOUNTS,
    STAGES,
    STOCK,
    TRANSIT,
    FlowLeg,
    FlowNode,
    FlowQuery,
    FlowScope,
    LegSums,
    SiteStay,
    Stage,
    find_leg,
    read_legs,
    read_legs_of_sites,
    sign_of,
)

BUYER = "buyer"
PAGE = 50
MOST_READ = 2_000  # postings read for one page: one of few lots among many ends before it is full
ACCOUNTS_OF = {
    "in": (TURNOVER_IN,),
    "moved": (TURNOVER_IN,),
    "out": (TURNOVER_OUT,),
    "sent": (TURNOVER_OUT,),
    "loss": LOSS_ACCOUNTS,
    "difference": DIFFERENCE_ACCOUNTS,
}


@dataclass(frozen=True, slots=True)
class BandAddress:
    """Which band: from one node to another; what is None is not told apart.

    A destination BUYER is everything that a class of customers had, wherever these are.
    """

    source: FlowNode
    target: FlowNode
    metal: str | None = None
    source_class: str | None = None
    channel: str | None = None
    form: str | None = None
    buyer: str | None = None

    def has(self, band: FlowBand) -> bool:
        """Return whether a band is (a part of) the one that is meant."""
        if band.source != self.source or not self._ends_at(band):
            return False
        told = (band.metal, band.source_class, band.channel, band.form, band.buyer)
        return all(one in (None, other) for one, other in zip(self._told, told, strict=True))

    @classmethod
    def of(cls, band: FlowBand) -> "BandAddress":
        """Return the address of one band; what no band from its stage tells is left out."""
        entered = band.source.stage == "origin"
        sold = entered or band.source.stage == "family"
        return cls(
            band.source,
            band.target,
            band.metal,
            band.source_class if entered else None,
            band.channel if entered else None,
            band.form,
            band.buyer if sold else None,
        )

    def shared_with(self, other: "BandAddress") -> "BandAddress":
        """Return the address of both: of these ends, and what both tell alike."""
        told = zip(self._told, other._told, strict=True)
        return BandAddress(self.source, self.target, *(one if one == two else None for one, two in told))

    @property
    def _told(self) -> tuple[str | None, ...]:
        return self.metal, self.source_class, self.channel, self.form, self.buyer

    def _ends_at(self, band: FlowBand) -> bool:
        if self.target.what == BUYER:
            return band.target.stage == self.target.stage and band.buyer == self.target.code
        return band.target == self.target


class JoinedBand(NamedTuple):
    """Bands as one: the address of all of them, how many they are, and their metal in grams.

    ``rest`` is of small ones of many ends between two stages, which no one address opens.
    """

    address: BandAddress
    number: int
    grams: int
    rest: bool = False


_TOLD_APART = (
    ("metal", "source_class", "channel", "form", "buyer"), ("metal", "channel", "buyer"), ("metal",), (),
)  # fmt: skip


def join_bands(bands: Iterable[FlowBand], most: int) -> list[JoinedBand]:
    """Return bands told apart by as much as keeps them to a number, by stage and size.

    Where even their ends alone are more, the smallest between two stages are one.
    """
    bands = list(bands)
    for told in _TOLD_APART:
        rows = _join_by(bands, told)
        if len(rows) <= most:
            break
    least = sorted((row.grams for row in rows), reverse=True)[: most + 1][-1] if len(rows) > most else -1
    kept = [row for row in rows if row.grams > least]
    rest: dict[tuple[Stage, Stage], JoinedBand] = {}
    for row in rows:
        if row.grams <= least:
            stages = (row.address.source.stage, row.address.target.stage)
            held = rest.get(stages, row._replace(number=0, grams=0, rest=True))
            rest[stages] = held._replace(number=held.number + row.number, grams=held.grams + row.grams)
    return sorted((*kept, *rest.values()), key=_rank)


def _join_by(bands: Iterable[FlowBand], told: Collection[str]) -> list[JoinedBand]:
    joined: dict[tuple[object, ...], JoinedBand] = {}
    for band in bands:
        key = (band.source, band.target, *(getattr(band, name) for name in told))
        address = BandAddress.of(band)
        held = joined.get(key)
        if held is None:
            joined[key] = JoinedBand(address, 1, band.grams)
        else:
            address = held.address.shared_with(address)
            joined[key] = JoinedBand(address, held.number + 1, held.grams + band.grams)
    return list(joined.values())


def _rank(row: JoinedBand) -> tuple[object, ...]:
    stages = (STAGES.index(row.address.source.stage), STAGES.index(row.address.target.stage))
    return (*stages, row.rest, -row.grams, row.address.source, row.address.target)


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A posting behind a band and the metal that it adds to the way of the band, in grams."""

    detail: PostingDetail
    grams: int


@dataclass(frozen=True, slots=True)
class OpenBand:
    """A band with a page of what is behind it; ``after`` continues, '' at the end.

    ``hidden_g`` is what sites out of view add, told as one sum.
    """

    grams: int
    hidden_g: int
    lines: tuple[FlowLine, ...]
    after: str


def open_band(
    reader: Reader, viewer: Viewer, query: FlowQuery, address: BandAddress, after: str = "", limit: int = PAGE
) -> OpenBand:
    """Return a band and a page of its postings. Raises BadInput, NotAllowed, NotFound."""
    scope = FlowScope.read(reader, viewer, query)
    sums = read_legs(reader, scope)
    totals = sums.by_leg()
    grams = sum(band.grams for band in list_all_bands(totals) if address.has(band))
    behind = _find_behind(totals, address)
    shown = {
        key: amount
        for key, amount in _read_shown(reader, viewer, scope, sums, behind, address).items()
        if key[1] in behind
    }
    hidden_g = _add_up({leg: totals[leg] for leg in behind}.items(), address)
    hidden_g -= _add_up(((leg, amount) for (_, leg), amount in shown.items()), address)
    filters = _list_filters(scope, shown)
    lines, following = _read_page(reader, scope, behind, filters, after, limit)
    return OpenBand(grams, hidden_g, lines, following)


def _read_shown(
    reader: Reader,
    viewer: Viewer,
    scope: FlowScope,
    sums: LegSums,
    behind: Collection[FlowLeg],
    address: BandAddress,
) -> dict[tuple[SiteStay, FlowLeg], int]:
    """Return the metal of legs at each site in view; a nation's sums do not tell sites, so these are read."""
    if scope.is_nation:
        metal = address.metal
        narrow = scope if metal is None else replace(scope, query=replace(scope.query, metals=(metal,)))
        accounts = {account for leg in behind for account in ACCOUNTS_OF[leg.way]}
        slices = [part for part in scope.slices if viewer.shows_stay(part.site, part.region)]
        sums = read_legs_of_sites(reader, narrow, slices, accounts)
    return {key: amount for key, amount in sums.by_stay().items() if viewer.shows_stay(*key[0])}


def _find_behind(totals: Mapping[FlowLeg, int], address: BandAddress) -> frozenset[FlowLeg]:
    """Return the legs that a band adds up: of stock all that its kind of site did, of the road all sent and received."""
    ends = {address.source.what: address.target, address.target.what: address.source}
    for what in (STOCK, TRANSIT):
        if what in ends:
            return frozenset(
                leg
                for leg in totals
                if _leaves_over(leg, what, ends[what].what) and address.metal in (None, leg.metal)
            )
    return frozenset(leg for leg, grams in totals.items() if any(map(address.has, list_bands(leg, grams))))


def _leaves_over(leg: FlowLeg, what: str, kind: str) -> bool:
    """Return whether a leg is part of what a kind of site put in stock, or has on the road."""
    if what == STOCK:
        return leg.kind == kind
    return (leg.way == "sent" and leg.kind == kind) or (leg.way == "moved" and leg.end[1] == kind)


def _add_up(parts: Iterable[tuple[FlowLeg, int]], address: BandAddress) -> int:
    """Return the metal of parts along the way of the band."""
    if address.source.what == TRANSIT or address.target.what == TRANSIT:
        sent = sum(grams if leg.way == "sent" else -grams for leg, grams in parts)
        return sent if address.target.what == TRANSIT else -sent
    if address.source.stage == address.target.stage:
        return sum(grams if leg.end[1] == address.source.what else -grams for leg, grams in parts)
    gained = sum(leg.gains * grams for leg, grams in parts)
    return gained if address.target.stage == "site_kind" or address.target.what == STOCK else -gained


def _list_filters(
    scope: FlowScope,
    parts: Collection[tuple[SiteStay, FlowLeg]],
) -> list[PostingFilter]:
    """Return the filters of the postings of sites that have a part, a site each."""
    query = scope.query
    until = "9999-12" if query.view == "event" else query.period.last
    accounts: dict[str, set[str]] = {}
    for stay, leg in parts:
        accounts.setdefault(stay.site, set()).update(ACCOUNTS_OF[leg.way])
    return [
        PostingFilter(0, tuple(sorted(held)), "", site, query.metals, query.period.first, until)
        for site, held in sorted(accounts.items())
    ]


def _read_page(
    reader: Reader,
    scope: FlowScope,
    behind: Collection[FlowLeg],
    filters: list[PostingFilter],
    after: str,
    limit: int,
) -> tuple[tuple[FlowLine, ...], str]:
    number, key = split_key(after, len(filters))
    found: list[Posting] = []
    read = 0
    while number < len(filters) and len(found) < limit and read < MOST_READ:
        page, key = reader.list_postings(filters[number], key, limit)
        read += len(page)
        found += [posting for posting, _ in page if _is_behind(scope, behind, posting)]
        number += not key
    following = f"{number}|{key}" if number < len(filters) else ""
    return tuple(_detail(reader, found)), following


def _is_behind(scope: FlowScope, behind: Collection[FlowLeg], posting: Posting) -> bool:
    query, by_event_month = scope.query, scope.query.view == "event"
    month = posting.row.month if by_event_month else posting.book_month
    if not query.period.contains(month) or find_leg(scope, posting.row) not in behind:
        return False
    return scope.whereabouts.holds_posting(query.place, posting, by_event_month=by_event_month)


def _detail(reader: Reader, postings: list[Posting]) -> Iterator[FlowLine]:
    events = reader.find_events_by_seq(
        {seq for posting in postings for seq in (posting.event, posting.cause)}
    )
    lots = list_event_lots(reader, {posting.event for posting in postings})
    for posting in postings:
        detail = PostingDetail(
            posting, events[posting.event], events[posting.cause], lots.get(posting.event, ())
        )
        yield FlowLine(detail, sign_of(posting.row.account) * posting.grams)
