"""How drafts in a file come through the front door: in batches of 200, with a result for every row.

A file is JSON lines (one draft a line; streamed), a JSON array of drafts, or ``{"events": [...]}``. Loading it again is
harmless: every event goes by its id and is answered with its first receipt, so an interrupted load is begun again.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from graph.store import Store
from traceability.domain.errors import BadDraft, BadInput, FieldError, TraceabilityError
from traceability.domain.event import Draft
from traceability.services.capture import MOST_EVENTS, Deliverer, Receipt, capture_batch
from traceability.wire import MAX_DRAFT_BYTES, load_draft, read_json

MOST_BYTES = 200_000_000  # of an array, which is read whole; JSON lines have no limit

Row = tuple[int, object]
"""(line, or place in the array, both from 1; what stands there, or the error of reading it)."""

Clock = Callable[[], int]


def load_file(
    store: Store,
    path: Path,
    deliverer: Deliverer,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, Receipt]]:
    """Load a file, yielding (row, receipt); progress is in bytes. Raises BadInput, StoreError, OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for result in load_rows(store, read_rows(file), deliverer, clock):
            if progress is not None:
                progress(file.tell(), size)
            yield result


def load_rows(
    store: Store, rows: Iterable[Row], deliverer: Deliverer, clock: Clock
) -> Iterator[tuple[int, Receipt]]:
    """Record the drafts of rows, a batch at a time, yielding (row, receipt) as each batch is committed."""
    stream = iter(rows)
    while batch := [(number, _draft(body)) for number, body in islice(stream, MOST_EVENTS)]:
        receipts = capture_batch(store, [draft for _, draft in batch], deliverer, clock(), downstream=None)
        yield from ((number, receipt) for (number, _), receipt in zip(batch, receipts, strict=True))


def _draft(body: object) -> Draft | BadDraft:
    try:
        if isinstance(body, TraceabilityError):
            raise body
        return load_draft(body)
    except BadDraft as error:
        return error
    except BadInput as error:
        return BadDraft([FieldError("", error.code, error.figures)])


def read_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file; a line that cannot be read stands as its error. Raises BadInput for a broken array."""
    start = file.readline()
    if not _is_line(start):
        yield from _read_whole(start + file.read(MOST_BYTES))
        return
    number = 0
    line = start
    while line:
        number += 1
        if line.strip():
            yield number, _read_line(line)
        line = file.readline()


def _is_line(start: bytes) -> bool:
    """Whether the first line is a draft by itself."""
    found = _read_line(start)
    return isinstance(found, BadDraft) or (isinstance(found, dict) and "events" not in found)


def _read_line(line: bytes) -> object:
    try:
        return read_json(line, MAX_DRAFT_BYTES)
    except BadInput as error:
        return error


def _read_whole(raw: bytes) -> Iterator[Row]:
    body = read_json(raw, MOST_BYTES)
    if isinstance(body, dict):
        body = body.get("events", [body])
    if not isinstance(body, list):
        raise BadInput("load.no_drafts", shape='{"events": [...]}')
    yield from enumerate(body, 1)
