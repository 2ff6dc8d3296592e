"""Follow indicators of a place month by month."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph.store import Reader
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.services.reporting.report import Figure, ReportRow, report_for
from traceability.services.reporting.scope import Level, MonthView


@dataclass(frozen=True, slots=True)
class Trend:
    """The figures of a place by month, oldest first; each as a report of that month alone has them."""

    place: ReportRow
    months: tuple[str, ...]
    figures: tuple[dict[str, Figure], ...]
    seq: int
    recorded_ms: int


def read_trend(
    reader: Reader, viewer: Viewer | None, level: Level, code: str, period: Period, indicators: Sequence[str],
    metals: Sequence[str] = (), view: MonthView = "book", now_ms: int | None = None,
) -> Trend:  # fmt: skip
    """Return some indicators of each month of a period. Raises BadInput, NotFound, NotAllowed."""
    months = tuple(period.months())
    reports = [
        report_for(
            reader, level, code, Period(month, month), metals, view,
            evidence=False, now_ms=now_ms, viewer=viewer,
        )
        for month in months
    ]  # fmt: skip
    figures = tuple({id_: report.total.figures[id_] for id_ in indicators} for report in reports)
    last = reports[-1]
    return Trend(last.total, months, figures, last.seq, last.recorded_ms)
