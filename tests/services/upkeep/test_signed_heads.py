"""Heads are signed with a key outside the book, kept in a file that only grows, and prove what they should."""

import json
import stat
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import Business, open_business
from tests.support.golden import NOW_MS
from traceability.domain.errors import BadInput, NotFound, TraceabilityError, WriteConflict
from traceability.services.upkeep.signed_heads import (
    BookState,
    SignatureState,
    SignedHead,
    check_heads,
    encode_head,
    find_newest_head,
    list_trusted_keys,
    make_key,
    read_heads,
    sign_head,
)


class Office:
    """An administrator with a key in a folder of their own, outside that of the book."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.safe = folder / "safe"
        self.data.mkdir()
        self.safe.mkdir()
        self.key, self.kept = self.safe / "head.key", self.safe / "signed-heads.jsonl"
        self.public = make_key(self.key, [self.data])

    def sign(self, store: Store, now_ms: int = NOW_MS) -> SignedHead:
        """Sign the head of the book, as every day."""
        return sign_head(store, self.key, self.kept, [self.data], now_ms)

    def check(self, store: Store, *heads: SignedHead) -> list[tuple[SignatureState, BookState]]:
        """Return what became of these heads, or else of all that are kept."""
        with store.read() as reader:
            checked = check_heads(reader, heads or read_heads(self.kept).heads, {self.public})
        return [(one.signature, one.book) for one in checked]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


PROOF = (SignatureState.RIGHT, BookState.CONTAINED)


def test_what_is_signed_every_day_is_contained_in_the_book(store: Store, office: Office) -> None:
    open_business(store)
    with pytest.raises(NotFound, match=r"head\.empty_book"):
        office.sign(store)
    business = Business(store)
    lot = business.collect("tense", 100)
    first = office.sign(store)
    business.adjust(lot, -1)
    business.void(business.last_event())
    second = office.sign(store, NOW_MS + 1)
    assert (first.seq, second.seq, first.book) == (1, 3, first.chain)
    assert office.check(store) == [PROOF, PROOF], "also after corrections of what was signed"
    assert find_newest_head(office.kept) == second
    assert [json.loads(line)["seq"] for line in office.kept.read_text().splitlines()] == [1, 3]
    assert office.check(store, second._replace(seq=2)) == [(SignatureState.WRONG, BookState.DIFFERS)]
    assert office.check(store, second._replace(seq=4)) == [(SignatureState.WRONG, BookState.BEYOND)]
    other = "0" * 64
    assert office.check(store, second._replace(book=other)) == [(SignatureState.WRONG, BookState.OTHER_BOOK)]


def test_every_part_of_a_head_is_signed(sqlite_store: Store, office: Office) -> None:
    open_business(sqlite_store)
    Business(sqlite_store).collect("tense", 100)
    head = office.sign(sqlite_store)
    for name, value in head._asdict().items():
        other = value + 1 if isinstance(value, int) else ("1" if value[0] != "1" else "2") + value[1:]
        changed = SignedHead(**{**head._asdict(), name: other})
        assert office.check(sqlite_store, changed)[0][0] is SignatureState.WRONG, name


def test_another_key_proves_nothing(sqlite_store: Store, office: Office, tmp_path: Path) -> None:
    open_business(sqlite_store)
    Business(sqlite_store).collect("tense", 100)
    forger = Office(_made(tmp_path / "forger"))
    forged = forger.sign(sqlite_store)
    assert office.check(sqlite_store, forged) == [(SignatureState.UNKNOWN_KEY, BookState.CONTAINED)]
    office.kept.write_text(encode_head(forged) + "\n")
    with pytest.raises(WriteConflict, match=r"head\.not_continued_unknown_key"):
        office.sign(sqlite_store)
    # A key that took the place of another is told of it.
    beside = office.key.with_name("head.key.pub")
    beside.write_text(beside.read_text() + forger.public + "\n")
    assert list_trusted_keys(office.key) == {office.public, forger.public}
    assert office.sign(sqlite_store, NOW_MS + 1).key == office.public


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def two_books(tmp_path: Path) -> tuple[Store, Store]:
    """Return two books that begin alike; the second was written anew from its second event on."""
    true = open_store(f"sqlite:///{tmp_path}/true.db")
    true.migrate()
    open_business(true)
    business = Business(true)
    business.collect("tense", 100)
    true.backup(tmp_path / "forged.db")
    forged = open_store(f"sqlite:///{tmp_path}/forged.db")
    forged.migrate()
    business.collect("tense", 50)
    business.store = forged
    business.collect("tense", 60)
    return true, forged


def test_nothing_is_signed_over_a_book_that_was_written_anew(
    two_books: tuple[Store, Store], office: Office, tmp_path: Path, sqlite_store: Store
) -> None:
    true, forged = two_books
    office.sign(true)
    assert office.check(forged) == [(SignatureState.RIGHT, BookState.DIFFERS)]
    before = office.kept.read_bytes()
    with pytest.raises(WriteConflict, match=r"head\.not_continued_differs"):
        office.sign(forged)
    open_business(sqlite_store)
    with pytest.raises(WriteConflict, match=r"head\.not_continued_beyond"):
        office.sign(sqlite_store)
    business = Business(sqlite_store)
    business.collect("tense", 100)
    with pytest.raises(WriteConflict, match=r"head\.not_continued_other_book"):
        office.sign(sqlite_store)
    assert office.kept.read_bytes() == before
    altered = read_heads(office.kept).heads[0]._replace(signed_ms=1)
    office.kept.write_text(encode_head(altered) + "\n")
    with pytest.raises(WriteConflict, match=r"head\.not_continued_wrong"):
        office.sign(true)


def test_a_line_that_a_power_cut_left_half_is_told_and_gone_past(sqlite_store: Store, office: Office) -> None:
    open_business(sqlite_store)
    business = Business(sqlite_store)
    business.collect("tense", 100)
    first = office.sign(sqlite_store)
    with office.kept.open("a") as file:
        file.write(encode_head(first)[:100])
    assert find_newest_head(office.kept) == first
    second = office.sign(sqlite_store, NOW_MS + 1)
    found = read_heads(office.kept)
    assert (found.heads, found.damaged) == ([first, second], [2])
    for text in (
        "",
        "{}",
        "[" * 10_000,
        "null",
        "\0",
        "\n" * 3,
        '{"signed_head": 1}',
        encode_head(first) * 9,
    ):
        office.kept.write_text(text)
        assert read_heads(office.kept).heads == []
        assert find_newest_head(office.kept) is None
    assert find_newest_head(office.safe / "none") is None
    assert find_newest_head(office.safe) is None


def test_a_key_lies_outside_the_data_and_is_made_once(office: Office, tmp_path: Path) -> None:
    assert stat.S_IMODE(office.key.stat().st_mode) == 0o600
    assert office.key.with_name("head.key.pub").read_text() == office.public + "\n"
    with pytest.raises(WriteConflict, match=r"cli\.file_exists"):
        make_key(office.key, [office.data])
    (tmp_path / "link").symlink_to(office.data)
    for inside in (office.data / "key", office.data / "deep" / "key", tmp_path / "link" / "key"):
        with pytest.raises(BadInput, match=r"head\.inside"):
            make_key(inside, [office.data])
    assert list(office.data.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda key: key.chmod(0o644), "head.key_open"),
        (lambda key: key.chmod(0o620), "head.key_open"),
        (lambda key: key.write_text("no key"), "head.bad_key"),
        (lambda key: key.write_bytes(b"\xff" * 5_000), "head.bad_key"),
        (lambda key: key.unlink(), "head.no_key_file"),
    ],
)
def test_a_key_that_is_none_signs_nothing(
    sqlite_store: Store, office: Office, change: object, code: str
) -> None:
    assert callable(change)
    change(office.key)
    with pytest.raises(TraceabilityError) as refused:
        office.sign(sqlite_store)
    assert refused.value.code == code
    assert not office.kept.exists()


def test_heads_are_not_kept_beside_the_book(sqlite_store: Store, office: Office) -> None:
    with pytest.raises(BadInput, match=r"head\.inside"):
        sign_head(sqlite_store, office.key, office.data / "heads", [office.data], NOW_MS)
    office.key.rename(office.data / "head.key")
    with pytest.raises(BadInput, match=r"head\.inside"):
        sign_head(sqlite_store, office.data / "head.key", office.kept, [office.data], NOW_MS)
