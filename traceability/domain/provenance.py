"""Hold where metal comes from as vectors of grams per (class, origin, counted), and mix, take and
scale them.

A vector sums exactly to its lot's metal. Taking, mixing and tracing use the one rounding function ``apportion``.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from traceability.domain.quantity import apportion, round_half_up

AnyKey = TypeVar("AnyKey")

CLASSES = ("post", "pre", "unspecified", "primary", "unknown")
"""Source classes in their fixed order: post-consumer, pre-consumer, recycled but not split, primary, unknown."""

SCRAP_CLASSES = CLASSES[:3]
"""The classes that scrap can be of; their metal is recycled."""

RECYCLED = frozenset(range(len(SCRAP_CLASSES)))  # ranks in CLASSES

ORIGIN_ADDITIVE = "ADD"
ORIGIN_OPENING = "OPEN"

SHOWN_CLASSES = ("post", "pre", "unspecified", "primary", "additive", "unknown")
"""The source classes as people see them, in the order of every list: additives apart from other primary metal."""
IMPORT_PREFIX = "IMP-"

Key = tuple[int, str, int]
"""(rank of the class, origin, 1 if the gram already entered the supply figures); sorts in the order of ties."""

Vector = Mapping[Key, int]
"""Grams per key, all > 0; sums to the lot's metal."""


def key_of(source_class: str, origin: str, counted: bool) -> Key:
    """Return the vector's key for a class, an origin, and whether the grams were counted."""
    return (CLASSES.index(source_class), origin, int(counted))


@lru_cache(maxsize=8192)
def _parse_key(text: str) -> Key:
    rank, origin, counted = text.split("/")
    return (CLASSES.index(rank), origin, int(counted == "c"))


@lru_cache(maxsize=8192)
def _format_key(key: Key) -> str:
    return f"{CLASSES[key[0]]}/{key[1]}/{'c' if key[2] else 'u'}"


def format_vector(vector: Vector) -> str:
    """Return the canonical text of a vector, keys in order:

    ``post/430000/u=7125000 primary/ADD/c=2000``.
    """
    return " ".join(f"{_format_key(key)}={vector[key]}" for key in sorted(vector))


def parse_vector(text: str) -> Vector:
    """Return the vector of a canonical text."""
    if not text:
        return {}
    vector: dict[Key, int] = {}
    for part in text.split(" "):
        key, _, grams = part.partition("=")
        vector[_parse_key(key)] = int(grams)
    return vector


def recycled_g(vector: Vector) -> int:
    """Return recycled grams (post + pre + unspecified), counted or not."""
    return sum(grams for key, grams in vector.items() if key[0] in RECYCLED)


def by_class(vector: Vector) -> dict[str, int]:
    """Return grams per source class, every class present."""
    sums = dict.fromkeys(CLASSES, 0)
    for key, grams in vector.items():
        sums[CLASSES[key[0]]] += grams
    return sums


def drop_zeros(vector: Mapping[AnyKey, int]) -> dict[AnyKey, int]:
    """Return the vector without keys that hold nothing."""
    if 0 not in vector.values():
        return dict(vector)
    return {key: grams for key, grams in vector.items() if grams}


def scale(vector: Vector, metal_g: int) -> dict[Key, int]:
    """Return the same mix holding ``metal_g`` grams."""
    return drop_zeros(apportion(metal_g, vector))


def take_metal(quantity_g: int, mass_g: int, metal_g: int) -> int:
    """Return the metal in a take of ``quantity_g`` of a lot created with ``mass_g`` holding
    ``metal_g``.

    It depends on nothing but the quantity, so takes are independent of their order and a late or corrected one
    changes no sibling. The price: the takes of one lot may miss its vector by up to 1 g a take and key.
    """
    if quantity_g == mass_g:
        return metal_g
    return quantity_g * metal_g // mass_g if mass_g else 0


def counted(vector: Vector) -> dict[Key, int]:
    """Return the same grams, all marked as having entered the supply figures."""
    marked: dict[Key, int] = {}
    for (rank, origin, _), grams in vector.items():
        key = (rank, origin, 1)
        marked[key] = marked.get(key, 0) + grams
    return marked


def add_into(total: dict[Key, int], vector: Vector) -> None:
    """Add a vector to a sum."""
    for key, grams in vector.items():
        total[key] = total.get(key, 0) + grams


def mix_over(
    mix: Mapping[AnyKey, int], metals: Sequence[int]
) -> tuple[list[dict[AnyKey, int]], dict[AnyKey, int]]:
    """Give every output the same mix: return (a vector per output, what is left for the loss).

    In listed order each output takes ``apportion(its metal, what is left)``. Where the outputs hold more metal than
    the mix (a gain by assay), the mix is first scaled up to them. Rows and columns are exact, nothing is negative.
    """
    left = dict(mix)
    wanted = sum(metals)
    if wanted > sum(left.values()):
        left = apportion(wanted, left)
    rows: list[dict[AnyKey, int]] = []
    for metal_g in metals:
        row = apportion(metal_g, left)
        for key, grams in row.items():
            left[key] -= grams
        rows.append(drop_zeros(row))
    return rows, drop_zeros(left)


def mix_strict(strict_g: int, metal_g: int, metals: Sequence[int]) -> list[int]:
    """Return the strict grams of every output:

    ``mix_over`` of the two keys (strict, rest), where half a gram goes to strict.
    """
    wanted = sum(metals)
    if wanted > metal_g:
        strict_g, metal_g = round_half_up(wanted * strict_g, metal_g), wanted
    shares = []
    for output_g in metals:
        share_g = round_half_up(output_g * strict_g, metal_g) if metal_g else 0
        shares.append(share_g)
        strict_g, metal_g = strict_g - share_g, metal_g - output_g
    return shares


def split_in_order(total: int, weights: Iterable[int]) -> list[int]:
    """Apportion over a list whose order decides ties; all weights 0 gives all 0."""
    listed = dict(enumerate(weights))
    if not any(listed.values()):
        return [0] * len(listed)
    return list(apportion(total, listed).values())
