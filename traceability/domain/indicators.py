"""What do the sums say: every indicator's formula, from integer sums to an exact fraction, or no value at all.

One table, ``INDICATORS``, holds what is added up from tally columns. Beside it stand the pure formulas that need more
than tallies: recycled content of a lot, screening footprint, element recovery, capacity, evidence. A denominator of 0
gives None, "no data", never 0 %. Groups and the nation add up numerators and denominators, never ratios.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from traceability.domain.carbon import FactorSet
from traceability.domain.event import Order
from traceability.domain.period import Period
from traceability.domain.posting import LedgerRow, parts_of
from traceability.domain.provenance import CLASSES, Vector, by_class
from traceability.domain.quantity import G_PER_T, PPM
from traceability.domain.vocabulary import ACCOUNTS, PARTS

Kind = Literal["share", "mass", "ratio", "energy"]

TEN_METALS = "ten"  # an indicator's scope: the ten common nonferrous metals of the reference data
ANY_METAL = "any"

Sums = Mapping[str, int]
"""Sums of tally columns; columns that are 0 may be left out."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of tally columns, some of them subtracted."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    def of(self, sums: Sums) -> int:
        """The sum, in the columns' own unit."""
        total = 0
        for name in self.plus:
            total += sums.get(name, 0)
        for name in self.minus:
            total -= sums.get(name, 0)
        return total

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it reads."""
        return self.plus + self.minus


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure: its formula over tally columns (None: it comes from declarations), unit and metals.

    ``kind``: a share of one; a mass in grams; a ratio in ``unit`` of numerator × ``factor`` ÷ denominator.
    ``scope`` is TEN_METALS, ANY_METAL or one metal. ``method`` is the code of the text that explains it.
    """

    id: str
    kind: Kind
    unit: str
    scope: str
    numerator: Terms | None
    denominator: Terms | None = None
    factor: int = 1

    @property
    def value_unit(self) -> str:
        """Unit of the exact value, and of a target beside it: 1 of a share, g of a mass."""
        return {"share": "1", "mass": "g"}.get(self.kind, self.unit)

    @property
    def base_unit(self) -> str:
        """Unit of numerator and denominator."""
        return BASE_UNITS.get(self.id, "g")

    @property
    def method(self) -> str:
        """Code of the text that says how it is computed."""
        return f"method.{self.id}"

    def value(self, numerator: int, denominator: int | None) -> Fraction | None:
        """The exact value; a mass has no denominator. None where there is nothing to divide by.

        Corrections of a sealed month may leave the month that books them less than nothing: that is no whole either.
        """
        if self.kind == "mass":
            return Fraction(numerator)
        return Fraction(numerator * self.factor, denominator) if denominator and denominator > 0 else None

    def compute(self, sums: Sums) -> tuple[int, int | None, Fraction | None]:
        """(numerator, denominator or None for a mass, value) of sums of tally columns."""
        assert self.numerator is not None, f"{self.id} comes from declarations"
        numerator = self.numerator.of(sums)
        denominator = self.denominator.of(sums) if self.denominator else None
        return numerator, denominator, self.value(numerator, denominator)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every tally column behind it, each once."""
        read = (self.numerator.columns if self.numerator else ()) + (
            self.denominator.columns if self.denominator else ()
        )
        return tuple(dict.fromkeys(read))


R = Terms(("recycled",))
R_WITHOUT_DIRECT_USE = Terms(("recycled",), ("recycled_direct_use",))
TEN_METAL_OUTPUT = Terms(("primary", "recycled_refined"))  # where no statistic covers the period
OPEN_LIQUID = Terms(("molten_tapped",), ("molten_direct", "molten_ingot", "molten_other"))


def _share(id_: str, scope: str, numerator: Terms | str, denominator: Terms | str) -> Indicator:
    over = Terms((denominator,)) if isinstance(denominator, str) else denominator
    return Indicator(
        id_, "share", "%", scope, Terms((numerator,)) if isinstance(numerator, str) else numerator, over
    )


def _mass(id_: str, scope: str, terms: Terms | str) -> Indicator:
    return Indicator(id_, "mass", "t", scope, Terms((terms,)) if isinstance(terms, str) else terms)


def _declared(id_: str, scope: str) -> Indicator:
    return Indicator(id_, "share", "%", scope, None)


INDICATORS: dict[str, Indicator] = {
    one.id: one
    for one in (
        _share("supply_share_official", TEN_METALS, R, TEN_METAL_OUTPUT),
        _share("supply_share", TEN_METALS, R, Terms(("recycled", "primary"))),
        _share("supply_share_official_refined", TEN_METALS, R_WITHOUT_DIRECT_USE, TEN_METAL_OUTPUT),
        _share(
            "supply_share_refined",
            TEN_METALS,
            R_WITHOUT_DIRECT_USE,
            Terms(("recycled", "primary"), ("recycled_direct_use",)),
        ),
        _share("imported_share", TEN_METALS, "recycled_import", R),
        _share("direct_use_share", TEN_METALS, "recycled_direct_use", R),
        _share("in_province_share", TEN_METALS, "recycled_local", R),
        _share(
            "out_of_province_share",
            TEN_METALS,
            Terms(("recycled",), ("recycled_local", "recycled_import", "recycled_open")),
            R,
        ),
        _share("unknown_origin_share", TEN_METALS, "recycled_open", R),
        _mass("recycled_output", TEN_METALS, R),
        _mass("primary_output", TEN_METALS, "primary"),
        _mass("ten_metal_output", TEN_METALS, TEN_METAL_OUTPUT),
        _share("direct_alloying", "Al", "molten_direct", "molten_tapped"),
        _share("local_conversion", "Al", "molten_local", "molten_tapped"),
        _mass("open_liquid_start", "Al", OPEN_LIQUID),
        _mass("open_liquid_end", "Al", OPEN_LIQUID),
        _share("prep_yield", ANY_METAL, "prep_out", "prep_in"),
        _share(
            "metal_yield",
            ANY_METAL,
            Terms(("melt_product", "melt_internal", "melt_heel_out"), ("melt_heel_in",)),
            Terms(("melt_in",), ("melt_heel_in",)),
        ),
        _mass("metal_loss", ANY_METAL, "melt_loss"),
        Indicator(
            "residue_per_tonne",
            "ratio",
            "kg/t",
            ANY_METAL,
            Terms(("residue_melt",)),
            Terms(("melt_product",)),
            1000,
        ),
        _share("residue_utilisation", ANY_METAL, "residue_utilised", "residue_generated"),
        _share("grade_preserving", ANY_METAL, "preserved", "charged_scrap"),
        _share("grade_preserving_wrought", "Al", "preserved_wrought", "charged_wrought"),
        _mass("collected", ANY_METAL, "collected"),
        _mass("imported", ANY_METAL, "imported"),
        _share("online_share", ANY_METAL, "collected_online", "collected"),
        _share("offline_share", ANY_METAL, Terms(("collected",), ("collected_online",)), "collected"),
        _share("clean_transport", ANY_METAL, "transport_clean", "transport"),
        _declared("renewable_power", "Al"),
        _declared("benchmark_capacity", ANY_METAL),
        _declared("below_baseline_capacity", ANY_METAL),
        _declared("evidence", ANY_METAL),
    )
}

OFFICIAL = frozenset({"supply_share_official", "supply_share_official_refined"})  # over T10
BASE_UNITS = {
    "clean_transport": "g·km",
    "renewable_power": "kWh",
    "benchmark_capacity": "g/a",
    "below_baseline_capacity": "g/a",
    "evidence": "site-months",
}  # of numerators and denominators that are not grams
TARGET_UNIT = {"recycled_output": G_PER_T}  # what one of a target's value is in the figure's own unit


def metals_for(scope: str, chosen: Collection[str], ten_metals: Collection[str]) -> tuple[str, ...] | None:
    """The metals that a figure adds up, of those chosen (none chosen: all); () is every metal, None is none."""
    if scope == ANY_METAL:
        return tuple(sorted(chosen))
    within = set(ten_metals) if scope == TEN_METALS else {scope}
    metals = tuple(sorted(within & set(chosen) if chosen else within))
    return metals or None


def add_sums(parts: Iterable[Sums]) -> dict[str, int]:
    """Sums of several metals or places: numerators and denominators add up, ratios never."""
    total: dict[str, int] = {}
    for sums in parts:
        for column, grams in sums.items():
            total[column] = total.get(column, 0) + grams
    return total


def accounts_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The ledger accounts whose postings are behind tally columns."""
    return tuple(dict.fromkeys(name if name in ACCOUNTS else _PART_ACCOUNT[name] for name in columns))


_PART_ACCOUNT = {
    "collected_online": "collected",
    "charged_wrought": "charged_scrap",
    "preserved_wrought": "preserved",
    "residue_melt": "residue_generated",
} | {part: "recycled" for part in PARTS if part.startswith("recycled_")}


def adds_to(row: LedgerRow, columns: Collection[str]) -> bool:
    """Whether a posted row is in any of the columns."""
    return row.account in columns or any(part in columns for part in parts_of(row))


# --- the product of one lot, alloy or site ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecycledContent:
    """Metal by source class in grams. Recycled is post + pre + unspecified; unknown is never claimed (EN 45557).

    ``strict_g`` leaves out what was reclaimed in the process that made it (ISO 14021); the denominator stays.
    """

    metal_g: int
    classes: tuple[int, ...]  # in the order of provenance.CLASSES
    strict_g: int

    @property
    def recycled_g(self) -> int:
        """Post-consumer, pre-consumer and unspecified."""
        return sum(self.classes[:3])

    @property
    def share(self) -> Fraction | None:
        """Recycled ÷ total."""
        return Fraction(self.recycled_g, self.metal_g) if self.metal_g else None

    @property
    def strict_share(self) -> Fraction | None:
        """Recycled without metal reclaimed in the same process ÷ total."""
        return Fraction(self.strict_g, self.metal_g) if self.metal_g else None

    def share_of(self, source_class: str) -> Fraction | None:
        """The share of one class of ``provenance.CLASSES``."""
        grams = self.classes[CLASSES.index(source_class)]
        return Fraction(grams, self.metal_g) if self.metal_g else None

    def plus(self, other: "RecycledContent") -> "RecycledContent":
        """Both together."""
        classes = tuple(mine + theirs for mine, theirs in zip(self.classes, other.classes, strict=True))
        return RecycledContent(self.metal_g + other.metal_g, classes, self.strict_g + other.strict_g)


NO_CONTENT = RecycledContent(0, (0,) * len(CLASSES), 0)


def recycled_content(vector: Vector, strict_g: int) -> RecycledContent:
    """The content of a lot as created (``lot.contents[0]``), of one in force, or of what remains (``remaining()``)."""
    classes = tuple(by_class(vector).values())
    return RecycledContent(sum(classes), classes, strict_g)


class Footprint(NamedTuple):
    """A screening estimate in t CO2e per t of metal, not ISO 14067; ``avoided`` stands apart and is never netted."""

    value: Fraction
    avoided: Fraction
    version: str  # of the factor set
    verified: bool  # whether every factor used has a cited source


def screening_footprint(content: RecycledContent, metal: str, factors: FactorSet | None) -> Footprint | None:
    """Σ share × factor of class; unknown counts as primary. None without metal or without factors for it."""
    known = factors.metals.get(metal) if factors else None
    share = content.share
    if factors is None or known is None or share is None:
        return None
    value = share * known.recycled + (1 - share) * known.primary
    used = {route for route, part in (("recycled", share), ("primary", 1 - share)) if part}
    avoided = share * (known.primary - known.recycled)
    return Footprint(value, avoided, factors.version, used <= set(known.verified))


def factors_in_force(sets: Iterable[FactorSet], day: str) -> FactorSet | None:
    """The newest factor set valid on an ISO day; before the first one, the first."""
    ordered = sorted(sets, key=lambda one: (one.valid_from, one.version))
    valid = [one for one in ordered if one.valid_from <= day]
    return valid[-1] if valid else (ordered[0] if ordered else None)


# --- element recovery ---------------------------------------------------------------------------------------------

Assayed = tuple[int, Mapping[str, int]]
"""A charged or made mass in grams with its composition in ppm."""


def element_recovery(
    heats: Iterable[tuple[list[Assayed], list[Assayed]]],
) -> dict[str, tuple[Fraction, Fraction]]:
    """Per element (grams won, grams charged) over heats of (charge, product + internal + heel).

    An element of a heat counts where every lot of its charge and of what was won was assayed for it.
    """
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for charge, won in heats:
        if not charge or not won:
            continue
        for element in sorted(set.intersection(*(set(known) for _, known in (*charge, *won)))):
            mass_in = Fraction(sum(mass_g * known[element] for mass_g, known in charge), PPM)
            mass_out = Fraction(sum(mass_g * known[element] for mass_g, known in won), PPM)
            before = sums.get(element, (Fraction(0), Fraction(0)))
            sums[element] = (before[0] + mass_out, before[1] + mass_in)
    return sums


# --- what sites declare -------------------------------------------------------------------------------------------


class SmeltingLine(NamedTuple):
    """A declared smelting line: capacity in grams a year at an efficiency level. ``order`` is its place in the book."""

    site: str
    line: str
    period: str  # the year, or a month of it, that it was declared for
    metal: str
    capacity_g: int
    level: str
    order: Order
    event: str


def newest_lines(lines: Iterable[SmeltingLine], period: Period) -> list[SmeltingLine]:
    """One declaration per site and line: the newest for the year in which the period ends, not for a later month."""
    newest: dict[tuple[str, str], SmeltingLine] = {}
    for line in sorted(lines, key=lambda one: one.order):
        if line.period[:4] == period.last[:4] and line.period <= period.last:
            newest[line.site, line.line] = line
    return [newest[key] for key in sorted(newest)]


def capacity_at(level: str, lines: Iterable[SmeltingLine], metals: Collection[str]) -> tuple[int, int]:
    """(capacity at the level, all capacity), in grams a year, of lines of these metals (none given: all)."""
    chosen = [line for line in lines if not metals or line.metal in metals]
    return sum(line.capacity_g for line in chosen if line.level == level), sum(
        line.capacity_g for line in chosen
    )


def evidence_months(
    first_month: str, ended_before: str, period: Period, *, sealed: Collection[str],
    power: Collection[str], fuel: Collection[str],
) -> tuple[int, int]:  # fmt: skip
    """(months sealed with power and fuel records, ended months) of one site since its first event's month.

    ``ended_before`` is the month that is not over yet.
    """
    ended = [month for month in period.months() if first_month <= month < ended_before]
    kept = set(sealed) & set(power) & set(fuel)
    return sum(month in kept for month in ended), len(ended)
