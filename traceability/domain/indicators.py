"""Hold the record of every indicator: its source, formula, unit and where it is shown.

``INDICATORS`` is the only place that knows an indicator by its id: reports, pages, files and the
judging of targets read the record. A denominator of 0 gives None, "no data", never 0 %. Groups and
the nation add up numerators and denominators, never ratios.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Literal

from traceability.domain.period import Period
from traceability.domain.posting import LedgerRow, parts_of
from traceability.domain.quantity import G_PER_T
from traceability.domain.vocabulary import ACCOUNTS, PARTS, TRANSPORT_ACCOUNTS

Kind = Literal["share", "mass", "ratio", "amount"]
Section = Literal["coverage", "supply", "liquid", "processing", "collection", "energy", "emissions"]
Process = Literal["electrolysis", "other"]
EnergyMeasure = Literal["kwh", "kgce", "co2_power", "co2_power_market", "co2_fuel", "co2_process"]
Method = Literal["official", "supply"]
TargetUnit = Literal["share", "t", "number"]

TEN_METALS = "ten"  # an indicator's scope: the ten common nonferrous metals of the reference data
ANY_METAL = "any"

Amount = int | Fraction
"""What a figure adds up: whole grams or kWh; exact kilograms of what is computed by factors."""

Sums = Mapping[str, int]
"""Sums of tally columns; columns that are 0 may be left out."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of tally columns, some of them subtracted."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    def of(self, sums: Sums) -> int:
        """Return the sum, in the columns' own unit."""
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


R = Terms(("recycled",))
R_WITHOUT_DIRECT_USE = Terms(("recycled",), ("recycled_direct_use",))
BOOK_OUTPUT = Terms(("primary", "recycled_refined"))
"""B10: what this book holds of ten-metal output, as statistics count it: P and refined R of melts."""
TAPPED = Terms(("molten_tapped",))
OPEN_LIQUID = Terms(("molten_tapped",), ("molten_direct", "molten_ingot", "molten_other"))


# --- sources: where an indicator's figures come from --------------------------------------------
# Each has a class in ``services.reporting.figures.sources``: it reads the amount and opens what is behind.


@dataclass(frozen=True, slots=True)
class LedgerTerms:
    """Sums of tally columns; ``denominator`` None is a mass.

    ``months``: those of the period, or all that went before its start or its end, for a stock.
    """

    numerator: Terms
    denominator: Terms | None = None
    months: Literal["period", "before_start", "before_end"] = "period"

    @property
    def base_unit(self) -> str:
        """Unit of numerator and denominator."""
        return "g·km" if set(self.numerator.columns) & set(TRANSPORT_ACCOUNTS) else "g"


@dataclass(frozen=True, slots=True)
class OutputStatistic:
    """A statistic of the region's authority that covers the period wholly, never the book's own sum.

    It is the denominator of ``share_of``, or the figure itself where that is None. ``states`` is
    what it states: '' ten-metal output, else an indicator.
    """

    share_of: Terms | None = None
    states: str = ""
    base_unit: ClassVar[str] = "g"

    @property
    def numerator(self) -> Terms | None:
        """What the book adds up above the line; None of the statistic itself."""
        return self.share_of

    @property
    def denominator(self) -> Terms | None:
        """What the book adds up below the line: nothing, since that is declared."""
        return None


@dataclass(frozen=True, slots=True)
class PoweredTapping:
    """Liquid tapped at sites that declared power, of the region's output by statistic."""

    base_unit: ClassVar[str] = "g"


@dataclass(frozen=True, slots=True)
class CoveredCapacity:
    """Capacity that sites declared, of the capacity that the region's authority declared."""

    base_unit: ClassVar[str] = "g/a"


@dataclass(frozen=True, slots=True)
class PowerRecords:
    """Renewable electricity of all that electrolysis sites declare."""

    base_unit: ClassVar[str] = "kWh"


@dataclass(frozen=True, slots=True)
class SmeltingCapacity:
    """Declared capacity at an efficiency level of all that is declared."""

    level: str
    base_unit: ClassVar[str] = "g/a"


@dataclass(frozen=True, slots=True)
class MonthlyEvidence:
    """Ended months of sites that were sealed with power and fuel records, of all ended months."""

    base_unit: ClassVar[str] = "site-months"


PRODUCT_COLUMNS = ("melt_product", "primary_first", "molten_tapped")
"""Columns of what processes other than aluminium electrolysis make: products of melts and direct use,
primary metal of other routes."""


@dataclass(frozen=True, slots=True)
class EnergyRecords:
    """Declared power, fuel and process emissions of one group of processes, by factor.

    ``per_tonne``: divided by what the same sites made in the period.
    """

    process: Process
    measures: tuple[EnergyMeasure, ...]
    per_tonne: bool = True

    @property
    def base_unit(self) -> str:
        """Unit of what is added up."""
        return {"kwh": "kWh", "kgce": "kgce"}.get(self.measures[0], "kg CO2e")

    @property
    def made(self) -> Terms:
        """The columns of what it is divided by."""
        return Terms(("molten_tapped",) if self.process == "electrolysis" else PRODUCT_COLUMNS)


Source = (
    LedgerTerms
    | OutputStatistic
    | PoweredTapping
    | CoveredCapacity
    | PowerRecords
    | SmeltingCapacity
    | MonthlyEvidence
    | EnergyRecords
)


# --- the record ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its source, unit, metals, and the section of a place's page that shows it.

    ``kind``: a share of one; a mass in grams; a ratio in ``unit`` of numerator × ``factor`` ÷
    denominator; an amount in ``unit`` of numerator ÷ ``divisor``. ``scope`` is TEN_METALS, ANY_METAL or
    one metal. ``symbol`` is the letter that documents know it by. ``by_metal``: it stands in the table of single metals too. ``name`` and
    ``method`` are the codes of its name and of the text that explains it; ``explained`` is the
    end of the latter where several indicators share it.

    ``coverage`` are the ids of the indicators that tell how much of the region's output the book
    records of what the figure is about: first that of its whole, then of recycled output.
    ``without_statistic`` is the indicator that says what the firms of this book reach where no
    statistic gives this one a value; ``target_of`` the one whose targets its gap goes by.
    """

    id: str
    section: Section
    kind: Kind
    unit: str
    scope: str
    source: Source
    factor: int = 1
    symbol: str = ""
    by_metal: bool = False
    name: str = ""
    coverage: tuple[str, ...] = ()
    without_statistic: str = ""
    target_of: str = ""
    divisor: int = 1
    explained: str = ""
    columns: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Note every tally column behind it, each once: every figure asks for them."""
        terms = (self.numerator, self.denominator)
        columns = dict.fromkeys(column for part in terms if part for column in part.columns)
        object.__setattr__(self, "columns", tuple(columns))

    @property
    def only_rises(self) -> bool:
        """Whether more records of this book can only raise the value.

        That is true of a mass, and of a share of what a statistic states.
        """
        return self.kind == "mass" or isinstance(self.source, OutputStatistic)

    @property
    def grows(self) -> bool:
        """Whether metal added to the numerator is in the denominator too: part of its whole."""
        return (
            isinstance(self.source, LedgerTerms)
            and self.source.denominator is not None
            and set(self.source.numerator.plus) <= set(self.source.denominator.plus)
        )

    @property
    def method(self) -> str:
        """Code of the text that says how it is computed."""
        return f"method.{self.explained or self.id}"

    @property
    def value_unit(self) -> str:
        """Unit of the exact value, and of a target beside it: 1 of a share, g of a mass."""
        return {"share": "1", "mass": "g"}.get(self.kind, self.unit)

    @property
    def base_unit(self) -> str:
        """Unit of the numerator, and of the denominator where that has none of its own."""
        return self.source.base_unit

    @property
    def base_units(self) -> str:
        """Units of numerator and denominator as a file states them: ``kWh ÷ g``, or the one of both."""
        per_tonne = isinstance(self.source, EnergyRecords) and self.source.per_tonne
        return f"{self.base_unit} ÷ g" if per_tonne else self.base_unit

    @property
    def numerator(self) -> Terms | None:
        """The columns above the line; None where no postings are behind it."""
        return self.source.numerator if isinstance(self.source, LedgerTerms | OutputStatistic) else None

    @property
    def denominator(self) -> Terms | None:
        """The columns below the line; None of a mass, and where no postings are behind it."""
        if isinstance(self.source, EnergyRecords):
            return self.source.made if self.source.per_tonne else None
        return self.source.denominator if isinstance(self.source, LedgerTerms | OutputStatistic) else None

    def months(self, period: Period) -> tuple[str, str]:
        """Return the first and last month that it adds up for a period.

        '' is from the beginning.
        """
        span = self.source.months if isinstance(self.source, LedgerTerms) else "period"
        if span == "before_start":
            return "", period.before
        return ("" if span == "before_end" else period.first), period.last

    def stock_month(self, period: Period) -> str:
        """Return the month in which a stock is where its site is; '' of what is no stock.

        That is the first one at the start of a period, and the last one at its end.
        """
        span = self.source.months if isinstance(self.source, LedgerTerms) else "period"
        return {"before_start": period.first, "before_end": period.last}.get(span, "")

    def value(self, numerator: Amount, denominator: int | None) -> Fraction | None:
        """Return the exact value, None where there is nothing to divide by.

        A mass and an amount have no denominator.
        """
        if self.kind in ("mass", "amount"):
            return Fraction(numerator) / self.divisor
        return ratio(numerator * self.factor, denominator)

    def compute(self, sums: Sums) -> tuple[int, int | None, Fraction | None]:
        """Return (numerator, denominator or None for a mass, value) of sums of tally columns."""
        assert self.numerator is not None, f"{self.id} comes from declarations"
        numerator = self.numerator.of(sums)
        denominator = self.denominator.of(sums) if self.denominator else None
        return numerator, denominator, self.value(numerator, denominator)


def ratio(numerator: Amount, denominator: int | None) -> Fraction | None:
    """Return numerator ÷ denominator, None where there is nothing to divide by.

    Corrections of a sealed month may leave the month that books them less than nothing: no whole
    either.
    """
    return Fraction(numerator, denominator) if denominator and denominator > 0 else None


_BY_OUTPUT = ("output_coverage", "recycled_coverage")
_BY_CAPACITY = ("capacity_coverage",)
_COVERAGE: dict[Section, tuple[str, ...]] = {"coverage": (), "liquid": ("liquid_coverage",)}


def _share(
    section: Section,
    id_: str,
    scope: str,
    source: Source,
    *,
    by_metal: bool = False,
    name: str = "",
    coverage: tuple[str, ...] | None = None,
    without_statistic: str = "",
    target_of: str = "",
) -> Indicator:
    covered = _COVERAGE.get(section, _BY_OUTPUT) if coverage is None else coverage
    return Indicator(
        id_, section, "share", "%", scope, source, by_metal=by_metal, name=name or f"indicator.{id_}",
        coverage=covered, without_statistic=without_statistic, target_of=target_of,
    )  # fmt: skip


def _mass(
    section: Section, id_: str, scope: str, source: Source, *, symbol: str = "", by_metal: bool = False
) -> Indicator:
    return Indicator(
        id_, section, "mass", "t", scope, source, symbol=symbol, by_metal=by_metal, name=f"indicator.{id_}",
        coverage=() if isinstance(source, OutputStatistic) else _COVERAGE.get(section, _BY_OUTPUT),
    )  # fmt: skip


def _ledger(numerator: Terms | str, denominator: Terms | str | None = None) -> LedgerTerms:
    """Return ledger terms of the period; a column's name stands for itself."""
    over, under = (Terms((part,)) if isinstance(part, str) else part for part in (numerator, denominator))
    assert over is not None
    return LedgerTerms(over, under)


_MEASURES: dict[str, tuple[EnergyMeasure, ...]] = {
    "": ("co2_power", "co2_fuel", "co2_process"),
    "_market": ("co2_power_market", "co2_fuel", "co2_process"),
    "_power": ("co2_power",),
    "_power_market": ("co2_power_market",),
    "_fuel": ("co2_fuel",),
    "_process": ("co2_process",),
}
"""What emissions add up, by the end of the indicators' ids."""


_BY_PROCESS: dict[Process, tuple[str, ...]] = {
    "electrolysis": ("power_coverage",), "other": ("output_coverage",),
}  # fmt: skip


def _unit_energy(process: Process, scope: str) -> Indicator:
    id_ = f"unit_energy_{process}"
    source = EnergyRecords(process, ("kgce",))
    return Indicator(
        id_, "energy", "ratio", "kgce/t", scope, source, factor=G_PER_T, by_metal=True,
        name=f"indicator.{id_}", coverage=_BY_PROCESS[process],
    )  # fmt: skip


def _emissions(process: Process, scope: str) -> list[Indicator]:
    """Return total and intensity of each source of a group of processes."""
    indicators = []
    for part, measures in _MEASURES.items():
        total, intensity = f"emissions{part}_{process}", f"intensity{part}_{process}"
        indicators += [
            Indicator(
                total, "emissions", "amount", "t CO2e", scope, EnergyRecords(process, measures, False),
                name=f"indicator.{total}", divisor=1_000, explained=f"emissions_{process}",
            ),
            Indicator(
                intensity, "emissions", "ratio", "t CO2e/t", scope, EnergyRecords(process, measures),
                factor=1_000, name=f"indicator.{intensity}", explained=f"intensity_{process}",
                coverage=_BY_PROCESS[process],
            ),
        ]  # fmt: skip
    return indicators


_RECORDS = (
    # --- coverage: how much of the region's output this book records
    _share("coverage", "output_coverage", TEN_METALS, OutputStatistic(BOOK_OUTPUT), by_metal=True),
    _share("coverage", "recycled_coverage", TEN_METALS, OutputStatistic(R, "recycled_output")),
    _share("coverage", "liquid_coverage", "Al", OutputStatistic(TAPPED)),
    _share("coverage", "power_coverage", "Al", PoweredTapping()),
    _share("coverage", "capacity_coverage", ANY_METAL, CoveredCapacity()),
    # --- supply
    _share(
        "supply",
        "supply_share_official",
        TEN_METALS,
        OutputStatistic(R),
        by_metal=True,
        without_statistic="supply_share",
    ),
    _share(
        "supply",
        "supply_share",
        TEN_METALS,
        _ledger(R, Terms(("recycled", "primary"))),
        by_metal=True,
        name="indicator.supply_share_supply",  # its plain name is that of both methods
        target_of="supply_share_official",
    ),
    _share(
        "supply",
        "supply_share_official_refined",
        TEN_METALS,
        OutputStatistic(R_WITHOUT_DIRECT_USE),
        without_statistic="supply_share_refined",
    ),
    _share(
        "supply",
        "supply_share_refined",
        TEN_METALS,
        _ledger(R_WITHOUT_DIRECT_USE, Terms(("recycled", "primary"), ("recycled_direct_use",))),
    ),
    _share("supply", "imported_share", TEN_METALS, _ledger("recycled_import", R)),
    _share("supply", "direct_use_share", TEN_METALS, _ledger("recycled_direct_use", R)),
    _share("supply", "in_province_share", TEN_METALS, _ledger("recycled_local", R)),
    _share(
        "supply",
        "out_of_province_share",
        TEN_METALS,
        _ledger(Terms(("recycled",), ("recycled_local", "recycled_import", "recycled_open")), R),
    ),
    _share("supply", "unknown_origin_share", TEN_METALS, _ledger("recycled_open", R)),
    _mass("supply", "recycled_output", TEN_METALS, _ledger(R), symbol="R", by_metal=True),
    _mass("supply", "primary_output", TEN_METALS, _ledger("primary"), symbol="P", by_metal=True),
    _mass("supply", "ten_metal_output", TEN_METALS, OutputStatistic(), symbol="T10", by_metal=True),
    # --- liquid metal
    _share("liquid", "direct_alloying", "Al", _ledger("molten_direct", "molten_tapped")),
    _share("liquid", "local_conversion", "Al", _ledger("molten_local", "molten_tapped")),
    _mass("liquid", "open_liquid_start", "Al", LedgerTerms(OPEN_LIQUID, months="before_start")),
    _mass("liquid", "open_liquid_end", "Al", LedgerTerms(OPEN_LIQUID, months="before_end")),
    # --- processing
    _share("processing", "prep_yield", ANY_METAL, _ledger("prep_out", "prep_in")),
    _share(
        "processing",
        "metal_yield",
        ANY_METAL,
        _ledger(
            Terms(("melt_product", "melt_internal", "melt_heel_out"), ("melt_heel_in",)),
            Terms(("melt_in",), ("melt_heel_in",)),
        ),
    ),
    _mass("processing", "metal_loss", ANY_METAL, _ledger("melt_loss")),
    Indicator(
        "residue_per_tonne",
        "processing",
        "ratio",
        "kg/t",
        ANY_METAL,
        _ledger("residue_melt", "melt_product"),
        factor=1000,
        name="indicator.residue_per_tonne",
        coverage=_BY_OUTPUT,
    ),
    _share("processing", "residue_utilisation", ANY_METAL, _ledger("residue_utilised", "residue_generated")),
    _share("processing", "grade_preserving", ANY_METAL, _ledger("preserved", "charged_scrap")),
    _share("processing", "grade_preserving_wrought", "Al", _ledger("preserved_wrought", "charged_wrought")),
    # --- collection
    _mass("collection", "collected", ANY_METAL, _ledger("collected")),
    _mass("collection", "imported", ANY_METAL, _ledger("imported")),
    _share("collection", "online_share", ANY_METAL, _ledger("collected_online", "collected")),
    _share(
        "collection",
        "offline_share",
        ANY_METAL,
        _ledger(Terms(("collected",), ("collected_online",)), "collected"),
    ),
    # --- energy, capacity, transport, evidence
    _unit_energy("electrolysis", "Al"),
    Indicator(
        "unit_power_electrolysis",
        "energy",
        "ratio",
        "kWh/t",
        "Al",
        EnergyRecords("electrolysis", ("kwh",)),
        factor=G_PER_T,
        name="indicator.unit_power_electrolysis",
        coverage=_BY_PROCESS["electrolysis"],
    ),
    _unit_energy("other", ANY_METAL),
    _share("energy", "renewable_power", "Al", PowerRecords(), coverage=("power_coverage",)),
    _share("energy", "benchmark_capacity", ANY_METAL, SmeltingCapacity("benchmark"), coverage=_BY_CAPACITY),
    _share(
        "energy",
        "below_baseline_capacity",
        ANY_METAL,
        SmeltingCapacity("below_baseline"),
        coverage=_BY_CAPACITY,
    ),
    _share("energy", "clean_transport", ANY_METAL, _ledger("transport_clean", "transport")),
    _share("energy", "evidence", ANY_METAL, MonthlyEvidence()),
    # --- emissions
    *_emissions("electrolysis", "Al"),
    *_emissions("other", ANY_METAL),
)

INDICATORS: dict[str, Indicator] = {indicator.id: indicator for indicator in _RECORDS}
"""Every indicator by id, in the order of a place's page."""

SECTIONS: dict[Section, tuple[str, ...]] = {
    section: tuple(indicator.id for indicator in _RECORDS if indicator.section == section)
    for section in dict.fromkeys(indicator.section for indicator in _RECORDS)
}
"""The ids of each section of a place's page."""

BY_METAL = tuple(
    indicator.id
    for indicator in sorted(_RECORDS, key=lambda indicator: indicator.section == "coverage")
    if indicator.by_metal
)
"""The ids of the table of single metals."""


EMISSION_ROWS: dict[str, tuple[str, ...]] = {
    part.removeprefix("_") or "total": tuple(
        f"{what}{part}_{process}"
        for process in ("electrolysis", "other")
        for what in ("emissions", "intensity")
    )
    for part in _MEASURES
}
"""The ids of the table of emissions by source: total and intensity of both groups of processes."""


# --- selections: the indicators that overviews of several places show, in their order -----------

SUPPLY_SHARES: dict[tuple[Method, bool], str] = {
    ("official", True): "supply_share_official",
    ("official", False): "supply_share_official_refined",
    ("supply", True): "supply_share",
    ("supply", False): "supply_share_refined",
}
"""The supply share by a method, with or without direct use.

The one chosen opens the report.
"""

KEY_FIGURES = ("direct_alloying", "local_conversion", "renewable_power", "recycled_output")
"""What stands large on the regional report, after the supply shares."""

REGIONAL_OUTPUTS = ("recycled_output", "primary_output", "ten_metal_output")
"""The masses of the regional table."""

REGIONAL_SHARE = "direct_alloying"
"""The share beside its target in the regional table, after the supply shares and masses."""

REGIONAL_FILE = (
    *_BY_OUTPUT,
    *REGIONAL_OUTPUTS,
    "direct_alloying",
    "liquid_coverage",
    "open_liquid_start",
    "open_liquid_end",
    "local_conversion",
    "renewable_power",
    *(id_ for id_ in SECTIONS["energy"] if id_ != "renewable_power"),
    *SECTIONS["emissions"],
)
"""What the file of the regional report holds beside the supply shares."""

BOOK_COVERAGE = "output_coverage"
"""The coverage that decides whether the nation's row is the nation's, or the sum of this book."""

EXACT_SHARES = ("direct_alloying", "local_conversion")
"""What the regional report writes out as a ratio, beside the supply shares."""

EXPLAINED = ("ten_metal_output", "direct_alloying", "local_conversion", "renewable_power")
"""What the regional report explains, beside the supply shares."""

OVERVIEW_SHARES = ("supply_share_official", "supply_share", "direct_alloying")
OVERVIEW_OUTPUTS = ("recycled_output", "primary_output")
"""What stands on the command line, on top of a place's page and beside each place within it."""
MONTH_FIGURES = (*OVERVIEW_SHARES, *OVERVIEW_OUTPUTS)
"""What is told month by month of a place."""

OFFICIAL_SHARE, SUPPLY_SHARE, DIRECT_ALLOYING = OVERVIEW_SHARES
RECYCLED_OUTPUT, PRIMARY_OUTPUT = OVERVIEW_OUTPUTS
LOCAL_CONVERSION, RENEWABLE_POWER = "local_conversion", "renewable_power"
EVIDENCE, OPEN_LIQUID_END = "evidence", "open_liquid_end"
"""What pages single out by name."""

HOME_SHARES = (DIRECT_ALLOYING, RENEWABLE_POWER, EVIDENCE)
"""What stands beside the supply share on the home of planners."""

WHY_SHARES = (
    *OVERVIEW_SHARES,
    LOCAL_CONVERSION,
    RENEWABLE_POWER,
    "benchmark_capacity",
    "below_baseline_capacity",
    EVIDENCE,
)
"""The shares that documents set targets for, and evidence, which they ask of every site."""

WHY_PARTS: dict[Section, tuple[str, ...]] = {
    "supply": (
        *REGIONAL_OUTPUTS,
        "in_province_share",
        "out_of_province_share",
        "imported_share",
        "unknown_origin_share",
        "direct_use_share",
        *_BY_OUTPUT,
    ),
    "liquid": (DIRECT_ALLOYING, LOCAL_CONVERSION, "open_liquid_start", OPEN_LIQUID_END, "liquid_coverage"),
    "energy": ("power_coverage", *_BY_CAPACITY),
}
"""The figures that stand beside a share where it is explained, by its section."""

OVERVIEW_TARGETS = ("supply_share_official", "direct_alloying")
"""The overview's shares whose target the command line shows."""


# --- targets ------------------------------------------------------------------------------------

_COUNTED = ("green_factories", "solid_waste_per_tonne")  # only policy documents speak of them


def target_unit(indicator: str) -> TargetUnit:
    """Return what a target of this indicator counts in.

    That is a share of one, tonnes, or a number of things.

    Targets may name indicators that no report computes.
    """
    if indicator in _COUNTED:
        return "number"
    return "t" if _is_amount(indicator) else "share"


def target_scale(indicator: str) -> int:
    """Return what one of a target's value is in the unit of the indicator's value."""
    return G_PER_T if _is_amount(indicator) else 1


def target_bounds(indicator: str) -> tuple[Fraction, Fraction] | None:
    """Return between which numbers a target of this indicator makes sense, both included.

    None of what is no share. A share lies within the whole; of what a statistic states it may exceed
    it, since recycled metal is not all in it, though not by much; a rate of change, which only
    authorities state, may be a fall.
    """
    record = INDICATORS.get(indicator)
    if record is None:
        return (Fraction(-1), Fraction(1)) if target_unit(indicator) == "share" else None
    if record.kind != "share":
        return None
    return Fraction(0), Fraction(2 if isinstance(record.source, OutputStatistic) else 1)


def _is_amount(indicator: str) -> bool:
    """Return whether targets of it are tonnes.

    Tonnes of one region or year say nothing of another region or of part of a year, as shares do.
    """
    record = INDICATORS.get(indicator)
    return record is not None and record.kind == "mass"


def metals_for(scope: str, chosen: Collection[str], ten_metals: Collection[str]) -> tuple[str, ...] | None:
    """Return the metals that a figure adds up, of those chosen (none chosen: all).

    () is every metal, None is none.
    """
    if scope == ANY_METAL:
        return tuple(sorted(chosen))
    within = set(ten_metals) if scope == TEN_METALS else {scope}
    metals = tuple(sorted(within & set(chosen) if chosen else within))
    return metals or None


def add_sums(parts: Iterable[Sums]) -> dict[str, int]:
    """Add up sums of several metals or places."""
    total: dict[str, int] = {}
    for sums in parts:
        for column, grams in sums.items():
            total[column] = total.get(column, 0) + grams
    return total


def accounts_of(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the ledger accounts whose postings are behind tally columns."""
    return tuple(dict.fromkeys(name if name in ACCOUNTS else _PART_ACCOUNT[name] for name in columns))


_PART_ACCOUNT = {
    "collected_online": "collected",
    "charged_wrought": "charged_scrap",
    "preserved_wrought": "preserved",
    "residue_melt": "residue_generated",
    "primary_first": "primary",
} | {part: "recycled" for part in PARTS if part.startswith("recycled_")}


def adds_to(row: LedgerRow, columns: Collection[str]) -> bool:
    """Return whether a posted row is in any of the columns."""
    return row.account in columns or any(part in columns for part in parts_of(row))
