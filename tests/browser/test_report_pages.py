"""Every page of planners and auditors, in a real browser on the demo: at a desk in Chinese, on a phone in English.

A page answers, breaks no script and no security policy, asks no other host for anything, does not scroll
sideways, has a heading, and axe finds nothing serious.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import playwright.sync_api as playwright
import pytest

from tests.support.axe import list_barriers
from tests.support.browser import PAGE_SECONDS, SIZES
from tests.support.demo import DemoBook
from tests.support.report_walk import list_report_rules, walk_report_pages
from tests.support.served_demo import Served, serve_demo

pytestmark = pytest.mark.slow
READERS = ("sichuan-planner", "auditor")
WIDE = "document.documentElement.scrollWidth"
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"


@pytest.fixture(scope="module")
def served(demo_book: DemoBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the demo to the tests of this module."""
    with serve_demo(demo_book.store, tmp_path_factory.mktemp("served")) as served:
        yield served


class Desk:
    """A browser in which somebody has signed in; it hears what pages break while they are opened."""

    def __init__(self, browser: playwright.Browser, served: Served, person: str, **settings: str) -> None:
        size = SIZES[settings["size"]]
        self.width: int = size["viewport"]["width"]
        self.served = served
        self.faults: list[str] = []
        self.found: list[str] = []
        self.context = browser.new_context(
            locale=settings["language"], timezone_id="Asia/Shanghai", base_url=served.address, **size
        )
        self.context.set_default_timeout(PAGE_SECONDS * 1000)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("response", self._look)
        served.sign_in(self.context, person)

    def _hear(self, message: playwright.ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _look(self, answer: playwright.Response) -> None:
        if urlsplit(answer.url).netloc != urlsplit(self.served.address).netloc:
            self.faults.append(f"asks {answer.url}")
        elif answer.status >= 400:
            self.faults.append(f"{answer.status} for {answer.url}")

    def look(self, address: str) -> list[str]:
        """Open a page, note all that is wrong with it, and return its links."""
        self.faults.clear()
        page = self.context.new_page()  # of its own, which frees what the last one held
        page.goto(address)
        wide = page.evaluate(WIDE)
        headings = [text.strip() for text in page.locator("h1").all_inner_texts()]
        links: list[str] = page.evaluate(LINKS)
        found = list_barriers(page)
        if wide > self.width:
            found.append(f"scrolls sideways: {wide} of {self.width}")
        if len(headings) != 1 or not headings[0]:
            found.append(f"headings {headings}")
        self.found += [f"{address}: {fault}" for fault in (*self.faults, *found)]
        page.close()
        return links


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
