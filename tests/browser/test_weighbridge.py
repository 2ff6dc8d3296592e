"""Trucks at a desk and on a phone: from the gross weight to ticket and receipt on paper, steps and keys counted."""

import time
from collections.abc import Sequence

import pypdfium2
import pytest
from playwright.sync_api import Page

from scanners.codes import group_code
from tests.support.axe import list_barriers
from tests.support.browser import OpenPage, sign_in
from tests.support.keyboard import Keyboard
from tests.support.pages import SiteApp
from traceability.services.recording.pending_book import new_code

pytestmark = pytest.mark.browser

GRADES = (("tense", "15000"), ("talc", "13600"), ("taint-tabor", "12480"))
FITS = "document.documentElement.scrollWidth <= window.innerWidth"
NOT_CUT = """() => {
  const paper = document.querySelector('.paper'), table = paper.querySelector('table');
  return table.getBoundingClientRect().right <= paper.getBoundingClientRect().right + 1;
}"""
MOST_HIGH_PX = 1270  # of a form on a phone: a screen and a half, all of the page
IN_VIEW = "document.querySelector('main .actions .main').getBoundingClientRect().bottom <= window.innerHeight"
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


def weigh_three_grades(clerk: Clerk, address: str, label: str) -> str:
    """Weigh a truck with three grades at a desk and record it; return the address of its ticket."""
    page = clerk.page
    page.goto(f"{address}/weighbridge/new")
    page.locator("#vehicle:focus").wait_for()  # a clerk at a desk types at once
    clerk.type("#vehicle", "湘F00001")
    clerk.key("Enter")
    assert page.evaluate("document.activeElement.id") == "gross"  # Enter leads on
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.evaluate(IN_VIEW)
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
            Keyboard(page).type(f"https://localhost/l/{label}")  # the focus is in the reading
            assert page.input_value("#code") == group_code(label)
            assert page.input_value("#after") == after
        clerk.press("main .actions .main")
        page.locator(f"tbody tr:nth-child({place + 1})").wait_for()
        assert page.evaluate(IN_VIEW)
    ticket = page.url
    clerk.key("F8")
    page.wait_for_url("**/close")
    assert "5\xa0780" in page.locator("h1").inner_text()
    clerk.press("main .actions .main")
    page.locator("a[href$='/slip']").wait_for()
    assert group_code(label) in page.locator("main").inner_text()
    return ticket


def print_slip(page: Page, ticket: str) -> None:
    """Print a ticket on A5, lying on its side."""
    page.goto(f"{ticket}/slip")
    page.locator("#print:not([hidden])").wait_for()
    assert list_barriers(page) == []
    assert page.evaluate(FITS)
    paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    width, height = paper[0].get_size()
    assert (len(paper), round(width), round(height)) == (1, 595, 420)  # in points
    text = paper[0].get_textpage().get_text_bounded()
    assert all(mass in text.replace("\xa0", " ") for mass in ("3 260", "1 400", "1 120", "5 780"))
    page.goto(f"{ticket}/slip?paper=80mm")
    assert page.evaluate(NOT_CUT)  # with the codes of the lots beneath their grades
    assert page.locator(".paper tbody small").count() == len(GRADES)


def pay(page: Page, ticket: str, prices: Sequence[str], amount: str) -> None:
    """Price a ticket, and print the receipt on a roll of 80 mm."""
    page.goto(f"{ticket}/purchase")
    for place, price in enumerate(prices, 1):
        page.fill(f"[name=price-{place}]", price)
    page.locator("[name=invoice_kind][value=reverse]").check(force=True)
    page.locator("main .actions .main").click()
    page.wait_for_url("**/receipt")
    assert amount in page.locator("tfoot").inner_text().replace("\xa0", " ")
    page.goto(f"{ticket}/receipt?paper=80mm")
    assert page.evaluate(FITS)
    paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert (len(paper), round(paper[0].get_width())) == (1, 227)
    assert amount in paper[0].get_textpage().get_text_bounded().replace("\xa0", " ")


def test_trucks_are_weighed_recorded_printed_and_paid_for_at_a_desk_and_on_a_phone(
    site_app: SiteApp, address: str, open_page: OpenPage
) -> None:
    desk = open_page()
    sign_in(desk, address, "wang")
    clerk, started = Clerk(desk), time.monotonic()
    ticket = weigh_three_grades(clerk, address, new_code())
    seconds = time.monotonic() - started
    print(f"a truck with three grades: {clerk.presses} presses, {clerk.keys} keys, {seconds:.1f} s")
    assert clerk.presses <= TARGET_STEPS
    print_slip(desk, ticket)
    pay(desk, ticket, ("17.5", "12", "9.8"), "84 826.00")

    phone = open_page(language="en", size="phone")
    sign_in(phone, address, "chen")  # the next shift
    phone.goto(f"{address}/")
    phone.locator(".to-yard a[href='/weighbridge']").click()
    phone.goto(f"{address}/weighbridge/new")
    assert phone.evaluate("document.documentElement.scrollHeight") <= MOST_HIGH_PX
    clerk = Clerk(phone)
    clerk.type("#vehicle", "湘F00001")
    phone.locator("#gross").focus()
    phone.locator("#known-truck:not(:empty)").wait_for()
    assert phone.input_value("#supplier") == "老张废品站"
    clerk.type("#gross", "16000")
    clerk.press("main .actions .main")
    assert phone.evaluate(FITS)
    assert list_barriers(phone) == []
    ticket, label = phone.url, new_code()
    assert not phone.locator("[name=reason]").is_visible()  # folded beneath the form
    bottom = phone.locator("main .actions .main").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= MOST_HIGH_PX
    clerk.choose("[name=material][value=tense]")
    Keyboard(phone).type(f"https://localhost/l/{label}")
    assert phone.input_value("#code") == group_code(label)
    clerk.press("button[name=tare]")  # empty: its usual tare
    clerk.press("#close-ticket")
    assert "3\xa0520" in phone.locator("h1").inner_text()
    clerk.press("main .actions .main")
    phone.locator("a[href$='/slip']").wait_for()
    print(f"a known truck with one grade on a phone: {clerk.presses} presses, {clerk.keys} keys, 1 scan")
    assert phone.evaluate(FITS)
    pay(phone, ticket, ("17.5",), "61 600.00")
