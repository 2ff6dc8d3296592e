"""Register scales for tests that are about something else."""

from graph.store import Store
from tests.support.business import NOW_MS, put_people
from traceability.domain.access import Assignment
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person
from traceability.services.directory.scales import Scale, put_scale


def add_scale(store: Store, name: str = "gate", format_: str = "yaohua") -> Scale:
    """Register a truck scale of the yard by an administrator of it."""
    put_people(store, Person("keeper", "keeper", (Assignment("admin", "yard"),)))
    return put_scale(store, Actor("keeper", NOW_MS), Scale("", "yard", name, format_, "kg", 20_000))
