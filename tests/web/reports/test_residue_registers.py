"""Registers of residues: who handed over what under which manifest, and what sites still have, since when."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from tests.support.residues import LICENCE, MANIFEST, hand_over_dross
from traceability.config import Settings
from traceability.services.directory.reference import ReferenceDocument, put_reference

MILUO_KEPT_KG = 900


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('residues')}/golden.db")
    store.migrate()
    load_golden(store)
    hand_over_dross(store)
    yield store
    store.close()


def enter(book: Store, folder: Path, person: str) -> FlaskClient:
    client = create_app(Settings("", folder, folder, "k" * 40), book, lambda: NOW_MS).test_client()
    enter_as(client, book, person, NOW_MS)
    client.set_cookie("language", "en")
    return client


def read_sheet(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(client.get(address).data)["sheets"][0]["rows"]
    return rows


def test_a_transfer_is_told_with_its_papers(book: Store, tmp_path: Path) -> None:
    auditor = enter(book, tmp_path, "auditor")
    [row] = read_sheet(auditor, "/registers/disposals.json?period=2025-Q1")
    assert (row["waste_code"], row["mass"], row["manifest"]) == ("321-026-48", "2", MANIFEST)
    assert (row["receiver"], row["licence"]) == ("岳阳铝灰渣综合利用公司", LICENCE)
    page = auditor.get("/registers/disposals?period=2025-Q1")
    assert "1 manifest" in words_of(find_all(page, "h1")[0])
    opened = {node.attributes["href"] or "" for node in find_all(page, "#sheet-disposals tbody a")}
    assert {auditor.get(link).status_code for link in opened} == {200}
    assert read_sheet(auditor, "/registers/disposals.json?period=2025-02") == []
    assert auditor.get("/registers/disposals?period=soon").status_code == 400


def test_others_transfers_are_not_told(book: Store, tmp_path: Path) -> None:
    planner = enter(book, tmp_path, "sichuan-planner")
    assert read_sheet(planner, "/registers/disposals.json?period=2025-Q1") == []
    assert planner.get("/registers/disposals?place=province:430000").status_code == 403


def test_stock_is_told_by_site_and_age(book: Store, tmp_path: Path) -> None:
    auditor = enter(book, tmp_path, "auditor")
    address = "/registers/on-hand.json?place=province:430000"
    rows = read_sheet(auditor, address)
    [waste] = [row for row in rows if row["waste_code"] == "no code"]
    assert (waste["mass"], waste["over"]) == (str(MILUO_KEPT_KG / 1000), "0")
    assert not [row for row in rows if row["waste_code"] == "321-026-48"], "it was handed over"
    made = read_sheet(auditor, "/registers/residues.json?place=province:430000&period=2025-Q1")
    assert [row["waste_code"] for row in made].count("no code") == 1
    everywhere = read_sheet(auditor, "/registers/on-hand.json")
    dross = [row for row in everywhere if row["waste_code"] == "321-026-48"]
    assert dross
    assert {row["over"] for row in dross} == {"0"}, "none is older than a year"
    limit = ReferenceDocument("setting", "waste", {"storage_days": 30})
    book.write(lambda writer: put_reference(writer, [limit]))
    over = [row for row in read_sheet(auditor, "/registers/on-hand.json") if row["over"] != "0"]
    assert {row["waste_code"] for row in over} == {"321-026-48"}, "what has no code has no limit"
    assert all(row["over"] == row["mass"] for row in over)
