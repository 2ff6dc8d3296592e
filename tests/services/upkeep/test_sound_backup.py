"""A backup is of a sound book that contains what was signed; nobody is signed in after a restore."""

import fcntl
import os
import signal
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import Business, open_business
from tests.support.golden import NOW_MS
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.errors import BadInput, WriteConflict
from traceability.exchange.event_log import export_log, import_log
from traceability.services.directory import audit
from traceability.services.directory.audit import Actor
from traceability.services.directory.devices import CODE_KIND, DEVICE_KIND, enrol, make_code
from traceability.services.directory.people import find_person
from traceability.services.directory.sessions import KIND, begin_session, make_token
from traceability.services.upkeep import backup
from traceability.services.upkeep.backup import Archive, RestoreTerms, UnsoundBook, back_up, restore
from traceability.services.upkeep.check import check_book
from traceability.services.upkeep.signed_heads import SignedHead, make_key, sign_head

PHOTO = b"a photo"
DIGEST = sha256(PHOTO).hexdigest()


def write_log(store: Store, path: Path) -> object:
    return export_log(store, path, private=True)


def bring_back(store: Store, path: Path, folder: Path, terms: RestoreTerms | None = None) -> Archive:
    return restore(store, path, folder / "new-blobs", write_log, import_log, None, terms or RestoreTerms())


@pytest.fixture
def business(store: Store) -> Business:
    open_business(store)
    business = Business(store)
    business.collect("tense", 100, photos=[DIGEST])
    return business


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / DIGEST).write_bytes(PHOTO)
    return blobs


class Signer:
    """An administrator with a key beside the data."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.key, self.kept = folder / "head.key", folder / "heads"
        self.public = make_key(self.key, [])

    def sign(self, store: Store) -> SignedHead:
        return sign_head(store, self.key, self.kept, [], NOW_MS)


# --- sound --------------------------------------------------------------------------------------------------------


ONE_POSTING = {
    "sqlite": "UPDATE postings SET grams = grams + 1",
    "neo4j": "MATCH (p:Posting) SET p.grams = p.grams + 1",
}


def test_a_damaged_book_is_named_and_kept_only_when_asked_for(
    sqlite_store: Store, blobs: Path, tmp_path: Path
) -> None:
    open_business(sqlite_store)
    Business(sqlite_store).collect("tense", 100, photos=[DIGEST])
    with closing(sqlite3.connect(tmp_path / "book.db")) as book:
        book.execute(ONE_POSTING["sqlite"])
        book.commit()
    path = tmp_path / "backup.tar"
    with pytest.raises(UnsoundBook) as refused:
        back_up(sqlite_store, path, blobs, write_log)
    assert "check.postings_differ" in {finding.code for finding in refused.value.findings}
    assert not path.exists()
    assert [found for found in tmp_path.iterdir() if found.name.startswith(".backup")] == []
    kept = back_up(sqlite_store, path, blobs, write_log, damaged=True)
    assert kept.findings == tuple(refused.value.findings)
    new = open_store(f"sqlite:///{tmp_path}/new/book.db")
    with pytest.raises(BadInput, match=r"backup\.of_unsound"):
        bring_back(new, path, tmp_path)
    bring_back(new, path, tmp_path, RestoreTerms(damaged=True))
    assert "check.postings_differ" in {finding.code for finding in check_book(new).findings}


def test_a_damaged_book_of_a_server_is_named_too(
    neo4j_server: Neo4jServer, neo4j_url: str, blobs: Path, tmp_path: Path
) -> None:
    store = open_store(neo4j_url)
    store.migrate()
    open_business(store)
    Business(store).collect("tense", 100, photos=[DIGEST])
    path = tmp_path / "backup.tar"
    assert back_up(store, path, blobs, write_log).findings == ()
    path.unlink()
    with neo4j_server.driver() as driver:
        driver.execute_query(ONE_POSTING["neo4j"])
    with pytest.raises(UnsoundBook) as refused:
        back_up(store, path, blobs, write_log)
    assert "check.postings_differ" in {finding.code for finding in refused.value.findings}
    assert not path.exists()
    back_up(store, path, blobs, write_log, damaged=True)
    store.close()


def test_a_damaged_photo_is_named_and_a_missing_one_told(
    business: Business, blobs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "backup.tar"
    event = business.last_event()
    (blobs / ("0" * 64)).write_bytes(b"damaged, but nobody names it")
    (blobs / DIGEST).write_bytes(b"damaged")
    with pytest.raises(UnsoundBook) as refused:
        back_up(business.store, path, blobs, write_log)
    (found,) = refused.value.findings
    assert (found.code, found.about, found.true) == ("check.photo_damaged", event, DIGEST)
    (blobs / DIGEST).unlink()
    made = back_up(business.store, path, blobs, write_log)
    assert [(one.code, one.about) for one in made.findings] == [("check.photo_missing", event)]
    assert made.blobs == 0
    assert bring_back(open_store(f"sqlite:///{tmp_path}/new/book.db"), path, tmp_path).blobs == 0


def test_what_killed_backups_left_is_removed_and_others_go_on(
    sqlite_store: Store, blobs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "safe"
    dead, alive = folder / ".backup-dead", folder / ".backup-alive"
    for left in (dead, alive):
        left.mkdir(parents=True)
        (left / "book.db").write_bytes(bytes(100))
    (folder / ".backup-file").write_bytes(b"somebody's")
    held = os.open(alive, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    back_up(sqlite_store, folder / "book.db", blobs, write_log)  # a name that is used within too
    os.close(held)
    assert {found.name for found in folder.iterdir()} == {".backup-alive", ".backup-file", "book.db"}
    assert bring_back(open_store(f"sqlite:///{tmp_path}/new/book.db"), folder / "book.db", tmp_path).seq == 0


# --- signed heads ---------------------------------------------------------------------------------------------------


def test_the_newest_signed_heads_go_with_an_archive_and_are_compared(
    business: Business, blobs: Path, tmp_path: Path
) -> None:
    signer, path = Signer(tmp_path / "safe"), tmp_path / "backup.tar"
    heads = [signer.sign(business.store) for _ in range(3)]
    business.collect("tense", 50)
    heads += [signer.sign(business.store) for _ in range(9)]
    made = back_up(business.store, path, blobs, write_log, heads=heads)
    assert made.signed == f"2:{heads[-1].chain}"
    new = open_store(f"sqlite:///{tmp_path}/new/book.db")
    terms = RestoreTerms(NOW_MS, heads, {signer.public})
    assert bring_back(new, path, tmp_path, terms) == made
    assert check_book(new, expected=[(head.seq, head.chain) for head in heads]).findings == []
    new.close()
    stranger = Signer(tmp_path / "stranger")
    with pytest.raises(BadInput, match=r"backup\.head_unsigned"):
        bring_back(_second(tmp_path), path, tmp_path, terms._replace(trusted={stranger.public}))
    assert not (tmp_path / "second").exists() or list((tmp_path / "second").glob("*.db")) == []


def _second(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/second/book.db")


@pytest.mark.parametrize("as_log", [False, True], ids=["engine copy", "log"])
def test_a_book_that_was_written_anew_is_neither_archived_nor_restored(
    sqlite_store: Store, blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_log: bool
) -> None:
    open_business(sqlite_store)
    business = Business(sqlite_store)
    business.collect("tense", 100)
    sqlite_store.backup(tmp_path / "forged.db")
    forged = open_store(f"sqlite:///{tmp_path}/forged.db")
    forged.migrate()
    business.collect("tense", 50)
    signer = Signer(tmp_path / "safe")
    heads = [signer.sign(sqlite_store)]
    business.store = forged
    business.collect("tense", 60)
    path = tmp_path / "backup.tar"
    with pytest.raises(UnsoundBook) as refused:
        back_up(forged, path, blobs, write_log, heads=heads)
    assert [finding.code for finding in refused.value.findings] == ["check.head_differs"]
    with monkeypatch.context() as patch:
        if as_log:
            patch.setattr(backup, "_sqlite_path", lambda store: None)
        back_up(forged, path, blobs, write_log)  # by whoever took the heads away
    with pytest.raises(BadInput, match=r"backup\.head_differs"):
        bring_back(_second(tmp_path), path, tmp_path, RestoreTerms(kept=heads))
    assert not (tmp_path / "second" / "book.db").exists()
    # What is older than the newest signed head may be restored: it is all there was.
    business.store = sqlite_store
    older = tmp_path / "older.tar"
    back_up(sqlite_store, older, blobs, write_log)
    business.collect("tense", 70)
    heads.append(signer.sign(sqlite_store))
    assert bring_back(_second(tmp_path), older, tmp_path, RestoreTerms(kept=heads)).seq == 2


def test_a_server_stays_vacant_where_an_archive_was_written_anew(
    sqlite_store: Store, neo4j_url: str, blobs: Path, tmp_path: Path
) -> None:
    open_business(sqlite_store)
    business = Business(sqlite_store)
    business.collect("tense", 100)
    signer, path = Signer(tmp_path / "safe"), tmp_path / "backup.tar"
    heads = [signer.sign(sqlite_store)]
    server = open_store(neo4j_url)
    for as_log in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if as_log:
                patch.setattr(backup, "_sqlite_path", lambda store: None)
            made = back_up(sqlite_store, path, blobs, write_log, heads=heads)
        forged = heads[0]._replace(chain="0" * 64)
        with pytest.raises(BadInput, match=r"backup\.head_differs"):
            bring_back(server, path, tmp_path, RestoreTerms(kept=[forged]))
        with server.read() as reader:
            assert reader.find_head().seq == 0
    assert bring_back(server, path, tmp_path, RestoreTerms(NOW_MS, heads, {signer.public})) == made
    with server.read() as reader:
        assert audit.list_entries(reader).entries[0].action == "restore"
    assert check_book(server).findings == []
    server.close()


# --- restore ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_log", [False, True], ids=["engine copy", "log"])
def test_nobody_is_signed_in_after_a_restore(
    business: Business, blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_log: bool
) -> None:
    store = business.store
    with store.read() as reader:
        chen = find_person(reader, "chen")
    assert chen is not None
    store.write(lambda writer: begin_session(writer, chen, NOW_MS))
    make_token(store, "chen", "scales", ["record"], 90, Actor("wu", NOW_MS))
    enrol(store, make_code(store, "gate", "yard", Actor("wu", NOW_MS)), NOW_MS)
    make_code(store, "yard", "yard", Actor("wu", NOW_MS))
    path = tmp_path / "backup.tar"
    with monkeypatch.context() as patch:
        if as_log:
            patch.setattr(backup, "_sqlite_path", lambda store: None)
        back_up(store, path, blobs, write_log)
    new = open_store(f"sqlite:///{tmp_path}/new/book.db")
    made = bring_back(new, path, tmp_path, RestoreTerms(NOW_MS))
    with new.read() as reader:
        assert [reader.list_documents(kind)[0] for kind in (KIND, DEVICE_KIND, CODE_KIND)] == [[], [], []]
        assert find_person(reader, "chen") == chen
        entry = audit.list_entries(reader).entries[0]
    assert (entry.action, entry.time_ms, entry.id) == ("restore", NOW_MS, f"{made.seq}:{made.chain}")
    assert check_book(new).findings == []


@pytest.mark.slow
def test_a_restore_beside_what_a_killed_writer_left_is_refused(
    sqlite_store: Store, blobs: Path, tmp_path: Path
) -> None:
    open_business(sqlite_store)
    Business(sqlite_store).collect("tense", 100, photos=[DIGEST])
    path, book = tmp_path / "backup.tar", tmp_path / "killed" / "book.db"
    made = back_up(sqlite_store, path, blobs, write_log)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            store = open_store(f"sqlite:///{book}")
            store.migrate()
            open_business(store)
            Business(store).collect("tense", 100)
            os.write(writing, b".")
            signal.pause()
        finally:
            os._exit(1)
    assert os.read(reading, 1) == b"."
    new = open_store(f"sqlite:///{book}")
    with pytest.raises(WriteConflict, match=r"backup\.store_in_use"):
        bring_back(new, path, tmp_path)
    book.rename(book.with_name("away.db"))  # under a process that still has it open
    with pytest.raises(WriteConflict, match=r"backup\.(leftover|store_open)"):
        bring_back(new, path, tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert book.with_name("book.db-wal").exists()
    with pytest.raises(WriteConflict, match=r"backup\.leftover"):
        bring_back(new, path, tmp_path)
    assert not book.exists()
    for left in book.parent.glob("book.db-*"):
        left.unlink()
    assert bring_back(new, path, tmp_path) == made
    assert check_book(new).findings == []
