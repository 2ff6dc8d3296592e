"""Find lots by code or a part of it, list those of a site, and tell what a lot is made of."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from graph.store import LotFilter, Reader
from scanners.codes import ALPHABET, LENGTH, normalise_code
from traceability.domain.claims import CODES, code_key
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.provenance import CLASSES, ORIGIN_ADDITIVE, SHOWN_CLASSES, Vector, recycled_g
from traceability.domain.quantity import share
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import reference_in
from traceability.services.tracing.by_site import find_sites_in_view, page_by_site

RECENT_LOTS = 50  # whose grades are offered first
MOST_CODES = 50  # codes that begin alike, of which some may be out of view
FEWEST_OF_CODE = 4
_OF_CODE = re.compile(f"[{ALPHABET}]+")
COMMON = ("Al", "Cu", "Pb", "Zn")  # metals in the order in which they are listed


def find_lots_by_code(reader: Reader, codes: Collection[str]) -> dict[str, Lot]:
    """Return lots by the code asked for, further and former codes included; unknown ones left out."""
    claims = reader.find_claims([code_key(code) for code in codes])
    lots = reader.find_lots({claim.owner for claim in claims.values()})
    return {
        code: lots[claims[code_key(code)].owner]
        for code in codes
        if code_key(code) in claims and claims[code_key(code)].owner in lots
    }


def find_lots_by_part(reader: Reader, viewer: Viewer, typed: str) -> list[Lot]:
    """Return the lots in view one of whose codes, former ones too, or a later group of it begins with what was typed, the
    newest first."""
    part = normalise_code(typed)
    if not FEWEST_OF_CODE <= len(part) <= LENGTH or not _OF_CODE.fullmatch(part):
        return []
    claims = reader.list_claims(CODES + part, limit=MOST_CODES) + reader.list_claims_by_group(
        part, MOST_CODES
    )
    lots = reader.find_lots({claim.owner for claim in claims})
    seen = [viewer.see_lot(lot) for lot in lots.values() if viewer.shows_lot(lot)]
    return sorted(seen, key=lambda lot: lot.made, reverse=True)


def find_lots(reader: Reader, viewer: Viewer, codes: Collection[str]) -> dict[str, Lot]:
    """Return lots in view by the code asked for; unknown codes, and lots out of view, are left out."""
    return {
        code: viewer.see_lot(lot)
        for code, lot in find_lots_by_code(reader, codes).items()
        if viewer.shows_lot(lot)
    }


def find_lot(reader: Reader, viewer: Viewer, code: str) -> Lot | None:
    """Return the lot that a code on a label is bound to, None where there is none in view."""
    return find_lots(reader, viewer, [code]).get(code)


def list_lots(
    reader: Reader, viewer: Viewer, lots: LotFilter, after: str = "", limit: int = 50
) -> tuple[list[Lot], str]:
    """Return (lots newest first as the viewer may know them, the key to continue after or '').

    Raises BadInput for a key that is none.
    """
    page, following = reader.list_lots(lots, after, limit)
    return [viewer.see_lot(lot) for lot in page], following


def list_lots_in_view(
    reader: Reader, viewer: Viewer, lots: LotFilter, after: str = "", limit: int = 50
) -> tuple[list[Lot], str]:
    """Return the lots of a site in view, or of all of them, site by site, and the cursor to continue after or ''.

    Raises NotFound for a site out of view, BadInput for a cursor that is none.
    """
    return page_by_site(
        find_sites_in_view(viewer, lots.site),
        after,
        limit,
        lambda site, key, most: list_lots(reader, viewer, replace(lots, site=site), key, most),
    )


def list_scrap_grades(reader: Reader, site: str, usual: int) -> tuple[list[Material], list[Material]]:
    """Return (so many grades for the site, those of its newest scrap lots first; all other grades)."""
    newest, _ = reader.list_lots(LotFilter(site=site, form="scrap"), limit=RECENT_LOTS)
    materials = reference_in(reader).materials
    grades = [material for material in materials.values() if "scrap" in material.forms]
    grades.sort(
        key=lambda grade: (COMMON.index(grade.metal) if grade.metal in COMMON else len(COMMON), grade.id)
    )
    recent = list(dict.fromkeys(lot.material for lot in newest if lot.material in materials))
    order = [materials[id_] for id_ in recent] + [grade for grade in grades if grade.id not in recent]
    return order[:usual], [grade for grade in grades if grade not in order[:usual]]


def sum_listed(lots: Iterable[tuple[Lot, int | None]]) -> int:
    """Return the mass of lots in a list in grams: of each what is stated, else all that remains of it."""
    return sum(lot.remaining_g if stated_g is None else stated_g for lot, stated_g in lots)


class Makeup(NamedTuple):
    """What a lot is made of: grams of metal, by class as people see it and by origin, recycled shares."""

    metal_g: int
    classes: dict[str, int]
    origins: dict[tuple[str, str], int]
    recycled: Fraction | None
    strict: Fraction | None


def make_up(lot: Lot) -> Makeup:
    """Return the makeup of what remains; of a lot that is used up, as it was made; of a void one none."""
    if lot.void:
        return Makeup(0, {}, {}, None, None)
    take = lot.remaining() if lot.remaining_g else lot.content.take(lot.content.mass_g)
    return Makeup(
        take.metal_g,
        classes_of(take.vector),
        _origins_of(take.vector),
        share(recycled_g(take.vector), take.metal_g),
        share(take.strict_g, take.metal_g),
    )


def classes_of(vector: Vector) -> dict[str, int]:
    """Sum grams by class, additives apart from other primary metal, in the order of every list of them."""
    sums = dict.fromkeys(SHOWN_CLASSES, 0)
    for (rank, origin, _), grams in vector.items():
        sums["additive" if origin == ORIGIN_ADDITIVE else CLASSES[rank]] += grams
    return {name: grams for name, grams in sums.items() if grams}


def _origins_of(vector: Vector) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for (rank, origin, _), grams in sorted(vector.items()):
        key = ("additive" if origin == ORIGIN_ADDITIVE else CLASSES[rank], origin)
        sums[key] = sums.get(key, 0) + grams
    return sums
