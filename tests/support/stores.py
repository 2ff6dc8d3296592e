"""Provide an empty store on each engine, so that one test speaks for both.

`store`         both engines in turn
`sqlite_store`  the embedded engine alone, where the engine does not matter
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.engines import ENGINES
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.services.upkeep.rebuild import rebuild


def assert_equal_to_a_rebuild(store: Store) -> None:
    """Assert that the book agrees with itself, and with what its events alone lead to."""
    report = check_book(store)
    assert not report.findings
    rebuild(store)
    with store.read() as reader:
        assert compute_digest(reader) == report.digest


def _open(url: str) -> Iterator[Store]:
    store = open_store(url)
    store.migrate()
    yield store
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
