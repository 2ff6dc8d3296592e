"""Return the text of a message code in a language, with its values filled in."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from traceability.locale.catalogues import DEFAULT, LANGUAGES, Catalogue, load_catalogue
from traceability.locale.formats import FORMATS, NO_VALUE

COUNTED = "counted"  # how the codes of counted things begin
TERM = "term"  # what the fields of a message are called; where forms name one otherwise, by that name
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def text(code: str, values: Mapping[str, object] | None = None, language: str = DEFAULT) -> str:
    """Return the message of a code. An unknown code is returned as it is: an error page must never fail over its words.

    A format that is none of ``formats.FORMATS`` names a vocabulary: ``{kind:kind}`` reads ``melt`` as ``kind.melt``,
    and several words joined by commas one by one. Of a number it names a thing that is counted: ``{lots:lots}`` reads
    ``counted.lots``, so a message may count several things, each in its own plural form. A language without catalogue
    is read as the default one.
    """
    language = language if language in LANGUAGES else DEFAULT
    catalogue = load_catalogue(language)
    values = values or {}
    template = _choose_form(catalogue, code, values)
    if "{" not in template:
        return template
    return PLACEHOLDER.sub(lambda match: _fill(match[1], match[2], values, language), template)


def join_words(words: Iterable[str], language: str = DEFAULT) -> str:
    """Return words as a list in running text, with the language's own separator and no "and"."""
    return text("list.separator", None, language).join(words)


@cache
def list_codes(prefix: str) -> tuple[str, ...]:
    """Return all codes that start so, as in ``metal.``, in the order of the catalogues."""
    return tuple(code for code in load_catalogue(DEFAULT).messages if code.startswith(prefix))


def _choose_form(catalogue: Catalogue, code: str, values: Mapping[str, object]) -> str:
    """Return the form of a message that fits the number it counts; without a number the last one, of many."""
    message = catalogue.messages.get(code)
    if message is None:
        return code
    number = values.get(message.counted)
    return message.forms[catalogue.choose_form(number) if isinstance(number, int) and message.counted else -1]


def _fill(name: str, how: str | None, values: Mapping[str, object], language: str) -> str:
    """Return a value as its placeholder asks; a value that the format cannot take is returned as it is."""
    value = values.get(name)
    if value is None or value == "":
        return NO_VALUE
    if how is None:
        return FORMATS["count"](value, language) if isinstance(value, int) else str(value)
    if how in FORMATS:
        try:
            return FORMATS[how](value, language)
        except (TypeError, ValueError, ArithmeticError):
            return str(value)
    messages = load_catalogue(language).messages
    if f"{COUNTED}.{how}" in messages:
        return text(f"{COUNTED}.{how}", {"count": value}, language)
    words = [word.strip() for word in str(value).split(",")]
    codes = [_find_code(how, word, messages) for word in words]
    return join_words(
        [text(code, None, language) if code else word for word, code in zip(words, codes, strict=True)],
        language,
    )


def _find_code(how: str, word: str, messages: Collection[str]) -> str:
    """Return the code of a word of a vocabulary, '' for none; a field of the wire is named by the last part of its path."""
    codes = [f"{how}.{word}"]
    if how == TERM:
        field = word.rpartition(".")[2]
        codes = [f"{TERM}.{field}", f"field_name.{field}"]
    return next((code for code in codes if code in messages), "")
