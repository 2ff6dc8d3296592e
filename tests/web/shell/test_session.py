"""Only persons with a password get in, attempts are limited, and nobody gets further than their
roles.
"""

from collections.abc import Callable

import pytest

from tests.support.markup import hidden_fields_of
from tests.support.pages import PASSWORD, SiteApp, Visitor
from traceability.services.directory.people import set_password

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
    typed = {"ticket": "T-8", "site": "yard"}
    answer = wang.post("/collect", typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert "/sign-in" in answer.text
    wang.sign_in("wang")
    again = wang.post("/collect", hidden_fields_of(answer.text), headers={"Origin": "http://localhost"})
    assert (again.status_code, 'value="T-8"' in again.text) == (400, True)
    assert wang.post("/collect", hidden_fields_of(again.text)).status_code == 422


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
