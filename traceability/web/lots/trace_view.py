"""How are traces and recalls shown: rows with grams and shares; names of holders and suppliers only where allowed."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import url_for

from graph.store import Store
from traceability.domain.lot import Lot
from traceability.render.trace_svg import draw_trace
from traceability.services.directory.parties import find_parties
from traceability.services.tracing.lineage import Trace
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.shell import current
from traceability.web.shell.words import material_name, region_name, site_name, t


class Row(NamedTuple):
    """A lot in a trace. ``share`` is (grams, all grams)."""

    lot: ShownLot
    grams: int
    share: tuple[int, int]
    is_end: bool = False
    holder: str = ""


class Sum(NamedTuple):
    """Grams of one origin or supplier."""

    name: str
    grams: int
    share: tuple[int, int]


class ShownTrace(NamedTuple):
    """A trace as the templates take it; ``left_out`` rows are not shown."""

    total_g: int
    rows: list[Row]
    left_out: int
    origins: tuple[Sum, ...] = ()
    suppliers: tuple[Sum, ...] = ()
    remaining_g: int = 0
    lost_g: int = 0


def show_back(store: Store, trace: Trace, limit: int | None = None) -> ShownTrace:
    """Where the metal came from: origin lots first, then the lots in between, by grams."""
    ends = {origin.lot.id for origin in trace.origins}
    rows = _rows(trace, ends)
    rows.sort(key=lambda row: (not row.is_end, -row.grams, row.lot.code))
    origins = [
        Sum(region_name(code), grams, (grams, trace.total_g)) for code, grams in trace.by_origin().items()
    ]
    return ShownTrace(trace.total_g, *_cut(rows, limit), tuple(origins), tuple(_suppliers(store, trace)))


def show_forward(store: Store, trace: Trace, limit: int | None = None) -> ShownTrace:
    """Where the metal went, by grams."""
    rows = _rows(trace, set(trace.flow.remaining))
    rows.sort(key=lambda row: (-row.grams, row.lot.code))
    return ShownTrace(trace.total_g, *_cut(rows, limit), remaining_g=trace.remaining_g, lost_g=trace.lost_g)


def show_held(store: Store, trace: Trace, limit: int | None = None) -> ShownTrace:
    """Who holds it now."""
    held = trace.held()
    customers = {one.holder for one in held if one.status in ("delivered", "disposed")}
    with store.read() as reader:
        parties = find_parties(reader, customers)
    rows = []
    for one in held:
        named = current.viewer().shows_lot(one.lot)
        holder = parties[one.holder].name if one.holder in parties else site_name(one.holder)
        rows.append(
            Row(show_lot(one.lot), one.grams, (one.grams, trace.remaining_g), holder=holder if named else "")
        )
    return ShownTrace(trace.remaining_g, *_cut(rows, limit))


def draw(trace: Trace) -> str:
    """The trace as SVG, '' where nothing flows; the tables beneath say the same."""
    return draw_trace(
        trace,
        current.language(),
        lambda lot: material_name(lot.material),
        lambda code: url_for("lots.show", code=code),
    )


def _rows(trace: Trace, ends: Iterable[str]) -> list[Row]:
    at_end = set(ends)
    return [
        Row(show_lot(lot), trace.flow.lots[id_], (trace.flow.lots[id_], trace.total_g), id_ in at_end)
        for id_, lot in _others(trace)
    ]


def _others(trace: Trace) -> list[tuple[str, Lot]]:
    return [(id_, lot) for id_, lot in trace.lots.items() if id_ != trace.lot.id and trace.flow.lots.get(id_)]


def _cut(rows: list[Row], limit: int | None) -> tuple[list[Row], int]:
    return (rows, 0) if limit is None else (rows[:limit], max(len(rows) - limit, 0))


def _suppliers(store: Store, trace: Trace) -> list[Sum]:
    """By supplier, those of lots that are not in view under one name."""
    sums, hidden_g = trace.by_supplier_of(current.viewer().shows_lot)
    with store.read() as reader:
        parties = find_parties(reader, set(sums) - {""})
    found = [
        Sum(
            parties[id_].name if id_ in parties else id_ or t("trace.no_supplier"),
            grams,
            (grams, trace.total_g),
        )
        for id_, grams in sums.items()
    ]
    found.sort(key=lambda one: (-one.grams, one.name))
    if hidden_g:
        found.append(Sum(t("trace.hidden"), hidden_g, (hidden_g, trace.total_g)))
    return found
