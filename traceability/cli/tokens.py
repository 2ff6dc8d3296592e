"""Offer the commands about tokens, with which programs act for an account."""

import click

from traceability.cli.session import (
    Command,
    Group,
    Session,
    console_actor,
    json_option,
    language_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import NotFound
from traceability.services.directory.sessions import (
    MOST_DAYS,
    SCOPES,
    list_tokens,
    make_token,
    revoke_session,
)

SHOWN = 12  # digits of a token's id, enough to name it


class TokenCommand(Command):
    """A command about tokens."""

    group = "token_"


@click.group("token", cls=Group)
@language_option
def token() -> None:
    """Manage tokens of programs."""


@token.command("add", cls=TokenCommand)
@click.argument("person")
@option("--label", required=True, help="token_label")
@option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="token_scope")
@option("--days", type=click.IntRange(1, MOST_DAYS), default=90, show_default=True, help="token_days")
@store_option
@json_option
@pass_session
def add(session: Session, person: str, label: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token and print it, this once."""
    made = make_token(session.open(), person, label, scopes, days, console_actor())
    if session.json:
        session.answer({"id": made.session.id[:SHOWN], "token": made.token, "ends_ms": made.session.ends_ms})
        return
    click.echo(made.token)
    click.echo(session.text("cli.token_added", {"person": made.session.person}), err=True)


@token.command("list", cls=TokenCommand)
@store_option
@json_option
@pass_session
def list_(session: Session) -> None:
    """List the tokens that have not expired."""
    with session.open().read() as reader:
        tokens = list_tokens(reader, now_ms())
    if session.json:
        session.answer(
            [
                {
                    "id": one.id[:SHOWN],
                    "person": one.person,
                    "label": one.label,
                    "scopes": list(one.scopes),
                    "made_by": one.made_by,
                    "used_ms": one.used_ms,
                    "ends_ms": one.ends_ms,
                }
                for one in tokens
            ]
        )
        return
    for one in tokens:
        click.echo(f"{one.id[:SHOWN]}\t{one.person}\t{one.label}\t{', '.join(one.scopes)}")
    if not tokens:
        session.say("cli.no_tokens")


@token.command("revoke", cls=TokenCommand)
@click.argument("id_", metavar="ID")
@store_option
@pass_session
def revoke(session: Session, id_: str) -> None:
    """Revoke a token by its id, as the list shows it."""
    store = session.open()
    with store.read() as reader:
        found = [one.id for one in list_tokens(reader, now_ms()) if one.id.startswith(id_)]
    if len(id_) < SHOWN or len(found) != 1:
        raise NotFound("cli.no_token", id=id_)
    revoke_session(store, found[0], console_actor())
    session.say("cli.token_revoked")


COMMANDS = {"token": token}
