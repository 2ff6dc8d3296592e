"""A truck with three grades at a desk: from the gross weight to the printed ticket, its steps and keys counted."""

import time
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page

from tests.support.axe import list_barriers
from tests.support.browser import sign_in
from tests.support.pages import SiteApp

pytestmark = pytest.mark.browser

GRADES = (("tense", "15000"), ("talc", "13600"), ("taint-tabor", "12480"))
TARGET_STEPS = 12  # of a truck with three grades: what a clerk presses beside the weights


class Clerk:
    """Somebody at a desk whose presses and keys are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = self.keys = 0

    def choose(self, selector: str) -> None:
        self.page.locator(selector).first.check(force=True)
        self.presses += 1

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state("load")
        self.presses += 1

    def type(self, selector: str, text: str) -> None:
        self.page.fill(selector, "")
        self.page.locator(selector).press_sequentially(text)
        self.keys += len(text)

    def key(self, name: str) -> None:
        self.page.keyboard.press(name)
        self.keys += 1


def test_a_truck_with_three_grades_is_weighed_recorded_and_printed(
    site_app: SiteApp, address: str, page: Page, tmp_path: Path
) -> None:
    sign_in(page, address, "wang")
    page.goto(f"{address}/weighbridge/new")
    clerk, started = Clerk(page), time.monotonic()
    clerk.type("#vehicle", "湘F00001")
    clerk.key("Enter")
    assert page.evaluate("document.activeElement.id") == "gross"  # Enter leads on
    clerk.type("#gross", "18260")
    clerk.type("#supplier", "老张废品站")
    clerk.choose("[name=source_class][value=post]")
    clerk.press("main .actions .main")
    for place, (material, after) in enumerate(GRADES):
        if page.locator(f"[name=material][value={material}]").count():
            clerk.choose(f"[name=material][value={material}]")
        else:
            clerk.type("#grade_name", material)
        clerk.type("#after", after)
        if not place:
            assert "3\xa0260\xa0kg" in page.locator("#net").inner_text()
        clerk.press("main .actions .main")
        page.locator(f"tbody tr:nth-child({place + 1})").wait_for()
    clerk.key("F8")
    page.wait_for_url("**/close")
    assert "5\xa0780" in page.locator("h1").inner_text()
    clerk.press("main .actions .main")
    page.locator("a[href$='/slip']").wait_for()
    seconds = time.monotonic() - started
    clerk.press("a[href$='/slip']")
    page.locator("#print:not([hidden])").wait_for()
    assert list_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    width, height = paper[0].get_size()
    assert (len(paper), round(width), round(height)) == (1, 595, 420)  # A5 on its side, in points
    text = paper[0].get_textpage().get_text_bounded()
    assert all(mass in text.replace("\xa0", " ") for mass in ("3 260", "1 400", "1 120", "5 780"))
    print(f"a truck with three grades: {clerk.presses} presses, {clerk.keys} keys, {seconds:.1f} s")
    assert clerk.presses <= TARGET_STEPS
