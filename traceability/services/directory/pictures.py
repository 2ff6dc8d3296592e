"""Rewrite the files of photos without what identifies people, devices and places, and refuse what is no whole picture.

No pixel is touched: parts of the file are left out, so the picture is exactly what was taken. What stays is what shows it:
coded data, tables, colour profile, and of EXIF how the camera was held and when it was taken; the place only where the
site keeps it. Makers' notes, serial numbers, owners, embedded previews, further pictures and films behind the
picture, comments, XMP, IPTC and whatever else a format lets in are left out, and with them what would make the file
another kind of file too. Nothing is decoded, so nothing small can swell here: sizes are read from the headers.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from zlib import crc32

from traceability.domain.errors import BadInput

MOST_PIXELS = 120_000_000  # a browser needs four bytes for each; phones take 108 million at most
LONGEST_SIDE = 20_000
MOST_PARTS = 20_000  # segments or chunks of one file; a real photo has some hundred
MOST_SCANS = 100  # of a JPEG, each a pass over all pixels for who decodes it; a progressive one has about ten


class PictureFormat(NamedTuple):
    """A kind of picture that every browser shows: its name, its media type, how a file begins."""

    name: str
    media: str
    start: re.Pattern[bytes]


KINDS = (
    PictureFormat("JPEG", "image/jpeg", re.compile(rb"\xff\xd8\xff")),
    PictureFormat("PNG", "image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    PictureFormat("WebP", "image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)
"""The formats accepted. Phones that take HEIC turn it into JPEG where only these are asked for."""


class _Broken(Exception):
    """Raised for a file that is cut off, or not made as its format says."""


class _Oversized(Exception):
    """Raised for a picture with more pixels than anybody takes."""


def kind_of(content: bytes) -> str:
    """Return the media type of a photo; '' of anything else."""
    return next((kind.media for kind in KINDS if kind.start.match(content)), "")


def clean_picture(content: bytes, name: str, *, keeps_location: bool = False) -> bytes:
    """Return a photo without what identifies anybody. Raises BadInput for what is no whole picture.

    Of what was cleaned before nothing is taken away.
    """
    clean = _CLEANERS.get(kind_of(content))
    if clean is None:
        raise BadInput("photo.not_a_photo", name=name, kinds=" / ".join(kind.name for kind in KINDS))
    try:
        return clean(content, keeps_location)
    except _Oversized:
        raise BadInput("photo.too_many_pixels", name=name, most=MOST_PIXELS // 1_000_000) from None
    except (_Broken, struct.error, IndexError):
        raise BadInput("photo.broken", name=name) from None


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise _Broken
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _Oversized


# --- JPEG ----------------------------------------------------------------------------------------

_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_DROPPED = frozenset({*range(0xE0, 0xFF)})  # APPn, JPGn, comments
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_FILL = re.compile(rb"\xff+")
_EXIF = b"Exif\0\0"


def _clean_jpeg(content: bytes, keeps_location: bool) -> bytes:
    head: list[bytes] = []
    body: list[bytes] = []
    exif, frames, scans = b"", 0, 0
    at = 2
    for _ in range(MOST_PARTS):
        fill = _FILL.match(content, at)
        if fill is None:
            raise _Broken
        marker, at = content[fill.end()], fill.end() + 1
        if marker == _EOI:
            break
        (length,) = struct.unpack_from(">H", content, at)
        end = at + length
        if length < 2 or end > len(content):
            raise _Broken
        data = content[at + 2 : end]
        whole = b"\xff" + bytes((marker,)) + content[at:end]
        if marker in _FRAMES:
            _, height, width = struct.unpack_from(">BHH", data)
            _check_size(width, height)
            frames += 1
            body.append(whole)
        elif marker == _SOS:
            found = _SCAN_END.search(content, end)
            if found is None or not frames:
                raise _Broken
            body += [whole, content[end : found.start()]]
            end, scans = found.start(), scans + 1
            if scans > MOST_SCANS:
                raise _Broken
        elif marker in _TABLES:
            body.append(whole)
        elif marker == _APP0 and data[:5] == b"JFIF\0" and len(data) >= 14:
            if not head:
                head.append(_segment(_APP0, data[:12] + b"\0\0"))  # without its preview
        elif marker == _APP1 and data[:6] == _EXIF:
            exif = exif or _reduce_exif(data[6:], keeps_location)
        elif (marker == _APP2 and data[:12] == b"ICC_PROFILE\0") or (
            marker == _APP14 and data[:5] == b"Adobe"
        ):
            body.append(whole)
        elif marker not in _DROPPED:
            raise _Broken
        at = end
    else:
        raise _Broken
    if frames != 1 or not scans:
        raise _Broken
    if exif:
        head.append(_segment(_APP1, _EXIF + exif))
    return b"".join((b"\xff\xd8", *head, *body, b"\xff\xd9"))


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


# --- PNG -----------------------------------------------------------------------------------------

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    {
        b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
        b"hIST", b"cICP", b"mDCV", b"cLLI",
    }
)  # fmt: skip
_ENDING = b"IEND"


def _clean_png(content: bytes, keeps_location: bool) -> bytes:
    kept = [_PNG_START]
    seen: set[bytes] = set()
    at = len(_PNG_START)
    for number in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        (check,) = struct.unpack_from(">I", content, end)
        if crc32(content[at + 4 : end]) != check or (name == b"IHDR") != (number == 0):
            raise _Broken
        data = content[at + 8 : end]
        if name == b"IHDR":
            _check_size(*struct.unpack_from(">II", data))
        if name == _ENDING:
            break
        if name == b"eXIf":
            exif = _reduce_exif(data, keeps_location)
            if exif and name not in seen:
                kept.append(_chunk(name, exif))
        elif name in _PNG_KEPT:
            kept.append(content[at : end + 4])
        elif not name.isalpha() or not name[0] & 0x20:  # unknown, yet needed to show the picture
            raise _Broken
        seen.add(name)
        at = end + 4
    else:
        raise _Broken
    if b"IDAT" not in seen:
        raise _Broken
    return b"".join((*kept, _chunk(_ENDING, b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


# --- WebP ----------------------------------------------------------------------------------------

_WITH_EXIF, _WITH_XMP, _MOVING = 0x08, 0x04, 0x02


def _clean_webp(content: bytes, keeps_location: bool) -> bytes:
    whole = 8 + struct.unpack_from("<I", content, 4)[0]
    if whole > len(content):
        raise _Broken
    parts: list[tuple[bytes, bytes]] = []
    exif, pictures = b"", 0
    for name, data in _walk_riff(content, whole):
        if not parts and name not in (b"VP8X", b"VP8 ", b"VP8L"):
            raise _Broken
        if name == b"VP8X":
            if parts or len(data) < 10 or data[0] & _MOVING:
                raise _Broken
            _check_size(_read_24(data, 4) + 1, _read_24(data, 7) + 1)
        elif name in (b"VP8 ", b"VP8L"):
            _check_size(*_webp_size(name, data))
            pictures += 1
        elif name == b"EXIF":
            exif = exif or _reduce_exif(data.removeprefix(_EXIF), keeps_location)
            continue
        elif name not in (b"ICCP", b"ALPH"):
            continue
        parts.append((name, data))
    if pictures != 1:
        raise _Broken
    if parts[0][0] == b"VP8X":
        flags = parts[0][1][0] & ~(_WITH_EXIF | _WITH_XMP) | (_WITH_EXIF if exif else 0)
        parts[0] = (b"VP8X", bytes((flags,)) + parts[0][1][1:10])
        if exif:
            parts.append((b"EXIF", exif))
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _walk_riff(content: bytes, whole: int) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(MOST_PARTS):
        if at >= whole - 1:
            return
        name, length = struct.unpack_from("<4sI", content, at)
        if at + 8 + length > whole:
            raise _Broken
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise _Broken


def _webp_size(name: bytes, data: bytes) -> tuple[int, int]:
    if name == b"VP8 ":
        if data[0] & 1 or data[3:6] != b"\x9d\x01\x2a":
            raise _Broken
        width, height = struct.unpack_from("<HH", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    if data[0] != 0x2F:
        raise _Broken
    (bits,) = struct.unpack_from("<I", data, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _read_24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


_CLEANERS: Mapping[str, Callable[[bytes, bool], bytes]] = {
    "image/jpeg": _clean_jpeg,
    "image/png": _clean_png,
    "image/webp": _clean_webp,
}

# --- EXIF ----------------------------------------------------------------------------------------

_ORIENTATION, _DATE_TIME, _TO_EXIF, _TO_GPS = 0x0112, 0x0132, 0x8769, 0x8825
_TAKEN, _OFFSET, _TAKEN_OFFSET = 0x9003, 0x9010, 0x9011
_PLACE = frozenset(
    {*range(8), 0x10, 0x11, 0x12, 0x1D, 0x1F}
)  # where, how high, when, facing where, how exact
_TIME = re.compile(rb"[\d ]{4}:[\d ]{2}:[\d ]{2} [\d ]{2}:[\d ]{2}:[\d ]{2}\0")
_ZONE = re.compile(rb"[+-]\d\d:\d\d\0")
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
_LONGEST_VALUE = 64
_MOST_ENTRIES = 200
_LONG = 4


class _Entry(NamedTuple):
    """A field of EXIF with its value as it stands in the file."""

    tag: int
    type: int
    values: int
    value: bytes


def _reduce_exif(tiff: bytes, keeps_location: bool) -> bytes:
    """Return EXIF with what is kept of it; '' for nothing, and for what cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    try:
        if order is None:
            return b""
        main = _read_entries(tiff, struct.unpack_from(order + "I", tiff, 4)[0], order)
        taken = _read_behind(tiff, main, _TO_EXIF, order)
        place = _read_behind(tiff, main, _TO_GPS, order) if keeps_location else {}
    except (struct.error, _Broken):
        return b""
    kept = [one for one in main.values() if _serves(one, order)]
    times = [one for one in taken.values() if _serves(one, order)]
    where = [one for one in place.values() if one.tag in _PLACE]
    return _write_exif(kept, times, where, order) if kept or times or where else b""


def _serves(entry: _Entry, order: str) -> bool:
    """Return whether a field shows the picture right, or says when it was taken, and nothing else."""
    if entry.tag == _ORIENTATION:
        turned = entry.value in [struct.pack(order + "H", held) for held in range(2, 9)]
        return entry.type == 3 and turned
    if entry.tag in (_DATE_TIME, _TAKEN):
        return entry.type == 2 and bool(_TIME.fullmatch(entry.value))
    return entry.tag in (_OFFSET, _TAKEN_OFFSET) and entry.type == 2 and bool(_ZONE.fullmatch(entry.value))


def _read_behind(tiff: bytes, main: Mapping[int, _Entry], tag: int, order: str) -> dict[int, _Entry]:
    entry = main.get(tag)
    if entry is None or len(entry.value) != 4:
        return {}
    return _read_entries(tiff, struct.unpack(order + "I", entry.value)[0], order)


def _read_entries(tiff: bytes, at: int, order: str) -> dict[int, _Entry]:
    (count,) = struct.unpack_from(order + "H", tiff, at)
    if count > _MOST_ENTRIES:
        raise _Broken
    found: dict[int, _Entry] = {}
    for number in range(count):
        place = at + 2 + 12 * number
        tag, type_, values = struct.unpack_from(order + "HHI", tiff, place)
        size = _SIZES.get(type_, 0) * values
        if not 0 < size <= _LONGEST_VALUE:
            continue
        start = place + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, place + 8)[0]
        value = tiff[start : start + size]
        if len(value) == size:
            found.setdefault(tag, _Entry(tag, type_, values, value))
    return found


def _write_exif(main: list[_Entry], taken: list[_Entry], place: list[_Entry], order: str) -> bytes:
    pointers = [tag for tag, there in ((_TO_EXIF, taken), (_TO_GPS, place)) if there]
    pointed = [_Entry(tag, _LONG, 1, b"\0" * 4) for tag in pointers]
    first = len(_write_entries([*main, *pointed], 8, order)) + 8
    second = first + (len(_write_entries(taken, first, order)) if taken else 0)
    offsets = {_TO_EXIF: first, _TO_GPS: second}
    pointed = [_Entry(tag, _LONG, 1, struct.pack(order + "I", offsets[tag])) for tag in pointers]
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    parts = [start, _write_entries([*main, *pointed], 8, order)]
    parts += [_write_entries(taken, first, order)] if taken else []
    parts += [_write_entries(place, second, order)] if place else []
    return b"".join(parts)


def _write_entries(entries: list[_Entry], at: int, order: str) -> bytes:
    """Return a table of fields that begins at a place of the file, with their longer values behind it."""
    rows, values = b"", b""
    behind = at + 2 + 12 * len(entries) + 4
    for entry in sorted(entries):
        row = struct.pack(order + "HHI", *entry[:3])
        if len(entry.value) <= 4:
            rows += row + entry.value.ljust(4, b"\0")
        else:
            rows += row + struct.pack(order + "I", behind + len(values))
            values += entry.value + b"\0" * (len(entry.value) % 2)
    return struct.pack(order + "H", len(entries)) + rows + b"\0" * 4 + values
