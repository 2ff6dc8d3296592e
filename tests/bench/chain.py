"""Generate a chain of any length, as drafts on the wire: the content of a benchmark's book.

One round is one heat and everything that leads to it: scrap is collected and weighed in a yard, shipped, sorted,
shipped again, liquid primary aluminium arrives, the furnace is charged with all of it and the heel of its last heat,
and billets leave for customers. Furnaces run side by side, each with up to 2,000 heats. Masses vary, ids are fixed:
the same seed gives the same book.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from graph.store import Store
from traceability.domain.access import Assignment
from traceability.domain.calendar import SHANGHAI
from traceability.exchange.seed import load_reference
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import ReferenceDocument, put_reference

Body = dict[str, Any]

HEATS_OF_A_FURNACE = 2_000
START = datetime(2024, 1, 1, tzinfo=SHANGHAI)
LATER = datetime(
    2050, 1, 1, tzinfo=SHANGHAI
)  # after every chain: when what a benchmark adds to a book happens
NOW_MS = int(datetime(2060, 1, 1, tzinfo=UTC).timestamp() * 1000)  # after all events, however long the chain
ROUND = timedelta(hours=5)  # from the first scale ticket of a heat to its tapping
LOTS_OF_A_ROUND = 15  # about

T = 1_000_000  # grams


class Plant(NamedTuple):
    """The four sites that feed one furnace, and its alloy; each region is a county or prefecture."""

    name: str
    yard: str
    sorting: str
    smelter: str
    electrolysis: str
    alloy: str
    grades: tuple[str, ...]


_TENSE = ("tense", "cast-alsicu", "twitch")
_WROUGHT = ("tutu", "toto-6063", "tata")
PLANTS = (
    Plant("miluo", "430681", "430681", "430681", "520100", "adc12", _TENSE),
    Plant("chengdu", "510100", "510100", "510100", "510800", "6063", _WROUGHT),
    Plant("fengcheng", "360981", "360600", "360981", "520100", "adc12", _TENSE),
    Plant("guiyang", "520100", "520100", "520100", "520100", "6063", _WROUGHT),
)
KINDS = {
    "yard": ("collection",),
    "sorting": ("preprocessing",),
    "smelter": ("smelter",),
    "electrolysis": ("electrolysis", "casthouse"),
}
WASTE_CODES = ["321-026-48", "321-024-48", "321-034-48"]


def site(plant: Plant, kind: str) -> str:
    """The id of a plant's site of a kind."""
    return f"{plant.name}-{kind}"


def open_book(store: Store, plants: tuple[Plant, ...] = PLANTS) -> None:
    """Reference data, the sites of every plant, one person who may record everything."""
    store.migrate()
    load_reference(store)
    licence = {"number": "HW-1", "waste_codes": WASTE_CODES, "from": "2020-01-01", "until": "2099-12-31"}
    sites = [
        ReferenceDocument("site", site(plant, kind), {
            "zh": site(plant, kind), "en": site(plant, kind), "kinds": list(kinds), "region": getattr(plant, kind),
            "firm": plant.name, "licences": [licence],
        })
        for plant in plants
        for kind, kinds in KINDS.items()
    ]  # fmt: skip
    store.write(lambda writer: put_reference(writer, sites))
    everywhere = (Assignment("operator", "*"), Assignment("supervisor", "*"))
    for name in ("he", "approver"):
        store.write(lambda writer, name=name: put_person(writer, Person(name, name, everywhere)))  # type: ignore[misc]


def open_chain(store: Store, _lots: int) -> "Chain":
    """The book of a few furnaces that run one heat after the other, ready for its drafts."""
    open_book(store)
    return Chain()


def uuid(part: int, number: int) -> str:
    """A fixed UUIDv7: ``part`` tells events and lots apart; ids made later sort later, as clients' do."""
    return (
        f"0190{number >> 20:04x}-{(number >> 8) & 0xFFF:04x}-7{part:x}{number & 0xFF:02x}-8000-{number:012x}"
    )


@dataclass
class Furnace:
    """One furnace of a plant: what it has at hand for its next heat."""

    plant: Plant
    name: str
    random: Random
    heats: int = 0
    heel: tuple[str, int] | None = None
    liquid: tuple[str, int] | None = None
    silicon: tuple[str, int] | None = None
    dross: list[str] = field(default_factory=list)


@dataclass
class Chain:
    """Writes drafts in the order in which they happen."""

    seed: int = 1
    events: int = 0
    lots: int = 0
    clock: datetime = START
    prefix: str = ""  # of heat numbers, where several chains stand in one book
    now_ms: int = NOW_MS  # when all of it is recorded

    def furnaces(self, lots: int) -> list[Furnace]:
        """As many furnaces as a book of so many lots needs, each with up to 2,000 heats."""
        heats = (lots - self.lots) // LOTS_OF_A_ROUND + 1
        count = -(-heats // HEATS_OF_A_FURNACE)
        return [
            Furnace(
                PLANTS[number % len(PLANTS)], f"{self.prefix}F{number + 1}", Random(self.seed * 1000 + number)
            )
            for number in range(count)
        ]

    def drafts(self, lots: int) -> Iterator[Body]:
        """The book until it has at least so many lots, furnace by furnace a heat in turn."""
        furnaces = self.furnaces(lots)
        while True:
            for furnace in furnaces:
                yield from self.heat(furnace)
                if self.lots >= lots:
                    return
            self.clock += ROUND

    # --- one round -------------------------------------------------------------------------------------------------

    def heat(self, furnace: Furnace) -> Iterator[Body]:
        """Everything that leads to the furnace's next heat, the heat, and where its billets go."""
        plant, random = furnace.plant, furnace.random
        collected: list[tuple[str, int]] = []
        start = self.clock
        for _ in range(4):
            body, lot = self.collect(plant, random)
            collected.append(lot)
            yield body
        names = [lot for lot, _ in collected]
        yield self.move("ship", site(plant, "yard"), names, to=site(plant, "sorting"))
        yield self.move("receive", site(plant, "sorting"), names)
        body, sorted_lots = self.sort(plant, collected)
        yield body
        names = [lot for lot, _ in sorted_lots]
        if furnace.heats % 50 == 7:
            yield self.event("assay", site(plant, "sorting"), lots=[{"lot": names[0]}], metal_fraction="0.93")
        yield self.move("ship", site(plant, "sorting"), names, to=site(plant, "smelter"))
        yield self.move("receive", site(plant, "smelter"), names)
        if furnace.silicon is None or furnace.silicon[1] < 200_000:
            body, silicon = self.supply(plant)
            furnace.silicon = silicon
            yield body
        charge = [*sorted_lots]
        for body, ladle in self.bring_liquid(furnace):
            yield body
            charge += [ladle] if ladle else []
        yield from self.melt(furnace, charge)
        self.clock = start + timedelta(seconds=1)

    def collect(self, plant: Plant, random: Random) -> tuple[Body, tuple[str, int]]:
        """A lorry over the weighbridge."""
        vehicle = f"{plant.name}-{random.randrange(20):02}"
        tare_g = 12 * T + int(vehicle[-2:]) * 10_000
        net_g = random.randrange(4_000, 6_000) * 1_000
        moisture_g = random.randrange(50) * 1_000
        lot = self.lot()
        body = self.event(
            "collect", site(plant, "yard"), ticket=f"T{self.events}", supplier=f"supplier-{random.randrange(200)}",
            vehicle=vehicle, driver="driver-1", source_class=("post", "post", "pre")[random.randrange(3)],
            channel=("online", "offline")[random.randrange(2)], radiation="passed",
            weighing={"gross_g": tare_g + net_g, "tare_g": tare_g, "moisture_g": moisture_g},
            outputs=[{"form": "scrap", "material": plant.grades[random.randrange(3)], "lot": lot}],
        )  # fmt: skip
        return body, (lot, net_g - moisture_g)

    def sort(self, plant: Plant, used: list[tuple[str, int]]) -> tuple[Body, list[tuple[str, int]]]:
        """Four lots into three grades, waste and iron."""
        total_g = sum(mass_g for _, mass_g in used)
        waste_g, iron_g, loss_g = total_g // 50, total_g // 60, total_g // 200
        each_g = (total_g - waste_g - iron_g - loss_g) // 3
        sorted_lots = [(self.lot(), each_g) for _ in range(3)]
        outputs: list[Body] = [
            {"form": "scrap", "material": grade, "mass_g": mass_g, "lot": lot, "metal_fraction": "0.95"}
            for (lot, mass_g), grade in zip(sorted_lots, plant.grades, strict=True)
        ]
        outputs.append({"form": "by_product", "material": "iron", "mass_g": iron_g, "lot": self.lot()})
        outputs.append({"form": "residue", "material": "sorting-waste", "mass_g": waste_g, "lot": self.lot()})
        inputs = [{"lot": lot, "mass_g": mass_g} for lot, mass_g in used]
        return self.event("sort", site(plant, "sorting"), inputs=inputs, outputs=outputs), sorted_lots

    def supply(self, plant: Plant) -> tuple[Body, tuple[str, int]]:
        """Silicon for many heats."""
        lot = self.lot()
        outputs = [{"form": "additive", "material": "si", "mass_g": 5 * T, "lot": lot}]
        return self.event("supply", site(plant, "smelter"), supplier="silicon-works", outputs=outputs), (
            lot,
            5 * T,
        )

    def bring_liquid(self, furnace: Furnace) -> Iterator[tuple[Body, tuple[str, int] | None]]:
        """Tapped for five heats, a ladle for each shipped to the furnace."""
        plant = furnace.plant
        at, to = site(plant, "electrolysis"), site(plant, "smelter")
        if furnace.liquid is None or furnace.liquid[1] < 8 * T:
            furnace.liquid = (self.lot(), 40 * T)
            output = {
                "form": "molten_primary",
                "material": "liquid-al",
                "mass_g": 40 * T,
                "lot": furnace.liquid[0],
            }
            yield self.event("produce_primary", at, outputs=[output]), None
        lot, left_g = furnace.liquid
        furnace.liquid = (lot, left_g - 8 * T)
        if left_g > 8 * T:
            ladle = self.lot()
            moved: Body = {"lot": lot, "mass_g": 8 * T, "part_lot": ladle}
        else:
            ladle = lot
            moved = {"lot": lot}
        way = {"to": to, "mode": "road", "vehicle_class": "diesel", "distance_km": 12}
        yield self.event("ship", at, lots=[moved], **way), None
        yield self.move("receive", to, [ladle]), (ladle, 8 * T)

    def melt(self, furnace: Furnace, charge: list[tuple[str, int]]) -> Iterator[Body]:
        """The heat: two products, the next heel and dross; the billets leave, dross is sometimes won back."""
        plant = furnace.plant
        at = site(plant, "smelter")
        assert furnace.silicon is not None
        lot, left_g = furnace.silicon
        furnace.silicon = (lot, left_g - 200_000)
        used = [*charge, (lot, 200_000)]
        if furnace.heel is not None:
            used.append(furnace.heel)
        total_g = sum(mass_g for _, mass_g in used)
        heel_g, dross_g = 4 * T, total_g // 30
        product_g = (total_g * 93 // 100 - heel_g - dross_g) // 2
        products = [self.lot(), self.lot()]
        heel, dross = self.lot(), self.lot()
        outputs: list[Body] = [
            {"form": "product", "material": plant.alloy, "mass_g": product_g, "lot": lot} for lot in products
        ]
        outputs.append({"form": "heel", "material": "heel", "mass_g": heel_g, "lot": heel})
        outputs.append({"form": "residue", "material": "al-dross", "mass_g": dross_g, "lot": dross})
        furnace.heats += 1
        furnace.heel = (heel, heel_g)
        furnace.dross.append(dross)
        yield self.event(
            "melt", at, inputs=[{"lot": lot, "mass_g": mass_g} for lot, mass_g in used], outputs=outputs,
            heat_number=f"{furnace.name}-{furnace.heats}", furnace=furnace.name,
        )  # fmt: skip
        if furnace.heats % 2:
            yield self.event(
                "ship", at, lots=[{"lot": products[0]}], customer="car-maker", mode="rail", distance_km=900
            )
        if furnace.heats >= HEATS_OF_A_FURNACE:
            furnace.heats, furnace.heel = 0, None
            furnace.name += "r"  # relined: a new campaign begins without heel
        if len(furnace.dross) == 40:
            yield self.event("dispose", at, lots=[{"lot": lot} for lot in furnace.dross], outcome="utilised",
                waste_code="321-026-48", manifest=f"M{self.events}", receiver="dross-works", licence="HW-9")  # fmt: skip
            furnace.dross.clear()

    # --- bodies ----------------------------------------------------------------------------------------------------

    def lot(self) -> str:
        """The id of a new lot."""
        self.lots += 1
        return uuid(1, self.lots)

    def move(self, kind: str, at: str, lots: list[str], **fields: Any) -> Body:
        """Whole lots leave or arrive."""
        if kind == "ship":
            fields = {"mode": "road", "vehicle_class": "diesel", "distance_km": 120, **fields}
        return self.event(kind, at, lots=[{"lot": lot} for lot in lots], **fields)

    def event(self, kind: str, at: str, **fields: Any) -> Body:
        """The next event, a minute after the last."""
        self.events += 1
        self.clock += timedelta(minutes=1)
        return {
            "schema": 1, "id": uuid(0, self.events), "kind": kind, "site": at,
            "event_time": self.clock.isoformat(timespec="seconds"), "actor": "he", **fields,
        }  # fmt: skip


def batches(drafts: Iterator[Body], size: int) -> Iterator[list[Body]]:
    """The drafts in lists of ``size``."""
    while found := list(islice(drafts, size)):
        yield found
