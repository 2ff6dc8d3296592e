"""Charts and what-if answer in a real browser under the security policy; what the server drew stays without scripts."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import playwright.sync_api as playwright
import pytest

from graph import open_store
from tests.support.axe import list_barriers
from tests.support.browser import PAGE_SECONDS
from tests.support.golden import NOW_MS, load_golden
from tests.support.served_demo import Served, serve_demo

pytestmark = pytest.mark.slow
TREND = "/trend?place=province:430000&period=2025-01..2025-06&method=supply&with=province:510000"
VIOLATIONS = "document.addEventListener('securitypolicyviolation', event => console.error('policy: ' + event.sourceFile))"


class Desk:
    """A browser in which the auditor has signed in to the golden scenario; it hears what pages break."""

    def __init__(self, browser: playwright.Browser, served: Served) -> None:
        self.faults: list[str] = []
        self.context = browser.new_context(
            base_url=served.address, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        self.context.set_default_timeout(PAGE_SECONDS * 1000)
        self.context.add_init_script(VIOLATIONS)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("request", lambda request: self._look(request.url, served.address))
        served.sign_in(self.context, "auditor")
        self.page = self.context.new_page()

    def _hear(self, message: playwright.ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _look(self, url: str, own: str) -> None:
        if not url.startswith("data:") and urlsplit(url).netloc != urlsplit(own).netloc:
            self.faults.append(f"asks {url}")

    def open(self, address: str) -> playwright.Locator:
        """Open a page and return its chart, drawn by the script."""
        self.page.goto(address)
        chart = self.page.locator("figure.chart.is-live")
        chart.locator(".chart-live svg").first.wait_for()
        return chart


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the golden scenario to the tests of this module."""
    folder = tmp_path_factory.mktemp("charts")
    store = open_store(f"sqlite:///{folder}/book.db")
    store.migrate()
    load_golden(store)
    with serve_demo(store, folder, NOW_MS) as served:
        yield served
    store.close()


@pytest.fixture
def desk(browser: playwright.Browser, served: Served) -> Iterator[Desk]:
    """A desk whose pages break nothing."""
    desk = Desk(browser, served)
    yield desk
    desk.context.close()
    assert desk.faults == []


def test_a_trend_answers_to_pointer_and_keys(desk: Desk) -> None:
    chart, page = desk.open(TREND), desk.page
    assert list_barriers(page) == []
    frame = chart.locator(".chart-drawing")
    cell = page.locator("#sheet-months tbody tr").nth(1).locator("td a").first
    wanted = cell.get_attribute("href")
    month = page.locator("#sheet-months tbody th").nth(1).inner_text()
    frame.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    said = chart.get_by_role("status").inner_text()
    assert month in said
    assert cell.inner_text() in said
    assert month in chart.locator(".chart-live").inner_text(), "the tip stands in the drawing"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{wanted}")
    chart = desk.open(TREND)
    page.mouse.click(*_find_point(page, chart, "2025-02"))
    page.wait_for_url("**/report/**")


def _find_point(page: playwright.Page, chart: playwright.Locator, month: str) -> tuple[float, float]:
    """Return a place above a month on the axis where the pointer says that a click opens something."""
    label = chart.locator(".chart-live text", has_text=month).first.bounding_box()
    frame = chart.locator(".chart-live").bounding_box()
    assert label is not None
    assert frame is not None
    x = label["x"] + label["width"] / 2
    for y in range(int(label["y"]), int(frame["y"]), -8):
        page.mouse.move(x, y)
        if chart.locator(".chart-live > div").first.evaluate("node => node.style.cursor") == "pointer":
            return x, y
    raise AssertionError("no point can be clicked")


def test_a_chart_is_dark_where_the_page_is_and_the_servers_on_paper(desk: Desk) -> None:
    chart, page = desk.open(TREND), desk.page
    ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--post')")
    assert chart.locator(f".chart-live path[stroke='{ink}']").count()
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--post')")
    assert dark != ink
    chart.locator(f".chart-live path[stroke='{dark}']").first.wait_for()
    page.emulate_media(media="print")
    assert (chart.locator("svg.drawn").is_visible(), chart.locator(".chart-live").is_visible()) == (
        True,
        False,
    )


def test_flows_are_walked_by_keys_and_a_band_opens_its_lots(desk: Desk) -> None:
    chart, page = desk.open("/flows?place=province:510000&period=2025-Q1"), desk.page
    assert list_barriers(page) == []
    assert chart.locator(".chart-live text", has_text="5.000 t").count()
    chart.locator(".chart-drawing").focus()
    page.keyboard.press("End")
    said = chart.get_by_role("status").inner_text()
    assert "→" in said
    assert said.split(" → ")[0] in chart.locator(".chart-live").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows/lots?**")
    assert page.locator(".postings tbody tr").count()
    chart = desk.open("/flows?place=province:510000&period=2025-Q1")
    box = chart.locator(".chart-live path[fill-opacity='0.6']").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/flows/lots?**")


def test_sliders_show_at_once_what_comes_of_them(desk: Desk) -> None:
    page = desk.page
    page.goto("/what-if?place=province:510000&period=2025-Q1")
    assert list_barriers(page) == []
    slider = page.locator("input[type=range]").first
    outcome = page.locator("#outcomes")
    before, title = outcome.inner_text(), page.locator("h1").inner_text()
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url("**recycled_Al=**")
    typed = page.locator("#levers input[name=recycled_Al]").input_value()
    assert float(typed) > 0
    assert outcome.inner_text() != before
    assert page.locator("h1").inner_text() != title
    shown = outcome.inner_text()
    page.reload()
    assert outcome.inner_text() == shown, "the address holds everything"
    field = page.locator("#levers input[name=primary_Al]")
    field.fill("1")
    page.wait_for_url("**primary_Al=1")
    page.locator("#sheet-closing a").first.click()
    page.locator("#outcomes .verdict.met").wait_for()
    assert slider.input_value() == page.locator("#levers input[name=recycled_Al]").input_value()


def test_chart_and_table_change_at_once(desk: Desk) -> None:
    chart, page = desk.open(TREND), desk.page
    chart.locator(".chart-switch a").last.click()
    assert not chart.locator(".chart-drawing").is_visible()
    assert "show=table" in page.url
    page.reload()
    assert not page.locator(".chart-drawing").count()
    page.locator(".chart-switch a").first.click()
    page.locator(".chart-live svg").first.wait_for()


def test_the_servers_drawing_stays_where_the_library_does_not_come(
    browser: playwright.Browser, served: Served
) -> None:
    desk = Desk(browser, served)
    try:
        desk.context.route("**/vendor/echarts.js", lambda route: route.abort())
        with desk.page.expect_event("requestfailed"):
            desk.page.goto(TREND)
        assert desk.page.locator("svg.drawn").is_visible()
        assert desk.page.locator("svg.drawn a[href]").count() > 2
    finally:
        desk.context.close()
