"""Lay a share out month by month, beside last year."""

from traceability.domain.indicators import INDICATORS, Amount
from traceability.render.figure_cells import column_cell, say_withheld
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.overviews.trend import TrendPoint
from traceability.services.reporting.why.reasons import Why


def make_months(why: Why, say: WhyWords) -> Sheet:
    """Return a share of the ledger month by month, with the whole period last."""
    trend, official = why.months, why.official
    section = INDICATORS[why.figure.indicator].section
    over, under = ("why.recycled", "why.supply") if section == "supply" else ("why.done", "why.tapped")
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        SheetColumn("gap", say_in_all("why.gap"), "mass", bar=True, ink="warn-mark"),
        SheetColumn("numerator", say_in_all(over), "mass"),
        SheetColumn("denominator", say_in_all(under), "mass"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        *([SheetColumn("official", say_in_all("why.official"), "share")] if official else ()),
    )
    if trend is None:
        return Sheet("months", say_in_all("why.months"), columns, ())
    rows: list[Row] = [
        (
            Cell(point.month, say.open_month(point.month)),
            *_month_cells(point),
            *([_share_cell(official.points[number])] if official else ()),
        )
        for number, point in enumerate(trend.points)
    ]
    whole = why.place.figures[trend.indicator]
    then = why.place_then.figures[trend.indicator]
    untold = say_withheld(whole.withheld)
    total = (
        Cell(say.t("why.period")), Cell(whole.gap.amount if whole.gap else None, missing=untold),
        Cell(_whole(whole.numerator), missing=untold), Cell(whole.denominator, missing=untold),
        column_cell(why.place, whole)._replace(href=say.open_figure(whole)),
        column_cell(why.place_then, then)._replace(limits=()),
        *([column_cell(why.place, why.figure)] if official else ()),
    )  # fmt: skip
    return Sheet("months", say_in_all("why.months"), columns, rows, total)


def _month_cells(point: TrendPoint) -> tuple[Cell, ...]:
    known, untold = point.value is not None or bool(point.denominator), say_withheld(point.withheld)
    return (
        Cell(point.gap, missing=untold),
        Cell(_whole(point.numerator) if known else None, missing=untold),
        Cell(point.denominator if known else None, missing=untold),
        _share_cell(point),
        Cell(point.year_before, "", point.limits, missing=say_withheld(point.withheld_before)),
    )


def _share_cell(point: TrendPoint) -> Cell:
    return Cell(point.value, "", point.limits, missing=say_withheld(point.withheld))


def _whole(amount: Amount | None) -> int | None:
    return None if amount is None else int(amount)
