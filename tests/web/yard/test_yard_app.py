"""The yard's app: its page, what a device is told, and the files that it keeps."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.golden import NOW_MS
from tests.support.golden_book import Book, open_book
from tests.support.pages import enter_as
from tests.support.pictures import jpeg
from traceability.services.directory.pictures import clean_picture

STATIC = Path(__file__).parents[3] / "static"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Load the scenario once: nobody records anything here."""
    return open_book(tmp_path_factory.mktemp("yard"))


@pytest.fixture(scope="module")
def operator(book: Book) -> FlaskClient:
    """Sign in somebody who works at one site."""
    client = book.app.test_client()
    enter_as(client, book.store, "miluo-operator", NOW_MS)
    return client


def test_a_device_is_told_what_a_person_needs_at_their_site(operator: FlaskClient) -> None:
    answer = operator.get("/yard/reference.json?site=miluo")
    told = answer.json
    assert told is not None
    assert told["me"]["id"] == "miluo-operator"
    assert {lot["site"] for lot in told["stock"]} == {"miluo"}
    assert min(lot["mass_g"] for lot in told["stock"]) > 0
    assert not told["cut"]
    assert "collect" in told["kinds"]
    assert "correct" not in told["kinds"]
    tense = next(material for material in told["materials"] if material["id"] == "tense")
    assert set(tense["names"]) == {"zh", "en"}
    assert "collect" in tense["kinds"]
    assert tense["high_g"] > tense["low_g"]
    assert {"plate": "湘F·00001", "tare_g": 12_500_000, "tare_ms": 1736039400000} in told["vehicles"]
    assert "汨罗报废汽车拆解合作社" in told["recent"]["suppliers"]
    assert told["forms_in"]["bale"] == ["scrap"]
    again = operator.get("/yard/reference.json?site=miluo", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_of_another_site_nothing_is_told(book: Book, operator: FlaskClient) -> None:
    assert operator.get("/yard/reference.json?site=chengdu").status_code == 404
    planner = book.app.test_client()
    enter_as(planner, book.store, "sichuan-planner", NOW_MS)
    assert planner.get("/yard/reference.json?site=miluo").status_code == 403


def test_the_page_that_a_device_keeps_names_nobody(book: Book, operator: FlaskClient) -> None:
    assert 'data-person="miluo-operator"' in operator.get("/yard").text
    for client in (operator, book.app.test_client()):
        kept = client.get("/yard/offline")
        assert kept.status_code == 200
        assert "miluo" not in kept.text


def test_the_app_has_every_word_that_it_says(operator: FlaskClient) -> None:
    page = operator.get("/yard").text
    said = {
        code
        for path in (STATIC / "yard").rglob("*.js")
        for code in re.findall(r'say\("([a-z_]+\.[a-z_.]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(said) > 100
    assert [code for code in sorted(said) if f'"{code}"' not in page] == []


def test_every_file_of_the_app_is_there_under_its_version(operator: FlaskClient) -> None:
    worker = operator.get("/service-worker.js")
    assert worker.headers["Cache-Control"] == "no-cache"
    page = operator.get("/yard").text
    version = re.findall(r'data-version="(\w+)"', page)[0]
    assert f'"version":"{version}"' in worker.text
    files = re.findall(
        r'"([\w/.-]+\.(?:js|css|wasm|svg))"', worker.text.partition("const APP = {")[2].partition("};")[0]
    )
    assert {"yard/outbox.js", "vendor/zxing_reader.wasm", "vendor/idb.js"} <= set(files)
    for name in files:
        answer = operator.get(f"/static/version/{version}/{name}")
        assert "immutable" in answer.headers["Cache-Control"], name
        assert answer.headers["X-App-Version"] == version
        imported = (
            re.findall(r'^(?:import|export)\s[^;]*?from "(\.[^"]+)"', answer.text, re.M)
            if name.endswith("js")
            else []
        )
        if not name.startswith("vendor/"):
            for path in imported:
                found = (
                    (STATIC / name).parent.joinpath(path).resolve().relative_to(STATIC.resolve()).as_posix()
                )
                assert found in files, f"{name} imports {found}, which devices do not keep"
    assert "yard/service_worker.js" not in files
    assert not [name for name in files if name.startswith(("record/", "vendor/echarts"))]
    assert f'"folder":"/static/version/{version}/"' in worker.text
    assert f'from "/static/version/{version}/yard/sending.js"' in worker.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_app_can_be_installed(book: Book, language: str) -> None:
    client = book.app.test_client()
    client.set_cookie("language", language)
    manifest = client.get("/manifest.webmanifest").json
    assert manifest is not None
    assert (manifest["start_url"], manifest["display"], manifest["lang"]) == ("/yard", "standalone", language)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200


def test_a_photo_of_a_queue_is_kept_under_the_name_that_its_event_states(book: Book) -> None:
    client = book.app.test_client()
    enter_as(client, book.store, "miluo-operator", NOW_MS)
    photo = clean_picture(jpeg(), "")  # as a browser draws it: without what cleaning takes away
    digest = sha256(photo).hexdigest()

    def send(body: bytes, origin: str = "http://localhost", site: str = "miluo") -> tuple[int, str]:
        address = f"/yard/photos?site={site}&sha256={digest}"
        answer = client.post(address, data=body, content_type="image/jpeg", headers={"Origin": origin})
        assert answer.json is not None
        return answer.status_code, answer.json.get("code") or answer.json["sha256"]

    assert send(photo) == (201, digest)
    assert send(photo) == (201, digest)
    assert send(jpeg(b"another truck")) == (400, "yard.photo_differs")
    assert send(b"no photo") == (400, "photo.not_a_photo")
    assert send(photo, site="chengdu") == (404, "report.unknown_site")
    assert send(photo, origin="http://elsewhere") == (403, "http.foreign_origin")
