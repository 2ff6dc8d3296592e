"""Keep the furnaces of a site: what each is called, how much it holds, the card that is scanned to begin a heat in it.

A furnace's id is the code on its card, so the card leads to it by one look.
"""

from collections.abc import Collection
from typing import NamedTuple

from graph.store import Document, Reader, Store, Writer
from traceability.domain.errors import BadInput, NotAllowed
from traceability.domain.quantity import MAX_MASS_G
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.equipment import EquipmentRegister
from traceability.services.directory.people import is_supervisor
from traceability.services.recording.open_work import WorkKind, list_open_work
from traceability.services.recording.pending_book import new_code

KIND = "furnace"
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
    return [_read(one) for one in FURNACES.list_at(reader, sites)]


def find_furnace(reader: Reader, code: str, sites: Collection[str]) -> Furnace:
    """Return the furnace of a card, at one of these sites. Raises NotFound."""
    return _read(FURNACES.find(reader, code, sites))


def put_furnace(store: Store, actor: Actor, furnace: Furnace) -> Furnace:
    """Add a furnace, under a code of its own where it states none, or change the version that it was made from.

    Raises BadInput, NotAllowed for who is no supervisor there, NotFound, WriteConflict.
    """
    checked = check_furnace(furnace)
    body = {"name": checked.name, "capacity_g": checked.capacity_g}
    changed = Document(KIND, checked.code or new_code(), checked.version, checked.site, body)
    return store.write(lambda writer: _read(FURNACES.put(writer, actor, changed)))


def remove_furnace(store: Store, actor: Actor, code: str, sites: Collection[str]) -> bool:
    """Take a furnace out; return whether it was at one of these sites.

    Raises NotAllowed, BadInput while a heat is open in it.
    """

    def work(writer: Writer) -> bool:
        found = FURNACES.find_to_remove(writer, actor, code, sites)
        if found is None:
            return False
        for heat in list_open_work(writer, [found.group], WorkKind.HEAT):
            if heat.content["furnace"] == code:
                raise BadInput("furnace.in_use", number=heat.number)
        FURNACES.remove(writer, actor, found)
        return True

    return store.write(work)


def _check_rights(reader: Reader, actor: Actor, site: str) -> None:
    if not is_supervisor(reader, actor.person, site, actor.now_ms):
        raise NotAllowed("furnace.needs_supervisor")


FURNACES = EquipmentRegister(KIND, AuditAction.FURNACE_CHANGE, _check_rights)


def _read(document: Document) -> Furnace:
    return Furnace(
        document.id, document.group, document.body["name"], document.body["capacity_g"], document.version
    )
