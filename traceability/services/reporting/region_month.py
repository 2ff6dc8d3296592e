"""Read what the report of a region and month tells: its figures, the months before, what explains its shares, corrections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from graph.paging import read_all
from graph.store import EventFilter, Reader
from traceability.domain.event import Correction
from traceability.domain.indicators import MONTH_FIGURES, OVERVIEW_TARGETS
from traceability.domain.kinds import kinds_of
from traceability.domain.material import Reference
from traceability.domain.period import Period, add_months
from traceability.domain.place import level_of
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.figures.report import RegionalReport, report_for
from traceability.services.reporting.overviews.trend import Trends, read_trends
from traceability.services.reporting.scope import Level
from traceability.services.reporting.why.reasons import Why, read_why

SUMS_ONLY = Viewer((), {}, regions=("*",))
"""Who sees the sums of every region, and no site."""
EXPLAINED_SHARES = OVERVIEW_TARGETS
MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RegionMonth:
    """What is told of a region and month to whoever may see the region's sums: no site is named.

    ``trends`` are of the twelve months that end with it, ``reasons`` explain each of ``EXPLAINED_SHARES``,
    ``corrections`` is how many were recorded of events in it.
    """

    code: str
    month: str
    report: RegionalReport
    trends: Trends
    reasons: tuple[Why, ...]
    corrections: int
    reference: Reference


def read_region_months(reader: Reader, month: str, regions: Sequence[str]) -> Iterator[RegionMonth]:
    """Yield a month of regions, one at a time: by default of the nation and every province with figures.

    Raises BadInput, NotFound.
    """
    for code in regions or _list_regions(reader, month):
        yield read_region_month(reader, code, month)


def read_region_month(reader: Reader, code: str, month: str) -> RegionMonth:
    """Return what is told of a region and month. Raises BadInput, NotFound."""
    level, period = cast("Level", level_of(code)), Period(month, month)
    report = report_for(reader, level, code, period)
    year = Period(add_months(month, 1 - MONTHS_SHOWN), month)
    trends = read_trends(reader, None, [f"{level}:{code}"], year, MONTH_FIGURES)
    reasons = tuple(
        read_why(reader, SUMS_ONLY, FigureAddress(level, code, share, period), report.recorded_ms)
        for share in EXPLAINED_SHARES
    )
    corrections = _count_corrections(reader, code, period)
    return RegionMonth(code, month, report, trends, reasons, corrections, reference_in(reader))


def _count_corrections(reader: Reader, code: str, period: Period) -> int:
    """Return how many corrections were recorded in a region in a period."""
    prefix = "" if code == NATION else code[:2] if level_of(code) == "province" else code.rstrip("0")
    wanted = EventFilter(
        region=prefix,
        kinds=kinds_of(Correction),
        from_ms=period.start_ms,
        until_ms=period.end_ms,
        live_only=False,
    )
    return sum(1 for _ in read_all(lambda after: reader.list_events(wanted, after)))


def _list_regions(reader: Reader, month: str) -> list[str]:
    report = report_for(reader, "nation", NATION, Period(month, month), evidence=False)
    return [NATION, *(row.code for row in report.rows if row.level == "province")]
