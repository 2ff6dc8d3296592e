"""The server is killed with -9 under its clients: they send again what was not answered, and nothing is lost or doubled."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

import pytest

from graph import open_store
from graph.store import Store
from tests.faults.serving import Client, Served
from tests.support.business import Business, open_business
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.errors import StoreUnavailable
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

SEED = 20_251_122
KILLS, MANY_KILLS = 3, 20
CLIENTS = 4
AT_LEAST = 3  # events that each life of the server must acknowledge


class Sender(Protocol):
    """Send an event again and again until it is stored; return the ids of the lots it made."""

    def __call__(self, body: dict[str, Any]) -> list[str]: ...


@dataclass
class Clients:
    """People at work who do not know that the server dies all the time."""

    book: Store
    senders: list[Sender]
    sent: dict[str, list[str]] = field(default_factory=dict)  # acknowledged events, with their lots
    ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let all of them work meanwhile, and finish what they are at."""
        with ThreadPoolExecutor(len(self.senders)) as pool:
            works = [pool.submit(self._work, number) for number in range(len(self.senders))]
            try:
                yield
            finally:
                self.ended.set()
            for work in works:
                work.result()

    def wait_for(self, more: int, seconds: float = 120) -> None:
        """Wait until so many more events were acknowledged."""
        deadline = time.monotonic() + seconds
        goal = len(self.sent) + more
        while len(self.sent) < goal and not self.ended.is_set():
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            time.sleep(0.01)

    def _work(self, number: int) -> None:
        rng = Random(f"{SEED}-{number}")
        here = Business(self.book, number=(number + 1) * 100_000)
        try:
            while not self.ended.is_set():
                scrap = {"form": "scrap", "material": "tense", "mass_g": 90_000}
                ticket = f"K{number}-{here.number}"
                whole = self._send(number, here.draft(
                    "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=ticket,
                    outputs=[scrap],
                ))[0]  # fmt: skip
                for _ in range(rng.randint(1, 3)):
                    part = {**scrap, "mass_g": 30_000}
                    take = {"lot": whole, "mass_g": 30_000}
                    self._send(number, here.draft("sort", "yard", inputs=[take], outputs=[part]))
        except BaseException:
            self.ended.set()
            raise

    def _send(self, number: int, body: dict[str, Any]) -> list[str]:
        self.sent[body["id"]] = lots = self.senders[number](body)
        return lots

    def expect_everything(self) -> None:
        """Assert that every acknowledged event and its lots are there, once, and nothing else; the
        book agrees with itself."""
        report = check_book(self.book)
        assert report.findings == []
        with self.book.read() as reader:
            assert reader.find_events(list(self.sent)).keys() == self.sent.keys()
            lots = {lot for made in self.sent.values() for lot in made}
            assert reader.find_lots(lots).keys() == lots
        # Every client had an answer for all it sent, so there is no event that nobody knows of.
        assert report.events == len(self.sent)


def _by_http(client: Client) -> Sender:
    def send(body: dict[str, Any]) -> list[str]:
        answer = client.post_until_answered(body)
        assert answer.status in (200, 201), (answer, client.served.said())
        return [lot["lot"] for lot in answer.body["lots"]]

    return send


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_gunicorns(book: Store, book_url: str, tmp_path: Path) -> None:
    kill_gunicorns(book, book_url, tmp_path, KILLS)


@pytest.mark.soak
def test_many_killed_gunicorns(book: Store, book_url: str, tmp_path: Path) -> None:
    kill_gunicorns(book, book_url, tmp_path, MANY_KILLS)


def kill_gunicorns(book: Store, book_url: str, folder: Path, times: int) -> None:
    """Kill the application so often under its clients; nothing that was acknowledged is lost."""
    print(f"seed {SEED}")
    rng = Random(SEED)
    with Served(book_url, folder, workers=2) as served:
        cookie = served.sign_in()
        clients = Clients(book, [_by_http(Client(served, cookie)) for _ in range(CLIENTS)])
        with clients.at_work():
            for _ in range(times):
                clients.wait_for(AT_LEAST)
                time.sleep(rng.uniform(0, 0.2))
                served.kill9()
                served.start()
            clients.wait_for(AT_LEAST)
    print(f"{len(clients.sent)} events")
    clients.expect_everything()


def _by_store(store: Store, unanswered: list[str]) -> Sender:
    """Send through the front door in this process, each client with a driver of its own."""

    def send(body: dict[str, Any]) -> list[str]:
        draft = load_draft(body)
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                receipt = capture_event(store, draft, Deliverer("test"), time.time_ns() // 1_000_000)
                return [lot.id for lot in receipt.lots]
            except StoreUnavailable:
                unanswered.append(draft.id)
                time.sleep(0.05)
        raise TimeoutError(draft.id)

    return send


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_neo4j_servers(own_neo4j_server: Neo4jServer) -> None:
    kill_databases(own_neo4j_server, KILLS)


@pytest.mark.soak
def test_many_killed_neo4j_servers(own_neo4j_server: Neo4jServer) -> None:
    kill_databases(own_neo4j_server, MANY_KILLS)


def kill_databases(server: Neo4jServer, times: int) -> None:
    """Kill the database so often under the application; nothing that was acknowledged is lost."""
    print(f"seed {SEED}")
    rng = Random(SEED)
    book = open_store(server.url)
    book.migrate()
    open_business(book)
    unanswered: list[str] = []
    stores = [open_store(server.url) for _ in range(CLIENTS)]
    clients = Clients(book, [_by_store(store, unanswered) for store in stores])
    with clients.at_work():
        for _ in range(times):
            clients.wait_for(AT_LEAST)
            time.sleep(rng.uniform(0, 0.2))
            server.kill9()
            server.start()
        clients.wait_for(AT_LEAST)
    print(f"{len(clients.sent)} events, {len(unanswered)} times without an answer")
    assert unanswered
    clients.expect_everything()
    for store in (book, *stores):
        store.close()
