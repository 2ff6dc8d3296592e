"""Resolve the places of reports: by code, the members of groups, the places within one.

A place is a site, base, county, prefecture, province or the nation, written as its key
(``province:430000``). Where a region or site was part of several others, the part of it that lies
in one of them is a place too: ``site:miluo/430681`` is what the site did in that county,
``county:371202/371200`` the county while it was of that prefecture. So the rows of a report add up
to it exactly, whatever moved or was merged meanwhile.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.material import Reference
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.place import (
    FIRST_MONTH,
    LAST_MONTH,
    Site,
    code_of,
    level_of,
    lies_in,
    month_before,
    place_key,
    places_of,
    prefecture_key,
    prefecture_of,
    province_of,
)
from traceability.domain.posting import BOOK_VIEW, EVENT_VIEW, Posting
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import NATION
from traceability.locale import LANGUAGES, join_words
from traceability.services.directory.reference import reference_in

MonthView = Literal["book", "event"]
"""Whether months are those of the book or of the events themselves."""

Level = Literal["site", "base", "county", "prefecture", "province", "nation", "group"]
MOST_KEPT = 4  # whereabouts that a process keeps: one, but for tests and a moment of change
REGION_LEVELS = ("nation", "province", "prefecture", "county")
NATION_PLACE = place_key("nation", NATION)


class NamedPlace(NamedTuple):
    """A site, base, region or group of regions with its names."""

    level: str
    code: str
    names: NamesByLanguage

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


def find_place(reader: Reader, level: Level, code: str, month: str = LAST_MONTH) -> NamedPlace:
    """Return a place that a report can be of, as it is called in a month. Raises BadInput, NotFound."""
    place = check_place(level, code)
    reference = reference_in(reader)
    check_known(place, reference)
    return name_place(place, reference, month)


def check_in_view(viewer: Viewer, level: Level, code: str) -> None:
    """Refuse a site that the viewer does not see, nor saw in the region that is meant. Raises NotFound."""
    site, _, region = code.partition("/")
    if level == "site" and not viewer.shows_stay(site, region):
        raise NotFound("report.unknown_site", id=code)


def check_place(level: Level, code: str) -> str:
    """Return the place key of a level and code that fit each other. Raises BadInput."""
    place = place_key(level, code)
    if level == "group":
        places_of_group(code)
    elif level in REGION_LEVELS and place_key(level, code.partition("/")[0]) != place_of_code(
        code.partition("/")[0]
    ):
        raise BadInput("report.bad_region", text=code[:40])
    return place


def place_of_code(code: str) -> str:
    """Return the place key of CN, a province (430000), prefecture (430600) or county (430681).

    Raises BadInput.
    """
    if code == NATION:
        return NATION_PLACE
    if len(code) != 6 or not (code.isascii() and code.isdecimal()):
        raise BadInput("report.bad_region", text=code[:40])
    return place_key(level_of(code), code)


def check_known(place: str, reference: Reference) -> None:
    """Refuse a site, base or region that nobody knows. Raises NotFound."""
    level, code, _ = split_place(place)
    if level == "site" and code not in reference.sites:
        raise NotFound("report.unknown_site", id=code)
    if level == "base" and code not in reference.bases:
        raise NotFound("report.unknown_base", id=code[:40])
    if reference.regions:
        check_places((place,), reference)
    if level == "group":
        check_places(places_of_group(code), reference)


def name_place(place: str, reference: Reference, month: str = LAST_MONTH) -> NamedPlace:
    """Return a place with its names in a month.

    A code without a name stands for itself; a group lists its members.
    """
    level, code, _ = split_place(place)
    if level == "site":
        return NamedPlace(level, code, reference.sites[code].names)
    if level == "base":
        return NamedPlace(level, code, reference.bases[code].names)
    codes = code.split(",") if level == "group" else [code]
    regions = [(member, reference.regions.get(member)) for member in codes]
    names = (
        (
            language,
            join_words(
                [
                    choose_name(region.names_at(month), language) if region else member
                    for member, region in regions
                ],
                language,
            ),
        )
        for language in LANGUAGES
    )
    return NamedPlace(level, code, tuple(names))


def split_place(place: str) -> tuple[str, str, str]:
    """Return (level, code, the code of the region or base that only a part of it is meant in, or '')."""
    level, _, rest = place.partition(":")
    code, _, within = rest.partition("/")
    return level, code, within


# --- groups -------------------------------------------------------------------------------------


def places_of_codes(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the places of a group; one that lies within another counts once."""
    places = {place_of_code(code) for code in codes}
    if NATION_PLACE in places:
        return (NATION_PLACE,)
    return tuple(sorted(place for place in places if not any(_is_part(place, other) for other in places)))


def _is_part(place: str, other: str) -> bool:
    code, wider = place.partition(":")[2], other.partition(":")[2]
    return place != other and lies_in(code, wider)


def join_codes(regions: Iterable[str]) -> str:
    """Return a group as an address names it: the codes of its regions, each once."""
    return ",".join(sorted(set(regions)))


def places_of_group(code: str) -> tuple[str, ...]:
    """Return the places of a group by its code. Raises BadInput; the nation is no group."""
    members = places_of_codes(code.split(","))
    if NATION_PLACE in members:
        raise BadInput("report.bad_group", text=code[:40])
    return members


def check_places(places: Iterable[str], reference: Reference) -> None:
    """Refuse regions that have neither a name nor a site. Raises NotFound."""
    for place in places:
        level, code, _ = split_place(place)
        named = level not in REGION_LEVELS or code in reference.regions
        if not named and not any(lies_in(site.region, code) for site in reference.sites.values()):
            raise NotFound("report.unknown_region", code=code)


# --- what a place adds up -----------------------------------------------------------------------


class TallySlice(NamedTuple):
    """A tally that is part of a place, from month ``first`` to ``last``.

    ``site`` ('' any) and ``region``, a prefix of region keys, select its postings.
    """

    place: str
    site: str
    region: str
    first: str = FIRST_MONTH
    last: str = LAST_MONTH


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where sites are, were, and have postings: what a place adds up, and what lies within it.

    ``posted`` are the region keys of each site's postings. The book knows them, as each event froze
    the region of its month: whatever the reference data say by now, nothing falls between two rows.
    """

    reference: Reference
    posted: dict[str, tuple[str, ...]]
    exceptional: bool  # whether any region lies elsewhere than its digits tell
    movers: frozenset[str]  # sites with postings in a region or base where they are not in every month
    located: Mapping[str, tuple[str, ...]]  # the region keys of each site of all months, authorities left out
    kept: dict[str, list[tuple[str, str]]] = field(default_factory=dict, compare=False)
    kept_known: dict[str, list[tuple[str, str]]] = field(default_factory=dict, compare=False)
    kept_open: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, compare=False)

    @property
    def moved(self) -> list[str]:
        """The sites that have postings in several regions."""
        return [site for site, regions in self.posted.items() if len(regions) > 1]

    def slices(self, place: str) -> list[TallySlice]:
        """Return the tallies that a place adds up; of a group those of its members."""
        level, code, within = split_place(place)
        if level == "nation":
            return [TallySlice(place, "", "")]
        if level == "group":
            return [part for member in places_of_group(code) for part in self.slices(member)]
        if level == "province":
            return [TallySlice(place, "", code[:2])]
        if level == "prefecture":
            keys = {prefecture_key(region) for _, region in self._regions_in(place)}
            keys |= {code} if within in ("", province_of(code)) else set()
            return [TallySlice(place_key(level, key), "", key[:-2]) for key in sorted(keys)]
        if level == "base":
            stays = self._stays_in(code)
            return [part for site, first, last in stays for part in self._of_site(site, first, last)]
        if level == "site" and within in self.reference.bases:
            return [
                part
                for site, first, last in self._stays_in(within)
                if site == code
                for part in self._of_site(code, first, last)
            ]
        pairs = self._regions_in(place)
        return [TallySlice(places_of(site, region)[0], site, region) for site, region in pairs]

    def site_slices(self, place: str) -> list[TallySlice]:
        """Return the tallies of sites that a place adds up."""
        level, code, _ = split_place(place)
        if level == "group":
            return [part for member in places_of_group(code) for part in self.site_slices(member)]
        if level in ("base", "site"):
            return self.slices(place)
        return [
            TallySlice(places_of(site, region)[0], site, region) for site, region in self._regions_in(place)
        ]

    def _of_site(self, site: str, first: str, last: str) -> list[TallySlice]:
        return [
            TallySlice(places_of(site, region)[0], site, region, first, last)
            for region in self.posted.get(site, ())
        ]

    def _stays_in(self, base: str) -> Iterator[tuple[str, str, str]]:
        """Yield (site, first month, last month) of the sites of a base."""
        for site in self.reference.sites.values():
            for number, stay in enumerate(site.moves):
                if stay.base == base:
                    following = site.moves[number + 1 : number + 2]
                    yield site.id, stay.since, month_before(following[0].since) if following else LAST_MONTH
            if not site.moves and site.base == base:
                yield site.id, FIRST_MONTH, LAST_MONTH

    def _regions_in(self, place: str) -> list[tuple[str, str]]:
        """Return (site, region key) of the postings of a place that is no base."""
        parts = split_place(place)
        if parts[0] == "site":
            found = [(parts[1], region) for region in self.posted.get(parts[1], ())]
        else:
            found = self._by_region().get(parts[1], [])
        return [(site, region) for site, region in found if self._lies_in(parts, site, region)]

    def _by_region(self) -> Mapping[str, list[tuple[str, str]]]:
        """Return (site, region key) of all postings by the codes that the key tells, by site; kept.

        A report asks for each of its regions: one pass over the sites, not one for each region.
        """
        if not self.kept:
            _index_by_region(self.posted, self.kept)
        return self.kept

    def _known_by_region(self) -> Mapping[str, list[tuple[str, str]]]:
        """Return likewise where sites ever are, too; kept."""
        if not self.kept_known:
            sites = {*self.posted, *self.located}
            known = {site: (*self.posted.get(site, ()), *self.located.get(site, ())) for site in sites}
            _index_by_region(known, self.kept_known)
        return self.kept_known

    @staticmethod
    def _lies_in(parts: tuple[str, str, str], site: str, region: str) -> bool:
        level, code, within = parts
        if level == "nation":
            return True
        if level == "province":
            return province_of(region) == code
        if level == "prefecture":
            return prefecture_of(region) == code and within in ("", province_of(region))
        if level == "county":
            return code_of(region) == code and within in ("", prefecture_of(region))
        return site == code and within in ("", code_of(region))

    def keys_of(self, site: str, region: str, month: str) -> tuple[str, ...]:
        """Return every place that what a site did in a month, in a region (its key), belongs to."""
        province, prefecture, county = province_of(region), prefecture_of(region), code_of(region)
        keys = (
            NATION_PLACE, place_key("province", province),
            place_key("prefecture", prefecture), place_key("prefecture", f"{prefecture}/{province}"),
            place_key("county", county), place_key("county", f"{county}/{prefecture}"),
            place_key("site", site), place_key("site", f"{site}/{county}"),
        )  # fmt: skip
        known = self.reference.sites.get(site)
        base = known.stay_at(month).base if known else ""
        if not base:
            return keys
        return (*keys, place_key("base", base), place_key("site", f"{site}/{base}"))

    def holds(self, place: str, site: str, region: str, month: str) -> bool:
        """Return whether what a site did in a month, in a region (its key), belongs to a place."""
        level, code, within = split_place(place)
        if level == "group":
            return any(self.holds(member, site, region, month) for member in places_of_group(code))
        base = code if level == "base" else within if within in self.reference.bases else ""
        if base:
            known = self.reference.sites.get(site)
            stays = known is not None and known.stay_at(month).base == base
            return stays and (level == "base" or site == code)
        return self._lies_in((level, code, within), site, region)

    def sites_between(self, places: Collection[str], first: str, last: str) -> dict[str, Site]:
        """Return the sites that are in any of these places in a period, by id."""
        sought = set(places)
        return {
            id_: site
            for id_, site in self.reference.sites.items()
            if not site.is_authority
            for month, region in self.reference.gazetteer.stays_between(id_, first, last)
            if not sought.isdisjoint(self.keys_of(id_, region, month))
        }

    def keys_between(self, sites: Iterable[str], first: str, last: str) -> set[str]:
        """Return every place that some sites are in within a period."""
        return {
            key
            for site in sites
            for month, region in self.reference.gazetteer.stays_between(site, first, last)
            for key in self.keys_of(site, region, month)
        }

    def holds_posting(self, place: str, posting: Posting, *, by_event_month: bool) -> bool:
        """Return whether a place adds a posting up, in one view of months."""
        row = posting.row
        if by_event_month:
            return self.holds(place, row.site, row.region, row.month)
        return self.holds(place, row.site, posting.book_region or row.region, posting.book_month)

    # --- the places within one ---

    def places_within(self, place: str, first: str, last: str) -> list[str]:
        """Return the next level down in a period, sorted.

        That is provinces of the nation, prefectures of a province, counties of a prefecture, the sites
        that are in none of them, sites of a county or base, a group's members. Together they have
        every posting of the place, and the sites that it has in those months.
        """
        level, code, _ = split_place(place)
        if level == "site":
            return []
        if level == "group":
            return list(places_of_group(code))
        if level == "base":
            return self._sites_of_base(code, first, last)
        pairs = [*self._regions_in(place), *self._located_in(place, first, last)]
        within = {self._part_of(place, site, region) for site, region in pairs}
        if level in ("nation", "province"):
            within |= {self._whole(inner, code) for inner in self._listed_in(level, code, first, last)}
        return sorted(within)

    def _sites_of_base(self, base: str, first: str, last: str) -> list[str]:
        spans: dict[str, bool] = {}
        for site, since, until in self._stays_in(base):
            if since <= last and first <= until:
                spans[site] = since == FIRST_MONTH and until == LAST_MONTH
        return [
            place_key("site", site if whole else f"{site}/{base}") for site, whole in sorted(spans.items())
        ]

    def _located_in(self, place: str, first: str, last: str) -> Iterator[tuple[str, str]]:
        """Yield (site, region key) of the sites that are in a region in a period."""
        parts = split_place(place)
        for site, known in self.reference.sites.items():
            if known.is_authority:
                continue
            for region in self.reference.gazetteer.regions_between(site, first, last):
                if self._lies_in(parts, site, region):
                    yield site, region

    def _listed_in(self, level: str, code: str, first: str, last: str) -> list[str]:
        """Return the provinces, or the prefectures of a province, that have a name in a period."""
        known = self.reference.regions
        gazetteer = self.reference.gazetteer
        if level == "nation":
            return list(gazetteer.list_below(NATION))
        return [
            region
            for region in gazetteer.list_below(code)
            if known[region].exists_in(first, last) and province_of(gazetteer.parent_at(region, last)) == code
        ]

    def _part_of(self, place: str, site: str, region: str) -> str:
        """Return the place of the next level down that a site in a region is of."""
        level, code, _ = split_place(place)
        if level == "nation":
            return place_key("province", province_of(region))
        if level == "province" and level_of(prefecture_of(region)) == "prefecture":
            return self._whole(prefecture_of(region), code)
        county = code_of(region)
        if level == "prefecture" and level_of(county) == "county":
            return self._whole(county, code)
        regions = {*self.posted.get(site, ()), *self._always_in(site)}
        alone = all(code_of(other) == county for other in regions)
        return place_key("site", site if alone else f"{site}/{county}")

    def _always_in(self, site: str) -> tuple[str, ...]:
        return self.reference.gazetteer.regions_ever(site)

    def _whole(self, code: str, above: str) -> str:
        """Return a region as a place: its part in the region above, where it was part of others too."""
        level = level_of(code)
        upper = province_of if level == "prefecture" else prefecture_of
        key = place_key(level, code)
        # Only a key of several codes tells of another region above than the digits do.
        if level == "province" or (not self.exceptional and upper(code) == above):
            return key
        # Liquid metal goes with its site, so a region where a site is counts like one where it posted.
        known, parts = self._known_by_region().get(code, ()), split_place(key)
        if all(upper(region) == above for site, region in known if self._lies_in(parts, site, region)):
            return key
        return f"{key}/{above}"


def _index_by_region(
    regions_of: Mapping[str, tuple[str, ...]], index: dict[str, list[tuple[str, str]]]
) -> None:
    """Put (site, region key) by each code that the key tells, in the order of the sites."""
    index[NATION] = []
    for site, regions in sorted(regions_of.items()):
        for region in regions:
            for code in {NATION, province_of(region), prefecture_of(region), code_of(region)}:
                index.setdefault(code, []).append((site, region))


class _KeptWhereabouts(NamedTuple):
    """What a process knows, and the reference data and regions of postings that it was made of."""

    reference: Reference
    regions: list[tuple[str, str]]
    whereabouts: Whereabouts


_kept: list[_KeptWhereabouts] = []


def find_whereabouts(reader: Reader) -> Whereabouts:
    """Return where sites are, were, and have postings; the same object as long as nothing of it changed."""
    reference, regions = reference_in(reader), reader.list_posted_regions()
    for kept in _kept:
        if kept.reference is reference and kept.regions == regions:
            return kept.whereabouts
    made = _make_whereabouts(reference, regions)
    _kept[:] = [_KeptWhereabouts(reference, regions, made), *_kept[: MOST_KEPT - 1]]
    return made


def _make_whereabouts(reference: Reference, regions: Iterable[tuple[str, str]]) -> Whereabouts:
    posted: dict[str, tuple[str, ...]] = {}
    for site, region in regions:
        # A store may list the authorities of statistics too: they post nothing and are part of no region.
        if site not in reference.sites or not reference.sites[site].is_authority:
            posted[site] = (*posted.get(site, ()), region)
    located = {
        site: reference.gazetteer.regions_ever(site)
        for site, known in reference.sites.items()
        if not known.is_authority
    }
    exceptional = any(
        "." in region for regions in (*located.values(), *posted.values()) for region in regions
    )
    movers = frozenset(
        site
        for site, regions in posted.items()
        if {*regions, *located.get(site, ())} > {regions[0]}
        or (site in reference.sites and reference.sites[site].changes_base)
    )
    return Whereabouts(reference, posted, exceptional, movers, located)


def in_view(places: Iterable[str], *, by_event_month: bool) -> list[str]:
    """Return the keys of tallies with those that count in one view of months only."""
    view = EVENT_VIEW if by_event_month else BOOK_VIEW
    return [key for place in places for key in (place, place + view)]


# --- what became of regions ---------------------------------------------------------------------


class RegionChange(NamedTuple):
    """What a region's report tells of its past, or of what became of it.

    ``kind`` is ``joined`` (another region became part of it), ``renamed`` (it was called otherwise),
    ``ended`` (it is part of others now) or ``moved`` (a site was elsewhere). ``last`` is the last
    month before. ``places`` are the other regions.
    """

    kind: str
    last: str
    places: tuple[NamedPlace, ...]


def list_changes(place: str, reference: Reference, last: str) -> list[RegionChange]:
    """Return what became part of a place by month ``last``, and what became of the place itself."""
    level, code, _ = split_place(place)
    if level == "site":
        return _list_moves(code, reference, last)
    region = reference.regions.get(code)
    if level not in REGION_LEVELS or region is None:
        return []
    gazetteer = reference.gazetteer
    changes = [
        RegionChange("joined", until, (_name_region(former.code, reference, until),))
        for former, until in gazetteer.predecessors(code, last)
    ]
    changes += [
        RegionChange("renamed", version.until, (NamedPlace(level, code, version.names),))
        for version in gazetteer.former_names(code, last)
    ]
    if region.last_month < LAST_MONTH:
        heirs = tuple(_name_region(heir, reference, last) for heir in region.successors)
        changes.append(RegionChange("ended", region.last_month, heirs))
    return changes


def _name_region(code: str, reference: Reference, month: str) -> NamedPlace:
    return name_place(place_key(level_of(code), code), reference, month)


def _list_moves(site: str, reference: Reference, last: str) -> list[RegionChange]:
    changes = []
    for stay, following in pairwise(reference.sites[site].moves):
        until = month_before(following.since)
        if until < last:
            region = reference.gazetteer.locate(stay.region, until)
            changes.append(RegionChange("moved", until, (_name_region(code_of(region), reference, until),)))
    return changes


def bases_within(place: str, whereabouts: Whereabouts, first: str, last: str) -> list[NamedPlace]:
    """Return the bases that sites of a region are in within a period."""
    reference = whereabouts.reference
    sites = whereabouts.sites_between([place], first, last)
    known = {
        move.base
        for site in sites.values()
        for move in site.moves or (site.stay_at(last),)
        if move.base in reference.bases and move.since <= last
    }
    return [NamedPlace("base", base, reference.bases[base].names) for base in sorted(known)]


def parents_of(place: str, reference: Reference, month: str) -> list[NamedPlace]:
    """Return the regions above a place in a month, from the province down.

    Groupings that codes imply and nobody lives in (the districts of a municipality) are left out.
    """
    level, code, _ = split_place(place)
    if level == "site":
        region = reference.region_at(code, month)
    elif level == "base":
        region = reference.gazetteer.locate(reference.bases[code].region, month)
    elif level in REGION_LEVELS:
        known = reference.regions.get(code)
        then = min(month, known.last_month) if known else month
        region = reference.gazetteer.locate(code, then)
    else:
        return []
    if region in ("", NATION):
        return []
    codes = dict.fromkeys((province_of(region), prefecture_of(region), code_of(region)))
    above = [upper for upper in codes if upper != code and upper != NATION]
    if level in REGION_LEVELS:
        above = [
            upper for upper in above if REGION_LEVELS.index(level_of(upper)) < REGION_LEVELS.index(level)
        ]
    return [_name_region(upper, reference, month) for upper in above]
