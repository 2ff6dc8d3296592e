"""Every command does what it says, answers scripts in JSON, and ends with the documented status."""

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import Business, open_business, uuid7
from tests.support.golden import load_golden
from tests.support.reporting import heat
from traceability.cli import COMMANDS, run
from traceability.cli.session import find_language, now_ms
from traceability.domain.errors import StoreUnavailable
from traceability.domain.posting import LedgerRow, Posting
from traceability.exchange.seed import SEED, golden_drafts, golden_lots
from traceability.locale.catalogues import load_catalogue
from traceability.services.directory import audit
from traceability.services.directory.people import find_person, verify_password
from traceability.services.directory.sessions import find_session
from traceability.services.recording.capture import capture_batch


class Desk:
    """An administrator at a terminal: types, reads, sees the status."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/book.db"
        self.capsys = capsys
        self.out = self.err = ""

    @property
    def store(self) -> Store:
        return open_store(self.url)

    def type(self, *arguments: object, store: str = "") -> int:
        """The exit status; what was printed is in ``out`` and ``err``."""
        words = [str(word) for word in arguments]
        status = run([*words, "--store", store or self.url, "--language", "en"])
        self.out, self.err = self.capsys.readouterr()
        return status

    def ask(self, *arguments: object) -> Any:
        """The answer of --json of a command that succeeds."""
        assert self.type(*arguments, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TRACEABILITY_DATA", str(tmp_path / "data"))
    for name in ("TRACEABILITY_STORE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return Desk(tmp_path, capsys)


@pytest.fixture
def golden_desk(desk: Desk) -> Desk:
    store = desk.store
    store.migrate()
    load_golden(store)
    return desk


# --- help, language, statuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), ["user", "add"], ["user", "list"]])
def test_help_is_there_in_both_languages(
    words: list[str], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--language", language, *words, "--help"]) == 0
    out = capsys.readouterr().out
    assert "cli." not in out
    (said,) = load_catalogue(language).messages[f"cli.help.{(words or ['main'])[-1]}"].forms
    assert said.splitlines()[0][:30] in out


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "TRACEABILITY_LANGUAGE": "en"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "zh"),
    ],
)
def test_the_language_is_the_environments(environ: dict[str, str], language: str) -> None:
    assert find_language(environ) == language


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["nonsense"], "没有命令“nonsense”。", "There is no command “nonsense”."),
        (["check", "--bad"], "没有选项 --bad。", "There is no option --bad."),
        (["check", "--processes"], "选项 --processes 的写法不对", "--processes lacks a value"),
        (["check", "--processes", "0"], "--processes 须是 1 至 64 之间的整数。", "whole number from 1 to 64"),
        (["backup"], "缺少 FILE。", "FILE is missing."),
        (["token", "add", "zhao", "--scope", "record"], "缺少 --label。", "--label is missing."),
        (
            ["token", "add", "zhao", "--scope", "all"],
            "只能是：record, read。",
            "must be one of: record, read.",
        ),
        (["rebuild", "at", "once"], "多出“at once”。", "“at once” is more than"),
        (["report", "--at", "x"], "--at 的值不对", "--at has a wrong value"),
    ],
)
def test_a_wrong_command_line_is_told_in_both_languages(
    words: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, said in (("zh", zh), ("en", en)):
        assert run(["--language", language, *words]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert "--help" in err


def test_statuses_tell_scripts_what_happened(
    golden_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = golden_desk
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert desk.type("check") == 0
    assert desk.type("no-such-command") == 2
    assert desk.type("report", "--period", "last spring") == 2
    assert desk.type("check", store="oracle://somewhere") == 3
    assert desk.type("check", store="bolt://127.0.0.1:1") == 3
    assert desk.type("check", store=f"sqlite:///{tmp_path}/slip.db") == 4
    assert not (tmp_path / "slip.db").exists()
    assert desk.type("trace", "0000-0000-0000") == 4
    assert desk.err.startswith("There is no such lot.")
    assert desk.type("user", "password", "nobody", "--password-stdin") == 4
    desk.type("backup", tmp_path / "one.tar")
    assert desk.type("backup", tmp_path / "one.tar") == 5


def test_errors_are_json_for_scripts(golden_desk: Desk) -> None:
    assert golden_desk.type("trace", "nothing", "--json") == 4
    assert json.loads(golden_desk.err) == {"error": {"code": "lot.unknown", "figures": {"id": "nothing"}}}
    assert golden_desk.out == ""


def test_a_store_must_be_named_where_there_are_several(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEABILITY_DATA", str(tmp_path))
    monkeypatch.delenv("TRACEABILITY_STORE", raising=False)
    assert run(["seed"]) == 0
    assert (tmp_path / "book.db").exists()
    (tmp_path / "book.db").rename(tmp_path / "demo.db")
    assert run(["user", "list"]) == 0
    assert not (tmp_path / "book.db").exists()
    run(["seed", "--store", f"sqlite:///{tmp_path}/golden.db"])
    capsys.readouterr()
    assert run(["user", "list"]) == 2
    assert "golden.db" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["seed", "--scenario", "nope"], 2),
        (["seed", "--from", "no-such-folder"], 4),
        (["seed", "--from", "."], 2),
        (["import", "rubbish"], 2),
        (["user", "add", "zhao", "--role", "king"], 2),
        (["user", "add", "zhao", "--role", "admin", "--password-stdin"], 2),
    ],
)
def test_what_is_refused_leaves_no_store_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int
) -> None:
    monkeypatch.chdir(desk.folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    (desk.folder / "rubbish").write_text("hello\n")
    assert desk.type(*words) == status
    assert [path.name for path in desk.folder.iterdir()] == ["rubbish"]


@pytest.mark.parametrize("command", ["load", "import", "restore"])
def test_a_missing_file_is_not_found_in_both_languages(desk: Desk, command: str) -> None:
    missing = desk.folder / "none.log"
    assert desk.type(command, missing) == 4
    assert desk.err == f"There is no file {missing}. Check its name and folder.\n"
    assert run([command, str(missing), "--language", "zh"]) == 4
    assert desk.capsys.readouterr().err.startswith(f"没有文件 {missing}。")
    assert desk.type(command, missing, "--json") == 4
    assert json.loads(desk.err) == {"error": {"code": "cli.no_file", "figures": {"path": str(missing)}}}
    assert desk.type(command, desk.folder) == 2
    assert "is a folder" in desk.err
    assert desk.type("export", desk.folder / "nowhere" / "book.log") == 4


@pytest.mark.parametrize(
    "words",
    [["load", "--help", "--language", "en"], ["user", "--help", "--language=en"], ["--help", "--language", "en"],
     ["user", "--language", "en", "add", "--help"], ["user", "add", "--help", "--language", "en"]],
)  # fmt: skip
def test_the_language_may_stand_anywhere(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "show this help" in out
    assert not re.search("[\u4e00-\u9fff]", out)
    assert run([word.replace("en", "zh") if "--" not in word or "=" in word else word for word in words]) == 0
    out = capsys.readouterr().out
    assert "显示此帮助" in out
    assert "Show this message" not in out


def test_a_server_out_of_reach_is_said_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "traceability.cli", "check", "--store", "bolt://127.0.0.1:1", "--language", "en"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


# --- tokens of programs -------------------------------------------------------------------------------------------


def test_a_token_is_made_listed_and_revoked(golden_desk: Desk) -> None:
    desk = golden_desk
    words = ("planner", "--label", "monthly report", "--scope", "read", "--days", "30")
    made = desk.ask("token", "add", *words)
    assert made["token"].startswith("nft_")
    assert desk.type("token", "add", *words) == 0
    assert desk.out.startswith("nft_")
    assert len(desk.out.split()) == 1  # a script takes it as it is
    assert "planner" in desk.err
    first, second = desk.ask("token", "list")
    assert made["id"] in (first["id"], second["id"])
    assert (first["person"], first["label"], first["scopes"]) == ("planner", "monthly report", ["read"])
    assert first["made_by"] == "console"
    assert made["token"] not in repr((first, second))
    assert desk.type("token", "list") == 0
    assert len(desk.out.splitlines()) == 2
    for wrong in (made["id"][:4], "0" * 12, made["token"]):
        assert desk.type("token", "revoke", wrong) == 4
        assert desk.err == f"There is no token {wrong}; `token list` shows the ids.\n"
    assert desk.type("token", "revoke", made["id"]) == 0
    assert [one["id"] for one in desk.ask("token", "list")] == [
        one["id"] for one in (first, second) if one["id"] != made["id"]
    ]
    assert desk.type("token", "revoke", made["id"]) == 4
    with desk.store.read() as reader:
        assert not find_session(reader, made["token"], now_ms(), of_program=True)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("nobody", "--label", "x", "--scope", "read"), 4),
        (("planner", "--label", "", "--scope", "read"), 2),
        (("planner", "--label", "x"), 2),
        (("planner", "--label", "x", "--scope", "everything"), 2),
        (("planner", "--label", "x", "--scope", "read", "--days", "0"), 2),
        (("planner", "--label", "x", "--scope", "read", "--days", "9999"), 2),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    golden_desk: Desk, words: tuple[str, ...], status: int
) -> None:
    assert golden_desk.type("token", "add", *words) == status
    assert golden_desk.err
    assert "Traceback" not in golden_desk.err
    assert golden_desk.ask("token", "list") == []
    assert golden_desk.type("token", "list") == 0
    assert golden_desk.out == "There are no tokens.\n"


# --- accounts -----------------------------------------------------------------------------------------------------


def test_the_first_account_of_a_new_store(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert desk.type("user", "add", "zhao", "--name", "赵敏", "--role", "admin", "--password-stdin") == 0
    with desk.store.read() as reader:
        person = find_person(reader, "zhao")
    assert person is not None
    assert (person.name, person.roles[0][:2]) == ("赵敏", ("admin", "*"))
    assert verify_password(person, "correct horse battery")
    monkeypatch.setattr("sys.stdin", io.StringIO("another long one\n"))
    assert desk.type("user", "password", "zhao", "--password-stdin") == 0
    with desk.store.read() as reader:
        assert verify_password(find_person(reader, "zhao"), "another long one")
        told = [(one.action, one.id, one.address) for one in audit.list_entries(reader).entries]
    assert told == [("password_reset", "zhao", "console"), ("account_add", "zhao", "console")]
    (listed,) = desk.ask("user", "list")
    assert (listed["person"], listed["signs_in"], listed["roles"][0]["role"]) == ("zhao", True, "admin")
    assert "password" not in listed


@pytest.mark.parametrize(
    ("words", "password", "status"),
    [
        (["zhao", "--role", "king"], "correct horse", 2),
        (["zhao", "--role", "operator@atlantis"], "correct horse", 2),
        (["zhao", "--role", "planner@9999999"], "correct horse", 2),
        (["zhao", "--role", "planner@99"], "correct horse", 2),
        (["zhao", "--role", "operator"], "correct horse", 2),
        (["zhao", "--role", "supervisor@"], "correct horse", 2),
        (["", "--role", "admin"], "correct horse", 2),
        (["zhao min", "--role", "admin"], "correct horse", 2),
        (["zhao\u200b", "--role", "admin"], "correct horse", 2),
        (["z" * 65, "--role", "admin"], "correct horse", 2),
        (["zhao", "--role", "admin", "--name", ""], "correct horse", 2),
        (["zhao", "--role", "admin"], "short", 2),
        (["zhao"], "correct horse", 2),
        (["planner", "--role", "admin"], "correct horse", 5),
    ],
)
def test_accounts_that_make_no_sense(
    golden_desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], password: str, status: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    assert golden_desk.type("user", "add", *words, "--password-stdin") == status
    assert golden_desk.err
    assert "person." not in golden_desk.err
    assert "document." not in golden_desk.err
    with golden_desk.store.read() as reader:
        assert find_person(reader, "zhao") is None


@pytest.mark.parametrize(
    ("role", "scope"),
    [("operator@miluo", "miluo"), ("operator@*", "*"), ("planner", "*"), ("planner@43", "43"),
     ("planner@430000", "43"), ("planner@430600", "4306"), ("planner@430681", "430681"), ("planner@CN", "*")],
)  # fmt: skip
def test_a_region_is_named_as_people_name_it(
    golden_desk: Desk, monkeypatch: pytest.MonkeyPatch, role: str, scope: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert golden_desk.type("user", "add", "zhao", "--role", role, "--password-stdin") == 0
    with golden_desk.store.read() as reader:
        person = find_person(reader, "zhao")
    assert person
    assert person.roles[0].scope == scope


def test_refusals_of_accounts_offer_what_can_be_typed(
    golden_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    golden_desk.type("user", "add", "zhao", "--role", "king", "--password-stdin")
    assert "operator, supervisor, planner, auditor, admin" in golden_desk.err
    golden_desk.type("user", "add", "zhao", "--role", "operator", "--password-stdin")
    assert "operator@SITE, or operator@*" in golden_desk.err
    golden_desk.type("user", "add", "planner", "--role", "admin", "--password-stdin")
    assert "The account planner is there already." in golden_desk.err


def test_a_password_is_not_asked_where_there_is_no_terminal(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "traceability.cli", "user", "add", "zhao", "--role", "admin", "--store", desk.url],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, start_new_session=True,
        env={**os.environ, "TRACEABILITY_LANGUAGE": "en"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "--password-stdin" in done.stderr
    assert "Warning" not in done.stderr
    assert not (desk.folder / "book.db").exists()


# --- load ---------------------------------------------------------------------------------------------------------


def as_lines(drafts: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(draft) + "\n" for draft in drafts)


@pytest.mark.parametrize("shape", ["lines", "array", "indented array", "message"])
def test_the_golden_scenario_comes_through_the_front_door(desk: Desk, shape: str) -> None:
    assert desk.type("seed") == 0
    store = desk.store
    from traceability.exchange.seed import load_scenario

    load_scenario(store, "golden", lambda password: "")
    drafts = golden_drafts()
    text = {
        "lines": as_lines(drafts),
        "array": json.dumps(drafts),
        "indented array": json.dumps(drafts, indent=1),
        "message": json.dumps({"events": drafts}),
    }[shape]
    file = desk.folder / "drafts.json"
    file.write_text(text)
    assert desk.ask("load", file)["counts"] == {"created": 105, "duplicate": 0, "conflict": 0, "rejected": 0}
    assert desk.ask("load", file)["counts"]["duplicate"] == 105
    nation = desk.ask("report", "--period", "2025-Q1")["rows"][-1]
    assert nation["supply_share"]["numerator"] == 109_690_000
    assert nation["supply_share"]["denominator"] == 426_730_000


def test_refused_rows_are_named_and_the_others_recorded(golden_desk: Desk) -> None:
    desk = golden_desk
    first, second = (dict(draft) for draft in golden_drafts()[1:3])
    conflict = {**first, "note": "other content"}
    bad = {**second, "id": "01970000-0000-7000-8000-000000000001", "kind": "steal"}
    unknown = {**golden_drafts()[-1], "id": "01970000-0000-7000-8000-000000000002", "site": "atlantis"}
    file, results = desk.folder / "drafts.jsonl", desk.folder / "results.jsonl"
    file.write_text(as_lines([first, conflict]) + "{not json\n" + "\n" + as_lines([bad, unknown]))
    assert desk.type("load", file, "--results", results) == 1
    assert "Created 0, duplicates 1, conflicts 1, rejected 3." in desk.out
    assert "Row 3:" in desk.err
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    assert [(row["row"], row["status"]) for row in rows] == [
        (1, "duplicate"), (2, "conflict"), (3, "rejected"), (5, "rejected"), (6, "rejected"),
    ]  # fmt: skip
    assert rows[2]["error"]["fields"][0]["code"] == "json.malformed"
    assert rows[4]["error"]["violations"]


def test_a_load_that_breaks_off_says_how_far_it_came(golden_desk: Desk) -> None:
    desk = golden_desk
    file = desk.folder / "drafts.jsonl"
    file.write_text(as_lines(golden_drafts()) * 4)
    with patch("traceability.exchange.drafts.capture_batch", side_effect=away_after(1)):
        assert desk.type("load", file) == 3
    assert "Before it stopped: created 0, duplicates 200" in desk.err
    assert desk.type("load", file, "--results", file) == 2
    assert file.read_text() == as_lines(golden_drafts()) * 4


def away_after(batches: int) -> Callable[..., Any]:
    """``capture_batch`` of a store that goes away."""
    turns = iter(range(batches))

    def capture(*arguments: Any, **named: Any) -> Any:
        if next(turns, None) is None:
            raise StoreUnavailable("store.unavailable")
        return capture_batch(*arguments, **named)

    return capture


@pytest.mark.parametrize("text", ["", "7", '"text"', "[1,", "null"])
def test_files_without_drafts(golden_desk: Desk, text: str) -> None:
    file = golden_desk.folder / "drafts.json"
    file.write_text(text)
    assert golden_desk.type("load", file) == 2
    assert golden_desk.err


# --- logs and archives --------------------------------------------------------------------------------------------


def test_export_and_import_backup_and_restore(golden_desk: Desk) -> None:
    desk = golden_desk
    before = desk.ask("check")["digest"]
    assert desk.ask("export", desk.folder / "book.log")["seq"] == 105
    assert desk.ask("backup", desk.folder / "book.tar")["seq"] == 105
    for name, command in (("imported", "import"), ("restored", "restore")):
        desk.url = f"sqlite:///{desk.folder}/{name}.db"
        assert (
            desk.ask(command, desk.folder / ("book.log" if command == "import" else "book.tar"))["seq"] == 105
        )
        assert desk.ask("check")["digest"] == before
    assert desk.type("restore", desk.folder / "book.tar") == 5
    (desk.folder / "book.log").write_text("hello\n")
    assert desk.type("import", desk.folder / "book.log") == 2


def test_real_sites_never_enter_a_scenario(golden_desk: Desk) -> None:
    assert golden_desk.type("seed", "--from", SEED / "template") == 5
    assert "holds the scenario golden" in golden_desk.err
    with golden_desk.store.read() as reader:
        assert reader.find_documents("site", ["north-yard"]) == {}


def test_a_damaged_log_says_how_far_the_book_came(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceability.exchange.event_log.CHUNK", 20)
    store = desk.store
    store.migrate()
    load_golden(store)
    log = desk.folder / "book.log"
    desk.ask("export", log)
    whole = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*whole[:50], b"broken\n", *whole[51:]]))
    desk.url = f"sqlite:///{desk.folder}/other.db"
    assert desk.type("import", log) == 2
    assert "Line 51 is damaged. The store holds the book up to seq 40;" in desk.err
    with desk.store.read() as reader:
        assert reader.find_head().seq == 40
    log.write_bytes(b"".join(whole))
    assert desk.ask("import", log)["events"] == 65


def test_a_scenario_never_enters_a_real_book(desk: Desk) -> None:
    store = desk.store
    store.migrate()
    open_business(store)
    Business(store).collect("tense", kg=1000)
    assert desk.type("seed", "--scenario", "golden") == 5
    with store.read() as reader:
        assert reader.find_head().seq == 1
        assert find_person(reader, "planner") is None


# --- looking ------------------------------------------------------------------------------------------------------


def test_check_finds_what_is_wrong(golden_desk: Desk) -> None:
    desk = golden_desk
    assert desk.type("check") == 0
    assert "The book is sound." in desk.out

    def spoil(writer: Any) -> None:
        from traceability.domain.decision import Changes

        row = LedgerRow("recycled", "miluo", "430681", "Al", "2025-02")
        writer.apply(Changes(postings=[Posting(1, 1, 900, "2025-02", row, 5_000)]))

    desk.store.write(spoil)
    assert desk.type("check", "--processes", "2") == 1
    assert "The postings of an event differ" in desk.out
    assert desk.type("check", "--json") == 1
    assert json.loads(desk.out)["findings"]
    assert desk.ask("rebuild") == {"events": 105}
    assert desk.type("check") == 0


def test_a_rebuild_that_broke_off_is_finished_by_the_next_command(golden_desk: Desk) -> None:
    def begin(writer: Any) -> None:
        from traceability.domain.claims import Claim
        from traceability.domain.decision import Changes

        writer.clear_derived()
        writer.apply(Changes(claims={"rebuilding": Claim("rebuilding", "rebuild")}))

    golden_desk.store.write(begin)
    assert golden_desk.ask("check")["findings"] == []
    rows = {row["region"]: row for row in golden_desk.ask("report")["rows"]}
    assert rows["430000"]["supply_share"]["value"] == "37/139"


def test_the_report_is_the_table_of_regional_shares(golden_desk: Desk) -> None:
    rows = {row["region"]: row for row in golden_desk.ask("report")["rows"]}
    assert set(rows) == {"360000", "430000", "510000", "520000", "CN"}
    hunan = rows["430000"]["supply_share_official"]
    assert (hunan["value"], hunan["verdict"], hunan["target"]) == ("111/340", "met", "6/25")
    assert (hunan["basis"], hunan["firms"], hunan["coverage"]["output_coverage"]) == ("statistic", 4, "1")
    assert rows["520000"]["supply_share_official"]["verdict"] == "no_target"
    assert rows["CN"]["direct_alloying"]["value"] == "9/10"
    assert golden_desk.type("report") == 0
    assert "no regional target" in golden_desk.out
    assert "109.690" in golden_desk.out
    assert "≥ 24.0 % missed" in golden_desk.out
    sichuan = rows["510000"]
    assert sichuan["supply_share"]["gap_growing"] == 5_709_474
    assert [sichuan[name]["gap"] for name in ("supply_share_official", "direct_alloying")] == [
        1_920_000,
        5_000_000,
    ]
    # Before the authorities declared anything, the book speaks of its own firms alone.
    assert golden_desk.type("report", "--at", "53") == 0
    assert "Sum of this book" in golden_desk.out
    assert "4 firms: supply method" in golden_desk.out
    early = {row["region"]: row for row in golden_desk.ask("report", "--at", "53")["rows"]}
    share = early["430000"]["supply_share_official"]
    assert (share["value"], share["basis"], share["verdict"]) == (None, "no_statistic", "firms_above")
    assert share["coverage"]["output_coverage"] is None


def test_every_figure_of_the_report_names_its_unit_and_the_target_has_the_same(golden_desk: Desk) -> None:
    rows = {row["region"]: row for row in golden_desk.ask("report")["rows"]}
    output, share = rows["CN"]["recycled_output"], rows["CN"]["supply_share_official"]
    assert (output["value"], output["unit"], output["target"]) == (109_690_000, "g", 20_000_000 * 1_000_000)
    assert (share["unit"], share["base_unit"], share["target"]) == ("1", "g", "6/25")
    assert all(
        "unit" in rows["430000"][name] for name in ("primary_output", "supply_share", "direct_alloying")
    )
    assert golden_desk.type("report", "--help") == 0
    assert "base_unit" in golden_desk.out


def test_a_section_of_the_report_names_method_coverage_and_verdict_of_each_figure(golden_desk: Desk) -> None:
    place = ("report", "--level", "province", "--code", "520000", "--period", "2025-Q1")
    assert golden_desk.type(*place, "--section", "energy") == 0
    said = " ".join(golden_desk.out.split())
    for words in ("Guizhou", "1 659.15 kgce/t", "÷ t of metal", "Factor set 2025.2", "100.0 %"):
        assert words in said, words
    energy = golden_desk.ask(*place, "--section", "energy")["rows"][-1]
    unit = energy["unit_energy_electrolysis"]
    assert (unit["value"], unit["unit"], unit["numerator"]) == ("33183/20", "kgce/t", 165_915)
    assert (unit["factors"], unit["without_factor"], unit["base_unit"]) == ("2025.2", [], "kgce ÷ g")
    emitted = golden_desk.ask(*place, "--section", "emissions")["rows"][-1]
    assert emitted["emissions_power_electrolysis"]["value"] == "72441/100"
    assert golden_desk.type(*place, "--section", "weather") == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Hunan, recycled metal output: since the seal −0.25 t; as it stands now 0.000 t"),
        ("zh", "湖南省，再生金属产量：封账后 −0.25 t；现为 0.000 t"),
    ],
)
def test_the_report_tells_what_came_since_a_seal(desk: Desk, language: str, words: str) -> None:
    assert desk.type("seed") == 0
    open_business(desk.store)
    here = Business(desk.store)
    heat(here)
    melted = here.last_event()
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    place = ("report", "--level", "province", "--code", "430000", "--period", "2025-02")
    assert "since_seal" not in desk.ask(*place)["rows"][-1]["recycled_output"]
    here.void(melted, "plant")
    told = desk.ask(*place)["rows"][-1]["recycled_output"]["since_seal"]
    assert told == {"numerator": -250_000, "denominator": None, "value_sealed": 250_000, "value_now": 0}
    assert run([*place, "--store", desk.url, "--language", language]) == 0
    assert words in " ".join(desk.capsys.readouterr().out.split())


def test_the_report_adds_regions_together(golden_desk: Desk) -> None:
    rows = {
        row["region"]: row
        for row in golden_desk.ask("report", "--region", "430000", "--region", "360000")["rows"]
    }
    group, parts = rows["360000,430000"], (rows["360000"], rows["430000"])
    for figure in ("supply_share_official", "supply_share"):
        assert group[figure]["numerator"] == sum(one[figure]["numerator"] for one in parts)
    assert group["name"] == "Jiangxi, Hunan"
    assert golden_desk.type("report", "--region", "430000") == 0
    assert golden_desk.type("report", "--region", "990000") == 4
    assert "990000" in golden_desk.err
    assert golden_desk.type("report", "--region", "nowhere") == 2


def test_a_record_of_today_that_supplies_nothing_leaves_the_report_as_it_is(golden_desk: Desk) -> None:
    collect = next(draft for draft in golden_drafts() if draft["kind"] == "collect")
    outputs = [{name: one[name] for name in one if name not in ("lot", "code")} for one in collect["outputs"]]
    once = {"id": "0199d000-0000-7000-8000-0000000000aa", "ticket": "ML-1120-01", "outputs": outputs}
    today = {**collect, **once, "event_time": "2026-11-20T08:00:00+08:00"}
    file = golden_desk.folder / "today.json"
    file.write_text(json.dumps([today]))
    assert golden_desk.ask("load", file)["counts"]["created"] == 1
    assert golden_desk.ask("report")["period"] == "2025"


def test_the_report_as_the_book_stood(golden_desk: Desk) -> None:
    """At seq 25 nothing had been melted yet."""
    past = golden_desk.ask("report", "--at", "25", "--period", "2025-Q1")
    assert past["seq"] == 25
    assert {row["recycled_output"]["value"] for row in past["rows"]} <= {0, None}
    assert golden_desk.ask("report", "--at", "105") == golden_desk.ask("report")
    assert golden_desk.type("report", "--at", "106") == 2
    assert "from 1 to 105" in golden_desk.err


def test_the_report_of_an_empty_book(desk: Desk) -> None:
    assert desk.type("seed") == 0
    assert desk.ask("report") == {"period": None, "rows": []}
    assert desk.type("report") == 0
    assert "no events yet" in desk.out


def test_a_lot_is_traced_by_what_is_on_its_label(golden_desk: Desk) -> None:
    desk = golden_desk
    with desk.store.read() as reader:
        lot = reader.find_lots([golden_lots()["A01"]])[golden_lots()["A01"]]
    names = {id_: name for name, id_ in golden_lots().items()}
    grouped = "-".join(lot.code[at : at + 4] for at in (0, 4, 8)).lower()
    for typed in (lot.code, grouped, f"https://example.org/l/{lot.code}", lot.id):
        found = desk.ask("trace", typed)
        kg = {names[one["lot"]]: one["grams"] / 1000 for one in found["origins"]}
        assert (kg["L01"], kg["L02"], kg["L04"], kg["HEEL0"]) == (7_125, 3_562.5, 2_812.5, 1_125)
        assert sum(one["grams"] for one in found["origins"]) == found["total_g"] == 18_000_000
    assert desk.type("trace", lot.code) == 0
    assert "7\u00a0125" in desk.out


def test_a_recall_names_holders_and_grams(golden_desk: Desk) -> None:
    names = {id_: name for name, id_ in golden_lots().items()}
    found = golden_desk.ask("trace", golden_lots()["L02"], "--forward")
    assert sum(one["grams"] for one in found["held"]) + found["lost_g"] == found["total_g"]
    assert {"L03", "A01", "A02"} <= {names.get(one["lot"], "?") for one in found["held"]}
    assert golden_desk.type("trace", golden_lots()["L02"], "--forward") == 0
    assert golden_desk.type("trace", golden_lots()["L02"], "--forward", "--connected") == 0
    assert golden_lots()["A02"] in golden_desk.out.split()


def test_a_void_lot_lost_nothing_and_is_held_nowhere(desk: Desk) -> None:
    store = desk.store
    store.migrate()
    open_business(store)
    business = Business(store)
    lot = business.collect("tense", kg=1000)
    business.void(business.last_event())
    found = desk.ask("trace", business.lot(lot).code, "--forward")
    assert (found["total_g"], found["held"], found["lost_g"]) == (0, [], 0)
    assert desk.ask("trace", lot)["total_g"] == 0
    assert desk.type("trace", lot, "--forward") == 0
    assert "900" not in desk.out


def test_a_torn_label_is_traced_too(desk: Desk) -> None:
    store = desk.store
    store.migrate()
    open_business(store)
    business = Business(store)
    lot = business.collect("tense", kg=1000)
    old = business.lot(lot).code
    business.do("relabel", "yard", lots=[{"lot": lot}], code="126B07K7Q3F7")
    for typed in (old, "126b-07k7-q3f7"):
        assert desk.ask("trace", typed, "--forward")["lot"] == lot


def test_a_clock_that_ran_ahead_is_accepted_with_a_reason(desk: Desk, tmp_path: Path) -> None:
    store = desk.store
    store.migrate()
    open_business(store)
    here = Business(store, now_ms=time.time_ns() // 1_000_000 + 30 * 24 * 3600 * 1000)
    assert desk.ask("clock", "show")["state"] == "right"
    body = here.draft("collect", "yard", supplier="zhang", ticket="1", source_class="post", channel="online",
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}])  # fmt: skip
    here.send(body)
    assert desk.ask("clock", "show")["state"] == "refused"
    drafts = tmp_path / "drafts.jsonl"
    drafts.write_text(json.dumps({**body, "id": uuid7(900), "ticket": "2"}) + "\n")
    assert desk.type("load", drafts) == 3
    assert "the newest record is of" in desk.err
    assert desk.type("clock", "accept") == 2
    assert desk.type("clock", "accept", "--reason", "  ") == 2
    assert desk.type("clock", "accept", "--reason", "battery flat") == 0
    assert desk.type("clock", "accept", "--reason", "battery flat") == 5
    assert desk.type("load", drafts) == 0
    assert desk.ask("clock", "show")["state"] == "pinned"
    assert desk.type("clock", "show") == 0
    assert "battery flat" in desk.out
    assert desk.type("check") == 0
    assert "behind, and accepted" in desk.out
