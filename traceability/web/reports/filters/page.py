"""What every report page needs beside its figures: its filters, the row that changes them, and what it is of."""

from dataclasses import replace
from typing import cast

from flask import request

from traceability.domain.access import ANYWHERE
from traceability.domain.period import Period
from traceability.domain.place import level_of
from traceability.domain.vocabulary import NATION
from traceability.locale import format_time
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.periods import clip_to_ended, usual_period
from traceability.services.reporting.scope import REGION_LEVELS, Level, check_in_view, check_place
from traceability.web.reports.filters.query import ReportFilters, read_filters
from traceability.web.reports.filters.taken import find_taken, takes_period
from traceability.web.reports.report_view import first_year, join, say_period
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, t


def read_page_filters(*, takes_record: bool = False) -> ReportFilters:
    """Return the filters of this request, of a place in view: where the address names none, of the own region.

    ``takes_record``: of a page that shows the book as it stood at a record too.

    Raises BadInput, NotAllowed, NotFound.
    """
    filters = read_filters(find_usual_period, takes_record=takes_record)
    if not request.args.keys() & {"place", "member", "level", "code"}:
        level, code = find_usual_place()
        filters = replace(filters, level=level, code=code)
    check_in_view(current.viewer(), filters.level, filters.code)
    check_open(current.reader(), current.viewer(), (check_place(filters.level, filters.code),))
    return filters


def find_usual_place() -> tuple[Level, str]:
    """Return the region that somebody plans for or audits, the first of several; the nation of all others."""
    scope = next(iter(current.viewer().regions), ANYWHERE)
    if scope == ANYWHERE:
        return "nation", NATION
    code = scope.ljust(6, "0")
    level = level_of(code)
    assert level in REGION_LEVELS, scope
    return cast("Level", level), code


def find_usual_period() -> Period:
    """Return what a report is of where nobody says; to a firm of months that are over."""
    period = usual_period(current.reader()) or first_year(current.now())
    return clip_to_ended(period, current.now_ms()) if current.viewer().is_firm else period


def say_of(place: str, filters: ReportFilters, seq: int, recorded_ms: int) -> tuple[tuple[str, str], ...]:
    """Return the lines that say what a page is of: place, period, the filters that it takes, record."""
    metals = join(map(metal_name, filters.metals)) or t("filter.all_metals")
    taken = find_taken()
    period = say_period(filters.period) if takes_period() else t("filter.no_period")
    said = [(t("term.region"), place), (t("term.period"), period)]
    said += [(t("filter.metals"), metals)] if "metal" in taken else []
    said += [(t("report.method"), t(f"method_name.{filters.method}"))] if "method" in taken else []
    said += [(t("report.months"), t(f"view.{filters.view}"))] if "view" in taken else []
    if not filters.with_direct_use and "direct_use" in taken:
        said.append((t("filter.direct_use"), t("report.without_direct_use")))
    if filters.strict and "strict" in taken:
        said.append((t("indicator.recycled_content"), t("report.strict")))
    said.append(
        (
            t("filter.as_of"),
            f"{seq} · {format_time(recorded_ms, current.language())}"
            if seq
            else t("report.nothing_recorded"),
        )
    )
    return tuple(said)
