"""While Neo4j is stopped, everybody is told to try again; afterwards the work goes on."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from graph import open_store
from graph.store import Head, Store
from tests.faults.serving import Client, Served
from tests.support.business import Business, open_business
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.errors import StoreUnavailable
from traceability.services.upkeep.check import check_book

SOON_S = (
    60  # some 6 s on an idle machine: the driver tries again for as long as a server's restart may be short
)


@pytest.fixture
def away(own_neo4j_server: Neo4jServer, tmp_path: Path) -> Iterator[Served]:
    """gunicorn on a server that may be stopped."""
    book = open_store(own_neo4j_server.url)
    book.migrate()
    open_business(book)
    book.close()
    with Served(own_neo4j_server.url, tmp_path / "served", workers=2) as served:
        yield served


def _collected(yard: Business) -> dict[str, Any]:
    yard.tickets += 1
    return yard.draft(
        "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"T{yard.tickets:05d}",
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 50_000}],
    )  # fmt: skip


def _read_head(store: Store) -> Head:
    with store.read() as reader:
        return reader.find_head()


def _wait_until_well(client: Client) -> None:
    deadline = time.monotonic() + SOON_S
    while client.ask("GET", "/healthz").status != 200:
        assert time.monotonic() < deadline, client.served.said()
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_stopped_and_started_in_the_middle(own_neo4j_server: Neo4jServer, away: Served) -> None:
    client = Client(away, away.sign_in())
    book = open_store(own_neo4j_server.url)
    yard = Business(book)
    before, meanwhile, later = (_collected(yard) for _ in range(3))
    assert client.post(before).status == 201

    own_neo4j_server.stop()
    started = time.monotonic()
    with ThreadPoolExecutor() as people:  # at once: each is told only after the driver's tries
        posts = [
            people.submit(Client(away, client.cookie, language=language).post, meanwhile)
            for language in ("zh", "en")
        ]
        pages = [people.submit(Client(away, client.cookie).ask, "GET", path) for path in ("/", "/healthz")]
        own: list[Future[Any]] = [
            people.submit(_read_head, book),
            people.submit(yard.collect, "tense", kg=60),
        ]
        assert client.ask("GET", "/livez").status == 200
    for answer in (post.result() for post in posts):
        assert (answer.status, answer.type) == (503, "application/problem+json"), away.said()
        assert answer.body["code"] == "store.unavailable"
        assert answer.body["detail"] not in ("", "store.unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert own_neo4j_server.password not in str(answer.body)
    page, health = (one.result() for one in pages)
    assert (page.status, page.type) == (503, "text/html"), page
    assert health.status == 503
    for refused in own:
        with pytest.raises(StoreUnavailable):
            refused.result()
    print(f"six refusals in {time.monotonic() - started:.1f} s")
    assert time.monotonic() - started < 2 * SOON_S

    own_neo4j_server.start()
    # 200 where a try that the driver gave up had been stored: it is told as a duplicate, and counted once below.
    assert client.post_until_answered(meanwhile, SOON_S).status in (200, 201)
    assert client.post_until_answered(before, SOON_S).status == 200
    assert client.post_until_answered(later, SOON_S).status in (200, 201)
    assert client.ask("GET", "/").status == 200
    assert client.ask("GET", "/healthz").status == 200
    assert "Traceback" not in away.said()
    report = check_book(book)
    assert report.findings == []
    assert report.events == 3

    # And the other way round: the application is there before its database.
    own_neo4j_server.stop()
    away.kill9()
    away.start()
    early = Client(away, "")
    assert early.ask("GET", "/healthz").status == 503
    assert early.ask("GET", "/sign-in").status == 503
    own_neo4j_server.start()
    _wait_until_well(early)
    early.cookie = away.sign_in()
    assert early.post_until_answered(later, SOON_S).status == 200
    book.close()
