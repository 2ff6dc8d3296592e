"""A shift of 500 records without a network, drained while every third answer is lost after the commit."""

import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from graph import open_store
from tests.bench.scan.measured import Measured, line
from tests.browser.test_yard_queue import CONTROLLED, MANY, OPEN, PUT, enter, tickets, wait_for_waiting
from tests.support.browser import SIZES, open_chromium
from tests.support.queue_site import QueueSite

MOST_S = 10


def measure() -> list[Measured]:
    """Return what was lost and doubled, and how long it took."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, open_chromium() as browser:
        store = open_store(f"sqlite:///{folder}/book.db")
        store.migrate()
        site = QueueSite(store, Path(folder), patch)
        site.start()
        context = browser.new_context(**SIZES["phone"])
        page = context.new_page()
        enter(page, site.address)
        page.evaluate(CONTROLLED)
        context.set_offline(True)
        page.evaluate(OPEN, "wang")
        begun = time.perf_counter()
        page.evaluate(PUT, [MANY, "W"])
        stored_ms = (time.perf_counter() - begun) * 1000 / MANY
        site.loses = lambda number: number % 3 == 0
        begun = time.perf_counter()
        context.set_offline(False)
        wait_for_waiting(page, 0)
        drained_s = time.perf_counter() - begun
        found = tickets(site)
        site.stop()
        store.close()
    lost, doubled = MANY - len(found), found.total() - len(found)
    return [
        line("one record durable on the device", "–", f"{stored_ms:.1f} ms"),
        line(
            f"{MANY} records, a third of the answers lost",
            "0 lost, 0 doubled",
            f"{lost} lost, {doubled} doubled",
            met=found == Counter({f"W-{number}": 1 for number in range(MANY)}),
        ),
        line("drained", f"< {MOST_S} s", f"{drained_s:.1f} s", met=drained_s < MOST_S),
    ]
