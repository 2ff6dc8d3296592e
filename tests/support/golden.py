"""Load the golden scenario on a store, and find its lots and events by their short names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from graph import open_store
from graph.records import decode_lot
from graph.store import Store
from tests.support.engines import ENGINES
from traceability.domain.access import Assignment
from traceability.domain.calendar import SHANGHAI
from traceability.domain.lot import Lot
from traceability.domain.posting import LedgerRow
from traceability.exchange.seed import (
    golden_drafts,
    golden_events,
    golden_lots,
    load_reference,
    load_scenario,
)
from traceability.services.directory.people import Person, put_person
from traceability.services.recording.capture import Receipt, capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

NOW_MS = int(datetime(2026, 1, 20, 12, tzinfo=SHANGHAI).timestamp() * 1000)


@dataclass
class Golden:
    """The scenario's store with its names."""

    store: Store
    names: dict[str, str] = field(default_factory=golden_lots)
    events: dict[str, str] = field(default_factory=golden_events)
    corrections: int = 0

    def id(self, name: str) -> str:
        """Return a lot's id."""
        return self.names[name]

    def event(self, name: str) -> str:
        """Return an event's id."""
        return self.events[name]

    def lot(self, name: str) -> Lot:
        """Return a lot's row."""
        with self.store.read() as reader:
            return reader.find_lots([self.id(name)])[self.id(name)]

    def all_lots(self) -> dict[str, Lot]:
        """Return every lot by id."""
        with self.store.read() as reader:
            return {row.id: decode_lot(row) for row in reader.scan_lots("", 1000)}

    def rows(self, event: str) -> dict[LedgerRow, int]:
        """Return what an event posted."""
        with self.store.read() as reader:
            seq = reader.find_events([self.event(event)])[self.event(event)].seq
            return {posting.row: posting.grams for posting in reader.scan_postings([seq])}

    def mass_loss_kg(self, event: str) -> int:
        """Return mass in and uptake less mass out."""
        with self.store.read() as reader:
            found = reader.find_events([self.event(event)])[self.event(event)]
            edges = reader.list_edges([found.seq])
        masses = {
            role: sum(edge.mass_g for edge in edges if edge.role == role) for role in ("input", "output")
        }
        return (masses["input"] + found.draft.uptake_g - masses["output"]) // 1000

    def draft(self, event: str) -> dict[str, Any]:
        """Return an event's draft on the wire."""
        return next(draft for draft in golden_drafts() if draft["id"] == self.event(event))

    def send(self, body: dict[str, Any]) -> Receipt:
        """Send a draft through the wire and the front door."""
        body = {name: value for name, value in body.items() if value is not None}
        return capture_event(self.store, load_draft(body), Deliverer("test"), NOW_MS)

    def correct(self, *targets: dict[str, Any], cascade: bool = False) -> Receipt:
        """Record a correction by a supervisor of every site."""
        self.corrections += 1
        return self.send({
            "schema": 1, "id": f"01970000-0000-7000-8000-{self.corrections:012x}", "kind": "correct", "site": "miluo",
            "event_time": "2025-04-15T09:00:00+08:00", "actor": "golden-corrector", "targets": list(targets),
            "cascade": cascade, "reason": "wrong on the ticket",
        })  # fmt: skip


def load_golden(store: Store) -> None:
    """Load reference data, the scenario's people and sites, and its events."""
    load_reference(store)
    load_scenario(store, "golden", lambda password: "")
    corrector = Person("golden-corrector", "golden-corrector", (Assignment("supervisor", "*"),))
    store.write(lambda writer: put_person(writer, corrector))
    drafts = [load_draft(draft) for draft in golden_drafts()]
    for receipt in capture_batch(store, drafts, Deliverer("load"), NOW_MS):
        if receipt.error is not None:
            raise receipt.error


@pytest.fixture
def golden(store: Store) -> Golden:
    """Load the scenario afresh on each engine, for tests that add to it."""
    load_golden(store)
    return Golden(store)


@pytest.fixture(scope="module", params=ENGINES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Golden]:
    """Load the scenario once a module and engine, for tests that only look (or are refused)."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('told')}/golden.db"
    else:
        server = request.getfixturevalue("_worker_neo4j_server")
        server.wipe()
        url = server.url
    store = open_store(url)
    store.migrate()
    load_golden(store)
    yield Golden(store)
    store.close()
