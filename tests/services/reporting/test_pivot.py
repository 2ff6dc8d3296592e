"""A pivot is exact: whole grams, whose months add up to the period, metals to their sum and places to the whole."""

import pytest

from tests.support.golden import NOW_MS, Golden
from tests.support.reading import ask
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.services.reporting.overviews.pivot import read_pivot
from traceability.services.reporting.overviews.report_table import ALL_METALS
from traceability.services.reporting.scope import Level

QUARTER = Period("2025-01", "2025-03")
EVERYTHING = Viewer((), {}, False, ("*",), ("*",))


@pytest.mark.parametrize(
    ("level", "code"), [("nation", "CN"), ("province", "430000"), ("group", "430000,510000")]
)
@pytest.mark.parametrize("indicator", ["recycled_output", "primary_output"])
def test_months_metals_and_places_add_up_to_the_gram(
    told: Golden, level: Level, code: str, indicator: str
) -> None:
    pivot = ask(told.store, read_pivot, EVERYTHING, level, code, QUARTER, indicator, now_ms=NOW_MS)
    own, *metals = pivot.own
    for line in pivot.lines:
        assert all(type(grams) in (int, type(None)) for grams in (*line.months, line.period))
        assert sum(grams or 0 for grams in line.months) == line.period
        assert (line.year_before, line.change) == (None, None)
    assert own.period
    assert sum(line.period or 0 for line in metals) == own.period
    assert sum(line.period or 0 for line in pivot.within if line.metal == ALL_METALS) == own.period


def test_places_are_ranked_by_their_sum(told: Golden) -> None:
    pivot = ask(told.store, read_pivot, EVERYTHING, "nation", "CN", QUARTER, "recycled_output", now_ms=NOW_MS)
    assert [(line.row.code, line.period) for line in pivot.ranking] == [
        ("360000", 47_880_000), ("430000", 33_300_000), ("520000", 18_430_000), ("510000", 10_080_000),
    ]  # fmt: skip


def test_a_year_without_records_is_no_data_and_the_next_one_knows_its_year_before(told: Golden) -> None:
    later = Period("2026-01", "2026-03")
    pivot = ask(told.store, read_pivot, EVERYTHING, "nation", "CN", later, "recycled_output", now_ms=NOW_MS)
    before = {line.row.code: line.year_before for line in pivot.lines if line.metal == ALL_METALS}
    assert before["430000"] == 33_300_000
    assert {line.period for line in pivot.lines} == {None}
