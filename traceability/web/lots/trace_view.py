"""Show traces and recalls as templates take them: rows with grams and shares, and drawings."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import url_for

from traceability.domain.lot import Lot
from traceability.render.trace_svg import draw_trace
from traceability.services.tracing.lineage import Lineage, Trace
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.shell import current
from traceability.web.shell.words import material_name, region_name, site_name, t


class TraceRow(NamedTuple):
    """A lot in a trace. ``share`` is (grams, all grams)."""

    lot: ShownLot
    grams: int
    share: tuple[int, int]
    is_end: bool = False
    holder: str = ""


class NamedSum(NamedTuple):
    """Grams of one origin or supplier."""

    name: str
    grams: int
    share: tuple[int, int]


class ShownTrace(NamedTuple):
    """A trace as the templates take it; ``left_out`` rows are not shown."""

    total_g: int
    rows: list[TraceRow]
    left_out: int
    origins: tuple[NamedSum, ...] = ()
    suppliers: tuple[NamedSum, ...] = ()
    remaining_g: int = 0
    lost_g: int = 0


def show_back(lineage: Lineage, limit: int | None = None) -> ShownTrace:
    """Return where the metal came from: origin lots first, then the lots in between, by grams."""
    trace = lineage.back
    rows = _rows(trace, (origin.lot.id for origin in trace.origins))
    rows.sort(key=lambda row: (not row.is_end, -row.grams, row.lot.code))
    origins = [
        NamedSum(region_name(code), grams, (grams, trace.total_g))
        for code, grams in trace.by_origin().items()
    ]
    return ShownTrace(trace.total_g, *_cut(rows, limit), tuple(origins), tuple(_suppliers(lineage)))


def show_forward(trace: Trace, limit: int | None = None) -> ShownTrace:
    """Return where the metal went, by grams."""
    rows = _rows(trace, trace.flow.remaining)
    rows.sort(key=lambda row: (-row.grams, row.lot.code))
    return ShownTrace(trace.total_g, *_cut(rows, limit), remaining_g=trace.remaining_g, lost_g=trace.lost_g)


def show_held(lineage: Lineage, limit: int | None = None) -> ShownTrace:
    """Return who holds the metal now."""
    trace = lineage.forward
    rows = [
        TraceRow(
            show_lot(holding.lot),
            holding.grams,
            (holding.grams, trace.remaining_g),
            holder=lineage.parties.get(holding.holder) or site_name(holding.holder) if holding.holder else "",
        )
        for holding in trace.held()
    ]
    return ShownTrace(trace.remaining_g, *_cut(rows, limit))


def draw(trace: Trace) -> str:
    """Return the trace as SVG, '' where nothing flows; the tables beneath say the same."""
    return draw_trace(
        trace,
        current.language(),
        lambda lot: material_name(lot.material),
        lambda code: url_for("lots.show", code=code),
    )


def _rows(trace: Trace, ends: Iterable[str]) -> list[TraceRow]:
    at_end = set(ends)
    return [
        TraceRow(show_lot(lot), trace.flow.lots[id_], (trace.flow.lots[id_], trace.total_g), id_ in at_end)
        for id_, lot in _others(trace)
    ]


def _others(trace: Trace) -> list[tuple[str, Lot]]:
    return [(id_, lot) for id_, lot in trace.lots.items() if id_ != trace.lot.id and trace.flow.lots.get(id_)]


def _cut(rows: list[TraceRow], limit: int | None) -> tuple[list[TraceRow], int]:
    return (rows, 0) if limit is None else (rows[:limit], max(len(rows) - limit, 0))


def _suppliers(lineage: Lineage) -> list[NamedSum]:
    """Return grams by supplier, those of lots that are not in view under one name."""
    total_g = lineage.back.total_g
    sums = [
        NamedSum(lineage.parties.get(id_) or id_ or t("trace.no_supplier"), grams, (grams, total_g))
        for id_, grams in lineage.suppliers.items()
    ]
    sums.sort(key=lambda row: (-row.grams, row.name))
    if lineage.unnamed_g:
        sums.append(NamedSum(t("trace.hidden"), lineage.unnamed_g, (lineage.unnamed_g, total_g)))
    return sums
