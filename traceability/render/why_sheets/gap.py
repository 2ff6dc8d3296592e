"""Lay out what is missing by each method, and what the whole of a share is made of."""

from fractions import Fraction

from traceability.domain.indicators import INDICATORS, PRIMARY_OUTPUT, RECYCLED_OUTPUT, Amount
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import amount_cell, amount_column
from traceability.render.why_sheets.words import LIMITS_OF_GAP, WhyWords
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.why.reasons import Why

_OPENS = {"counted": RECYCLED_OUTPUT, "primary_melted": PRIMARY_OUTPUT, "primary_first": PRIMARY_OUTPUT}
"""The figure behind a part of supply; behind a part of liquid stands the share itself."""


def make_gaps(why: Why, say: WhyWords) -> Sheet:
    """Return what is missing by each method: they are different questions, and never added."""
    columns = (
        SheetColumn("method", say_in_all("why.method")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "share"),
        amount_column(why, "gap", "why.gap"),
    )
    own, figures = why.figure, why.place.figures
    others = (figures[id_] for id_ in _list_methods(own) if id_ in figures)
    rows: list[Row] = []
    for figure in (own, *others):
        if figure.gap is None:
            continue
        shown = (
            Cell(figure.value, say.open_figure(figure), figure.limits),
            Cell(figure.gap.target),
        )
        name = say.indicator(figure.indicator)
        if figure.gap.as_it_is is not None:
            rows.append((Cell(name), *shown, _gap_cell(why, figure.gap.as_it_is)))
        if figure.gap.growing is not None:
            grows = figure.gap.as_it_is is not None
            words = say.t("why.for_refined", indicator=name) if grows else name
            rows.append((Cell(words), *shown, _gap_cell(why, figure.gap.growing)))
    return Sheet("gaps", say_in_all("why.gaps"), columns, rows)


def _gap_cell(why: Why, amount: Amount) -> Cell:
    return amount_cell(why, amount)._replace(limits=LIMITS_OF_GAP)


def _list_methods(figure: Figure) -> tuple[str, ...]:
    """Return the other methods of a supply share; none of all else."""
    indicator = INDICATORS[figure.indicator]
    return (indicator.without_statistic or indicator.target_of,) if indicator.section == "supply" else ()


def make_parts(why: Why, say: WhyWords) -> Sheet:
    """Return the whole, what counts, and what the rest is: the parts add up to the rest."""
    columns = (
        SheetColumn("part", say_in_all("why.part")),
        amount_column(why, "amount", "why.amount"),
        SheetColumn("share", say_in_all("why.of_whole"), "share"),
        amount_column(why, "before", "why.before"),
        amount_column(why, "change", "why.change_of_amount"),
    )
    now, then = why.now.parts, why.then.parts
    if now is None:
        return Sheet("parts", say_in_all("why.parts"), columns, ())
    before = then.amounts if then else {}
    rows = [
        (
            Cell(say.t(f"why.part.{_name_part(why, id_)}"), _part_href(why, id_, say)),
            amount_cell(why, amount),
            Cell(Fraction(amount, now.whole)),
            amount_cell(why, before.get(id_)),
            amount_cell(why, None if id_ not in before else amount - before[id_]),
        )
        for id_, amount in now.amounts.items()
        if amount or before.get(id_) or id_ in ("counted", "rest")
    ]
    return Sheet("parts", say_in_all("why.parts"), columns, rows)


def _name_part(why: Why, id_: str) -> str:
    """Return the code of a part's name: whole, counted and rest are called by what the share is about."""
    if id_ not in ("whole", "counted", "rest"):
        return id_
    indicator = INDICATORS[why.figure.indicator]
    if indicator.section == "supply":
        return f"{id_}_official" if indicator.without_statistic else f"{id_}_supply"
    return f"{id_}_{why.figure.indicator}" if indicator.section == "liquid" else id_


def _part_href(why: Why, id_: str, say: WhyWords) -> str:
    if INDICATORS[why.figure.indicator].section == "supply" and id_ in _OPENS:
        return say.open_figure(why.place.figures[_OPENS[id_]])
    return say.open_figure(why.figure) if id_ in ("whole", "counted") else ""
