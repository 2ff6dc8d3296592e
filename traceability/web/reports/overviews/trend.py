"""Show how an indicator of a place went, month by month, beside its target, its last year and other places."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, request, url_for

from traceability.domain.errors import BadInput
from traceability.domain.indicators import INDICATORS, OVERVIEW_OUTPUTS, SUPPLY_SHARES, target_scale
from traceability.domain.period import Period, add_months
from traceability.locale import format_month
from traceability.render.charts import draw_charts
from traceability.render.figure_cells import SIGNS, say_withheld
from traceability.render.sheets import (
    Cell,
    CellKind,
    Chart,
    ReportDocument,
    Series,
    Sheet,
    SheetColumn,
    say_in_all,
    write_cell,
)
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.overviews.trend import (
    YEAR,
    Course,
    Pace,
    PlaceTrend,
    Trends,
    find_pace,
    read_trends,
)
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters, address_query, read_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, read_query, report_page
from traceability.web.shell.words import t, unit_name

pages = Blueprint("trend", __name__)

MOST_PLACES = 4
USUAL_MONTHS = 24
_KINDS: dict[str, CellKind] = {"share": "share", "mass": "mass"}
_INKS = ("post", "primary", "metal-cu", "metal-al")


@dataclass(frozen=True, slots=True)
class TrendChoice:
    """What the address asks for: an indicator, places beside the first, and whether the year before stands beside it."""

    indicator: str
    others: tuple[str, ...]
    against: bool


@report_page(pages, "/trend")
def show() -> ReportPage:
    """Show an indicator by month, of up to four places."""
    filters = read_page_filters()
    if read_period() is None:
        filters = replace(filters, period=_usual_months(filters.period))
    choice = _read_choice(filters)
    trend = _read(filters, choice)
    main = trend.of[choice.indicator][0]
    notes = []
    if (
        not main.has_data
        and choice.indicator == filters.share
        and not any(one.withheld for one in main.points)
    ):
        # Without monthly statistics the official ratio has no months: the book's own share does.
        notes.append(t("trend.no_monthly_statistic", indicator=t(INDICATORS[filters.share].name)))
        choice = replace(choice, indicator=filters.other_share)
        main = trend.of[choice.indicator][0]
    pace = find_pace(main)
    place = main.row.name(current.language())
    finding = say_course(main, pace)
    sheet = make_trend_sheet(trend, choice, filters)
    said = say_of(place, filters, trend.seq, trend.recorded_ms)
    document = ReportDocument(
        f"trend_{filters.code}_{filters.period}", finding, said, (sheet,),
        (make_trend_chart(main, choice, finding),), (*notes, *_list_notes(main, pace)),
    )  # fmt: skip
    context = context_of(filters, place, choice=choice, controls=_make_controls(filters, choice, trend))
    return ReportPage("reports/trend.html", draw_charts(document, current.language()), context)


def _usual_months(period: Period) -> Period:
    """Return two years that end with a period."""
    return Period(add_months(period.last, 1 - USUAL_MONTHS), period.last)


def _read_choice(filters: ReportFilters) -> TrendChoice:
    indicator = request.args.get("indicator", "") or filters.share
    if indicator not in INDICATORS:
        raise BadInput("report.bad_filter", text=indicator[:40])
    others = [
        place
        for place in request.args.getlist("with")
        if place and place != f"{filters.level}:{filters.code}"
    ]
    others = list(dict.fromkeys(others))
    if len(others) >= MOST_PLACES:
        raise BadInput("trend.too_many", most=MOST_PLACES)
    if any(":" not in place for place in others):
        raise BadInput("report.bad_filter", text=others[0][:40])
    return TrendChoice(indicator, tuple(others), request.args.get("against") == "year")


def _read(filters: ReportFilters, choice: TrendChoice) -> Trends:
    indicators = [choice.indicator]
    if choice.indicator in SUPPLY_SHARES.values():
        indicators += [filters.share, filters.other_share, *OVERVIEW_OUTPUTS]
    return read_trends(
        current.reader(), current.viewer(), (f"{filters.level}:{filters.code}", *choice.others),
        filters.period, tuple(dict.fromkeys(indicators)), filters.metals, filters.view, current.now_ms(),
    )  # fmt: skip


def say_course(trend: PlaceTrend, pace: Pace) -> str:
    """Say where a trend goes, in one sentence."""
    place, indicator = trend.row.name(current.language()), INDICATORS[trend.indicator]
    name = t(indicator.name)
    if not trend.has_data:
        return t("trend.course.no_data", place=place, indicator=name)
    column = _value_column(trend, trend.indicator)
    target = (
        trend.aim.value * target_scale(trend.indicator) if trend.aim and trend.aim.value is not None else None
    )
    limits = (target,) if target is not None else ()
    unit = _unit_of(trend.indicator)
    rises = pace.first is not None and pace.last is not None and pace.last > pace.first
    falls = pace.first is not None and pace.last is not None and pace.last < pace.first
    return t(
        f"trend.course.{pace.course}", place=place, indicator=name,
        last=f"{write_cell(column, Cell(_whole(trend.indicator, pace.last), limits=limits), '')} {unit}",
        target=f"{SIGNS.get(trend.aim.operator, '≥') if trend.aim else ''} "
        f"{write_cell(column, Cell(_whole(trend.indicator, target)), '')} {unit}",
        when=format_month(pace.reached_in or None, current.language()),
        direction=t("trend.rising" if rises else "trend.falling" if falls else "trend.steady"),
    )  # fmt: skip


def _list_notes(trend: PlaceTrend, pace: Pace) -> list[str]:
    notes = []
    if pace.course not in (Course.UNKNOWN,):
        notes.append(t("trend.how", months=pace.months))
    if trend.aim is not None and trend.aim.value is None:
        notes.append(t("trend.direction_only", document=trend.aim.document, note=trend.aim.note))
    if trend.points and trend.points[-1].reference is not None:
        notes.append(t("trend.reference"))
    return notes


def make_trend_chart(trend: PlaceTrend, choice: TrendChoice, finding: str) -> Chart:
    """Return the lines: the place, those beside it, the year before, and the target."""
    series = [Series("value")]
    series += [Series(f"with_{number}", _INKS[number]) for number in range(1, len(choice.others) + 1)]
    if choice.against:
        series.append(Series("year_before", "metal-other"))
    if any(point.target is not None for point in trend.points):
        series.append(Series("target", "warn-mark", is_target=True))
    name = t(INDICATORS[trend.indicator].name)
    return Chart(
        "trend", "lines", "months", t("trend.by_month_of", indicator=name), finding, "month", tuple(series)
    )


def make_trend_sheet(trend: Trends, choice: TrendChoice, filters: ReportFilters) -> Sheet:
    """Return a line a month: values of the places, the rolling year, the year before and the target."""
    places = trend.of[choice.indicator]
    main = places[0]
    further = [id_ for id_ in trend.of if id_ != choice.indicator]
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        _value_column(main, choice.indicator),
        *(
            _value_column(one, choice.indicator)._replace(id=f"with_{number}")
            for number, one in enumerate(places[1:], 1)
        ),
        _named_column("rolling", "trend.rolling", choice.indicator),
        _named_column("year_before", "trend.year_before", choice.indicator),
        _named_column("target", "trend.target", choice.indicator),
        *(_named_column(id_, INDICATORS[id_].name, id_) for id_ in further),
    )
    rows = [
        _make_row(trend, choice, filters, number, month, further) for number, month in enumerate(trend.months)
    ]
    return Sheet("months", say_in_all("trend.by_month"), columns, rows)


def _make_row(
    trend: Trends, choice: TrendChoice, filters: ReportFilters, number: int, month: str, further: list[str]
) -> tuple[Cell, ...]:
    places, id_ = trend.of[choice.indicator], choice.indicator
    of_month = replace(filters, period=Period(month, month))
    point = places[0].points[number]

    def value(one: PlaceTrend) -> Cell:
        found = one.points[number]
        href = figure_href(one, of_month) if found.value is not None or found.withheld else ""
        return Cell(
            _whole(one.indicator, found.value), href, found.limits, missing=say_withheld(found.withheld)
        )

    return (
        Cell(month),
        *map(value, places),
        Cell(_whole(id_, point.rolling), "", point.limits),
        Cell(_whole(id_, point.year_before), "", point.limits, missing=say_withheld(point.withheld_before)),
        Cell(_whole(id_, point.target)),
        *(value(trend.of[one][0]) for one in further),
    )


def figure_href(trend: PlaceTrend, filters: ReportFilters) -> str:
    """Return the page of what is behind a figure of a trend."""
    row = trend.row
    level: Any = row.level
    address = FigureAddress(level, row.address, trend.indicator, filters.period, filters.metals, filters.view)
    return url_for("report.figure", **address_query(address))


def _value_column(trend: PlaceTrend, id_: str) -> SheetColumn:
    return SheetColumn("value", trend.row.names, _KINDS.get(INDICATORS[id_].kind, "number"), _unit_of(id_))


def _named_column(column: str, words: str, id_: str) -> SheetColumn:
    kind = _KINDS.get(INDICATORS[id_].kind, "number")
    return SheetColumn(column, say_in_all(words), kind, _unit_of(id_) if kind == "number" else "")


def _unit_of(id_: str) -> str:
    return INDICATORS[id_].unit if INDICATORS[id_].kind in _KINDS else unit_name(INDICATORS[id_].unit)


def _whole(id_: str, value: Any) -> Any:
    """Return a value as a cell holds it: masses are whole grams."""
    return int(value) if value is not None and INDICATORS[id_].kind == "mass" else value


def _make_controls(filters: ReportFilters, choice: TrendChoice, trend: Trends) -> dict[str, Any]:
    """Return what the row above the chart offers, beside the filters."""
    own = {"indicator", "with", "against"}
    return {
        "kept": [(key, value) for key, values in read_query().items() if key not in own for value in values],
        "indicators": [(id_, t(one.name)) for id_, one in INDICATORS.items()],
        "others": [
            (place, of.row.name(current.language()))
            for place, of in zip(choice.others, trend.of[choice.indicator][1:], strict=True)
        ],
        "may_add": len(choice.others) + 1 < MOST_PLACES,
        "year": YEAR,
        "place": f"{filters.level}:{filters.code}",
    }
