"""On a phone every number of a preview stands on the screen, and what is used with gloves is large enough to hit."""

import pytest
from playwright.sync_api import Page

from tests.support.browser import OpenPage
from tests.support.pages import PASSWORD, SiteApp

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
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height < least)
  .map(one => one.tagName + ' ' + one.className + ' ' + one.getBoundingClientRect().height)"""

TOOLS = "() => [...document.querySelectorAll('.tools a, .tools button')].map(one => one.getBoundingClientRect().height)"


def enter(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in?next=/site")
    page.fill("#person", "chen")
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.goto(f"{address}/site")
    page.check("input[name=site][value=yard]")
    page.click("main button.main")


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= 390 && window.innerWidth === 390"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_all_numbers_of_a_preview_are_on_the_screen(
    site_app: SiteApp, address: str, open_page: OpenPage, language: str
) -> None:
    lot = site_app.business.collect("tense", 104_000, metal_fraction="0.98")
    page = open_page(language=language, size="phone")
    enter(page, address)
    page.goto(f"{address}/melt?code={site_app.business.lot(lot).code}")
    page.fill("[name=heat_number]", "H1")
    for place, (material, kg) in enumerate([("adc12", "95000.5"), ("al-dross", "5000")]):
        page.select_option(f"[name=outputs-{place}-material]", material)
        page.fill(f"[name=outputs-{place}-mass_kg]", kg)
    page.click("button[value=preview]")
    page.wait_for_selector("#preview")
    assert page.locator("#errors").count() == 0, page.inner_text("#errors")
    assert "95,000.5" in page.inner_text("#preview")
    assert fits(page)
    assert page.evaluate(OUTSIDE) == []
    page.click(".actions button:last-child")
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
    enter(page, address)
    for path in (
        "collect",
        "receive",
        f"sort?code={lot.code}",
        f"ship?code={lot.code}",
        f"melt?code={lot.code}",
    ):
        page.goto(f"{address}/{path}")
        assert fits(page), path
        assert page.evaluate(SMALL_TEXT) == [], path
        assert page.evaluate(SMALL_TARGETS, 72) == [], path
        assert min(page.evaluate(TOOLS)) >= 56, path
