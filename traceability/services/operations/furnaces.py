"""Keep the furnaces of a site: what each is called, how much it holds, the card that is scanned to begin a heat in it.

A furnace's id is the code on its card, so the card leads to it by one look.
"""

from collections.abc import Collection
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Document, Reader, Store, Writer
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound, WriteConflict
from traceability.domain.quantity import MAX_MASS_G
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.people import roles_of
from traceability.services.directory.reference import reference_in
from traceability.services.recording.open_work import WorkKind, list_open_work
from traceability.services.recording.pending_book import new_code

KIND = "furnace"
SUPERVISOR = "supervisor"
MOST_AT_SITE = 50
LONGEST_NAME = 40


class Furnace(NamedTuple):
    """A furnace of a site; ``code`` is that of its card, ``capacity_g`` what it holds at most."""

    code: str
    site: str
    name: str
    capacity_g: int
    version: int = 0


def check_furnace(furnace: Furnace) -> Furnace:
    """Return a furnace in its plain form. Raises BadInput with the name of the field that is wrong as ``field``."""
    name = furnace.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("furnace.bad_name", field="name", most=LONGEST_NAME)
    if not 0 < furnace.capacity_g <= MAX_MASS_G:
        raise BadInput("furnace.bad_capacity", field="capacity")
    return furnace._replace(name=name)


def list_furnaces(reader: Reader, sites: Collection[str]) -> list[Furnace]:
    """Return the furnaces of some sites, by site and name."""
    found = [
        _read(one)
        for site in sorted(set(sites))
        for one in read_all(lambda after, site=site: reader.list_documents(KIND, site, after))  # type: ignore[misc]
    ]
    return sorted(found, key=lambda one: (one.site, one.name))


def find_furnace(reader: Reader, code: str, sites: Collection[str]) -> Furnace:
    """Return the furnace of a card, at one of these sites. Raises NotFound."""
    found = reader.find_documents(KIND, [code]).get(code)
    if found is None or found.group not in sites:
        raise NotFound("furnace.unknown")
    return _read(found)


def put_furnace(store: Store, actor: Actor, furnace: Furnace) -> Furnace:
    """Add a furnace, under a code of its own where it states none, or change the version that it was made from.

    Raises BadInput, NotAllowed for who is no supervisor there, NotFound, WriteConflict.
    """
    checked = check_furnace(furnace)

    def work(writer: Writer) -> Furnace:
        _check_rights(writer, actor, checked.site)
        others = [one for one in list_furnaces(writer, [checked.site]) if one.code != checked.code]
        if any(one.name == checked.name for one in others):
            raise BadInput("furnace.name_taken", field="name")
        if len(others) >= MOST_AT_SITE:
            raise BadInput("furnace.too_many", field="name", most=MOST_AT_SITE)
        if checked.version:
            known = find_furnace(writer, checked.code, [checked.site])
            if known.version != checked.version:
                raise WriteConflict("admin.changed", id=checked.name)
        kept = checked if checked.code else checked._replace(code=new_code())
        body = {"name": kept.name, "capacity_g": kept.capacity_g}
        stored = writer.put_document(KIND, kept.code, body, group=kept.site)
        note(writer, actor.entry(AuditAction.FURNACE_CHANGE, KIND, f"{kept.site} · {kept.name}"))
        return kept._replace(version=stored.version)

    return store.write(work)


def remove_furnace(store: Store, actor: Actor, code: str) -> bool:
    """Take a furnace out; return whether it was there. Raises NotAllowed, BadInput while a heat is open in it."""

    def work(writer: Writer) -> bool:
        found = writer.find_documents(KIND, [code]).get(code)
        if found is None:
            return False
        _check_rights(writer, actor, found.group)
        for heat in list_open_work(writer, [found.group], WorkKind.HEAT):
            if heat.content["furnace"] == code:
                raise BadInput("furnace.in_use", number=heat.number)
        writer.erase_document(KIND, code)
        note(writer, actor.entry(AuditAction.FURNACE_CHANGE, KIND, f"{found.group} · {found.body['name']}"))
        return True

    return store.write(work)


def _check_rights(reader: Reader, actor: Actor, site: str) -> None:
    day = day_of(actor.now_ms)
    region = reference_in(reader).region_at(site, day[:7])
    if SUPERVISOR not in roles_of(reader, actor.person, site, region, day):
        raise NotAllowed("furnace.needs_supervisor")


def _read(document: Document) -> Furnace:
    return Furnace(
        document.id, document.group, document.body["name"], document.body["capacity_g"], document.version
    )
