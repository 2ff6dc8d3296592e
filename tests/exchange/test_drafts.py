"""A file of drafts is loaded the same, whether this process reads it or a second one beside it."""

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from itertools import accumulate, islice
from pathlib import Path
from signal import SIGKILL

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import NOW_MS, Business, grams, open_business
from traceability.domain.errors import (
    BadDraft,
    BadInput,
    EventRejected,
    FieldError,
    StoreUnavailable,
    TraceabilityError,
    Violation,
)
from traceability.exchange import drafts
from traceability.exchange.drafts import load_file
from traceability.services.recording.capture import MOST_EVENTS, Receipt
from traceability.services.recording.judge import Deliverer

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    open_business(store)
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(drafts, "LONG", 0)
    file = tmp_path / "loads.jsonl"
    file.write_bytes(b"".join(lines_of_loads(Business(store))))
    return file


def load(store: Store, file: Path, processes: int = 2) -> Generator[tuple[int, Receipt], None, None]:
    return load_file(store, file, Deliverer("load"), lambda: NOW_MS, None, processes)


def readers_of(file: Path) -> list[int]:
    """The processes that read this file for another one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if b"send_batches" in words and str(file).encode() in words:
                found.append(int(process.name))
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_every_row_is_answered_whichever_process_reads_it(store: Store, file: Path, processes: int) -> None:
    reached: list[int] = []

    def progress(done: int, whole: int) -> None:
        reached.append(done)

    answers = list(load_file(store, file, Deliverer("load"), lambda: NOW_MS, progress, processes))
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
    ends = list(accumulate(map(len, file.read_bytes().splitlines(keepends=True))))
    assert reached == [*ends[MOST_EVENTS - 1 :: MOST_EVENTS], ends[-1]]
    assert not readers_of(file)
    with store.read() as reader:
        assert reader.find_head().seq == ROWS - 4


def test_a_reader_that_is_killed_is_stood_in_for(store: Store, file: Path) -> None:
    answers = load(store, file)
    first = list(islice(answers, MOST_EVENTS))
    (reader,) = readers_of(file)
    os.kill(reader, SIGKILL)
    assert len(first) + len(list(answers)) == ROWS
    with store.read() as reading:
        assert reading.find_head().seq == ROWS - 4


def test_nobody_is_left_behind_by_a_load_that_is_given_up(store: Store, file: Path) -> None:
    answers = load(store, file)
    next(answers)
    assert readers_of(file)
    answers.close()
    assert not readers_of(file)


def test_a_reader_ends_with_the_process_that_it_reads_for(file: Path) -> None:
    program = f"""
import time
from pathlib import Path
from traceability.exchange import drafts
reading = drafts._read_in_second_process(Path({str(file)!r}))
next(reading)
print("read", flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout
    assert parent.stdout.readline() == b"read\n"
    parent.kill()
    # It holds no end of what the first process was given, and ends at its next word.
    assert parent.communicate(timeout=20)[0] == b""
    end = time.monotonic() + 20
    while readers_of(file) and time.monotonic() < end:
        time.sleep(0.05)
    assert not readers_of(file)


def test_a_broken_array_is_refused_whichever_process_reads_it(store: Store, file: Path) -> None:
    file.write_bytes(b"[" + b",".join(lines_of_loads(Business(store))) + b"]")
    for processes in (1, 2):
        with pytest.raises(BadInput, match=r"json\.malformed"):
            list(load(store, file, processes))
    file.unlink()
    with pytest.raises(FileNotFoundError):
        list(load(store, file))


@pytest.mark.parametrize("first", [b"\n\n", b"{broken\n", b'{"x": NaN}\n', b"\xff\n", b"[" * 50_000 + b"\n"])
def test_a_bad_first_line_costs_one_row(store: Store, file: Path, first: bytes) -> None:
    file.write_bytes(first + b"".join(lines_of_loads(Business(store))[4:8]))
    answers = [receipt.status for _, receipt in load(store, file)]
    assert answers == (["rejected"] if first.strip() else []) + ["created"] * 4


@pytest.mark.parametrize("shape", [b"[%s]", b'{"events": [%s]}'])
def test_one_number_that_is_none_refuses_a_whole_array(store: Store, file: Path, shape: bytes) -> None:
    drafts = [line.strip() for line in lines_of_loads(Business(store))[4:8]]
    drafts[2] = drafts[2].replace(b"{", b'{"x": NaN, ', 1)
    file.write_bytes(shape % b",".join(drafts))
    with pytest.raises(BadDraft):
        list(load(store, file))
    with store.read() as reader:
        assert reader.find_head().seq == 0


def test_a_pipe_is_read_too(store: Store, file: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", str(file), str(pipe)]):
        assert len(list(load(store, pipe))) == ROWS


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
