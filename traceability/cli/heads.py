"""Offer the commands about heads of the book that are signed with a key outside it."""

from pathlib import Path

import click

from traceability.cli.session import (
    FILE_IN,
    FILE_OUT,
    Command,
    Group,
    Session,
    json_option,
    language_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.config import Settings
from traceability.domain.errors import BadInput
from traceability.services.upkeep.signed_heads import (
    CheckedHead,
    HeadFile,
    check_heads,
    list_trusted_keys,
    make_key,
    read_heads,
    sign_head,
)

FINDINGS = 1


class HeadCommand(Command):
    """A command about heads."""

    group = "head_"


@click.group("head", cls=Group)
@language_option
def head() -> None:
    """Sign heads of the book, and check them."""


@head.command("key", cls=HeadCommand)
@click.argument("file", type=FILE_OUT, required=False)
@json_option
@language_option
@pass_session
def key(session: Session, file: Path | None) -> None:
    """Make the key, and print its public key."""
    settings = session.settings()
    path = file or settings.head_key
    if path is None:
        raise BadInput("head.no_key")
    public = make_key(path.absolute(), list_folders(settings))
    if session.json:
        session.answer({"file": str(path), "public": public})
    session.say("cli.head_key_made", path=str(path.absolute()), public=public)


@head.command("sign", cls=HeadCommand)
@store_option
@json_option
@pass_session
def sign(session: Session) -> None:
    """Sign the present head, and keep it."""
    settings = session.settings()
    if settings.head_key is None or settings.heads is None:
        raise BadInput("head.no_key")
    store = session.open()
    signed = sign_head(store, settings.head_key, settings.heads, list_folders(settings), now_ms())
    if session.json:
        session.answer({"signed_head": 1, **signed._asdict()})
    session.say("cli.head_signed", head=str(signed), signed_ms=signed.signed_ms, path=str(settings.heads))


@head.command("verify", cls=HeadCommand)
@click.argument("file", type=FILE_IN)
@option("--public", "public", multiple=True, metavar="KEY", help="public")
@store_option
@json_option
@pass_session
def verify(session: Session, file: Path, public: tuple[str, ...]) -> int:
    """Say of each head in a file whether its signature is right, and whether the book contains it."""
    trusted = list_trusted_keys(session.settings().head_key, public)
    if not trusted:
        raise BadInput("head.no_public_key")
    found = read_signed(file)
    with session.open().read() as reader:
        checked = check_heads(reader, found.heads, trusted)
    wrong = [one for one in checked if not one.is_proof]
    if session.json:
        session.answer({"heads": [_encode(one) for one in checked], "damaged_lines": found.damaged})
    else:
        for one in wrong or checked[-1:]:
            _print(session, one)
        for number in found.damaged:
            session.say("cli.head_line_damaged", line=number)
        session.say("cli.heads_verified", right=len(checked) - len(wrong), heads=len(checked))
    return FINDINGS if wrong or found.damaged else 0


def read_signed(file: Path) -> HeadFile:
    """Return the signed heads of a file that somebody named. Raises BadInput where there are none."""
    found = read_heads(file)
    if not found.heads:
        raise BadInput("head.no_heads", path=str(file))
    return found


def list_folders(settings: Settings) -> list[Path]:
    """Return the folders of the book, in which whoever can write it can write anything."""
    return [settings.data, settings.blobs]


def _print(session: Session, one: CheckedHead) -> None:
    session.say(
        "cli.head_checked",
        head=str(one.head),
        signed_ms=one.head.signed_ms,
        signature=session.text(f"head.{one.signature}", {"key": one.head.key}),
        book=session.text(f"head.{one.book}", {"stored": one.stored}),
    )


def _encode(one: CheckedHead) -> dict[str, object]:
    return {
        "head": str(one.head),
        "signed_ms": one.head.signed_ms,
        "key": one.head.key,
        "signature": one.signature,
        "book": one.book,
        "stored": one.stored,
    }


COMMANDS = {"head": head}
