"""The guides stand on pages of the system: that of the reader's role and language, with links that lead into it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import Visitor

ROOT = Path(__file__).resolve().parents[3]
Visit = Callable[..., Visitor]


@pytest.mark.parametrize(("person", "guide"), [("zhao", "auditor"), ("liu", "planner"), ("wang", "scanning")])
def test_help_shows_the_guide_of_the_role_in_the_language(visit: Visit, person: str, guide: str) -> None:
    reader = visit(person)
    for language in ("zh", "en"):
        reader.client.set_cookie("language", language)
        page = reader.get("/")
        (own, *_) = attributes_of(page, "header a[rel=help]", "href")
        shown = reader.get(own)
        file = (ROOT / "docs" / f"guide-{guide}.{language}.md").read_text(encoding="utf-8")
        assert words_of(find_all(shown, "h1")[0]) == file.partition("\n")[0].removeprefix("# ")
        headings = [line.removeprefix("## ") for line in file.split("\n") if line.startswith("## ")]
        assert [words_of(one) for one in find_all(shown, ".guide h2")] == headings
        assert len(headings) > 3


def test_on_a_phone_help_stands_in_the_menu_of_who_scans(visit: Visit) -> None:
    page = visit("chen").get("/")
    assert attributes_of(page, "header a[rel=help]", "class") == ["person"], "which a phone does not show"
    assert attributes_of(page, ".menu a", "href")[-2:] == ["/help", "/account"]


def test_pictures_and_links_of_a_guide_are_there(visit: Visit) -> None:
    reader = visit("zhao")
    shown = reader.get("/help/planner")
    pictures = attributes_of(shown, ".guide img", "src")
    links = attributes_of(shown, ".guide a", "href")
    assert len(pictures) >= 3
    assert "/help/auditor" in links
    assert [link for link in links if not link.startswith("/")] == []
    assert [picture for picture in pictures if reader.get(picture).status_code != 200] == []


def test_the_page_of_scales_leads_to_their_guide(visit: Visit) -> None:
    worker = visit("wang", "yard")
    assert "/help/scales" in attributes_of(worker.get("/scales"), "main a", "href")
    assert "/scales" in attributes_of(worker.get("/help/scales"), ".guide a", "href")


@pytest.mark.parametrize("guide", ["yard", "weighbridge", "furnace"])
def test_guides_of_a_working_day_have_their_pictures_and_lead_to_their_pages(
    visit: Visit, guide: str
) -> None:
    worker = visit("wang", "plant")
    shown = worker.get(f"/help/{guide}")
    pictures = attributes_of(shown, ".guide img", "src")
    links = attributes_of(shown, ".guide a", "href")
    assert len(pictures) >= 3
    assert f"/{guide}" in links
    assert [picture for picture in pictures if worker.get(picture).status_code != 200] == []
    assert [link for link in links if worker.get(link).status_code == 404] == []


def test_a_guide_that_there_is_not_is_told(visit: Visit) -> None:
    assert visit("zhao").get("/help/nobody").status_code == 404


def test_the_menu_leads_to_the_interface_for_programs(visit: Visit) -> None:
    assert "/api/v1/docs" in attributes_of(visit("liu").get("/"), "nav a", "href")
