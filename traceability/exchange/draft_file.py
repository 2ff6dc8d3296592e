"""How drafts in a file come through the front door: in batches of 200, with a result for every row.

A file is JSON lines (one draft a line; streamed), a JSON array of drafts, or ``{"events": [...]}``. Loading it again is
harmless: every event goes by its id and is answered with its first receipt, so an interrupted load is begun again.
With a second process the drafts of the next batches are read there while one batch is decided and stored here.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO

from graph.store import Store
from traceability.domain.errors import BadDraft, BadInput, FieldError
from traceability.domain.event import Draft
from traceability.services.capture import MOST_EVENTS, Deliverer, FairCopy, Receipt, capture_batch, fair_copy
from traceability.wire import MAX_DRAFT_BYTES, load_draft, read_json

MOST_BYTES = 200_000_000  # of an array, which is read whole; JSON lines have no limit
AHEAD = 3  # batches that are read beforehand

Row = tuple[int, object]
"""(line, or place in the array, both from 1; the line's bytes, or the body that stands there)."""

Read = list[tuple[int, Draft | BadDraft, FairCopy | None]]
"""A batch of rows: the number of each, its draft or what is wrong with it, the draft as it is stored."""

Clock = Callable[[], int]


def load_file(
    store: Store,
    path: Path,
    deliverer: Deliverer,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> Iterator[tuple[int, Receipt]]:
    """Load a file, yielding (row, receipt); progress is in bytes. Raises BadInput, StoreError, OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for result in load_rows(store, read_rows(file), deliverer, clock, processes):
            if progress is not None:
                progress(file.tell(), size)
            yield result


def load_rows(
    store: Store, rows: Iterable[Row], deliverer: Deliverer, clock: Clock, processes: int = 1
) -> Iterator[tuple[int, Receipt]]:
    """Record the drafts of rows, a batch at a time, yielding (row, receipt) as each batch is committed."""
    stream = iter(rows)
    batches = iter(lambda: list(islice(stream, MOST_EVENTS)), [])
    for batch in _read_ahead(batches) if processes > 1 else map(read_batch, batches):
        numbers, drafts, copies = zip(*batch, strict=True)
        receipts = capture_batch(store, drafts, deliverer, clock(), downstream=None, copies=copies)
        yield from zip(numbers, receipts, strict=True)


def _read_ahead(batches: Iterator[list[Row]]) -> Iterator[Read]:
    yield from map(read_batch, islice(batches, 1))  # for few rows another process is not worth its start
    following = list(islice(batches, AHEAD))
    if not following:
        return
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        reading = deque(pool.submit(read_batch, batch) for batch in following)
        while reading:
            yield reading.popleft().result()
            reading.extend(pool.submit(read_batch, batch) for batch in islice(batches, 1))


def read_batch(rows: list[Row]) -> Read:
    """The drafts of rows; one that cannot be read stands as its error."""
    return [(number, *_draft(found)) for number, found in rows]


def _draft(found: object) -> tuple[Draft | BadDraft, FairCopy | None]:
    try:
        draft = load_draft(read_json(found, MAX_DRAFT_BYTES) if isinstance(found, bytes) else found)
    except BadDraft as error:
        return error, None
    except BadInput as error:
        return BadDraft([FieldError("", error.code, error.figures)]), None
    return draft, fair_copy(draft)


def read_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file. Raises BadInput for a broken array."""
    start = file.readline()
    if not _is_line(start):
        yield from _read_whole(start + file.read(MOST_BYTES))
        return
    number = 0
    line = start
    while line:
        number += 1
        if line.strip():
            yield number, line
        line = file.readline()


def _is_line(start: bytes) -> bool:
    """Whether the first line is a draft by itself."""
    try:
        found = read_json(start, MAX_DRAFT_BYTES)
    except BadDraft:
        return True
    except BadInput:
        return False
    return isinstance(found, dict) and "events" not in found


def _read_whole(raw: bytes) -> Iterator[Row]:
    body = read_json(raw, MOST_BYTES)
    if isinstance(body, dict):
        body = body.get("events", [body])
    if not isinstance(body, list):
        raise BadInput("load.no_drafts", shape='{"events": [...]}')
    yield from enumerate(body, 1)
