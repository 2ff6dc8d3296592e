"""A heat at a desk without a mouse: the card of a furnace, a scan a lot, the card finish, six bundles by two numbers."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import list_barriers
from tests.support.browser import sign_in
from tests.support.business import grams
from tests.support.keyboard import Keyboard
from tests.support.pages import SiteApp
from traceability.services.directory.audit import Actor
from traceability.services.operations.furnaces import Furnace, put_furnace

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a loaded machine answers slowly

LOTS, BUNDLES = 12, "6"
FINISH, UNDO = "https://localhost/c/C00000000017", "https://localhost/c/C00000000025"
ROWS = "tr[data-code]"


def test_a_heat_takes_a_scan_a_lot_and_two_cards(
    site_app: SiteApp, address: str, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    trade = site_app.business
    codes = [
        trade.lot(trade.collect("tense", 1_000, site="plant", metal_fraction="0.95")).code
        for _ in range(LOTS + 1)
    ]
    furnace = put_furnace(
        site_app.store, Actor("chen", site_app.now_ms), Furnace("", "plant", "Furnace 2", grams(20_000))
    )
    sign_in(page, address, "wang", "plant")
    wedge = Keyboard(page)
    began = time.monotonic()
    wedge.type(f"https://localhost/f/{furnace.code}")
    page.wait_for_url("**/furnace/new*")
    page.keyboard.press("F8")
    page.wait_for_url("**/furnace/0*")
    heat = page.url
    page.evaluate("window.opened = true")  # gone once the page is loaded again
    for place, code in enumerate(codes[:LOTS], 1):
        wedge.type(f"https://localhost/l/{code}")
        if place == 3:
            wedge.type(f"https://localhost/l/{code}")  # twice: not added
    expect(page.locator(ROWS)).to_have_count(LOTS)
    charging_s = time.monotonic() - began
    assert page.evaluate("window.opened")
    assert page.evaluate("document.activeElement.id") == "scan-code"
    assert list_barriers(page) == []
    page.context.set_offline(True)
    wedge.type(f"https://localhost/l/{codes[LOTS]}")
    expect(page.locator("[data-kept] li")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator(ROWS)).to_have_count(LOTS + 1)
    expect(page.locator("[data-kept] li")).to_have_count(0)
    wedge.type(UNDO)
    expect(page.locator(ROWS)).to_have_count(LOTS)
    wedge.type(FINISH)
    page.wait_for_url("**/finish")
    expect(page.locator("#made-count")).to_be_focused()
    assert list_barriers(page) == []
    typed = (BUNDLES, "1800")
    for text in typed:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    wedge.type(FINISH)
    page.wait_for_url(heat)
    expect(page.locator("tbody tr")).to_have_count(int(BUNDLES))
    labels = page.get_attribute("a.main", "href") or ""
    assert labels.count("code=") == int(BUNDLES)
    keys = sum(len(text) + 1 for text in typed) + 1
    with capsys.disabled():
        print(
            f"\nheat of {LOTS} lots: {LOTS + 3} scans (card, lots, finish twice), {keys} keys, charged in {charging_s:.1f} s, "
            f"all {time.monotonic() - began:.1f} s; target {LOTS + 2} scans and no key until it is finished"
        )
