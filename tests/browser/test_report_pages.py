"""Every page of planners and auditors, in a real browser on the demo: at a desk in Chinese, on a phone in English.

A page answers, breaks no script and no security policy, asks no other host for anything, does not scroll
sideways, has a heading, and axe finds nothing serious.
"""

from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest

from tests.support.demo import DemoBook
from tests.support.desk import Desk
from tests.support.report_walk import list_report_rules, walk_report_pages
from tests.support.served_demo import Served, serve_demo

pytestmark = pytest.mark.slow
READERS = ("sichuan-planner", "auditor")


@pytest.fixture(scope="module")
def served(demo_book: DemoBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the demo to the tests of this module."""
    with serve_demo(demo_book.store, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.mark.parametrize("person", READERS)
@pytest.mark.parametrize(("language", "size"), [("zh-CN", "desktop"), ("en", "phone")])
def test_every_page_can_be_read_by_everybody(
    browser: playwright.Browser, served: Served, person: str, language: str, size: str
) -> None:
    desk = Desk(browser, served, person, language=language, size=size)
    # The planner's pages are the auditor's too, who opens only those of auditors besides.
    rules = [
        rule
        for rule in list_report_rules(served.app)
        if rule.rule.startswith("/audit") == (person == "auditor")
    ]
    try:
        unlinked = walk_report_pages(served.app, rules, desk.look)
        assert (desk.found, unlinked) == ([], set())
    finally:
        desk.context.close()
