"""List heats with what was charged, what came of it, its recycled content and the metal that was lost."""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.decision import INPUT, OUTPUT, Edge
from traceability.domain.event import Event, Heat
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import HEATS
from traceability.domain.lot import Lot
from traceability.domain.provenance import recycled_g
from traceability.domain.quantity import share
from traceability.domain.rights import Viewer
from traceability.services.searching.event_lists import (
    MOST_READ,
    ListFilter,
    list_events_like,
)

PRODUCT = "product"


class HeatRow(NamedTuple):
    """A heat with its sums in grams; None of a void one, which has none.

    ``loss_g`` is the metal that went in and did not come out, of ``metal_g``; ``recycled`` is the share of the products'
    metal. ``alloys`` are the materials of the products.
    """

    event: Event
    number: str
    furnace: str
    alloys: tuple[str, ...]
    charge_g: int | None = None
    products_g: int | None = None
    recycled: Fraction | None = None
    metal_g: int | None = None
    loss_g: int | None = None


class HeatList(NamedTuple):
    """A page of heats, newest first, and the key to go on after or ''."""

    heats: list[HeatRow]
    after: str = ""
    back_to_ms: int | None = None


def list_heats(
    reader: Reader, viewer: Viewer, wanted: ListFilter, furnace: str = "", alloy: str = "", after: str = "",
    limit: int = 50, most: int = MOST_READ,
) -> HeatList:  # fmt: skip
    """Return a page of heats, of a furnace and an alloy where these are given. Raises as ``list_events_like``."""
    asked = wanted._replace(kinds=HEATS)
    found = list_events_like(reader, viewer, asked, after, limit, most, _make_condition(furnace, alloy))
    edges: dict[int, list[Edge]] = {}
    for edge in reader.list_edges([event.seq for event in found.events]):
        edges.setdefault(edge.event, []).append(edge)
    made = {edge.lot for listed in edges.values() for edge in listed if edge.role == OUTPUT}
    lots = reader.find_lots(made)
    heats = [_sum_heat(event, edges.get(event.seq, []), lots) for event in found.events]
    return HeatList(heats, found.after, found.back_to_ms)


def _make_condition(furnace: str, alloy: str) -> Callable[[Event], bool]:
    text = normalise_identifier(furnace)

    def matches(event: Event) -> bool:
        detail = event.draft.detail
        assert isinstance(detail, Heat)
        is_there = not text or normalise_identifier(detail.furnace).startswith(text)
        return is_there and (not alloy or alloy in _alloys_of(event))

    return matches


def _alloys_of(event: Event) -> tuple[str, ...]:
    made = (new.material for new in event.draft.outputs if new.form == PRODUCT)
    return tuple(dict.fromkeys(made))


def _sum_heat(event: Event, edges: list[Edge], lots: dict[str, Lot]) -> HeatRow:
    detail = event.draft.detail
    assert isinstance(detail, Heat)
    row = HeatRow(event, detail.heat_number, detail.furnace, _alloys_of(event))
    if not event.live:
        return row
    charged = [edge for edge in edges if edge.role == INPUT]
    made = [edge for edge in edges if edge.role == OUTPUT]
    contents = {edge.lot: lots[edge.lot].content_at(event.order) for edge in made if edge.lot in lots}
    products = [edge for edge in made if edge.lot in contents and contents[edge.lot].form == PRODUCT]
    metal_g = sum(edge.metal_g for edge in charged)
    product_metal_g = sum(contents[edge.lot].metal_g for edge in products)
    recycled = sum(recycled_g(contents[edge.lot].vector) for edge in products)
    return row._replace(
        charge_g=sum(edge.mass_g for edge in charged),
        products_g=sum(edge.mass_g for edge in products),
        recycled=share(recycled, product_metal_g),
        metal_g=metal_g,
        loss_g=metal_g - sum(edge.metal_g for edge in made),
    )
