"""Find what of the stock brings a charge into the limits of its alloy: one lot with the interval of mass that does, else two.

Every limit is a linear inequality in the masses added; all are kept in integers. What a part of a lot holds is rounded down
to the gram of metal, so each inequality has room for that gram: whatever is proposed keeps the limits when it is charged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from traceability.domain.charge import ChargeableLot, ChargedLot, Forecast, bounds_ppm
from traceability.domain.quantity import G_PER_KG, MAX_MASS_G, PPM

MOST_SHOWN = 3  # proposals
MOST_PAIRS = 1_500  # solved, those first that could be lightest


@dataclass(frozen=True, slots=True)
class Addition:
    """So many grams of a lot to charge as well; any mass from ``least_g`` to ``most_g`` keeps the limits too.

    In a pair the interval is the mass itself: each mass goes with the other.
    """

    stock: ChargeableLot
    mass_g: int
    least_g: int
    most_g: int

    @property
    def most_kg_g(self) -> int:
        """Return the end of the interval in whole kg, where it has any beyond ``mass_g``."""
        return max(self.most_g // G_PER_KG * G_PER_KG, self.mass_g)

    def charge(self) -> ChargedLot:
        """Return it as charged."""
        return self.stock.charge(self.mass_g)


@dataclass(frozen=True, slots=True)
class Advice:
    """What would bring a charge into its limits: each proposal is one lot or two, the lightest first.

    ``blocking`` are the elements that no lot in stock brings within its limit, by itself and as far as it goes; else those that
    alone stand in the way of a lot; else all that are outside. ``assumes_rest`` is whether the metal without a known
    composition was taken to be as the rest: then nothing is certain.
    """

    proposals: tuple[tuple[Addition, ...], ...] = ()
    blocking: tuple[str, ...] = ()
    assumes_rest: bool = False


class _Limit(NamedTuple):
    """One side of an element's limit: ``slack`` is 0 or more where the charge keeps it.

    A lot charged whole adds its entry of ``gains``; that it is charged in part may cost its entry of ``losses``.
    """

    element: str
    slack: int
    gains: tuple[int, ...]
    losses: tuple[int, ...]


class _Side(NamedTuple):
    """An element's limit as ``sign`` × (content - ``bound_ppm`` of the metal) >= 0, contents times ``factor``."""

    element: str
    sign: int
    bound_ppm: int
    factor: Fraction


class _Pair(NamedTuple):
    total_g: int
    first: int
    second: int
    first_g: int
    second_g: int


def advise(forecast: Forecast, stock: Iterable[ChargeableLot]) -> Advice:
    """Return what of the stock would bring the charge into the limits, within capacity and what remains of each lot.

    A lot of unknown composition, without metal, or charged already, is never proposed; nor is anything for a charge that keeps
    its limits as far as is known. Where metal is taken to be as the rest, an element that is known of none is left out.
    """
    outside = forecast.outside
    if not outside or not forecast.metal_g:
        return Advice()
    charged = {lot.lot for lot in forecast.lots}
    candidates = [
        one
        for one in stock
        if one.composition and one.remaining_g > 0 and one.content.metal_g and one.lot not in charged
    ]
    candidates.sort(key=lambda one: (one.code, one.lot))
    partly = any(one.known_g < forecast.metal_g for one in forecast.elements)
    advice = Advice(assumes_rest=True)
    if forecast.known == 1:
        advice = _search(forecast, candidates, assumes_rest=False)
    if partly and not advice.proposals:
        advice = _search(forecast, candidates, assumes_rest=True)
    return advice


def _search(forecast: Forecast, candidates: Sequence[ChargeableLot], *, assumes_rest: bool) -> Advice:
    room_g = forecast.capacity_g - forecast.mass_g if forecast.capacity_g else MAX_MASS_G
    caps_g = [min(one.remaining_g, room_g) for one in candidates]
    limits = [
        _make_limit(forecast, side, candidates, assumes_rest) for side in _list_sides(forecast, assumes_rest)
    ]
    proposals = _find_singles(limits, candidates, caps_g) or _find_pair(limits, candidates, caps_g, room_g)
    if proposals:
        return Advice(tuple(proposals[:MOST_SHOWN]), (), assumes_rest)
    return Advice((), _find_blocking(limits, candidates, caps_g), assumes_rest)


def _list_sides(forecast: Forecast, assumes_rest: bool) -> list[_Side]:
    sides = []
    for one in forecast.elements:
        if assumes_rest and one.ppm is None and one.state != "within":
            continue
        factor = one.recovery.factor if one.recovery else Fraction(1)
        if one.limit.low_ppm:
            sides.append(_Side(one.element, 1, one.limit.low_ppm, factor))
        if one.limit.high_ppm < PPM:
            sides.append(_Side(one.element, -1, one.limit.high_ppm, factor))
    return sides


def _make_limit(
    forecast: Forecast, side: _Side, candidates: Sequence[ChargeableLot], assumes_rest: bool
) -> _Limit:
    """Return one side of a limit in integers: all is multiplied by what the fractions are divided by."""
    one = next(one for one in forecast.elements if one.element == side.element)
    content_ppm = one.low_ppm if side.sign > 0 else one.high_ppm
    if assumes_rest and one.ppm is not None and one.state != "within":
        content_ppm = one.ppm
    slack = side.sign * (content_ppm - side.bound_ppm) * forecast.metal_g
    scale = lcm(slack.denominator, side.factor.denominator)
    factor, bound = int(side.factor * scale), side.bound_ppm * scale
    gains, losses = [], []
    for stock in candidates:
        least_ppm, most_ppm, _ = bounds_ppm(stock.composition, side.element)
        ppm = least_ppm if side.sign > 0 else most_ppm
        mass_g, metal_g = stock.content.mass_g, stock.content.metal_g
        gains.append(side.sign * (factor * ppm * (metal_g if stock.of_metal else mass_g) - bound * metal_g))
        # The metal of a part is up to a gram less than its share.
        a_gram = side.sign * ((factor * ppm if stock.of_metal else 0) - bound)
        losses.append(max(a_gram, 0) if metal_g != mass_g else 0)
    return _Limit(side.element, int(slack * scale), tuple(gains), tuple(losses))


# --- one lot ------------------------------------------------------------------------------------------------------


def _find_singles(
    limits: Sequence[_Limit], candidates: Sequence[ChargeableLot], caps_g: Sequence[int]
) -> list[tuple[Addition, ...]]:
    """Return every lot that brings the charge into all limits by itself, the least mass first."""
    found = []
    for number, stock in enumerate(candidates):
        least_g, most_g = 1, caps_g[number]
        for limit in limits:
            least_g, most_g = _cut(limit, number, stock.content.mass_g, least_g, most_g)
            if least_g > most_g:
                break
        else:
            mass_g = -(-least_g // G_PER_KG) * G_PER_KG
            found.append(Addition(stock, mass_g if mass_g <= most_g else least_g, least_g, most_g))
    found.sort(key=lambda one: one.mass_g)
    return [(one,) for one in found]


def _cut(limit: _Limit, number: int, whole_g: int, least_g: int, most_g: int) -> tuple[int, int]:
    """Return the interval of masses of a lot as far as a limit leaves it."""
    gain, slack = limit.gains[number], limit.slack - limit.losses[number]
    if gain > 0:
        return max(least_g, -(slack * whole_g // gain)), most_g
    if gain < 0:
        return least_g, min(most_g, slack * whole_g // -gain)
    return (least_g, most_g) if slack >= 0 else (1, 0)


def _find_blocking(
    limits: Sequence[_Limit], candidates: Sequence[ChargeableLot], caps_g: Sequence[int]
) -> tuple[str, ...]:
    """Return the elements that no lot mends; else those without whose limit a lot would do; else all that are outside."""
    cuts = [
        [
            _cut(limit, number, stock.content.mass_g, 1, caps_g[number])
            for number, stock in enumerate(candidates)
        ]
        for limit in limits
    ]
    broken = [place for place, limit in enumerate(limits) if limit.slack < 0]
    hopeless = [place for place in broken if all(least_g > most_g for least_g, most_g in cuts[place])]
    alone = [place for place in range(len(limits)) if not hopeless and _does_without(cuts, place)]
    return tuple(dict.fromkeys(limits[place].element for place in hopeless or alone or broken))


def _does_without(cuts: Sequence[Sequence[tuple[int, int]]], left_out: int) -> bool:
    """Return whether some lot keeps all limits but one."""
    kept = [cut for place, cut in enumerate(cuts) if place != left_out]
    return any(
        max(least_g for least_g, _ in lot) <= min(most_g for _, most_g in lot)
        for lot in zip(*kept, strict=True)
    )


# --- two lots -----------------------------------------------------------------------------------------------------


def _find_pair(
    limits: Sequence[_Limit], candidates: Sequence[ChargeableLot], caps_g: Sequence[int], room_g: int
) -> list[tuple[Addition, ...]]:
    """Return the lightest pair of lots that brings the charge into all limits.

    Pairs are tried in the order of the least that they could weigh, so the search ends with the first that no other can
    better; beyond MOST_PAIRS it ends with the best so far.
    """
    best: _Pair | None = None
    solved = 0
    ceilings = [_list_ceilings(limit, candidates) for limit in limits if limit.slack >= 0]
    for least_g, first, second in _list_pairs(limits, candidates, caps_g, room_g):
        if solved == MOST_PAIRS or (best is not None and least_g >= best.total_g):
            break
        if any(most_g[first] < least_g and most_g[second] < least_g for most_g in ceilings):
            continue
        solved += 1
        pair = _solve(limits, candidates, caps_g, room_g, first, second)
        if pair is not None and (best is None or pair < best):
            best = pair
    if best is None:
        return []
    masses = ((best.first, best.first_g), (best.second, best.second_g))
    return [tuple(Addition(candidates[number], grams, grams, grams) for number, grams in masses)]


def _list_ceilings(limit: _Limit, candidates: Sequence[ChargeableLot]) -> list[int]:
    """Return how many grams of each lot a limit that the charge keeps allows: of two lots no more than of the better one."""
    return [
        limit.slack * stock.content.mass_g // -gain if gain < 0 else 2 * MAX_MASS_G
        for gain, stock in zip(limit.gains, candidates, strict=True)
    ]


def _list_pairs(
    limits: Sequence[_Limit], candidates: Sequence[ChargeableLot], caps_g: Sequence[int], room_g: int
) -> list[tuple[int, int, int]]:
    """Return (the least grams that it takes, first, second) of all pairs that could mend each break."""
    broken = []  # of each lot by limit: what it adds at most, the grams that it takes by itself; what is lacking
    for limit in limits:
        if limit.slack >= 0:
            continue
        reach, need = [], []
        for gain, stock, cap_g in zip(limit.gains, candidates, caps_g, strict=True):
            reach.append(gain * cap_g // stock.content.mass_g + 1 if gain > 0 else 0)
            need.append(-(limit.slack * stock.content.mass_g // gain) if gain > 0 else MAX_MASS_G)
        broken.append((reach, need, -limit.slack))
    pairs = []
    usable = [number for number, cap_g in enumerate(caps_g) if cap_g > 0]
    for place, first in enumerate(usable):
        own = [(reach, need, need[first], lacking - reach[first]) for reach, need, lacking in broken]
        for second in usable[place + 1 :]:
            least_g = 0
            for reach, need, first_g, lacking in own:
                if reach[second] < lacking:
                    break
                lighter_g = need[second]
                if first_g < lighter_g:
                    lighter_g = first_g
                if lighter_g > least_g:
                    least_g = lighter_g
            else:
                if least_g <= room_g:
                    pairs.append((least_g, first, second))
    pairs.sort()
    return pairs


class _HalfPlane(NamedTuple):
    """``a`` × x + ``b`` × y >= ``least``, x and y in grams."""

    a: int
    b: int
    least: int

    def holds(self, x: int, y: int) -> bool:
        return self.a * x + self.b * y >= self.least


def _solve(
    limits: Sequence[_Limit], candidates: Sequence[ChargeableLot], caps_g: Sequence[int], room_g: int,
    first: int, second: int,
) -> _Pair | None:  # fmt: skip
    """Return the lightest masses of two lots in whole kg, else in grams, that keep all limits; None for none.

    The lightest point lies on the line of a broken limit: a lighter one on the way to nothing added would do otherwise.
    """
    whole_1, whole_2 = candidates[first].content.mass_g, candidates[second].content.mass_g
    planes, broken = [], []
    for limit in limits:
        least = (limit.losses[first] + limit.losses[second] - limit.slack) * whole_1 * whole_2
        plane = _HalfPlane(limit.gains[first] * whole_2, limit.gains[second] * whole_1, least)
        planes.append(plane)
        if least > 0:
            broken.append(plane)
    planes += [
        _HalfPlane(1, 0, 1), _HalfPlane(0, 1, 1), _HalfPlane(-1, 0, -caps_g[first]),
        _HalfPlane(0, -1, -caps_g[second]), _HalfPlane(-1, -1, -room_g),
    ]  # fmt: skip
    corners = [corner for line in broken for corner in _clip(line, planes)]
    for x, y in sorted(corners, key=sum):
        masses = _round_up(x, y, planes)
        if masses is not None:
            return _Pair(sum(masses), first, second, *masses)
    return None


def _clip(line: _HalfPlane, planes: Sequence[_HalfPlane]) -> list[tuple[Fraction, Fraction]]:
    """Return the ends of what the half-planes leave of the line of one of them; none where that is nothing.

    The line runs as (x, y) = point + t × (-b, a).
    """
    a, b, least = line
    square = a * a + b * b
    if not square:
        return []
    low: tuple[int, int] | None = None  # t as (numerator, denominator > 0)
    high: tuple[int, int] | None = None
    for plane in planes:
        if plane is line:
            continue
        slope = plane.b * a - plane.a * b  # times t × square
        rest = plane.least * square - (plane.a * a + plane.b * b) * least
        if slope > 0:
            if low is None or rest * low[1] > low[0] * slope:
                low = (rest, slope)
        elif slope < 0:
            if high is None or -rest * high[1] < high[0] * -slope:
                high = (-rest, -slope)
        elif rest > 0:
            return []
        if low is not None and high is not None and low[0] * high[1] > high[0] * low[1]:
            return []
    ends = (Fraction(*end) for end in (low, high) if end is not None)
    return [((a * least - b * t) / square, (b * least + a * t) / square) for t in ends]


def _round_up(x: Fraction, y: Fraction, planes: Sequence[_HalfPlane]) -> tuple[int, int] | None:
    """Return the lightest masses in whole kg near a corner that keep all limits, else in grams; None for none."""
    for unit in (G_PER_KG, 1):
        near_x, near_y = x // unit * unit, y // unit * unit
        steps = [
            (near_x + i * unit, near_y + j * unit)
            for i, j in sorted(
                ((i, j) for i in range(-1, 4) for j in range(-1, 4)), key=lambda at: (sum(at), at)
            )
        ]
        for masses in steps:
            if all(plane.holds(*masses) for plane in planes):
                return masses
    return None
