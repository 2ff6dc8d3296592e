"""Define what an event posts to the ledger: rows per account, and the tallies that they add up to.

A row's sign and unit belong to its account: mass or metal in grams, or gram-kilometres. Rows are
only ever added; a correction posts differences. The event month is that in which it happened, the
book month that in which it is booked; they differ where the event month was sealed at the row's
site.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from traceability.domain.kinds import HEATS
from traceability.domain.place import place_key, places_of, province_of
from traceability.domain.provenance import IMPORT_PREFIX, ORIGIN_OPENING
from traceability.domain.vocabulary import NATION, TURNOVER_ACCOUNTS, TURNOVER_IN


class LedgerRow(NamedTuple):
    """What an event says about one account.

    The cause and the book month are those of the posting.
    """

    account: str
    site: str
    region: str
    metal: str
    month: str  # event month
    source_class: str = ""
    origin: str = ""
    material: str = ""  # turnover: the kind of the site
    family: str = ""
    waste_code: str = ""
    channel: str = ""  # collect: online or offline; turnover also how else it came or left
    via: str = ""  # recycled, primary, residue: what made it (melt, refined, direct_use, …); turnover: the lot's form
    other_site: str = ""  # turnover also the customer, or the receiver of a disposal


class Posting(NamedTuple):
    """A row as booked: the ``event`` it is about and the ``cause`` that booked it, both by seq.

    The cause is the event itself, a correction of it, or a late entry that changes it. ``book_region``
    is the region key of the row's site in the book month, '' where it is that of the row: what a
    sealed month can no longer take is booked where the site is by then.
    """

    event: int
    cause: int
    number: int
    book_month: str
    row: LedgerRow
    grams: int
    book_region: str = ""


Rows = Mapping[LedgerRow, int]
"""Grams (or gram-kilometres) per row, zeros left out."""


BOOK_VIEW, EVENT_VIEW = "@book", "@event"
"""What ends the place of a tally that counts in one view of months only: the site was in another
region in the month of the event than in that of the book."""


class TallyKey(NamedTuple):
    """Which wide tally: a place (see ``places_of``, BOOK_VIEW), metal, book month and event month."""

    place: str
    metal: str
    book_month: str
    month: str


class FlowKey(NamedTuple):
    """Which narrow tally, kept by province: an account broken down by class, origin and detail.

    Turnover is kept by site within its region, and for the nation, where its sites are told apart by kind alone;
    its detail is a ``TurnoverDetail`` as text.
    """

    place: str
    metal: str
    book_month: str
    month: str
    account: str
    source_class: str
    origin: str
    detail: str


class TurnoverDetail(NamedTuple):
    """What the flows of turnover tell apart beside class and origin.

    ``channel`` is how metal came or left: online or offline collection, a site, a customer, a disposal.
    ``other`` is the site that it came from or went to, or the party that had it; '' of all else. ``site_kind`` is
    the kind of the site as its event froze it, '' of events that froze none.
    """

    family: str
    form: str
    channel: str
    other: str
    site_kind: str = ""

    @classmethod
    def parse(cls, text: str) -> "TurnoverDetail":
        """Return the detail that a flow's text stands for."""
        return cls(*text.split("\t", 4))

    def __str__(self) -> str:
        """Return it as one text, parted by tabs: no id holds one."""
        return "\t".join(self)


BY_SITE, TO_CUSTOMER, TO_DISPOSAL = "site", "customer", "disposal"
"""Channels of turnover beside those of collection."""

NATION_FLOWS = place_key("nation", NATION)

Tallies = dict[TallyKey, dict[str, int]]
Flows = dict[FlowKey, int]

# What the flows of an account tell apart beside class and origin
_FLOW_DETAIL = {
    "opening": "material",
    "collected": "material",
    "imported": "material",
    "recycled": "family",
    "primary": "family",
    "charged_scrap": "family",
    "preserved": "family",
    "residue_generated": "waste_code",
    "residue_utilised": "waste_code",
    "residue_disposed": "waste_code",
}


class LedgerRows:
    """Collect an event's rows; equal rows add up."""

    def __init__(self, month: str) -> None:
        self.month = month
        self.rows: dict[LedgerRow, int] = {}

    def post(
        self, account: str, site: str, region: str, metal: str, grams: int, source_class: str = "", origin: str = "",
        material: str = "", family: str = "", waste_code: str = "", channel: str = "", via: str = "",
        other_site: str = "",
    ) -> None:  # fmt: skip
        """Add grams to one row; 0 leaves no row."""
        if grams:
            # As ``LedgerRow(...)`` in half its time: several rows an event.
            row = tuple.__new__(LedgerRow, (
                account, site, region, metal, self.month, source_class, origin, material, family, waste_code, channel,
                via, other_site,
            ))  # fmt: skip
            self.rows[row] = self.rows.get(row, 0) + grams

    def close(self) -> dict[LedgerRow, int]:
        """Return the rows in their canonical order, without those that came to 0."""
        return {row: self.rows[row] for row in sorted(self.rows) if self.rows[row]}


def difference(true: Rows, posted: Rows) -> dict[LedgerRow, int]:
    """Return what must still be posted so that the posted rows become the true ones, in order."""
    rows = {row: delta for row, grams in true.items() if (delta := grams - posted.get(row, 0))}
    rows.update({row: -grams for row, grams in posted.items() if grams and row not in true})
    return dict(sorted(rows.items()))


def parts_of(row: LedgerRow) -> tuple[str, ...]:
    """Return the "of which" columns that a row adds to beside its account."""
    if row.account == "recycled":
        parts = []
        if row.source_class in ("post", "pre"):
            parts.append("recycled_" + row.source_class)
        if row.via in ("refined", "direct_use"):
            parts.append("recycled_" + row.via)
        if row.origin.startswith(IMPORT_PREFIX):
            parts.append("recycled_import")
        elif row.origin == ORIGIN_OPENING:
            parts.append("recycled_open")
        elif row.origin == province_of(row.region):
            parts.append("recycled_local")
        return tuple(parts)
    if row.account == "primary":
        return ("primary_first",) if row.via == "first" else ()
    if row.account == "residue_generated":
        return ("residue_melt",) if row.via in HEATS else ()
    if row.account == "collected":
        return ("collected_online",) if row.channel == "online" else ()
    if row.account in ("charged_scrap", "preserved"):
        wrought = row.family[:1].isdigit() and row.family.endswith("xxx")
        return (row.account.removesuffix("_scrap") + "_wrought",) if wrought else ()
    return ()


def tally(postings: Iterable[Posting]) -> tuple[Tallies, Flows]:
    """Return what postings add to the tallies of their site up to the nation, and to the flows."""
    at_sites: dict[tuple[str, str, str, str, str, str], dict[str, int]] = {}
    flows: Flows = {}
    for posting in postings:
        row, grams, region = posting.row, posting.grams, posting.book_region
        if row.account in TURNOVER_ACCOUNTS:
            _add_turnover(posting, flows)
            continue
        key = (row.site, row.region, region, row.metal, posting.book_month, row.month)
        sums = at_sites.setdefault(key, {})
        for column in (row.account, *parts_of(row)):
            sums[column] = sums.get(column, 0) + grams
        detail = _FLOW_DETAIL.get(row.account)
        if detail:
            provinces: tuple[str, ...] = (place_key("province", province_of(row.region)),)
            if region:
                provinces = _by_view(provinces, (place_key("province", province_of(region)),))
            for province in provinces:
                flow = FlowKey(
                    province, row.metal, posting.book_month, row.month,
                    row.account, row.source_class, row.origin, getattr(row, detail),
                )  # fmt: skip
                flows[flow] = flows.get(flow, 0) + grams
    tallies: Tallies = {}
    for (site, region, book_region, metal, book_month, month), sums in at_sites.items():
        places: tuple[str, ...] = places_of(site, region)
        if book_region:
            places = _by_view(places, places_of(site, book_region))
        for place in places:
            total = tallies.setdefault(TallyKey(place, metal, book_month, month), {})
            for column, grams in sums.items():
                total[column] = total.get(column, 0) + grams
    return tallies, flows


def _add_turnover(posting: Posting, flows: Flows) -> None:
    """Add what came to or left a site to its flows."""
    row, grams = posting.row, posting.grams
    places: tuple[str, ...] = (place_key("site", f"{row.site}/{row.region}"),)  # ``places_of`` makes four
    if posting.book_region:
        places = _by_view(places, places_of(row.site, posting.book_region)[:1])
    # A ``TurnoverDetail`` as text
    detail = "\t".join((row.family, row.via, row.channel, row.other_site, row.material))
    for place in places:
        flow = FlowKey(
            place, row.metal, posting.book_month, row.month, row.account, row.source_class, row.origin, detail
        )
        flows[flow] = flows.get(flow, 0) + grams
    total = _of_nation(posting)
    flows[total] = flows.get(total, 0) + grams


def _of_nation(posting: Posting) -> FlowKey:
    """Return the key of turnover in the nation's sums: it tells apart no more than a nation's flows need.

    What comes in needs no family, and no region of a site that sent it; what goes to a site is known by what that site
    receives.
    """
    row = posting.row
    family, origin, other = row.family, row.origin, row.other_site
    if row.account == TURNOVER_IN:
        family = ""
        if row.channel == BY_SITE:
            origin = ""
    elif row.channel == BY_SITE:
        other = ""
    detail = "\t".join((family, row.via, row.channel, other, row.material))
    return FlowKey(
        NATION_FLOWS, row.metal, posting.book_month, row.month, row.account, row.source_class, origin, detail
    )


def _by_view(by_event: tuple[str, ...], by_book: tuple[str, ...]) -> tuple[str, ...]:
    """Return places of both views as one where they agree, else each as that of its view alone."""
    places: list[str] = []
    for event_place, book_place in zip(by_event, by_book, strict=True):
        if event_place == book_place:
            places.append(event_place)
        else:
            places += (event_place + EVENT_VIEW, book_place + BOOK_VIEW)
    return tuple(places)


def view_of(place: str) -> tuple[str, str]:
    """Return (a tally's place, the view that it counts in): '' counts in both."""
    place, at, view = place.partition("@")
    return place, at + view
