"""Make a checkout with one more language: the English catalogue in brackets, with accents on the
letters.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from traceability.locale.catalogues import FOLDER, load_catalogue
from traceability.locale.messages import PLACEHOLDER

ROOT = Path(__file__).parents[2]
ACCENTS = str.maketrans("aceinouyzACEINOUYZ", "áçéíñóúýžÁÇÉÍÑÓÚÝŽ")
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")


def copy_checkout(to: Path, language: str) -> None:
    """Link everything of the project into a folder, and add a language to its catalogues there."""
    package, locale = to / "traceability", to / "traceability" / "locale"
    locale.mkdir(parents=True)
    for source, target in ((ROOT, to), (ROOT / "traceability", package), (FOLDER, locale)):
        for path in source.iterdir():
            if not (path.name.startswith((".", "__pycache__")) or (target / path.name).exists()):
                (target / path.name).symlink_to(path)
    (locale / language).mkdir()
    for path in (FOLDER / "en").glob("*.po"):
        with path.open(encoding="utf-8") as file:
            english = read_po(file)
        catalogue = Catalog(locale=language)
        for entry in english:
            if not entry.id:
                continue
            if isinstance(entry.string, tuple):
                one, *_, many = entry.string
                forms = (one, *[many] * (catalogue.num_plurals - 1))
                catalogue.add(entry.id, tuple(map(disguise, forms)))
            else:
                tag = language if entry.id == "language.tag" else ""
                catalogue.add(entry.id, tag or disguise(str(entry.string)))
        with (locale / language / path.name).open("wb") as file:
            write_po(file, catalogue)


def disguise(text: str) -> str:
    """Return a text with accents, in brackets; placeholders stay."""
    parts, at = [], 0
    for match in PLACEHOLDER.finditer(text):
        parts += [text[at : match.start()].translate(ACCENTS), match[0]]
        at = match.end()
    return f"⟦{''.join(parts)}{text[at:].translate(ACCENTS)}⟧"


def strip_disguised(text: str) -> str:
    """Return what of a text comes from no catalogue of the language."""
    found = 1
    while found:
        text, found = BRACKETED.subn(" ", text)
    return text


def list_disguised() -> list[str]:
    """Return every message of the language."""
    messages = load_catalogue("en").messages.values()
    return [disguise(form) for message in messages for form in message.forms]
