"""Scans at twenty a second, among the slow typing of a hand: none lost, none doubled, no key of the hand lost.

`make bench-scan` sends a thousand of them.
The hand does not wait for the scanner: more than half of its keys fall into a scan.
"""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.async_api import Route, async_playwright

from scanners.codes import draw_code
from tests.scanners.test_wedge import PAGE, STATIC, WATCH
from tests.support.browser import FLAGS
from tests.support.keyboard import KeyEvent, press, scan_keys, send_keys
from tests.support.parts import find_chromium

pytestmark = pytest.mark.browser

SCANS = 400
EVERY_S = 0.050
GAP_S = 0.001
HOST = "a.cn"


def type_by_hand(
    rng: random.Random, letters: str, seconds: float, start_s: float
) -> tuple[list[KeyEvent], str]:
    """Return what somebody types at some six keys a second, with slips taken back, and what is left of it."""
    events: list[KeyEvent] = []
    text, now_s = "", start_s
    while now_s < start_s + seconds:
        char = "\b" if text and rng.random() < 0.05 else rng.choice(letters)
        events += press(char, now_s, now_s + rng.uniform(0.06, 0.11))
        text = text[:-1] if char == "\b" else text + char
        now_s += rng.uniform(0.12, 0.22)
    return events, text


async def serve(route: Route) -> None:
    path = route.request.url.removeprefix("https://wedge.test").split("?")[0]
    if path == "/static/scanning/watch.js":
        await route.fulfill(body=WATCH, content_type="text/javascript")
    elif path.startswith("/static/"):
        await route.fulfill(
            body=(STATIC / path.removeprefix("/static/")).read_bytes(), content_type="text/javascript"
        )
    else:
        page = (PAGE % "").replace('data-idle-ms="5000" data-host="trace.example.cn"', f'data-host="{HOST}"')
        await route.fulfill(body=page, content_type="text/html")


async def scan_and_type(count: int) -> tuple[list[str], list[str], dict[str, str], dict[str, str]]:
    """Return the scans that were sent and heard, and what was typed and is in the fields."""
    rng = random.Random(18)
    sent, typed, found = [], {}, {}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = await browser.new_page()
        await page.route("**/*", serve)
        await page.goto("https://wedge.test/")
        await page.wait_for_selector("html[data-ready]", state="attached")
        await page.evaluate("window.takes = true")
        session = await page.context.new_cdp_session(page)
        for field, letters in (("note", "abcdefghkmnp 0123456789.-/"), ("weight", "0123456789.")):
            await page.focus(f"#{field}")
            start_s = time.time()
            codes = [draw_code(rng.randbytes) for _ in range(count // 2)]
            scans = [code if place % 4 else f"http://{HOST}/l/{code}" for place, code in enumerate(codes)]
            by_hand, typed[field] = type_by_hand(rng, letters, len(scans) * EVERY_S, start_s + 0.02)
            wedge = [
                key
                for place, text in enumerate(scans)
                for key in scan_keys(text, start_s + 0.2 + place * EVERY_S, GAP_S)
            ]
            await send_keys(session, wedge + by_hand)
            sent += scans
            found[field] = await page.input_value(f"#{field}")
        heard = await page.evaluate("scans")
        await browser.close()
    return sent, heard, typed, found


def test_scans_among_typing() -> None:
    with ThreadPoolExecutor(1) as own:  # the tests' own browser holds this thread's event loop
        sent, heard, typed, found = own.submit(asyncio.run, scan_and_type(SCANS)).result()
    assert len(sent) == SCANS
    assert heard == sent
    assert found == typed
