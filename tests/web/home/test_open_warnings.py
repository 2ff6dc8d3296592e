"""A supervisor's home lists the warnings that nobody confirmed, each with a way to settle it."""

from collections.abc import Callable
from typing import Any

from tests.support.business import grams
from tests.support.markup import attributes_of, find_all
from tests.support.pages import SiteApp, Visitor

Visit = Callable[..., Visitor]
TARE = "warning.tare_off_history"


def load(site_app: SiteApp, ticket: str, tare_kg: float, kg: float) -> dict[str, Any]:
    return site_app.business.draft(
        "collect", "yard", ticket=ticket, supplier="zhang", vehicle="v1", source_class="post", channel="offline",
        weighing={"gross_g": grams(kg + tare_kg), "tare_g": grams(tare_kg)},
        outputs=[{"form": "scrap", "material": "tense"}],
    )  # fmt: skip


def record_two(site_app: SiteApp) -> list[str]:
    """Record a load, and two after it whose tare differs."""
    send = site_app.business.send
    send(load(site_app, "T-1", 10_000, 1000))
    return [send(load(site_app, f"T-{n}", 12_000, 1000 + n)).event for n in (2, 3)]


def test_a_supervisor_sees_what_nobody_confirmed_and_confirms_it(site_app: SiteApp, visit: Visit) -> None:
    first, second = record_two(site_app)
    chen = visit("chen", "yard")
    page = chen.get("/")
    rows = find_all(page, ".warned li")
    assert len(rows) == 2
    assert "12\u00a0000" in rows[0].text()
    assert "11\u00a0000" in rows[0].text()
    shown = attributes_of(page, ".warned li > p a", "href")
    assert shown == [f"/events/{second}", f"/events/{first}"]
    assert attributes_of(page, ".warned form", "action")[0] == f"/events/{second}/confirm"
    answer = chen.post(f"/events/{second}/confirm", {"back": "home"})
    assert (answer.status_code, answer.location) == (302, "/")
    assert len(find_all(chen.get("/"), ".warned li")) == 1
    assert site_app.business.event(second).draft.confirmed == (TARE,)
    # Sent twice, it is done once.
    with site_app.store.read() as reader:
        seq = reader.find_head().seq
    assert chen.post(f"/events/{second}/confirm", {}).location == f"/events/{second}"
    with site_app.store.read() as reader:
        assert reader.find_head().seq == seq
    assert "/confirm" in chen.get(f"/events/{first}").text
    assert chen.post(f"/events/{first}/confirm", {}).status_code == 302
    assert not find_all(chen.get("/"), ".warned")


def test_who_supervises_no_site_is_shown_no_list_and_confirms_nothing(
    site_app: SiteApp, visit: Visit
) -> None:
    _, event = record_two(site_app)
    wang = visit("wang", "yard")
    assert not find_all(wang.get("/"), ".warned")
    assert "/confirm" not in wang.get(f"/events/{event}").text
    assert wang.post(f"/events/{event}/confirm", {}).status_code == 403
    assert site_app.business.event(event).draft.confirmed == ()


def test_other_sites_warnings_are_on_their_own_pages(site_app: SiteApp, visit: Visit) -> None:
    record_two(site_app)
    assert not find_all(visit("chen", "plant").get("/"), ".warned")
    assert len(find_all(visit("chen").get("/"), ".warned li")) == 2


def test_a_seal_without_records_leads_to_what_is_missing(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    business.collect("tense", 1000, at="2025-01-05T08:00:00")
    business.seal("2025-01", at="2025-02-02T08:00:00")
    page = visit("chen", "yard").get("/")
    assert attributes_of(page, ".warned .actions a", "href") == ["/declare"]
