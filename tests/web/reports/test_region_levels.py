"""A planner walks from the nation down to a site, and reads what became part of a region."""

from pathlib import Path

from graph import open_store
from graph.store import Store
from tests.support.golden import Golden, load_golden
from tests.support.markup import attributes_of, words_of
from tests.support.regions import end_region, move_site
from tests.web.reports.test_report_pages import Q1, open_pages
from traceability.exchange.seed import load_reference, load_scenario


def test_every_level_has_a_page_that_leads_on(told: Golden, tmp_path: Path) -> None:
    pages = open_pages(told.store, tmp_path, "auditor", "en")
    for level, code, inner in (
        ("province", "430000", "prefecture/430600"), ("prefecture", "430600", "county/430681"),
        ("county", "430681", "site/miluo"), ("prefecture", "510100", "site/chengdu"),
    ):  # fmt: skip
        answer = pages.get(f"/report/{level}/{code}?{Q1}")
        assert answer.status_code == 200
        hrefs = attributes_of(answer, "a", "href")
        assert any(href.startswith(f"/report/{inner}?") for href in hrefs), (level, code)
    assert "Hunan / Yueyang / County Miluo" in words_of(pages.get(f"/report/county/430681?{Q1}"))
    for level, code in (("county", "4306"), ("county", "430699"), ("base", "nowhere"), ("county", "430000")):
        assert pages.get(f"/report/{level}/{code}?{Q1}").status_code in (400, 404), (level, code)


def test_a_merged_region_names_what_became_part_of_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    load_reference(store)
    load_scenario(store, "golden", lambda password: f"hash of {password}")
    end_region(store, "430600", "2025-03", "430100")
    move_site(store, "miluo", ("2025-01", "430681", "miluo-park"))
    for language in ("en", "zh"):
        pages = open_pages(store, tmp_path, "auditor", language)
        answer = pages.get("/report/prefecture/430100?period=2025")
        assert any(
            href.startswith("/report/prefecture/430600?") for href in attributes_of(answer, "a", "href")
        )
        old = pages.get(f"/report/prefecture/430600?{Q1}")
        hrefs = attributes_of(old, "a", "href")
        assert any(href.startswith("/report/base/miluo-park?") for href in hrefs)
        assert pages.get(f"/report/base/miluo-park?{Q1}").status_code == 200


def test_a_planner_opens_what_a_site_that_left_the_province_did_there(
    sqlite_store: Store, tmp_path: Path
) -> None:
    store = sqlite_store
    load_golden(store)
    move_site(store, "miluo", ("2025-04", "510100"))
    for language, name, other in (("en", "Miluo", "another firm"), ("zh", "汨罗", "其他企业")):
        pages = open_pages(store, tmp_path, "hunan-planner", language)
        figure = pages.get(f"/report/figure?level=province&code=430000&indicator=recycled_output&{Q1}")
        assert name in words_of(figure)
        assert other not in words_of(figure)
        events = {href for href in attributes_of(figure, "a", "href") if href.startswith("/events/")}
        assert {pages.get(href).status_code for href in events} == {200}
        products = pages.get(f"/report/province/430000/products?{Q1}")
        made = [
            href for href in attributes_of(products, "a", "href") if "/report/site/miluo/products" in href
        ]
        assert made
        assert all("region=430681" in href for href in made)
        lots = pages.get(made[0])
        assert lots.status_code == 200
        for href in attributes_of(lots, "a", "href"):
            if href.startswith("/report"):
                assert pages.get(href).status_code == 200, href
