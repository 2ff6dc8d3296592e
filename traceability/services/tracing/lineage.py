"""Trace lots back to their origins and forward to whoever holds their metal, and stream all connected lots."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.store import Direction, Reader
from traceability.domain.decision import Edge
from traceability.domain.errors import NotFound
from traceability.domain.event import Event
from traceability.domain.lineage import Edges, Flow, Timelines, trace_back, trace_forward
from traceability.domain.lot import Lot
from traceability.domain.provenance import scale
from traceability.domain.rights import Thing, Viewer, find_collector
from traceability.services.directory.parties import find_parties


class Origin(NamedTuple):
    """A lot in which a trace back ends, with the grams that came from it."""

    lot: Lot
    grams: int


@dataclass(frozen=True, slots=True)
class Holding:
    """A lot that holds metal of the traced one now: how many grams, and who holds it."""

    lot: Lot
    grams: int
    holder: str  # site, or customer of a delivered lot; '' where the viewer may not know it
    status: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A traced lot: grams per lot and event, the rows behind them, and the lots in which the trace ends.

    The trace of a voided lot is empty. ``total_g`` is the metal as created. Back: ``origins`` sum to
    it exactly. Forward: what remains and what was lost do.
    """

    lot: Lot
    total_g: int
    direction: Direction
    flow: Flow
    lots: dict[str, Lot]
    events: dict[int, Event]
    origins: tuple[Origin, ...] = ()

    def by_origin(self) -> dict[str, int]:
        """Sum grams by the origins that the last lots of the trace state: provinces, IMP-…, ADD, OPEN."""
        sums: dict[str, int] = {}
        for lot, grams in self.origins:
            for (_, origin, _), part in scale(lot.contents[0].vector, grams).items():
                sums[origin] = sums.get(origin, 0) + part
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    def by_supplier(self) -> dict[str, int]:
        """Sum grams of the origins by supplier; '' is everything that came without one."""
        return self.by_supplier_of(lambda lot: True)[0]

    def by_supplier_of(self, may_name: Callable[[Lot], bool]) -> tuple[dict[str, int], int]:
        """Return (``by_supplier`` of the origins that may be named, grams of all others)."""
        sums: dict[str, int] = {}
        others_g = 0
        for origin in self.origins:
            if may_name(origin.lot):
                sums[origin.lot.supplier] = sums.get(origin.lot.supplier, 0) + origin.grams
            else:
                others_g += origin.grams
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0]))), others_g

    @property
    def remaining_g(self) -> int:
        """Sum the grams that lots still hold, of a trace forward."""
        return sum(self.flow.remaining.values())

    @property
    def lost_g(self) -> int:
        """Sum the grams lost in events on the way, of a trace forward."""
        return sum(self.flow.lost.values())

    def held(self) -> list[Holding]:
        """Return the lots that hold the metal now, of a trace forward; largest first."""
        holdings = []
        for name, grams in self.flow.remaining.items():
            lot = self.lots[name]
            outside = lot.status in ("delivered", "disposed", "in_transit") and lot.to
            holdings.append(Holding(lot, grams, lot.to if outside else lot.site, lot.status))
        return sorted(holdings, key=lambda holding: (-holding.grams, holding.lot.id))

    def seen_by(self, viewer: Viewer) -> "Trace":
        """Return the trace with its lots as the viewer may know them."""
        return replace(
            self,
            lot=viewer.see_lot(self.lot),
            lots={id_: viewer.see_lot(lot) for id_, lot in self.lots.items()},
            origins=tuple(Origin(viewer.see_lot(lot), grams) for lot, grams in self.origins),
        )


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a lot came from and went, as a viewer may know it.

    ``suppliers`` are grams by supplier ('' for none) of the origins in view, ``unnamed_g`` those of
    all others. ``parties`` are names of suppliers and customers by id. ``touches_view`` is whether any
    lot of either trace is in view.
    """

    back: Trace
    forward: Trace
    suppliers: dict[str, int]
    unnamed_g: int
    parties: dict[str, str]
    touches_view: bool


def trace_lineage(reader: Reader, viewer: Viewer, lot_id: str) -> Lineage:
    """Trace a lot in both directions. Raises NotFound."""
    back, forward = trace_lot_back(reader, lot_id), trace_lot_forward(reader, lot_id)
    suppliers, unnamed_g = back.by_supplier_of(lambda lot: viewer.tells(find_collector(lot), Thing.PARTY))
    touches_view = any(viewer.shows_lot(lot) for trace in (back, forward) for lot in trace.lots.values())
    back, forward = back.seen_by(viewer), forward.seen_by(viewer)
    customers = {holding.holder for holding in forward.held() if holding.status in ("delivered", "disposed")}
    parties = find_parties(reader, (customers | set(suppliers)) - {""})
    names = {id_: party.name for id_, party in parties.items()}
    return Lineage(back, forward, suppliers, unnamed_g, names, touches_view)


def _find_lot(reader: Reader, lot_id: str) -> Lot:
    lot = reader.find_lots([lot_id]).get(lot_id)
    if lot is None:
        raise NotFound("lot.unknown", id=lot_id)
    return lot


def trace_lot_back(reader: Reader, lot_id: str) -> Trace:
    """Trace every lot whose metal is in this one, with grams. Raises NotFound."""
    lot = _find_lot(reader, lot_id)
    if lot.void:
        return Trace(lot, 0, "back", Flow(), {}, {})
    total_g = lot.contents[0].metal_g
    edges = Edges()
    flow = trace_back(edges, lot.id, total_g)
    if not total_g:
        flow.unknown = [lot.id]
    while flow.unknown:
        edges.asked |= set(flow.unknown)
        edges.add(reader.list_step_edges(flow.unknown, "back"))
        flow = trace_back(edges, lot.id, total_g)
    lots = reader.find_lots(list(flow.lots))
    ends = [
        name for name in flow.lots if name not in edges.maker or not edges.groups[edges.maker[name]].inputs
    ]
    origins = tuple(Origin(lots[name], flow.lots[name]) for name in ends)
    seqs = {event for event, _ in flow.inputs} | {event for event, _ in flow.outputs}
    seqs |= {edges.maker[name][0] for name in ends if name in edges.maker}
    events = reader.find_events_by_seq(seqs)
    return Trace(lot, total_g, "back", flow, lots, events, origins)


def trace_lot_forward(reader: Reader, lot_id: str) -> Trace:
    """Trace every lot that this one's metal went into, with grams. Raises NotFound."""
    lot = _find_lot(reader, lot_id)
    if lot.void:
        return Trace(lot, 0, "forward", Flow(), {}, {})
    total_g = lot.contents[0].metal_g
    timelines = Timelines()
    flow = trace_forward(timelines, lot.id, total_g)
    while flow.unknown:
        wave = flow.unknown
        rows = reader.find_lots(wave)
        touches: dict[str, list[Edge]] = {name: [] for name in wave}
        for edge in reader.list_touches(wave):
            touches[edge.lot].append(edge)
        taken = {edge.event for lot_edges in touches.values() for edge in lot_edges if edge.role == "input"}
        timelines.edges.add(reader.list_edges(taken) if taken else [])
        for name in wave:
            timelines.add(name, touches[name], rows[name].remaining().metal_g)
        flow = trace_forward(timelines, lot.id, total_g)
    lots = reader.find_lots(list(flow.lots))
    seqs = {event for event, _ in flow.inputs} | set(flow.lost)
    events = reader.find_events_by_seq(seqs)
    return Trace(lot, total_g, "forward", flow, lots, events)


def list_holdings(reader: Reader, lot_id: str) -> list[Holding]:
    """Return the lots to recall: all that hold metal of this one now, largest first. Raises NotFound."""
    return trace_lot_forward(reader, lot_id).held()


def list_connected(reader: Reader, lot_id: str, direction: Direction) -> Iterator[str]:
    """Stream every lot ever connected in one direction, also where no gram is left. Raises NotFound."""
    _find_lot(reader, lot_id)
    return reader.trace_lots([lot_id], direction)
