"""Compare the photos that events name with what is stored under their digests."""

import json
from collections.abc import Callable, Iterator, Mapping

from traceability.domain.errors import StoreError
from traceability.domain.event import Correction, Draft, Event
from traceability.services.upkeep.check.findings import CheckReport
from traceability.wire import decode_draft

PhotoReader = Callable[[str], str | None]
"""Returns the SHA-256 of what is stored under a digest now, None where nothing is. Raises StoreError."""

MISSING = "check.photo_missing"


def list_photos(event: Event) -> Iterator[tuple[str, str]]:
    """Yield (digest, event) of every photo that an event names, in its first version too; a correction names
    those of its replacements."""
    yield from ((photo, event.id) for photo in _stated(event.draft))
    if event.revisions:
        yield from ((photo, event.id) for photo in _stated(decode_draft(json.loads(event.text))))
    if isinstance(event.draft.detail, Correction):
        for target in event.draft.detail.targets:
            if target.draft is not None:
                yield from ((photo, target.event) for photo in _stated(target.draft))


def _stated(draft: Draft) -> tuple[str, ...]:
    photos: tuple[str, ...] = getattr(draft.detail, "photos", ())
    return photos


def check_photos(photos: Mapping[str, str], read: PhotoReader, report: CheckReport) -> None:
    """Report each photo, by its digest and the event that names it, that is missing or no longer what was taken."""
    for photo, event in sorted(photos.items()):
        try:
            found = read(photo)
        except StoreError as error:
            report.note("check.photo_damaged", event, error.figures.get("reason", error.code), photo)
            continue
        if found is None:
            report.note(MISSING, event, None, photo)
        elif found != photo:
            report.note("check.photo_damaged", event, found, photo)
    report.photos = len(photos)
