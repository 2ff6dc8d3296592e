"""Registering scrap keeps what was typed, shows every reason beside its field, and records once."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from graph.store import EventFilter, LotFilter, Writer
from scanners.codes import group_code
from tests.support.markup import attributes_of
from tests.support.pages import SiteApp, Visitor, errors_beside, problems_of, value_of
from traceability.domain.errors import StoreUnavailable, StoreUnsafe
from traceability.domain.event import Acquisition
from traceability.services.recording.capture import Receipt, capture_event
from traceability.web.forms import form as forms

Visit = Callable[..., Visitor]

LOAD: dict[str, str] = {
    "outputs-0-form": "scrap",
    "outputs-0-material": "tense",
    "weighing-gross_kg": "33,000",
    "weighing-tare_kg": "12500",
    "weighing-impurity_amount": "500",
    "weighing-impurity_unit": "kg",
    "supplier": "老张废品站",
    "vehicle": "湘A12345",
    "source_class": "post",
    "ticket": "W-1",
    "channel": "offline",
    "radiation": "passed",
}


def send(visitor: Visitor, **changes: str) -> Any:
    page = visitor.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": value_of(page, "site")}
    return visitor.post(
        "/collect", {**typed, **{name.replace("__", "-"): value for name, value in changes.items()}}
    )


def test_a_load_becomes_a_lot_with_a_label(site_app: SiteApp, visit: Visit) -> None:
    answer = send(visit("wang", "yard"))
    assert answer.status_code == 302
    code = answer.location.removeprefix("/l/")
    lot = site_app.find_lot(code)
    assert lot is not None
    assert (lot.remaining_g, lot.remaining().metal_g, lot.site) == (20_000_000, 18_000_000, "yard")
    event = site_app.business.event(lot.made_by)
    assert event.draft.actor == "wang"
    assert event.draft.time_ms == site_app.now_ms
    detail = event.draft.detail
    assert isinstance(detail, Acquisition)
    assert detail.weighing is not None
    assert (detail.weighing.gross_g, detail.weighing.impurity_g) == (33_000_000, 500_000)
    # Events hold ids of people and firms, never names.
    assert "老张" not in event.text
    assert "湘A" not in event.text


def test_one_load_after_the_other_is_told_with_its_label(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    answer = send(wang, again="1")
    assert (answer.status_code, answer.location) == (302, "/collect")
    with site_app.store.read() as reader:
        [lot], _ = reader.list_lots(LotFilter(site="yard"), limit=1)
    page = wang.get("/collect").text
    assert "已登记。" in page
    assert (
        f'<a href="/labels?code={lot.code}">批次 {group_code(lot.code)}，20\u00a0000 kg：打印标签</a>' in page
    )


def test_a_share_of_net_may_be_deducted(site_app: SiteApp, visit: Visit) -> None:
    answer = send(
        visit("wang", "yard"), **{"weighing-impurity_amount": "2.5", "weighing-impurity_unit": "percent"}
    )
    lot = site_app.find_lot(answer.location.removeprefix("/l/"))
    assert lot is not None
    assert lot.remaining_g == 19_987_500


def test_sent_twice_it_is_recorded_once(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard"}
    first = wang.post("/collect", typed)
    site_app.now_ms += 90_000  # the second click comes later, the event is the same
    second = wang.post("/collect", typed)
    assert first.location == second.location
    with site_app.store.read() as reader:
        assert reader.find_head().seq == 1


def test_the_same_supplier_is_one_party(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    assert send(wang).status_code == 302
    assert send(wang, ticket="W-2", weighing__gross_kg="33100").status_code == 302
    with site_app.store.read() as reader:
        assert len(reader.list_documents("party", group="supplier")[0]) == 1
        assert len(reader.list_documents("vehicle")[0]) == 1


def parties_of(site_app: SiteApp) -> list[int]:
    with site_app.store.read() as reader:
        return [
            len(reader.list_documents(kind)[0]) for kind in ("party", "vehicle", "party_name", "party_met")
        ]


def test_who_is_only_named_on_a_refused_form_is_nobody_yet(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    refused = send(wang, **{"supplier": "Zhnag Typo", "weighing-gross_kg": "10000"})
    assert refused.status_code == 422
    assert "Zhnag Typo" not in wang.get("/collect").text
    assert parties_of(site_app) == [0, 0, 0, 0]
    assert send(wang).status_code == 302
    assert parties_of(site_app) == [1, 1, 2, 2]


def test_whom_another_site_deals_with_is_theirs_to_tell(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    assert send(chen).status_code == 302
    assert LOAD["supplier"] in chen.get("/collect").text
    chen.work_at("plant")
    assert LOAD["supplier"] not in chen.get("/collect").text
    assert send(chen, ticket="W-2").status_code == 302  # typed, it is the same supplier
    assert LOAD["supplier"] in chen.get("/collect").text
    assert parties_of(site_app) == [1, 1, 2, 4]


def test_who_became_known_meanwhile_is_not_somebody_else(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two forms name a new supplier at the same moment: the later one means the same supplier."""
    wang = visit("wang", "yard")
    calls: list[object] = []

    def late(*args: Any, **how: Any) -> Receipt:
        calls.append(args)
        if len(calls) == 1:
            assert send(wang, ticket="W-2", weighing__gross_kg="33100").status_code == 302
        return capture_event(*args, **how)

    monkeypatch.setattr(forms, "capture_event", late)
    assert send(wang).status_code == 302
    assert len(calls) == 2  # who is meant is looked up within the write
    assert parties_of(site_app) == [1, 1, 2, 2]
    with site_app.store.read() as reader:
        events, _ = reader.list_events(EventFilter(site="yard"))
    acquired = [event.draft.detail for event in events]
    assert len({detail.supplier for detail in acquired if isinstance(detail, Acquisition)}) == 1


@pytest.mark.parametrize("same", ["id", "ticket"])
def test_sent_twice_at_once_it_is_recorded_once(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch, same: str
) -> None:
    """The other click's event is recorded between the reading of this form and its own turn to write."""
    wang = visit("wang", "yard")
    typed = {**LOAD, "id": value_of(wang.get("/collect"), "id"), "site": "yard"}
    if same == "ticket":
        typed["event_time"] = "2025-12-30T08:00"
    calls: list[object] = []

    def late(*args: Any, **how: Any) -> Receipt:
        calls.append(args)
        if len(calls) == 1:
            other = typed if same == "id" else {**typed, "id": "0194a000-0000-7000-8000-00000000abcd"}
            assert wang.post("/collect", other).status_code == 302
            site_app.now_ms += 1000
        return capture_event(*args, **how)

    monkeypatch.setattr(forms, "capture_event", late)
    answer = wang.post("/collect", typed)
    assert answer.status_code == 302, problems_of(answer)
    with site_app.store.read() as reader:
        assert reader.find_head().seq == 1


def test_other_content_under_the_same_id_is_a_conflict(visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard"}
    wang.post("/collect", typed)
    answer = wang.post("/collect", {**typed, "ticket": "W-9"})
    assert answer.status_code == 409
    assert len(problems_of(answer)) == 1


def test_every_reason_at_once_and_nothing_lost(visit: Visit) -> None:
    wang = visit("wang", "yard")
    blank = dict.fromkeys(LOAD, "") | {
        "outputs-0-form": "scrap",
        "weighing-gross_kg": "12,5x",
        "note": "雨天\n湿",
    }
    answer = wang.post("/collect", {**blank, "site": "yard"})
    assert answer.status_code == 422
    beside = errors_beside(answer)
    assert beside["weighing-gross_kg"].startswith("“12,5x”不是数字")
    assert {"supplier", "ticket", "weighing-gross_kg", "weighing-tare_kg"} <= set(beside)
    assert len(problems_of(answer)) >= 7
    assert any(problem.startswith("毛重：“12,5x”") for problem in problems_of(answer))
    assert value_of(answer, "weighing-gross_kg") == "12,5x"
    assert "雨天\n湿" in answer.text


def test_rules_speak_beside_their_fields(visit: Visit) -> None:
    answer = send(visit("wang", "yard"), **{"weighing-tare_kg": "34000"})
    assert answer.status_code == 422
    assert "皮重 34\u00a0000 kg" in errors_beside(answer)["weighing-tare_kg"]
    assert value_of(answer, "weighing-tare_kg") == "34000"


def test_a_blank_label_is_bound(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    code = "126B07K7Q3F7"
    answer = send(wang, **{"outputs-0-code": f"https://localhost/l/{code}"})
    assert answer.location == f"/l/{code}"
    again = send(wang, ticket="W-2", **{"outputs-0-code": "126b-07k7-q3f7"})
    assert again.status_code == 422
    assert "126B-07K7-Q3F7" in errors_beside(again)["outputs-0-code"]


def test_a_form_is_kept_while_the_store_is_out_of_reach(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard"}
    with (
        patch.object(site_app.store, "read", side_effect=StoreUnavailable("store.unavailable")),
        patch.object(site_app.store, "write", side_effect=StoreUnavailable("store.unavailable")),
    ):
        answer = wang.post("/collect", typed)
        assert wang.get("/").status_code == 503
        assert wang.get("/healthz").status_code == 503
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    kept = {name: value_of(answer, name) for name in typed}
    assert kept == typed
    assert wang.post("/collect", kept).status_code == 302


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "而最新一条登记的时间为"), ("en", "the newest record is of")]
)
def test_a_form_that_a_slow_clock_refused_keeps_what_was_typed(
    site_app: SiteApp, visit: Visit, language: str, said: str
) -> None:
    site_app.business.collect("tense", kg=1000)
    wang = visit("wang", "yard")
    wang.client.set_cookie("language", language)
    typed = {**LOAD, "id": value_of(wang.get("/collect"), "id"), "site": "yard"}
    site_app.now_ms -= 3600 * 1000
    answer = wang.post("/collect", typed)
    assert answer.status_code == 503
    assert said in answer.text
    kept = {name: value_of(answer, name) for name in typed}
    assert kept == typed
    site_app.now_ms += 3600 * 1000
    assert wang.post("/collect", kept).status_code == 302


def test_a_form_whose_record_the_disk_did_not_confirm_can_be_sent_again(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    page = wang.get("/collect")
    typed = {**LOAD, "id": value_of(page, "id"), "site": "yard"}
    real = site_app.store.write

    def last_seq() -> int:
        with site_app.store.read() as reader:
            return reader.find_head().seq

    def unconfirmed(work: Callable[[Writer], object]) -> object:
        done = real(work)
        if last_seq():
            raise StoreUnsafe("store.not_durable", path="book.db", reason="EIO")
        return done

    with patch.object(site_app.store, "write", side_effect=unconfirmed):
        answer = wang.post("/collect", typed)
    assert last_seq() == 1
    assert answer.status_code == 503
    assert "只登记一次" in answer.text
    assert "没有保存" not in answer.text
    assert wang.post("/collect", {name: value_of(answer, name) for name in typed}).status_code == 302
    assert last_seq() == 1


def test_a_break_needs_a_supervisor_with_their_own_password(visit: Visit) -> None:
    wang = visit("wang", "yard")
    heavy = {
        "weighing-gross_kg": "",
        "weighing-tare_kg": "",
        "weighing-impurity_amount": "",
        "outputs-0-mass_kg": "700000",
    }
    answer = send(wang, **heavy)
    assert answer.status_code == 422
    assert attributes_of(answer, "#approval-approver option", "value") == ["", "chen"], (
        "nobody types an account"
    )
    approval = {"approval-approver": "chen", "approval-reason": "整船", "approval-password": "guessed"}
    answer = send(wang, **heavy, **approval)
    assert answer.status_code == 422
    assert "approval-password" in errors_beside(answer)
    assert "guessed" not in answer.text
    answer = send(wang, **heavy, **{**approval, "approval-approver": "wang"})
    assert answer.status_code == 422  # an operator approves nothing, not even their own
    assert send(wang, **heavy, **{**approval, "approval-password": "correct horse"}).status_code == 302


@pytest.mark.parametrize(
    "nasty", ["<script>alert(1)</script>", "'; DROP TABLE lots; --", "{{7*7}}", "\u202eabc", "\x00"]
)
def test_hostile_text_is_refused_or_shown_as_it_is(visit: Visit, nasty: str) -> None:
    wang = visit("wang", "yard")
    for name in (
        "ticket",
        "supplier",
        "note",
        "manifest",
        "outputs-0-material",
        "outputs-0-code",
        "event_time",
        "origin",
    ):
        answer = send(wang, **{name: nasty})
        assert answer.status_code in (302, 422), name
        if answer.status_code == 302:
            answer = wang.get(answer.location)
        assert "<script>alert" not in answer.text
        assert ">49<" not in answer.text


def test_a_form_keeps_its_site(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.get("/collect")
    wang.work_at("plant")
    answer = wang.post("/collect", {**LOAD, "id": "", "site": "yard"})
    lot = site_app.find_lot(answer.location.removeprefix("/l/"))
    assert lot is not None
    assert lot.site == "yard"
    assert wang.post("/collect", {**LOAD, "id": "", "site": "nowhere"}).status_code == 403


NO_READINGS = {"weighing-gross_kg": "", "weighing-tare_kg": "", "weighing-impurity_amount": ""}


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({**NO_READINGS, "outputs-0-mass_kg": "-5"}, "outputs-0-mass_kg", "质量须大于 0（填写为 −5 kg）。"),
        ({**NO_READINGS, "outputs-0-mass_kg": "0"}, "outputs-0-mass_kg", "质量须大于 0（填写为 0 kg）。"),
        ({"outputs-0-mass_kg": "-5"}, "outputs-0-mass_kg", "质量须大于 0（填写为 −5 kg）。"),
        ({"outputs-0-mass_kg": "7"}, "outputs-0-mass_kg", "20\u00a0000 kg"),
        ({"weighing-tare_kg": "34000"}, "weighing-tare_kg", "皮重 34\u00a0000 kg"),
        ({"weighing-tare_kg": "-1"}, "weighing-tare_kg", "重量不能小于 0"),
        ({"weighing-impurity_amount": "30000"}, "weighing-impurity_amount", "扣除后"),
        ({"weighing-gross_kg": "9" * 30}, "weighing-gross_kg", "太大"),
        ({**NO_READINGS, "outputs-0-mass_kg": "9" * 5000}, "outputs-0-mass_kg", "太大"),
        ({**NO_READINGS, "outputs-0-mass_kg": ""}, "weighing-gross_kg", "缺少重量"),
        ({"weighing-tare_kg": ""}, "weighing-tare_kg", "必填"),
        ({"event_time": "昨天"}, "event_time", "例如 2025-03-31 23:50"),
    ],
)
def test_a_wrong_weight_or_time_has_one_reason_beside_it(
    visit: Visit, changes: dict[str, str], field: str, said: str
) -> None:
    shown = {"outputs-0-mass_kg": "", "weighing-moisture_amount": "", **changes}
    answer = send(visit("wang", "yard"), **shown)
    assert answer.status_code == 422
    assert len(problems_of(answer)) == 1, problems_of(answer)
    assert said in errors_beside(answer)[field]
    assert "approval-approver" not in answer.text


def test_a_wrong_weight_is_said_beside_other_faults(visit: Visit) -> None:
    wang = visit("wang", "yard")
    unsaid = {"outputs-0-material": "", "source_class": ""}
    answer = send(wang, **unsaid, **NO_READINGS, **{"outputs-0-mass_kg": "-5"})
    assert "大于 0" in errors_beside(answer)["outputs-0-mass_kg"]
    answer = send(wang, **unsaid, **{"weighing-tare_kg": "34000"})
    assert "皮重 34\u00a0000 kg" in errors_beside(answer)["weighing-tare_kg"]
    assert len([said for said in problems_of(answer) if "重" in said or "质量" in said]) == 1


def test_an_empty_form_misses_the_weight_too(visit: Visit) -> None:
    blank = dict.fromkeys(LOAD, "") | {"outputs-0-form": "scrap", "outputs-0-mass_kg": "", "site": "yard"}
    wang = visit("wang", "yard")
    answer = wang.post("/collect", blank)
    assert errors_beside(answer)["weighing-gross_kg"].startswith("缺少重量")
    said = [problem for problem in problems_of(answer) if "重量" in problem or "质量" in problem]
    assert len(said) == 1
    answer = visit("wang", "yard").post("/import", {"site": "yard", "outputs-0-mass_kg": "", "id": ""})
    assert "质量" in errors_beside(answer)["outputs-0-mass_kg"]
    assert not any(problem.startswith("形态") for problem in problems_of(answer))
