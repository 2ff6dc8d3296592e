"""Back up a whole store into one archive, photos included, while people work, and restore it.

A tar file: ``manifest.json`` first, then ``book.db`` (SQLite: the engine's own copy) or ``book.log`` (Neo4j: the log,
from which everything else is derived again), then ``blobs/…``. Either is restored into either engine.

What goes into an archive is checked before: the engine's own check, every table, the newest signed heads, every photo. An
unsound book is refused, as the archives before it are worth more than one that replaces them; ``damaged`` keeps it all the
same, for whoever is to examine it. The newest signed heads go with the archive, and a restored book has to hold them.
"""

import fcntl
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import escape as glob_escape
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from graph import open_store
from graph.blobs import digest_of_file, sync
from graph.store import Head, Store, Writer
from traceability.domain.errors import BadInput, TraceabilityError
from traceability.services.directory import audit
from traceability.services.directory.sessions import end_everything
from traceability.services.upkeep.check import DAMAGE_ERRORS, CheckReport, Finding, check_book
from traceability.services.upkeep.check.photos import MISSING
from traceability.services.upkeep.check.signatures import check_signatures
from traceability.services.upkeep.rebuild import (
    check_vacant,
    close_for_restore,
    open_restored,
    rebuild,
)
from traceability.services.upkeep.signed_heads import (
    BookState,
    SignatureState,
    SignedHead,
    check_signature,
    compare_head,
    decode_head,
    find_chains,
    list_bodies,
)

VERSION = 1
MANIFEST, COPY, LOG, BLOBS = "manifest.json", "book.db", "book.log", "blobs/"

STATED = {"backup": int, "seq": int, "chain": str, "book": str, "sha256": str, "blobs": int}
LONGEST_MANIFEST = 10_000  # bytes
HEADS_KEPT = 10  # the newest signed ones go into an archive
UNNAMED = "archive.tar"
UNFINISHED = ".backup-"  # how the folder of an archive that is being made begins
ATTEMPTS = 3  # checks of a book that others write meanwhile

LogWriter = Callable[[Store, Path], object]
"""Writes the whole log with everything private to a file."""

LogReader = Callable[[Store, Path], object]
"""Replays such a file into an empty store."""


Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""


class Archive(NamedTuple):
    """The contents of an archive: the head of the book when it was made, and the number of blobs.

    ``signed`` is the newest signed head in it, ``findings`` what was wrong with the book that was archived all the same: a
    photo is missing, or, asked for, anything.
    """

    seq: int
    chain: str
    blobs: int
    size: int
    signed: str = ""
    findings: tuple[Finding, ...] = ()


class UnsoundBook(TraceabilityError):
    """The book is damaged, or not what was signed: ``findings`` say where. No archive was made."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("backup.unsound", count=len(findings))
        self.findings = findings


class RestoreTerms(NamedTuple):
    """The terms on which an archive is restored.

    ``kept`` are the signed heads that the administrator has, ``trusted`` the public keys whose signatures count. With
    ``damaged`` a book is restored that was archived as unsound, or that signed heads speak against.
    """

    now_ms: int = 0
    kept: Sequence[SignedHead] = ()
    trusted: Collection[str] = ()
    damaged: bool = False


_USUAL_TERMS = RestoreTerms()


def back_up(
    store: Store,
    path: Path,
    blobs: Path | None,
    write_log: LogWriter,
    progress: Progress | None = None,
    *,
    heads: Sequence[SignedHead] = (),
    damaged: bool = False,
    processes: int = 1,
) -> Archive:
    """Check the book, and write an archive that only its owner can read; it appears under its name when complete.

    ``heads`` are the signed heads that the book must contain; the newest go into the archive.

    Raises UnsoundBook where anything is found (but missing photos), unless a ``damaged`` book is to be kept too; StoreError,
    OSError.

    Events that are recorded meanwhile are not in it, nor are they disturbed.
    """
    heads = heads[-HEADS_KEPT:]
    with _backup_folder(path.parent) as folder:
        part = folder / UNNAMED
        if _sqlite_path(store) is not None:
            book = folder / COPY
            store.backup(book)
            checked = open_store(f"sqlite:///{book}")  # which nobody writes
        else:
            book = folder / LOG
            checked = store
        # Listed after the book was copied: every blob that the copy speaks of and that had arrived is among them.
        stored = _digest_blobs(blobs) if blobs is not None else {}
        findings = _check(checked, heads, stored if blobs is not None else None, processes)
        if not damaged and any(finding.code != MISSING for finding in findings):
            raise UnsoundBook(findings)
        if checked is store:
            try:
                write_log(store, book)
            except DAMAGE_ERRORS as error:
                raise UnsoundBook([*findings, Finding("check.unreadable", "log", repr(error), "")]) from error
            head = _log_head(book)
        else:
            head = _head(checked)
        photos = sorted(photo for photo, digest in stored.items() if digest == photo.name)
        manifest = {
            "backup": VERSION,
            "seq": head.seq,
            "chain": head.chain,
            "book": book.name,
            "sha256": digest_of_file(book),
            "blobs": len(photos),
            **({"heads": list_bodies(heads)} if heads else {}),
            **({"damaged": True} if any(finding.code != MISSING for finding in findings) else {}),
        }
        whole = book.stat().st_size + sum(photo.stat().st_size for photo in photos)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                raw = json.dumps(manifest).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(raw)
                archive.addfile(entry, io.BytesIO(raw))
                done = 0
                for source, inside in (
                    (book, book.name),
                    *((photo, BLOBS + photo.relative_to(blobs).as_posix()) for photo in photos if blobs),
                ):
                    done += _add(archive, source, inside)
                    if progress is not None:
                        progress(done, whole)
            file.flush()
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.replace(path)
        sync(path.parent)
    return Archive(head.seq, head.chain, len(photos), size, _name_newest(heads), tuple(findings))


@contextmanager
def _backup_folder(parent: Path) -> Iterator[Path]:
    """Yield a folder for an archive that is not complete yet; what backups that were killed left there is removed.

    A backup holds the lock of its folder. Where a file system knows no such locks, what is left stays.
    """
    whole = os.open(parent, os.O_RDONLY)
    try:
        if _hold(whole):
            for left in parent.glob(f"{UNFINISHED}*"):
                _remove_if_free(left)
        temporary = TemporaryDirectory(dir=parent, prefix=UNFINISHED)
        own = os.open(temporary.name, os.O_RDONLY)
        _hold(own)
    finally:
        os.close(whole)
    try:
        with temporary as name:
            yield Path(name)
    finally:
        os.close(own)


def _remove_if_free(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        if _hold(handle):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _hold(handle: int) -> bool:
    """Take the lock of an open folder, if nobody holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _name_newest(heads: Sequence[SignedHead]) -> str:
    return str(heads[-1]) if heads else ""


def _check(
    store: Store, heads: Sequence[SignedHead], stored: Mapping[Path, str] | None, processes: int
) -> list[Finding]:
    """Return what is wrong with the book, with what is stored as photos, and between it and the signed heads.

    Of a server's book that is written meanwhile, only what several checks find alike is wrong for certain.
    """
    digests = {photo.name: digest for photo, digest in stored.items()} if stored is not None else None
    expected = [*dict.fromkeys((1, head.book) for head in heads), *((head.seq, head.chain) for head in heads)]
    certain: list[Finding] | None = None
    for _ in range(ATTEMPTS):
        report = check_book(store, processes, None, expected, digests.get if digests is not None else None)
        found = report.findings
        certain = found if certain is None else [finding for finding in certain if finding in found]
        if not report.moved:
            certain = found
            break
    signatures = CheckReport()
    check_signatures(heads, (), signatures)
    return [*(certain or []), *signatures.findings]


def _digest_blobs(folder: Path) -> dict[Path, str]:
    """Return the SHA-256 of what is stored as each blob, '' where it cannot be read."""
    digests = {}
    for path in _list_blobs(folder):
        try:
            digests[path] = digest_of_file(path)
        except FileNotFoundError:  # erased meanwhile
            continue
        except OSError:
            digests[path] = ""
    return digests


def _add(archive: tarfile.TarFile, source: Path, inside: str) -> int:
    with source.open("rb") as file:
        entry = tarfile.TarInfo(inside)
        entry.size = os.fstat(file.fileno()).st_size
        entry.mtime = int(os.fstat(file.fileno()).st_mtime)
        entry.mode = 0o600
        archive.addfile(entry, file)
    return entry.size


def _list_blobs(folder: Path) -> list[Path]:
    """Return complete blobs: files named by their SHA-256, at any depth."""
    return [path for path in folder.rglob("*") if _is_digest(path.name) and path.is_file()]


def _is_digest(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _head(store: Store) -> Head:
    try:
        with store.read() as reader:
            return reader.find_head()
    finally:
        store.close()


def _log_head(path: Path) -> Head:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        end = json.loads(file.read().splitlines()[-1])
    return Head(end["end"], end["chain"])


def restore(
    store: Store,
    path: Path,
    blobs: Path,
    write_log: LogWriter,
    read_log: LogReader,
    progress: Progress | None = None,
    terms: RestoreTerms = _USUAL_TERMS,
) -> Archive:
    """Restore an archive into a store that does not exist yet, or (Neo4j) holds no events.

    Nobody is signed in afterwards, and no token or device is known: an archive is older than whatever was revoked since.

    It may be killed at any time and repeated: until its end there is no book, or (Neo4j) one that says that it is
    being restored.

    Raises BadInput for a damaged archive and for one that signed heads speak against, WriteConflict for a store in use, StoreError, OSError.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            manifest, inside = _read_manifest(archive)
            heads = _read_heads(manifest)
            if not terms.damaged:
                _check_terms(manifest, heads, terms)
            with store.hold_vacant(), _temporary_folder(store) as folder:
                if _sqlite_path(store) is None:
                    with store.read() as reader:
                        check_vacant(reader)
                book = folder / inside.name
                _extract(archive, inside, book)
                if digest_of_file(book) != manifest["sha256"]:
                    raise tarfile.ReadError("the book is not as it was put in")
                count = 0
                while (entry := archive.next()) is not None:
                    _put_blob(archive, entry, blobs)
                    count += 1
                    if progress is not None:
                        progress(file.tell(), size)
                if count != manifest["blobs"]:
                    raise tarfile.ReadError("photos are missing")
                _sync_folders(blobs)
                # Last, so that a book that opens has all its photos, and a restore that broke off can be repeated.
                _bring_back(store, book, manifest, write_log, read_log, heads, terms)
    except tarfile.TarError as error:
        raise BadInput("backup.damaged", file=path.name) from error
    return Archive(manifest["seq"], manifest["chain"], count, size, _name_newest(heads))


def _read_heads(manifest: dict[str, Any]) -> list[SignedHead]:
    bodies = manifest.get("heads", [])
    if not isinstance(bodies, list) or len(bodies) > HEADS_KEPT:
        raise tarfile.ReadError("the manifest does not hold its heads")
    try:
        return [decode_head(body) for body in bodies]
    except BadInput as error:
        raise tarfile.ReadError("a head of the manifest is none") from error


def _check_terms(manifest: dict[str, Any], heads: Sequence[SignedHead], terms: RestoreTerms) -> None:
    """Refuse an archive that was made of an unsound book, or whose signed heads nobody who is trusted signed."""
    if manifest.get("damaged"):
        raise BadInput("backup.of_unsound")
    for head in heads:
        state = check_signature(head, terms.trusted)
        if state is SignatureState.WRONG or (terms.trusted and state is SignatureState.UNKNOWN_KEY):
            raise BadInput("backup.head_unsigned", head=str(head), key=head.key)


def _compare_heads(
    find: Callable[[Collection[int]], Mapping[int, str]], heads: Sequence[SignedHead], terms: RestoreTerms
) -> None:
    """Refuse a book without what was signed: of heads in its archive all, of those kept here all up to its end."""
    if terms.damaged or not (heads or terms.kept):
        return
    chains = find({1, *(head.seq for head in (*heads, *terms.kept))})
    for head in (*heads, *terms.kept):
        state = compare_head(chains, head)
        is_newer = state is BookState.BEYOND and head not in heads
        if state is not BookState.CONTAINED and not is_newer:
            raise BadInput(f"backup.head_{state}", head=str(head))


def _chains_of_log(log: Path, seqs: Collection[int]) -> dict[int, str]:
    """Return the chains that a log states of events; whether they are true its replay finds out."""
    found: dict[int, str] = {}
    with log.open("rb") as file:
        for line in file:
            if not line.startswith(b'{"seq":'):
                continue
            try:
                body = json.loads(line)
                if body["seq"] in seqs:
                    found[body["seq"]] = body["chain"]
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                raise tarfile.ReadError("a line of the log is none") from error
    return found


def _sync_folders(blobs: Path) -> None:
    """Make the names of the photos durable."""
    if blobs.is_dir():
        for folder in (blobs, *(path for path in blobs.rglob("*") if path.is_dir())):
            sync(folder)


def _put_blob(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    """Store a blob where it was, if its content is what its name says.

    One that is there already stays, if it is whole.
    """
    inside = PurePosixPath(entry.name.removeprefix(BLOBS))
    source = archive.extractfile(entry)
    plain = all(part.isalnum() and part.isascii() for part in inside.parts)
    if source is None or not entry.name.startswith(BLOBS) or not plain or not _is_digest(inside.name):
        raise tarfile.ReadError("no blob")
    target = folder / inside
    if target.exists() and digest_of_file(target) == inside.name:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    digest = sha256()
    try:
        with part.open("wb") as file:
            while piece := source.read(1 << 20):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != inside.name:
            raise tarfile.ReadError("a blob is not what its name says")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _read_manifest(archive: tarfile.TarFile) -> tuple[dict[str, Any], tarfile.TarInfo]:
    """Return (the manifest, the entry of its book)."""
    first, inside = archive.next(), archive.next()
    source = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if source is None or inside is None:
        raise tarfile.ReadError("no manifest")
    try:
        manifest = json.loads(source.read(LONGEST_MANIFEST))
    except (ValueError, RecursionError) as error:
        raise tarfile.ReadError("the manifest is no JSON") from error
    version = manifest.get("backup") if isinstance(manifest, dict) else None
    if type(version) is int and version > VERSION:
        raise BadInput("backup.newer", version=version, known=VERSION)
    if version != VERSION or any(type(manifest.get(name)) is not kind for name, kind in STATED.items()):
        raise tarfile.ReadError("the manifest does not say what is inside")
    if inside.name != manifest["book"] or inside.name not in (COPY, LOG):
        raise tarfile.ReadError("another book than the manifest names")
    return manifest, inside


def _sqlite_path(store: Store) -> Path | None:
    """Return the file of an embedded store."""
    scheme = "sqlite:///"
    return Path(store.url.removeprefix(scheme)) if store.url.startswith(scheme) else None


@contextmanager
def _temporary_folder(store: Store) -> Iterator[Path]:
    """Yield a folder for temporary files: beside an embedded store, so that a copy takes its place by renaming.

    What a restore that was killed left there is removed: its place is held, so nobody else restores the book.
    """
    path = _sqlite_path(store)
    if path is None:
        with TemporaryDirectory() as name:
            yield Path(name)
        return
    prefix = f".restore-{path.name}-"
    for left in path.parent.glob(glob_escape(prefix) + "*"):
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=path.parent, prefix=prefix) as name:
        yield Path(name)


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, to: Path) -> None:
    source = archive.extractfile(entry)
    if source is None:
        raise tarfile.ReadError("the book is no file")
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())


def _bring_back(
    store: Store,
    book: Path,
    manifest: dict[str, Any],
    write_log: LogWriter,
    read_log: LogReader,
    heads: Sequence[SignedHead],
    terms: RestoreTerms,
) -> None:
    path = _sqlite_path(store)
    log = book.with_name(LOG)
    if book.name == COPY:
        copy = open_store(f"sqlite:///{book}")
        stale = copy.migrate()
        if _head(copy)[:2] != _stated_head(manifest):
            raise tarfile.ReadError("the copy is another book than the manifest names")
        with copy.read() as reader:
            _compare_heads(lambda seqs: find_chains(reader, seqs), heads, terms)
        if path is not None and stale:
            rebuild(copy)
        if path is not None:
            _sign_everybody_out(copy, manifest, terms)
        if path is None:
            write_log(copy, log)
        copy.close()
    else:
        _compare_heads(lambda seqs: _chains_of_log(log, seqs), heads, terms)
    if path is None:
        close_for_restore(store)
        _replay(store, log, manifest, read_log)
        _sign_everybody_out(store, manifest, terms)
        open_restored(store)
        return
    if book.name == LOG:
        book = book.with_name(COPY)
        new = open_store(f"sqlite:///{book}")
        new.migrate()
        _replay(new, log, manifest, read_log)
        _sign_everybody_out(new, manifest, terms)
        new.close()
    assert not book.with_name(book.name + "-wal").exists(), "a book that is closed stands in its file alone"
    sync(book)
    book.rename(path)
    sync(path.parent)


def _sign_everybody_out(store: Store, manifest: dict[str, Any], terms: RestoreTerms) -> None:
    """End what the archive would bring back to life, and note in the audit log that the book was restored."""
    head = f"{manifest['seq']}:{manifest['chain']}"
    actor = audit.Actor("", terms.now_ms, audit.CONSOLE)

    def work(writer: Writer) -> None:
        end_everything(writer)
        audit.note(writer, actor.entry(audit.AuditAction.RESTORE, "book", head))

    store.write(work)


def _replay(store: Store, log: Path, manifest: dict[str, Any], read_log: LogReader) -> None:
    read_log(store, log)
    with store.read() as reader:
        if reader.find_head()[:2] != _stated_head(manifest):
            raise tarfile.ReadError("the log is another book than the manifest names")


def _stated_head(manifest: dict[str, Any]) -> tuple[int, str]:
    return manifest["seq"], manifest["chain"]
