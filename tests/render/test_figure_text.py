"""Every figure is written exactly, with its unit, and never as 0 where there is no data."""

from fractions import Fraction

import pytest

from traceability.domain.coverage import Coverage
from traceability.domain.indicators import INDICATORS
from traceability.domain.target import AT_LEAST, PolicyTarget
from traceability.domain.verdict import VerdictState
from traceability.locale import LANGUAGES, format_share, text
from traceability.locale.formats import write_decimal, write_plain
from traceability.render.figure_text import (
    describe_verdict,
    write_coverage,
    write_exact,
    write_figure,
    write_ratio,
)
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.figures.targets import Verdict

NOWHERE = FigureInputs((), (), (), "2025-01", "2025-03")


def written(indicator: str, numerator: int | None, denominator: int | None) -> tuple[str, ...]:
    value = None if numerator is None else INDICATORS[indicator].value(numerator, denominator)
    return write_figure(Figure(indicator, value, numerator, denominator, (), NOWHERE))


@pytest.mark.parametrize(
    ("indicator", "numerator", "denominator", "said"),
    [
        ("supply_share", 109_690_000, 426_730_000, ("25.7", "%", "109\u00a0690 ÷ 426\u00a0730 = .257048", "kg")),
        ("supply_share", 1, 3, ("33.3", "%", "0.001 ÷ 0.003 = .333333", "kg")),
        ("supply_share_official", 12, 10, ("120.0", "%", "0.012 ÷ 0.01 = 1.200000", "kg")),
        ("recycled_output", 109_690_000, None, ("109.690", "t", "", "kg")),
        ("residue_per_tonne", 2_000_000, 28_000_000, ("71.43", "kg/t", "2\u00a0000 ÷ 28\u00a0000 × 1\u00a0000 = 71.428571", "kg")),
        ("renewable_power", 810_000, 2_025_000, ("40.0", "%", "810\u00a0000 ÷ 2\u00a0025\u00a0000 = .400000", "kWh")),
        ("clean_transport", 5_000_000, 20_000_000, ("25.0", "%", "5 ÷ 20 = .250000", "t·km")),
        ("evidence", 1, 4, ("25.0", "%", "1 ÷ 4 = .250000", "")),
        ("direct_alloying", 0, 0, ("–", "%", "", "")),
        ("direct_alloying", None, None, ("–", "%", "", "")),
    ],
)  # fmt: skip
def test_a_figure_in_words(
    indicator: str, numerator: int | None, denominator: int | None, said: tuple[str, ...]
) -> None:
    assert written(indicator, numerator, denominator)[:4] == said


def test_numbers_are_rounded_once_half_up() -> None:
    assert [write_decimal(Fraction(part, 8), 2) for part in (1, -1, 8_001)] == [
        "0.13",
        "−0.13",
        "1\u00a0000.13",
    ]
    assert [write_exact(Fraction(part, 1000)) for part in (0, 1_500, 1_234_567_001)] == [
        "0",
        "1.5",
        "1\u00a0234\u00a0567.001",
    ]
    assert write_ratio(5, 0) == ""
    assert write_ratio(26_400, 32_000) == "26.4 ÷ 32 = .825000"


@pytest.mark.parametrize(
    ("grams", "written_as"),
    [
        (23_960_000, "23.96 %"),
        (23_999_999, "23.999999 %"),
        (24_000_000, "24.0 %"),
        (24_000_001, "24.000001 %"),
        (23_940_000, "23.9 %"),
        (24_060_000, "24.1 %"),
    ],
)
def test_a_share_has_as_many_digits_as_tell_its_side_of_the_target(grams: int, written_as: str) -> None:
    target = Fraction(24, 100)
    assert format_share(Fraction(grams, 100_000_000), [target]) == written_as
    figure = Figure(
        "supply_share_official",
        Fraction(grams, 100_000_000),
        grams,
        100_000_000,
        (),
        NOWHERE,
        limits=(target,),
    )
    assert write_figure(figure).value + " %" == written_as


def test_a_mass_has_as_many_digits_as_tell_its_side_of_the_target() -> None:
    target = Fraction(20_000_000 * 10**6)
    for grams, written_as in (
        (int(target) - 1, "19\u00a0999\u00a0999.999999"),
        (int(target), "20\u00a0000\u00a0000.000"),
    ):
        figure = Figure("recycled_output", Fraction(grams), grams, None, (), NOWHERE, limits=(target,))
        assert write_figure(figure).value == written_as


@pytest.mark.parametrize(
    ("amount", "statistic", "written_as"),
    [
        (100, 100, "100.0 %"),
        (79_996, 100_000, "79.996 %"),
        (102_001, 100_000, "102.001 %"),
        (2, 100_000, "0.002 %"),
        (0, 5, "0.0 %"),
        (5, 0, "–"),
        (5, None, ""),
    ],
)
def test_coverage_is_told_from_its_bounds_and_from_nothing(
    amount: int, statistic: int | None, written_as: str
) -> None:
    assert write_coverage(Coverage("output_coverage", amount, statistic)) == written_as


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", ["", "cli."])
def test_every_state_of_a_verdict_is_said_in_words(language: str, prefix: str) -> None:
    target = PolicyTarget(
        "430000", "supply_share_official", (), "official", 2025, AT_LEAST, Fraction(24, 100)
    )
    coverage = Coverage("output_coverage", 2, 100_000)
    figure = Figure("supply_share_official", None, 1, None, (), NOWHERE, limits=(Fraction(24, 100),))
    for state in VerdictState:
        for by in ("", "supply_share") if state.name.startswith("FIRMS") else ("",):
            verdict = Verdict(state, target, None, False, coverage, Fraction(2_396, 10_000), by, 5)
            said = describe_verdict(verdict, figure, language, prefix)
            assert "verdict." not in said
            assert "{" not in said
            assert ("23.96 %" in said) == (bool(by) and not prefix)
    short = {text(f"cli.verdict_short.{state}", {}, language) for state in VerdictState}
    assert len(short) == len(VerdictState)


def test_a_file_has_more_decimals_where_six_hide_the_side() -> None:
    assert write_plain(Fraction(239_999_999, 10**9), 9) == "0.239999999"
    assert write_plain(Fraction(-1, 8), 3) == "-0.125"
