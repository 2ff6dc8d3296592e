"""A metal that an installation adds has its name on every page, in every language, without a catalogue naming it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.business import grams
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.metals import add_gallium
from tests.support.pages import SiteApp, Visitor

JANUARY = "period=2025-01"


@pytest.fixture
def gallium(site_app: SiteApp, tmp_path: Path) -> str:
    """Collect and melt gallium; return the lot of the product."""
    add_gallium(site_app.store, tmp_path)
    here = site_app.business
    scrap = here.collect("ga-scrap", 100, site="plant")
    output = {"form": "product", "material": "gallium", "mass_g": grams(95)}
    return here.transform("melt", [scrap], [output], "plant", heat_number="H-GA")[0]


@pytest.mark.parametrize(("language", "name"), [("zh", "镓"), ("en", "gallium")])
def test_an_added_metal_is_named_by_its_list(
    site_app: SiteApp, gallium: str, visit: Callable[..., Visitor], language: str, name: str
) -> None:
    code = site_app.business.lot(gallium).code
    planner, chen = visit("liu"), visit("chen")
    for client in (planner, chen):
        client.client.set_cookie("language", language)
    assert [option.text() for option in find_all(chen.get("/lots?site=plant"), "option[value=Ga]")] == [name]
    assert name in words_of(chen.get(f"/l/{code}", follow_redirects=True))
    report = planner.get(f"/report?{JANUARY}")
    assert name not in words_of(find_all(report, "fieldset.metals")[0]), "it is none of the ten"
    chosen = planner.get(f"/report?{JANUARY}&metal=Ga")
    assert attributes_of(chosen, "input[name=metal][checked]", "value") == ["Ga"]
    assert name in words_of(find_all(chosen, "fieldset.metals")[0])
    region = planner.get(f"/report/province/430000?{JANUARY}")
    assert any(words_of(row).startswith(name) for row in find_all(region, "tr"))
    opened = planner.get(
        f"/report/figure?level=province&code=430000&indicator=recycled_output&line=Ga&{JANUARY}"
    )
    assert opened.status_code == 200
    assert name in words_of(opened)
    statistic = planner.get("/declare?type=statistic&site=national-authority")
    assert name in words_of(statistic)
    file = planner.get(f"/report.csv?{JANUARY}&metal=Ga")
    assert file.status_code == 200


def test_an_unknown_metal_in_the_address_is_told_with_those_that_are_known(
    visit: Callable[..., Visitor],
) -> None:
    answer = visit("liu").get(f"/report?{JANUARY}&metal=Xx")
    assert answer.status_code == 400
    assert "Al, Cu, Pb" in words_of(find_all(answer, "[role=alert]")[0])
