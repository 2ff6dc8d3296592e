"""Whatever page of a book is destroyed, check says so and which table, in both languages, and never breaks off."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.golden import load_golden
from tests.support.neo4j_server import Neo4jServer
from traceability.cli import FINDINGS, OK, STORE, run
from traceability.domain.errors import StoreError
from traceability.services.upkeep.check import check_book

PAGE = 4096
MOST_ROOTS = 34  # pages with which tables and indexes begin; of the others a sample is destroyed
FIRST_PAGES = 3  # header, and what the store keeps of itself: nothing can be opened without


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    store = open_store(f"sqlite:///{folder}/book.db")
    store.migrate()
    load_golden(store)
    store.write(lambda writer: writer.append_log("sign_in", {"person": "somebody"}))
    store.backup(folder / "whole.db")
    store.close()
    return folder / "whole.db"


def check(path: Path, raw: bytes, language: str = "en") -> int:
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    path.write_bytes(raw)
    return run(["check", "--store", f"sqlite:///{path}", "--language", language])


def has_tables(path: Path) -> bool:
    """Return whether SQLite finds the statements of the tables, without which it opens nothing."""
    with closing(sqlite3.connect(path)) as book:
        try:
            return bool(book.execute("SELECT sql FROM sqlite_schema").fetchall())
        except sqlite3.DatabaseError:
            return False


def test_the_whole_book_is_sound(whole: Path, tmp_path: Path) -> None:
    assert check(tmp_path / "book.db", whole.read_bytes()) == OK


@pytest.mark.slow
def test_zeroed_pages_are_found(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = whole.read_bytes()
    passed = []
    for start in [page * PAGE for page in range(len(raw) // PAGE) if page < MOST_ROOTS or not page % 8]:
        language = ("en", "zh")[start // PAGE % 2]
        status = check(tmp_path / "book.db", raw[:start] + bytes(PAGE) + raw[start + PAGE :], language)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert ("The book is sound" in said.out or "账本一致" in said.out) == (status == OK)
        unopenable = start < FIRST_PAGES * PAGE or not has_tables(tmp_path / "book.db")
        if status != (STORE if unopenable else FINDINGS):
            passed.append(start // PAGE + 1)
    assert passed == []


@pytest.mark.slow
def test_flipped_bits_that_anybody_reads_are_found(whole: Path, tmp_path: Path) -> None:
    raw = whole.read_bytes()
    chance = random.Random(16)
    # What a vacuumed page holds beyond its rows (a table's statement among it) nobody reads.
    used = [
        at
        for at in range(PAGE, len(raw))
        if raw[at : at + 1].isalnum()
        and raw[at - 3 : at + 4].isascii()
        and b"NULL" not in raw[at - 40 : at + 40]
    ]
    passed = []
    for at in chance.sample(used, 20):
        altered = bytearray(raw)
        altered[at] ^= 1 << chance.randrange(7)
        if check(tmp_path / "book.db", bytes(altered)) == OK:
            passed.append((at, raw[at - 20 : at + 20]))
    assert passed == []


@pytest.mark.parametrize("table", ["documents", "claims", "edges", "stock", "log"])
def test_the_table_is_named(whole: Path, tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(whole)) as book:
        page = book.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    raw, start = whole.read_bytes(), (page - 1) * PAGE
    path = tmp_path / "book.db"
    path.write_bytes(raw[:start] + bytes(PAGE) + raw[start + PAGE :])
    report = check_book(open_store(f"sqlite:///{path}"))
    assert table in {found.about for found in report.findings if found.code == "check.engine"}


@pytest.fixture
def on_server(neo4j_server: Neo4jServer) -> Iterator[Store]:
    neo4j_server.wipe()
    store = open_store(neo4j_server.url)
    store.migrate()
    load_golden(store)
    yield store
    store.close()
    neo4j_server.wipe()


@pytest.mark.slow
def test_a_server_s_book_is_compared_too(on_server: Store, neo4j_server: Neo4jServer) -> None:
    assert check_book(on_server).findings == []
    changes = {
        "MATCH (d:Document {kind: 'person'}) WITH d LIMIT 1 SET d.body = '{}'": "check.documents_differ",
        "MATCH (d:DocumentVersion {kind: 'site'}) WITH d LIMIT 1 DELETE d": "check.documents_differ",
        "CREATE (:LogEntry {kind: 'audit', number: 99, body: '{}'})": "check.documents_differ",
        "MATCH (c:Claim) WHERE c.key STARTS WITH 'ticket/' DELETE c": "check.claim_lost",
        "MATCH (p:Posting) WITH p LIMIT 1 CREATE (:Posting {event: 9999, cause: 1, number: 0})": "check.engine",
        "MATCH (w:Writer) SET w.record_ms = w.record_ms + 1": "check.head_differs",
        "CREATE (:Customer)": "check.engine",
        "DROP INDEX events_by_kind": "check.engine",
    }
    with neo4j_server.driver() as driver:
        for change in changes:
            driver.execute_query(change)
    found = {finding.code for finding in check_book(on_server).findings}
    assert found >= set(changes.values())
    assert {"Customer", "events_by_kind", "postings"} <= {one.about for one in check_book(on_server).findings}


def test_a_book_without_sums_gets_them(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.write_bytes(whole.read_bytes())
    with closing(sqlite3.connect(path)) as book:
        book.execute("DROP TABLE row_sums")
        for index in (
            "lots_of_residue",
            "claims_by_second_group",
            "claims_by_third_group",
        ):  # came later than the sums
            book.execute(f"DROP INDEX {index}")
        book.execute("ALTER TABLE lots DROP COLUMN waste")
        book.execute("UPDATE meta SET value = 5 WHERE key = 'schema_version'")
        book.commit()
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"store\.unmigrated"), store.read():
        pass
    assert not store.migrate()
    assert check_book(store).findings == []
