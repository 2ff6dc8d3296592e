"""Where did a lot come from and where did it go: trace back, trace forward, recall, and every lot ever connected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graph.store import Direction, Reader, Store
from traceability.domain.decision import Edge
from traceability.domain.errors import NotFound
from traceability.domain.event import Event
from traceability.domain.lineage import Edges, Flow, Timelines, trace_back, trace_forward
from traceability.domain.lot import Lot
from traceability.domain.provenance import scale


class Origin(NamedTuple):
    """A lot in which a trace back ends, and how many grams came from it."""

    lot: Lot
    grams: int


@dataclass(frozen=True, slots=True)
class Held:
    """An answer to the recall question: so many grams of the lot's metal are in this lot, held there."""

    lot: Lot
    grams: int
    holder: str  # site, or customer of a delivered lot
    status: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A traced lot: grams per lot and event, the rows behind them, and the lots in which the trace ends.

    A voided lot has no trace: it never was.

    ``total_g`` is the metal as created. Back: ``origins`` sum to it exactly. Forward: what remains and what was lost.
    """

    lot: Lot
    total_g: int
    direction: Direction
    flow: Flow
    lots: dict[str, Lot]
    events: dict[int, Event]
    origins: tuple[Origin, ...] = ()

    def by_origin(self) -> dict[str, int]:
        """Grams by what the lots in which the trace ends state as their origin: provinces, IMP-…, ADD, OPEN."""
        sums: dict[str, int] = {}
        for lot, grams in self.origins:
            for (_, origin, _), part in scale(lot.contents[0].vector, grams).items():
                sums[origin] = sums.get(origin, 0) + part
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    def by_supplier(self) -> dict[str, int]:
        """Grams of the origins by supplier; '' is everything that came without one."""
        return self.by_supplier_of(lambda lot: True)[0]

    def by_supplier_of(self, may_name: Callable[[Lot], bool]) -> tuple[dict[str, int], int]:
        """(``by_supplier`` of the origins that may be named, grams of all others)."""
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
        """Forward: grams that lots still hold."""
        return sum(self.flow.remaining.values())

    @property
    def lost_g(self) -> int:
        """Forward: grams lost in events on the way."""
        return sum(self.flow.lost.values())

    def held(self) -> list[Held]:
        """Forward: which lots hold the metal now, where, and how many grams; largest first."""
        found = []
        for name, grams in self.flow.remaining.items():
            lot = self.lots[name]
            outside = lot.status in ("delivered", "disposed", "in_transit") and lot.to
            found.append(Held(lot, grams, lot.to if outside else lot.site, lot.status))
        return sorted(found, key=lambda one: (-one.grams, one.lot.id))

    def events_by_id(self) -> dict[str, Event]:
        """The events of the trace by id."""
        return {event.id: event for event in self.events.values()}


def _lot(reader: Reader, lot_id: str) -> Lot:
    found = reader.find_lots([lot_id]).get(lot_id)
    if found is None:
        raise NotFound("lot.unknown", id=lot_id)
    return found


def trace_lot_back(store: Store, lot_id: str) -> Trace:
    """Every lot whose metal is in this one, with grams. Raises NotFound."""
    with store.read() as reader:
        lot = _lot(reader, lot_id)
        if lot.void:
            return Trace(lot, 0, "back", Flow(), {}, {})
        total_g = lot.contents[0].metal_g
        edges = Edges()
        flow = trace_back(edges, lot.id, total_g)
        if not total_g:
            flow.unknown = [lot.id]
        while flow.unknown:
            edges.asked |= set(flow.unknown)
            edges.add(reader.step_edges(flow.unknown, "back"))
            flow = trace_back(edges, lot.id, total_g)
        lots = reader.find_lots(list(flow.lots))
        ends = [
            name
            for name in flow.lots
            if name not in edges.maker or not edges.groups[edges.maker[name]].inputs
        ]
        origins = tuple(Origin(lots[name], flow.lots[name]) for name in ends)
        seqs = {event for event, _ in flow.inputs} | {event for event, _ in flow.outputs}
        seqs |= {edges.maker[name][0] for name in ends if name in edges.maker}
        events = reader.find_events_by_seq(seqs)
    return Trace(lot, total_g, "back", flow, lots, events, origins)


def trace_lot_forward(store: Store, lot_id: str) -> Trace:
    """Every lot that this one's metal went into, with grams: the recall question. Raises NotFound."""
    with store.read() as reader:
        lot = _lot(reader, lot_id)
        if lot.void:
            return Trace(lot, 0, "forward", Flow(), {}, {})
        total_g = lot.contents[0].metal_g
        known = Timelines()
        flow = trace_forward(known, lot.id, total_g)
        while flow.unknown:
            wave = flow.unknown
            rows = reader.find_lots(wave)
            touches: dict[str, list[Edge]] = {name: [] for name in wave}
            for edge in reader.list_touches(wave):
                touches[edge.lot].append(edge)
            taken = {edge.event for found in touches.values() for edge in found if edge.role == "input"}
            known.edges.add(reader.list_edges(taken) if taken else [])
            for name in wave:
                known.add(name, touches[name], rows[name].remaining().metal_g)
            flow = trace_forward(known, lot.id, total_g)
        lots = reader.find_lots(list(flow.lots))
        seqs = {event for event, _ in flow.inputs} | set(flow.lost)
        events = reader.find_events_by_seq(seqs)
    return Trace(lot, total_g, "forward", flow, lots, events)


def recall(store: Store, lot_id: str) -> list[Held]:
    """Which lots hold metal of this one now, where, and how many grams; largest first. Raises NotFound."""
    return trace_lot_forward(store, lot_id).held()


def list_connected(reader: Reader, lot_id: str, direction: Direction) -> Iterator[str]:
    """Every lot ever connected in one direction, also where no gram is left of it; streamed. Raises NotFound."""
    _lot(reader, lot_id)
    return reader.reach([lot_id], direction)
