"""Address static files by their content, so that browsers keep each version for a year without asking.

Two kinds of address are answered as immutable, while what they name is what is there:

- ``/static/shell/frame.css?v=3f2a9c01d4e6``: one file, by the hash of its content.
- ``/static/version/5be0c1d2a377/scanning/scan_box.js``: a script, under one version of all scripts, style sheets and
  programs. Modules import each other by relative paths, so these paths stay within the version: no page runs modules of
  two versions, and none is asked for again.

Any other address, one of an older version too, is checked with its ETag each time.

A page names the modules that its scripts import, and those that these do, so that all are asked for at once: a browser
finds imports only by reading what it got, one round trip a level.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.security import safe_join

HASH_ARGUMENT = "v"
HASH_LENGTH = 12
IMMUTABLE = "public, max-age=31536000, immutable"
VERSIONED = (".js", ".css", ".wasm", ".svg")
"""How names end of files that are in the version: scripts, and what scripts and the yard's app load."""
VERSION_HEADER = (
    "X-App-Version"  # the version that an answer is of; a service worker keeps no other than its own
)
EXTENSION = "static_files"
_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^"';()]*\bfrom)?\s*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
"""A module that is loaded before the one that names it; what is imported on demand is not."""


@dataclass(frozen=True, slots=True)
class VersionedFiles:
    """The files that are addressed under one version, as they were when the application started."""

    version: str
    hashes: Mapping[str, str]  # by name in the static folder
    imports: Mapping[str, tuple[str, ...]]  # of each script, by name: those of its imports as well


def install(app: Flask) -> None:
    """Let ``url_for("static", …)`` say the version of a script and the hash of any other file, and answer both.

    The version is that of the application's start: as templates are, scripts are the old ones until the next.
    """
    folder = app.static_folder
    assert folder
    app.extensions[EXTENSION] = read_versioned_files(folder)
    app.add_url_rule("/static/version/<version>/<path:filename>", endpoint="static")
    app.view_functions["static"] = send_static_file
    app.jinja_env.globals.update(list_modules=list_modules)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "version" in values:
            return
        if values["filename"].endswith(".js"):
            values["version"] = versioned_files().version
        else:
            values.setdefault(HASH_ARGUMENT, hash_file(folder, values["filename"]))


def read_versioned_files(folder: str) -> VersionedFiles:
    """Return the files of a static folder that are in its version; any change of one makes another version."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob("*")
        if path.suffix in VERSIONED and path.is_file()
    )
    hashes = {name: hash_file(folder, name) for name in names}
    direct = {name: _list_imports(folder, name) for name in names if name.endswith(".js")}
    imports = {name: tuple(_walk_imports(name, direct)) for name in direct}
    return VersionedFiles(sha256(repr(hashes).encode()).hexdigest()[:HASH_LENGTH], hashes, imports)


def _list_imports(folder: str, name: str) -> list[str]:
    """Return what a script imports, by name in the static folder."""
    path = Path(folder, name)
    found = path.stat()
    beside = PurePosixPath(name).parent
    return [normpath(beside / other) for other in _find_imports(path, found.st_mtime_ns, found.st_size)]


@lru_cache(maxsize=512)
def _find_imports(path: Path, mtime_ns: int, size: int) -> tuple[str, ...]:
    """Read a script once per version: time and size are the cache's key."""
    return tuple(_IMPORT.findall(path.read_text(encoding="utf-8")))


def _walk_imports(name: str, direct: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield every module that a script needs, the nearest first, each once."""
    seen, waiting = {name}, [name]
    for one in waiting:
        for imported in direct.get(one, ()):
            if imported not in seen:
                seen.add(imported)
                waiting.append(imported)
                yield imported


def list_modules(*scripts: str) -> list[str]:
    """Return the modules that some scripts of a page import, without those that the page named before."""
    named: set[str] = g.setdefault("named_modules", set())
    every = [module for script in scripts for module in versioned_files().imports[script]]
    new = [module for module in dict.fromkeys(every) if module not in named and module not in scripts]
    named.update(new)
    return new


def versioned_files() -> VersionedFiles:
    """Return the files of the running application that are in its version."""
    found: VersionedFiles = current_app.extensions[EXTENSION]
    return found


def send_static_file(filename: str, version: str = "") -> Response:
    """Answer a static file: for good where the address names what is there now, else to be asked for again."""
    answer = current_app.send_static_file(filename)
    folder, files = current_app.static_folder, versioned_files()
    assert folder
    present = hash_file(folder, filename)
    if version:
        is_named = version == files.version and present == files.hashes.get(filename)
    else:
        is_named = present == request.args.get(HASH_ARGUMENT)
    if is_named:
        answer.headers["Cache-Control"] = IMMUTABLE
    if present == files.hashes.get(filename):
        answer.headers[VERSION_HEADER] = files.version
    return answer


def hash_file(folder: str, name: str) -> str:
    """Return the hash of a static file's content as it is now. Raises FileNotFoundError."""
    path = safe_join(folder, name)
    if path is None:
        raise FileNotFoundError(name)
    found = Path(path).stat()
    return _hash_version(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=512)
def _hash_version(path: str, mtime_ns: int, size: int) -> str:
    """Read a file once per version: time and size are the cache's key."""
    return sha256(Path(path).read_bytes()).hexdigest()[:HASH_LENGTH]
