"""Only persons with a password get in, attempts are limited, and nobody gets further than their
roles.
"""

import dataclasses
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app import create_app
from graph.store import Writer
from tests.support.markup import hidden_fields_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, value_of
from tests.support.reading import ask
from traceability.services.directory import sessions
from traceability.services.directory.people import (
    Person,
    find_person,
    give_password,
    put_person,
    set_password,
)

Visit = Callable[..., Visitor]


def test_a_label_opened_signed_out_asks_for_sign_in_and_returns(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.lot(site_app.business.collect("tense", 1000))
    stranger = visit()
    answer = stranger.get(f"/l/{lot.code}")
    assert (answer.status_code, answer.location) == (302, f"/sign-in?next=/l/{lot.code}")
    answer = stranger.sign_in("wang", wanted=f"/l/{lot.code}")
    assert (answer.status_code, answer.location) == (302, f"/l/{lot.code}")
    assert stranger.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/a\nb", ""]
)
def test_only_pages_of_ours_are_returned_to(visit: Visit, evil: str) -> None:
    assert visit().sign_in("wang", wanted=evil).location == "/"
    assert visit("wang").get("/language/en", query_string={"next": evil}).location == "/"


def test_wrong_password_and_unknown_name_look_alike(visit: Visit) -> None:
    stranger = visit()
    wrong, unknown = stranger.sign_in("wang", "wrong"), stranger.sign_in("nobody", PASSWORD)
    assert wrong.status_code == unknown.status_code == 401
    assert "用户名或密码不对" in wrong.text
    assert "用户名或密码不对" in unknown.text


def test_who_guesses_waits_and_is_told_how_long(site_app: SiteApp, visit: Visit) -> None:
    for _ in range(5):
        assert visit().sign_in("wang", "wrong").status_code == 401
    answer = visit().sign_in("wang")  # also the right one, also from another browser
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "6")
    assert "6 秒后再试" in answer.text
    assert 'value="wang"' in answer.text  # the name is kept
    assert visit().sign_in("chen").status_code == 302
    site_app.now_ms += 5_001
    assert visit().sign_in("wang").status_code == 302


def test_the_owner_of_a_name_gets_in_through_a_flood_of_guesses(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang")
    wang.post("/sign-out", {})
    stranger = {"environ_base": {"REMOTE_ADDR": "203.0.113.5"}}
    for _ in range(7):
        flood = Visitor(site_app.app.test_client())
        flood.get("/sign-in", **stranger)
        last = flood.post("/sign-in", {"person": "wang", "password": "wrong"}, **stranger)
    assert last.status_code == 429
    elsewhere = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}  # a phone changes its address all day
    wang.get("/sign-in", **elsewhere)
    assert wang.post("/sign-in", {"person": "wang", "password": PASSWORD}, **elsewhere).status_code == 302


def test_a_whole_plant_signs_in_from_one_address(visit: Visit) -> None:
    for _ in range(35):
        assert visit().sign_in("wang").status_code == visit().sign_in("chen").status_code == 302


def test_a_right_password_clears_the_counter(visit: Visit) -> None:
    for _ in range(3):
        for _ in range(4):
            visit().sign_in("wang", "wrong")
        assert visit().sign_in("wang").status_code == 302


def test_a_new_password_ends_other_sessions(site_app: SiteApp, visit: Visit) -> None:
    old = visit("wang", "yard")
    assert old.get("/").status_code == 200
    set_password(site_app.store, "wang", "another password")
    assert old.get("/").status_code == 302


def test_signing_out(visit: Visit) -> None:
    wang = visit("wang", "yard")
    left = wang.post("/sign-out", {})
    assert left.status_code == 302
    assert left.headers["Clear-Site-Data"] == '"cache"'  # photos that it showed; what is not sent yet stays
    assert wang.get("/").location == "/sign-in?next=/"


def test_forms_need_their_token(visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.token = "wrong"
    assert wang.post("/site", {"site": "plant"}).status_code == 400
    wang.token = "wrong"
    kept = wang.post("/collect", {"ticket": "T-7"}, headers={"Origin": "http://localhost"})
    assert kept.status_code == 400
    assert 'name="ticket" value="T-7"' in kept.text  # nothing typed is lost
    assert wang.post("/collect", hidden_fields_of(kept.text)).status_code == 422


def test_a_session_that_ended_keeps_what_was_typed(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    wang.get("/collect")
    set_password(site_app.store, "wang", "another password")
    answer = wang.post("/collect", {"ticket": "T-8", "id": "0194a000-0000-7000-8000-00000000abcd"})
    assert answer.status_code == 401
    assert 'value="T-8"' in answer.text


def test_a_session_that_is_gone_keeps_what_was_typed(visit: Visit) -> None:
    """The cookie has run out, and the form's token with it: what helps is to sign in, not to wait."""
    wang = visit("wang", "yard")
    wang.get("/collect")
    wang.client.delete_cookie("session")
    wang.client.delete_cookie("form")
    typed = {"ticket": "T-8", "site": "yard"}
    answer = wang.post("/collect", typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert "/sign-in" in answer.text
    wang.sign_in("wang")
    assert (
        wang.post("/collect", hidden_fields_of(answer.text)).status_code == 422
    )  # T-8 needs more, and is heard


@pytest.mark.parametrize("way", ["sign-out", "idle", "absolute", "password", "disabled", "role", "erased"])
def test_sending_again_works_the_first_time_after_signing_in(
    site_app: SiteApp, visit: Visit, way: str
) -> None:
    wang = visit("wang", "yard")
    wang.get("/collect")
    form = {"csrf_token": wang.token, "ticket": "T-9", "site": "yard"}
    _end(site_app, wang, way)
    kept = wang.post("/collect", form, headers={"Origin": "http://localhost"})
    assert (kept.status_code, 'value="T-9"' in kept.text) == (401, True)
    site_app.store.write(lambda writer: put_person(writer, _restored(writer)))
    assert wang.sign_in("wang").status_code == 302
    again = wang.client.post("/collect", data=hidden_fields_of(kept.text))
    assert (again.status_code, 'value="T-9"' in again.text) == (422, True)


@pytest.mark.parametrize("way", ["sign-out", "idle", "absolute", "erased", "run out"])
def test_a_form_left_open_is_taken_at_the_first_attempt_after_signing_in_in_another_window(
    site_app: SiteApp, visit: Visit, way: str
) -> None:
    wang = visit("wang", "yard")
    wang.get("/collect")
    form = {"csrf_token": wang.token, "ticket": "T-9", "site": "yard"}
    if way == "run out":
        wang.client.delete_cookie("session")  # as browsers do with one that has reached its end
    else:
        _end(site_app, wang, way)
    assert wang.get("/").location == "/sign-in?next=/"
    assert wang.sign_in("wang").status_code == 302
    assert wang.client.post("/collect", data=form).status_code == 422  # T-9 needs more, and is heard


def test_what_one_left_open_is_asked_about_where_another_signs_in_next(visit: Visit) -> None:
    browser = visit("wang", "yard")
    browser.get("/collect")
    form = {"csrf_token": browser.token, "ticket": "T-9", "site": "yard"}
    browser.post("/sign-out", {})
    assert browser.sign_in("chen").status_code == 302
    kept = browser.client.post("/collect", data=form, headers={"Origin": "http://localhost"})
    assert (kept.status_code, 'value="T-9"' in kept.text) == (400, True)


def test_a_form_of_somebody_else_is_asked_about_again(site_app: SiteApp, visit: Visit) -> None:
    """At a desk that several share, what one left open is not sent as another by one slip of the hand."""
    browser = visit("wang", "yard")
    browser.get("/collect")
    form = {"csrf_token": browser.token, "ticket": "T-9", "site": "yard"}
    site_app.now_ms += 13 * sessions.HOUR_MS
    assert browser.sign_in("chen").status_code == 302
    kept = browser.client.post("/collect", data=form, headers={"Origin": "http://localhost"})
    assert (kept.status_code, 'value="T-9"' in kept.text) == (400, True)


def _end(site_app: SiteApp, wang: Visitor, way: str) -> None:
    """End the session of wang in one of all ways."""
    person = ask(site_app.store, find_person, "wang")
    assert person is not None
    if way == "sign-out":
        Visitor.post(wang, "/sign-out", {})
    elif way == "idle":
        site_app.now_ms += sessions.IDLE_MS[sessions.DESK]
    elif way == "absolute":
        for _ in range(16):
            site_app.now_ms += 11 * sessions.HOUR_MS
            wang.get("/").close()
    elif way == "password":
        set_password(site_app.store, "wang", "another password")
    elif way == "disabled":
        site_app.store.write(lambda writer: put_person(writer, person._replace(disabled=True)))
    elif way == "role":
        ended = tuple(held._replace(valid_until="2024-12-31") for held in person.roles)
        site_app.store.write(lambda writer: put_person(writer, person._replace(roles=ended)))
    else:
        site_app.store.write(lambda writer: sessions.end_sessions(writer, "wang"))


def _restored(writer: Writer) -> Person:
    """Return wang as at first."""
    now, chen = find_person(writer, "wang"), find_person(writer, "chen")
    assert now is not None
    assert chen is not None
    roles = tuple(held._replace(valid_until="9999-12-31") for held in now.roles)
    return now._replace(roles=roles, disabled=False, password=chen.password)


@pytest.mark.parametrize("way", ["sign-out", "idle", "absolute", "password", "disabled", "role", "erased"])
def test_a_session_ends_at_the_next_request(site_app: SiteApp, visit: Visit, way: str) -> None:
    """Whoever kept the cookie has nothing of it: pages ask to sign in, the interface for programs answers 401."""
    wang = visit("wang", "yard")
    token = wang.client.get_cookie("session")
    assert token is not None
    assert wang.get("/").status_code == 200
    _end(site_app, wang, way)
    thief = visit()
    thief.client.set_cookie("session", token.value)
    assert thief.get("/").location == "/sign-in?next=/"
    assert thief.client.post("/api/v1/events", json={}).status_code == 401


def test_use_goes_on_beyond_the_idle_limit(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    for _ in range(5):
        site_app.now_ms += 6 * sessions.HOUR_MS
        answer = wang.get("/")
        assert answer.status_code == 200
        answer.close()  # what a server does once it is sent
    site_app.now_ms += 12 * sessions.HOUR_MS
    assert wang.get("/").status_code == 302


def test_last_use_is_written_every_five_minutes_at_most(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    begun = site_app.now_ms

    def used_ms() -> int:
        wang.get("/").close()
        person = ask(site_app.store, find_person, "wang")
        assert person is not None
        return ask(site_app.store, sessions.list_sessions, person, site_app.now_ms)[0].used_ms

    site_app.now_ms = begun + 4 * 60_000
    assert used_ms() == begun
    site_app.now_ms = begun + 5 * 60_000
    assert used_ms() == site_app.now_ms


def test_the_cookies_of_an_encrypted_site_are_its_own(site_app: SiteApp) -> None:
    settings = dataclasses.replace(
        site_app.app.extensions["traceability"].settings, public_url="https://x.example"
    )
    app = create_app(settings, site_app.store, lambda: site_app.now_ms)
    visitor = Visitor(app.test_client())
    options = {"base_url": "https://x.example"}
    visitor.get("/sign-in", **options)
    answer = visitor.post("/sign-in", {"person": "wang", "password": PASSWORD}, **options)
    cookies = answer.headers.getlist("Set-Cookie")
    cookies += visitor.get("/language/en", **options).headers.getlist("Set-Cookie")[:1]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-session",
        "__Host-form",
        "__Host-device",
        "__Host-language",
    }
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert visitor.get("/", **options).status_code == 200
    for path in ("/", "/nothing", "/static/shell/frame.css", "/healthz"):
        headers = visitor.get(path).headers  # a front may not say that it is https
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_forms_of_another_session_are_refused(visit: Visit) -> None:
    """A cookie of forms that somebody planted holds no token for the session that the browser has."""
    wang, other = visit("wang", "yard"), visit("chen")
    planted = other.client.get_cookie("form")
    assert planted is not None
    wang.client.set_cookie("form", planted.value)
    other.get("/site")
    assert wang.client.post("/site", data={"site": "plant", "csrf_token": other.token}).status_code == 400


def test_every_answer_is_guarded(visit: Visit) -> None:
    for path in ("/sign-in", "/nothing", "/static/shell/frame.css", "/healthz"):
        headers = visit().get(path).headers
        assert "unsafe" not in headers["Content-Security-Policy"].replace("'wasm-unsafe-eval'", "")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers  # there is no https here
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self), serial=(self)" in headers["Permissions-Policy"]
    cookie = visit().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_language_by_browser_and_by_choice(visit: Visit) -> None:
    stranger = visit()
    assert '<html lang="zh-CN"' in stranger.get("/sign-in").text
    english = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}
    assert '<html lang="en"' in stranger.get("/sign-in", headers=english).text
    assert stranger.get("/language/zh?next=/sign-in").location == "/sign-in"
    assert '<html lang="zh-CN"' in stranger.get("/sign-in", headers=english).text
    assert stranger.get("/language/fr").status_code == 404


def test_people_choose_among_their_sites_only(visit: Visit) -> None:
    wang = visit("wang")
    answer = wang.get("/collect")
    assert answer.location == "/site?next=/collect"
    wang.get("/site")
    assert wang.post("/site", {"site": "elsewhere"}).status_code == 403
    assert wang.post("/site", {"site": "plant", "next": "/collect"}).location == "/collect"
    assert wang.get("/collect").status_code == 200


def test_planners_record_nothing(visit: Visit) -> None:
    liu = visit("liu")
    assert liu.get("/").status_code == 200
    assert liu.get("/lots").status_code == 200
    assert liu.get("/collect").status_code == 403


@pytest.mark.parametrize("typed", ["Chen", "CHEN", "ｃｈｅｎ", " Chen\u200b"])
def test_a_name_is_found_whatever_a_phone_makes_of_it(visit: Visit, typed: str) -> None:
    assert visit().sign_in(typed).status_code == 302


def test_typings_of_a_name_share_the_limit_of_attempts(visit: Visit) -> None:
    visitor = visit()
    names = ["chen", "Chen", "CHEN", "cHen", "chEn"]
    statuses = [visitor.sign_in(name, "wrong").status_code for name in names * 3]
    assert 429 in statuses


def test_cookies_and_tokens_of_forms_are_signed_with_sha_256(site_app: SiteApp, visit: Visit) -> None:
    visitor = visit("wang")
    cookie = visitor.client.get_cookie("form")
    assert cookie is not None
    for signed in (cookie.value, visitor.token):
        assert len(signed.rpartition(".")[2]) == 43  # base64 of 32 bytes; of SHA-1 it has 27


def test_no_debugger_whatever_the_environment_says(
    site_app: SiteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    wired = site_app.app.extensions["traceability"]
    assert not create_app(wired.settings, site_app.store).debug


# --- the password once more, and another one -----------------------------------------------------------------------


def _seal(visitor: Visitor, **typed: str) -> TestResponse:
    page = visitor.get("/seal")
    return visitor.post(
        "/seal", {**hidden_fields_of(page.text), "month": "2025-01", "note": "checked", **typed}
    )


def test_a_seal_asks_for_the_password_once_more(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 1000)
    chen = visit("chen", "yard")
    assert "proof-password" not in chen.get("/seal").text  # typed just now, at sign-in
    site_app.now_ms += sessions.PROOF_MS
    assert "proof-password" in chen.get("/seal").text
    asked = _seal(chen)
    assert (asked.status_code, value_of(asked, "month")) == (422, "2025-01")
    assert "proof-password" in errors_beside(asked)
    wrong = _seal(chen, **{"proof-password": "wrong"})
    assert (wrong.status_code, errors_beside(wrong)["proof-password"]) == (422, "密码不对。")
    assert 'value="wrong"' not in wrong.text
    before = chen.client.get_cookie("session")
    right = _seal(chen, **{"proof-password": PASSWORD})
    after = chen.client.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value  # who had the token of before, has nothing
    thief = visit()
    thief.client.set_cookie("session", before.value)
    assert thief.get("/").status_code == 302
    if (
        right.status_code == 422
    ):  # a month without power records asks first; the password is not asked for again
        assert "proof-password" not in right.text
        right = chen.post("/seal", {**hidden_fields_of(right.text), "month": "2025-01", "confirm": "1"})
    assert right.status_code == 302


def test_a_seal_by_the_interface_for_programs_needs_it_too(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    body = {
        "schema": 1, "id": "0194a000-0000-7000-8000-00000000abce", "kind": "seal", "site": "yard", "actor": "chen",
        "event_time": "2025-02-15T09:00:00+08:00", "month": "2025-01",
    }  # fmt: skip
    ours = {"Origin": "http://localhost"}
    site_app.now_ms += sessions.PROOF_MS
    for message in (body, {"events": [body]}):
        answer = chen.client.post("/api/v1/events", json=message, headers=ours)
        assert (answer.status_code, (answer.json or {})["code"]) == (403, "session.password_needed")
    chen.sign_in("chen")
    assert chen.client.post("/api/v1/events", json=body, headers=ours).status_code == 201


def test_voiding_with_all_that_follows_asks_for_the_password(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    first = site_app.business.last_event()
    site_app.business.ship(lot, "plant")
    chen = visit("chen", "yard")
    site_app.now_ms += sessions.PROOF_MS
    path = f"/events/{first}/void"
    page = chen.get(path)
    assert "proof-password" in page.text
    form = {**hidden_fields_of(page.text), "reason": "never came", "cascade": "yes"}
    asked = chen.post(path, form)
    assert asked.status_code == 422
    assert "never came" in asked.text
    assert "proof-password" in errors_beside(asked)
    assert chen.post(path, {**form, "proof-password": PASSWORD}).status_code == 302


def test_guesses_at_an_approval_wait_like_others_and_lose_nothing(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("wang", "yard")
    typed = {
        "material": "tense", "weighing-gross_g": "100", "approval-approver": "chen", "approval-reason": "seen",
        "approval-password": "wrong", "ticket": "T-77", "outputs-0-mass_g": "50",
    }  # fmt: skip
    chen.get("/collect")
    for _ in range(5):
        stranger = visit()
        stranger.sign_in("chen", "wrong")
    page = chen.post("/collect", {**typed, "site": "yard"})
    assert page.status_code in (422, 429)
    assert 'value="T-77"' in page.text


def test_another_password_by_oneself(site_app: SiteApp, visit: Visit) -> None:
    wang, phone = visit("wang", "yard"), visit("wang", "yard")
    old = wang.client.get_cookie("session")
    assert old is not None
    wang.get("/account/password")
    new = {"password": PASSWORD, "new-password": "battery staple", "new-password-again": "battery staple"}
    for changed, field, text in (
        ({"password": "wrong"}, "password", "原密码不对。"),
        (
            {"new-password": "short", "new-password-again": "short"},
            "new-password",
            "密码过短，至少 8 个字符。",
        ),
        ({"new-password": "password123", "new-password-again": "password123"}, "new-password", "过于常见"),
        ({"new-password": "wang-2025-1", "new-password-again": "wang-2025-1"}, "new-password", "包含用户名"),
        ({"new-password-again": "battery stable"}, "new-password-again", "不一致"),
        ({"new-password": PASSWORD, "new-password-again": PASSWORD}, "new-password", "相同"),
    ):
        answer = wang.post("/account/password", {**new, **changed})
        assert answer.status_code == 422
        assert text in errors_beside(answer)[field]
    assert wang.post("/account/password", new).status_code == 302
    assert wang.get("/").status_code == 200
    assert phone.get("/").status_code == 302
    thief = visit()
    thief.client.set_cookie("session", old.value)  # of before the change
    assert thief.get("/").status_code == 302
    assert visit().sign_in("wang").status_code == 401
    assert visit().sign_in("wang", "battery staple").status_code == 302


def test_a_password_that_somebody_else_gave_is_changed_first(site_app: SiteApp, visit: Visit) -> None:
    with site_app.store.read() as reader:
        person = find_person(reader, "wang")
    assert person is not None
    site_app.store.write(
        lambda writer: put_person(writer, give_password(person, person.password, one_time=True))
    )
    wang = visit()
    wang.sign_in("wang")
    assert wang.get("/lots").location == "/account/password?next=/lots"
    assert wang.client.post("/api/v1/events", json={}).status_code == 403
    page = wang.get("/account/password?next=/lots")
    assert 'class="navigation"' not in page.text  # no menu leads where they may not go yet
    new = {"password": PASSWORD, "new-password": "battery staple", "new-password-again": "battery staple"}
    answer = wang.post("/account/password", {**hidden_fields_of(page.text), **new})
    assert answer.location == "/lots"
    assert wang.get("/lots").status_code == 200


@pytest.mark.parametrize("signed_in", [True, False])
def test_forms_work_again_where_their_cookie_is_lost(
    site_app: SiteApp, visit: Visit, *, signed_in: bool
) -> None:
    """As after another secret key: nobody has to find the browser's cookies to sign in or out."""
    here = visit("wang")
    here.client.delete_cookie("form")
    if not signed_in:
        with site_app.store.read() as reader:
            wang = find_person(reader, "wang")
        assert wang is not None
        site_app.store.write(lambda writer: put_person(writer, give_password(wang, wang.password)))
        assert here.sign_in("wang").status_code == 302
    here.get("/site")
    assert here.post("/site", {"site": "yard"}).status_code == 302
    with here.client.session_transaction() as kept:
        assert kept["person"] == "wang"
    assert here.post("/sign-out", {}).status_code == 302
    assert "Set-Cookie" not in visit().client.get("/livez").headers
