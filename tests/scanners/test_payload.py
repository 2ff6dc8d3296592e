"""Every scan is recognised, whatever the scanner, keyboard or label printer did to it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.digital_link import DigitalLink, build_label_uri, read_digital_link
from scanners.payload import COMMANDS, read_payload, read_picture_texts

VECTORS = json.loads(Path(__file__).with_name("payload_vectors.json").read_text())
HOST = VECTORS["host"]
CODE = "126B07K7Q3F7"


@pytest.mark.parametrize("vector", VECTORS["texts"], ids=lambda vector: ascii(vector["text"])[:60])
def test_a_text_is_read_alike_on_server_and_in_browsers(vector: dict[str, str | None]) -> None:
    """test_wedge.py asks the browser for the same."""
    payload = read_payload(str(vector["text"]), HOST)
    read = {"kind": payload.kind, "code": payload.code, "command": payload.command, "reason": payload.reason}
    assert read == {name: vector[name] for name in read}


@pytest.mark.parametrize("picture", VECTORS["pictures"], ids=lambda picture: picture["shows"])
def test_of_several_codes_in_one_picture_ours_alone_count(picture: dict[str, list[str]]) -> None:
    """test_wedge.py asks the browser for the same."""
    assert [payload.text for payload in read_picture_texts(picture["texts"], HOST)] == picture["counts"]


def test_a_label_of_another_host_is_accepted_with_a_warning() -> None:
    payload = read_payload(f"https://old.example.org/l/{CODE}", HOST)
    assert (payload.kind, payload.code, payload.host) == ("lot", CODE, "old.example.org")
    assert payload.foreign_host
    assert payload.reason == "scan.foreign_host"


def test_a_host_with_a_port_is_its_own() -> None:
    assert not read_payload(f"https://localhost:8000/l/{CODE}", "localhost:8000").foreign_host
    assert read_payload(f"https://localhost:8001/l/{CODE}", "localhost:8000").foreign_host


@pytest.mark.parametrize(("code", "command"), COMMANDS.items())
def test_command_cards(code: str, command: str) -> None:
    for text in (build_label_uri(f"https://{HOST}", code, "command"), code):
        payload = read_payload(text, HOST)
        assert (payload.kind, payload.command) == ("command", command)


def test_element_strings_are_read() -> None:
    assert read_payload("(01)09506000134352(10)ABC(21)7", HOST).gs1 == DigitalLink(
        "09506000134352", "ABC", "7"
    )
    assert read_payload("]C1010950600013435217271231" + "10AB\x1d21X", HOST).gs1 == DigitalLink(
        "09506000134352", "AB", "X"
    )
    assert read_payload("00106141412345678908", HOST).gs1 == DigitalLink(sscc="106141412345678908")


def test_gs1_digital_links_are_read() -> None:
    link = read_digital_link("https://id.example.com/01/09506000134352/10/ABC%2F1/21/12?17=271231")
    assert link == DigitalLink(gtin="09506000134352", batch="ABC/1", serial="12")
    assert read_digital_link("https://example.com/a/path/01/9506000134352") == DigitalLink(
        gtin="09506000134352"
    )
    assert read_digital_link("https://example.com/00/106141412345678908") == DigitalLink(
        sscc="106141412345678908"
    )
    assert read_payload("https://id.gs1.org/00/106141412345678908", HOST).kind == "gs1"


def test_a_gs1_label_that_carries_our_code_is_our_lot() -> None:
    payload = read_payload(f"https://id.example.com/01/09506000134352/10/{CODE}", HOST)
    assert (payload.kind, payload.code) == ("lot", CODE)


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/01/09506000134353",  # wrong check digit
        "https://example.com/01/",
        "https://example.com/00/10614141234567890",
        "ftp://example.com/01/09506000134352",
        "https://example.com/",
        "http://[",
    ],
)
def test_what_is_no_digital_link(uri: str) -> None:
    assert read_digital_link(uri) is None


def test_the_printed_address_names_the_lot_and_nothing_else() -> None:
    assert build_label_uri("https://Trace.Example.CN", CODE) == f"https://trace.example.cn/l/{CODE}"
    assert build_label_uri("http://192.168.1.5:8080", CODE, "site") == f"http://192.168.1.5:8080/s/{CODE}"
    with pytest.raises(ValueError, match="not a code"):
        build_label_uri(HOST, "126B07K7Q3F8")


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]*/[lsfct]/.*", fullmatch=True))
def test_no_text_breaks_the_reader(text: str) -> None:
    payload = read_payload(text, HOST)
    assert (payload.code is None) or payload.kind != "foreign"
    assert payload.reason or payload.kind not in ("foreign", "unreadable")
