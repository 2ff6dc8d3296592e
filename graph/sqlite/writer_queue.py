"""Queue the writers of all threads and processes: one at a time, in the order of their arrival.

``flock`` alone excludes, but is not fair: at every release the kernel wakes all who wait, and the
writer that has just left is often back first. So each draws a number, holds the lock on the byte of
that number in a file, and waits for the byte of the number before: one release wakes one writer. A
process that dies releases its locks, and its follower moves up; that follower may then be let in
before those who stood ahead of the dead process.

The kernel's wait has no time limit, so somebody who has to wait lets a thread wait, and gives up where
nobody got anything done for as long as the patience lasts: where a process stands still with the lock, or
one transaction takes minutes. Each writer who is done counts up in the file, so a queue that moves is waited for.
"""

import errno
import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path

_NUMBER = struct.Struct("q")
_FLOCK = struct.Struct("hhqqi0q")  # struct flock: type, whence, start, length, pid (0: of the open file)
_LARGEST = 2**62
_HELD = (errno.EAGAIN, errno.EACCES)
_DONE_AT = _NUMBER.size  # where the count of those who are done stands, behind the last number drawn
_LOOK_AGAIN_S = 0.02
_FIRST_BYTE = _NUMBER.size  # locks of bytes do not touch what stands in them


class WriterQueue:
    """One thread's place in the queue of a book. Every method may raise OSError."""

    def __init__(self, book: Path) -> None:
        self._number = 0
        self._wait: _Wait | None = None  # one that was given up, and may still be taken up again
        self._queue = _open(f"{book}.queue")
        try:
            self._book = _open(lock_path(book))
        except OSError:
            os.close(self._queue)
            raise

    def acquire(self, patience_s: float) -> None:
        """Wait for exclusive access: the lock of the book decides it, the numbers only who is next.

        Raises TimeoutError where nobody has been done for ``patience_s``.
        """
        if self._wait is None or not self._wait.take_up():
            self._wait = None
            number = self._draw_number()
            try:
                if not self._enter_at_once(number):
                    self._wait = _Wait(self, number)
            except BaseException:
                self.leave(number)
                raise
            self._number = number
        if self._wait is not None:
            self._stand(self._wait, patience_s)
            self._wait = None

    def release(self, *, done: bool = True) -> None:
        """Release the lock and let the next writer in. ``done`` False: it could do nothing, which is no progress."""
        if done:
            self._count_up()
        fcntl.flock(self._book, fcntl.LOCK_UN)
        self.leave(self._number)

    def leave(self, number: int) -> None:
        """Let the one behind a number move up."""
        self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, number)

    def close(self) -> None:
        """Close the files. In a forked child that releases nothing that the parent holds."""
        if self._wait is None or self._wait.close():
            self.close_files()

    def close_files(self) -> None:
        """Close the files, and end every lock by that."""
        os.close(self._queue)
        os.close(self._book)

    def _enter_at_once(self, number: int) -> bool:
        """Enter where nobody stands before, without a thread that waits."""
        if not self._is_free(number - 1):
            return False
        return _try_lock(self._book)

    def _stand(self, wait: "_Wait", patience_s: float) -> None:
        seen = self._count_done()
        while not wait.ended.wait(patience_s):
            now = self._count_done()
            if now == seen and wait.give_up():
                raise TimeoutError(errno.ETIMEDOUT, "nobody who writes has been done in time")
            seen = now
        if wait.error is not None:
            self._wait = None
            self.leave(self._number)
            raise wait.error

    def wait_for(self, number: int) -> None:
        """Wait for those before a number, and for the book. Holds whoever calls it."""
        self._lock(fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, number - 1)
        self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, number - 1)
        fcntl.flock(self._book, fcntl.LOCK_EX)

    def _count_up(self) -> None:
        count = self._count_done() + 1
        with suppress(OSError):  # a full disk must not keep the next one out
            os.pwrite(self._queue, _NUMBER.pack(count if 0 < count < _LARGEST else 0), _DONE_AT)

    def _count_done(self) -> int:
        held = os.pread(self._queue, _NUMBER.size, _DONE_AT)
        return int(_NUMBER.unpack(held)[0]) if len(held) == _NUMBER.size else 0

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


class _Wait:
    """A wait in a thread of its own, which somebody may give up before it ends, and take up again.

    The thread cannot be called back from the kernel. So whoever comes again stands where he stood, and there is
    never more than one thread for each place.
    """

    def __init__(self, queue: WriterQueue, number: int) -> None:
        self._queue = queue
        self._number = number
        self._pid = os.getpid()
        self._deciding = threading.Lock()
        # wanted; given up; closed: given up, and its files are nobody's; over: it ended after it was given up
        self._state = "wanted"
        self.ended = threading.Event()
        self.error: BaseException | None = None
        threading.Thread(target=self._run, name=f"queue-{number}", daemon=True).start()

    def _run(self) -> None:
        try:
            self._queue.wait_for(self._number)
        except BaseException as error:  # noqa: BLE001 - raised by the thread that asked
            self.error = error
        with self._deciding:
            if self._state == "wanted":
                self.ended.set()
            elif self._state == "closed":
                self._queue.close_files()
            else:
                self._state = "over"
                with suppress(OSError):
                    self._queue.release(done=False)

    def give_up(self) -> bool:
        """Leave the wait to itself; return False where it has just ended."""
        with self._deciding:
            if self.ended.is_set():
                return False
            self._state = "given up"
            return True

    def take_up(self) -> bool:
        """Want it again; return False where there is nothing left to want."""
        with self._deciding:
            if self._state != "given up" or self._pid != os.getpid():
                return False
            self._state = "wanted"
            return True

    def close(self) -> bool:
        """Return whether its files may be closed now; otherwise they are when it ends."""
        with self._deciding:
            if self._state != "given up" or self._pid != os.getpid():
                return True
            self._state = "closed"
            return False


@contextmanager
def lock_book(book: Path, patience_s: float = inf) -> Iterator[None]:
    """Hold the lock of the book without queueing: for what happens once, before anybody writes.

    Raises OSError, and TimeoutError after the patience.
    """
    lock = _open(lock_path(book))
    deadline = time.monotonic() + patience_s
    try:
        while not _try_lock(lock):
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another holds the lock of the book")
            time.sleep(_LOOK_AGAIN_S)
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


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


def _lock_presence(file: int, kind: int) -> None:
    # One byte that nothing else goes by; kernel locks of bytes and of whole files do not meet.
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, 0, 1, 0))


def lock_path(book: Path) -> str:
    """Return the path of the file whose lock a writer holds."""
    return f"{book}.lock"


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
