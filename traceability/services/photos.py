"""What may be kept as a photo of a record, and what kind of picture a kept one is."""

from graph.blobs import Blobs
from traceability.domain.errors import BadInput, NotFound

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
BYTES_PER_MB = 1024 * 1024


def kind_of(content: bytes) -> str:
    """The media type of a picture that every browser shows; '' of anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS if content.startswith(start)), "")


def keep_photo(blobs: Blobs, content: bytes, name: str) -> str:
    """Store a photo and return its SHA-256. Raises BadInput where it is too large or no photo, StoreError."""
    if len(content) > blobs.max_bytes:
        raise BadInput("photo.too_large", name=name, most=blobs.max_bytes // BYTES_PER_MB)
    if not kind_of(content):
        raise BadInput("photo.not_a_photo", name=name)
    return blobs.put(content)


def find_photo(blobs: Blobs, digest: str) -> tuple[bytes, str]:
    """(content, media type). Raises NotFound, also for a blob that is no photo."""
    content = blobs.get(digest)
    kind = kind_of(content)
    if not kind:
        raise NotFound("blob.unknown", sha256=digest)
    return content, kind
