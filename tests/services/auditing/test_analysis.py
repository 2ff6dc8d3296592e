"""A large book is analysed ahead: a run finds what an analysis of the whole would, and says how far it reaches."""

import pytest

from tests.services.auditing.test_planted_findings import auditor, find_in
from tests.support.demo import NOW_MS, DemoBook
from traceability.domain.errors import BadInput
from traceability.domain.period import Period, parse_period
from traceability.services.auditing import analysis
from traceability.services.auditing.analysis import FoundInBook, analyse_book, find_in_book
from traceability.services.directory.reference import ReferenceDocument, put_reference, reference_in


@pytest.fixture(scope="module")
def analysed(demo_book: DemoBook) -> DemoBook:
    told: list[tuple[int, int]] = []
    analyse_book(demo_book.store, NOW_MS, "auditor", lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == len(told) > 50, "each site is told as progress"
    return demo_book


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "READ_AT_ONCE", 0)


def ask_run(book: DemoBook, period: Period, place: str = "nation:CN") -> FoundInBook:
    viewer = auditor(book)
    with book.store.read() as reader:
        return find_in_book(reader, viewer, place, period)


@pytest.mark.slow
def test_a_run_finds_site_by_site_what_is_found_at_once(analysed: DemoBook) -> None:
    whole, half = parse_period(analysed.period(1, 23)), parse_period(analysed.period(12, 20))
    by_run = ask_run(analysed, whole)
    assert by_run.findings == find_in(analysed, whole) != []
    assert by_run.run is not None
    assert (by_run.run.person, by_run.newer) == ("auditor", 0)
    assert [one.id for one in ask_run(analysed, half).findings] == [
        one.id for one in by_run.findings if half.contains(one.month)
    ]
    site = by_run.findings[0].site
    assert {one.site for one in ask_run(analysed, whole, f"site:{site}").findings} == {site}
    with analysed.store.read() as reader:
        province = reference_in(reader).region_at(site, by_run.findings[0].month)[:2] + "0000"
    inside = ask_run(analysed, whole, f"province:{province}").findings
    assert site in {one.site for one in inside}
    assert len(inside) < len(by_run.findings)


@pytest.mark.slow
def test_a_run_says_how_far_it_reaches_and_by_which_thresholds(analysed: DemoBook) -> None:
    with pytest.raises(BadInput, match=r"finding\.not_analysed_then"):
        ask_run(analysed, parse_period("2020"))
    assert not ask_run(analysed, parse_period(analysed.period(12, 23))).other_thresholds
    stricter = ReferenceDocument("setting", "findings", {"tare_ppm": 10_000})
    analysed.store.write(lambda writer: put_reference(writer, [stricter]))
    assert ask_run(analysed, parse_period(analysed.period(12, 23))).other_thresholds


@pytest.mark.slow
def test_a_large_book_that_was_never_analysed_says_so(demo_book: DemoBook) -> None:
    demo_book.store.write(lambda writer: writer.erase_document(analysis.RUN, analysis.LAST))
    found = ask_run(demo_book, parse_period(demo_book.period(12, 23)))
    assert (found.findings, found.run, found.is_analysed) == ([], None, False)
