"""Load the drafts of a file through the front door, in batches of 200, with a result for every row.

A file is JSON lines (one draft a line; streamed), a JSON array of drafts, or ``{"events": [...]}``. Loading it again is
harmless: every event goes by its id and is answered with its first receipt, so an interrupted load is begun again.
A second process may read the next batches while one batch is decided and stored here.
"""

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain, islice
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import IO, NamedTuple

from graph.store import Store
from traceability.domain.errors import BadDraft, BadInput, FieldError
from traceability.domain.event import Draft
from traceability.services.recording.capture import (
    MOST_EVENTS,
    CanonicalDraft,
    Receipt,
    canonical_draft,
    capture_batch,
)
from traceability.services.recording.judge import Deliverer
from traceability.wire import MAX_DRAFT_BYTES, load_draft, read_json

MOST_BYTES = 200_000_000  # of an array, which is read whole; JSON lines have no limit
LONG = 300_000  # bytes of a file from which on a second process is worth its start

Row = tuple[int, object]
"""(line, or place in the array, both from 1; the line's bytes, or the body that stands there)."""

Clock = Callable[[], int]


class Batch(NamedTuple):
    """A batch of rows that were read: each row's number, its draft or error, and the draft as it is
    stored.

    ``end`` is the byte of the file where they end.
    """

    rows: list[tuple[int, Draft | BadDraft, CanonicalDraft | None]]
    end: int = 0


def load_file(
    store: Store,
    path: Path,
    deliverer: Deliverer,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> Generator[tuple[int, Receipt], None, None]:
    """Load a file, yielding (row, receipt); progress is in bytes recorded. Raises BadInput, StoreError, OSError."""
    size = path.stat().st_size if path.is_file() else 0  # a pipe has no size, and can be read only once
    for batch in _read_in_second_process(path) if processes > 1 and size >= LONG else read_batches(path):
        yield from _record(store, batch, deliverer, clock)
        if progress is not None:
            progress(batch.end, size)


def load_rows(
    store: Store, rows: Iterable[Row], deliverer: Deliverer, clock: Clock
) -> Iterator[tuple[int, Receipt]]:
    """Record the drafts of rows, a batch at a time, yielding (row, receipt) as each batch is committed."""
    stream = iter(rows)
    while batch := [(number, *_draft(found)) for number, found in islice(stream, MOST_EVENTS)]:
        yield from _record(store, Batch(batch), deliverer, clock)


def _record(store: Store, batch: Batch, deliverer: Deliverer, clock: Clock) -> Iterator[tuple[int, Receipt]]:
    numbers, drafts, copies = zip(*batch.rows, strict=True)
    receipts = capture_batch(store, drafts, deliverer, clock(), downstream=None, copies=copies)
    yield from zip(numbers, receipts, strict=True)


# --- reading beside -----------------------------------------------------------------------------------------------

_READER = "from traceability.exchange.drafts import send_batches; send_batches()"


def _read_in_second_process(path: Path) -> Iterator[Batch]:
    """Yield the batches that a second process reads, always one ahead.

    Should that process be killed, for want of memory say, this one reads on.

    It is of a session of its own, so Ctrl-C is for this process alone, and it ends as soon as nobody reads what it says.
    """
    ours, theirs = os.pipe()
    with Connection(ours, writable=False) as batches:
        try:
            reader = Popen(
                [sys.executable, "-c", _READER, str(path)],
                stdin=DEVNULL,
                stdout=theirs,
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        passed = 0
        try:
            while True:
                try:
                    batch = batches.recv()
                except (EOFError, OSError):
                    yield from read_batches(path, passed)
                    return
                if batch is None:
                    return
                if isinstance(batch, BadInput):
                    raise batch
                yield batch
                passed += len(batch.rows)
        finally:
            reader.kill()
            reader.wait()


def send_batches() -> None:
    """Write the batches of the file that the first argument names to standard output: the second
    process."""
    with Connection(sys.stdout.fileno(), readable=False) as out:
        try:
            for batch in read_batches(Path(sys.argv[1])):
                out.send(batch)
            out.send(None)
        except BadInput as error:
            out.send(error)
        except OSError:
            return  # the file is gone, which the first process finds out itself, or that process is


# --- reading ------------------------------------------------------------------------------------------------------


def read_batches(path: Path, passed: int = 0) -> Iterator[Batch]:
    """Yield the batches of a file, without the first ``passed`` rows.

    A row that cannot be read stands as its error.

    Raises BadInput for a broken array.
    """
    with path.open("rb") as file:
        rows = islice(read_rows(file), passed, None)
        while batch := list(islice(rows, MOST_EVENTS)):
            yield Batch([(number, *_draft(value)) for number, value, _ in batch], batch[-1][2])


def _draft(value: object) -> tuple[Draft | BadDraft, CanonicalDraft | None]:
    try:
        draft = load_draft(read_json(value, MAX_DRAFT_BYTES) if isinstance(value, bytes) else value)
    except BadDraft as error:
        return error, None
    except BadInput as error:
        return BadDraft([FieldError("", error.code, error.figures)]), None
    return draft, canonical_draft(draft)


def read_rows(file: IO[bytes]) -> Iterator[tuple[int, object, int]]:
    """Yield (number, value, the byte where it ends) for each row of a file.

    Raises BadInput for a broken array.
    """
    start = _read_start(file)
    if not any(map(_is_line, start)):
        whole = b"".join(start) + file.read(MOST_BYTES)
        yield from ((number, body, len(whole)) for number, body in enumerate(_read_whole(whole), 1))
        return
    end = 0
    for number, line in enumerate(chain(start, iter(file.readline, b"")), 1):
        end += len(line)
        if line.strip():
            yield number, line, end


def _read_start(file: IO[bytes]) -> list[bytes]:
    """Return the lines up to the second that is not empty: a broken first one need not hide that
    the others are drafts."""
    lines, filled = [], 0
    while filled < 2 and (line := file.readline()):
        lines.append(line)
        filled += bool(line.strip())
    return lines


def _is_line(line: bytes) -> bool:
    """Return whether a line is a draft by itself, be it a malformed one."""
    if not line.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return False
    try:
        value = read_json(line, MAX_DRAFT_BYTES)
    except BadDraft:
        return b'"events"' not in line
    except BadInput:
        return False
    return isinstance(value, dict) and "events" not in value


def _read_whole(raw: bytes) -> list[object]:
    body = read_json(raw, MOST_BYTES)
    if isinstance(body, dict):
        body = body.get("events", [body])
    if not isinstance(body, list):
        raise BadInput("load.no_drafts", shape='{"events": [...]}')
    return body
