"""Address static files by the hash of their content, so that browsers keep each version for a year without asking.

A page names ``/static/shell/frame.css?v=3f2a9c01d4e6``. Only an address whose hash matches the file is answered as
immutable: an old one, or one without a hash (a module imported by another), is checked with its ETag each time.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.security import safe_join

HASH_ARGUMENT = "v"
HASH_LENGTH = 12
IMMUTABLE = "public, max-age=31536000, immutable"


def install(app: Flask) -> None:
    """Add the hash to ``url_for("static", …)`` and the caching rule to what the addresses answer."""
    folder = app.static_folder
    assert folder

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault(HASH_ARGUMENT, hash_file(folder, values["filename"]))

    @app.after_request
    def allow_caching(answer: Response) -> Response:
        if request.endpoint == "static" and answer.status_code in (200, 206, 304):
            stated = request.args.get(HASH_ARGUMENT)
            if stated and stated == hash_file(folder, (request.view_args or {})["filename"]):
                answer.headers["Cache-Control"] = IMMUTABLE
        return answer


def hash_file(folder: str, name: str) -> str:
    """Return the hash of a static file's content as it is now. Raises FileNotFoundError."""
    path = safe_join(folder, name)
    if path is None:
        raise FileNotFoundError(name)
    found = Path(path).stat()
    return _hash_version(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _hash_version(path: str, mtime_ns: int, size: int) -> str:
    """Read a file once per version: time and size are the cache's key."""
    return sha256(Path(path).read_bytes()).hexdigest()[:HASH_LENGTH]
