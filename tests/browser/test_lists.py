"""Lists that lots are scanned into: a scan is one effect at once, what the step cannot take leaves no row, and the bar with count,
total and button never scrolls away.
"""

from collections.abc import Iterator
from itertools import islice

import pytest
from playwright.sync_api import Page, Route, expect

from scanners.codes import find_check_character, group_code
from tests.support.axe import list_barriers
from tests.support.browser import OpenPage, offer_scans, sign_in
from tests.support.pages import SiteApp
from traceability.domain.event import Event

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a loaded machine answers slowly

CARDS = {"finish": "C00000000017", "undo": "C00000000025", "cancel": "C00000000033"}
ROWS = ".lot-row:not(.vacant, .taken-out)"
IN_SIGHT = """() => { const bar = document.querySelector('.list-bar').getBoundingClientRect();
  return [...document.querySelectorAll('.lot-row:not(.vacant)')].filter(row => row.checkVisibility())
    .map(row => row.getBoundingClientRect()).filter(box => box.top >= 0 && box.bottom <= bar.top).length; }"""
BAR = """() => { const box = document.querySelector('.list-bar').getBoundingClientRect();
  return box.top >= 0 && box.bottom <= window.innerHeight + 1; }"""
SMALL = """(least) => [...document.querySelectorAll('.lot-row:not(.vacant) :is(input, button), .list-bar :is(a, button)')]
  .filter(one => one.checkVisibility({visibilityProperty: true})).map(one => one.getBoundingClientRect())
  .filter(box => box.height < least || box.width < least).length"""
FOCUS = "document.activeElement.name || document.activeElement.id || document.activeElement.tagName"


def enter(page: Page, address: str, site: str, path: str) -> None:
    sign_in(page, address, "wang", site)
    page.goto(f"{address}{path}")
    page.evaluate("window.opened = true")  # gone once the page is loaded again


def scan(page: Page, *texts: str) -> None:
    offer_scans(page, texts)


def weigh(page: Page, text: str) -> None:
    """Type a weight as a scale's indicator does."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def card(name: str) -> str:
    return f"https://localhost/c/{CARDS[name]}"


def note(page: Page) -> str:
    return page.inner_text("#scan-note")


def wait_for_rows(page: Page, count: int) -> None:
    expect(page.locator(ROWS)).to_have_count(count)
    expect(page.locator(".lot-row.asked")).to_have_count(0, timeout=60_000)


def newest(site_app: SiteApp) -> Event:
    with site_app.store.read() as reader:
        seq = reader.find_head().seq
        return reader.find_events_by_seq([seq])[seq]


def free_codes() -> Iterator[str]:
    """Yield right codes that no lot has."""
    for number in range(1, 1000):
        stem = f"{number:011d}"
        yield stem + find_check_character(stem)


def test_forty_lots_are_scanned_into_a_heat_and_what_is_wrong_leaves_no_row(
    site_app: SiteApp, address: str, page: Page
) -> None:
    trade = site_app.business
    lots = [trade.collect("tense", 500 + number, site="plant") for number in range(40)]
    codes = [trade.lot(lot).code for lot in lots]
    elsewhere = trade.lot(trade.collect("tense", 100)).code
    used = trade.collect("tense", 100, site="plant")
    trade.melt(used, into=90, heat="2025-0007")
    mixed = trade.lot(trade.collect("zorba", 100, site="plant")).code
    copper = trade.lot(trade.collect("berry", 100, site="plant")).code
    enter(page, address, "plant", "/melt")

    scan(page, *(f"https://localhost/l/{code}" for code in codes))
    wait_for_rows(page, 40)
    assert page.locator(".lot-row:not(.vacant) .told").all_inner_texts() == [
        group_code(code) for code in codes
    ]
    assert page.inner_text("[data-count]") == "40"
    assert page.inner_text("[data-total]") == "20\u00a0780"
    assert page.inner_text("[data-total-t]") == "20.780"
    assert page.evaluate(IN_SIGHT) >= 12
    assert page.evaluate(BAR)
    page.evaluate("window.scrollTo(0, 0)")
    assert page.evaluate(BAR)
    assert page.locator(".lot-row:not(.vacant) .place").nth(6).inner_text() == "7"

    unknown = next(free_codes())
    wrong = codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1")
    for text, tone, reason in (
        (codes[6], "warning", "第 7 个"),
        (elsewhere, "error", "yard"),
        (trade.lot(used).code, "error", "2025-0007"),
        (unknown, "error", "还没有对应的批次"),
        (mixed, "error", "混"),
        (copper, "error", "铜"),
        (f"https://localhost/l/{wrong}", "error", "校验位"),
        ("https://example.com/something", "error", "不是本系统标签"),
    ):
        scan(page, text)
        expect(page.locator("#scan-note")).to_have_attribute("data-tone", tone)
        expect(page.locator("#scan-note")).to_contain_text(reason)
        assert page.locator(ROWS).count() == 40, text

    scan(page, card("undo"))
    expect(page.locator("[data-count]")).to_have_text("39")
    assert group_code(codes[-1]) in note(page)
    page.locator(".lot-row.taken-out .remove").click()
    expect(page.locator("[data-count]")).to_have_text("40")
    page.locator(".lot-row .remove").nth(2).click()
    expect(page.locator("[data-count]")).to_have_text("39")
    page.locator(".lot-row .part input").first.fill("100.5")
    assert page.inner_text("[data-total]") == "19\u00a0878.5"
    scan(page, codes[2])
    expect(page.locator("[data-count]")).to_have_text("40")
    assert page.evaluate("window.opened")
    assert list_barriers(page) == []


def test_enter_goes_to_the_next_field_and_the_card_finish_records(
    site_app: SiteApp, address: str, english_page: Page
) -> None:
    page, trade = english_page, site_app.business
    lots = [trade.collect("tense", 500) for _ in range(2)]
    enter(page, address, "yard", "/sort")
    for lot in lots:
        scan(page, trade.lot(lot).code)
    wait_for_rows(page, 2)
    # A scale's indicator ends its weight with Enter.
    page.focus("[name=inputs-0-mass_kg]")
    weigh(page, "400")
    assert page.evaluate(FOCUS) == "inputs-1-mass_kg"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "outputs-0-material"
    page.select_option("[name=outputs-0-material]", "tense")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "outputs-0-mass_kg"
    weigh(page, "880")
    assert page.evaluate(FOCUS) == "loss_kg"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "scan"  # the box: a further Enter finds no button to press
    page.keyboard.press("Enter")
    assert page.evaluate("window.opened")
    assert newest(site_app).draft.kind == "collect"
    scan(page, card("finish"))
    page.wait_for_url("**/l/*")
    event = newest(site_app)
    assert [use.mass_g for use in event.draft.inputs] == [400_000, None]
    assert [new.mass_g for new in event.draft.outputs] == [880_000]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_phone_keeps_what_it_cannot_ask_about_and_asks_later(
    site_app: SiteApp, address: str, open_page: OpenPage, language: str
) -> None:
    trade = site_app.business
    known, kept, gone = (trade.collect("tense", 1000) for _ in range(3))
    codes = [trade.lot(lot).code for lot in (known, kept, gone)]
    trade.ship(gone, "plant")
    page = open_page(language=language, size="phone")
    enter(page, address, "yard", "/ship")
    scan(page, codes[0])
    wait_for_rows(page, 1)

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/record/*/lots/**", cut)
    for code in codes[1:]:
        scan(page, code)
    expect(page.locator(".lot-row.unchecked")).to_have_count(2)
    assert page.inner_text("[data-count]") == "3"
    assert page.inner_text("[data-total]") == "≥ 1\u00a0000"
    assert page.locator("#scan-note").get_attribute("data-tone") == "warning"
    scan(page, "126B07K7Q3F8")  # a wrong check character is known without asking
    expect(page.locator("#scan-note")).to_have_attribute("data-tone", "error")
    assert page.locator(ROWS).count() == 3

    page.unroute("**/record/*/lots/**", cut)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".lot-row.unchecked, .lot-row.asked")).to_have_count(0)
    expect(page.locator(".lot-row.refused")).to_have_count(1)
    assert "plant" in page.inner_text(".lot-row.refused .row-said")
    assert page.evaluate(SMALL, 56) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    first = page.locator(".lot-row:not(.vacant)").first.bounding_box()
    assert first
    assert 56 <= first["height"] <= 72
    assert page.evaluate(BAR)

    scan(page, card("cancel"))
    expect(page.locator(".leaving")).to_be_visible()
    assert page.evaluate("window.opened")
    scan(page, card("cancel"))
    page.wait_for_url(f"{address}/")


def test_arrivals_are_ticked_and_what_nobody_announced_is_noted(
    site_app: SiteApp, address: str, english_page: Page
) -> None:
    page, trade = english_page, site_app.business
    sent = [trade.ship(trade.collect("tense", 1000), "plant") for _ in range(3)]
    codes = [trade.lot(lot).code for lot in sent]
    enter(page, address, "plant", "/receive")
    scan(page, codes[1])
    wait_for_rows(page, 1)
    expect(page.locator(".expected li.arrived")).to_have_count(1)
    scan(page, next(islice(free_codes(), 5, None)))
    wait_for_rows(page, 2)
    expect(page.locator(".lot-row.doubtful")).to_have_count(1)
    for load in (0, 2):  # three trucks, of which the second has its lot in the list
        page.locator(".load > summary").nth(load).click()
        page.locator("button[value^=take-all-]").nth(load).click()
    wait_for_rows(page, 4)
    assert page.inner_text("[data-ticked] dd") == "2 of 2"
    expect(page.locator(".expected li.arrived")).to_have_count(3)
    assert page.inner_text("[data-total]") == "≥ 3\u00a0000"
    assert page.evaluate("window.opened")
    page.locator(".lot-row.doubtful .remove").click()
    page.click("[data-finish]")
    page.wait_for_url("**/events/*")
    assert {trade.lot(lot).site for lot in sent} == {"plant"}


def test_a_text_keeps_its_lines_and_only_control_with_enter_sends(address: str, english_page: Page) -> None:
    page = english_page
    enter(page, address, "yard", "/collect")
    page.focus("[name=weighing-gross_kg]")
    weigh(page, "33000")
    assert page.evaluate(FOCUS) == "weighing-tare_kg"
    page.locator("details.more summary").last.click()
    page.focus("[name=note]")
    page.keyboard.type("first")
    page.keyboard.press("Enter")
    page.keyboard.type("second")
    assert page.input_value("[name=note]") == "first\nsecond"
    assert page.evaluate("window.opened")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#errors")
    assert page.input_value("[name=weighing-gross_kg]") == "33000"
