"""Forecast what a charge will be before it is melted: its composition against an alloy's limits, and its recycled content.

Contents are exact fractions of the metal. What is not known is never taken for 0: an element has the part of the metal for
which it is known, and the range in which it lies whatever the rest holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from traceability.domain.element_recovery import Assayed, Recovery, element_recovery, list_assayed_elements
from traceability.domain.event import BALANCE, Composition, ElementContent
from traceability.domain.lot import Content, Lot, Take
from traceability.domain.material import Limit
from traceability.domain.provenance import Key, add_into, mix_over, mix_strict, recycled_g
from traceability.domain.quantity import PPM, share
from traceability.domain.recycled_content import RecycledContent, recycled_content

State = Literal["within", "below", "above", "unknown"]
Source = Literal["measured", "typical", ""]

MEASURED: Source = "measured"
TYPICAL: Source = "typical"


@dataclass(frozen=True, slots=True)
class ChargedLot:
    """What a heat takes of a lot: ``taken`` is mass, metal and vector as recording the heat would take them.

    ``composition`` is in ppm of mass, or of metal where ``of_metal``; ``source`` tells whether an assay of this lot states
    it, or what is typical of its material; '' where it is not known.
    """

    lot: str
    code: str
    taken: Take
    form: str
    material: str
    family: str
    composition: Composition = ()
    source: Source = ""
    of_metal: bool = True

    @property
    def mass_g(self) -> int:
        """Return the mass taken."""
        return self.taken.mass_g

    @property
    def metal_g(self) -> int:
        """Return the metal in it."""
        return self.taken.metal_g

    @property
    def recycled_g(self) -> int:
        """Return its recycled metal, by its own vector."""
        return recycled_g(self.taken.vector)

    @property
    def primary_g(self) -> int:
        """Return its metal that is not recycled, the unknown part included."""
        return self.metal_g - self.recycled_g

    @property
    def basis_g(self) -> int:
        """Return the grams of which ``composition`` states shares."""
        return self.metal_g if self.of_metal else self.mass_g


@dataclass(frozen=True, slots=True)
class ChargeableLot:
    """A lot that could be charged, with all that ``charge`` needs to take a part of it."""

    lot: str
    code: str
    content: Content
    remaining_g: int
    material: str
    family: str
    composition: Composition = ()
    source: Source = ""

    def charge(self, mass_g: int | None = None) -> ChargedLot:
        """Return so many grams of the lot as charged, None for all that remains."""
        taken = self.content.take(self.remaining_g if mass_g is None else mass_g)
        if self.content.form == "internal":
            taken = taken._replace(strict_g=0)  # reclaimed in the process that made it
        return ChargedLot(
            self.lot, self.code, taken, self.content.form, self.material, self.family, self.composition,
            self.source, self.of_metal,
        )  # fmt: skip

    @property
    def of_metal(self) -> bool:
        """Return whether the composition is that of the metal alone.

        One that makes up more than the lot's metal is of a melted sample, without the dirt of the lot.
        """
        stated_ppm = sum(content.measured_ppm for content in self.composition)
        return not self.composition or stated_ppm * self.content.mass_g > self.content.metal_g * PPM


def chargeable(lot: Lot, typical: Mapping[str, Composition]) -> ChargeableLot:
    """Return a lot as stock to charge from: by its newest assay, else by what is typical of its material."""
    composition = lot.composition or typical.get(lot.material, ())
    source = MEASURED if lot.composition else TYPICAL if composition else ""
    return ChargeableLot(
        lot.id, lot.code, lot.content, lot.remaining_g, lot.material, lot.family, composition, source
    )


def bounds_ppm(composition: Composition, element: str) -> tuple[int, int, bool]:
    """Return (least, most, whether it was stated) of an element in ppm.

    What is below a detection limit may be anything down to 0; what is not stated anything that the others leave.
    """
    rest_ppm = PPM
    for content in composition:
        if content.element == element:
            return content.measured_ppm, content.ppm, True
        if content.sign != BALANCE:
            rest_ppm -= content.measured_ppm
    return 0, max(rest_ppm, 0), False


@dataclass(frozen=True, slots=True)
class ElementForecast:
    """An element in the metal of a charge, against the limit of the alloy.

    ``ppm`` is of the ``known_g`` of metal for which the element was stated, None where that is none of it; ``low_ppm`` and
    ``high_ppm`` are what it can be of all the metal. ``state`` is by these two, so it is ``unknown`` where they decide nothing.
    """

    limit: Limit
    ppm: Fraction | None
    low_ppm: Fraction
    high_ppm: Fraction
    known_g: int
    state: State
    recovery: Recovery | None = None

    @property
    def element(self) -> str:
        """Return its symbol."""
        return self.limit.element

    @property
    def likely(self) -> State:
        """Return the state if the rest of the metal is as what is known of it."""
        return "unknown" if self.ppm is None else _judge(self.ppm, self.ppm, self.limit)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a charge will be. Masses in grams; ``elements`` in the order of the alloy's limits.

    ``assayed_g`` is the metal of lots with an assay of their own, ``typical_g`` that of lots which are taken to be as their
    material is. ``capacity_g`` is the furnace's, 0 where it is not known.
    """

    lots: tuple[ChargedLot, ...]
    elements: tuple[ElementForecast, ...]
    mass_g: int
    metal_g: int
    assayed_g: int
    typical_g: int
    content: RecycledContent
    capacity_g: int = 0

    @property
    def known(self) -> Fraction | None:
        """Return the share of the metal whose composition is known, by assay or by what is typical."""
        return share(self.assayed_g + self.typical_g, self.metal_g)

    @property
    def assayed(self) -> Fraction | None:
        """Return the share of the metal that has an assay of its own."""
        return share(self.assayed_g, self.metal_g)

    @property
    def typical(self) -> Fraction | None:
        """Return the share of the metal that is taken to be as its material is."""
        return share(self.typical_g, self.metal_g)

    @property
    def unknown(self) -> Fraction | None:
        """Return the share of the metal of which nothing is known."""
        return share(self.metal_g - self.assayed_g - self.typical_g, self.metal_g)

    @property
    def recycled(self) -> Fraction | None:
        """Return the predicted recycled content."""
        return self.content.share

    @property
    def used(self) -> Fraction | None:
        """Return the charged mass as a share of the furnace's capacity."""
        return share(self.mass_g, self.capacity_g)

    @property
    def over_capacity_g(self) -> int:
        """Return by how much the furnace is overcharged, 0 for not."""
        return max(self.mass_g - self.capacity_g, 0) if self.capacity_g else 0

    @property
    def outside(self) -> tuple[ElementForecast, ...]:
        """Return the elements that are, or as far as is known will be, outside their limits."""
        return tuple(one for one in self.elements if _outside(one.state) or _outside(one.likely))

    @property
    def state(self) -> State:
        """Return ``above`` or ``below`` of the first element that is so, else ``unknown`` where one is, else ``within``."""
        states = [one.state for one in self.elements]
        decided = next((state for state in states if _outside(state)), None)
        return decided or ("unknown" if "unknown" in states or not self.metal_g else "within")


def make_forecast(
    charge: Sequence[ChargedLot],
    limits: Sequence[Limit],
    *,
    capacity_g: int = 0,
    recoveries: Mapping[str, Recovery] | None = None,
) -> Forecast:
    """Return what a charge will be against the limits of an alloy; without limits no element is judged."""
    metal_g = sum(lot.metal_g for lot in charge)
    known = recoveries or {}
    elements = tuple(_forecast_element(charge, metal_g, limit, known.get(limit.element)) for limit in limits)
    return Forecast(
        tuple(charge),
        elements if metal_g else (),
        sum(lot.mass_g for lot in charge),
        metal_g,
        sum(lot.metal_g for lot in charge if lot.source == MEASURED),
        sum(lot.metal_g for lot in charge if lot.source == TYPICAL),
        _mix(charge),
        capacity_g,
    )


def _forecast_element(
    charge: Sequence[ChargedLot], metal_g: int, limit: Limit, recovery: Recovery | None
) -> ElementForecast:
    low = high = measured = known_g = 0  # amounts in grams × ppm
    for lot in charge:
        least_ppm, most_ppm, is_stated = bounds_ppm(lot.composition, limit.element)
        low += least_ppm * lot.basis_g
        high += most_ppm * lot.basis_g
        if is_stated:
            measured += least_ppm * lot.basis_g
            known_g += lot.metal_g
    factor = recovery.factor if recovery else Fraction(1)

    def of(amount: int, grams: int) -> Fraction:
        return min(factor * Fraction(amount, grams), Fraction(PPM)) if grams else Fraction(0)

    low_ppm, high_ppm = of(low, metal_g), of(high, metal_g)
    ppm = of(measured, known_g) if known_g else None
    state = _judge(low_ppm, high_ppm, limit) if metal_g else "unknown"
    return ElementForecast(limit, ppm, low_ppm, high_ppm, known_g, state, recovery)


def compare_composition(
    composition: Composition, limits: Sequence[Limit], metal_g: int
) -> tuple[ElementForecast, ...]:
    """Return how a composition that was measured stands to the limits of an alloy; an element that was not is unknown."""
    measured = {one.element: one for one in composition}
    return tuple(_compare(measured.get(limit.element), limit, metal_g) for limit in limits)


def _compare(found: ElementContent | None, limit: Limit, metal_g: int) -> ElementForecast:
    if found is None:
        return ElementForecast(limit, None, Fraction(0), Fraction(PPM), 0, "unknown")
    low_ppm, high_ppm = Fraction(found.measured_ppm), Fraction(found.ppm)
    return ElementForecast(limit, high_ppm, low_ppm, high_ppm, metal_g, _judge(low_ppm, high_ppm, limit))


def _judge(low_ppm: Fraction, high_ppm: Fraction, limit: Limit) -> State:
    """Return how a range stands to a limit."""
    if low_ppm > limit.high_ppm:
        return "above"
    if high_ppm < limit.low_ppm:
        return "below"
    return "within" if limit.low_ppm <= low_ppm and high_ppm <= limit.high_ppm else "unknown"


def _outside(state: State) -> bool:
    return state in ("below", "above")


def _mix(charge: Sequence[ChargedLot]) -> RecycledContent:
    vector: dict[Key, int] = {}
    for lot in charge:
        add_into(vector, lot.taken.vector)
    return recycled_content(vector, sum(lot.taken.strict_g for lot in charge))


def predict_contents(charge: Sequence[ChargedLot], metals_g: Sequence[int]) -> list[RecycledContent]:
    """Return the recycled content of each output of a melt of the charge, by its metal, in the order of the draft.

    It is to the gram what recording the heat says.
    """
    vector: dict[Key, int] = {}
    for lot in charge:
        add_into(vector, lot.taken.vector)
    vectors, _ = mix_over(vector, metals_g)
    strict_g = sum(lot.taken.strict_g for lot in charge)
    stricts = mix_strict(strict_g, sum(vector.values()), metals_g)
    return [recycled_content(one, strict) for one, strict in zip(vectors, stricts, strict=True)]


LEAST_HEATS = 3  # of which a recovery is an experience


def find_recoveries(
    heats: Iterable[tuple[Sequence[ChargedLot], Sequence[ChargedLot]]],
) -> dict[str, Recovery]:
    """Return what heats recovered, by element, where at least LEAST_HEATS were assayed for it on all sides.

    A heat is (its charge, the product, internal and heel that it made).
    """
    sums: dict[str, tuple[int, Fraction, Fraction, int, int]] = {}
    for charge, made in heats:
        kept_g, metal_g = sum(lot.mass_g for lot in made), sum(lot.metal_g for lot in charge)
        sides = _as_assayed(charge), _as_assayed(made)
        won = element_recovery([sides])
        for element in list_assayed_elements(*sides):
            number, won_g, charged_g, all_kept_g, all_metal_g = sums.get(element, _NO_HEATS)
            won_here, charged_here = won[element]
            sums[element] = (
                number + 1, won_g + won_here, charged_g + charged_here, all_kept_g + kept_g, all_metal_g + metal_g,
            )  # fmt: skip
    return {
        element: Recovery(number, won_g, charged_g, Fraction(kept_g, metal_g))
        for element, (number, won_g, charged_g, kept_g, metal_g) in sums.items()
        if number >= LEAST_HEATS and won_g and charged_g and kept_g and metal_g
    }


_NO_HEATS = (0, Fraction(0), Fraction(0), 0, 0)


def _as_assayed(lots: Sequence[ChargedLot]) -> list[Assayed]:
    return [
        (lot.basis_g, {content.element: content.measured_ppm for content in lot.composition}) for lot in lots
    ]
