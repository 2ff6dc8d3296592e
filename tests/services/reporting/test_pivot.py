"""A pivot is exact: whole grams, whose months add up to the period, and whose metals to their sum."""

from tests.support.golden import Golden
from traceability.domain.period import Period
from traceability.services.reporting.report import report_for
from traceability.services.reporting.report_table import ALL_METALS, pivot_months, rank_places


def test_months_and_metals_add_up_to_the_gram(told: Golden) -> None:
    quarter = Period("2025-01", "2025-03")
    with told.store.read() as reader:
        monthly = [report_for(reader, "nation", "CN", Period(month, month)) for month in quarter.months()]
        whole = report_for(reader, "nation", "CN", quarter)
        before = report_for(reader, "nation", "CN", Period("2024-01", "2024-03"))
    lines = pivot_months(monthly, whole, before, "recycled_output")
    ranking = rank_places(line for line in lines if line.row is not whole.total)
    assert [line.row.code for line in ranking] == ["360000", "430000", "520000", "510000"]
    assert [line.period for line in ranking] == [47_880_000, 33_300_000, 18_430_000, 10_080_000]
    for line in lines:
        assert all(type(grams) in (int, type(None)) for grams in (*line.months, line.period))
        assert sum(grams or 0 for grams in line.months) == line.period
        assert line.year_before is None
        assert line.change is None
    national = [line for line in lines if line.row is whole.total]
    metals = [line.period or 0 for line in national if line.metal != ALL_METALS]
    assert [sum(metals)] == [line.period for line in national if line.metal == ALL_METALS]
