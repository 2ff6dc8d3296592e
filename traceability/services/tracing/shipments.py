"""Find what a truck carries: the delivery note of a shipment, by its event or by the code on the note."""

from typing import NamedTuple

from graph.store import Reader
from scanners.codes import make_shipment_code, read_shipment_code
from traceability.domain.errors import NotFound
from traceability.domain.event import Event, Shipment
from traceability.domain.lot import IN_TRANSIT, Lot
from traceability.domain.rights import Viewer
from traceability.services.directory.names import Names
from traceability.services.tracing.events import find_event_dossier


class LoadedLot(NamedTuple):
    """A lot as it was loaded; ``is_open`` tells that it has not arrived yet."""

    lot: Lot
    mass_g: int
    is_open: bool


class DeliveryNote(NamedTuple):
    """A shipment with its lots in view, in the order of loading, and the code that receives them all.

    ``is_named`` tells whether driver, vehicle and papers of the sender may be shown, ``is_told`` whether both sites may:
    to whoever sees one of them; to others, who see a lot that was on the truck once, neither is named.
    """

    event: Event
    detail: Shipment
    code: str
    lots: list[LoadedLot]
    names: Names
    is_named: bool
    is_told: bool

    @property
    def mass_g(self) -> int:
        """Return what was loaded."""
        return sum(one.mass_g for one in self.lots)

    @property
    def open_codes(self) -> list[str]:
        """Return the codes of the lots that have not arrived yet."""
        return [one.lot.code for one in self.lots if one.is_open]


def find_delivery_note(reader: Reader, viewer: Viewer, event_id: str) -> DeliveryNote:
    """Return the note of a shipment whose sender or lots are in view. Raises NotFound."""
    dossier = find_event_dossier(reader, viewer, event_id)
    event, detail = dossier.event, dossier.event.draft.detail
    if not isinstance(detail, Shipment):
        raise NotFound("note.no_shipment")
    lots = [
        LoadedLot(
            part.lot,
            part.mass_g or 0,
            event.live and part.lot.custody == IN_TRANSIT and part.lot.shipment == event.id,
        )
        for part in dossier.parts
        if not part.is_source
    ]
    code = make_shipment_code(event.seq)
    is_told = dossier.is_named or bool(detail.to and viewer.shows_site(detail.to))
    return DeliveryNote(event, detail, code, lots, dossier.names, dossier.is_named, is_told)


def find_shipment(reader: Reader, viewer: Viewer, code: str) -> DeliveryNote:
    """Return the note of the shipment that a code stands for. Raises NotFound, also where it is out of view."""
    seq = read_shipment_code(code)
    event = reader.find_events_by_seq([seq]).get(seq) if seq else None
    if event is None or not isinstance(event.draft.detail, Shipment):
        raise NotFound("note.unknown", code=code)
    try:
        return find_delivery_note(reader, viewer, event.id)
    except NotFound:
        raise NotFound("note.unknown", code=code) from None
