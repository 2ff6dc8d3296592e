"""Say what is wrong with a command line, in the language of the session: click says it in English alone."""

import click

from traceability.cli.session import Session
from traceability.domain.errors import BadInput


def name_wrong_use(session: Session, error: click.UsageError) -> BadInput:
    """Return the error of a command line that makes no sense, with where its help is."""
    code, figures = _name_reason(session, error)
    command = error.ctx.command_path if error.ctx else "traceability"
    return BadInput("cli.wrong_use", reason=session.text(code, figures), command=command)


def _name_reason(session: Session, error: click.UsageError) -> tuple[str, dict[str, object]]:
    match error:
        case click.NoSuchOption():
            return "cli.wrong.option", {"name": error.option_name}
        case click.NoSuchCommand():
            return "cli.wrong.command", {"name": error.command_name}
        case click.BadOptionUsage():
            return "cli.wrong.bare", {"name": error.option_name}
        case click.MissingParameter(param=click.Parameter() as param):
            return "cli.wrong.missing", {"name": _name(param)}
        case click.BadParameter(param=click.Parameter() as param):
            name = _name(param)
            if isinstance(param.type, click.Choice):
                return "cli.wrong.choice", {"name": name, "choices": ", ".join(map(str, param.type.choices))}
            if isinstance(param.type, click.IntRange):
                return "cli.wrong.number", {"name": name, "least": param.type.min, "most": param.type.max}
            return "cli.wrong.value", {"name": name, "reason": error.message}
    return "cli.wrong.other", {"reason": error.format_message()}


def _name(param: click.Parameter) -> str:
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name
