"""The README shows the golden shares as they are, with the coverage that each verdict rests on."""

from pathlib import Path

import pytest

from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.reporting import Q1
from traceability.locale import text
from traceability.render.figure_text import write_coverage, write_figure, write_gap
from traceability.services.reporting.report import Figure, ReportRow, regional_report

README = Path(__file__).resolve().parents[2] / "README.md"
SHARES = (("supply_share", False), ("supply_share_official", True), ("direct_alloying", True))


def line_of(row: ReportRow) -> str:
    """Return a place's line of the README's table."""
    cells = [row.name("zh")]
    cells += [write_figure(row.figures[name]).value for name in ("recycled_output", "primary_output")]
    for name, judged in SHARES:
        figure = row.figures[name]
        cells.append(write_figure(figure).value + (" %" if figure.value is not None else ""))
        if judged:
            known = [
                write_coverage(coverage) for coverage in figure.coverage if coverage.statistic is not None
            ]
            cells += [" · ".join(known) or "–", standing(figure)]
    return f"| {' | '.join(cells)} |"


def standing(figure: Figure) -> str:
    assert figure.verdict is not None
    words = text(f"cli.verdict_short.{figure.verdict.state}", {}, "en")
    missing = figure.gap is not None and (figure.gap.amount or 0) > 0
    return f"{words}, {write_gap(figure)} missing" if missing else words


@pytest.mark.parametrize("code", ["360000", "430000", "510000", "520000", "CN"])
def test_the_table_of_the_readme_is_that_of_the_report(told: Golden, code: str) -> None:
    row = ask(told.store, regional_report, Q1).row(code)
    assert row is not None
    assert line_of(row) in README.read_text(encoding="utf-8")
