"""The page of flows says the finding, draws it, and every band leads to its lots; nothing asked wrongly is a fault."""

from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests.support.golden import NOW_MS, Golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings

CHANNELS = {"zh": "线上", "en": "online"}
BUYERS = {"zh": "本系统内站点", "en": "Site of this book"}
SICHUAN = "/flows?level=province&code=510000&period=2025-Q1"


@pytest.fixture
def client(told: Golden, tmp_path: Path) -> FlaskClient:
    app = create_app(Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, told.store, "auditor", NOW_MS)
    return client


@pytest.mark.parametrize(
    ("language", "finding", "origin", "imported"),
    [
        ("zh", "四川省 2025年第1季度：收入金属的 66.8 % 来自原生铝水、26.5 % 来自四川省；发出产品的 0.0 % 留在省内、100.0 % 去往江西省", "贵州省", "进口（日本）"),
        ("en", ("Sichuan Q1 2025: of the metal received 66.8 % came from primary liquid, 26.5 % came from Sichuan; "
               "of the products sent 0.0 % stayed in the province, 100.0 % went to Jiangxi"), "Guizhou", "Import (Japan)"),
    ],
)  # fmt: skip
def test_the_page_says_the_finding_and_each_band_opens_its_lots(
    client: FlaskClient, language: str, finding: str, origin: str, imported: str
) -> None:
    client.set_cookie("language", language)
    page = client.get(SICHUAN)
    assert page.status_code == 200
    assert words_of(find_all(page, "h1")[0]) == finding
    (drawing,) = find_all(page, "svg.sankey")
    assert words_of(drawing.css("title")[0]) == finding
    labels = [words_of(label) for label in drawing.css("text")]
    assert any(label.startswith(origin) and label.endswith("5.000 t") for label in labels)
    assert len(drawing.css("a path.fill-post")) == 1, "online and offline are of one colour"
    table = find_all(page, "#sheet-flows tbody tr")
    assert len(table) == 13, "as many rows as bands"
    shares = [words_of(row) for row in find_all(page, "#sheet-flow_shares tbody tr")]
    assert any(CHANNELS[language] in row and "54.5" in row for row in shares), shares
    by_buyer = client.get(SICHUAN + "&ends=buyer")
    labels = [words_of(label) for label in find_all(by_buyer, "svg.sankey text")]
    assert any(label.startswith(BUYERS[language]) for label in labels)
    hrefs_by_buyer = {link.attributes["href"] or "" for link in find_all(by_buyer, "svg.sankey a")}
    hrefs = {link.attributes["href"] or "" for link in find_all(page, ".sheet td a, svg.sankey a")}
    hrefs |= hrefs_by_buyer
    for href in hrefs:
        opened = client.get(unescape(href))
        assert opened.status_code == 200
        assert find_all(opened, ".postings tbody tr .lots-of a"), href
    nation = find_all(client.get("/flows?period=2025-Q1"), "svg.sankey")[0]
    assert any(imported in words_of(label) for label in nation.css("text")), "small as it is, among provinces"
    empty = client.get("/flows?period=2031")
    assert not find_all(empty, "svg.sankey, .flow-ends")
    assert find_all(empty, ".sheet td[colspan]")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/flows?period=20x", 400),
        ("/flows?view=x", 400),
        ("/flows?ends=x", 400),
        ("/flows?place=x", 400),
        ("/flows?level=province&code=1", 400),
        ("/flows?level=base&code=none", 404),
        ("/flows?level=site&code=none", 404),
        ("/flows/lots", 400),
        ("/flows/lots?source=site_kind:smelter:&target=origin:ore:", 400),
        ("/flows/lots?source=site_kind:a&target=b:c:d", 400),
    ],
)
def test_what_is_asked_wrongly_is_answered_in_words(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_band_that_is_not_there_has_nothing_behind(client: FlaskClient) -> None:
    band = {"source": "origin:province:<b>", "target": "site_kind:x:", "class": "<i>", "of": "zz"}
    page = client.get(f"/flows/lots?{urlencode(band)}&period=2025")
    assert page.status_code == 200
    assert "<b>" not in page.text
    broken = client.get(f"/flows/lots?{urlencode(band)}&period=2025&after=9|x")
    assert broken.status_code == 400
