"""Handle lots without melting them: bale, shred, split, heap up, label again; and assay what goes into heats and comes out."""

from collections.abc import Sequence
from dataclasses import replace

from traceability.exchange.demo.cast import materials
from traceability.exchange.demo.diary import KG, DemoLot, Diary, draw_id, new_lot
from traceability.locale.formats import format_ppm

BALES = frozenset({"anhua-yard", "wuhan-yard", "kunming-yard"})
"""Yards that bale what they send."""
SHREDS = frozenset({"chengdu-prep"})
"""Preprocessing centres that shred before they sort."""
SPLITS = frozenset({"leshan-yard"})
"""Yards that send a lot in two parts."""
HEAPS = frozenset({"zhengzhou-yard"})
"""Yards that heap their lots up to one."""
FOUND_PPM = {
    "shangrao-brass": {"honey": 384_000, "h62": 378_000},
    "meishan-al": {"troma": 4_100, "tense": 3_200, "si": 0, "a356.2": 3_300},
}
"""How much of an element assays find in each material, by site."""
ELEMENT = {"shangrao-brass": "Zn", "meishan-al": "Mg"}
SHREDDER_KEEPS_PERCENT = 97


def prepare(diary: Diary, site: str, month: int, lots: Sequence[DemoLot]) -> list[DemoLot]:
    """Do with a month's lots what the site usually does before it sends them off."""
    if site in BALES:
        return [
            bale(diary, f"{site}/{month:02d}/bale-{place}", site, month, lot)
            for place, lot in enumerate(lots, 1)
        ]
    if site in SPLITS and lots:
        return [*split(diary, f"{site}/{month:02d}/split", site, month, lots[0]), *lots[1:]]
    if site in HEAPS and len(lots) > 1:
        return [heap_up(diary, f"{site}/{month:02d}/heap", site, month, lots)]
    return list(lots)


def bale(diary: Diary, name: str, site: str, month: int, lot: DemoLot) -> DemoLot:
    """Press a lot to bales of the same mass."""
    return _make(diary, name, "bale", site, month, 8, [lot], lot.material, lot.mass_g)


def heap_up(diary: Diary, name: str, site: str, month: int, lots: Sequence[DemoLot]) -> DemoLot:
    """Heap lots up to one, whose grade nobody can tell any more."""
    return _make(diary, name, "blend", site, month, 8, lots, "al-scrap", sum(lot.mass_g for lot in lots))


def shred(diary: Diary, name: str, site: str, month: int, lots: Sequence[DemoLot]) -> list[DemoLot]:
    """Shred lots to one; a little dirt goes with the dust."""
    mass_g = sum(lot.mass_g for lot in lots) * SHREDDER_KEEPS_PERCENT // 100 // KG * KG
    metal_g = sum(lot.metal_g for lot in lots)
    return [_make(diary, name, "shred", site, month, 11, lots, "al-scrap", max(mass_g, metal_g))]


def split(diary: Diary, name: str, site: str, month: int, lot: DemoLot) -> list[DemoLot]:
    """Split a lot in two."""
    first_g = lot.mass_g * 6 // 10 // KG * KG
    masses = (first_g, lot.mass_g - first_g)
    parts = [lot.part(mass_g) for mass_g in masses]
    outputs = [
        new_lot(f"{name}/{place}", "scrap", lot.material, mass_g) for place, mass_g in enumerate(masses, 1)
    ]
    diary.write(
        name, "split", site, month, 8, "14", inputs=[{"lot": lot.id, "mass_g": lot.mass_g}], outputs=outputs
    )
    return [replace(part, id=output["lot"]) for part, output in zip(parts, outputs, strict=True)]


def _make(
    diary: Diary, name: str, kind: str, site: str, month: int, day: int, lots: Sequence[DemoLot], material: str,
    mass_g: int,
) -> DemoLot:  # fmt: skip
    """Make one lot of several, which keeps their metal."""
    metal_g = sum(lot.metal_g for lot in lots)
    diary.write(
        name, kind, site, month, day, "14",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in lots],
        outputs=[new_lot(name, "scrap", material, mass_g, metal_g=metal_g, fraction_source="agreement")],
    )  # fmt: skip
    return DemoLot(draw_id(name), material, mass_g, metal_g, sum(lot.recycled_g for lot in lots))


def assay_lots(
    diary: Diary, name: str, site: str, month: int, day: int, clock: str, lots: Sequence[DemoLot]
) -> None:
    """Assay lots for the element that a site wins back: all that it charges and makes."""
    for place, lot in enumerate(lots if site in ELEMENT else (), 1):
        diary.write(
            f"{name}/assay-{place}", "assay", site, month, day, clock, lots=[{"lot": lot.id}],
            composition={
                ELEMENT[site]: format_ppm(FOUND_PPM[site][lot.material]),
                materials()[lot.material].metal: "bal",
            },
            sample=f"{name}-{place}", method="OES",
        )  # fmt: skip
