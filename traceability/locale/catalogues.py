"""Find the languages that have catalogues, and read a language's catalogue.

A language is a folder ``<language>/`` beside this file, named by its CLDR code (``zh``, ``en``, ``pt_BR``), with the
catalogues ``<area>.po`` in it. Nothing else lists the languages. The catalogues are read as they lie at first use
(some 40 ms a language), because compiled ones would go stale in a checkout and show nothing in a review.
"""

from collections.abc import Callable
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
DEFAULT = "zh"
LANGUAGES = (DEFAULT, *sorted({path.parent.name for path in FOLDER.glob("*/*.po")} - {DEFAULT}))
"""Every language with a catalogue, the default one first."""


class Message(NamedTuple):
    """The text of a code, one form for each plural form of the language.

    ``counted`` names the placeholder whose number chooses the form; a message without plural has one form and ''.
    """

    forms: tuple[str, ...]
    counted: str = ""


class Catalogue(NamedTuple):
    """A language: its messages by code, its conventions (CLDR), and the number of the plural form of a count."""

    messages: dict[str, Message]
    locale: Locale
    choose_form: Callable[[int], int]


class Language(NamedTuple):
    """A language as a page offers it: the tag for browsers (BCP 47) and the language's name for itself."""

    code: str
    tag: str
    name: str


def describe_languages() -> tuple[Language, ...]:
    """Return every language with its tag and own name, the default one first."""
    return tuple(describe_language(code) for code in LANGUAGES)


@cache
def describe_language(code: str) -> Language:
    """Return a language with its tag and own name."""
    (tag,) = load_catalogue(code).messages["language.tag"].forms
    return Language(code, tag, str(Locale.parse(code).get_display_name()))


def match_language(wanted: str) -> str:
    """Return the language that an address or environment asks for, as in ``en_GB.UTF-8``; '' if there is none."""
    by_name = {code.lower(): code for code in LANGUAGES}
    name = wanted.partition(".")[0].partition("@")[0].replace("-", "_").lower()
    while name and name not in by_name:
        name = name.rpartition("_")[0]
    return by_name.get(name, "")


@cache
def load_catalogue(language: str) -> Catalogue:
    """Return the messages of all catalogues of a language.

    Raises ValueError for a code that stands twice, or a file whose header names another language than the first's.
    """
    messages: dict[str, Message] = {}
    headers: dict[str, Catalog] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open(encoding="utf-8") as file:
            catalogue = read_po(file, abort_invalid=True)
        headers[str(catalogue.locale_identifier)] = catalogue
        if catalogue.locale is None or len(headers) > 1:
            raise ValueError(f"{path.name}: the header's Language is {' or '.join(headers)}")
        for entry in catalogue:
            code, counted = entry.id if isinstance(entry.id, tuple) else (str(entry.id), "")
            if not code:
                continue
            if code in messages:
                raise ValueError(f"{path.name}: {code} stands in another catalogue already")
            forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
            messages[code] = Message(tuple(map(str, forms)), counted)
    (header,) = headers.values()
    assert header.locale is not None, "checked above"
    return Catalogue(messages, header.locale, c2py(header.plural_expr))
