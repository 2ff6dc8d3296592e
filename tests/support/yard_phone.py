"""A worker's phone with the yard's app open: it counts what the hand does; and what the yard did before."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import pytest
from playwright.sync_api import Page

from scanners.codes import draw_code, group_code
from tests.support.browser import OpenPage, open_app
from tests.support.pages import PASSWORD, SiteApp

SUPPLIER, PLATE = "李记回收", "湘F00001"
TARE_G = 12_480_000

KEPT = """async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
}"""
"""Waits until the device holds the app, so that it opens without a network."""


@dataclass
class Phone:
    """A worker's phone with the app open; it counts what the hand does."""

    page: Page
    address: str
    taps: int = 0
    scans: int = 0
    keys: int = 0

    def tap(self, selector: str) -> None:
        """Tap an element."""
        self.page.locator(selector).first.click()
        self.taps += 1

    def enter(self, digits: str) -> None:
        """Type into the field that has the focus."""
        self.page.keyboard.type(digits)
        self.keys += len(digits)

    def scan(self, code: str, *, expect: str) -> str:
        """Scan a label by a wedge; return what is said, which has the tone that is expected."""
        self.pull_trigger(code)
        self.page.locator(".yard-note").filter(has_text=group_code(code)).wait_for()
        note = self.page.locator(".yard-note")
        assert note.get_attribute("data-tone") == expect, note.inner_text()
        return note.inner_text()

    def pull_trigger(self, code: str, kind: str = "l") -> None:
        """Send what a wedge types for a label, or for the code of another kind."""
        self.page.keyboard.type(f"https://localhost/{kind}/{code}")
        self.page.keyboard.press("Enter")
        self.scans += 1

    def steps(self) -> tuple[int, int, int]:
        """Return (taps, digits, scans) since the last time."""
        counted = self.taps, self.keys, self.scans
        self.taps = self.keys = self.scans = 0
        return counted

    def wait_for(self, selector: str) -> None:
        """Wait until an element is there."""
        self.page.locator(selector).first.wait_for(state="attached")


@contextmanager
def task(phone: Phone, name: str, most: tuple[int, int, int]) -> Iterator[None]:
    """Count a task from the screen of tasks on, print it, and compare it with its most taps, digits and scans."""
    phone.page.goto(f"{phone.address}/yard#/")
    phone.wait_for(".yard-tasks")
    phone.steps()
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    steps = phone.steps()
    print(f"{name}: {steps[0]} taps, {steps[1]} digits, {steps[2]} scans, {seconds:.1f} s; most {most}")
    assert all(done <= limit for done, limit in zip(steps, most, strict=True)), (name, steps)


def wait_for_state(phone: Phone, state: str) -> None:
    """Wait until the newest record of the device has come so far."""
    phone.wait_for(f'.yard-entries > li:first-child > [data-state="{state}"]')


def assert_is_short(phone: Phone) -> None:
    """A form is one screen and a half at most."""
    assert phone.page.evaluate("document.documentElement.scrollHeight") <= 1.5 * 844


def blank() -> Callable[[], str]:
    """Return what draws codes of blank labels, the same in each run."""
    numbers = Random(18)
    return lambda: draw_code(numbers.randbytes)


def prepare(site_app: SiteApp, draw: Callable[[], str], lots: int = 0) -> list[str]:
    """Record what the yard did before: a load of the usual supplier and vehicle, and so many lots in stock."""
    yard = site_app.business
    site_app.now_ms = yard.now_ms = time.time_ns() // 1_000_000
    codes = [draw() for _ in range(lots + 1)]
    for number, code in enumerate(codes):
        draft = yard.draft(
            "collect", "yard", supplier_name=SUPPLIER, vehicle_plate=PLATE, ticket=f"W-{number}", source_class="post",
            channel="offline", weighing={"gross_g": TARE_G + 1_000_000 * (number + 1), "tare_g": TARE_G},
            outputs=[{"form": "scrap", "material": "tense", "code": code}],
        )  # fmt: skip
        yard.send(draft)
    return codes


@pytest.fixture
def open_phone(site_app: SiteApp, address: str, open_page: OpenPage) -> Callable[..., Phone]:
    """Open the app on a phone, signed in at the yard."""

    def open_phone(language: str = "zh-CN", person: str = "wang", **settings: object) -> Phone:
        page = open_page(language=language, size="phone", **settings)
        page.goto(f"{address}/yard")
        page.fill("#person", person)
        page.fill("#password", PASSWORD)
        page.click("main button.main")
        page.check("input[name=site][value=yard]")
        page.click("main button.main")
        open_app(page, address)
        page.evaluate(KEPT)
        return Phone(page, address)

    return open_phone
