"""Only persons with a password get in, attempts are limited, and nobody gets further than their
roles.
"""

import dataclasses
from collections.abc import Callable

import pytest

from app import create_app
from graph.store import Writer
from tests.support.markup import hidden_fields_of
from tests.support.pages import PASSWORD, SiteApp, Visitor
from tests.support.reading import ask
from traceability.services.directory import sessions
from traceability.services.directory.people import Person, find_person, put_person, set_password

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


def test_attempts_are_limited_and_counted_in_the_store(site_app: SiteApp, visit: Visit) -> None:
    for _ in range(10):
        assert visit().sign_in("wang", "wrong").status_code == 401
    answer = visit().sign_in("wang")  # also the right one, also from another browser
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert visit().sign_in("chen").status_code == 302
    site_app.now_ms += 15 * 60 * 1000 + 1
    assert visit().sign_in("wang").status_code == 302


def test_a_whole_plant_signs_in_from_one_address(visit: Visit) -> None:
    for _ in range(35):
        assert visit().sign_in("wang").status_code == visit().sign_in("chen").status_code == 302


def test_a_right_password_clears_the_counter(visit: Visit) -> None:
    for _ in range(3):
        for _ in range(6):
            visit().sign_in("wang", "wrong")
        assert visit().sign_in("wang").status_code == 302


def test_a_new_password_ends_other_sessions(site_app: SiteApp, visit: Visit) -> None:
    old = visit("wang", "yard")
    assert old.get("/").status_code == 200
    set_password(site_app.store, "wang", "another password")
    assert old.get("/").status_code == 302


def test_signing_out(visit: Visit) -> None:
    wang = visit("wang", "yard")
    assert wang.post("/sign-out", {}).status_code == 302
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
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-session", "__Host-form"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert visitor.get("/", **options).status_code == 200


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
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self)" in headers["Permissions-Policy"]
    cookie = visit().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_language_by_browser_and_by_choice(visit: Visit) -> None:
    stranger = visit()
    assert '<html lang="zh-CN">' in stranger.get("/sign-in").text
    english = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}
    assert '<html lang="en">' in stranger.get("/sign-in", headers=english).text
    assert stranger.get("/language/zh?next=/sign-in").location == "/sign-in"
    assert '<html lang="zh-CN">' in stranger.get("/sign-in", headers=english).text
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
