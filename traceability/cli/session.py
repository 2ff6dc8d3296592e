"""Give every command its store, its language, JSON output for scripts, and a progress bar on long
work."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import click

from graph.store import Store
from traceability.config import PREFIX, Settings, read_settings
from traceability.domain.errors import BadInput, NotFound, StoreError, TraceabilityError
from traceability.locale import DEFAULT, LANGUAGES, match_language, text
from traceability.services.directory.audit import CONSOLE, Actor

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])

Advance = Callable[[int, int], None]
"""Called with (done, in all)."""


def now_ms() -> int:
    """Return the time in ms UTC: the one clock of the command line."""
    return time.time_ns() // 1_000_000


def console_actor() -> Actor:
    """Return who does something on the machine itself: nobody that the book knows."""
    return Actor("", now_ms(), CONSOLE)


def find_language(environ: Mapping[str, str], words: Sequence[str] = ()) -> str:
    """Return the language asked for in the words of the command line, wherever it stands: it holds
    for a ``--help`` before it too.

    Else that of the environment: our variable if it is set, or the terminal's; else Chinese.
    """
    for word, after in zip(words, [*words[1:], ""], strict=False):
        language = after if word == "--language" else word.removeprefix("--language=")
        if word == "--":
            break
        if word.startswith("--language") and language in LANGUAGES:
            return language
    for name in (PREFIX + "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if spoken := match_language(environ.get(name, "")):
            return spoken
    return DEFAULT


@dataclass(slots=True)
class Session:
    """The session of one call of the command line."""

    language: str = DEFAULT
    json: bool = False
    address: str = ""  # --store

    def text(self, code: str, figures: Mapping[str, object] | None = None) -> str:
        """Return a message in the session's language."""
        return text(code, figures, self.language)

    def say(self, code: str, /, **figures: object) -> None:
        """Print a message; nothing with --json, where one object is printed at the end."""
        if not self.json:
            click.echo(self.text(code, figures))

    def answer(self, body: object) -> None:
        """Print the answer of --json."""
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))

    def settings(self) -> Settings:
        """Return the settings, with the store that was asked for. Raises BadSetting, BadInput."""
        # The command line signs no sessions, so it must not fail for want of a key that only the server may read.
        settings = read_settings({PREFIX + "SECRET_KEY": "-" * 64, **os.environ})
        return with_store(settings, self.address)

    def find(self) -> Store | None:
        """Return the store where there is one already; a server is taken to be there.

        Raises StoreError, BadInput.
        """
        return self.open() if _exists(self.settings()) else None

    def open(self, *, new: bool = False, damaged: bool = False) -> Store:
        """Return the store, brought up to date; only with ``new`` may it be made now.

        With ``damaged`` a store is returned as it is where its tables cannot be read. Raises StoreError, BadInput, NotFound.
        """
        settings = self.settings()
        if not new and not _exists(settings):
            # A slip in the address must not be answered by a sound, empty book.
            raise NotFound("cli.no_store", store=settings.store)
        return open_settled(self, settings, damaged=damaged)

    @contextmanager
    def progress(self, code: str) -> Iterator[Advance]:
        """Show a progress bar on a terminal, nothing in scripts."""
        if self.json or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task(self.text(code), total=None)
            yield lambda done, total: bars.update(bar, completed=done, total=total or None)


def open_console() -> "Console":
    """Return the console that tables are printed on."""
    from rich.console import Console

    # Without a terminal rich would fold everything into 80 columns, which no log or pipe asks for.
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 160
    return Console(highlight=False, width=width)


def _exists(settings: Settings) -> bool:
    scheme, _, path = settings.store.partition(":///")
    return scheme != "sqlite" or Path(unquote(path)).exists()


def with_store(settings: Settings, address: str) -> Settings:
    """Return the settings with the store of ``--store``, else of the environment, else the one book
    that the data folder holds."""
    from dataclasses import replace

    if address:
        return replace(settings, store=address)
    if os.environ.get(PREFIX + "STORE"):
        return settings
    books = sorted(settings.data.glob("*.db"))
    if len(books) > 1:
        names = ", ".join(f"sqlite:///{book}" for book in books)
        raise BadInput("cli.which_store", stores=names)
    return replace(settings, store=f"sqlite:///{books[0]}") if books else settings


def open_settled(session: Session, settings: Settings, *, damaged: bool = False) -> Store:
    """Open and migrate a store; derive again what an older version derived, or finish a rebuild.

    Raises StoreError, with ``damaged`` none of a damaged file.
    """
    from graph import open_store
    from traceability.services.upkeep.rebuild import is_settled, settle

    store = open_store(settings.store, user=settings.store_user, password=settings.store_password)
    try:
        settled = is_settled(store)
    except StoreError as error:
        from traceability.services.upkeep.check import DAMAGE_CODES

        if not damaged or error.code not in DAMAGE_CODES:
            raise
        settled = True
    if not settled:
        with session.progress("cli.rebuilding") as advance:
            settle(store, advance)
    return store


# --- options ------------------------------------------------------------------------------------------------------


class LocalisedCommand(click.Command):
    """A command or group whose hint to its own help is in the session's language."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` with its words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _session(ctx).text("cli.option.help")
        return option


class Command(LocalisedCommand):
    """A command whose help is the message ``cli.help.<name>`` in the session's language.

    Words that it does not take are BadInput. ``group`` stands before the name where another group has a command of the same name.
    """

    group = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words behind the command. Raises BadInput for more than it takes."""
        ctx.allow_extra_args = True  # or click refuses them, in English
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            said = _session(ctx).text("cli.wrong.extra", {"words": " ".join(rest)})
            raise BadInput("cli.wrong_use", reason=said, command=ctx.command_path)
        return rest

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence, for the list of commands."""
        ctx = click.get_current_context(silent=True)
        return _session(ctx).text(f"cli.help.{self.group}{_key(self.name)}").partition("\n")[0]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole help."""
        write_help(ctx, formatter, f"cli.help.{self.group}{_key(self.name)}")


class Group(LocalisedCommand, click.Group):
    """A group of commands, with help as a command's."""

    command_class = Command

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence."""
        ctx = click.get_current_context(silent=True)
        return _session(ctx).text(f"cli.help.{_key(self.name)}").partition("\n")[0]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole help."""
        write_help(ctx, formatter, f"cli.help.{_key(self.name)}")


class Option(click.Option):
    """An option whose help is a message code."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the record with its words."""
        code, self.help = self.help, _session(ctx).text(self.help or "")
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = code


def _key(name: str | None) -> str:
    return (name or "").replace("-", "_")


def write_help(ctx: click.Context, formatter: click.HelpFormatter, code: str) -> None:
    """Write a message as help, its lines as they are."""
    formatter.write_paragraph()
    with formatter.indentation():
        for line in _session(ctx).text(code).splitlines():
            formatter.write(" " * formatter.current_indent + line + "\n")


def _session(ctx: click.Context | None) -> Session:
    session = ctx.find_root().obj if ctx is not None else None
    return session if isinstance(session, Session) else Session()


def _set_language(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        _session(ctx).language = value


def _set_store(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    _session(ctx).address = value or ""


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    _session(ctx).json = value


def option(*names: str, help: str, **settings: Any) -> Callable[[F], F]:  # noqa: A002
    """Return an option whose help is the message ``cli.option.<help>``."""
    return click.option(*names, cls=Option, help=f"cli.option.{help}", **settings)


def language_option(command: F) -> F:
    """Add ``--language``."""
    return option(
        "--language", type=click.Choice(LANGUAGES), is_eager=True, expose_value=False, callback=_set_language,
        help="language",
    )(command)  # fmt: skip


def store_option(command: F) -> F:
    """Add ``--store`` and ``--language``."""
    command = language_option(command)
    return option(
        "--store", metavar="URL", expose_value=False, callback=_set_store, help="store",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    """Add ``--json``; it is read first, so that errors of other arguments are printed as JSON too."""
    return option("--json", is_flag=True, is_eager=True, expose_value=False, callback=_set_json, help="json")(
        command
    )


pass_session = click.make_pass_decorator(Session)


class ExistingPath(click.Path):
    """A file or folder, refused in the session's words: ``there`` where it must exist, else its folder must."""

    def __init__(self, name: str, *, there: bool) -> None:
        super().__init__(path_type=Path)
        self.name = name
        self.there = there

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Raises NotFound, BadInput."""
        path = Path(value)
        if self.there and not path.exists():
            raise NotFound(f"cli.no_{self.name}", path=str(path))
        if not path.absolute().parent.is_dir():
            raise NotFound("cli.no_folder", path=str(path.parent))
        if path.exists() and path.is_dir() != (self.name == "folder"):
            raise BadInput(f"cli.not_a_{self.name}", path=str(path))
        return path


FILE_IN, FILE_OUT = ExistingPath("file", there=True), ExistingPath("file", there=False)
FOLDER_IN = ExistingPath("folder", there=True)


# --- errors -------------------------------------------------------------------------------------------------------


def fail(session: Session, error: TraceabilityError) -> None:
    """Print on stderr what went wrong, with every reason."""
    from traceability.wire.errors import encode_error

    if session.json:
        click.echo(json.dumps({"error": encode_error(error)}, ensure_ascii=False), err=True)
        return
    click.echo(session.text(error.code, error.figures), err=True)
    for line in list_reasons(session, error):
        click.echo(f"  {line}", err=True)


def file_error(error: OSError) -> TraceabilityError:
    """Return an error of the file system as one of ours, which names the file."""
    return TraceabilityError("cli.file", path=str(error.filename or ""), reason=error.strerror or str(error))


def list_reasons(session: Session, error: TraceabilityError) -> list[str]:
    """Return each field or rule at fault in words, behind the field's path."""
    from traceability.wire import errors

    reasons = [
        (reason.path, session.text(reason.code, reason.figures)) for reason in errors.list_reasons(error)
    ]
    return [f"{path}: {words}" if path else words for path, words in reasons]
