"""Provide a real Neo4j Community server for tests: one per xdist worker, and private ones to be
killed.

`neo4j_url`         a server shared by the tests of one worker, emptied before each of them
`neo4j_server`      the same as an object: uri, user, password, url, driver(), wipe(), stop(), start(), kill9()
`own_neo4j_server`  a fresh server for this test alone, to be stopped and killed
"""

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import neo4j
import pytest

from tests.support.gunicorn import free_port
from tests.support.parts import NEO4J_JARS, find_java, missing_parts

START_SECONDS = 180  # 8 s on an idle machine; a loaded CI machine may need far longer
STOP_SECONDS = 60
SMALL_GRAPH = 20_000  # nodes that one transaction deletes in well under a second


class Neo4jServer:
    """One server process with its own data folder; the port and the data survive stop, kill9 and start."""

    user = "neo4j"

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.password = secrets.token_hex(8)
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self._has_password = False
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def uri(self) -> str:
        """Return the address without credentials."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Return the address with credentials, as `graph.open_store` takes it."""
        return f"bolt://{self.user}:{self.password}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server on its data; return when Bolt answers."""
        assert self._process is None, "the server runs already"
        java = find_java()
        assert java is not None, "no Java"
        with self.log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    str(Path(__file__).with_name("neo4j_process.py")),
                    str(NEO4J_JARS),
                    str(self.data),
                    str(self.port),
                    str(Path(java).resolve().parents[1] / "lib" / "server" / "libjvm.so"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while "ready" not in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill9()
                raise RuntimeError(f"Neo4j did not start:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.1)
        if not self._has_password:
            with neo4j.GraphDatabase.driver(self.uri, auth=(self.user, "neo4j")) as driver:
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password",
                    password=self.password,
                    database_="system",
                )
            self._has_password = True

    def stop(self) -> None:
        """Stop in order, as an administrator would; harmless when it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill9(self) -> None:
        """Kill with SIGKILL, as a power cut would; `start` then recovers the data."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """Return the id of the process, to stop and continue it."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Return whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def driver(self) -> neo4j.Driver:
        """Return a new driver for this server; the caller closes it."""
        return neo4j.GraphDatabase.driver(
            self.uri, auth=(self.user, self.password), notifications_min_severity="OFF"
        )

    def wipe(self, *, schema: bool = False) -> None:
        """Delete every node; with schema=True also every constraint and index, as on a new server."""
        with self.driver() as driver, driver.session() as session:
            count = session.run("MATCH (n) RETURN count(n)").single(strict=True).value()
            if count > SMALL_GRAPH:
                session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
            elif count:
                session.run("MATCH (n) DETACH DELETE n").consume()
            if schema:
                for name in session.run("SHOW CONSTRAINTS YIELD name").value():
                    session.run(f"DROP CONSTRAINT `{name}`").consume()
                for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").value():
                    session.run(f"DROP INDEX `{name}`").consume()


def _skip_without_server() -> None:
    if "neo4j" in missing_parts():
        pytest.skip(missing_parts()["neo4j"])


@pytest.fixture(scope="session")
def _worker_neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    _skip_without_server()
    folder = tmp_path_factory.mktemp("neo4j")
    server = Neo4jServer(folder)
    server.start()
    yield server
    server.kill9()  # nobody reads these data again
    shutil.rmtree(server.data, ignore_errors=True)


@pytest.fixture
def neo4j_server(_worker_neo4j_server: Neo4jServer) -> Neo4jServer:
    """Start the worker's server, without nodes; constraints and indexes may remain from earlier
    tests."""
    if not _worker_neo4j_server.running:
        _worker_neo4j_server.kill9()
        _worker_neo4j_server.start()
    _worker_neo4j_server.wipe()
    return _worker_neo4j_server


@pytest.fixture
def neo4j_url(neo4j_server: Neo4jServer) -> str:
    """Return `bolt://user:password@host:port` of an empty database."""
    return neo4j_server.url


@pytest.fixture
def own_neo4j_server(tmp_path: Path) -> Iterator[Neo4jServer]:
    """Start a new server for one test that stops or kills it."""
    _skip_without_server()
    server = Neo4jServer(tmp_path / "own_neo4j")
    server.start()
    yield server
    server.kill9()
    shutil.rmtree(server.data, ignore_errors=True)
