"""What arrives is ticked against delivery notes, without a script: a note opens, each scan ticks a lot, what is left is asked
about, and the sender hears of a difference.
"""

from collections.abc import Callable

import pytest

from scanners.codes import group_code, make_shipment_code
from tests.support.markup import attributes_of, fields_of, find_all, find_one, words_of
from tests.support.pages import SiteApp, Visitor, problems_of

Visit = Callable[..., Visitor]
LATELY = "2025-12-30T08:00:00"
Truck = tuple[str, list[str], list[str]]
"""A load on its way: the code of its note, its lots, and their codes."""


def send_truck(site_app: SiteApp, *masses_kg: float) -> Truck:
    trade = site_app.business
    lots = [trade.collect("tense", mass_kg) for mass_kg in masses_kg]
    trade.do("ship", "yard", LATELY, lots=[{"lot": lot} for lot in lots], mode="road", to="plant")
    seq = trade.event(trade.last_event()).seq
    return make_shipment_code(seq), lots, [trade.lot(lot).code for lot in lots]


@pytest.fixture
def trucks(site_app: SiteApp) -> tuple[Truck, Truck]:
    return send_truck(site_app, 1000, 2000, 3000), send_truck(site_app, 500)


def test_each_scan_ticks_a_lot_of_the_note_and_the_rest_is_asked_about(
    site_app: SiteApp, visit: Visit, trucks: tuple[Truck, Truck]
) -> None:
    (note, lots, codes), (other_note, others, other_codes) = trucks
    wang = visit("wang", "plant")
    page = wang.get("/receive")
    assert attributes_of(page, ".load", "data-note") == [note, other_note]
    assert not find_all(page, ".load.open-note")
    page = wang.post("/receive", {**fields_of(page), "action": f"note-{note}"})
    assert "0 / 3" in words_of(find_one(page, "[data-ticked]"))

    page = wang.post("/receive", {**fields_of(page), "action": "scan", "scan": codes[1]})
    page = wang.post("/receive", {**fields_of(page), "action": "scan", "scan": other_codes[0]})
    assert attributes_of(page, ".arrived", "data-code") == [codes[1], other_codes[0]]
    assert "1 / 3" in words_of(find_one(page, "[data-ticked]"))
    assert [words_of(one) for one in find_all(page, ".remark")] == [
        f"不在打开的送货单上，属于送货单 {group_code(other_note)}。"
    ]

    page = wang.post("/receive", fields_of(page))
    assert page.status_code == 422
    (asked,) = problems_of(page)
    assert all(group_code(codes[place]) in asked for place in (0, 2))
    assert group_code(codes[1]) not in asked
    assert site_app.business.lot(lots[1]).status == "in_transit", "nothing is recorded before the answer"
    (agreed,) = attributes_of(page, "button[name=rest]", "value")
    assert wang.post("/receive", {**fields_of(page), "rest": "another answer"}).status_code == 422
    assert wang.post("/receive", {**fields_of(page), "rest": agreed}).status_code == 302
    states = [site_app.business.lot(lot).status for lot in (*lots, *others)]
    assert states == ["in_transit", "available", "in_transit", "available"]


def test_a_check_names_the_note_of_a_lot_that_is_not_on_the_open_one(
    visit: Visit, trucks: tuple[Truck, Truck]
) -> None:
    (note, _, codes), (other_note, _, other_codes) = trucks
    wang = visit("wang", "plant")
    for code, verdict in ((codes[0], "ok"), (other_codes[0], "warning")):
        told = wang.get(f"/record/receive/lots/{code}?site=plant&note={note}").get_json()
        assert told["verdict"] == verdict
        assert (group_code(other_note) in " ".join(told["reasons"])) == (verdict == "warning")


def test_a_button_receives_a_whole_truck_and_the_sender_is_told_of_a_difference(
    site_app: SiteApp, visit: Visit, trucks: tuple[Truck, Truck]
) -> None:
    (note, _, codes), (other_note, _, _) = trucks
    wang = visit("wang", "plant")
    for code, short in ((note, "2190"), (other_note, "")):
        page = wang.get("/receive")
        page = wang.post("/receive", {**fields_of(page), "action": f"take-all-{code}"})
        typed = fields_of(page)
        if short:
            (heaviest,) = [name for name, value in typed.items() if value.replace("-", "") == codes[2]]
            typed[heaviest.replace("lot_code", "mass_kg")] = short
        page = wang.post("/receive", typed)
        if short:
            assert page.status_code == 422, "a difference needs a reason"
            page = wang.post("/receive", {**fields_of(page), "reason": "雨水"})
        assert page.status_code == 302
    home = wang.work_at("yard").get("/")
    assert "810" in words_of(find_one(home, "[aria-labelledby=differences]"))
    assert not find_all(wang.work_at("plant").get("/"), "[aria-labelledby=differences]")
