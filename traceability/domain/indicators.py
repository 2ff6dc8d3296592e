"""Define every indicator: its formula from integer sums to an exact fraction, or no value at all.

One table, ``INDICATORS``, holds what is added up from tally columns. Beside it stands element recovery, which needs more
than tallies. A denominator of 0 gives None, "no data", never 0 %. Groups and the nation add up numerators and denominators, never ratios.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from traceability.domain.posting import LedgerRow, parts_of
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
