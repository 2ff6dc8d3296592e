"""Name the static files that the yard's app consists of, which devices keep for times without a network."""

from fnmatch import fnmatch

from traceability.web.shell.static_files import versioned_files

PATTERNS = (
    "yard/*.js",
    "yard/*.css",
    "scanning/*.js",
    "scanning/*.css",
    "scales/*.js",
    "scales/*.css",
    "shell/tokens.css",
    "shell/frame.css",
    "shell/icon.svg",
    "shell/load_watch.js",
    "components/forms.css",
    "components/lots.css",
    "components/masses.js",
    "vendor/idb.js",
    "vendor/zxing.js",
    "vendor/*.wasm",
)
"""Files that the app needs without a network: code, styles and the reader of QR codes; a star stands for folders too."""
WORKER = "yard/service_worker.js"  # which its own cache does not hold


def list_app_files() -> list[str]:
    """Return the names in the static folder of the app's files, in order."""
    return [
        name
        for name in versioned_files().hashes
        if name != WORKER and any(fnmatch(name, pattern) for pattern in PATTERNS)
    ]
