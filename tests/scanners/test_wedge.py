"""A keyboard-wedge scan has one effect wherever the focus is, also under an input method, and
typing is left alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.support.keyboard import Keyboard

STATIC = Path(__file__).parents[2] / "static"
VECTORS = json.loads(Path(__file__).with_name("code_vectors.json").read_text())
TEXTS = json.loads(Path(__file__).with_name("payload_vectors.json").read_text())
CODES = [vector["code"] for vector in VECTORS["codes"]]
URI = "https://trace.example.cn/l/"
# A loaded machine types slowly, so the pause that starts a new text is longer here than on our pages.
PAUSE_MS = 5_000
HASTY_MS = 200
PAGE = """<!doctype html><html lang="en" data-idle-ms="5000" data-host="trace.example.cn"><title>wedge</title>
<script type="application/json" id="scan-words">{"scan.unsaved": "unsaved", "scan.heard": "heard {code}",
  "scan.check_character": "check it", "scan.foreign": "not ours"}</script>
<form id="scan" action="/scan"><input id="scan-code" name="q" autofocus inputmode="none"></form>
<p id="scan-note" role="status"></p>
<main><form><input id="weight" name="weight" value="" inputmode="decimal"><input id="note" name="note">
<textarea id="story"></textarea><input id="count" type="number"><input id="day" type="date">
<select id="grade"><option>none</option><option>https</option><option>tense</option></select>
<input type="checkbox" id="dry"><button id="go" type="button">go</button>%s</form></main>
<script type="module" src="/static/scanning/scan_box.js"></script><script type="module" src="/static/scanning/watch.js"></script>"""
WATCH = """import { readPayload } from "./payload.js"; import * as codes from "./codes.js"; import { mergeCodes } from "./seen.js";
Object.assign(window, { readPayload, mergeCodes, codes, scans: [] });
document.addEventListener("scan", (event) => { window.scans.push(event.detail.text); if (window.takes) event.preventDefault(); });
document.documentElement.dataset.ready = "yes";"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.route("**/*", serve)
    page = context.new_page()
    yield page
    context.close()


def serve(route: Route) -> None:
    path = route.request.url.removeprefix("https://wedge.test").split("?")[0]
    if path == "/static/scanning/watch.js":
        route.fulfill(body=WATCH, content_type="text/javascript")
    elif path.startswith("/static/"):
        route.fulfill(
            body=(STATIC / path.removeprefix("/static/")).read_bytes(), content_type="text/javascript"
        )
    elif path in ("/", "/fields", "/hasty"):
        fields = '<input data-scan id="first"><input data-scan id="second">' if path == "/fields" else ""
        policy = {"content-security-policy": "default-src 'self'", "content-type": "text/html; charset=utf-8"}
        body = PAGE % fields
        if path == "/hasty":
            body = body.replace(f'data-idle-ms="{PAUSE_MS}"', f'data-idle-ms="{HASTY_MS}"')
        route.fulfill(body=body, headers=policy)
    else:
        route.fulfill(body="<!doctype html><title>found</title>", content_type="text/html")


def open_page(page: Page, path: str = "/", takes: bool = True) -> None:
    page.goto(f"https://wedge.test{path}")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("takes => { window.takes = takes }", takes)


def pull_trigger(page: Page, text: str) -> None:
    Keyboard(page).type(text)


def test_the_browser_knows_the_same_codes(page: Page) -> None:
    open_page(page)
    agree = page.evaluate(
        """v => [v.codes.every(c => codes.isCode(c.code) && codes.groupCode(c.code) === c.grouped),
                 v.no_codes.every(c => !codes.isCode(c)),
                 v.typed.every(c => codes.normaliseCode(c.text) === c.code)]""",
        VECTORS,
    )
    assert agree == [True, True, True]


def test_the_browser_reads_every_text_as_the_server_does(page: Page) -> None:
    open_page(page)
    differ = page.evaluate(
        """({host, texts}) => texts.filter(text => {
             const read = readPayload(text.text, host);
             return ["kind", "code", "command", "reason"].some(name => read[name] !== text[name]);
           })""",
        TEXTS,
    )
    assert differ == []


def test_the_browser_counts_the_codes_of_a_picture_as_the_server_does(page: Page) -> None:
    open_page(page)
    counted = page.evaluate(
        "pictures => pictures.map(({texts}) => mergeCodes(texts).map(({text}) => text))", TEXTS["pictures"]
    )
    assert counted == [picture["counts"] for picture in TEXTS["pictures"]]


def test_no_scan_is_lost_or_doubled_wherever_the_focus_is(page: Page) -> None:
    open_page(page)
    sent = []
    for number, code in enumerate(CODES * 2):
        page.focus("#weight" if number % 2 else "#scan-code")
        sent.append(URI + code if number % 3 else code)
        pull_trigger(page, sent[-1])
    assert page.evaluate("scans") == sent
    assert page.input_value("#weight") == ""
    assert page.input_value("#scan-code") == ""


def test_the_field_keeps_what_was_typed_before_the_scan(page: Page) -> None:
    open_page(page)
    page.focus("#weight")
    keys = Keyboard(page)
    keys.type("125", ending="")
    keys.rest(PAUSE_MS / 1000)
    keys.type(URI + CODES[0])
    assert page.evaluate("scans") == [URI + CODES[0]]
    assert page.input_value("#weight") == "125"
    assert page.evaluate("document.activeElement.id") == "weight"


def test_an_input_method_does_not_swallow_a_scan(page: Page) -> None:
    open_page(page)
    page.focus("#weight")
    page.evaluate(
        """text => {
          const names = { ":": "Semicolon", "/": "Slash", ".": "Period", "-": "Minus" };
          const press = (code, shiftKey) => {
            const event = new KeyboardEvent("keydown", { key: "Process", code, shiftKey, isComposing: true, bubbles: true });
            Object.defineProperty(event, "keyCode", { value: 229 });
            document.activeElement.dispatchEvent(event);
          };
          for (const char of text) {
            const letter = /[a-z]/i.test(char), digit = /[0-9]/.test(char);
            press(letter ? "Key" + char.toUpperCase() : digit ? "Digit" + char : names[char], char === ":" || /[A-Z]/.test(char));
          }
          document.getElementById("weight").value = "你好";
          press("Enter", false);
        }""",
        URI + CODES[0],
    )
    assert page.evaluate("scans") == [URI + CODES[0]]
    assert page.input_value("#weight") == ""


def test_scans_fill_the_fields_that_wait_for_codes(page: Page) -> None:
    open_page(page, "/fields", takes=False)
    for text in (CODES[0], URI + CODES[1]):
        pull_trigger(page, text)
    grouped = [vector["grouped"] for vector in VECTORS["codes"][:2]]
    assert [page.input_value("#first"), page.input_value("#second")] == grouped
    assert page.inner_text("#scan-note").startswith("heard ")


@pytest.mark.parametrize("field", ["weight", "note", "story", "count", "scan-code"])
def test_a_field_keeps_what_was_typed_just_before_and_in_the_middle(page: Page, field: str) -> None:
    open_page(page)
    page.fill(f"#{field}", "125")
    page.focus(f"#{field}")
    page.keyboard.press("Home" if field != "count" else "End")
    page.keyboard.type("7")
    pull_trigger(page, URI + CODES[0])
    pull_trigger(page, f"]Q1{URI}{CODES[1]}")
    page.keyboard.type("8")
    kept = "78125" if field != "count" else "12578"
    assert page.evaluate("scans") == [URI + CODES[0], f"]Q1{URI}{CODES[1]}"]
    assert page.input_value(f"#{field}") == kept
    assert page.evaluate("document.activeElement.id") == field


def test_what_was_selected_is_selected_again(page: Page) -> None:
    open_page(page)
    page.fill("#story", "first second third")
    page.evaluate(
        "document.getElementById('story').focus(); document.getElementById('story').setSelectionRange(6, 12)"
    )
    pull_trigger(page, URI + CODES[0])
    assert page.evaluate("scans") == [URI + CODES[0]]
    assert page.input_value("#story") == "first second third"
    page.keyboard.type("2nd")
    assert page.input_value("#story") == "first 2nd third"


def test_choices_and_buttons_are_left_as_they_were(page: Page) -> None:
    open_page(page)
    page.evaluate(
        "() => { window.pressed = 0; document.getElementById('go').onclick = () => { window.pressed += 1 } }"
    )
    for field in ("grade", "dry", "go", "day"):
        page.focus(f"#{field}")
        pull_trigger(page, URI + CODES[0])
    assert page.evaluate("scans") == [URI + CODES[0]] * 4
    assert page.input_value("#grade") == "none"
    assert not page.is_checked("#dry")
    assert page.input_value("#day") == ""
    assert page.evaluate("pressed") == 0


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("https://trace.example.cn/l/126B07K7Q3F8", "weight", "check it"),
        ("126B-07K7-Q3F8", "note", "check it"),
        ("https://weixin.qq.com/r/abc", "story", "not ours"),
        ("]E06901234567892", "note", "not ours"),
        ("6901234567892", "weight", "not ours"),
        ("WIFI:S:yard;P:secret;;", "count", "not ours"),
    ],
)
def test_a_wrong_or_foreign_code_leaves_no_trace(page: Page, text: str, field: str, reason: str) -> None:
    open_page(page, takes=False)
    page.fill(f"#{field}", "12")
    page.focus(f"#{field}")
    pull_trigger(page, text)
    assert page.inner_text("#scan-note") == reason
    assert page.get_attribute("#scan-note", "data-tone") == "error"
    assert page.input_value(f"#{field}") == "12"
    assert page.title() == "wedge"


@pytest.mark.parametrize("text", ["PQ126B07K7Q3", "1Q126B07K7Q3", "https://weixin.qq.com/r/abc"])
def test_a_wrong_code_of_a_scanner_that_falters_leaves_no_letter_in_a_weight(page: Page, text: str) -> None:
    open_page(page, takes=False)
    page.focus("#weight")
    scanner = Keyboard(page)
    scanner.type("15000", gap_s=0.12, ending="")
    scanner.type(text[:2], ending="")  # 200 ms pass before the rest
    scanner.type(text[2:])
    assert page.get_attribute("#scan-note", "data-tone") == "error"
    assert page.input_value("#weight") == "15000"


@pytest.mark.parametrize(
    ("pieces", "path"),
    [
        ((URI[:15], URI[15:] + CODES[0]), "/hasty"),  # it broke off and went on
        ((CODES[0][:3], CODES[0][3:]), "/hasty"),
        ((URI[:15], URI + CODES[0]), "/"),  # it was triggered again
        ((URI[:15], URI + CODES[0]), "/hasty"),
        ((URI + CODES[1] + URI + CODES[0],), "/"),  # it lost its Enter
    ],
)
def test_a_scan_in_pieces_counts_once_and_leaves_nothing_in_a_weight(
    page: Page, pieces: tuple[str, ...], path: str
) -> None:
    open_page(page, path)
    page.focus("#weight")
    scanner = Keyboard(page)
    scanner.type("15000", gap_s=0.12, ending="")
    for piece in pieces[:-1]:
        scanner.type(piece, ending="")
        scanner.rest(2 * HASTY_MS / 1000)
    scanner.type(pieces[-1])
    assert page.evaluate("scans.length") == 1
    assert page.evaluate("scans[0]").endswith(CODES[0])
    assert page.input_value("#weight") == "15000"


def test_a_field_that_is_drawn_anew_in_the_middle_of_a_scan_keeps_nothing_of_it(page: Page) -> None:
    open_page(page)
    page.fill("#weight", "15000")
    page.focus("#weight")
    page.evaluate(
        """() => { const old = document.getElementById("weight"); let count = 0;
          old.addEventListener("input", () => {
            if (++count < 3) return;
            const anew = old.cloneNode();
            anew.value = old.value;
            old.replaceWith(anew);
            anew.focus();
          }); }"""
    )
    pull_trigger(page, URI + CODES[0])
    assert page.evaluate("scans") == [URI + CODES[0]]
    assert page.input_value("#weight") == "15000"


def test_endings_and_frames_of_scanners_are_understood(page: Page) -> None:
    open_page(page)
    page.focus("#weight")
    scanner = Keyboard(page)
    scanner.type(URI + CODES[0], ending="\t")
    assert page.evaluate("document.activeElement.id") == "weight"
    scanner.type(CODES[1], ending="\r\r")  # CR LF
    for text in ("(00)106141412345678908", "]C100106141412345678908", f"]d2010950600013435210{CODES[2]}"):
        pull_trigger(page, text)
    scanner.type("]C1010950600013435210AB", ending="")
    page.keyboard.press("Control+BracketRight")  # FNC1
    page.keyboard.type("21X")
    page.keyboard.press("Enter")
    pull_trigger(page, "https://id.gs1.org/00/106141412345678908")
    kinds = page.evaluate("scans.map(text => readPayload(text).kind)")
    assert kinds == ["lot", "code", "gs1", "gs1", "lot", "gs1", "gs1"]
    assert page.input_value("#weight") == ""


@pytest.mark.parametrize(
    ("field", "text", "pause_ms"),
    [
        ("weight", "18260", 2),  # of a scale
        ("weight", "+0018260.0", 2),
        ("note", "126B07K7Q3F8 is no code", 2),
        ("note", "H-2025-0001", 2),
        ("note", "6901234567892", 2),  # a barcode meant for this field
        ("note", CODES[0], 120),  # a lot that somebody writes of
        ("story", "see https://weixin.qq.com/r/abc", 120),
    ],
)
def test_typing_is_left_alone(page: Page, field: str, text: str, pause_ms: int) -> None:
    open_page(page)
    page.focus(f"#{field}")
    Keyboard(page).type(text, gap_s=pause_ms / 1000, ending="\t")
    assert page.evaluate("scans") == []
    assert page.input_value(f"#{field}") == text
    assert page.evaluate("document.activeElement.id") != field


def test_a_scan_opens_the_lot_but_not_over_entries_that_would_be_lost(page: Page) -> None:
    open_page(page, takes=False)
    page.fill("#weight", "125")
    keys = Keyboard(page)
    keys.type(CODES[0])
    assert page.title() == "wedge"
    assert page.inner_text("#scan-note") == "unsaved"
    assert page.input_value("#weight") == "125"
    page.focus("#scan-code")
    keys.type("")  # Enter by the clock of the scan, whose second line end would be swallowed
    page.wait_for_url(f"**/scan?q={CODES[0]}")


def test_on_a_page_without_entries_a_scan_opens_the_lot(page: Page) -> None:
    open_page(page, takes=False)
    page.focus("#weight")
    pull_trigger(page, CODES[0])
    page.wait_for_url(f"**/scan?q={CODES[0]}")
