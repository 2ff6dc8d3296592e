"""Record events without end in a process of its own, and acknowledge each only after it was stored.

The work is the real one: drafts through the wire and the front door, takes from lots that all processes share, late
entries, corrections, batches. It ends when somebody kills it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Literal, NamedTuple

from graph import open_store
from tests.support.business import Business
from traceability.domain.errors import EventRejected
from traceability.services.recording.capture import Receipt, capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

NUMBERS_EACH = 100_000  # event numbers of one process
TICKETS_EACH = 10_000


class Message(NamedTuple):
    """A message of a writer: the drafts it is about to send, and afterwards what became of them."""

    what: Literal["sending", "stored", "refused", "failed"]
    bodies: Sequence[dict[str, Any]] = ()
    receipts: Sequence[Receipt] = ()
    error: str = ""


@dataclass
class ToldBusiness(Business):
    """A business that reports over a pipe what it sends, and what was stored once it was."""

    said: Connection | None = None

    def tell(self, message: Message) -> None:
        """Report before anything else happens."""
        assert self.said is not None
        self.said.send(message)

    def send(self, body: dict[str, Any]) -> Receipt:
        """Send a draft through the wire and the front door."""
        self.tell(Message("sending", [body]))
        try:
            receipt = super().send(body)
        except EventRejected as refused:
            codes = sorted({violation.code for violation in refused.violations})
            self.tell(Message("refused", [body], error=" ".join(codes)))
            raise
        self.tell(Message("stored", [body], [receipt]))
        return receipt

    def send_batch(self, bodies: list[dict[str, Any]]) -> None:
        """Send several events in one commit."""
        self.tell(Message("sending", bodies))
        receipts = capture_batch(
            self.store, [load_draft(body) for body in bodies], Deliverer("test"), self.now_ms
        )
        assert all(receipt.error is None for receipt in receipts), receipts
        self.tell(Message("stored", bodies, receipts))


def work_until_killed(url: str, number: int, seed: str, shared: Sequence[str], said: Connection) -> None:
    """Run the whole process; ids, tickets and hours are its own, the ``shared`` lots are
    everybody's."""
    yard = ToldBusiness(
        open_store(url), number=number * NUMBERS_EACH, tickets=number * TICKETS_EACH, said=said
    )
    yard.clock += timedelta(hours=number)
    rng = Random(seed)
    try:
        while True:
            with suppress(EventRejected):  # another process may have taken what was there
                rng.choice(TASKS)(yard, rng, shared)
    except BaseException as error:
        yard.tell(Message("failed", error=repr(error)))
        raise


def _melt(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    scrap = [yard.collect("tense", kg=100, site="plant") for _ in range(3)]
    yard.melt(*scrap, into=250, dross_kg=10)


def _take_shared(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    _sort(yard, rng.choice(shared), rng.randint(20, 90))


def _ship(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    part = yard.ship(yard.collect("tense", kg=60), to="plant", kg=rng.choice((None, 20)))
    yard.receive(part, site="plant")


def _void(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    whole = yard.collect("tense", kg=60)
    collected = yard.last_event()
    _sort(yard, whole, 20)
    yard.void(collected, cascade=True)


def _be_late(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    whole = yard.collect("tense", kg=60)
    between = (yard.clock + timedelta(seconds=30)).isoformat(timespec="seconds")
    _sort(yard, whole, 20)
    _sort(yard, whole, 20, at=between)


def _send_batch(yard: ToldBusiness, rng: Random, shared: Sequence[str]) -> None:
    yard.send_batch([_collected(yard, kg) for kg in range(20, rng.randint(22, 50))])


TASKS = (_melt, _take_shared, _ship, _void, _be_late, _send_batch)


def _sort(yard: Business, lot: str, kg: int, at: str = "") -> None:
    yard.transform(
        "sort", [(lot, kg)], [{"form": "scrap", "material": "tense", "mass_g": kg * 1000}], "yard", at
    )


def _collected(yard: Business, kg: int) -> dict[str, Any]:
    yard.tickets += 1
    return yard.draft(
        "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"T{yard.tickets:05d}",
        outputs=[{"form": "scrap", "material": "tense", "mass_g": kg * 1000}],
    )  # fmt: skip
