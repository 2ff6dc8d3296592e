"""Take the pictures of README and guides from the demo (``make pictures``), into ``static/screenshots``."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory

import playwright.sync_api as playwright
from PIL import Image

from graph import open_store
from tests.support.browser import FLAGS, SIZES
from tests.support.demo import ROOT, keep_demo
from tests.support.parts import find_chromium
from tests.support.served_demo import Served, serve_demo

FOLDER = ROOT / "static" / "screenshots"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
COLOURS = 96  # few are used, and a picture of a page stays below 120 kB
PICTURES: dict[str, tuple[str, str, str]] = {
    "planner-home": ("sichuan-planner", "/", ""),
    "planner-flows": ("sichuan-planner", "/flows?place=province:510000&period=2025", ""),
    "planner-targets": ("sichuan-planner", "/targets?place=province:510000&period=2025", ""),
    "planner-trend": ("sichuan-planner", "/trend?place=province:510000&period=2025", ""),
    "planner-why": ("sichuan-planner", "/why?place=province:510000&period=2025", ""),
    "planner-what-if": ("sichuan-planner", "/what-if?place=province:510000&period=2025", ""),
    "auditor-findings": ("auditor", "/audit/findings", ""),
    "auditor-finding": ("auditor", "/audit/findings", "#sheet-findings tbody a"),
    "auditor-journal": ("auditor", "/audit/journal", ""),
    "auditor-book": ("auditor", "/audit/book", ""),
}
"""By name: who looks, where, and what they click there."""


@contextmanager
def open_demo() -> Iterator[Served]:
    """Serve a copy of the demo as the tests have it."""
    with TemporaryDirectory() as folder:
        own = Path(folder) / "demo.db"
        shutil.copyfile(keep_demo(ROOT / ".cache" / "demo"), own)
        store = open_store(f"sqlite:///{own}")
        store.migrate()
        with serve_demo(store, Path(folder)) as served:
            yield served
        store.close()


def take_picture(context: playwright.BrowserContext, address: str, click: str, target: Path) -> None:
    """Store the first screen of a page, after a click if one is given, as a PNG of few colours."""
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    if click:
        page.locator(click).first.click()
        page.wait_for_load_state("networkidle")
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    page.close()


def main(wanted: list[str]) -> None:
    """Take the pictures whose names are given, or all."""
    getLogger("werkzeug").setLevel("ERROR")
    with open_demo() as served, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for language, locale in LANGUAGES.items():
            for person in sorted({person for person, _, _ in PICTURES.values()}):
                context = chromium.new_context(locale=locale, base_url=served.address, **SIZES["desktop"])
                served.sign_in(context, person)
                for name, (reader, address, click) in PICTURES.items():
                    if reader == person and (not wanted or name in wanted):
                        take_picture(context, address, click, FOLDER / f"{name}.{language}.png")
                context.close()
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1:])
