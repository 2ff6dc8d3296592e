"""Supervisors register the scales of their site and try what they send; who works there sees what each shows now."""

from collections.abc import Callable

import pytest

from scanners.scales.live import LiveWeight
from tests.support.markup import attributes_of, fields_of, find_all, find_one, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside
from traceability.domain.access import Assignment
from traceability.services.directory.audit import Actor, AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import Person, hash_password, put_person
from traceability.services.directory.scales import Scale, confirms_weight, list_scales, put_scale
from traceability.services.directory.sessions import make_token
from traceability.services.recording.scale_readings import LASTS_MS, keep_reading

Visit = Callable[..., Visitor]

FORM = {
    "name": "东门地磅", "site": "yard", "format": "yaohua", "unit": "kg", "division": "20", "baud": "9600", "bits": "8N1",
    "address": "tcp://127.0.0.1:4001", "pattern": "", "sample": "",
}  # fmt: skip
FRAME = r"\x02+018200010\x03"


@pytest.fixture
def boss(site_app: SiteApp, visit: Visit) -> Visitor:
    """A supervisor of the yard, signed in."""
    person = Person("boss", "boss", (Assignment("supervisor", "yard"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, person))
    return visit("boss", "yard")


def add_scale(site_app: SiteApp, name: str = "东门地磅") -> Scale:
    """Register a scale of the yard by the boss, without a page."""
    actor = Actor("boss", site_app.now_ms, "")
    return put_scale(site_app.store, actor, Scale("", "yard", name, "yaohua", "kg", 20_000))


def test_a_supervisor_registers_tries_changes_and_removes_a_scale(
    site_app: SiteApp, boss: Visitor, visit: Visit
) -> None:
    assert find_all(boss.get("/scales"), ".empty")
    page = boss.get("/scales/add")
    assert fields_of(page, "main form")["site"] == "yard"

    tried = boss.post("/scales/add", {**FORM, "action": "try", "sample": FRAME + "zz"})
    assert tried.status_code == 200
    assert "18 200 kg" in words_of(find_one(tried, "#tried")).replace("\xa0", " ")
    unread = boss.post("/scales/add", {**FORM, "format": "commas", "action": "try", "sample": FRAME})
    assert find_all(unread, "#tried .warning")
    with site_app.store.read() as reader:
        assert list_scales(reader, ["yard"]) == []

    assert boss.post("/scales/add", FORM).status_code == 302
    again = boss.post("/scales/add", FORM)
    assert again.status_code == 422
    assert "name" in errors_beside(again)
    with site_app.store.read() as reader:
        (scale,) = list_scales(reader, ["yard"])
    assert (scale.division_g, scale.frames.id, scale.address) == (20_000, "yaohua", FORM["address"])

    old = boss.get(f"/scales/{scale.id}")
    fields = fields_of(old, "main form")
    assert boss.post(f"/scales/{scale.id}", {**fields, "division": "50"}).status_code == 302
    assert boss.post(f"/scales/{scale.id}", {**fields, "division": "10"}).status_code == 422, (
        "changed meanwhile"
    )
    listed = visit("wang", "yard").get("/scales")
    assert "50 kg" in words_of(find_one(listed, "main"))
    assert not find_all(listed, "main form")

    assert boss.post(f"/scales/{scale.id}/remove", {}).status_code == 302
    assert find_all(boss.get("/scales"), ".empty")
    with site_app.store.read() as reader:
        noted = list_entries(reader, AuditFilter(action=AuditAction.SCALE_CHANGE)).entries
    assert {entry.person for entry in noted} == {"boss"}
    assert len(noted) == 3


def test_what_makes_no_sense_is_refused_beside_its_field(site_app: SiteApp, boss: Visitor) -> None:
    boss.get("/scales/add")
    wrong = {
        "name": "", "site": "plant", "format": "x", "unit": "oz", "division": "0", "baud": "1", "bits": "9X9",
        "address": "http://x",
    }  # fmt: skip
    page = boss.post("/scales/add", wrong)
    assert page.status_code == 422
    assert set(errors_beside(page)) == {*wrong}
    for pattern in ("(\\d+)", "(?<weight>(\\d+)+)", "x" * 201):
        page = boss.post("/scales/add", {**FORM, "format": "pattern", "pattern": pattern})
        assert list(errors_beside(page)) == ["pattern"]
    tried = boss.post("/scales/add", {**wrong, "action": "try"})
    assert set(errors_beside(tried)) == {"format", "unit"}


def test_only_who_supervises_or_administers_a_site_registers_its_scales(
    site_app: SiteApp, boss: Visitor, visit: Visit
) -> None:
    scale = add_scale(site_app)
    wang = visit("wang", "yard")
    assert wang.get("/scales").status_code == 200
    assert wang.get("/scales/add").status_code == 403
    assert wang.get(f"/scales/{scale.id}").status_code == 403
    wang.get("/")
    assert wang.post(f"/scales/{scale.id}/remove", {}).status_code == 403
    person = Person("mallory", "mallory", (Assignment("supervisor", "plant"),), hash_password(PASSWORD))
    keeper = Person("keeper", "keeper", (Assignment("admin", "yard"),), hash_password(PASSWORD))
    for one in (person, keeper):
        site_app.store.write(lambda writer, one=one: put_person(writer, one))  # type: ignore[misc]
    mallory = visit("mallory", "plant")
    assert "东门地磅" not in mallory.get("/scales").text
    assert mallory.get(f"/scales/{scale.id}").status_code == 404
    assert mallory.get(f"/scales/{scale.id}/reading.json").status_code == 404
    assert mallory.get("/scales/of/yard.json").status_code == 404
    for id_ in (scale.id, "0" * 16):
        assert mallory.post(f"/scales/{id_}/remove", {}).location == "/scales", (
            "there or not, it says the same"
        )
    root = visit("keeper")
    assert "东门地磅" in root.get("/scales").text
    assert root.get(f"/scales/{scale.id}").status_code == 200
    assert root.get(f"/scales/{scale.id}/reading.json").status_code == 404, (
        "who does not work there weighs nothing"
    )


def test_a_reading_is_told_while_it_is_fresh_and_never_taken_after(
    site_app: SiteApp, boss: Visitor, visit: Visit
) -> None:
    scale = add_scale(site_app)
    wang = visit("wang", "yard")
    address = f"/scales/{scale.id}/reading.json"
    assert wang.get(address).json == {"state": "none", "mass_g": None}
    kept = keep_reading(
        site_app.store, "yard", scale.id, LiveWeight("stable", 18_200_000, FRAME), site_app.now_ms
    )
    told = wang.get(address).json
    assert told is not None
    assert (told["id"], told["state"], told["mass_g"], told["raw"]) == (kept.id, "stable", 18_200_000, FRAME)
    assert "18 200 kg" in words_of(find_one(wang.get("/scales"), "main")).replace("\xa0", " ")
    site_app.now_ms += LASTS_MS + 1
    told = wang.get(address).json
    assert told is not None
    assert (told["state"], told["mass_g"], told["raw"]) == ("stale", None, "")
    assert attributes_of(wang.get("/scales"), ".scale-state", "class") == ["scale-state stale"]
    (known,) = wang.get("/scales/of/yard.json").json["scales"]  # type: ignore[index]
    assert (known["format"], known["division_g"], known["name"]) == ("yaohua", 20_000, "东门地磅")


def test_a_program_hands_on_readings_of_its_own_sites(site_app: SiteApp, boss: Visitor) -> None:
    scale = add_scale(site_app)
    client = site_app.app.test_client()
    tokens = {
        scope: make_token(
            site_app.store, "wang", scope, (scope,), 10, Actor("root", site_app.now_ms, "")
        ).token
        for scope in ("record", "read")
    }
    reading = {"state": "stable", "mass_g": 18_200_000, "raw": FRAME, "dropped": 2}

    def send(body: object, scope: str = "record") -> int:
        sent = client.post(
            f"/scales/{scale.id}/reading", json=body, headers={"Authorization": f"Bearer {tokens[scope]}"}
        )
        return sent.status_code

    assert send(reading) == 201
    assert send(reading, "read") == 403
    told = boss.get(f"/scales/{scale.id}/reading.json").json
    assert told is not None
    assert (told["mass_g"], told["dropped"]) == (18_200_000, 2)
    assert send({"state": "over", "mass_g": None, "raw": ""}) == 201
    wrong: object
    for wrong in (
        [], "x", None, {}, {**reading, "state": "x"}, {**reading, "mass_g": "1"}, {**reading, "mass_g": True},
        {**reading, "mass_g": 1.5}, {**reading, "mass_g": 10**17}, {**reading, "raw": "x" * 300},
        {**reading, "raw": "\x02"}, {**reading, "dropped": -1}, {**reading, "mass_g": None},
    ):  # fmt: skip
        assert send(wrong) in (400, 422), wrong
    deep = {"data": "[" * 30_000, "content_type": "application/json"}
    home = {"Authorization": f"Bearer {tokens['record']}"}
    assert client.post(f"/scales/{scale.id}/reading", headers=home, **deep).status_code == 400
    assert client.post(f"/scales/{scale.id}/reading", json=reading).status_code in (401, 302)
    assert (
        boss.client.post(
            f"/scales/{scale.id}/reading", json=reading, headers={"Origin": "https://elsewhere.example"}
        ).status_code
        == 403
    )


def test_a_frame_stands_for_the_weight_that_a_scale_of_the_site_reads_in_it(
    site_app: SiteApp, boss: Visitor
) -> None:
    add_scale(site_app)
    with site_app.store.read() as reader:
        assert confirms_weight(reader, "yard", FRAME, 18_200_000)
        assert not confirms_weight(reader, "yard", FRAME, 18_220_000), "another weight"
        assert not confirms_weight(reader, "plant", FRAME, 18_200_000), "no scale is there"
        assert not confirms_weight(reader, "yard", "=0018200.", 18_200_000), "its scale sends no such frame"
        assert not confirms_weight(reader, "yard", "", 0)
        assert not confirms_weight(reader, "yard", FRAME + " " * 300, 18_200_000), "more than a frame"
        assert not confirms_weight(reader, "yard", "\x02+018200010\x03", 18_200_000), (
            "not as frames are written down"
        )
        assert not confirms_weight(reader, "yard", "\\x" * 10_000, 0)
