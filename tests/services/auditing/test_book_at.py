"""The book at record n: figures by postings that were booked by then are those of a book that ended there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store, TallyFilter
from tests.support.golden import NOW_MS, Golden
from traceability.domain.access import Assignment
from traceability.domain.period import parse_period
from traceability.exchange.seed import golden_drafts, load_reference, load_scenario
from traceability.services.auditing.book_at import Columns, sum_ledger_at
from traceability.services.directory.people import Person, put_person
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

YEARS = parse_period("2024..2026")
NATION = "nation:CN"


def open_empty(folder: Path) -> Store:
    store = open_store(f"sqlite:///{folder}/{len(list(folder.iterdir()))}.db")
    store.migrate()
    return store


def plain(sums: Columns) -> dict[str, dict[str, int]]:
    """Return sums without zeros."""
    whole = {
        metal: {name: grams for name, grams in columns.items() if grams} for metal, columns in sums.items()
    }
    return {metal: columns for metal, columns in whole.items() if columns}


def sums_of_tallies(store: Store) -> dict[str, dict[str, int]]:
    """Return what the store keeps as the sums of the present book."""
    with store.read() as reader:
        tallies = reader.sum_tallies(TallyFilter((NATION,)), by=("metal",))
    return plain({tally.metal: dict(tally.sums) for tally in tallies})


@pytest.fixture(scope="module")
def told_so_far(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Golden, list[dict[str, dict[str, int]]]]]:
    """The golden book, sealed, corrected and added to late, with its sums as they were after each record."""
    store = open_empty(tmp_path_factory.mktemp("at"))
    load_reference(store)
    load_scenario(store, "golden", lambda password: "")
    corrector = Person("golden-corrector", "golden-corrector", (Assignment("supervisor", "*"),))
    store.write(lambda writer: put_person(writer, corrector))
    golden = Golden(store)
    stages = [sums_of_tallies(store)]
    for draft in golden_drafts():
        capture_event(store, load_draft(draft), Deliverer("load"), NOW_MS)
        stages.append(sums_of_tallies(store))
    golden.send({
        "schema": 1, "id": "01970000-0000-7000-8000-00000000ffff", "kind": "seal", "site": "miluo",
        "actor": "golden-corrector", "event_time": "2025-04-02T09:00:00+08:00", "month": "2025-02",
    })  # fmt: skip
    stages.append(sums_of_tallies(store))
    golden.correct({"event": golden.event("collect-L10")}, cascade=True)
    stages.append(sums_of_tallies(store))
    late = golden.draft("collect-L02") | {
        "id": "01970000-0000-7000-8000-00000000fffe", "ticket": "LATE-1", "outputs": None, "actor": "golden-corrector",
    }  # fmt: skip
    late["outputs"] = [
        {**output, "lot": None, "code": None} for output in golden.draft("collect-L02")["outputs"]
    ]
    golden.send(late)
    stages.append(sums_of_tallies(store))
    yield golden, stages
    store.close()


def test_the_book_at_each_record_is_the_book_as_it_stood(
    told_so_far: tuple[Golden, list[dict[str, dict[str, int]]]],
) -> None:
    golden, stages = told_so_far
    with golden.store.read() as reader:
        assert reader.find_head().seq == len(stages) - 1
        for seq, stood in enumerate(stages):
            assert plain(sum_ledger_at(reader, NATION, YEARS, seq)) == stood, seq
    assert stages[-1] != stages[-2] != stages[-3], "late entry and correction book something"
