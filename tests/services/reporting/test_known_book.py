"""What was declared is read once and kept while only lots are recorded; a declaration, a seal or a correction is seen at once."""

from collections.abc import Callable

import pytest

from graph.store import Reader
from tests.support.business import Business
from tests.support.reporting import GUIZHOU, HUNAN, statistic
from traceability.domain.claims import SEALS, STATISTICS, Claim
from traceability.domain.decision import Changes
from traceability.domain.event import Event
from traceability.services.recording.judge import REBUILDING
from traceability.services.reporting.declared import known_book


class Counted:
    """A reader that counts what is asked of the store."""

    def __init__(self, reader: Reader, asked: list[str]) -> None:
        self._reader, self._asked = reader, asked

    def __getattr__(self, name: str) -> object:
        if name in ("list_claims", "find_events"):
            self._asked.append(name)
        return getattr(self._reader, name)


@pytest.fixture
def read(here: Business) -> Callable[[], tuple[set[str], dict[str, Event], int]]:
    """Return who holds a statistic or a seal, the events behind them, and how often the store was asked."""

    def read_once() -> tuple[set[str], dict[str, Event], int]:
        asked: list[str] = []
        with here.store.read() as reader:
            counted: Reader = Counted(reader, asked)  # type: ignore[assignment]
            claims: list[Claim] = []
            for prefix in (STATISTICS, SEALS):
                claims += known_book.list_claims(counted, prefix)
            events = known_book.find_events(counted, [claim.owner for claim in claims])
        return {claim.owner for claim in claims}, events, len(asked)

    return read_once


def test_what_was_declared_is_read_again_only_when_it_changed(
    here: Business, read: Callable[[], tuple[set[str], dict[str, Event], int]]
) -> None:
    first = statistic(here, HUNAN, "2025-01", 500_000)
    assert read()[0] == {first}
    here.collect("tense", 2_000)
    assert read() == ({first}, {first: here.event(first)}, 0), "lots leave it as it was"
    second = statistic(here, GUIZHOU, "2025-01", 700_000)
    assert read()[0] == {first, second}
    here.seal("2024-12")
    sealed = here.last_event()
    assert read()[0] == {first, second, sealed}
    assert read()[2] == 0
    here.void(first, "hunan-authority", actor="hunan-planner")
    owners, events, asked = read()
    assert (owners, set(events)) == ({second, sealed}, {second, sealed})
    assert asked


def test_many_records_are_not_looked_through(
    here: Business,
    read: Callable[[], tuple[set[str], dict[str, Event], int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = statistic(here, HUNAN, "2025-01", 500_000)
    read()
    monkeypatch.setattr(known_book, "MOST_NEW", 2)
    for _ in range(3):
        here.collect("tense", 2_000)
    owners, _, asked = read()
    assert (owners, asked > 0) == ({first}, True)


def test_nothing_is_kept_of_a_book_that_is_being_derived_again(
    here: Business, read: Callable[[], tuple[set[str], dict[str, Event], int]]
) -> None:
    statistic(here, HUNAN, "2025-01", 500_000)
    closed = Claim(REBUILDING, "somebody")
    here.store.write(lambda writer: writer.apply(Changes(claims={REBUILDING: closed})))
    assert [read()[2] for _ in range(2)] == [3, 3]
    here.store.write(lambda writer: writer.apply(Changes(claims={REBUILDING: None})))
    assert [read()[2] for _ in range(2)] == [3, 0]
