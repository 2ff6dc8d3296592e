"""Is a file of drafts loaded the same whoever reads it, this process or a second one beside it?"""

import json
import pickle
from pathlib import Path

import pytest

from graph import open_store
from tests.support.business import NOW_MS, Business, grams, open_business
from traceability.domain.errors import (
    BadDraft,
    EventRejected,
    FieldError,
    StoreUnavailable,
    TraceabilityError,
    Violation,
)
from traceability.exchange.draft_file import load_file
from traceability.services.capture import MOST_EVENTS, Deliverer

ROWS = 4 * MOST_EVENTS + 7  # more batches than are read ahead


def lines_of_loads(here: Business) -> list[bytes]:
    """A campaign of weighings as a file; some lines cannot be read, or are refused."""
    drafts = [
        here.draft("collect", "yard", ticket=f"T{number}", supplier="zhang", source_class="post",
                            channel="offline", outputs=[{"form": "scrap", "material": "tense", "mass_g": grams(100)}])
        for number in range(ROWS)
    ]  # fmt: skip
    drafts[250]["outputs"][0]["mass_g"] = "heavy"
    drafts[410]["site"] = "nowhere"
    drafts[777] = drafts[776]
    lines = [json.dumps(draft).encode() + b"\n" for draft in drafts]
    lines[3] = b"{broken\n"
    return lines


@pytest.mark.parametrize("processes", [1, 2])
def test_every_row_is_answered_whichever_process_reads_it(tmp_path: Path, processes: int) -> None:
    file = tmp_path / "loads.jsonl"
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    open_business(store)
    file.write_bytes(b"".join(lines_of_loads(Business(store))))
    reached: list[int] = []
    answers = list(
        load_file(
            store,
            file,
            Deliverer("load"),
            lambda: NOW_MS,
            lambda done, whole: reached.append(done),
            processes,
        )
    )
    assert [row for row, _ in answers] == list(range(1, ROWS + 1))
    others = {row: receipt for row, receipt in answers if receipt.status != "created"}
    assert {row: receipt.status for row, receipt in others.items()} == {
        4: "rejected", 251: "rejected", 411: "rejected", 778: "duplicate",
    }  # fmt: skip
    errors = {row: receipt.error for row, receipt in others.items()}
    assert isinstance(errors[4], BadDraft)
    assert [fault.code for fault in errors[4].fields] == ["json.malformed"]
    assert isinstance(errors[251], BadDraft)
    assert [fault.path for fault in errors[251].fields] == ["outputs.0.mass_g"]
    assert isinstance(errors[411], EventRejected)
    assert reached == sorted(reached)
    assert reached[-1] == file.stat().st_size
    with store.read() as reader:
        assert reader.last().seq == ROWS - 4
    store.close()


@pytest.mark.parametrize(
    "error",
    [
        BadDraft([FieldError("kind", "field.required")]),
        EventRejected([Violation("rule.unknown_site", "site", figures={"site": "x"})]),
        StoreUnavailable("store.away", seconds=3),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_another_process_arrives_whole(error: TraceabilityError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert (str(arrived), vars(arrived)) == (str(error), vars(error))
