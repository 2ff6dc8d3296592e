"""Every page of planners and auditors, in a real browser on the demo: at a desk in Chinese, on a phone in English.

A page answers, breaks no script and no security policy, asks no other host for anything, does not scroll
sideways, has a heading, and axe finds nothing serious.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import playwright.sync_api as playwright
import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from graph.store import Store
from tests.support.axe import list_barriers
from tests.support.browser import PAGE_SECONDS, SIZES
from tests.support.demo import NOW_MS, DemoBook
from tests.support.pages import HOST, enter_as
from tests.support.report_walk import list_report_rules, walk_report_pages
from traceability.config import Settings

pytestmark = pytest.mark.slow
COOKIES = ("session", "form")
READERS = ("sichuan-planner", "auditor")
WIDE = "document.documentElement.scrollWidth"
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"


@dataclass(frozen=True, slots=True)
class Served:
    """The demo behind the application, and where it is served."""

    app: Flask
    store: Store
    address: str


@pytest.fixture(scope="module")
def served(demo_book: DemoBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the demo on a free port, at a time shortly after its last month."""
    folder = tmp_path_factory.mktemp("served")
    settings = Settings("", folder, folder / "blobs", "k" * 40, f"http://{HOST}")
    app = create_app(settings, demo_book.store, lambda: NOW_MS)
    server = make_server(HOST, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served(app, demo_book.store, f"http://{HOST}:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


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
        client = served.app.test_client()
        enter_as(client, served.store, person, NOW_MS)
        for name in COOKIES:
            cookie = client.get_cookie(name)
            assert cookie is not None
            self.context.add_cookies([{"name": name, "value": cookie.value, "url": served.address}])
        self.page = self.context.new_page()

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
        self.page.goto(address)
        wide = self.page.evaluate(WIDE)
        headings = [text.strip() for text in self.page.locator("h1").all_inner_texts()]
        found = list_barriers(self.page)
        if wide > self.width:
            found.append(f"scrolls sideways: {wide} of {self.width}")
        if len(headings) != 1 or not headings[0]:
            found.append(f"headings {headings}")
        self.found += [f"{address}: {fault}" for fault in (*self.faults, *found)]
        links: list[str] = self.page.evaluate(LINKS)
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
