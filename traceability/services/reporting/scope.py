"""Resolve the places of reports: by code, the members of groups, the places within one.

A place is a site, prefecture, province or the nation, written as its key (``province:430000``).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.access import Viewer
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.material import Reference
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.place import lies_in, place_key, places_of, prefecture_of, province_of
from traceability.domain.vocabulary import NATION
from traceability.locale import LANGUAGES, join_words
from traceability.services.directory.reference import reference_in

MonthView = Literal["book", "event"]
"""Whether months are those of the book or of the events themselves."""

Level = Literal["site", "prefecture", "province", "nation", "group"]
NATION_PLACE = place_key("nation", NATION)


class NamedPlace(NamedTuple):
    """A site, region or group of regions with its names."""

    level: str
    code: str
    names: NamesByLanguage

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


def find_place(reader: Reader, level: Level, code: str) -> NamedPlace:
    """Return a place that a report can be of. Raises BadInput, NotFound."""
    place = check_place(level, code)
    reference = reference_in(reader)
    check_known(place, reference)
    return name_place(place, reference)


def check_in_view(viewer: Viewer, level: Level, code: str) -> None:
    """Refuse a site that the viewer does not see; regions are for all. Raises NotFound."""
    if level == "site" and not viewer.shows_site(code):
        raise NotFound("report.unknown_site", id=code)


def check_place(level: Level, code: str) -> str:
    """Return the place key of a level and code that fit each other. Raises BadInput."""
    place = place_key(level, code)
    if level == "group":
        places_of_group(code)
    elif level != "site" and place != place_of_code(code):
        raise BadInput("report.bad_region", text=code[:40])
    return place


def place_of_code(code: str) -> str:
    """Return the place key of CN, a province (430000) or a prefecture (430600). Raises BadInput."""
    if code == NATION:
        return NATION_PLACE
    if len(code) != 6 or not code.isdecimal() or not code.endswith("00"):
        raise BadInput("report.bad_region", text=code[:40])
    return place_key("province" if code.endswith("0000") else "prefecture", code)


def check_known(place: str, reference: Reference) -> None:
    """Refuse a site or region that nobody knows. Raises NotFound."""
    level, _, code = place.partition(":")
    if level == "site" and code not in reference.sites:
        raise NotFound("report.unknown_site", id=code)
    if reference.regions:
        check_places((place,), reference)
    if level == "group":
        check_places(places_of_group(code), reference)


def name_place(place: str, reference: Reference) -> NamedPlace:
    """Return a place with its names.

    A code without a name stands for itself; a group lists its members.
    """
    level, _, code = place.partition(":")
    if level == "site":
        return NamedPlace(level, code, reference.sites[code].names)
    codes = code.split(",") if level == "group" else [code]
    regions = [(member, reference.regions.get(member)) for member in codes]
    names = (
        (
            language,
            join_words([region.name(language) if region else member for member, region in regions], language),
        )
        for language in LANGUAGES
    )
    return NamedPlace(level, code, tuple(names))


def places_of_codes(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the places of a group; one that lies within another counts once."""
    places = {place_of_code(code) for code in codes}
    if NATION_PLACE in places:
        return (NATION_PLACE,)
    provinces = {place for place in places if place.startswith("province:")}
    return tuple(
        sorted(place for place in places if place in provinces or province_place(place) not in provinces)
    )


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
        level, _, code = place.partition(":")
        named = level not in ("province", "prefecture") or code in reference.regions
        if not named and not any(lies_in(site.region, code) for site in reference.sites.values()):
            raise NotFound("report.unknown_region", code=code)


def province_place(place: str) -> str:
    """Return the place key of the province that a region lies in."""
    return place_key("province", province_of(place.partition(":")[2]))


def places_within(place: str, reference: Reference) -> list[str]:
    """Return the next level down, sorted.

    That is provinces of the nation, prefectures of a province, sites of a prefecture, a group's
    members.
    """
    level, _, code = place.partition(":")
    if level == "site":
        return []
    if level == "group":
        return list(places_of_group(code))
    if level == "nation":
        codes = {region for region in reference.regions if region != NATION and region.endswith("0000")}
        codes |= {province_of(site.region) for site in reference.sites.values()}
        return [place_key("province", province) for province in sorted(codes)]
    if level == "province":
        codes = {prefecture_of(site.region) for site in reference.sites.values()}
        codes |= {region for region in reference.regions if region.endswith("00") and region != code}
        return [place_key("prefecture", region) for region in sorted(codes) if province_of(region) == code]
    sites = (site.id for site in reference.sites.values() if prefecture_of(site.region) == code)
    return [place_key("site", site) for site in sorted(sites)]


def filter_terms(place: str) -> tuple[str, str]:
    """Return (site, region prefix) that filter events and postings of a place.

    '' leaves a part open.
    """
    level, _, code = place.partition(":")
    region = {"province": code[:2], "prefecture": code[:4]}.get(level, "")
    return (code if level == "site" else ""), region


def touches(places: Collection[str], site: str, region: str) -> bool:
    """Return whether a site's figures are tallied at one of these places."""
    return any(place in places for place in places_of(site, region))
