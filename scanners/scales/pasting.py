"""Read a frame that somebody pasted into a page, from a terminal program or another page of ours."""

import re

_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}(?:[\s,]+(?:0x)?[0-9A-Fa-f]{2})+\s*")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([\\rnt]))")
_PLAIN = {"\\": b"\\", "r": b"\r", "n": b"\n", "t": b"\t"}
_LINES = re.compile(r"\r\n|\r|\n")


def read_pasted(text: str) -> bytes:
    r"""Return the bytes of a pasted text, with the end of its last line.

    It is written in hexadecimal pairs (``02 2B 30``), as ``describe_bytes`` writes frames (``\x02+0``), or as it is.
    """
    if _HEX.fullmatch(text):
        return bytes.fromhex(re.sub(r"0x|[\s,]", "", text)) + b"\r\n"
    return read_described(_LINES.sub("\r\n", text.removesuffix("\n").removesuffix("\r"))) + b"\r\n"


def read_described(text: str) -> bytes:
    """Return the bytes of a frame as ``describe_bytes`` writes it."""
    sent, at = b"", 0
    for escape in _ESCAPE.finditer(text):
        sent += text[at : escape.start()].encode("utf-8", "replace")
        sent += bytes((int(escape[1], 16),)) if escape[1] else _PLAIN[escape[2]]
        at = escape.end()
    return sent + text[at:].encode("utf-8", "replace")
