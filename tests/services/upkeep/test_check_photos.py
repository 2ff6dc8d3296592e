"""Every photo that an event names is compared with its digest; what is missing or damaged is named with its event."""

from hashlib import sha256
from pathlib import Path

import pytest

from graph.blobs import Blobs
from graph.store import Store
from tests.support.business import Business, open_business
from traceability.cli import FINDINGS, OK, run
from traceability.services.upkeep.check import check_book
from traceability.wire import dump_draft

FIRST, SECOND, LATER = (sha256(text).hexdigest() for text in (b"first", b"second", b"later"))


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    blobs = Blobs(tmp_path / "blobs")
    for content in (b"first", b"second", b"later"):
        blobs.put(content)
    return blobs


def record(store: Store) -> str:
    """Record a load with two photos, one of which its correction replaces; return its event."""
    open_business(store)
    business = Business(store)
    business.collect("tense", 100, photos=[FIRST, SECOND])
    event = business.last_event()
    with store.read() as reader:
        stated = dump_draft(reader.find_events([event])[event].draft)
    business.replace(event, {**stated, "photos": [FIRST, LATER]})
    return event


def test_photos_are_compared_in_every_version(store: Store, blobs: Blobs) -> None:
    event = record(store)
    report = check_book(store, read_photo=blobs.digest_stored)
    assert (report.findings, report.photos) == ([], 3)
    assert check_book(store).photos is None
    (blobs.folder / FIRST).write_bytes(b"another")
    (blobs.folder / SECOND).unlink()
    (blobs.folder / LATER).unlink()
    (blobs.folder / LATER).mkdir()
    found = {one.true: one for one in check_book(store, read_photo=blobs.digest_stored).findings}
    assert {one.about for one in found.values()} == {event}
    assert found[FIRST].code == found[LATER].code == "check.photo_damaged"
    assert found[FIRST].stored == sha256(b"another").hexdigest()
    assert found[SECOND].code == "check.photo_missing"


@pytest.mark.parametrize(
    ("language", "damaged", "missing"),
    [
        ("en", "no longer what was taken", "not in the folder"),
        ("zh", "已非原来拍摄的内容", "不在照片文件夹中"),
    ],
)
def test_the_command_line_names_event_and_digest(
    sqlite_store: Store,
    blobs: Blobs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    damaged: str,
    missing: str,
) -> None:
    event = record(sqlite_store)
    monkeypatch.setenv("TRACEABILITY_BLOBS", str(blobs.folder))
    asked = ["check", "--store", f"sqlite:///{tmp_path}/book.db", "--language", language]
    assert run(asked) == OK
    (blobs.folder / FIRST).write_bytes(b"")
    (blobs.folder / SECOND).unlink()
    capsys.readouterr()
    assert run(asked) == FINDINGS
    said = capsys.readouterr().out
    assert all(words in said for words in (event, FIRST, SECOND, damaged, missing))
    assert run([*asked, "--skip-photos"]) == OK
