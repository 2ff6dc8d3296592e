"""Draw metal that flows through stages: columns of nodes, bands as wide as their grams, each a link to its lots.

Nodes stand in the order of their neighbours' centres, so that few bands cross. Small ones of a stage are drawn as
one. Labels stand beside the nodes, left of the first stage and right of the others, each in room of its own, with a
halo over the bands. Bands are told apart without colour too: by their edges, and by their titles.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from traceability.locale import format_t, text
from traceability.render.charts.svg import (
    FONT,
    HATCHED,
    INKS,
    fold,
    measure,
    write_box,
    write_hatch,
    write_words,
)

WIDTH, NODE_WIDTH, TOP = 1120, 12, 34
TALLEST = 380  # pixels of the tallest column without its gaps
GAP = 8  # between nodes or the labels beside them
SIZE, LINE_HEIGHT = 12, 14
WIDEST_LABEL = 170
BESIDE = 6  # between a node and its label
THINNEST = 1.2
SWEEPS = 6
PALE = ("unspecified", "additive", "hairline", HATCHED)
OPACITY = 0.6  # of all other bands
SMALL_SHARE = 100  # a node of less than one hundredth of its column is drawn with the other small ones


def opacity_of(ink: str) -> float:
    """Return how opaque bands of an ink are: pale ones wholly, the others so that words can be read over them."""
    return 1.0 if ink in PALE else OPACITY


class SankeyNode(NamedTuple):
    """A node of a stage (0 is the first)."""

    id: str
    stage: int
    label: str
    joined: str = (
        "sankey.others"  # what small ones are called that are drawn as one; '' of what stands for itself
    )


class DrawnFlow(NamedTuple):
    """A drawing as SVG, and what it shows as JSON; both '' where nothing flows."""

    drawing: str = ""
    data: str = ""


class SankeyBand(NamedTuple):
    """Grams from one node to another; ``ink`` names its colour, ``what`` says more, ``href`` opens its lots."""

    source: str
    target: str
    ink: str
    grams: int
    what: str = ""
    href: str = ""


@dataclass
class _Place:
    """A node, or the passage of bands through a stage, while it is laid out."""

    key: str
    stage: int
    label: str
    grams: int = 0
    passes: bool = False
    y: float = 0.0
    height: float = 0.0
    ink: str = "ink"
    lines: list[str] = field(default_factory=list)  # of its name; its mass stands beneath

    @property
    def centre(self) -> float:
        return self.y + self.height / 2

    @property
    def room(self) -> float:
        """Return how tall it is with its label, and the gap after it."""
        return max(self.height, (len(self.lines) + 1) * LINE_HEIGHT * bool(self.lines)) + GAP

    @property
    def mass(self) -> str:
        return f"{format_t(self.grams)} t"


class _Part(NamedTuple):
    """A band, or its stretch from one stage to the next."""

    source: str
    target: str
    band: SankeyBand


def draw_sankey(
    nodes: Sequence[SankeyNode],
    bands: Sequence[SankeyBand],
    stages: Sequence[str],
    title: str,
    described: str,
    language: str,
    others_href: str = "",
) -> DrawnFlow:
    """Return the drawing, with its data. ``stages`` are headings; ``others_href`` opens joined bands."""
    if not bands:
        return DrawnFlow()
    shown, drawn = join_small(nodes, bands, len(stages), language, others_href)
    drawing = _Drawing(shown, drawn, stages, title, described, language)
    drawing.lay_out()
    return DrawnFlow(drawing.write(), drawing.describe())


def join_small(
    nodes: Sequence[SankeyNode],
    bands: Sequence[SankeyBand],
    stages: int,
    language: str,
    others_href: str = "",
) -> tuple[list[SankeyNode], list[SankeyBand]]:
    """Return the nodes and bands with small nodes of a stage and kind as one ("其他 n 项"), where there are several."""
    grams = _sum_nodes(bands)
    totals = [sum(grams.get(node.id, 0) for node in nodes if node.stage == stage) for stage in range(stages)]
    small: dict[tuple[int, str], list[SankeyNode]] = {}
    for node in nodes:
        if node.joined and grams.get(node.id, 0) * SMALL_SHARE < totals[node.stage]:
            small.setdefault((node.stage, node.joined), []).append(node)
    joined: dict[str, str] = {}
    shown = list(nodes)
    for (stage, code), those in small.items():
        if len(those) > 1:
            id_ = f"{code}-{stage}"
            joined.update({node.id: id_ for node in those})
            shown = [node for node in shown if node not in those]
            shown.append(SankeyNode(id_, stage, text(code, {"count": len(those)}, language)))
    sums: dict[tuple[str, str, str], SankeyBand] = {}
    for band in bands:
        ends = (joined.get(band.source, band.source), joined.get(band.target, band.target))
        if ends != (band.source, band.target):
            band = band._replace(source=ends[0], target=ends[1], what="", href=others_href)
        key = (*ends, band.ink)
        held = sums.get(key)
        sums[key] = band if held is None else held._replace(grams=held.grams + band.grams)
    return shown, list(sums.values())


def _sum_nodes(bands: Iterable[SankeyBand]) -> dict[str, int]:
    """Return what passes each node: the more of what comes and what goes."""
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    for band in bands:
        went[band.source] = went.get(band.source, 0) + band.grams
        came[band.target] = came.get(band.target, 0) + band.grams
    return {id_: max(came.get(id_, 0), went.get(id_, 0)) for id_ in {*came, *went}}


@dataclass
class _Drawing:
    nodes: Sequence[SankeyNode]
    bands: Sequence[SankeyBand]
    stages: Sequence[str]
    title: str
    described: str
    language: str
    places: dict[str, _Place] = field(default_factory=dict)
    columns: list[list[_Place]] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    scale: float = 0.0  # pixels of a gram
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    def lay_out(self) -> None:
        """Place every node, and leave the room that labels take at both sides."""
        self._place()
        self.left = max((self._label_width(place) for place in self.columns[0]), default=0.0)
        self.right = max((self._label_width(place) for place in self.columns[-1]), default=0.0)
        self.bottom = max(place.y + max(place.height, place.room - GAP) for place in self.places.values())

    def describe(self) -> str:
        """Return nodes and bands as JSON: ``y`` and ``height`` are as they are drawn.

        Words and address of a band that opens stand in the drawing, at the link with its number.
        """
        nodes = [
            {
                "id": place.key, "stage": place.stage, "lines": place.lines, "words": place.mass,
                "ink": place.ink, "grams": place.grams, "y": round(place.y, 1), "height": round(place.height, 2),
            }
            for column in self.columns
            for place in column
            if not place.passes
        ]  # fmt: skip
        bands = [
            {
                "source": band.source, "target": band.target, "ink": band.ink, "grams": band.grams,
                "opacity": opacity_of(band.ink), **({} if band.href else {"words": self._say(band), "href": ""}),
            }
            for band in self.bands
        ]  # fmt: skip
        body = {
            "stages": list(self.stages), "nodes": nodes, "bands": bands, "scale": self.scale,
            "thinnest": THINNEST, "left": self.left, "right": self.right, "bottom": self.bottom,
        }  # fmt: skip
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    def write(self) -> str:
        """Return the whole element."""
        height = self.bottom + 12
        size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
        named = 'role="group" aria-labelledby="sankey-title sankey-what"'
        return "".join([
            (f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{FONT}" font-size="12" '
            'class="drawn sankey">'),
            f'<title id="sankey-title">{escape(self.title)}</title>',
            f'<desc id="sankey-what">{escape(self.described)}</desc>',
            write_hatch("sankey-hatch"),
            *self._headings(),
            *self._bands(),
            *self._nodes(),
            "</svg>",
        ])  # fmt: skip

    # --- layout ---

    def _place(self) -> None:
        grams = _sum_nodes(self.bands)
        stage_of = {node.id: node.stage for node in self.nodes}
        for node in self.nodes:
            if grams.get(node.id):
                self.places[node.id] = _Place(
                    node.id, node.stage, node.label, grams[node.id],
                    ink=self._ink_of(node.id), lines=fold(node.label, self._widest(node.stage), SIZE),
                )  # fmt: skip
        for band in self.bands:
            self._add_parts(band, stage_of)
        self.columns = [
            sorted(
                (place for place in self.places.values() if place.stage == stage),
                key=lambda place: (-place.grams, place.key),
            )
            for stage in range(len(self.stages))
        ]
        self.scale = TALLEST / max(sum(place.grams for place in column) for column in self.columns)
        for place in self.places.values():
            place.height = max(place.grams * self.scale, THINNEST)
        self._order()

    def _ink_of(self, id_: str) -> str:
        """Return the colour of a node: that of its bands where they have one, else ink."""
        inks = {band.ink for band in self.bands if id_ in (band.source, band.target)}
        return inks.pop() if len(inks) == 1 and not inks & {HATCHED, "hairline"} else "ink"

    def _widest(self, stage: int) -> float:
        """Return how wide a label may be: of an inner column what lies before the next one."""
        if stage in (0, len(self.stages) - 1):
            return WIDEST_LABEL
        return min(
            WIDEST_LABEL, (WIDTH - 2 * WIDEST_LABEL) / (len(self.stages) - 1) - NODE_WIDTH - 2 * BESIDE
        )

    def _label_width(self, place: _Place) -> float:
        words = [*place.lines, place.mass] if place.lines else []
        return BESIDE + max((measure(one, SIZE) * 1.06 for one in words), default=0.0)

    def _add_parts(self, band: SankeyBand, stage_of: Mapping[str, int]) -> None:
        """Add the stretches of a band: through a stage between its ends it has a place of its own."""
        at = band.source
        for stage in range(stage_of[band.source] + 1, stage_of[band.target]):
            key = f"{band.source}>{band.target}>{stage}"
            held = self.places.setdefault(key, _Place(key, stage, "", passes=True))
            held.grams += band.grams
            self.parts.append(_Part(at, key, band))
            at = key
        self.parts.append(_Part(at, band.target, band))

    def _order(self) -> None:
        """Order each column by the centres of its neighbours, to and fro, and set the places."""
        self._stack()
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            for column in self.columns if forward else reversed(self.columns):
                weights = {place.key: self._barycentre(place, forward) for place in column}
                column.sort(key=lambda place, weights=weights: (weights[place.key], place.key))  # type: ignore[misc]
                self._stack()

    def _barycentre(self, place: _Place, forward: bool) -> float:
        ends = [
            (self.places[part.source if forward else part.target], part.band.grams)
            for part in self.parts
            if place.key == (part.target if forward else part.source)
        ]
        total = sum(grams for _, grams in ends)
        return sum(end.centre * grams for end, grams in ends) / total if total else place.centre

    def _stack(self) -> None:
        tallest = max(sum(place.room for place in column) for column in self.columns)
        for column in self.columns:
            y = TOP + (tallest - sum(place.room for place in column)) / 2
            for place in column:
                place.y = y + (place.room - GAP - place.height) / 2
                y += place.room

    def _x(self, stage: int) -> float:
        step = (WIDTH - self.left - self.right - NODE_WIDTH) / (len(self.stages) - 1)
        return self.left + step * stage

    # --- parts of the drawing ---

    def _headings(self) -> list[str]:
        last = len(self.stages) - 1
        words = []
        for stage, heading in enumerate(self.stages):
            x = self._x(stage) + (NODE_WIDTH if stage == 0 else 0)
            words.append(write_words(x, 18, heading, anchor="end" if stage == 0 else "start", bold=True))
        return words[: last + 1]

    def _bands(self) -> list[str]:
        """Return each band as one shape, and one link, however many columns it passes."""
        paths: dict[SankeyBand, str] = {}
        for part, y_from, y_to, width in self._attach():
            x_from = self._x(self.places[part.source].stage) + NODE_WIDTH
            if self.places[part.source].passes:
                x_from -= NODE_WIDTH
            path = _ribbon(x_from, y_from, self._x(self.places[part.target].stage), y_to, width)
            paths[part.band] = paths.get(part.band, "") + path
        numbers = {band: number for number, band in enumerate(self.bands)}
        drawn = (self._band(band, path, numbers[band]) for band, path in paths.items())
        return [f'<g stroke-width="0.3" fill-opacity="{OPACITY}">', *drawn, "</g>"]

    def _attach(self) -> Iterable[tuple[_Part, float, float, float]]:
        """Return each stretch with where it leaves and arrives: in the order of the other ends."""

        def in_order(end: Callable[[_Part], str], other: Callable[[_Part], str]) -> dict[int, float]:
            at: dict[str, float] = {}
            found = {}
            order = sorted(
                range(len(self.parts)),
                key=lambda number: (self.places[other(self.parts[number])].y, self.parts[number].band.ink),
            )
            for number in order:
                part = self.parts[number]
                key = end(part)
                found[number] = self.places[key].y + at.get(key, 0.0)
                at[key] = at.get(key, 0.0) + part.band.grams * self.scale
            return found

        leaves = in_order(lambda part: part.source, lambda part: part.target)
        arrives = in_order(lambda part: part.target, lambda part: part.source)
        for number, part in enumerate(self.parts):
            yield part, leaves[number], arrives[number], max(part.band.grams * self.scale, THINNEST)

    def _say(self, band: SankeyBand) -> str:
        labels = {node.id: node.label for node in self.nodes}
        return text(
            "sankey.band",
            {
                "source": labels[band.source],
                "target": labels[band.target],
                "mass": format_t(band.grams),
                "what": f" ({band.what})" if band.what else "",
            },
            self.language,
        )

    def _band(self, band: SankeyBand, path: str, number: int) -> str:
        words = self._say(band)
        fill = (
            'fill="url(#sankey-hatch)"'
            if band.ink == HATCHED
            else f'fill="{INKS[band.ink]}" class="fill-{band.ink}"'
        )
        edge = INKS["ink-soft" if band.ink in PALE else band.ink]
        opacity = opacity_of(band.ink)
        if opacity != OPACITY:
            fill += f' fill-opacity="{opacity}"'
        shape = f'<path d="{path}" {fill} stroke="{edge}"><title>{escape(words)}</title></path>'
        if not band.href:
            return shape
        return f'<a href="{escape(band.href)}" aria-label="{escape(words)}" data-band="{number}">{shape}</a>'

    def _nodes(self) -> list[str]:
        """Return the nodes, then their labels, which stand over all bands."""
        shown = [place for place in self.places.values() if not place.passes]
        boxes = [
            write_box(
                self._x(place.stage), place.y, NODE_WIDTH, place.height, place.ink,
                title=f"{place.label} {place.mass}",
            )
            for place in shown
        ]  # fmt: skip
        return boxes + [self._label(place) for place in shown]

    def _label(self, place: _Place) -> str:
        """Return the name, bold, and the mass under it."""
        first = place.stage == 0
        x = self._x(place.stage) + (-BESIDE if first else NODE_WIDTH + BESIDE)
        y = place.centre - (len(place.lines) + 1) * LINE_HEIGHT / 2 + SIZE - 1
        lines = [
            f'<tspan x="{x:.1f}" y="{y + number * LINE_HEIGHT:.1f}" font-weight="600">{escape(words)} </tspan>'
            for number, words in enumerate(place.lines)
        ]
        beneath = f'<tspan x="{x:.1f}" y="{y + len(place.lines) * LINE_HEIGHT:.1f}">{place.mass}</tspan>'
        return (
            f'<text text-anchor="{"end" if first else "start"}" fill="{INKS["ink"]}" class="fill-ink" '
            f'paint-order="stroke" stroke="{INKS["unknown"]}" stroke-width="3" stroke-linejoin="round">'
            f"{''.join(lines)}{beneath}</text>"
        )


def _ribbon(x_from: float, y_from: float, x_to: float, y_to: float, width: float) -> str:
    middle = (x_from + x_to) / 2
    return (
        f"M{x_from:.1f} {y_from:.1f}C{middle:.1f} {y_from:.1f} {middle:.1f} {y_to:.1f} {x_to:.1f} {y_to:.1f}"
        f"v{width:.1f}C{middle:.1f} {y_to + width:.1f} {middle:.1f} {y_from + width:.1f} "
        f"{x_from:.1f} {y_from + width:.1f}Z"
    )
