"""Commands about accounts: the first one outside the demo is made here."""

import sys
from collections.abc import Collection

import click

from traceability.cli.session import Command, Group, Session, json_option, option, pass_session, store_option
from traceability.domain.errors import BadInput
from traceability.domain.person import ANYWHERE, Assignment
from traceability.domain.vocabulary import ROLES
from traceability.services.people import add_person, list_people, set_password
from traceability.services.reference import reference_in


@click.group("user", cls=Group)
def user() -> None:
    """Accounts."""


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
    store = session.open(new=True)
    with store.read() as reader:
        sites = reference_in(reader).sites
    assignments = [_read_role(role, sites) for role in roles]
    password = _ask_password(session, password_stdin)
    add_person(store, person, name or person, password, assignments)
    session.say("cli.user_added", person=person)


def _read_role(text: str, sites: Collection[str]) -> Assignment:
    role, _, scope = text.partition("@")
    scope = scope or ANYWHERE
    if role not in ROLES:
        raise BadInput("person.unknown_role", roles=role, known=", ".join(ROLES))
    if not (scope == ANYWHERE or scope.isdigit() or scope in sites):
        raise BadInput("cli.unknown_scope", scope=scope)
    return Assignment(role, scope)


def _ask_password(session: Session, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(
        click.prompt(
            session.text("cli.password"),
            hide_input=True,
            confirmation_prompt=session.text("cli.password_again"),
            err=True,
        )
    )


@user.command("list", cls=Command)
@store_option
@json_option
@pass_session
def list_(session: Session) -> None:
    """List accounts."""
    people = list_people(session.open())
    if session.json:
        session.answer(
            [
                {
                    "person": one.id,
                    "name": one.name,
                    "language": one.language,
                    "signs_in": bool(one.password),
                    "roles": [held._asdict() for held in one.roles],
                }
                for one in people
            ]
        )
        return
    for one in people:
        roles = ", ".join(f"{session.text(f'role.{held.role}')}@{held.scope}" for held in one.roles)
        click.echo(f"{one.id}\t{one.name}\t{roles}")
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
    set_password(store, person, _ask_password(session, password_stdin))
    session.say("cli.password_set", person=person)


COMMANDS = {"user": user}
