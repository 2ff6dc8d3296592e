"""Find what a truck carries: the delivery note of a shipment, by its event or by the code on the note, and the loads that
are due at a site."""

from typing import NamedTuple

from graph.store import LotFilter, Reader
from scanners.codes import make_shipment_code, read_shipment_code
from traceability.domain.errors import NotFound
from traceability.domain.event import Event, Shipment
from traceability.domain.lot import IN_TRANSIT, Lot
from traceability.domain.rights import Viewer
from traceability.services.directory.names import Names
from traceability.services.directory.parties import find_vehicles
from traceability.services.tracing.events import find_event_dossier
from traceability.services.tracing.lots import list_lots

MOST_DUE = 200  # lots on their way to one site


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


class DueLoad(NamedTuple):
    """A load on its way: its shipment, the code of its note, the plate of its truck ('' where none is noted), and the lots
    of it that have not arrived yet.
    """

    event: Event
    code: str
    plate: str
    lots: tuple[Lot, ...]

    @property
    def mass_g(self) -> int:
        """Return what has not arrived yet."""
        return sum(lot.remaining_g for lot in self.lots)


def list_due_loads(reader: Reader, viewer: Viewer, site: str) -> list[DueLoad]:
    """Return the loads on their way to a site, the longest on its way first, each with its lots in the order of codes."""
    by_shipment: dict[str, list[Lot]] = {}
    for lot in list_lots(reader, viewer, LotFilter(to=site, status=IN_TRANSIT), limit=MOST_DUE)[0]:
        by_shipment.setdefault(lot.shipment, []).append(lot)
    events = sorted(reader.find_events(set(by_shipment)).values(), key=lambda event: event.order)
    trucks = {
        event.id: detail.vehicle for event in events if isinstance(detail := event.draft.detail, Shipment)
    }
    plates = find_vehicles(reader, {*trucks.values()} - {""})
    return [
        DueLoad(
            event,
            make_shipment_code(event.seq),
            plates[trucks[event.id]].plate if trucks[event.id] in plates else "",
            tuple(sorted(by_shipment[event.id], key=lambda lot: lot.code)),
        )
        for event in events
        if event.id in trucks
    ]


def find_note_code(reader: Reader, shipment: str) -> str:
    """Return the code of the delivery note of a shipment; '' where there is no such event."""
    event = reader.find_events([shipment]).get(shipment)
    return make_shipment_code(event.seq) if event else ""


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
