"""Load the demo once for all tests that look at it, and hand out copies.

The book is kept in the cache folder under a digest of what it is made by, so a second run of the tests copies it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from traceability.domain.calendar import SHANGHAI
from traceability.domain.event import Event
from traceability.exchange import demo, seed
from traceability.exchange.demo.diary import Months
from traceability.exchange.drafts import load_rows
from traceability.services.recording.judge import Deliverer

ROOT = Path(__file__).resolve().parents[2]
LAST_MONTH = "2026-10"
"""The month with which the tests' demo ends; it holds the year 2025 as a whole."""
NOW_MS = int(datetime(2026, 11, 20, 12, tzinfo=SHANGHAI).timestamp() * 1000)
MADE_BY = ("traceability", "graph", "scanners", "seed")
SUFFIXES = {".py", ".csv", ".toml", ".sql"}


@dataclass
class DemoBook:
    """A book that holds the demo."""

    store: Store
    months: Months

    def event(self, name: str) -> Event:
        """Return an event by its name in the generator."""
        id_ = demo.draw_id(name)
        with self.store.read() as reader:
            return reader.find_events([id_])[id_]

    def period(self, first: int, last: int) -> str:
        """Return the period of numbered months, as addresses write it."""
        return f"{self.months.label(first)}..{self.months.label(last)}"


def load_demo(store: Store, last_month: str = LAST_MONTH) -> None:
    """Load reference data, the demo's people and sites, and its events through the front door.

    Raises the error of an event that is refused.
    """
    seed.load_reference(store)
    seed.load_scenario(store, seed.DEMO, lambda password: "", last_month=last_month)
    rows = list(enumerate(seed.scenario_drafts(seed.DEMO, last_month), 1))
    for _, receipt in load_rows(store, rows, Deliverer("seed"), lambda: NOW_MS):
        if receipt.error is not None:
            raise receipt.error


def keep_demo(folder: Path) -> Path:
    """Return the file of a loaded demo, made once for each state of the sources."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"demo-{_digest_sources()}.db"
    with (folder / "demo.lock").open("w") as lock:
        flock(lock, LOCK_EX)  # other workers wait for the one that loads
        if not kept.exists():
            for stale in folder.glob("demo-*.db*"):
                stale.unlink()
            half = folder / "demo-half.db"
            store = open_store(f"sqlite:///{half}")
            store.migrate()
            load_demo(store)
            store.backup(kept.with_suffix(".tmp"))
            store.close()
            kept.with_suffix(".tmp").rename(kept)
            for rest in folder.glob("demo-half.db*"):
                rest.unlink()
    return kept


def _digest_sources() -> str:
    digest = sha256()
    for part in MADE_BY:
        for path in sorted((ROOT / part).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="module")
def demo_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoBook]:
    """A copy of the loaded demo for the tests of a module, which only look at it."""
    own = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copyfile(keep_demo(ROOT / ".cache" / "demo"), own)
    store = open_store(f"sqlite:///{own}")
    store.migrate()  # a copy is not in WAL mode, without which nothing can be written
    yield DemoBook(store, Months(LAST_MONTH))
    store.close()
