"""Read a listing of the store to its end: one loop for everything that is listed page by page."""

from collections.abc import Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def read_pages(read_page: Callable[[str], tuple[list[Item], str]]) -> Iterator[list[Item]]:
    """Yield the pages of a listing, the last one too, which may be empty.

    ``read_page(after)`` reads the page that follows a key ('' the first) and returns it with the
    key to continue after, '' at the end: what the listings of a ``Reader`` return.

    Raises ValueError where a damaged index leads in a circle.
    """
    after, more = "", True
    seen: set[str] = set()
    while more:
        page, after = read_page(after)
        if after in seen:
            raise ValueError(f"the rows come round again at {after}")
        seen.add(after)
        yield page
        more = bool(after)


def read_all(read_page: Callable[[str], tuple[list[Item], str]]) -> Iterator[Item]:
    """Yield every item of a listing in its order, read as ``read_pages`` reads it."""
    for page in read_pages(read_page):
        yield from page
