"""Show every target of the policy documents, how each stands, and where what has a direction alone went."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from flask import Blueprint

from traceability.domain.indicators import INDICATORS
from traceability.domain.target import PolicyDocument, PolicyTarget
from traceability.render.charts.card_line_svg import draw_card_line
from traceability.render.figure_cells import (
    SIGNS,
    gap_cells,
    target_cell,
    unit_of,
    value_cell,
)
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.overviews.targets import (
    STANDINGS,
    Direction,
    NumberedTarget,
    TargetOverview,
    read_target_overview,
)
from traceability.services.reporting.scope import find_place
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import find_usual_place, read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import (
    join,
    link_figures,
    name_indicator,
    place_href,
    say_period,
    say_verdict,
)
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, t

pages = Blueprint("target_overview", __name__)

_WITH_UNIT, _JUDGED = "target_overview.with_unit", ("met", "missed", "no_verdict")
_WHAT_COLUMNS = (
    SheetColumn("region", say_in_all("term.region")),
    SheetColumn("indicator", say_in_all("report.indicator"), beneath=("metals", "note")),
    SheetColumn("metals", say_in_all("filter.metals"), aside=True),
    SheetColumn("note", say_in_all("target_overview.note"), aside=True),
)
_DOCUMENT_COLUMNS = (
    SheetColumn("document", say_in_all("target_overview.document"), beneath=("number", "clause")),
    SheetColumn("number", say_in_all("target_overview.number"), aside=True),
    SheetColumn("clause", say_in_all("target_overview.clause"), aside=True),
)
_NUMBERED_COLUMNS = (
    *_WHAT_COLUMNS,
    SheetColumn(
        "target", say_in_all("trend.target"), "number", decimals=0,
        says="target_overview.target_words", beneath=("whose",),
    ),
    SheetColumn("sign", say_in_all("target_overview.sign"), aside=True),
    SheetColumn("unit", say_in_all("report.unit"), aside=True),
    SheetColumn("year", say_in_all("target_overview.year"), aside=True),
    SheetColumn("whose", say_in_all("target_overview.whose"), aside=True),
    SheetColumn("value", say_in_all("target_overview.now"), "number", decimals=1, says=_WITH_UNIT),
    SheetColumn("standing", say_in_all("report.standing"), beneath=("interim", "told")),
    SheetColumn("interim", say_in_all("target_overview.interim"), aside=True),
    SheetColumn("told", say_in_all("target_overview.told"), aside=True),
    SheetColumn(
        "gap", say_in_all("target_overview.gap"), "number", decimals=3,
        says="target_overview.gap_words", beneath=("side",),
    ),
    SheetColumn("gap_unit", say_in_all("target_overview.gap_unit"), aside=True),
    SheetColumn("side", say_in_all("target_overview.side"), aside=True),
    *_DOCUMENT_COLUMNS,
)  # fmt: skip
_DIRECTION_COLUMNS = (
    *_WHAT_COLUMNS,
    SheetColumn(
        "first",
        say_in_all("target_overview.first"),
        "number",
        decimals=2,
        says="target_overview.first_with_unit",
    ),
    SheetColumn("value", say_in_all("target_overview.now"), "number", decimals=2, says=_WITH_UNIT),
    SheetColumn("unit", say_in_all("report.unit"), aside=True),
    SheetColumn("turn", say_in_all("target_overview.turn")),
    *_DOCUMENT_COLUMNS,
)


@report_page(pages, "/targets")
def show() -> ReportPage:
    """Show the targets of a region; of the nation those of every region open to the viewer."""
    filters = read_page_filters()
    place = find_place(current.reader(), filters.level, filters.code, filters.period.last)
    overview = read_target_overview(
        current.reader(), current.viewer(), filters.level, filters.code, filters.period, filters.view,
        current.now_ms(), find_usual_place()[1],
    )  # fmt: skip
    filters = replace(filters, metals=())  # a target names its own
    name = place.name(current.language())
    document = ReportDocument(
        f"targets_{filters.code}_{filters.period}",
        _say_finding(overview, name, filters),
        say_of(name, filters, overview.seq, overview.recorded_ms),
        (_make_numbered(overview, filters), _make_directions(overview, filters)),
        notes=_list_notes(overview),
    )
    counts = [(standing, overview.count(standing)) for standing in STANDINGS if overview.count(standing)]
    return ReportPage("reports/targets.html", document, context_of(filters, name, counts=counts))


def _say_finding(overview: TargetOverview, place: str, filters: ReportFilters) -> str:
    period = say_period(filters.period)
    counts = join(
        t(f"target_overview.count_{standing}", count=overview.count(standing))
        for standing in STANDINGS
        if overview.count(standing)
    )
    if not counts:
        return t("target_overview.none", place=place)
    return t("target_overview.finding", place=place, period=period, counts=counts)


def _list_notes(overview: TargetOverview) -> tuple[str, ...]:
    """Return how the page is read, and once which documents have targets whose clause nobody recorded."""
    listed = [one.target for one in overview.numbered] + [one.target for one in overview.directions]
    without = {id_ for target in listed if not target.clause for id_ in target.documents}
    titles = [
        overview.documents[id_].title(current.language()) for id_ in sorted(without & {*overview.documents})
    ]
    notes = [t("target_overview.how"), t("target_overview.direction_how")]
    if titles:
        notes.append(t("target_overview.no_clause", documents=join(titles)))
    return tuple(notes)


def _make_numbered(overview: TargetOverview, filters: ReportFilters) -> Sheet:
    rows = [_numbered_row(overview, one, filters) for one in overview.numbered]
    return Sheet(
        "targets", say_in_all("target_overview.numbered"), _NUMBERED_COLUMNS, rows,
        empty=t("target_overview.empty"), grouped_by="region",
    )  # fmt: skip


def _numbered_row(overview: TargetOverview, one: NumberedTarget, filters: ReportFilters) -> Row:
    target, figure, kinds = one.target, one.figure, current.reference().statistics
    verdict = figure.verdict if figure else None
    judged = one.standing in _JUDGED
    gap, gap_unit = gap_cells(figure) if judged else (Cell(""), Cell(""))
    beyond = isinstance(gap.value, int | Fraction) and gap.value < 0
    interim = one.standing in ("met", "missed") and verdict is not None and verdict.interim
    return (
        *_what_cells(one, filters),
        target_cell(target, kinds),
        Cell(SIGNS.get(target.operator, "≥")),
        Cell(unit_of(target.indicator, kinds)),
        Cell(str(target.year or "")),
        Cell(t("target_overview.of_nation") if one.standing == "no_target" else ""),
        value_cell(one.row, figure, link_figures(filters), spoken=True, kinds=kinds),
        Cell(t(f"target_standing.{one.standing}"), mark=one.standing),
        Cell(t("target_overview.interim") if interim else ""),
        Cell(say_verdict(figure) if figure and one.standing == "no_verdict" else ""),
        gap,
        gap_unit,
        Cell(t("target_overview.beyond") if beyond else ""),
        *_document_cells(overview, target),
    )


def _make_directions(overview: TargetOverview, filters: ReportFilters) -> Sheet:
    first = say_period(overview.first_period) if overview.first_period else ""
    columns = tuple(
        column._replace(headings=say_in_all("target_overview.first_of", period=first))
        if column.id == "first" and first
        else column
        for column in _DIRECTION_COLUMNS
    )
    earlier = replace(filters, period=overview.first_period or filters.period)
    rows = [_direction_row(overview, one, filters, earlier) for one in overview.directions]
    return Sheet("directions", say_in_all("target_overview.directions"), columns, rows, grouped_by="region")


def _direction_row(
    overview: TargetOverview, one: Direction, filters: ReportFilters, earlier: ReportFilters
) -> Row:
    kinds = current.reference().statistics
    first = value_cell(one.row, one.first, link_figures(earlier), spoken=True, kinds=kinds)
    now = value_cell(one.row, one.figure, link_figures(filters), spoken=True, kinds=kinds)
    is_told = first.value is not None or now.value is not None
    return (
        *_what_cells(one, filters),
        first,
        now,
        Cell(unit_of(one.target.indicator, kinds) if is_told else ""),
        Cell(
            t(f"target_turn.{one.turn}"),
            drawing=draw_card_line(one.months, None, t("target_overview.months")),
        ),
        *_document_cells(overview, one.target),
    )


def _what_cells(one: NumberedTarget | Direction, filters: ReportFilters) -> tuple[Cell, Cell, Cell, Cell]:
    return (
        Cell(one.row.name(current.language()), place_href(one.row, filters)),
        Cell(name_indicator(one.target.indicator)),
        Cell(_say_metals(one.target)),
        Cell(one.target.note_in(current.language())),
    )


def _say_metals(target: PolicyTarget) -> str:
    """Return the metals that a target speaks of; '' of what is about none."""
    if target.metals:
        return join(map(metal_name, target.metals))
    return t("metal.ten") if target.indicator in INDICATORS else ""


def _say_clause(documents: Sequence[PolicyDocument], target: PolicyTarget) -> str:
    """Return the clause; where it names one of several documents by its id (``P5：二``), by the document's title."""
    id_, colon, clause = target.clause.partition("：")
    named = [one.title(current.language()) for one in documents if one.id == id_]
    return f"{named[0]}{colon}{clause}" if named and colon else target.clause


def _document_cells(overview: TargetOverview, target: PolicyTarget) -> tuple[Cell, Cell, Cell]:
    documents, language = overview.documents_of(target), current.language()
    return (
        Cell(join(document.title(language) for document in documents)),
        Cell(join(document.number or t("target_overview.no_number") for document in documents)),
        Cell(_say_clause(documents, target)),
    )
