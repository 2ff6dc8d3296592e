"""Offer the commands about accounts: the first account outside the demo is made here."""

import sys
import warnings
from collections.abc import Collection
from getpass import GetPassWarning

import click

from graph.store import Store
from traceability.cli.session import (
    Command,
    Group,
    Session,
    console_actor,
    json_option,
    language_option,
    option,
    pass_session,
    store_option,
)
from traceability.domain.access import ANYWHERE, Assignment
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.domain.vocabulary import ROLES
from traceability.services.directory.audit import AuditAction, note
from traceability.services.directory.passwords import check_password
from traceability.services.directory.people import (
    add_person,
    check_person,
    find_account,
    is_scope,
    list_people,
    set_password,
    tidy_scope,
)
from traceability.services.directory.reference import reference_in

EVERYWHERE = ("planner", "auditor", "admin")
"""Roles that are of the whole country where no scope is named; those who record are asked for one."""


@click.group("user", cls=Group)
@language_option
def user() -> None:
    """Manage accounts."""


@user.command("add", cls=Command)
@click.argument("person")
@option("--name", help="user_name")
@option("--role", "roles", multiple=True, required=True, metavar="ROLE[@SCOPE]", help="user_role")
@option("--password-stdin", is_flag=True, help="password_stdin")
@store_option
@pass_session
def add(
    session: Session, person: str, name: str | None, roles: tuple[str, ...], password_stdin: bool
) -> None:
    """Make an account."""
    check_person(person, person if name is None else name)
    sites, regions = _list_scopes(session, person)
    assignments = [_read_role(role, sites, regions) for role in roles]
    password = _ask_password(session, password_stdin)
    own = (person, person if name is None else name)
    check_password(password, own, {held.role for held in assignments})  # before a store is made for it
    store = session.open(new=True)
    add_person(store, person, person if name is None else name, password, assignments)
    _note(store, AuditAction.ACCOUNT_ADD, person)
    session.say("cli.user_added", person=person)


def _note(store: Store, action: AuditAction, person: str) -> None:
    """Note in the audit log what was done on the machine itself, by nobody that the book knows."""
    store.write(lambda writer: note(writer, console_actor().entry(action, "person", person)))


def _list_scopes(session: Session, person: str) -> tuple[Collection[str], Collection[str]]:
    """Return the sites and regions that a role may be for.

    Raises WriteConflict where the account exists already.
    """
    store = session.find()
    if store is not None:
        with store.read() as reader:
            known = find_account(reader, person)
            if known:
                raise WriteConflict("person.exists", id=known.id)
            reference = reference_in(reader)
        if reference.regions:
            return reference.sites, reference.regions
    from traceability.exchange.seed import list_shipped

    regions = next(entry for entry in list_shipped() if entry.id == "regions")
    return (), {row["code"] for row in regions.body["rows"]}


def _read_role(text: str, sites: Collection[str], regions: Collection[str]) -> Assignment:
    role, at, scope = text.partition("@")
    if role not in ROLES:
        raise BadInput("cli.unknown_role", role=role, known=", ".join(ROLES))
    if not at and role in EVERYWHERE:
        scope = ANYWHERE
    if not scope:
        raise BadInput("cli.no_scope", role=role)
    scope = tidy_scope(scope)
    if not is_scope(scope, sites, regions):
        raise BadInput("cli.unknown_scope", scope=scope)
    return Assignment(role, scope)


def _ask_password(session: Session, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        # Without a terminal Python would warn, and show what is typed.
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            return str(
                click.prompt(
                    session.text("cli.password"),
                    hide_input=True,
                    confirmation_prompt=session.text("cli.password_again"),
                    err=True,
                )
            )
    except GetPassWarning as error:
        raise BadInput("cli.no_terminal") from error


@user.command("list", cls=Command)
@store_option
@json_option
@pass_session
def list_(session: Session) -> None:
    """List accounts."""
    with session.open().read() as reader:
        people = list_people(reader)
    if session.json:
        session.answer(
            [
                {
                    "person": person.id,
                    "name": person.name,
                    "language": person.language,
                    "signs_in": bool(person.password),
                    "roles": [role._asdict() for role in person.roles],
                }
                for person in people
            ]
        )
        return
    for person in people:
        roles = ", ".join(f"{session.text(f'role.{role.role}')}@{role.scope}" for role in person.roles)
        click.echo(f"{person.id}\t{person.name}\t{roles}")
    if not people:
        session.say("cli.no_users")


@user.command("password", cls=Command)
@click.argument("person")
@option("--password-stdin", is_flag=True, help="password_stdin")
@store_option
@pass_session
def password(session: Session, person: str, password_stdin: bool) -> None:
    """Give a new password."""
    store = session.open()
    with store.read() as reader:
        if find_account(reader, person) is None:  # before anybody types one for nobody
            raise NotFound("person.unknown", id=person)
    set_password(store, person, _ask_password(session, password_stdin))
    _note(store, AuditAction.PASSWORD_RESET, person)
    session.say("cli.password_set", person=person)


COMMANDS = {"user": user}
