"""Programs act by tokens, yard devices stay signed in, and everybody sees and ends their own sessions."""

from collections.abc import Callable

import pytest

from tests.support.markup import find_all, hidden_fields_of, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside
from traceability.domain.access import Assignment
from traceability.domain.calendar import DAY_MS
from traceability.services.directory import sessions
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import Person, hash_password, put_person

Visit = Callable[..., Visitor]


@pytest.fixture
def admin(site_app: SiteApp, visit: Visit) -> Visitor:
    """An administrator, signed in."""
    roles = (Assignment("admin", "*"),)
    person = Person("root", "管理员", roles, hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, person))
    return visit("root")


def _make(admin: Visitor, person: str = "wang", scopes: tuple[str, ...] = ("record",)) -> str:
    page = admin.get("/admin/tokens")
    form = {
        **hidden_fields_of(page.text),
        "label": "scale",
        "person": person,
        "scope": list(scopes),
        "days": "30",
    }
    made = admin.post("/admin/tokens", form)
    assert made.status_code == 200
    (token,) = find_all(made, ".confirmation code")
    return token.text()


def _send(site_app: SiteApp, token: str, **changed: object) -> tuple[int, str]:
    stated: dict[str, object] = {
        "supplier": "zhang", "ticket": f"P-{site_app.business.number}", "source_class": "post", "channel": "offline",
        "outputs": [{"form": "scrap", "material": "tense", "mass_g": 1_000_000}], "actor": "wang",
    }  # fmt: skip
    body = site_app.business.draft("collect", "yard", **{**stated, **changed})  # type: ignore[arg-type]
    client = site_app.app.test_client()
    answer = client.post("/api/v1/events", json=body, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, (answer.json or {}).get("code", "")


def test_a_program_records_by_its_token_alone(site_app: SiteApp, admin: Visitor) -> None:
    """No cookie, no Origin, no token of forms; the account that it acts for is the actor."""
    token = _make(admin)
    assert _send(site_app, token)[0] == 201
    assert _send(site_app, token, actor="chen")[0] == 422


def test_a_token_reaches_what_its_scopes_say(site_app: SiteApp, admin: Visitor) -> None:
    site_app.business.collect("tense", 1000)
    record, read = _make(admin), _make(admin, scopes=("read",))

    def ask(token: str, path: str) -> tuple[int, str]:
        answer = site_app.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, (answer.json or {}).get("code", "") if answer.is_json else ""

    figures = "/report/site/yard/figures.csv?period=2025-01"
    assert ask(read, figures)[0] == 200
    assert ask(record, figures) == (403, "token.out_of_scope")
    assert _send(site_app, read) == (403, "token.out_of_scope")
    for path in ("/", "/lots", "/account", "/admin/tokens", "/account/password", "/report"):
        assert ask(read, path) == (403, "token.out_of_scope")


def test_what_ends_a_token_ends_it_at_the_next_request(site_app: SiteApp, admin: Visitor) -> None:
    token = _make(admin)
    page = admin.get("/admin/tokens")
    (row,) = find_all(page, "[name=token]")
    answer = admin.post("/admin/tokens/revoke", {"token": row.attributes["value"]})
    assert answer.status_code == 302
    assert _send(site_app, token) == (401, "token.invalid")
    assert _send(site_app, "") == (401, "token.invalid")
    other = _make(admin)
    site_app.now_ms += 30 * DAY_MS
    assert _send(site_app, other) == (401, "token.invalid")
    refused = site_app.app.test_client().get("/report.csv", headers={"Authorization": f"Bearer {other}"})
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_not_helped_by_a_cookie(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    answer = wang.client.post(
        "/api/v1/events", json={}, headers={"Authorization": "Bearer x", "Origin": "http://localhost"}
    )
    assert answer.status_code == 401


def test_a_program_neither_seals_nor_voids_all_that_follows(site_app: SiteApp, admin: Visitor) -> None:
    lot = site_app.business.collect("tense", 1000)
    first = site_app.business.last_event()
    site_app.business.ship(lot, "plant")
    token = _make(admin, "chen")
    site_app.business.number += 1
    envelope = {
        "schema": 1, "id": f"0194a000-0000-7000-8000-{site_app.business.number:012x}", "site": "yard", "actor": "chen",
        "event_time": "2025-02-06T09:00:00+08:00",
    }  # fmt: skip
    seal = {**envelope, "kind": "seal", "month": "2025-01"}
    void = {**envelope, "kind": "correct", "targets": [{"event": first}], "reason": "never", "cascade": True}
    for body in (seal, void, {"events": [seal]}):
        answer = site_app.app.test_client().post(
            "/api/v1/events", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert (answer.status_code, (answer.json or {})["code"]) == (403, "token.not_for_this")


@pytest.mark.parametrize("path", ["/admin/tokens", "/admin/devices"])
def test_only_administrators_of_the_whole_system_give_access(visit: Visit, path: str) -> None:
    for person in ("wang", "chen", "liu", "hunan-planner"):
        visitor = visit(person)
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, {"label": "x"}).status_code == 403
        assert visitor.post(f"{path}/revoke", {"token": "x", "device": "x"}).status_code == 403


def test_giving_access_asks_for_the_password_once_more(site_app: SiteApp, admin: Visitor) -> None:
    site_app.now_ms += sessions.PROOF_MS
    admin.get("/admin/devices")
    asked = admin.post("/admin/devices", {"label": "gate 2", "site": "yard"})
    assert asked.status_code == 401
    kept = hidden_fields_of(asked.text)
    assert (kept["label"], kept["site"]) == ("gate 2", "yard")
    wrong = admin.post("/admin/devices", {**kept, "proof-password": "wrong"})
    assert errors_beside(wrong)["proof-password"] == "密码不对。"
    right = admin.post("/admin/devices", {**hidden_fields_of(wrong.text), "proof-password": PASSWORD})
    assert (right.status_code, len(find_all(right, ".confirmation code"))) == (200, 1)


def test_bad_forms_say_what_is_wrong_and_keep_what_was_typed(admin: Visitor) -> None:
    admin.get("/admin/devices")
    answer = admin.post("/admin/devices", {"label": "", "site": "atlantis"})
    assert answer.status_code == 422
    assert set(errors_beside(answer)) == {"label", "site"}
    for changed, words in (
        ({"person": "nobody"}, "没有这个用户"),
        ({"days": "0"}, "有效期"),
        ({"days": "十"}, "有效期"),
        ({"scope": []}, "请选择令牌的权限"),
        ({"label": " "}, "请填写名称"),
    ):
        typed = {"label": "scale 1", "person": "wang", "scope": ["read"], "days": "30", **changed}
        answer = admin.post("/admin/tokens", typed)
        assert answer.status_code == 422
        assert words in answer.text
        assert ("scale 1" in answer.text) is ("label" not in changed)
    nothing = admin.post("/admin/tokens", {})
    assert list(errors_beside(nothing)) == ["label", "person", "scope", "days"]  # all at once, in their order
    assert not find_all(admin.get("/admin/tokens"), ".errors")


def _enrol(site_app: SiteApp, admin: Visitor, site: str = "yard") -> Visitor:
    admin.get("/admin/devices")
    made = admin.post("/admin/devices", {"label": "gate 2", "site": site})
    (code,) = find_all(made, ".confirmation code")
    phone = Visitor(site_app.app.test_client())
    phone.get("/enrol")
    assert phone.post("/enrol", {"code": "WRONG-CODES"}).status_code == 422
    assert phone.post("/enrol", {"code": code.text()}).location == "/sign-in"
    return phone


def test_people_of_the_site_stay_signed_in_on_its_device(site_app: SiteApp, admin: Visitor) -> None:
    phone = _enrol(site_app, admin)
    assert phone.sign_in("wang").status_code == 302
    assert phone.get("/collect").status_code == 200  # at the device's site, without choosing it
    for _ in range(5):
        site_app.now_ms += 13 * DAY_MS
        answer = phone.get("/")
        assert answer.status_code == 200
        answer.close()
    site_app.now_ms += 14 * DAY_MS
    assert phone.get("/").status_code == 302
    assert phone.sign_in("wang").status_code == 302
    site_app.now_ms += 180 * DAY_MS
    assert phone.get("/").status_code == 302


def test_others_on_a_device_have_the_limits_of_a_desk(site_app: SiteApp, admin: Visitor) -> None:
    phone = _enrol(site_app, admin)
    assert phone.sign_in("liu").status_code == 302
    site_app.now_ms += 13 * sessions.HOUR_MS
    assert phone.get("/").status_code == 302


def test_a_revoked_device_is_signed_out_at_once(site_app: SiteApp, admin: Visitor) -> None:
    phone = _enrol(site_app, admin)
    phone.sign_in("wang")
    assert phone.get("/").status_code == 200
    page = admin.get("/admin/devices")
    assert "gate 2" in page.text
    (device,) = find_all(page, "[name=device]")
    admin.post("/admin/devices/revoke", {"device": device.attributes["value"]})
    assert phone.get("/").status_code == 302
    assert "gate 2" not in admin.get("/admin/devices").text
    assert phone.sign_in("wang").status_code == 302
    site_app.now_ms += 13 * sessions.HOUR_MS
    assert phone.get("/").status_code == 302


def test_everybody_sees_and_ends_their_own_sessions(site_app: SiteApp, visit: Visit) -> None:
    here, there, chen = visit("wang"), visit("wang"), visit("chen")
    page = here.get("/account")
    assert len(find_all(page, "tbody tr")) == 2
    assert "本机" in words_of(find_all(page, "tbody")[0])
    (other,) = find_all(page, "[name=session]")
    chen.get("/account")
    chen.post("/account/end", {"session": other.attributes["value"]})  # somebody else's is left alone
    assert there.get("/").status_code == 200
    here.get("/account")
    assert here.post("/account/end", {"session": other.attributes["value"]}).status_code == 302
    assert there.get("/").status_code == 302
    third = visit("wang")
    here.get("/account")
    site_app.now_ms += sessions.PROOF_MS
    assert here.post("/account/end", {}).status_code == 401  # an unattended desk signs nobody out elsewhere
    assert third.get("/").status_code == 200
    assert here.post("/account/end", {"proof-password": PASSWORD}).status_code == 302
    assert third.get("/").status_code == 302
    assert here.get("/account").status_code == 200
    with site_app.store.read() as reader:
        told = list_entries(reader, AuditFilter(action=AuditAction.SESSION_END)).entries
    assert [(one.person, one.id, one.address) for one in told] == [("wang", "wang", "127.0.0.1")] * 2
