"""Withhold figures of regions from firms where they would tell what few other firms did.

A firm sees its own sites whole, and of the regions they lie in what ``domain.disclosure`` lets it see:
the cells of a calendar year, of all its regions together, are divided into blocks once, whatever page,
period or metal is asked for. So no two answers can be subtracted to a block that is not safe.

Figures that rest on declarations have no months that could be joined: they are shown for whole years,
from the smallest region outwards, each where what it adds to the shown ones within it is safe.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from graph.store import Reader, TallyFilter
from traceability.domain.access import ANYWHERE
from traceability.domain.calendar import month_of
from traceability.domain.disclosure import Blocks, Cell, is_safe
from traceability.domain.errors import NotAllowed, NotFound
from traceability.domain.indicators import Amount, Indicator, LedgerTerms, OutputStatistic, Terms, metals_for
from traceability.domain.measures import list_measures
from traceability.domain.period import Period
from traceability.domain.place import FIRST_MONTH, LAST_MONTH, code_of, lies_in, place_key, places_of
from traceability.domain.posting import view_of
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import NATION
from traceability.services.reporting.figures.report_data import ReportData
from traceability.services.reporting.figures.sources import source_of
from traceability.services.reporting.scope import (
    NATION_PLACE,
    REGION_LEVELS,
    Whereabouts,
    find_whereabouts,
    in_view,
    places_of_group,
    split_place,
)

FEWER_THAN_THREE = "fewer_than_three"
NOT_OVER = "not_over"
BY_EVENT_MONTH = "by_event_month"
PART_OF_YEAR = "part_of_year"
OF_STOCK = "of_stock"
WITHHELD = (FEWER_THAN_THREE, NOT_OVER, BY_EVENT_MONTH, PART_OF_YEAR, OF_STOCK)
"""Why a figure is withheld; '' of one that is shown."""

LIQUID = ("molten_tapped", "molten_direct", "molten_ingot", "molten_other")


# --- which regions are open ---------------------------------------------------------------------

MOST_VIEWERS = 256  # whose open regions a process keeps


def check_open(reader: Reader, viewer: Viewer, places: Iterable[str]) -> None:
    """Refuse figures of regions and sites that are not open to the viewer. Raises NotAllowed, NotFound.

    Whether there is such a region, base or site makes no difference to the answer.
    """
    is_open = find_open(find_whereabouts(reader), viewer)
    for place in places:
        members = places_of_group(split_place(place)[1]) if place.startswith("group:") else (place,)
        if not all(map(is_open, members)):
            if place.startswith("site:"):
                raise NotFound("report.unknown_site", id=split_place(place)[1])
            raise NotAllowed("report.closed_region", code=split_place(place)[1][:40])


def find_open(whereabouts: Whereabouts, viewer: Viewer) -> Callable[[str], bool]:
    """Return what tells whether the figures of a region or base are open to a viewer.

    To a firm those that its sites are in or were, to planners and auditors of a region those that it
    lies in, too, and all that lie in it.
    """
    if ANYWHERE in viewer.regions:
        return lambda place: True
    known = list_known(whereabouts, viewer)
    opened = whereabouts.kept_open.get(known)
    if opened is None:
        opened = list_open(whereabouts, known)
        if len(whereabouts.kept_open) < MOST_VIEWERS:
            whereabouts.kept_open[known] = opened
    if not viewer.regions:
        return lambda place: place in opened or _is_stay(viewer, place)
    scopes = [scope.ljust(6, "0") for scope in viewer.regions]
    reference = whereabouts.reference

    def is_open(place: str) -> bool:
        level, code, _ = split_place(place)
        if place in opened or code == NATION or _is_stay(viewer, place):
            return True
        if level == "site":
            return False
        region = code
        if level == "base":
            if code not in reference.bases:
                return False
            region = reference.bases[code].region
        keys = {region, *(reference.gazetteer.locate(region, month) for month in (FIRST_MONTH, LAST_MONTH))}
        return any(lies_in(key, scope) or lies_in(scope, code) for key in keys if key for scope in scopes)

    return is_open


def _is_stay(viewer: Viewer, place: str) -> bool:
    level, site, region = split_place(place)
    return level == "site" and viewer.shows_stay(site, region)


def list_known(whereabouts: Whereabouts, viewer: Viewer) -> frozenset[str]:
    """Return the sites whose rows a viewer sees; an authority's statistics are no rows of a site."""
    sites = whereabouts.reference.sites
    return frozenset(site for site in viewer.sees if site in sites and not sites[site].is_authority)


def list_open(whereabouts: Whereabouts, sites: Collection[str]) -> frozenset[str]:
    """Return the regions and bases that sites are in, or ever were; the nation only with a site."""
    opened: set[str] = set()
    for site in sites:
        gazetteer = whereabouts.reference.gazetteer
        stays = gazetteer.stays_between(site, FIRST_MONTH, LAST_MONTH)
        moved = [move.since for move in whereabouts.reference.sites[site].moves]
        stays += [(month, gazetteer.region_at(site, month)) for month in moved]
        stays += [(LAST_MONTH, region) for region in whereabouts.posted.get(site, ())]
        for month, region in stays:
            keys = whereabouts.keys_of(site, region, month)
            opened |= {place for place in keys if not place.startswith("site:")}
    return frozenset(opened)


def list_in_view(
    whereabouts: Whereabouts, viewer: Viewer, place: str, period: Period
) -> tuple[str, ...] | None:
    """Return the sites of a place whose rows a viewer sees, as parts of it; None where these are all of them."""
    base = split_place(place)[1] if place.startswith("base:") else ""
    present = {(part.site, part.region) for part in whereabouts.site_slices(place)}
    for site in whereabouts.sites_between((place,), period.first, period.last):
        stays = whereabouts.reference.gazetteer.stays_between(site, period.first, period.last)
        present |= {
            (site, region) for month, region in stays if whereabouts.holds(place, site, region, month)
        }
    seen = {stay for stay in present if viewer.shows_stay(*stay)}
    if seen == present:
        return None
    return tuple(sorted({place_key("site", f"{site}/{base or code_of(region)}") for site, region in seen}))


def is_public(indicator: Indicator) -> bool:
    """Return whether an indicator is what an authority states, and nothing else."""
    return isinstance(indicator.source, OutputStatistic) and indicator.source.share_of is None


# --- what a firm may see ------------------------------------------------------------------------


class OthersCell(NamedTuple):
    """What other firms did in a month with a metal, in the same open regions: tally columns by firm."""

    cell: Cell
    places: frozenset[str]
    by_firm: Mapping[str, Mapping[str, int]]


class DeclaredPart(NamedTuple):
    """What a site adds to a figure that rests on declarations, by name; ``rest`` is what it did not declare."""

    site: str
    region: str
    month: str
    amounts: Mapping[str, Amount]


Asked = tuple[tuple[str, ...], tuple[str, ...], Period]


@dataclass(frozen=True, slots=True)
class FirmView:
    """Decide for one firm's viewer which figures of regions are shown.

    ``known`` are the sites whose rows they see, ``opened`` the regions whose figures they may ask for.
    ``running`` is the month that is not over; ``years`` the cells of each year of the period.
    """

    whereabouts: Whereabouts
    known: frozenset[str]
    opened: frozenset[str]
    running: str
    years: Mapping[str, Collection[OthersCell]]
    _amounts: dict[tuple[str, Terms], Mapping[Cell, Mapping[str, int]]] = field(default_factory=dict)
    _blocks: dict[tuple[str, Terms], Blocks] = field(default_factory=dict)
    _shown: dict[tuple[Asked, Terms], str] = field(default_factory=dict)
    _asked: dict[Asked, Mapping[str, list[OthersCell]]] = field(default_factory=dict)

    def withholds(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...] | None
    ) -> str:
        """Return why a figure is not shown; '' where it is."""
        source = indicator.source
        if metals is None or all(place.startswith("site:") for place in places):
            return ""
        if is_public(indicator):
            return ""
        if data.by_event_month:
            return BY_EVENT_MONTH
        if isinstance(source, LedgerTerms) and source.months != "period":
            return OF_STOCK if self._has_liquid(data, places, metals) else ""
        if isinstance(source, LedgerTerms | OutputStatistic):
            asked = (places, metals, data.period)
            reasons = [self.tells(terms, *asked) for terms in list_measures(indicator)]
            return min(filter(None, reasons), key=WITHHELD.index, default="")
        return self._withholds_declared(indicator, data, places, metals)

    def tells(self, terms: Terms, places: tuple[str, ...], metals: tuple[str, ...], period: Period) -> str:
        """Return why a sum of tally columns is not shown; '' where it is."""
        asked = (places, metals, period)
        key = (asked, terms)
        if key not in self._shown:
            self._shown[key] = self._find_reason(terms, self._list_asked(asked))
        return self._shown[key]

    def _find_reason(self, terms: Terms, asked: Mapping[str, Collection[OthersCell]]) -> str:
        met = {
            year: [one for one in cells if one.cell in self._add_up(year, terms)]
            for year, cells in asked.items()
        }
        if any(one.cell[-1] >= self.running for cells in met.values() for one in cells):
            return NOT_OVER
        shown = all(
            self._divide(year, terms).shows([one.cell for one in cells]) for year, cells in met.items()
        )
        return "" if shown else FEWER_THAN_THREE

    def _list_asked(self, asked: Asked) -> Mapping[str, list[OthersCell]]:
        if asked not in self._asked:
            places, metals, period = asked
            sought = set(places)
            self._asked[asked] = {
                year: [
                    one
                    for one in cells
                    if period.contains(one.cell[-1])
                    and (not metals or one.cell[1] in metals)
                    and not sought.isdisjoint(one.places)
                ]
                for year, cells in self.years.items()
            }
        return self._asked[asked]

    def _divide(self, year: str, terms: Terms) -> Blocks:
        """Return the blocks of a year's months that are over; kept."""
        key = (year, terms)
        if key not in self._blocks:
            self._blocks[key] = Blocks(
                {
                    cell: by_firm
                    for cell, by_firm in self._add_up(year, terms).items()
                    if cell[-1] < self.running
                }
            )
        return self._blocks[key]

    def _add_up(self, year: str, terms: Terms) -> Mapping[Cell, Mapping[str, int]]:
        """Return what other firms did in each cell of a year, without cells where nobody did anything; kept."""
        key = (year, terms)
        if key not in self._amounts:
            amounts = {
                one.cell: {firm: amount for firm, sums in one.by_firm.items() if (amount := terms.of(sums))}
                for one in self.years[year]
            }
            self._amounts[key] = {cell: by_firm for cell, by_firm in amounts.items() if by_firm}
        return self._amounts[key]

    @staticmethod
    def _has_liquid(data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]) -> bool:
        sums = (data.add_up_stock(places, metals, at_end=at_end) for at_end in (False, True))
        return any(of.get(column) for of in sums for column in LIQUID)

    # --- what rests on declarations ---

    def _withholds_declared(
        self, indicator: Indicator, data: ReportData, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> str:
        parts = [
            DeclaredPart(*part)
            for part in source_of(indicator).list_parts(data, metals)
            if part[0] not in self.known
        ]
        if not any(
            data.touches(places, part.site, part.region, part.month) and _declares(part) for part in parts
        ):
            return ""
        whole = data.chosen == () and metals == metals_for(indicator.scope, (), data.reference.ten_metals)
        if not whole or not data.period.is_year:
            return PART_OF_YEAR
        if data.period.last >= self.running:
            return NOT_OVER
        levels = [split_place(place) for place in places]
        if len(places) > 1 or levels[0][0] not in REGION_LEVELS or levels[0][2]:
            return FEWER_THAN_THREE
        return "" if self._shows_declared(data, parts, places[0]) else FEWER_THAN_THREE

    def _shows_declared(self, data: ReportData, parts: list[DeclaredPart], place: str) -> bool:
        """Return whether a region's parts, without those of shown regions within it, are safe."""
        regions = sorted(
            (region for region in {*self.opened, place} if not split_place(region)[2]),
            key=lambda region: (self._rank(region), region),
        )
        shown: list[frozenset[int]] = []
        for region in regions:
            if self._rank(region) > self._rank(place):
                continue
            held = frozenset(
                number
                for number, part in enumerate(parts)
                if data.touches((region,), part.site, part.region, part.month)
            )
            within = [other for other in shown if other <= held]
            apart = all(other.isdisjoint(held) for other in shown if not other <= held)
            is_shown = apart and self._is_safe(parts, held.difference(*within))
            if region == place:
                return is_shown
            if is_shown and held:
                shown.append(held)
        return False

    @staticmethod
    def _rank(place: str) -> int:
        """Return the size of a region, counties first; bases are no part of it."""
        level = split_place(place)[0]
        return -REGION_LEVELS.index(level) if level in REGION_LEVELS else 1

    def _is_safe(self, parts: list[DeclaredPart], held: frozenset[int]) -> bool:
        firm_of = self.whereabouts.reference.firm_of
        if not any(_declares(parts[number]) for number in held):
            return True
        by_name: dict[str, list[tuple[str, Amount]]] = {}
        for number in held:
            part = parts[number]
            for name, amount in part.amounts.items():
                if amount:
                    by_name.setdefault(name, []).append((firm_of(part.site) or part.site, amount))
        return all(is_safe(_to_whole(amounts)) for amounts in by_name.values())


def _to_whole(amounts: Collection[tuple[str, Amount]]) -> Iterator[dict[str, int]]:
    """Return exact amounts by firm in a unit in which all of them are whole."""
    scale = lcm(*(Fraction(amount).denominator for _, amount in amounts))
    return ({firm: int(amount * scale)} for firm, amount in amounts)


def _declares(part: DeclaredPart) -> bool:
    return any(amount for name, amount in part.amounts.items() if name != "rest")


def read_firm_view(
    reader: Reader, whereabouts: Whereabouts, viewer: Viewer, period: Period, now_ms: int
) -> FirmView:
    """Read what the other firms of the book did in each calendar year that a period touches."""
    known = list_known(whereabouts, viewer)
    opened = list_open(whereabouts, known)
    years = {
        str(year): read_others(reader, whereabouts, known, opened, str(year))
        for year in range(int(period.first[:4]), int(period.last[:4]) + 1)
    }
    return FirmView(whereabouts, known, opened, month_of(now_ms), years)


def read_others(
    reader: Reader, whereabouts: Whereabouts, known: Collection[str], opened: frozenset[str], year: str
) -> list[OthersCell]:
    """Return what sites out of view did in a year, by the open regions that they are in, metal and month."""
    if NATION_PLACE not in opened:
        return []
    stays = {
        places_of(site, region)[0]: (site, region)
        for site, regions in whereabouts.posted.items()
        if site not in known
        for region in regions
    }
    keys = tuple(in_view(stays, by_event_month=False) if whereabouts.moved else stays)
    if not keys:
        return []
    firm_of = whereabouts.reference.firm_of
    cells: dict[Cell, tuple[frozenset[str], dict[str, dict[str, int]]]] = {}
    for tally in reader.sum_tallies(TallyFilter(keys, (), f"{year}-01", f"{year}-12")):
        site, region = stays[view_of(tally.place)[0]]
        places = opened.intersection(whereabouts.keys_of(site, region, tally.month))
        cell = ("+".join(sorted(places)), tally.metal, tally.month)
        by_firm = cells.setdefault(cell, (places, {}))[1]
        sums = by_firm.setdefault(firm_of(site) or site, {})
        for column, amount in tally.sums.items():
            sums[column] = sums.get(column, 0) + amount
    return [OthersCell(cell, places, by_firm) for cell, (places, by_firm) in cells.items()]
