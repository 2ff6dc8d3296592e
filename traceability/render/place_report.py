"""Lay the report of a place out as a document: its figures, its targets, the places within it, its months.

Figures differ in unit from row to row, so number and unit stand in columns of their own.
"""

from collections.abc import Callable
from fractions import Fraction

from traceability.domain.indicators import (
    INDICATORS,
    OVERVIEW_OUTPUTS,
    OVERVIEW_SHARES,
    OVERVIEW_TARGETS,
    SECTIONS,
    SUPPLY_SHARES,
    target_unit,
)
from traceability.domain.quantity import G_PER_T
from traceability.domain.verdict import VerdictState
from traceability.locale import text
from traceability.render.figure_text import describe_verdict
from traceability.render.sheets import (
    Cell,
    Chart,
    ReportDocument,
    Row,
    Series,
    Sheet,
    SheetColumn,
    say_in_all,
)
from traceability.services.reporting.report import Figure, RegionalReport, ReportRow, target_value
from traceability.services.reporting.trend import PlaceTrend, Trends

LinkTo = Callable[[ReportRow, Figure], str]
"""Return the page behind a figure of a row."""
LinkMonth = Callable[[PlaceTrend, str], str]
"""Return the page behind an indicator of a month."""

_GAP_UNITS = {
    "g": ("t", G_PER_T), "g/a": ("t/a", G_PER_T), "g·km": ("t·km", G_PER_T), "kWh": ("kWh", 1),
}  # fmt: skip
"""How what is missing is written, by the unit of a figure's numerator: unit, and how much one of it is."""

_METHOD_OF_SHARE = {share: method for (method, _), share in SUPPLY_SHARES.items()}

FIGURE_COLUMNS = (
    SheetColumn("indicator", say_in_all("report.indicator")),
    SheetColumn("value", say_in_all("report.value"), "number", decimals=1),
    SheetColumn("unit", say_in_all("report.unit")),
    SheetColumn("coverage", say_in_all("report.coverage"), "share"),
    SheetColumn("coverage_recycled", say_in_all("sheet.coverage_recycled"), "share"),
    SheetColumn("target", say_in_all("trend.target"), "number", decimals=0),
    SheetColumn("year", say_in_all("sheet.target_year")),
    SheetColumn("standing", say_in_all("report.standing")),
    SheetColumn("gap", say_in_all("report.gap"), "number", decimals=3),
    SheetColumn("gap_unit", say_in_all("sheet.gap_unit")),
)
MONTH_FIGURES = (*OVERVIEW_SHARES, *OVERVIEW_OUTPUTS)


def no_link(_row: ReportRow, _figure: Figure) -> str:
    """Return that nothing opens, in a file that stands for itself."""
    return ""


def list_place_sheets(report: RegionalReport, language: str, link_to: LinkTo = no_link) -> tuple[Sheet, ...]:
    """Return the figures of a place, those that targets speak of, and the places within it."""
    place = report.total
    ids = [id_ for section in SECTIONS.values() for id_ in section if id_ in place.figures]
    figures = [_figure_row(place, place.figures[id_], language, link_to) for id_ in ids]
    judged = [_figure_row(place, figure, language, link_to) for figure in place.targets]
    sheets = [
        Sheet("figures", say_in_all("sheet.figures"), FIGURE_COLUMNS, figures),
        Sheet("targets", say_in_all("report.targets"), FIGURE_COLUMNS, judged),
    ]
    return (*sheets, _lay_out_places(report, language, link_to)) if report.rows else tuple(sheets)


def no_month_link(_trend: PlaceTrend, _month: str) -> str:
    """Return that nothing opens, in a file that stands for itself."""
    return ""


def lay_out_months(trends: Trends, link_month: LinkMonth = no_month_link) -> Sheet:
    """Return the shares and outputs of a place by month beside the target of the official share."""
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        *(_value_column(id_) for id_ in MONTH_FIGURES),
        SheetColumn("target", say_in_all("trend.target"), "share"),
    )
    of_place = [trends.of[id_][0] for id_ in MONTH_FIGURES]
    rows: list[Row] = []
    for number, month in enumerate(trends.months):
        official = of_place[0].points[number]
        cells = (_month_cell(trend, number, link_month) for trend in of_place)
        target = official.reference if official.target is None else official.target
        rows.append((Cell(month), *cells, Cell(target)))
    return Sheet("months", say_in_all("trend.by_month"), columns, rows)


def _month_cell(trend: PlaceTrend, number: int, link_month: LinkMonth) -> Cell:
    point = trend.points[number]
    href = link_month(trend, point.month) if point.value is not None or point.withheld else ""
    return _exact_cell(trend.indicator, point.value, point.limits, href)


def make_month_chart(sheet: Sheet, language: str) -> Chart:
    """Return the shares by month beside their target."""
    name = text(INDICATORS[MONTH_FIGURES[0]].name, {}, language)
    series = (
        Series(MONTH_FIGURES[0]), Series(MONTH_FIGURES[1], "pre"), Series("target", "warn-mark", is_target=True),
    )  # fmt: skip
    return Chart("months", "lines", sheet.id, name, name, "month", series)


def make_document(
    name: str, title: str, said: tuple[tuple[str, str], ...], report: RegionalReport, trends: Trends | None,
    language: str, link_to: LinkTo = no_link, link_month: LinkMonth = no_month_link,
) -> ReportDocument:  # fmt: skip
    """Return the report of a place as a document, with its months where their trends are given."""
    months = [lay_out_months(trends, link_month)] if trends else []
    sheets = (*list_place_sheets(report, language, link_to), *months)
    note = text("report.nation_is", {"low": report.bounds.low, "high": report.bounds.high}, language)
    return ReportDocument(
        name, title, said, sheets, tuple(make_month_chart(sheet, language) for sheet in months), (note,),
        tuple(report.total.figures), report.recorded_ms,
    )  # fmt: skip


def _figure_row(place: ReportRow, figure: Figure, language: str, link_to: LinkTo) -> Row:
    indicator, verdict = INDICATORS.get(figure.indicator), figure.verdict
    scale, target = _scale(figure.indicator), target_value(figure)
    shown = verdict.shown if verdict else None
    return (
        Cell(text(indicator.name if indicator else f"indicator.{figure.indicator}", {}, language)),
        Cell(
            None if figure.value is None else figure.value * scale,
            link_to(place, figure),
            tuple(limit * scale for limit in figure.limits),
        ),
        Cell(indicator.unit if indicator else "%" if target_unit(figure.indicator) == "share" else ""),
        *_coverage_cells(figure),
        Cell(None if target is None else target * scale),
        Cell(str(shown.year or "") if shown else ""),
        Cell(_say_verdict(figure, language)),
        *_gap_cells(figure),
    )


def _lay_out_places(report: RegionalReport, language: str, link_to: LinkTo) -> Sheet:
    """Return the places within one: outputs, shares, and of those that targets speak of how they stand."""
    columns = [SheetColumn("region", say_in_all("term.region"))]
    for id_ in (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES):
        columns.append(_value_column(id_))
        if id_ in OVERVIEW_TARGETS:
            columns += [
                SheetColumn(f"{id_}_coverage", say_in_all("report.coverage"), "share"),
                SheetColumn(f"{id_}_standing", say_in_all("report.standing")),
                SheetColumn(f"{id_}_gap", say_in_all("report.gap"), "mass"),
            ]

    def lay_out(row: ReportRow) -> Row:
        cells = [Cell(row.name(language))]
        for id_ in (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES):
            figure = row.figures[id_]
            cells.append(_exact_cell(id_, figure.value, figure.limits, link_to(row, figure)))
            if id_ in OVERVIEW_TARGETS:
                gap = figure.gap.amount if figure.gap else None
                cells += [
                    _coverage_cells(figure)[0], Cell(_say_verdict(figure, language)),
                    Cell(None if gap is None else int(gap)),
                ]  # fmt: skip
        return cells

    rows = [lay_out(row) for row in (*report.rows, *report.groups)]
    return Sheet("within", say_in_all("report.within"), tuple(columns), rows, lay_out(report.total))


def _value_column(id_: str) -> SheetColumn:
    return SheetColumn(
        id_, say_in_all(INDICATORS[id_].name), "share" if INDICATORS[id_].unit == "%" else "mass"
    )


def _exact_cell(id_: str, value: Fraction | None, limits: tuple[Fraction, ...], href: str) -> Cell:
    """Return a share as a ratio, a mass in grams."""
    mass = INDICATORS[id_].unit != "%"
    return Cell(value if value is None or not mass else int(value), href, () if mass else limits)


def _scale(id_: str) -> Fraction:
    """Return what a value of an indicator is multiplied by to stand in its unit."""
    indicator = INDICATORS.get(id_)
    kind = indicator.kind if indicator else "share" if target_unit(id_) == "share" else ""
    return {"share": Fraction(100), "mass": Fraction(1, G_PER_T)}.get(kind, Fraction(1))


def _coverage_cells(figure: Figure) -> tuple[Cell, Cell]:
    whole, recycled = (*(coverage.value for coverage in figure.coverage), None, None)[:2]
    return Cell(whole), Cell(recycled)


def _gap_cells(figure: Figure) -> tuple[Cell, Cell]:
    amount = figure.gap.amount if figure.gap else None
    if amount is None:
        return Cell(None), Cell("")
    unit, scale = _GAP_UNITS.get(INDICATORS[figure.indicator].base_unit, ("", 1))
    return Cell(Fraction(amount, scale)), Cell(unit)


def _say_verdict(figure: Figure, language: str) -> str:
    """Return how a figure stands to its target, with 期中 where the year is not over."""
    verdict = figure.verdict
    if verdict is None:
        return ""
    words = describe_verdict(verdict, figure, language)
    interim = verdict.interim and (verdict.state.judges_value or verdict.state is VerdictState.OF_YEAR)
    return text("report.interim", {"verdict": words}, language) if interim else words
