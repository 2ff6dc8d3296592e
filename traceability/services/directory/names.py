"""Find the names of the people, parties and vehicles that events and lots hold as ids."""

from collections.abc import Collection
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.event import Event
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.directory.people import find_people


class Names(NamedTuple):
    """Names of people and parties, plates of vehicles, by id; an id without a name stands for itself."""

    people: dict[str, str]
    parties: dict[str, str]

    def person(self, person_id: str) -> str:
        """Return a person's name."""
        return self.people.get(person_id, person_id)

    def party(self, party_id: str) -> str:
        """Return a party's name, or a vehicle's plate."""
        return self.parties.get(party_id, party_id)


def find_names(reader: Reader, events: Collection[Event], parties: Collection[str]) -> Names:
    """Return the names of whoever recorded or approved the events, and of parties and vehicles by id."""
    people = {event.draft.actor for event in events}
    people |= {event.draft.approval.approver for event in events if event.draft.approval}
    ids = set(parties) - {""}
    plates = {id_: vehicle.plate for id_, vehicle in find_vehicles(reader, ids).items()}
    named = {id_: party.name for id_, party in find_parties(reader, ids).items()}
    return Names({id_: person.name for id_, person in find_people(reader, people).items()}, plates | named)
