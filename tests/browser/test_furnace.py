"""A heat at a desk without a mouse: the card of a furnace, a scan a lot, the card finish, six bundles by two numbers.

One lot is approved by a supervisor where it is charged, and the composition comes from a spectrometer's file.
"""

import time

import pytest
from playwright.sync_api import FilePayload, Page, expect

from scanners.codes import group_code
from tests.support.axe import list_barriers
from tests.support.browser import sign_in
from tests.support.business import grams
from tests.support.keyboard import Keyboard
from tests.support.pages import PASSWORD, SiteApp
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
    trade.melt(trade.collect("tense", 2_000, site="plant"), into=1_700, heat="A-1")  # of the alloy made last
    trade.change_reference("material", "adc12", grades=["tense"])
    grades = ["talc", *["tense"] * LOTS]
    codes = [
        trade.lot(trade.collect(grade, 1_000, site="plant", metal_fraction="0.95")).code for grade in grades
    ]
    furnace = put_furnace(
        site_app.store, Actor("chen", site_app.now_ms), Furnace("", "plant", "Furnace 2", grams(20_000))
    )
    sign_in(page, address, "wang", "plant")
    wedge = Keyboard(page)
    began = time.monotonic()
    wedge.type(f"https://localhost/f/{furnace.code}")
    page.wait_for_url("**/furnace/new*")
    wedge.type(f"https://localhost/l/{codes[0]}")  # opens the heat, and is charged
    page.wait_for_url("**/furnace/0*")
    heat = page.url
    expect(page.locator(ROWS)).to_have_count(1)
    page.evaluate("window.opened = true")  # gone once the page is loaded again
    for place, code in enumerate(codes[1:LOTS], 2):
        wedge.type(f"https://localhost/l/{code}")
        if place == 3:
            wedge.type(f"https://localhost/l/{code}")  # twice: not added
    expect(page.locator(ROWS)).to_have_count(LOTS)
    charging_s = time.monotonic() - began
    assert page.evaluate("window.opened")
    assert page.evaluate("document.activeElement.id") == "scan-code"
    assert list_barriers(page) == []
    paused = time.monotonic()
    page.context.set_offline(True)
    page.evaluate("void (Storage.prototype.put = Storage.prototype.setItem)")
    page.evaluate("void (Storage.prototype.setItem = () => { throw new Error('full'); })")
    wedge.type(f"https://localhost/l/{codes[LOTS]}")
    expect(page.locator("#scan-note")).to_have_attribute("data-tone", "error")
    page.evaluate("void (Storage.prototype.setItem = Storage.prototype.put)")
    gone = trade.lot(trade.collect("tense", 1_000, site="plant"))
    for code in (codes[LOTS], gone.code):
        wedge.type(f"https://localhost/l/{code}")
    expect(page.locator("[data-kept] li")).to_have_count(2)
    trade.ship(gone.id, "yard", site="plant")
    page.context.set_offline(False)
    expect(page.locator(ROWS)).to_have_count(LOTS + 1)
    expect(page.locator("[data-kept] li")).to_have_count(0)
    expect(page.locator("#scan-note")).to_have_attribute("data-tone", "error")
    expect(page.locator("#scan-note")).to_contain_text(group_code(gone.code))
    began += time.monotonic() - paused  # no part of what is measured
    wedge.type(UNDO)
    expect(page.locator(ROWS)).to_have_count(LOTS)
    approve(page)
    wedge.type(FINISH)
    page.wait_for_url("**/finish")
    expect(page.locator("#made-count")).to_be_focused()
    assert list_barriers(page) == []
    typed = (BUNDLES, "1800")
    for text in typed:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    table = b"Sample,Si,Fe,Cu\nH-1,10.2,0.9,2.1\n"
    file = FilePayload(name="oes.csv", mimeType="text/csv", buffer=table)
    page.click("details:has(#spectrum) > summary")
    page.set_input_files("#spectrum", [file])
    page.click("[value=read-file]")
    expect(page.locator("[name=composition-Si]")).to_have_value("10.2")
    expect(page.locator("#made-each")).to_have_value(typed[1])
    page.wait_for_load_state()  # the page that shows what was read hears keys
    page.keyboard.press("F8")
    page.wait_for_url(heat)
    expect(page.locator("tbody details a")).to_have_count(int(BUNDLES))
    expect(page.locator(".notice.success", has_text=BUNDLES)).to_be_visible()
    labels = page.get_attribute("a.main", "href") or ""
    assert labels.count("code=") == int(BUNDLES)
    keys = sum(len(text) + 1 for text in typed) + 1
    with capsys.disabled():
        print(
            f"\nheat of {LOTS} lots: {LOTS + 2} scans (card, lots, finish) and no key, then {keys} keys, charged in {charging_s:.1f} s, "
            f"all {time.monotonic() - began:.1f} s; target {LOTS + 2} scans and no key until it is finished"
        )


def approve(page: Page) -> None:
    """Approve the lot that asks for it, as a supervisor does while the operator stays signed in."""
    page.click("#approval > summary")
    page.select_option("#approval-approver", "chen")
    page.fill("#approval-reason", "no other cans")
    page.fill("#approval-password", PASSWORD)
    page.click("#approval .button.main")
    expect(page.locator("#approval")).to_have_count(0)
    expect(page.locator(".why-doubtful")).to_have_count(1)
