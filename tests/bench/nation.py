"""Generate the book that report pages are measured on: a plant in each of 34 provinces, over 60 months, with what
authorities and electrolyses declare for each of them.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from graph.store import Store
from tests.bench.chain import (
    LOTS_OF_A_ROUND,
    PLANTS,
    START,
    Body,
    Chain,
    Furnace,
    Plant,
    open_book,
    site,
)
from traceability.domain.access import Assignment
from traceability.domain.calendar import SHANGHAI
from traceability.domain.indicators import RECYCLED_OUTPUT
from traceability.domain.period import add_months
from traceability.exchange.demo.authorities import TEN
from traceability.exchange.seed import SHIPPED
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import ReferenceDocument, put_reference

MONTHS = 60
FIRST, LAST = START.strftime("%Y-%m"), add_months(START.strftime("%Y-%m"), MONTHS - 1)
END = datetime.fromisoformat(f"{add_months(LAST, 1)}-01").replace(tzinfo=SHANGHAI)
NOW_MS = int(datetime(END.year, END.month, 10, tzinfo=UTC).timestamp() * 1000)
"""The clock of the book: soon after its last month, which is the newest that pages show."""

ELECTROLYSIS_KWH_PER_T = 13_400
COVERED = (19, 20)  # share of its authority's statistic that the book of a province holds


def list_plants() -> tuple[Plant, ...]:
    """Return one plant for each province, in its first prefecture where it has any."""
    with (SHIPPED / "regions.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    provinces = [code for code in codes if code.endswith("0000")]
    plants = []
    for code, model in zip(provinces, cycle(PLANTS)):
        place = f"{code[:2]}0100" if f"{code[:2]}0100" in codes else code
        plants.append(Plant(f"p{code[:2]}", place, place, place, place, model.alloy, model.grades))
    return tuple(plants)


def authority(plant: Plant) -> str:
    """The id of the authority of a plant's province."""
    return f"{plant.name}-authority"


def open_authorities(store: Store, plants: tuple[Plant, ...]) -> None:
    """One authority for each province, with a planner of the same id, who declares its statistics."""
    sites = [
        ReferenceDocument("site", authority(plant), {
            "zh": authority(plant), "en": authority(plant), "kinds": ["authority"],
            "region": f"{plant.smelter[:2]}0000", "firm": authority(plant),
        })
        for plant in plants
    ]  # fmt: skip
    store.write(lambda writer: put_reference(writer, sites))
    for plant in plants:
        name = authority(plant)
        planner = Person(name, name, (Assignment("planner", plant.smelter[:2]),))
        store.write(lambda writer, planner=planner: put_person(writer, planner))  # type: ignore[misc]


def open_nation(store: Store, lots: int) -> "Nation":
    """The book of 34 provinces, ready for its drafts."""
    nation = Nation(lots)
    open_book(store, nation.plants)
    open_authorities(store, nation.plants)
    return nation


class Nation(Chain):
    """A furnace in each province, whose heats are spread over the months; declarations follow each month."""

    def __init__(self, lots: int) -> None:
        super().__init__(prefix="N", now_ms=NOW_MS)
        self.plants = list_plants()
        rounds = lots // LOTS_OF_A_ROUND // len(self.plants) + 1
        self.step: timedelta = (END - START) / rounds
        self.tapped_g: defaultdict[str, int] = defaultdict(int)
        self.charged_g: defaultdict[str, int] = defaultdict(int)

    def drafts(self, lots: int) -> Iterator[Body]:
        """The book until it has at least so many lots or its months are over, and all of its declarations."""
        furnaces = [
            Furnace(plant, f"N{plant.name}", Random(number)) for number, plant in enumerate(self.plants)
        ]
        month, opens = FIRST, START
        while opens < END and self.lots < lots:
            while opens.strftime("%Y-%m") > month:
                yield from self.declare_month(month)
                month = add_months(month, 1)
            for furnace in furnaces:
                self.clock = opens
                for body in self.heat(furnace):
                    self.count(furnace.plant, body)
                    yield body
            opens += self.step
        while month <= LAST:
            yield from self.declare_month(month)
            month = add_months(month, 1)

    def count(self, plant: Plant, body: Body) -> None:
        """Add up what the month's statistics are made of."""
        if body["kind"] == "produce_primary":
            self.tapped_g[plant.name] += body["outputs"][0]["mass_g"]
        if body["kind"] == "sort":
            self.charged_g[plant.name] += sum(
                one["mass_g"] for one in body["outputs"] if one["form"] == "scrap"
            )

    def declare_month(self, month: str) -> Iterator[Body]:
        """Power of each electrolysis, and the statistics of each province, of an ended month."""
        self.clock = max(self.clock, datetime.fromisoformat(f"{add_months(month, 1)}-01T08:00+08:00"))
        more, of = COVERED
        for number, plant in enumerate(self.plants):
            tapped_g, charged_g = self.tapped_g.pop(plant.name, 0), self.charged_g.pop(plant.name, 0)
            kwh = tapped_g * ELECTROLYSIS_KWH_PER_T // 1_000_000
            if kwh:
                yield self.event(
                    "declare", site(plant, "electrolysis"), type="power", period=month,
                    kwh=kwh, renewable_kwh=kwh * (number + 10) // 100,
                )  # fmt: skip
            for metals, indicator, output_g in (
                (TEN, "", tapped_g * of // more),
                (("Al",), "", tapped_g * of // more),
                (TEN, RECYCLED_OUTPUT, charged_g * 9 // 10 * of // more),
            ):
                yield self.event(
                    "declare", authority(plant), actor=authority(plant), type="statistic", period=month,
                    region=f"{plant.smelter[:2]}0000", metals=list(metals), indicator=indicator, output_g=output_g,
                    documents=[{"type": "statistic", "number": f"{plant.name}-{month}-{indicator}"}],
                )  # fmt: skip
