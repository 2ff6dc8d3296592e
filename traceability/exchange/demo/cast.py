"""Read who takes part in the demo: sites, plants, yards, provinces and parties of ``seed/demo``."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from traceability.domain.place import province_of

FOLDER = Path(__file__).resolve().parents[3] / "seed" / "demo"
MATERIALS = FOLDER.parent / "reference" / "materials.csv"


class DemoSite(NamedTuple):
    """A site of the demo."""

    id: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    region: str
    base: str
    firm: str
    licensed: tuple[str, ...]

    @property
    def province(self) -> str:
        """The province that it is in."""
        return province_of(self.region)

    @property
    def licence(self) -> str:
        """The number of its licence to handle waste."""
        return f"危废经营-{self.region}-{self.id}"


class Yard(NamedTuple):
    """A collection centre or import yard, and the plant that it sends its scrap to."""

    site: str
    sends_to: str
    loads: int
    grades: tuple[str, ...]
    mode: str
    km: int
    online: bool


class Preprocessor(NamedTuple):
    """A preprocessing centre: what it sorts out of mixed scrap, for which plant."""

    site: str
    sends_to: str
    grades: tuple[str, ...]
    mode: str
    km: int


class Smelter(NamedTuple):
    """A plant that makes recycled metal; ``weight`` is its share of what its province recycles."""

    site: str
    product: str
    heats: int
    weight: int
    own_loads: int
    own_grades: tuple[str, ...]
    yield_ppm: int
    additive: str
    customer: str


class Electrolysis(NamedTuple):
    """An aluminium smelter with a casthouse; shares at the start and at the end of the two years."""

    site: str
    taps: int
    tap_t: int
    direct_first_ppm: int
    direct_last_ppm: int
    product: str
    neighbour: str
    ingot_to: str
    customer: str
    kwh_per_t: int
    renewable_first_ppm: int
    renewable_last_ppm: int
    scrap_ppm: int  # charged cold beside the liquid that is alloyed directly
    scrap_grade: str


class Primary(NamedTuple):
    """A plant that makes a metal from ore, so many lots a month."""

    site: str
    product: str
    lots: int
    lot_t: int
    customer: str
    scrap_ppm: int  # melted beside what is made from ore, of that
    scrap_grade: str


class Fabricator(NamedTuple):
    """A plant that makes castings or profiles, and sells its gates and rejects to a smelter."""

    site: str
    product: str
    internal_ppm: int
    internal_to: str
    customer: str
    km: int
    lots: int  # that a month's products make


class Province(NamedTuple):
    """A province: its share of recycled metal at the start and the end, and how much of it the book covers.

    One without an authority has no statistics. ``unseen_t`` is output a month that only the nation's statistics know of.
    """

    region: str
    authority: str
    planner: str
    share_first_ppm: int
    share_last_ppm: int
    coverage_ppm: int
    unseen_t: int


class DemoMaterial(NamedTuple):
    """What the generator must know of a material."""

    id: str
    metal: str
    fraction_ppm: int
    refined: bool
    waste_code: str


@cache
def read_rows(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a sheet of ``seed/demo``."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _many(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def _percent(cell: str) -> int:
    return int(Decimal(cell) * 10_000) if cell else 0  # a coverage may be above 100 %


@cache
def sites() -> Mapping[str, DemoSite]:
    """Return every site by id."""
    return {
        row["id"]: DemoSite(
            row["id"], row["zh"], row["en"], _many(row["kinds"]), row["region"], row["base"], row["firm"],
            _many(row["licence"]),
        )
        for row in read_rows("sites.csv")
    }  # fmt: skip


@cache
def yards() -> tuple[Yard, ...]:
    """Return the collection centres and import yards."""
    return tuple(
        Yard(
            row["site"], row["sends_to"], int(row["loads"]), _many(row["grades"]), row["mode"],
            int(row["km"]), row["online"] == "1",
        )
        for row in read_rows("collectors.csv")
    )  # fmt: skip


@cache
def preprocessors() -> tuple[Preprocessor, ...]:
    """Return the preprocessing centres."""
    return tuple(
        Preprocessor(row["site"], row["sends_to"], _many(row["grades"]), row["mode"], int(row["km"]))
        for row in read_rows("preprocessors.csv")
    )


@cache
def smelters() -> tuple[Smelter, ...]:
    """Return the plants that make recycled metal."""
    return tuple(
        Smelter(
            row["site"], row["product"], int(row["heats"]), int(row["weight"]), int(row["own_loads"]),
            _many(row["own_grades"]), _percent(row["yield_percent"]), row["additive"], row["customer"],
        )
        for row in read_rows("smelters.csv")
    )  # fmt: skip


@cache
def electrolyses() -> tuple[Electrolysis, ...]:
    """Return the aluminium smelters."""
    return tuple(
        Electrolysis(
            row["site"], int(row["taps"]), int(row["tap_t"]), _percent(row["direct_first_percent"]),
            _percent(row["direct_last_percent"]), row["product"], row["neighbour"], row["ingot_to"],
            row["customer"], int(row["kwh_per_t"]), _percent(row["renewable_first_percent"]),
            _percent(row["renewable_last_percent"]), _percent(row["scrap_percent"]), row["scrap_grade"],
        )
        for row in read_rows("electrolysis.csv")
    )  # fmt: skip


@cache
def primaries() -> tuple[Primary, ...]:
    """Return the plants that make metal from ore."""
    return tuple(
        Primary(
            row["site"],
            row["product"],
            int(row["lots"]),
            int(row["lot_t"]),
            row["customer"],
            _percent(row["scrap_percent"]),
            row["scrap_grade"],
        )
        for row in read_rows("primary.csv")
    )


@cache
def fabricators() -> tuple[Fabricator, ...]:
    """Return the plants that make castings and profiles."""
    return tuple(
        Fabricator(
            row["site"], row["product"], int(row["internal_ppm"]), row["internal_to"], row["customer"],
            int(row["km"]), int(row["lots"]),
        )
        for row in read_rows("fabricators.csv")
    )  # fmt: skip


@cache
def provinces() -> Mapping[str, Province]:
    """Return the provinces that make metal, by region."""
    return {
        row["region"]: Province(
            row["region"], row["authority"], row["planner"], _percent(row["share_first_percent"]),
            _percent(row["share_last_percent"]), _percent(row["coverage_percent"]),
            int(row["output_without_book_t"]),
        )
        for row in read_rows("provinces.csv")
    }  # fmt: skip


@cache
def materials() -> Mapping[str, DemoMaterial]:
    """Return the shipped materials by id."""
    with MATERIALS.open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: DemoMaterial(
                row["id"], row["metal"], int(Decimal(row["fraction"]) * 1_000_000), row["refined"] == "yes",
                row["waste_code"],
            )
            for row in csv.DictReader(file)
        }  # fmt: skip
