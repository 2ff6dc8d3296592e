"""A page asks about warnings before it records anything, keeps what was typed, and records after the confirmation."""

import io
from collections.abc import Callable
from typing import Any

from graph.store import EventFilter
from tests.support.markup import attributes_of, fields_of, find_all
from tests.support.pages import SiteApp, Visitor, value_of
from tests.support.pictures import jpeg
from traceability.domain.event import Acquisition

Visit = Callable[..., Visitor]

PHOTO = jpeg(b"a ticket")

LOAD: dict[str, str] = {
    "outputs-0-form": "scrap",
    "outputs-0-material": "tense",
    "weighing-gross_kg": "33000",
    "weighing-tare_kg": "12500",
    "supplier": "老张废品站",
    "vehicle": "湘A12345",
    "source_class": "post",
    "ticket": "W-1",
    "channel": "offline",
    "radiation": "passed",
}


def begin(visitor: Visitor, **changes: str) -> dict[str, Any]:
    page = visitor.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": value_of(page, "site")}
    return {**typed, **{name.replace("__", "-"): value for name, value in changes.items()}}


def last_seq(site_app: SiteApp) -> int:
    with site_app.store.read() as reader:
        return reader.find_head().seq


def test_a_warning_is_asked_about_and_what_was_typed_is_kept(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    assert wang.post("/collect", begin(wang)).status_code == 302
    typed = begin(wang, ticket="W-2", weighing__gross_kg="35000", weighing__tare_kg="14000", again="1")
    upload = {**typed, "photo": (io.BytesIO(PHOTO), "load.jpg")}
    asked = wang.post("/collect", upload, content_type="multipart/form-data")
    assert (asked.status_code, last_seq(site_app)) == (422, 1)
    [item] = find_all(asked, ".confirmation li")
    assert "14\u00a0000" in item.text()
    assert "12\u00a0500" in item.text()
    assert attributes_of(asked, ".confirmation li a", "href") == ["#weighing-tare_kg"]
    assert (value_of(asked, "weighing-tare_kg"), value_of(asked, "supplier")) == ("14000", "老张废品站")
    kept = {"photos": value_of(asked, "photos"), "warned": value_of(asked, "warned")}
    # The main button alone asks again; the one beside the question records, and what was pressed first stands.
    assert wang.post("/collect", {**typed, **kept}).status_code == 422
    assert value_of(asked, "again") == "1"
    answer = wang.post("/collect", {**typed, **kept, "confirm": "1"})
    assert (answer.status_code, answer.location, last_seq(site_app)) == (302, "/collect", 2)
    event = site_app.business.event(typed["id"])
    assert event.draft.confirmed == ("warning.tare_off_history",)
    assert isinstance(event.draft.detail, Acquisition)
    assert len(event.draft.detail.photos) == 1
    # Sent twice, it is recorded once.
    assert wang.post("/collect", {**typed, **kept, "confirm": "1"}).status_code == 302
    assert last_seq(site_app) == 2


def test_a_confirmation_is_of_the_figures_that_were_shown(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.post("/collect", begin(wang))
    typed = begin(wang, ticket="W-2", weighing__tare_kg="14000")
    warned = value_of(wang.post("/collect", typed), "warned")
    typed |= {"weighing-tare_kg": "1400", "warned": warned, "confirm": "1"}
    asked = wang.post("/collect", typed)
    assert (asked.status_code, last_seq(site_app)) == (422, 1)
    assert value_of(asked, "warned") != warned


def test_nonsense_confirms_nothing(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.post("/collect", begin(wang))
    typed = begin(wang, ticket="W-2", weighing__tare_kg="14000", confirm="1")
    for warned in ("", " ", "warning.tare_off_history", "rule.no_right x", "\x00 \ufffd"):
        assert wang.post("/collect", {**typed, "warned": warned}).status_code == 422


def test_a_correction_asks_too(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    chen.post("/collect", begin(chen))
    chen.post("/collect", begin(chen, ticket="W-2", weighing__gross_kg="33500"))
    with site_app.store.read() as reader:
        event = reader.list_events(EventFilter(site="yard"), "", 10)[0][-1]
    typed = fields_of(chen.get(f"/events/{event.id}/replace"))
    typed |= {"weighing-tare_kg": "14000", "correction-reason": "misread"}
    asked = chen.post(f"/events/{event.id}/replace", typed)
    assert (asked.status_code, last_seq(site_app)) == (422, 2)
    assert len(find_all(asked, ".confirmation li")) == 1
    typed |= {"warned": value_of(asked, "warned"), "confirm": "1"}
    assert chen.post(f"/events/{event.id}/replace", typed).status_code == 302
    assert site_app.business.event(event.id).draft.confirmed == ("warning.tare_off_history",)


def test_the_page_of_an_event_says_what_nobody_confirmed(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.post("/collect", begin(wang))
    typed = begin(wang, ticket="W-2", weighing__tare_kg="14000")
    asked = wang.post("/collect", typed)
    wang.post("/collect", {**typed, "warned": value_of(asked, "warned"), "confirm": "1"})
    notice = find_all(wang.get(f"/events/{typed['id']}"), ".notice.warning")[0].text()
    assert "没有人确认" not in notice
    tare = {"gross_g": 33_000_000, "tare_g": 15_000_000}
    stated = site_app.business.event(typed["id"]).draft.detail
    assert isinstance(stated, Acquisition)
    output = {"form": "scrap", "material": "tense", "mass_g": 18_000_000}
    [lot] = site_app.business.do(
        "collect", "yard", at="2025-12-31T10:00:00", ticket="W-3", supplier=stated.supplier, vehicle=stated.vehicle,
        source_class="post", channel="offline", weighing=tare, outputs=[output],
    )  # fmt: skip
    made_by = site_app.business.lot(lot).made_by
    assert "没有人确认" in find_all(wang.get(f"/events/{made_by}"), ".notice.warning")[0].text()


def test_a_program_is_asked_where_it_wants_to_be(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.post("/collect", begin(wang))
    with site_app.store.read() as reader:
        event = reader.list_events(EventFilter(site="yard"), "", 10)[0][-1]
    vehicle = getattr(event.draft.detail, "vehicle", "")
    body = site_app.business.draft(
        "collect", "yard", actor="wang", ticket="W-9", supplier_name="老张废品站", vehicle=vehicle, source_class="post",
        channel="offline", weighing={"gross_g": 33_000_000, "tare_g": 15_000_000},
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 18_000_000}],
    )  # fmt: skip
    body["id"] = "0194a000-0000-7000-8000-00000000f00d"
    headers = {"Origin": "http://localhost"}
    asked = wang.client.post("/api/v1/events?ask=1", json=body, headers=headers)
    assert (asked.status_code, asked.mimetype) == (422, "application/problem+json")
    assert asked.json is not None
    assert asked.json["code"] == "event.unconfirmed"
    assert [reason["code"] for reason in asked.json["errors"]] == ["warning.tare_off_history"]
    body["confirmed"] = ["warning.tare_off_history"]
    assert wang.client.post("/api/v1/events?ask=1", json=body, headers=headers).status_code == 201
