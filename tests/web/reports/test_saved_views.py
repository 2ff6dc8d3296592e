"""A person saves the view of a report page by name; its link opens the same page, and nothing else."""

from collections.abc import Callable

import pytest

from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import Visitor

TREND = "/trend?level=province&code=430000&period=2025-Q1"
Visit = Callable[..., Visitor]


def saved_names(visitor: Visitor) -> list[str]:
    return [words_of(link) for link in find_all(visitor.get("/views"), "tbody th a")]


def test_a_saved_view_opens_the_page_as_it_was(visit: Visit) -> None:
    planner = visit("chen")
    planner.get(TREND)
    address = attributes_of(planner.get(TREND), "input[name=address]", "value")[0]
    answer = planner.post("/views", {"name": "  湖南  一季度 ", "address": address})
    assert answer.status_code == 302
    assert answer.headers["Location"] == TREND
    links = find_all(planner.get("/trend"), ".saved-views li a")
    assert (words_of(links[0]), links[0].attributes["href"]) == ("湖南 一季度", TREND)


def test_a_name_that_is_typed_otherwise_replaces_the_view(visit: Visit) -> None:
    planner = visit("chen")
    planner.get("/trend")
    for name in ("Hunan", "ＨＵＮＡＮ"):
        planner.post("/views", {"name": name, "address": "/trend"})
    assert saved_names(planner) == ["ＨＵＮＡＮ"]


def test_a_view_is_its_owners(visit: Visit) -> None:
    owner, other = visit("chen"), visit("wang")
    owner.get("/trend")
    owner.post("/views", {"name": "mine", "address": "/trend"})
    view = attributes_of(owner.get("/views"), "input[name=view]", "value")[0]
    other.get("/views")
    other.post("/views/forget", {"view": view})
    assert saved_names(other) == []
    assert saved_names(owner) == ["mine"]
    owner.post("/views/forget", {"view": view})
    assert saved_names(owner) == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "//example.org/trend",
        "https://example.org/trend",
        "/sign-out",
        "/\\example.org",
        "//[",
        "http://[::1",
        "/trend\n",
        "/nowhere",
        "trend",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(visit: Visit, address: str) -> None:
    planner = visit("chen")
    planner.get("/trend")
    assert planner.post("/views", {"name": "x", "address": address}).status_code == 400
    assert saved_names(planner) == []


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\u202eb"])
def test_a_view_needs_a_name(visit: Visit, name: str) -> None:
    planner = visit("chen")
    planner.get("/trend")
    assert planner.post("/views", {"name": name, "address": "/trend"}).status_code == 400


def test_there_is_an_end_to_saved_views(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceability.services.directory.saved_views.MOST_VIEWS", 2)
    planner = visit("chen")
    planner.get("/trend")
    answers = [planner.post("/views", {"name": name, "address": "/trend"}).status_code for name in "abcb"]
    assert answers == [302, 302, 400, 302]
