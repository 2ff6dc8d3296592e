"""On a phone every number of a preview stands on the screen, and what is used with gloves is large enough to hit."""

import pytest
from playwright.sync_api import Page

from tests.support.browser import OpenPage, sign_in
from tests.support.pages import SiteApp

pytestmark = pytest.mark.browser

OUTSIDE = """() => [...document.querySelectorAll('main td, main th, main .value, main dd')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('thead'))
  .filter(one => { const box = one.getBoundingClientRect(); return box.left < -1 || box.right > document.documentElement.clientWidth + 1; })
  .map(one => one.innerText)"""

SMALL_TEXT = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(one => !one.closest('option, .unseen, .skip') && parseFloat(getComputedStyle(one).fontSize) < 18)
  .map(one => one.tagName + ' ' + one.className + ' ' + one.innerText.slice(0, 30))"""

SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    '.scan input, .scan button, main .button, main .input, main select, .tiles label, .line .remove, .menu summary')]
  .filter(one => !one.closest('.lot-row'))  // compact lines of 56 px: test_lists.py
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height < least)
  .map(one => one.tagName + ' ' + one.className + ' ' + one.getBoundingClientRect().height)"""

LINKS = """(least) => {
  // What stands in a sentence is as high as its line.
  const isInSentence = link => getComputedStyle(link).display === 'inline' && link.closest('p')
    && link.closest('p').innerText.trim().length > link.innerText.trim().length + 2;
  return [...document.querySelectorAll('a[href], summary, button, select, textarea, input:not([type=hidden])')]
    .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !one.closest('.unseen, .skip, svg'))
    .map(one => one.matches('[type=radio], [type=checkbox]') ? one.closest('label') ?? one : one)
    .filter(one => !isInSentence(one))
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width > 1 && (box.height < least - 0.5 || box.width < Math.min(least, 24) - 0.5))
    .map(([one, box]) => `${one.parentElement.localName}.${one.parentElement.className} > ${one.localName}.${one.className} ${one.innerText.slice(0, 20)} ${box.width.toFixed()}x${box.height.toFixed()}`);
}"""

TOOLS = "() => [...document.querySelectorAll('.tools a, .tools button')].filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)"


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= 390 && window.innerWidth === 390"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_all_numbers_of_a_preview_are_on_the_screen(
    site_app: SiteApp, address: str, open_page: OpenPage, language: str
) -> None:
    lot = site_app.business.collect("tense", 104_000, metal_fraction="0.98")
    page = open_page(language=language, size="phone")
    sign_in(page, address, "chen")
    page.goto(f"{address}/melt?code={site_app.business.lot(lot).code}")
    page.fill("[name=heat_number]", "H1")
    for place, (material, kg) in enumerate([("adc12", "95000.5"), ("al-dross", "5000")]):
        page.select_option(f"[name=outputs-{place}-material]", material)
        page.fill(f"[name=outputs-{place}-mass_kg]", kg)
    page.click("button[value=preview]")
    page.wait_for_selector("#preview")
    assert page.locator("#errors").count() == 0, page.inner_text("#errors")
    assert "95\u00a0000.5" in page.inner_text("#preview")
    assert fits(page)
    assert page.evaluate(OUTSIDE) == []
    page.click(".actions [data-finish]")
    page.wait_for_selector(".technical")
    page.click(".technical summary")
    assert fits(page)
    assert page.evaluate(OUTSIDE) == []
    page.goto(f"{address}/lots")
    assert fits(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_of_the_yard_are_made_for_gloves(
    site_app: SiteApp, address: str, open_page: OpenPage, language: str
) -> None:
    lot = site_app.business.lot(site_app.business.collect("tense", 1000))
    page = open_page(language=language, size="phone")
    sign_in(page, address, "chen")
    small = {}
    for path in (
        "collect",
        "receive",
        f"sort?code={lot.code}",
        f"ship?code={lot.code}",
        f"melt?code={lot.code}",
        "scan",
        "l/000000000002",
        "site",
        "account/password",
    ):
        page.goto(f"{address}/{path}")
        assert fits(page), path
        assert page.evaluate(SMALL_TEXT) == [], path
        assert page.evaluate(SMALL_TARGETS, 72) == [], path
        assert min(page.evaluate(TOOLS)) >= 56, path
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        if found := page.evaluate(LINKS, 56):
            small[path] = found
    assert small == {}


def test_pages_of_lots_are_made_for_fingers(site_app: SiteApp, address: str, open_page: OpenPage) -> None:
    business = site_app.business
    lot = business.lot(business.collect("tense", 1000, actor="wang"))
    event = business.last.event  # type: ignore[union-attr]
    page = open_page(size="phone")
    sign_in(page, address, "chen")
    small = {}
    for path in ("", "lots", f"l/{lot.code}", f"l/{lot.code}/trace", f"events/{event}"):
        page.goto(f"{address}/{path}")
        assert fits(page), path
        small[path] = [one for one in page.evaluate(LINKS, 56) if not one.startswith(("p.", "div.lot-qr"))]
    assert {path: found for path, found in small.items() if found} == {}


def test_links_of_a_desk_are_hit_with_a_mouse(site_app: SiteApp, address: str, page: Page) -> None:
    business = site_app.business
    lot = business.lot(business.collect("tense", 1000, actor="wang"))
    event = business.last.event  # type: ignore[union-attr]
    sign_in(page, address, "chen")
    small = {}
    for path in (
        "",
        "lots",
        f"l/{lot.code}",
        f"l/{lot.code}/trace",
        f"events/{event}",
        f"events/{event}/replace",
        "account",
        "help",
    ):
        page.goto(f"{address}/{path}")
        page.evaluate("() => document.querySelectorAll('main details').forEach(one => one.open = true)")
        small[path] = page.evaluate(LINKS, 24)
    assert {path: found for path, found in small.items() if found} == {}


WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.tagName + '.' + one.className).slice(0, 8)"""

LONG = "W" * 200  # as long as a name may be, without a place to break


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_no_text_makes_a_page_scroll_sideways(
    site_app: SiteApp, address: str, open_page: OpenPage, size: str
) -> None:
    business = site_app.business
    documents = [{"type": LONG, "number": LONG}]
    lot = business.collect(
        "tense",
        1000,
        ticket=LONG,
        note="N" * 2000,
        driver=LONG,
        documents=documents,
        vehicle_plate="湘A" + "8" * 150,
    )
    event = business.last.event if business.last else ""
    business.ship(lot, "plant", driver=LONG)
    business.receive(lot, "plant", reason="R" * 2000)
    output = {"form": "product", "material": "adc12", "mass_g": 850_000}
    use = {"lot": lot}
    heat = business.draft("melt", "plant", inputs=[use], outputs=[output], heat_number=LONG, furnace=LONG)
    business.send(heat)
    code = business.lot(lot).code
    page = open_page(language="en", size=size)
    sign_in(page, address, "chen")
    paths = (
        "", "lots", f"l/{code}", f"l/{code}/trace", f"events/{event}", f"events/{heat['id']}", f"events/{event}/replace",
        f"events/{event}/void", f"scan?q={LONG}", f"lots?q={LONG}", f"labels?code={LONG}", f"labels/rolls?count={LONG}",
        f"{LONG}", f"report?period={LONG}", f"report/site/{LONG}",
    )  # fmt: skip
    wide = []
    for path in paths:
        page.goto(f"{address}/{path}")
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
            wide.append((path[:50], page.evaluate(WIDE)))
    page.goto(f"{address}/collect")
    for name in ("ticket", "supplier", "note"):
        page.evaluate(
            "([name, text]) => { const one = document.querySelector(`[name='${name}']`); if (one) one.value = text; }",
            [name, LONG * 2],
        )
    page.click("form.event .actions button.main")
    page.wait_for_selector("#errors")
    if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
        wide.append(("collect, refused", page.evaluate(WIDE)))
    assert wide == []
