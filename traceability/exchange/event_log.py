"""Export a whole book from one store and import it into another: one JSON line an event, then the
documents.

    {"log": 2, …}                                                     what this is
    {"seq": 1, "record_ms": …, "deliverer": …, "digest": …, "chain": …, "frozen": {…}, "draft": {…}}
    {"document": "site", "id": "miluo", "versions": [{"group": …, "body": {…}}, …]}
    {"entry": "sign_in", "number": 1, "body": {…}}
    {"end": 53, "chain": …, "documents": 236, "sha256": …}            nothing is missing, nothing was changed

Everything else is derived, so an import replays the events: seq, times, deliverers and the hash chain come out as they
were, or it stops. Both directions stream, and go on where they were interrupted. Without ``private`` the log holds no
accounts, parties and vehicles; events name them by id only.
"""

import codecs
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, NamedTuple

from graph import open_store
from graph.records import decode_event, decode_frozen, dump_json, encode_frozen
from graph.store import VERSIONED, Document, Reader, Store, Writer
from traceability.domain.errors import BadInput, EventConflict, EventRejected, NotFound
from traceability.domain.event import Event
from traceability.services.directory.parties import renew_names
from traceability.services.recording.capture import Recorder
from traceability.services.recording.judge import Deliverer
from traceability.wire import canonical, decode_draft, digest, load_draft

VERSION = 2
CHUNK = 1_000  # events a transaction, or a reading

SHARED = (*sorted(VERSIONED), "seed", "tare")
"""Kinds of documents that every log holds: master data, what of the seed was loaded, usual tares."""

PRIVATE = (
    "person", "party", "vehicle", "party_name", "party_met", "photo", "photo_use", "held", "held_closed", "held_wait",
)  # fmt: skip
"""Kinds that may name people, whose photos are whose, and drafts that wait: only in a private log, as a backup is one."""

LEFT_OUT = ("job", "attempts", "known_places", "session", "device", "device_code")
"""Kinds of the running system that mean nothing in another store."""

LOGS = ("sign_in", "clock", "audit")
"""Append-only logs; they name people, so only a private log has them."""

CUT_OFF = ""  # the shape of what is left of a last line
MOST_NESTED = 200  # levels: what Python barely reads here, it might not write from a deeper call

_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""Errors that the system's own code raises where a line's values are not what it would have written."""

Progress = Callable[[int, int], None]
"""Called with (events done, events in all)."""

Line = dict[str, Any]


class Transfer(NamedTuple):
    """The result of an export or import: events, documents, and the head of the book."""

    events: int
    documents: int
    seq: int
    chain: str


class _LogLine(NamedTuple):
    """A line of the log; ``shape`` is its key in ``_SHAPES``."""

    number: int
    shape: str
    line: Line
    raw: bytes


# --- export -------------------------------------------------------------------------------------------------------


def export_log(
    store: Store,
    path: Path,
    *,
    private: bool = False,
    upto_seq: int | None = None,
    progress: Progress | None = None,
) -> Transfer:
    """Write the log to a file, which appears under its name when it is complete. Raises BadInput, OSError.

    An interrupted export left ``<name>.part``; it goes on there, if that is of this book.
    """
    part = path.with_name(path.name + ".part")
    with store.read() as reader:
        head = reader.find_head()
    whole = head.seq if upto_seq is None else min(head.seq, upto_seq)
    with os.fdopen(
        os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8", newline="\n"
    ) as file:
        done, chain = _resume(store, file.buffer, private, whole)
        begun = done
        for events in _chunks(store, done, whole):
            file.writelines(event_line(event) + "\n" for event in events)
            done, chain = events[-1].seq, events[-1].chain
            if progress is not None:
                progress(done, whole)
        documents = 0
        for kind in (*SHARED, *(PRIVATE if private else ())):
            for line in _document_lines(store, kind):
                file.write(line + "\n")
                documents += 1
        for kind in LOGS if private else ():
            file.writelines(line + "\n" for line in _entry_lines(store, kind))
        file.flush()
        with part.open("rb") as written:
            content = file_digest(written, "sha256").hexdigest()
        end = {"end": whole, "chain": chain, "documents": documents, "sha256": content}
        file.write(dump_json(end) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return Transfer(done - begun, documents, done, chain)


def _resume(store: Store, file: Any, private: bool, whole: int) -> tuple[int, str]:
    """Return (the seq that the part file reached, its chain), and cut the file after the last line
    that this book would write."""
    done, chain, end = 0, "", 0
    first = file.readline(1_000)
    upto = _parse(first).get("upto")
    if type(upto) is int and upto <= whole and first == _header(private, upto):
        end = len(first)
        for event in (event for events in _chunks(store, 0, whole) for event in events):
            line = f"{event_line(event)}\n".encode()
            if file.read(len(line)) != line:
                break
            done, chain, end = event.seq, event.chain, end + len(line)
    file.seek(end)
    file.truncate()
    if not end:
        file.write(_header(private, whole))
        file.flush()
    return done, chain


def _header(private: bool, upto: int) -> bytes:
    return dump_json({"log": VERSION, "private": private, "upto": upto}).encode() + b"\n"


def _chunks(store: Store, done: int, whole: int) -> Iterator[list[Event]]:
    while done < whole:
        with store.read() as reader:
            events = [decode_event(row) for row in reader.scan_events(done, CHUNK, whole)]
        done = events[-1].seq
        yield events


def _parse(raw: bytes) -> Line:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def event_line(event: Event) -> str:
    """Return an event as it was first recorded; what corrections made of it follows from them."""
    head = dump_json(
        {
            "seq": event.seq,
            "record_ms": event.record_ms,
            "deliverer": event.deliverer,
            "digest": event.digest,
            "chain": event.chain,
        }
    )
    # The draft's text goes in as it was sent: the digest is of these very letters.
    return f'{head[:-1]},"frozen":{encode_frozen(event.first or event.frozen)},"draft":{event.text}}}'


def _document_lines(store: Store, kind: str) -> Iterator[str]:
    after = ""
    while True:
        with store.read() as reader:
            documents, after = reader.list_documents(kind, after=after)
            lines = [_document_line(reader, document) for document in documents]
        yield from lines
        if not after:
            return


def _entry_lines(store: Store, kind: str) -> Iterator[str]:
    after = 0
    while True:
        with store.read() as reader:
            entries = reader.list_log(kind, after, CHUNK)
        if not entries:
            return
        after = entries[-1].number
        yield from (
            dump_json({"entry": entry.kind, "number": entry.number, "body": entry.body}) for entry in entries
        )


def _document_line(reader: Reader, document: Document) -> str:
    versions = reader.list_versions(document.kind, document.id) if document.kind in VERSIONED else [document]
    bodies = [{"group": version.group, "body": version.body} for version in versions]
    return dump_json({"document": document.kind, "id": document.id, "versions": bodies})


# --- import -------------------------------------------------------------------------------------------------------


def import_log(store: Store, path: Path, *, progress: Progress | None = None) -> Transfer:
    """Restore the events and documents of a log: into an empty store, or one that holds a beginning of the same book.

    Raises BadInput with the line that does not fit: damaged, incomplete, of another book. The whole chunks before it
    stay, so the import can go on with a better file; ``held`` is the seq that they reach. The chain guards the events;
    documents come in only where the digest of the last line is that of the whole file.
    """
    with _adding_last_seq(store), path.open("rb") as file, TemporaryFile() as kept:
        lines = _lines(file)
        header, whole = _read_header(lines)
        with store.read() as reader:
            last_seq = reader.find_head().seq
        if last_seq > whole:
            raise BadInput("log.behind", held=last_seq, upto=whole)
        content = sha256(header.raw)
        events = documents = first_kept = 0
        chunk: list[tuple[int, Line]] = []
        seq, chain = 0, ""
        end: _LogLine | None = None
        for number, shape, line, raw in lines:
            if end is not None or shape == "log" or (shape == "seq" and first_kept):
                raise BadInput("log.damaged", line=number)
            if shape == CUT_OFF:
                break
            if shape == "seq":
                seq, chain = seq + 1, line["chain"]
                if line["seq"] != seq:
                    raise BadInput("log.seq_gap", line=number, seq=line["seq"], expected=seq)
                chunk.append((number, line))
            if chunk and (shape != "seq" or len(chunk) == CHUNK):
                events += _import_chunk(store, chunk, progress, whole)
                chunk = []
            if shape == "end":
                end = _LogLine(number, shape, line, raw)
                continue
            content.update(raw)
            if shape != "seq":
                _check_document_line(number, shape, line)
                kept.write(raw)
                first_kept = first_kept or number
                documents += shape == "document"
        events += _import_chunk(store, chunk, progress, whole)
        if end is None or (end.line["end"], end.line["chain"]) != (seq, chain):
            raise BadInput("log.incomplete", events=seq, upto=whole)
        if end.line["sha256"] != content.hexdigest():
            raise BadInput("log.altered")
        if end.line["documents"] != documents:
            raise BadInput("log.damaged", line=end.number)
        stored = _store_document_lines(store, kept, first_kept)
        if stored:
            store.write(renew_names)  # a log of an older version leads to parties by names as they were typed
        return Transfer(events, stored, seq, chain)


def check_log(path: Path) -> None:
    """Refuse what does not begin as a log. Raises BadInput, OSError; a pipe, which is read only once, is let through."""
    if path.is_file():
        with path.open("rb") as file:
            _read_header(_lines(file))


def _read_header(lines: Iterator[_LogLine]) -> tuple[_LogLine, int]:
    """Return (the header, the seq up to which the log says that it goes)."""
    header = next(lines, None)
    if header is None or header.line.get("log") != VERSION:
        raise BadInput("log.not_a_log", line=1, version=VERSION)
    return header, header.line["upto"]


@contextmanager
def _adding_last_seq(store: Store) -> Iterator[None]:
    try:
        yield
    except BadInput as error:
        with store.read() as reader:
            error.figures["held"] = reader.find_head().seq
        raise


# --- the book as it was -------------------------------------------------------------------------------------------


@contextmanager
def book_at(store: Store, seq: int, progress: Progress | None = None) -> Iterator[Store]:
    """Yield the book at this seq, made again from the log up to there and erased afterwards.

    Raises BadInput, OSError.

    So a figure published then comes out again, whatever was corrected since. Master data are those of today.
    """
    with store.read() as reader:
        head = reader.find_head().seq
    if not 0 < seq <= head:
        raise BadInput("log.no_such_seq", seq=seq, head=head)
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        export_log(store, log, upto_seq=seq)
        past = open_store(f"sqlite:///{folder}/book.db")
        past.migrate()
        import_log(past, log, progress=progress)
        try:
            yield past
        finally:
            past.close()


def _lines(file: IO[bytes]) -> Iterator[_LogLine]:
    for number, raw in enumerate(map(_undo_text_mode, count(), file), 1):
        line = _parse(raw)
        shape = next((name for name in _SHAPES if name in line), "")
        if shape and _has_shape(line, _SHAPES[shape]):
            yield _LogLine(number, shape, line, raw)
        elif number == 1:
            raise BadInput("log.not_a_log", line=number, version=VERSION)
        elif raw.endswith(b"\n"):
            raise BadInput("log.damaged", line=number)
        else:
            yield _LogLine(number, CUT_OFF, {}, raw)


def _undo_text_mode(number: int, raw: bytes) -> bytes:
    """Return a line as it was exported, without what editors and transfers in text mode add.

    That is a byte order mark before the first line and CR before each line's end. Neither can stand
    in a line of JSON, so the digests are those of the log as it was written.
    """
    line = raw if number else raw.removeprefix(codecs.BOM_UTF8)
    return line[:-2] + b"\n" if line.endswith(b"\r\n") else line


_SHAPES: dict[str, dict[str, type]] = {
    "log": {"log": int, "upto": int},
    "seq": {
        "seq": int,
        "record_ms": int,
        "deliverer": str,
        "digest": str,
        "chain": str,
        "frozen": dict,
        "draft": dict,
    },
    "document": {"document": str, "id": str, "versions": list},
    "entry": {"entry": str, "number": int, "body": dict},
    "end": {"end": int, "chain": str, "documents": int, "sha256": str},
}
"""Fields of each kind of line, by the key that tells the kind."""


def _has_shape(line: Line, shape: dict[str, type]) -> bool:
    """Return whether the fields are there, with whole numbers that an engine can hold."""
    values = [line.get(name) for name in shape]
    return all(type(value) is kind for value, kind in zip(values, shape.values(), strict=True)) and all(
        value.bit_length() < 64 for value in values if type(value) is int
    )


def _import_chunk(store: Store, chunk: list[tuple[int, Line]], progress: Progress | None, whole: int) -> int:
    """Add the events that the store does not hold yet; return how many."""
    if not chunk:
        return 0
    added = store.write(lambda writer: _replay(writer, chunk))
    if progress is not None:
        progress(chunk[-1][1]["seq"], whole)
    return added


def _replay(writer: Writer, chunk: list[tuple[int, Line]]) -> int:
    head = writer.find_head()
    stored = writer.find_events_by_seq([line["seq"] for _, line in chunk if line["seq"] <= head.seq])
    recorder = Recorder(writer, Deliverer("import"), 0, replaying=True)
    book = recorder.book
    book.adding = True
    book.seq, book.chain, book.newest_ms = head
    new = []
    for number, line in chunk:
        present = stored.get(line["seq"])
        if present is None:
            new.append((number, line["chain"], _decode(number, line)))
        elif present.chain != line["chain"]:
            raise BadInput("log.other_book", line=number, seq=line["seq"])
    replaying = False
    try:
        recorder.prefetch([event.draft for _, _, event in new])
        replaying = True
        for number, chain, event in new:
            recorder.replay(event)
            if event.chain != chain:
                raise BadInput("log.chain_broken", line=number, seq=event.seq)
        replaying = False
        writer.apply(book.changes)
        recorder.keep_photos(writer)
    except (EventRejected, EventConflict, NotFound, *_MALFORMED) as error:  # no book ever took it in
        raise BadInput("log.damaged", line=number if replaying else _find_malformed(chunk)) from error
    return len(new)


def _find_malformed(chunk: list[tuple[int, Line]]) -> int:
    """Return the first line whose draft nobody could have delivered, else the last."""
    for number, line in chunk:
        try:
            load_draft(line["draft"])
        except (BadInput, *_MALFORMED):
            return number
    return chunk[-1][0]


def _decode(number: int, line: Line) -> Event:
    body = line["draft"]
    try:
        text = canonical(body)
        if digest(text, body.get("schema", 1)) != line["digest"]:
            raise BadInput("log.digest_differs", line=number, seq=line["seq"])
        return Event(
            line["seq"], decode_draft(body), decode_frozen(dump_json(line["frozen"])), line["record_ms"],
            line["deliverer"], text, line["digest"],
        )  # fmt: skip
    except _MALFORMED as error:
        raise BadInput("log.damaged", line=number) from error


def _check_document_line(number: int, shape: str, line: Line) -> None:
    """Refuse a document or entry that no store could hold. Raises BadInput."""
    if line[shape] not in (LOGS if shape == "entry" else (*SHARED, *PRIVATE)):
        raise BadInput("log.unknown_kind", line=number, kind=line[shape])
    nested: Any = line
    try:
        for version in line.get("versions", ()):
            if (type(version["group"]), type(version["body"])) != (str, dict):
                raise TypeError("no group and body")
        for _ in range(MOST_NESTED):
            nested = [nested]
        dump_json(nested).encode()
    except _MALFORMED as error:
        raise BadInput("log.damaged", line=number) from error


def _store_document_lines(store: Store, kept: IO[bytes], first: int) -> int:
    """Store the documents and entries, the first of which stood in this line; return how many
    documents were new."""
    documents = 0
    kept.seek(0)
    for number, raw in enumerate(kept, first):
        line = _parse(raw)
        try:
            if "document" in line:
                documents += _put_versions(store, number, line)
            else:
                _append_entry(store, line)
        except _MALFORMED as error:
            raise BadInput("log.damaged", line=number) from error
    return documents


def _put_versions(store: Store, number: int, line: Line) -> int:
    """Store the versions of a document that are not there yet; return 1 if there were any, else 0."""
    kind, doc_id, versions = line["document"], line["id"], line["versions"]

    def work(writer: Writer) -> int:
        stored = [(one.group, one.body) for one in writer.list_versions(kind, doc_id)]
        wanted = [(one["group"], one["body"]) for one in versions]
        if kind in VERSIONED and wanted[: len(stored)] != stored:
            raise BadInput("log.document_differs", line=number, kind=kind, id=doc_id)
        missing = wanted[len(stored) :] if kind in VERSIONED else [one for one in wanted if [one] != stored]
        for group, body in missing:
            writer.put_document(kind, doc_id, body, group=group)
        return bool(missing)

    return int(store.write(work))


def _append_entry(store: Store, line: Line) -> None:
    def work(writer: Writer) -> None:
        if not writer.list_log(line["entry"], line["number"] - 1, 1):
            writer.append_log(line["entry"], line["body"])

    store.write(work)
