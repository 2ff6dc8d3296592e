"""Compute how much of each chemical element heats recover from their charge."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.quantity import PPM, round_half_up

Assayed = tuple[int, Mapping[str, int]]
"""A charged or made mass in grams with its composition in ppm."""


class Recovery(NamedTuple):
    """What earlier heats recovered of an element: of ``heats``, ``won`` of ``charged``, and of all their mass ``kept``.

    ``kept`` is what they made of what they charged, as a share.
    """

    heats: int
    won: Fraction
    charged: Fraction
    kept: Fraction

    @property
    def share(self) -> Fraction:
        """Return what was won of the element, as a share of what was charged."""
        return self.won / self.charged

    @property
    def factor(self) -> Fraction:
        """Return what a content in the charge is multiplied by to be that of the melt, to the ppm.

        It is below 1 where more of the element burns off than of the rest.
        """
        exact = self.won / self.charged / self.kept
        return Fraction(round_half_up(exact.numerator * PPM, exact.denominator), PPM)


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
        for element in list_assayed_elements(charge, won):
            mass_in, mass_out = _content_g(charge, element), _content_g(won, element)
            before = sums.get(element, (Fraction(0), Fraction(0)))
            sums[element] = (before[0] + mass_out, before[1] + mass_in)
    return sums


def list_assayed_elements(charge: list[Assayed], won: list[Assayed]) -> list[str]:
    """Return the elements that every lot of a heat was assayed for, by symbol; none where nothing was charged or won."""
    if not charge or not won:
        return []
    return sorted(set.intersection(*(set(composition) for _, composition in (*charge, *won))))


def _content_g(lots: list[Assayed], element: str) -> Fraction:
    """Return the grams of an element in lots that were all assayed for it."""
    return Fraction(sum(mass_g * composition[element] for mass_g, composition in lots), PPM)
