"""Writers take turns: one at a time, in the order of their arrival, also when one of them dies."""

import errno
import multiprocessing
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from graph.sqlite.writer_queue import WriterQueue, lock_book

PATIENCE_S = 30.0

forking = multiprocessing.get_context("fork")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


def drawn(book: Path) -> int:
    """The last number that somebody drew."""
    counter = Path(f"{book}.queue")
    held = counter.read_bytes() if counter.exists() else b""
    return int(struct.unpack("q", held[:8])[0]) if len(held) >= 8 else 0


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def line_up(book: Path, name: str, done: list[str]) -> threading.Thread:
    """A writer in the queue, behind all that came before."""
    before = drawn(book)

    def write() -> None:
        queue = WriterQueue(book)
        queue.acquire(PATIENCE_S)
        done.append(name)
        queue.release()
        queue.close()

    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: drawn(book) > before)
    return writer


def test_writers_come_in_the_order_of_their_coming(book: Path) -> None:
    done: list[str] = []
    with lock_book(book):
        writers = [line_up(book, str(number), done) for number in range(12)]
        assert done == []
    for writer in writers:
        writer.join(20)
    assert done == [str(number) for number in range(12)]


def test_one_at_a_time(book: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write() -> None:
        queue = WriterQueue(book)
        for _ in range(50):
            queue.acquire(PATIENCE_S)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            queue.release()
        queue.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert (len(most), set(most)) == (300, {1})


def _stand_in_queue(book: Path, there: Connection) -> None:
    there.send("here")
    WriterQueue(book).acquire(PATIENCE_S)
    there.send("mine")


@pytest.mark.parametrize("victim", ["the one in front", "one in the middle"])
def test_a_killed_writer_holds_up_nobody(book: Path, victim: str) -> None:
    done: list[str] = []
    here, there = forking.Pipe()
    with lock_book(book):
        first = line_up(book, "first", done) if victim == "one in the middle" else None
        before = drawn(book)
        process = forking.Process(target=_stand_in_queue, args=(book, there))
        process.start()
        assert here.recv() == "here"
        wait_until(lambda: drawn(book) > before)
        behind = line_up(book, "behind", done)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert not here.poll()
    for writer in filter(None, (first, behind)):
        writer.join(20)
        assert not writer.is_alive()
    assert sorted(done) == (["behind", "first"] if first else ["behind"])


def test_a_lost_or_damaged_counter_starts_again(book: Path) -> None:
    done: list[str] = []
    for content in (b"", b"xyz", struct.pack("q", -5), struct.pack("q", 41)):
        Path(f"{book}.queue").write_bytes(content)
        line_up(book, repr(content), done).join(20)
    assert len(done) == 4
    assert drawn(book) == 42


def test_a_counter_that_cannot_be_written_holds_up_nobody(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    queue = WriterQueue(book)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full_disk)
        with pytest.raises(OSError, match="No space left"):
            queue.acquire(PATIENCE_S)
    line_up(book, "behind", done).join(20)
    queue.acquire(PATIENCE_S)
    queue.release()
    queue.close()
    assert done == ["behind"]


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_counter_that_was_put_back_makes_no_two_alike(book: Path) -> None:
    done: list[str] = []
    with lock_book(book):
        first = line_up(book, "first", done)
        Path(f"{book}.queue").write_bytes(struct.pack("q", 0))
        second = line_up(book, "second", done)
    for writer in (first, second):
        writer.join(20)
    assert sorted(done) == ["first", "second"]


def test_a_queue_that_does_not_move_is_left_and_taken_up_again(book: Path) -> None:
    done: list[str] = []
    queue, threads = WriterQueue(book), threading.active_count()
    with lock_book(book):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                queue.acquire(0.05)
        assert threading.active_count() == threads + 1, "a thread for each wait that was given up"
        behind = line_up(book, "behind", done)
        with pytest.raises(TimeoutError):
            queue.acquire(0.05)
    behind.join(20)
    assert done == ["behind"], "one who gave up still stood in the way"
    queue.acquire(PATIENCE_S)
    queue.release()
    queue.close()


def test_a_queue_that_moves_is_waited_for(book: Path) -> None:
    queue = WriterQueue(book)
    holder = WriterQueue(book)
    holder.acquire(PATIENCE_S)
    came: list[float] = []

    def write() -> None:
        queue.acquire(0.2)
        came.append(time.monotonic())
        queue.release()

    writer = threading.Thread(target=write)
    begun = time.monotonic()
    writer.start()
    for _ in range(8):  # eight writers before it, each done in less than the patience
        time.sleep(0.1)
        holder._count_up()
    holder.release()
    writer.join(20)
    assert came, "it gave up a queue that moved"
    assert came[0] - begun >= 0.8
    holder.close()
    queue.close()


def test_closing_a_place_that_was_given_up_lets_the_next_one_in(book: Path) -> None:
    done: list[str] = []
    queue = WriterQueue(book)
    with lock_book(book):
        with pytest.raises(TimeoutError):
            queue.acquire(0.05)
        queue.close()
        behind = line_up(book, "behind", done)
    behind.join(20)
    assert done == ["behind"]
