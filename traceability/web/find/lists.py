"""Lists of events, heats and shipments with their filters in the address; each row opens its event."""

from flask import url_for

from traceability.domain.event import Event
from traceability.domain.kinds import KINDS
from traceability.domain.rights import Thing
from traceability.render.sheets import Cell, Row, SheetColumn, say_in_all
from traceability.services.directory.names import Names, find_names
from traceability.services.searching.event_lists import EventState, list_events_like, list_sites, list_states
from traceability.services.searching.heat_lists import HeatRow, list_heats
from traceability.services.searching.shipment_lists import (
    LoadDestination,
    ShipmentRow,
    ShipmentState,
    list_arrivals,
    list_shipments,
)
from traceability.web.find.event_words import number_of, say_made
from traceability.web.find.list_page import (
    FilterField,
    day_fields,
    find_party_ids,
    find_site_ids,
    make_list_page,
    read_choice,
    read_conditions,
    read_part,
    read_texts,
    site_field,
)
from traceability.web.find.views import pages
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import material_name, site_name, t

EVENT_COLUMNS = (
    SheetColumn("time", say_in_all("list.time"), "time"),
    SheetColumn("kind", say_in_all("list.kind")),
    SheetColumn("number", say_in_all("list.number")),
    SheetColumn("site", say_in_all("list.site")),
    SheetColumn("made", say_in_all("list.made")),
    SheetColumn("person", say_in_all("journal.by")),
    SheetColumn("state", say_in_all("journal.said")),
)
HEAT_COLUMNS = (
    SheetColumn("time", say_in_all("list.time"), "time"),
    SheetColumn("number", say_in_all("list.heat")),
    SheetColumn("site", say_in_all("list.site")),
    SheetColumn("furnace", say_in_all("list.furnace")),
    SheetColumn("alloy", say_in_all("list.alloy")),
    SheetColumn("charge", say_in_all("list.charge"), "mass"),
    SheetColumn("products", say_in_all("list.products"), "mass"),
    SheetColumn("recycled", say_in_all("list.recycled"), "share"),
    SheetColumn("loss", say_in_all("list.metal_loss"), "mass"),
    SheetColumn("state", say_in_all("journal.said")),
)
SHIPMENT_COLUMNS = (
    SheetColumn("time", say_in_all("list.sent_at"), "time"),
    SheetColumn("sender", say_in_all("list.sender")),
    SheetColumn("receiver", say_in_all("list.receiver")),
    SheetColumn("vehicle", say_in_all("list.vehicle")),
    SheetColumn("lots", say_in_all("list.lots"), "count"),
    SheetColumn("sent", say_in_all("list.sent"), "mass"),
    SheetColumn("received", say_in_all("list.received"), "mass"),
    SheetColumn("difference", say_in_all("list.difference"), "mass"),
    SheetColumn("state", say_in_all("list.state")),
)
SENT, ARRIVED = "sent", "arrived"


@report_page(pages, "/events")
def events() -> ReportPage:
    """List events of sites in view, newest first."""
    asked = read_texts("kind", "site", "person", "number", "party", "from", "until", "state")
    kind, state = read_choice(asked, "kind", KINDS), read_choice(asked, "state", tuple(EventState))
    wanted = read_conditions(asked)._replace(
        kinds=(kind,) if kind else (),
        parties=find_party_ids(asked["party"]),
        state=EventState(state) if state else None,
    )
    reader, viewer = current.reader(), current.viewer()
    found = list_events_like(reader, viewer, wanted, *read_part())
    names = find_names(reader, viewer, found.events, ())
    fields = [
        FilterField("number", t("list.number"), asked["number"]),
        FilterField("kind", t("list.kind"), kind, "choice", [(one, t(f"kind.{one}")) for one in KINDS]),
        site_field(asked, "site", "list.site"),
        FilterField("party", t("list.party"), asked["party"]),
        FilterField("person", t("journal.by"), asked["person"]),
        *day_fields(asked),
        _state_field(state, EventState, "event_state"),
    ]
    rows = [_lay_out_event(event, names) for event in found.events]
    return make_list_page("events", EVENT_COLUMNS, rows, fields, found.after, found.back_to_ms)


def _lay_out_event(event: Event, names: Names) -> Row:
    return (
        Cell(event.frozen.time_ms, url_for("events.show", event_id=event.id)),
        Cell(t(f"kind.{event.draft.kind}")),
        Cell(number_of(event)),
        Cell(site_name(event.draft.site)),
        Cell(say_made(event)),
        Cell(names.person(event.draft.actor)),
        Cell(_say_states(event)),
    )


def _say_states(event: Event) -> str:
    return ", ".join(t(f"event_state.{state}") for state in list_states(event))


@report_page(pages, "/heats")
def heats() -> ReportPage:
    """List heats of sites in view, newest first."""
    asked = read_texts("number", "site", "furnace", "alloy", "from", "until")
    materials = current.reference().materials
    alloys = [(id_, material_name(id_)) for id_, material in materials.items() if "product" in material.forms]
    alloy = read_choice(asked, "alloy", tuple(materials))
    found = list_heats(
        current.reader(), current.viewer(), read_conditions(asked), asked["furnace"], alloy, *read_part()
    )
    fields = [
        FilterField("number", t("list.heat"), asked["number"]),
        site_field(asked, "site", "list.site"),
        FilterField("furnace", t("list.furnace"), asked["furnace"]),
        FilterField("alloy", t("list.alloy"), alloy, "choice", alloys),
        *day_fields(asked),
    ]
    rows = [_lay_out_heat(heat) for heat in found.heats]
    return make_list_page("heats", HEAT_COLUMNS, rows, fields, found.after, found.back_to_ms)


def _lay_out_heat(heat: HeatRow) -> Row:
    event = heat.event
    return (
        Cell(event.frozen.time_ms, url_for("events.show", event_id=event.id)),
        Cell(heat.number),
        Cell(site_name(event.draft.site)),
        Cell(heat.furnace),
        Cell(", ".join(map(material_name, heat.alloys))),
        Cell(heat.charge_g),
        Cell(heat.products_g),
        Cell(heat.recycled),
        Cell(heat.loss_g),
        Cell(_say_states(event)),
    )


@report_page(pages, "/shipments")
def shipments() -> ReportPage:
    """List the loads that sites in view sent, or those that one of them gets."""
    asked = read_texts("way", "site", "to", "receiver", "customer", "plate", "from", "until", "state")
    way = read_choice(asked, "way", (SENT, ARRIVED)) or SENT
    state = read_choice(asked, "state", tuple(ShipmentState))
    wanted = read_conditions(asked)._replace(parties=find_party_ids(asked["plate"]))
    reader, viewer = current.reader(), current.viewer()
    chosen = ShipmentState(state) if state else None
    if way == ARRIVED:
        site = _receiving_site(asked["to"])
        found = list_arrivals(reader, viewer, wanted._replace(site=site), chosen, *read_part())
    else:
        site = ""
        to = LoadDestination(find_site_ids(asked["receiver"]), find_party_ids(asked["customer"]))
        found = list_shipments(reader, viewer, wanted, to, chosen, *read_part())
    fields = _list_shipment_fields({**asked, "way": way, "to": site, "state": state})
    parties = {one for row in found.shipments for one in _list_parties(row)}
    names = find_names(reader, viewer, (), parties)
    rows = [_lay_out_shipment(row, names) for row in found.shipments]
    return make_list_page("shipments", SHIPMENT_COLUMNS, rows, fields, found.after, found.back_to_ms)


def _receiving_site(asked: str) -> str:
    """Return the site whose arrivals are shown: the one asked for, else that of the person, else the first in view."""
    own, listed = current.site(), list_sites(current.viewer())
    return asked or (own.id if own else listed[0] if listed else "")


def _list_shipment_fields(asked: dict[str, str]) -> list[FilterField]:
    ways = [(way, t(f"shipment_way.{way}")) for way in (SENT, ARRIVED)]
    way = FilterField("way", t("list.way"), asked["way"], "must", ways)
    if asked["way"] == ARRIVED:
        own = [site_field(asked, "to", "list.receiver")._replace(type="must")]
    else:
        own = [
            site_field(asked, "site", "list.sender"),
            FilterField("receiver", t("list.receiver"), asked["receiver"]),
            FilterField("customer", t("list.customer"), asked["customer"]),
        ]
    plate = FilterField("plate", t("list.vehicle"), asked["plate"])
    return [
        way,
        *own,
        plate,
        *day_fields(asked),
        _state_field(asked["state"], ShipmentState, "shipment_state"),
    ]


def _state_field(chosen: str, states: type[EventState] | type[ShipmentState], words: str) -> FilterField:
    options = [(state.value, t(f"{words}.{state}")) for state in states]
    return FilterField("state", t("list.state"), chosen, "choice", options)


def _list_parties(row: ShipmentRow) -> list[str]:
    """Return the customer and the vehicle of a shipment, where the viewer may know those of its sender."""
    if not current.viewer().tells(row.event.draft.site, Thing.PARTY):
        return []
    return [id_ for id_ in (row.detail.customer, row.detail.vehicle) if id_]


def _lay_out_shipment(row: ShipmentRow, names: Names) -> Row:
    detail, known = row.detail, _list_parties(row)
    receiver = site_name(detail.to) if detail.to else ""
    if detail.customer:
        receiver = names.party(detail.customer) if detail.customer in known else t("list.a_customer")
    states = [t(f"shipment_state.{state}") for state in row.states]
    return (
        Cell(row.event.frozen.time_ms, url_for("events.show", event_id=row.event.id)),
        Cell(site_name(row.event.draft.site)),
        Cell(receiver),
        Cell(names.party(detail.vehicle) if detail.vehicle in known else ""),
        Cell(row.lots),
        Cell(row.sent_g),
        Cell(row.received_g),
        Cell(row.difference_g),
        Cell(", ".join([t("event_state.void")] if row.is_void else states)),
    )
