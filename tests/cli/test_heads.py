"""An administrator makes a key, signs heads daily and proves with them that the book was not written anew."""

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph import open_store
from tests.support.business import Business, open_business
from traceability.cli import FINDINGS, MISSING, OK, REFUSED, USAGE, run

Typing = Callable[..., tuple[int, str]]


@pytest.fixture
def business(tmp_path: Path) -> Business:
    store = open_store(f"sqlite:///{tmp_path}/data/book.db")
    store.migrate()
    open_business(store)
    business = Business(store)
    business.collect("tense", 100)
    return business


@pytest.fixture
def safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    safe = tmp_path / "safe"
    safe.mkdir()
    for name in ("STORE", "HEADS", "BLOBS"):
        monkeypatch.delenv(f"TRACEABILITY_{name}", raising=False)
    monkeypatch.setenv("TRACEABILITY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRACEABILITY_HEAD_KEY_FILE", str(safe / "head.key"))
    return safe


@pytest.fixture
def type_(business: Business, safe: Path, capsys: pytest.CaptureFixture[str]) -> Typing:
    def type_(*words: object, language: str = "en") -> tuple[int, str]:
        status = run([*map(str, words), "--language", language])
        said = capsys.readouterr()
        return status, said.out + said.err

    return type_


def ask(type_: Typing, *words: object) -> Any:
    return json.loads(type_(*words, "--json")[1])


def test_a_head_is_signed_kept_and_verified(type_: Typing, business: Business, safe: Path) -> None:
    kept, key = safe / "signed-heads.jsonl", safe / "head.key"
    status, said = type_("head", "sign")
    assert (status, "head.key" in said) == (MISSING, True)
    public = ask(type_, "head", "key")["public"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert type_("head", "key")[0] == REFUSED
    assert type_("head", "sign")[0] == OK
    business.collect("tense", 50)
    signed = ask(type_, "head", "sign")
    assert (signed["seq"], signed["key"]) == (2, public)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o644
    status, said = type_("head", "verify", kept)
    assert (status, "2 of 2 heads prove the book" in said) == (OK, True)
    assert [one["book"] for one in ask(type_, "head", "verify", kept)["heads"]] == ["contained"] * 2
    status, said = type_("check", "--expect", kept)
    assert status == OK
    assert f"Newest signed head: 2:{signed['chain']}" in said


@pytest.mark.parametrize(
    ("language", "wrong", "differs"),
    [("en", "nobody signed this", "was replaced"), ("zh", "没有人签过", "有内容被替换")],
)
def test_what_proves_nothing_is_told(
    type_: Typing, safe: Path, language: str, wrong: str, differs: str
) -> None:
    kept = safe / "signed-heads.jsonl"
    type_("head", "key")
    type_("head", "sign")
    line = json.loads(kept.read_text())
    kept.write_text(json.dumps({**line, "chain": "0" * 64}) + "\nhalf")
    status, said = type_("head", "verify", kept, language=language)
    assert (status, wrong in said, differs in said) == (FINDINGS, True, True)
    found = ask(type_, "head", "verify", kept)
    assert (found["heads"][0]["signature"], found["damaged_lines"]) == ("wrong", [2])
    for words in ((), ("--expect", kept)):
        kept.write_text(json.dumps({**line, "chain": "0" * 64}) + "\n")
        found = ask(type_, "check", *words)["findings"]
        assert {one["code"] for one in found} == {"check.head_differs", "check.head_unsigned"}


def test_a_signature_counts_by_the_key_that_was_written_down(
    type_: Typing, safe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = safe / "signed-heads.jsonl"
    public = ask(type_, "head", "key")["public"]
    type_("head", "sign")
    monkeypatch.delenv("TRACEABILITY_HEAD_KEY_FILE")
    status, said = type_("head", "verify", kept)
    assert (status, "--public" in said) == (USAGE, True)
    assert type_("head", "verify", kept, "--public", public)[0] == OK
    assert type_("head", "verify", kept, "--public", safe / "head.key.pub")[0] == OK
    assert type_("head", "verify", kept, "--public", "0" * 64)[0] == FINDINGS
    assert type_("head", "verify", kept, "--public", kept)[0] == USAGE
    assert type_("head", "verify", kept, "--public", safe / "none")[0] == MISSING
    assert type_("head", "verify", safe / "none", "--public", public)[0] == MISSING
    assert type_("head", "verify", safe / "head.key.pub", "--public", public)[0] == USAGE
    assert type_("check", "--expect", kept)[0] == OK, "without a key its chain is compared"
    for language, words in (("en", "nothing was signed"), ("zh", "未签名")):
        status, said = type_("head", "sign", language=language)
        assert (status, words in said) == (USAGE, True)


@pytest.mark.parametrize(("language", "words"), [("en", "lies within"), ("zh", "之内")])
def test_a_key_within_the_data_folder_is_refused(
    type_: Typing, tmp_path: Path, language: str, words: str
) -> None:
    status, said = type_("head", "key", tmp_path / "data" / "head.key", language=language)
    assert (status, words in said) == (USAGE, True)
    assert not (tmp_path / "data" / "head.key").exists()


@pytest.mark.parametrize("command", ["key", "sign", "verify"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_is_there_in_both_languages(type_: Typing, command: str, language: str) -> None:
    status, said = type_("head", command, "--help", language=language)
    assert (status, "cli." in said) == (OK, False)


@pytest.mark.parametrize(
    ("language", "unsound", "older", "signed_out"),
    [
        ("en", "the book is not sound", "older than the newest signed head", "Nobody is signed in"),
        ("zh", "账本有问题", "早于此处最新的签名末端", "所有登录均已结束"),
    ],
)
def test_archives_hold_signed_heads_and_sound_books_only(
    type_: Typing,
    business: Business,
    safe: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    unsound: str,
    older: str,
    signed_out: str,
) -> None:
    type_("head", "key")
    signed = ask(type_, "head", "sign")
    archive = tmp_path / "backup.tar"
    status, said = type_("backup", archive, language=language)
    assert (status, said.count(f"1:{signed['chain']}")) == (OK, 2)
    business.collect("tense", 50)
    type_("head", "sign")
    monkeypatch.setenv("TRACEABILITY_BLOBS", str(tmp_path / "blobs"))
    new = f"sqlite:///{tmp_path}/new/book.db"
    status, said = type_("restore", archive, "--store", new, language=language)
    assert (status, older in said, signed_out in said) == (OK, True, True)
    with closing(sqlite3.connect(tmp_path / "data" / "book.db")) as book:
        book.execute("UPDATE postings SET grams = grams + 1")
        book.commit()
    second = tmp_path / "second.tar"
    status, said = type_("backup", second, language=language)
    assert (status, unsound in said, second.exists()) == (REFUSED, True, False)
    status, said = type_("backup", second, "--json")
    assert (status, '"check.postings_differ"' in said, '"backup.unsound"' in said) == (REFUSED, True, True)
    assert type_("backup", second, "--damaged", language=language)[0] == FINDINGS
    third = f"sqlite:///{tmp_path}/third/book.db"
    status, said = type_("restore", second, "--store", third, language=language)
    assert (status, "--damaged" in said) == (USAGE, True)
    assert type_("restore", second, "--store", third, "--damaged")[0] == OK
