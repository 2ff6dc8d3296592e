"""What do people read for a code: one text per message code, in Chinese and English, without Flask.

The catalogues are ``<language>/<area>.po`` beside this file; the msgid is the message code. They are read as they lie
at first use (some 40 ms a language), because compiled catalogues would go stale in a checkout and show nothing in a
review. Areas only keep authors out of each other's way: all files of a language are one name space.

A placeholder is ``{name}`` or ``{name:format}``; ``figures.py`` lists the formats. Units stand in the text, so that a
translator sees them: ``投入 {inputs_g:kg} kg``.
"""

from traceability.locale.catalogues import DEFAULT, LANGUAGES, list_codes, text
from traceability.locale.formats import (
    format_count,
    format_day,
    format_kg,
    format_month,
    format_ppm,
    format_share,
    format_t,
    format_time,
    group_code,
)

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "format_count",
    "format_day",
    "format_kg",
    "format_month",
    "format_ppm",
    "format_share",
    "format_t",
    "format_time",
    "group_code",
    "list_codes",
    "text",
]
