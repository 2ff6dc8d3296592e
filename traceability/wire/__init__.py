"""Read and write events as JSON: schemas, canonical form, upcasters (floor 1).

    bytes ── read_json ──▶ body ── load_draft, load_batch ──▶ Draft ── draft_text ──▶ stored text, digest
                                                              ▲                          │
                                                              └──── decode_draft ◀───────┘

``load_draft`` validates what a client sends and names every field at fault; ``decode_draft`` reads what was stored.
"""

from traceability.wire.canonical import canonical, content_digest, digest
from traceability.wire.draft import (
    MAX_EVENTS,
    decode_draft,
    draft_text,
    dump_draft,
    load_batch,
    load_draft,
)
from traceability.wire.queue import is_queue, load_queue
from traceability.wire.reading import MAX_DRAFT_BYTES, MAX_MESSAGE_BYTES, read_json
from traceability.wire.upcast import upcast

__all__ = [
    "MAX_DRAFT_BYTES",
    "MAX_EVENTS",
    "MAX_MESSAGE_BYTES",
    "canonical",
    "content_digest",
    "decode_draft",
    "digest",
    "draft_text",
    "dump_draft",
    "is_queue",
    "load_batch",
    "load_draft",
    "load_queue",
    "read_json",
    "upcast",
]
