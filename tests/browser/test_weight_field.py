"""A weight field takes what a scale shows: from a port of this computer, or from a reading that a program told the server."""

import json
import time
from pathlib import Path

import pytest
from flask import render_template_string
from playwright.sync_api import Page, expect

from scanners.scales.live import LiveWeight
from tests.support.axe import list_barriers
from tests.support.browser import OpenPage, sign_in
from tests.support.pages import SiteApp
from tests.support.scale_frames import encode_yaohua
from tests.support.scales import add_scale
from traceability.services.directory.scales import Scale
from traceability.services.recording.scale_readings import LASTS_MS, keep_reading

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

VECTORS = json.loads((Path(__file__).parents[1] / "scanners" / "scale_vectors.json").read_text())
PAGE = """{% extends "shell/layout.html" %}{% from "components/scale.html" import scale_assets, scale_input %}
{% set title = 'Weighing' %}{% block head %}{{ scale_assets() }}{% endblock %}
{% block content %}<h1>Weighing</h1><form method="post">{{ scale_input('gross', 'Gross', site='yard') }}</form>{% endblock %}"""
SERIAL = """(() => {
  window.port = {
    async open(settings) { this.settings = settings;
      this.readable = new ReadableStream({ start: (controller) => { this.controller = controller; } }); },
    async close() { this.readable = null; },
  };
  const serial = { requestPort: async () => window.port, getPorts: async () => [window.port] };
  Object.defineProperty(Navigator.prototype, "serial", { get: () => serial, configurable: true });
})()"""
SEND = "bytes => window.port.controller.enqueue(new Uint8Array(bytes))"
RUN_VECTORS = """async (vectors) => {
  const { FrameStream, StabilityWatch } = await import(new URL('frames.js', document.querySelector('script[src*="weight_field"]').src));
  const streams = vectors.streams.map((one) => {
    const stream = new FrameStream({ format: one.format, unit: one.unit, pattern: one.browser });
    const read = stream.feed(Uint8Array.from(one.hex.match(/../g), (pair) => parseInt(pair, 16)));
    return [read.map(({ raw, mass_g, state }) => [raw, mass_g, state]), stream.dropped, stream.fault];
  });
  const weights = vectors.weights.map(({ division_g, seen }) => {
    const watch = new StabilityWatch(division_g);
    return seen.map(([now_ms, state, mass_g]) => watch.judge({ state, mass_g }, now_ms));
  });
  return { streams, weights };
}"""
STATE = ".scale-live .scale-state"


@pytest.fixture
def scale(site_app: SiteApp) -> Scale:
    """A scale of the yard, and a page with a weight field."""
    site_app.app.add_url_rule("/weighing", "weighing", lambda: render_template_string(PAGE))
    return add_scale(site_app.store)


@pytest.fixture
def weighing(scale: Scale, address: str, open_page: OpenPage) -> Page:
    """The page, on a computer with a serial port."""
    page = open_page()
    page.add_init_script(SERIAL)
    sign_in(page, address, "wang", "yard")
    page.goto(f"{address}/weighing")
    page.wait_for_selector(".scale-live")
    return page


def send(page: Page, mass_g: int, seconds: float = 0.0) -> None:
    """Send the weight ten times a second, at least once."""
    until = time.monotonic() + seconds
    while True:
        page.evaluate(SEND, list(encode_yaohua(mass_g)))
        if time.monotonic() >= until:
            return
        page.wait_for_timeout(100)


def frame(page: Page) -> str:
    return page.locator("[name=gross-frame]").input_value()


def test_a_weight_is_taken_from_a_port_once_it_stands_still(
    weighing: Page, scale: Scale, site_app: SiteApp
) -> None:
    page = weighing
    expect(page.locator(STATE)).to_have_text("未连接")
    page.get_by_role("button", name="连接秤").click()
    expect(page.get_by_role("button", name="断开")).to_be_visible()
    send(page, 18_220_000)
    assert page.evaluate("window.port.settings") == {
        "baudRate": 9600, "dataBits": 8, "parity": "none", "stopBits": 1,
    }  # fmt: skip
    expect(page.locator(STATE)).to_have_text("变动中")
    page.keyboard.press("F4")
    assert page.input_value("#gross") == "", "what moves is not taken"
    expect(page.locator(".scale-origin")).to_contain_text("还没有稳定")
    send(page, 18_200_000, 2.4)
    expect(page.locator(STATE)).to_have_text("稳定")
    page.keyboard.press("F4")
    assert page.input_value("#gross") == "18200"
    assert frame(page) == r"\x02+018200010\x03"
    expect(page.locator(".scale-origin")).to_have_text("来自秤")
    assert list_barriers(page) == []

    page.fill("#gross", "18300")
    assert frame(page) == ""
    expect(page.locator(".scale-origin")).to_have_text("手工填写")
    expect(page.locator(STATE)).to_have_text("秤没有发送")
    page.keyboard.press("F4")
    expect(page.locator(".scale-origin")).to_contain_text("还没有稳定")
    assert page.input_value("#gross") == "18300", "what was on the scale before the silence is not taken"

    page.reload()
    page.wait_for_selector(".scale-live")
    expect(page.get_by_role("button", name="断开")).to_be_visible()  # the port of last time is read again
    told = page.evaluate(RUN_VECTORS, VECTORS)
    assert told["streams"] == [[one["readings"], one["dropped"], one["fault"]] for one in VECTORS["streams"]]
    assert told["weights"] == [[wanted for *_, wanted in one["seen"]] for one in VECTORS["weights"]]


def test_a_reading_that_a_program_told_the_server_is_taken_while_it_is_fresh(
    scale: Scale, site_app: SiteApp, address: str, open_page: OpenPage
) -> None:
    page = open_page(language="en", size="phone")
    sign_in(page, address, "wang", "yard")
    page.goto(f"{address}/weighing")
    weight = LiveWeight("stable", 7_450_500, "=0007450.5")
    keep_reading(site_app.store, "yard", scale.id, weight, site_app.now_ms)
    expect(page.locator(STATE)).to_have_text("Stable")
    expect(page.locator(".scale-weight")).to_have_text("7 450.5 kg".replace(" ", "\u00a0", 1))
    page.get_by_role("button", name="Take the weight").click()
    assert page.input_value("#gross") == "7450.5"
    assert frame(page) == "=0007450.5"
    assert list_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    site_app.now_ms += LASTS_MS + 1
    expect(page.locator(STATE)).to_have_text("Reading is out of date")
    expect(page.locator(".scale-weight")).to_have_text("– kg")


def test_without_scripts_it_is_a_plain_field(scale: Scale, address: str, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    sign_in(page, address, "wang", "yard")
    page.goto(f"{address}/weighing")
    page.fill("#gross", "18200")
    assert page.locator(".scale-live").count() == 0
    assert frame(page) == ""
