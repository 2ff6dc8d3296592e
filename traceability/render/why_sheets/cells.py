"""Write the cells that several of these tables have: amounts in the unit of the share, points, what is not told."""

from fractions import Fraction

from traceability.domain.indicators import INDICATORS, Amount
from traceability.domain.quantity import G_PER_T
from traceability.render.sheets import Cell, SheetColumn, say_in_all
from traceability.services.reporting.why.reasons import Why

NOTHING = Cell("")


def amount_column(why: Why, id_: str, words: str, *, bar: bool = False) -> SheetColumn:
    """Return a column of amounts in the unit of the share's numerator."""
    unit = INDICATORS[why.figure.indicator].base_unit
    if unit == "g":
        return SheetColumn(id_, say_in_all(words), "mass", bar=bar, ink="warn-mark")
    shown = {"g/a": "t/a", "kWh": "kWh"}.get(unit, "")
    return SheetColumn(id_, say_in_all(words), "number", unit=shown, decimals=0, bar=bar, ink="warn-mark")


def amount_cell(why: Why, amount: Amount | None) -> Cell:
    """Return an amount in the unit that its column shows; no data for None."""
    if amount is None:
        return Cell(None)
    unit = INDICATORS[why.figure.indicator].base_unit
    if unit == "g":
        return Cell(int(amount))
    return Cell(Fraction(amount) / (G_PER_T if unit == "g/a" else 1))


def points_cell(before: Fraction | None, now: Fraction | None) -> Cell:
    """Return what a share rose by, in percentage points; no data where either is not known."""
    return Cell(None if before is None or now is None else (now - before) * 100)
