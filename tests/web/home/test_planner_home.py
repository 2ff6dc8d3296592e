"""The home of a region says its finding in both languages, with figures, what waits and what changed, and refuses what it
cannot read."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from graph import open_store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_one, words_of
from tests.support.pages import enter_as
from traceability.config import Settings

QUARTER = "period=2025-Q1"
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An auditor of everything, in the golden scenario."""
    folder = tmp_path_factory.mktemp("home")
    store = open_store(f"sqlite:///{folder}/golden.db")
    store.migrate()
    load_golden(store)
    client = create_app(Settings("", folder, folder, "k" * 40), store, lambda: NOW_MS).test_client()
    enter_as(client, store, "auditor", NOW_MS)
    yield client
    store.close()


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
            "Guizhou, Q1 2025: the recycled metal supply share is 18.4 %; the region has no target of its own, the nation’s "
            "24 % is for reference."
        ),
    ),
}


@pytest.mark.parametrize("query", FINDINGS)
def test_the_headline_says_how_the_share_stands(client: FlaskClient, query: str) -> None:
    assert tuple(finding(client, query, language) for language in LANGUAGES) == FINDINGS[query]
