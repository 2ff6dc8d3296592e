"""The audit log: entries in the write they are about, pages newest first, searches, and what reading pages leave behind."""

import pytest

from graph.store import Store, Writer
from traceability.domain.errors import StoreUnavailable
from traceability.services.directory import audit
from traceability.services.directory.audit import (
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditOutcome,
    AuditQueue,
)

DAY_MS = 24 * 3600 * 1000


def entry(number: int, **more: object) -> AuditEntry:
    made = AuditEntry(f"p{number % 3}", number * DAY_MS, AuditAction.VIEW, "site", f"yard-{number}")
    return made._replace(**more)  # type: ignore[arg-type]


def fill(store: Store, count: int) -> None:
    def work(writer: Writer) -> None:
        for number in range(1, count + 1):
            audit.note(writer, entry(number))

    store.write(work)


def numbers(
    store: Store, wanted: AuditFilter = audit.EVERYTHING, after: int = 0, limit: int = 100
) -> list[int]:
    with store.read() as reader:
        return [one.number for one in audit.list_entries(reader, wanted, after, limit).entries]


def test_pages_go_back_from_the_newest(store: Store) -> None:
    assert numbers(store) == []
    fill(store, 7)
    with store.read() as reader:
        first = audit.list_entries(reader, limit=3)
        assert [one.number for one in first.entries] == [7, 6, 5]
        second = audit.list_entries(reader, after=first.after, limit=3)
        third = audit.list_entries(reader, after=second.after, limit=3)
    assert [one.number for one in (*second.entries, *third.entries)] == [4, 3, 2, 1]
    assert third.after == 0
    assert first.entries[0] == entry(7)._replace(number=7)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(person="p1"), [10, 7, 4, 1]),
        (AuditFilter(action="view", kind="site", object="YARD-1"), [10, 1]),
        (AuditFilter(action="export"), []),
        (AuditFilter(outcome="done", from_ms=9 * DAY_MS), [10, 9]),
        (AuditFilter(from_ms=3 * DAY_MS, until_ms=5 * DAY_MS), [4, 3]),
        (AuditFilter(until_ms=2 * DAY_MS), [1]),
        (AuditFilter(until_ms=DAY_MS), []),
        (AuditFilter(until_ms=99 * DAY_MS, person="p0"), [9, 6, 3]),
    ],
)
def test_entries_are_found_by_what_they_say(store: Store, wanted: AuditFilter, found: list[int]) -> None:
    fill(store, 10)
    assert numbers(store, wanted) == found


def test_a_search_looks_at_so_many_entries_and_says_how_far_it_came(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_READ", 4)
    monkeypatch.setattr(audit, "AT_ONCE", 3)
    fill(sqlite_store, 10)
    with sqlite_store.read() as reader:
        page = audit.list_entries(reader, AuditFilter(object="yard-2"))
        assert (page.entries, page.after, page.read_back_to_ms) == ([], 7, 7 * DAY_MS)
        page = audit.list_entries(reader, AuditFilter(object="yard-2"), page.after)
        assert (page.entries, page.after) == ([], 3)
        page = audit.list_entries(reader, AuditFilter(object="yard-2"), page.after)
        assert [one.number for one in page.entries] == [2]
        assert page.after == 0


def test_an_entry_stands_in_the_write_it_is_about(store: Store) -> None:
    def fail(writer: Writer) -> None:
        audit.note(writer, entry(1))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(fail)
    assert numbers(store) == []


def test_what_an_address_bar_holds_becomes_one_short_line(store: Store) -> None:
    store.write(lambda writer: audit.note(writer, entry(1, id="a\n\x1b[31mb" + "x" * 999)))
    with store.read() as reader:
        found = audit.list_entries(reader).entries[0]
    assert found.id.startswith("a[31mbxx")
    assert len(found.id) <= audit.LONGEST


def test_a_view_is_noted_once_an_hour(store: Store) -> None:
    queue = AuditQueue()
    again = entry(1, time_ms=audit.HOUR_MS)
    assert [queue.add(again), queue.add(again), queue.add(again._replace(id="other"))] == [True, False, True]
    assert queue.add(again._replace(time_ms=2 * audit.HOUR_MS))
    assert queue.write(store) == 3
    assert (queue.write(store), numbers(store)) == (0, [3, 2, 1])


def test_who_tries_id_after_id_fills_no_log() -> None:
    queue = AuditQueue()
    for number in range(3 * audit.MOST_REFUSALS):
        queue.add(entry(1, action=AuditAction.REFUSED, id=str(number), outcome=AuditOutcome.REFUSED))
    assert len(queue) == audit.MOST_REFUSALS
    assert queue.add(entry(1, person="another", action=AuditAction.REFUSED))


def test_what_the_store_cannot_take_now_waits(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = AuditQueue()
    queue.add(entry(1))
    queue.add(entry(2))

    def away(work: object) -> None:
        raise StoreUnavailable("store.unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(sqlite_store, "write", away)
        assert queue.write(sqlite_store) == 0
    assert queue.write(sqlite_store) == 2
    assert numbers(sqlite_store) == [2, 1]
