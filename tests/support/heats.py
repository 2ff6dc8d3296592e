"""A furnace with a heat that is open in it, for tests that walk pages."""

from typing import NamedTuple

from graph.store import LotFilter, Store
from tests.support.business import grams
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.operations.furnaces import Furnace, put_furnace
from traceability.services.operations.heats import MELTING, OpenHeat, charge_lot, open_heat


class ChargedHeat(NamedTuple):
    """A furnace by the code of its card, and the heat in it."""

    furnace: str
    heat: str


def charge_heat(
    store: Store, id_: str, site: str, actor: Actor, alloy: str = "adc12", lot: str = ""
) -> ChargedHeat:
    """Set up a furnace at a site by its supervisor, open a heat in it and charge a lot that is in stock there, any one or that."""
    furnace = put_furnace(store, actor, Furnace("", site, "1", grams(20_000)))
    open_heat(store, id_, site, OpenHeat(MELTING, furnace.code, alloy), actor)
    with store.read() as reader:
        found, _ = reader.list_lots(LotFilter(site=site, status="available"), limit=1)
        lots = [reader.find_lots([lot])[lot]] if lot else found
    for one in lots:
        charge_lot(store, Viewer((site,), {}), id_, one, actor)
    return ChargedHeat(furnace.code, id_)
