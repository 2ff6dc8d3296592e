"""Find what labels tell of lots beyond what the lots hold: the heat that made them, and when."""

from collections.abc import Collection
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.event import Heat
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer


class LabelFacts(NamedTuple):
    """When a lot was made, and the number of its heat, '' where none made it or the viewer may not know it."""

    made_ms: int
    heat_number: str = ""


def find_label_facts(reader: Reader, viewer: Viewer, lots: Collection[Lot]) -> dict[str, LabelFacts]:
    """Return what is told of each lot by its id."""
    makers = reader.find_events({lot.made_by for lot in lots})
    facts = {}
    for lot in lots:
        maker = makers.get(lot.made_by)
        detail = maker.draft.detail if maker and viewer.shows_site(maker.draft.site) else None
        heat = detail.heat_number if isinstance(detail, Heat) else ""
        facts[lot.id] = LabelFacts(lot.made[0], heat)
    return facts
