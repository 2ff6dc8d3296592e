"""Each report page and its files say the same, cell by cell. The pages are found from the routes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from tests.support.golden import NOW_MS, Golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.web.shell.report_pages import FORMS

ADDRESSES = {
    "trend.show": ["/trend?level=province&code=430000&period=2025-Q1&method=supply", "/trend?period=2025-Q1"],
    "target_overview.show": ["/targets?period=2025-Q1"],
    "flows.show": ["/flows?level=province&code=510000&period=2025-Q1", "/flows?period=2025-Q1&metal=Cu"],
}
"""Addresses of each report page, by endpoint; a page that is not listed fails the first test."""
PAGES = [(name, address) for name, addresses in ADDRESSES.items() for address in addresses]


@pytest.fixture
def client(told: Golden, tmp_path: Path) -> FlaskClient:
    app = create_app(Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS)
    client = app.test_client()
    enter_as(client, told.store, "auditor", NOW_MS)
    client.set_cookie("language", "en")
    return client


def list_report_pages(app: Flask) -> set[str]:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return {
        name
        for name in endpoints
        if f"{name}_file" in endpoints and "form" in _arguments(app, f"{name}_file")
    }


def _arguments(app: Flask, endpoint: str) -> set[str]:
    return {name for rule in app.url_map.iter_rules(endpoint) for name in rule.arguments}


def file_of(client: FlaskClient, address: str, form: str) -> TestResponse:
    path, _, query = address.partition("?")
    answer = client.get(f"{path}.{form}?{query}")
    assert answer.status_code == 200, (address, form)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer


def shown_rows(answer: TestResponse) -> list[list[str]]:
    """Return the cells of all sheets of a page, as they stand there, totals too."""
    return [
        [words_of(cell) for cell in row.css("th, td")]
        for table in find_all(answer, ".sheet")
        for row in table.css("tbody tr, tfoot tr")
        if not row.css("td[colspan]")
    ]


def same(shown: str, written: str | None) -> bool:
    """Whether a cell of a file, rounded as the page shows it, is what the page shows."""
    if not written:
        return shown in ("", "no data")
    plain = shown.replace("\u00a0", "").replace("−", "-")
    try:
        decimals = len(plain.partition(".")[2])
        return bool(abs(float(plain) - float(written)) <= 0.5000001 * 10**-decimals)
    except ValueError:
        return shown == written or "20" in written  # months and days are written in the language of the page


def test_every_report_page_is_held_against_its_files(client: FlaskClient) -> None:
    assert list_report_pages(client.application) == set(ADDRESSES)


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_json_says_what_the_page_shows(client: FlaskClient, name: str, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    rows = shown_rows(page)
    body: dict[str, Any] = json.loads(file_of(client, address, "json").data)
    written = [
        list(row.values())
        for sheet in body["sheets"]
        for row in (*sheet["rows"], *([sheet["total"]] if sheet["total"] else []))
    ]
    assert rows
    assert len(rows) == len(written)
    different = [
        (shown, said)
        for row, line in zip(rows, written, strict=True)
        for shown, said in zip(row, line, strict=True)
        if not same(shown, said)
    ]
    assert different == []


@pytest.mark.parametrize(("name", "address"), PAGES)
def test_csv_says_what_json_says(client: FlaskClient, name: str, address: str) -> None:
    lines = list(csv.reader(io.StringIO(file_of(client, address, "csv").data.decode("utf-8-sig"))))
    body = json.loads(file_of(client, address, "json").data)
    expected = [
        [cell or "" for cell in row.values()]
        for sheet in body["sheets"]
        for row in (*sheet["rows"], *([sheet["total"]] if sheet["total"] else []))
    ]
    listed = [[cell.removeprefix("'") for cell in line] for line in lines]
    assert all(row in listed for row in expected)


def test_every_form_is_offered(client: FlaskClient) -> None:
    page = client.get(PAGES[0][1])
    links = {node.attributes["href"] or "" for node in find_all(page, ".ways a[download]")}
    assert {link.partition("?")[0].rpartition(".")[2] for link in links} == set(FORMS)


def test_a_heading_sorts_page_and_file_alike(client: FlaskClient) -> None:
    address = f"{PAGES[0][1]}&sort=months.-recycled_output"
    body = json.loads(file_of(client, address, "json").data)
    masses = [float(row["recycled_output"] or -1) for row in body["sheets"][0]["rows"]]
    assert masses == sorted(masses, reverse=True)
    assert masses[0] > masses[-1]
    assert find_all(client.get(address), "th[aria-sort=descending]")
