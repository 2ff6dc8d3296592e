"""List the static files that the yard's app consists of, and address them under one version of the whole.

A module names the modules that it imports by relative paths, without a hash. Under ``/yard/files/<version>/`` these paths
stay within one version, so a device never runs modules of two versions together, whatever its caches hold.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import current_app

from traceability.web.shell.static_files import hash_file

PATTERNS = (
    "yard/**/*.js",
    "yard/**/*.css",
    "scanning/**/*.js",
    "scanning/**/*.css",
    "shell/tokens.css",
    "shell/frame.css",
    "shell/icon.svg",
    "shell/load_watch.js",
    "components/forms.css",
    "components/lots.css",
    "vendor/idb.js",
    "vendor/zxing.js",
    "vendor/*.wasm",
)
"""Files that the app needs without a network: code, styles and the reader of QR codes."""
WORKER = "yard/service_worker.js"  # which its own cache does not hold
VERSION_LENGTH = 12


def list_app_files() -> dict[str, str]:
    """Return the hashes of the app's files by their names in the static folder."""
    folder = current_app.static_folder
    assert folder
    names = {
        path.relative_to(folder).as_posix()
        for pattern in PATTERNS
        for path in Path(folder).glob(pattern)
        if path.is_file()
    }
    return {name: hash_file(folder, name) for name in sorted(names - {WORKER})}


def app_version() -> str:
    """Return the version of the app as a whole; any change of a file or of the worker makes another."""
    folder = current_app.static_folder
    assert folder
    return _sum_up((*list_app_files().items(), (WORKER, hash_file(folder, WORKER))))


@lru_cache(maxsize=8)
def _sum_up(files: tuple[tuple[str, str], ...]) -> str:
    return sha256(repr(files).encode()).hexdigest()[:VERSION_LENGTH]
