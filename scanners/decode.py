"""Read the QR codes of a picture that a device sends which cannot decode by itself.

The reader is the one that runs in browsers, zxing-cpp, so a label is read alike on both sides.
"""

import struct
from dataclasses import dataclass
from typing import IO, Any

from scanners.two_codes import read_two_codes

FORMATS = ("JPEG", "PNG", "WEBP")
ENOUGH = (
    2_000  # pixels of the longer side: a larger JPEG is opened at half, a quarter or an eighth of its size
)
MOST_PIXELS = 30_000_000  # of what is opened; a byte each


@dataclass(frozen=True, slots=True)
class PictureReading:
    """The texts of a picture's codes, each once; ``reason`` is a message code where there is none."""

    texts: tuple[str, ...]
    reason: str | None = None


def read_picture(file: IO[bytes]) -> PictureReading:
    """Return what the QR codes of a picture say. Never fails: what is no picture has its reason."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file, formats=FORMATS) as picture:
            picture.draft("L", (ENOUGH, ENOUGH))
            if picture.width * picture.height > MOST_PIXELS:
                return PictureReading((), "scan_photo.too_many_pixels")
            grey = _on_white(picture).convert("L")
    except Image.DecompressionBombError:
        return PictureReading((), "scan_photo.too_many_pixels")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, struct.error):
        return PictureReading((), "scan_photo.no_picture")
    return _read_grey(grey)


def _on_white(picture: Any) -> Any:
    """Return a picture without transparent ground: black on nothing would become black on black."""
    if not picture.has_transparency_data:
        return picture
    from PIL import Image

    coloured = picture.convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured)


def _read_grey(picture: Any) -> PictureReading:
    texts = _read_codes(picture)
    if not texts:
        dirty = read_two_codes(picture, _read_codes)
        texts = () if dirty is None else (dirty,)
    return PictureReading(texts, None if texts else "scan_photo.no_code")


def _read_codes(picture: Any) -> tuple[str, ...]:
    import zxingcpp

    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return tuple(dict.fromkeys(one.text for one in found if one.valid and one.text))
