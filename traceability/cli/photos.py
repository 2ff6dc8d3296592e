"""Offer the commands about photos."""

import click

from graph.blobs import Blobs
from traceability.cli.session import (
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
from traceability.services.directory.photos import BYTES_PER_MB, clean_photos


class PhotoCommand(Command):
    """A command about photos."""

    group = "photos_"


@click.group("photos", cls=Group)
@language_option
def photos() -> None:
    """Manage the folder of photos."""


@photos.command("clean", cls=PhotoCommand)
@option("--dry-run", is_flag=True, help="photos_dry_run")
@store_option
@json_option
@pass_session
def clean(session: Session, dry_run: bool) -> None:
    """Remove photos that no event names."""
    blobs = Blobs(session.settings().blobs)
    done = clean_photos(session.open(), blobs, now_ms(), dry_run=dry_run)
    if session.json:
        session.answer({**done._asdict(), "dry_run": dry_run})
        return
    session.say(
        "cli.photos_would_clean" if dry_run else "cli.photos_cleaned",
        photos=done.photos,
        mb=-(-done.bytes // BYTES_PER_MB),
        parts=done.parts,
    )


COMMANDS = {"photos": photos}
