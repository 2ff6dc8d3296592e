"""Does a book that leaves one store enter another exactly: seq, times, chain, corrections, and everything derived?"""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph import open_store
from graph.store import VERSIONED, Store
from tests.support.business import Business, open_business
from tests.support.golden import Golden, load_golden
from traceability.domain.errors import BadInput
from traceability.domain.period import parse_period
from traceability.exchange import event_log
from traceability.exchange.event_log import LEFT_OUT, LOGS, PRIVATE, SHARED, book_at, export_log, import_log
from traceability.services.check import check, digest
from traceability.services.reports import regional_report
from traceability.wire import dump_draft

ROOT = Path(__file__).resolve().parents[2]


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
        return digest(reader)


def test_an_imported_book_is_the_same_to_the_last_letter(book: Golden, empty: Store, tmp_path: Path) -> None:
    out = export_log(book.store, tmp_path / "book.log")
    done = import_log(empty, tmp_path / "book.log")
    assert (done.seq, done.chain, done.events) == (out.seq, out.chain, 54)
    assert digest_of(empty) == digest_of(book.store)
    report = check(empty)
    assert report.findings == []
    export_log(empty, tmp_path / "again.log")
    assert (tmp_path / "again.log").read_bytes() == (tmp_path / "book.log").read_bytes()


def test_importing_again_changes_nothing(book: Golden, empty: Store, tmp_path: Path) -> None:
    export_log(book.store, tmp_path / "book.log", private=True)
    import_log(empty, tmp_path / "book.log")
    before = digest_of(empty)
    done = import_log(empty, tmp_path / "book.log")
    assert (done.events, done.documents, digest_of(empty)) == (0, 0, before)


@pytest.mark.parametrize("chunk", [1, 7, 53])
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
    assert import_log(empty, path).events == 54 - 29
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
    assert 0 < export_log(book.store, path).events < 54
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
    assert export_log(book.store, path).events == 54


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
        assert reader.last().seq == 0


def test_a_store_with_another_history_is_left_alone(book: Golden, empty: Store, tmp_path: Path) -> None:
    export_log(book.store, tmp_path / "book.log")
    open_business(empty)
    Business(empty).collect("tense", kg=1000)
    before = digest_of(empty)
    with pytest.raises(BadInput, match=r"log\.other_book"):
        import_log(empty, tmp_path / "book.log")
    assert digest_of(empty) == before


def test_a_figure_published_then_comes_out_again(book: Golden) -> None:
    """The book at seq 54, before Sichuan's lot was found to weigh less, and what it is now."""
    quarter = parse_period("2025-Q1")
    then, was = regional_report(book.store, quarter), digest_of(book.store)
    collect = book.draft("collect-L04") | {"ticket": "L-04b", "source_class": "post"}
    del collect["id"]
    book.correct({"event": book.event("collect-L04"), "draft": collect})
    assert digest_of(book.store) != was
    with book_at(book.store, 54) as past:
        assert digest_of(past) == was
        again = regional_report(past, quarter)
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
        assert reader.last().seq == 54
        assert reader.list_documents("target")[0] == []


@pytest.mark.parametrize("seq", [0, -1, 55])
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
