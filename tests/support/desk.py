"""Look at pages in a real browser as somebody who is signed in, and note all that is wrong with them.

A page answers, breaks no script and no security policy, asks no other host for anything, does not scroll sideways, has
one heading, and axe finds nothing serious.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import playwright.sync_api as playwright

from tests.support.axe import list_barriers
from tests.support.browser import PAGE_SECONDS, SIZES
from tests.support.served_demo import Served

WIDE = "document.documentElement.scrollWidth"
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"
PAGES_A_TAB = 20
"""A new tab costs thrice the work of a page in an old one, and frees what the pages before it held."""


class Desk:
    """A browser in which somebody has signed in; it hears what pages break while they are opened."""

    def __init__(
        self,
        browser: playwright.Browser,
        served: Served,
        person: str,
        *,
        language: str,
        size: str,
        site: str = "",
        axe: bool = True,
    ) -> None:
        screen = SIZES[size]
        self.width: int = screen["viewport"]["width"]
        self.served = served
        self.axe = axe
        self.faults: list[str] = []
        self.found: list[str] = []
        self.barriers: list[str] = []  # of those, what axe found
        self.context = browser.new_context(
            locale=language, timezone_id="Asia/Shanghai", base_url=served.address, **screen
        )
        self.context.set_default_timeout(PAGE_SECONDS * 1000)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("response", self._look)
        self._tab: playwright.Page | None = None
        self._looked = 0
        served.sign_in(self.context, person, site=site)

    def _hear(self, message: playwright.ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _look(self, answer: playwright.Response) -> None:
        if urlsplit(answer.url).netloc != urlsplit(self.served.address).netloc:
            self.faults.append(f"asks {answer.url}")
        elif answer.status >= 400:
            self.faults.append(f"{answer.status} for {answer.url}")

    def look(
        self, address: str, judge: Callable[[playwright.Page], list[str]] = lambda page: []
    ) -> list[str]:
        """Open a page, note all that is wrong with it, by ``judge`` too, and return its links."""
        page = self._open_tab()
        self.faults.clear()
        page.goto(address)
        page.wait_for_selector("h1", state="attached")  # the yard's app draws its own
        wide = page.evaluate(WIDE)
        headings = [text.strip() for text in page.locator("h1").all_inner_texts()]
        links: list[str] = page.evaluate(LINKS)
        found = judge(page)
        barriers = list_barriers(page) if self.axe else []
        if wide > self.width:
            found.append(f"scrolls sideways: {wide} of {self.width}")
        if len(headings) != 1 or not headings[0]:
            found.append(f"headings {headings}")
        self.barriers += barriers
        self.found += [f"{address}: {fault}" for fault in (*self.faults, *found, *barriers)]
        return links

    def _open_tab(self) -> playwright.Page:
        """Return a tab for the next page, an empty one after so many."""
        if self._tab is None or self._looked % PAGES_A_TAB == 0:
            if self._tab is not None:
                self._tab.close()
            self._tab = self.context.new_page()
        self._looked += 1
        return self._tab
