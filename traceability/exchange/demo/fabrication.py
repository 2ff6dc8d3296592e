"""Fabricators make castings and profiles of what smelters send them; their gates go to another firm's smelter."""

from traceability.exchange.demo.cast import Fabricator
from traceability.exchange.demo.collection import deliver, move
from traceability.exchange.demo.diary import KG, DemoLot, Diary, divide, draw_id, new_lot, scale
from traceability.exchange.demo.planted import list_planted

PRODUCT_PPM = 965_000
DETOUR = "changsha-castings"
"""The fabricator that sells its gates to a smelter from which it buys at times."""


def fabricate(diary: Diary, plant: Fabricator, month: int, lots: list[DemoLot]) -> list[DemoLot]:
    """Make a month's products; return the gates and rejects as they arrive at the smelter that buys them."""
    if not lots:
        return []
    name = f"{plant.site}/{month:02d}"
    mass_g = sum(lot.mass_g for lot in lots)
    internal_g = scale(mass_g, plant.internal_ppm) // KG * KG
    product_g = (scale(mass_g, PRODUCT_PPM) - internal_g) // KG * KG
    products = [
        DemoLot(draw_id(f"{name}/product-{number}"), plant.product, lot_g, lot_g)
        for number, lot_g in enumerate(divide(product_g, plant.lots), 1)
    ]
    diary.write(
        f"{name}/fabricate", "fabricate", plant.site, month, 25, "11",
        inputs=[{"lot": lot.id, "mass_g": lot.mass_g} for lot in lots],
        outputs=[
            *(
                new_lot(f"{name}/product-{number}", "product", plant.product, lot.mass_g)
                for number, lot in enumerate(products, 1)
            ),
            new_lot(f"{name}/internal", "internal", "internal", internal_g, metal="Al"),
        ],
    )  # fmt: skip
    for number, product in enumerate(products, 1):
        deliver(diary, f"{name}/sale-{number}", product, plant.site, plant.customer, month, 27)
    # What another firm receives is new scrap to it: recycled, and counted when it is melted.
    gates = DemoLot(draw_id(f"{name}/internal"), "internal", internal_g, internal_g, internal_g)
    return move(
        diary, f"{name}/internal", [gates], plant.site, plant.internal_to, month, (26, 27),
        mode="road", km=plant.km, clock="09",
    )  # fmt: skip


def buy(diary: Diary, plant: Fabricator, month: int, seller: str, lots: list[DemoLot]) -> list[DemoLot]:
    """Buy a smelter's products; return them as they arrive."""
    name = f"{seller}/{month:02d}/to-{plant.site}"
    return move(diary, name, lots, seller, plant.site, month, (22, 23), km=plant.km + 40)


def list_detours(seller: str, month: int) -> list[tuple[str, int]]:
    """Return (name of the shipment, month of making) of products that a smelter sells to the casting plant, whose
    gates it buys: metal that comes back."""
    detours = []
    for case in list_planted():
        if case.finding == "metal_back" and case.site == seller:
            shipped = str(case.more["shipped"])
            if int(shipped.split("/")[1]) == month:
                detours.append((shipped.removesuffix("/ship"), case.month))
    return detours


def send_round(diary: Diary, name: str, lots: list[DemoLot], seller: str, month: int) -> list[DemoLot]:
    """Ship products to the casting plant on a detour; return them as they arrive."""
    return move(diary, name, lots, seller, DETOUR, month, (22, 23), km=330)
