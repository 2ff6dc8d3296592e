"""Every target of the policy documents stands on one page, judged as its region's report judges it."""

import csv
import io
import json
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


def test_every_line_of_the_documents_is_there(auditor: FlaskClient) -> None:
    shipped = list(csv.DictReader(io.StringIO((ROOT / "seed/reference/targets.csv").read_text())))
    numbers = [line for line in shipped if line["value"]]
    assert len(read_sheet(auditor, "period=2025-Q1")) == len(numbers)
    assert len(read_sheet(auditor, "period=2025-Q1", 1)) == len(shipped) - len(numbers)


def test_sichuan_misses_two_and_its_gaps_are_exact(auditor: FlaskClient) -> None:
    query = "place=province:510000&period=2025-Q1"
    rows = {(row["indicator"], row["year"]): row for row in read_sheet(auditor, query)}
    share = rows["recycled metal supply share (official ratio)", "2025"]
    assert (share["value"], share["target"], share["standing"]) == ("20.16", "24", "missed")
    assert (share["gap"], share["gap_unit"], share["interim"]) == ("1.92", "t", "yes")
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
    rows = read_sheet(planner, "period=2025-Q1")
    assert {row["region"] for row in rows} == {"Sichuan", "China"}
    assert planner.get("/targets?place=province:430000").status_code == 403
