"""A trace as a drawing: lots in columns along the chain, ribbons as wide as the grams between them.

Ribbons and bars take their colours from the classes of the style sheet and widths from attributes, because pages have
no inline style. Ribbons are striped by source class: of the traced lot forward, of the lot that they leave backward.
The text of a box says what its shape shows; the page has a table beneath.
"""

import unicodedata
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import ceil
from xml.sax.saxutils import escape, quoteattr

from scanners.codes import group_code
from traceability.domain.lot import Lot
from traceability.domain.provenance import SHOWN_CLASSES
from traceability.locale import format_kg, format_share, text
from traceability.render.trace_layout import Box, Layout, Step, lay_out
from traceability.services.tracing.lineage import Trace
from traceability.services.tracing.lots import classes_of

BOX_WIDTH, BOX_HEIGHT, BAR_HEIGHT = 172, 66, 6
COLUMN, ROW, TOP, MARGIN = 248, 80, 34, 1
GAP = 14  # around a ribbon that passes a column
STEP_WIDTH, STEP_BEFORE = 6, 30  # an event's mark stands before the lots that it made
RIBBON = 44  # the whole of the traced metal is so many pixels wide
THINNEST = 1.5
TEXT_INSET = 8

FINEST = 0.05  # a stripe thinner than this is not drawn

Name = Callable[[Lot], str]
Point = tuple[float, float]


def draw_trace(trace: Trace, language: str, name: Name, href: Callable[[str], str]) -> str:
    """The drawing as SVG text. ``name`` says what a lot is, ``href`` is the page of a code. '' where nothing flows."""
    if not trace.flow.inputs:
        return ""
    return _Drawing(trace, lay_out(trace), language, name, href).write()


class _Drawing:
    """One drawing while it is written."""

    def __init__(
        self, trace: Trace, layout: Layout, language: str, name: Name, href: Callable[[str], str]
    ) -> None:
        self.trace, self.layout, self.language, self.name, self.href = trace, layout, language, name, href
        self.boxes = {box.key: box for column in layout.columns for box in column if not box.is_passing}
        self.tops, self.height = self.places()
        self.width = 2 * MARGIN + (len(layout.columns) - 1) * COLUMN + BOX_WIDTH
        self.mixes: dict[str, Mapping[str, int]] = {}

    def write(self) -> str:
        """The whole SVG element."""
        stem = f"lineage-{self.trace.direction}"
        title, description = (
            self.say(f"lineage.{what}_{self.trace.direction}", **self.counts()) for what in ("title", "what")
        )
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        named = f'role="group" aria-labelledby="{stem}-title {stem}-what"'
        parts = [
            f'<svg class="lineage" xmlns="http://www.w3.org/2000/svg" {size} {named}>',
            f'<title id="{stem}-title">{escape(title)}</title><desc id="{stem}-what">{escape(description)}</desc>',
        ]
        parts += self.headings()
        parts += self.ribbons()
        parts += [self.box(box) for box in self.boxes.values()]
        return "".join([*parts, "</svg>"])

    def say(self, code: str, /, **figures: object) -> str:
        """A message in the drawing's language."""
        return text(code, figures, self.language)

    def counts(self) -> dict[str, object]:
        """What the description speaks of."""
        lots = len(self.trace.lots) - 1
        return {
            "code": self.trace.lot.code,
            "total_g": self.trace.total_g,
            "lots": lots,
            "steps": len(self.layout.steps),
        }

    # --- places ------------------------------------------------------------------------------------------------------

    def x(self, column: int) -> int:
        """The left edge of a column."""
        return MARGIN + column * COLUMN

    def places(self) -> tuple[dict[tuple[str, int], float], int]:
        """(the top of every box by key and column, the height of all); short columns stand in the middle."""
        tall = [
            [ROW if not box.is_passing else self.wide(box.grams) + GAP for box in column]
            for column in self.layout.columns
        ]
        most = max(sum(column) for column in tall)
        tops = {}
        for column, sizes in zip(self.layout.columns, tall, strict=True):
            at = TOP + (most - sum(sizes)) / 2
            for box, size in zip(column, sizes, strict=True):
                tops[box.key, box.column] = at
                at += size
        return tops, TOP + ceil(most) + 6

    def y(self, box: Box) -> float:
        """The top of a box."""
        return self.tops[box.key, box.column]

    def wide(self, grams: int) -> float:
        """The width of a ribbon."""
        return max(RIBBON * grams / self.layout.total_g, THINNEST)

    # --- parts -------------------------------------------------------------------------------------------------------

    def headings(self) -> list[str]:
        """What each column is, by the events that made its lots."""
        found = []
        for column, kinds in enumerate(self.layout.kinds):
            words = " · ".join(self.say(f"kind.{kind}") for kind in kinds[:3]) + (
                " …" if len(kinds) > 3 else ""
            )
            words = words or self.say("lineage.this_lot")
            x = self.x(column)
            found.append(f'<text class="stage" x="{x}" y="14">{escape(shorten(words, BOX_WIDTH, 13))}</text>')
            found.append(f'<line class="rule" x1="{x}" y1="22" x2="{x + BOX_WIDTH}" y2="22"/>')
        return found

    def ribbons(self) -> list[str]:
        """Every step: ribbons into its mark, and on to what it made."""
        leaving: dict[str, list[tuple[float, Step]]] = {}
        for step in self.layout.steps:
            for key in step.inputs:
                way = step.passing[key]
                towards = self.y(way[0]) if way else self.middle(step)
                leaving.setdefault(key, []).append((towards, step))
        starts: dict[tuple[str, int], float] = {}
        for key, found in leaving.items():
            found.sort(key=lambda one: (one[0], one[1].seq))
            widths = [self.wide(step.inputs[key]) for _, step in found]
            at = self.y(self.boxes[key]) + (BOX_HEIGHT - sum(widths)) / 2
            for (_, step), width in zip(found, widths, strict=True):
                starts[key, id(step)] = at
                at += width
        parts = []
        for step in self.layout.steps:
            parts += self.step(step, {key: starts[key, id(step)] for key in step.inputs})
        return parts

    def middle(self, step: Step) -> float:
        """The height at which a step stands: that of what it made, by grams."""
        total = sum(step.outputs.values()) or 1
        return (
            sum((self.y(self.boxes[key]) + BOX_HEIGHT / 2) * grams for key, grams in step.outputs.items())
            / total
        )

    def way(self, step: Step, key: str, start: float) -> list[Point]:
        """The points of a ribbon from its box through the columns between."""
        found = [(float(self.x(self.boxes[key].column) + BOX_WIDTH), start)]
        for place in step.passing[key]:
            x, y = float(self.x(place.column)), self.y(place) + GAP / 2
            found += [(x, y), (x + BOX_WIDTH, y)]
        return found

    def step(self, step: Step, starts: Mapping[str, float]) -> list[str]:
        """One step: its mark, what runs in and what runs out."""
        x, middle = float(self.x(step.column) - STEP_BEFORE), self.middle(step)
        ways = {key: self.way(step, key, starts[key]) for key in step.inputs}
        inputs = sorted(ways, key=lambda key: (ways[key][-1][1], key))
        outputs = sorted(step.outputs, key=lambda key: self.boxes[key].row)
        tall_in = sum(self.wide(step.inputs[key]) for key in inputs)
        tall_out = sum(self.wide(step.outputs[key]) for key in outputs)
        tall = max(tall_in, tall_out, 10)
        parts = []
        at = middle - tall_in / 2
        for key in inputs:
            width = self.wide(step.inputs[key])
            parts += stripes(self.mix(self.boxes[key]), [*ways[key], (x, at)], width)
            at += width
        at = middle - tall_out / 2
        mixed = self.mix_of_step(step)
        for key in outputs:
            width = self.wide(step.outputs[key])
            to_y = self.y(self.boxes[key]) + (BOX_HEIGHT - width) / 2
            parts += stripes(mixed, [(x + STEP_WIDTH, at), (float(self.x(step.column)), to_y)], width)
            at += width
        kind = self.say(f"kind.{self.trace.events[step.seq].draft.kind}")
        said = self.say(
            "lineage.step", kind=kind, grams_g=step.grams, time_ms=self.trace.events[step.seq].frozen.time_ms
        )
        if step.lost_g:
            said += " " + self.say("lineage.lost", lost_g=step.lost_g)
        parts.append(
            f'<rect class="step" x="{x}" y="{middle - tall / 2:.1f}" width="{STEP_WIDTH}" height="{tall:.1f}">'
            f"<title>{escape(said)}</title></rect>"
        )
        return parts

    def mix(self, box: Box) -> Mapping[str, int]:
        """The classes of what leaves a box: forward always those of the traced lot, whose metal it is."""
        if self.trace.direction == "forward":
            return self.made_of(self.trace.lot)
        if box.lot is not None:
            return self.made_of(box.lot)
        if box.key not in self.mixes:
            folded: dict[str, int] = {}
            shown = {one.key for one in self.boxes.values()}
            for name, lot in self.trace.lots.items():
                if name not in shown:
                    for class_, grams in self.made_of(lot).items():
                        folded[class_] = folded.get(class_, 0) + grams
            self.mixes[box.key] = folded
        return self.mixes[box.key]

    def made_of(self, lot: Lot) -> Mapping[str, int]:
        """Classes that a lot was made with."""
        if lot.id not in self.mixes:
            self.mixes[lot.id] = classes_of(lot.contents[0].vector)
        return self.mixes[lot.id]

    def mix_of_step(self, step: Step) -> Mapping[str, int]:
        """Every output of an event has the mix of what went in."""
        found = dict.fromkeys(SHOWN_CLASSES, 0)
        for key, grams in step.inputs.items():
            mix = self.mix(self.boxes[key])
            total = sum(mix.values())
            for name, part in mix.items():
                found[name] += grams * part // total
        return found

    def box(self, box: Box) -> str:
        """A lot: code, what it is, grams and share, and a bar of its classes."""
        x, y = self.x(box.column), self.y(box)
        share = format_share((box.grams, self.layout.total_g))
        amount = f"{format_kg(box.grams)} kg"
        frame = f'<rect class="box" x="{x + 0.5}" y="{y + 0.5:.1f}" width="{BOX_WIDTH - 1}" height="{BOX_HEIGHT - 1}" rx="2"/>'
        if box.lot is None:
            words = self.say("lineage.folded", count=box.folded)
            return (
                f'<g class="folded">{frame}<text class="lot-code" x="{x + TEXT_INSET}" y="{y + 30:.1f}">{escape(words)}</text>'
                f"{self.amounts(x, y, amount, share)}</g>"
            )
        lot = box.lot
        name = self.name(lot)
        said = f"{group_code(lot.code)} · {name} · {amount} · {share}"
        is_traced = " traced" if lot.id == self.trace.lot.id else ""
        return (
            f'<a class="lot-box{is_traced}" href={quoteattr(self.href(lot.code))}><title>{escape(said)}</title>{frame}'
            f'<text class="lot-code" x="{x + TEXT_INSET}" y="{y + 17:.1f}">{group_code(lot.code)}</text>'
            f'<text class="lot-what" x="{x + TEXT_INSET}" y="{y + 34:.1f}">{escape(shorten(name, BOX_WIDTH - 2 * TEXT_INSET, 12))}</text>'
            f"{self.amounts(x, y, amount, share)}{self.bar(lot, x, y)}</a>"
        )

    def amounts(self, x: int, y: float, amount: str, share: str) -> str:
        """Grams to the left, share to the right."""
        right = x + BOX_WIDTH - TEXT_INSET
        return (
            f'<text class="lot-mass" x="{x + TEXT_INSET}" y="{y + 51:.1f}">{amount}</text>'
            f'<text class="lot-share" x="{right}" y="{y + 51:.1f}" text-anchor="end">{share}</text>'
        )

    def bar(self, lot: Lot, x: int, y: float) -> str:
        """The lot's own provenance along its lower edge."""
        made = self.made_of(lot)
        total = sum(made.values())
        if not total:
            return ""
        parts, at = [], float(x + 1)
        for name in SHOWN_CLASSES:
            width = (BOX_WIDTH - 2) * made.get(name, 0) / total
            if width:
                parts.append(
                    f'<rect class="{fill(name)}" x="{at:.1f}" y="{y + BOX_HEIGHT - BAR_HEIGHT - 1:.1f}" '
                    f'width="{width:.1f}" height="{BAR_HEIGHT}"/>'
                )
                at += width
        return "".join(parts)


def fill(source_class: str) -> str:
    """The style class of a source class: fixed colours of meaning."""
    return f"class-{source_class}"


def stripes(mix: Mapping[str, int], way: list[Point], width: float) -> list[str]:
    """A ribbon cut lengthwise by class."""
    total = sum(mix.values())
    if not total:
        return [ribbon("unknown", way, width)]
    found = []
    for name in SHOWN_CLASSES:
        part = width * mix.get(name, 0) / total
        if part >= FINEST:
            found.append(ribbon(name, way, part))
            way = [(x, y + part) for x, y in way]
    return found


def ribbon(source_class: str, way: list[Point], width: float) -> str:
    """A band through all points, level at each."""
    lower = [(x, y + width) for x, y in reversed(way)]
    over = "".join(_curve(*pair) for pair in pairwise(way))
    under = "".join(_curve(*pair) for pair in pairwise(lower))
    (x, y), (end_x, end_y) = way[0], lower[0]
    return f'<path class="ribbon {fill(source_class)}" d="M{x:.1f} {y:.1f}{over}L{end_x:.1f} {end_y:.1f}{under}Z"/>'


def _curve(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    bend = (x1 + x2) / 2
    return f"C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def shorten(words: str, width: float, size: float) -> str:
    """Words cut to a width in pixels; a browser is not there to measure, so glyphs count as wide or narrow."""
    wide = [size if unicodedata.east_asian_width(glyph) in "WF" else size * 0.56 for glyph in words]
    if sum(wide) <= width:
        return words
    kept = 0
    room = width - size * 0.56
    for used in wide:
        room -= used
        if room < 0:
            break
        kept += 1
    return words[:kept].rstrip() + "…"
