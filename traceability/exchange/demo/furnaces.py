"""Set up the furnaces of the demo's smelter, and open two heats in them with what it has in stock: documents beside the book."""

from typing import NamedTuple

from graph.store import LotFilter, Store
from scanners.codes import find_check_character
from traceability.domain.calendar import day_of
from traceability.domain.lot import Lot
from traceability.domain.quantity import G_PER_T
from traceability.domain.rights import find_viewer
from traceability.exchange.demo.diary import draw_id
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import reference_in
from traceability.services.operations.furnaces import Furnace, list_furnaces, put_furnace
from traceability.services.operations.heats import MELTING, OpenHeat, charge_lot, open_heat

SITE = "miluo-al"
OPERATOR, SUPERVISOR = "miluo-al-operator", "miluo-al-supervisor"
PART_G = 2 * G_PER_T
HOUR_MS = 3_600_000


class DemoFurnace(NamedTuple):
    """A furnace of the demo: its name, what it holds, the alloy of the heat that is open in it ('' for none), the forms that
    are charged, a lot of each."""

    name: str
    capacity_t: int
    alloy: str = ""
    forms: tuple[str, ...] = ()


FURNACES = (
    DemoFurnace("1 号炉", 20, "adc12", ("heel", "product", "additive")),
    DemoFurnace("2 号炉", 30, "a356.2", ("additive",)),
    DemoFurnace("3 号炉", 12),
)


def open_heats(store: Store, now_ms: int) -> None:
    """Set the furnaces up and open the heats; nothing where the site has furnaces already."""
    with store.read() as reader:
        if list_furnaces(reader, [SITE]):
            return
        person = find_person(reader, OPERATOR)
        if person is None:
            return
        viewer = find_viewer(person.roles, reference_in(reader).gazetteer, day_of(now_ms))
        stock = {form: _list_stock(store, form) for one in FURNACES for form in one.forms}
    for number, one in enumerate(FURNACES, 1):
        stem = f"F{number:010d}"
        furnace = Furnace(stem + find_check_character(stem), SITE, one.name, one.capacity_t * G_PER_T)
        put_furnace(store, Actor(SUPERVISOR, now_ms), furnace)
        if not one.alloy:
            continue
        actor = Actor(OPERATOR, now_ms - number * HOUR_MS)
        id_ = draw_id(f"open-heat/{number}")
        open_heat(store, id_, SITE, OpenHeat(MELTING, furnace.code, one.alloy), actor)
        for form in one.forms:
            if stock[form]:
                lot = stock[form].pop()
                part_g = PART_G if form == "additive" and lot.remaining_g > PART_G else None
                charge_lot(store, viewer, id_, lot, actor, part_g)


def _list_stock(store: Store, form: str) -> list[Lot]:
    with store.read() as reader:
        lots, _ = reader.list_lots(LotFilter(site=SITE, status="available", form=form))
    return lots
