"""A works wins metal back from dross once a quarter."""

from traceability.exchange.demo.cast import materials, sites
from traceability.exchange.demo.collection import deliver
from traceability.exchange.demo.diary import KG, DemoLot, Diary, draw_id, new_lot, scale
from traceability.exchange.demo.entries import licence_of, truck_of
from traceability.exchange.demo.made_metal import MadeMetal
from traceability.exchange.demo.smelting import DROSS_WORKS

WON_PPM, DUST_PPM = 820_000, 550_000  # of the metal; of the mass
PRODUCT, DUST, RECEIVER, CUSTOMER = "adc12", "al-dust", "dross-works", "foshan-diecasting"


def recover(diary: Diary, made: MadeMetal, month: int, dross: list[DemoLot]) -> None:
    """Win ingots back from a quarter's dross, and hand over the dust that is left."""
    name = f"{DROSS_WORKS}/{month:02d}"
    mass_g, metal_g = sum(lot.mass_g for lot in dross), sum(lot.metal_g for lot in dross)
    won_g, dust_g = scale(metal_g, WON_PPM) // KG * KG, scale(mass_g, DUST_PPM) // KG * KG
    diary.write(
        f"{name}/recover", "recover", DROSS_WORKS, month, 28, "09",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in dross],
        outputs=[
            new_lot(f"{name}/won", "product", PRODUCT, won_g),
            new_lot(f"{name}/dust", "residue", DUST, dust_g, metal_g=0),
        ],
    )  # fmt: skip
    recycled_g = sum(lot.recycled_g for lot in dross) * won_g // metal_g
    made.add(sites()[DROSS_WORKS].province, month, "Al", recycled_g=recycled_g)
    won = DemoLot(draw_id(f"{name}/won"), PRODUCT, won_g, won_g)
    deliver(diary, name, won, DROSS_WORKS, CUSTOMER, month, 28, clock="15")
    diary.write(
        f"{name}/dispose", "dispose", DROSS_WORKS, month, 28, "16", lots=[{"lot": draw_id(f"{name}/dust")}],
        outcome="disposed", waste_code=materials()[DUST].waste_code, manifest=f"ZY-{DROSS_WORKS}-{month:02d}",
        receiver=RECEIVER, licence=licence_of(RECEIVER), vehicle=truck_of(RECEIVER),
    )  # fmt: skip
