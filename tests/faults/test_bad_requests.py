"""Requests that no client of ours would send: each is refused with what is wrong and where, and none is a 500."""

import json
import re
import socket
from contextlib import suppress
from typing import Any

import pytest

from graph.store import Store
from tests.faults.serving import Client, Served
from tests.support.business import Business

# Nothing of this reaches the store, so one engine is enough.
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)]

JSON = "application/json"
E = "0194e8a0-7c5e-7d3a-9f10-2b6f4c8a1e57"
SORT: dict[str, Any] = {
    "schema": 1, "id": E, "kind": "sort", "site": "yard", "event_time": "2025-02-10T08:30:00+08:00", "actor": "chen",
    "inputs": [{"lot": E, "mass_g": 5}], "outputs": [{"form": "scrap", "material": "tense", "mass_g": 5}],
}  # fmt: skip


def _sort(**fields: Any) -> bytes:
    return json.dumps({**SORT, **fields}).encode()


def _nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * levels + b"]" * levels + b"}"


def _with_mass(literal: str) -> bytes:
    return _sort().replace(b'"mass_g": 5}], "outputs"', f'"mass_g": {literal}}}], "outputs"'.encode())


# name, bytes, type, status, code, path of a fault ("" where the message as a whole is at fault)
REQUESTS: list[tuple[str, bytes, str, int, str, str]] = [
    ("nothing", b"", JSON, 400, "json.empty", ""),
    ("blank", b" \n", JSON, 400, "json.empty", ""),
    ("cut off", _sort()[:100], JSON, 400, "json.malformed", ""),
    ("two values", _sort() * 2, JSON, 400, "json.malformed", ""),
    ("not UTF-8", b'{"site": "\xff\xfe"}', JSON, 400, "json.not_utf8", ""),
    ("UTF-16", _sort().decode().encode("utf-16"), JSON, 400, "json.not_utf8", ""),
    ("a number", b"7", JSON, 422, "draft.malformed", ""),
    ("null", b"null", JSON, 422, "draft.malformed", ""),
    ("a list", b"[]", JSON, 422, "draft.malformed", ""),
    ("an empty object", b"{}", JSON, 422, "draft.malformed", "id"),
    ("no events", b'{"events": []}', JSON, 422, "draft.malformed", "events"),
    ("events that are none", b'{"events": {"a": 1}}', JSON, 422, "draft.malformed", "events"),
    (
        "201 events",
        json.dumps({"events": [SORT] * 201}).encode(),
        JSON,
        422,
        "draft.malformed",
        "events",
    ),
    ("an unknown field", _sort(mass_kg=5), JSON, 422, "draft.malformed", "mass_kg"),
    ("an unknown kind", _sort(kind="smelt"), JSON, 422, "draft.malformed", "kind"),
    ("a wrong type", _sort(inputs="all"), JSON, 422, "draft.malformed", "inputs"),
    ("a text for a mass", _with_mass('"5"'), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("a fraction of a gram", _with_mass("5.5"), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("NaN", _with_mass("NaN"), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("Infinity", _with_mass("-Infinity"), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("1e400", _with_mass("1e400"), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("5000 digits", _with_mass("9" * 5000), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("a tonne of tonnes", _with_mass("9" * 15), JSON, 422, "draft.malformed", "inputs.0.mass_g"),
    ("a key twice", _sort().replace(b'"id"', b'"kind": "melt", "id"'), JSON, 422, "draft.malformed", "kind"),
    ("17 levels", _nested(17), JSON, 422, "draft.malformed", "a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"),
    ("a hundred thousand levels", _nested(100_000), JSON, 400, "json.too_deep", ""),
    ("a million levels", _nested(1_000_000), JSON, 413, "json.too_many_values", ""),
    ("three million objects", b"[" + b"{}," * 3_000_000 + b"{}]", JSON, 413, "json.too_many_values", ""),
    ("five million zeros", b"[" + b"0," * 4_900_000 + b"0]", JSON, 413, "json.too_many_values", ""),
    ("a newer schema", _sort(schema=2), JSON, 422, "draft.malformed", "schema"),
    ("a draft of 2 MB", _sort(note="n" * 2_000_000), JSON, 422, "draft.malformed", "note"),
    ("10 MB of notes", _sort(note="n" * 10_000_000), JSON, 413, "json.too_large", ""),
    ("10 MB of zeros", b"0" * 10_000_001, JSON, 413, "json.too_large", ""),
    ("text", _sort(), "text/plain", 415, "http.415", ""),
    ("a form", b"kind=sort", "application/x-www-form-urlencoded", 415, "http.415", ""),
    ("no type", _sort(), "", 415, "http.415", ""),
]


def test_every_bad_request_is_refused_by_name(book: Store, served: Served, client: Client) -> None:
    Business(book).collect("tense", kg=100)
    for name, content, kind, status, code, path in REQUESTS:
        for language in ("zh", "en"):
            client.language = language
            answer = client.post_bytes(content, kind)
            assert (answer.status, answer.type) == (status, "application/problem+json"), (name, answer)
            problem = answer.body
            assert problem["code"] == code, (name, problem)
            assert problem["status"] == status
            assert problem["title"]
            assert problem["detail"] not in ("", code)
            errors = problem.get("errors", [])
            if path:
                assert path in {error["path"] for error in errors}, (name, errors)
            assert all(error["detail"] != error["code"] for error in errors), (name, errors)
    with book.read() as reader:
        assert reader.find_head().seq == 1
    assert "Traceback" not in served.said()


def test_what_is_far_too_large_is_not_even_read(served: Served, client: Client) -> None:
    # The server hangs up while it is still being talked to, so its answer may or may not be heard.
    with suppress(ConnectionError):
        answer = client.post_bytes(b'{"a": "' + b"b" * 50_000_000)
        assert (answer.status, answer.type) == (413, "application/problem+json")
        assert answer.body["code"] == "http.413"
    assert client.post_bytes(b"{}").status == 422
    assert "Traceback" not in served.said()


def test_strangers_and_other_pages_are_refused(book: Store, served: Served, client: Client) -> None:
    content = _sort()
    stranger = Client(served, "")
    assert stranger.post_bytes(content).status == 401
    forged = Client(served, re.sub(r"(session=[\w-]+)\w{4}", r"\1AAAA", client.cookie))
    assert forged.cookie != client.cookie
    assert forged.post_bytes(content).status == 401
    broken = Client(served, "session=.eJw;;=; language='--")
    assert broken.post_bytes(content).status == 401
    for origin in ("https://elsewhere.example", "null", "garbage", "http://[::1", ""):
        answer = client.ask("POST", "/api/v1/events", content, {"Content-Type": JSON, "Origin": origin})
        assert (answer.status, answer.body["code"]) == (403, "http.foreign_origin"), origin
    for method in ("PUT", "DELETE"):
        answer = client.ask(method, "/api/v1/events")
        assert (answer.status, answer.type) == (405, "application/problem+json")
    missing = client.ask("GET", "/api/v1/nothing")
    assert (missing.status, missing.type) == (404, "application/problem+json")
    with book.read() as reader:
        assert reader.find_head().seq == 0


# What a front and the application could read differently, each refused; then what only a front may state, ignored.
RAW: list[tuple[str, str, int]] = [
    ("POST", "Content-Length: 4\r\nTransfer-Encoding: chunked", 400),
    ("POST", "Content-Length: 4\r\nContent-Length: 5", 400),
    ("POST", "Content-Length: +4", 400),
    ("POST", "Transfer-Encoding: xchunked", 501),
    ("GET", "X-A: b\r\n c: d", 400),
    ("TRACE", "X-A: b", 405),
    ("GET", "SCRIPT_NAME: /elsewhere", 200),
    ("GET", "X-Forwarded-Proto: https", 200),
    ("GET", "X-Forwarded-Host: elsewhere.example", 200),
]


def test_heads_that_can_be_read_in_two_ways(served: Served) -> None:
    for method, header, status in RAW:
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as line:
            line.sendall(
                f"{method} /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n0\r\n\r\n".encode()
            )
            answer = b""
            with suppress(ConnectionError):
                while piece := line.recv(65536):
                    answer += piece
        assert answer.split()[1] == str(status).encode(), (header, answer[:300])
        assert b"elsewhere" not in answer
        assert b"Strict-Transport-Security" not in answer


def test_one_bad_event_leaves_the_others_of_a_batch_alone(book: Store, client: Client) -> None:
    yard = Business(book)
    good = [
        yard.draft(
            "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"B{number}",
            outputs=[{"form": "scrap", "material": "tense", "mass_g": 50_000}],
        )
        for number in range(2)
    ]  # fmt: skip
    answer = client.post({"events": [good[0], {**SORT, "x": 1}, 5, None, {}, SORT, good[1], good[0]]})
    assert answer.status == 200
    assert [result["status"] for result in answer.body["results"]] == [
        "created", "rejected", "rejected", "rejected", "rejected", "rejected", "created", "duplicate",
    ]  # fmt: skip
    with book.read() as reader:
        assert reader.find_head().seq == 2
