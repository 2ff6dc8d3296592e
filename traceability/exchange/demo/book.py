"""Put the parts of the chain together, month by month."""

from typing import Any

from traceability.exchange.demo.authorities import state_output
from traceability.exchange.demo.cast import electrolyses, fabricators, primaries, smelters
from traceability.exchange.demo.diary import MONTHS, DemoLot, Diary, Months, draw_id
from traceability.exchange.demo.electrolysis import make_from_ore, run_potlines
from traceability.exchange.demo.fabrication import DETOUR, fabricate, list_detours, send_round
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.plan import Plan
from traceability.exchange.demo.records import keep_records
from traceability.exchange.demo.recovery import recover
from traceability.exchange.demo.smelting import (
    Plant,
    begin,
    buy_additive,
    buy_ore,
    feed,
    hand_over_residue,
    run_heats,
    sell,
)
from traceability.exchange.demo.story import tell_story

FIRST_EVENT = draw_id("bijie-zn/00/zn-1")
"""An event of the first month, by which a book says which months it tells of."""
LAST_EVENT = draw_id("national-authority/23/recycled")
"""The event that is recorded last."""


def list_drafts(last_month: str) -> list[dict[str, Any]]:
    """Return the demo's events as drafts on the wire, in an order that works; they end with ``last_month``."""
    months = Months(last_month)
    diary, plan, made = Diary(months), Plan(months), MadeMetal()
    plants = {smelter.site: Plant(smelter) for smelter in smelters()}
    dross: list[DemoLot] = []
    kept: dict[int, list[DemoLot]] = {}  # products that a fabricator keeps until a month
    for month in range(MONTHS):
        bought: dict[str, list[DemoLot]] = {}
        for plant in plants.values():
            buy_additive(diary, plant, month)
            buy_ore(diary, plant, month)
            begin(diary, plant, month)
            feed(diary, plan, plant, month)
            run_heats(diary, plan, made, plant, month)
            for name, until in list_detours(plant.site, month):
                lots = [plant.products.pop(0)]
                kept.setdefault(until, []).extend(send_round(diary, name, lots, plant.site, month))
            bought.setdefault(plant.smelter.customer, []).extend(sell(diary, plant, month))
            dross += hand_over_residue(diary, plant, month)
        for fabricator in fabricators():
            lots = bought[fabricator.site]
            if fabricator.site == DETOUR:
                lots += kept.pop(month, [])
            plants[fabricator.internal_to].returns.add(*fabricate(diary, fabricator, month, lots))
        for potline in electrolyses():
            ingots = run_potlines(diary, made, potline, month)
            if potline.ingot_to:
                plants[potline.ingot_to].ingot.add(*ingots)
        for maker in primaries():
            make_from_ore(diary, made, maker, month)
        if month % 3 == 2:
            recover(diary, made, month, dross)
            dross = []
    tell_story(diary, made, {name: lot for plant in plants.values() for name, lot in plant.sold.items()})
    keep_records(diary, plan)
    state_output(diary, made)
    return diary.drafts()
