"""Queue the writers of all threads and processes: one at a time, in the order of their arrival.

``flock`` alone excludes, but is not fair: at every release the kernel wakes all who wait, and the
writer that has just left is often back first. So each draws a number, holds the lock on the byte of
that number in a file, and waits for the byte of the number before: one release wakes one writer. A
process that dies releases its locks, and its follower moves up; that follower may then be let in
before those who stood ahead of the dead process.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NUMBER = struct.Struct("q")
_FLOCK = struct.Struct("hhqqi0q")  # struct flock: type, whence, start, length, pid (0: of the open file)
_LARGEST = 2**62
_HELD = (errno.EAGAIN, errno.EACCES)
_FIRST_BYTE = _NUMBER.size  # the counter stands before the bytes to hold


class WriterQueue:
    """One thread's place in the queue of a book. Every method may raise OSError."""

    def __init__(self, book: Path) -> None:
        self._number = 0
        self._queue = _open(f"{book}.queue")
        try:
            self._book = _open(lock_path(book))
        except OSError:
            os.close(self._queue)
            raise

    def acquire(self) -> None:
        """Wait for exclusive access: the lock of the book decides it, the numbers only who is next."""
        number = self._draw_number()
        try:
            self._lock(fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, number - 1)
            self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, number - 1)
            fcntl.flock(self._book, fcntl.LOCK_EX)
        except BaseException:
            self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, number)
            raise
        self._number = number

    def release(self) -> None:
        """Release the lock and let the next writer in."""
        fcntl.flock(self._book, fcntl.LOCK_UN)
        self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, self._number)

    def close(self) -> None:
        """Close the files. In a forked child that releases nothing that the parent holds."""
        os.close(self._queue)
        os.close(self._book)

    def _draw_number(self) -> int:
        fcntl.flock(self._queue, fcntl.LOCK_EX)  # held for microseconds
        try:
            drawn = os.pread(self._queue, _NUMBER.size, 0)
            last: int = _NUMBER.unpack(drawn)[0] if len(drawn) == _NUMBER.size else 0
            number = last + 1 if 0 <= last < _LARGEST else 1
            while not self._is_free(number):  # somebody put back an older counter
                number += 1
            os.pwrite(self._queue, _NUMBER.pack(number), 0)
            self._lock(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, number)
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)
        return number

    def _is_free(self, number: int) -> bool:
        lock = self._lock(fcntl.F_OFD_GETLK, fcntl.F_WRLCK, number)
        kind: int = _FLOCK.unpack(lock)[0]
        return kind == fcntl.F_UNLCK

    def _lock(self, command: int, kind: int, number: int) -> bytes:
        lock = _FLOCK.pack(kind, os.SEEK_SET, _FIRST_BYTE + number, 1, 0)
        return fcntl.fcntl(self._queue, command, lock)


@contextmanager
def lock_book(book: Path) -> Iterator[None]:
    """Hold the lock of the book without queueing: for what happens once, before anybody writes."""
    lock = _open(lock_path(book))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


class Presence:
    """Tell others that somebody has the book open, for as long as it is. Every method may raise OSError."""

    def __init__(self, book: Path) -> None:
        self._file: int | None = _open(lock_path(book))
        try:
            _lock_presence(self._file, fcntl.F_RDLCK)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it. In a forked child that ends nothing that the parent holds."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


@contextmanager
def lock_alone(book: Path) -> Iterator[bool]:
    """Hold the lock of the book and keep everybody from opening it; yield False where somebody has it open or locked."""
    lock = _open(lock_path(book))
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _lock_presence(lock, fcntl.F_WRLCK)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _lock_presence(file: int, kind: int) -> None:
    # One byte that nothing else goes by; kernel locks of bytes and of whole files do not meet.
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, 0, 1, 0))


def lock_path(book: Path) -> str:
    """Return the path of the file whose lock a writer holds."""
    return f"{book}.lock"


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
