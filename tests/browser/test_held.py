"""A supervisor settles what a device could not record, on a phone and at a desk; nothing keeps anybody from it."""

import pytest
from playwright.sync_api import Page

from tests.support.axe import list_barriers
from tests.support.browser import OpenPage
from tests.support.business import grams
from tests.support.pages import PASSWORD, SiteApp
from traceability.domain.event import Event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.queue import Queue, capture_queue
from traceability.wire import load_draft

pytestmark = pytest.mark.browser
FINGER_PX = 56


def hold(site_app: SiteApp, kg: float) -> str:
    """Send a draft that takes more of a lot than there is, as a device would; its id."""
    code = site_app.business.lot(site_app.business.collect("tense", 100)).code
    used, made = (
        {"lot_code": code, "mass_g": grams(kg)},
        {"form": "scrap", "material": "tense", "mass_g": grams(kg)},
    )
    draft = load_draft(site_app.business.draft("sort", "yard", actor="wang", inputs=[used], outputs=[made]))
    now_ms = site_app.now_ms
    answer = capture_queue(site_app.store, Queue([draft], now_ms - 420_000), Deliverer("x", "wang"), now_ms)
    assert [receipt.status for receipt in answer.receipts] == ["held"]
    return draft.id


def look(page: Page) -> None:
    """Fail for what lies beside the screen, and for what axe finds."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert list_barriers(page) == []


@pytest.mark.parametrize(("language", "size"), [("en", "phone"), ("zh-CN", "desktop")])
def test_one_is_mended_and_one_is_dropped(
    address: str, site_app: SiteApp, open_page: OpenPage, language: str, size: str
) -> None:
    mended, dropped = hold(site_app, 500), hold(site_app, 600)
    page = open_page(language=language, size=size)
    page.goto(f"{address}/held")
    page.fill("#person", "chen")
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.goto(f"{address}/held")
    look(page)
    link = page.locator(f'a[href="/held/{mended}"]')
    box = link.bounding_box()
    assert box is not None
    assert size == "desktop" or box["height"] >= FINGER_PX
    link.click()
    page.locator(".held-reasons").wait_for()
    look(page)
    page.click(f'a[href="/held/{mended}/mend"]')
    assert page.input_value("#inputs-0-mass_kg") == "500"
    if size == "phone":
        page.set_viewport_size({"width": 360, "height": 780})
        look(page)
    page.fill("#inputs-0-mass_kg", "50")
    page.fill("#outputs-0-mass_kg", "50")
    page.click("main .actions button.main")
    page.wait_for_url(lambda url: "/mend" not in url)
    page.goto(f"{address}/held/{mended}")
    successor = page.locator('.notice.success a[href^="/events/"]').get_attribute("href") or ""
    event: Event = site_app.business.event(successor.removeprefix("/events/"))
    assert event.draft.actor == "chen"

    page.goto(f"{address}/held/{dropped}")
    page.fill("#reason", "recorded twice")
    page.click("main form button.grave")
    page.wait_for_url("**/held")
    assert page.locator("main table").count() == 0
    look(page)
