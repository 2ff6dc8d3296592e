"""Times of recording never decrease, whatever clocks do, so no clock ever touches a sealed month; on both engines."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import NOW_MS, Business, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import BadInput, ClockBehind, EventRejected, WriteConflict
from traceability.exchange.event_log import export_log, import_log
from traceability.services.recording import capture
from traceability.services.recording.clock import BEHIND_MS, accept_clock, read_clock
from traceability.services.upkeep.check import check_book

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def newest_ms(here: Business) -> int:
    with here.store.read() as reader:
        return reader.find_head().record_ms


def record_times(here: Business) -> list[int]:
    with here.store.read() as reader:
        return [row.record_ms for row in reader.scan_events()]


def test_a_clock_a_little_behind_takes_the_newest_time(here: Business) -> None:
    here.collect("tense", kg=1000)
    here.now_ms -= BEHIND_MS
    here.collect("tense", kg=1000)
    here.now_ms = NOW_MS + 1
    here.collect("tense", kg=1000)
    assert record_times(here) == [NOW_MS, NOW_MS, NOW_MS + 1]


def test_writers_whose_clocks_differ_record_in_one_order_of_time(here: Business) -> None:
    """Two servers at once, one four minutes behind the other: nobody is refused, and no time goes back."""

    def record(number: int) -> None:
        now_ms = NOW_MS + number - (number % 2) * (BEHIND_MS - 60_000)
        Business(here.store, number=1000 * number, tickets=1000 * number, now_ms=now_ms).collect(
            "tense", kg=1000
        )

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(record, range(1, 13)))
    times = record_times(here)
    assert (len(times), times) == (12, sorted(times))


def test_a_clock_far_behind_is_refused_with_both_times(here: Business) -> None:
    here.collect("tense", kg=1000)
    here.now_ms -= BEHIND_MS + 1
    with pytest.raises(ClockBehind) as caught:
        here.collect("tense", kg=1000)
    assert caught.value.code == "store.clock_behind"
    assert caught.value.figures == {"now_ms": here.now_ms, "newest_ms": NOW_MS}
    assert record_times(here) == [NOW_MS]


def test_duplicates_are_recognised_before_the_clock_is_asked(here: Business) -> None:
    output = {"form": "scrap", "material": "tense", "mass_g": 1_000_000}
    stated: dict[str, Any] = {
        "supplier": "zhang", "source_class": "post", "channel": "offline", "ticket": "T-1", "outputs": [output],
    }  # fmt: skip
    body = here.draft("collect", "yard", **stated)
    first = here.send(body)
    here.now_ms -= DAY_MS
    assert here.send(body).seq == first.seq
    same_ticket = {**here.draft("collect", "yard", **stated), "event_time": body["event_time"]}
    assert (here.send(same_ticket).status, here.send(same_ticket).seq) == ("duplicate", first.seq)


def test_an_accepted_clock_pins_record_times_until_it_has_caught_up(here: Business) -> None:
    here.now_ms += 40 * DAY_MS  # ran ahead
    here.collect("tense", kg=1000)
    ahead_ms, here.now_ms = here.now_ms, NOW_MS
    with pytest.raises(BadInput):
        accept_clock(here.store, "root", "  ", NOW_MS)
    state = accept_clock(here.store, "root", "battery was flat", NOW_MS)
    assert (state.pinned, state.refused, state.behind_ms) == (True, False, 40 * DAY_MS)
    assert [(entry.by, entry.reason, entry.newest_ms, entry.now_ms) for entry in state.accepted] == [
        ("root", "battery was flat", ahead_ms, NOW_MS)
    ]
    with pytest.raises(WriteConflict) as caught:
        accept_clock(here.store, "root", "again", NOW_MS)
    assert caught.value.code == "clock.accepted_already"
    here.collect("tense", kg=1000)
    here.now_ms = ahead_ms + 5
    here.collect("tense", kg=1000)
    assert record_times(here) == [ahead_ms, ahead_ms, ahead_ms + 5]
    here.now_ms = NOW_MS  # a second jump back was not accepted
    with pytest.raises(ClockBehind):
        here.collect("tense", kg=1000)


def test_there_is_nothing_to_accept_of_a_clock_that_is_right(here: Business) -> None:
    here.collect("tense", kg=1000)
    for now_ms in (NOW_MS + DAY_MS, NOW_MS - BEHIND_MS):
        with pytest.raises(WriteConflict) as caught:
            accept_clock(here.store, "root", "just in case", now_ms)
        assert caught.value.code == "clock.not_behind"
    with here.store.read() as reader:
        assert read_clock(reader, NOW_MS).accepted == ()


def test_no_clock_touches_a_sealed_month(here: Business) -> None:
    """The clock runs ahead, a month is sealed by it, and comes back: late entries book after the seal."""
    here.collect("tense", kg=1000, at="2025-12-20T10:00:00")
    here.now_ms = NOW_MS + 40 * DAY_MS  # 10 February 2026
    here.seal("2025-12", at="2026-02-01T08:00:00")
    here.seal("2026-01", at="2026-02-02T08:00:00")
    here.now_ms = NOW_MS + 12 * 3600 * 1000  # 1 January
    with pytest.raises(ClockBehind):
        here.collect("tense", kg=50, at="2025-12-21T10:00:00")
    accept_clock(here.store, "root", "the clock ran ahead", here.now_ms)
    here.collect("tense", kg=50, at="2025-12-21T10:00:00")
    with here.store.read() as reader:
        postings = reader.scan_postings([4])
    assert {(posting.row.month, posting.book_month) for posting in postings} == {("2025-12", "2026-02")}
    assert not check_book(here.store).findings
    assert_equal_to_a_rebuild(here.store)


def test_a_pinned_clock_ends_no_month_early(here: Business) -> None:
    """Record times are ahead, but a month that is not over by the clock cannot be sealed."""
    here.now_ms += 90 * DAY_MS
    here.collect("tense", kg=1000)
    here.now_ms = NOW_MS
    accept_clock(here.store, "root", "the clock ran ahead", NOW_MS)
    with pytest.raises(EventRejected) as caught:
        here.seal("2026-01", at="2026-01-01T00:00:00")
    assert [violation.code for violation in caught.value.violations] == ["rule.sealed_too_early"]
    with pytest.raises(EventRejected) as caught:
        here.seal("2026-01", at="2026-02-01T00:00:00")
    assert [violation.code for violation in caught.value.violations] == ["rule.in_the_future"]


def test_a_log_whose_record_times_go_back_replays_as_it_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older books took any clock; the newest time of all is what counts from then on."""
    older = Business(open_store(f"sqlite:///{tmp_path}/older.db"))
    older.store.migrate()
    open_business(older.store)
    with monkeypatch.context() as patched:
        patched.setattr(capture, "find_record_time", lambda reader, newest_ms, now_ms: now_ms)
        for jump_ms in (0, 5 * DAY_MS, -3 * DAY_MS, 1):
            older.now_ms += jump_ms
            older.collect("tense", kg=1000)
    export_log(older.store, tmp_path / "log", private=True)
    import_log(store, tmp_path / "log")
    here = Business(store, number=100, tickets=100, now_ms=older.now_ms)
    assert record_times(here) == record_times(older)
    assert newest_ms(here) == newest_ms(older) == NOW_MS + 5 * DAY_MS
    with pytest.raises(ClockBehind):
        here.collect("tense", kg=1000)
    here.now_ms = NOW_MS + 5 * DAY_MS - BEHIND_MS
    here.collect("tense", kg=1000)
    assert record_times(here)[-1] == NOW_MS + 5 * DAY_MS
    assert_equal_to_a_rebuild(store)


def test_an_accepted_clock_stands_in_the_whole_log(here: Business, tmp_path: Path) -> None:
    here.collect("tense", kg=1000)
    accept_clock(here.store, "root", "the clock ran ahead", NOW_MS - DAY_MS)
    export_log(here.store, tmp_path / "log", private=True)
    copy = open_store(f"sqlite:///{tmp_path}/copy.db")
    copy.migrate()
    import_log(copy, tmp_path / "log")
    with copy.read() as reader, here.store.read() as original:
        assert reader.find_head() == original.find_head()
        assert read_clock(reader, NOW_MS - DAY_MS) == read_clock(original, NOW_MS - DAY_MS)
        assert read_clock(reader, NOW_MS - DAY_MS).pinned
