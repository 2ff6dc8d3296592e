"""The one paging loop reads every page once, in order, and ends where the key is empty."""

from graph.paging import read_all, read_pages

PAGES = {"": ([1, 2], "b"), "b": ([], "c"), "c": ([3], "")}


def test_a_listing_is_read_to_its_end() -> None:
    asked: list[str] = []

    def read_page(after: str) -> tuple[list[int], str]:
        asked.append(after)
        return PAGES[after]

    assert list(read_all(read_page)) == [1, 2, 3]
    assert asked == ["", "b", "c"], "an empty page in between is not the end"


def test_a_page_is_read_when_it_is_wanted() -> None:
    """A slow download must not read ahead."""
    asked: list[str] = []

    def read_page(after: str) -> tuple[list[int], str]:
        asked.append(after)
        return PAGES[after]

    pages = read_pages(read_page)
    assert (next(pages), asked) == ([1, 2], [""])
