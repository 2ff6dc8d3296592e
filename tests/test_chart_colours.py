"""The fixed colours of charts are told apart by colour-blind people, and the classes in grey print too.

Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes (2009) at full severity, on linear
light. What is unknown is hatched and metals are named beside their bands, so neither rests on colour alone.
"""

from itertools import combinations, pairwise

import pytest

from tests.test_look import DARK, LIGHT, luminance
from traceability.render.charts.svg import INKS

CLASSES = ("post", "pre", "unspecified", "primary", "additive")
METALS = ("metal-al", "metal-cu", "metal-pb", "metal-zn")
LEAST = 10  # a difference of CIELAB that is seen side by side at once; about 2 is just noticed
LEAST_GREY = 6  # of lightness, from one class to the next
SIGHT = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)

Vector = tuple[float, ...]


def multiply(matrix: tuple[Vector, ...], vector: Vector) -> Vector:
    return tuple(sum(one * other for one, other in zip(row, vector, strict=True)) for row in matrix)


def linear(colour: str) -> Vector:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def lab(light: Vector) -> Vector:
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (one / white for one, white in zip(multiply(TO_XYZ, light), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, sight: str) -> float:
    """Return how far two colours are apart to an eye, in CIELAB."""
    seen = [
        lab(tuple(min(1.0, max(0.0, part)) for part in multiply(SIGHT[sight], linear(colour))))
        for colour in (one, other)
    ]
    return float(sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("group", [CLASSES, METALS], ids=["classes", "metals"])
def test_colours_of_a_group_are_told_apart(
    group: tuple[str, ...], tokens: dict[str, str], sight: str
) -> None:
    near = {
        pair: round(apart, 1)
        for pair in combinations(group, 2)
        if (apart := difference(tokens[pair[0]], tokens[pair[1]], sight)) < LEAST
    }
    assert near == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_classes_are_told_apart_in_grey(tokens: dict[str, str]) -> None:
    greys = sorted((116 * luminance(tokens[name]) ** (1 / 3) - 16, name) for name in CLASSES)
    assert [pair for pair in pairwise(greys) if pair[1][0] - pair[0][0] < LEAST_GREY] == []


def test_drawings_for_paper_have_the_colours_of_the_page() -> None:
    names = {name: LIGHT[name] for name in INKS}
    assert names == INKS
