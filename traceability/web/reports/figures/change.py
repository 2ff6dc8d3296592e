"""Show what changed a figure since an earlier record of the book."""

from dataclasses import replace
from typing import NamedTuple

from flask import url_for

from traceability.domain.event import Event
from traceability.locale import format_t
from traceability.services.reporting.behind.changes import FigureChange
from traceability.services.reporting.behind.drill_down import DeclarationBehind, FigureAddress
from traceability.services.reporting.figures.report import ReportRow
from traceability.web.reports.filters.query import ReportFilters, address_query
from traceability.web.reports.report_view import (
    FigureCell,
    ShownDeclaration,
    show_declaration,
    show_figure,
)


class ShownCause(NamedTuple):
    """An event and what it added to the figure, in the unit of its postings; '' nothing on that side."""

    event: Event
    numerator: str
    denominator: str


class ShownFigureChange(NamedTuple):
    """A figure now, beside that of the record, with what changed it; ``rest`` are the events that are not listed."""

    seq: int
    last_seq: int
    recorded_ms: int
    now: FigureCell
    now_href: str
    same: bool
    causes: list[ShownCause]
    more: int
    rest: tuple[str, str]
    declared: list[ShownDeclaration]


def show_change_since(
    place: ReportRow, change: FigureChange, filters: ReportFilters, address: FigureAddress
) -> ShownFigureChange:
    """Return what changed a figure since the record that its address names."""
    newest = replace(filters, at=0)
    return ShownFigureChange(
        change.record.seq, change.last_seq, change.record.recorded_ms,
        show_figure(place, change.now, newest, address.metal, bool(address.spoken)),
        url_for("report.figure", **address_query(replace(address, at=0))),
        (change.then.value, change.then.numerator, change.then.denominator)
        == (change.now.value, change.now.numerator, change.now.denominator),
        [ShownCause(cause.event, _write(cause.numerator), _write(cause.denominator)) for cause in change.causes],
        change.more,
        (_write(change.rest[0]), _write(change.rest[1])),
        [show_declaration(DeclarationBehind(event, True)) for event in change.declared],
    )  # fmt: skip


def _write(amount: int | None) -> str:
    return format_t(amount) if amount else ""
