"""The demo gives the same shares and the same digest on a Neo4j server: minutes of loading, so only in ``make soak``."""

import pytest

from graph import open_store
from tests.support.demo import DemoBook, load_demo
from tests.support.reading import ask
from tests.support.readme import line_of
from traceability.domain.period import parse_period
from traceability.services.reporting.figures.report import RegionalReport, regional_report
from traceability.services.upkeep.check import check_book

PERIODS = ("2025", "2026-01..2026-10")


def lines_of(report: RegionalReport) -> list[str]:
    return [line_of(row) for row in (report.nation, *report.rows)]


@pytest.mark.soak
def test_both_engines_print_the_same_shares(demo_book: DemoBook, neo4j_url: str) -> None:
    server = open_store(neo4j_url)
    server.migrate()
    try:
        load_demo(server)
        for period in PERIODS:
            here, there = (
                ask(store, regional_report, parse_period(period)) for store in (demo_book.store, server)
            )
            assert lines_of(there) == lines_of(here), period
        checked = check_book(server)
        assert checked.findings == []
        assert checked.digest == check_book(demo_book.store).digest
    finally:
        server.close()
