"""Every figure is written exactly, with its unit, and never as 0 where there is no data."""

from fractions import Fraction

import pytest

from traceability.domain.indicators import INDICATORS
from traceability.render.figure_text import write_decimal, write_exact, write_figure, write_ratio
from traceability.services.reporting.postings import FigureInputs
from traceability.services.reporting.report import Figure

NOWHERE = FigureInputs((), (), (), "2025-01", "2025-03")


def written(indicator: str, numerator: int | None, denominator: int | None) -> tuple[str, ...]:
    value = None if numerator is None else INDICATORS[indicator].value(numerator, denominator)
    return write_figure(Figure(indicator, value, numerator, denominator, (), NOWHERE))


@pytest.mark.parametrize(
    ("indicator", "numerator", "denominator", "said"),
    [
        ("supply_share", 109_690_000, 426_730_000, ("25.7", "%", "109 690 ÷ 426 730 = .257048", "kg")),
        ("supply_share", 1, 3, ("33.3", "%", "0.001 ÷ 0.003 = .333333", "kg")),
        ("supply_share_official", 12, 10, ("120.0", "%", "0.012 ÷ 0.01 = 1.200000", "kg")),
        ("recycled_output", 109_690_000, None, ("109.690", "t", "", "kg")),
        ("residue_per_tonne", 2_000_000, 28_000_000, ("71.43", "kg/t", "2 000 ÷ 28 000 × 1 000 = 71.428571", "kg")),
        ("renewable_power", 810_000, 2_025_000, ("40.0", "%", "810 000 ÷ 2 025 000 = .400000", "kWh")),
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
    assert [write_decimal(Fraction(part, 8), 2) for part in (1, -1, 8_001)] == ["0.13", "−0.13", "1 000.13"]
    assert [write_exact(Fraction(part, 1000)) for part in (0, 1_500, 1_234_567_001)] == [
        "0",
        "1.5",
        "1 234 567.001",
    ]
    assert write_ratio(5, 0) == ""
    assert write_ratio(26_400, 32_000) == "26.4 ÷ 32 = .825000"
