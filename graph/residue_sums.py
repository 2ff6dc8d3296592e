"""Add up residue that sites have: an engine makes groups of rows, and the waste codes are read from few of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graph.records import load_json


class ResidueSum(NamedTuple):
    """Residue of one kind that a site has in a region: how much, since when, how much since before a moment.

    ``since_ms`` is when its earliest lot came; ``waste_code`` is '' where there is none.
    """

    site: str
    region: str
    waste_code: str
    material: str
    lots: int
    remaining_g: int
    since_ms: int
    earlier_g: int


def add_up_residues(rows: Iterable[Sequence[Any]]) -> list[ResidueSum]:
    """Return sums by site, region, waste code and material, of rows that have a JSON object in place of the code.

    The object tells the waste code, and where a code may hold quotes all else that makes a lot differ from others.
    """
    sums: dict[tuple[str, str, str, str], ResidueSum] = {}
    for site, region, more, material, *amounts in rows:
        key = (site, region, load_json(more).get("waste_code", ""), material)
        found = ResidueSum(*key, *amounts)
        held = sums.get(key)
        sums[key] = found if held is None else _join(held, found)
    return sorted(sums.values())


def _join(one: ResidueSum, other: ResidueSum) -> ResidueSum:
    return one._replace(
        lots=one.lots + other.lots,
        remaining_g=one.remaining_g + other.remaining_g,
        since_ms=min(one.since_ms, other.since_ms),
        earlier_g=one.earlier_g + other.earlier_g,
    )
