"""Pages show what was booked since a seal beside the sealed figure, in both languages and both month views."""

from collections.abc import Callable

import pytest

from tests.support.markup import find_all, words_of
from tests.support.pages import SiteApp, Visitor
from tests.support.reporting import declare, heat

WORDS = {
    ("en", "book"): "since the seal −0.25 t; as it stands now 0.000 t",
    ("en", "event"): "as sealed 0.250 t; since the seal −0.25 t",
    ("zh", "book"): "封账后 −0.25 t；现为 0.000 t",
    ("zh", "event"): "封账时为 0.250 t；封账后 −0.25 t",
}
PATHS = (
    "/report?",
    "/report/province/430000?",
    "/report/figure?level=province&code=430000&indicator=recycled_output&",
)


@pytest.mark.parametrize(("language", "view"), WORDS)
def test_a_late_correction_stands_beside_the_sealed_figure(
    site_app: SiteApp, visit: Callable[..., Visitor], language: str, view: str
) -> None:
    here = site_app.business
    heat(here)
    melted = here.last_event()
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    here.void(melted, "plant")
    client = visit("liu").client
    client.set_cookie("language", language)
    for path in PATHS:
        page = client.get(f"{path}period=2025-02&view={view}")
        assert page.status_code == 200, path
        assert any(WORDS[language, view] in words_of(found) for found in find_all(page, "td, p")), path


def test_every_table_of_a_region_tells_what_came_since_the_seal(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    here = site_app.business
    heat(here)
    melted = here.last_event()
    declare(here, "power", "2025-02", "plant", kwh=8_000)
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    here.void(melted, "plant")
    client = visit("liu").client
    client.set_cookie("language", "en")
    page = client.get("/report/province/430000?period=2025-02")
    told = [[words_of(cell) for cell in row.css("th, td")] for row in find_all(page, "#sheet-since tbody tr")]
    assert all(since.startswith("since the seal −") for *_, since in told), told
    assert len(told) == len({tuple(line) for line in told})
    said = {(of, indicator) for of, indicator, _ in told}
    for of in ("Hunan", "Hunan · aluminium"):  # of the place, and of a metal of it
        assert (of, "recycled metal output") in said, of
    assert {of.partition(" ")[0] for of, _ in said} > {"Hunan"}, "of the places within it too"
    # A figure without data before and after, or that did not change, says nothing of a seal.
    official = find_all(page, ".figure.key")[0]
    assert "no data" in words_of(official)
    assert "since the seal" not in words_of(official)
    assert ("Hunan", "official recycled metal supply share") not in said
    # What came since is one step away: the same figure by month of the event opens its postings.
    opened = client.get("/report/figure?level=province&code=430000&indicator=recycled_output&period=2025-02")
    links = [link.attributes["href"] or "" for link in find_all(opened, "dl.facts a")]
    assert ["view=event" in href for href in links] == [True]
    assert client.get(links[0]).status_code == 200


def test_a_target_of_green_factories_shows_the_register_beside_the_official_statistic(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    here = site_app.business
    heat(here)
    held = {"certificate_kind": "green_factory", "certificate_level": "national", "valid_from": "2025-03-01"}
    declare(here, "certificate", "2025", "plant", certificate="G-1", **held)
    here.send(
        here.statistic("430000", "2025", metals=None, indicator="green_factories", value="11", unit="number")
    )
    for language, words in (
        ("en", "1 new by the register of this book; the authority's statistic is official"),
        ("zh", "本账证书名录新增 1 家；以主管部门统计为准"),
    ):
        client = visit("liu").client
        client.set_cookie("language", language)
        page = client.get("/report/province/430000?period=2025")
        assert words in words_of(page)
        rows = [[words_of(cell) for cell in row.css("th, td")] for row in find_all(page, "#sheet-targets tr")]
        assert ["11" in row for row in rows if "green" in row[0].lower() or "绿色工厂" in row[0]] == [True]


def test_the_gap_of_a_figure_is_a_file(site_app: SiteApp, visit: Callable[..., Visitor]) -> None:
    heat(site_app.business, scrap_kg=200, primary_kg=800)  # additives are no supply
    query = "level=province&code=430000&indicator=supply_share&period=2025-02"
    client = visit("zhao").client
    assert f"/report/gap.csv?{query}".split("?")[0] in client.get(f"/report/figure?{query}").text
    header, *lines = client.get(f"/report/gap.csv?{query}").text.lstrip("\ufeff").split()
    assert header.startswith("indicator,metal,site,sites,numerator,denominator,value,target,gap")
    parts = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    assert [(part["metal"], part["site"], part["gap"]) for part in parts] == [
        ("Al", "", "-200000"), ("", "plant", "-200000"),
    ]  # fmt: skip
    other = f"/report/gap.csv?{query.replace('supply_share', 'metal_yield')}"
    assert len(client.get(other).text.lstrip("\ufeff").split()) == 1, "no gap to split"
