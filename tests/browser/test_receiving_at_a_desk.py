"""Arrivals at a desk without a mouse: the note is scanned, each scan ticks a lot, keys do the rest; `?` lists them."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from scanners.codes import make_shipment_code
from tests.support.axe import list_barriers
from tests.support.browser import offer_scans, sign_in
from tests.support.pages import SiteApp
from traceability.services.recording.pending_book import new_code

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a loaded machine answers slowly

LOTS = 4
COMPOSED = """() => document.body.dispatchEvent(
  new KeyboardEvent("keydown", {key: "?", isComposing: true, bubbles: true, cancelable: true}))"""
"""What an input method sends while somebody composes."""


def test_a_truck_is_received_by_scans_and_keys(
    site_app: SiteApp, address: str, english_page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    page, trade = english_page, site_app.business
    lots = [trade.collect("tense", 1000) for _ in range(LOTS)]
    trade.do("ship", "yard", "", lots=[{"lot": lot} for lot in lots], mode="road", to="plant")
    note = make_shipment_code(trade.event(trade.last_event()).seq)
    codes = [trade.lot(lot).code for lot in lots]
    sign_in(page, address, "wang", "plant")
    page.goto(f"{address}/receive")
    page.evaluate("window.opened = true")  # gone once the page is loaded again

    page.evaluate(COMPOSED)
    page.wait_for_timeout(150)  # what follows quicker is typed by a scanner
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.keyboard.press("?")  # the scan box has the focus and is empty
    expect(page.locator("dialog#keys")).to_be_visible()
    assert page.locator("dialog#keys kbd").all_inner_texts() == ["/", "F4", "F8", "F9", "Enter", "Esc", "?"]
    assert list_barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()

    # A code of no lot is asked about again, and known once its lot is; its button takes it out.
    stranger = new_code()
    offer_scans(page, [stranger])
    row = page.locator(f'.lot-row[data-code="{stranger}"]')
    expect(row).to_have_class(re.compile("doubtful"))
    trade.ship(trade.collect("tense", 500, code=stranger), "plant")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(row.locator(".row-mass")).to_have_text("500")
    row.locator(".remove").click()
    expect(row).to_have_class(re.compile("taken-out"))

    began = time.monotonic()
    keys = 0
    offer_scans(page, [note])
    expect(page.locator("[data-ticked] dd")).to_have_text(f"0 of {LOTS}")
    for code in codes[:-1]:
        offer_scans(page, [code])
    expect(page.locator("[data-ticked] dd")).to_have_text(f"{LOTS - 1} of {LOTS}")
    offer_scans(page, codes[:1])
    expect(page.locator("#scan-note")).to_contain_text("1")
    page.keyboard.press("F9")
    expect(page.locator("[data-ticked] dd")).to_have_text(f"{LOTS - 2} of {LOTS}")
    offer_scans(page, [codes[2]])
    expect(page.locator(".lot-row.asked")).to_have_count(0)
    page.keyboard.press("F4")
    page.keyboard.type("900")
    keys += len("900") + 3
    expect(page.locator(".differs")).to_contain_text("−100")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys"), "a field that is typed into keeps its keys").to_be_hidden()
    page.keyboard.press("Backspace")
    assert page.evaluate("window.opened"), "nothing of this asked for another page"
    page.fill("[name=reason]", "moisture")
    page.keyboard.press("F8")
    expect(page.locator("button[name=rest]")).to_be_visible()
    expect(page.locator(".errors")).to_contain_text("1 lot of the note")
    assert list_barriers(page) == []
    page.click("button[name=rest]")
    page.wait_for_url("**/events/*")
    with capsys.disabled():
        print(
            f"\nreceive {LOTS - 1} of {LOTS} lots: {LOTS + 1} scans, {keys} keys, {time.monotonic() - began:.1f} s"
        )
    assert [trade.lot(lot).status for lot in lots].count("in_transit") == 1
    assert trade.lot(lots[2]).remaining_g == 900_000
