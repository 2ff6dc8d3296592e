"""Where does each lot of a trace stand in its drawing: columns along the chain, rows with few crossings.

A column is a stage: what entered the chain, then what each step made of it, in book order; so every ribbon runs to
the right. A ribbon over several columns has a place of its own in each, so that it runs behind no lot.
Rows are ordered by barycentres. A column shows at most twelve boxes: further lots fold into one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from traceability.domain.kinds import STAGES
from traceability.domain.lot import Lot
from traceability.services.tracing.lineage import Trace

MOST_BOXES = 12  # of a column
MOST_COLUMNS = 7
SWEEPS = 6
PARTING = "split"  # how the drawing names a movement that split a part off


@dataclass(slots=True)
class Box:
    """A lot in the drawing, several that were ``folded``, or (neither) a ribbon that passes the column.

    ``row`` counts from the top of its column.
    """

    key: str
    column: int
    grams: int
    lot: Lot | None
    folded: int = 0
    row: int = 0

    @property
    def is_passing(self) -> bool:
        """Whether it is only a ribbon's place."""
        return self.lot is None and not self.folded


@dataclass(slots=True)
class Step:
    """An event that made lots of ``column``: grams from boxes into it and out of it, by box."""

    seq: int
    column: int
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    passing: dict[str, list[Box]] = field(
        default_factory=dict
    )  # of an input from further left: its places between
    lost_g: int = 0

    @property
    def grams(self) -> int:
        """What passed through it."""
        return max(sum(self.inputs.values()), sum(self.outputs.values()))


@dataclass(frozen=True, slots=True)
class Layout:
    """The drawing before it has sizes. ``kinds`` are those of the events that made a column's lots, in book order."""

    total_g: int
    columns: list[list[Box]]
    kinds: list[list[str]]
    steps: list[Step]


def lay_out(trace: Trace) -> Layout:
    """Columns, rows and steps of a trace in either direction."""
    columns = _columns(trace)
    boxes, home = _fold(trace, columns)
    steps = _steps(trace, boxes, home)
    listed: list[list[Box]] = [[] for _ in range(max(box.column for box in boxes.values()) + 1)]
    for box in boxes.values():
        listed[box.column].append(box)
    for step in steps:
        for key, grams in step.inputs.items():
            between = range(boxes[key].column + 1, step.column)
            step.passing[key] = [Box(f"{key}>{step.seq}", column, grams, None) for column in between]
            for place in step.passing[key]:
                listed[place.column].append(place)
    _order(listed, steps)
    return Layout(trace.total_g, listed, _kinds(trace, columns, len(listed)), steps)


def _makers(trace: Trace) -> dict[str, int]:
    """The event that made each lot, as far as it is in the trace."""
    by_id = {event.id: seq for seq, event in trace.events.items()}
    return {name: by_id[lot.made_by] for name, lot in trace.lots.items() if lot.made_by in by_id}


def _kind_of(trace: Trace, seq: int) -> str:
    """A part split off in a shipment or a disposal was split."""
    kind = trace.events[seq].draft.kind
    return kind if kind in STAGES else PARTING


def _columns(trace: Trace) -> dict[str, int]:
    """The column of every lot: its stage, and right of everything that it was made of."""
    made = {seq for seq, _ in trace.flow.outputs}
    inputs: dict[int, list[str]] = {}
    for seq, name in trace.flow.inputs:
        inputs.setdefault(seq, []).append(name)
    columns: dict[str, int] = {}
    makers = _makers(trace)
    for name in sorted(trace.lots, key=lambda one: (trace.lots[one].made, one)):
        maker = makers.get(name)
        if maker is None or maker not in made:
            columns[name] = 0
            continue
        before = [columns[one] + 1 for one in inputs.get(maker, ()) if one in columns]
        columns[name] = max([STAGES[_kind_of(trace, maker)], *before])
    columns = _cut_far(trace, columns)
    used = {column: place for place, column in enumerate(sorted(set(columns.values())))}
    return {name: used[column] for name, column in columns.items()}


def _cut_far(trace: Trace, columns: dict[str, int]) -> dict[str, int]:
    """A chain of heels has thousands of steps: columns far from the traced lot fold into the farthest one shown."""
    shown = sorted(set(columns.values()))
    if len(shown) <= MOST_COLUMNS:
        return columns
    if trace.direction == "back":
        least = shown[-MOST_COLUMNS]
        return {name: max(column, least) for name, column in columns.items()}
    most = shown[MOST_COLUMNS - 1]
    return {name: min(column, most) for name, column in columns.items()}


def _fold(trace: Trace, columns: Mapping[str, int]) -> tuple[dict[str, Box], dict[str, str]]:
    """(boxes by key, the box of every lot): the largest lots of a column one by one, the rest as one."""
    boxes: dict[str, Box] = {}
    home: dict[str, str] = {}
    for column in sorted(set(columns.values())):
        names = [name for name, at in columns.items() if at == column]
        names.sort(key=lambda one: (one != trace.lot.id, -trace.flow.lots.get(one, 0), one))
        alone = names if len(names) <= MOST_BOXES else names[: MOST_BOXES - 1]
        for name in alone:
            boxes[name] = Box(name, column, trace.flow.lots.get(name, 0), trace.lots[name])
            home[name] = name
        rest = names[len(alone) :]
        if rest:
            key = f"+{column}"
            grams = sum(trace.flow.lots.get(name, 0) for name in rest)
            boxes[key] = Box(key, column, grams, None, len(rest))
            home.update(dict.fromkeys(rest, key))
    return boxes, home


def _steps(trace: Trace, boxes: Mapping[str, Box], home: Mapping[str, str]) -> list[Step]:
    """Events with grams between boxes; what runs within one column (far, folded steps) is left out."""
    steps: dict[tuple[int, int], Step] = {}
    for (seq, name), grams in sorted(trace.flow.outputs.items()):
        box = boxes[home[name]]
        step = steps.setdefault((seq, box.column), Step(seq, box.column))
        step.outputs[box.key] = step.outputs.get(box.key, 0) + grams
    for seq, lost_g in trace.flow.lost.items():
        found = [step for (event, _), step in steps.items() if event == seq]
        if found:
            found[0].lost_g = lost_g
    for (seq, name), grams in sorted(trace.flow.inputs.items()):
        box = boxes[home[name]]
        for (event, column), step in steps.items():
            if event == seq and box.column < column:
                step.inputs[box.key] = step.inputs.get(box.key, 0) + grams
                break
    return [step for step in steps.values() if step.inputs]


def _order(columns: list[list[Box]], steps: Iterable[Step]) -> None:
    """Rows by the mean row of the neighbours, to the right and back again, folded lots last."""
    neighbours: dict[tuple[str, int], list[tuple[Box, int]]] = {}
    known = {box.key: box for column in columns for box in column if not box.is_passing}
    for step in steps:
        for key, grams in step.inputs.items():
            way = [known[key], *step.passing[key]]
            pairs = [*pairwise(way), *((way[-1], known[other]) for other in step.outputs)]
            for one, other in pairs:
                neighbours.setdefault((one.key, one.column), []).append((other, grams))
                neighbours.setdefault((other.key, other.column), []).append((one, grams))
    for column in columns:
        column.sort(key=lambda box: (box.folded, -box.grams, box.key))
        _number(column)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            places = {
                box.key: _middle(box, neighbours.get((box.key, box.column), []), columns) for box in column
            }
            column.sort(key=lambda box: (box.folded, places[box.key], -box.grams, box.key))
            _number(column)


def _middle(box: Box, near: list[tuple[Box, int]], columns: list[list[Box]]) -> float:
    """The mean height of the neighbours in their columns, weighed by grams."""
    weight = sum(grams for _, grams in near)
    if not weight:
        return (box.row + 0.5) / len(columns[box.column])
    return sum((one.row + 0.5) / len(columns[one.column]) * grams for one, grams in near) / weight


def _number(column: list[Box]) -> None:
    for row, box in enumerate(column):
        box.row = row


def _kinds(trace: Trace, columns: Mapping[str, int], count: int) -> list[list[str]]:
    kinds: list[dict[str, None]] = [{} for _ in range(count)]
    makers = _makers(trace)
    for name in sorted(columns, key=lambda one: trace.lots[one].made):
        if name in makers:
            kinds[columns[name]][trace.events[makers[name]].draft.kind] = None
    return [list(found) for found in kinds]
