"""A Neo4j server has one writer at a time, and lost, torn or missing answers raise the documented
errors.
"""

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import IncompleteCommit, Neo4jError, ServiceUnavailable

from graph import open_store
from graph.neo4j import engine
from graph.neo4j.engine import Neo4jStore
from graph.neo4j.writer import APPLY
from graph.store import DERIVED_VERSION, SCHEMA_VERSION, LotFilter, Writer
from tests.graph.histories import make_event, make_history, make_lot, store_history
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.decision import Changes
from traceability.domain.errors import StoreFull, StoreUnavailable, StoreVersion


@pytest.fixture
def book(neo4j_url: str) -> Iterator[Neo4jStore]:
    store = open_store(neo4j_url)
    assert isinstance(store, Neo4jStore)
    store.migrate()
    yield store
    store.close()


def append(writer: Writer) -> int:
    return writer.append_log("audit", {})


def entries(store: Neo4jStore) -> int:
    with store.read() as reader:
        return len(reader.list_log("audit"))


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


# --- a commit whose answer is lost --------------------------------------------------------------------------------


@pytest.mark.parametrize("committed", [True, False])
def test_a_lost_answer_is_asked_after(
    book: Neo4jStore, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    execute_write = neo4j.Session.execute_write
    lost: list[bool] = []

    def losing(self: neo4j.Session, work: Callable[..., Any], *args: Any) -> Any:
        if lost:
            return execute_write(self, work, *args)
        lost.append(True)
        if committed:
            execute_write(self, work, *args)
        else:
            with self.begin_transaction() as transaction:
                work(transaction)
                transaction.rollback()
        raise IncompleteCommit("the line went dead")

    monkeypatch.setattr(neo4j.Session, "execute_write", losing)
    ran: list[int] = []

    def work(writer: Writer) -> int:
        ran.append(1)
        return append(writer)

    assert book.write(work) == 1
    assert entries(book) == 1
    assert len(ran) == (1 if committed else 2)


# --- reads ----------------------------------------------------------------------------------------------------------


def test_a_block_that_the_book_moved_under_is_refused_and_the_next_one_holds(book: Neo4jStore) -> None:
    history = store_history(book, make_history())
    lot = next(iter(history.lots.values()))

    def change(remaining_g: int) -> None:
        lots = {lot.id: lot._replace(remaining_g=remaining_g)}
        in_thread(lambda: book.write(lambda writer: writer.apply(Changes(lots=lots)))).join()

    def torn() -> None:
        with book.read() as reader:
            reader.find_lots([lot.id])
            change(1)
            reader.list_touches([lot.id])

    with pytest.raises(StoreUnavailable) as caught:
        torn()
    assert caught.value.code == "store.changed"
    with book.read() as reader:
        assert reader.find_lots([lot.id])[lot.id].remaining_g == 1
        waiting = in_thread(lambda: book.write(append))
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join()


def test_a_block_survives_writes_that_change_nothing_it_saw(book: Neo4jStore) -> None:
    history = store_history(book, make_history())
    some, other = list(history.lots.values())[:2]
    with book.read() as reader:
        before = reader.find_lots([some.id])
        lots = {other.id: other._replace(remaining_g=1)}
        in_thread(lambda: book.write(lambda writer: writer.apply(Changes(lots=lots)))).join()
        assert reader.find_lots([some.id]) == before


def test_sums_keep_writers_out(book: Neo4jStore) -> None:
    history = store_history(book, make_history())
    lot = next(lot for lot in history.lots.values() if lot.status == "available")
    done: list[float] = []

    def write() -> None:
        lots = {lot.id: lot._replace(remaining_g=lot.remaining_g + 7)}
        book.write(lambda writer: writer.apply(Changes(lots=lots)))
        done.append(time.monotonic())

    with book.read() as reader:
        first = reader.sum_stock(LotFilter())
        thread = in_thread(write)
        thread.join(0.5)
        assert reader.sum_stock(LotFilter()) == first
        assert not done
    thread.join()
    with book.read() as reader:
        assert reader.sum_stock(LotFilter())[0].remaining_g == first[0].remaining_g + 7


# --- versions -------------------------------------------------------------------------------------------------------


def test_a_newer_store_refuses_to_open(book: Neo4jStore, neo4j_server: Neo4jServer) -> None:
    assert entries(book) == 0
    with neo4j_server.driver() as driver:
        driver.execute_query("MATCH (m:Meta) SET m.schema_version = $newer", newer=SCHEMA_VERSION + 1)
    with pytest.raises(StoreVersion):
        book.write(append)  # also one that was open when another process migrated it
    late = open_store(neo4j_server.url)
    attempts: list[Callable[[], object]] = [lambda: late.write(append), late.migrate, lambda: _last(late)]
    for attempt in attempts:
        with pytest.raises(StoreVersion):
            attempt()
    late.close()


def test_an_unmigrated_store_says_so(neo4j_url: str) -> None:
    store = open_store(neo4j_url)
    with pytest.raises(StoreVersion):
        store.write(append)
    with pytest.raises(StoreVersion):
        _last(store)
    store.close()


def _last(store: Any) -> object:
    with store.read() as reader:
        return reader.find_head()


def test_a_large_book_is_cleared_in_batches(book: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store_history(book, make_history())
    monkeypatch.setattr(engine, "_FEW_NODES", 0)

    def interrupted(writer: Writer) -> None:
        writer.clear_derived()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        book.write(interrupted)
    assert book.migrate(), "an interrupted clearing must be followed by a rebuild"
    book.write(lambda writer: writer.clear_derived())
    assert not book.migrate()
    with book.read() as reader:
        assert reader.scan_lots() == []
        assert reader.scan_tallies() == []
        assert reader.scan_events()


# --- a server that cannot be reached, or cannot write ------------------------------------------------------------


@pytest.mark.parametrize("url", ["bolt://127.0.0.1:1", "neo4j://127.0.0.1:1"])
def test_an_unreachable_server_is_unavailable_soon(url: str) -> None:
    store = Neo4jStore(url, "neo4j", "secret", patience_s=0.2)
    attempts: list[Callable[[], object]] = [lambda: store.write(append), store.migrate, lambda: _last(store)]
    for attempt in attempts:
        started = time.monotonic()
        with pytest.raises(StoreUnavailable) as caught:
            attempt()
        assert "secret" not in str(caught.value)
        assert time.monotonic() - started < 10
    store.close()


def test_a_wrong_password_is_unavailable(neo4j_server: Neo4jServer) -> None:
    store = Neo4jStore(neo4j_server.uri, "neo4j", "wrong", patience_s=0.2)
    with pytest.raises(StoreUnavailable):
        store.write(append)
    store.close()


def test_a_restarted_server_is_used_again(own_neo4j_server: Neo4jServer) -> None:
    store = Neo4jStore(own_neo4j_server.uri, own_neo4j_server.user, own_neo4j_server.password, patience_s=0.5)
    store.migrate()
    store.write(append)
    assert entries(store) == 1
    own_neo4j_server.stop()
    with pytest.raises(StoreUnavailable):
        entries(store)
    with pytest.raises(StoreUnavailable):
        store.write(append)
    own_neo4j_server.start()
    assert entries(store) == 1
    store.write(append)
    own_neo4j_server.kill9()
    own_neo4j_server.start()
    store.write(append)  # its connections died in the pool
    assert entries(store) == 3
    store.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Neo.DatabaseError.Transaction.TransactionLogError", "cannot append"),
        ("Neo.DatabaseError.General.UnknownError", "java.io.IOException: No space left on device"),
    ],
)
def test_a_full_disk_stores_nothing(
    book: Neo4jStore, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    ask = engine._ask

    def failing(transaction: Any, text: str, params: Any) -> Any:
        rows = ask(transaction, text, params)
        if text == APPLY:
            raise Neo4jError._hydrate_neo4j(code=code, message=message)
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_ask", failing)
        with pytest.raises(StoreFull):
            book.write(lambda writer: writer.apply(Changes(events=[make_event(1)])))
    with book.read() as reader:
        assert reader.find_head().seq == 0


def test_work_runs_again_after_a_passing_error(book: Neo4jStore) -> None:
    ran: list[int] = []

    def work(writer: Writer) -> int:
        ran.append(1)
        number = append(writer)
        if len(ran) == 1:
            raise ServiceUnavailable("just now")
        return number

    assert book.write(work) == 1
    assert entries(book) == 1


# --- processes ------------------------------------------------------------------------------------------------------


def test_a_forked_process_connects_by_itself(book: Neo4jStore) -> None:
    book.write(append)
    child = os.fork()
    if not child:
        try:
            book.write(append)
            os._exit(0 if entries(book) == 2 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    book.write(append)
    assert entries(book) == 3


def test_a_store_may_be_sent_to_another_process(book: Neo4jStore) -> None:
    book.write(append)
    twin = pickle.loads(pickle.dumps(book))
    assert entries(twin) == 1
    twin.close()


# --- the graph --------------------------------------------------------------------------------------------------------


def test_every_lot_is_held_at_its_site(book: Neo4jStore, neo4j_server: Neo4jServer) -> None:
    history = store_history(book, make_history())
    moved = make_lot(1_000_001, next(iter(history.events.values())), site="changsha", region="430100")
    book.write(lambda writer: writer.apply(Changes(lots={moved.id: moved})))
    away = moved._replace(site="beijing", region="110101")
    book.write(lambda writer: writer.apply(Changes(lots={moved.id: away})))
    expected = sorted((lot.id, lot.site) for lot in (*history.lots.values(), away))
    with neo4j_server.driver() as driver:
        held = driver.execute_query(
            "MATCH (l:Lot)-[:HELD_AT]->(s:Site)-[:IN]->(:Region) RETURN l.id, s.id"
        ).records
        edges = driver.execute_query("MATCH (:Lot)-[r:INPUT_TO]->(:Event) RETURN count(r)").records[0][0]
        versions = driver.execute_query("MATCH (m:Meta) RETURN m.schema_version, m.derived_version").records
    assert sorted(tuple(record) for record in held) == expected
    assert edges == sum(edge.role == "input" for edge in history.edges)
    assert tuple(versions[0]) == (SCHEMA_VERSION, DERIVED_VERSION)
