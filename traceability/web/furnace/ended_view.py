"""Show what a heat made: lots that are alike in one row, and what was found of them against the limits of its alloy."""

from typing import Any

from traceability.domain.charge import compare_composition
from traceability.domain.lot import Lot
from traceability.web.furnace.forecast_view import show_element
from traceability.web.lots.alike import group_alike, likeness
from traceability.web.lots.lot_view import show_lot
from traceability.web.shell import current
from traceability.web.shell.words import name_of, t


def show_made(lots: list[Lot], alloy: str) -> dict[str, Any]:
    """Return what ``furnace/ended.html`` draws of the lots that a heat for an alloy made."""
    products = [lot for lot in lots if lot.form == "product"]
    return {
        "made": group_alike([show_lot(lot) for lot in lots], likeness),
        "label_codes": [lot.code for lot in lots],
        "findings": _list_findings(products, alloy),
        "unsampled": sum(1 for lot in products if not lot.composition),
    }


def _list_findings(products: list[Lot], alloy: str) -> list[dict[str, Any]]:
    """Return each composition that was found, of how many bundles, against the limits; none without limits."""
    material = current.reference().materials.get(alloy)
    if material is None or not material.limits:
        return []
    found = []
    for alike in group_alike([lot for lot in products if lot.composition], lambda lot: lot.composition):
        metal_g = sum(lot.content.metal_g for lot in alike.rows)
        elements = compare_composition(alike.first.composition, material.limits, metal_g)
        shown = [show_element(one, metal_g, metal_g) for one in elements]
        title = t("heat.found", count=alike.times, alloy=name_of(material))
        found.append({"title": title, "elements": shown})
    return found
