"""Nobody writes a log line of their own through what they send."""

import io
import logging
import re

from traceability.services.upkeep.log_lines import CONTINUED, FORMAT, PlainFormatter

FORGED = "x\n2026-01-01 00:00:00 WARNING root all is well\r\x1b[2K\x1b[31m\u2028\u202e\ud800\x85"


def test_an_entry_has_one_line_at_the_margin() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter(FORMAT))
    log = logging.Logger("test")
    log.addHandler(handler)
    try:
        raise ValueError(FORGED)
    except ValueError:
        log.exception("at %s", FORGED)
    written = stream.getvalue()
    first, *others = written.splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ERROR ", first)  # UTC, and says so
    assert first.count("ERROR test at x\\n2026") == 1
    assert others
    assert all(line.startswith(CONTINUED) for line in others)
    assert "\x1b" not in written
    written.encode()
