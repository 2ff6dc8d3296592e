"""What was worked out of the whole book is kept until anything is recorded, the reference data change or the book is rebuilt."""

from collections.abc import Callable

import pytest

from tests.support.business import Business, grams
from traceability.domain.claims import Claim
from traceability.domain.decision import Changes
from traceability.domain.period import Period
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.recording.judge import REBUILDING
from traceability.services.reporting import kept
from traceability.services.reporting.figures.report import report_for
from traceability.services.upkeep.rebuild import rebuild

YEAR = Period("2025-01", "2025-12")
Ask = Callable[[], int]


@pytest.fixture
def ask(here: Business) -> Ask:
    """Return how often something was worked out after it was asked for once more."""
    made: list[str] = []

    def make() -> str:
        made.append("made")
        return made[-1]

    def ask_once() -> int:
        with here.store.read() as reader:
            kept.keep_of_book(reader, "figure", make)
        return len(made)

    return ask_once


def test_it_is_worked_out_again_when_anything_it_follows_from_has_changed(here: Business, ask: Ask) -> None:
    here.collect("tense", 1_000)
    assert (ask(), ask()) == (1, 1)
    here.collect("tense", 2_000)
    assert (ask(), ask()) == (2, 2)
    setting = ReferenceDocument("setting", "help", {"text": "call us"})
    here.store.write(lambda writer: put_reference(writer, [setting]))
    assert (ask(), ask()) == (3, 3)
    rebuild(here.store)
    assert (ask(), ask()) == (4, 4)


def test_nothing_is_kept_of_a_book_that_is_being_rebuilt(here: Business, ask: Ask) -> None:
    here.store.write(lambda writer: writer.apply(Changes(claims={REBUILDING: Claim(REBUILDING, "rebuild")})))
    assert (ask(), ask()) == (1, 2)


def test_few_are_kept_the_ones_asked_for_last(here: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    made: list[str] = []
    with here.store.read() as reader:
        for key in ("a", "b", "a", "c", "a", "b"):
            kept.keep_of_book(reader, key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]


def test_a_report_is_that_of_the_book_as_it_is(here: Business) -> None:
    def collected() -> tuple[int, int]:
        with here.store.read() as reader:
            report = report_for(reader, "nation", NATION, YEAR)
        taken_in = report.total.figures["recycled_output"].numerator
        return report.seq, int(taken_in or 0)

    here.melt(here.collect("tense", 1_000), into=900, site="yard")
    first, again = collected(), collected()
    assert first == again
    here.melt(here.collect("tense", 2_000), into=1_700, site="yard")
    seq, amount = collected()
    assert seq > first[0]
    assert amount > first[1] + grams(900)
