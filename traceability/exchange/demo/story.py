"""Tell what goes otherwise than planned: late entries, corrections, quarantine, returns, what is still on its way."""

from typing import Any

from traceability.exchange.demo.cast import electrolyses, sites
from traceability.exchange.demo.collection import collect, suppliers_of
from traceability.exchange.demo.diary import KG, MONTHS, TONNE, DemoLot, Diary, draw_id, new_lot
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.planted import list_planted

LATE = (("zhuzhou-yard", 12, "scrub"), ("miluo-yard", 19, "tense"), ("fengcheng-yard", 21, "tense"))
"""Loads entered after their month was sealed: site, month, grade."""
REPLACED_ORIGINS = (("miluo-yard", 8, "500000"), ("chengdu-yard", 17, "530000"), ("foshan-al", 22, "450000"))
"""Loads whose origin a supervisor corrected: site, month, the right province."""
FAILED = (("chongqing-al", 6, "released"), ("yongxing-zn", 21, ""), ("fengcheng-al", 18, "sent_back"))
"""Loads that failed an inspection: site, month, what became of them, nothing yet if empty."""
RELABELLED = (("miluo-yard", 19), ("fengcheng-yard", 21))
"""Late loads whose label was torn: site, month of the load."""
ON_THEIR_WAY = (
    ("wangcheng-yard", "ningxiang-prep", 19),
    ("guangzhou-yard", "foshan-al", 23),
    ("yueyang-yard", "miluo-prep", 23),
)
"""Loads shipped and not received: sender, receiver, month."""
OPEN_TAPS = ("guangyuan-el", "wenshan-el")
"""Aluminium smelters whose last tap is still liquid when the demo ends."""


def tell_story(diary: Diary, made: MadeMetal, sold: dict[str, DemoLot]) -> None:
    """Tell everything; ``sold`` are lots by the name of their delivery."""
    _undo_and_void(diary)
    for site, month, grade in LATE:
        collect(
            diary, f"{site}/{month:02d}/late", site, month, 26, (grade,), 5 * TONNE,
            supplier=suppliers_of(site)[0],
            recorded=diary.moment(month + 1, 9, "10:00"), note="月末过磅单漏录，次月补录",
        )  # fmt: skip
    for site, month, origin in REPLACED_ORIGINS:
        _replace_origin(diary, site, month, origin)
    for site, month, became in FAILED:
        _fail(diary, site, month, became)
    for site, month in RELABELLED:
        _label_again(diary, site, month)
    for site, to, month in ON_THEIR_WAY:
        _send_off(diary, site, to, month)
    _take_back(diary, sold)
    _count_stock(diary)
    _leave_liquid(diary, made)


def _undo_and_void(diary: Diary) -> None:
    """Undo a load whose ticket was given away, and void another that was entered twice."""
    for case in list_planted():
        if case.finding != "undo":
            continue
        clock = "09:20" if case.is_found else "11:20"
        collect(diary, case.event, case.site, case.month, 14, ("tense",), 5 * TONNE, clock=clock,
                supplier=suppliers_of(case.site)[0])  # fmt: skip
        role = "operator" if case.is_found else "supervisor"
        diary.write(
            case.more["undone_by"], "correct", case.site, case.month, 14, clock[:3] + "29",
            actor=f"{case.site}-{role}", targets=[{"event": draw_id(case.event)}],
            reason="undone by its recorder" if case.is_found else "同一车货录入两次，作废后一次",
            undo=case.is_found,
        )  # fmt: skip


def _replace_origin(diary: Diary, site: str, month: int, origin: str) -> None:
    """Correct the origin of a load a month later, when its month is sealed and its metal melted."""
    name = f"{site}/{month:02d}/load-1"
    draft = {key: value for key, value in diary.find(name).items() if key != "id"}
    diary.write(
        f"{name}/correct", "correct", site, month + 1, 12, "15", actor=f"{site}-supervisor",
        reason="供应商提供了货源地证明，原填省份有误",
        targets=[{"event": draw_id(name), "draft": {**draft, "origin": origin}}],
    )  # fmt: skip


def _label_again(diary: Diary, site: str, month: int) -> None:
    """Bind a further code to a late load."""
    name = f"{site}/{month:02d}/relabel"
    diary.write(
        name, "relabel", site, month + 1, 20, "11", lots=[{"lot": draw_id(f"{site}/{month:02d}/late/1")}],
        code=new_lot(name, "", "", 0)["code"], reason="标签被雨水浸坏，重新贴签",
    )  # fmt: skip


def _fail(diary: Diary, site: str, month: int, became: str) -> None:
    """Collect a load that fails its inspection; it may be released after another one, or go back to its supplier."""
    name = f"{site}/{month:02d}/inspected"
    grade = "scrub" if site == "yongxing-zn" else "tense"
    who = suppliers_of(site) or suppliers_of("zhuzhou-yard")
    lots = collect(diary, name, site, month, 8, (grade,), 5 * TONNE, supplier=who[0])
    moved = [{"lot": lot.id} for lot in lots]
    diary.write(
        f"{name}/failed", "inspect", site, month, 8, "14", lots=moved, subject="radiation", passed=False,
        reading="0.86 µSv/h",
    )  # fmt: skip
    if became == "sent_back":
        diary.write(
            f"{name}/sent-back", "dispose", site, month, 12, "10", actor=f"{site}-supervisor", lots=moved,
            outcome="sent_back",
        )  # fmt: skip
    if became == "released":
        diary.write(
            f"{name}/passed", "inspect", site, month, 11, "10", actor=f"{site}-supervisor", lots=moved,
            subject="radiation", passed=True, reading="0.11 µSv/h", note="复检合格，误报",
        )  # fmt: skip


def _send_off(diary: Diary, site: str, to: str, month: int) -> None:
    """Ship a load that nobody received yet."""
    name = f"{site}/{month:02d}/on-its-way"
    lots = collect(diary, name, site, month, 25, ("tense",), 6 * TONNE,
                   supplier=suppliers_of(site)[0])  # fmt: skip
    diary.write(
        f"{name}/ship", "ship", site, month, 26, "15", lots=[{"lot": lot.id} for lot in lots], to=to,
        mode="road", distance_km=70, vehicle_class="diesel",
    )  # fmt: skip


def _take_back(diary: Diary, sold: dict[str, DemoLot]) -> None:
    """Take part of two deliveries back from the customer in the month after."""
    for site, month in (("chongqing-al", 14), ("gongyi-al", 20)):
        delivery = f"{site}/{month:02d}/sale-1"
        lot = sold[delivery]
        diary.write(
            f"{delivery}/return", "return", site, month + 1, 4, "10", shipment=draw_id(f"{delivery}/deliver"),
            lots=[_part(f"{delivery}/returned", lot.id, 1_500 * KG)], reason="客户验收不合格，部分退货",
        )  # fmt: skip


def _part(name: str, lot: str, mass_g: int) -> dict[str, Any]:
    part = new_lot(name, "", "", mass_g)
    return {"lot": lot, "mass_g": mass_g, "part_lot": part["lot"], "part_code": part["code"]}


def _count_stock(diary: Diary) -> None:
    """Count what is left of a late load: a little less than the book says."""
    site, month, _ = LATE[2]
    diary.write(
        f"{site}/{month + 2:02d}/stocktake", "adjust", site, month + 2, 24, "16", actor=f"{site}-supervisor",
        lots=[{"lot": draw_id(f"{site}/{month:02d}/late/1")}], delta_g=-60 * KG, reason="盘点短少",
    )  # fmt: skip


def _leave_liquid(diary: Diary, made: MadeMetal) -> None:
    """Tap liquid metal on one of the last days that is still liquid."""
    for plant in electrolyses():
        if plant.site in OPEN_TAPS:
            name, month, mass_g = f"{plant.site}/{MONTHS - 1:02d}/tap-last", MONTHS - 1, 30 * TONNE
            diary.write(
                name, "produce_primary", plant.site, month, 28, "16",
                outputs=[new_lot(name, "molten_primary", "liquid-al", mass_g)],
            )  # fmt: skip
            made.add(sites()[plant.site].province, month, "Al", primary_g=mass_g)
