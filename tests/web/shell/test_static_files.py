"""Static files are kept by browsers as long as their content is what the page named, and no longer."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, url_for

from traceability.web.shell import static_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell" / "frame.css").write_text("body { margin: 0 }")
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Iterator[Flask]:
    app = Flask("none", static_folder=str(folder), static_url_path="/static")
    static_files.install(app)
    with app.test_request_context():
        yield app


def address(name: str = "shell/frame.css") -> str:
    return url_for("static", filename=name)


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
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
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
