"""Lay the report of a place out in sheets: its figures, its targets, the places within it, its months.

Figures differ in unit from row to row, so number and unit stand in columns of their own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from traceability.domain.indicators import (
    BY_METAL,
    EMISSION_ROWS,
    INDICATORS,
    MONTH_FIGURES,
    OVERVIEW_OUTPUTS,
    OVERVIEW_SHARES,
    OVERVIEW_TARGETS,
    SECTIONS,
)
from traceability.domain.names import NamesByLanguage
from traceability.domain.target import PolicyDocument
from traceability.locale import join_words, text
from traceability.render.figure_cells import (
    NO_KINDS,
    LinkTo,
    StatisticKinds,
    column_cell,
    coverage_cells,
    gap_cells,
    gap_mass_cell,
    indicator_column,
    name_indicator,
    no_link,
    say_standing,
    say_verdict,
    say_withheld,
    unit_of,
    value_cell,
    write_scale,
)
from traceability.render.figure_text import describe_since, write_figure
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
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.figures.report import Figure, RegionalReport, ReportRow, target_value
from traceability.services.reporting.overviews.trend import PlaceTrend, Trends

LinkMonth = Callable[[PlaceTrend, str], str]
"""Return the page behind an indicator of a month."""
LinkPlace = Callable[[ReportRow], str]
"""Return the page of a place, '' where it has none."""
Told = tuple[str, Figure]
"""A figure with the name of what it is of: a place, or a metal."""

FIGURE_COLUMNS = {
    column.id: column
    for column in (
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("metals", say_in_all("filter.metals")),
        SheetColumn("value", say_in_all("report.value"), "number", decimals=1),
        SheetColumn("unit", say_in_all("report.unit")),
        SheetColumn("coverage", say_in_all("report.coverage"), "share"),
        SheetColumn("coverage_recycled", say_in_all("sheet.coverage_recycled"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "number", decimals=0),
        SheetColumn("year", say_in_all("sheet.target_year")),
        SheetColumn("standing", say_in_all("report.standing")),
        SheetColumn("gap", say_in_all("report.gap"), "number", decimals=3),
        SheetColumn("gap_unit", say_in_all("sheet.gap_unit")),
        SheetColumn("exact", say_in_all("report.exact")),
        SheetColumn("document", say_in_all("report.document")),
    )
}
OF_FIGURES = ("indicator", "value", "unit", "coverage", "coverage_recycled", "target", "year", "standing", "gap",
              "gap_unit")  # fmt: skip
OF_SECTIONS = ("indicator", "value", "unit", "coverage", "coverage_recycled", "exact")
OF_TARGETS = ("indicator", "metals", "value", "unit", "coverage", "coverage_recycled", "target", "year", "standing",
              "gap", "gap_unit", "document")  # fmt: skip
OF_KEY_FIGURES = ("indicator", "value", "unit", "coverage", "coverage_recycled", "target", "year", "standing", "gap",
                  "gap_unit", "exact")  # fmt: skip
_LEFT_OUT_EMPTY = frozenset({"metals", "coverage", "coverage_recycled", "exact", "document"})
"""Columns that stand only where a row has something in them."""


def lay_out_figures(
    id_: str, titles: NamesByLanguage, columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]
) -> Sheet:
    """Return a sheet with a line for each of some figures, as ``list_figure_cells`` gives them."""
    kept = [
        name for name in columns if name not in _LEFT_OUT_EMPTY or any(row[name].value != "" for row in rows)
    ]
    lines = [[row[name] for name in kept] for row in rows]
    return Sheet(id_, titles, tuple(FIGURE_COLUMNS[name] for name in kept), lines)


def list_figure_cells(
    place: ReportRow, figure: Figure, language: str, link_to: LinkTo = no_link, *, metals: str = "",
    documents: Mapping[str, PolicyDocument] | None = None, spoken: bool = False, kinds: StatisticKinds = NO_KINDS,
) -> dict[str, Cell]:  # fmt: skip
    """Return what can be told of a figure, by column. ``spoken``: of a target's own metals, named by ``metals``."""
    target, shown = target_value(figure), figure.verdict.shown if figure.verdict else None
    coverage, recycled = coverage_cells(place, figure, link_to)
    gap, gap_unit = gap_cells(figure)
    known = documents or {}
    titles = [known.get(id_, PolicyDocument(id_)).title(language) for id_ in shown.documents] if shown else []
    return {
        "indicator": Cell(name_indicator(figure.indicator, language)),
        "metals": Cell(metals),
        "value": value_cell(place, figure, link_to, spoken=spoken, kinds=kinds),
        "unit": Cell(unit_of(figure.indicator, kinds)),
        "coverage": coverage,
        "coverage_recycled": recycled,
        "target": Cell("" if target is None else target * write_scale(figure.indicator, kinds)),
        "year": Cell(str(shown.year or "") if shown else ""),
        "standing": Cell(say_verdict(figure, language)),
        "gap": gap,
        "gap_unit": gap_unit,
        "exact": Cell(write_figure(figure).exact),
        "document": Cell(join_words(titles, language)),
    }


def list_place_sheets(report: RegionalReport, language: str, link_to: LinkTo = no_link) -> tuple[Sheet, ...]:
    """Return the figures of a place, those that targets speak of, and the places within it."""
    place = report.total
    ids = [id_ for section in SECTIONS.values() for id_ in section if id_ in place.figures]
    figures = [list_figure_cells(place, place.figures[id_], language, link_to) for id_ in ids]
    judged = [list_figure_cells(place, figure, language, link_to, spoken=True) for figure in place.targets]
    sheets = [
        lay_out_figures("figures", say_in_all("sheet.figures"), OF_FIGURES, figures),
        lay_out_figures("targets", say_in_all("report.targets"), OF_FIGURES, judged),
    ]
    return (*sheets, lay_out_places(report, language, link_to)) if report.rows else tuple(sheets)


def list_section_sheets(place: ReportRow, language: str, link_to: LinkTo = no_link) -> list[Sheet]:
    """Return the figures of a place with their exact ratios, a sheet for each section; emissions by source."""
    sheets = []
    for section, ids in SECTIONS.items():
        rows = [
            list_figure_cells(place, place.figures[id_], language, link_to)
            for id_ in ids
            if id_ in place.figures
        ]
        if rows and section != "emissions":
            sheets.append(lay_out_figures(section, say_in_all(f"section.{section}"), OF_SECTIONS, rows))
    emitted = {
        source: [place.figures[id_] for id_ in ids]
        for source, ids in EMISSION_ROWS.items()
        if set(ids) <= place.figures.keys()
    }
    return [*sheets, _lay_out_emissions(place, emitted, language, link_to)] if emitted else sheets


def _lay_out_emissions(
    place: ReportRow, emitted: Mapping[str, Sequence[Figure]], language: str, link_to: LinkTo
) -> Sheet:
    names = ("of_electrolysis", "per_electrolysis", "of_other", "per_other")
    columns = [SheetColumn("source", say_in_all("emissions.source"))]
    columns += [SheetColumn(name, say_in_all(f"emissions.{name}"), "number", decimals=3) for name in names]
    rows: list[Row] = [
        (
            Cell(text(f"emissions.{source}", {}, language)),
            *(value_cell(place, figure, link_to) for figure in figures),
        )
        for source, figures in emitted.items()
    ]
    return Sheet("emissions", say_in_all("section.emissions"), tuple(columns), rows)


def lay_out_metals(place: ReportRow, name_metal: Callable[[str], str], link_to: LinkTo = no_link) -> Sheet:
    """Return the figures of single metals."""
    columns = (
        SheetColumn("metal", say_in_all("term.metal")),
        *(indicator_column(id_) for id_ in BY_METAL),
    )
    rows: list[Row] = [
        (
            Cell(name_metal(metal)),
            *(column_cell(place, figures[id_], link_to, metal=metal) for id_ in BY_METAL),
        )
        for metal, figures in place.by_metal.items()
    ]
    return Sheet("metals", say_in_all("report.by_metal"), columns, rows)


def lay_out_changes(told: Iterable[Told], language: str) -> Sheet | None:
    """Return what was booked or declared since the months were sealed, by figure; None where nothing was."""
    rows: list[Row] = [
        (Cell(what), Cell(name_indicator(figure.indicator, language)), Cell(since))
        for what, figure in told
        if figure.indicator in INDICATORS and (since := describe_since(figure, language))
    ]
    columns = (
        SheetColumn("what", say_in_all("sheet.changed_of")),
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("since", say_in_all("report.since")),
    )
    return Sheet("since", say_in_all("sheet.changed"), columns, rows) if rows else None


def lay_out_shares(
    id_: str, titles: NamesByLanguage, report: RegionalReport, indicators: Sequence[str], language: str,
    link_to: LinkTo = no_link, link_place: LinkPlace = lambda _: "",
) -> Sheet:  # fmt: skip
    """Return regions beside their whole: some indicators, the first with its coverage, standing and gap."""
    judged = indicators[0]
    columns = [SheetColumn("region", say_in_all("term.region")), indicator_column(judged)]
    columns += [FIGURE_COLUMNS["coverage"], FIGURE_COLUMNS["coverage_recycled"], FIGURE_COLUMNS["standing"]]
    columns += [SheetColumn("gap", say_in_all("report.gap"), "mass")]
    columns += [indicator_column(one) for one in indicators[1:]]

    def lay_out(row: ReportRow) -> list[Cell]:
        figure = row.figures[judged]
        return [
            Cell(row.name(language), link_place(row)),
            column_cell(row, figure, link_to),
            *coverage_cells(row, figure, link_to),
            Cell(say_standing(figure, language)),
            gap_mass_cell(figure),
            *(column_cell(row, row.figures[one], link_to) for one in indicators[1:]),
        ]

    rows = [lay_out(row) for row in (*report.rows, *report.groups)]
    total = lay_out(report.total)
    # Of what rests on no recycled output, and of metals that no document speaks of, there is nothing to say.
    kept = [
        number
        for number, column in enumerate(columns)
        if column.id not in _LEFT_OUT_EMPTY or any(row[number].value != "" for row in (*rows, total))
    ]
    return Sheet(
        id_, titles, tuple(columns[number] for number in kept),
        [[row[number] for number in kept] for row in rows], [total[number] for number in kept],
    )  # fmt: skip


def lay_out_exact(report: RegionalReport, indicators: Sequence[str], language: str) -> Sheet:
    """Return the shares of regions as exact ratios, in words."""
    columns = (
        SheetColumn("region", say_in_all("term.region")),
        *(SheetColumn(f"{id_}_exact", say_in_all(INDICATORS[id_].name)) for id_ in indicators),
    )
    rows: list[Row] = [
        (
            Cell(row.name(language)),
            *(Cell(write_figure(row.figures[id_]).exact or None) for id_ in indicators),
        )
        for row in (*report.rows, *report.groups, report.total)
    ]
    return Sheet("exact", say_in_all("report.exact"), columns, rows)


def no_month_link(_trend: PlaceTrend, _month: str) -> str:
    """Return that nothing opens, in a file that stands for itself."""
    return ""


def lay_out_months(trends: Trends, link_month: LinkMonth = no_month_link) -> Sheet:
    """Return the shares and outputs of a place by month beside the target of the official share."""
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        *(indicator_column(id_) for id_ in MONTH_FIGURES),
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
    value: Fraction | int | None = point.value
    if value is not None and indicator_column(trend.indicator).kind == "mass":
        value = int(value)
    href = link_month(trend, point.month) if value is not None or point.withheld else ""
    return Cell(value, href, point.limits, missing=say_withheld(point.withheld))


def make_month_chart(sheet: Sheet, language: str) -> Chart:
    """Return the shares by month beside their target."""
    name = text(INDICATORS[MONTH_FIGURES[0]].name, {}, language)
    series = (
        Series(MONTH_FIGURES[0]), Series(MONTH_FIGURES[1], "pre"), Series("target", "warn-mark", is_target=True),
    )  # fmt: skip
    return Chart("months", "lines", sheet.id, name, name, "month", series)


def lay_out_month_changes(trends: Trends, say: WhyWords) -> Sheet:
    """Return the last month beside the month before and the same month a year before."""
    columns = (
        SheetColumn("indicator", say_in_all("report.indicator")),
        *(
            SheetColumn(id_, say_in_all(words), "number", decimals=1)
            for id_, words in (
                ("value", "report.value"), ("month_before", "month_report.month_before"),
                ("year_before", "month_report.year_before"),
            )
        ),
        SheetColumn("unit", say_in_all("report.unit")),
    )  # fmt: skip
    rows: list[Row] = []
    for id_ in MONTH_FIGURES:
        points, scale = trends.of[id_][0].points, write_scale(id_)
        before = points[-2].value if len(points) > 1 else None
        values = (points[-1].value, before, points[-1].year_before)
        cells = (Cell(None if value is None else value * scale) for value in values)
        rows.append((Cell(say.indicator(id_)), *cells, Cell(INDICATORS[id_].unit)))
    return Sheet("changes", say_in_all("month_report.changes"), columns, rows)


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


def lay_out_places(
    report: RegionalReport, language: str, link_to: LinkTo = no_link, link_place: LinkPlace = lambda _: ""
) -> Sheet:
    """Return the places within one: outputs, shares, and of those that targets speak of how they stand."""
    columns = [SheetColumn("region", say_in_all("term.region"))]
    for id_ in (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES):
        columns.append(indicator_column(id_))
        if id_ in OVERVIEW_TARGETS:
            columns += [
                SheetColumn(f"{id_}_coverage", say_in_all("report.coverage"), "share"),
                SheetColumn(f"{id_}_standing", say_in_all("report.standing")),
                SheetColumn(f"{id_}_gap", say_in_all("report.gap"), "mass"),
            ]

    def lay_out(row: ReportRow) -> Row:
        cells = [Cell(row.name(language), link_place(row))]
        for id_ in (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES):
            figure = row.figures[id_]
            cells.append(column_cell(row, figure, link_to))
            if id_ in OVERVIEW_TARGETS:
                cells += [
                    coverage_cells(row, figure, link_to)[0], Cell(say_verdict(figure, language)),
                    gap_mass_cell(figure),
                ]  # fmt: skip
        return cells

    rows = [lay_out(row) for row in (*report.rows, *report.groups)]
    return Sheet("within", say_in_all("report.within"), tuple(columns), rows, lay_out(report.total))
