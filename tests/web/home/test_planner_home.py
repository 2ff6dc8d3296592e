"""The home of planners says its finding in both languages, and refuses what it cannot read."""

from pathlib import Path

import pytest

from app import create_app
from tests.support.golden import NOW_MS, Golden
from tests.support.markup import find_all, find_one, words_of
from tests.support.pages import enter_as
from traceability.config import Settings


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_home_of_a_region_says_its_finding(told: Golden, tmp_path: Path, language: str) -> None:
    app = create_app(Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, told.store, "auditor", NOW_MS)
    client.set_cookie("language", language)
    page = client.get("/home?place=province:430000&period=2025-Q1")
    assert page.status_code == 200
    assert ("湖南" if language == "zh" else "Hunan") in words_of(find_one(page, "h1"))
    assert len(find_all(page, ".figures .figure")) == 4
    assert find_all(page, "#chart-map svg")
    empty = client.get("/home?place=province:430000&period=1999")
    assert ("无数据" if language == "zh" else "no data") in words_of(find_one(empty, "h1"))
    assert client.get("/home?place=nonsense").status_code == 400
