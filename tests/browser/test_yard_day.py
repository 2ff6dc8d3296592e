"""A day in the yard on a phone, with what the hand does counted: taps, digits, scans, seconds of every task."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.codes import make_shipment_code
from tests.support.pages import SiteApp
from tests.support.pictures import take_photo
from tests.support.yard_phone import Phone, assert_is_short, blank, prepare, task, wait_for_state
from traceability.domain.event import Acquisition

pytestmark = pytest.mark.browser

TARGETS = {
    "new lot": (2, 5, 1),
    "next lot": (0, 5, 1),
    "receive a truck of 5": (2, 0, 1),
    "sort": (4, 7, 3),
    "stocktake of 6": (8, 4, 6),
    "relabel": (1, 0, 2),
    "undo": (2, 0, 0),
}
"""The most taps, digits and scans of each task."""


def test_the_tasks_of_a_day_take_few_steps(
    site_app: SiteApp,
    open_phone: Callable[..., Phone],
    tmp_path: Path,
) -> None:
    draw = blank()
    codes = prepare(site_app, draw, lots=5)
    yard = site_app.business
    yard.collect("tutu", 1_000)  # so that its tile is among the first
    coming = [yard.collect("tense", 1_000, site="chengdu") for _ in range(5)]
    yard.do(
        "ship",
        "chengdu",
        lots=[{"lot": lot} for lot in coming],
        to="yard",
        mode="road",
        vehicle_class="diesel",
    )
    with site_app.store.read() as reader:
        note = make_shipment_code(reader.find_head().seq)
    phone = open_phone()
    page = phone.page

    first = draw()
    with task(phone, "new lot", TARGETS["new lot"]):
        phone.tap('[data-task="collect"]')
        phone.tap('[data-grade="tense"]')
        phone.enter("18260")
        phone.scan(first, expect="success")
    # The next one: nothing but its weight and its label. It is checked for radiation and has a photo.
    page.goto(f"{phone.address}/yard#/collect")
    phone.wait_for("#gross")
    page.click("#radiation")
    picture = tmp_path / "truck.jpg"
    picture.write_bytes(take_photo("JPEG"))
    page.set_input_files("#photo", picture)
    page.locator(".yard-photo").wait_for()
    assert_is_short(phone)
    page.focus("#gross")
    phone.steps()
    second = draw()
    phone.enter("18300")
    phone.scan(second, expect="success")
    assert phone.steps() == (0, 5, 1)
    assert page.get_attribute("#radiation", "aria-pressed") == "true"
    page.locator('[data-state="done"]').first.wait_for()
    lot = site_app.find_lot(second)
    assert lot is not None
    with site_app.store.read() as reader:
        event = reader.find_events_by_seq([lot.made[1]])[lot.made[1]]
    assert isinstance(event.draft.detail, Acquisition)
    assert (event.draft.detail.radiation, len(event.draft.detail.photos)) == ("passed", 1)

    with task(phone, "receive a truck of 5", TARGETS["receive a truck of 5"]):
        phone.tap('[data-task="receive"]')
        phone.pull_trigger(note, kind="t")
        page.locator('[data-count="5"]').wait_for()
        phone.tap("#arrive")
        wait_for_state(phone, "done")

    made = [draw(), draw()]
    with task(phone, "sort", TARGETS["sort"]):
        phone.tap('[data-task="process"]')
        phone.scan(first, expect="success")
        for code, grade, mass in zip(made, ("tense", "tutu"), ("5000", "700"), strict=True):
            phone.tap(f'[data-grade="{grade}"]')
            phone.enter(mass)
            phone.scan(code, expect="success")
        assert page.get_attribute("#loss", "data-loss") == "80000"
        assert_is_short(phone)
        phone.tap("#process")
    wait_for_state(phone, "done")
    assert [lot and lot.remaining_g for lot in map(site_app.find_lot, made)] == [5_000_000, 700_000]

    # What an operator counts waits for a supervisor; what nobody saw is listed and stays.
    page.context.set_offline(True)
    with task(phone, "stocktake of 6", TARGETS["stocktake of 6"]):
        phone.tap('[data-task="stocktake"]')
        for number, code in enumerate(codes):
            phone.scan(code, expect="success")
            if number:
                phone.tap("#as-in-book")
            else:
                page.keyboard.type("9\n")  # is that 900? A slip counts for no step
                page.click('[data-answer="no"]')
                page.fill("#count", "")
                phone.enter("900\n")
        page.reload()
        phone.wait_for("html[data-ready]")
        assert page.get_attribute("#progress", "data-seen") == "6"
        assert_is_short(phone)
        phone.tap("#finish")
    assert page.get_attribute("#count-sum", "data-difference") == "-100000"
    assert page.locator("[data-unseen]").count() == 9
    page.click("#record-count")
    page.context.set_offline(False)
    wait_for_state(phone, "held")
    lot = site_app.find_lot(codes[0])
    assert lot is not None
    assert lot.remaining_g == 1_000_000

    label = draw()
    with task(phone, "relabel", TARGETS["relabel"]):
        phone.tap('[data-task="relabel"]')
        phone.scan(codes[1], expect="success")
        phone.scan(label, expect="success")
    wait_for_state(phone, "done")
    assert site_app.find_lot(label) == site_app.find_lot(codes[1])

    with task(phone, "undo", TARGETS["undo"]):
        phone.tap('[data-task="today"]')
        phone.tap(".yard-undo")
    assert page.locator('#totals [data-grade="tense"]').count() == 1
    page.goto(f"{phone.address}/yard#/records")
    phone.wait_for('[data-state="withdrawn"]')


def test_a_truck_with_two_grades_is_one_record_of_two_lots(
    site_app: SiteApp,
    open_phone: Callable[..., Phone],
) -> None:
    draw = blank()
    prepare(site_app, draw)
    phone = open_phone()
    page = phone.page
    phone.tap('[data-task="collect"]')
    phone.tap('[data-grade="tense"]')
    phone.enter("18260")
    phone.tap("#more")
    phone.enter("15000")
    codes = [draw(), draw()]
    phone.scan(codes[0], expect="success")
    assert page.input_value("#gross") == "15000"
    page.reload()  # what was unloaded is not forgotten
    phone.wait_for("html[data-ready]")
    phone.tap("#put-back")
    assert page.input_value("#after") == "15\u00a0000"
    phone.scan(codes[0], expect="success")
    page.locator('a.yard-tile[href="#/collect/grade"]').click()
    page.click('[data-id="tutu"]')
    page.locator("#gross").wait_for()
    phone.scan(codes[1], expect="success")
    page.locator('[data-state="done"]').first.wait_for()
    lots = [site_app.find_lot(code) for code in codes]
    assert [(lot.material, lot.content.mass_g) for lot in lots if lot] == [
        ("tense", 3_260_000),
        ("tutu", 2_520_000),
    ]
    assert len({lot.made for lot in lots if lot}) == 1
