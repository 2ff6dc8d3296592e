"""A period is written in one way: digits that look otherwise are no month, wherever they stand."""

import pytest

from traceability.domain.errors import BadInput
from traceability.domain.period import parse_period


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "1899", "2200", "2025-13", "2025-Q5", "2025..", "..2025", "2026..2025", "1900..2001", "-2025",
        "２０２５", "20２５", "2025-０1", "2025-Q１", "2025-01..2025-1２", "٢٠٢٥", "2025-²",
    ],
)  # fmt: skip
def test_what_is_no_run_of_months_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"report\.bad_period"):
        parse_period(text)


def test_a_period_reads_back_as_it_is_written() -> None:
    for text in ("2025", "2025-03", "2025-Q2", "2024-11..2025-02"):
        assert str(parse_period(text)) == text
