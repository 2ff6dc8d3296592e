"""Static files are kept by browsers as long as their content is what the page named, and no longer."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from flask import Flask, url_for

from traceability.web.shell import static_files

SCRIPT = "scanning/scans.js"
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell" / "frame.css").write_text("body { margin: 0 }")
    (tmp_path / "scanning").mkdir()
    (tmp_path / SCRIPT).write_text('import "./codes.js";')
    (tmp_path / "scanning" / "codes.js").write_text("export const LENGTH = 12;")
    return tmp_path


def start(folder: Path) -> Flask:
    app = Flask("none", static_folder=str(folder), static_url_path="/static")
    static_files.install(app)
    return app


@pytest.fixture
def app(folder: Path) -> Iterator[Flask]:
    app = start(folder)
    with app.test_request_context():
        yield app


def address(name: str = "shell/frame.css") -> str:
    return url_for("static", filename=name)


def address_after_restart(folder: Path, name: str) -> str:
    with start(folder).test_request_context():
        return address(name)


def test_the_hash_of_an_address_follows_the_content(app: Flask, folder: Path) -> None:
    before = address()
    assert address() == before
    (folder / "shell" / "frame.css").write_text("body { margin: 1px }")
    after = address()
    assert urlsplit(before).path == urlsplit(after).path == "/static/shell/frame.css"
    assert before != after
    (folder / "shell" / "frame.css").write_text("body { margin: 0 }")
    assert address() == before


def test_an_address_of_todays_content_is_kept_for_a_year(app: Flask) -> None:
    answer = app.test_client().get(address())
    assert answer.text == "body { margin: 0 }"
    assert answer.headers["Cache-Control"] == FOREVER
    again = app.test_client().get(address(), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, answer.headers["Cache-Control"])


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_an_old_address_is_asked_for_again(app: Flask, query: str) -> None:
    answer = app.test_client().get("/static/shell/frame.css" + query)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert answer.headers["ETag"]


def test_an_address_is_old_once_the_file_has_changed(app: Flask, folder: Path) -> None:
    old = address()
    (folder / "shell" / "frame.css").write_text("body { margin: 1px }")
    answer = app.test_client().get(old)
    assert (answer.text, answer.headers["Cache-Control"]) == ("body { margin: 1px }", "no-cache")


def test_nothing_missing_is_kept(app: Flask) -> None:
    query = parse_qs(urlsplit(address()).query)
    for path in ("/static/none.css", "/static/../app.py", "/static/shell/"):
        answer = app.test_client().get(path, query_string=query)
        assert (answer.status_code, "immutable" in answer.headers.get("Cache-Control", "")) == (404, False)
    with pytest.raises(FileNotFoundError):
        address("none.css")


def test_a_script_and_what_it_imports_stay_within_one_version(app: Flask) -> None:
    script = address(SCRIPT)
    imported = urljoin(script, "./codes.js")
    assert (imported, "?" in script) == (address("scanning/codes.js"), False)
    client = app.test_client()
    for path in (script, imported):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOREVER)
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["Cache-Control"]) == (304, FOREVER)
        asked = client.head(path)
        assert (asked.status_code, asked.data, asked.headers["Cache-Control"]) == (200, b"", FOREVER)


def test_a_changed_module_changes_the_address_of_all_scripts(app: Flask, folder: Path) -> None:
    before = address(SCRIPT)
    assert address_after_restart(folder, SCRIPT) == before
    (folder / "scanning" / "codes.js").write_text("export const LENGTH = 13;")
    changed = address_after_restart(folder, SCRIPT)
    assert changed != before
    (folder / "scanning" / "more.js").write_text("")
    assert address_after_restart(folder, SCRIPT) not in (before, changed)


def test_a_version_is_kept_only_while_its_files_are_what_they_were(app: Flask, folder: Path) -> None:
    script, imported = address(SCRIPT), address("scanning/codes.js")
    (folder / "scanning" / "codes.js").write_text("export const LENGTH = 13;")
    client = app.test_client()
    changed = client.get(imported)
    assert (changed.headers["Cache-Control"], changed.headers.get("X-App-Version")) == ("no-cache", None)
    assert client.get(script).headers["Cache-Control"] == FOREVER
    restarted = start(folder).test_client()
    for path in (script, imported, "/static/scanning/scans.js", "/static/version/none/scanning/scans.js"):
        assert restarted.get(path).headers["Cache-Control"] == "no-cache", path
    assert restarted.get(urljoin(script, "none.js")).status_code == 404


def test_a_page_names_each_module_that_its_scripts_import_once(folder: Path) -> None:
    (folder / "record").mkdir()
    (folder / "record" / "rows.js").write_text(
        '// import "./none.js"\nimport {\n  offer,\n} from "../scanning/scans.js";\n'
        'export { LENGTH } from "../scanning/codes.js";\nconst later = () => import("./later.js");\n'
    )
    with start(folder).test_request_context():
        assert static_files.list_modules("record/rows.js") == [SCRIPT, "scanning/codes.js"]
        assert static_files.list_modules(SCRIPT) == []
    with start(folder).test_request_context():
        assert static_files.list_modules(SCRIPT, "record/rows.js") == ["scanning/codes.js"]


def test_all_that_our_scripts_import_is_there() -> None:
    files = static_files.read_versioned_files(str(Path(__file__).parents[3] / "static"))
    assert {module for modules in files.imports.values() for module in modules} <= files.hashes.keys()
    assert "scanning/codes.js" in files.imports["yard/app.js"]
