"""Photos belong to who uploaded them, take no more room than their firm has, and go only where no event names them."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from graph.blobs import Blobs
from graph.store import Store
from tests.support.business import NOW_MS, Business, open_business
from tests.support.pictures import jpeg
from traceability.domain.errors import BadInput
from traceability.domain.rights import Relation, Viewer
from traceability.services.directory import photos
from traceability.services.directory.photos import (
    CleanedPhotos,
    NoRoomForPhotos,
    clean_photos,
    find_shown,
    find_use,
    keep_photo,
    own_photo,
    renew_photos,
)
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.upkeep.rebuild import rebuild

DAY_MS = 24 * 3600 * 1000
LATER_MS = NOW_MS + 15 * DAY_MS
NOTHING = CleanedPhotos(0, 0, 0)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def business(store: Store) -> Business:
    open_business(store)
    return Business(store)


def upload(store: Store, blobs: Blobs, text: bytes, site: str = "yard", now_ms: int = NOW_MS) -> str:
    while True:
        digest, size = keep_photo(blobs, jpeg(text), "x.jpg")
        age(blobs, digest, now_ms)
        if own_photo(store, blobs, site, digest, size, now_ms):
            return digest


def age(blobs: Blobs, digest: str, at_ms: int) -> None:
    with suppress(FileNotFoundError):  # cleaned away
        os.utime(blobs.folder / digest, (at_ms / 1000, at_ms / 1000))


def used(store: Store, site: str = "yard") -> tuple[int, int]:
    with store.read() as reader:
        return tuple(find_use(reader, [site]))  # type: ignore[return-value]


def shown(store: Store, blobs: Blobs, site: str, digest: str) -> bool:
    viewer = Viewer((site,), {site: Relation.OWN}, is_firm=True)
    with store.read() as reader:
        return bool(find_shown(reader, viewer, blobs, [digest]))


def set_limits(store: Store, **limits: int) -> None:
    store.write(lambda writer: put_reference(writer, [ReferenceDocument("setting", "photos", limits)]))


def test_a_photo_is_counted_named_and_kept_for_good(business: Business, blobs: Blobs) -> None:
    store, size = business.store, len(jpeg(b"one"))
    digest = upload(store, blobs, b"one")
    assert upload(store, blobs, b"one") == digest
    assert used(store) == (size, size)
    business.collect("tense", 1000, photos=[digest])
    assert used(store) == (size, 0)
    assert clean_photos(store, blobs, LATER_MS) == NOTHING
    assert blobs.exists(digest)
    assert shown(store, blobs, "yard", digest)


def test_what_no_event_names_goes_after_its_days(business: Business, blobs: Blobs) -> None:
    store, size = business.store, len(jpeg(b"one"))
    old, young = upload(store, blobs, b"one"), upload(store, blobs, b"two", now_ms=LATER_MS - DAY_MS)
    assert clean_photos(store, blobs, NOW_MS + 13 * DAY_MS) == NOTHING
    assert clean_photos(store, blobs, LATER_MS, dry_run=True) == CleanedPhotos(1, size, 0)
    assert blobs.exists(old)
    assert clean_photos(store, blobs, LATER_MS) == CleanedPhotos(1, size, 0)
    assert list(blobs.scan()) == [young]
    assert used(store) == (size, size)
    assert renew_photos(store, blobs, "yard", [old, young], LATER_MS) == [old]


def test_the_days_are_the_installations(business: Business, blobs: Blobs) -> None:
    upload(business.store, blobs, b"one")
    set_limits(business.store, grace_days=30)
    assert clean_photos(business.store, blobs, LATER_MS) == NOTHING
    set_limits(business.store, grace_days=0)  # a form that was just filled in keeps its photos
    assert clean_photos(business.store, blobs, NOW_MS + DAY_MS - 1) == NOTHING
    assert clean_photos(business.store, blobs, NOW_MS + DAY_MS + 1).photos == 1


def test_a_form_that_is_sent_again_keeps_its_photos(business: Business, blobs: Blobs) -> None:
    store = business.store
    digest = upload(store, blobs, b"one")
    assert renew_photos(store, blobs, "yard", [digest], NOW_MS + 13 * DAY_MS) == []
    assert clean_photos(store, blobs, LATER_MS) == NOTHING


def test_a_photo_that_came_while_the_store_was_away_is_owned_later(business: Business, blobs: Blobs) -> None:
    store = business.store
    digest, size = keep_photo(blobs, jpeg(b"one"), "x.jpg")
    assert not shown(store, blobs, "yard", digest)
    assert renew_photos(store, blobs, "yard", [digest], NOW_MS) == []
    assert used(store) == (size, size)
    assert shown(store, blobs, "yard", digest)


def test_two_firms_with_one_photo_know_nothing_of_each_other(business: Business, blobs: Blobs) -> None:
    store, size = business.store, len(jpeg(b"one"))
    digest = upload(store, blobs, b"one", "chengdu")
    assert not shown(store, blobs, "yard", digest)
    assert upload(store, blobs, b"one", "yard", LATER_MS - DAY_MS) == digest
    assert used(store, "yard") == used(store, "chengdu") == (size, size)
    assert clean_photos(store, blobs, LATER_MS).photos == 1  # Chengdu's has waited too long
    assert shown(store, blobs, "yard", digest)
    assert not shown(store, blobs, "chengdu", digest)


def test_who_names_anothers_photo_sees_nothing_and_keeps_it_from_nobody(
    business: Business, blobs: Blobs
) -> None:
    store = business.store
    digest = upload(store, blobs, b"one", "chengdu")
    business.do(
        "collect", "yard", actor="wang", supplier_name="Zhang", ticket="T-1", source_class="post",
        channel="offline", photos=[digest], outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    assert not shown(store, blobs, "yard", digest)
    clean_photos(store, blobs, LATER_MS)
    assert blobs.exists(digest), "an event names it"
    assert used(store, "chengdu") == (0, 0)
    rebuild(store)
    assert not shown(store, blobs, "yard", digest)
    upload(store, blobs, b"one", "yard")
    assert shown(store, blobs, "yard", digest)
    assert used(store, "yard")[1] == 0, "its event is there already"


def test_photos_of_an_older_book_belong_to_who_named_them_first(business: Business, blobs: Blobs) -> None:
    store = business.store
    digest, size = keep_photo(blobs, jpeg(b"one"), "x.jpg")
    age(blobs, digest, NOW_MS)
    business.collect("tense", 1000, photos=[digest])
    store.write(lambda writer: writer.erase_document("photo", f"{digest}:yard"))  # as it was before
    assert clean_photos(store, blobs, LATER_MS, dry_run=True) == NOTHING
    assert not shown(store, blobs, "yard", digest)
    assert clean_photos(store, blobs, LATER_MS) == NOTHING, "an event names it"
    assert shown(store, blobs, "yard", digest)
    store.write(lambda writer: writer.erase_document("photo", f"{digest}:yard"))
    rebuild(store)
    assert shown(store, blobs, "yard", digest)
    clean_photos(store, blobs, LATER_MS)
    assert used(store) == (size, 0)


def test_strays_and_broken_off_writings_go(business: Business, blobs: Blobs) -> None:
    digest, size = keep_photo(blobs, jpeg(b"one"), "x.jpg")
    (blobs.folder / ".x1.part").write_bytes(b"half")
    for name in (digest, ".x1.part"):
        age(blobs, name, NOW_MS)
    keep_photo(blobs, jpeg(b"two"), "x.jpg")  # now, by the clock of this machine
    assert clean_photos(business.store, blobs, LATER_MS, dry_run=True) == CleanedPhotos(1, size, 1)
    assert clean_photos(business.store, blobs, LATER_MS) == CleanedPhotos(1, size, 1)
    assert len(os.listdir(blobs.folder)) == 1


def test_a_firm_has_its_room_and_no_more(
    business: Business, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, size = business.store, len(jpeg(b"one"))
    monkeypatch.setattr(photos, "BYTES_PER_MB", size)
    set_limits(store, firm_mb=3, waiting_mb=2)
    first = upload(store, blobs, b"one")
    upload(store, blobs, b"two", "plant")  # the same firm
    with pytest.raises(NoRoomForPhotos) as full:
        upload(store, blobs, b"six")
    assert (full.value.code, full.value.figures["most"]) == ("photo.waiting_full", 2)
    assert len(list(blobs.scan())) == 2, "nothing is left of it"
    business.collect("tense", 1000, photos=[first])
    upload(store, blobs, b"six")
    with pytest.raises(NoRoomForPhotos) as full:
        upload(store, blobs, b"ten")
    assert full.value.code == "photo.firm_full"
    assert used(store) == (2 * size, size)
    other = upload(store, blobs, b"ten", "chengdu")
    with pytest.raises(NoRoomForPhotos):
        upload(store, blobs, b"ten")
    assert blobs.exists(other), "another firm has it"


def test_no_photo_takes_the_last_room_of_the_disk(blobs: Blobs) -> None:
    with pytest.raises(NoRoomForPhotos, match=r"photo\.disk_full"):
        keep_photo(blobs, jpeg(b"one"), "x.jpg", least_free=1 << 60)
    assert not blobs.folder.exists()


@pytest.mark.slow
def test_uploads_events_and_cleaning_at_once_lose_no_photo(business: Business, blobs: Blobs) -> None:
    """Every photo that an event names is there in the end, however the clean-up runs between its upload and its event."""
    store = business.store
    named: list[str] = []
    ended = threading.Event()

    def clean() -> None:
        while not ended.is_set():
            clean_photos(store, blobs, LATER_MS)

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    deadline = time.monotonic() + 6
    try:
        for number in range(40):
            text = str(number).encode()
            digest = upload(store, blobs, text)  # as old as can be: gone again at any moment
            while gone := renew_photos(store, blobs, "yard", [digest], LATER_MS):
                assert gone == [digest]
                upload(store, blobs, text)
            business.collect("tense", 1000, photos=[digest])
            named.append(digest)
            if time.monotonic() > deadline:
                break
    finally:
        ended.set()
        cleaner.join()
    assert len(named) > 5
    assert [digest for digest in named if not blobs.exists(digest)] == []
    assert [digest for digest in named if not shown(store, blobs, "yard", digest)] == []


def test_too_large_or_no_photo_is_refused(blobs: Blobs) -> None:
    small = Blobs(blobs.folder, 100)
    with pytest.raises(BadInput, match=r"photo\.too_large"):
        keep_photo(small, jpeg(bytes(200)), "x.jpg")
    with pytest.raises(BadInput, match=r"photo\.not_a_photo"):
        keep_photo(small, b"%PDF", "x.jpg")
    assert not blobs.folder.exists()
