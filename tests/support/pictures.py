"""Make photos: smallest ones that tell apart by a text, and real ones as phones take them, with everything in them."""

import struct
from io import BytesIO
from typing import Any
from zlib import compress, crc32

from PIL import Image

from scanners.labels.symbol import make_matrix

GPS = {1: "N", 2: (28.0, 12.0, 30.5), 3: "E", 4: (112.0, 58.0, 1.0), 27: b"ASCII\0\0\0CELLID"}
TAKEN = "2025:02:10 08:30:00"
SECRETS = (b"SN-4711", b"Zhang San", b"maker's own", b"CELLID", b"PhoneMaker")


def jpeg(text: bytes = b"a truck", width: int = 8, height: int = 8) -> bytes:
    """Return a JPEG whose coded data is a text; nothing of it is left out when it is kept."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    scan = struct.pack(">HB", 8, 1) + b"\x01\0\0\x3f\0"
    return b"\xff\xd8\xff\xc0" + frame + b"\xff\xda" + scan + text.replace(b"\xff", b"") + b"\xff\xd9"


def png(text: bytes = b"a bale", width: int = 8, height: int = 8) -> bytes:
    """Return a PNG whose picture data is a text."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", compress(text)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_part(*part) for part in parts)


def png_part(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


def webp(text: bytes = b"a ticket", width: int = 8, height: int = 8) -> bytes:
    """Return a WebP whose coded data is a text."""
    frame = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + text
    part = b"VP8 " + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


def take_photo(kind: str, orientation: int = 6, **settings: Any) -> bytes:
    """Return a picture of Pillow's with the EXIF of a phone: place, time, owner, serial number, maker's note."""
    picture = Image.radial_gradient("L").resize((64, 48)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x0132], exif[0x010F] = orientation, TAKEN, "PhoneMaker"
    exif[0x013B] = "Zhang San"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011] = TAKEN, "+08:00"
    inner[0x927C], inner[0xA431], inner[0xA430] = b"maker's own", "SN-4711", "Zhang San"
    exif.get_ifd(0x8825).update(GPS)
    file = BytesIO()
    picture.save(file, kind, exif=exif.tobytes(), **settings)
    return file.getvalue()


def draw_codes(*texts: str, module: int = 5, width: int = 0, height: int = 0) -> Image.Image:
    """Return QR codes beside each other on white, as labels carry them; in the middle of a larger picture if one is asked."""
    codes = [make_matrix(text) for text in texts]
    drawn = []
    for matrix in codes:
        size = len(matrix)
        code = Image.new("L", (size, size), 255)
        code.putdata([0 if dark else 255 for row in matrix for dark in row])
        drawn.append(code.resize((size * module, size * module), Image.Resampling.NEAREST))
    wide, high = sum(code.width for code in drawn), max((code.height for code in drawn), default=0)
    picture = Image.new("L", (max(width, wide), max(height, high)), 255)
    left = (picture.width - wide) // 2
    for code in drawn:
        picture.paste(code, (left, (picture.height - code.height) // 2))
        left += code.width
    return picture.convert("RGB")
