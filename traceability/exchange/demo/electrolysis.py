"""Aluminium smelters and plants that work on ore: liquid metal tapped, alloyed directly, cast, or sent next door."""

from traceability.exchange.demo.cast import Electrolysis, Primary, sites
from traceability.exchange.demo.collection import collect, deliver, move
from traceability.exchange.demo.diary import KG, TONNE, DemoLot, Diary, draw_id, new_lot, scale, scatter
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.plan import CAST_PPM, between, cold_charge_g, scrap_at_g

ASH_PPM, ASH_METAL_PPM = 12_000, 300_000
_PPM = 1_000_000


def run_potlines(diary: Diary, made: MadeMetal, plant: Electrolysis, month: int) -> list[DemoLot]:
    """Tap a month's liquid metal and use it; return the remelt ingot that another plant of the book gets."""
    province = sites()[plant.site].province
    tap_g = plant.tap_t * TONNE
    direct_ppm = between(plant.direct_first_ppm, plant.direct_last_ppm, month)
    own_taps = plant.taps - (1 if plant.neighbour else 0)
    own_ppm = (direct_ppm * plant.taps - (_PPM if plant.neighbour else 0)) // own_taps
    rests: list[DemoLot] = []
    for number in range(plant.taps):
        name, day = f"{plant.site}/{month:02d}/tap-{number + 1}", 3 + 6 * number
        diary.write(
            name, "produce_primary", plant.site, month, day, "08",
            outputs=[new_lot(name, "molten_primary", "liquid-al", tap_g)],
        )  # fmt: skip
        made.add(province, month, "Al", primary_g=tap_g)
        liquid = DemoLot(draw_id(name), "liquid-al", tap_g, tap_g)
        if plant.neighbour and number == 0:
            [arrived] = move(
                diary, name, [liquid], plant.site, plant.neighbour, month, (day, day), mode="belt", km=1,
                clock="10",
            )  # fmt: skip
            cast_directly(diary, made, f"{name}/direct", plant.neighbour, plant, [arrived], month, day, "18")
            continue
        direct_g = scale(tap_g, own_ppm) // (10 * KG) * 10 * KG
        cold = _buy_scrap(diary, plant, month, day) if number == plant.taps - 1 else []
        charge = [liquid.part(direct_g), *cold]
        cast_directly(diary, made, f"{name}/direct", plant.site, plant, charge, month, day, "14")
        rests.append(liquid.part(tap_g - direct_g))
    return _cast_ingot(diary, plant, month, rests)


def _buy_scrap(diary: Diary, plant: Electrolysis, month: int, day: int) -> list[DemoLot]:
    """Collect the clean scrap that a month's last heat is charged with beside its liquid."""
    if not plant.scrap_ppm:
        return []
    name, metal_g = f"{plant.site}/{month:02d}/cold", cold_charge_g(plant, month)
    return collect(diary, name, plant.site, month, day - 1, (plant.scrap_grade,), metal_g)


def cast_directly(
    diary: Diary, made: MadeMetal, name: str, site: str, plant: Electrolysis, charge: list[DemoLot], month: int,
    day: int, clock: str,
) -> None:  # fmt: skip
    """Alloy liquid metal without casting it first, with the scrap charged beside it, and deliver the billet."""
    metal_g = sum(lot.metal_g for lot in charge)
    billet_g = scale(metal_g, CAST_PPM + scatter(f"{name}/yield", 1_500)) // (10 * KG) * 10 * KG
    ash_g = scale(metal_g, ASH_PPM) // KG * KG
    diary.write(
        name, "melt", site, month, day, clock, heat_number=f"{name.replace('/', '-')}".upper(), furnace="1",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in charge],
        outputs=[
            new_lot(f"{name}/billet", "product", plant.product, billet_g),
            new_lot(f"{name}/ash", "residue", "al-ash", ash_g, metal_g=scale(ash_g, ASH_METAL_PPM)),
        ],
    )  # fmt: skip
    recycled_g = sum(lot.recycled_g for lot in charge)
    made.add(sites()[site].province, month, "Al", recycled_g=billet_g * recycled_g // metal_g)
    billet = DemoLot(draw_id(f"{name}/billet"), plant.product, billet_g, billet_g)
    deliver(diary, name, billet, site, plant.customer, month, day + 2)


def _cast_ingot(diary: Diary, plant: Electrolysis, month: int, rests: list[DemoLot]) -> list[DemoLot]:
    """Cast what is left of the taps to remelt ingot; send it where it is melted again."""
    name = f"{plant.site}/{month:02d}/ingot"
    mass_g = sum(lot.mass_g for lot in rests)
    ingot_g = scale(mass_g, CAST_PPM) // KG * KG
    diary.write(
        name, "cast_ingot", plant.site, month, 24, "09",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in rests],
        outputs=[new_lot(name, "product", "al99.70", ingot_g)],
    )  # fmt: skip
    ingot = DemoLot(draw_id(name), "al99.70", ingot_g, ingot_g)
    if plant.ingot_to:
        return move(diary, name, [ingot], plant.site, plant.ingot_to, month, (25, 27), mode="rail", km=640)
    deliver(diary, name, ingot, plant.site, plant.customer, month, 26)
    return []


def make_from_ore(diary: Diary, made: MadeMetal, plant: Primary, month: int) -> None:
    """Make a month's zinc or lead from ore and deliver it."""
    metal = {"zn-ingot": "Zn", "pb-ingot": "Pb"}[plant.product]
    for number in range(plant.lots):
        name = f"{plant.site}/{month:02d}/{metal.lower()}-{number + 1}"
        mass_g = plant.lot_t * TONNE
        day = 6 + 7 * number
        diary.write(
            name, "produce_primary", plant.site, month, day, "15",
            outputs=[new_lot(name, "product", plant.product, mass_g)],
        )  # fmt: skip
        made.add(sites()[plant.site].province, month, metal, primary_g=mass_g)
        deliver(diary, name, DemoLot(draw_id(name), plant.product, mass_g, mass_g), plant.site,
                plant.customer, month, day + 3)  # fmt: skip
    if plant.scrap_ppm:
        _melt_scrap(diary, made, plant, month, metal)


def _melt_scrap(diary: Diary, made: MadeMetal, plant: Primary, month: int, metal: str) -> None:
    """Melt a month's load of scrap and deliver the ingot."""
    name = f"{plant.site}/{month:02d}/scrap"
    [lot] = collect(diary, name, plant.site, month, 4, (plant.scrap_grade,), scrap_at_g(plant))
    ingot_g = scale(lot.metal_g, CAST_PPM + scatter(f"{name}/yield", 4_000)) // KG * KG
    diary.write(
        f"{name}/heat", "melt", plant.site, month, 16, "15", heat_number=f"{name.replace('/', '-')}".upper(),
        furnace="2", inputs=[{"lot": lot.id, "mass_g": lot.mass_g}],
        outputs=[new_lot(f"{name}/ingot", "product", plant.product, ingot_g)],
    )  # fmt: skip
    made.add(sites()[plant.site].province, month, metal, recycled_g=ingot_g, refined=True)
    ingot = DemoLot(draw_id(f"{name}/ingot"), plant.product, ingot_g, ingot_g)
    deliver(diary, name, ingot, plant.site, plant.customer, month, 18)
