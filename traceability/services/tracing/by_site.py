"""Read a listing site by site, a page at a time: what a viewer of many sites sees of lots and events."""

from collections.abc import Callable, Collection
from typing import TypeVar

from traceability.domain.errors import BadInput, NotFound
from traceability.domain.rights import Viewer

Item = TypeVar("Item")

MOST_SITES = 100  # asked for one page: of many sites without anything it may hold less than was asked for


def find_sites_in_view(viewer: Viewer, site: str = "") -> frozenset[str]:
    """Return the sites whose records a viewer sees, or the one that is asked for. Raises NotFound."""
    if not site:
        return viewer.sees
    if not viewer.shows_site(site):
        raise NotFound("report.unknown_site", id=site)
    return frozenset({site})


def page_by_site(
    sites: Collection[str], after: str, limit: int, read_page: Callable[[str, str, int], tuple[list[Item], str]]
) -> tuple[list[Item], str]:  # fmt: skip
    """Return a page of what sites have, in the order of their ids, and the cursor to continue after or ''.

    ``read_page(site, after, limit)`` reads one site. Raises BadInput for a cursor that is none.
    """
    key, at, begun = after.partition("@")
    if after and not at:
        raise BadInput("list.bad_key")
    left = sorted(site for site in sites if site >= begun)
    items: list[Item] = []
    for number, site in enumerate(left):
        if number == MOST_SITES or len(items) == limit:
            return items, f"@{site}"
        page, onward = read_page(site, key if site == begun else "", limit - len(items))
        items += page
        if onward:
            return items, f"{onward}@{site}"
    return items, ""
