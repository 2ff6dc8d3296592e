"""A book of the first rules opens, migrates and is derived again with the figures that it had, on both engines.

The log beside this file is what the last version before the rules about identifiers, activities and papers wrote: two typings of
one ticket, heat, certificate, plate and credit code, two accounts of one name, a manifest of two transfers under a licence that
nobody holds, split dross, a planner's statistic at a plant, corrections before and after a sealed month.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL

import pytest

from graph import open_store
from graph.paging import read_all
from graph.store import Body, Store, Writer
from tests.support.business import Business
from tests.support.engines import ENGINES
from traceability.domain.claims import Claim
from traceability.domain.event import Seal
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS
from traceability.exchange.event_log import import_log
from traceability.exchange.seed import load_reference
from traceability.services.upkeep.check import check_book
from traceability.services.upkeep.rebuild import is_settled, rebuild, settle

LOG = Path(__file__).parent / "book_of_the_first_rules.jsonl"
EVENTS = 31
FIGURES = "e6735ead56715b7c5988dc3e5e842f9c3db027159a41cd903bab70b2afd67d9b"
"""SHA-256 of the rows of the ledger, as that version derived them: it knew no turnover."""
NAMES = ("party", "party_name", "party_met", "vehicle", "person", "tare")


@pytest.fixture
def book(store: Store) -> Store:
    import_log(store, LOG)
    load_reference(store)
    return store


def figures(store: Store) -> str:
    """What the book's events posted, down to the month in which each row is booked."""
    with store.read() as reader:
        rows = sorted(
            [p.event, p.row.account, p.row.site, p.row.metal, p.row.month, p.book_month, p.row.source_class,
             p.row.origin, p.grams]
            for p in reader.scan_postings(range(1, EVENTS + 1))
            if p.row.account not in TURNOVER_ACCOUNTS
        )  # fmt: skip
    return sha256(json.dumps(rows).encode()).hexdigest()


def state(store: Store) -> tuple[list[Claim], dict[str, list[tuple[str, str, Body]]]]:
    """Who holds what, and which names lead to whom."""
    with store.read() as reader:
        documents = {
            kind: [
                (one.id, one.group, one.body)
                for one in read_all(lambda after, kind=kind: reader.list_documents(kind, after=after))  # type: ignore[misc]
            ]
            for kind in NAMES
        }
        return reader.list_claims("", limit=1000), documents


def test_its_log_in_a_new_store_is_the_book_that_a_rebuild_leads_to(book: Store) -> None:
    imported = check_book(book)
    assert (imported.events, imported.findings) == (EVENTS, [])
    assert figures(book) == FIGURES
    before = state(book)
    import_log(book, LOG)  # once more: nothing is doubled
    assert state(book) == before
    rebuild(book)
    rebuilt = check_book(book)
    assert (rebuilt.digest, rebuilt.findings, rebuilt.collisions) == (
        imported.digest,
        [],
        imported.collisions,
    )
    assert state(book) == before
    assert figures(book) == FIGURES


def test_its_identifiers_that_are_one_by_now_are_told(book: Store) -> None:
    assert [(one.code, one.identifier) for one in check_book(book).collisions] == [
        ("check.number_shared", "certificate/gec-1"),
        ("check.number_shared", "heat/plant/2025/h-1"),
        ("check.number_shared", "ticket/yard/2025/t-1"),
        ("check.manifest_shared", "M-1"),
        ("check.account_shared", "zhou"),
        ("check.plate_shared", "湘a12345"),
        ("check.code_shared", "91350100m000100y43"),
    ]


def test_its_seals_hold_and_what_comes_now_is_booked_beside_them(book: Store) -> None:
    here = Business(book, number=500, tickets=500)
    with book.read() as reader:
        events = reader.find_events_by_seq(range(1, EVENTS + 1)).values()
        seals = [event for event in events if isinstance(event.draft.detail, Seal)]
    assert len(seals) == 2
    assert all(seal.frozen.month_digest for seal in seals)
    here.collect("tense", kg=100, at="2025-01-21T08:00:00")
    with book.read() as reader:
        posted = reader.scan_postings([EVENTS + 1])
    assert {(row.row.month, row.book_month) for row in posted} == {("2025-01", "2026-01")}
    assert figures(book) == FIGURES
    assert check_book(book).findings == []


def put_older_names(writer: Writer) -> None:
    """Put the names back under their typing, as that version kept them."""
    for line in map(json.loads, LOG.read_text("utf-8").splitlines()):
        if line.get("document") == "party_met":
            [version] = line["versions"]
            writer.put_document("party_met", line["id"], version["body"], group=version["group"])


SLOW_REBUILD = """
import sys, time
from graph import open_store
from traceability.services.upkeep import rebuild as rebuilding

rebuilding.CHUNK = 2
store = open_store(sys.argv[1])

def tell(done, whole):
    print(done, flush=True)
    time.sleep(0.2)

if rebuilding.is_unfinished(store):
    rebuilding.finish_rebuild(store, tell)
else:
    rebuilding.rebuild(store, tell)
"""


def kill_in_the_middle(url: str, after: int) -> None:
    """Derive the book again in a process of its own, and kill it with -9 after so many events."""
    command = [sys.executable, "-c", SLOW_REBUILD, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert any(int(line) >= after for line in process.stdout)
        finally:
            process.send_signal(SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_while_it_migrates_it_is_finished_by_the_next_command(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    local = f"sqlite:///{tmp_path}/book.db"
    url = local if engine == "sqlite" else str(request.getfixturevalue("neo4j_url"))
    store = open_store(url)
    store.migrate()
    import_log(store, LOG)
    load_reference(store)
    digest, before = check_book(store).digest, state(store)
    store.write(put_older_names)
    for after in (4, 20):
        kill_in_the_middle(url, after)
        assert not is_settled(store)
    settle(store)
    report = check_book(store)
    assert (report.digest, report.findings) == (digest, [])
    assert state(store) == before
    assert figures(store) == FIGURES
    store.close()
