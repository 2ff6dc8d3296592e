"""Apportion a lot's grams along edges, back to where they came from or forward to where they went,
exact to the gram.

Both directions end where grams are 0, so they end by themselves although furnace heels link all heats for ever.
Pure code: the caller brings edges in waves (``unknown`` says for which lots) until nothing is unknown.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge
from traceability.domain.event import Order
from traceability.domain.provenance import split_in_order

GroupKey = tuple[int, int]
"""(event seq, 0 for the whole event or the negative number of a part split off): what is mixed together."""


@dataclass(slots=True)
class MixGroup:
    """The inputs and outputs of one event that were mixed together."""

    order: Order
    inputs: list[Edge] = field(default_factory=list)
    outputs: list[Edge] = field(default_factory=list)


@dataclass(slots=True)
class Flow:
    """Grams that went from a lot into an event (``inputs``) or out of it (``outputs``), by (event, lot)."""

    lots: dict[str, int] = field(default_factory=dict)
    inputs: dict[tuple[int, str], int] = field(default_factory=dict)
    outputs: dict[tuple[int, str], int] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def _group_key(edge: Edge) -> GroupKey:
    return (edge.event, min(edge.number, 0))


class Edges:
    """The edges known so far, grouped by what was mixed together."""

    def __init__(self) -> None:
        self.groups: dict[GroupKey, MixGroup] = {}
        self.maker: dict[str, GroupKey] = {}
        self.seen: set[Edge] = set()
        self.asked: set[str] = set()

    def add(self, edges: Iterable[Edge]) -> None:
        """Add more edges; adding one again does no harm."""
        grown: set[GroupKey] = set()
        for edge in edges:
            if edge in self.seen or edge.role == OBSERVED:
                continue
            self.seen.add(edge)
            key = _group_key(edge)
            grown.add(key)
            group = self.groups.setdefault(key, MixGroup(edge.order))
            if edge.role == OUTPUT:
                group.outputs.append(edge)
                self.maker[edge.lot] = key
            else:
                group.inputs.append(edge)
        for key in grown:
            self.groups[key].inputs.sort(key=lambda edge: edge.position)
            self.groups[key].outputs.sort(key=lambda edge: edge.position)


def trace_back(edges: Edges, lot: str, metal_g: int) -> Flow:
    """Return grams per lot that the metal of ``lot`` came from, as far as the edges are known.

    Walks in reverse book order; what reached all outputs of an event is summed, then apportioned once over its
    inputs by the metal taken. ``unknown`` lists lots whose makers must be looked up (origins answer with none).
    """
    flow = Flow(lots={lot: metal_g})
    agenda: list[tuple[int, int, GroupKey]] = []
    planned: set[GroupKey] = set()

    def visit(name: str) -> None:
        if name in edges.maker:
            key = edges.maker[name]
            if key not in planned:
                planned.add(key)
                order = edges.groups[key].order
                heapq.heappush(agenda, (-order[0], -order[1], key))
        elif name not in edges.asked:
            flow.unknown.append(name)

    if metal_g:
        visit(lot)
    while agenda:
        key = heapq.heappop(agenda)[2]
        group = edges.groups[key]
        total_g = 0
        for edge in group.outputs:
            grams = flow.lots.get(edge.lot, 0)
            if grams:
                flow.outputs[edge.event, edge.lot] = grams
                total_g += grams
        for edge, grams in zip(
            group.inputs, split_in_order(total_g, [e.metal_g for e in group.inputs]), strict=True
        ):
            if grams:
                flow.inputs[edge.event, edge.lot] = flow.inputs.get((edge.event, edge.lot), 0) + grams
                first = edge.lot not in flow.lots
                flow.lots[edge.lot] = flow.lots.get(edge.lot, 0) + grams
                if first:
                    visit(edge.lot)
    return flow


@dataclass(slots=True)
class Timelines:
    """The takes and stock losses per lot, and the metal that remains of it, for forward tracing."""

    edges: Edges = field(default_factory=Edges)
    takes: dict[str, list[Edge]] = field(default_factory=dict)
    remaining_g: dict[str, int] = field(default_factory=dict)

    def add(self, lot: str, touches: Iterable[Edge], remaining_metal_g: int) -> None:
        """Add the whole timeline of one lot."""
        self.takes[lot] = [
            edge for edge in touches if edge.role == INPUT or (edge.role == OBSERVED and edge.mass_g < 0)
        ]
        self.takes[lot].sort(key=lambda edge: (edge.order, edge.number))
        self.remaining_g[lot] = remaining_metal_g


def trace_forward(timelines: Timelines, lot: str, metal_g: int) -> Flow:
    """Return grams per lot that the metal of ``lot`` went into, as far as timelines are known.

    A lot's grams go over its takes (and stock losses) in book order and what remains; an event's grams over its
    outputs in listed order and the loss.
    """
    flow = Flow(lots={lot: metal_g})
    agenda: list[tuple[Order, GroupKey]] = []
    planned: set[GroupKey] = set()
    reached: dict[GroupKey, int] = {}

    def spread(name: str) -> None:
        if name not in timelines.takes:
            flow.unknown.append(name)
            return
        takes = timelines.takes[name]
        weights = [abs(edge.metal_g) for edge in takes] + [timelines.remaining_g[name]]
        shares = split_in_order(flow.lots[name], weights)
        if not any(weights):
            shares[-1] = flow.lots[name]
        if shares[-1]:
            flow.remaining[name] = shares[-1]
        for edge, grams in zip(takes, shares[:-1], strict=True):
            if not grams:
                continue
            if edge.role == OBSERVED:
                flow.lost[edge.event] = flow.lost.get(edge.event, 0) + grams
                continue
            flow.inputs[edge.event, name] = flow.inputs.get((edge.event, name), 0) + grams
            key = _group_key(edge)
            reached[key] = reached.get(key, 0) + grams
            if key not in planned:
                planned.add(key)
                heapq.heappush(agenda, (edge.order, key))

    if metal_g:
        spread(lot)
    while agenda:
        key = heapq.heappop(agenda)[1]
        group = timelines.edges.groups[key]
        loss_g = max(sum(e.metal_g for e in group.inputs) - sum(e.metal_g for e in group.outputs), 0)
        shares = split_in_order(reached[key], [*(e.metal_g for e in group.outputs), loss_g])
        if shares[-1]:
            flow.lost[key[0]] = flow.lost.get(key[0], 0) + shares[-1]
        for edge, grams in zip(group.outputs, shares[:-1], strict=True):
            if grams:
                flow.outputs[edge.event, edge.lot] = grams
                flow.lots[edge.lot] = flow.lots.get(edge.lot, 0) + grams
                spread(edge.lot)
    return flow
