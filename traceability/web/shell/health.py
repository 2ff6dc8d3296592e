"""Report that the process answers (``/livez``) and that its store does (``/healthz``)."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from traceability.services.recording.clock import read_clock
from traceability.web.shell import current

pages = Blueprint("health", __name__)


@pages.get("/livez")
def live() -> ResponseReturnValue:
    """Answer that the process runs."""
    return jsonify({"status": "ok"})


@pages.get("/healthz")
def ready() -> ResponseReturnValue:
    """Answer with the book's newest seq and whether the clock lets events be recorded (``clock``).

    503 with the ``reason``, a stable code such as ``store.unavailable``, where the store does not answer: no path,
    address or version, for anybody may ask. A clock far behind refuses records, but everything can be read.
    """
    state = read_clock(current.reader(), current.now_ms())
    seq = current.reader().find_head().seq
    return jsonify({"status": "ok", "seq": seq, "clock": "behind" if state.refused else "ok"})
