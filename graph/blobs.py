"""Store photos and papers in one folder, as files named by their SHA-256 that are never changed."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from traceability.domain.errors import BadInput, NotFound, StoreFull, StoreUnavailable

MAX_BLOB_BYTES = 20 * 1024 * 1024

SMALL = "small"  # the folder of small versions, each under the digest of its picture

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_ACCESS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EEXIST)
"""What a folder answers that is read-only, somebody else's, or not there: no waiting helps."""


class Blobs:
    """A folder of blobs. Several processes and app servers may share it: equal content has an equal
    name.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BLOB_BYTES) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def put(self, content: bytes) -> str:
        """Store the content durably and return its SHA-256; storing it again is fine, and takes as long.

        So nobody learns by the time that somebody else has it, and what lay there half is whole again.
        Raises BadInput when it is too large, StoreFull without room; neither leaves anything behind.
        """
        if len(content) > self.max_bytes:
            raise BadInput("blob.too_large", bytes=len(content), most=self.max_bytes)
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / digest
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(path, content)
        except OSError as error:
            raise self.fault_of(error) from error
        return digest

    def fault_of(self, error: OSError) -> StoreFull | StoreUnavailable:
        """Return the error of the store for a file that could not be written in the folder."""
        if error.errno in _NO_ROOM:
            return StoreFull("store.full", path=str(self.folder))
        return _unavailable(self.folder, error)

    def put_small(self, digest: str, content: bytes) -> None:
        """Keep the small version of a picture. Raises StoreFull, StoreUnavailable."""
        path = self._small_path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, content)
        except OSError as error:
            raise self.fault_of(error) from error

    def get_small(self, digest: str) -> bytes | None:
        """Return the small version of a picture; None where none is kept, or none can be read."""
        try:
            return self._small_path(digest).read_bytes()
        except OSError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        """Write under another name first: a file named by a digest always holds all its content."""
        handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
        sync(self.folder)

    def get(self, digest: str) -> bytes:
        """Return the content. Raises NotFound: an event may be recorded before its blob has
        arrived.
        """
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound("blob.unknown", sha256=digest) from None
        except OSError as error:
            raise _unavailable(self.folder, error) from error

    def digest_stored(self, digest: str) -> str | None:
        """Return the SHA-256 of what is stored under a digest now, None where nothing is.

        Raises StoreUnavailable where it cannot be read.
        """
        try:
            return digest_of_file(self._path(digest))
        except (FileNotFoundError, NotFound):
            return None
        except OSError as error:
            raise _unavailable(self.folder, error) from error

    def exists(self, digest: str) -> bool:
        """Return whether the content is stored."""
        return bool(_DIGEST.fullmatch(digest)) and self._path(digest).exists()

    def scan(self) -> Iterator[str]:
        """Yield every digest, in order."""
        names = os.listdir(self.folder) if self.folder.exists() else []
        yield from sorted(name for name in names if _DIGEST.fullmatch(name))

    def size(self, digest: str) -> int:
        """Return the bytes of a blob, 0 where it is not there."""
        with suppress(FileNotFoundError):
            return self._path(digest).stat().st_size
        return 0

    def time_ms(self, digest: str) -> int:
        """Return when a blob was stored last, 0 where it is not there."""
        with suppress(FileNotFoundError):
            return self._path(digest).stat().st_mtime_ns // 1_000_000
        return 0

    def remove(self, digest: str) -> None:
        """Remove a blob; one that is not there is fine. Raises StoreError."""
        try:
            self._path(digest).unlink(missing_ok=True)
            self._small_path(digest).unlink(missing_ok=True)
        except OSError as error:
            raise _unavailable(self.folder, error) from error

    def list_parts(self, before_ms: int) -> list[str]:
        """Return the names of what broken-off writings left behind before a time."""
        if not self.folder.exists():
            return []
        found = []
        for path in sorted(self.folder.glob("*.part")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime_ns // 1_000_000 < before_ms:
                    found.append(path.name)
        return found

    def remove_part(self, name: str) -> int:
        """Remove what a broken-off writing left behind; return 1."""
        (self.folder / name).unlink(missing_ok=True)
        return 1

    def _small_path(self, digest: str) -> Path:
        return self.folder / SMALL / self._path(digest).name

    def _path(self, digest: str) -> Path:
        # The digest comes from requests: nothing else may name a file.
        if not _DIGEST.fullmatch(digest):
            raise NotFound("blob.unknown", sha256=digest)
        return self.folder / digest


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file, or a folder's entries, durable. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(folder: Path, error: OSError) -> StoreUnavailable:
    code = "store.no_access" if error.errno in NO_ACCESS else "store.unavailable"
    return StoreUnavailable(code, url=str(folder), reason=str(error))
