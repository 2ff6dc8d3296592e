"""A store that accepts and stays silent makes every route answer 503 in time, and /livez 200."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app import create_app
from graph import open_store
from tests.faults.serving import Client, Served
from tests.support.business import open_business
from tests.support.neo4j_server import Neo4jServer
from traceability.config import Settings

IN_TIME_S = 20.0
ARGUMENT = re.compile("<[^>]+>")
ID = "0194a000-0000-7000-8000-000000000001"
WITHOUT_STORE = {"health.live", "static", "session.choose_language", "home.icon"}


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
    assert not any(inner in health for inner in ("/tmp", ".db", "bolt", "sqlite", "127.0.0.1"))
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
