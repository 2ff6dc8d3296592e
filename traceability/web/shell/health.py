"""Is the system there (``/livez``), and can it work (``/healthz``: the store answers)?"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from traceability.web.shell import current

pages = Blueprint("health", __name__)


@pages.get("/livez")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify({"status": "ok"})


@pages.get("/healthz")
def ready() -> ResponseReturnValue:
    """The store answers; 503 where it does not."""
    return jsonify({"status": "ok", "seq": current.reader().find_head().seq})
