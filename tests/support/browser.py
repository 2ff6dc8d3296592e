"""Drive Debian's Chromium by playwright: pages as people see them, in Chinese and English, desk and
phone.

`page`          desktop, zh-CN          `phone_page`   a phone, zh-CN
`english_page`  desktop, en             `open_page`    open_page(language="en", size="phone", javascript=False)

Every page fails its test at the end if a script raised or the content security policy was broken.
`page.wait_for_function` needs eval and so fails under that policy: wait for attributes and texts instead.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import playwright.sync_api as playwright
import pytest

from tests.support.pages import PASSWORD
from tests.support.parts import find_chromium, find_headless_chromium, missing_parts

# Without these Chromium tries to reach its maker at every start, and waits for it on a closed network.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
PAGE_SECONDS = 20  # a page answers in well under a second; a loaded CI machine may not

OFFER_SCANS = """texts => import(new URL('../scanning/scans.js', document.querySelector('script[type="module"]').src))
  .then(bus => texts.forEach(text => bus.offerScan(text, 'wedge')))"""

OpenPage = Callable[..., playwright.Page]


def sign_in(page: playwright.Page, address: str, person: str, site: str = "yard") -> None:
    """Sign in, and choose the site to work at; '' leaves the choice open."""
    page.goto(f"{address}/sign-in?next=/site")
    page.fill("#person", person)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    if site:
        page.check(f"input[name=site][value={site}]")
        page.click("main button.main")
        page.wait_for_url(lambda url: not url.endswith("/site"))  # or the site may not be chosen yet


def open_app(page: playwright.Page, address: str) -> None:
    """Open the yard's app, as somebody who is signed in, and wait until it has started."""
    with telling(page):
        page.goto(f"{address}/yard")
        wait_until_started(page)


def wait_until_started(page: playwright.Page) -> None:
    """Wait until the yard's app has started."""
    page.locator("html[data-ready]").wait_for(state="attached")


@contextmanager
def telling(page: playwright.Page) -> Iterator[None]:
    """Where the page does not become as it should, raise with what it and its requests said meanwhile."""
    said: list[str] = []
    hearers: dict[str, Callable[[Any], None]] = {
        "console": lambda message: said.append(f"{message.type}: {message.text}"),
        "pageerror": lambda error: said.append(f"raised: {error}"),
        "requestfailed": lambda request: said.append(f"failed: {request.url} {request.failure}"),
        "response": lambda answer: said.extend([] if answer.ok else [f"{answer.status}: {answer.url}"]),
    }
    for name, hear in hearers.items():
        page.on(cast("Any", name), hear)
    try:
        yield
    except playwright.TimeoutError as error:
        state = page.evaluate("() => [location.href, document.readyState, document.body?.innerText || '']")
        raise AssertionError("\n".join([str(error), *said, *state])) from error
    finally:
        for name, hear in hearers.items():
            page.remove_listener(name, hear)


def offer_scans(page: playwright.Page, texts: Sequence[str]) -> None:
    """Offer the page what a wedge read, one after the other; how it reads keys is tested in tests/scanners."""
    page.evaluate(OFFER_SCANS, texts)


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    """Start one Chromium for all tests of a worker; every page has a fresh profile of its own."""
    if "browser" in missing_parts():
        pytest.skip(missing_parts()["browser"])
    with open_chromium(find_headless_chromium()) as chromium:
        yield chromium


@contextmanager
def open_chromium(path: str | None = None) -> Iterator[playwright.Browser]:
    """Start Chromium, for tests and measurements; another one by its path."""
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path or find_chromium(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: playwright.Browser) -> Iterator[OpenPage]:
    """Open a page in a new profile: language "zh-CN" or "en", size "desktop" or "phone"."""
    contexts: list[playwright.BrowserContext] = []
    faults: list[str] = []

    def hear(message: playwright.ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    def open_page(
        *, language: str = "zh-CN", size: str = "desktop", javascript: bool = True, **settings: Any
    ) -> playwright.Page:
        context = browser.new_context(
            locale=language,
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            **{**SIZES[size], **settings},
        )
        contexts.append(context)
        context.set_default_timeout(PAGE_SECONDS * 1000)
        context.on("console", hear)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, "\n".join(["the page broke its own rules:", *faults])


@pytest.fixture
def page(open_page: OpenPage) -> playwright.Page:
    """Open a desk in Chinese."""
    return open_page()


@pytest.fixture
def english_page(open_page: OpenPage) -> playwright.Page:
    """Open a desk in English."""
    return open_page(language="en")


@pytest.fixture
def phone_page(open_page: OpenPage) -> playwright.Page:
    """Open a phone in Chinese."""
    return open_page(size="phone")
