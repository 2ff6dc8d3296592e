"""A planner reads where a gap lies and what would close it; every figure is that of the golden scenario."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import fields_of, find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.domain.indicators import WHY_SHARES
from traceability.domain.quantity import format_t

SICHUAN = "place=province:510000&period=2025-Q1"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('why')}/golden.db")
    store.migrate()
    load_golden(store)
    yield store
    store.close()


def enter(book: Store, folder: Path, person: str, language: str = "en") -> FlaskClient:
    app = create_app(Settings("", folder, folder, "k" * 40), book, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, book, person, NOW_MS)
    client.set_cookie("language", language)
    return client


@pytest.fixture
def planner(book: Store, tmp_path: Path) -> FlaskClient:
    return enter(book, tmp_path, "sichuan-planner")


def sheets_of(client: FlaskClient, page: str, query: str) -> dict[str, list[dict[str, Any]]]:
    answer = client.get(f"/{page}.json?{query}")
    assert answer.status_code == 200
    return {sheet["id"]: sheet["rows"] for sheet in json.loads(answer.data)["sheets"]}


def test_the_gap_lies_at_the_electrolysis(planner: FlaskClient) -> None:
    sheets = sheets_of(planner, "why", SICHUAN)
    assert [(row["site"][:9], row["gap"]) for row in sheets["sites"]] == [
        ("Guangyuan", "15.789474"),
        ("Chengdu r", "-10.08"),
    ]
    assert [row["gap"] for row in sheets["metals"]] == ["5.709474"]


def test_liquid_that_was_not_alloyed_directly_was_cast_to_ingot(planner: FlaskClient) -> None:
    sheets = sheets_of(planner, "why", f"{SICHUAN}&indicator=direct_alloying")
    (row,) = sheets["liquid"]
    amounts = [row[name] for name in ("tapped", "direct", "ingot", "other", "open")]
    assert amounts == ["50", "40", "10", "0", "0"]
    assert [row["gap"] for row in sheets["sites"]] == ["5"]


def test_power_is_told_by_site(planner: FlaskClient) -> None:
    (row,) = sheets_of(planner, "why", f"{SICHUAN}&indicator=renewable_power")["declared"]
    assert (row["numerator"], row["denominator"], row["value"]) == ("540000", "675000", "80")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "1.920 t missing; by the supply method 100.0 % of the gap lies in aluminium"),
        ("zh", "差 1.920 t；按供应口径，缺口的 100.0 % 在铝"),
    ],
)
def test_the_title_says_the_finding_and_links_open(
    book: Store, tmp_path: Path, language: str, words: str
) -> None:
    client = enter(book, tmp_path, "sichuan-planner", language)
    page = client.get(f"/why?{SICHUAN}")
    assert words in words_of(find_all(page, "h1")[0])
    # By which method sites are judged stands above their table.
    text, gaps = words_of(find_all(page, "main")[0]), ("5.709", "1.920")
    first_table = words_of(find_all(page, ".sheet")[0])
    assert all(f"{gap} t" in text[: text.index(first_table)] for gap in gaps)
    assert all(gap in first_table for gap in gaps)  # rounded alike
    links = {node.attributes["href"] or "" for node in find_all(page, ".sheet td a, .sheet th[scope=row] a")}
    links |= {node.attributes["href"] or "" for node in find_all(page, "nav.ways a")}
    assert len(links) > len(WHY_SHARES)
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_what_closes_each_gap(planner: FlaskClient) -> None:
    official, supply, direct = sheets_of(planner, "what-if", SICHUAN)["closing"]
    assert (official["recycled"], official["less_primary"]) == ("1.92", "8")
    assert supply["recycled"] == "5.709474"
    assert direct["direct"] == "5"


@pytest.mark.parametrize(
    ("grams_less", "standings"), [(0, ["met", "met"]), (1, ["missed", "missed"])], ids=["just", "a gram less"]
)
def test_the_closing_amounts_reach_the_target_and_a_gram_less_does_not(
    planner: FlaskClient, grams_less: int, standings: list[str]
) -> None:
    recycled, direct = (format_t(grams - grams_less) for grams in (1_920_000, 5_000_000))
    rows = sheets_of(planner, "what-if", f"{SICHUAN}&recycled_Al={recycled}&direct={direct}")["shares"]
    assert [row["standing"].partition(" ")[0] for row in rows if row["standing"]] == standings


def test_the_form_keeps_what_was_typed_in_the_address(planner: FlaskClient) -> None:
    page = planner.get(f"/what-if?{SICHUAN}&recycled_Al=1.5&direct=2&refined=yes")
    fields = fields_of(page, "form[action='/what-if']:not(.filters)")
    assert (fields["recycled_Al"], fields["direct"], fields["refined"]) == ("1.5", "2", "yes")
    assert fields["place"] == "province:510000"


def test_the_title_says_what_is_needed_and_then_what_comes_of_it(planner: FlaskClient) -> None:
    needed = words_of(find_all(planner.get(f"/what-if?{SICHUAN}"), "h1")[0])
    assert "needs 1.920 t more recycled metal, or 8.000 t less primary" in needed
    assert "needs 5.000 t more alloyed directly" in needed
    changed = planner.get(f"/what-if?{SICHUAN}&recycled_Al=1&direct=5")
    title = words_of(find_all(changed, "h1")[0])
    assert "0.920 t still missing" in title
    assert "80.0 % → 90.0 %, just reaches 90" in title


def test_each_amount_that_closes_a_gap_is_a_link_that_sets_it(planner: FlaskClient) -> None:
    page = planner.get(f"/what-if?{SICHUAN}&recycled_Al=1")
    rows = find_all(page, "#sheet-closing tbody tr")
    opened = 0
    for number, row in enumerate(rows):
        for link in row.css("td a"):
            after = planner.get(link.attributes["href"] or "")
            verdicts = [words_of(one) for one in find_all(after, "#outcomes dd .verdict")]
            assert verdicts[number].startswith(("just reaches", "reaches")), words_of(link)
            opened += 1
    assert opened == 9


def test_levers_of_several_sites_add_up_and_each_can_be_taken_back(planner: FlaskClient) -> None:
    sites = f"{SICHUAN}&recycled_Al@chengdu=0.5&primary_Al@guangyuan=2&direct@guangyuan=1"
    page = planner.get(f"/what-if?{sites}&site=chengdu")
    fields = fields_of(page, "#levers")
    assert (fields["recycled_Al@chengdu"], fields["primary_Al@guangyuan"]) == ("0.5", "2")
    (other,) = find_all(page, ".worked-out li")
    assert "Guangyuan" in words_of(other)
    title = words_of(find_all(page, "h1")[0])
    assert title == words_of(
        find_all(planner.get(f"/what-if?{SICHUAN}&recycled_Al=0.5&primary_Al=2&direct=1"), "h1")[0]
    )
    without = planner.get(other.css("a")[0].attributes["href"] or "")
    assert not find_all(without, ".worked-out li")
    assert fields_of(without, "#levers")["recycled_Al@chengdu"] == "0.5"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/why?{SICHUAN}&indicator=happiness", 404),
        (f"/why?{SICHUAN}&indicator=collected", 404),
        ("/why?place=site:nowhere", 404),
        (f"/what-if?{SICHUAN}&recycled_Al=lots", 400),
        (f"/what-if?{SICHUAN}&recycled_Al=-1", 400),
        (f"/what-if?{SICHUAN}&recycled_Al={'9' * 40}", 400),
        (f"/what-if?{SICHUAN}&recycled_Xx=1", 400),
        (f"/what-if?{SICHUAN}&primary_Al=50.000001", 400),
        (f"/what-if?{SICHUAN}&direct=10.000001", 400),
        (f"/what-if?{SICHUAN}&direct@chengdu=1", 400),
        (f"/what-if?{SICHUAN}&direct@nowhere=1", 404),
        (f"/what-if?{SICHUAN}&site=nowhere", 404),
        (f"/what-if?{SICHUAN}&primary_Al=30&primary_Al@guangyuan=30", 400),
    ],
)
def test_what_cannot_be_is_refused(planner: FlaskClient, address: str, status: int) -> None:
    assert planner.get(address).status_code == status


def test_other_regions_and_others_sites_stay_closed(
    planner: FlaskClient,
) -> None:
    for page in ("why", "what-if"):
        assert planner.get(f"/{page}?place=province:430000&period=2025-Q1").status_code == 403


def test_the_map_lists_every_province_in_view_and_the_places_within_the_chosen_one(
    book: Store, tmp_path: Path, planner: FlaskClient
) -> None:
    own = sheets_of(planner, "map", "period=2025-Q1")
    assert [row["code"] for row in own["provinces"]] == ["510000"]
    assert [row["code"] for row in own["within"]] == ["510100", "510800"]
    assert words_of(find_all(planner.get("/map?period=2025-Q1"), "h1")[0]).startswith(
        "Sichuan, Q1 2025: 2 of the places within"
    )
    nation = sheets_of(enter(book, tmp_path, "auditor"), "map", "period=2025-Q1")
    assert len(nation["provinces"]) == len({row["code"] for row in nation["provinces"]}) == 34
    shares = {
        row["code"]: (row["share"], row["coverage"], row["direct_alloying"]) for row in nation["provinces"]
    }
    assert shares["510000"] == ("20.16", "100", "80")
    assert shares["110000"] == (None, None, None), "no data is not left out"


@pytest.mark.parametrize("page", ["why", "home"])
def test_who_sees_no_site_reads_at_which_regions_the_gap_lies(book: Store, tmp_path: Path, page: str) -> None:
    nation = enter(book, tmp_path, "planner")
    sheets = sheets_of(nation, page, "period=2025-Q1")
    regions = sheets["regions" if page == "why" else "gap"]
    gaps = [Decimal(row["gap"]) for row in regions]
    assert gaps == sorted(gaps, reverse=True)
    assert {"Sichuan", "Guizhou", "Hunan", "Jiangxi"} <= {row["region"] for row in regions}
    assert not {"sites", "site"} & {*sheets, *regions[0]}
    table = "regions" if page == "why" else "gap"
    links = [
        node.attributes["href"] or ""
        for node in find_all(nation.get(f"/{page}?period=2025-Q1"), f"#sheet-{table} a")
    ]
    assert {link: nation.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert any(link.startswith("/why?level=province&code=510000") for link in links)


def test_regions_add_up_to_the_place_and_stand_beside_its_sites(book: Store, tmp_path: Path) -> None:
    for person, place in (("auditor", "nation:CN"), ("sichuan-planner", "province:510000")):
        sheets = sheets_of(enter(book, tmp_path, person), "why", f"place={place}&period=2025-Q1")
        for column in ("numerator", "denominator"):
            of_regions, of_sites = (
                sum(Decimal(row[column]) for row in sheets[id_]) for id_ in ("regions", "sites")
            )
            assert of_regions == of_sites > 0


def test_a_firm_reads_at_home_that_a_comparison_is_not_told(book: Store, tmp_path: Path) -> None:
    page = enter(book, tmp_path, "chengdu-operator").get(f"/home?{SICHUAN}")
    assert words_of(find_all(page, "h1")[0]).endswith("20.2 %; how it stands to a target is not told.")
    assert "Where the gap lies is not told" in words_of(find_all(page, ".part-why")[0])
    planned = enter(book, tmp_path, "auditor").get("/home?place=province:520000&period=2025-Q1")
    assert "There is no number to be held against" in words_of(find_all(planned, ".part-why")[0])


def test_a_firm_reads_which_months_are_withheld_from_it(book: Store, tmp_path: Path) -> None:
    page = enter(book, tmp_path, "chengdu-operator").get("/why?place=nation:CN&period=2025")
    (months,) = find_all(page, "#sheet-months tbody")
    told = [[cell.text().strip() for cell in row.css("td")] for row in months.css("tr")]
    assert [row[:4] for row in told[:3]] == [["fewer than three firms"] * 4] * 3, (
        "not told, so not without data"
    )
    assert told[3][:4] == ["no data"] * 4, "nothing happened in April"
