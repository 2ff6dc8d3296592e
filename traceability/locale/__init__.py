"""Texts by message code, and numbers and times as text, in every language that has a catalogue; without Flask.

The catalogues are ``<language>/<area>.po`` beside this file; the msgid is the message code. Areas only keep authors out
of each other's way: all files of a language are one name space, and every language has the same codes.

A placeholder is ``{name}`` or ``{name:format}``; ``formats.py`` lists the formats. Units stand in the text, so that a
translator sees them: ``投入 {inputs_g:kg} kg``. Where the words depend on a number, the entry has plural forms, and
``msgid_plural`` names the placeholder that counts. A language that has no plural, or whose words stay the same, writes
the entry without.

To add a language, say Portuguese: copy the folder ``en`` to ``pt_BR``; in each file name the language in the header
(``Language: pt_BR``, a code of CLDR, from which Babel takes dates and plural forms) and translate; write in
``language.tag`` what browsers call it (``pt-BR``). ``tests/locale`` then holds codes, placeholders and plural forms
against the default language. Names of sites, regions and materials: see ``domain/names.py``.
"""

from traceability.locale.catalogues import (
    DEFAULT,
    LANGUAGES,
    Language,
    describe_language,
    describe_languages,
    match_language,
)
from traceability.locale.formats import (
    format_content,
    format_count,
    format_day,
    format_kg,
    format_month,
    format_period,
    format_ppm,
    format_share,
    format_share_ppm,
    format_t,
    format_time,
)
from traceability.locale.messages import join_words, list_codes, text

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "Language",
    "describe_language",
    "describe_languages",
    "format_content",
    "format_count",
    "format_day",
    "format_kg",
    "format_month",
    "format_period",
    "format_ppm",
    "format_share",
    "format_share_ppm",
    "format_t",
    "format_time",
    "join_words",
    "list_codes",
    "match_language",
    "text",
]
