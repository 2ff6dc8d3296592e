"""Every target of the policy documents stands on one page, judged as its region's report judges it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('targets')}/golden.db")
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
def auditor(book: Store, tmp_path: Path) -> FlaskClient:
    return enter(book, tmp_path, "auditor")


def read_sheet(client: FlaskClient, query: str, number: int = 0) -> list[dict[str, Any]]:
    body = json.loads(client.get(f"/targets.json?{query}").data)
    rows: list[dict[str, Any]] = body["sheets"][number]["rows"]
    return rows


NUMBERS = """
CN supply_share_official - 2025 >= 0.24 P0+P5
CN direct_alloying Al 2025 >= 0.90 P5
CN recycled_output - 2025 >= 20000000 P0
CN recycled_output Cu 2025 >= 4000000 P0
CN recycled_output Al 2025 >= 11500000 P0
CN recycled_output Pb 2025 >= 2900000 P0
CN renewable_power Al 2025 >= 0.25 P5
CN renewable_power Al 2030 >= 0.30 P0
CN benchmark_capacity Al 2025 >= 0.30 P5
CN benchmark_capacity Cu+Pb+Zn 2025 >= 0.50 P5
520000 direct_alloying Al 2025 >= 0.90 P1
520000 benchmark_capacity Al 2025 >= 0.50 P1
510000 supply_share_official - 2025 >= 0.24 P2
510000 direct_alloying Al 2025 >= 0.90 P2
510000 renewable_power Al 2025 >= 0.25 P2
510000 renewable_power Al 2030 >= 0.30 P2
510000 benchmark_capacity Al 2025 >= 0.30 P2
510000 benchmark_capacity Cu+Zn 2025 >= 0.50 P2
510000 below_baseline_capacity Al+Cu+Zn 2025 ~ 0 P2
430000 supply_share_official - 2025 >= 0.24 P3
430000 benchmark_capacity Cu+Pb+Zn 2025 >= 0.50 P3
430000 energy_per_value_added - 2025 <= -0.14 P3
430000 green_factories - 2025 >= 10 P3
"""
"""Every number of the policy documents, as they state it: region, indicator, metals, year, sign, value, document."""

ENERGY = ("unit_energy_electrolysis", "unit_energy_other", "intensity_electrolysis", "intensity_other")
DIRECTIONS = {
    *((region, indicator) for region in ("CN", "520000", "510000", "430000", "360000") for indicator in ENERGY),
    ("520000", "benchmark_capacity"), ("520000", "local_conversion"), ("520000", "grade_preserving"),
    ("520000", "recycled_use_share"), ("510000", "grade_preserving"), ("510000", "element_recovery"),
    ("510000", "short_route_share"), ("510000", "solid_waste_per_tonne"), ("430000", "co2_per_value_added"),
    ("360000", "supply_share_official"), ("360000", "grade_preserving"), ("360000", "element_recovery"),
    ("360000", "clean_energy_share"), ("360000", "quota_use"),
}  # fmt: skip


def test_every_number_and_direction_of_the_documents_is_shipped() -> None:
    shipped = list(csv.DictReader(io.StringIO((ROOT / "seed/reference/targets.csv").read_text())))
    columns = ("region", "indicator", "metal", "year", "operator", "value", "document")
    numbers = {tuple(line[name] or "-" for name in columns) for line in shipped if line["value"]}
    assert numbers == {tuple(line.split()) for line in NUMBERS.strip().splitlines()}
    assert {(line["region"], line["indicator"]) for line in shipped if not line["value"]} == DIRECTIONS
    assert all(line["note_zh"] and line["note_en"] for line in shipped if not line["value"])


def test_every_line_of_the_documents_is_there(auditor: FlaskClient) -> None:
    shipped = list(csv.DictReader(io.StringIO((ROOT / "seed/reference/targets.csv").read_text())))
    numbers = [line for line in shipped if line["value"]]
    listed = read_sheet(auditor, "period=2025-Q1")
    assert len([row for row in listed if row["standing"] != "no target"]) == len(numbers)
    assert all(row["document"] and row["number"] for row in listed)
    assert len(read_sheet(auditor, "period=2025-Q1", 1)) == len(shipped) - len(numbers)


def test_the_nations_number_is_told_for_reference_where_a_region_has_none(auditor: FlaskClient) -> None:
    listed = read_sheet(auditor, "period=2025-Q1")
    without = {
        (row["region"], row["indicator"].partition(" (")[0]): row
        for row in listed
        if row["standing"] == "no target"
    }
    for key, target, value in (
        (("Guizhou", "recycled metal supply share"), "24", "18.43"),
        (("Jiangxi", "direct-alloying rate"), "90", None),
        (("Hunan", "direct-alloying rate"), "90", None),
    ):
        row = without[key]
        assert (row["target"], row["value"], row["gap"]) == (target, value, "")
        assert "reference" in row["whose"]
    assert ("Sichuan", "recycled metal supply share") not in without


def test_the_page_says_in_words_what_files_hold_in_columns(book: Store, tmp_path: Path) -> None:
    client = enter(book, tmp_path, "sichuan-planner", "zh")
    page = client.get("/targets?place=nation:CN&period=2025-Q1")
    rows = [
        [words_of(cell) for cell in row.css("th, td")] for row in find_all(page, "#sheet-targets tbody tr")
    ]
    assert rows[0][0] == "四川省", "the own region goes first"
    share = next(row for row in rows if row[1].startswith("再生金属供应占比"))
    assert share[2:4] == ["≥ 24 %（2025）", "20.2 %"]
    assert share[4].startswith("未达标")
    assert share[5] == "1.920 t"
    assert find_all(page, "#sheet-targets .verdict.missed")
    assert "条款未录" in page.text
    assert "Direction only" not in page.text


def test_sichuan_misses_two_and_its_gaps_are_exact(auditor: FlaskClient) -> None:
    query = "place=province:510000&period=2025-Q1"
    rows = {(row["indicator"], row["year"]): row for row in read_sheet(auditor, query)}
    share = rows["recycled metal supply share (official ratio)", "2025"]
    assert (share["value"], share["target"], share["standing"]) == ("20.16", "24", "missed")
    assert (share["gap"], share["gap_unit"], share["interim"]) == ("1.92", "t", "interim")
    direct = rows["direct-alloying rate", "2025"]
    assert (direct["value"], direct["gap"], direct["standing"]) == ("80", "5", "missed")
    power = {row["year"]: row for row in read_sheet(auditor, query) if "enewable" in row["indicator"]}
    assert (power["2025"]["value"], power["2025"]["standing"]) == ("80", "met")
    assert power["2030"]["standing"] == "not due yet"


@pytest.mark.parametrize(
    ("language", "finding"),
    [
        ("en", "2 missed"),
        ("zh", "2 项未达标"),
    ],
)
def test_the_title_counts(book: Store, tmp_path: Path, language: str, finding: str) -> None:
    client = enter(book, tmp_path, "auditor", language)
    page = client.get("/targets?place=province:510000&period=2025-Q1")
    assert finding in words_of(find_all(page, "h1")[0])
    links = [node.attributes["href"] or "" for node in find_all(page, "#sheet-targets td a")]
    assert links
    assert {client.get(link).status_code for link in links} == {200}


def test_a_direction_is_never_judged(auditor: FlaskClient) -> None:
    rows = read_sheet(auditor, "period=2025-Q1", 1)
    assert {row["turn"] for row in rows} <= {"one year only", "no data"}
    assert not {"met", "missed"} & {cell for row in rows for cell in row.values()}
    jiangxi = [row for row in rows if row["region"] == "Jiangxi" and "official" in row["indicator"]]
    assert [row["turn"] for row in jiangxi] == ["one year only"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("place=province:990000", 404), ("place=planet:1", 400), ("period=soon", 400)],
)
def test_a_bad_address_is_refused_in_words(auditor: FlaskClient, query: str, status: int) -> None:
    assert auditor.get(f"/targets?{query}").status_code == status


def test_a_provincial_planner_sees_the_province_and_the_nation(book: Store, tmp_path: Path) -> None:
    planner = enter(book, tmp_path, "sichuan-planner")
    rows = read_sheet(planner, "place=nation:CN&period=2025-Q1")
    assert {row["region"] for row in rows} == {"Sichuan", "China"}
    own = read_sheet(planner, "period=2025-Q1")
    assert own == read_sheet(planner, "place=province:510000&period=2025-Q1"), (
        "the page opens on the own region"
    )
    assert {row["region"] for row in own} == {"Sichuan"}
    assert planner.get("/targets?place=province:430000").status_code == 403


def test_the_list_of_figures_names_pages_that_are_there(auditor: FlaskClient) -> None:
    listed = set(
        re.findall(r"`(/[a-z/-]+(?:\?[^`]*)?)`", (ROOT / "docs/figures.md").read_text(encoding="utf-8"))
    )
    assert len(listed) > 10
    assert {
        address: auditor.get(address).status_code for address in listed if "<" not in address
    } == dict.fromkeys(listed, 200)
