"""Every scan is recognised, whatever the scanner, keyboard or label printer did to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.digital_link import DigitalLink, build_label_uri, read_digital_link
from scanners.payload import COMMANDS, read_payload

HOST = "trace.example.cn"
CODE = "126B07K7Q3F7"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"https://{HOST}/l/{CODE}", "lot"),
        (f"https://{HOST}/s/{CODE}", "site"),
        (f"https://{HOST}/f/{CODE}", "furnace"),
        (f"  https://{HOST}/l/{CODE}\r\n", "lot"),
        (f"HTTPS://TRACE.EXAMPLE.CN/L/{CODE}", "lot"),
        (f"https://{HOST}/l/126b-07k7-q3f7", "lot"),
        (f"https://{HOST}/l/{CODE}/?lang=en#top", "lot"),
        (f"https://{HOST}:443/l/{CODE}", "lot"),
        (f"http://{HOST}/l/{CODE}", "lot"),
        (f"{HOST}/l/{CODE}", "lot"),
        (f"]Q1https://{HOST}/l/{CODE}", "lot"),
        (f"https：、、trace。example。cn、l、{CODE}", "lot"),
        ("126B-07K7-Q3F7", "code"),
        ("l26b o7k7 q3f7", "code"),
        ("１２６Ｂ０７Ｋ７Ｑ３Ｆ７", "code"),
        *(
            (f"{unseen}https://{HOST}/l/{CODE}{unseen}", "lot")
            for unseen in ("\ufeff", "\u200b", "\u2066", "\xad")
        ),
        *((f"{before}https://{HOST}/l/{CODE}{after}", "lot") for before, after in ("<>", "“”", "()", "「」")),
        *((f"https://{HOST}/l/{CODE}{end}", "lot") for end in (".", "。", "，", "！", "、", "”。")),
        *((f"126B-07K7-Q3F7{end}", "code") for end in (".", "。", "，", "）", "、")),
        ("“126B-07K7-Q3F7”", "code"),
        (f"\u200e ]Q1https://{HOST}/l/{CODE}", "lot"),
        ("\ufeff126B-\u200b07K7-Q3F7", "code"),
    ],
)
def test_our_own_codes(text: str, kind: str) -> None:
    payload = read_payload(text, HOST)
    assert (payload.kind, payload.code, payload.foreign_host, payload.reason) == (kind, CODE, False, None)


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
    for text in (build_label_uri(HOST, code, "command"), code):
        payload = read_payload(text, HOST)
        assert (payload.kind, payload.command) == ("command", command)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("", "unreadable", "scan.empty"),
        (" \r\n", "unreadable", "scan.empty"),
        ("x" * 3_000, "unreadable", "scan.too_long"),
        ("126B-07K7-Q3F8", "unreadable", "scan.check_character"),
        (f"https://{HOST}/l/126B07K7Q3F8", "unreadable", "scan.check_character"),
        (f"https://{HOST}/l/126B", "unreadable", "scan.not_a_code"),
        (f"https://{HOST}/c/{CODE}", "unreadable", "scan.no_command"),
        ("H-2025-0001", "unreadable", "scan.not_a_code"),
        ("https://weixin.qq.com/r/abc", "foreign", "scan.foreign"),
        ("https://elsewhere.example/l/news", "foreign", "scan.foreign"),
        ("wxp://f2f0abc", "foreign", "scan.foreign"),
        ("tel:+8613800000000", "foreign", "scan.foreign"),
        ("6901234567892", "foreign", "scan.foreign"),
        ("(01)09506000134352(10)ABC", "foreign", "scan.foreign"),
        ("http://[::1/l/x", "foreign", "scan.foreign"),
    ],
)
def test_everything_else_says_why(text: str, kind: str, reason: str) -> None:
    payload = read_payload(text, HOST)
    assert (payload.kind, payload.reason) == (kind, reason)


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
    assert build_label_uri("Trace.Example.CN", CODE) == f"https://trace.example.cn/l/{CODE}"
    with pytest.raises(ValueError, match="not a code"):
        build_label_uri(HOST, "126B07K7Q3F8")


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]*/[lsfc]/.*", fullmatch=True))
def test_no_text_breaks_the_reader(text: str) -> None:
    payload = read_payload(text, HOST)
    assert (payload.code is None) or payload.kind != "foreign"
    assert payload.reason or payload.kind not in ("foreign", "unreadable")
