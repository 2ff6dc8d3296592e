"""The API says what became of every event, and answers only persons on our own pages."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.support.pages import SiteApp, Visitor

Visit = Callable[..., Visitor]
OURS = {"Origin": "http://localhost"}


def said(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    assert answer.json is not None
    return answer.json


def load(site_app: SiteApp, **changes: Any) -> dict[str, Any]:
    fields = {
        "supplier": "zhang",
        "source_class": "post",
        "channel": "online",
        "ticket": f"A-{site_app.business.number}",
    }
    output = {"form": "scrap", "material": "tense", "mass_g": 1_000_000}
    return site_app.business.draft("collect", "yard", actor="wang", outputs=[output], **{**fields, **changes})


def test_one_event(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang").client
    body = load(site_app)
    first = wang.post("/api/v1/events", json=body, headers=OURS)
    assert (first.status_code, said(first)["status"]) == (201, "created")
    again = wang.post("/api/v1/events", json=body, headers=OURS)
    assert (again.status_code, said(again)["status"], said(again)["lots"]) == (
        200,
        "duplicate",
        said(first)["lots"],
    )
    other = wang.post("/api/v1/events", json={**body, "ticket": "B"}, headers=OURS)
    assert (other.status_code, other.mimetype) == (409, "application/problem+json")
    refused = wang.post("/api/v1/events", json=load(site_app, supplier=""), headers=OURS)
    assert refused.status_code == 422
    assert said(refused)["code"] == "event.rejected"
    assert [(error["path"], error["code"]) for error in said(refused)["errors"]] == [
        ("supplier", "rule.field_missing")
    ]
    assert said(refused)["errors"][0]["detail"]


def test_a_clock_far_behind_refuses_with_both_times_until_it_is_set_right(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang").client
    body, now_ms = load(site_app), site_app.now_ms
    assert wang.post("/api/v1/events", json=body, headers=OURS).status_code == 201
    site_app.now_ms -= 24 * 3600 * 1000
    assert (
        wang.post("/api/v1/events", json=body, headers=OURS).status_code == 200
    )  # a duplicate is recognised
    answer = wang.post("/api/v1/events", json=load(site_app), headers={**OURS, "Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"]
    assert said(answer)["code"] == "store.clock_behind"
    assert said(answer)["figures"] == {"now_ms": site_app.now_ms, "newest_ms": now_ms}
    assert said(wang.get("/healthz"))["clock"] == "behind"


def test_waste_goes_to_whom_holds_the_licence(site_app: SiteApp, visit: Visit) -> None:
    """Confirming is for what nobody knows: what the book knows is refused, alone and in a batch."""
    trade = site_app.business
    residue = trade.melt(trade.collect("tutu", 900, site="plant"), into=850, dross_kg=30)[1]
    papers = {"waste_code": "321-026-48", "manifest": "M-1", "receiver_name": "CHENGDU", "licence": "HW-2"}
    body = trade.draft("dispose", "plant", lots=[{"lot": residue}], outcome="utilised", **papers)
    body["confirmed"] = ["warning.licence_unknown"]
    chen = visit("chen").client
    refused = chen.post("/api/v1/events", json=body, headers=OURS)
    assert refused.status_code == 422
    assert [(error["path"], error["code"]) for error in said(refused)["errors"]] == [
        ("licence", "rule.licence_not_held")
    ]
    batch = chen.post("/api/v1/events", json={"events": [body, {**body, "licence": "ｈｗ－1"}]}, headers=OURS)
    assert [result["status"] for result in said(batch)["results"]] == ["rejected", "created"]


def test_a_batch_has_a_result_for_each(site_app: SiteApp, visit: Visit) -> None:
    good = load(site_app)
    events = [good, good, {**good, "ticket": "B"}, load(site_app, channel=None), {"kind": "nonsense"}]
    answer = visit("wang").client.post("/api/v1/events", json={"events": events}, headers=OURS)
    assert answer.status_code == 200
    statuses = [result["status"] for result in said(answer)["results"]]
    assert statuses == ["created", "duplicate", "conflict", "rejected", "rejected"]
    assert [result["error"]["status"] for result in said(answer)["results"][2:]] == [409, 422, 422]


def test_only_our_own_pages_and_people(site_app: SiteApp, visit: Visit) -> None:
    body = load(site_app)
    wang = visit("wang").client
    for origin in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert wang.post("/api/v1/events", json=body, headers=origin).status_code == 403
    stranger = visit().client.post("/api/v1/events", json=body, headers=OURS)
    assert (stranger.status_code, stranger.mimetype) == (401, "application/problem+json")
    foreign = visit("chen").client.post("/api/v1/events", json=body, headers=OURS)
    assert [error["code"] for error in said(foreign)["errors"]] == ["rule.not_own_draft"]


def test_nobody_approves_in_the_name_of_a_supervisor(site_app: SiteApp, visit: Visit) -> None:
    body = load(site_app)
    body["approval"] = {"approver": "chen", "reason": "forged"}
    refused = visit("wang").client.post("/api/v1/events", json=body, headers=OURS)
    assert refused.status_code == 422
    assert [error["code"] for error in said(refused)["errors"]] == ["rule.approval_not_proven"]

    plain = load(site_app)
    assert visit("wang").client.post("/api/v1/events", json=plain, headers=OURS).status_code == 201
    again = {key: value for key, value in plain.items() if key != "id"}
    again["approval"] = {"approver": "wang", "reason": "forged"}
    targets = [{"event": plain["id"], "draft": again}]
    correction = site_app.business.draft("correct", "yard", actor="chen", reason="wrong", targets=targets)
    refused = visit("chen").client.post("/api/v1/events", json=correction, headers=OURS)
    assert [(error["code"], error["path"]) for error in said(refused)["errors"]] == [
        ("rule.approval_not_proven", "targets.0.draft.approval.approver")
    ]


def test_messages_that_are_none(visit: Visit) -> None:
    wang = visit("wang").client

    def post(data: bytes | str, content_type: str = "application/json") -> tuple[int, str]:
        answer = wang.post("/api/v1/events", data=data, content_type=content_type, headers=OURS)
        assert answer.mimetype == "application/problem+json"
        return answer.status_code, said(answer)["code"]

    assert post("a=1", "application/x-www-form-urlencoded")[0] == 415
    assert post("{") == (400, "json.malformed")
    assert post("") == (400, "json.empty")
    assert post(b"\xff\xfe") == (400, "json.not_utf8")
    assert post("[" * 100_000)[0] in (400, 422)
    assert post(json.dumps({"events": [{}] * 201}))[0] == 422
    assert post(b"[" + b" " * 10_000_001 + b"]") == (413, "json.too_large")
    assert post(b" " * 20_000_000)[0] == 413
    assert wang.put("/api/v1/events", headers=OURS).status_code == 405
    assert wang.get("/api/v1/nothing", headers=OURS).mimetype == "application/problem+json"


def test_an_actor_is_found_in_every_typing_but_nobody_speaks_for_others(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang").client
    body = {**load(site_app), "actor": "ＷＡＮＧ"}
    first = wang.post("/api/v1/events", json=body, headers=OURS)
    assert first.status_code == 201
    assert site_app.business.event(said(first)["event"]).draft.actor == "wang"
    assert wang.post("/api/v1/events", json=body, headers=OURS).status_code == 200
    other = wang.post("/api/v1/events", json={**load(site_app), "actor": "CHEN"}, headers=OURS)
    assert [error["code"] for error in said(other)["errors"]] == ["rule.not_own_draft"]
