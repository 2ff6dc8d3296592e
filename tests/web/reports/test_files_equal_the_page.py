"""Each report page and its files say the same, cell by cell. The pages are found from the routes.

What the page shows is held against JSON, CSV, workbook and PDF; numbers of files have more digits than the page.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from tests.support.residues import hand_over_dross
from traceability.config import Settings
from traceability.services.directory.audit import AuditFilter, list_entries
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.web.shell.report_pages import FORMS

ADDRESSES = {
    "trend.show": [
        "/trend?level=province&code=430000&period=2025-Q1&method=supply",
        "/trend?level=site&code=miluo&period=2025-Q1",
    ],
    "home.plan": ["/home?place=province:430000&period=2025-Q1&method=supply"],
    "map.show": ["/map?period=2025-Q1&method=supply", "/map?place=province:430000&period=2025-Q1"],
    "findings.show": ["/audit/findings?period=2025-Q1"],
    "book.at": ["/audit/book/at/20?period=2025-Q1"],
    "place_figures.show": [
        "/figures?level=province&code=510000&period=2025-Q1",
        "/figures?period=2025-Q1",
        "/figures?level=province&code=430000&period=2025-Q1&at=40",
    ],
    "pivot.show": [
        "/pivot?period=2025-Q1",
        "/pivot?level=province&code=430000&period=2025-Q1&indicator=primary_output&shape=metals",
        "/pivot?period=2025-Q1&shape=regions",
    ],
    "target_overview.show": ["/targets?period=2025-Q1"],
    "why.show": ["/why?place=province:510000&period=2025-Q1"],
    "delivery_note.show": ["/events/01943e0f-a400-7001-8000-000000000005/delivery-note"],
    "find.events": ["/events?kind=melt"],
    "find.heats": ["/heats"],
    "find.shipments": ["/shipments"],
    "what_if.show": ["/what-if?place=province:510000&period=2025-Q1&recycled_Al=1"],
    "registers.evidence": ["/registers/evidence?period=2025-Q1"],
    "registers.statistics": ["/registers/statistics?period=2025-Q1"],
    "registers.residues": ["/registers/residues?period=2025-Q1"],
    "registers.disposals": ["/registers/disposals?period=2025-Q1"],
    "registers.on_hand": ["/registers/on-hand?period=2025-Q1"],
    "flows.show": ["/flows?level=province&code=510000&period=2025-Q1", "/flows?period=2025-Q1&metal=Cu"],
    "report.show": [
        "/report?period=2025-Q1&region=430000&region=360000",
        "/report?period=2025&method=supply&metal=Cu",
    ],
    "report.region": [
        "/report/province/510000?period=2025-Q1",
        "/report/nation/CN?period=2025",
        "/report/site/miluo?period=2025-Q1",
    ],
    "report.products": [
        "/report/province/430000/products?period=2025-Q1",
        "/report/nation/CN/products?period=2025",
    ],
    "report.element": ["/report/nation/CN/elements/Al?period=2025"],
}
"""Addresses of each report page, by endpoint; a page that is not listed fails the first test."""
WITHOUT_ROWS = {"report.element"}
"""Pages without a row in the golden scenario, in which no element is assayed; test_report_pages.py has one with rows."""
HOSTILE = '=cmd|"x"!A0 #sys.inputs *b* <script>alert(1)</script>'
PAGES = [(name, address) for name, addresses in ADDRESSES.items() for address in addresses]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A book whose names a spreadsheet, a typesetter and a browser would like to run."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('book')}/golden.db")
    store.migrate()
    load_golden(store)
    hand_over_dross(store)
    with store.read() as reader:
        body = dict(reader.find_documents("site", ["miluo"])["miluo"].body)
    body |= {"zh": HOSTILE, "en": HOSTILE}
    # Where the whole day is night, the scenario's entries are findings.
    night = {"night_from_hour": 0, "night_entries": 1}
    changed = [ReferenceDocument("site", "miluo", body), ReferenceDocument("setting", "findings", night)]
    store.write(lambda writer: put_reference(writer, changed))
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(book: Store, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("data")
    app = create_app(Settings("", folder, folder, "k" * 40), book, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, book, "auditor", NOW_MS)
    client.set_cookie("language", "en")
    return client


class Files:
    """Pages and their files, each asked for once."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.asked: dict[tuple[str, str], TestResponse] = {}

    def page(self, address: str) -> TestResponse:
        return self._ask(address, "")

    def file(self, address: str, form: str) -> bytes:
        answer = self._ask(address, form)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.mimetype == FORMS[form].mimetype
        return bytes(answer.data)

    def body(self, address: str) -> dict[str, Any]:
        return dict(json.loads(self.file(address, "json")))

    def written(self, address: str) -> list[list[str]]:
        """Return the cells of all sheets as JSON has them, '' where there is no data."""
        return [
            [cell or "" for cell in row.values()]
            for sheet in self.body(address)["sheets"]
            for row in (*sheet["rows"], *([sheet["total"]] if sheet["total"] else []))
        ]

    def _ask(self, address: str, form: str) -> TestResponse:
        if (address, form) not in self.asked:
            path, _, query = address.partition("?")
            asked = f"{path}.{form}?{query}" if form else address
            answer = self.client.get(asked, buffered=True)  # closed, so what was done is noted
            assert answer.status_code == 200, asked
            self.asked[address, form] = answer
        return self.asked[address, form]


@pytest.fixture(scope="module")
def files(client: FlaskClient) -> Files:
    return Files(client)


def list_report_pages(app: Flask) -> set[str]:
    files = {rule.endpoint for rule in app.url_map.iter_rules() if "form" in rule.arguments}
    return {endpoint.removesuffix("_file") for endpoint in files if endpoint.endswith("_file")}


def shown_rows(answer: TestResponse) -> list[list[str]]:
    """Return the cells of all sheets of a page, as they stand there, totals too."""
    return [
        [words_of(cell) for cell in row.css("th, td")]
        for table in find_all(answer, ".sheet")
        for row in table.css("tbody tr, tfoot tr")
        if not row.css("td[colspan]")
    ]


def same(shown: str, written: str) -> bool:
    """Whether a cell of a file, rounded as the page shows it, is what the page shows."""
    if not written:
        return shown in ("", "no data", "无数据")
    plain = shown.replace(" ", "").replace("−", "-")
    try:
        decimals = len(plain.partition(".")[2])
        return bool(abs(float(plain) - float(written)) <= 0.5000001 * 10**-decimals)
    except ValueError:
        return (
            shown == spaced(written) or "20" in written
        )  # months and days are written in the language of the page


def spaced(words: str) -> str:
    """Return words with plain blanks, as they are read from a page."""
    return " ".join(words.split())


def told_in(cell: str, row: list[str]) -> bool:
    """Whether a cell of a file stands somewhere in a row of the page that puts several cells in one place."""
    words = " ".join(row)
    numbers = re.findall(r"[−-]?(?:\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?", words.replace("\u00a0", " "))
    return not cell or cell in words or any(same(number, cell) for number in numbers)


def test_every_report_page_is_held_against_its_files(client: FlaskClient) -> None:
    assert list_report_pages(client.application) == set(ADDRESSES)


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_json_says_what_the_page_shows(files: Files, name: str, address: str) -> None:
    rows, written = shown_rows(files.page(address)), files.written(address)
    assert rows or name in WITHOUT_ROWS
    assert len(rows) == len(written)
    different = [
        (shown, said)
        for row, line in zip(rows, written, strict=True)
        if len(row) == len(line)
        for shown, said in zip(row, line, strict=True)
        if not same(shown, said)
    ]
    different += [
        (" ".join(row), said)
        for row, line in zip(rows, written, strict=True)
        if len(row) != len(line)
        for said in line
        if not told_in(said, row)
    ]
    assert different == []


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_csv_says_what_json_says(files: Files, name: str, address: str) -> None:
    lines = list(csv.reader(io.StringIO(files.file(address, "csv").decode("utf-8-sig"))))
    listed = [[cell.removeprefix("'") for cell in line] for line in lines]
    assert all(row in listed for row in files.written(address))


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_a_workbook_has_the_numbers_of_json_and_the_words_of_the_page(
    files: Files, name: str, address: str
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files.file(address, "xlsx")))
    sheets = files.body(address)["sheets"]
    assert len(book.worksheets) == len(sheets) + 2  # methods and filters
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # no formula anywhere
    shown = shown_rows(files.page(address))
    written = files.written(address)
    lines = [row for sheet in book.worksheets[: len(sheets)] for row in sheet.iter_rows(min_row=2)]
    assert len(lines) == len(written)
    for line, said, seen in zip(lines, written, shown, strict=True):
        alone = len(seen) == len(said)  # else the page puts several cells in one place
        for place, (cell, plain) in enumerate(zip(line, said, strict=True)):
            if cell.value is None:
                assert plain == ""
            elif cell.data_type == "n":
                assert float(cell.value) == float(plain)
                decimals = len(cell.number_format.partition(".")[2])
                assert not alone or decimals == len(seen[place].partition(".")[2]), cell.number_format
            else:
                assert spaced(cell.value) in (
                    (seen[place],) if alone else (spaced(plain), plain or "no data")
                )
    for sheet, told in zip(book.worksheets, sheets, strict=False):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref
        headings = [cell.value for cell in sheet[1]]
        assert headings == [column["heading"] for column in told["columns"]]
        assert all(cell.font.bold for cell in sheet[1])
    said = [cell.value for row in book.worksheets[-1].iter_rows() for cell in row]
    assert all(line["value"] in said for line in files.body(address)["said"])


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_a_pdf_shows_every_cell_of_the_page_in_its_order(files: Files, name: str, address: str) -> None:
    text = pdf_text(files.file(address, "pdf"))
    body = files.body(address)
    for words in (body["title"], *(line["value"] for line in body["said"])):
        assert squeeze(words) in text
    place = 0
    for row in shown_rows(files.page(address)):
        for words in row:
            found = text.find(squeeze(words), place)
            assert found >= 0, (row, words)
            place = found + len(squeeze(words))


def pdf_text(file: bytes) -> str:
    """Return the words of all pages without blanks; no sign is missing in the font."""
    pages = pypdfium2.PdfDocument(file)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "\ufffd" not in text
    return squeeze(text)


def squeeze(words: str) -> str:
    return "".join(words.replace("\u00a0", "").replace("\ufffe", "-").split())


def test_files_are_the_same_twice_and_in_chinese(files: Files, client: FlaskClient) -> None:
    name, address = PAGES[0]
    client.set_cookie("language", "zh")
    again = Files(client)
    try:
        test_a_workbook_has_the_numbers_of_json_and_the_words_of_the_page(again, name, address)
        test_a_pdf_shows_every_cell_of_the_page_in_its_order(again, name, address)
        assert "第1页，共" in pdf_text(again.file(address, "pdf"))
        assert "口径" in openpyxl.load_workbook(io.BytesIO(again.file(address, "xlsx"))).sheetnames
    finally:
        client.set_cookie("language", "en")
    afresh = Files(client)
    for form in FORMS:
        assert afresh.file(address, form) == files.file(address, form), form


def test_names_are_never_run(files: Files) -> None:
    address = PAGES[1][1]
    assert HOSTILE in files.body(address)["title"]
    assert squeeze(HOSTILE) in pdf_text(files.file(address, "pdf"))
    assert "<script>alert" not in files.page(address).text


def test_every_form_is_offered_and_each_file_is_noted(files: Files, book: Store) -> None:
    address = PAGES[0][1]
    links = {
        node.attributes["href"] or "" for node in find_all(files.page(address), ".taken-away a[download]")
    }
    assert {link.partition("?")[0].rpartition(".")[2] for link in links} == set(FORMS)
    for form in FORMS:
        files.file(address, form)
    with book.read() as reader:
        noted = {
            entry.id.partition("?")[0]
            for entry in list_entries(reader, AuditFilter(object="/trend.")).entries
        }
    assert {f"/trend.{form}" for form in FORMS} <= noted


def test_a_heading_sorts_page_and_file_alike(files: Files) -> None:
    address = f"{PAGES[0][1]}&sort=months.-recycled_output"
    body = files.body(address)
    masses = [float(row["recycled_output"] or -1) for row in body["sheets"][0]["rows"]]
    assert masses == sorted(masses, reverse=True)
    assert masses[0] > masses[-1]
    assert find_all(files.page(address), "th[aria-sort=descending]")
