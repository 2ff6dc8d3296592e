"""A book exported from one store is imported exactly into another.

This holds for seq, times, chain, corrections, and everything derived.
"""

import ast
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from graph import open_store
from graph.store import VERSIONED, Store
from tests.support.business import Business, open_business
from tests.support.golden import Golden, load_golden
from tests.support.reading import ask
from traceability.domain.errors import BadInput
from traceability.domain.event import Event
from traceability.domain.period import parse_period
from traceability.exchange import event_log
from traceability.exchange.event_log import (
    LEFT_OUT,
    LOGS,
    PRIVATE,
    SHARED,
    book_at,
    check_log,
    export_log,
    import_log,
)
from traceability.services.recording.capture import Recorder
from traceability.services.reporting.figures.report import regional_report
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.wire import canonical, dump_draft
from traceability.wire import digest as draft_digest

ROOT = Path(__file__).resolve().parents[2]

EVENTS = 106  # of the golden book, the one that is recorded beside the scenario included
DOCUMENT = EVENTS + 7  # the line of a document, counted from 0


@pytest.fixture
def book(tmp_path: Path) -> Golden:
    """The golden scenario with a replaced event, so that first and present versions differ, downstream too."""
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    load_golden(store)
    book = Golden(store)
    event = book.lot("L02").made_by
    with store.read() as reader:
        body = dump_draft(reader.find_events([event])[event].draft)
    new = {name: value for name, value in body.items() if name != "id"} | {"origin": "500000"}
    book.correct({"event": event, "draft": new})
    return book


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/other.db")
    store.migrate()
    return store


def digest_of(store: Store) -> str:
    with store.read() as reader:
        return compute_digest(reader)


def test_an_imported_book_is_the_same_to_the_last_letter(book: Golden, empty: Store, tmp_path: Path) -> None:
    out = export_log(book.store, tmp_path / "book.log")
    done = import_log(empty, tmp_path / "book.log")
    assert (done.seq, done.chain, done.events) == (out.seq, out.chain, EVENTS)
    assert digest_of(empty) == digest_of(book.store)
    report = check_book(empty)
    assert report.findings == []
    export_log(empty, tmp_path / "again.log")
    assert (tmp_path / "again.log").read_bytes() == (tmp_path / "book.log").read_bytes()


def test_importing_again_changes_nothing(book: Golden, empty: Store, tmp_path: Path) -> None:
    export_log(book.store, tmp_path / "book.log", private=True)
    import_log(empty, tmp_path / "book.log")
    before = digest_of(empty)
    done = import_log(empty, tmp_path / "book.log")
    assert (done.events, done.documents, digest_of(empty)) == (0, 0, before)


def test_a_log_that_went_through_an_editor_or_a_transfer_in_text_mode_is_the_same_log(
    book: Golden, empty: Store, tmp_path: Path
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path, private=True)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    check_log(path)
    assert import_log(empty, path).events == EVENTS
    assert digest_of(empty) == digest_of(book.store)


@pytest.mark.parametrize("chunk", [7, 53, 105])
def test_an_interrupted_import_goes_on(
    book: Golden, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(event_log, "CHUNK", chunk)
    path = tmp_path / "book.log"
    export_log(book.store, path)
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:30]))
    with pytest.raises(BadInput, match=r"log\.incomplete"):
        import_log(empty, path)
    path.write_bytes(whole)
    assert import_log(empty, path).events == EVENTS - 29
    assert digest_of(empty) == digest_of(book.store)


def test_an_interrupted_export_goes_on(book: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "CHUNK", 10)
    path = tmp_path / "book.log"

    def stop(done: int, _: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_log(book.store, path, progress=stop)
    assert not path.exists()
    part = tmp_path / "book.log.part"
    part.write_bytes(part.read_bytes()[:-40])  # the disk kept less than was written
    assert 0 < export_log(book.store, path).events < EVENTS
    resumed = path.read_bytes()
    export_log(book.store, path)
    assert resumed == path.read_bytes()


def test_a_part_of_another_book_is_not_continued(book: Golden, tmp_path: Path) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = path.read_bytes().splitlines(keepends=True)
    foreign = json.loads(lines[5]) | {"chain": "0" * 64}
    part = tmp_path / "book.log.part"
    part.write_bytes(b"".join(lines[:5]) + json.dumps(foreign).encode() + b"\n")
    assert export_log(book.store, path).events == EVENTS - 4  # the first four are of this one
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize(
    "first", ["[1]", "5", '"x"', "null", "[" * 100_000, '{"log":2,"private":false,"upto":"x"}', ""]
)
def test_a_part_that_is_no_log_begins_anew(book: Golden, tmp_path: Path, first: str) -> None:
    path = tmp_path / "book.log"
    (tmp_path / "book.log.part").write_text(first + "\n")
    assert export_log(book.store, path).events == EVENTS
    resumed = path.read_bytes()
    export_log(book.store, path)
    assert path.read_bytes() == resumed


@pytest.mark.parametrize("change", [lambda _: {"seq": 3}, lambda line: line | {"deliverer": "somebody else"}])
def test_a_line_of_a_part_is_kept_only_if_it_is_the_books_own(
    book: Golden, tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    lines[3] = (
        json.dumps(change(json.loads(lines[3])), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    )
    (tmp_path / "book.log.part").write_bytes(b"".join(lines[:20]))
    assert export_log(book.store, path).events == EVENTS - 2
    assert path.read_bytes() == whole


def change_draft(line: dict[str, object]) -> None:
    draft = line["draft"]
    assert isinstance(draft, dict)
    draft["note"] = "never written"


@pytest.mark.parametrize(
    ("code", "number", "change"),
    [
        ("log.digest_differs", 7, change_draft),
        ("log.chain_broken", 7, lambda line: line.update(record_ms=1)),
        ("log.chain_broken", 7, lambda line: line.update(deliverer="somebody else")),
        ("log.chain_broken", 7, lambda line: line["frozen"].update(region="430681")),
        ("log.seq_gap", 7, lambda line: line.update(seq=99)),
        ("log.damaged", 7, lambda line: line.pop("frozen")),
        ("log.damaged", 7, lambda line: line.update(frozen={"nonsense": 1})),
        ("log.damaged", 7, lambda line: line.update(frozen={})),
        ("log.damaged", 7, lambda line: line.update(record_ms=10**30)),
        ("log.damaged", 7, lambda line: line.update(deliverer="\ud800")),
        ("log.not_a_log", 1, lambda line: line.pop("log")),
        ("log.not_a_log", 1, lambda line: line.update(log=1)),
    ],
)
def test_what_was_changed_is_refused_with_its_line(
    book: Golden,
    empty: Store,
    tmp_path: Path,
    code: str,
    number: int,
    change: Callable[[dict[str, Any]], object],
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = path.read_text().splitlines()
    line = json.loads(lines[number - 1])
    change(line)
    lines[number - 1] = json.dumps(line)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput) as refused:
        import_log(empty, path)
    assert (refused.value.code, refused.value.figures["line"]) == (code, number)
    with empty.read() as reader:
        assert reader.find_head().seq == 0


DEEP = "[" * 100_000


@pytest.mark.parametrize(("code", "number"), [("log.not_a_log", 1), ("log.damaged", 7), ("log.damaged", 60)])
def test_a_line_nested_without_end_is_refused(
    book: Golden, empty: Store, tmp_path: Path, code: str, number: int
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = path.read_text().splitlines()
    lines[number - 1] = DEEP
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput) as refused:
        import_log(empty, path)
    assert (refused.value.code, refused.value.figures["line"]) == (code, number)


def chain_again(lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the digests and the chain fit, as somebody would who knows how; what the replay still minds is found."""
    for line in lines:
        line["digest"] = draft_digest(canonical(line["draft"]), line["draft"].get("schema", 1))
        line["chain"] = "any"
    recorded = Recorder.replay

    def replay(recorder: Recorder, event: Event) -> None:
        recorded(recorder, event)
        event.chain = "any"

    monkeypatch.setattr(Recorder, "replay", replay)


def set_mass(value: object) -> Callable[[dict[str, Any]], bool]:
    def change(draft: dict[str, Any]) -> bool:
        """The first mass of a draft, if it has one."""
        for rows in draft.values():
            for row in rows if isinstance(rows, list) else ():
                if "mass_g" in row:
                    row["mass_g"] = value
                    return True
        return False

    return change


def name_unknown_lot(draft: dict[str, Any]) -> bool:
    rows = draft.get("inputs") or draft.get("lots")
    if rows:
        rows[0] = rows[0] | {"lot": "nobody-knows"}
    return bool(rows)


@pytest.mark.parametrize(
    "change", [set_mass("x"), set_mass(None), set_mass(10**30), set_mass([]), set_mass({}), name_unknown_lot]
)
def test_an_event_that_cannot_be_replayed_is_refused_with_its_line(
    book: Golden,
    empty: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, Any]], bool],
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    number = next(number for number, line in enumerate(lines[1 : EVENTS + 1], 2) if change(line["draft"]))
    chain_again(lines[1 : EVENTS + 1], monkeypatch)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    with pytest.raises(BadInput) as refused:
        import_log(empty, path)
    assert (refused.value.code, refused.value.figures["line"]) == ("log.damaged", number)
    with empty.read() as reader:
        assert reader.find_head().seq == 0


def seal(lines: list[bytes], **end: object) -> bytes:
    """The lines with an end whose checksum fits them."""
    content = b"".join(lines[:-1])
    return (
        content
        + json.dumps(json.loads(lines[-1]) | {"sha256": sha256(content).hexdigest()} | end).encode()
        + b"\n"
    )


@pytest.mark.parametrize(
    "versions",
    [
        "[1]",
        '[{"group":"","body":[]}]',
        '[{"group":1,"body":{}}]',
        '[{"group":"","body":{"value":1e999}}]',
        '[{"group":"","body":{"value":NaN}}]',
        '[{"group":"","body":{"value":"\\ud800"}}]',
        pytest.param('[{"group":"","body":{"value":%s}}]' % ("[" * 50_000 + "]" * 50_000), id="deep"),
        pytest.param('[{"group":"","body":{"value":%s}}]' % ("[" * 850 + "]" * 850), id="almost too deep"),
    ],
)
def test_a_document_that_no_store_could_hold_keeps_every_document_out(
    book: Golden, empty: Store, tmp_path: Path, versions: str
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[DOCUMENT] = f'{{"document":"site","id":"z","versions":{versions}}}\n'.encode()
    path.write_bytes(seal(lines))
    with pytest.raises(BadInput) as refused:
        import_log(empty, path)
    assert (refused.value.code, refused.value.figures["line"]) == ("log.damaged", DOCUMENT + 1)
    assert documents_in(empty) == 0


def documents_in(store: Store) -> int:
    with store.read() as reader:
        return sum(len(reader.list_documents(kind)[0]) for kind in (*SHARED, *PRIVATE))


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda lines: lines[:-1], "log.incomplete"),
        (lambda lines: [*lines[:-1], lines[-1][:-5]], "log.incomplete"),
        (lambda lines: [*lines, lines[DOCUMENT]], "log.damaged"),
        (lambda lines: [*lines, b"\n"], "log.damaged"),
        (lambda lines: [*lines, b"{"], "log.damaged"),
        (lambda lines: [*lines, lines[-1]], "log.damaged"),
        (lambda lines: [*lines[:-1], lines[3], lines[-1]], "log.damaged"),
        (lambda lines: [*lines[:-1], lines[0], lines[-1]], "log.damaged"),
        (lambda lines: [*lines[:DOCUMENT], *lines[DOCUMENT + 1 :]], "log.altered"),
        (lambda lines: [seal(lines, documents=1)], "log.damaged"),
        (lambda lines: [seal([*lines[:DOCUMENT], *lines[DOCUMENT + 1 :]])], "log.damaged"),
        (lambda lines: [seal(lines, documents="1")], "log.damaged"),
    ],
)
def test_documents_come_in_only_under_an_end_that_vouches_for_them(
    book: Golden, empty: Store, tmp_path: Path, alter: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path, private=True)
    path.write_bytes(b"".join(alter(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(BadInput) as refused:
        import_log(empty, path)
    assert refused.value.code == code
    assert documents_in(empty) == 0
    with empty.read() as reader:
        assert reader.find_head().seq == EVENTS


def test_a_log_may_come_through_a_pipe(book: Golden, empty: Store, tmp_path: Path) -> None:
    path, pipe = tmp_path / "book.log", tmp_path / "pipe"
    export_log(book.store, path)
    os.mkfifo(pipe)
    feeding = Thread(target=lambda: pipe.write_bytes(path.read_bytes()), daemon=True)
    feeding.start()
    import_log(empty, pipe)
    feeding.join()
    assert digest_of(empty) == digest_of(book.store)


def test_a_store_with_another_history_is_left_alone(book: Golden, empty: Store, tmp_path: Path) -> None:
    export_log(book.store, tmp_path / "book.log")
    open_business(empty)
    Business(empty).collect("tense", kg=1000)
    before = digest_of(empty)
    with pytest.raises(BadInput, match=r"log\.other_book"):
        import_log(empty, tmp_path / "book.log")
    assert digest_of(empty) == before


def test_a_figure_published_then_comes_out_again(book: Golden) -> None:
    """The book before Sichuan's lot was found to weigh less, and what it is now."""
    quarter = parse_period("2025-Q1")
    then, was = ask(book.store, regional_report, quarter), digest_of(book.store)
    collect = book.draft("collect-L04") | {"ticket": "L-04b", "source_class": "post"}
    del collect["id"]
    book.correct({"event": book.event("collect-L04"), "draft": collect})
    assert digest_of(book.store) != was
    with book_at(book.store, EVENTS) as past:
        assert digest_of(past) == was
        again = ask(past, regional_report, quarter)
    assert (again.seq, again.nation.figures, again.rows) == (then.seq, then.nation.figures, then.rows)


@pytest.mark.parametrize("left", [b'"value":"0.14"', b""])
def test_an_altered_target_is_not_let_in(book: Golden, empty: Store, tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "book.log"
    export_log(book.store, path)
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b'"value":"0.24"' in line)
    lines[at] = lines[at].replace(b'"value":"0.24"', left) if left else b""
    path.write_bytes(b"".join(lines))
    with pytest.raises(BadInput, match=r"log\.altered"):
        import_log(empty, path)
    with empty.read() as reader:
        assert reader.find_head().seq == EVENTS
        assert reader.list_documents("target")[0] == []


@pytest.mark.parametrize("seq", [0, -1, EVENTS + 1])
def test_a_book_that_is_not_there_yet_is_refused(book: Golden, seq: int) -> None:
    with pytest.raises(BadInput, match="no_such_seq"), book_at(book.store, seq):
        pass


def test_names_and_passwords_leave_only_when_asked(book: Golden, tmp_path: Path) -> None:
    export_log(book.store, tmp_path / "shared.log")
    export_log(book.store, tmp_path / "private.log", private=True)
    shared, private = (
        {json.loads(line).get("document") for line in (tmp_path / name).read_text().splitlines()} - {None}
        for name in ("shared.log", "private.log")
    )
    assert not shared & set(PRIVATE)
    assert {"person", "party"} <= private
    assert (tmp_path / "private.log").stat().st_mode & 0o077 == 0


def test_every_kind_of_document_and_log_has_its_place() -> None:
    """A kind that nobody thought of here would silently be missing from exports, and from backups of Neo4j."""
    found: dict[str, set[str]] = {"put_document": set(), "append_log": set()}
    for path in (ROOT / "traceability").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in found
            ):
                kind = node.args[0]
                if isinstance(kind, ast.Constant):
                    found[node.func.attr].add(str(kind.value))
    assert found["put_document"] | VERSIONED <= {*SHARED, *PRIVATE, *LEFT_OUT}
    assert found["append_log"] <= set(LOGS)
