"""Make the small versions of photos that lists show: made at the first look, kept beside the photo, gone with it."""

import struct
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

from graph.blobs import Blobs
from traceability.domain.errors import StoreError

LONGEST_SIDE = 480  # pixels: twice what a list shows, for screens of double density
MEDIA = "image/jpeg"
MOST_DECODED = 24_000_000  # pixels; four bytes each while the small version is made
QUALITY = 80
_SCAN = b"\xff\xda"  # begins a pass over a JPEG
FORMATS = ("JPEG", "PNG", "WEBP")


def find_thumbnail(blobs: Blobs, digest: str, content: bytes) -> bytes | None:
    """Return the small version of a photo as JPEG; None where there is none, as of a picture too large to decode."""
    kept = blobs.get_small(digest)
    if kept is not None:
        return kept
    made = make_thumbnail(content)
    if made is not None:
        with suppress(StoreError):  # shown all the same, and made again next time
            blobs.put_small(digest, made)
    return made


def make_thumbnail(content: bytes) -> bytes | None:
    """Return a small version of a picture as JPEG, upright; None of one that cannot be decoded or is too large for it.

    A JPEG is decoded at an eighth of its size where that suffices, so photos of any phone stay far below the limit. Of one
    with several scans libjpeg keeps every pixel, up to six bytes each, whatever size is asked for.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            is_kept_whole = picture.format == "JPEG" and content.count(_SCAN) > 1
            if is_kept_whole and picture.width * picture.height > MOST_DECODED:
                return None
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            width, height = picture.size
            if width * height > MOST_DECODED:
                return None
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            small = Image.new("RGB", upright.size, "white")
            small.paste(upright, mask=upright)
            file = BytesIO()
            small.save(file, "JPEG", quality=QUALITY, optimize=True)
            return file.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None  # what browsers show, and this library does not read
