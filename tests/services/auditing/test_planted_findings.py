"""The demo's planted cases are found, its false friends are quiet, and nothing else is reported."""

import time

import pytest

from tests.bench.clock import pace
from tests.support.demo import DemoBook
from traceability.domain.access import Assignment
from traceability.domain.findings import Analysis, AuditFinding
from traceability.domain.period import Period, parse_period
from traceability.domain.rights import Viewer, find_viewer
from traceability.exchange.demo import draw_id
from traceability.exchange.demo.planted import list_planted
from traceability.services.auditing.analysis import find_all
from traceability.services.directory.reference import reference_in

NAMED = {
    "tare_drift": Analysis.TARE_DRIFT, "metal_back": Analysis.RETURNED_METAL, "yield": Analysis.HEAT_YIELD,
    "more_than_feed": Analysis.OUTPUT_ABOVE_FEED, "night_entries": Analysis.NIGHT_ENTRIES,
    "reclassified": Analysis.RECLASSIFIED, "supplier_surge": Analysis.SUPPLIER_SURGE,
    "undo": Analysis.UNDO_AFTER_PRINT,
}  # fmt: skip
LONGEST_S = 1.0
USUAL_PACE_MS = 6.0  # of the host on which a second was set; a slower one has as much more


def find_in(book: DemoBook, period: Period, place: str = "nation:CN") -> list[AuditFinding]:
    with book.store.read() as reader:
        viewer = auditor(book)
        return find_all(reader, viewer, place, period)


def auditor(book: DemoBook) -> Viewer:
    with book.store.read() as reader:
        return find_viewer([Assignment("auditor", "*")], reference_in(reader).gazetteer, "2026-11-30")


@pytest.mark.slow
def test_exactly_what_is_planted_is_reported(demo_book: DemoBook) -> None:
    found = find_in(demo_book, parse_period(demo_book.period(0, 23)))
    reported = {(one.analysis, one.site, one.month) for one in found}
    planted = {
        (NAMED[case.finding], case.site, demo_book.months.label(case.month))
        for case in list_planted()
        if case.is_found
    }
    assert reported == planted
    assert len(found) == len(planted) == len(Analysis)
    named = {
        (NAMED[case.finding], case.site): draw_id(case.event)
        for case in list_planted()
        if case.is_found and case.finding != "supplier_surge"  # that is named by its first further load
    }
    for one in found:
        if (one.analysis, one.site) in named:
            assert named[one.analysis, one.site] in one.events, one


@pytest.mark.slow
def test_a_year_of_the_nation_is_read_within_a_second(demo_book: DemoBook) -> None:
    find_in(
        demo_book, parse_period(demo_book.period(12, 23))
    )  # reference data are kept from the first read on
    begun = time.process_time()
    in_year = find_in(demo_book, parse_period(demo_book.period(12, 23)))
    spent_s = time.process_time() - begun
    assert spent_s < LONGEST_S * max(1.0, pace() / USUAL_PACE_MS)
    assert {one.month for one in in_year} <= set(parse_period(demo_book.period(12, 23)).months())
    for one in in_year:  # the same findings keep their ids in another period and place
        alone = find_in(demo_book, parse_period(demo_book.period(6, 23)), f"site:{one.site}")
        assert one.id in {other.id for other in alone}
