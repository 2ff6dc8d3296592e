"""Codes are scanned by camera, photo and keyboard wedge on real pages: each once, in words, within the rules of pages."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import playwright.sync_api as playwright
import pytest
from playwright.sync_api import Page, expect

from scanners.labels.symbol import make_matrix
from tests.support.axe import list_barriers
from tests.support.browser import FLAGS, SIZES, OpenPage, sign_in
from tests.support.pages import SiteApp
from tests.support.parts import find_chromium
from tests.support.pictures import draw_codes

pytestmark = pytest.mark.browser

CODES = ("126B07K7Q3F7", "Z47MHW18VJ39", "DP8VCB50X93J", "MH13JPC7275N", "64SZ36XV14AR")
LABELS = [f"https://localhost/l/{code}" for code in CODES]
PLAIN_HOST = "scrap.lan"
ANY = re.compile(".")
PATIENCE_MS = 20_000  # a busy machine starts the reader in seconds

COLLECT = "window.scans = []; document.addEventListener('scan', ({detail}) => window.scans.push([detail.text, detail.source]));"
CANVAS_CAMERA = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [960, 540];
const context = canvas.getContext("2d");
window.show = (codes) => {
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, 960, 540);
  codes.forEach((matrix, place) => matrix.forEach((row, y) => row.forEach((dark, x) => {
    context.fillStyle = dark ? "#000" : "#fff";
    context.fillRect(20 + place * 300 + x * 6, 100 + y * 6, 6, 6);
  })));
};
window.show([]);
window.fault = "";
navigator.mediaDevices.getUserMedia = async () => {
  if (window.fault) throw new DOMException("", window.fault);
  const stream = canvas.captureStream(15);
  const [track] = stream.getVideoTracks();
  track.getCapabilities = () => ({ torch: true });
  track.applyConstraints = async ({ advanced: [{ torch }] }) => { window.lit = torch; };
  return stream;
};"""


def show(page: Page, *texts: str) -> None:
    """Hold codes into the camera."""
    page.evaluate("codes => window.show(codes)", [make_matrix(text) for text in texts])


def scans(page: Page) -> list[list[str]]:
    return page.evaluate("scans")  # type: ignore[no-any-return]


@pytest.fixture
def yard_phone(site_app: SiteApp, address: str, open_page: OpenPage) -> Page:
    """Open a departure on a phone whose camera sees what `show` draws."""
    page = open_page(size="phone")
    sign_in(page, address, "wang")
    page.add_init_script(COLLECT + CANVAS_CAMERA)
    page.goto(f"{address}/ship")
    return page


def test_the_camera_scans_each_label_once_and_says_what_it_was(site_app: SiteApp, yard_phone: Page) -> None:
    page, business = yard_phone, site_app.business
    codes = [business.lot(business.collect("tense", 1000)).code for _ in range(2)]
    first, second = (f"https://localhost/l/{code}" for code in codes)
    page.click("[data-open-camera]")
    result = page.locator("#camera .camera-result")
    show(page, first, first, "https://example.com/x")
    expect(result).not_to_be_empty(timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    assert scans(page) == [[first, "camera"]]
    show(page, "https://weixin.qq.com/r/abc")
    expect(result).to_have_attribute("data-tone", "error")
    expect(result).to_contain_text("不是本系统标签")
    expect(page.locator(".scan-flash")).to_be_visible()
    show(page, second)
    expect(result).not_to_have_attribute("data-tone", "error")
    assert [text for text, _ in scans(page)] == [first, "https://weixin.qq.com/r/abc", second]
    page.click("[data-camera-torch]")
    assert page.evaluate("lit") is True
    page.click("[data-camera-mute]")
    assert page.evaluate("localStorage.getItem('scanning-muted')") == "yes"
    show(page)
    expect(page.locator("[data-camera-hint]")).to_be_visible(timeout=PATIENCE_MS)
    show(page, first)  # out of sight for longer than the pause: a scan of its own
    expect(page.locator("[data-camera-hint]")).to_be_hidden()
    assert len(scans(page)) == 4
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert list_barriers(page) == []
    page.click("[data-camera-close]")
    expect(page.locator("#camera")).to_be_hidden()


def test_each_fault_of_the_camera_has_its_own_words(yard_phone: Page) -> None:
    page = yard_phone
    said: dict[str, str] = {}
    for name, kind in (
        ("NotFoundError", "missing"),
        ("NotAllowedError", "denied"),
        ("NotReadableError", "busy"),
    ):
        page.evaluate("name => { window.fault = name }", name)
        page.click("[data-camera-again]" if said else "[data-open-camera]")
        expect(page.locator(f"[data-fault={kind}]")).to_be_visible()
        assert page.locator("[data-fault]:visible").count() == 1
        said[kind] = page.inner_text(f"[data-fault={kind}]")
    assert len(set(said.values())) == 3
    assert list_barriers(page) == []
    page.evaluate("window.fault = ''")
    page.click("[data-camera-again]")
    show(page, LABELS[2])
    expect(page.locator("#camera .camera-result")).not_to_be_empty(timeout=PATIENCE_MS)
    assert page.locator("[data-fault]:visible").count() == 0


def test_a_photo_is_read_on_the_device_and_else_by_the_server(
    address: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page, sent, picture = open_page(size="phone"), [], tmp_path / "label.jpg"
    page.on("request", lambda request: sent.append(urlsplit(request.url).path))
    sign_in(page, address, "wang")
    page.goto(f"{address}/scan")
    draw_codes(width=300, height=200).save(picture)
    page.set_input_files("#photo", picture)
    expect(page.locator("#scan-note")).to_contain_text("没有读到二维码", timeout=PATIENCE_MS)
    draw_codes(LABELS[0], LABELS[0], width=2000, height=1500).save(picture)
    page.set_input_files("#photo", picture)
    page.wait_for_url(f"**/l/{CODES[0]}", timeout=PATIENCE_MS)
    assert "/scan/photo" not in sent
    page.route("**/decoder_worker.js*", lambda route: route.abort())
    page.goto(f"{address}/scan")
    draw_codes(LABELS[1], width=800, height=600).save(picture)
    page.set_input_files("#photo", picture)
    page.wait_for_url(f"**/l/{CODES[1]}", timeout=PATIENCE_MS)
    assert "/scan/photo" in sent


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a film of labels, each for 0.4 seconds: an MJPEG is JPEGs one after the other."""
    path = tmp_path_factory.mktemp("video") / "labels.mjpeg"
    with path.open("wb") as file:
        for text in LABELS:
            frame = draw_codes(text, width=1280, height=720)
            for _ in range(12):
                frame.save(file, "JPEG", quality=80)
    return path


@pytest.fixture
def filmed(browser: playwright.Browser, video: Path) -> Iterator[playwright.Browser]:
    """Start a Chromium whose camera shows the film; the host of the yard's server has no certificate."""
    flags = (
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
        f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
    )
    filmed = browser.browser_type.launch(executable_path=find_chromium(), args=list(flags))
    yield filmed
    filmed.close()


def test_a_real_camera_reads_a_film_of_labels_and_plain_http_says_why_not(
    site_app: SiteApp, address: str, filmed: playwright.Browser, tmp_path: Path
) -> None:
    context = filmed.new_context(locale="en", **SIZES["phone"])
    faults: list[str] = []
    context.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "request",
        lambda asked: (
            faults.append(asked.url)
            if urlsplit(asked.url).hostname not in ("localhost", PLAIN_HOST)
            else None
        ),
    )
    page = context.new_page()
    sign_in(page, address, "wang")
    page.add_init_script(COLLECT)
    page.goto(f"{address}/ship")
    page.click("[data-open-camera]")
    for _ in range(200):
        if {text for text, _ in scans(page)} == set(LABELS):
            break
        page.wait_for_timeout(100)
    assert {text for text, _ in scans(page)} == set(LABELS)
    assert faults == []

    plain = address.replace("localhost", PLAIN_HOST)
    sign_in(page, plain, "wang")
    page.goto(f"{plain}/scan")
    page.locator("[data-open-camera]").first.click()
    expect(page.locator("[data-fault=plain]")).to_be_visible()
    expect(page.locator("[data-fault=plain]")).to_contain_text("serve --tls")
    picture = tmp_path / "label.png"
    draw_codes(LABELS[0], width=800, height=600).save(picture)
    page.set_input_files("#camera-photo", picture)
    page.wait_for_url(f"**/l/{CODES[0]}", timeout=PATIENCE_MS)
    assert faults == []
    context.close()


def test_the_set_up_page_shows_what_a_scanner_sends(
    site_app: SiteApp, address: str, open_page: OpenPage
) -> None:
    page = open_page(language="en")
    sign_in(page, address, "wang")
    page.goto(f"{address}/scan/setup")
    page.fill("#trial-field", "ab")
    page.wait_for_timeout(100)
    page.focus("#trial-field")
    address_of_label = page.locator("[data-trial]").first.get_attribute("data-trial")
    assert address_of_label
    page.keyboard.type(address_of_label)
    page.keyboard.press("Tab")
    expect(page.locator("[data-fact=ending]")).to_contain_text("Tab")
    expect(page.locator("[data-fact=text]")).to_contain_text(address_of_label)
    expect(page.locator("[data-fact=meaning]")).to_contain_text("TEST")
    expect(page.locator("[data-verdict]").first).not_to_be_empty()
    assert page.input_value("#trial-field") == "ab"
    page.keyboard.type("126B07K7Q3F8")
    expect(page.locator("[data-fact=ending]")).to_contain_text("suffix")
    assert list_barriers(page) == []
