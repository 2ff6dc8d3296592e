"""Lay out the shares that belong to the one that is explained."""

from traceability.domain.indicators import INDICATORS, WHY_PARTS
from traceability.render.figure_cells import say_withheld
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import points_cell
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.why.reasons import Why


def make_figures(why: Why, say: WhyWords) -> Sheet:
    """Return the shares that belong to it, with coverage."""
    columns = (
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        SheetColumn("change", say_in_all("why.change"), "number", decimals=1),
    )
    own = why.figure.indicator
    ids = [own, *(id_ for id_ in WHY_PARTS.get(INDICATORS[own].section, ()) if id_ != own)]
    rows: list[Row] = []
    for id_ in ids:
        figure, then = why.place.figures.get(id_), why.place_then.figures.get(id_)
        if figure is None or INDICATORS[id_].unit != "%":
            continue
        before = then.value if then else None
        opens = figure.numerator is not None or figure.withheld
        untold, untold_before = say_withheld(figure.withheld), say_withheld(then.withheld if then else "")
        rows.append((
            Cell(say.indicator(id_)),
            Cell(figure.value, say.open_figure(figure) if opens else "", figure.limits, missing=untold),
            Cell(before, "", figure.limits, missing=untold_before),
            points_cell(before, figure.value)._replace(missing=untold or untold_before),
        ))  # fmt: skip
    return Sheet("figures", say_in_all("why.figures"), columns, rows)
