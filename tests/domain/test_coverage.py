"""Coverage is judged exactly at its bounds, and a target only within them."""

from fractions import Fraction
from itertools import product

import pytest

from traceability.domain.coverage import Coverage, CoverageBounds, CoverageLevel
from traceability.domain.gap import gap_to_amount, gap_to_share, gap_with_growth
from traceability.domain.target import ABOUT, AT_LEAST, AT_MOST, PolicyTarget
from traceability.domain.verdict import VerdictState, judge_figure

WHOLE = 10**15  # g of a nation's year
QUARTER = Fraction(24, 100)
TARGET = PolicyTarget("430000", "supply_share_official", operator=AT_LEAST, value=QUARTER)
LIMIT = PolicyTarget("430000", "below_baseline_capacity", operator=AT_MOST, value=Fraction(5, 100))


def covered(amount: int, statistic: int | None = WHOLE, name: str = "output_coverage") -> Coverage:
    return Coverage(name, amount, statistic)


FULL, UNKNOWN = covered(WHOLE), covered(WHOLE, None)
RECYCLED = Coverage("recycled_coverage", 100, 100)
RECYCLED_UNKNOWN = Coverage("recycled_coverage", 100, None)


@pytest.mark.parametrize(
    ("amount", "level"),
    [
        (-1, "below"),
        (0, "below"),
        (WHOLE * 80 // 100 - 1, "below"),
        (WHOLE * 80 // 100, "within"),
        (WHOLE, "within"),
        (WHOLE * 102 // 100, "within"),
        (WHOLE * 102 // 100 + 1, "above"),
    ],
)
def test_both_ends_of_the_bounds_are_enough_to_the_gram(amount: int, level: str) -> None:
    assert covered(amount).level == level
    assert covered(amount).value == Fraction(amount, WHOLE)


def test_bounds_are_data() -> None:
    strict = CoverageBounds(1_000_000, 1_000_000)
    levels = [Coverage("output_coverage", part, 100, strict).level for part in (99, 100, 101)]
    assert levels == ["below", "within", "above"]


def test_a_statistic_of_nothing_is_covered_by_nothing_alone() -> None:
    assert [covered(part, 0).level for part in (-1, 0, 1)] == ["below", "within", "above"]
    assert covered(0, 0).value is None
    assert covered(5, None).level is CoverageLevel.UNKNOWN
    assert covered(5, None).value is None


@pytest.mark.parametrize("value", [QUARTER - Fraction(1, WHOLE), QUARTER, QUARTER + Fraction(1, WHOLE)])
def test_a_target_includes_its_own_number(value: Fraction) -> None:
    assert judge_figure(TARGET, value, [FULL, RECYCLED]).state == ("met" if value >= QUARTER else "missed")


@pytest.mark.parametrize("part", [1, WHOLE * 80 // 100 - 1])
def test_a_book_that_covers_too_little_judges_nothing(part: int) -> None:
    for value in (Fraction(0), Fraction(1)):
        judged = judge_figure(TARGET, value, [covered(part), RECYCLED])
        assert judged == (VerdictState.UNDER_COVERED, covered(part))
        assert judge_figure(TARGET, value, [covered(part), RECYCLED_UNKNOWN]).state == "under_covered"


def test_a_book_that_holds_more_than_the_statistic_judges_nothing() -> None:
    more = covered(WHOLE * 102 // 100 + 1)
    assert judge_figure(TARGET, Fraction(1), [more, RECYCLED]) == (VerdictState.OVER_COVERED, more)


@pytest.mark.parametrize(
    ("part", "state"), [(79, "under_covered"), (80, "met"), (102, "met"), (103, "over_covered")]
)
def test_every_coverage_that_is_known_must_lie_in_its_bounds(part: int, state: str) -> None:
    recycled = Coverage("recycled_coverage", part, 100)
    assert judge_figure(TARGET, Fraction(1, 2), [FULL, recycled]).state == state


def test_without_a_statistic_of_recycled_output_met_stands_and_missed_is_not_said() -> None:
    known = [FULL, RECYCLED_UNKNOWN]
    assert judge_figure(TARGET, QUARTER, known, only_rises=True).state == "met"
    below = judge_figure(TARGET, QUARTER - Fraction(1, WHOLE), known, only_rises=True)
    assert below == (VerdictState.NOT_REACHED, RECYCLED_UNKNOWN)
    assert judge_figure(LIMIT, Fraction(1, 2), known, only_rises=True).state == "missed", "it can only rise"
    assert judge_figure(LIMIT, Fraction(0), known, only_rises=True).state == "firms_below"


def test_met_does_not_stand_without_the_coverage_of_output() -> None:
    states = {
        judge_figure(
            TARGET, Fraction(1), [output, RECYCLED_UNKNOWN], book_value=Fraction(1), only_rises=True
        ).state
        for output in (UNKNOWN, covered(1), covered(2 * WHOLE))
    }
    assert states == {"firms_above", "under_covered", "over_covered"}


@pytest.mark.parametrize(
    ("book", "state"), [(QUARTER, "firms_above"), (QUARTER - Fraction(1, 10**9), "firms_below")]
)
def test_without_a_statistic_the_firms_of_the_book_are_compared(book: Fraction, state: str) -> None:
    assert judge_figure(TARGET, None, [UNKNOWN, RECYCLED_UNKNOWN], book_value=book).state == state
    assert judge_figure(TARGET, None, [UNKNOWN, RECYCLED_UNKNOWN]).state == "no_data"


def test_what_nobody_can_judge() -> None:
    about = PolicyTarget("510000", "below_baseline_capacity", operator=ABOUT, value=Fraction(0))
    direction = PolicyTarget("360000", "supply_share_official")
    assert judge_figure(about, Fraction(0), [FULL]).state == "about"
    assert judge_figure(about, None, [FULL]).state == "no_data"
    assert judge_figure(direction, Fraction(1), [FULL]).state == "no_number"
    assert judge_figure(TARGET, None, [FULL]).state == "no_data"
    assert judge_figure(TARGET, Fraction(1)).state == "met", "a statistic itself needs no coverage"


def test_a_verdict_is_given_only_within_the_bounds() -> None:
    parts = (None, 0, 79, 80, 100, 102, 103)
    for output, recycled, value in product(parts, parts, (0, 24, 100)):
        coverages = [
            Coverage("output_coverage", output or 0, None if output is None else 100),
            Coverage("recycled_coverage", recycled or 0, None if recycled is None else 100),
        ]
        state = judge_figure(
            TARGET, Fraction(value, 100), coverages, book_value=Fraction(value, 100), only_rises=True
        ).state
        within = output in (80, 100, 102) and recycled in (None, 80, 100, 102)
        assert state.is_verdict == (within and not (recycled is None and value < 24)), (
            output,
            recycled,
            value,
        )


# --- what is missing ----------------------------------------------------------------------------------------------


def test_the_gaps_of_sichuan() -> None:
    recycled, primary, output = 10_080_000, 50_000_000, 50_000_000
    assert gap_to_share(QUARTER, recycled, output) == 1_920_000
    assert gap_with_growth(QUARTER, recycled, recycled + primary) == 5_709_474
    assert gap_to_share(Fraction(9, 10), 40_000_000, 50_000_000) == 5_000_000
    assert gap_with_growth(QUARTER, recycled, output) == 2_526_316, "where what is added is refined metal"


def test_a_gap_is_rounded_up_and_negative_beyond_the_target() -> None:
    assert gap_to_share(Fraction(1, 3), 0, 1) == 1
    assert gap_to_share(Fraction(1, 3), 3, 4) == -1, "1.67 g beyond: at least 1 g"
    assert gap_to_amount(Fraction(100), 130) == -30
    for recycled in range(0, 60, 7):
        gap = gap_with_growth(QUARTER, recycled, recycled + 100)
        assert gap is not None
        assert Fraction(recycled + gap, recycled + gap + 100) >= QUARTER
        assert Fraction(recycled + gap - 1, recycled + gap + 99) < QUARTER


def test_there_is_no_gap_of_less_than_nothing() -> None:
    assert gap_to_share(QUARTER, -1, 100) is None
    assert gap_to_share(QUARTER, 1, -100) is None
    assert gap_with_growth(QUARTER, -1, 99) is None
    assert gap_with_growth(Fraction(1), 1, 100) is None, "no amount makes all of supply recycled"
    assert gap_to_amount(Fraction(5), -1) is None
