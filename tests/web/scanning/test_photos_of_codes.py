"""Photos of labels lead to their lots without a script, and the page of scanners draws codes that read as it says."""

import io
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest
from werkzeug.test import TestResponse

from scanners.payload import read_payload
from tests.support.markup import attributes_of, find_one, words_of
from tests.support.pages import HOST, SiteApp, Visitor
from tests.support.pictures import draw_codes
from traceability.web.shell.limits import MOST_READ_BYTES

Visit = Callable[..., Visitor]
CODES = ("126B07K7Q3F7", "Z47MHW18VJ39")


def photo(*texts: str) -> bytes:
    file = io.BytesIO()
    draw_codes(*texts, width=400, height=300).save(file, "JPEG")
    return file.getvalue()


def label(code: str) -> str:
    return f"https://{HOST}/l/{code}"


def send(visitor: Visitor, body: bytes | None, **headers: str) -> TestResponse:
    files = {} if body is None else {"photo": (io.BytesIO(body), "label.jpg")}
    return visitor.post("/scan/photo", files, content_type="multipart/form-data", headers=headers)


def test_a_photo_leads_to_its_lot(visit: Visit) -> None:
    wang = visit("wang", "yard")
    form = find_one(wang.get("/scan"), "main form[data-scan-photo]")
    assert (form.attributes["action"], form.attributes["enctype"]) == ("/scan/photo", "multipart/form-data")
    twice = send(wang, photo(label(CODES[0]), label(CODES[0]), "https://example.com/x"))
    assert (twice.status_code, twice.location) == (HTTPStatus.FOUND, f"/l/{CODES[0]}")
    several = send(wang, photo(*map(label, CODES)))
    assert several.status_code == HTTPStatus.OK
    assert {f"/scan?q=https://{HOST}/l/{code}" for code in CODES} == {
        href for href in attributes_of(several, "main a", "href") if "q=" in href
    }
    foreign = send(wang, photo("https://example.com/x"))
    assert foreign.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "不是本系统标签" in words_of(foreign)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "没有收到照片"),
        (b"", "不是可读取的照片"),
        (b"no picture", "不是可读取的照片"),
        (photo(), "没有读到二维码"),
    ],
    ids=["none", "empty", "text", "white"],
)
def test_what_is_no_photo_of_a_code_is_refused_in_words(visit: Visit, body: bytes | None, said: str) -> None:
    wang = visit("wang", "yard")
    page = send(wang, body)
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in words_of(page)


def test_scripts_are_told_the_texts_alone(visit: Visit) -> None:
    wang = visit("wang", "yard")
    read = send(wang, photo(label(CODES[0])), Accept="application/json")
    assert (read.status_code, read.get_json()) == (HTTPStatus.OK, {"texts": [label(CODES[0])], "message": ""})
    refused = send(wang, b"no picture", Accept="application/json").get_json()
    assert refused["texts"] == []
    assert "JPEG" in refused["message"]


def test_a_photo_has_a_limit_and_a_sender(visit: Visit) -> None:
    too_much = send(visit("wang", "yard"), b"\xff\xd8" + b"x" * MOST_READ_BYTES)
    assert too_much.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    stranger = visit()
    stranger.get("/sign-in")
    assert send(stranger, photo(label(CODES[0]))).status_code in (HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED)


def test_the_codes_of_the_set_up_page_read_as_it_says(visit: Visit) -> None:
    page = visit("wang", "yard").get("/scan/setup")
    texts = attributes_of(page, "[data-trial]", "data-trial")
    read = [read_payload(text, HOST) for text in texts]
    assert [(one.kind, one.reason) for one in read] == [
        ("lot", None),
        ("code", None),
        ("unreadable", "scan.check_character"),
        ("foreign", "scan.foreign"),
    ]
    assert attributes_of(page, ".trial-codes svg", "aria-label") == texts


def test_a_list_brings_the_camera_and_its_words(site_app: SiteApp, visit: Visit) -> None:
    page = visit("wang", "yard").get("/ship")
    assert attributes_of(page, "html", "data-host") == [HOST]
    assert attributes_of(page, "[data-open-camera]", "href") == ["/scan#photo"]  # without scripts
    faults = attributes_of(page, "#camera [data-fault]", "data-fault")
    assert faults == ["plain", "unsupported", "missing", "denied", "busy", "failed", "unread"]
    assert "[" not in words_of(find_one(page, "#camera"))
    assert f"https://{HOST}" not in words_of(
        find_one(page, "[data-fault=plain]")
    )  # where nothing encrypts it would not open
    wiring = site_app.app.extensions["traceability"]
    encrypting = replace(wiring.settings, public_url="https://trace.example.cn")
    site_app.app.extensions["traceability"] = replace(wiring, settings=encrypting)
    page = visit("wang", "yard").get("/ship")
    assert "https://trace.example.cn" in words_of(find_one(page, "[data-fault=plain]"))
