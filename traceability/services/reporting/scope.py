"""Resolve what a report is of: places by level and code, the members of groups, and the places within a place."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from traceability.domain.errors import BadInput, NotFound
from traceability.domain.material import Reference
from traceability.domain.place import lies_in, place_key, places_of, prefecture_of, province_of
from traceability.domain.vocabulary import NATION
from traceability.services.reporting.postings import place_of_code

View = Literal["book", "event"]


Level = Literal["site", "prefecture", "province", "nation", "group"]


NATION_PLACE = place_key("nation", NATION)


def places_of_codes(codes: Sequence[str]) -> tuple[str, ...]:
    """The places of a group; one that lies within another counts once."""
    places = {place_of_code(code) for code in codes}
    if NATION_PLACE in places:
        return (NATION_PLACE,)
    provinces = {place for place in places if place.startswith("province:")}
    return tuple(
        sorted(place for place in places if place in provinces or province_place(place) not in provinces)
    )


def join_codes(regions: Iterable[str]) -> str:
    """A group as an address names it: the codes of its regions, each once."""
    return ",".join(sorted(set(regions)))


def places_of_group(code: str) -> tuple[str, ...]:
    """The places of a group by its code. Raises BadInput; the nation is no group."""
    members = places_of_codes(code.split(","))
    if NATION_PLACE in members:
        raise BadInput("report.bad_group", text=code[:40])
    return members


def check_places(places: Iterable[str], reference: Reference) -> None:
    """Regions that there are: known by name, or with a site. Raises NotFound."""
    for place in places:
        level, _, code = place.partition(":")
        known = level not in ("province", "prefecture") or code in reference.regions
        if not known and not any(lies_in(site.region, code) for site in reference.sites.values()):
            raise NotFound("report.unknown_region", code=code)


def province_place(place: str) -> str:
    """Return the place key of the province that a region lies in."""
    return place_key("province", province_of(place.partition(":")[2]))


def places_within(place: str, reference: Reference) -> list[str]:
    """The next level down: provinces of the nation, prefectures of a province, sites of a prefecture, a group's own."""
    level, _, code = place.partition(":")
    if level == "site":
        return []
    if level == "group":
        return list(places_of_group(code))
    if level == "nation":
        codes = {region for region in reference.regions if region != NATION and region.endswith("0000")}
        codes |= {province_of(site.region) for site in reference.sites.values()}
        return [place_key("province", one) for one in sorted(codes)]
    if level == "province":
        codes = {prefecture_of(site.region) for site in reference.sites.values()}
        codes |= {region for region in reference.regions if region.endswith("00") and region != code}
        return [place_key("prefecture", one) for one in sorted(codes) if province_of(one) == code]
    sites = (site.id for site in reference.sites.values() if prefecture_of(site.region) == code)
    return [place_key("site", one) for one in sorted(sites)]


def touches(places: Collection[str], site: str, region: str) -> bool:
    """Return whether a site's figures are tallied at one of these places."""
    return any(place in places for place in places_of(site, region))
