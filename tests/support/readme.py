"""Write a place's line of the README's tables of shares."""

from pathlib import Path

from traceability.locale import text
from traceability.render.figure_text import write_coverage, write_figure, write_gap
from traceability.services.reporting.figures.report import Figure, ReportRow

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
