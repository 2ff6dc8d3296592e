"""Where the reply is lost after the commit, asking again returns what was recorded, and it is
stored once.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from graph import open_store
from graph.store import Store, Writer
from tests.faults.cutting import Fault, Line
from tests.faults.serving import Client, Served
from tests.support.business import NOW_MS, Business, open_business
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.errors import StoreFull, StoreUnavailable
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.held import list_open
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.queue import Queue, capture_queue
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

T = TypeVar("T")


def _collected(yard: Business, kg: int = 50) -> dict[str, Any]:
    yard.tickets += 1
    return yard.draft(
        "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"T{yard.tickets:05d}",
        outputs=[{"form": "scrap", "material": "tense", "mass_g": kg * 1000}],
    )  # fmt: skip


def _capture(store: Store, body: dict[str, Any]) -> Receipt:
    return capture_event(store, load_draft(body), Deliverer("test"), NOW_MS)


def _expect_once(book: Store, bodies: list[dict[str, Any]]) -> None:
    report = check_book(book)
    assert report.findings == []
    with book.read() as reader:
        ids = [event.id for event in reader.scan_events()]
    assert sorted(ids) == sorted(body["id"] for body in bodies)


class LosesReplies:
    """A store whose answer gets lost after each commit."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def write(self, work: Callable[[Writer], T]) -> T:
        self.store.write(work)
        raise StoreUnavailable("store.unavailable", url="lost", reason="")


def test_a_commit_that_nobody_heard_of_is_a_duplicate_with_the_same_receipt(book: Store) -> None:
    yard = Business(book)
    bodies = [_collected(yard) for _ in range(3)]
    for body in bodies:
        with pytest.raises(StoreUnavailable):
            capture_event(LosesReplies(book), load_draft(body), Deliverer("test"), NOW_MS)  # type: ignore[arg-type]
        first, second = _capture(book, body), _capture(book, body)
        assert first.status == second.status == "duplicate"
        assert first == second
        assert [made.mass_g for made in first.lots] == [50_000]
    _expect_once(book, bodies)


def test_a_queue_that_nobody_heard_of_is_held_once_and_answered_the_same(book: Store) -> None:
    """The server dies between storing a held draft and answering; the device asks again."""
    yard = Business(book)
    loads = [_collected(yard) for _ in range(2)]
    late = {**_collected(yard), "event_time": "2031-01-01T00:00:00+08:00"}
    queue = Queue([load_draft(body) for body in (loads[0], late, loads[1])], NOW_MS - 300_000)
    deliverer = Deliverer("session:chen", "chen")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            capture_queue(LosesReplies(book), queue, deliverer, NOW_MS)  # type: ignore[arg-type]
    told = capture_queue(book, queue, deliverer, NOW_MS + 60_000)
    assert [receipt.status for receipt in told.receipts] == ["duplicate", "held", "duplicate"]
    with book.read() as reader:
        assert [held.received_ms for held in list_open(reader, ["yard"])] == [NOW_MS]
    _expect_once(book, loads)


@pytest.mark.slow
def test_clients_that_hang_up_before_the_answer(book: Store, served: Served, client: Client) -> None:
    yard = Business(book)
    bodies = [_collected(yard) for _ in range(12)]
    for body in bodies:
        _post_and_hang_up(client, body)
    deadline = time.monotonic() + 60
    while _count(book) < len(bodies):
        assert time.monotonic() < deadline, "what was sent completely is recorded, heard or not"
        time.sleep(0.05)
    for body in bodies:
        answer = client.post(body)
        assert answer.status == 200
        assert answer.body["status"] == "duplicate"
        assert len(answer.body["lots"]) == 1
    _expect_once(book, bodies)


def _post_and_hang_up(client: Client, body: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.served.port)
    headers = {
        "Cookie": client.cookie,
        "Content-Type": "application/json",
        "Origin": f"http://127.0.0.1:{client.served.port}",
    }
    connection.request("POST", "/api/v1/events", json.dumps(body), headers)
    connection.close()


def _count(book: Store) -> int:
    with book.read() as reader:
        return reader.find_head().seq


# --- Neo4j, with the line cut around the COMMIT --------------------------------------------------------------------


@pytest.fixture
def line(neo4j_server: Neo4jServer) -> Iterator[Line]:
    """A line to the worker's server that can be cut."""
    found = Line(neo4j_server.port)
    yield found
    found.close()


@pytest.fixture
def cut_book(neo4j_server: Neo4jServer, line: Line) -> Iterator[Store]:
    """A book at the other end of that line."""
    address = f"bolt://{neo4j_server.user}:{neo4j_server.password}@127.0.0.1:{line.port}"
    store = open_store(address)
    store.migrate()
    open_business(store)
    yield store
    store.close()


FAULTS: list[Fault] = ["before commit", "after commit"]


@pytest.mark.parametrize("fault", FAULTS)
def test_neo4j_an_incomplete_commit_is_asked_after(cut_book: Store, line: Line, fault: Fault) -> None:
    yard = Business(cut_book)
    bodies = [_collected(yard) for _ in range(5)]
    for body in bodies:
        line.fault = fault
        assert _capture(cut_book, body).status == "created"
        assert _capture(cut_book, body).status == "duplicate"
    assert line.faults == len(bodies)
    _expect_once(cut_book, bodies)


@pytest.mark.parametrize("fault", FAULTS)
def test_neo4j_a_line_that_stays_dead_is_said_and_the_event_sent_again(
    cut_book: Store, line: Line, fault: Fault
) -> None:
    yard = Business(cut_book)
    body = _collected(yard)
    line.fault, line.down_after_fault = fault, True
    with pytest.raises(StoreUnavailable):
        _capture(cut_book, body)
    assert line.down, "the store gave up before its commit"
    line.hang_up()  # also a second connection that the driver may have kept
    with pytest.raises(StoreUnavailable), cut_book.read() as reader:
        reader.find_head()
    line.down = False
    assert _capture(cut_book, body).status == ("duplicate" if fault == "after commit" else "created")
    _expect_once(cut_book, [body])


def test_neo4j_a_server_that_cannot_write_is_full(cut_book: Store, line: Line) -> None:
    yard = Business(cut_book)
    bodies = [_collected(yard) for _ in range(2)]
    assert _capture(cut_book, bodies[0]).status == "created"
    line.fault = "refuse commit"
    with pytest.raises(StoreFull):
        _capture(cut_book, bodies[1])
    assert line.faults == 1
    assert _count(cut_book) == 1
    with cut_book.read() as reader:
        assert reader.find_events([bodies[1]["id"]]) == {}
    assert _capture(cut_book, bodies[1]).status == "created"
    _expect_once(cut_book, bodies)
