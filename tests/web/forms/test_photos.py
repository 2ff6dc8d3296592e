"""Photos are kept once and for good, whatever becomes of the form, and shown to those who may see
the record.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from random import randbytes
from typing import Any
from unittest.mock import patch

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from graph.blobs import Blobs
from tests.support.business import uuid7
from tests.support.markup import attributes_of, fields_of, find_all, hidden_fields_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, problems_of, value_of
from tests.support.pictures import jpeg, png, take_photo, webp
from tests.support.reading import ask
from tests.web.record.test_collect import LOAD
from traceability.domain.access import Assignment
from traceability.domain.errors import StoreFull, StoreUnavailable
from traceability.domain.event import Acquisition
from traceability.services.directory.people import add_person, find_person, put_person, set_password
from traceability.services.directory.photos import keep_photo
from traceability.services.directory.pictures import kind_of
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.wire.schemas import MAX_PHOTOS

Visit = Callable[..., Visitor]
JPEG, PNG, WEBP = jpeg(), png(), webp()
LARGE = randbytes(300)


def send(visitor: Visitor, *files: tuple[bytes, str], **changes: Any) -> TestResponse:
    page = visitor.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": value_of(page, "site"), **changes}
    return visitor.post("/collect", {**typed, "photo": [(BytesIO(content), name) for content, name in files]})


def kept_in(page: TestResponse) -> list[str]:
    return attributes_of(page, "input[name=photos]", "value")


def digests(carried: list[str]) -> tuple[str, ...]:
    return tuple(value.split(".")[0] for value in carried)


def shown_in(page: TestResponse) -> list[str]:
    return attributes_of(page, "a[href^='/photos/']", "href")


def photos_of(app: SiteApp, answer: TestResponse) -> tuple[str, ...]:
    lot = app.find_lot(answer.location.removeprefix("/l/"))
    assert lot is not None
    detail = app.business.event(lot.made_by).draft.detail
    assert isinstance(detail, Acquisition)
    return detail.photos


def test_photos_are_recorded_with_the_load_and_shown_on_its_page(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    assert 'enctype="multipart/form-data"' in wang.get("/collect").text
    answer = send(wang, (JPEG, "truck.jpg"), (PNG, "bale.png"), (JPEG, "again.jpg"), (b"", ""))
    assert answer.status_code == 302, problems_of(answer)
    assert len(photos_of(site_app, answer)) == 2
    event = attributes_of(wang.get(answer.location), "a[href^='/events/']", "href")[0]
    page = wang.get(event)
    assert [wang.get(href).data for href in shown_in(page)] == [JPEG, PNG]
    photo = wang.get(shown_in(page)[1])
    assert photo.mimetype == "image/png"
    assert photo.headers["X-Content-Type-Options"] == "nosniff"
    assert "photos.0" not in page.text
    correcting = visit("chen", "yard").get(f"{event}/replace")
    assert digests(kept_in(correcting)) == photos_of(site_app, answer)


def test_a_correction_takes_a_photo_away_and_adds_one(site_app: SiteApp, visit: Visit) -> None:
    answer = send(visit("wang", "yard"), (JPEG, "truck.jpg"), (PNG, "bale.png"))
    lot = site_app.find_lot(answer.location.removeprefix("/l/"))
    assert lot is not None
    truck, _ = photos_of(site_app, answer)
    chen, path = visit("chen", "yard"), f"/events/{lot.made_by}/replace"
    page = chen.get(path)
    fewer = chen.post(path, {**fields_of(page), "photos": kept_in(page), "action": f"remove-photo-{truck}"})
    assert fewer.status_code == 200
    stated = {**fields_of(fewer), "photos": kept_in(fewer), "correction-reason": "another truck"}
    done = chen.post(path, {**stated, "photo": [(BytesIO(WEBP), "right.webp")]})
    assert done.status_code == 302, problems_of(done)
    assert [chen.get(href).data for href in shown_in(chen.get(done.location))] == [PNG, WEBP]


def test_an_import_keeps_its_photos_too(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    typed = {
        **fields_of(chen.get("/import")), "outputs-0-material": "tense", "outputs-0-mass_kg": "2000",
        "source_class": "unspecified", "ticket": "I-1", "declaration_no": "D-1",
    }  # fmt: skip
    refused = chen.post("/import", {**typed, "photo": [(BytesIO(JPEG), "container.jpg")]})
    assert refused.status_code == 422
    assert "country" in errors_beside(refused)
    done = chen.post("/import", {**fields_of(refused), "country": "JP"})
    assert done.status_code == 302, problems_of(done)
    assert photos_of(site_app, done) == digests(kept_in(refused))


def test_every_form_with_photos_takes_those_of_a_phone(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 100)
    chen = visit("chen", "yard")
    large = jpeg(bytes(12_000_000))
    for path in ("/collect", "/import", f"/events/{site_app.business.lot(lot).made_by}/replace"):
        typed = {**fields_of(chen.get(path)), "action": "photos"}
        answer = chen.post(path, {**typed, "photo": [(BytesIO(large), "truck.jpg")]})
        assert answer.status_code == 200, path
        assert len(kept_in(answer)) == 1


def test_a_refused_form_keeps_its_photos_and_lets_go_of_one(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    answer = send(wang, (JPEG, "1.jpg"), (PNG, "2.png"), ticket="")
    assert answer.status_code == 422
    kept = kept_in(answer)
    assert len(kept) == 2
    assert [wang.get(href).data for href in shown_in(answer)] == [JPEG, PNG]
    fewer = send(wang, photos=kept, action=f"remove-photo-{digests(kept)[0]}")
    assert fewer.status_code == 200
    assert kept_in(fewer) == kept[1:]
    more = send(wang, (WEBP, "3.webp"), photos=kept[1:], action="photos")
    assert kept_in(more)[:1] == kept[1:]
    assert len(kept_in(more)) == 2
    done = send(wang, photos=kept_in(more))
    assert photos_of(site_app, done) == digests(kept_in(more))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "不是"),
        (b"GIF89a", "不是 JPEG / PNG / WebP 照片"),
        (b"\0\0\0\x18ftypheic", "不是"),
        (b"<svg onload=alert(1)>", "不是"),
        (jpeg(bytes(200)), "太大"),
        (b"\xff\xd8\xff" * 9, "已损坏"),
        (jpeg(width=40_000), "像素"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused_beside_its_field(
    site_app: SiteApp, visit: Visit, content: bytes, said: str
) -> None:
    wang = visit("wang", "yard")
    limited = Blobs(site_app.app.extensions["traceability"].settings.blobs, 200)
    with patch("traceability.web.forms.photos.blobs", return_value=limited):
        answer = send(wang, (JPEG, "good.jpg"), (content, "<b>bad.jpg"))
        assert answer.status_code == 422
        assert said in errors_beside(answer)["photo"]
        assert "<b>bad" not in answer.text
        assert len(kept_in(answer)) == 1
        assert send(wang, photos=kept_in(answer)).status_code == 302


def test_more_photos_than_a_record_may_hold_are_refused_where_the_page_points(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    files = [(jpeg(bytes([number])), f"{number}.jpg") for number in range(MAX_PHOTOS + 1)]
    answer = send(wang, *files, (b"%PDF", "ticket.pdf"))
    assert answer.status_code == 422
    said = errors_beside(answer)["photo"]
    assert "ticket.pdf" in said
    kept = kept_in(answer)
    answer = send(wang, photos=kept)
    assert f"最多 {MAX_PHOTOS} 项" in errors_beside(answer)["photo"]
    (link,) = (node for node in find_all(answer, "a[href^='#']") if "最多" in node.text())
    assert len(find_all(answer, link.attributes["href"] or "")) == 1
    assert kept_in(answer) == kept
    assert len(photos_of(site_app, send(wang, photos=kept[1:]))) == MAX_PHOTOS


def test_what_the_page_offers_is_what_is_taken(visit: Visit) -> None:
    page = visit("wang", "yard").get("/collect").text
    offered = set(attributes_of(page, "main input[type=file]", "accept"))
    assert offered == {",".join(kind_of(content) for content in (JPEG, PNG, WEBP))}
    assert "JPEG / PNG / WebP，每张不超过 20 MB，一次合计不超过 60 MB" in page


def test_too_many_megabytes_at_once_are_explained(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceability.web.shell.limits.MOST_PHOTO_BYTES", 10_000)
    answer = send(visit("wang", "yard"), (jpeg(bytes(20_000)), "1.jpg"))
    assert answer.status_code == 413
    assert "返回上一页" in answer.text


class Sending(BytesIO):
    """A browser that is still sending, and the count of what was taken from it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = bytes(self.size_left() if size is None or size < 0 else min(size, self.size_left()))
        self.taken += len(piece)
        return piece

    def size_left(self) -> int:
        return 500_000_000 - self.taken


@pytest.mark.parametrize(("person", "most", "said"), [("wang", 120 << 20, "60 MB"), ("", 0, "请先登录")])
def test_too_much_is_read_on_for_a_while_from_people_and_not_from_strangers(
    visit: Visit, person: str, most: int, said: str
) -> None:
    sending = Sending()
    answer = visit(person).client.post(
        "/collect",
        environ_overrides={"wsgi.input": sending, "CONTENT_LENGTH": "500000000"},
        content_type="multipart/form-data; boundary=b",
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 413
    assert said in answer.text
    assert sending.taken <= most
    assert bool(sending.taken) == bool(most)


def test_photos_are_not_lost_with_the_store(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    gone = StoreUnavailable("store.unavailable")
    page = wang.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard", "photo": (BytesIO(JPEG), "1.jpg")}
    with (
        patch.object(site_app.store, "read", side_effect=gone),
        patch.object(site_app.store, "write", side_effect=gone),
    ):
        answer = wang.post("/collect", typed)
    assert answer.status_code == 503
    assert len(kept_in(answer)) == 1
    assert len(photos_of(site_app, send(wang, photos=kept_in(answer)))) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "有 2 张照片没有保留。请在下面重新选择"),
        ("en", "Photos that were not kept: 2. Choose them again"),
    ],
)
def test_without_room_the_page_says_how_many_photos_are_lost_and_keeps_the_others(
    site_app: SiteApp, visit: Visit, language: str, said: str
) -> None:
    wang = visit("wang", "yard")
    wang.get(f"/language/{language}")
    small = _room_for(200)
    with patch("traceability.web.forms.photos.keep_photo", side_effect=small) as put:
        answer = send(wang, (JPEG, "1.jpg"), (png(LARGE), "2.png"), (PNG, "3.png"), (jpeg(LARGE), "4.jpg"))
    assert put.call_count == 4, "a file is read once"
    assert answer.status_code == 503
    assert said in answer.text
    kept = kept_in(answer)
    assert len(kept) == 2
    assert 'enctype="multipart/form-data"' in answer.text
    typed = hidden_fields_of(answer)
    again = wang.post("/collect", {**typed, "photos": kept, "photo": (BytesIO(png(LARGE)), "2.png")})
    assert len(photos_of(site_app, again)) == 3


def test_where_nothing_is_lost_nothing_is_said(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    gone = StoreUnavailable("store.unavailable")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard", "photo": (BytesIO(), "")}
    with patch.object(site_app.store, "read", side_effect=gone):
        answer = wang.post("/collect", typed)
    assert answer.status_code == 503
    assert "没有保留" not in answer.text


def test_a_file_that_is_no_photo_is_lost_with_a_word_when_the_store_is_away(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    gone = StoreUnavailable("store.unavailable")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard", "photo": (BytesIO(b"%PDF"), "<i>.pdf")}
    with patch.object(site_app.store, "read", side_effect=gone):
        answer = wang.post("/collect", typed)
    assert "有 1 张照片没有保留" in answer.text
    assert "&lt;i&gt;.pdf" in answer.text


def test_photos_of_a_session_that_ended_are_said_to_be_lost(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    set_password(site_app.store, "wang", "another password")
    files = [(BytesIO(JPEG), "1.jpg"), (BytesIO(PNG), "2.png")]
    answer = wang.post("/collect", {**LOAD, "id": value_of(page, "id"), "site": "yard", "photo": files})
    assert answer.status_code == 401
    assert "有 2 张照片没有保留" in answer.text
    assert not kept_in(answer)
    assert not list(Blobs(site_app.app.extensions["traceability"].settings.blobs).scan())


def test_a_photo_is_for_the_person_that_its_address_was_made_for(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    answer = send(wang, (JPEG, "1.jpg"))
    event = site_app.business.event(_maker(site_app, answer))
    href = shown_in(wang.get(f"/events/{event.id}"))[0]
    assert visit().get(href).status_code == 302
    add_person(site_app.store, "mallory", "mallory", "correct horse", [Assignment("operator", "guiyang")])
    mallory = visit("mallory")
    assert mallory.get(href).status_code == 404
    assert "/photos/" not in mallory.get(f"/events/{event.id}").text
    assert wang.get(href.split("?")[0]).status_code == 404
    assert wang.get("/photos/..%2f..%2fsecret?key=x").status_code == 404
    assert shown_in(visit("zhao").get(f"/events/{event.id}")), "auditors see everything"
    assert not shown_in(visit("hunan-planner").get(f"/events/{event.id}")), (
        "a region's planner sees no photos"
    )
    assert visit("liu").get(f"/events/{event.id}").status_code == 404, "the nation's planner sees sums"
    stranger = visit()
    stranger.get("/sign-in")
    answer = stranger.post("/collect", {**LOAD, "photo": (BytesIO(PNG), "x.png")})
    assert answer.status_code == 401
    assert len(list((site_app.app.extensions["traceability"].settings.blobs).iterdir())) == 1


def test_a_digest_alone_is_no_permission(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    sealed = kept_in(send(wang, (JPEG, "1.jpg"), ticket=""))
    digest = digests(sealed)[0]
    chen = visit("chen", "yard")
    for carried in (digest, f"{digest}.", f"{digest}.{'0' * 32}", sealed[0], f"{digest}.é"):
        answer = send(chen, photos=carried, action="photos")
        assert "/photos/" not in answer.text
        assert not kept_in(answer)
        answer = send(chen, photos=carried)
        assert answer.status_code == 422
        assert "有 1 张照片不是您上传的" in errors_beside(answer)["photo"]
    other = visit("chen", "yard")
    page = other.get("/import")
    typed = {"id": value_of(page, "id"), "site": "yard", "photos": digest}
    assert any("不是您上传的" in said for said in problems_of(other.post("/import", typed)))


def test_who_corrects_a_load_keeps_its_photos_and_adds_none_by_its_digest(
    site_app: SiteApp, visit: Visit
) -> None:
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    event = _maker(site_app, send(wang, (JPEG, "1.jpg")))
    foreign = digests(kept_in(send(wang, (PNG, "2.png"), ticket="")))[0]
    page = chen.get(f"/events/{event}/replace")
    typed = fields_of(page) | {"correction-reason": "typed twice", "ticket": "W-2"}
    answer = chen.post(f"/events/{event}/replace", {**typed, "photos": [*kept_in(page), foreign]})
    assert answer.status_code == 422
    assert any("有 1 张照片不是您上传的" in said for said in problems_of(answer))
    assert kept_in(answer) == kept_in(page)
    done = chen.post(f"/events/{event}/replace", {**typed, **LOAD, "photos": kept_in(page)})
    assert done.status_code == 302, problems_of(done)
    assert [chen.get(href).data for href in shown_in(chen.get(done.location))] == [JPEG]


def test_a_photo_that_has_not_arrived_is_said(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 1000, photos=["0" * 64])
    page = visit("wang", "yard").get(f"/events/{site_app.business.last_event()}")
    assert "尚未到达" in page.text
    assert not shown_in(page)


@pytest.fixture
def firms(site_app: SiteApp, visit: Visit) -> dict[str, Visitor]:
    """Somebody of each of two firms, who works nowhere else."""
    for person, site in (("li", "yard"), ("wu", "chengdu")):
        add_person(site_app.store, person, person, PASSWORD, [Assignment("operator", site)])
    return {site: visit(person, site) for person, site in (("li", "yard"), ("wu", "chengdu"))}


def change_site(site_app: SiteApp, site: str, **changes: Any) -> None:
    with site_app.store.read() as reader:
        body = reader.find_documents("site", [site])[site].body
    changed = ReferenceDocument("site", site, {**body, **changes})
    site_app.store.write(lambda writer: put_reference(writer, [changed]))


def set_limits(site_app: SiteApp, **limits: int) -> None:
    entry = ReferenceDocument("setting", "photos", limits)
    site_app.store.write(lambda writer: put_reference(writer, [entry]))


def keep(visitor: Visitor, content: bytes, path: str = "/collect") -> TestResponse:
    """Upload a photo and record nothing yet."""
    typed = {**fields_of(visitor.get(path)), "action": "photos"}
    return visitor.post(path, {**typed, "photo": [(BytesIO(content), "x.jpg")]})


@pytest.mark.parametrize(("answers", "located"), [("no", False), ("yes", True)])
def test_where_a_photo_was_taken_is_removed_unless_the_site_keeps_it(
    site_app: SiteApp, visit: Visit, answers: str, located: bool
) -> None:
    change_site(site_app, "yard", photo_location=answers)
    wang = visit("wang", "yard")
    answer = send(wang, (take_photo("JPEG"), "truck.jpg"))
    (digest,) = photos_of(site_app, answer)
    stored = Blobs(site_app.app.extensions["traceability"].settings.blobs).get(digest)
    assert sha256(stored).hexdigest() == digest
    exif = Image.open(BytesIO(stored)).getexif()
    assert exif[0x0112] == 6
    assert bool(exif.get_ifd(0x8825)) == located


def test_two_firms_upload_one_photo_and_learn_nothing(site_app: SiteApp, firms: dict[str, Visitor]) -> None:
    first, second = keep(firms["yard"], JPEG), keep(firms["chengdu"], JPEG)
    assert digests(kept_in(first)) == digests(kept_in(second))
    assert (first.status_code, second.status_code) == (200, 200)
    own = shown_in(first)[0]
    assert firms["yard"].get(own).data == JPEG
    assert firms["chengdu"].get(own).status_code == 404
    folder = Blobs(site_app.app.extensions["traceability"].settings.blobs)
    with patch.object(Blobs, "_write", autospec=True, side_effect=Blobs._write) as written:
        for visitor in firms.values():
            keep(visitor, JPEG)
            keep(visitor, jpeg(b"new of " + str(id(visitor)).encode()))
    assert written.call_count == 4, "what is there already takes as long"
    assert len(list(folder.scan())) == 3


def test_who_names_the_digest_of_another_firms_photo_sees_what_they_see_of_none(
    site_app: SiteApp, firms: dict[str, Visitor]
) -> None:
    (secret,) = digests(kept_in(keep(firms["yard"], JPEG)))
    pages = []
    for number, digest in enumerate((secret, sha256(b"guessed").hexdigest())):
        draft = site_app.business.draft(
            "collect", "chengdu", actor="wu", supplier_name="Z", source_class="post", channel="offline",
            ticket=f"W-{number}", photos=[digest], outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
        )  # fmt: skip
        told = firms["chengdu"].client.post(
            "/api/v1/events", json=draft, headers={"Origin": "http://localhost"}
        )
        assert told.status_code == 201, told.text
        page = firms["chengdu"].get(f"/events/{draft['id']}")
        assert not shown_in(page)
        pages.append(page.text.count("尚未到达"))
        for key in ("", "x", hmac_like(digest)):
            assert firms["chengdu"].get(f"/photos/{digest}?key={key}").status_code == 404
    assert pages == [1, 1]


def hmac_like(digest: str) -> str:
    return digest[:32]


def test_the_address_of_a_photo_ends_with_the_role(site_app: SiteApp, firms: dict[str, Visitor]) -> None:
    href = shown_in(keep(firms["yard"], JPEG))[0]
    assert firms["yard"].get(href).status_code == 200
    person = ask(site_app.store, find_person, "li")
    assert person is not None
    moved = person._replace(roles=(Assignment("operator", "chengdu"),))
    site_app.store.write(lambda writer: put_person(writer, moved))
    assert firms["yard"].get(href).status_code == 404


def test_who_may_look_but_not_record_puts_no_photo_into_a_record(
    site_app: SiteApp, visit: Visit, firms: dict[str, Visitor]
) -> None:
    """The signature of an address is not that of a form: an auditor who works elsewhere too carries nothing over."""
    add_person(
        site_app.store,
        "both",
        "both",
        PASSWORD,
        [Assignment("auditor", "*"), Assignment("operator", "chengdu")],
    )
    answer = send(firms["yard"], (JPEG, "1.jpg"))
    both = visit("both", "chengdu")
    href = shown_in(both.get(f"/events/{_maker(site_app, answer)}"))[0]
    digest, _, key = href.removeprefix("/photos/").partition("?key=")
    typed = {**fields_of(both.get("/collect")), "photos": f"{digest}.{key}", "action": "photos"}
    assert not kept_in(both.post("/collect", typed))


@pytest.mark.parametrize(
    ("limits", "zh", "en"),
    [
        ({"firm_mb": 0}, "已用满 0 MB", "ask your administrator for more room"),
        ({"waiting_mb": 0}, "等待记录", "Record the open forms first"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_firm_without_room_is_told_what_to_do_and_records_without_the_photo(
    site_app: SiteApp, visit: Visit, limits: dict[str, int], zh: str, en: str, language: str
) -> None:
    set_limits(site_app, **limits)
    wang = visit("wang", "yard")
    wang.get(f"/language/{language}")
    answer = send(wang, (JPEG, "truck.jpg"))
    assert answer.status_code == 507
    assert {"zh": zh, "en": en}[language] in errors_beside(answer)["photo"]
    assert not kept_in(answer)
    assert not list(Blobs(site_app.app.extensions["traceability"].settings.blobs).scan())
    assert value_of(answer, "ticket") == LOAD["ticket"]
    assert send(wang).status_code == 302


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_disk_that_is_nearly_full_takes_records_and_no_photos(
    site_app: SiteApp, visit: Visit, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = visit("wang", "yard")
    wang.get(f"/language/{language}")
    wiring = site_app.app.extensions["traceability"]
    wiring.settings = replace(wiring.settings, least_free_mb=1 << 30)
    answer = send(wang, (JPEG, "truck.jpg"))
    assert answer.status_code == 507
    said = errors_beside(answer)["photo"]
    assert {"zh": "服务器空间即将用尽", "en": "hardly any room left on the server"}[language] in said
    assert not wiring.settings.blobs.exists()
    assert send(wang).status_code == 302


def test_where_a_kind_is_not_recorded_no_photo_is_kept_for_it(site_app: SiteApp, visit: Visit) -> None:
    change_site(site_app, "guiyang", kinds=["electrolysis"])
    wang = visit("wang", "guiyang")
    typed = {"id": uuid7(900), "site": "guiyang", "action": "photos"}
    answer = wang.post("/collect", {**typed, "photo": [(BytesIO(JPEG), "x.jpg")]})
    assert answer.status_code == 422
    assert errors_beside(answer)["photo"]
    assert not kept_in(answer)
    assert not list(Blobs(site_app.app.extensions["traceability"].settings.blobs).scan())


def test_a_form_whose_photos_waited_too_long_says_so(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    kept = kept_in(send(wang, (JPEG, "1.jpg"), ticket=""))
    folder = Blobs(site_app.app.extensions["traceability"].settings.blobs)
    folder.remove(digests(kept)[0])
    answer = send(wang, photos=kept)
    assert answer.status_code == 422
    assert "有 1 张照片等待记录的时间过长" in errors_beside(answer)["photo"]
    again = send(wang, (JPEG, "1.jpg"))
    assert len(photos_of(site_app, again)) == 1


def _room_for(most: int) -> Callable[..., tuple[str, int]]:
    """As keep_photo where a photo of more bytes finds no room."""

    def keep(blobs: Blobs, content: bytes, name: str, **settings: Any) -> tuple[str, int]:
        if len(content) > most:
            raise StoreFull("store.full", path=str(blobs.folder))
        return keep_photo(blobs, content, name, **settings)

    return keep


def _maker(app: SiteApp, answer: TestResponse) -> str:
    lot = app.find_lot(answer.location.removeprefix("/l/"))
    assert lot is not None
    return lot.made_by
