"""Provide a book on each engine by its address, for tests whose writers are processes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.faults.serving import Client, Served
from tests.support.business import open_business
from tests.support.engines import ENGINES


@pytest.fixture(params=ENGINES)
def book_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address, with credentials, of a book with reference data, sites and people, and no
    event."""
    url: str
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'book.db'}"
    else:
        url = request.getfixturevalue("neo4j_url")
    store = open_store(url)
    store.migrate()
    open_business(store)
    store.close()
    return url


@pytest.fixture
def book(book_url: str) -> Iterator[Store]:
    """Open the same book."""
    store = open_store(book_url)
    yield store
    store.close()


@pytest.fixture
def served(book_url: str, tmp_path: Path) -> Iterator[Served]:
    """Run gunicorn with four workers on that book."""
    with Served(book_url, tmp_path / "served") as server:
        yield server


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """Open a signed-in person's connection to it."""
    found = Client(served, served.sign_in())
    yield found
    found.close()
