"""Lay out shares of what sites declared, by site and by month."""

from collections.abc import Sequence
from fractions import Fraction

from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import NOTHING, amount_cell, amount_column
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.why.reasons import DeclaredShare, Why


def make_declared(why: Why, say: WhyWords) -> Sheet:
    """Return the share at each site that declared it."""
    columns = (SheetColumn("site", say_in_all("why.site")), *_declared_columns(why))
    rows = [
        (Cell(say.site(one.name), say.open_site(one.name)), *_declared_cells(why, one, say))
        for one in why.declared
    ]
    return Sheet(
        "declared", say_in_all("why.declared"), columns, rows, _total_declared(why, why.declared, say)
    )


def make_declared_months(why: Why, say: WhyWords) -> Sheet:
    """Return a share of declarations month by month."""
    columns = (SheetColumn("month", say_in_all("term.month"), "month"), *_declared_columns(why))
    rows = [
        (Cell(one.name, say.open_month(one.name)), *_declared_cells(why, one, say))
        for one in why.declared_months
    ]
    return Sheet(
        "months", say_in_all("why.months"), columns, rows, _total_declared(why, why.declared_months, say)
    )


def _declared_columns(why: Why) -> tuple[SheetColumn, ...]:
    return (
        amount_column(why, "gap", "why.gap", bar=True),
        amount_column(why, "numerator", "why.counted"),
        amount_column(why, "denominator", "why.of_all"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
    )


def _declared_cells(why: Why, one: DeclaredShare, say: WhyWords) -> tuple[Cell, ...]:
    href = say.open_site_figure(one.name, why.figure.indicator)
    return (
        amount_cell(why, one.gap),
        amount_cell(why, one.numerator),
        amount_cell(why, one.denominator),
        Cell(one.share, href, (why.figure.gap.target,) if why.figure.gap else ()),
        Cell(one.before),
    )


def _total_declared(why: Why, parts: Sequence[DeclaredShare], say: WhyWords) -> Row | None:
    """Return the sums of what is told; the gap of the whole is not that of parts in view."""
    if not parts:
        return None
    numerator = sum((one.numerator for one in parts), Fraction(0))
    denominator = sum((one.denominator for one in parts), Fraction(0))
    share = Fraction(numerator) / Fraction(denominator) if denominator > 0 else None
    sums = (amount_cell(why, numerator), amount_cell(why, denominator))
    return Cell(say.t("why.total")), NOTHING, *sums, Cell(share), NOTHING
