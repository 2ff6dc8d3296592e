"""How are lots and events shown: the values that templates need, with names in the person's language."""

from typing import Any, NamedTuple

from flask import url_for

from graph.store import Store
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.locale import format_kg, format_ppm
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.directory.people import find_person
from traceability.services.tracing.custody_model import ContentClaim, claim_of
from traceability.services.tracing.events import find_weighing
from traceability.services.tracing.lots import make_up
from traceability.web.shell import current
from traceability.web.shell.words import material_name, site_name, t


class ShownLot(NamedTuple):
    """A lot as ``components/lot.html`` takes it."""

    code: str
    href: str
    material: str
    site: str
    form: str
    mass_g: int
    of_g: int
    status: str
    provenance: dict[str, int]
    recycled: Any
    strict: Any
    metal_g: int
    origins: dict[tuple[str, str], int]
    lot: Lot

    @property
    def claim(self) -> ContentClaim:
        """The claim about its content; read when it is asked for, as lists of lots show none."""
        return claim_of(current.store(), self.lot)

    @property
    def weighing(self) -> list[tuple[str, str]]:
        """The readings that it came in with, (name, value); read when they are asked for."""
        found = find_weighing(current.store(), self.lot)
        if found is None:
            return []
        readings = [
            ("gross", found.gross_g, None),
            ("tare", found.tare_g, None),
            ("moisture", found.moisture_g, found.moisture_ppm),
            ("impurity", found.impurity_g, found.impurity_ppm),
        ]
        return [
            (t(f"term.{name}"), f"{format_kg(grams)} kg" if grams is not None else f"{format_ppm(ppm)} %")
            for name, grams, ppm in readings
            if grams is not None or ppm is not None
        ]


def show_lot(lot: Lot) -> ShownLot:
    """A lot with names; the holder only where the person may know it."""
    makeup = make_up(lot)
    named = current.viewer().shows_lot(lot)
    return ShownLot(
        code=lot.code,
        href=url_for("lots.show", code=lot.code),
        material=material_name(lot.material),
        site=site_name(lot.site) if named else "",
        form=lot.form,
        mass_g=0 if lot.void else lot.remaining_g,
        of_g=0 if lot.void else lot.contents[0].mass_g,
        status=lot.status,
        provenance=makeup.classes,
        recycled=makeup.recycled,
        strict=makeup.strict,
        metal_g=makeup.metal_g,
        origins=makeup.origins,
        lot=lot,
    )


class Names(NamedTuple):
    """Names of people and parties, plates of vehicles, by id; an id without a name stands for itself."""

    people: dict[str, str]
    parties: dict[str, str]

    def person(self, person_id: str) -> str:
        """A person's name."""
        return self.people.get(person_id, person_id)

    def party(self, party_id: str) -> str:
        """A party's name."""
        return self.parties.get(party_id, party_id)


def names_for(store: Store, events: list[Event], parties: set[str]) -> Names:
    """The names that a page about these events needs."""
    people = {event.draft.actor for event in events}
    people |= {event.draft.approval.approver for event in events if event.draft.approval}
    with store.read() as reader:
        known = {id_: found.name for id_ in sorted(people) if (found := find_person(reader, id_))}
        named = {id_: vehicle.plate for id_, vehicle in find_vehicles(reader, parties - {""}).items()}
        named |= {id_: party.name for id_, party in find_parties(reader, parties - {""}).items()}
    return Names(known, named)
