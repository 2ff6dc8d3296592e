"""The report pages show the golden figures, open what is behind each, and refuse wrong addresses
with a reason.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from graph.store import Store
from tests.support.golden import NOW_MS, Golden, load_golden
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import SiteApp, Visitor, enter_as
from traceability.config import Settings
from traceability.domain.indicators import INDICATORS
from traceability.exchange.seed import golden_drafts, load_reference, load_scenario

Q1 = "period=2025-Q1"
HUNAN, SICHUAN, GUIZHOU, JIANGXI = "430000", "510000", "520000", "360000"
Enter = Callable[..., FlaskClient]


def open_pages(store: Store, folder: Path, person: str, language: str) -> FlaskClient:
    """A browser of somebody who signed in before."""
    app = create_app(Settings("", folder, folder, "k" * 40), store, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, store, person, NOW_MS)
    client.set_cookie("language", language)
    return client


@pytest.fixture
def enter(told: Golden, tmp_path: Path) -> Enter:
    """The pages on the scenario: ``enter("auditor", "en")``."""
    return lambda person="auditor", language="zh": open_pages(told.store, tmp_path, person, language)


def row_of(answer: TestResponse, name: str) -> str:
    """Return a row of a table by the name it begins with."""
    rows = [words_of(row) for row in find_all(answer, "tr")]
    return next(row for row in rows if row.startswith(name))


def links(answer: TestResponse, start: str) -> list[str]:
    return [href for href in attributes_of(answer, "[href]", "href") if href.startswith(start)]


def unlike(told: Golden, hrefs: Iterable[str]) -> list[str]:
    """Return all links once; on a server, where a page takes long, one of each indicator, else of each set of parameters."""
    if told.store.url.startswith("sqlite"):
        return sorted(set(hrefs))
    kinds: dict[tuple[str, ...], str] = {}
    for href in sorted(hrefs):
        parts = urlsplit(href)
        asked = parse_qs(parts.query)
        kinds.setdefault((parts.path, *asked.get("indicator", sorted(asked))), href)
    return list(kinds.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_thousands_are_written_alike_wherever_a_report_leads(enter: Enter, language: str) -> None:
    """Values, exact ratios, targets, gaps and declarations: a no-break space; files have plain numbers."""
    client = enter(language=language)
    addresses = [f"/report?{Q1}", f"/report/nation/CN?{Q1}", f"/report/province/{HUNAN}?{Q1}"]
    addresses += links(client.get(addresses[1]), "/report/figure?")[:40]
    grouped = set()
    for address in addresses:
        page = client.get(address)
        for part in find_all(page, "main"):
            shown = part.text(separator="|")
            assert not re.findall(r"\d,\d{3}(?!\d)|\d[ \u2009\u202f]\d{3}(?!\d)", shown), address
            grouped |= set(re.findall(r"\d\u00a0\d{3}", shown))
    assert len(grouped) > 10
    for file in ("/report/figures.csv", "/report/nation/CN/figures.csv"):
        assert "\u00a0" not in client.get(f"{file}?{Q1}").text


# --- the regional report ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_nation_with_its_exact_ratio(enter: Enter, language: str) -> None:
    page = enter(language=language).get(f"/report?{Q1}")
    assert page.status_code == 200
    said = words_of(page)
    assert "109 690 ÷ 426 730 = .257048" in said
    assert "135 000 ÷ 150 000 = .900000" in said
    assert "130 000 ÷ 150 000 = .866667" in said
    assert "810 000 ÷ 2 025 000 = .400000" in said
    assert ("截至登记号" if language == "zh" else "As of record") in said
    assert not re.findall(r"\b(report|method|indicator|verdict|method_name)\.[a-z_]+", said)


def test_tables_of_provinces_judged_by_the_method_of_their_targets(enter: Enter) -> None:
    page = enter().get(f"/report?{Q1}")
    supply, alloying = (find_all(page, f"#sheet-{name} tr") for name in ("provinces", "alloying"))
    told = {words_of(row).partition(" ")[0]: words_of(row) for row in supply}
    assert "贵州省 18.4 100.0 100.0 无地区目标；全国 24.0 % 仅供参考" in told["贵州省"]
    assert "15.6 18.430 100.000 100.000" in told["贵州省"]
    assert "四川省 20.2 100.0 100.0 2025 年目标 ≥ 24.0 % 未达标（期中） 1.920 16.8" in told["四川省"]
    assert "湖南省 32.6 100.0 100.0 2025 年目标 ≥ 24.0 % 达标（期中） −8.820 26.6" in told["湖南省"]
    assert "地区目标只有方向，没有数值；全国 24.0 % 仅供参考" in told["江西省"]
    assert "25.7" in told["全国"]
    told = {words_of(row).partition(" ")[0]: words_of(row) for row in alloying}
    assert "四川省 80.0 100.0 2025 年目标 ≥ 90.0 % 未达标（期中） 5.000" in told["四川省"]
    assert "95.0" in told["贵州省"]
    assert "本账合计" not in [row.text() for row in find_all(page, "th")]


def test_the_filters_stand_in_the_address(enter: Enter) -> None:
    client = enter()
    supply = client.get(f"/report?{Q1}&method=supply&direct_use=without&metal=Cu&view=event")
    for mark in (
        'value="supply" selected',
        'value="event" selected',
        'value="Cu" checked',
        'value="without" checked',
    ):
        assert mark in supply.text
    assert "23 760 ÷ 99 000 = .240000" in words_of(supply)
    place = links(supply, f"/report/province/{JIANGXI}")[0]
    assert parse_qs(urlsplit(place).query) == {
        "period": ["2025-Q1"], "metal": ["Cu"], "view": ["event"], "method": ["supply"], "direct_use": ["without"],
    }  # fmt: skip
    assert "2025-01" in client.get("/report?period=2025-01..2025-02").text


def test_other_periods(enter: Enter) -> None:
    client = enter()
    year = words_of(client.get("/report"))
    assert "109 690 ÷ 426 730 = .257048" in year
    assert "2025年：再生金属供应占比" in year
    assert "没有数据" in words_of(client.get("/report?period=2024"))


def test_regions_are_added_up_and_their_row_opens(enter: Enter, told: Golden) -> None:
    client = enter(language="en")
    page = client.get(f"/report?{Q1}&region={HUNAN}&region={JIANGXI}")
    row = row_of(page, "Jiangxi, Hunan")
    assert "81.180" in row, "33.300 t of Hunan and 47.880 t of Jiangxi"
    assert f'name="member" value="{GUIZHOU}">' in page.text
    (place,) = set(links(page, f"/report/group/{JIANGXI},{HUNAN}?"))
    opened = client.get(place)
    assert opened.status_code == 200
    assert "Jiangxi, Hunan" in words_of(opened)
    for href in unlike(told, (*links(opened, "/report/figure?"), *links(opened, "/report/group/"))):
        assert client.get(href).status_code == 200, href
    group = f"level=group&code={JIANGXI},{HUNAN}&{Q1}"
    file = client.get(f"/report/figure.csv?indicator=recycled_output&{group}").data.decode("utf-8-sig")
    assert sum(int(row["grams"]) for row in csv.DictReader(io.StringIO(file))) == 81_180_000
    assert row_of(client.get(f"/report/group/{JIANGXI},{HUNAN}?{Q1}"), "Hunan")


@pytest.mark.parametrize(
    ("region", "status", "said"), [("990000", 404, "990000"), ("quatsch", 400, "quatsch"), ("CN", 400, "CN")]
)
def test_a_group_of_no_region_gets_a_clear_answer(enter: Enter, region: str, status: int, said: str) -> None:
    page = enter(language="en").get(f"/report?{Q1}&region={HUNAN}&region={region}")
    assert page.status_code == status
    assert 'role="alert"' in page.text
    assert said in words_of(page)


def test_a_run_of_months_is_chosen_in_the_form(enter: Enter) -> None:
    client = enter(language="en")
    page = client.get("/report?period=2025&from=2025-01&to=2025-02")
    assert "2025-01..2025-02" in page.text
    assert "2025-01" in attributes_of(page, "select[name=from] option", "value")
    assert "2025-02" in words_of(client.get("/report?from=2025-02"))
    assert client.get("/report?from=2025-03&to=2025-01").status_code == 400


def test_only_periods_with_data_are_offered(enter: Enter) -> None:
    page = enter().get("/report")
    offered = attributes_of(page, "select[name=period] option", "value")
    assert offered == ["2025", "2025-Q1", "2025-03", "2025-02", "2025-01"]


def test_tonnes_without_data_or_a_whole_year_are_not_judged(enter: Enter) -> None:
    client = enter(language="en")
    empty = words_of(client.get("/report?period=2031"))
    assert "missed" not in empty
    assert "0.000" not in empty
    quarter = row_of(client.get(f"/report/nation/CN?{Q1}"), "recycled metal output")
    assert "20 000 000 2025 a target of one whole year: not judged (interim)" in quarter


def test_the_table_of_the_report_downloads(enter: Enter) -> None:
    client = enter(language="en")
    (href,) = links(client.get(f"/report?{Q1}&region={HUNAN}&region={JIANGXI}"), "/report/figures.csv?")
    answer = client.get(href)
    assert answer.headers["Content-Disposition"] == "attachment; filename=figures_2025-Q1.csv"
    rows = {
        (row["code"], row["indicator"]): row
        for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    }
    share = rows["CN", "supply_share"]
    assert (share["value"], share["numerator"], share["denominator"], share["unit"], share["base_unit"]) == (
        "0.257048", "109690000", "426730000", "1", "g",
    )  # fmt: skip
    official = rows[HUNAN, "supply_share_official"]
    assert (official["target"], official["verdict"], official["firms"]) == ("0.24", "met", "4")
    assert (official["coverage"], official["coverage_of"]) == ("1", "output_coverage")
    assert rows["CN", "supply_share"]["name_zh"] == "全国"
    assert rows[f"{JIANGXI},{HUNAN}", "recycled_output"]["value"] == "81180000"
    assert rows["CN", "recycled_output"]["target"] == "20000000000000"


@pytest.mark.parametrize(
    "query",
    ["period=quatsch", "period=2025-13", "metal=Xx", "method=best", "view=upside", "period=2025-02..2025-01"],
)
def test_an_address_that_says_nothing_gets_a_clear_answer(enter: Enter, query: str) -> None:
    for language in ("zh", "en"):
        page = enter(language=language).get(f"/report?{query}")
        assert page.status_code == 400
        assert query.partition("=")[2].partition("..")[0] in words_of(find_all(page, "[role=alert]")[0])
        assert attributes_of(page, "main a", "href") == ["/report", "/"]


def test_an_empty_book_says_what_to_do_first(sqlite_store: Store, tmp_path: Path) -> None:
    load_reference(sqlite_store)
    load_scenario(sqlite_store, "golden", lambda password: "")
    client = open_pages(sqlite_store, tmp_path, "auditor", "zh")
    page = client.get("/report")
    assert page.status_code == 200
    assert "还没有登记" in page.text
    assert client.get("/report/nation/CN").status_code == 200


# --- a place ------------------------------------------------------------------------------------------------------


def test_a_place_shows_every_indicator_and_the_way_down(enter: Enter) -> None:
    client = enter()
    page = client.get(f"/report/province/{HUNAN}?{Q1}")
    for indicator in INDICATORS:
        if indicator == "supply_share":
            continue
        assert f"indicator.{indicator}" not in page.text
    assert "25 658.334 ÷ 33 300 = .770521" in words_of(page), "R from within the province"
    assert "2 000 ÷ 38 200 × 1 000 = 52.356021" in words_of(page)
    assert row_of(page, "铅").endswith("10.0 5.700 51.300 无数据 无数据 无数据 无数据")
    prefecture = next(href for href in links(page, "/report/prefecture/") if "430600" in href)
    county = next(href for href in links(client.get(prefecture), "/report/county/430681"))
    site = client.get(county)
    assert links(site, "/report/site/miluo")
    assert client.get(links(site, "/report/site/miluo")[0]).status_code == 200


def test_the_targets_of_a_place_with_their_documents(enter: Enter) -> None:
    page = enter().get(f"/report/province/{SICHUAN}?{Q1}")
    row = row_of(page, "铝水直接合金化比例 铝")
    assert "80.0 % 100.0 90 2025 未达标（期中） 5.000 t" in row
    assert "四川省有色金属行业碳达峰实施方案" in row, "documents are named by their titles"
    nation = enter().get(f"/report/nation/CN?{Q1}")
    assert "20 000 000" in words_of(nation)


def test_products_with_content_and_footprint(enter: Enter) -> None:
    page = enter().get(f"/report/province/{HUNAN}/products?{Q1}")
    assert "23 100 ÷ 28 000 = .825000" in words_of(page)
    assert "3.138" in words_of(page)
    assert "ISO 14067" in page.text


def test_a_content_names_model_classes_method_and_boundary(enter: Enter) -> None:
    page = enter(language="en").get(f"/report/province/{HUNAN}/products?{Q1}")
    assert "controlled blending 66.9 18.725 15.6 4.375 0.0 0.000 17.5 4.900 0.0 0.000" in words_of(page)
    for said in (
        "ISO 22095",
        "ISO 14021",
        "allocated in proportion to mass",
        "run-around scrap",
        "first recorded event",
    ):
        assert said in words_of(page)
    assert "质量平衡" in words_of(enter().get(f"/report/province/{JIANGXI}/products?{Q1}"))


def test_a_content_downloads_with_model_method_and_boundary(enter: Enter) -> None:
    page = enter().get(f"/report/province/{HUNAN}/products?{Q1}")
    (href,) = links(page, f"/report/province/{HUNAN}/claims.csv")
    answer = enter(language="en").get(href)
    assert answer.headers["Content-Disposition"] == "attachment; filename=recycled_content_430000_2025-Q1.csv"
    rows = {row["material"]: row for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}
    adc12 = rows["adc12"]
    assert [adc12[name] for name in ("metal_g", "post_g", "pre_g", "unspecified_g", "primary_g", "unknown_g")] == [
        "28000000", "18725000", "4375000", "0", "4900000", "0",
    ]  # fmt: skip
    assert [adc12[name] for name in ("post_share", "pre_share", "primary_share", "recycled_share", "strict_share")] == [
        "0.66875", "0.15625", "0.175", "0.825", "0.8",
    ]  # fmt: skip
    assert adc12["model"] == "controlled_blending"
    assert "ISO 14021" in adc12["method"]
    assert "first recorded event" in adc12["boundary"]
    jiangxi = enter().get(f"/report/province/{JIANGXI}/claims.csv?{Q1}").data.decode("utf-8-sig")
    assert {row["model"] for row in csv.DictReader(io.StringIO(jiangxi)) if row["site"] == "guixi"} == {
        "mass_balance"
    }
    assert len(enter("miluo-operator").get(href).data.splitlines()) == 2


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "残渣（按危废代码）"), ("en", "Residues by waste code")]
)
def test_residues_open_by_waste_code(enter: Enter, language: str, words: str) -> None:
    client = enter(language=language)
    where = f"level=province&code={HUNAN}&{Q1}"
    for indicator in ("residue_per_tonne", "residue_utilisation"):
        page = client.get(f"/report/figure?indicator={indicator}&{where}")
        assert words in words_of(page)
        assert row_of(page, "321-026-48") == "321-026-48 2.000 0.000 0.000 0.0"
    (href,) = links(page, "/report/residues.csv")
    file = client.get(href).data.decode("utf-8-sig").splitlines()
    assert file[0] == "waste_code,generated_g,utilised_g,disposed_g,utilisation"
    assert "321-026-48,2000000,0,0,0" in file
    other = client.get(f"/report/figure?indicator=prep_yield&{where}")
    assert words not in words_of(other)


def test_a_place_without_residues_says_so(enter: Enter) -> None:
    page = enter(language="en").get(
        f"/report/figure?indicator=residue_utilisation&level=province&code=450000&{Q1}"
    )
    assert "No residues in the period" in words_of(page)
    assert "No postings" not in words_of(page)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/report/planet/430000", 400),
        ("/report/province/430681", 400),
        ("/report/site/nowhere", 404),
        ("/report/province/990000", 404),
        ("/report/prefecture/990100", 404),
        ("/report/group/990000,430000", 404),
        ("/report/group/CN", 400),
        ("/report/figure?level=province&code=430000&indicator=recycled_output&line=Zn&period=2025-Q1", 200),
        ("/report/figure?level=province&code=430000&indicator=recycled_output&line=Xx&period=2025-Q1", 404),
        ("/report/site/nowhere/products/adc12", 404),
        ("/report/province/430000?period=never", 400),
        ("/report/figure?indicator=nonsense", 404),
        ("/report/figure?level=province&code=430000&indicator=supply_share&period=2025-Q1&after=9|x", 400),
        ("/report/figure?level=province&code=430000&indicator=supply_share&seq=-1", 400),
        ("/report/figure.csv?level=province&code=43&indicator=supply_share", 400),
    ],
)
def test_places_and_figures_that_are_not_there(enter: Enter, path: str, status: int) -> None:
    assert enter().get(path).status_code == status


# --- what is behind a figure --------------------------------------------------------------------------------------


def test_every_figure_opens_down_to_events_and_lots(enter: Enter, told: Golden) -> None:
    client = enter()
    figures: list[str] = []
    for path in (f"/report?{Q1}", f"/report/province/{HUNAN}?{Q1}", f"/report/province/{GUIZHOU}?{Q1}"):
        shown = links(client.get(path), "/report/figure?")
        assert len(shown) > 15
        figures += shown
    for href in unlike(told, figures):
        assert client.get(href).status_code == 200, href
    page = client.get(f"/report/figure?level=province&code={HUNAN}&indicator=supply_share&{Q1}")
    assert f"/events/{told.event('H01')}" in page.text
    assert f"/l/{told.lot('A01').code}" in page.text
    assert "33 300 ÷ 125 100 = .266187" in words_of(page)


def test_what_is_listed_adds_up_to_the_figure(enter: Enter) -> None:
    page = enter().get(f"/report/figure?level=nation&code=CN&indicator=supply_share&{Q1}")
    for label, total in (("计入分子, t", 109_690), ("计入分母, t", 426_730)):
        held = [cell.text() for cell in find_all(page, f'td[data-label="{label}"] .held')]
        cells = [cell for cell in held if cell != "–"]
        assert abs(sum(round(float(cell.replace(",", "")) * 1000) for cell in cells) - total) <= len(cells)
    share = enter().get(f"/report/figure?level=province&code={HUNAN}&indicator=out_of_province_share&{Q1}")
    assert "5 541.666 ÷ 33 300 = .166416" in words_of(share)


def test_declared_figures_show_the_declarations(enter: Enter, told: Golden) -> None:
    page = enter(language="en").get(f"/report/figure?level=nation&code=CN&indicator=renewable_power&{Q1}")
    assert "1 350 000 kWh of power · 270 000 kWh renewable" in words_of(page)
    assert links(page, "/events/")


def test_evidence_opens_to_what_each_month_has(enter: Enter) -> None:
    page = enter(language="en").get(f"/report/figure?level=nation&code=CN&indicator=evidence&{Q1}")
    assert "No postings" not in words_of(page)
    assert "Evidence month by month" in words_of(page)
    assert "missing" in words_of(page)
    assert links(page, "/events/")


def test_declarations_name_line_level_region_and_source(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    here = site_app.business
    for line, level in (("reverberatory 1", "benchmark"), ("reverberatory 2", "between")):
        figures: dict[str, Any] = {
            "type": "line",
            "period": "2025",
            "line": line,
            "metal": "Cu",
            "capacity_g": 100,
            "level": level,
        }
        here.send(here.draft("declare", "plant", actor="chen", **figures))
    here.send(here.statistic(HUNAN, "2025-01", output_g=5_000_000, metals=["Cu"], source="bulletin 7"))
    planner = visit("zhao")
    lines = words_of(
        planner.get(f"/report/figure?level=province&code={HUNAN}&indicator=benchmark_capacity&period=2025")
    )
    for words in ("生产线“reverberatory 1” · 铜 · 标杆水平以上", "生产线“reverberatory 2” · 铜 · "):
        assert words in lines
    where = f"level=province&code={HUNAN}&indicator=ten_metal_output&period=2025-01&line=Cu"
    stated = words_of(planner.get(f"/report/figure?{where}"))
    assert "湖南" in stated.partition("申报")[2]
    assert "铜" in stated
    assert "来源：bulletin 7" in stated


def test_what_an_authority_alone_states_stands_beside_its_target_and_opens_to_it(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    here = site_app.business
    fall = {"indicator": "energy_per_value_added", "metals": None, "value": "-14", "unit": "%"}
    event = here.send(here.statistic(HUNAN, "2025", **fall)).event
    page = visit("hunan-planner").get(f"/report/province/{HUNAN}?period=2025")
    assert "−14.0 %" in row_of(page, "规上工业单位增加值能耗下降")
    assert "达标" in row_of(page, "规上工业单位增加值能耗下降")
    (opened,) = {href for href in links(page, "/report/figure?") if "energy_per_value_added" in href}
    behind = visit("hunan-planner").get(opened)
    assert behind.status_code == 200
    assert links(behind, f"/events/{event}") or links(behind, f"/e/{event}")


def test_an_element_opens_to_its_heats(site_app: SiteApp, visit: Callable[..., Visitor]) -> None:
    here = site_app.business
    lot = here.collect("tutu", 100, site="plant", metal_fraction="1", at="2025-02-01T08:00:00")
    here.do("assay", "plant", "2025-02-01T09:00:00", lots=[{"lot": lot}], composition={"Si": "1.0"})
    alloy = here.melt(lot, into=98, alloy="6063", at="2025-02-02T08:00:00")[0]
    heat = here.last_event()
    here.do("assay", "plant", "2025-02-03T09:00:00", lots=[{"lot": alloy}], composition={"Si": "0.5"})
    planner = visit("zhao")
    (href,) = links(
        planner.get(f"/report/province/{HUNAN}/products?{Q1}"), f"/report/province/{HUNAN}/elements/"
    )
    page = planner.get(href)
    assert f"/events/{heat}" in page.text
    assert "0.490 1.000 49.0" in words_of(page)
    (row,) = json.loads(planner.get(href.replace("/elements/Si", "/elements/Si.json")).data)["sheets"][0][
        "rows"
    ]
    assert (row["won"], row["charged"], row["share"]) == ("0.49", "1", "49")


def test_a_declared_figure_downloads_with_its_declarations(enter: Enter) -> None:
    file = enter().get(f"/report/figure.csv?level=nation&code=CN&indicator=renewable_power&{Q1}")
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert (sum(int(row["numerator"]) for row in rows), sum(int(row["denominator"]) for row in rows)) == (
        810_000, 2_025_000,
    )  # fmt: skip
    assert all(row["events"] for row in rows)


def test_products_elements_and_grades_open(enter: Enter, told: Golden) -> None:
    client = enter(language="en")
    page = client.get(f"/report/province/{HUNAN}/products?{Q1}")
    (href, *_) = links(page, "/report/site/miluo/products/adc12")
    lots = client.get(href)
    assert f"/l/{told.lot('A01').code}" in lots.text
    assert f"/events/{told.event('H01')}" in lots.text
    grades = [href for href in links(page, "/report/figure?") if "indicator=collected" in href]
    assert grades
    assert client.get(grades[0]).status_code == 200
    whole = client.get(f"/report/nation/CN/products?{Q1}")
    for href in links(whole, "/report/nation/CN/elements/"):
        assert client.get(href).status_code == 200
    assert enter("miluo-operator").get(f"/report/site/guiyang/products/1050?{Q1}").status_code == 404


def test_a_figure_downloads_for_a_spreadsheet(enter: Enter) -> None:
    answer = enter().get(f"/report/figure.csv?level=nation&code=CN&indicator=recycled_output&{Q1}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=recycled_output_CN_2025-Q1.csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert sum(int(row["grams"]) for row in rows) == 109_690_000


# --- who may see what ---------------------------------------------------------------------------------------------


def test_of_other_firms_only_amounts_are_shown(enter: Enter, told: Golden) -> None:
    client = enter("miluo-operator")
    page = client.get(f"/report/figure?level=nation&code=CN&indicator=recycled_output&{Q1}")
    assert f"/events/{told.event('H01')}" in page.text
    assert told.event("H02") not in page.text
    assert told.lot("A01").code in page.text
    assert "贵阳" not in words_of(page)
    file = client.get(f"/report/figure.csv?level=nation&code=CN&indicator=recycled_output&{Q1}").data.decode(
        "utf-8-sig"
    )
    rows = list(csv.DictReader(io.StringIO(file)))
    assert sum(int(row["grams"]) for row in rows) == 109_690_000
    assert {row["site"] for row in rows} == {"miluo", ""}
    assert [row["kind"] for row in rows if not row["site"]] == ["others"], "the rest is one sum"
    assert client.get(f"/report/province/{GUIZHOU}?{Q1}").status_code == 403
    assert "少于三家企业" in words_of(client.get(f"/report/province/{HUNAN}?period=2025-01"))
    assert client.get(f"/report/site/guiyang?{Q1}").status_code == 404
    assert client.get(f"/report/site/miluo?{Q1}").status_code == 200
    assert (
        client.get(f"/report/figure?level=site&code=guiyang&indicator=supply_share&{Q1}").status_code == 404
    )


def test_pages_need_a_sign_in(told: Golden, tmp_path: Path) -> None:
    client = create_app(Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS).test_client()
    for path in (
        "/report",
        "/report/nation/CN",
        "/report/figure?indicator=supply_share",
        "/report/figure.csv",
    ):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lot_is_drawn_in_both_directions(enter: Enter, told: Golden, language: str) -> None:
    client = enter(language=language)
    page = client.get(f"/l/{told.lot('L03').code}")
    assert page.text.count('class="lineage"') == 2
    assert "lineage-back-title" in page.text
    assert "lineage-forward-title" in page.text
    assert client.get("/static/lots/lineage.css").status_code == 200


# --- the event behind it ------------------------------------------------------------------------------------------


def test_an_event_says_in_words_what_was_stated_and_frozen(enter: Enter, told: Golden) -> None:
    page = enter(language="en").get(f"/e/{told.event('collect-L01')}")
    said = words_of(page)
    for words in ("33 000 kg", "12 500 kg", "post-consumer", "offline", "Hunan", "汨罗报废汽车拆解合作社"):
        assert words in said
    for path in ("weighing.gross_g", "source_class", "miluo-dismantlers"):
        assert path not in said
    assert "Frozen parameters" in said
    assert enter().get(f"/events/{told.event('collect-L01')}").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_replaced_statistic_is_told_where_the_newer_one_counts(
    sqlite_store: Store, tmp_path: Path, language: str
) -> None:
    load_golden(sqlite_store)
    golden = Golden(sqlite_store)
    before = next(
        draft
        for draft in golden_drafts()
        if (draft.get("region"), draft.get("period")) == (HUNAN, "2025-03") and "indicator" not in draft
    )
    golden.send({
        "schema": 1, "id": "01980000-0000-7000-8000-000000000001", "kind": "correct",
        "site": "hunan-authority", "event_time": "2025-05-01T09:00:00+08:00", "actor": "hunan-planner",
        "targets": [{"event": before["id"], "draft": {**before, "output_g": 97_142_857}}],
        "reason": "stated too much",
    })  # fmt: skip
    pages = open_pages(sqlite_store, tmp_path, "hunan-planner", language)
    prefecture = words_of(pages.get(f"/report/prefecture/430100?{Q1}"))
    assert ("national – for" if language == "en" else "全国 –") not in prefecture
    assert ("a direction, without a number" if language == "en" else "只有方向，没有数值") in prefecture
    figure = f"/report/figure?level=province&code={HUNAN}&indicator=supply_share_official&{Q1}"
    for address in (f"/report/province/{HUNAN}?{Q1}", figure):
        said = words_of(pages.get(address))
        for words in ("97.143 t", "102.000 t", "2026-01-20 12:00"):
            assert words in said, address
        assert not re.findall(r"\b(statistic_state|report|home)\.[a-z_]+", said)
    # Of other months, and to somebody of another firm, it tells no more than it should.
    assert "102.000 t" not in words_of(pages.get(f"/report/province/{HUNAN}?period=2025-02"))
    worker = open_pages(sqlite_store, tmp_path, "guixi-operator", language)
    assert worker.get(figure).status_code == 403
    assert "102.000 t" not in words_of(worker.get("/"))


def test_what_a_correction_replaced_stays_struck_through(sqlite_store: Store, tmp_path: Path) -> None:
    load_golden(sqlite_store)
    golden = Golden(sqlite_store)
    before = golden.draft("collect-L02")
    golden.correct({"event": golden.event("collect-L02"), "draft": {**before, "origin": "500000"}})
    page = open_pages(sqlite_store, tmp_path, "auditor", "zh").get(f"/events/{golden.event('collect-L02')}")
    (old,) = find_all(page, "dd del")
    assert (old.text(), old.parent and words_of(old.parent)) == ("四川省", "四川省 重庆市")


def test_rows_that_cancel_say_why_and_lead_to_the_correction(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    business = site_app.business
    business.collect("tense", 1000, at="2025-01-06T08:00:00")
    address = "/report/figure?level=province&code=430000&indicator=collected&period=2025-01"
    chen = visit("chen", "yard")
    assert "更正会先冲回" not in chen.get(address).text
    correction = business.void(business.last_event()).event
    page = chen.get(address)
    assert {"1.000", "−1.000"} <= set(words_of(page).split())
    assert page.text.count("更正会先冲回") == 1
    assert page.text.count(f"/events/{correction}") == 1
