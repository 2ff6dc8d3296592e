"""Something is found by a part of its number from the box of any page, on a phone and at a desk, and listed beside its like."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import list_barriers
from tests.support.browser import OpenPage, sign_in
from tests.support.pages import SiteApp

pytestmark = pytest.mark.browser
TYPED = "h-07"


def look(page: Page) -> None:
    """Fail for what lies beside the screen, and for what axe finds."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert list_barriers(page) == []


@pytest.mark.parametrize(("language", "size"), [("en", "phone"), ("zh-CN", "desktop")])
def test_a_heat_is_found_by_the_beginning_of_its_number(
    address: str, site_app: SiteApp, open_page: OpenPage, language: str, size: str
) -> None:
    business = site_app.business
    scrap = business.collect("tense", 4_000)
    business.melt((scrap, 2_000), into=1_700, site="yard", heat="H-07-1")
    heat = business.last_event()
    business.melt(scrap, into=1_700, site="yard", heat="H-07-2")
    page = open_page(language=language, size=size)
    sign_in(page, address, "wang", "yard")
    page.goto(f"{address}/lots")
    page.fill("#scan-code", TYPED)
    page.press("#scan-code", "Enter")
    page.wait_for_url("**/find?q=*")
    expect(page.locator("section.hits li")).to_have_count(2)
    look(page)
    page.click(f'section.hits a[href="/events/{heat}"]')
    page.wait_for_url(f"**/events/{heat}")
    print(f"find a heat, {size}: {len(TYPED) + 1} keys, 1 press")
    page.goto(f"{address}/l/{business.lot(scrap).code}")
    expect(page.locator(".notice.info")).to_contain_text("H-07-2")
    look(page)
    page.goto(f"{address}/heats?number={TYPED}")
    expect(page.locator(".sheet tbody tr")).to_have_count(2)
    look(page)
