"""Make cells of figures whose unit differs from row to row: number and unit stand in columns of their own."""

from fractions import Fraction

from traceability.domain.indicators import INDICATORS, target_scale, target_unit
from traceability.domain.quantity import G_PER_T
from traceability.domain.statistic import NUMBER, PERCENT
from traceability.domain.target import PolicyTarget
from traceability.render.sheets import Cell
from traceability.services.reporting.report import Figure, ReportRow
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import link_to
from traceability.web.shell import current
from traceability.web.shell.words import t

_GAP_UNITS = {
    "g": ("t", G_PER_T),
    "g/a": ("t/a", G_PER_T),
    "g·km": ("t·km", G_PER_T),
    "kWh": ("MWh", 1_000),
}
"""How what is missing is written, by the unit of the figure's numerator: unit, and what one of it is."""


def name_indicator(id_: str) -> str:
    """Return the name of an indicator, also of one that only documents speak of."""
    indicator = INDICATORS.get(id_)
    return t(indicator.name if indicator else f"indicator.{id_}")


def unit_of(id_: str) -> str:
    """Return the unit in which values of an indicator and targets of it are written; '' of what is counted."""
    indicator = INDICATORS.get(id_)
    if indicator is not None:
        return indicator.unit
    kind = current.reference().statistics.get(id_)
    if kind is not None:
        return "" if kind.unit == NUMBER else kind.unit
    return "%" if target_unit(id_) == "share" else ""


def write_scale(id_: str) -> Fraction:
    """Return what a value of an indicator is multiplied by to stand in its unit."""
    indicator = INDICATORS.get(id_)
    kind = indicator.kind if indicator is not None else "share" if unit_of(id_) == PERCENT else ""
    return {"share": Fraction(100), "mass": Fraction(1, G_PER_T)}.get(kind, Fraction(1))


def value_cell(
    row: ReportRow, figure: Figure | None, filters: ReportFilters, *, spoken: bool = False
) -> Cell:
    """Return the value of a figure in its unit, which opens it; no data where there is none."""
    if figure is None:
        return Cell(None)
    scale = write_scale(figure.indicator)
    opens = figure.numerator is not None or figure.withheld
    return Cell(
        None if figure.value is None else figure.value * scale,
        link_to(row, figure, filters, spoken=spoken) if opens else "",
        tuple(limit * scale for limit in figure.limits),
    )


def target_cell(target: PolicyTarget) -> Cell:
    """Return the number of a target in the unit of its indicator; no data of a direction."""
    if target.value is None:
        return Cell(None)
    scale = target_scale(target.indicator) * write_scale(target.indicator)
    return Cell(target.value * scale)


def gap_cells(figure: Figure | None) -> tuple[Cell, Cell]:
    """Return what is missing for the target and its unit; negative beyond it, no data where none is told."""
    amount = figure.gap.amount if figure is not None and figure.gap else None
    if figure is None or amount is None:
        return Cell(None), Cell("")
    unit, scale = _GAP_UNITS.get(INDICATORS[figure.indicator].base_unit, ("", 1))
    return Cell(Fraction(amount, scale)), Cell(unit)
