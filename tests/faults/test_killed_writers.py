"""After kill -9 while recording, what was acknowledged is in the book, and nothing is stored by
half.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import pytest

from graph.store import Store
from tests.faults.capturing import Message, work_until_killed
from tests.support.business import NOW_MS, Business
from traceability.services.recording.capture import Receipt, capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

SEED = 20_251_120
KILLS = 40
TOGETHER = 2  # writers alive at the same time
LONGEST_LIFE_S = 0.12
PATIENCE_S = 60

# A server process that has loaded everything forks the writers: quick, and free of this process's threads.
forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["tests.faults.capturing", "graph.sqlite.engine", "graph.neo4j.engine"])


@dataclass
class Writer:
    """A forked process at work, and what it reported so far."""

    url: str
    number: int
    shared: Sequence[str]
    stored: list[Receipt] = field(default_factory=list)
    refused: int = 0
    in_flight: Sequence[dict[str, Any]] = ()

    def __post_init__(self) -> None:
        self.hears, says = forking.Pipe(duplex=False)
        self.process = forking.Process(
            target=work_until_killed,
            args=(self.url, self.number, f"{SEED}-{self.number}", self.shared, says),
            daemon=True,
        )
        self.process.start()
        says.close()

    def listen(self, until: float, *, first: bool = False) -> None:
        """Hear what it says until the moment comes; with ``first`` only until something was stored."""
        while (left := until - time.monotonic()) > 0 and not (first and self.stored):
            if self.hears.poll(left):
                self._note(self.hears.recv())

    def kill(self) -> None:
        """SIGKILL, and hear what it had said by then."""
        self.process.kill()
        self.process.join()
        for message in _rest(self.hears):
            self._note(message)
        self.hears.close()

    def _note(self, message: Message) -> None:
        assert message.what != "failed", message.error
        self.in_flight = message.bodies if message.what == "sending" else ()
        self.stored += message.receipts
        self.refused += message.what == "refused"


def _rest(pipe: Connection) -> Iterator[Message]:
    with suppress(EOFError, OSError):  # a message may be cut off in the middle
        while pipe.poll():
            yield pipe.recv()


def kill_writers(book: Store, url: str, times: int) -> dict[str, int]:
    """Kill writers at random moments, each followed by its successor; return counts of what
    happened."""
    rng = Random(SEED)
    print(f"seed {SEED}")
    yard = Business(book)
    shared = [yard.collect("tense", kg=100_000) for _ in range(3)]
    writers = [Writer(url, number + 1, shared) for number in range(TOGETHER)]
    known: dict[str, Receipt] = {}
    counts = {"acknowledged": 0, "in flight": 0, "stored without an answer": 0, "refused": 0}
    try:
        for kill in range(times):
            victim = writers.pop(0)
            victim.listen(time.monotonic() + PATIENCE_S, first=True)
            assert victim.stored, "a writer got nothing stored"
            victim.listen(time.monotonic() + rng.uniform(0, LONGEST_LIFE_S))
            victim.kill()
            writers.append(Writer(url, TOGETHER + kill + 1, shared))
            known |= {receipt.event: receipt for receipt in victim.stored}
            counts["acknowledged"] += len(victim.stored)
            counts["refused"] += victim.refused
            expect_stored(book, victim.stored)
            if victim.in_flight:
                counts["in flight"] += len(victim.in_flight)
                counts["stored without an answer"] += resend(book, victim.in_flight)
    finally:
        for writer in writers:
            writer.kill()
    expect_stored(book, list(known.values()))
    return counts


def expect_stored(book: Store, receipts: Sequence[Receipt]) -> None:
    """Assert that what was acknowledged is there, as it was acknowledged."""
    with book.read() as reader:
        events = reader.find_events([receipt.event for receipt in receipts])
        lots = reader.find_lots([made.id for receipt in receipts for made in receipt.lots])
    for receipt in receipts:
        assert receipt.event in events, f"acknowledged and lost: {receipt}"
        assert events[receipt.event].seq == receipt.seq
        assert {made.id for made in receipt.lots} <= lots.keys()


def resend(book: Store, bodies: Sequence[dict[str, Any]]) -> int:
    """Send again as a client does that got no answer; return how many turn out to be stored: of one
    commit all or none."""
    drafts = [load_draft(body) for body in bodies]
    found = capture_batch(book, drafts, Deliverer("test"), NOW_MS)
    stored = [receipt for receipt in found if receipt.status == "duplicate"]
    assert len(stored) in (0, len(bodies)), "half a batch was stored"
    again = capture_batch(book, drafts, Deliverer("test"), NOW_MS)
    assert all(receipt.status == "duplicate" for receipt in again if not receipt.error)
    return len(stored)


def expect_sound(book: Store) -> int:
    """The book agrees with itself; how many events it has."""
    report = check_book(book)
    assert report.findings == []
    return report.events


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_writers_lose_nothing_acknowledged_and_leave_nothing_half_stored(
    book: Store, book_url: str
) -> None:
    counts = kill_writers(book, book_url, times=KILLS)
    events = expect_sound(book)
    print(f"{events} events, {counts}")
    assert counts["acknowledged"] > 2 * KILLS
    assert counts["in flight"] > KILLS // 5, "the kills came between the writes only"
    assert events >= counts["acknowledged"]


@pytest.mark.soak
def test_thousands_of_killed_writers_lose_nothing(book: Store, book_url: str) -> None:
    print(kill_writers(book, book_url, times=2_000))
    expect_sound(book)
