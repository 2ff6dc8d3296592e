"""Registers of a place list evidence by month, statistics of its authority, and residues by waste code."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_all
from tests.support.pages import enter_as
from traceability.config import Settings

SICHUAN = "place=province:510000&period=2025-Q1"


@pytest.fixture
def planner(sqlite_store: Store, tmp_path: Path) -> FlaskClient:
    load_golden(sqlite_store)
    client = create_app(
        Settings("", tmp_path, tmp_path, "k" * 40), sqlite_store, lambda: NOW_MS
    ).test_client()
    enter_as(client, sqlite_store, "sichuan-planner", NOW_MS)
    client.set_cookie("language", "en")
    return client


def rows_of(client: FlaskClient, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(client.get(f"/registers/{name}.json?{SICHUAN}").data)["sheets"][
        0
    ]["rows"]
    return rows


def test_registers_of_sichuan(planner: FlaskClient) -> None:
    evidence = rows_of(planner, "evidence")
    assert len(evidence) == 2
    assert {row["2025-03"] for row in evidence} == {"× not sealed"}
    stated = rows_of(planner, "statistics")
    assert {row["region"] for row in stated} == {"Sichuan"}
    assert {row["state"] for row in stated} == {"in force"}
    (dross,) = rows_of(planner, "residues")
    assert (dross["generated"], dross["utilised"]) == ("1.2", "0")
    (title,) = find_all(planner.get(f"/registers/residues?{SICHUAN}"), "h1")
    assert "1.200 t of residues generated, under 1 waste code" in title.text().replace("\u00a0", " ")
    (title,) = find_all(planner.get("/registers/residues?place=province:510000&period=2019"), "h1")
    assert "no residues recorded" in title.text()
    for name in ("evidence", "statistics", "residues"):
        assert planner.get(f"/registers/{name}?{SICHUAN}").status_code == 200
        assert planner.get(f"/registers/{name}?place=province:430000").status_code == 403
        assert planner.get(f"/registers/{name}?place=nowhere").status_code == 400
