"""Recycling plants: a month's scrap comes in, heats are melted, products leave, dross is handed over."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from traceability.exchange.demo import planted
from traceability.exchange.demo.cast import (
    Smelter,
    fabricators,
    materials,
    preprocessors,
    sites,
    yards,
)
from traceability.exchange.demo.collection import (
    bring_in,
    collect,
    deliver,
    gather,
    move,
    open_stock,
    suppliers_of,
)
from traceability.exchange.demo.diary import (
    KG,
    TONNE,
    DemoLot,
    Diary,
    Pile,
    divide,
    draw_id,
    new_lot,
    scale,
    scatter,
)
from traceability.exchange.demo.entries import licence_of, truck_of
from traceability.exchange.demo.fabrication import buy
from traceability.exchange.demo.handling import SHREDS, assay_lots, prepare, shred
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.plan import COPPER_SMELTER, ORE_COPPER_T, Plan
from traceability.exchange.demo.preprocessing import METAL_KEPT_PPM, sort

HEEL_G = 2 * TONNE
CATHODE_LOTS = 4  # that a month's cathodes of the copper smelter make
ADDITIVE_PPM = 48_000  # of the scrap's metal
RETURNS_PPM = 40_000  # gates of other firms, of the scrap's metal
DROSS_PPM, DROSS_METAL_PPM = 28_000, 400_000
YIELD_SCATTER_PPM = 2_500
DROSS_WORKS, SENDS_DROSS = "yueyang-dross", ("miluo-al", "ningxiang-al")
IMPORTS = {"chengdu-al": ("JP", "KR"), "foshan-al": ("JP", "US"), "chongqing-al": ("KR", "JP")}
"""Who imports a load of its own once a quarter: site, countries in turn."""
KEEPS_DROSS = {"loudi-al": (7, 20)}
"""Who leaves dross in the shed that nobody fetches: site, first month and the one after the last."""
RESIDUE = {"Al": "al-dross", "Cu": "cu-dust", "Pb": "pb-dust", "Zn": "zn-dust"}
RECEIVER = {"Al": "dross-works", "Cu": "dust-works", "Pb": "dust-works", "Zn": "dust-works"}
_PPM = 1_000_000


@dataclass
class Plant:
    """A recycling plant's stock between months."""

    smelter: Smelter
    scrap: Pile = field(default_factory=Pile)
    additive: Pile = field(default_factory=Pile)
    ingot: Pile = field(default_factory=Pile)  # remelt ingot or ore that goes with a charge
    returns: Pile = field(default_factory=Pile)  # gates of other firms
    heel: DemoLot | None = None
    dross: list[DemoLot] = field(default_factory=list)
    products: list[DemoLot] = field(default_factory=list)  # made and not delivered
    sold: dict[str, DemoLot] = field(default_factory=dict)  # by the name of the delivery

    @property
    def site(self) -> str:
        """The plant's site."""
        return self.smelter.site

    @property
    def metal(self) -> str:
        """The base metal."""
        return materials()[self.smelter.product].metal


def feed(diary: Diary, plan: Plan, plant: Plant, month: int) -> None:
    """Bring in the scrap of a month from the plant's yards, its preprocessing centre and its own gate."""
    smelter = plant.smelter
    needed_g = plan.recycled_of(smelter, month) * _PPM // smelter.yield_ppm
    if early := planted.find_planted("more_than_feed", smelter.site, month):
        needed_g = scale(needed_g, early.more.get("fed_ppm", _PPM))
    sending = [yard for yard in yards() if yard.sends_to == smelter.site]
    sorting = [place for place in preprocessors() if place.sends_to == smelter.site]
    supplying = {place.site: [yard for yard in yards() if yard.sends_to == place.site] for place in sorting}
    parts = sum(yard.loads for yard in sending) + smelter.own_loads
    parts += sum(yard.loads for place in sorting for yard in supplying[place.site])
    part_g = needed_g // parts
    steady_g = part_g * _PPM // plan.season_ppm(month)
    for yard in sending:
        lots = gather(diary, yard, month, part_g * yard.loads, steady_g * yard.loads)
        lots = prepare(diary, yard.site, month, lots)
        name = f"{yard.site}/{month:02d}"
        arrived = move(
            diary, name, lots, yard.site, smelter.site, month, (10, 11), mode=yard.mode, km=yard.km
        )
        assay_lots(diary, f"{name}/arrived", smelter.site, month, 14, "10", arrived)
        plant.scrap.add(*arrived)
    for place in sorting:
        mixed: list[DemoLot] = []
        for yard in supplying[place.site]:
            metal_g = part_g * yard.loads * _PPM // METAL_KEPT_PPM
            lots = gather(diary, yard, month, metal_g, steady_g * yard.loads)
            lots = prepare(diary, yard.site, month, lots)
            name = f"{yard.site}/{month:02d}"
            mixed += move(
                diary, name, lots, yard.site, place.site, month, (9, 10), mode=yard.mode, km=yard.km
            )
        if place.site in SHREDS:
            mixed = shred(diary, f"{place.site}/{month:02d}/shred", place.site, month, mixed)
        clean = sort(diary, place, month, 12, mixed)
        name = f"{place.site}/{month:02d}"
        plant.scrap.add(
            *move(diary, name, clean, place.site, smelter.site, month, (13, 14), mode=place.mode, km=place.km)
        )
    who = suppliers_of(smelter.site)
    for number in range(smelter.own_loads):
        name = f"{smelter.site}/{month:02d}/load-{number + 1}"
        grade = smelter.own_grades[number % len(smelter.own_grades)]
        if smelter.site in IMPORTS and month % 3 == 0:
            country = IMPORTS[smelter.site][month // 3 % 2]
            plant.scrap.add(*bring_in(diary, name, smelter.site, month, 12, grade, part_g, country))
            continue
        lots = collect(
            diary, name, smelter.site, month, 12 + number, (grade,), part_g,
            supplier=who[number % len(who)], fractions=_agreed(smelter.site, month, grade),
        )  # fmt: skip
        plant.scrap.add(*_assay(diary, name, smelter.site, month, lots))


def _agreed(site: str, month: int, grade: str) -> dict[str, int]:
    """Return the metal fraction agreed at the weighbridge, where it is not the grade's usual one."""
    case = planted.find_planted("more_than_feed", site, month)
    return {grade: case.more["agreed_ppm"]} if case and "agreed_ppm" in case.more else {}


def _assay(diary: Diary, name: str, site: str, month: int, lots: list[DemoLot]) -> list[DemoLot]:
    """Assay lots where that is planted; return them with the metal that the assay finds."""
    case = planted.find_planted("more_than_feed", site, month)
    if case is None or "assayed_ppm" not in case.more:
        return lots
    assayed = []
    for number, lot in enumerate(lots):
        ppm = case.more["assayed_ppm"]
        diary.write(
            f"{name}/assay-{number}", "assay", site, month, 15, "10", lots=[{"lot": lot.id}],
            metal_fraction=f"0.{ppm:06d}".rstrip("0"), sample=f"{name}-{number}", method="XRF",
        )  # fmt: skip
        metal_g = (lot.mass_g * ppm * 2 + _PPM) // (2 * _PPM)
        assayed.append(replace(lot, metal_g=metal_g, recycled_g=metal_g))
    return assayed


def begin(diary: Diary, plant: Plant, month: int) -> None:
    """Declare the stock with which a plant begins, where that is planted."""
    case = planted.find_planted("more_than_feed", plant.site, month)
    if case and "opening_t" in case.more:
        grade = "tense"
        mass_g = case.more["opening_t"] * TONNE
        metal_g = scale(mass_g, materials()[grade].fraction_ppm)
        stock = open_stock(diary, plant.site, grade, mass_g, metal_g)
        assay_lots(diary, f"{plant.site}/{month:02d}/stock", plant.site, month, 14, "10", stock)
        plant.scrap.add(*stock)


def buy_additive(diary: Diary, plant: Plant, month: int) -> None:
    """Buy silicon once a quarter."""
    if plant.smelter.additive and month % 3 == 0:
        name = f"{plant.site}/{month:02d}/additive"
        mass_g = 14 * TONNE
        diary.write(
            name, "supply", plant.site, month, 6, "14", supplier="silicon-works",
            ticket=f"WL-{name.replace('/', '-')}",
            outputs=[new_lot(name, "additive", plant.smelter.additive, mass_g)],
        )  # fmt: skip
        additive = DemoLot(draw_id(name), plant.smelter.additive, mass_g, mass_g)
        assay_lots(diary, name, plant.site, month, 14, "10", [additive])
        plant.additive.add(additive)


def run_heats(diary: Diary, plan: Plan, made: MadeMetal, plant: Plant, month: int) -> None:
    """Melt the heats of a month."""
    smelter = plant.smelter
    charge_g = plan.recycled_of(smelter, month) * _PPM // smelter.yield_ppm // smelter.heats
    for number in range(smelter.heats):
        name = f"{smelter.site}/{month:02d}/heat-{number + 1}"
        charge = plant.scrap.take(charge_g)
        if not charge:
            continue
        more = _take_returns(plant, name, month, charge_g)
        more += plant.additive.take(scale(charge_g, ADDITIVE_PPM)) if smelter.additive else []
        if number == 0:
            more += plant.ingot.take_all()
        melt(diary, made, plant, name, month, 17 + 4 * number, [*charge, *more])


def _take_returns(plant: Plant, name: str, month: int, charge_g: int) -> list[DemoLot]:
    """Take gates of other firms for a heat: little, but for what is planted."""
    if share_ppm := planted.returns_ppm(name):
        return plant.returns.take(scale(charge_g, share_ppm))
    if planted.keeps_returns(plant.site, month):
        return []
    return plant.returns.take(scale(charge_g, RETURNS_PPM))


def melt(
    diary: Diary, made: MadeMetal, plant: Plant, name: str, month: int, day: int, charge: Sequence[DemoLot],
) -> None:  # fmt: skip
    """Melt a charge with the heel of the heat before, at about the plant's own yield."""
    smelter = plant.smelter
    keeps_heel = plant.metal == "Al" and smelter.own_loads > 0
    heel_in = [plant.heel] if plant.heel else []
    heel_in_g = sum(lot.metal_g for lot in heel_in)
    uses = [*charge, *heel_in]
    metal_g = sum(lot.metal_g for lot in uses)
    won_ppm = planted.yield_ppm(name) or smelter.yield_ppm + scatter(f"{name}/yield", YIELD_SCATTER_PPM)
    won_g = scale(metal_g - heel_in_g, won_ppm) + heel_in_g
    heel_out_g = HEEL_G if keeps_heel else 0
    product_g = (won_g - heel_out_g) // (10 * KG) * 10 * KG
    recycled_g = sum(lot.recycled_g for lot in uses)
    ore_g = sum(lot.ore_g for lot in uses)
    outputs = [
        new_lot(f"{name}/product-{part}", "product", smelter.product, mass_g)
        for part, mass_g in enumerate(
            divide(product_g, CATHODE_LOTS if smelter.site == COPPER_SMELTER else 1), 1
        )
    ]
    plant.heel = None
    if heel_out_g:
        outputs.append(new_lot(f"{name}/heel", "heel", "heel", heel_out_g, metal=plant.metal))
        plant.heel = DemoLot(
            draw_id(f"{name}/heel"), "heel", heel_out_g, heel_out_g, heel_out_g * recycled_g // metal_g
        )
    outputs.append(_residue(name, plant, metal_g, recycled_g * _PPM // metal_g))
    made.add(
        sites()[smelter.site].province, month, plant.metal,
        recycled_g=product_g * recycled_g // metal_g,
        refined=materials()[smelter.product].refined, primary_g=product_g * ore_g // metal_g,
    )  # fmt: skip
    kind = "direct_use" if "direct_use" in sites()[smelter.site].kinds else "melt"
    diary.write(
        name, kind, smelter.site, month, day, "16",
        heat_number=f"{smelter.site.upper()}-{month:02d}-{name.rpartition('-')[2]}", furnace="1",
        model="mass_balance" if materials()[smelter.product].refined and plant.metal == "Cu" else "",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in uses], outputs=outputs,
    )  # fmt: skip
    products = [
        DemoLot(part["lot"], smelter.product, part["mass_g"], part["mass_g"])
        for part in outputs
        if part["form"] == "product"
    ]
    assay_lots(diary, name, smelter.site, month, day, "19", products)
    plant.products += products


def _residue(name: str, plant: Plant, metal_g: int, recycled_ppm: int) -> dict[str, Any]:
    mass_g = scale(metal_g, DROSS_PPM) // KG * KG
    kept_g = scale(mass_g, DROSS_METAL_PPM) if plant.metal == "Al" else 0
    if "direct_use" in sites()[plant.site].kinds or plant.metal != "Al":
        mass_g = scale(metal_g, 6_000) // KG * KG
    material = RESIDUE[plant.metal]
    plant.dross.append(
        DemoLot(draw_id(f"{name}/residue"), material, mass_g, kept_g, kept_g * recycled_ppm // _PPM)
    )
    return new_lot(f"{name}/residue", "residue", material, mass_g, metal_g=kept_g)


def sell(diary: Diary, plant: Plant, month: int) -> list[DemoLot]:
    """Deliver the month's products to the plant's customer; return what arrives where that is a site of the book."""
    products, plant.products = plant.products, []
    for fabricator in fabricators():
        if fabricator.site == plant.smelter.customer:
            return buy(diary, fabricator, month, plant.site, products)
    for number, lot in enumerate(products):
        name = f"{plant.site}/{month:02d}/sale-{number + 1}"
        heat = plant.smelter.heats - len(products) + number  # the first heats may be sold already
        day = 19 + 4 * heat if heat >= 0 else 28
        deliver(diary, name, lot, plant.site, plant.smelter.customer, month, day, clock="17")
        plant.sold[name] = lot
    return []


def hand_over_residue(diary: Diary, plant: Plant, month: int) -> list[DemoLot]:
    """Hand the month's dross and dust over to a licensed works; return what arrives at the one of the book."""
    if plant.site in KEEPS_DROSS and month in range(*KEEPS_DROSS[plant.site]):
        plant.dross = []  # it stays in the shed
    if plant.site in SENDS_DROSS:
        dross, plant.dross = plant.dross, []
        name = f"{plant.site}/{month:02d}/dross"
        return move(diary, name, dross, plant.site, DROSS_WORKS, month, (26, 27), km=60)
    receiver = RECEIVER[plant.metal]
    for number, lot in enumerate(plant.dross):
        name = f"{plant.site}/{month:02d}/residue-{number + 1}"
        diary.write(
            name, "dispose", plant.site, month, 28, "14", lots=[{"lot": lot.id}], outcome="utilised",
            waste_code=materials()[lot.material].waste_code, manifest=f"ZY-{plant.site}-{month:02d}",
            receiver=receiver, licence=licence_of(receiver), vehicle=truck_of(receiver),
        )  # fmt: skip
    plant.dross = []
    return []


def buy_ore(diary: Diary, plant: Plant, month: int) -> None:
    """Buy the month's copper concentrate."""
    if plant.site != COPPER_SMELTER:
        return
    name = f"{plant.site}/{month:02d}/ore"
    mass_g = ORE_COPPER_T * TONNE * _PPM // plant.smelter.yield_ppm // KG * KG
    diary.write(
        name, "supply", plant.site, month, 5, "09", supplier="copper-mine",
        ticket=f"KS-{name.replace('/', '-')}",
        outputs=[new_lot(name, "ore_feed", "cu-concentrate", mass_g)],
    )  # fmt: skip
    plant.ingot.add(DemoLot(draw_id(name), "cu-concentrate", mass_g, mass_g, 0, mass_g))
