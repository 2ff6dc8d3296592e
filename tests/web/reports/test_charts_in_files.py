"""Workbooks have native charts of what pages draw, and PDFs the drawings."""

import io
from collections.abc import Iterator

import pypdfium2
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.support.golden import NOW_MS
from tests.support.golden_book import open_book
from tests.support.markup import find_all
from tests.support.pages import enter_as

SICHUAN = "place=province:510000&period=2025-Q1"
CHARTS = {
    "/trend": (f"{SICHUAN}&method=supply", "LineChart"),
    "/flows": (SICHUAN, "BarChart"),
    "/why": (SICHUAN, "BarChart"),
    "/map": (SICHUAN, "BarChart"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("charts")
    book = open_book(folder)
    client = book.app.test_client()
    enter_as(client, book.store, "auditor", NOW_MS)
    client.set_cookie("language", "en")
    yield client
    book.store.close()


@pytest.mark.parametrize("page", CHARTS)
def test_what_is_drawn_on_a_page_is_a_chart_in_its_workbook(client: FlaskClient, page: str) -> None:
    query, kind = CHARTS[page]
    workbook = load_workbook(io.BytesIO(client.get(f"{page}.xlsx?{query}").data))
    charts = [chart for sheet in workbook for chart in sheet._charts]
    assert {type(chart).__name__ for chart in charts} == {kind}
    assert all(chart.series for chart in charts), "they have rows"
    for series in (series for chart in charts for series in chart.series):
        name, cells = series.val.numRef.f.replace("'", "").split("!")
        rows = workbook[name][cells.replace("$", "")]
        assert any(isinstance(row[0].value, int | float) for row in rows), "its cells are numbers"


@pytest.mark.parametrize("page", CHARTS)
def test_the_pdf_has_the_drawing(client: FlaskClient, page: str) -> None:
    query, _ = CHARTS[page]
    first = pypdfium2.PdfDocument(client.get(f"{page}.pdf?{query}").data)[0]
    picture = first.render(scale=0.5).to_pil().convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert any(max(colour) - min(colour) > 60 for colour in colours), "tables are grey, charts are not"


def test_tables_that_fit_upright_take_no_page_on_its_side(client: FlaskClient) -> None:
    why = pypdfium2.PdfDocument(client.get("/why.pdf?place=nation:CN&period=2025-Q1").data)
    assert [page.get_width() < page.get_height() for page in why] == [True] * len(why)
    wide = pypdfium2.PdfDocument(client.get("/pivot.pdf?place=nation:CN&period=2024..2025").data)
    assert any(page.get_width() > page.get_height() for page in wide), "what does not fit lies on its side"


def test_months_side_by_side_have_heads_of_one_line_and_no_bars(client: FlaskClient) -> None:
    page = client.get("/pivot?place=nation:CN&period=2025-Q1")
    heads = [head.text().strip() for head in find_all(page, "#sheet-pivot thead .one-line")]
    assert heads == ["2025-01, t", "2025-02, t", "2025-03, t"]
    assert not find_all(page, "#sheet-pivot .in-row")
    assert find_all(page, "#sheet-ranking .in-row")


def test_bars_of_a_table_are_data_bars_in_its_workbook(client: FlaskClient) -> None:
    workbook = load_workbook(io.BytesIO(client.get(f"/why.xlsx?{SICHUAN}").data))
    rules = [
        rule.type for sheet in workbook for ruled in sheet.conditional_formatting for rule in ruled.rules
    ]
    assert set(rules) == {"dataBar"}
