"""What closes a gap reaches the target exactly, and one gram less does not."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.domain.errors import BadInput
from traceability.domain.gap import gap_to_share, gap_with_growth
from traceability.domain.quantity import MAX_SUM_G
from traceability.domain.what_if import Liquid, Supply, SupplyLevers

GRAMS = st.integers(0, 10**13)
TARGETS = st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000)


@st.composite
def supplies(draw: st.DrawFn) -> Supply:
    recycled_g, primary_g = draw(GRAMS), draw(GRAMS)
    by_supply = draw(st.booleans())
    whole = recycled_g + primary_g if by_supply else draw(st.integers(primary_g, 10**14))
    return Supply(recycled_g, primary_g, max(1, whole), by_supply or draw(st.booleans()))


def reaches(supply: Supply, levers: SupplyLevers, target: Fraction) -> bool:
    changed = supply.change(levers).share
    assert changed is not None
    return changed >= target


@given(supplies(), TARGETS)
def test_recycled_metal_closes_the_gap_to_the_gram(supply: Supply, target: Fraction) -> None:
    grams = supply.close_by_recycled(target)
    assert grams is not None
    if grams > MAX_SUM_G:  # more than may be asked for; it is told all the same
        return
    assert reaches(supply, SupplyLevers(grams), target)
    assert grams == 0 or not reaches(supply, SupplyLevers(grams - 1), target)


@given(supplies(), TARGETS)
def test_less_primary_closes_the_gap_to_the_gram_or_all_of_it_does_not(
    supply: Supply, target: Fraction
) -> None:
    grams = supply.close_by_less_primary(target)
    if grams is None:
        most = min(supply.primary_g, supply.whole_g - 1)
        assert not reaches(supply, SupplyLevers(0, most), target)
        return
    assert reaches(supply, SupplyLevers(0, grams), target)
    assert grams == 0 or not reaches(supply, SupplyLevers(0, grams - 1), target)


@given(supplies(), TARGETS)
def test_both_together_are_just_enough(supply: Supply, target: Fraction) -> None:
    levers = supply.close_by_both(target)
    if levers is None:
        return
    assert reaches(supply, levers, target)
    if levers.less_primary_g:
        assert not reaches(supply, levers._replace(less_primary_g=levers.less_primary_g - 1), target)
    alone = supply.close_by_recycled(target)
    assert alone is not None
    assert levers.recycled_g <= alone


@given(st.integers(0, 10**13), st.integers(1, 10**13), TARGETS)
def test_liquid_closes_the_gap_to_the_gram(direct_g: int, rest_g: int, target: Fraction) -> None:
    liquid = Liquid(direct_g, direct_g + rest_g)
    grams = liquid.close(target)
    assert grams is not None
    assert (liquid.change(grams).share or 0) >= target
    assert grams == 0 or (liquid.change(grams - 1).share or 0) < target


@given(GRAMS, st.integers(1, 10**13), TARGETS)
def test_a_gap_is_that_of_the_figure(recycled_g: int, whole_g: int, target: Fraction) -> None:
    as_it_is = Supply(recycled_g, 0, whole_g, grows=False).close_by_recycled(target)
    growing = Supply(recycled_g, 0, whole_g, grows=True).close_by_recycled(target)
    assert as_it_is == max(0, gap_to_share(target, recycled_g, whole_g) or 0)
    assert growing == max(0, gap_with_growth(target, recycled_g, whole_g) or 0)


def test_sichuan_of_the_golden_scenario() -> None:
    target = Fraction(24, 100)
    by_statistic = Supply(10_080_000, 50_000_000, 50_000_000, grows=False)
    by_supply = Supply(10_080_000, 50_000_000, 60_080_000, grows=True)
    assert by_statistic.close_by_recycled(target) == 1_920_000
    assert by_supply.close_by_recycled(target) == 5_709_474
    assert by_statistic.close_by_less_primary(target) == 8_000_000
    assert Liquid(40_000_000, 50_000_000).close(Fraction(9, 10)) == 5_000_000


@pytest.mark.parametrize(
    ("levers", "code"),
    [
        (SupplyLevers(-1), "what_if.negative"),
        (SupplyLevers(0, -1), "what_if.negative"),
        (SupplyLevers(MAX_SUM_G + 1), "what_if.too_much"),
        (SupplyLevers(0, 51), "what_if.less_than_no_primary"),
        (SupplyLevers(0, 40), "what_if.nothing_left"),
    ],
)
def test_what_cannot_be_is_refused(levers: SupplyLevers, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        Supply(10, 50, 40, grows=False).change(levers)
    assert refused.value.code == code


def test_no_more_liquid_is_alloyed_than_was_tapped() -> None:
    with pytest.raises(BadInput) as refused:
        Liquid(80, 100).change(21)
    assert refused.value.code == "what_if.more_direct_than_tapped"
    assert refused.value.figures == {"amount": 21, "most": 20}
    assert Liquid(0, 0).close(Fraction(9, 10)) is None
