"""Put the parts of the chain together, month by month."""

from typing import Any

from traceability.exchange.demo.authorities import state_output
from traceability.exchange.demo.cast import electrolyses, primaries, smelters
from traceability.exchange.demo.diary import MONTHS, Diary, Months, draw_id
from traceability.exchange.demo.electrolysis import make_from_ore, run_potlines
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.plan import Plan
from traceability.exchange.demo.records import keep_records
from traceability.exchange.demo.smelting import (
    Plant,
    buy_additive,
    buy_ore,
    feed,
    hand_over_residue,
    run_heats,
    sell,
)

FIRST_EVENT = draw_id("bijie-zn/00/zn-1")
"""An event of the first month, by which a book says which months it tells of."""
LAST_EVENT = draw_id("national-authority/23/recycled")
"""The event that is recorded last."""


def list_drafts(last_month: str) -> list[dict[str, Any]]:
    """Return the demo's events as drafts on the wire, in an order that works; they end with ``last_month``."""
    months = Months(last_month)
    diary, plan, made = Diary(months), Plan(months), MadeMetal()
    plants = {smelter.site: Plant(smelter) for smelter in smelters()}
    for month in range(MONTHS):
        for plant in plants.values():
            buy_additive(diary, plant, month)
            buy_ore(diary, plant, month)
            feed(diary, plan, plant, month)
            run_heats(diary, plan, made, plant, month)
            sell(diary, plant, month)
            hand_over_residue(diary, plant, month)
        for potline in electrolyses():
            ingots = run_potlines(diary, made, potline, month)
            if potline.ingot_to:
                plants[potline.ingot_to].ingot.add(*ingots)
        for maker in primaries():
            make_from_ore(diary, made, maker, month)
    keep_records(diary, plan)
    state_output(diary, made)
    return diary.drafts()
