"""Write log lines that nobody can forge through what they send: one entry, one unindented line.

Paths, names and the texts of exceptions come from outside. Control characters in them are written as escapes, and
whatever follows the first line of an entry, its traceback, is set in by a bar.
"""

import logging
import re
import sys
import time

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
CONTINUED = "    | "
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_controls(text: str) -> str:
    """Return a text in one line: control characters, marks of direction and lone surrogates as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class PlainFormatter(logging.Formatter):
    """Format an entry so that its first line is the only one that begins at the margin; its time is UTC."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the first line."""
        return escape_controls(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802
        """Return the traceback, each line set in."""
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type]
        return "\n".join(CONTINUED + escape_controls(line) for line in lines)


def write_plain_lines(logger: logging.Logger) -> None:
    """Have a logger write to standard error in this form, once however often it is asked."""
    if not any(isinstance(handler.formatter, PlainFormatter) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(PlainFormatter(FORMAT))
        logger.addHandler(handler)
