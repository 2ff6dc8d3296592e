"""Sum where the metal of a place comes from, through which sites and alloy families it goes, and where it ends.

Sums are of metal in grams. What comes to a site and what leaves it is the ledger's turnover; losses and
differences are columns of the tallies; what is left over went to, or came from, stock, and is a band of its
own. So every kind of site closes exactly, and nothing is forced. What one site of the place sends to another
is in at the one and out at the other, as ``within``: it is neither gain nor destination of the place.

A kind of site is the one furthest down the chain that the site was of at the end of the period.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from graph.store import FlowSum, Reader, TallyFilter, TallySum
from traceability.domain.indicators import ratio
from traceability.domain.period import Period
from traceability.domain.place import place_key, province_of
from traceability.domain.posting import BY_SITE, LedgerRow, TurnoverDetail, view_of
from traceability.domain.provenance import IMPORT_PREFIX, ORIGIN_ADDITIVE
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS, TURNOVER_IN, UNKNOWN_FAMILY
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.disclosure import check_open
from traceability.services.reporting.scope import (
    Level,
    MonthView,
    NamedPlace,
    TallySlice,
    Whereabouts,
    check_in_view,
    check_known,
    check_place,
    find_whereabouts,
    in_view,
    name_place,
    split_place,
)

Stage = Literal["origin", "site_kind", "family", "destination"]
STAGES: tuple[Stage, ...] = ("origin", "site_kind", "family", "destination")

# The kinds of a site, that furthest down the chain first: by it a site of several kinds is known
KINDS_DOWN_THE_CHAIN = (
    "fabricator", "direct_use", "casthouse", "smelter", "primary_smelter", "electrolysis", "preprocessing",
    "import_yard", "trading", "collection", "disposal",
)  # fmt: skip
OTHER_KIND = "other"

PROVINCE, IMPORT, WITHIN, ADDITIVE, LIQUID, ORE = "province", "import", "within", "additive", "liquid", "ore"
CUSTOMER, DISPOSAL, LOSS, DIFFERENCE, STOCK = "customer", "disposal", "loss", "difference", "stock"
FAMILY, METAL = "family", "metal"

LOSS_ACCOUNTS = ("melt_loss", "process_loss")
DIFFERENCE_ACCOUNTS = ("assay_diff", "transit_diff", "stocktake")
"""What changes the metal of a site beside its turnover: lost, or found otherwise than it was (signed)."""
ACCOUNTS_BEHIND: Mapping[str, tuple[str, ...]] = {
    LOSS: LOSS_ACCOUNTS,
    DIFFERENCE: DIFFERENCE_ACCOUNTS,
    STOCK: (*TURNOVER_ACCOUNTS, *LOSS_ACCOUNTS, *DIFFERENCE_ACCOUNTS),
}


NOT_RECEIVED = (WITHIN, STOCK, DIFFERENCE, LOSS, CUSTOMER, DISPOSAL)
"""Origins of metal that the place had before: its own sites, its stock, and what came back."""


class FlowNode(NamedTuple):
    """What bands begin and end at: ``what`` it is and of which, a code (province, country, kind, family, metal)."""

    stage: Stage
    what: str
    code: str = ""


class FlowBand(NamedTuple):
    """Metal from one node to another, in grams, above 0.

    Of what enters from outside the system ``source_class`` is its class, ``channel`` of a collection online or
    offline; both are '' of all else. ``form`` is that of the lots, '' of losses, differences and stock.
    """

    source: FlowNode
    target: FlowNode
    metal: str
    source_class: str
    channel: str
    form: str
    grams: int


@dataclass(frozen=True, slots=True)
class FlowQuery:
    """Which flows: of a place, period, metals (() all) and view of months."""

    level: Level
    code: str
    period: Period
    metals: tuple[str, ...] = ()
    view: MonthView = "book"

    @property
    def place(self) -> str:
        """The key of the place. Raises BadInput."""
        return check_place(self.level, self.code)


@dataclass(frozen=True)
class Flows:
    """The flows of a place: its bands, the largest first within each stage.

    ``home`` is the province of the place, '' of the nation and of groups of several. ``only_own`` is whether
    they are those of the viewer's own sites alone, as firms are told no others'.
    """

    query: FlowQuery
    place: NamedPlace
    home: str
    bands: tuple[FlowBand, ...]
    only_own: bool = False

    def between(self, source: Stage, target: Stage) -> tuple[FlowBand, ...]:
        """Return the bands from one stage to another."""
        return tuple(
            band for band in self.bands if band.source.stage == source and band.target.stage == target
        )

    @cached_property
    def received_g(self) -> int:
        """Metal that came to the place from outside: no transfers between its own sites, no stock."""
        return sum(self.by_origin.values())

    @cached_property
    def by_origin(self) -> Mapping[FlowNode, int]:
        """Metal received by origin, the largest first."""
        return _add_up((band.source, band) for band in self.bands if _is_received(band))

    @cached_property
    def sent_product_g(self) -> int:
        """Metal of products that left the sites of the place, to its own sites too."""
        return sum(self.by_destination.values())

    @cached_property
    def by_destination(self) -> Mapping[FlowNode, int]:
        """Metal of products by destination, the largest first."""
        leaving = (
            (band.target, band)
            for band in self.bands
            if band.form == "product" and band.source.stage == "family"
        )
        return _add_up(leaving)

    def share_received(self, node: FlowNode) -> Fraction | None:
        """Return the share of an origin in what was received; None where nothing was."""
        return ratio(self.by_origin.get(node, 0), self.received_g)

    @property
    def share_kept(self) -> Fraction | None:
        """The share of products that stays: at sites of the place or of its province; None where none was sent."""
        kept = sum(
            grams
            for node, grams in self.by_destination.items()
            if node.what == WITHIN or (node.what == PROVINCE and node.code == self.home)
        )
        return ratio(kept, self.sent_product_g)

    @property
    def share_sold(self) -> Fraction | None:
        """The share of products that customers outside the system had; the book does not know where they are."""
        return ratio(self.by_destination.get(FlowNode("destination", CUSTOMER), 0), self.sent_product_g)


def _add_up(parts: Iterable[tuple[FlowNode, FlowBand]]) -> dict[FlowNode, int]:
    sums: dict[FlowNode, int] = {}
    for node, band in parts:
        sums[node] = sums.get(node, 0) + band.grams
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _is_received(band: FlowBand) -> bool:
    return band.source.stage == "origin" and band.source.what not in NOT_RECEIVED


def sum_flows(reader: Reader, viewer: Viewer, query: FlowQuery) -> Flows:
    """Return the flows of a place in a period, from the narrow tallies of its sites.

    A firm is told those of its own sites only. Raises BadInput, NotAllowed, NotFound.
    """
    scope = FlowScope.read(reader, viewer, query)
    place = name_place(query.place, scope.whereabouts.reference, query.period.last)
    bands = list_all_bands(read_legs(reader, scope).by_leg())
    return Flows(query, place, scope.home, bands, viewer.is_firm)


# --- which sites, and what a place calls home ---------------------------------------------------


@dataclass(frozen=True)
class FlowScope:
    """The sites of a place with what tells an origin, a kind of site and a destination apart."""

    query: FlowQuery
    whereabouts: Whereabouts
    slices: tuple[TallySlice, ...]
    home: str
    _kinds: dict[str, FlowNode] = field(default_factory=dict, compare=False)
    _ends: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, reader: Reader, viewer: Viewer, query: FlowQuery) -> "FlowScope":
        """Return the scope of a query. Raises BadInput, NotAllowed, NotFound."""
        place = query.place
        check_in_view(viewer, query.level, query.code)
        check_open(reader, viewer, (place,))
        check_known(place, reference_in(reader))
        whereabouts = find_whereabouts(reader)
        slices = tuple(
            part
            for part in whereabouts.site_slices(place)
            if not viewer.is_firm or viewer.shows_stay(part.site, part.region)
        )
        return cls(query, whereabouts, slices, _find_home(place, whereabouts, query.period))

    def find_origin(self, row_origin: str, source_class: str, detail: TurnoverDetail) -> tuple[str, str]:
        """Return where metal that came to a site is from."""
        if detail.channel == BY_SITE:
            return self._find_site(detail.other_site, row_origin)
        if row_origin.startswith(IMPORT_PREFIX):
            return IMPORT, row_origin.removeprefix(IMPORT_PREFIX)
        if row_origin == ORIGIN_ADDITIVE:
            return ADDITIVE, ""
        if source_class == "primary" and detail.form == "molten_primary":
            return LIQUID, ""
        if source_class == "primary":
            return ORE, ""
        return PROVINCE, row_origin

    def find_destination(self, detail: TurnoverDetail) -> tuple[str, str]:
        """Return where metal that left a site went."""
        if detail.channel != BY_SITE:
            return detail.channel, ""
        region = self.whereabouts.reference.gazetteer.region_at(detail.other_site, self.query.period.last)
        return self._find_site(detail.other_site, region)

    def _find_site(self, site: str, region: str) -> tuple[str, str]:
        key = (site, region)
        if key not in self._ends:
            held = self.whereabouts.holds(self.query.place, site, region, self.query.period.last)
            self._ends[key] = (WITHIN, "") if held else (PROVINCE, province_of(region))
        return self._ends[key]

    def find_kind(self, site: str) -> FlowNode:
        """Return the kind of a site that is furthest down the chain."""
        if site not in self._kinds:
            self._kinds[site] = self._choose_kind(site)
        return self._kinds[site]

    def _choose_kind(self, site: str) -> FlowNode:
        known = self.whereabouts.reference.sites.get(site)
        kinds = known.kinds_at(self.query.period.end_ms - 1) if known else ()
        kind = next((kind for kind in KINDS_DOWN_THE_CHAIN if kind in kinds), OTHER_KIND)
        return FlowNode("site_kind", kind)


def _find_home(place: str, whereabouts: Whereabouts, period: Period) -> str:
    """Return the province that a place lies in; '' of the nation and of a group of several."""
    level, code, within = split_place(place)
    if level == "nation":
        return ""
    if level == "group":
        homes = {province_of(member) for member in code.split(",")}
        return homes.pop() if len(homes) == 1 else ""
    reference = whereabouts.reference
    if level == "site":
        return province_of(within or reference.gazetteer.region_at(code, period.last))
    return province_of(reference.bases[code].region if level == "base" else within or code)


def find_family(metal: str, family: str) -> FlowNode:
    """Return the alloy family, or the metal where the family is unknown."""
    if family in ("", UNKNOWN_FAMILY):
        return FlowNode("family", METAL, metal)
    return FlowNode("family", FAMILY, family)


# --- the legs of each site ----------------------------------------------------------------------


class SiteStay(NamedTuple):
    """A site while it was in a region (its key)."""

    site: str
    region: str


class Turnover(NamedTuple):
    """What a row of turnover tells apart."""

    account: str
    metal: str
    source_class: str
    origin: str
    detail: TurnoverDetail


class FlowLeg(NamedTuple):
    """One way of metal through a kind of site, as rows of the ledger tell it: sums are signed.

    ``way`` is in, out, loss or difference. ``end`` is what it came from or went to and of which, ``family`` the node
    that it left through.
    """

    way: Literal["in", "out", "loss", "difference"]
    kind: FlowNode
    end: tuple[str, str]
    metal: str
    family: FlowNode | None = None
    source_class: str = ""
    channel: str = ""
    form: str = ""


class LegSums:
    """Sums of legs by the place of a site's tally: many rows are of few legs, so each is told apart once."""

    def __init__(self, scope: FlowScope) -> None:
        self.scope = scope
        self.legs: list[FlowLeg] = []
        self.sums: dict[tuple[str, int], int] = {}
        self._numbers: dict[FlowLeg, int] = {}
        self._known: dict[tuple[str, ...], int] = {}
        self._kinds: dict[str, str] = {}

    def add_flow(self, flow: FlowSum) -> None:
        """Add turnover of a site."""
        place, metal, _, account, source_class, origin, text, grams = flow
        key = (
            self._kind_of(place),
            account,
            metal,
            source_class,
            origin,
            text,
        )
        number = self._known.get(key)
        if number is None:
            turnover = Turnover(account, metal, source_class, origin, TurnoverDetail.parse(text))
            leg = find_turnover_leg(self.scope, _stay_of(place).site, turnover)
            number = self._known[key] = self._number_of(leg)
        self.sums[place, number] = self.sums.get((place, number), 0) + grams

    def add_tally(self, tally: TallySum) -> None:
        """Add what a site lost, and found otherwise than it was."""
        for account in (*LOSS_ACCOUNTS, *DIFFERENCE_ACCOUNTS):
            if grams := tally.sums.get(account, 0):
                number = self._number_of(
                    find_change_leg(self.scope, _stay_of(tally.place).site, account, tally.metal)
                )
                key = (tally.place, number)
                self.sums[key] = self.sums.get(key, 0) + sign_of(account) * grams

    def by_leg(self) -> dict[FlowLeg, int]:
        """Return the metal of each leg at all sites, without zeros."""
        sums = [0] * len(self.legs)
        for (_, number), grams in self.sums.items():
            sums[number] += grams
        return {leg: grams for leg, grams in zip(self.legs, sums, strict=True) if grams}

    def by_stay(self) -> dict[tuple[SiteStay, FlowLeg], int]:
        """Return the metal of each leg at each site, without zeros."""
        legs: dict[tuple[SiteStay, FlowLeg], int] = {}
        for (place, number), grams in self.sums.items():
            key = (_stay_of(place), self.legs[number])
            legs[key] = legs.get(key, 0) + grams
        return {key: grams for key, grams in legs.items() if grams}

    def _kind_of(self, place: str) -> str:
        kind = self._kinds.get(place)
        if kind is None:
            kind = self._kinds[place] = self.scope.find_kind(_stay_of(place).site).what
        return kind

    def _number_of(self, leg: FlowLeg) -> int:
        number = self._numbers.setdefault(leg, len(self.legs))
        if number == len(self.legs):
            self.legs.append(leg)
        return number


def read_legs(reader: Reader, scope: FlowScope) -> LegSums:
    """Return the metal of each leg at each site in grams, signed."""
    sums = LegSums(scope)
    by = ("place", "metal", "account", "source_class", "origin", "detail")
    for keys, first, last in _list_terms(scope):
        wanted = TallyFilter(keys, scope.query.metals, first, last, scope.query.view == "event")
        for flow in reader.sum_flows(wanted, TURNOVER_ACCOUNTS, by):
            sums.add_flow(flow)
        for tally in reader.sum_tallies(wanted, ("place", "metal")):
            sums.add_tally(tally)
    return sums


def find_leg(scope: FlowScope, row: LedgerRow) -> FlowLeg:
    """Return the leg that a row of the ledger is part of."""
    if row.account in TURNOVER_ACCOUNTS:
        detail = TurnoverDetail(row.family, row.via, row.channel, row.other_site)
        turnover = Turnover(row.account, row.metal, row.source_class, row.origin, detail)
        return find_turnover_leg(scope, row.site, turnover)
    return find_change_leg(scope, row.site, row.account, row.metal)


def find_turnover_leg(scope: FlowScope, site: str, turnover: Turnover) -> FlowLeg:
    """Return the leg of what came to a site or left it."""
    kind, metal, detail = scope.find_kind(site), turnover.metal, turnover.detail
    if turnover.account == TURNOVER_IN:
        end = scope.find_origin(turnover.origin, turnover.source_class, detail)
        channel = "" if detail.channel == BY_SITE else detail.channel
        return FlowLeg("in", kind, end, metal, None, turnover.source_class, channel, detail.form)
    family = find_family(metal, detail.family)
    return FlowLeg("out", kind, scope.find_destination(detail), metal, family, form=detail.form)


def find_change_leg(scope: FlowScope, site: str, account: str, metal: str) -> FlowLeg:
    """Return the leg of what a site lost, or found otherwise than it was."""
    kind = scope.find_kind(site)
    if account in LOSS_ACCOUNTS:
        return FlowLeg("loss", kind, (LOSS, ""), metal)
    return FlowLeg("difference", kind, (DIFFERENCE, ""), metal)


def sign_of(account: str) -> int:
    """Return 1 of accounts of metal that goes the way of its leg, -1 of differences, which are what was gained."""
    return -1 if account in DIFFERENCE_ACCOUNTS else 1


def list_bands(leg: FlowLeg, grams: int) -> tuple[FlowBand, ...]:
    """Return the bands of a leg with the metal that it has in all.

    Where more came back than went (returns of earlier months) the metal goes the other way: from what is otherwise
    a destination, or to what is otherwise an origin.
    """
    kind, metal, amount = leg.kind, leg.metal, abs(grams)
    came = (leg.way == "in") == (grams > 0)
    end = FlowNode("origin" if came else "destination", *leg.end)
    if came:
        return (FlowBand(end, kind, metal, leg.source_class, leg.channel, leg.form, amount),)
    if leg.family is None:
        return (FlowBand(kind, end, metal, "", "", "", amount),)
    return (
        FlowBand(kind, leg.family, metal, "", "", leg.form, amount),
        FlowBand(leg.family, end, metal, "", "", leg.form, amount),
    )


def _list_terms(scope: FlowScope) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield (keys of tallies, first month, last month): sites of a base are in it for some months only."""
    period = scope.query.period
    by_months: dict[tuple[str, str], set[str]] = {}
    for part in scope.slices:
        months = (max(part.first, period.first), min(part.last, period.last))
        if months[0] <= months[1]:
            by_months.setdefault(months, set()).add(part.place)
    by_event_month = scope.query.view == "event"
    for (first, last), places in sorted(by_months.items()):
        yield tuple(in_view(sorted(places), by_event_month=by_event_month)), first, last


def _stay_of(place: str) -> SiteStay:
    site, _, region = view_of(place)[0].removeprefix(place_key("site", "")).partition("/")
    return SiteStay(site, region)


# --- closing the sums ---------------------------------------------------------------------------


def list_all_bands(legs: Mapping[FlowLeg, int]) -> tuple[FlowBand, ...]:
    """Return the bands of legs, equal ones as one, and what went to stock or came from it, by stage and size."""
    sums: dict[FlowBand, int] = {}
    left: dict[tuple[FlowNode, str], int] = {}
    for leg, grams in legs.items():
        for band in list_bands(leg, grams):
            key = band._replace(grams=0)
            sums[key] = sums.get(key, 0) + band.grams
        gained = grams if leg.way == "in" else -grams
        left[leg.kind, leg.metal] = left.get((leg.kind, leg.metal), 0) + gained
    for (kind, metal), grams in left.items():
        if grams:
            (band,) = list_bands(FlowLeg("loss", kind, (STOCK, ""), metal), grams)
            sums[band._replace(grams=0)] = band.grams
    return tuple(sorted((band._replace(grams=grams) for band, grams in sums.items()), key=_rank))


def _rank(band: FlowBand) -> tuple[object, ...]:
    stages = (STAGES.index(band.source.stage), STAGES.index(band.target.stage))
    return (*stages, -band.grams, band)
