"""Say in one sentence how the supply share of a place stands to its target, and in a line what that rests on."""

from math import floor
from typing import NamedTuple

from traceability.locale import format_share, format_t, format_time
from traceability.locale.formats import NO_BREAK
from traceability.render.figure_text import write_gap_roughly, write_target_shortly
from traceability.services.reporting.figures.gaps import SplitGap, find_main_metal
from traceability.services.reporting.figures.report import Figure, RegionalReport
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import link_to, name_indicator, say_period, say_verdict, show_figure
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, t

_STATES = frozenset({"met", "no_target", "no_number", "under_covered", "over_covered"})
_NO_STATISTIC = ("firms_above", "firms_below")


class Basis(NamedTuple):
    """What a share rests on: the ratio in tonnes, the coverage of the book, its newest record, the page that says how."""

    ratio: str
    coverage: str
    as_of: str
    how: str


def say_share_name(filters: ReportFilters) -> str:
    """Name the supply share: shortly where it is the official one."""
    usual = filters.method == "official" and filters.with_direct_use
    return t("home.supply_share") if usual else name_indicator(filters.share)


def say_finding(
    report: RegionalReport, figure: Figure, split: SplitGap | None, filters: ReportFilters
) -> str:
    """Say how the supply share of a place stands to its target, what is missing, and of which metal."""
    verdict = figure.verdict
    state = str(verdict.state) if verdict else ""
    gap = figure.gap.amount if figure.gap else None
    said = {
        "place": report.total.name(current.language()),
        "period": say_period(filters.period),
        "share": say_share_name(filters),
        "value": _keep(format_share(figure.value, figure.limits)),
        "target": _keep(write_target_shortly(verdict.shown)) if verdict and verdict.shown else "",
        "gap": _keep(write_gap_roughly(figure)),
        "verdict": say_verdict(figure),
    }
    if not report.seq:
        return t("home.finding.empty", **said)
    if figure.withheld:
        return t("home.finding.withheld", **said)
    if figure.value is None:
        return t("home.finding.no_statistic" if state in _NO_STATISTIC else "home.finding.no_data", **said)
    if state in ("missed", "not_reached") and gap is not None and gap > 0:
        return t("home.finding.missed", **said) + _say_main_metal(split)
    if verdict is None:
        return t("home.finding.not_judged", **said)
    if verdict.coverage:
        said["coverage"] = format_share(
            verdict.coverage.value, (verdict.coverage.bounds.low, verdict.coverage.bounds.high)
        )
    return t(f"home.finding.{state}" if state in _STATES else "home.finding.other", **said)


def _keep(number: str) -> str:
    """Return a number that no line parts from its unit."""
    return number.replace(" ", NO_BREAK)


def _say_main_metal(split: SplitGap | None) -> str:
    """Say which metal lacks most; in tenths where that is half or more."""
    main = find_main_metal(split) if split else None
    if main is None:
        return t("home.gap_untold")
    tenths = floor(main.share * 10)
    metal = metal_name(main.metal)
    if tenths < 5:
        return t("home.gap_most", metal=metal)
    return t("home.gap_part", part=t(f"home.tenths.{tenths}"), metal=metal)


def say_basis(report: RegionalReport, figure: Figure, filters: ReportFilters) -> Basis:
    """Return what the line beneath the finding says."""
    ratio = ""
    if figure.value is not None and figure.numerator is not None and figure.denominator:
        ratio = t(
            f"home.ratio.{filters.method}",
            numerator=format_t(int(figure.numerator)),
            denominator=format_t(figure.denominator),
        )
    as_of = t(
        "home.as_of", seq=report.seq, time=format_time(report.recorded_ms, current.language())
    ) if report.seq else t("report.nothing_recorded")  # fmt: skip
    opens = figure.numerator is not None or figure.withheld
    return Basis(
        ratio,
        show_figure(report.total, figure, filters).coverage,
        as_of,
        link_to(report.total, figure, filters) if opens else "",
    )
