"""Say of an event in a list what it is known by and what it made."""

from traceability.domain.event import Acquisition, Disposal, Event, Heat
from traceability.web.shell.words import material_name

MOST_NAMED = 3  # materials


def number_of(event: Event) -> str:
    """Return the number that people know an event by: its ticket, heat or manifest, '' for none."""
    detail = event.draft.detail
    if isinstance(detail, Acquisition):
        return detail.ticket
    if isinstance(detail, Heat):
        return detail.heat_number
    return detail.manifest if isinstance(detail, Disposal) else ""


def say_made(event: Event) -> str:
    """Return the materials of what an event made, each once, the first ones of many."""
    materials = list(dict.fromkeys(new.material for new in event.draft.outputs))
    more = " …" if len(materials) > MOST_NAMED else ""
    return ", ".join(map(material_name, materials[:MOST_NAMED])) + more
