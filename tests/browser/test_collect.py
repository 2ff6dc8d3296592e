"""Scrap registered by hand on a phone, with and without scripts, ends in a lot whose code a camera reads."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import FilePayload, Page

from tests.support.browser import OpenPage
from tests.support.pages import PASSWORD

pytestmark = pytest.mark.browser


def draw(width: int) -> bytes:
    """A picture of this width."""
    file = io.BytesIO()
    Image.new("RGB", (width, 30)).save(file, "png")
    return file.getvalue()


def widths_of(page: Page) -> list[int]:
    """Return the width of each photo on the page, in pixels, as the browser decoded it."""
    # `all` does not wait, and a click returns before the next page is parsed.
    page.locator(".photos img").first.wait_for(state="attached")
    page.wait_for_load_state("domcontentloaded")
    widths = []
    for photo in page.locator(".photos img").all():
        photo.scroll_into_view_if_needed()
        widths.append(photo.evaluate("async image => { await image.decode(); return image.naturalWidth; }"))
    return widths


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_from_a_refusal_to_a_label(
    address: str, open_page: OpenPage, language: str, javascript: bool
) -> None:
    page = open_page(language=language, size="phone", javascript=javascript)
    page.goto(f"{address}/collect")
    page.fill("#person", "wang")
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.check("input[name=site][value=yard]")
    page.click("main button.main")

    page.fill("#weighing-gross_kg", "33000")
    page.fill("#weighing-tare_kg", "125oo")
    page.fill("#ticket", "W-77")
    photos: list[FilePayload] = [
        {"name": f"{width}.png", "mimeType": "image/png", "buffer": draw(width)} for width in (40, 50, 60)
    ]
    page.set_input_files("#photo", photos[0])
    page.set_input_files("#photo-files", photos[1:])
    page.click("main .actions button.main")
    page.locator("#errors li").nth(3).wait_for()  # four mistakes at least
    assert page.input_value("#weighing-tare_kg") == "125oo"
    assert page.input_value("#ticket") == "W-77"
    assert page.locator("#weighing-tare_kg").get_attribute("aria-invalid") == "true"
    assert widths_of(page) == [40, 50, 60]
    # Nothing sticks out of the screen.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.fill("#weighing-tare_kg", "12500")
    page.click("fieldset details.more summary")  # a new site has no usual grades yet
    page.check("input[value=tense]")
    page.fill("#supplier", "老张废品站")
    page.check("input[name=source_class][value=post]")
    page.click("main .actions button.main")
    code = page.locator("h1 .code").inner_text().replace("-", "")
    assert page.url == f"{address}/l/{code}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.click("#history ~ .table a[href^='/events/']")
    assert widths_of(page) == [40, 50, 60]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(f"{address}/l/{code}")

    picture = Image.open(io.BytesIO(page.locator(".lot-qr .qr").screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [f"http://localhost/l/{code}"]
