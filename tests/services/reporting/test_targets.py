"""Figures are judged by the right target, unrounded and by their own method."""

from fractions import Fraction

from tests.support.business import NOW_MS, Business
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, Q1, SICHUAN, YEAR, declare, figure, statistic
from traceability.domain.period import parse_period
from traceability.services.reporting.figures.postings import drill_down
from traceability.services.reporting.figures.report import find_figure, regional_report


def test_targets_judge_the_unrounded_value_by_their_own_method(here: Business) -> None:
    for period, grams in (("2025-01", 10**9), ("2025-02", 0), ("2025-03", 0), ("2025", 10**9)):
        statistic(here, GUIZHOU, period, grams, ["Al"])
    liquid = here.tap(1_000_000, at="2025-01-10T08:00:00")
    here.melt((liquid, 900_000), into=900_000, alloy="1050", site="guiyang", at="2025-01-10T09:00:00")
    report = ask(here.store, regional_report, Q1)
    rate = figure(report, GUIZHOU, "direct_alloying")
    assert rate.value == Fraction(9, 10)
    assert rate.verdict is not None
    assert (rate.verdict.state, rate.verdict.interim) == ("met", True)
    assert figure(report, GUIZHOU, "supply_share").verdict is None, "targets are judged by the official ratio"
    here.tap(1000, at="2025-01-11T08:00:00")
    missed = figure(ask(here.store, regional_report, YEAR), GUIZHOU, "direct_alloying").verdict
    assert missed is not None
    assert (missed.state, missed.interim) == ("missed", False), "recorded in 2026, so 2025 is over"


def test_the_national_target_is_for_reference_and_never_taken_over(here: Business) -> None:
    report = ask(here.store, regional_report, Q1)
    share = figure(report, GUIZHOU, "supply_share_official").verdict
    assert share is not None
    assert (share.state, share.target, share.message) == ("no_target", None, "verdict.no_target")
    assert share.reference is not None
    assert share.reference.value == Fraction(24, 100)
    local = figure(report, GUIZHOU, "local_conversion").verdict
    assert local is not None
    assert (local.state, local.reference) == ("no_number", None)
    alloying = figure(report, HUNAN, "direct_alloying").verdict
    assert alloying is not None
    assert alloying.state == "no_target"
    no_data = figure(report, SICHUAN, "direct_alloying").verdict
    assert no_data is not None
    assert no_data.state == "no_data"
    assert figure(report, HUNAN, "recycled_output").verdict is None, (
        "the nation's tonnes are no measure of Hunan"
    )


def test_no_target_is_in_force_before_its_year(here: Business) -> None:
    report = ask(here.store, regional_report, parse_period("2024"))
    assert figure(report, GUIZHOU, "direct_alloying").verdict is None
    power = figure(ask(here.store, regional_report, parse_period("2031")), SICHUAN, "renewable_power").verdict
    assert power is not None
    assert power.target is not None
    assert (power.target.year, power.target.value) == (2030, Fraction(3, 10))


def test_targets_speak_of_their_own_metals(here: Business) -> None:
    for name, metal, capacity, level in (
        ("1", "Cu", 100, "benchmark"), ("2", "Pb", 150, "between"), ("3", "Al", 400, "below_baseline"),
    ):  # fmt: skip
        declare(here, "line", "2025", "plant", line=name, metal=metal, capacity_g=capacity, level=level)
    report = ask(here.store, regional_report, Q1)
    judged = find_figure(report, HUNAN, "benchmark_capacity", metals=("Cu", "Pb", "Zn"))
    assert judged.value == Fraction(100, 250)
    assert judged.verdict is not None
    assert (judged.verdict.state, judged.verdict.firms) == ("firms_below", 1), "no statistic of capacity"
    assert figure(report, HUNAN, "benchmark_capacity").value == Fraction(100, 650)
    assert figure(report, HUNAN, "below_baseline_capacity").value == Fraction(400, 650)
    page = ask(here.store, drill_down, judged.inputs)
    assert (page.lines, len(page.declarations)) == ((), 2)


def test_what_no_event_can_give_is_judged_by_what_the_authority_states(here: Business) -> None:
    """Hunan: energy per value added at least 14 % below 2020, ten green factories or more."""
    fall = {"indicator": "energy_per_value_added", "metals": None, "value": "-14", "unit": "%"}
    factories = {"indicator": "green_factories", "metals": None, "value": "9", "unit": "number"}

    def states() -> dict[str, tuple[Fraction | None, str]]:
        row = ask(here.store, regional_report, YEAR, now_ms=NOW_MS).row(HUNAN)
        assert row is not None
        return {
            figure.indicator: (figure.value, str(figure.verdict and figure.verdict.state))
            for figure in row.targets
            if figure.indicator in ("energy_per_value_added", "green_factories")
        }

    nothing = (None, "no_data")
    assert states() == {"energy_per_value_added": nothing, "green_factories": nothing}
    energy = here.send(here.statistic(HUNAN, "2025", **fall)).event
    here.send(here.statistic(HUNAN, "2025", **factories))
    assert states() == {
        "energy_per_value_added": (Fraction(-14, 100), "met"), "green_factories": (Fraction(9), "missed"),
    }  # fmt: skip
    here.void(energy, "hunan-authority", actor="hunan-planner")
    here.send(here.statistic(HUNAN, "2025", **{**fall, "value": "-13.9"}))
    assert states()["energy_per_value_added"] == (Fraction(-139, 1000), "missed")
