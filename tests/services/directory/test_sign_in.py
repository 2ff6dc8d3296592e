"""Whoever guesses passwords waits longer each time, and keeps nobody out who is where they signed in before."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from graph.store import Store
from tests.support.business import NOW_MS, open_business
from tests.support.reading import ask
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import disable, find_person, put_person, set_password
from traceability.services.directory.sign_in import (
    APPROVAL,
    DISABLED,
    FREE_BY_ADDRESS,
    FREE_BY_NAME,
    KNOWN_MS,
    LONGEST_WAIT_MS,
    NO_ROLE,
    PROOF,
    SIGN_IN,
    WRONG,
    AttemptPlace,
    TooManyAttempts,
    forget_attempts,
    sign_in,
)

RIGHT = "correct horse"
HOME, STRANGER = AttemptPlace("192.0.2.1", "phone"), AttemptPlace("198.51.100.9")
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def book(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The cast, on each engine; two of them have a password."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # argon2id is slow on purpose
    monkeypatch.setattr("traceability.services.directory.people._hasher", lambda: quick)
    open_business(store)
    set_password(store, "wang", RIGHT)
    set_password(store, "chen", RIGHT)
    return store


def _try(store: Store, name: str, password: str, place: AttemptPlace, now_ms: int = NOW_MS) -> str:
    """Return the fault of an attempt, '' where it was right, and how long to wait where it came too early."""
    try:
        outcome = sign_in(store, name, password, place, now_ms)
    except TooManyAttempts as error:
        return f"wait {error.retry_seconds}"
    return outcome.fault


def test_waits_grow_from_seconds_to_a_quarter_of_an_hour(book: Store) -> None:
    now_ms, waits = NOW_MS, []
    for _ in range(FREE_BY_NAME):
        assert _try(book, "wang", "wrong", STRANGER, now_ms) == WRONG
    for _ in range(10):
        said = _try(book, "wang", RIGHT, STRANGER, now_ms + 1)
        waits.append(int(said.removeprefix("wait ")))
        now_ms += waits[-1] * 1000
        assert _try(book, "wang", "wrong", STRANGER, now_ms) == WRONG
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert LONGEST_WAIT_MS == 900_000
    # An attempt that came too early counted nothing and held nothing up.
    assert _try(book, "wang", RIGHT, STRANGER, now_ms + LONGEST_WAIT_MS) == ""
    assert _try(book, "wang", "wrong", STRANGER, now_ms + LONGEST_WAIT_MS) == WRONG


def test_a_stranger_keeps_no_owner_out(book: Store) -> None:
    assert _try(book, "wang", RIGHT, HOME) == ""
    for number in range(40):
        _try(book, "wang", "wrong", AttemptPlace(f"203.0.113.{number}"), NOW_MS + number)
    assert _try(book, "Wang", "wrong", STRANGER, NOW_MS + 50).startswith("wait")
    same_browser, same_address = AttemptPlace("203.0.113.77", "phone"), AttemptPlace("192.0.2.1", "")
    for known in (HOME, same_browser, same_address):
        assert _try(book, "wang", RIGHT, known, NOW_MS + 60) == ""
    # The owner's success tells the stranger nothing, and gives no more guesses.
    assert _try(book, "wang", RIGHT, STRANGER, NOW_MS + 70).startswith("wait")
    later = NOW_MS + 60 + KNOWN_MS
    assert _try(book, "wang", "wrong", HOME, later) == WRONG


def test_guesses_at_a_known_place_wait_too(book: Store) -> None:
    """A phone that was stolen guesses no faster; another phone of its owner is not held up by it."""
    assert _try(book, "wang", RIGHT, HOME) == ""
    assert _try(book, "wang", RIGHT, AttemptPlace("192.0.2.50", "tablet")) == ""
    for _ in range(FREE_BY_NAME):
        assert _try(book, "wang", "wrong", HOME) == WRONG
    assert _try(book, "wang", RIGHT, HOME, NOW_MS + 1) == "wait 5"
    assert _try(book, "wang", RIGHT, AttemptPlace("192.0.2.1", "tablet"), NOW_MS + 1) == ""
    assert _try(book, "chen", RIGHT, HOME, NOW_MS + 1) == ""


def test_one_address_guesses_at_many_names(book: Store) -> None:
    for number in range(FREE_BY_ADDRESS):
        assert _try(book, f"nobody-{number}", "wrong", STRANGER) == WRONG
    assert _try(book, "wang", RIGHT, STRANGER, NOW_MS + 1) == "wait 5"
    assert _try(book, "wang", RIGHT, HOME, NOW_MS + 1) == ""


def test_one_household_of_ipv6_is_one_address(book: Store) -> None:
    for number in range(FREE_BY_ADDRESS):
        assert _try(book, f"nobody-{number}", "wrong", AttemptPlace(f"2001:db8:1:2::{number:x}")) == WRONG
    assert _try(book, "wang", RIGHT, AttemptPlace("2001:db8:1:2:ffff::1"), NOW_MS + 1) == "wait 5"
    assert _try(book, "wang", RIGHT, AttemptPlace("2001:db8:1:3::1"), NOW_MS + 1) == ""


def test_a_plant_signs_in_from_one_address(book: Store) -> None:
    for number in range(2 * FREE_BY_ADDRESS):
        assert _try(book, ("wang", "chen")[number % 2], RIGHT, STRANGER) == ""


@pytest.mark.parametrize("purpose", [APPROVAL, PROOF])
def test_approvals_and_proofs_count_like_sign_ins(book: Store, purpose: AuditAction) -> None:
    for _ in range(FREE_BY_NAME):
        assert sign_in(book, "wang", "wrong", STRANGER, NOW_MS, purpose).fault == WRONG
    assert _try(book, "wang", RIGHT, STRANGER, NOW_MS + 1) == "wait 5"


def test_parallel_guesses_count(book: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: _try(book, "wang", f"wrong {number}", STRANGER), range(16)))
    assert said.count(WRONG) == FREE_BY_NAME
    assert said.count("wait 6") == 16 - FREE_BY_NAME


def test_who_may_not_use_the_system_learns_why_by_the_right_password_only(book: Store) -> None:
    with book.read() as reader:
        wang, chen = find_person(reader, "wang"), find_person(reader, "chen")
    assert wang is not None
    assert chen is not None
    ended = tuple(held._replace(valid_until="2024-12-31") for held in chen.roles)
    book.write(lambda writer: put_person(writer, disable(wang)))
    book.write(lambda writer: put_person(writer, chen._replace(roles=ended)))
    assert [_try(book, name, RIGHT, HOME) for name in ("wang", "chen")] == [DISABLED, NO_ROLE]
    assert [_try(book, name, "wrong", HOME) for name in ("wang", "chen", "nobody")] == [WRONG] * 3


def test_attempts_stand_in_the_audit_log_without_what_was_typed(book: Store) -> None:
    _try(book, "wang", RIGHT, HOME)
    _try(book, "my secret", "wrong", STRANGER)
    entries = ask(book, list_entries, AuditFilter(action=SIGN_IN)).entries
    assert [(entry.person, entry.outcome, entry.address) for entry in entries] == [
        ("", "wrong", "198.51.100.9"),
        ("wang", "done", "192.0.2.1"),
    ]


def test_counters_out_of_use_are_erased(book: Store) -> None:
    _try(book, "wang", RIGHT, HOME)
    _try(book, "nobody", "wrong", STRANGER)
    assert forget_attempts(book, NOW_MS + DAY_MS - 1) == 0
    assert forget_attempts(book, NOW_MS + DAY_MS) == 2
    assert forget_attempts(book, NOW_MS + KNOWN_MS) == 1
