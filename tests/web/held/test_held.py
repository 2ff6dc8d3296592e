"""Pages of held drafts: who sees which, what each reason says, and how a supervisor settles one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scanners.codes import group_code
from tests.support.business import grams
from tests.support.markup import fields_of, find_all, find_one, hidden_fields_of, words_of
from tests.support.pages import SiteApp, Visitor, problems_of
from traceability.domain.event import Acquisition
from traceability.services.recording.pending_book import new_code
from traceability.wire import dump_draft, load_draft

Visit = Callable[..., Visitor]
OURS = {"Origin": "http://localhost"}
FRAME = r"\x02+000100010\x03"


def upload(
    visitor: Visitor, person: str, *drafts: dict[str, Any], sent_at: str = "2026-01-01T00:00:00+08:00"
) -> Any:
    message = {"person": person, "sent_at": sent_at, "events": list(drafts)}
    answer = visitor.client.post("/api/v1/events", json=message, headers=OURS)
    assert answer.status_code == 200, answer.text
    return answer.json


def overdraw(site_app: SiteApp, actor: str = "wang", kg: float = 500) -> dict[str, Any]:
    """Return a draft that sorts more than a lot has."""
    lot = site_app.business.collect("tense", 100)
    used = [{"lot_code": site_app.business.lot(lot).code, "mass_g": grams(kg)}]
    made = [{"form": "scrap", "material": "tense", "mass_g": grams(kg)}]
    return site_app.business.draft("sort", "yard", actor=actor, inputs=used, outputs=made, note="by the gate")


def test_a_queue_of_another_person_is_refused_as_a_whole(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang")
    message = {
        "person": "chen",
        "sent_at": "2026-01-01T00:00:00+08:00",
        "events": [overdraw(site_app, "chen")],
    }
    refused = wang.client.post("/api/v1/events", json=message, headers=OURS)
    assert (refused.status_code, json.loads(refused.data)["code"]) == (403, "queue.other_person")
    assert "属于 chen" in json.loads(refused.data)["detail"]
    assert wang.get("/held").status_code == 200
    assert not find_all(visit("chen", "yard").get("/held").text, "main table")
    for broken in (
        {**message, "sent_at": "now"},
        {**message, "events": []},
        {**message, "person": 7},
        {**message, "x": 1},
    ):
        assert wang.client.post("/api/v1/events", json=broken, headers=OURS).status_code == 422


def test_a_worker_sees_own_drafts_a_supervisor_all_of_the_site_and_mends_one(
    site_app: SiteApp, visit: Visit
) -> None:
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    assert "没有待处理" in words_of(find_one(wang.get("/held").text, "h1"))
    mine, theirs = overdraw(site_app), overdraw(site_app, "chen")
    told = upload(wang, "wang", mine, sent_at="2025-12-31T23:53:00+08:00")
    assert (told["clock_shift_ms"], told["results"][0]["status"]) == (7 * 60_000, "held")
    assert [one["code"] for one in told["results"][0]["error"]["errors"]] == ["rule.overdrawn"]
    upload(chen, "chen", theirs)
    assert "待处理 1 条" in words_of(find_one(wang.get("/held").text, "h1"))
    assert "待处理 2 条" in words_of(find_one(chen.get("/held?site=yard").text, "h1"))
    assert "待处理 2 条" in words_of(find_one(chen.get("/").text, 'section[aria-labelledby="held"]'))
    assert wang.get(f"/held/{theirs['id']}").status_code == 404
    assert visit("liu").get(f"/held/{mine['id']}").status_code == 404

    page = wang.get(f"/held/{mine['id']}").text
    shown = words_of(find_one(page, "main"))
    assert "设备时钟慢 7 分钟" in shown
    assert "by the gate" in shown
    assert "怎么办" in words_of(find_one(page, ".held-reasons"))
    assert not find_all(page, f'a[href="/held/{mine["id"]}/mend"]')
    assert wang.get(f"/held/{mine['id']}/mend").status_code == 403

    path = f"/held/{mine['id']}/mend"
    form = chen.get(path)
    typed = fields_of(form)
    assert (typed["inputs-0-mass_kg"], typed["note"]) == ("500", "by the gate")
    other = visit("chen", "yard")
    opened = fields_of(other.get(path))
    refused = chen.post(path, typed)
    assert refused.status_code == 422
    mended = {**fields_of(refused), "inputs-0-mass_kg": "50", "outputs-0-mass_kg": "50"}
    done = chen.post(path, mended)
    assert done.status_code == 302
    event = site_app.business.event(typed["id"])
    assert (event.draft.actor, event.draft.note, event.draft.inputs[0].mass_g) == (
        "chen",
        "by the gate",
        50_000,
    )
    assert event.draft.time_ms == load_draft(mine).time_ms + 7 * 60_000
    beaten = other.post(path, {**opened, "inputs-0-mass_kg": "20", "outputs-0-mass_kg": "20"})
    assert beaten.location == f"/held/{mine['id']}"
    assert "已经处理" in words_of(find_one(other.get(beaten.location).text, ".notice.warning"))
    told = upload(wang, "wang", mine)
    assert (told["results"][0]["status"], told["results"][0]["successor"]) == ("resolved", typed["id"])
    settled = wang.get(f"/held/{mine['id']}")
    assert find_all(settled.text, f'a[href="/events/{typed["id"]}"]')
    assert chen.get(path).status_code == 302
    late = chen.post(f"/held/{mine['id']}/drop", {"reason": "too late"})
    assert late.status_code == 409


def test_a_supervisor_drops_one_with_a_reason_and_the_list_of_the_month_keeps_it(
    site_app: SiteApp, visit: Visit
) -> None:
    chen = visit("chen", "yard")
    draft = overdraw(site_app, "chen")
    upload(chen, "chen", draft)
    path = f"/held/{draft['id']}"
    page = chen.get(path)
    empty = chen.post(f"{path}/drop", {**hidden_fields_of(page.text), "reason": " "})
    assert empty.status_code == 422
    assert find_all(empty.text, "#errors")
    dropped = chen.post(f"{path}/drop", {**hidden_fields_of(page.text), "reason": "recorded twice"})
    assert dropped.status_code == 302
    assert "recorded twice" in words_of(find_one(chen.get(path).text, "main"))
    for late in (chen.get(f"{path}/mend"), chen.post(f"{path}/mend", {})):
        assert (late.status_code, late.location) == (302, path)
    assert "已经处理" in words_of(find_all(chen.get(path).text, ".notice.warning")[0])
    listed = chen.get("/held?state=settled&month=2026-01")
    assert "recorded twice" in words_of(find_one(listed.text, "main table"))
    assert not find_all(chen.get("/held?state=settled&month=2025-12").text, "main table")
    assert chen.get("/held?month=2025-13").status_code == 400
    assert chen.get("/held?state=none").status_code == 400
    assert chen.get("/held?site=nowhere").status_code == 404
    assert chen.get("/held/0194a000-0000-7000-8000-0000000000ff").status_code == 404


def test_of_lots_that_were_used_meanwhile_is_said_by_what_when_and_by_whom_and_the_rest_is_recorded(
    site_app: SiteApp, visit: Visit
) -> None:
    business, chen = site_app.business, visit("chen", "yard")
    lots = [business.collect("tense", kg) for kg in (100, 200)]
    codes = [business.lot(lot).code for lot in lots]
    loaded = business.draft(
        "ship", "yard", actor="wang", lots=[{"lot_code": code} for code in codes], to="plant", mode="road"
    )
    late = business.draft(
        "ship", "yard", actor="wang", lots=[{"lot_code": codes[0]}], to="plant", mode="road"
    )
    made = {"form": "scrap", "material": "tense", "mass_g": grams(100)}
    business.transform("sort", [lots[0]], [made])  # after both, and uploaded before them
    sorting = business.last_event()
    told = upload(visit("wang", "yard"), "wang", loaded, late)["results"]
    assert [one["code"] for one in told[0]["error"]["errors"]] == ["lot.used_since"]
    said = told[0]["error"]["errors"][0]["detail"]
    assert all(part in said for part in ("分选", "chen"))

    page = chen.get(f"/held/{loaded['id']}").text
    reason = find_one(page, ".held-reasons li")
    assert said in words_of(reason)
    assert "确实用掉了" in words_of(reason)
    assert [link.attributes["href"] for link in find_all(page, ".held-reasons a")] == [f"/events/{sorting}"]
    rest = f"/held/{loaded['id']}/mend?lots=rest"
    assert words_of(find_one(page, f'a[href="{rest}"]')) == "去掉已用的 1 批，其余 1 批入账"
    typed = fields_of(chen.get(rest))
    assert typed["lots-0-lot_code"] == group_code(codes[1])
    assert not typed.get("lots-1-lot_code")
    assert chen.post(rest, typed).status_code == 302
    assert site_app.business.lot(lots[1]).custody == "in_transit"
    # Of which nothing is left, nothing is offered but to mend or drop it.
    assert not find_all(chen.get(f"/held/{late['id']}").text, 'a[href$="lots=rest"]')


@pytest.mark.parametrize("kind", ["collect", "ship", "melt", "assay", "seal", "correct"])
def test_each_kind_of_form_opens_with_what_the_draft_states(
    site_app: SiteApp, visit: Visit, kind: str
) -> None:
    business, chen = site_app.business, visit("chen", "yard")
    lot = business.collect("tense", 100)
    event, code = business.last_event(), new_code()
    made = {"form": "scrap", "material": "tense", "mass_g": grams(90), "code": business.lot(lot).code}
    stated: dict[str, dict[str, Any]] = {
        "collect": {"supplier_name": "Zhang & Co", "vehicle_plate": "湘A12345", "ticket": "Q-1", "source_class": "post",
                    "channel": "offline", "outputs": [made],
                    "weighing": {"gross_g": grams(100), "tare_g": grams(10), "gross_frame": FRAME}},
        "ship": {"lots": [{"lot_code": code}], "to": "plant", "mode": "road"},
        "melt": {"inputs": [{"lot_code": code}], "heat_number": "H-7",
                 "outputs": [{"form": "product", "material": "adc12", "mass_g": grams(8)}]},
        "assay": {"lots": [{"lot_code": code}], "metal_fraction": "0.9"},
        "seal": {"month": "2025-03"},
        "correct": {"targets": [{"event": event, "version": 99}], "reason": "wrong"},
    }  # fmt: skip
    draft = business.draft(kind, "yard", **stated[kind])
    assert upload(chen, "chen", draft)["results"][0]["status"] == "held"
    page = chen.get(f"/held/{draft['id']}")
    assert page.status_code == 200
    form = chen.get(f"/held/{draft['id']}/mend")
    assert form.status_code == 200
    shown = {
        "collect": ("supplier", "Zhang & Co"), "ship": ("lots-0-lot_code", group_code(code)),
        "melt": ("heat_number", "H-7"), "assay": ("lots-0-lot_code", group_code(code)), "seal": ("month", "2025-03"),
        "correct": ("reason", "wrong"),
    }  # fmt: skip
    name, value = shown[kind]
    assert fields_of(form)[name] == value
    if kind == "collect":  # whose label was bound already
        done = chen.post(f"/held/{draft['id']}/mend", {**fields_of(form), "outputs-0-code": new_code()})
        assert done.status_code == 302, problems_of(done)
        recorded = business.event(fields_of(form)["id"]).draft
        assert (recorded.time_ms, recorded.outputs[0].mass_g) == (load_draft(draft).time_ms, grams(90))
        assert isinstance(recorded.detail, Acquisition)
        weighing = recorded.detail.weighing
        assert weighing
        assert weighing.gross_frame == FRAME, "what the scale sent stays with a reading that stands as it was"


def test_a_held_correction_is_mended_on_the_page_that_corrects_its_event(
    site_app: SiteApp, visit: Visit
) -> None:
    business, wang, chen = site_app.business, visit("wang", "yard"), visit("chen", "yard")
    business.collect("tense", 100)
    event = business.last_event()
    taken_back = business.draft(
        "correct", "yard", actor="wang", targets=[{"event": event}], reason="twice", undo=True
    )
    restated = {
        key: value
        for key, value in dump_draft(business.event(event).draft).items()
        if key not in ("id", "schema")
    }
    again = business.draft("correct", "yard", actor="wang", reason="no lorry",
                           targets=[{"event": event, "draft": {**restated, "note": "on foot"}, "version": 99}])  # fmt: skip
    both = business.draft("correct", "yard", actor="wang", reason="twice",
                          targets=[{"event": event}, {"event": again["id"]}])  # fmt: skip
    told = upload(wang, "wang", again, taken_back, both, sent_at="2026-03-01T00:00:00+08:00")["results"]
    assert [one["status"] for one in told] == ["held"] * 3, told

    assert not find_all(chen.get(f"/held/{both['id']}").text, f'a[href="/held/{both["id"]}/mend"]')
    path = f"/held/{again['id']}/mend"
    assert find_all(chen.get(f"/held/{again['id']}").text, f'a[href="{path}"]')
    typed = fields_of(chen.get(path))
    assert (typed["note"], typed["correction-reason"]) == ("on foot", "no lorry")
    assert chen.post(path, typed).status_code == 302
    assert business.event(event).draft.note == "on foot"
    told = upload(wang, "wang", again)["results"][0]
    assert (told["status"], told["successor"]) == ("resolved", typed["id"])

    path = f"/held/{taken_back['id']}/mend"
    typed = fields_of(chen.get(path))
    assert typed["reason"] == "twice"
    assert chen.post(path, typed).status_code == 302
    assert not business.event(event).live
    told = upload(wang, "wang", taken_back)["results"][0]
    assert (told["status"], told["successor"]) == ("resolved", typed["id"])
