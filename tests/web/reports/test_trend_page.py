"""The page of trends: any indicator, other places beside it, and clear refusals."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests.support.golden import NOW_MS, Golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings

HUNAN = "/trend?place=province:430000&period=2025-01..2025-06&method=supply"


@pytest.fixture
def client(told: Golden, tmp_path: Path) -> FlaskClient:
    app = create_app(Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, told.store, "auditor", NOW_MS)
    return client


@pytest.mark.parametrize("language", ["zh", "en"])
def test_places_stand_beside_one_another(client: FlaskClient, language: str) -> None:
    client.set_cookie("language", language)
    page = client.get(f"{HUNAN}&with=province:510000&against=year")
    assert page.status_code == 200
    headings = [words_of(one) for one in find_all(page, "#sheet-months thead th")]
    assert any(("四川" if language == "zh" else "Sichuan") in one for one in headings)
    assert len(find_all(page, "#chart-trend svg path")) > 2
    assert find_all(page, "input[name=with][checked]")
    table = client.get(f"{HUNAN}&show=table")
    assert not find_all(table, "#chart-trend svg")
    assert [words_of(one) for one in find_all(table, ".chart-switch a[aria-current]")] == [
        "表格" if language == "zh" else "Table"
    ]
    assert find_all(client.get("/trend?indicator=evidence&period=2025-01"), "h1")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("indicator=nonsense", 400),
        ("with=nonsense", 400),
        ("with=province:x", 400),
        ("with=site:nowhere", 404),
        ("with=province:430000&with=province:510000&with=province:520000&with=province:360000", 400),
        ("indicator=evidence&period=1900..1999", 400),
    ],
)
def test_what_nobody_can_follow_is_refused(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/trend?{query}").status_code == status


def test_a_year_without_monthly_statistics_is_said(client: FlaskClient) -> None:
    client.set_cookie("language", "en")
    page = client.get("/trend?place=province:430000&period=2025-01..2025-02")
    assert "No monthly statistics" in words_of(page)
