"""Report that the process answers (``/livez``) and that its store does (``/healthz``)."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from traceability.web.shell import current

pages = Blueprint("health", __name__)


@pages.get("/livez")
def live() -> ResponseReturnValue:
    """Answer that the process runs."""
    return jsonify({"status": "ok"})


@pages.get("/healthz")
def ready() -> ResponseReturnValue:
    """Answer with the book's newest seq; 503 where the store does not answer."""
    return jsonify({"status": "ok", "seq": current.reader().find_head().seq})
