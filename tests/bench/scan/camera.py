"""Labels held before a camera one after the other, and charged into a heat: as soon as one is in the list the next is shown.

The camera is a canvas, whose stream the page takes as it takes a phone's; decoding, list and server are the real ones.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from graph import open_store
from scanners.labels.symbol import make_matrix
from tests.bench.scan.measured import Measured, line, percentile
from tests.browser.test_scanning import CANVAS_CAMERA
from tests.support.browser import SIZES, open_chromium, sign_in
from tests.support.queue_site import QueueSite

LOTS = 40
READY_MS, CONFIRM_MS, SUSTAINED, BURST = 1500, 300, 20, 60
BURST_OF = 10
OPEN = """async (matrix) => {
  window.show([matrix]);
  const begun = performance.now();
  const first = new Promise((resolve) => document.addEventListener("scan", resolve, { once: true }));
  document.querySelector("[data-open-camera]").click();
  await first;
  return performance.now() - begun;
}"""
CHARGE = """async (matrices) => {
  const frame = () => new Promise((resolve) => setTimeout(resolve, 5));
  const listed = () => document.querySelectorAll(".lot-row:not(.vacant, .taken-out, .asked)").length;
  let scanned = 0;
  document.addEventListener("scan", () => { scanned = performance.now(); }, { capture: true });
  const found = [];
  for (const matrix of matrices) {
    const before = listed();
    scanned = 0;
    window.show([matrix]);
    while (!scanned) await frame();
    while (listed() === before) await frame();
    found.push([performance.now() - scanned, performance.now()]);
  }
  return found;
}"""


def measure() -> list[Measured]:
    """Return how soon the camera reads, how soon the list answers, and how many lots go in a minute."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, open_chromium() as browser:
        store = open_store(f"sqlite:///{folder}/book.db")
        store.migrate()
        site = QueueSite(store, Path(folder), patch)
        site.start()
        trade = site.site.business
        lots = [trade.lot(trade.collect("tense", 500 + number)) for number in range(LOTS + 1)]
        first, *others = [make_matrix(f"https://localhost/l/{lot.code}") for lot in lots]
        page = browser.new_context(**SIZES["phone"]).new_page()
        sign_in(page, site.address, "wang")
        page.add_init_script(CANVAS_CAMERA)
        page.goto(f"{site.address}/melt")
        ready_ms: float = page.evaluate(OPEN, first)
        found: list[list[float]] = page.evaluate(CHARGE, others)
        site.stop()
        store.close()
    confirmed_ms = percentile([confirmed for confirmed, _ in found], 95)
    times_ms = [at for _, at in found]
    sustained = 60_000 * (len(times_ms) - 1) / (times_ms[-1] - times_ms[0])
    quickest_ms = min(end - start for start, end in zip(times_ms, times_ms[BURST_OF:], strict=False))
    burst = 60_000 * BURST_OF / quickest_ms
    return [
        line(
            "camera opened until the first code is read",
            f"≤ {READY_MS / 1000} s",
            f"{ready_ms / 1000:.2f} s",
            met=ready_ms <= READY_MS,
        ),
        line(
            "code read until the list has the lot with its verdict, p95",
            f"≤ {CONFIRM_MS} ms",
            f"{confirmed_ms:.0f} ms",
            met=confirmed_ms <= CONFIRM_MS,
        ),
        line(
            f"lots charged by camera, {LOTS} in a row",
            f"≥ {SUSTAINED} a minute",
            f"{sustained:.0f} a minute",
            met=sustained >= SUSTAINED,
        ),
        line(
            f"the quickest {BURST_OF} of them",
            f"≥ {BURST} a minute",
            f"{burst:.0f} a minute",
            met=burst >= BURST,
        ),
    ]
