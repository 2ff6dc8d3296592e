"""Scrap enters: loads on the weighbridge, imports, and the way to the next plant."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from traceability.domain.place import province_of
from traceability.exchange.demo import planted
from traceability.exchange.demo.cast import Yard, materials, read_rows, sites
from traceability.exchange.demo.diary import KG, DemoLot, Diary, draw, draw_id, new_lot, scatter

TARES_KG = 11_000  # of an ordinary truck; each has its own
_PPM = 1_000_000
PRE_CONSUMER = frozenset({"tutu", "tata", "taboo", "tread", "scrub", "berry"})
UNSPECIFIED = frozenset({"al-scrap", "twitch"})


def class_of(grade: str) -> str:
    """Return the source class that a grade usually has."""
    return "pre" if grade in PRE_CONSUMER else "unspecified" if grade in UNSPECIFIED else "post"


def suppliers_of(site: str) -> list[str]:
    """Return the suppliers of a site, the first one first."""
    return [row["id"] for row in read_rows("suppliers.csv") if row["site"] == site]


@cache
def _province_of_supplier(supplier: str) -> str:
    """Return the province that a supplier's scrap comes from."""
    return next(province_of(row["region"]) for row in read_rows("suppliers.csv") if row["id"] == supplier)


def tare_of(truck: str) -> int:
    """Return what a truck weighs when it is new, in grams."""
    return (TARES_KG + draw(truck)[0] * 20) * KG


def collect(
    diary: Diary, name: str, site: str, month: int, day: int, grades: Sequence[str], metal_g: int, *,
    supplier: str = "", truck: str = "", online: bool = False, **fields: Any,
) -> list[DemoLot]:  # fmt: skip
    """Collect a load that holds about so much metal, of one grade or several weighed one after the other."""
    truck = truck or f"{site}-truck-{draw(name)[1] % 2 + 1}"
    tare_g = tare_of(truck) + scatter(name, 3) * 20 * KG
    tare_g += tare_of(truck) * planted.tare_off_ppm(name) // _PPM // (20 * KG) * 20 * KG
    shares = (_PPM,) if len(grades) == 1 else (620_000, 380_000)
    nets = [
        max(20 * KG, metal_g * share // materials()[grade].fraction_ppm // (20 * KG) * 20 * KG)
        for grade, share in zip(grades, shares, strict=True)
    ]
    lots, outputs = [], []
    reading_g = tare_g + sum(nets)
    fractions = fields.pop("fractions", {})
    for number, (grade, net_g) in enumerate(zip(grades, nets, strict=True), 1):
        lot_name = f"{name}/{number}"
        fraction_ppm = fractions.get(grade) or materials()[grade].fraction_ppm
        metal = (net_g * fraction_ppm * 2 + _PPM) // (2 * _PPM)
        output = new_lot(lot_name, "scrap", grade, net_g)
        if len(grades) > 1:
            output["weighing"] = {"gross_g": reading_g, "tare_g": reading_g - net_g}
            output["source_class"] = class_of(grade)
            del output["mass_g"]
        if grade in fractions:
            output["metal_fraction"] = f"{fraction_ppm / _PPM:.6f}".rstrip("0")
            output["fraction_source"] = "agreement"
        reading_g -= net_g
        outputs.append(output)
        lots.append(DemoLot(draw_id(lot_name), grade, net_g, metal, metal))
    weighing: dict[str, Any] = {"weighing": _weigh(name, tare_g, nets[0])} if len(grades) == 1 else {}
    supplier = supplier or suppliers_of(site)[draw(name)[2] % len(suppliers_of(site))]
    hazardous = any(materials()[grade].waste_code for grade in grades)
    diary.write(
        name, "collect", site, month, day, planted.night_hour(name) or fields.pop("clock", "09"),
        ticket=f"GB-{name.replace('/', '-')}",
        supplier=supplier,
        vehicle=truck,
        source_class=class_of(grades[0]) if len(grades) == 1 else None,
        origin=fields.pop("origin", _province_of_supplier(supplier)),
        channel="online" if online else "offline",
        radiation="passed",
        manifest=f"LD-{name.replace('/', '-')}" if hazardous else "",
        outputs=outputs, **weighing, **fields,
    )  # fmt: skip
    return lots


def _weigh(name: str, tare_g: int, settled_g: int) -> dict[str, int]:
    """Return the readings of a load that is settled at a mass; of some loads wet and dirt are taken off."""
    wet_g, dirt_g = (
        share * settled_g // 1_000 // (20 * KG) * 20 * KG if share > 0 else 0
        for share in (draw(f"{name}/wet")[0] % 12 - 5, draw(f"{name}/dirt")[0] % 18 - 6)
    )
    readings = {"gross_g": tare_g + settled_g + wet_g + dirt_g, "tare_g": tare_g}
    return readings | {key: grams for key, grams in (("moisture_g", wet_g), ("impurity_g", dirt_g)) if grams}


def bring_in(
    diary: Diary, name: str, site: str, month: int, day: int, grade: str, metal_g: int, country: str
) -> list[DemoLot]:
    """Import a load from a country."""
    mass_g = metal_g * _PPM // materials()[grade].fraction_ppm // (20 * KG) * 20 * KG
    metal = (mass_g * materials()[grade].fraction_ppm * 2 + _PPM) // (2 * _PPM)
    diary.write(
        name, "import", site, month, day, "14",
        ticket=f"JK-{name.replace('/', '-')}",
        supplier=f"importer-{country.lower()}",
        country=country,
        origin=f"IMP-{country}",
        declaration_no=f"4011-{name.replace('/', '-')}",
        hs_code="7404.0000" if materials()[grade].metal == "Cu" else "7602.0000",
        standard="GB/T 38471" if materials()[grade].metal == "Cu" else "GB/T 38472-2023",
        source_class="post",
        radiation="passed",
        outputs=[new_lot(name, "scrap", grade, mass_g)],
    )  # fmt: skip
    return [DemoLot(draw_id(name), grade, mass_g, metal, metal)]


def gather(diary: Diary, yard: Yard, month: int, metal_g: int, steady_g: int) -> list[DemoLot]:
    """Gather a month's scrap at a yard, so much metal in all (``steady_g`` without the season); return its lots."""
    lots: list[DemoLot] = []
    for number in range(yard.loads):
        name = f"{yard.site}/{month:02d}/load-{number + 1}"
        share_g = metal_g // yard.loads * (1_000_000 + scatter(name, 40_000)) // _PPM
        day = 2 + number * 3 + draw(name)[3] % 2
        if "import_yard" in sites()[yard.site].kinds:
            country = ("CL", "JP", "KR", "US")[(month + number) % 4]
            lots += bring_in(
                diary, name, yard.site, month, day, yard.grades[number % len(yard.grades)], share_g, country
            )
            continue
        several = number == 0 and len(yard.grades) > 1
        grades = yard.grades if several else (yard.grades[number % len(yard.grades)],)
        who = suppliers_of(yard.site)
        lots += collect(
            diary, name, yard.site, month, day, grades, share_g,
            supplier=who[number % len(who)], online=yard.online and number % 2 == 0,
        )  # fmt: skip
    if surge := planted.find_planted("supplier_surge", yard.site, month):
        lots += _surge(diary, yard, surge, steady_g // yard.loads)
    return lots


def _surge(diary: Diary, yard: Yard, case: planted.PlantedCase, usual_g: int) -> list[DemoLot]:
    """Collect what a supplier brings beyond its usual load."""
    more_g = usual_g * (case.more["times_percent"] - 100) // 100 // case.more["loads"]
    name = case.event.removesuffix("-1")
    return [
        lot
        for number in range(1, case.more["loads"] + 1)
        for lot in collect(
            diary, f"{name}-{number}", yard.site, case.month, 4 + number, yard.grades[:1], more_g,
            supplier=case.more["supplier"],
        )
    ]  # fmt: skip


def move(
    diary: Diary, name: str, lots: Sequence[DemoLot], site: str, to: str, month: int, days: tuple[int, int], *,
    mode: str = "road", km: int = 0, arrives: bool = True, clock: str = "15",
) -> list[DemoLot]:  # fmt: skip
    """Ship lots to another site and receive them there, some a little lighter; return what arrived."""
    if not lots:
        return []
    diary.write(
        f"{name}/ship", "ship", site, month, days[0], clock,
        lots=[{"lot": lot.id} for lot in lots], to=to, mode=mode, distance_km=km,
        vehicle_class=_vehicle_class(name) if mode == "road" else "",
    )  # fmt: skip
    if not arrives:
        return []
    received, arrived = [], []
    for lot in lots:
        lighter_g = lot.mass_g // 1250 // KG * KG if draw(f"{lot.id}/arrives")[0] % 5 == 0 else 0
        rest = lot.part(lot.mass_g - lighter_g)
        arrived.append(rest)
        received.append({"lot": lot.id, "mass_g": rest.mass_g} if lighter_g else {"lot": lot.id})
    diary.write(f"{name}/receive", "receive", to, month, days[1], "16", lots=received)
    return arrived


def _vehicle_class(name: str) -> str:
    return ("diesel", "diesel", "gas", "new_energy")[draw(f"{name}/class")[0] % 4]


def deliver(
    diary: Diary, name: str, lot: DemoLot, site: str, customer: str, month: int, day: int, **fields: Any
) -> str:
    """Deliver a lot to a customer outside the system; return the event's id."""
    far = sum(draw(f"{site}-{customer}")) % 900 + 60
    mode = "rail" if far > 700 else "road"
    return diary.write(
        f"{name}/deliver", "ship", site, month, day, fields.pop("clock", "11"), lots=[{"lot": lot.id}],
        customer=customer, mode=mode, distance_km=far,
        vehicle_class=_vehicle_class(name) if mode == "road" else "", **fields,
    )  # fmt: skip


def open_stock(diary: Diary, site: str, grade: str, mass_g: int, metal_g: int) -> Sequence[DemoLot]:
    """Declare the stock with which a site begins."""
    name = f"{site}/00/opening"
    lot = new_lot(
        name, "scrap", grade, mass_g, content=[{"source_class": class_of(grade), "metal_g": metal_g}]
    )
    diary.write(
        name, "opening", site, 0, 1, "08", actor=f"{site}-supervisor", reason="启用系统时盘点的库存废料",
        documents=[{"type": "stocktake", "number": f"PD-{site}-00"}], outputs=[lot],
    )  # fmt: skip
    return [DemoLot(draw_id(name), grade, mass_g, metal_g, metal_g)]
