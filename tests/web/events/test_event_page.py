"""An event's page says what was done with which lots, what can be done now, and who can correct it."""

import re
from collections.abc import Callable

from tests.support.markup import fields_of, find_all, words_of
from tests.support.pages import SiteApp, Visitor, errors_beside

Visit = Callable[..., Visitor]


def rows_of(page: str) -> list[str]:
    """Return what people read in the rows of the first table that stand for lots."""
    body = find_all(page, "tbody")[0]
    for below in body.css(".narrow.below"):
        below.decompose()
    return [words_of(row) for row in body.css("tr") if row.attributes.get("class") in (None, "goes-on")]


def test_each_kind_shows_the_masses_that_a_person_looks_for(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000, metal_fraction="0.9")
    code = "-".join(re.findall("....", trade.lot(lot).code))
    chen = visit("chen", "yard")

    def page() -> str:
        return chen.get(f"/e/{trade.last_event()}").text

    trade.assay(lot, "0.8")
    assert "金属含量由 90.0 % 改为 80.0 %" in words_of(page())
    assert f"{code} 1 000 900 800 " in rows_of(page())[0]
    trade.adjust(lot, -5)
    assert f"{code} −5 −4 " in rows_of(page())[0]
    assert "盘点 1 批，差异 −5 kg。" in words_of(page())
    trade.ship(lot, "plant", kg=400)
    shipped = page()
    assert [row.split(" ")[1:4] for row in rows_of(shipped)] == [
        ["拆自", "400", "320"],
        ["拆出", "400", "320"],
    ]
    assert "<caption>发运批次</caption>" in shipped
    assert "发出 1 批 400 kg，发往" in words_of(shipped)
    trade.ship(lot, "plant")
    assert f"{code} 595 476 " in rows_of(page())[0]
    trade.receive(lot, "plant", 590, reason="rain")
    assert f"{code} 595 590 −5 " in rows_of(page())[0]
    assert "<caption>收货批次</caption>" in page()
    assert "收货 1 批：发出 595 kg，实收 590 kg，差异 −5 kg。" in words_of(page())


def test_what_was_done_and_the_next_steps_come_before_the_ledger(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000)
    outputs = [
        {"form": "scrap", "material": "tense", "mass_g": 900_000},
        {"form": "residue", "material": "sorting-waste", "mass_g": 60_000},
    ]
    made = [trade.lot(id_).code for id_ in trade.transform("sort", [lot], outputs)]
    page = visit("wang", "yard").get(f"/events/{trade.last_event()}").text
    top, ledger = page.split('<details class="more technical">')
    assert "投入 1 批 1\u00a0000 kg，产出 2 批 960 kg，损耗 40 kg。" in top
    assert f"/labels?code={made[0]}&amp;code={made[1]}" in top
    assert f'href="/melt?code={made[0]}"' in top
    assert f"/melt?code={trade.lot(lot).code}" not in page
    assert trade.last_event() not in words_of(top)
    assert trade.last_event() in ledger
    assert "预处理投入" in ledger


def test_who_may_not_correct_is_told_who_can(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 1000)
    path = f"/events/{site_app.business.last_event()}"
    wang, chen = visit("wang", "yard").get(path).text, visit("chen", "yard").get(path).text
    assert "的主管更正或作废" in wang
    assert "/void" not in wang
    assert "的主管更正或作废" not in chen
    assert f"{path}/void" in chen


def test_a_lot_that_was_weighed_shows_the_readings(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    weighing = {"gross_g": 3_000_000, "tare_g": 1_900_000, "moisture_percent": "2", "impurity_g": 78_000}
    lot = trade.collect("tense", 1000, weighing=weighing)
    wang = visit("wang", "yard")
    shown = words_of(wang.get(f"/l/{trade.lot(lot).code}").text)
    assert "毛重 3 000 kg 皮重 1 900 kg 扣水 2 % 扣杂 78 kg" in shown
    part = trade.ship(lot, "plant", kg=100)
    assert "毛重" not in words_of(wang.get(f"/l/{trade.lot(part).code}").text)


def test_a_sort_without_output_is_told_at_the_list_of_outputs(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    wang = visit("wang", "yard")
    page = wang.get(f"/sort?code={site_app.business.lot(lot).code}")
    refused = wang.post("/sort", fields_of(page))
    assert "产出" in errors_beside(refused)["outputs"]
    assert '<a href="#outputs">' in refused.text
    assert 'id="outputs"' in refused.text
