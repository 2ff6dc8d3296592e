"""Make cells of figures: values in their unit, coverage, target, gap, verdict, and what opens them.

Where figures of one column differ in unit, number and unit stand in columns of their own.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from traceability.domain.indicators import INDICATORS, EnergyRecords, target_scale, target_unit
from traceability.domain.quantity import G_PER_T
from traceability.domain.statistic import NUMBER, PERCENT, StatisticKind
from traceability.domain.target import ABOUT, AT_MOST, PolicyTarget
from traceability.domain.verdict import VerdictState
from traceability.locale import text
from traceability.render.figure_text import describe_verdict, write_target_number
from traceability.render.sheets import Cell, CellKind, SheetColumn, say_in_all
from traceability.services.reporting.figures.report import Figure, ReportRow

StatisticKinds = Mapping[str, StatisticKind]
NO_KINDS: StatisticKinds = {}

SIGNS = {AT_MOST: "≤", ABOUT: "≈"}
"""The sign of a target; at least where it has none of these."""
_GAP_UNITS = {
    "g": ("t", G_PER_T),
    "g/a": ("t/a", G_PER_T),
    "g·km": ("t·km", G_PER_T),
    "kWh": ("MWh", 1_000),
}
"""How what is missing is written, by the unit of the figure's numerator: unit, and what one of it is."""


class LinkTo(Protocol):
    """Return the page behind an indicator of a row: of one metal's line, or of a target's own metals."""

    def __call__(
        self, row: ReportRow, indicator: str, *, metal: str = "", spoken: tuple[str, ...] = ()
    ) -> str:
        """Return its address, '' where nothing opens."""


def no_link(row: ReportRow, indicator: str, *, metal: str = "", spoken: tuple[str, ...] = ()) -> str:
    """Return that nothing opens, in a file that stands for itself."""
    return ""


def name_indicator(id_: str, language: str) -> str:
    """Return the name of an indicator, also of one that only documents speak of."""
    indicator = INDICATORS.get(id_)
    return text(indicator.name if indicator else f"indicator.{id_}", {}, language)


def unit_of(id_: str, kinds: StatisticKinds = NO_KINDS) -> str:
    """Return the unit in which values of an indicator and targets of it are written; '' of what is counted.

    ``kinds`` are the statistics that documents speak of and no event gives, by id.
    """
    indicator = INDICATORS.get(id_)
    if indicator is not None:
        return indicator.unit
    kind = kinds.get(id_)
    if kind is not None:
        return "" if kind.unit == NUMBER else kind.unit
    return PERCENT if target_unit(id_) == "share" else ""


def write_scale(id_: str, kinds: StatisticKinds = NO_KINDS) -> Fraction:
    """Return what a value of an indicator is multiplied by to stand in its unit."""
    return {"share": Fraction(100), "mass": Fraction(1, G_PER_T)}.get(_kind_of(id_, kinds), Fraction(1))


def value_cell(
    row: ReportRow, figure: Figure | None, link_to: LinkTo = no_link, *, metal: str = "", spoken: bool = False,
    kinds: StatisticKinds = NO_KINDS,
) -> Cell:  # fmt: skip
    """Return the value of a figure in its unit, which opens it; why it is not told, or no data, where there is none."""
    if figure is None:
        return Cell(None)
    scale = write_scale(figure.indicator, kinds)
    return Cell(
        None if figure.value is None else figure.value * scale,
        _href(row, figure, link_to, metal, spoken),
        tuple(limit * scale for limit in figure.limits),
        missing=say_withheld(figure.withheld),
        decimals=_decimals_of(figure.indicator, kinds),
    )


def indicator_column(id_: str) -> SheetColumn:
    """Return the column that holds an indicator alone, with its unit in the heading."""
    indicator = INDICATORS[id_]
    kind: CellKind = "share" if indicator.unit == "%" else "mass" if _kind_of(id_) == "mass" else "number"
    unit = indicator.unit if kind == "number" else ""
    return SheetColumn(id_, say_in_all(indicator.name), kind, unit, _decimals_of(id_) or 0)


def column_cell(row: ReportRow, figure: Figure, link_to: LinkTo = no_link, *, metal: str = "") -> Cell:
    """Return the value of a figure for the column of its indicator: a ratio, grams, or a number."""
    value = figure.value
    mass = indicator_column(figure.indicator).kind == "mass"
    return Cell(
        int(value) if mass and value is not None else value,
        _href(row, figure, link_to, metal),
        figure.limits,
        missing=say_withheld(figure.withheld),
    )


def coverage_cells(row: ReportRow, figure: Figure, link_to: LinkTo = no_link) -> tuple[Cell, Cell]:
    """Return how much of a region's output, and of its recycled output, the book records; blank of what has none."""
    cells = [
        Cell(
            one.value,
            link_to(row, one.indicator) if one.statistic is not None else "",
            (Fraction(0), one.bounds.low, one.bounds.high),
        )
        for one in figure.coverage
    ]
    whole, recycled = (*cells, Cell(""), Cell(""))[:2]
    return whole, recycled


def target_cell(target: PolicyTarget, kinds: StatisticKinds = NO_KINDS) -> Cell:
    """Return the number of a target in the unit of its indicator; no data of a direction."""
    if target.value is None:
        return Cell(None)
    scale = target_scale(target.indicator) * write_scale(target.indicator, kinds)
    return Cell(target.value * scale)


def gap_cells(figure: Figure | None) -> tuple[Cell, Cell]:
    """Return what is missing for the target and its unit, negative beyond it; blank where there is no gap to tell."""
    amount = figure.gap.amount if figure is not None and figure.gap else None
    if figure is None or amount is None:
        return Cell(""), Cell("")
    unit, scale = _GAP_UNITS.get(INDICATORS[figure.indicator].base_unit, ("", 1))
    return Cell(Fraction(amount, scale)), Cell(unit)


def gap_mass_cell(figure: Figure) -> Cell:
    """Return what is missing for the target in grams of metal, for a column of masses; blank as in ``gap_cells``."""
    amount = figure.gap.amount if figure.gap else None
    return Cell("" if amount is None else int(amount))


def say_verdict(figure: Figure, language: str) -> str:
    """Say how a figure stands to its target, with 期中 where the year is not over; '' without a target."""
    verdict = figure.verdict
    if verdict is None:
        return ""
    words = describe_verdict(verdict, figure, language)
    interim = verdict.interim and (verdict.state.judges_value or verdict.state is VerdictState.OF_YEAR)
    return text("report.interim", {"verdict": words}, language) if interim else words


def say_target(target: PolicyTarget | None, language: str) -> str:
    """Say a target with its sign, number and year; '' for a direction without a number."""
    if target is None or target.value is None:
        return ""
    sign, number = SIGNS.get(target.operator, "≥"), write_target_number(target)
    return text("report.target", {"sign": sign, "number": number, "year": target.year}, language)


def say_standing(figure: Figure, language: str) -> str:
    """Say the region's own target and how the figure stands to it."""
    own = figure.verdict.target if figure.verdict else None
    return " ".join(filter(None, (say_target(own, language), say_verdict(figure, language))))


def _href(row: ReportRow, figure: Figure, link_to: LinkTo, metal: str, spoken: bool = False) -> str:
    if figure.numerator is None and not figure.withheld:
        return ""
    return link_to(row, figure.indicator, metal=metal, spoken=figure.metals if spoken else ())


def say_withheld(withheld: str) -> str:
    """Return the message that stands where a value is not told; '' where it is."""
    return f"withheld.{withheld}" if withheld else ""


def _kind_of(id_: str, kinds: StatisticKinds = NO_KINDS) -> str:
    indicator = INDICATORS.get(id_)
    if indicator is not None:
        return indicator.kind
    unit = unit_of(id_, kinds)
    return "share" if unit == PERCENT else "amount" if unit else ""


def _decimals_of(id_: str, kinds: StatisticKinds = NO_KINDS) -> int | None:
    """Return the decimals of an indicator's value in its unit; None of what is as exact as its column."""
    indicator = INDICATORS.get(id_)
    if indicator is not None and isinstance(indicator.source, EnergyRecords):
        return 3 if not indicator.source.per_tonne else 4 if indicator.base_unit == "kg CO2e" else 2
    return {"share": 1, "mass": 3, "": 0}.get(_kind_of(id_, kinds), 2)
