"""Find the names of the people, parties and vehicles that events and lots hold as ids."""

from collections.abc import Collection
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.event import Event
from traceability.domain.rights import Thing, Viewer
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.directory.people import find_people


class Names(NamedTuple):
    """Names of people and parties, plates of vehicles, by id, as far as a viewer may know them.

    A party without a name stands for itself; of a person who may not be named nothing is left.
    """

    people: dict[str, str]
    parties: dict[str, str]

    def person(self, person_id: str) -> str:
        """Return a person's name."""
        return self.people.get(person_id, "")

    def party(self, party_id: str) -> str:
        """Return a party's name, or a vehicle's plate."""
        return self.parties.get(party_id, party_id)


def find_names(reader: Reader, viewer: Viewer, events: Collection[Event], parties: Collection[str]) -> Names:
    """Return the names of whoever recorded or approved the events, and of parties and vehicles by id.

    People are named where the viewer may know those of the event's site.
    """
    named = [event for event in events if viewer.tells(event.draft.site, Thing.PERSON)]
    people = {event.draft.actor for event in named}
    people |= {event.draft.approval.approver for event in named if event.draft.approval}
    accounts = find_people(reader, people)
    named_people = {id_: accounts[id_].name if id_ in accounts else id_ for id_ in people}
    return Names(named_people, find_party_names(reader, parties))


def find_party_names(reader: Reader, parties: Collection[str]) -> dict[str, str]:
    """Return the names of parties and the plates of vehicles by id; unknown and erased ones are left out."""
    ids = set(parties) - {""}
    plates = {id_: vehicle.plate for id_, vehicle in find_vehicles(reader, ids).items()}
    return plates | {id_: party.name for id_, party in find_parties(reader, ids).items()}
