"""Each analysis of findings fires beyond its threshold, and keeps quiet on it."""

from collections.abc import Sequence

import pytest

from traceability.domain.findings import (
    DAY_MS,
    DEFAULT_THRESHOLDS,
    AuditFinding,
    Charge,
    Delivery,
    HeatYield,
    MonthlyMetal,
    ReturnedMetal,
    Severity,
    TimedEntry,
    UndonePrint,
    Weighed,
    find_heat_yields,
    find_night_entries,
    find_output_above_feed,
    find_reclassified,
    find_returned_metal,
    find_supplier_surges,
    find_tare_drift,
    find_undone_prints,
)

LIMITS = DEFAULT_THRESHOLDS
SEVERAL = LIMITS._replace(tare_weighings=3)


def weighings(*tares_g: int) -> list[Weighed]:
    """Return five weighings of a vehicle at 10 t in January, and these in February."""
    january = [Weighed("yard", "truck", "2025-01", 10_000_000, f"a{number}") for number in range(5)]
    return january + [
        Weighed("yard", "truck", "2025-02", tare_g, f"b{number}") for number, tare_g in enumerate(tares_g)
    ]


def test_a_tare_that_drifts_in_several_weighings_is_found() -> None:
    (found,) = find_tare_drift(weighings(*[10_200_001] * 3), SEVERAL)
    assert (found.subject, found.month, found.events) == ("truck", "2025-02", ("b0", "b1", "b2"))
    assert (found.figures["most_g"], found.figures["usual_g"]) == (200_001, 10_000_000)


@pytest.mark.parametrize(
    "tares_g",
    [
        pytest.param([10_200_000] * 3, id="exactly on the threshold"),
        pytest.param([12_000_000, 12_000_000, 10_000_000], id="two weighings are a passenger"),
        pytest.param([10_300_000, 10_300_000, 9_700_000, 9_700_000], id="up and down is the bridge"),
    ],
)
def test_a_tare_that_does_not_drift_is_quiet(tares_g: list[int]) -> None:
    assert find_tare_drift(weighings(*tares_g), SEVERAL) == []


def test_without_months_before_the_usual_tare_of_then_counts() -> None:
    drifted = [Weighed("yard", "truck", "2025-02", 9_799_999, f"{number}", 10_000_000) for number in range(3)]
    assert [found.figures["most_g"] for found in find_tare_drift(drifted, LIMITS)] == [-200_001]
    assert find_tare_drift([weighed._replace(usual_g=0) for weighed in drifted], LIMITS) == []
    exact = [weighed._replace(tare_g=9_800_000) for weighed in drifted]
    assert find_tare_drift(exact, LIMITS) == []


def returned(after_ms: int) -> list[AuditFinding]:
    lot = ReturnedMetal("yard", "2025-02", "lot", 1_000, 1_000 + after_ms, 5_000, ("out", "in"))
    return find_returned_metal([lot], LIMITS)


def test_metal_that_is_back_within_30_days_is_found_and_after_30_days_not() -> None:
    assert [found.figures["days"] for found in returned(30 * DAY_MS - 1)] == [29]
    assert returned(30 * DAY_MS) == []


def heats(yields_ppm: Sequence[int], odd_ppm: int) -> list[HeatYield]:
    made = [*yields_ppm, odd_ppm]
    return [
        HeatYield("works", "Al", "2025-02", f"heat{number}", 1_000_000, made_g)
        for number, made_g in enumerate(made)
    ]


# Eleven heats around 90 % whose sample deviation is exactly 1 point: Σ(x − 900 000)² = 10 · 10 000²
AROUND_90 = [900_000, *[890_000, 910_000] * 5]


@pytest.mark.parametrize(("odd_ppm", "is_found"), [(930_000, False), (930_001, True), (869_999, True)])
def test_a_heat_is_found_beyond_three_deviations_of_the_others(odd_ppm: int, is_found: bool) -> None:
    found = find_heat_yields(heats(AROUND_90, odd_ppm), LIMITS)
    assert [(one.subject, one.severity) for one in found] == [("heat11", Severity.ALARM)] * is_found


def test_few_heats_have_no_usual_yield() -> None:
    assert find_heat_yields(heats([900_000] * 9, 700_000), LIMITS) == []
    assert len(find_heat_yields(heats([900_000] * 10, 700_000), LIMITS)) == 1


def test_a_difference_below_the_least_is_no_finding_however_even_the_others_are() -> None:
    assert find_heat_yields(heats([900_000] * 10, 909_999), LIMITS) == []
    assert len(find_heat_yields(heats([900_000] * 10, 910_000), LIMITS)) == 1


def test_a_yield_above_one_is_a_notice_and_one_of_exactly_one_is_none() -> None:
    assert [one.severity for one in find_heat_yields(heats([], 1_000_001), LIMITS)] == [Severity.NOTICE]
    assert find_heat_yields(heats([], 1_000_000), LIMITS) == []


@pytest.mark.parametrize(("product_g", "is_found"), [(1_500, False), (1_501, True)])
def test_more_product_than_feed_and_stock_is_found(product_g: int, is_found: bool) -> None:
    month = MonthlyMetal("works", "2025-02", 500, 1_000, product_g)
    assert [one.figures["above_g"] for one in find_output_above_feed([month], LIMITS)] == [1] * is_found


def entries(at_night: int, whole: int) -> list[TimedEntry]:
    hours = [(23, 4)[number % 2] if number < at_night else (5, 22)[number % 2] for number in range(whole)]
    return [TimedEntry("yard", "2025-02", hour, str(number)) for number, hour in enumerate(hours)]


@pytest.mark.parametrize(
    ("at_night", "whole", "is_found"),
    [(4, 20, False), (5, 20, True), (1, 1, False), (2, 2, True), (0, 50, False)],
)
def test_entries_at_night_are_found_beyond_a_fifth(at_night: int, whole: int, is_found: bool) -> None:
    found = find_night_entries(entries(at_night, whole), LIMITS)
    assert [len(one.events) for one in found] == [at_night] * is_found


@pytest.mark.parametrize(("reclassified_g", "is_found"), [(100, False), (101, True)])
def test_run_around_scrap_of_others_is_found_beyond_a_tenth_of_a_charge(
    reclassified_g: int, is_found: bool
) -> None:
    charge = Charge("works", "2025-02", "heat", 1_000, reclassified_g, ("lot",))
    assert len(find_reclassified([charge], LIMITS)) == is_found


def deliveries(*masses_g: int) -> list[Delivery]:
    return [
        Delivery("yard", "lao-wang", f"2025-{month:02d}", mass_g, str(month))
        for month, mass_g in enumerate(masses_g, 1)
    ]


@pytest.mark.parametrize(
    ("masses_g", "months"),
    [
        pytest.param((10, 10, 12, 31), ["2025-04"], id="beyond three times"),
        pytest.param((10, 10, 12, 30), [], id="exactly three times"),
        pytest.param((10, 10, 99), [], id="too few other months"),
        pytest.param((10, 20, 30, 40, 50), [], id="a supplier that grows"),
    ],
)
def test_a_supplier_is_found_beyond_three_times_its_usual_month(
    masses_g: tuple[int, ...], months: list[str]
) -> None:
    assert [one.month for one in find_supplier_surges(deliveries(*masses_g), LIMITS)] == months


def test_what_was_taken_back_is_found_where_it_had_been_printed() -> None:
    printed = UndonePrint("yard", "2025-02", "event", "undo", 1)
    assert [one.events for one in find_undone_prints([printed])] == [("event", "undo")]
    assert find_undone_prints([printed._replace(papers=0)]) == []


def test_a_finding_keeps_its_id_when_its_figures_change() -> None:
    few = find_night_entries(entries(5, 20), LIMITS)[0]
    more = find_night_entries(entries(9, 25), LIMITS)[0]
    assert few.id == more.id
    assert few.figures != more.figures
    assert few.id != few._replace(month="2025-03").id
