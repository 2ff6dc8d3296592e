"""A session goes on for as long as it should, and ends for everybody at once when it should."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, open_business
from tests.support.reading import ask
from traceability.domain.calendar import DAY_MS
from traceability.services.directory.people import (
    Person,
    disable,
    find_person,
    give_password,
    put_person,
    set_password,
)
from traceability.services.directory.sessions import (
    ABSOLUTE_MS,
    DESK,
    DEVICE,
    HOUR_MS,
    IDLE_MS,
    KIND,
    USE_WRITTEN_MS,
    SignedIn,
    begin_session,
    end_session,
    end_sessions,
    find_session,
    forget_ended,
    list_sessions,
    note_use,
    renew_session,
)


@pytest.fixture
def book(store: Store) -> Store:
    """The cast, on each engine."""
    open_business(store)
    return store


def _person(store: Store, person_id: str) -> Person:
    person = ask(store, find_person, person_id)
    assert person is not None
    return person


def _begin(store: Store, person_id: str, kind: str = DESK, now_ms: int = NOW_MS) -> str:
    person = _person(store, person_id)
    return store.write(lambda writer: begin_session(writer, person, now_ms, kind)).token


def _find(store: Store, token: str, now_ms: int = NOW_MS) -> SignedIn | None:
    return ask(store, find_session, token, now_ms)


def test_limits_of_time(book: Store) -> None:
    assert (IDLE_MS[DESK], ABSOLUTE_MS[DESK]) == (12 * HOUR_MS, 7 * DAY_MS)
    assert (IDLE_MS[DEVICE], ABSOLUTE_MS[DEVICE]) == (14 * DAY_MS, 180 * DAY_MS)
    for kind in (DESK, DEVICE):
        token = _begin(book, "wang", kind)
        assert _find(book, token, NOW_MS + IDLE_MS[kind] - 1)
        assert not _find(book, token, NOW_MS + IDLE_MS[kind])
        now_ms, step = NOW_MS, IDLE_MS[kind] - 1
        while now_ms + step < NOW_MS + ABSOLUTE_MS[kind]:
            now_ms += step
            found = _find(book, token, now_ms)
            assert found
            note_use(book, found.session.id, now_ms)
        last = NOW_MS + ABSOLUTE_MS[kind]
        found = _find(book, token, last - 1)
        assert found
        note_use(book, found.session.id, last - 1)
        assert not _find(book, token, last)


def test_the_book_tells_no_token(book: Store) -> None:
    token = _begin(book, "wang")
    documents, _ = ask(book, lambda reader: reader.list_documents(KIND))
    assert token not in repr(documents)
    assert not _find(book, documents[0].id)
    assert not _find(book, "")


def test_what_ends_all_sessions_of_a_person(book: Store) -> None:
    """Another password, also the same one anew, a disabled account that is enabled again, and an ended role."""
    tokens = [_begin(book, "wang"), _begin(book, "wang", DEVICE)]
    others = _begin(book, "chen")
    wang = _person(book, "wang")
    set_password(book, "wang", "a new passphrase")
    assert not any(_find(book, token) for token in tokens)
    again = [_begin(book, "wang")]
    wang = _person(book, "wang")
    book.write(lambda writer: put_person(writer, give_password(wang, wang.password)))
    assert not any(_find(book, token) for token in (*tokens, *again))
    enabled = _begin(book, "wang")
    wang = _person(book, "wang")
    book.write(lambda writer: put_person(writer, disable(wang)))
    assert not _find(book, enabled)
    wang = _person(book, "wang")
    book.write(lambda writer: put_person(writer, wang._replace(disabled=False)))
    assert not _find(book, enabled)
    last = _begin(book, "wang")
    wang = _person(book, "wang")
    ended = tuple(held._replace(valid_until="2024-12-31") for held in wang.roles)
    book.write(lambda writer: put_person(writer, wang._replace(roles=ended)))
    assert not _find(book, last)
    assert _find(book, others)


def test_sessions_are_listed_and_ended(book: Store) -> None:
    here, there = _begin(book, "wang"), _begin(book, "wang", DEVICE, NOW_MS + 1)
    wang = _person(book, "wang")
    listed = ask(book, list_sessions, wang, NOW_MS + 2)
    assert [session.kind for session in listed] == [DEVICE, DESK]
    assert book.write(lambda writer: end_sessions(writer, "wang", listed[1].id)) == 1
    assert _find(book, here)
    assert not _find(book, there)
    book.write(lambda writer: end_session(writer, here))
    assert ask(book, list_sessions, wang, NOW_MS) == []


def test_use_and_proof_revive_nothing(book: Store) -> None:
    token = _begin(book, "wang")
    found = _find(book, token)
    assert found
    book.write(lambda writer: end_session(writer, token))
    note_use(book, found.session.id, NOW_MS + USE_WRITTEN_MS)
    assert book.write(lambda writer: renew_session(writer, found, NOW_MS)) is None
    assert not _find(book, token)


def test_the_password_counts_for_ten_minutes(book: Store) -> None:
    token = _begin(book, "wang")
    found = _find(book, token)
    assert found
    assert found.session.is_proved(NOW_MS + 10 * 60_000 - 1)
    assert not found.session.is_proved(NOW_MS + 10 * 60_000)
    begun = book.write(lambda writer: renew_session(writer, found, NOW_MS + HOUR_MS))
    assert begun
    later = _find(book, begun.token, NOW_MS + HOUR_MS)
    assert later
    assert later.session.is_proved(NOW_MS + HOUR_MS)
    assert later.session.ends_ms == found.session.ends_ms
    assert not _find(book, token, NOW_MS + HOUR_MS)  # of before the password was typed again


def test_ended_sessions_are_cleaned_up(book: Store) -> None:
    _begin(book, "wang")
    kept = _begin(book, "wang", DEVICE)
    _begin(book, "chen", DEVICE)
    set_password(book, "chen", "a new passphrase")
    assert forget_ended(book, NOW_MS + 13 * HOUR_MS) == 2
    assert forget_ended(book, NOW_MS + 13 * HOUR_MS) == 0
    assert _find(book, kept, NOW_MS + 13 * HOUR_MS)


def test_a_sign_out_wins_over_uses_at_once(book: Store) -> None:
    """Two workers write uses of a session while a third ends it: it stays ended."""
    token = _begin(book, "wang")
    found = _find(book, token)
    assert found

    def use(number: int) -> None:
        note_use(book, found.session.id, NOW_MS + (number + 1) * USE_WRITTEN_MS)

    with ThreadPoolExecutor(4) as pool:
        uses = [pool.submit(use, number) for number in range(10)]
        ended = pool.submit(book.write, lambda writer: end_session(writer, token))
        uses += [pool.submit(use, number) for number in range(10, 20)]
        for one in (*uses, ended):
            one.result()
    assert not _find(book, token, NOW_MS)
