"""Preprocessing centres sort what yards send them into clean grades for one smelter."""

from collections.abc import Sequence

from traceability.exchange.demo.cast import Preprocessor
from traceability.exchange.demo.diary import KG, DemoLot, Diary, draw_id, new_lot, scale

METAL_KEPT_PPM = 985_000
"""What sorting keeps of the metal; the rest goes with dirt."""

CLEAN_PERCENT = 97
"""The metal fraction of sorted grades."""


def sort(diary: Diary, place: Preprocessor, month: int, day: int, lots: Sequence[DemoLot]) -> list[DemoLot]:
    """Sort lots into two grades, iron and waste; return the two."""
    if not lots:
        return []
    name = f"{place.site}/{month:02d}/sort"
    mass_g = sum(lot.mass_g for lot in lots)
    metal_g = scale(sum(lot.metal_g for lot in lots), METAL_KEPT_PPM)
    clean_g = metal_g * 100 // CLEAN_PERCENT
    first_g = scale(clean_g, 610_000) // KG * KG
    second_g = scale(clean_g, 390_000) // KG * KG
    first_metal_g = metal_g * first_g // (first_g + second_g)
    metals = (first_metal_g, metal_g - first_metal_g)
    outputs, clean = [], []
    for number, (grade, lot_g, held_g) in enumerate(
        zip(place.grades, (first_g, second_g), metals, strict=True), 1
    ):
        lot_name = f"{name}/{number}"
        outputs.append(new_lot(lot_name, "scrap", grade, lot_g, metal_g=held_g, fraction_source="assay"))
        clean.append(DemoLot(draw_id(lot_name), grade, lot_g, held_g, held_g))
    dirt_g = mass_g - clean_g
    iron_g, waste_g = scale(dirt_g, 500_000) // KG * KG, scale(dirt_g, 300_000) // KG * KG
    outputs += [
        new_lot(f"{name}/iron", "by_product", "iron", iron_g),
        new_lot(f"{name}/waste", "residue", "sorting-waste", waste_g, metal="Al", metal_g=0),
    ]
    diary.write(
        name, "sort", place.site, month, day, "13",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in lots], outputs=outputs,
    )  # fmt: skip
    return clean
