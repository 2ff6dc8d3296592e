"""Read addresses printed on labels by GS1 Digital Link, and build the address printed on our own.

Reading follows the GS1 Digital Link URI syntax 1.x for the keys that scrap and metal carry: /01/ GTIN with /10/ batch
and /21/ serial, and /00/ SSCC. We print no such keys: a GTIN belongs to whoever holds the GS1 prefix, and one made up
here would name somebody else's product. Ours are ``https://<host>/l/<code>``, by ``http`` where the public address is one.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from stdnum.ean import calc_check_digit

from scanners.codes import is_code

CodeKind = Literal["lot", "site", "furnace", "command", "shipment"]
PATHS: dict[CodeKind, str] = {
    "lot": "l", "site": "s", "furnace": "f", "command": "c", "shipment": "t",
}  # fmt: skip
"""The first letter of the path of each kind, printed for ever; ``t`` is a truck."""
_HTTP = re.compile(r"https?://[^/?#]*([^?#]*).*", re.IGNORECASE | re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """The GS1 keys of an address; a GTIN is padded to 14 digits."""

    gtin: str | None = None
    batch: str | None = None
    serial: str | None = None
    sscc: str | None = None


def build_label_uri(address: str, code: str, kind: CodeKind = "lot") -> str:
    """Return what is printed in a QR code, after the public address: ``http://192.168.1.5:8080/l/126B07K7Q3F7``.

    It names the thing and says nothing about it: no mass, no names.
    """
    if not is_code(code):
        raise ValueError(f"not a code: {code!r}")
    return f"{address.lower()}/{PATHS[kind]}/{code}"


def read_digital_link(uri: str) -> DigitalLink | None:
    """Return the GS1 keys in an http(s) address, or None if it holds none or their check digits are
    wrong.
    """
    address = _HTTP.fullmatch(uri)
    if address is None:
        return None
    segments = [unquote(segment) for segment in address[1].split("/") if segment]
    for start in range(len(segments)):  # the resolver may live under a path of its own
        pairs = dict(zip(segments[start::2], segments[start + 1 :: 2], strict=False))
        if segments[start] in ("00", "01") and (link := link_of_keys(pairs)):
            return link
    return None


def link_of_keys(keys: dict[str, str]) -> DigitalLink | None:
    """Return the keys of an address or element string by their identifiers, or None without a right SSCC or GTIN."""
    if _is_key(keys.get("01", ""), (8, 12, 13, 14)):
        return DigitalLink(gtin=keys["01"].zfill(14), batch=keys.get("10"), serial=keys.get("21"))
    if _is_key(keys.get("00", ""), (18,)):
        return DigitalLink(sscc=keys["00"])
    return None


def _is_key(digits: str, lengths: tuple[int, ...]) -> bool:
    """Return whether the digits have one of the lengths and a correct check digit."""
    if not (digits.isascii() and digits.isdigit() and len(digits) in lengths):
        return False
    return calc_check_digit(digits[:-1]) == digits[-1]
