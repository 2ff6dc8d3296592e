"""Accounts run by administrators: within their scopes, from the version they saw, with one administrator left, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, open_business
from tests.support.reading import ask
from traceability.domain.access import Assignment
from traceability.domain.errors import NotAllowed, NotFound, TraceabilityError, WriteConflict
from traceability.services.directory import accounts, audit
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, find_person, put_person, verify_password
from traceability.services.directory.sessions import begin_session, find_session
from traceability.services.directory.sign_in import AttemptPlace, sign_in

ALL = Actor("root", NOW_MS, "10.0.0.1")
YARD = Actor("yard-admin", NOW_MS)
HUNAN = Actor("hunan-admin", NOW_MS)


@pytest.fixture
def book(store: Store) -> Store:
    open_business(store)
    for person_id, *roles in (
        ("root", Assignment("admin", "*")),
        ("yard-admin", Assignment("admin", "yard")),
        ("hunan-admin", Assignment("admin", "43")),
        ("worker", Assignment("operator", "yard")),
        ("two-places", Assignment("operator", "yard"), Assignment("operator", "chengdu")),
        ("moved-on", Assignment("operator", "chengdu", "", "2024-12-31"), Assignment("operator", "yard")),
        ("planner", Assignment("planner", "51")),
    ):
        person = Person(person_id, person_id, tuple(roles), "a hash")
        store.write(lambda writer, one=person: put_person(writer, one))  # type: ignore[misc]
    return store


def person_of(store: Store, person_id: str) -> Person:
    person = ask(store, find_person, person_id)
    assert person is not None
    return person


def refused(call: Callable[[], object]) -> tuple[type[TraceabilityError], str]:
    with pytest.raises(TraceabilityError) as caught:
        call()
    return type(caught.value), caught.value.code


def roles_changed(store: Store, actor: Actor, person_id: str, *roles: Assignment, version: int = 1) -> Person:
    who = person_of(store, person_id)
    return accounts.change_account(store, actor, person_id, version, who.name, who.language, roles)


def seen(store: Store, actor: Actor) -> set[str]:
    with store.read() as reader:
        administrator = accounts.administrator_of(reader, find_person(reader, actor.person), NOW_MS)
        return {account.person.id for account in accounts.list_accounts(reader, administrator)}


def noted(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as reader:
        return [(one.person, one.action, one.id) for one in audit.list_entries(reader).entries]


def test_an_administrator_sees_the_people_of_their_scope(book: Store) -> None:
    assert seen(book, ALL) >= {"root", "worker", "planner"}
    assert {"worker", "two-places", "moved-on", "yard-admin"} <= seen(book, YARD)
    assert not {"root", "planner", "hunan-admin"} & seen(book, YARD)
    assert {"worker", "hunan-admin"} <= seen(book, HUNAN)
    assert "planner" not in seen(book, HUNAN)
    assert seen(book, Actor("worker", NOW_MS)) == set()


def test_a_new_account_signs_in_with_its_one_time_password(book: Store) -> None:
    made = accounts.open_account(
        book, YARD, "new-one", "新人", "zh", [Assignment("operator", "yard", "2025-06-01")]
    )
    stored = person_of(book, "new-one")
    assert stored.one_time
    assert verify_password(stored, made.password)
    assert noted(book)[0] == ("yard-admin", "account_add", "new-one")
    again = [Assignment("operator", "yard")]
    assert refused(lambda: accounts.open_account(book, YARD, "NEW-ONE", "x", "zh", again)) == (
        WriteConflict, "person.exists",
    )  # fmt: skip


@pytest.mark.parametrize(
    "role",
    [
        Assignment("admin", "*"),
        Assignment("operator", "chengdu"),
        Assignment("planner", "43"),
        Assignment("supervisor", "430681"),
    ],
)
def test_nobody_gives_a_role_beyond_their_scope(book: Store, role: Assignment) -> None:
    expected = (NotAllowed, "people.role_beyond")
    assert refused(lambda: accounts.open_account(book, YARD, "x", "x", "zh", [role])) == expected
    assert (
        refused(lambda: roles_changed(book, YARD, "worker", Assignment("operator", "yard"), role)) == expected
    )
    assert ask(book, find_person, "x") is None
    assert person_of(book, "worker").version == 1


def test_a_region_covers_its_sites_and_parts(book: Store) -> None:
    roles_changed(book, HUNAN, "worker", Assignment("planner", "4306"), Assignment("operator", "plant"))
    wider = Assignment("planner", "51")
    assert refused(lambda: roles_changed(book, HUNAN, "worker", wider, version=2))[0] is NotAllowed


def test_roles_elsewhere_stay_and_protect_the_account(book: Store) -> None:
    changed = roles_changed(book, YARD, "two-places", Assignment("supervisor", "yard"))
    assert set(changed.roles) == {Assignment("operator", "chengdu"), Assignment("supervisor", "yard")}
    for attempt in (accounts.disable_account, accounts.reset_password, accounts.enable_account):
        refusal = refused(lambda attempt=attempt: attempt(book, YARD, "two-places", 2))  # type: ignore[misc]
        assert refusal == (NotAllowed, "people.not_managed")
    renamed = refused(
        lambda: accounts.change_account(book, YARD, "two-places", 2, "other", "zh", changed.roles[1:])
    )
    assert renamed[0] is NotAllowed
    # A role elsewhere that has ended binds nobody.
    assert accounts.reset_password(book, YARD, "moved-on", 1).person.one_time


def test_people_of_other_scopes_are_unknown(book: Store) -> None:
    assert refused(lambda: accounts.disable_account(book, YARD, "planner", 1)) == (NotFound, "person.unknown")
    assert refused(lambda: accounts.disable_account(book, YARD, "nobody", 1)) == (NotFound, "person.unknown")
    worker = Actor("worker", NOW_MS)
    assert (
        refused(lambda: accounts.disable_account(book, worker, "worker", 1))[1] == "people.no_administrator"
    )


def test_disabling_and_resetting_end_sessions(book: Store) -> None:
    for change in (accounts.reset_password, accounts.disable_account):
        who = person_of(book, "worker")
        begun = book.write(lambda writer, who=who: begin_session(writer, who, NOW_MS))  # type: ignore[misc]
        assert ask(book, find_session, begun.token, NOW_MS)
        change(book, ALL, "worker", who.version)
        assert ask(book, find_session, begun.token, NOW_MS) is None
    accounts.enable_account(book, ALL, "worker", person_of(book, "worker").version)
    assert not person_of(book, "worker").disabled
    assert [action for _, action, _ in noted(book)] == ["account_enable", "account_disable", "password_reset"]


def test_a_change_from_an_older_version_is_refused(book: Store) -> None:
    roles_changed(book, ALL, "worker", Assignment("supervisor", "yard"))
    stale = refused(lambda: roles_changed(book, YARD, "worker", Assignment("auditor", "yard")))
    assert stale == (WriteConflict, "admin.changed")
    assert person_of(book, "worker").roles == (Assignment("supervisor", "yard"),)


def test_two_administrators_at_once_lose_nothing(book: Store) -> None:
    def give(role: str) -> str:
        try:
            roles_changed(book, ALL, "worker", Assignment(role, "yard"))
        except WriteConflict:
            return "refused"
        return role

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(give, ["supervisor", "auditor", "admin", "planner"]))
    assert sorted(one == "refused" for one in told) == [False, True, True, True]
    assert person_of(book, "worker").roles[0].role == next(one for one in told if one != "refused")


def test_the_last_administrator_stays(book: Store) -> None:
    expected = (NotAllowed, "people.last_administrator")
    assert refused(lambda: accounts.disable_account(book, ALL, "root", 1)) == expected
    ends = Assignment("admin", "*", "", "2026-06-30")
    assert refused(lambda: roles_changed(book, ALL, "root", ends)) == expected
    accounts.open_account(book, ALL, "second", "second", "zh", [Assignment("admin", "*", "2026-06-01")])
    roles_changed(book, ALL, "root", ends)
    # Until the second one's role begins, the first is the last one still.
    assert refused(lambda: accounts.disable_account(book, ALL, "root", 2)) == expected


def test_a_role_that_ended_administers_nothing_and_signs_nobody_in(book: Store) -> None:
    ended = Assignment("admin", "yard", "", "2025-12-31")
    roles_changed(book, ALL, "yard-admin", ended)
    assert seen(book, YARD) == set()
    assert refused(lambda: accounts.disable_account(book, YARD, "worker", 1))[1] == "people.no_administrator"
    made = accounts.reset_password(book, ALL, "yard-admin", 2)
    outcome = sign_in(book, "yard-admin", made.password, AttemptPlace("10.0.0.2"), NOW_MS)
    assert (outcome.person, outcome.fault) == (None, "person.no_role")
