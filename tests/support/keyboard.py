"""Send keys to Chromium as a keyboard does, each with its own time, thousands of them at once.

playwright waits for each key. Here the events of a scanner and of a hand, who type at the same time, are sorted by
their times and sent without waiting; the page sees the times that they carry.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

from playwright.async_api import CDPSession
from playwright.sync_api import Page

SHIFT, CONTROL = 8, 2
AT_ONCE = 400  # events on their way
_PLAIN = {
    "/": "Slash", ";": "Semicolon", "'": "Quote", "-": "Minus", "=": "Equal", ".": "Period", ",": "Comma", " ": "Space",
    "[": "BracketLeft", "]": "BracketRight", "\r": "Enter", "\t": "Tab", "\b": "Backspace",
}  # fmt: skip
_SHIFTED = {
    ":": "Semicolon",
    "+": "Equal",
    "_": "Minus",
    "?": "Slash",
    "(": "Digit9",
    ")": "Digit0",
    "&": "Digit7",
}
_NAMES = {"\r": "Enter", "\t": "Tab", "\b": "Backspace"}
_VIRTUAL = {"\r": 13, "\t": 9, "\b": 8}

KeyEvent = dict[str, Any]


def press(char: str, down_s: float, up_s: float) -> list[KeyEvent]:
    """Return the two events of a key, pressed and released at these times."""
    if char.isascii() and char.isalpha():
        code, shifted = f"Key{char.upper()}", char.isupper()
    elif char.isdecimal():
        code, shifted = f"Digit{char}", False
    elif char in _SHIFTED:
        code, shifted = _SHIFTED[char], True
    else:
        code, shifted = _PLAIN[char], False
    key: KeyEvent = {
        "key": _NAMES.get(char, char),
        "code": code,
        "modifiers": SHIFT if shifted else 0,
        "windowsVirtualKeyCode": ord(char.upper()) if char.isalnum() else _VIRTUAL.get(char, 0),
    }
    text = {} if char in "\b\t" else {"text": char, "unmodifiedText": char}
    return [
        {"type": "keyDown", "timestamp": down_s, **key, **text},
        {"type": "keyUp", "timestamp": up_s, **key},
    ]


def scan_keys(text: str, start_s: float, gap_s: float, ending: str = "\r") -> list[KeyEvent]:
    """Return the events of a scanner: each key is released before the next; Enter ends it, or another ending."""
    keys: list[KeyEvent] = []
    for place, char in enumerate(text + ending):
        down_s = start_s + place * gap_s
        keys += press(char, down_s, down_s + gap_s / 2)
    return keys


async def send_keys(session: CDPSession, events: Iterable[KeyEvent]) -> None:
    """Send events in the order of their times, and wait until the page has had them all."""
    ordered: Sequence[KeyEvent] = sorted(events, key=lambda event: float(event["timestamp"]))
    for start in range(0, len(ordered), AT_ONCE):
        await asyncio.gather(
            *[session.send("Input.dispatchKeyEvent", event) for event in ordered[start : start + AT_ONCE]]
        )


class Keyboard:
    """Keys of one hand or scanner on a page of playwright's plain interface, by a clock of their own."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._now_s = time.time()

    def type(self, text: str, gap_s: float = 0.002, ending: str = "\r") -> None:
        """Type a text and its ending; keys are a gap apart, whatever the machine has to do beside."""
        self._now_s = max(self._now_s + 0.2, time.time())
        for event in scan_keys(text, self._now_s, gap_s, ending):
            self._session.send("Input.dispatchKeyEvent", event)
            self._now_s = float(event["timestamp"])

    def rest(self, seconds: float) -> None:
        """Let time pass by the clock of the keys, without waiting."""
        self._now_s = max(self._now_s, time.time()) + seconds
