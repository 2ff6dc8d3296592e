"""Which text belongs to a message code in this language, with its figures filled in?"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from traceability.locale.formats import FORMATS, NO_FIGURE

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_JOINED = {"zh": "、", "en": ", "}


def text(code: str, figures: Mapping[str, object] | None = None, language: str = DEFAULT) -> str:
    """The message of a code. An unknown code is shown as it is: an error page must never fail over its words.

    A format that is none of ``figures.FORMATS`` names a vocabulary: ``{kind:kind}`` reads ``melt`` as ``kind.melt``,
    and several words joined by commas one by one.
    """
    messages = load_catalogue(language if language in LANGUAGES else DEFAULT)
    message = messages.get(code)
    if message is None:
        return code
    if "{" not in message:
        return message
    given = figures or {}
    return PLACEHOLDER.sub(lambda found: _fill(found.group(1), found.group(2), given, language), message)


def _fill(name: str, how: str | None, figures: Mapping[str, object], language: str) -> str:
    value = figures.get(name)
    if value is None or value == "":
        return NO_FIGURE
    if how is None:
        return FORMATS["count"](value, language) if isinstance(value, int) else str(value)
    if how in FORMATS:
        try:
            return FORMATS[how](value, language)
        except (TypeError, ValueError, ArithmeticError):  # as above: what was given is shown as it is
            return str(value)
    messages = load_catalogue(language)
    words = [word.strip() for word in str(value).split(",")]
    return _JOINED[language].join(messages.get(f"{how}.{word}", word) for word in words)


@cache
def load_catalogue(language: str) -> dict[str, str]:
    """All messages of a language by code."""
    messages: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.po")):
        with path.open(encoding="utf-8") as file:
            for message in read_po(file, abort_invalid=True):
                if not isinstance(message.id, str) or not message.id:
                    continue
                if message.id in messages:
                    raise ValueError(f"{path.name}: {message.id} stands in another catalogue already")
                messages[message.id] = str(message.string)
    return messages


def list_codes(prefix: str) -> list[str]:
    """All codes that start so, as in ``metal.``, in the order of the catalogues."""
    return [code for code in load_catalogue(DEFAULT) if code.startswith(prefix)]
