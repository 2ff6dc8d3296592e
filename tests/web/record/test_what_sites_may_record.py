"""Menus, tiles and pages follow from what the kinds of a site allow, by language and by right."""

from collections.abc import Callable

import pytest

from tests.support.markup import attributes_of, fields_of, find_all, words_of
from tests.support.pages import SiteApp, Visitor, problems_of
from traceability.domain.activities import ACTIVITIES
from traceability.domain.kinds import MENU, ONE_PAGE
from traceability.domain.vocabulary import AUTHORITY, SITE_KINDS
from traceability.services.directory.reference import reference_in

Visit = Callable[..., Visitor]
WORKING = [kind for kind in SITE_KINDS if kind != AUTHORITY]
TASKS = tuple(kind for group, kinds in MENU.items() if group != "stock" for kind in kinds)


def path_of(kind: str) -> str:
    return "/" + kind.replace("_", "-")


def become(site_app: SiteApp, site: str, *kinds: str) -> None:
    site_app.business.change_reference("site", site, kinds=list(kinds))


@pytest.mark.parametrize("site_kind", WORKING)
def test_home_and_menu_offer_what_the_site_may_record(
    site_app: SiteApp, visit: Visit, site_kind: str
) -> None:
    become(site_app, "yard", site_kind)
    with site_app.store.read() as reader:
        known = reference_in(reader)
    wang = visit("wang", "yard")
    page = wang.get("/")
    tiles = set(attributes_of(page, ".tasks a", "href"))
    menu = set(attributes_of(page, ".navigation a", "href"))
    on_the_phone = set(attributes_of(page, ".menu a", "href"))  # where no room is left beside the name
    assert menu | {"/account", "/help"} == on_the_phone, "desk and phone offer the same"
    allowed = [kind for kind in TASKS if known.may_record("yard", kind, site_app.now_ms)]
    shown = [kind for kind in allowed if kind not in ONE_PAGE]
    shown += [kind for kind in allowed if kind in ONE_PAGE][:1]
    assert tiles == {path_of(kind) for kind in shown}
    assert tiles <= menu
    assert not {path_of(kind) for kind in ACTIVITIES if kind not in allowed} & (menu | tiles)
    for kind in TASKS:
        page = wang.get(path_of(kind))
        assert page.status_code == 200
        forms = find_all(page, "form.event")
        assert bool(forms) is (kind in allowed), kind
        if kind not in allowed:
            assert attributes_of(page, "main .steps a", "href"), "a way on"


def test_stock_and_records_are_the_supervisors(site_app: SiteApp, visit: Visit) -> None:
    for person, offered in (("wang", False), ("chen", True)):
        links = attributes_of(visit(person, "yard").get("/"), ".navigation a", "href")
        assert "/declare" in links
        assert ("/opening" in links, "/seal" in links) == (offered, offered)
    links = attributes_of(visit("liu").get("/"), ".navigation a", "href")
    assert "/declare" not in links
    assert "/lots" in links


def test_a_page_that_is_not_for_the_site_says_which_are_and_leads_on(site_app: SiteApp, visit: Visit) -> None:
    become(site_app, "yard", "trading")
    wang = visit("wang", "yard")
    page = wang.get("/produce-primary")
    said = " ".join(words_of(node) for node in find_all(page, ".notice"))
    assert "原生金属产出" in said
    assert "电解厂" in said
    assert "交易中心" in said
    sites = attributes_of(page, "main form input[name=site]", "value")
    assert sites == ["chengdu", "guiyang"]
    answer = wang.post("/site", {"site": "guiyang", "next": "/produce-primary"})
    assert answer.headers["Location"] == "/produce-primary"
    page = wang.get("/produce-primary")
    assert fields_of(page)["site"] == "guiyang"
    options = attributes_of(page, "select[name=outputs-0-material] option", "value")
    assert "liquid-al" in options
    assert "pb-ingot" not in options


def test_a_form_that_was_open_when_the_kinds_changed_keeps_what_was_typed(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    typed = {
        **fields_of(wang.get("/collect")), "outputs-0-material": "tense", "weighing-gross_kg": "500",
        "weighing-tare_kg": "100", "supplier": "老张", "ticket": "A-1", "source_class": "post", "channel": "offline",
    }  # fmt: skip
    become(site_app, "yard", "electrolysis")
    page = wang.post("/collect", typed)
    assert page.status_code == 422
    assert any("电解厂" in problem and "回收点" in problem for problem in problems_of(page))
    assert fields_of(page)["weighing-gross_kg"] == "500"


def test_the_sorting_page_offers_the_ways_that_the_site_may_take(site_app: SiteApp, visit: Visit) -> None:
    become(site_app, "yard", "collection")
    wang = visit("wang", "yard")
    ways = attributes_of(wang.get("/sort"), "input[name=kind]", "value")
    assert ways == ["sort", "bale", "split", "blend"]
    become(site_app, "yard", "casthouse")
    assert attributes_of(wang.get("/split"), "input[name=kind]", "value") == ["split", "blend"]
    links = attributes_of(wang.get("/sort"), "main .steps a", "href")
    assert links[:2] == ["/split", "/blend"]


def test_a_correction_that_cannot_be_made_is_said_before_it_is_typed(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 100)
    event = site_app.business.last_event()
    become(site_app, "yard", "electrolysis")
    page = visit("chen", "yard").get(f"/events/{event}/replace")
    assert any("电解厂" in words_of(node) for node in find_all(page, ".correcting .notice"))


def test_nothing_is_shipped_to_an_authority(site_app: SiteApp, visit: Visit) -> None:
    become(site_app, "chengdu", AUTHORITY)
    options = attributes_of(visit("wang", "yard").get("/ship"), "select[name=to] option", "value")
    assert "chengdu" not in options
    assert "guiyang" in options


def test_the_api_gives_the_code_with_figures_and_text(site_app: SiteApp, visit: Visit) -> None:
    body = site_app.business.draft("produce_primary", "yard", actor="wang", outputs=[
        {"form": "molten_primary", "material": "liquid-al", "mass_g": 1_000_000}])  # fmt: skip
    wang = visit("wang", "yard")
    answer = wang.client.post("/api/v1/events", json=body, headers={"Origin": "http://localhost"})
    assert answer.status_code == 422
    assert answer.json is not None
    [said] = answer.json["errors"]
    assert (said["code"], said["path"]) == ("rule.site_activity", "kind")


def test_a_blank_label_begins_what_the_site_takes_in(site_app: SiteApp, visit: Visit) -> None:
    become(site_app, "yard", "electrolysis")
    wang = visit("wang", "yard")
    links = attributes_of(wang.get("/l/126B07K7Q3F7"), "main .steps a", "href")
    assert links == ["/produce-primary?code=126B07K7Q3F7", "/supply?code=126B07K7Q3F7"]
    assert fields_of(wang.get(links[0]))["outputs-0-code"].replace("-", "") == "126B07K7Q3F7"
    assert attributes_of(visit("liu").get("/l/126B07K7Q3F7"), "main .steps a", "href") == []
