"""Draw flows: columns from origins over the steps of the chain and alloy families to destinations.

What leads on from one step of the chain to the next is a band between their columns. What one kind of site sends back,
or to another of its step, ends in a stub at one side and begins in one at the other; what sites of one kind send each
other is not drawn, as it neither comes to that kind nor leaves it. The table lists all of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from traceability.locale import format_t
from traceability.render.charts.sankey_svg import DrawnFlow, SankeyBand, SankeyNode, draw_sankey
from traceability.render.charts.svg import HATCHED, write_swatch
from traceability.render.sheets import LegendEntry
from traceability.services.reporting.flows.bands import FlowBand, Flows
from traceability.services.reporting.flows.legs import (
    ABROAD,
    ADDITIVE,
    DIFFERENCE,
    LOSS,
    STEPS,
    STOCK,
    TRANSIT,
    FlowNode,
)
from traceability.services.reporting.flows.postings import BUYER, BandAddress
from traceability.web.reports.flows.words import say_node, say_told
from traceability.web.reports.report_view import join
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, t

CLASS_INKS: Final = ("post", "pre", "unspecified", "primary", "unknown")
METAL_INKS: Final = {"Al": "metal-al", "Cu": "metal-cu", "Pb": "metal-pb", "Zn": "metal-zn"}
BACK: Final = "back"
NOT_JOINED: Final = frozenset({STOCK, LOSS, DIFFERENCE, TRANSIT, BACK})


def draw_flows(
    flows: Flows, finding: str, href: Callable[[BandAddress], str], *, by_buyer: bool
) -> DrawnFlow:
    """Return the drawing with its data; ``by_buyer`` ends it at classes of customers."""
    drawn = _merge_by_ink(_list_drawn(flows.bands, by_buyer))
    nodes = dict.fromkeys(node for one in drawn for node in (one.source, one.target))
    steps = sorted({STEPS[node.what] for node in nodes if node.stage == "site_kind"})
    columns = ["origin", *steps, "family", "destination"]
    headings = [t(f"flows.step.{one}") if isinstance(one, int) else t(f"flows.{one}") for one in columns]
    placed = [
        SankeyNode(
            ":".join(node),
            columns.index(STEPS[node.what] if node.stage == "site_kind" else node.stage),
            say_node(node),
            _find_joined(node),
        )
        for node in nodes
    ]
    bands = [_draw_band(one, href) for one in drawn]
    described = t("flows.described", count=len(bands), total=format_t(flows.received_g))
    return draw_sankey(placed, bands, headings, finding, described, current.language(), "#sheet-flows")


def _find_joined(node: FlowNode) -> str:
    """Return what small nodes like it are called together: countries are not lost among provinces."""
    if node.stage == "site_kind" or node.what in NOT_JOINED:
        return ""
    return f"flows.joined.{node.stage}" if node.what == ABROAD else "sankey.others"


class _Drawn(NamedTuple):
    """What is drawn as one band, and the address that it opens."""

    source: FlowNode
    target: FlowNode
    address: BandAddress
    ink: str
    grams: int


def _list_drawn(bands: Iterable[FlowBand], by_buyer: bool) -> Iterator[_Drawn]:
    for band in bands:
        source, target, ink = band.source, band.target, _ink(band)
        if by_buyer and band.buyer and target.stage == "destination":
            target = FlowNode("destination", BUYER, band.buyer)
        address = replace(BandAddress.of(band), target=target)
        if band.leads_on:
            yield _Drawn(source, target, address, ink, band.grams)
        elif source != target:
            yield _Drawn(source, FlowNode("destination", BACK), address, ink, band.grams)
            yield _Drawn(FlowNode("origin", BACK), target, address, ink, band.grams)


def _merge_by_ink(bands: Iterable[_Drawn]) -> list[_Drawn]:
    """Return bands of the same ends and colour as one; what they do not share is not told apart."""
    merged: dict[tuple[object, ...], _Drawn] = {}
    for band in bands:
        key = (band.source, band.target, band.address.source, band.address.target, band.ink)
        held = merged.get(key)
        if held is not None:
            band = band._replace(
                address=held.address.shared_with(band.address), grams=held.grams + band.grams
            )
        merged[key] = band
    return list(merged.values())


def _draw_band(drawn: _Drawn, href: Callable[[BandAddress], str]) -> SankeyBand:
    ends = (":".join(drawn.source), ":".join(drawn.target))
    return SankeyBand(*ends, drawn.ink, drawn.grams, join(say_told(drawn.address)), href(drawn.address))


def _ink(band: FlowBand) -> str:
    """Return the colour of a band: that of its class where it has one, else of its metal."""
    if band.source.what == ADDITIVE:
        return ADDITIVE
    if LOSS in (band.source.what, band.target.what):
        return "hairline"
    if band.source_class in CLASS_INKS:
        return band.source_class
    return METAL_INKS.get(band.metal, "metal-other")


def list_inks(flows: Flows) -> tuple[LegendEntry, ...]:
    """Return what the colours of the bands mean: classes where metal comes in, metals further on."""
    words: dict[str, str] = {}
    for band in flows.bands:
        ink = _ink(band)
        if ink in (*CLASS_INKS, ADDITIVE):
            words[ink] = t(f"class.{ink}")
        elif ink in METAL_INKS.values():
            words[ink] = metal_name(band.metal)
        else:
            words[ink] = t("flows.ink_loss" if ink == "hairline" else "flows.ink_other_metal")
    order = [*CLASS_INKS, ADDITIVE, *METAL_INKS.values(), "metal-other", "hairline"]
    return tuple(
        LegendEntry(
            write_swatch("" if ink == HATCHED else ink, mark="hatch" if ink == HATCHED else ""), words[ink]
        )
        for ink in order
        if ink in words
    )
