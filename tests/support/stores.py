"""Provide an empty store on each engine, so that one test speaks for both.

`store`         both engines in turn
`sqlite_store`  the embedded engine alone, where the engine does not matter
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from graph import open_store
from graph.store import Store
from tests.support.engines import ENGINES
from tests.support.neo4j_server import Neo4jServer
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.services.upkeep.rebuild import rebuild

OpenEmpty = Callable[[], AbstractContextManager[Store]]
"""Opens an empty store, and closes it at the end: each example of a stateful property has its own."""


@contextmanager
def empty_sqlite_store() -> Iterator[Store]:
    """Open an embedded store in a folder of its own."""
    with TemporaryDirectory() as folder:
        yield from _open(f"sqlite:///{folder}/book.db")


def run_on_neo4j(
    machine: Callable[[OpenEmpty], RuleBasedStateMachine], server: Neo4jServer, step_count: int
) -> None:
    """Try a stateful property on a server: few histories, the same in every run, as each takes far longer there."""

    @contextmanager
    def open_empty() -> Iterator[Store]:
        server.wipe()
        yield from _open(server.url)

    few = settings(
        derandomize=True, database=None, max_examples=2, deadline=None, stateful_step_count=step_count,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: machine(open_empty), settings=few)  # type: ignore[arg-type]


def assert_equal_to_a_rebuild(store: Store) -> None:
    """Assert that the book agrees with itself, and with what its events alone lead to."""
    report = check_book(store)
    assert not report.findings
    rebuild(store)
    with store.read() as reader:
        assert compute_digest(reader) == report.digest


def _open(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty embedded store."""
    yield from _open(f"sqlite:///{tmp_path}/book.db")


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store, once on each engine."""
    if request.param == "sqlite":
        yield from _open(f"sqlite:///{tmp_path}/book.db")
    else:
        yield from _open(request.getfixturevalue("neo4j_url"))
