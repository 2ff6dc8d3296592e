"""Viewers as tests need them."""

from graph.store import Store
from traceability.domain.calendar import day_of
from traceability.domain.rights import Relation, Viewer, find_viewer
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import reference_in


def owner_of(*sites: str, works_at: tuple[str, ...] = ()) -> Viewer:
    """Return somebody of the firm that has these sites."""
    return Viewer(works_at, dict.fromkeys(sites, Relation.OWN), regions=("*",))


def viewer_of(store: Store, person_id: str, now_ms: int) -> Viewer:
    """Return a person of the book as they see it at a time."""
    with store.read() as reader:
        person = find_person(reader, person_id)
        assert person is not None, person_id
        return find_viewer(person.roles, reference_in(reader).gazetteer, day_of(now_ms))
