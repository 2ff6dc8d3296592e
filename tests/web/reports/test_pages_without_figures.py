"""Report pages answer firms, planners and auditors on a book that holds nothing."""

from collections.abc import Callable

import pytest

from tests.support.markup import attributes_of, find_all
from tests.support.pages import SiteApp, Visitor
from tests.support.report_walk import list_report_rules, walk_report_pages


@pytest.mark.parametrize("person", ["chen", "liu", "zhao"])
def test_every_page_answers_on_an_empty_book(
    site_app: SiteApp, visit: Callable[..., Visitor], person: str
) -> None:
    visitor = visit(person)
    looked: list[str] = []

    def look(address: str) -> list[str]:
        answer = visitor.get(address)
        looked.append(address)
        assert answer.status_code in ((200, 403) if address.startswith("/audit") else (200,)), address
        assert [title.text().strip() != "" for title in find_all(answer, "h1")] == [True], address
        return attributes_of(answer, "main a[href]", "href")

    walk_report_pages(site_app.app, list_report_rules(site_app.app), look)
    assert len(looked) > 10
