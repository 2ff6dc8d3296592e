"""Other people's code that pages load is what ``static/vendor/vendor.json`` says: each file, its parts and licences."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "static" / "vendor"
ENTRIES = {"echarts.entry.js", "idb.entry.js", "zxing.entry.js"}
OURS = {"vendor.json", "build.mjs", "package.json", "package-lock.json", *ENTRIES}
ASKS = {"zxing.js"}  # for the program beside it, by the address that our worker gives
FREE = {"Apache-2.0", "BSD-3-Clause", "MIT", "0BSD", "ISC"}


def read_files() -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads((FOLDER / "vendor.json").read_text())["files"]
    return files


def test_each_file_is_named_with_its_sum() -> None:
    sums = {one["file"]: one["sha256"] for one in read_files()}
    texts = {text for one in read_files() for part in one["parts"] for text in part["texts"]}
    there = {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert there == OURS | texts | sums.keys()
    assert {name: sha256((FOLDER / name).read_bytes()).hexdigest() for name in sums} == sums


def test_each_part_is_free_and_brings_its_licence() -> None:
    parts = [part for one in read_files() for part in one["parts"]]
    assert {part["licence"] for part in parts} <= FREE
    assert all(len((FOLDER / text).read_text()) > 100 for part in parts for text in part["texts"])
    pinned = json.loads((FOLDER / "package.json").read_text())["devDependencies"]
    bundled = {part["name"]: part["version"] for part in parts}
    for name in ("echarts", "idb", "zxing-wasm"):
        assert bundled[name] == pinned[name]
    (program,) = [one for one in read_files() if one["file"].endswith(".wasm")]
    assert {part["name"] for part in program["parts"]} == {"zxing-wasm", "zxing-cpp", "libzueci"}


def test_a_bundle_asks_no_other_host_and_makes_no_code_from_text() -> None:
    """The policy of pages refuses both; a library that needs them would break where it is used."""
    for one in read_files():
        if one["file"].endswith(".wasm"):
            continue
        code = (FOLDER / one["file"]).read_text()
        assert "new Function(" not in code, one["file"]
        assert "eval(" not in code.replace("_eval(", ""), one["file"]
        assert "fetch(" not in code or one["file"] in ASKS, one["file"]
