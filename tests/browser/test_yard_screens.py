"""The yard's screens on a phone: few taps, one effect for a scan, offline as online, nothing lost by a reload."""

import re
from collections.abc import Callable
from random import Random

import pytest
from playwright.sync_api import Page

from tests.support.axe import list_barriers
from tests.support.heats import charge_heat
from tests.support.pages import SiteApp
from tests.support.yard_phone import Phone, blank, prepare
from traceability.domain.entry import compute_settled_mass
from traceability.domain.event import Weighing
from traceability.services.directory.audit import Actor

pytestmark = pytest.mark.browser

HEAT = "0194a000-0000-7000-8000-00000000eea7"
LISTS = ("collect/grade",)
"""Screens that are as long as what they list; all others are forms, of a screen and a half at most."""
MOST_HIGH_PX = 1.5 * 844

MOST_SMALL_PX = 17.9
"""Text below 18 px is read by nobody in the sun."""


def test_a_new_lot_is_two_taps_digits_and_a_scan_offline_as_online(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    draw = blank()
    [bound] = prepare(site_app, draw)
    phone = open_phone()
    page = phone.page
    phone.tap('[data-task="collect"]')
    phone.tap('[data-grade="tense"]')
    phone.enter("18260")
    assert "5\u00a0780\u00a0kg" in page.locator("#net").inner_text()
    first = draw()
    phone.scan(first, expect="success")
    assert phone.steps() == (2, 5, 1)
    page.locator('[data-state="done"]').first.wait_for()
    lot = site_app.find_lot(first)
    assert lot is not None
    assert (lot.material, lot.content.mass_g) == ("tense", 5_780_000)

    # The next one like it: the weight stands in the field that has the focus.
    page.context.set_offline(True)
    phone.enter("18300.5")
    second = draw()
    phone.scan(second, expect="success")
    assert phone.steps() == (0, 7, 1)
    page.locator('[data-state="kept"]').first.wait_for()
    assert site_app.find_lot(second) is None
    # A label has one lot, also one that only this device knows of; what was typed stays.
    phone.enter("18000")
    assert "tense" not in phone.scan(second, expect="error")
    phone.scan(bound, expect="error")
    assert page.input_value("#gross") == "18000"
    # A reload without a network loses nothing.
    page.reload()
    phone.wait_for("html[data-ready]")
    assert page.input_value("#gross") == "18000"
    # Any other page leads to the yard too, and it is said why.
    page.goto(f"{phone.address}/lots")
    phone.wait_for(".yard-note[data-tone=warning]")
    page.context.set_offline(False)
    page.goto(f"{phone.address}/yard#/records")
    page.locator('[data-state="done"]').nth(1).wait_for()
    lot = site_app.find_lot(second)
    assert lot is not None
    assert lot.content.mass_g == 5_820_500


def test_a_device_settles_a_weighing_as_the_server_does(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    prepare(site_app, blank())
    numbers = Random(18)
    cases = [
        Weighing(
            gross_g=numbers.randrange(30_000_000_000), tare_g=numbers.randrange(20_000_000_000),
            moisture_ppm=numbers.randrange(200_000), impurity_g=numbers.randrange(50_000),
        )
        for _ in range(300)
    ]  # fmt: skip
    expected = [compute_settled_mass(case) for case in cases]
    readings = [
        {"gross_g": one.gross_g, "tare_g": one.tare_g, "moisture": {"share_ppm": one.moisture_ppm}, "impurity": {"mass_g": one.impurity_g}}
        for one in cases
    ]  # fmt: skip
    settled = open_phone().page.evaluate(SETTLE, readings)
    assert settled == [[net_g, settled_g] if settled_g > 0 else None for net_g, settled_g in expected]


SETTLE = """async (readings) => {
    const { settle } = await import(new URL("./weighing.js", document.querySelector("script[src$='app.js']").src));
    return readings.map((one) => settle(one)).map(({ net_g, settled_g }) => (settled_g === null ? null : [net_g, settled_g]));
}"""


def test_what_may_be_a_slip_is_asked_before_it_is_recorded(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    draw = blank()
    prepare(site_app, draw)
    phone = open_phone()
    page = phone.page
    phone.tap('[data-task="collect"]')
    page.fill("#gross", "18.2")
    page.locator(".yard-verdict[data-tone=wrong]").wait_for()
    page.click("#instead")
    assert page.input_value("#gross") == "18\u00a0200"
    page.fill("#gross", "12485")  # 5 kg of castings
    page.locator(".yard-verdict[data-tone=doubt]").wait_for()
    page.focus("#gross")
    code = draw()
    phone.pull_trigger(code)
    page.click('[data-answer="no"]')
    assert page.input_value("#gross") == "12485"
    phone.pull_trigger(code)
    page.click('[data-answer="yes"]')
    page.locator('[data-state="done"]').first.wait_for()
    lot = site_app.find_lot(code)
    assert lot is not None
    assert lot.content.mass_g == 5_000
    # The recorder takes it back, and the label is free for nobody: its lot is void.
    page.locator(".yard-undo").first.click()
    page.locator('[data-state="withdrawn"]').first.wait_for()
    page.goto(f"{phone.address}/yard#/records")
    page.locator('[data-state="done"]').first.wait_for()
    lot = site_app.find_lot(code)
    assert lot is not None
    assert lot.void


def test_a_truck_is_loaded_scan_by_scan_and_what_may_not_go_is_refused(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    draw = blank()
    codes = prepare(site_app, draw, lots=12)
    yard = site_app.business
    quarantined, sent, *loaded = [(code, site_app.find_lot(code)) for code in codes]
    assert quarantined[1]
    assert sent[1]
    yard.inspect(quarantined[1].id, passed=False)
    yard.ship(sent[1].id, "chengdu")
    charging = loaded.pop()
    assert charging[1]
    charge_heat(site_app.store, HEAT, "yard", Actor("chen", yard.now_ms), lot=charging[1].id)
    phone = open_phone()
    page = phone.page
    phone.tap('[data-task="ship"]')
    phone.tap("#to")
    phone.tap('[data-id="chengdu"]')
    phone.tap("#done")
    for code, _ in loaded[:5]:
        phone.scan(code, expect="success")
    for code in (loaded[0][0], quarantined[0], sent[0]):
        phone.scan(code, expect="error")
    assert "炉次" in phone.scan(charging[0], expect="error")
    page.keyboard.type("https://example.com/whatever")
    page.keyboard.press("Enter")
    page.locator('.yard-note[data-tone="error"]').wait_for()
    assert page.locator(".yard-rows tr[data-code]").count() == 5
    # In the middle the network goes and the page is opened anew.
    page.context.set_offline(True)
    page.reload()
    phone.wait_for("html[data-ready]")
    for code, _ in loaded[5:10]:
        phone.scan(code, expect="success")
    stranger = draw()
    phone.scan(stranger, expect="warning")
    assert page.locator(".yard-rows tr[data-unknown]").get_attribute("data-code") == stranger
    page.click(".yard-rows tr[data-unknown] button")
    page.click(".yard-row-actions button")
    assert page.locator("[data-count]").get_attribute("data-count") == "10"
    masses = [lot.remaining_g for _, lot in loaded[:10] if lot]
    assert page.locator("[data-mass]").get_attribute("data-mass") == str(sum(masses))
    phone.tap("#depart")
    page.locator('[data-state="kept"]').wait_for()
    page.context.set_offline(False)
    page.locator('[data-state="done"]').wait_for()
    moved = [site_app.find_lot(code) for code, _ in loaded[:10]]
    assert {(lot.status, lot.to) for lot in moved if lot} == {("in_transit", "chengdu")}


def test_a_truck_is_received_by_ticks_and_scans_and_weighed_again(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    yard = site_app.business
    prepare(site_app, blank())
    sent = [yard.collect("tense", kg, site="chengdu") for kg in (1_000, 2_000)]
    for lot in sent:
        yard.ship(lot, "yard", site="chengdu")
    with site_app.store.read() as reader:
        codes = [reader.find_lots([lot])[lot].code for lot in sent]
    phone = open_phone()
    page = phone.page
    phone.tap('[data-task="receive"]')
    phone.tap(f'.yard-tick[data-code="{codes[0]}"]')
    phone.scan(codes[1], expect="success")
    phone.scan(codes[1], expect="error")
    page.click(f'tr[data-code="{codes[0]}"] button')
    page.click("#weighed")
    phone.enter("0.99")  # tonnes: asked about, and mended by a tap
    page.keyboard.press("Enter")
    page.locator("#instead").wait_for()
    page.fill("#reason", "雨淋后晾干")
    page.click("#arrive")
    page.click('[data-answer="no"]')
    page.click("#instead")
    page.locator("[data-mass='2990000']").wait_for()
    # A code that the device does not know is judged again once it is told of the lot; another is removed by one tap.
    late = yard.collect("tense", 3_000, site="chengdu")
    yard.ship(late, "yard", site="chengdu")
    with site_app.store.read() as reader:
        codes.append(reader.find_lots([late])[late].code)
    phone.scan(codes[2], expect="warning")
    page.locator("[data-mass='5990000']").wait_for()
    draw = blank()
    strangers = [draw() for _ in range(3)][1:]
    for stranger in strangers:
        phone.scan(stranger, expect="warning")
    page.click(f'tr[data-code="{strangers[0]}"] .yard-row-out')
    page.click("#arrive")  # with what nobody knows the truck would wait: the rest is recorded
    page.click('[data-answer="yes"]')
    page.locator('[data-state="done"]').wait_for()
    arrived = [site_app.find_lot(code) for code in codes]
    assert [(lot.site, lot.status, lot.remaining_g) for lot in arrived if lot] == [
        ("yard", "available", 990_000),
        ("yard", "available", 2_000_000),
        ("yard", "available", 3_000_000),
    ]
    page.goto(f"{phone.address}/yard#/receive")
    assert page.locator("tr[data-unknown]").get_attribute("data-code") == strangers[1]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_screen_can_be_used_with_gloves_and_read_in_the_sun(
    site_app: SiteApp, open_phone: Callable[..., Phone], language: str
) -> None:
    prepare(site_app, blank(), lots=2)
    phone = open_phone(language)
    page = phone.page
    faults = []
    for screen in (
        "",
        "collect",
        "collect/grade",
        "collect/from",
        "collect/tare",
        "collect/deductions",
        "ship",
        "ship/to",
        "receive",
        "process",
        "stocktake",
        "stocktake/end",
        "relabel",
        "today",
        "find",
        "records",
    ):
        page.goto(f"{phone.address}/yard#/{screen}")
        phone.wait_for("main h1")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{screen} is wider than {width} px")
            is_form = screen not in LISTS
            if (
                is_form
                and width == 390
                and page.evaluate("document.documentElement.scrollHeight") > MOST_HIGH_PX
            ):
                faults.append(f"{screen} is higher than a screen and a half")
        faults += [
            f"{screen}: {found}" for found in (*list_small(page), *list_barriers(page), *list_codes(page))
        ]
    assert faults == []


def list_small(page: Page) -> list[str]:
    """Return targets below 56 px in the frame and 72 px in screens, and texts below 18 px."""
    small: list[str] = page.evaluate(
        """([least]) => {
            const said = (element) => `${element.tagName}.${element.className} ${element.textContent.trim().slice(0, 30)}`;
            const shown = (element) => element.getClientRects().length && !element.closest(".skip, .unseen");
            const small = [];
            for (const element of document.querySelectorAll("main :is(a, button, input, select), footer :is(a, button)")) {
                const least = element.matches(".yard-row-code, .yard-weight input") ? 56 : 72;
                if (shown(element) && element.getBoundingClientRect().height < least - 0.5) small.push("low: " + said(element));
            }
            for (const element of document.querySelectorAll("body *")) {
                const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
                if (own && shown(element) && parseFloat(getComputedStyle(element).fontSize) < least) small.push("small text: " + said(element));
            }
            return small;
        }""",
        [MOST_SMALL_PX],
    )
    return small


def list_codes(page: Page) -> list[str]:
    """Return codes of words that a screen shows in place of the words."""
    return re.findall(r"\b(?:yard|kind|status|mode|class|channel|vehicle)\.[a-z_]+", page.inner_text("body"))
