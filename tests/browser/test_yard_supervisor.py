"""A supervisor in the yard on a phone: counts, bales, splits, and weighs by the site's scale, with what the hand does counted."""

from collections.abc import Callable

import pytest

from scanners.scales.live import LiveWeight
from tests.support.axe import list_barriers
from tests.support.pages import SiteApp
from tests.support.scales import add_scale
from tests.support.yard_phone import Phone, assert_is_short, blank, prepare, task, wait_for_state
from traceability.domain.event import Acquisition, Weighing
from traceability.services.recording.scale_readings import keep_reading

pytestmark = pytest.mark.browser

TARGETS = {
    "stocktake of 4": (6, 4, 4),
    "bale": (4, 4, 3),
    "split": (4, 8, 3),
    "new lot by the scale": (3, 0, 1),
}
"""The most taps, digits and scans of each task."""
FRAME = r"\x02+018260010\x03"


def weighing_of(site_app: SiteApp, code: str) -> Weighing:
    """Return how a lot of the device was weighed."""
    lot = site_app.find_lot(code)
    assert lot
    with site_app.store.read() as reader:
        detail = reader.find_events_by_seq([lot.made[1]])[lot.made[1]].draft.detail
    assert isinstance(detail, Acquisition)
    assert detail.weighing
    return detail.weighing


def test_a_supervisor_counts_bales_splits_and_weighs_by_the_scale(
    site_app: SiteApp, open_phone: Callable[..., Phone]
) -> None:
    draw = blank()
    codes = prepare(site_app, draw, lots=5)
    scale = add_scale(site_app.store)
    phone = open_phone("en", person="chen")
    page = phone.page

    def masses(*found: str) -> list[int]:
        return [lot.remaining_g for lot in map(site_app.find_lot, found) if lot]

    with task(phone, "stocktake of 4", TARGETS["stocktake of 4"]):
        phone.tap('[data-task="stocktake"]')
        for number, code in enumerate(codes[:4]):
            phone.scan(code, expect="success")
            if number:
                phone.tap("#as-in-book")
            else:
                phone.enter("900\n")
        phone.tap("#finish")
        phone.tap("#record-count")
        wait_for_state(phone, "done")
    assert masses(codes[0]) == [900_000], "what a supervisor counts is in the book at once"

    baled = draw()
    with task(phone, "bale", TARGETS["bale"]):
        phone.tap('[data-task="process"]')
        phone.tap('[data-id="bale"]')
        for code in codes[1:3]:
            phone.scan(code, expect="success")
        phone.tap("#made")
        phone.enter("5000")
        phone.scan(baled, expect="success")
        phone.tap("#process")
        wait_for_state(phone, "done")
    assert masses(codes[1], codes[2], baled) == [0, 0, 5_000_000]

    parts = [draw(), draw()]
    with task(phone, "split", TARGETS["split"]):
        phone.tap('[data-task="process"]')
        phone.tap('[data-id="split"]')
        phone.scan(codes[3], expect="success")
        phone.tap("#made")
        for part, mass in zip(parts, ("2500", "1500"), strict=True):
            phone.enter(mass)
            phone.scan(part, expect="success")
        assert_is_short(phone)
        phone.tap("#process")
        wait_for_state(phone, "done")
    assert masses(codes[3], *parts) == [0, 2_500_000, 1_500_000]

    keep_reading(site_app.store, "yard", scale.id, LiveWeight("stable", 18_260_000, FRAME), site_app.now_ms)
    weighed, typed = draw(), draw()
    with task(phone, "new lot by the scale", TARGETS["new lot by the scale"]):
        phone.tap('[data-task="collect"]')
        phone.tap('[data-grade="tense"]')
        phone.wait_for(".scale-state.stable")
        phone.tap(".take-weight")
        phone.scan(weighed, expect="success")
    page.locator('[data-state="done"]').first.wait_for()
    assert weighing_of(site_app, weighed).gross_frame == FRAME
    assert_is_short(phone)
    assert list_barriers(page) == []
    # Without a network nobody tells of the scale: the weight is typed, and has no frame.
    page.context.set_offline(True)
    phone.wait_for(".scale-state.offline")
    phone.enter("18300")
    phone.scan(typed, expect="success")
    page.context.set_offline(False)
    page.locator(f'[data-state="done"] >> text={typed[:4]}').first.wait_for()
    assert weighing_of(site_app, typed) == Weighing(18_300_000, 12_480_000)
