"""Hold the names of a site, region or material by language, and choose the one that a reader sees.

Documents keep a name under its language's code (``"zh": "汨罗市"``), what an event froze of a material under
``name_<code>``. A language is added to them by adding its key or, in a sheet of ``seed/reference``, its column.
"""

from traceability.domain.identifier import normalise_identifier

NamesByLanguage = tuple[tuple[str, str], ...]
"""(language code, name), the default language first: ``(("zh", "汨罗市"), ("en", "Miluo"))``."""


def is_called(wanted: str, id_: str, names: NamesByLanguage) -> bool:
    """Return whether an id begins with a text in its normal form, or a name in any language has it in it."""
    named = [normalise_identifier(name) for _, name in names]
    return bool(wanted) and (id_.startswith(wanted) or any(wanted in name for name in named))


def choose_name(names: NamesByLanguage, language: str) -> str:
    """Return the name in a language; without one the first there is, which is Chinese; '' without any."""
    written = {code: name for code, name in names if name}
    return written.get(language) or next(iter(written.values()), "")
