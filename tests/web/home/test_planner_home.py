"""The home of a region says its finding in both languages, with figures, what waits and what changed, and refuses what it
cannot read."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.golden import NOW_MS
from tests.support.golden_book import Book, open_book
from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import SiteApp, Visitor, enter_as
from tests.web.home.test_open_warnings import load
from traceability.services.directory.reference import reference_in

QUARTER = "period=2025-Q1"
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    book = open_book(tmp_path_factory.mktemp("home"))
    yield book
    book.store.close()


@pytest.fixture(scope="module")
def client(golden: Book) -> FlaskClient:
    """An auditor of everything, in the golden scenario."""
    client = golden.app.test_client()
    enter_as(client, golden.store, "auditor", NOW_MS)
    return client


def show(client: FlaskClient, query: str, language: str = "en") -> TestResponse:
    client.set_cookie("language", language)
    page = client.get(f"/home?{query}")
    assert page.status_code == 200, query
    return page


def finding(client: FlaskClient, query: str, language: str = "en") -> str:
    return words_of(find_one(show(client, query, language), "h1"))


FINDINGS = {
    # 1.92 t are missing, all of it of aluminium
    f"place=province:510000&{QUARTER}": (
        "四川省 2025年第1季度再生金属供应占比 20.2 %，距 24 % 的目标还差 2.0 t 再生金属；缺口全部在铝。",
        (
            "Sichuan, Q1 2025: the recycled metal supply share is 20.2 %, 2.0 t of recycled metal short of the target of 24 %; "
            "all of the gap is aluminium."
        ),
    ),
    f"place=province:430000&{QUARTER}": (
        "湖南省 2025年第1季度再生金属供应占比 32.6 %，达到 24 % 的目标。",
        "Hunan, Q1 2025: the recycled metal supply share is 32.6 % and meets the target of 24 %.",
    ),
    f"place=province:520000&{QUARTER}": (
        "贵州省 2025年第1季度再生金属供应占比 18.4 %；本地区没有自己的目标，全国 24 % 仅供参考。",
        (
            "Guizhou, Q1 2025: the recycled metal supply share is 18.4 %; the region has no target of its own, the national "
            "24 % is for reference."
        ),
    ),
}


@pytest.mark.parametrize("query", FINDINGS)
def test_the_headline_says_how_the_share_stands(client: FlaskClient, query: str) -> None:
    assert tuple(finding(client, query, language) for language in LANGUAGES) == FINDINGS[query]


def test_figures_stand_large_with_what_they_lack(client: FlaskClient) -> None:
    page = show(client, f"place=province:510000&{QUARTER}")
    cards = {card.attributes["data-indicator"]: words_of(card) for card in find_all(page, ".card")}
    assert list(cards) == ["supply_share_official", "direct_alloying", "renewable_power", "evidence"]
    assert "20.2" in cards["supply_share_official"]
    assert "missed (interim)" in cards["supply_share_official"]
    assert "3.8 points short, 2.0 t" in cards["supply_share_official"]
    assert "10.0 points short, 5.0 t" in cards["direct_alloying"]
    assert "55.0 points beyond" in cards["renewable_power"]
    # The site-months are those of the figure, and open it.
    href = attributes_of(page, ".card[data-indicator=evidence] .value a", "href")[0]
    assert "indicator=evidence" in href
    behind = words_of(client.get(href))
    due = find_one(page, ".card[data-indicator=evidence] .in-unit").text().split()[1]
    assert f"0 ÷ {due}" in behind
    assert f"{due} site-months not sealed" in cards["evidence"]


def test_the_page_leads_on_with_the_same_place_and_period(client: FlaskClient) -> None:
    page = show(client, f"place=province:510000&{QUARTER}")
    links = attributes_of(page, ".home-parts a, .part-flows a", "href")
    assert "Sichuan" in words_of(find_one(page, "#sheet-provinces"))
    for path in ("/trend", "/why", "/flows", "/registers/evidence"):
        assert any(
            link.startswith(f"{path}?") and "510000" in link and "2025-Q1" in link for link in links
        ), path
    form = {node.attributes["name"]: node.attributes["value"] for node in find_all(page, ".framed input")}
    # What closes the gaps exactly, and what that would do.
    assert (form["recycled_Al"], form["direct"], form["code"]) == ("1.92", "5", "510000")
    outcome = words_of(find_one(page, ".outcome"))
    assert "20.2 % → 24.0 % met" in outcome
    assert "80.0 % → 90.0 % met" in outcome
    answer = client.get("/what-if?" + "&".join(f"{name}={value}" for name, value in form.items()))
    assert "24.0 %" in words_of(find_one(answer, "h1"))


def test_another_region_stands_beside_in_the_trend(client: FlaskClient) -> None:
    headings = find_all(
        show(client, f"place=province:510000&{QUARTER}&with=province:360000"), "#sheet-months th[scope=col]"
    )
    assert any("Jiangxi" in words_of(heading) for heading in headings)


@pytest.mark.parametrize(
    "query", ["place=nonsense", "with=nonsense", "with=planet:1", "period=never", "method=other"]
)
def test_what_cannot_be_read_is_refused(client: FlaskClient, query: str) -> None:
    for language in LANGUAGES:
        client.set_cookie("language", language)
        assert client.get(f"/home?{query}").status_code == 400, query


def test_a_region_is_home_to_who_plans_for_it_or_audits_it(client: FlaskClient) -> None:
    client.set_cookie("language", "en")
    nation = client.get("/")
    assert words_of(find_one(nation, "h1")).startswith("China, ")
    audited = words_of(find_one(nation, ".audited"))
    assert "Nobody has checked this book yet" in audited
    assert "Head of the chain: record" in audited
    assert "no open finding" in audited or "open finding" in audited


def test_home_tells_what_a_small_book_holds(site_app: SiteApp, visit: Callable[..., Visitor]) -> None:
    business = site_app.business
    hunan, sichuan = visit("hunan-planner"), visit("sichuan-planner")

    def ask(visitor: Visitor) -> TestResponse:
        visitor.client.set_cookie("language", "en")
        page = visitor.get("/")
        assert page.status_code == 200
        return page

    def headline(visitor: Visitor) -> str:
        return words_of(find_one(ask(visitor), "h1"))

    assert headline(hunan).startswith("The book is still empty")
    lot = business.collect("tutu", 1000, at="2025-10-05T08:00:00", metal_fraction="1")
    feed = business.supply("mn-al", 1000, site="plant", at="2025-10-05T09:00:00")
    business.ship(lot, "plant", at="2025-10-06T08:00:00")
    business.receive(lot, "plant", at="2025-10-06T09:00:00")
    business.melt(lot, feed, into=2000, alloy="6063", at="2025-11-10T08:00:00")
    assert "no statistic of output, so no verdict" in headline(hunan)
    with site_app.store.read() as reader:
        ten_metals = sorted(reference_in(reader).ten_metals)
    business.send(business.statistic("430000", "2025", output_g=10**9, metals=ten_metals))
    assert "too little for a verdict" in headline(hunan)
    assert headline(sichuan) == "Sichuan, 2025: the recycled metal supply share has no data."


def test_home_of_who_sees_no_sites_leads_to_all_regions(client: FlaskClient, golden: Book) -> None:
    assert "All sites, and against last year" in words_of(show(client, f"place=nation:CN&{QUARTER}"))
    outside = golden.app.test_client()
    enter_as(outside, golden.store, "planner", NOW_MS)
    told = words_of(show(outside, f"place=nation:CN&{QUARTER}"))
    assert "All regions within, and against last year" in told
    assert "All sites" not in told


def test_home_says_that_there_are_more_warnings_than_it_counts(
    site_app: SiteApp, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, tare_kg in enumerate((10_000, 12_000, 12_000)):
        site_app.business.send(load(site_app, f"T-{number}", tare_kg, 1000 + number))
    planner = visit("hunan-planner")
    planner.client.set_cookie("language", "en")
    assert "nobody confirmed 2 events" in words_of(find_one(planner.get("/home"), "#sheet-waiting"))
    monkeypatch.setattr("traceability.web.home.planner.MOST_WARNINGS", 1)
    assert "nobody confirmed more than 1 event" in words_of(find_one(planner.get("/home"), "#sheet-waiting"))


def test_home_tells_what_waits_and_what_changed(site_app: SiteApp, visit: Callable[..., Visitor]) -> None:
    business = site_app.business
    for month in ("10", "11"):  # the last month with metal is November
        lot = business.collect("tutu", 1000, site="plant", at=f"2025-{month}-05T08:00:00", metal_fraction="1")
        business.melt(lot, into=1000, alloy="6063", at=f"2025-{month}-10T08:00:00")
    mistaken = business.collect("tense", 500, site="plant", at="2025-10-20T08:00:00")
    late, soon = (business.collect("tense", 1000, at=f"2025-11-{day}T08:00:00") for day in ("12", "13"))
    business.ship(late, "plant", at="2025-11-20T08:00:00")
    shipment = business.last_event()
    business.ship(soon, "plant", at="2025-12-30T08:00:00")
    business.seal("2025-10", site="plant", at="2025-11-03T08:00:00")
    business.send(business.draft(
        "correct", "plant", at="2025-11-25T08:00:00", targets=[{"event": business.lot(mistaken).made_by}], reason="twice"
    ))  # fmt: skip
    correction = business.last_event()
    business.send(business.statistic("430000", "2025-11", output_g=10**9, at="2025-12-05T08:00:00"))

    hunan = visit("hunan-planner")
    hunan.client.set_cookie("language", "en")
    page = hunan.get("/home?period=2025-10..2025-11")
    waiting = words_of(find_one(page, "#sheet-waiting"))
    assert "Shipped more than 7 days ago and not received 1 load" in waiting
    assert "Corrections of sealed months 1 correction" in waiting
    assert "Late: site-months that lack a seal, power or fuel record 3 site-months" in waiting
    assert attributes_of(page, "#sheet-waiting a[href^='#']", "href") == [
        "#sheet-loads",
        "#sheet-corrections",
    ]
    assert attributes_of(page, "#sheet-loads a", "href") == [f"/events/{shipment}"]
    assert "2025-11-20 plant yard 41 1" in words_of(find_one(page, "#sheet-loads tbody"))
    assert attributes_of(page, "#sheet-corrections a", "href") == [f"/events/{correction}"]
    changes = words_of(find_one(page, "#sheet-changes"))
    assert "Corrections of sealed months 1 correction" in changes
    assert "New statistics 1 statistic" in changes
    assert "Sites that appeared yard" in changes
    assert "recycled metal supply share (supply method) 100.0 % 100.0 % 0.0" in changes
    # Who stands outside is told of no site and no load.
    nation = visit("liu")
    nation.client.set_cookie("language", "en")
    told = nation.get("/home?period=2025-10..2025-11")
    assert not find_all(told, "#sheet-loads, #sheet-corrections")
    assert "Sites that appeared" not in words_of(told)
