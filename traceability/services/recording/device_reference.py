"""Gather what a device needs to record at one site while it has no network: names, grades, parties, vehicles, stock.

Everything is told under the rights of who asks, as on pages: parties of the own firm, the stock of the own site and what
is on its way there. What a site may send to is every site, as on the page of shipments.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from graph.store import EventFilter, LotFilter, Reader
from scanners.codes import make_shipment_code
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of, month_of
from traceability.domain.claims import code_of_key
from traceability.domain.entry import compute_settled_mass, find_weighing
from traceability.domain.errors import NotFound
from traceability.domain.event import Acquisition, Event, Shipment
from traceability.domain.kinds import ENTRIES, FORMS_IN, KIND_BY_ID, KINDS, UNDOABLE, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.material import Material, Reference
from traceability.domain.next_steps import may_record
from traceability.domain.place import province_of
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import AUTHORITY, NATION
from traceability.services.directory.parties import (
    PARTY_KINDS,
    VEHICLE,
    find_parties,
    find_vehicles,
    list_met_ids,
    list_names,
)
from traceability.services.directory.people import Person, find_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.judge import read_loads
from traceability.services.recording.open_work import Hold, OpenWork
from traceability.services.recording.reservations import find_holders, lot_hold
from traceability.services.searching.site_day import (
    DayEvent,
    SentDifference,
    list_differences,
    list_today,
)
from traceability.services.tracing.lots import list_lots

MOST_LOTS = 2_000  # of the stock of a site: newest first
MOST_ARRIVALS = 500
RECENT_EVENTS = 60  # whose grades, suppliers and vehicles are offered first
STOCK_STATES = ("available", "quarantined")
MOST_GONE = 300  # of each state: a label that is scanned once more was mostly scanned in these weeks
GONE_STATES = ("consumed", "in_transit", "delivered", "disposed")


@dataclass(frozen=True, slots=True)
class NamedSite:
    """A site that lots can be sent to, with its names by language; ``own`` where its records are in view."""

    id: str
    names: dict[str, str]
    own: bool


@dataclass(frozen=True, slots=True)
class NamedProvince:
    """A province by its code, with its names by language."""

    id: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class NamedMaterial:
    """A material with its names by language, its usual mass of a lot in grams (0: none) and what may make it here."""

    id: str
    names: dict[str, str]
    forms: tuple[str, ...]
    metal: str
    low_g: int
    high_g: int
    waste_code: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownVehicle:
    """A vehicle with its last tare at the site in grams, 0 for none, and when it was weighed in ms, 0 where unknown."""

    plate: str
    tare_g: int
    tare_ms: int


@dataclass(frozen=True, slots=True)
class HeldBy:
    """The open ticket or heat that nothing else may take a lot or label from: by whose hand it has it, since when in ms."""

    work: str
    number: str
    person: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class StockLot:
    """A lot at the site, or on its way there, as a list on the device shows it."""

    code: str
    codes: tuple[str, ...]  # by which labels name it too
    material: str
    form: str
    metal: str
    mass_g: int
    status: str
    site: str
    to: str  # of a lot on its way
    made_ms: int
    held: HeldBy | None  # what has it, of a lot in stock


@dataclass(frozen=True, slots=True)
class ArrivingLot(StockLot):
    """A lot on its way to the site: by which shipment and vehicle, the code of its note, and when that left in ms."""

    shipment: str
    note: str
    vehicle: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class DeviceReference:
    """What a person's device knows of a site; ``cut`` says that the stock is longer than what is told of it.

    ``tolerances`` are those in force, in ppm unless their names say otherwise. ``gone`` are lots that the site had until
    lately, so that a device says what became of one whose label is scanned again. ``undoable`` are the kinds of events
    that their recorder may take back, ``forms_in`` the forms of lots that a kind takes, ``today`` the events of everybody at
    the site, ``differences`` shipments of the site that arrived otherwise than they were sent, ``deducted`` the grades of
    whose last loads mostly something was deducted.
    """

    me: dict[str, object]
    site: str
    province: str
    provinces: tuple[NamedProvince, ...]
    tolerances: dict[str, int]
    kinds: tuple[str, ...]
    undoable: tuple[str, ...]
    forms_in: dict[str, tuple[str, ...]]
    deducted: tuple[str, ...]
    sites: tuple[NamedSite, ...]
    materials: tuple[NamedMaterial, ...]
    parties: dict[str, list[str]]
    vehicles: tuple[KnownVehicle, ...]
    recent: dict[str, list[str]]
    stock: tuple[StockLot, ...]
    arriving: tuple[ArrivingLot, ...]
    gone: tuple[StockLot, ...]
    cut: bool
    held_labels: dict[str, HeldBy]
    today: tuple[DayEvent, ...]
    differences: tuple[SentDifference, ...]


def find_device_reference(
    reader: Reader, viewer: Viewer, person: Person, site: str, now_ms: int
) -> DeviceReference:
    """Return what a person's device needs at a site where they record. Raises NotFound of any other site."""
    if site not in viewer.works_at:
        raise NotFound("report.unknown_site", id=site)
    known = reference_in(reader)
    month = month_of(now_ms)
    roles = list_roles(person.roles, site, known.region_at(site, month), day_of(now_ms))
    kinds = tuple(kind for kind in KINDS if may_record(kind, roles) and known.may_record(site, kind, now_ms))
    events = reader.list_events(
        EventFilter(site, "", (*ENTRIES, *kinds_of(Shipment)), live_only=True),
        limit=RECENT_EVENTS,
        newest_first=True,
    )[0]
    stock, cut = _list_stock(reader, viewer, site)
    held = _find_held(reader, site)
    arriving = list_lots(reader, viewer, LotFilter(to=site, status="in_transit"), limit=MOST_ARRIVALS)[0]
    return DeviceReference(
        me={"id": person.id, "name": person.name, "roles": sorted(roles), "works_at": list(viewer.works_at)},
        site=site,
        province=province_of(known.region_at(site, month)),
        provinces=tuple(
            NamedProvince(code, dict(known.regions[code].names))
            for code in known.gazetteer.list_below(NATION)
        ),
        tolerances=known.tolerances._asdict(),
        kinds=kinds,
        undoable=tuple(sorted(UNDOABLE)),
        forms_in={kind: FORMS_IN[kind] for kind in kinds if kind in FORMS_IN},
        deducted=tuple(_list_deducted(events)),
        sites=tuple(_list_places(known, viewer, now_ms)),
        materials=tuple(_list_materials(known, site, kinds, now_ms)),
        parties={kind: list_names(reader, kind, site) for kind in PARTY_KINDS},
        vehicles=tuple(_list_vehicles(reader, site, events)),
        recent=_list_recent(reader, events),
        stock=tuple(_tell_lot(lot, held.get(lot_hold(lot.id))) for lot in stock),
        arriving=tuple(_tell_arrivals(reader, arriving)),
        gone=tuple(_tell_lot(lot) for lot in _list_gone(reader, viewer, site)),
        cut=cut,
        held_labels={code: one for key, one in held.items() if (code := code_of_key(key))},
        today=tuple(list_today(reader, viewer, person.id, site, now_ms)),
        differences=tuple(list_differences(reader, viewer, site, now_ms)),
    )


def _list_places(known: Reference, viewer: Viewer, now_ms: int) -> Iterable[NamedSite]:
    for id_, site in sorted(known.sites.items()):
        if AUTHORITY not in site.kinds_at(now_ms):
            yield NamedSite(id_, dict(site.names), viewer.shows_site(id_))


def _list_materials(
    known: Reference, site: str, kinds: Iterable[str], now_ms: int
) -> Iterable[NamedMaterial]:
    making = [KIND_BY_ID[kind] for kind in kinds if KIND_BY_ID[kind].forms_out]
    for id_, material in sorted(known.materials.items()):
        allowed = tuple(
            kind.id
            for kind in making
            if set(kind.forms_out) & set(material.forms)
            and known.may_record(site, kind.id, now_ms, material.metal)
        )
        yield _tell_material(id_, material, allowed)


def _tell_material(id_: str, material: Material, kinds: tuple[str, ...]) -> NamedMaterial:
    return NamedMaterial(
        id_, dict(material.names), material.forms, material.metal, material.low_g, material.high_g,
        material.waste_code, kinds,
    )  # fmt: skip


def _list_vehicles(reader: Reader, site: str, events: Iterable[Event]) -> Iterable[KnownVehicle]:
    came = [event.draft.detail for event in events]
    ids = dict.fromkeys(
        detail.vehicle for detail in came if isinstance(detail, Acquisition) and detail.vehicle
    )
    ids.update(dict.fromkeys(list_met_ids(reader, VEHICLE, site)))
    weighed = reader.find_documents("tare", [f"{site}:{id_}" for id_ in ids])
    for id_, vehicle in sorted(find_vehicles(reader, set(ids)).items(), key=lambda one: one[1].plate):
        document = weighed.get(f"{site}:{id_}")
        tares_g, loads = read_loads(document.body) if document else ((), ())
        tare_g = tares_g[-1] if tares_g else vehicle.tare_g
        yield KnownVehicle(vehicle.plate, tare_g, max((load.time_ms for load in loads), default=0))


def _list_deducted(events: Iterable[Event]) -> Iterable[str]:
    """Return the grades of which more loads had a deduction than had none."""
    balance: Counter[str] = Counter()
    for event in events:
        for number, output in enumerate(event.draft.outputs):
            weighing = find_weighing(event.draft, number)
            if weighing is not None:
                net_g, settled_g = compute_settled_mass(weighing)
                balance[output.material] += 1 if settled_g < net_g else -1
    return sorted(material for material, loads in balance.items() if loads > 0)


def _list_recent(reader: Reader, events: Iterable[Event]) -> dict[str, list[str]]:
    """Return what events named: materials, parties, plates, destinations …; each once, those of the newest event first."""
    materials: dict[str, None] = {}
    named: dict[str, dict[str, None]] = {name: {} for name in _RECENT}
    for event in events:
        materials.update(dict.fromkeys(output.material for output in event.draft.outputs))
        detail = event.draft.detail
        if isinstance(detail, Acquisition):
            named["supplier"][detail.supplier] = None
            named["source_class"][detail.source_class] = None
            named["channel"][detail.channel] = None
        if isinstance(detail, Shipment):
            named["customer"][detail.customer] = None
            named["destination"][detail.to] = None
        if isinstance(detail, Acquisition | Shipment):
            named["vehicle"][detail.vehicle] = None
    parties = find_parties(reader, {*named["supplier"], *named["customer"]} - {""})
    vehicles = find_vehicles(reader, {*named["vehicle"]} - {""})
    return {
        "materials": list(materials),
        "suppliers": [parties[id_].name for id_ in named["supplier"] if id_ in parties],
        "customers": [parties[id_].name for id_ in named["customer"] if id_ in parties],
        "vehicles": [vehicles[id_].plate for id_ in named["vehicle"] if id_ in vehicles],
        "destinations": list(filter(None, named["destination"])),
        "source_classes": list(filter(None, named["source_class"])),
        "channels": list(filter(None, named["channel"])),
    }


_RECENT = ("supplier", "customer", "vehicle", "destination", "source_class", "channel")


def _list_stock(reader: Reader, viewer: Viewer, site: str) -> tuple[list[Lot], bool]:
    """Return what a site has that can be used or judged, and whether there is more than is told."""
    found: list[Lot] = []
    cut = False
    for status in STOCK_STATES:
        lots, onward = list_lots(reader, viewer, LotFilter(site=site, status=status), limit=MOST_LOTS)
        found += lots
        cut = cut or bool(onward)
    return found[:MOST_LOTS], cut or len(found) > MOST_LOTS


def _find_held(reader: Reader, site: str) -> dict[str, HeldBy]:
    """Return what open work of a site has, by the keys that it holds."""
    works = find_holders(reader, [site])
    persons = {
        person: find_person(reader, person)
        for person in sorted({work.holds[key].person for key, work in works.items()})
    }

    def tell(work: OpenWork, hold: Hold) -> HeldBy:
        person = persons[hold.person]
        return HeldBy(str(work.kind), work.number, person.name if person else hold.person, hold.time_ms)

    return {key: tell(work, work.holds[key]) for key, work in works.items()}


def _list_gone(reader: Reader, viewer: Viewer, site: str) -> Iterable[Lot]:
    for status in GONE_STATES:
        yield from list_lots(reader, viewer, LotFilter(site=site, status=status), limit=MOST_GONE)[0]


def _tell_arrivals(reader: Reader, lots: Iterable[Lot]) -> Iterable[ArrivingLot]:
    """Return lots on their way by their shipments, the newest shipment first."""
    by_shipment: dict[str, list[Lot]] = {}
    for lot in lots:
        by_shipment.setdefault(lot.shipment, []).append(lot)
    shipments = reader.find_events(set(by_shipment))
    plates = find_vehicles(reader, {_vehicle_of(event) for event in shipments.values()} - {""})
    for event in sorted(shipments.values(), key=lambda event: -event.frozen.time_ms):
        vehicle = plates.get(_vehicle_of(event))
        for lot in by_shipment[event.id]:
            plate = vehicle.plate if vehicle else ""
            yield ArrivingLot(
                **asdict(_tell_lot(lot)),
                shipment=event.id,
                note=make_shipment_code(event.seq),
                vehicle=plate,
                sent_ms=event.frozen.time_ms,
            )


def _vehicle_of(event: Event) -> str:
    return event.draft.detail.vehicle if isinstance(event.draft.detail, Shipment) else ""


def _tell_lot(lot: Lot, held: HeldBy | None = None) -> StockLot:
    return StockLot(
        lot.code,
        lot.codes,
        lot.material,
        lot.form,
        lot.metal,
        lot.remaining_g,
        lot.status,
        lot.site,
        lot.to,
        lot.made[0],
        held,
    )
