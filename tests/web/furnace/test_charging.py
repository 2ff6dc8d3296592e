"""A heat at its furnace: opened by a card, charged by scans, finished as bundles; every state of a scan is told apart."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.business import grams
from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import SiteApp, Visitor, value_of
from traceability.services.directory.audit import Actor
from traceability.services.operations.furnaces import Furnace, put_furnace

Visit = Callable[..., Visitor]
JSON = {"Accept": "application/json"}


@pytest.fixture
def furnace(site_app: SiteApp) -> Furnace:
    made = Furnace("", "plant", "Furnace 2", grams(20_000))
    return put_furnace(site_app.store, Actor("chen", site_app.now_ms), made)


def opened(melter: Visitor, furnace: Furnace) -> str:
    """Open a heat by the furnace's card; return its address."""
    answer = melter.get(f"/f/{furnace.code}", follow_redirects=True)
    assert value_of(answer, "id")
    fields = {"id": value_of(answer, "id"), "furnace": furnace.code, "alloy": "adc12", "number": ""}
    answer = melter.post("/furnace/new", fields)
    assert answer.status_code == 302, answer.text
    melter.get(answer.location)
    return str(answer.location)


def scan(melter: Visitor, heat: str, code: str, **more: str) -> dict[str, Any]:
    answer = melter.post(f"{heat}/scan", {"scan": code, **more}, headers=JSON)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_heat_from_its_card_to_six_bundles(site_app: SiteApp, visit: Visit, furnace: Furnace) -> None:
    trade = site_app.business
    codes = [trade.lot(trade.collect("tense", 2_000, site="plant")).code for _ in range(3)]
    melter = visit("wang", "plant")
    heat = opened(melter, furnace)
    assert melter.get(f"/f/{furnace.code}", follow_redirects=True).request.path == heat
    told = [scan(melter, heat, code) for code in codes]
    assert [one["tone"] for one in told] == ["success"] * 3 or all(
        one["outcome"] == "charged" for one in told
    )
    assert words_of(find_one(told[-1]["html"], "[data-charged]")) == "3"
    page = melter.get(f"{heat}/finish")
    assert attributes_of(page, "[name=heat_number]", "value") == ["2026-0001"]
    typed = {
        "id": value_of(page, "id"), "site": "plant", "heat_number": "2026-0001", "furnace": "Furnace 2", "model": "heat",
        "made-product": "adc12", "made-count": "6", "made-each": "850",
        **{f"inputs-{number}-lot_code": code for number, code in enumerate(codes)},
    }  # fmt: skip
    answer = melter.post(f"{heat}/finish", typed)
    assert answer.status_code == 302, words_of(find_one(answer, ".errors"))
    ended = melter.get(heat)
    assert len(find_all(ended, "tbody tr")) == 6
    labels = attributes_of(ended, "a.main", "href")[0]
    assert labels.count("code=") == 6
    assert melter.get(labels).status_code == 200
