"""Read how metal came to the sites of a place and left them: the legs that the bands of its flows are made of.

Sums are of metal in grams. What comes to a site and what leaves it is the ledger's turnover; losses and differences
are columns of the tallies. Of what one site of the place sends to another, the receipt tells from which kind of site
to which it went; what is sent and not yet received is on the road.

A kind of site is the main one of those that it had when the event was recorded; of events that froze none, and of the
other site of a transfer, of those that it has at the end of the period.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from graph.store import FlowSum, Reader, TallyFilter, TallySum
from traceability.domain.activities import find_main_kind
from traceability.domain.period import Period
from traceability.domain.place import place_key, province_of
from traceability.domain.posting import BY_SITE, NATION_FLOWS, TO_CUSTOMER, LedgerRow, TurnoverDetail, view_of
from traceability.domain.provenance import IMPORT_PREFIX, ORIGIN_ADDITIVE
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS, TURNOVER_IN, UNKNOWN_FAMILY
from traceability.services.directory.parties import Party, find_parties
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.scope import (
    Level,
    MonthView,
    TallySlice,
    Whereabouts,
    check_in_view,
    check_known,
    check_place,
    find_whereabouts,
    in_view,
    split_place,
)

Stage = Literal["origin", "site_kind", "family", "destination"]
STAGES: tuple[Stage, ...] = ("origin", "site_kind", "family", "destination")
OTHER_KIND = "other"

PROVINCE, ABROAD, ADDITIVE, LIQUID, ORE = "province", "abroad", "additive", "liquid", "ore"
CUSTOMER, DISPOSAL, LOSS, DIFFERENCE, STOCK, TRANSIT = (
    "customer", "disposal", "loss", "difference", "stock", "transit",
)  # fmt: skip
FAMILY, METAL = "family", "metal"
BUYER_SITE, BUYER_UNKNOWN = "site", "unknown"
"""Who gets what leaves, beside the classes of customers: a site of the book, or a customer of no known class."""

LOSS_ACCOUNTS = ("melt_loss", "process_loss")
DIFFERENCE_ACCOUNTS = ("assay_diff", "transit_diff", "stocktake")
"""What changes the metal of a site beside its turnover: lost, or found otherwise than it was (signed)."""

STEPS: Mapping[str, int] = {
    **dict.fromkeys(("collection", "trading", "import_yard", "electrolysis", "primary_smelter"), 1),
    "preprocessing": 2,
    **dict.fromkeys(("smelter", "casthouse", "direct_use", OTHER_KIND), 3),
    **dict.fromkeys(("fabricator", "disposal"), 4),
}
"""How far down the chain a kind of site stands: gets scrap or taps metal, prepares, melts, uses what was melted."""

Way = Literal["in", "moved", "out", "sent", "loss", "difference"]


class FlowNode(NamedTuple):
    """What bands begin and end at: ``what`` it is and of which, a code (province, country, kind, family, metal)."""

    stage: Stage
    what: str
    code: str = ""


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


class FlowLeg(NamedTuple):
    """One way of metal through a kind of site, as rows of the ledger tell it: sums are signed.

    Metal comes ``in`` from ``end``, goes ``out`` through ``family`` to ``end`` (what and of which), is ``moved`` here
    from another kind of site of the place (the code of ``end``), or ``sent`` to one. Of what goes out ``buyer`` is who
    gets it.
    """

    way: Way
    kind: str
    end: tuple[str, str]
    metal: str
    family: FlowNode | None = None
    source_class: str = ""
    channel: str = ""
    form: str = ""
    buyer: str = ""

    @property
    def gains(self) -> int:
        """1 where its metal adds to the stock of its kind of site, -1 where it takes from it."""
        return 1 if self.way in ("in", "moved") else -1


# --- which sites, and what a place calls home ---------------------------------------------------


@dataclass(frozen=True)
class FlowScope:
    """The sites of a place with what tells an origin, a kind of site and a destination apart.

    ``own`` are the sites that a firm is told of, None of all others. ``parties`` are the customers that the rows read
    so far name: what their documents say now counts, since where a customer is often becomes known later.
    """

    query: FlowQuery
    whereabouts: Whereabouts
    slices: tuple[TallySlice, ...]
    home: str
    own: frozenset[str] | None = None
    parties: dict[str, Party] = field(default_factory=dict, compare=False)
    _kinds: dict[str, str] = field(default_factory=dict, compare=False)
    _within: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False)

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
        own = frozenset(part.site for part in slices) if viewer.is_firm else None
        return cls(query, whereabouts, slices, _find_home(place, whereabouts, query.period), own)

    @property
    def is_nation(self) -> bool:
        """Whether the sums kept for the nation tell all of it."""
        return self.query.level == "nation" and self.own is None

    def learn_parties(self, reader: Reader, ids: Collection[str]) -> None:
        """Look up customers that are not known yet."""
        self.parties.update(find_parties(reader, set(ids) - self.parties.keys()))

    def is_within(self, site: str, region: str) -> bool:
        """Return whether a site, in a region, is one of those that the flows are of."""
        if self.own is not None and site not in self.own:
            return False
        key = (site, region)
        if key not in self._within:
            self._within[key] = self.query.level == "nation" or self.whereabouts.holds(
                self.query.place, site, region, self.query.period.last
            )
        return self._within[key]

    def region_of(self, site: str) -> str:
        """Return the region of a site at the end of the period, as its key."""
        return self.whereabouts.reference.gazetteer.region_at(site, self.query.period.last)

    def find_kind(self, site: str, frozen: str = "") -> str:
        """Return the kind of a site: the one that its event froze, else its main one."""
        if frozen:
            return frozen
        if site not in self._kinds:
            known = self.whereabouts.reference.sites.get(site)
            kinds = known.kinds_at(self.query.period.end_ms - 1) if known else ()
            self._kinds[site] = find_main_kind(kinds) or OTHER_KIND
        return self._kinds[site]


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


# --- the leg of a row ---------------------------------------------------------------------------


class Turnover(NamedTuple):
    """What a row of turnover tells apart."""

    account: str
    metal: str
    source_class: str
    origin: str
    detail: TurnoverDetail


def find_leg(scope: FlowScope, row: LedgerRow) -> FlowLeg:
    """Return the leg that a row of the ledger is part of."""
    if row.account in TURNOVER_ACCOUNTS:
        detail = TurnoverDetail(row.family, row.via, row.channel, row.other_site, row.material)
        turnover = Turnover(row.account, row.metal, row.source_class, row.origin, detail)
        return find_turnover_leg(scope, row.site, turnover)
    return find_change_leg(scope, row.site, row.account, row.metal)


def find_turnover_leg(scope: FlowScope, site: str, turnover: Turnover) -> FlowLeg:
    """Return the leg of what came to a site or left it.

    The sums of the nation tell no site, so to a nation a row that froze no kind is of some other kind of site.
    """
    metal, detail = turnover.metal, turnover.detail
    kind = scope.find_kind("" if scope.is_nation else site, detail.site_kind)
    if turnover.account == TURNOVER_IN:
        return _find_leg_in(scope, kind, turnover)
    if detail.channel != BY_SITE:
        end, buyer = _find_buyer(scope, detail)
    else:
        region = scope.region_of(detail.other) if detail.other else ""
        if not detail.other or scope.is_within(detail.other, region):
            return FlowLeg("sent", kind, (TRANSIT, ""), metal, form=detail.form)
        end, buyer = (PROVINCE, province_of(region)), BUYER_SITE
    return FlowLeg("out", kind, end, metal, find_family(metal, detail.family), form=detail.form, buyer=buyer)


def _find_leg_in(scope: FlowScope, kind: str, turnover: Turnover) -> FlowLeg:
    metal, detail = turnover.metal, turnover.detail
    if detail.channel != BY_SITE:
        end = _find_origin(turnover)
        return FlowLeg("in", kind, end, metal, None, turnover.source_class, detail.channel, detail.form)
    if scope.is_within(detail.other, turnover.origin):
        return FlowLeg("moved", kind, ("site_kind", scope.find_kind(detail.other)), metal, form=detail.form)
    return FlowLeg("in", kind, (PROVINCE, province_of(turnover.origin)), metal, form=detail.form)


def _find_origin(turnover: Turnover) -> tuple[str, str]:
    """Return where metal that entered the book is from."""
    if turnover.origin.startswith(IMPORT_PREFIX):
        return ABROAD, turnover.origin.removeprefix(IMPORT_PREFIX)
    if turnover.origin == ORIGIN_ADDITIVE:
        return ADDITIVE, ""
    if turnover.source_class == "primary":
        return (LIQUID if turnover.detail.form == "molten_primary" else ORE), ""
    return PROVINCE, turnover.origin


def _find_buyer(scope: FlowScope, detail: TurnoverDetail) -> tuple[tuple[str, str], str]:
    """Return where metal went that left the book, and to whom."""
    if detail.channel != TO_CUSTOMER:
        return (detail.channel, ""), ""
    party = scope.parties.get(detail.other)
    if party is None:
        return (CUSTOMER, ""), BUYER_UNKNOWN
    buyer = party.party_class or BUYER_UNKNOWN
    if party.country:
        return (ABROAD, party.country), buyer
    return ((PROVINCE, province_of(party.region)) if party.region else (CUSTOMER, "")), buyer


def find_change_leg(scope: FlowScope, site: str, account: str, metal: str) -> FlowLeg:
    """Return the leg of what a site lost, or found otherwise than it was."""
    kind = scope.find_kind(site)
    if account in LOSS_ACCOUNTS:
        return FlowLeg("loss", kind, (LOSS, ""), metal)
    return FlowLeg("difference", kind, (DIFFERENCE, ""), metal)


def sign_of(account: str) -> int:
    """Return 1 of accounts of metal that goes the way of its leg, -1 of differences, which are what was gained."""
    return -1 if account in DIFFERENCE_ACCOUNTS else 1


# --- sums of legs -------------------------------------------------------------------------------


class SiteStay(NamedTuple):
    """A site while it was in a region (its key); both '' in the sums of the nation."""

    site: str
    region: str


class LegSums:
    """Sums of legs by the place of a site's tally: many rows are of few legs, so each is told apart once."""

    def __init__(self, scope: FlowScope) -> None:
        self.scope = scope
        self.legs: list[FlowLeg] = []
        self.sums: dict[tuple[str, int], int] = {}
        self._numbers: dict[FlowLeg, int] = {}
        self._known: dict[tuple[str, ...], int] = {}
        self._sites: dict[str, str] = {}

    def add_flow(self, flow: FlowSum) -> None:
        """Add turnover of a site, or of the nation."""
        place, metal, _, account, source_class, origin, text, grams = flow
        site = self._site_of(place)
        # The row's kind tells what its site would: only where an event froze none does the site matter.
        key = (site if text.endswith("\t") else "", account, metal, source_class, origin, text)
        number = self._known.get(key)
        if number is None:
            turnover = Turnover(account, metal, source_class, origin, _parse_detail(text))
            number = self._known[key] = self._number_of(find_turnover_leg(self.scope, site, turnover))
        self.sums[place, number] = self.sums.get((place, number), 0) + grams

    def add_tally(self, tally: TallySum) -> None:
        """Add what a site lost, and found otherwise than it was."""
        for account in (*LOSS_ACCOUNTS, *DIFFERENCE_ACCOUNTS):
            if grams := tally.sums.get(account, 0):
                leg = find_change_leg(self.scope, _stay_of(tally.place).site, account, tally.metal)
                key = (tally.place, self._number_of(leg))
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

    def _site_of(self, place: str) -> str:
        site = self._sites.get(place)
        if site is None:
            site = self._sites[place] = _stay_of(place).site
        return site

    def _number_of(self, leg: FlowLeg) -> int:
        number = self._numbers.setdefault(leg, len(self.legs))
        if number == len(self.legs):
            self.legs.append(leg)
        return number


def read_legs(reader: Reader, scope: FlowScope) -> LegSums:
    """Return the metal of each leg in grams, signed: at each site, of a nation's turnover at all sites at once."""
    sums = LegSums(scope)
    terms = list(_list_terms(scope, scope.slices))
    _add_turnover(reader, sums, _list_turnover_terms(scope) if scope.is_nation else terms, TURNOVER_ACCOUNTS)
    _add_changes(reader, sums, terms)
    return sums


def read_legs_of_sites(
    reader: Reader, scope: FlowScope, slices: Collection[TallySlice], accounts: Collection[str]
) -> LegSums:
    """Return the metal of each leg at each of some sites of the place, as far as accounts tell it."""
    sums = LegSums(scope)
    terms = list(_list_terms(scope, slices))
    if turnover := [account for account in TURNOVER_ACCOUNTS if account in accounts]:
        _add_turnover(reader, sums, terms, turnover)
    if not {*LOSS_ACCOUNTS, *DIFFERENCE_ACCOUNTS}.isdisjoint(accounts):
        _add_changes(reader, sums, terms)
    return sums


_BY = ("place", "metal", "account", "source_class", "origin", "detail")


def _add_turnover(
    reader: Reader, sums: LegSums, terms: Iterable[TallyFilter], accounts: Collection[str]
) -> None:
    flows = [flow for wanted in terms for flow in reader.sum_flows(wanted, accounts, _BY)]
    sums.scope.learn_parties(reader, {_customer_of(text) for text in {flow.detail for flow in flows}} - {""})
    for flow in flows:
        sums.add_flow(flow)


def _add_changes(reader: Reader, sums: LegSums, terms: Iterable[TallyFilter]) -> None:
    for wanted in terms:
        for tally in reader.sum_tallies(wanted, ("place", "metal")):
            sums.add_tally(tally)


_parse_detail = lru_cache(maxsize=16_384)(TurnoverDetail.parse)


def _customer_of(text: str) -> str:
    detail = _parse_detail(text)
    return detail.other if detail.channel == TO_CUSTOMER else ""


def _list_turnover_terms(scope: FlowScope) -> list[TallyFilter]:
    query = scope.query
    by_event_month = query.view == "event"
    return [TallyFilter((NATION_FLOWS,), query.metals, query.period.first, query.period.last, by_event_month)]


def _list_terms(scope: FlowScope, slices: Collection[TallySlice]) -> Iterator[TallyFilter]:
    """Yield what sums to read by sites: those of a base are in it for some months only."""
    query = scope.query
    by_months: dict[tuple[str, str], set[str]] = {}
    for part in slices:
        months = (max(part.first, query.period.first), min(part.last, query.period.last))
        if months[0] <= months[1]:
            by_months.setdefault(months, set()).add(part.place)
    by_event_month = query.view == "event"
    for (first, last), places in sorted(by_months.items()):
        keys = tuple(in_view(sorted(places), by_event_month=by_event_month))
        yield TallyFilter(keys, query.metals, first, last, by_event_month)


def _stay_of(place: str) -> SiteStay:
    if place == NATION_FLOWS:
        return SiteStay("", "")
    site, _, region = view_of(place)[0].removeprefix(place_key("site", "")).partition("/")
    return SiteStay(site, region)


def sum_left(legs: Mapping[FlowLeg, int]) -> dict[FlowLeg, int]:
    """Return what went to stock by kind of site and metal, and what is on the road, as legs; signed."""
    left: dict[FlowLeg, int] = {}

    def add(kind: str, what: str, metal: str, grams: int) -> None:
        leg = FlowLeg("loss", kind, (what, ""), metal)
        left[leg] = left.get(leg, 0) + grams

    for leg, grams in legs.items():
        add(leg.kind, STOCK, leg.metal, leg.gains * grams)
        if leg.way == "sent":
            add(leg.kind, TRANSIT, leg.metal, grams)
        elif leg.way == "moved":
            add(leg.end[1], TRANSIT, leg.metal, -grams)
    return {leg: grams for leg, grams in left.items() if grams}
