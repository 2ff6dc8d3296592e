"""Compute how much of each chemical element heats recover from their charge."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from traceability.domain.quantity import PPM

Assayed = tuple[int, Mapping[str, int]]
"""A charged or made mass in grams with its composition in ppm."""


def element_recovery(
    heats: Iterable[tuple[list[Assayed], list[Assayed]]],
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return per element (grams won, grams charged) over heats.

    A heat is (charge, product + internal + heel).

    An element of a heat counts where every lot of its charge and of what was won was assayed for
    it.
    """
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for charge, won in heats:
        if not charge or not won:
            continue
        for element in sorted(set.intersection(*(set(composition) for _, composition in (*charge, *won)))):
            mass_in = Fraction(sum(mass_g * composition[element] for mass_g, composition in charge), PPM)
            mass_out = Fraction(sum(mass_g * composition[element] for mass_g, composition in won), PPM)
            before = sums.get(element, (Fraction(0), Fraction(0)))
            sums[element] = (before[0] + mass_out, before[1] + mass_in)
    return sums
