"""Provide the inputs of a melt of ten: heaps that last for hundreds of heats, and the drafts that
use them.
"""

from collections.abc import Iterator

from graph.store import Store
from tests.bench.chain import LATER, NOW_MS, PLANTS, Body, Chain, T, site
from traceability.services.recording.capture import MOST_EVENTS, Receipt, capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

HEATS_OF_A_STOCK = 400
ORIGINS = ("430000", "510000", "360000", "520000", "440000", "330000")
FAR = 200_000_000  # beyond the numbers of any chain: ids of what a benchmark adds to a book


class Stock(Chain):
    """Ten lots of a smelter, among them blends of several origins, and melts of ten inputs and two outputs."""

    def __init__(self, store: Store, part: int) -> None:
        super().__init__(events=FAR + part * 1_000_000, lots=FAR + part * 1_000_000)
        self.store = store
        self.at = site(PLANTS[part % len(PLANTS)], "smelter")
        self.alloy = PLANTS[part % len(PLANTS)].alloy
        self.clock = LATER

    def record(self, *bodies: Body) -> list[Receipt]:
        """Through the front door; nothing may be refused."""
        receipts = capture_batch(
            self.store, [load_draft(body) for body in bodies], Deliverer("bench"), NOW_MS
        )
        for receipt in receipts:
            if receipt.error is not None:
                raise receipt.error
        return receipts

    def heap(self, number: int, tonnes: int, origin: str = "") -> tuple[str, Body]:
        """A large lot of scrap."""
        lot = self.lot()
        body = self.event(
            "collect", self.at, ticket=f"B{self.events}", supplier="heap", source_class=("post", "pre")[number % 2],
            channel="offline", origin=origin or ORIGINS[number % len(ORIGINS)],
            outputs=[{"form": "scrap", "material": "al-scrap", "mass_g": tonnes * T, "lot": lot, "metal_fraction": "0.99"}],
        )  # fmt: skip
        return lot, body

    def fill(self) -> list[str]:
        """Ten lots for the next hundreds of heats: five blends, three heaps, bought-in metal, magnesium."""
        inputs: list[str] = []
        for blend in range(5):
            heaps, bodies = zip(*(self.heap(blend + number, 150) for number in range(3)), strict=True)
            self.record(*bodies)
            lot = self.lot()
            output = {"form": "scrap", "material": "al-scrap", "mass_g": 450 * T, "lot": lot}
            uses = [{"lot": heap, "mass_g": 150 * T} for heap in heaps]
            self.record(self.event("blend", self.at, inputs=uses, outputs=[output]))
            inputs.append(lot)
        for number in range(3):
            lot, body = self.heap(number, 450)
            self.record(body)
            inputs.append(lot)
        for form, material, tonnes in (("product", "1050", 450), ("additive", "mg", 450)):
            lot = self.lot()
            output = {"form": form, "material": material, "mass_g": tonnes * T, "lot": lot}
            self.record(self.event("supply", self.at, supplier="works", outputs=[output]))
            inputs.append(lot)
        return inputs

    def melts(self) -> Iterator[Body]:
        """Melts of ten inputs into two products, for ever."""
        while True:
            inputs = self.fill()
            for _ in range(HEATS_OF_A_STOCK):
                outputs = [
                    {"form": "product", "material": self.alloy, "mass_g": 4_700_000, "lot": self.lot()}
                    for _ in range(2)
                ]
                yield self.event(
                    "melt", self.at, inputs=[{"lot": lot, "mass_g": T - 7} for lot in inputs], outputs=outputs,
                    heat_number=f"B{self.events}",
                )  # fmt: skip

    def capture(self, body: Body) -> Receipt:
        """One event, one commit."""
        return capture_event(self.store, load_draft(body), Deliverer("bench"), NOW_MS)

    def furnace(self, heats: int, billets: int, tonnes: int = 5) -> Body:
        """The draft of a heap that feeds every heat of a new furnace; each leaves so many billets and a heel.

        A change of the heap changes every lot of every heat: the longest way that a correction can go.
        """
        heap, first = self.heap(0, heats * tonnes, "430000")
        first["approval"] = {"approver": "approver", "reason": "the whole yard is one heap"}
        drafts, heel_g = [first], T // 2
        charge = [{"lot": heap, "mass_g": tonnes * T}]
        billets_g = tonnes * T * 95 // 100 - heel_g  # of the first heat, which finds no heel
        for _ in range(heats):
            outputs: list[Body] = [
                {"form": "product", "material": self.alloy, "mass_g": billets_g // billets, "lot": self.lot()}
                for _ in range(billets)
            ]
            heel = self.lot()
            outputs.append({"form": "heel", "material": "heel", "mass_g": heel_g, "lot": heel})
            number = f"R{self.events}"
            drafts.append(self.event("melt", self.at, inputs=charge, outputs=outputs, heat_number=number))
            charge = [{"lot": heap, "mass_g": tonnes * T}, {"lot": heel, "mass_g": heel_g}]
            billets_g = tonnes * T * 95 // 100
        for start in range(0, len(drafts), MOST_EVENTS):
            self.record(*drafts[start : start + MOST_EVENTS])
        return first

    def correction(self, draft: Body, **changes: object) -> Body:
        """The draft that replaces one event by another version of it."""
        new = {**{name: value for name, value in draft.items() if name != "id"}, **changes}
        return self.event(
            "correct", self.at, targets=[{"event": draft["id"], "draft": new}], reason="mistake"
        )
