"""Write labels in ZPL II, for printers of Zebra and those that speak its language."""

import re
from collections.abc import Iterable

from PIL import Image

from scanners.labels.dots import pack_dots

_UNITS = " GHIJKLMNOPQRSTUVWXY"  # G repeats once, Y nineteen times
_TWENTIES = " ghijklmnopqrstuvwxyz"  # g repeats twenty times, z four hundred times
_RUN = re.compile(r"(.)\1+")


def write_zpl(labels: Iterable[Image.Image], copies: int = 1) -> bytes:
    """Return the file: each label one picture at the printer's origin, so many times."""
    return "".join(_write_one(label, copies) for label in labels).encode("ascii")


def _write_one(label: Image.Image, copies: int) -> str:
    stride, rows = pack_dots(label)
    total = stride * len(rows)
    return (
        f"^XA\n^PW{label.width}\n^LL{label.height}\n^LH0,0\n^LS0\n^LT0\n"
        f"^FO0,0^GFA,{total},{total},{stride},{_compress(rows)}^FS\n^PQ{copies}\n^XZ\n"
    )


def _compress(rows: list[bytes]) -> str:
    """Return rows in hexadecimal, shortened as ZPL allows: repeats, "," for a rest of white, ":" for the same row again."""
    written, before = [], None
    for row in rows:
        written.append(":" if row == before else _compress_row(row.hex().upper()))
        before = row
    return "".join(written)


def _compress_row(digits: str) -> str:
    kept = digits.rstrip("0")
    short = _RUN.sub(lambda run: _repeat(run[1], len(run[0])), kept)
    return short + ("," if len(kept) < len(digits) else "")


def _repeat(digit: str, count: int) -> str:
    if count == 1:
        return digit
    counted = ""
    while count >= 420:
        counted, count = counted + "z", count - 400
    return counted + _TWENTIES[count // 20].strip() + _UNITS[count % 20].strip() + digit
