"""Let administrators run accounts: add, change roles, disable, enable, reset passwords.

Whether they may is decided within the write, by the roles that they hold then. Every change names the version of
the account that it was made from, so that nobody overwrites what they have not seen, and is noted in the audit log.
"""

import secrets
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.access import Assignment
from traceability.domain.administration import (
    Administrator,
    find_administrator,
    leaves_no_administrator,
    list_forbidden_roles,
)
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound, WriteConflict
from traceability.domain.identifier import normalise_identifier
from traceability.services.directory import audit
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.people import (
    Person,
    check_person,
    disable,
    find_person,
    give_password,
    hash_password,
    list_people,
    put_person,
)
from traceability.services.directory.reference import reference_in
from traceability.services.directory.sessions import end_sessions

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none is taken for another when it is read out
PASSWORD_GROUPS, PASSWORD_GROUP = 4, 4

ACTIVE, DISABLED, ENDED, WITHOUT_PASSWORD = STATES = ("active", "disabled", "ended", "without_password")


class ManagedAccount(NamedTuple):
    """An account as an administrator sees it; ``roles`` are those within their scopes."""

    person: Person
    state: str
    roles: tuple[Assignment, ...]
    elsewhere: int  # roles beyond their scopes
    managed: bool  # whether its name, password and state are theirs to change


class NewPassword(NamedTuple):
    """An account and the password to be told to its person: shown once, and changed at the next sign-in."""

    person: Person
    password: str


Change = Callable[[Administrator, ManagedAccount], Person]
"""Returns an account as it is to be. Raises NotAllowed, BadInput."""


# --- reading -------------------------------------------------------------------------------------------------------


def administrator_of(reader: Reader, person: Person | None, now_ms: int) -> Administrator:
    """Return what a person administers now."""
    day = day_of(now_ms)
    reference = reference_in(reader)
    regions = {id_: reference.region_at(id_, day[:7]) for id_ in reference.sites}
    enabled = person is not None and not person.disabled
    return find_administrator(person.roles if person and enabled else (), regions, day)


def list_accounts(
    reader: Reader, administrator: Administrator, text: str = "", state: str = "", role: str = ""
) -> list[ManagedAccount]:
    """Return the accounts that an administrator sees, by id, those with a text in their id or name."""
    wanted = normalise_identifier(text)
    found = []
    for person in list_people(reader):
        account = _see(person, administrator)
        if account is None or (state and account.state != state):
            continue
        if role and role not in {
            held.role for held in account.roles if held.valid_until >= administrator.day
        }:
            continue
        if wanted in normalise_identifier(person.id) or wanted in normalise_identifier(person.name):
            found.append(account)
    return found


def find_account_of(reader: Reader, administrator: Administrator, person_id: str) -> ManagedAccount:
    """Return an account. Raises NotFound, also where it is none of theirs."""
    person = find_person(reader, person_id)
    account = _see(person, administrator) if person else None
    if account is None:
        raise NotFound("person.unknown", id=person_id)
    return account


def state_of(person: Person, day: str) -> str:
    """Return whether a person can sign in on a day, or why not."""
    if person.disabled:
        return DISABLED
    if not person.password:
        return WITHOUT_PASSWORD
    return ACTIVE if person.is_active(day) else ENDED


def _see(person: Person, administrator: Administrator) -> ManagedAccount | None:
    if not administrator.knows(person.roles):
        return None
    roles = tuple(held for held in person.roles if administrator.covers(held.scope))
    state = state_of(person, administrator.day)
    managed = administrator.manages(person.roles)
    return ManagedAccount(person, state, roles, len(person.roles) - len(roles), managed)


# --- changing ------------------------------------------------------------------------------------------------------


def make_password() -> str:
    """Return a random password that can be read out on the telephone."""
    groups = (
        "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_GROUP))
        for _ in range(PASSWORD_GROUPS)
    )
    return "-".join(groups)


def open_account(
    store: Store, actor: Actor, person_id: str, name: str, language: str, roles: Collection[Assignment]
) -> NewPassword:
    """Add an account with a one-time password. Raises BadInput, NotAllowed, WriteConflict."""
    check_person(person_id, name)
    if not roles:
        raise BadInput("people.no_role")
    password = make_password()
    hashed = hash_password(password)
    new = Person(person_id, name, tuple(roles), hashed, language, one_time=True)

    def work(writer: Writer) -> Person:
        administrator = _acting(writer, actor)
        _check_roles(administrator, (), roles)
        normal = normalise_identifier(person_id)
        for other in list_people(writer):
            if normalise_identifier(other.id) == normal:
                raise WriteConflict("person.exists", id=other.id)
        put_person(writer, new)
        audit.note(writer, actor.entry(AuditAction.ACCOUNT_ADD, "person", person_id))
        return new

    return NewPassword(store.write(work), password)


def change_account(
    store: Store,
    actor: Actor,
    person_id: str,
    version: int,
    name: str,
    language: str,
    roles: Collection[Assignment],
) -> Person:
    """Change name, language and the roles within the administrator's scopes; roles beyond them stay.

    Raises BadInput, NotAllowed, NotFound, WriteConflict.
    """
    check_person(person_id, name)

    def change(administrator: Administrator, account: ManagedAccount) -> Person:
        person = account.person
        if not account.managed and (name, language) != (person.name, person.language):
            raise NotAllowed("people.not_managed", id=person_id)
        kept = [held for held in person.roles if not administrator.covers(held.scope)]
        after = (*kept, *roles)
        _check_roles(administrator, person.roles, after)
        if not after:
            raise BadInput("people.no_role")
        return person._replace(name=name, language=language, roles=after)

    return _change(store, actor, person_id, version, AuditAction.ACCOUNT_CHANGE, change)


def disable_account(store: Store, actor: Actor, person_id: str, version: int) -> Person:
    """Disable an account and end its sessions. Raises NotAllowed, NotFound, WriteConflict."""
    return _change(
        store, actor, person_id, version, AuditAction.ACCOUNT_DISABLE,
        lambda administrator, account: disable(_managed(account)), ends_sessions=True,
    )  # fmt: skip


def enable_account(store: Store, actor: Actor, person_id: str, version: int) -> Person:
    """Enable an account again. Raises NotAllowed, NotFound, WriteConflict."""
    return _change(
        store, actor, person_id, version, AuditAction.ACCOUNT_ENABLE,
        lambda administrator, account: _managed(account)._replace(disabled=False),
    )  # fmt: skip


def reset_password(store: Store, actor: Actor, person_id: str, version: int) -> NewPassword:
    """Give an account a one-time password and end its sessions. Raises NotAllowed, NotFound, WriteConflict."""
    password = make_password()
    hashed = hash_password(password)  # takes long on purpose: not while the one writer is held
    person = _change(
        store, actor, person_id, version, AuditAction.PASSWORD_RESET,
        lambda administrator, account: give_password(_managed(account), hashed, one_time=True), ends_sessions=True,
    )  # fmt: skip
    return NewPassword(person, password)


def _managed(account: ManagedAccount) -> Person:
    if not account.managed:
        raise NotAllowed("people.not_managed", id=account.person.id)
    return account.person


def _change(
    store: Store,
    actor: Actor,
    person_id: str,
    version: int,
    action: AuditAction,
    change: Change,
    *,
    ends_sessions: bool = False,
) -> Person:
    def work(writer: Writer) -> Person:
        administrator = _acting(writer, actor)
        account = find_account_of(writer, administrator, person_id)
        if account.person.version != version:
            raise WriteConflict("admin.changed", id=person_id)
        changed = change(administrator, account)
        _keep_an_administrator(writer, changed, administrator.day)
        put_person(writer, changed)
        if ends_sessions:
            end_sessions(writer, person_id)
        audit.note(writer, actor.entry(action, "person", person_id))
        return changed._replace(version=version + 1)

    return store.write(work)


def _acting(writer: Writer, actor: Actor) -> Administrator:
    """Return what the actor administers at the moment of the write. Raises NotAllowed."""
    administrator = administrator_of(writer, find_person(writer, actor.person), actor.now_ms)
    if not administrator.is_any:
        raise NotAllowed("people.no_administrator")
    return administrator


def _check_roles(
    administrator: Administrator, before: Iterable[Assignment], after: Iterable[Assignment]
) -> None:
    forbidden = list_forbidden_roles(administrator, before, after)
    if forbidden:
        raise NotAllowed("people.role_beyond", scope=forbidden[0].scope)


def _keep_an_administrator(writer: Writer, changed: Person, day: str) -> None:
    people = {person.id: person for person in list_people(writer)}
    after = {**people, changed.id: changed}
    missing = leaves_no_administrator(_signing_in(people.values()), _signing_in(after.values()), day)
    if missing:
        raise NotAllowed("people.last_administrator", day=missing)


def _signing_in(people: Iterable[Person]) -> list[tuple[Assignment, ...]]:
    return [person.roles for person in people if person.password and not person.disabled]
