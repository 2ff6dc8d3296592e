"""Define sites, and the regions (GB/T 2260 codes) that their figures add up in.

Regions are dated: a site's region, and a region's name, parent and end, have validity from the
first of a month, 00:00 in Shanghai. What is recorded of a month keeps the *region key* of that
month: the region's code where its digits tell prefecture and province, else the codes from the
highest that they do not tell, joined by dots (``370100.371202``: a county that keeps its code in
the prefecture that its own became part of). So every key begins with the digits of its province.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from traceability.domain.calendar import month_of
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.vocabulary import AUTHORITY, NATION

FIRST_MONTH, LAST_MONTH = "", "9999-12"  # of what is valid from the beginning, and without an end
_SUCCESSIONS = 12  # regions that became others one after the other; more is a circle in the data


class RegionVersion(NamedTuple):
    """A region as it was from month ``since`` to month ``until``, both inclusive.

    ``parent`` is the code of the region that it is part of, '' where its digits tell.
    ``successors`` are the regions that it became or became part of after ``until``; one that was
    only renamed has none.
    """

    names: NamesByLanguage
    since: str = FIRST_MONTH
    until: str = LAST_MONTH
    parent: str = ""
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A county, prefecture or province: six digits of GB/T 2260, or CN for the nation.

    ``names`` are the newest. ``versions`` stand in order of time; one that never changed has none.
    """

    code: str
    names: NamesByLanguage
    versions: tuple[RegionVersion, ...] = ()

    def name(self, language: str) -> str:
        """Return the newest name in a language."""
        return choose_name(self.names, language)

    def names_at(self, month: str) -> NamesByLanguage:
        """Return the names in a month: of the version before, or the first, where it had none."""
        earlier = [version for version in self.versions if version.since <= month]
        chosen = earlier[-1] if earlier else self.versions[0] if self.versions else None
        return chosen.names if chosen else self.names

    def version_at(self, month: str) -> RegionVersion | None:
        """Return the version of a month, None where the region did not exist."""
        if not self.versions:
            return RegionVersion(self.names)
        return next((version for version in self.versions if version.since <= month <= version.until), None)

    def exists_in(self, first: str, last: str) -> bool:
        """Return whether the region exists in any month from ``first`` to ``last``."""
        return not self.versions or any(
            version.since <= last and first <= version.until for version in self.versions
        )

    @property
    def last_month(self) -> str:
        """The last month of the region, LAST_MONTH where it exists."""
        return self.versions[-1].until if self.versions else LAST_MONTH

    @property
    def successors(self) -> tuple[str, ...]:
        """The regions that this one became or became part of; () where it exists."""
        return self.versions[-1].successors if self.versions else ()


Regions = Mapping[str, Region]


@dataclass(frozen=True, slots=True)
class Licence:
    """A dated permission to handle waste codes; dates are ISO days, both inclusive."""

    number: str
    waste_codes: tuple[str, ...]
    valid_from: str
    valid_until: str

    def covers(self, waste_code: str, day: str) -> bool:
        """Return whether the licence is in force on ``day`` for this waste code."""
        return waste_code in self.waste_codes and self.valid_from <= day <= self.valid_until


class DatedKinds(NamedTuple):
    """What kinds a site is of from the first of a month on, 00:00 in Asia/Shanghai."""

    from_month: str  # 2025-07
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """A park or base (园区、基地) that sites say they are in, within one region."""

    id: str
    region: str
    names: NamesByLanguage

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


class SiteMove(NamedTuple):
    """From month ``since`` on a site is in another region, and in a base or ('') none."""

    since: str
    region: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds lots: a yard, plant or warehouse of one firm.

    ``kinds`` are those that it began with, ``later_kinds`` in the order of their months what it became.
    ``region`` and ``base`` are the newest. ``moves`` is every stretch of time of a site that moved,
    the first one from FIRST_MONTH, in order; () of one that never did.
    ``keeps_location`` is whether its photos keep where they were taken.
    An authority (主管部门) is a site too, without firm or lots: statistics of its region are kept there.
    """

    id: str
    names: NamesByLanguage
    kinds: tuple[str, ...]
    region: str
    firm: str
    licences: tuple[Licence, ...] = ()
    later_kinds: tuple[DatedKinds, ...] = ()
    base: str = ""
    moves: tuple[SiteMove, ...] = ()
    keeps_location: bool = False

    def kinds_at(self, time_ms: int) -> tuple[str, ...]:
        """Return the kinds in force at a moment."""
        kinds = self.kinds
        if self.later_kinds:
            month = month_of(time_ms)
            for later in self.later_kinds:
                if later.from_month <= month:
                    kinds = later.kinds
        return kinds

    def was_ever(self, kind: str) -> bool:
        """Return whether the site is, was or will be of a kind."""
        return kind in self.kinds or any(kind in later.kinds for later in self.later_kinds)

    @property
    def is_authority(self) -> bool:
        """Return whether it declares its region's statistics, and nothing else."""
        return AUTHORITY in self.kinds

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)

    def stay_at(self, month: str) -> SiteMove:
        """Return where the site is in a month."""
        if not self.moves:
            return SiteMove(FIRST_MONTH, self.region, self.base)
        return [move for move in self.moves if move.since <= month][-1]

    @property
    def changes_base(self) -> bool:
        """Return whether the site came to a base, or left one."""
        return len({move.base for move in self.moves}) > 1


# --- region keys --------------------------------------------------------------------------------


def code_of(region: str) -> str:
    """Return the code of the region that a key names: 370100.371202 -> 371202."""
    return region.rpartition(".")[2]


def province_of(region: str) -> str:
    """Return the province of a region: 430681 -> 430000, 370100.371202 -> 370000."""
    return region[:2] + "0000" if region != NATION else NATION


def prefecture_key(region: str) -> str:
    """Return the key of a region's prefecture: 430681 -> 430600, 370100.371202 -> 370100."""
    if region == NATION or region.endswith("00"):
        return region
    above, dot, _ = region.rpartition(".")
    return above if dot else region[:4] + "00"


def prefecture_of(region: str) -> str:
    """Return the code of a region's prefecture."""
    return code_of(prefecture_key(region))


def lies_in(region: str, wider: str) -> bool:
    """Return whether a region is another one or a part of it.

    430681 lies in 430600, 430000 and CN; 370100.371202 in 370100, not in 371200.
    """
    return wider in (code_of(region), prefecture_of(region), province_of(region), NATION)


def level_of(code: str) -> str:
    """Return the level of a code of GB/T 2260: nation, province, prefecture or county."""
    if code == NATION:
        return "nation"
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


# --- places of tallies --------------------------------------------------------------------------


def places_of(site: str, region: str) -> tuple[str, str, str, str]:
    """Return the places that a site's figures are tallied at, as keys of the tallies.

    A site is tallied within its region, so that what it did elsewhere stays there; a county, a base
    and a site as a whole are sums of these, and need no rows of their own.
    """
    return (
        place_key("site", f"{site}/{region}"),
        place_key("prefecture", prefecture_key(region)),
        place_key("province", province_of(region)),
        place_key("nation", NATION),
    )


def place_key(level: str, code: str) -> str:
    """Return a place as one text, ``province:430000``: a prefecture and a province may share a
    code, and a site may too."""
    return f"{level}:{code}"


# --- where a region and a site are in a month ---------------------------------------------------


class RegionEnd(NamedTuple):
    """The end of a region that leaves it open where a site in region ``code`` is from then on."""

    code: str
    region: Region

    @property
    def is_own(self) -> bool:
        """Return whether the site's own region ended, not the prefecture that it is part of."""
        return self.code == self.region.code


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Regions and sites by month, and what became of them; what was asked once is kept."""

    regions: Regions
    sites: Mapping[str, Site]
    changes: tuple[str, ...] = ()
    _kept: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)
    _dated: dict[str, bool] = field(default_factory=dict, compare=False)
    _moved: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict, compare=False)
    _listed: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    _ever: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def region_at(self, site: str, month: str) -> str:
        """Return the key of a site's region in a month; '' of an unknown site."""
        known = self.sites.get(site)
        if known is None:
            return ""
        return self.locate(known.stay_at(month).region, month)

    def locate(self, code: str, month: str) -> str:
        """Return the key of a region in a month.

        One that became another, or part of another, is that one from then on; one that was split
        stays what it was, as nobody said which part is meant.
        """
        key = (code, month)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) > 20_000:
                self._kept.clear()
            kept = self._kept[key] = self._find_key(code, month)
        return kept

    def _find_key(self, code: str, month: str) -> str:
        chain = [self.follow(code, month)]
        while level_of(chain[0]) not in ("province", "nation") and len(chain) <= 3:
            chain.insert(0, self.parent_at(chain[0], month))
        first = len(chain) - 1
        for number in range(len(chain) - 1, 0, -1):
            if _parent_by_digits(chain[number]) != chain[number - 1]:
                first = number - 1
        return ".".join(chain[first:])

    def list_below(self, code: str) -> tuple[str, ...]:
        """Return the provinces of the nation, or the prefectures whose digits are a province's, by code.

        All that ever were: the data has thousands of regions, and each report asks for these few.
        """
        kept = self._listed.get(code)
        if kept is None:
            level, digits = ("province", "") if code == NATION else ("prefecture", code[:2])
            kept = self._listed[code] = tuple(
                sorted(one for one in self.regions if one.startswith(digits) and level_of(one) == level)
            )
        return kept

    def parent_at(self, code: str, month: str) -> str:
        """Return the code of the region that another one is part of in a month."""
        region = self.regions.get(code)
        version = region.version_at(month) if region else None
        if version is None and region is not None and region.versions:
            version = region.versions[-1]
        return self.follow((version.parent if version else "") or _parent_by_digits(code), month)

    def follow(self, code: str, month: str) -> str:
        """Return what a region is in a month: itself, or the one that it became (part of) before."""
        for _ in range(_SUCCESSIONS):
            region = self.regions.get(code)
            if region is None or month <= region.last_month or len(region.successors) != 1:
                return code
            code = region.successors[0]
        return code

    def find_ends(self, site: str) -> list[RegionEnd]:
        """Return the ends of regions after which nobody says where a site is, oldest first.

        Such a region was split, or became nothing, and the site has not moved by then. Empty of an
        unknown site.
        """
        known = self.sites.get(site)
        if known is None:
            return []
        moves = known.moves or (SiteMove(FIRST_MONTH, known.region),)
        lasts = [*(month_before(move.since) for move in moves[1:]), LAST_MONTH]
        found: dict[str, RegionEnd] = {}
        for move, last in zip(moves, lasts, strict=True):
            code = self.follow(move.region, last)
            for part in (code, self.parent_at(code, last)):
                region = self.regions.get(part)
                if region is not None and region.last_month < last:
                    found.setdefault(part, RegionEnd(code, region))
                    break
        return list(found.values())

    def regions_between(self, site: str, first: str, last: str) -> tuple[str, ...]:
        """Return the keys of a site's regions from month ``first`` to ``last``, each once."""
        return tuple(dict.fromkeys(region for _, region in self.stays_between(site, first, last)))

    def regions_ever(self, site: str) -> tuple[str, ...]:
        """Return the keys of a site's regions of all months, each once."""
        kept = self._ever.get(site)
        if kept is None:
            kept = self._ever[site] = self.regions_between(site, FIRST_MONTH, LAST_MONTH)
        return kept

    def stays_between(self, site: str, first: str, last: str) -> list[tuple[str, str]]:
        """Return (first month, region key) of where a site is from month ``first`` to ``last``."""
        if site not in self.sites:
            return []
        if not self.is_dated(site):
            return [(first, self.region_at(site, last))]
        months = [first, *(month for month in self._months_of(site) if first < month <= last)]
        return [(month, self.region_at(site, month)) for month in months]

    def is_dated(self, site: str) -> bool:
        """Return whether a site's region ever changes."""
        kept = self._dated.get(site)
        if kept is None:
            moves = self.sites[site].moves
            stays = {move.region for move in moves} or {self.sites[site].region}
            kept = self._dated[site] = len(moves) > 1 or any(map(self._changes, stays))
        return kept

    def _changes(self, code: str) -> bool:
        above = (code, prefecture_of(code), province_of(code))
        regions = (self.regions.get(part) for part in above)
        return any(region is not None and region.versions for region in regions)

    def _months_of(self, site: str) -> list[str]:
        return sorted({*self.changes, *(move.since for move in self.sites[site].moves)})

    def regions_since(self, first: str, month: str) -> Mapping[str, str]:
        """Return the region keys in ``month`` of the sites whose region changed after month ``first``."""
        if first >= month:
            return {}
        kept = self._moved.get((first, month))
        if kept is None:
            dated = [site for site in self.sites if self.is_dated(site)]
            kept = self._moved[first, month] = {
                site: self.region_at(site, month)
                for site in dated
                if len(self.regions_between(site, first, month)) > 1
            }
        return kept

    def predecessors(self, code: str, last: str) -> list[tuple[Region, str]]:
        """Return the regions that became (part of) another one by month ``last``, with their last months."""
        became = [
            (region, version.until)
            for region in self.regions.values()
            for version in region.versions
            if version.until < last and code in version.successors and region.code != code
        ]
        return sorted(became, key=lambda pair: (pair[1], pair[0].code))

    def former_names(self, code: str, last: str) -> list[RegionVersion]:
        """Return the versions of a region under other names, that ended before month ``last``."""
        region = self.regions.get(code)
        if region is None:
            return []
        newest = region.names_at(last)
        return [version for version in region.versions if version.until < last and version.names != newest]


def make_gazetteer(regions: Regions, sites: Mapping[str, Site]) -> Gazetteer:
    """Return the gazetteer of regions and sites."""
    return Gazetteer(regions, sites, tuple(sorted(_list_changes(regions.values()))))


def _list_changes(regions: Iterable[Region]) -> set[str]:
    """Return the months in which any region began, or another than before."""
    return {
        month
        for region in regions
        for version in region.versions
        for month in (version.since, next_month(version.until))
        if month not in (FIRST_MONTH, LAST_MONTH)
    }


def next_month(month: str) -> str:
    """Return the month after another: 2024-12 -> 2025-01; LAST_MONTH has none after it."""
    if month == LAST_MONTH:
        return month
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def month_before(month: str) -> str:
    """Return the month before another: 2025-01 -> 2024-12."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"


def _parent_by_digits(code: str) -> str:
    if level_of(code) == "county":
        return code[:4] + "00"
    return province_of(code) if level_of(code) == "prefecture" else NATION
