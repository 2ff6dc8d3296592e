"""Show and settle held drafts: supervisors those of their sites, everybody else their own.

Planners and auditors see none: nothing of it is in the book, and a draft names the firm's suppliers.
"""

from collections.abc import Iterable
from typing import NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import NotAllowed, NotFound
from traceability.domain.rights import Viewer
from traceability.services.directory import audit
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.people import find_people, find_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.held import (
    HeldDraft,
    drop_held,
    find_held,
    list_closed,
    list_open,
    require_open,
)

SUPERVISOR = "supervisor"
MOST_SHOWN = 200


class Inbox(NamedTuple):
    """Held drafts, whether there are more, and the names of who recorded and settled them."""

    drafts: list[HeldDraft]
    more: bool
    people: dict[str, str]

    def name(self, person: str) -> str:
        """Return a person's name."""
        return self.people.get(person, person)


class HeldCount(NamedTuple):
    """How many drafts wait at a site."""

    site: str
    drafts: int


def list_inbox(
    reader: Reader, viewer: Viewer, person_id: str, now_ms: int, sites: Iterable[str] = (), month: str = ""
) -> Inbox:
    """Return what a person may see of the drafts that wait at some of their sites (none: all), the first to come first.

    With a month what was settled in it, the last first.
    """
    asked = [site for site in (sites or viewer.works_at) if site in viewer.works_at]
    supervised = list_supervised(reader, person_id, now_ms)
    if month:
        every = [held for site in asked for held in list_closed(reader, site, month, 5 * MOST_SHOWN)]
        every.sort(key=lambda held: (held.closed_ms, held.order), reverse=True)
    else:
        every = sorted(list_open(reader, asked), key=lambda held: held.order)
    seen = [held for held in every if held.site in supervised or held.person == person_id]
    shown = seen[:MOST_SHOWN]
    return Inbox(shown, len(seen) > len(shown), _name_people(reader, shown))


def find_in_inbox(reader: Reader, viewer: Viewer, person_id: str, held_id: str, now_ms: int) -> Inbox:
    """Return one held draft with the names of its people. Raises NotFound, alike for one of others and for none."""
    held = find_held(reader, [held_id]).get(held_id)
    if held is None or held.site not in viewer.works_at:
        raise NotFound("held.unknown")
    if held.person != person_id and held.site not in list_supervised(reader, person_id, now_ms):
        raise NotFound("held.unknown")
    return Inbox([held], False, _name_people(reader, [held]))


def count_held(reader: Reader, viewer: Viewer, person_id: str, now_ms: int) -> list[HeldCount]:
    """Return how many drafts wait for a person to settle or to know of, at each site that has any."""
    if not viewer.works_at:
        return []
    supervised = list_supervised(reader, person_id, now_ms)
    counts = dict.fromkeys(viewer.works_at, 0)
    for held in list_open(reader, viewer.works_at):
        counts[held.site] += held.site in supervised or held.person == person_id
    return [HeldCount(site, count) for site, count in counts.items() if count]


def drop(store: Store, actor: Actor, held_id: str, reason: str) -> None:
    """Settle a held draft that shall not be recorded, noted in the audit log.

    Raises BadInput without a reason, NotAllowed, NotFound, WriteConflict where it was settled meanwhile.
    """

    def work(writer: Writer) -> None:
        held = require_open(writer, held_id)
        if held.site not in list_supervised(writer, actor.person, actor.now_ms):
            raise NotAllowed("held.needs_supervisor")
        drop_held(writer, held, reason, actor.person, actor.now_ms)
        audit.note(writer, actor.entry(AuditAction.HELD_DROP, "held", held_id))

    store.write(work)


def list_supervised(reader: Reader, person_id: str, now_ms: int) -> frozenset[str]:
    """Return the sites that a person is a supervisor of today."""
    person = find_person(reader, person_id)
    if person is None or person.disabled:
        return frozenset()
    day, reference = day_of(now_ms), reference_in(reader)
    return frozenset(
        id_
        for id_ in reference.sites
        if SUPERVISOR in list_roles(person.roles, id_, reference.region_at(id_, day[:7]), day)
    )


def _name_people(reader: Reader, drafts: Iterable[HeldDraft]) -> dict[str, str]:
    people = {id_ for held in drafts for id_ in (held.person, held.closed_by)} - {""}
    return {id_: person.name for id_, person in find_people(reader, people).items()}
