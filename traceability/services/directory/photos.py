"""Store the photos of records and tell their media types."""

import re
from typing import NamedTuple

from graph.blobs import Blobs
from traceability.domain.errors import BadInput, NotFound

BYTES_PER_MB = 1024 * 1024


class PictureFormat(NamedTuple):
    """A kind of picture that every browser shows: its name for people, its media type, how a file of it begins."""

    name: str
    media: str
    start: re.Pattern[bytes]


KINDS = (
    PictureFormat("JPEG", "image/jpeg", re.compile(rb"\xff\xd8\xff")),
    PictureFormat("PNG", "image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    PictureFormat("WebP", "image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)
"""The formats accepted. Phones that take HEIC turn it into JPEG where only these are asked for."""
NAMES = " / ".join(kind.name for kind in KINDS)


def kind_of(content: bytes) -> str:
    """Return the media type of a photo; '' of anything else."""
    return next((kind.media for kind in KINDS if kind.start.match(content)), "")


def keep_photo(blobs: Blobs, content: bytes, name: str) -> str:
    """Store a photo and return its SHA-256. Raises BadInput if too large or no photo, StoreError."""
    if len(content) > blobs.max_bytes:
        raise BadInput("photo.too_large", name=name, most=blobs.max_bytes // BYTES_PER_MB)
    if not kind_of(content):
        raise BadInput("photo.not_a_photo", name=name, kinds=NAMES)
    return blobs.put(content)


def find_photo(blobs: Blobs, digest: str) -> tuple[bytes, str]:
    """Return (content, media type). Raises NotFound, also for a blob that is no photo."""
    content = blobs.get(digest)
    kind = kind_of(content)
    if not kind:
        raise NotFound("blob.unknown", sha256=digest)
    return content, kind
