"""A store that accepts and stays silent makes every route answer 503 in time, and /livez 200."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

from app import create_app
from graph import open_store
from graph.sqlite.writer_queue import lock_book
from tests.faults.serving import Client, Served
from tests.support.business import Business, open_business
from tests.support.neo4j_server import Neo4jServer
from traceability.config import Settings

IN_TIME_S = 20.0
ARGUMENT = re.compile("<[^>]+>")
ID = "0194a000-0000-7000-8000-000000000001"
WITHOUT_STORE = {
    "health.live", "static", "session.choose_language", "home.icon", "yard.show_offline", "yard.tell_manifest",
    "yard.send_worker",
}  # fmt: skip


def _list_paths(tmp_path: Path) -> list[str]:
    """Return an address of every route that answers GET."""
    store = open_store(f"sqlite:///{tmp_path / 'none.db'}")
    app = create_app(Settings("", tmp_path, tmp_path / "blobs", "k" * 40, "http://localhost"), store)
    paths = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in WITHOUT_STORE:
            paths.append(ARGUMENT.sub(lambda found: ID if "id" in found[0] else "430000", rule.rule))
    return sorted(set(paths))


def _walk(served: Served, cookie: str, paths: list[str], silent: Callable[[], None]) -> None:
    silent()

    def ask(path: str) -> tuple[str, int, float, str]:
        started = time.monotonic()
        client = Client(served, cookie, timeout=60)
        answer = client.ask("GET", path)
        client.close()
        return path, answer.status, time.monotonic() - started, str(answer.body)

    with ThreadPoolExecutor(len(paths) + 1) as pool:
        begun = [pool.submit(ask, path) for path in paths]
        for _ in range(8):
            _, status, seconds, _ = ask("/livez")
            assert status == 200
            assert seconds < 5
            time.sleep(1)
        answers = [one.result() for one in begun]
    longest = max(answers, key=lambda answer: answer[2])
    print(f"{len(paths)} routes, the slowest {longest[0]} after {longest[2]:.1f} s")
    assert {path: status for path, status, _, _ in answers if status != 503} == {}
    assert longest[2] < IN_TIME_S, longest
    health = next(body for path, _, _, body in answers if path == "/healthz")
    assert not any(inner in health for inner in (gettempdir(), ".db", "bolt", "sqlite", "127.0.0.1"))
    assert "Traceback" not in served.said()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file as another program does that keeps it to itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.slow
def test_a_file_that_another_program_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'book.db'}"
    store = open_store(url)
    store.migrate()
    open_business(store)
    store.close()
    with Served(url, tmp_path / "served", workers=2) as served:
        cookie = served.sign_in()
        served.kill9()  # so that no connection of its own stands in the other's way
        with _locked(tmp_path / "book.db"):
            served.start()
            _walk(served, cookie, _list_paths(tmp_path), lambda: None)


@contextmanager
def _written_to(path: Path) -> Iterator[None]:
    """Write as another program does that never ends its transaction; everybody may read."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _in_turn(path: Path) -> Iterator[None]:
    """Have the writers' turn as a process of ours does that stands still."""
    with lock_book(path):
        yield


@contextmanager
def _in_turn_on_a_server(server: Neo4jServer) -> Iterator[None]:
    """Have the writers' turn on a server, in a transaction that does not end."""
    with server.driver() as driver, driver.session() as session, session.begin_transaction() as transaction:
        transaction.run("MATCH (writer:Writer) SET writer.held = true").consume()
        yield


def _check_readers_go_on(url: str, folder: Path, holding: AbstractContextManager[None]) -> None:
    """Check that whoever records is told in time, however many they are, and everybody else goes on reading."""
    store = open_store(url)
    store.migrate()
    open_business(store)
    here = Business(store)
    store.close()
    with Served(url, folder, workers=2) as served:
        cookie = served.sign_in()

        def record(number: int) -> tuple[int, float]:
            started = time.monotonic()
            answer = Client(served, cookie).post(
                here.draft(
                    "collect", "yard", ticket=f"T{number}", supplier="zhang", source_class="post", channel="online",
                    outputs=[{"form": "scrap", "material": "tutu", "mass_g": 1_000_000}],
                )
            )  # fmt: skip
            return answer.status, time.monotonic() - started

        def read() -> tuple[int, float]:
            started = time.monotonic()
            answer = Client(served, cookie).ask("GET", "/lots")
            return answer.status, time.monotonic() - started

        with holding, ThreadPoolExecutor(60) as pool:
            recorded = [pool.submit(record, number) for number in range(40)]
            seen = [pool.submit(read) for _ in range(20)]
            refused, shown = [one.result() for one in recorded], [one.result() for one in seen]
        assert {status for status, _ in refused} == {503}, served.said()
        assert {status for status, _ in shown} == {200}, served.said()
        assert max(seconds for _, seconds in (*refused, *shown)) < IN_TIME_S
        assert record(41)[0] == 201, served.said()
        assert "Traceback" not in served.said()


@pytest.mark.slow
@pytest.mark.parametrize("holding", [_written_to, _in_turn], ids=["another program", "a process of ours"])
def test_a_file_that_somebody_writes_to_and_does_not_end(
    tmp_path: Path, holding: Callable[[Path], AbstractContextManager[None]]
) -> None:
    path = tmp_path / "book.db"
    _check_readers_go_on(f"sqlite:///{path}", tmp_path / "served", holding(path))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_server_on_which_somebody_writes_and_does_not_end(
    neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    _check_readers_go_on(neo4j_server.url, tmp_path / "served", _in_turn_on_a_server(neo4j_server))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_server_that_accepts_and_stays_silent(own_neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    book = open_store(own_neo4j_server.url)
    book.migrate()
    open_business(book)
    book.close()
    with Served(own_neo4j_server.url, tmp_path / "served", workers=2) as served:
        cookie = served.sign_in()
        assert Client(served, cookie).ask("GET", "/lots").status == 200
        process = own_neo4j_server.pid
        try:
            _walk(served, cookie, _list_paths(tmp_path), lambda: os.kill(process, signal.SIGSTOP))
        finally:
            os.kill(process, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while Client(served, cookie).ask("GET", "/lots").status != 200:
            assert time.monotonic() < deadline, served.said()
            time.sleep(1)
