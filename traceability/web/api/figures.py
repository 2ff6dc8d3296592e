"""The figures of a place, the regional report, and the figures of each month as a long table."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from traceability.domain.coverage import Coverage
from traceability.domain.indicators import INDICATORS, REGIONAL_FILE, SUPPLY_SHARES, target_unit
from traceability.domain.period import Period
from traceability.domain.target import PolicyTarget
from traceability.domain.vocabulary import NATION
from traceability.locale import LANGUAGES
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.exact import write_amount, write_ratio, write_value_exactly
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.figures.report import Figure, RegionalReport, ReportRow, report_for
from traceability.services.reporting.figures.targets import Verdict
from traceability.services.reporting.overviews.monthly import monthly_table
from traceability.services.reporting.periods import clip_to_ended, usual_period
from traceability.services.reporting.scope import Level, MonthView, check_in_view, check_place, join_codes
from traceability.services.reporting.table import Table
from traceability.web.api.query import PlaceSchema
from traceability.web.api.resource import Json, resource
from traceability.web.api.schemas import FiguresSchema, ReportSchema
from traceability.web.reports.filters.query import address_query
from traceability.web.reports.report_view import first_year
from traceability.web.shell import current
from traceability.wire.fields import Choice, Many, Text

MOST_REGIONS = 40


class FiguresQuery(PlaceSchema):
    """A place and period, and which indicators: all where none is named."""

    indicator = Many(Choice(tuple(INDICATORS)), len(INDICATORS))


class ReportQuery(FiguresQuery):
    """A place and period, and ``region`` once for each region that is added up as a group."""

    region = Many(Text(required=True), MOST_REGIONS)


@resource(
    "/figures",
    group="figures",
    query=FiguresQuery,
    answer=FiguresSchema,
    example="/figures?level=province&code=430000",
)
def figures(indicator: Collection[str] = (), **place: Any) -> Json:
    """Return every indicator of a place and period, of each metal, and those that targets speak of."""
    report = read_report(AskedPlace(**place))
    total = report.total
    by_metal = [
        figure
        for metal, found in total.by_metal.items()
        for figure in tell_figures(report, total, found, indicator, metal)
    ]
    told = tell_row(report, total, indicator)
    spoken = (
        (id_, metals, figure)
        for (id_, metals), figure in total.judged.items()
        if not indicator or id_ in indicator
    )
    return {
        **tell_head(report),
        "place": told | {"figures": told["figures"] + by_metal},
        "targets": [tell_figure(report, total, figure, spoken=metals) for _, metals, figure in spoken],
    }


@resource("/reports", group="reports", query=ReportQuery, answer=ReportSchema, example="/reports")
def reports(indicator: Collection[str] = (), region: Collection[str] = (), **place: Any) -> Json:
    """Return the provinces beside the nation, or the places within another place, and a group of regions."""
    report = read_report(AskedPlace(**place), region)
    chosen = indicator or (*SUPPLY_SHARES.values(), *REGIONAL_FILE)
    return {
        **tell_head(report),
        "total": tell_row(report, report.total, chosen),
        "rows": [tell_row(report, row, chosen) for row in report.rows],
        "groups": [tell_row(report, row, chosen) for row in report.groups],
    }


@resource(
    "/figures.csv",
    group="figures",
    query=FiguresQuery,
    example="/figures.csv?level=province&code=430000&period=2025",
)
def monthly_figures(indicator: Collection[str] = (), **place: Any) -> Table:
    """Return the figures of each month of a period, of a place and of those within it: a line a figure."""
    asked = AskedPlace(**place)
    asked.check()
    return monthly_table(
        current.reader(), current.viewer(), asked.level, asked.code, asked.months, asked.metal, indicator, asked.view,
        now_ms=current.now_ms(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """The parameters of ``PlaceSchema`` with what they are where the address does not name them."""

    level: Level = "nation"
    code: str = NATION
    period: Period | None = None
    metal: Collection[str] = ()
    view: MonthView = "book"

    @property
    def months(self) -> Period:
        """The period asked for, else what pages show."""
        return self.period or find_usual_period()

    def check(self) -> None:
        """Refuse a place that is not open to the viewer. Raises BadInput, NotFound, NotAllowed."""
        check_in_view(current.viewer(), self.level, self.code)
        check_open(current.reader(), current.viewer(), (check_place(self.level, self.code),))


def read_report(asked: AskedPlace, regions: Collection[str] = ()) -> RegionalReport:
    """Return the report of a place, beside a group of regions. Raises BadInput, NotFound, NotAllowed."""
    asked.check()
    return report_for(
        current.reader(), asked.level, asked.code, asked.months, asked.metal, asked.view,
        {join_codes(regions): tuple(regions)} if regions else {},
        now_ms=current.now_ms(), viewer=current.viewer(),
    )  # fmt: skip


def find_usual_period() -> Period:
    """Return what pages show where nobody names a period; to a firm months that are over."""
    period = usual_period(current.reader()) or first_year(current.now())
    return clip_to_ended(period, current.now_ms()) if current.viewer().is_firm else period


# --- figures as JSON ----------------------------------------------------------------------------------------------


def tell_head(report: RegionalReport) -> Json:
    """Return what a report is of."""
    return {
        "period": str(report.period),
        "metals": report.metals,
        "view": report.view,
        "seq": report.seq,
        "hidden": report.hidden,
    }


def tell_row(report: RegionalReport, row: ReportRow, indicators: Collection[str]) -> Json:
    """Return a place with some of its figures, () all."""
    return {
        "level": row.level,
        "code": row.address,
        "names": {language: row.name(language) for language in LANGUAGES},
        "figures": list(tell_figures(report, row, row.figures, indicators)),
    }


def tell_figures(
    report: RegionalReport,
    row: ReportRow,
    found: Mapping[str, Figure],
    indicators: Collection[str],
    metal: str = "",
) -> Iterator[Json]:
    """Yield some figures of a row, () all."""
    for id_ in found:
        if not indicators or id_ in indicators:
            yield tell_figure(report, row, found[id_], metal)


def tell_figure(
    report: RegionalReport, row: ReportRow, figure: Figure, metal: str = "", spoken: tuple[str, ...] = ()
) -> Json:
    """Return a figure as ``FigureSchema`` has it; a target may speak of what no indicator computes."""
    indicator, gap, since = INDICATORS.get(figure.indicator), figure.gap, figure.since
    told = figure.value is not None or not figure.withheld
    address = FigureAddress(
        row.level, row.address, figure.indicator, report.period, report.metals, report.view, metal, spoken  # type: ignore[arg-type]
    )  # fmt: skip
    return {
        "indicator": figure.indicator, "metal": metal, "metals": figure.metals,
        "value": write_value_exactly(figure.value, figure.limits), "exact": write_ratio(figure.value),
        "unit": indicator.value_unit if indicator else target_unit(figure.indicator),
        "base_unit": indicator.base_units if indicator else "",
        "numerator": write_amount(figure.numerator) if told else None,
        "denominator": write_amount(figure.denominator) if told else None,
        "basis": figure.basis, "provinces": figure.provinces, "factors": figure.factors,
        "missing": figure.missing, "withheld": figure.withheld,
        "coverage": [tell_coverage(one) for one in figure.coverage],
        "verdict": tell_verdict(figure.verdict) if figure.verdict else None,
        "gap": {"as_it_is": gap.as_it_is, "growing": gap.growing} if gap else None,
        "since": {
            "numerator": write_amount(since.numerator), "denominator": since.denominator,
            "sealed": write_ratio(since.sealed), "now": write_ratio(since.now),
        } if since else None,
        "rows": url_for("report.figure_file", **address_query(address)) if told and indicator else None,
    }  # fmt: skip


def tell_coverage(coverage: Coverage) -> Json:
    """Return how much of a statistic the book holds."""
    return {
        "indicator": coverage.indicator,
        "amount": coverage.amount,
        "statistic": coverage.statistic,
        "value": write_value_exactly(coverage.value, (coverage.bounds.low, coverage.bounds.high)),
        "level": str(coverage.level),
    }


def tell_verdict(verdict: Verdict) -> Json:
    """Return how a figure stands to its target."""
    shown = verdict.shown
    return {
        "state": str(verdict.state),
        "interim": verdict.interim,
        "target": tell_target(shown) if shown else None,
        "is_reference": verdict.reference is not None,
        "firms": verdict.firms,
    }


def tell_target(target: PolicyTarget) -> Json:
    """Return a line of a policy document."""
    return {
        "region": target.region,
        "indicator": target.indicator,
        "metals": target.metals,
        "method": target.method,
        "year": target.year,
        "operator": target.operator,
        "value": None if target.value is None else str(write_amount(target.value)),
        "document": target.document,
        "clause": target.clause,
        "note": target.note_in(current.language()),
    }
