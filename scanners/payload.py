"""Read a scanned or typed text as a code of ours, a command card, a GS1 key, a foreign code or
nothing readable.

One function reads everything that a camera, a keyboard wedge or a hand delivers, so that the same label has the same
effect wherever it is scanned. Whether a code is bound to anything is for the caller to look up.
``static/scanning/payload.js`` does the same in the browser; both are held to ``tests/scanners/payload_vectors.json``.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from scanners.codes import LENGTH, is_code, normalise_code, read_shipment_code
from scanners.digital_link import PATHS, CodeKind, DigitalLink, read_digital_link
from scanners.element_string import FNC1, SYMBOLOGIES, read_element_string

PayloadKind = Literal["lot", "site", "furnace", "shipment", "command", "code", "gs1", "foreign", "unreadable"]
Command = Literal["finish", "undo", "cancel"]

LONGEST = 2_000  # characters; a QR code of version 40 at level H holds 1 273 bytes

# Command cards mean the same in every installation, so their codes are fixed for ever.
COMMANDS: dict[str, Command] = {
    "C00000000017": "finish",
    "C00000000025": "undo",
    "C00000000033": "cancel",
}

OURS = frozenset({"lot", "site", "furnace", "shipment", "command", "code"})
_KINDS: dict[str, CodeKind] = {path: kind for kind, path in PATHS.items()}
# Scanners may put the AIM symbology identifier first ("]Q1" for QR). A Chinese input method turns / . : into 、 。 ：
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_IME = str.maketrans({"、": "/", "。": ".", "：": ":", "·": "-"})
# What stands around a code or address in a sentence or a chat: the end of it, quotation marks, brackets.
_AROUND = " .,;:!?'\"<>()[]{}‘’“”«»「」『』《》〈〉【】/"
_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL  # what the patterns of the browser mean by the same signs
_OUR_ADDRESS = re.compile(r"(?:(https?)://)?([^/\s?#@]+)/([lsfct])/([^/?#]+)/?(?:[?#].*)?", _FLAGS)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:(//)?\S.*", _FLAGS)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*).*", _FLAGS)
_ARTICLE = re.compile(
    r"(?:[0-9]{8}|[0-9]{13,14}|\([0-9]{2,4}\).+)", _FLAGS
)  # EAN-8, EAN-13, ITF-14, elements
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Payload:
    """The meaning of one scan.

    ``reason`` is a message code, set when there is something to tell the person.
    """

    kind: PayloadKind
    text: str  # as received, without blanks around it
    code: str | None = None  # as stored; for lot, site, furnace, shipment, command and code
    command: Command | None = None
    host: str | None = None  # the host printed on the label
    foreign_host: bool = False  # one of our labels, but printed for another host: accept, and say so
    gs1: DigitalLink | None = None
    reason: str | None = None


def read_payload(text: str, own_host: str) -> Payload:
    """Return what was scanned or typed.

    Never fails: what cannot be read is ``unreadable`` with a reason.
    """
    visible = _drop_invisible(text)
    received = visible.strip()
    if not received:
        return Payload("unreadable", "", reason="scan.empty")
    if len(received) > LONGEST:
        return Payload("unreadable", received[:LONGEST], reason="scan.too_long")
    plain = unicodedata.normalize("NFKC", _AIM.sub("", received).translate(_IME)).strip()
    bare = plain.strip(_AROUND)
    ours = _OUR_ADDRESS.fullmatch(bare)
    if ours:
        return _read_our_address(received, ours, own_host)
    if _ADDRESS.fullmatch(plain):
        return _read_other_address(received, plain)
    return _read_bare(received, plain, bare, marked=received.startswith(SYMBOLOGIES) or FNC1 in visible)


def read_picture_texts(texts: Iterable[str], own_host: str) -> list[Payload]:
    """Return what the codes in one picture mean, each once.

    A label carries its code twice, and perhaps a code of somebody else: where one is ours, it alone counts.
    """
    found: dict[str, Payload] = {}
    for text in texts:
        payload = read_payload(text, own_host)
        found.setdefault(payload.code or payload.text, payload)
    ours = [payload for payload in found.values() if payload.kind in OURS]
    return ours or list(found.values())


def _drop_invisible(text: str) -> str:
    """Return a text without characters that nobody sees: byte order marks, joiners, direction marks.

    Chat programs and web pages put them around what is copied, and scanners set for other hosts
    before what they send.
    """
    return "".join(
        char for char in text if unicodedata.category(char) not in ("Cc", "Cf") or char in "\t\n\r" + FNC1
    )


def _read_our_address(received: str, match: re.Match[str], own_host: str) -> Payload:
    scheme, host, path, written = match.groups()
    kind = _KINDS[path.lower()]
    host = _plain_host(host, (scheme or "https").lower())
    foreign = host != _plain_host(own_host, "https") and host != _plain_host(own_host, "http")
    code = normalise_code(unquote(written))
    if not is_code(code):
        # On another host /l/… may be anything at all; only on ours is it a damaged label.
        wrong: PayloadKind = "foreign" if foreign else "unreadable"
        return Payload(
            wrong, received, host=host, foreign_host=foreign, reason=_explain_no_code(code, foreign)
        )
    command = COMMANDS.get(code) if kind == "command" else None
    if kind == "command" and command is None:
        return Payload(
            "unreadable", received, code=code, host=host, foreign_host=foreign, reason="scan.no_command"
        )
    if kind == "shipment" and read_shipment_code(code) is None:
        return Payload(
            "unreadable", received, code=code, host=host, foreign_host=foreign, reason="scan.no_shipment"
        )
    reason = "scan.foreign_host" if foreign else None
    return Payload(kind, received, code, command, host, foreign, reason=reason)


def _read_other_address(received: str, plain: str) -> Payload:
    named = _HOST.fullmatch(plain)
    host = named[1].lower() if named else None
    link = read_digital_link(plain)
    if link is None:
        return Payload("foreign", received, host=host or None, reason="scan.foreign")
    return _read_gs1(received, link, host or None)


def _read_gs1(received: str, link: DigitalLink, host: str | None = None) -> Payload:
    for key in (link.serial, link.batch):  # where a label of ours carries its code once a GS1 prefix exists
        code = normalise_code(key or "")
        if is_code(code):
            return Payload("lot", received, code, host=host, gs1=link)
    return Payload("gs1", received, host=host, gs1=link)


def _read_bare(received: str, plain: str, bare: str, *, marked: bool) -> Payload:
    code = normalise_code(bare)
    if is_code(code):
        command = COMMANDS.get(code)
        if command:
            return Payload("command", received, code, command)
        return Payload("code" if read_shipment_code(code) is None else "shipment", received, code)
    link = read_element_string(plain, marked=marked)
    if link:
        return _read_gs1(received, link)
    if marked or _ARTICLE.fullmatch(plain):
        return Payload("foreign", received, reason="scan.foreign")
    return Payload("unreadable", received, reason=_explain_no_code(code, foreign=False))


def _explain_no_code(code: str, foreign: bool) -> str:
    """Return the message code that says why a text is not one of our codes."""
    if foreign:
        return "scan.foreign"
    return (
        "scan.check_character"
        if len(code) == LENGTH and code.isascii() and code.isalnum()
        else "scan.not_a_code"
    )


def _plain_host(host: str, scheme: str) -> str:
    return host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, "")).rstrip(".")
