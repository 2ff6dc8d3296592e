"""Draw metal that flows through stages: columns of nodes, bands as wide as their grams, each a link to its lots.

Nodes stand in the order of their neighbours' centres, so that few bands cross. Small ones of a stage are drawn as
one. Labels stand beside or above the nodes, outside the bands. Bands are told apart without colour too: by their
edges, and by their titles.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from traceability.locale import format_t, text
from traceability.render.charts.svg import INKS, write_box, write_words

WIDTH, NODE_WIDTH, LEFT, RIGHT, TOP = 1040, 12, 190, 210, 44
TALLEST = 420  # pixels of the tallest column without its gaps
GAP = 24  # between nodes: the label of one stands above it
THINNEST = 1.2
SWEEPS = 6
SMALL_SHARE = 100  # a node of less than one hundredth of its column is drawn with the other small ones
FONT = "Noto Sans CJK SC, Noto Sans SC, sans-serif"
HATCHED = "unknown"


class SankeyNode(NamedTuple):
    """A node of a stage (0 is the first)."""

    id: str
    stage: int
    label: str
    may_join: bool = True  # whether it may be drawn as one of the small ones


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

    @property
    def centre(self) -> float:
        return self.y + self.height / 2


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
) -> str:
    """Return the drawing as SVG, '' where nothing flows. ``stages`` are headings; ``others_href`` opens joined bands."""
    if not bands:
        return ""
    shown, drawn = join_small(nodes, bands, len(stages), language, others_href)
    return _Drawing(shown, drawn, stages, title, described, language).write()


def join_small(
    nodes: Sequence[SankeyNode],
    bands: Sequence[SankeyBand],
    stages: int,
    language: str,
    others_href: str = "",
) -> tuple[list[SankeyNode], list[SankeyBand]]:
    """Return the nodes and bands with the small nodes of each stage as one ("其他 n 项"), where there are several."""
    grams = _sum_nodes(bands)
    joined: dict[str, str] = {}
    shown = list(nodes)
    for stage in range(stages):
        total = sum(grams.get(node.id, 0) for node in nodes if node.stage == stage)
        small = [
            node
            for node in nodes
            if node.stage == stage and node.may_join and grams.get(node.id, 0) * SMALL_SHARE < total
        ]
        if len(small) > 1:
            id_ = f"others-{stage}"
            joined.update({node.id: id_ for node in small})
            label = text("sankey.others", {"count": len(small)}, language)
            shown = [node for node in shown if node not in small]
            shown.append(SankeyNode(id_, stage, label))
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

    def write(self) -> str:
        """Return the whole element."""
        self._place()
        height = max(place.y + place.height for place in self.places.values()) + 16
        size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
        named = 'role="group" aria-labelledby="sankey-title sankey-what"'
        return "".join([
            (f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{FONT}" font-size="12" '
            'class="drawn sankey">'),
            f'<title id="sankey-title">{escape(self.title)}</title>',
            f'<desc id="sankey-what">{escape(self.described)}</desc>',
            ('<defs><pattern id="sankey-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{INKS["unknown"]}"/>'
            f'<rect width="2" height="6" fill="{INKS["ink-soft"]}"/></pattern></defs>'),
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
                self.places[node.id] = _Place(node.id, node.stage, node.label, grams[node.id])
        for band in self.bands:
            self._add_parts(band, stage_of)
        self.columns = [
            sorted(
                (place for place in self.places.values() if place.stage == stage),
                key=lambda place: (-place.grams, place.key),
            )
            for stage in range(len(self.stages))
        ]
        scale = TALLEST / max(sum(place.grams for place in column) for column in self.columns)
        for place in self.places.values():
            place.height = max(place.grams * scale, THINNEST)
        self._order()

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
        tallest = max(sum(place.height + GAP for place in column) for column in self.columns)
        for column in self.columns:
            y = TOP + (tallest - sum(place.height + GAP for place in column)) / 2 + GAP
            for place in column:
                place.y = y
                y += place.height + GAP

    def _x(self, stage: int) -> float:
        step = (WIDTH - LEFT - RIGHT - NODE_WIDTH) / (len(self.stages) - 1)
        return LEFT + step * stage

    # --- parts of the drawing ---

    def _headings(self) -> list[str]:
        last = len(self.stages) - 1
        words = []
        for stage, heading in enumerate(self.stages):
            x = self._x(stage) + (NODE_WIDTH if stage == 0 else 0)
            words.append(write_words(x, 18, heading, anchor="end" if stage == 0 else "start", bold=True))
        return words[: last + 1]

    def _bands(self) -> list[str]:
        drawn = []
        for part, y_from, y_to, width in self._attach():
            x_from = self._x(self.places[part.source].stage) + NODE_WIDTH
            if self.places[part.source].passes:
                x_from -= NODE_WIDTH
            path = _ribbon(x_from, y_from, self._x(self.places[part.target].stage), y_to, width)
            drawn.append(self._band(part.band, path))
        return drawn

    def _attach(self) -> Iterable[tuple[_Part, float, float, float]]:
        """Return each stretch with where it leaves and arrives: in the order of the other ends."""
        scale = TALLEST / max(sum(place.grams for place in column) for column in self.columns)

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
                at[key] = at.get(key, 0.0) + part.band.grams * scale
            return found

        leaves = in_order(lambda part: part.source, lambda part: part.target)
        arrives = in_order(lambda part: part.target, lambda part: part.source)
        for number, part in enumerate(self.parts):
            yield part, leaves[number], arrives[number], max(part.band.grams * scale, THINNEST)

    def _band(self, band: SankeyBand, path: str) -> str:
        labels = {node.id: node.label for node in self.nodes}
        words = text(
            "sankey.band",
            {
                "source": labels[band.source],
                "target": labels[band.target],
                "mass": format_t(band.grams),
                "what": f" ({band.what})" if band.what else "",
            },
            self.language,
        )
        fill = (
            'fill="url(#sankey-hatch)"'
            if band.ink == HATCHED
            else f'fill="{INKS[band.ink]}" class="fill-{band.ink}"'
        )
        shape = (
            f'<path d="{path}" {fill} fill-opacity="0.8" stroke="{INKS["ink-soft"]}" stroke-width="0.4">'
            f"<title>{escape(words)}</title></path>"
        )
        if not band.href:
            return shape
        return f'<a href="{escape(band.href)}" aria-label="{escape(words)}">{shape}</a>'

    def _nodes(self) -> list[str]:
        drawn = []
        last = len(self.stages) - 1
        for place in self.places.values():
            if place.passes:
                continue
            x, mass = self._x(place.stage), f"{format_t(place.grams)} t"
            drawn.append(
                write_box(x, place.y, NODE_WIDTH, place.height, "ink", title=f"{place.label} {mass}")
            )
            words = f"{place.label} {mass}"
            if place.stage == 0:
                drawn.append(write_words(x - 6, place.centre + 4, words, anchor="end", ink="ink"))
            elif place.stage == last:
                drawn.append(write_words(x + NODE_WIDTH + 6, place.centre + 4, words, ink="ink"))
            else:
                drawn.append(write_words(x, place.y - 5, words, ink="ink"))
        return drawn


def _ribbon(x_from: float, y_from: float, x_to: float, y_to: float, width: float) -> str:
    middle = (x_from + x_to) / 2
    return (
        f"M{x_from:.1f} {y_from:.1f}C{middle:.1f} {y_from:.1f} {middle:.1f} {y_to:.1f} {x_to:.1f} {y_to:.1f}"
        f"v{width:.1f}C{middle:.1f} {y_to + width:.1f} {middle:.1f} {y_from + width:.1f} "
        f"{x_from:.1f} {y_from + width:.1f}Z"
    )
