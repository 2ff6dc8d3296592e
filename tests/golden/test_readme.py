"""The README shows the golden shares as they are, with the coverage that each verdict rests on."""

import pytest

from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.readme import README, line_of
from tests.support.reporting import Q1
from traceability.services.reporting.figures.report import regional_report


@pytest.mark.parametrize("code", ["360000", "430000", "510000", "520000", "CN"])
def test_the_table_of_the_readme_is_that_of_the_report(told: Golden, code: str) -> None:
    row = ask(told.store, regional_report, Q1).row(code)
    assert row is not None
    assert line_of(row) in README.read_text(encoding="utf-8")
