"""Run the command line: each command parses, calls one service and prints, and says so in
``--help``.

| status | meaning |
|---|---|
| 0 | done, nothing to complain of |
| 1 | done, with findings (``check``) or refused rows (``load``) |
| 2 | the command line, a setting or a file makes no sense |
| 3 | the store cannot be reached, is full, closed, or of another version |
| 4 | no such lot, person, file … |
| 5 | refused: in use, changed by somebody else, already there |
| 130 | interrupted; what was committed stays |
"""

import logging
import os
import sys
from collections.abc import Sequence

import click

from traceability.cli.session import (
    LocalisedCommand,
    Session,
    fail,
    file_error,
    find_language,
    language_option,
    write_help,
)
from traceability.domain.errors import BadInput, NotFound, StoreError, TraceabilityError

OK, FINDINGS, USAGE, STORE, MISSING, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# Imported when they are asked for: a start of gunicorn need not read the exporter.
COMMANDS = {
    "serve": "serve",
    "work": "serve",
    "load": "transfer",
    "export": "transfer",
    "import": "transfer",
    "backup": "transfer",
    "restore": "transfer",
    "check": "check",
    "rebuild": "check",
    "analyse": "check",
    "head": "heads",
    "report": "reports",
    "trace": "trace",
    "seed": "transfer",
    "user": "users",
    "token": "tokens",
    "photos": "photos",
    "clock": "clock",
    "scale": "scale",
}


class Commands(LocalisedCommand, click.Group):
    """The group of all commands, each imported at its first use; its help is in the language of the
    session."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order in which people meet them."""
        return [name for name in COMMANDS if name != "work"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f"traceability.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the program is for, in the language of the session."""
        write_help(ctx, formatter, "cli.help.main")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the statuses with which commands end."""
        write_help(ctx, formatter, "cli.help.statuses")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@language_option
@click.pass_context
def traceability(ctx: click.Context) -> None:
    """Run a command."""


def main() -> None:
    """Run the console script."""
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, say `head`, had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit status."""
    os.umask(0o077)  # books, logs and archives hold password hashes and names
    # The driver logs each attempt; that the store is out of reach is printed once, at the end.
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    session = Session(language=find_language(os.environ, arguments))
    try:
        status = traceability.main(
            list(arguments), prog_name="traceability", standalone_mode=False, obj=session
        )
    except click.UsageError as error:
        from traceability.cli.wrong_use import name_wrong_use

        fail(session, name_wrong_use(session, error))
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return OK
    except TraceabilityError as error:
        fail(session, error)
        return status_of(error)
    except OSError as error:
        fail(session, file_error(error))
        return MISSING if isinstance(error, FileNotFoundError) else REFUSED
    return status if isinstance(status, int) else OK


def status_of(error: TraceabilityError) -> int:
    """Return the exit status of an error."""
    if isinstance(error, StoreError):
        return STORE
    if isinstance(error, NotFound):
        return MISSING
    return USAGE if isinstance(error, BadInput) else REFUSED
