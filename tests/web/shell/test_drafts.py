"""Forms of entries are kept on the device, and forgotten there when the server took them; after a lost session every one
of them is heard at the first attempt."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.support.markup import attributes_of, fields_of, hidden_fields_of
from tests.support.pages import SiteApp, Visitor
from traceability.services.directory import sessions
from traceability.services.directory.people import find_person, put_person

Visit = Callable[..., Visitor]

TEMPLATES = Path(__file__).parents[3] / "templates"
POSTED = re.compile(r'<form method="post"[^>]*>(.*?)(?:</form>|\Z)', re.DOTALL)
TYPED = re.compile(r"_field\(|form_input\(|entry_text\(|<textarea|<input class=")
NOT_KEPT = {
    "account/sign_in.html",
    "account/password.html",
    "account/prove.html",
    "access/enrol.html",
    "weighbridge/purchase.html",
}
"""Secrets: passwords, the code of a device, prices."""
LOAD = {
    "outputs-0-material": "tense", "outputs-0-form": "scrap", "weighing-gross_kg": "33000", "weighing-tare_kg": "12500",
    "supplier": "老张废品站", "source_class": "post", "channel": "offline", "ticket": "W-1",
}  # fmt: skip


def test_every_form_that_takes_texts_is_kept() -> None:
    forgetful = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        for form in POSTED.finditer(path.read_text()):
            begin = form[0].partition("{{ hidden_csrf")[0]
            if TYPED.search(form[1]) and "kept_on_device()" not in begin and name not in NOT_KEPT:
                forgetful.append(name)
    assert forgetful == []


def sent_in(page: TestResponse) -> list[list[str | bool]]:
    """Return the forms that a page tells the browser to forget, as [address, site, id, told before]."""
    (text,) = attributes_of(page, "#draft-words", "data-sent")
    found: list[list[str | bool]] = json.loads(text or "[]")
    return found


def test_a_form_that_was_taken_is_named_on_two_pages_and_one_that_was_not_never(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    sent_in(wang.get("/"))
    page = wang.get("/collect?code=")
    assert attributes_of(page, "#event", "data-draft") == [""]
    refused = wang.post("/collect?code=", {"site": "yard"})
    assert attributes_of(refused, "#event", "data-draft") == ["typed"]
    assert sent_in(refused) == []
    assert wang.post("/collect?code=", {**fields_of(page), **LOAD}).status_code == 302
    form = ["/collect?code=", "yard", fields_of(page)["id"]]
    assert sent_in(wang.get("/")) == [[*form, False]]
    assert sent_in(wang.get("/")) == [[*form, True]], "the first page may be left before its script ran"
    assert sent_in(wang.get("/")) == []

    def have_changed(writer: object) -> None:
        person = find_person(writer, "wang")  # type: ignore[arg-type]
        put_person(writer, person._replace(one_time=True))  # type: ignore[arg-type, union-attr]

    site_app.store.write(have_changed)
    assert (
        wang.post("/collect", {"site": "yard", "ticket": "T-1"}).status_code == 302
    )  # another password comes first
    assert sent_in(wang.get("/account/password")) == []


def list_forms(app: SiteApp, made: str) -> Iterator[str]:
    yield from sorted({rule.rule for rule in app.app.url_map.iter_rules() if rule.endpoint.endswith(".form")})
    yield from (f"/events/{made}/replace", f"/events/{made}/void")


@pytest.mark.parametrize("way", ["erased", "run out"])
def test_every_form_is_heard_at_the_first_attempt_after_a_lost_session(
    site_app: SiteApp, visit: Visit, way: str
) -> None:
    site_app.business.collect("tense", 1000)
    made = site_app.business.last.event  # type: ignore[union-attr]
    chen = visit("chen", "yard")
    sent, unheard = 0, []
    for path in list_forms(site_app, made):
        page = chen.get(path)
        if not attributes_of(page, "form[data-draft]", "method"):  # not of this site
            continue
        typed = {**fields_of(page), "note": f"typed at {path}"}
        if way == "erased":
            site_app.store.write(lambda writer: sessions.end_sessions(writer, "chen"))
        else:
            chen.client.delete_cookie("session")
        kept = chen.client.post(path, data=typed)
        assert kept.status_code == 401, path
        assert chen.sign_in("chen").status_code == 302
        again = chen.client.post(path, data=hidden_fields_of(kept.text))
        if again.status_code not in (302, 422) or f"typed at {path}" not in again.text + kept.text:
            unheard.append((path, again.status_code))
        sent += 1
    assert unheard == []
    assert sent >= 10
