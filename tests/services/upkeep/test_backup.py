"""An archive brings everything back, photos and accounts included, and a damaged one is refused."""

import errno
import io
import json
import os
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.golden import Golden, load_golden
from tests.support.reading import ask
from traceability.domain.errors import BadInput, WriteConflict
from traceability.exchange.event_log import export_log, import_log
from traceability.services.directory.people import list_people
from traceability.services.upkeep import backup
from traceability.services.upkeep.backup import Archive, back_up, restore
from traceability.services.upkeep.check import check_book, compute_digest

PHOTOS = [b"a ticket", b"a bale" * 1000]


@pytest.fixture
def book(tmp_path: Path) -> Golden:
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    load_golden(store)
    return Golden(store)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "blobs"
    for photo in PHOTOS:
        name = sha256(photo).hexdigest()
        (folder / name[:2]).mkdir(parents=True, exist_ok=True)
        (folder / name[:2] / name).write_bytes(photo)
    (folder / "half-written.part").write_bytes(b"?")
    return folder


def write_log(store: Store, path: Path) -> object:
    return export_log(store, path, private=True)


def digest_of(store: Store) -> str:
    with store.read() as reader:
        return compute_digest(reader)


def bring_back(store: Store, path: Path, blobs: Path) -> Archive:
    return restore(store, path, blobs, write_log, import_log)


@pytest.mark.parametrize("as_log", [False, True], ids=["engine copy", "log"])
def test_everything_comes_back(
    book: Golden, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_log: bool
) -> None:
    path = tmp_path / "backup.tar"
    if as_log:
        with monkeypatch.context() as patch:
            patch.setattr(
                backup, "_sqlite_path", lambda store: None
            )  # as an engine without a file of its own
            made = back_up(book.store, path, photos, write_log)
    else:
        made = back_up(book.store, path, photos, write_log)
    assert (made.seq, made.blobs) == (105, 2)
    assert path.stat().st_mode & 0o077 == 0
    assert sorted(found.name for found in tmp_path.iterdir() if found.name.startswith(".")) == []
    store = open_store(f"sqlite:///{tmp_path}/new/book.db")
    assert bring_back(store, path, tmp_path / "new-blobs") == made
    assert digest_of(store) == digest_of(book.store)
    assert check_book(store).findings == []
    assert ask(store, list_people) == ask(book.store, list_people)
    found = {file.name: file.read_bytes() for file in (tmp_path / "new-blobs").rglob("*") if file.is_file()}
    assert found == {sha256(photo).hexdigest(): photo for photo in PHOTOS}


def test_a_backup_is_of_one_moment_while_work_goes_on(book: Golden, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, None, write_log)
    book.correct({"event": book.lot("L06").made_by, "draft": _with_origin(book, "L06")})
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    assert bring_back(store, path, tmp_path / "none").seq == 105


def _with_origin(book: Golden, lot: str) -> dict[str, object]:
    from traceability.wire import dump_draft

    with book.store.read() as reader:
        made_by = book.lot(lot).made_by
        body = dump_draft(reader.find_events([made_by])[made_by].draft)
    return {name: value for name, value in body.items() if name != "id"} | {"origin": "500000"}


def test_a_store_in_use_is_never_overwritten(book: Golden, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, None, write_log)
    before = digest_of(book.store)
    with pytest.raises(WriteConflict, match=r"backup\.store_in_use"):
        bring_back(book.store, path, tmp_path / "none")
    assert digest_of(book.store) == before


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_backup_that_fails_leaves_nothing_but_the_one_before(
    book: Golden, photos: Path, tmp_path: Path, failure: BaseException
) -> None:
    folder = tmp_path / "safe"
    folder.mkdir()
    path = folder / "backup.tar"
    back_up(book.store, path, photos, write_log)
    before = path.read_bytes()

    def fail(done: int, whole: int) -> None:
        assert list(folder.glob(".backup-*/archive.tar"))
        if done == whole:
            raise failure

    with pytest.raises(type(failure)):
        back_up(book.store, path, photos, write_log, fail)
    assert [found.name for found in folder.iterdir()] == ["backup.tar"]
    assert path.read_bytes() == before


def test_the_name_of_a_backup_is_durable_too(
    book: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "safe" / "backup.tar"
    path.parent.mkdir()
    synced: list[tuple[int, bool]] = []
    real = os.fsync

    def note(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    back_up(book.store, path, None, write_log)
    assert synced[-1] == (path.parent.stat().st_ino, True)


WHOLE = {"backup": 1, "seq": 53, "chain": "c", "book": "book.db", "sha256": "0" * 64, "blobs": 0}


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[" * 9_999, "damaged"),
        (b"[1]", "damaged"),
        (b"null", "damaged"),
        (b"{}", "damaged"),
        (WHOLE | {"backup": "1"}, "damaged"),
        (WHOLE | {"backup": 0}, "damaged"),
        (WHOLE | {"backup": True}, "damaged"),
        ({"backup": 2}, "newer"),
        *((WHOLE | {name: None}, "damaged") for name in WHOLE),
        *(({key: value for key, value in WHOLE.items() if key != name}, "damaged") for name in WHOLE),
        (WHOLE | {"note": "n" * 10_000}, "damaged"),
        (WHOLE | {"chain": "another"}, "damaged"),
    ],
)
def test_a_manifest_that_does_not_say_what_is_inside_is_refused(
    book: Golden, tmp_path: Path, manifest: bytes | dict[str, object], code: str
) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, None, write_log)
    with tarfile.open(path) as archive:
        inside = archive.extractfile("book.db")
        assert inside
        raw = inside.read()
    with tarfile.open(path, "w") as archive:
        said = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        for name, content in (("manifest.json", said), ("book.db", raw)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(BadInput, match=rf"backup\.{code}"):
        bring_back(open_store(f"sqlite:///{tmp_path}/new.db"), path, tmp_path / "none")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("cut", [0, 100, 5_000, -1_000])
def test_a_cut_archive_is_refused(book: Golden, photos: Path, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, photos, write_log)
    raw = path.read_bytes()
    end = len(raw.rstrip(b"\0")) if cut < 0 else cut
    path.write_bytes(raw[: end + min(cut, 0)] if cut < 0 else raw[:cut])
    with pytest.raises(BadInput, match=r"backup\.damaged"):
        bring_back(open_store(f"sqlite:///{tmp_path}/new.db"), path, tmp_path / "none")
    assert not (tmp_path / "new.db").exists()


def test_a_changed_byte_of_the_book_is_refused(book: Golden, photos: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, photos, write_log)
    raw = path.read_bytes()
    at = raw.index(b'"mass_g":', len(raw) // 2) + len(b'"mass_g":')
    path.write_bytes(raw[:at] + (b"8" if raw[at : at + 1] != b"8" else b"7") + raw[at + 1 :])
    with pytest.raises(BadInput, match=r"backup\.damaged"):
        bring_back(open_store(f"sqlite:///{tmp_path}/new.db"), path, tmp_path / "none")
    assert not (tmp_path / "new.db").exists()


def test_a_restore_that_broke_off_at_a_photo_can_be_repeated(
    book: Golden, photos: Path, tmp_path: Path
) -> None:
    good, cut = tmp_path / "good.tar", tmp_path / "cut.tar"
    back_up(book.store, good, photos, write_log)
    with tarfile.open(good) as archive:
        last = archive.getmembers()[-1]
    cut.write_bytes(good.read_bytes()[: last.offset_data + last.size // 2])
    new = tmp_path / "new.db"
    with pytest.raises(BadInput, match=r"backup\.damaged"):
        bring_back(open_store(f"sqlite:///{new}"), cut, tmp_path / "photos")
    assert not new.exists()
    restored = open_store(f"sqlite:///{new}")
    bring_back(restored, good, tmp_path / "photos")
    assert digest_of(restored) == digest_of(book.store)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("blobs/../../escape/" + "0" * 64, b""),
        ("/tmp/" + "0" * 64, b""),
        ("blobs/" + "0" * 64, b"something else"),
        ("blobs/readme", b""),
    ],
)
def test_an_archive_writes_nothing_but_blobs_under_their_own_name(
    book: Golden, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / "backup.tar"
    back_up(book.store, path, None, write_log)
    with tarfile.open(path, "a") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(BadInput, match=r"backup\.damaged"):
        bring_back(open_store(f"sqlite:///{tmp_path}/new.db"), path, tmp_path / "blobs")
    assert not (tmp_path.parent / "escape").exists()
    assert not [found for found in (tmp_path / "blobs").rglob("*") if found.is_file()]


@pytest.mark.slow
def test_archives_travel_between_the_engines(
    book: Golden, photos: Path, tmp_path: Path, neo4j_url: str
) -> None:
    back_up(book.store, tmp_path / "one.tar", photos, write_log)
    graph = open_store(neo4j_url)
    bring_back(graph, tmp_path / "one.tar", tmp_path / "blobs-of-graph")
    assert check_book(graph).findings == []
    back_up(graph, tmp_path / "two.tar", tmp_path / "blobs-of-graph", write_log)
    again = open_store(f"sqlite:///{tmp_path}/again.db")
    bring_back(again, tmp_path / "two.tar", tmp_path / "blobs-again")
    assert digest_of(again) == digest_of(graph) == digest_of(book.store)
    assert ask(again, list_people) == ask(book.store, list_people)
