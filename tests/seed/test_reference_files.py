"""The reference data that ship: complete, consistent with each other, and nothing invented among the targets."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from traceability.domain.activities import DEFAULT_ACTIVITIES, Activity
from traceability.domain.metal import DEFAULT_METALS
from traceability.domain.place import level_of, next_month, prefecture_of, province_of
from traceability.domain.vocabulary import FORMS, MIXED, SITE_KINDS
from traceability.exchange import seed
from traceability.locale import text
from traceability.services.directory.reference import ReferenceDocument

ENTRIES = list(seed.reference_entries())
SITES = [entry for entry in seed.scenario_entries("golden") if entry.kind == "site"]


def of_kind(kind: str) -> dict[str, ReferenceDocument]:
    return {entry.id: entry for entry in ENTRIES if entry.kind == kind}


def rows_of(setting: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = of_kind("setting")[setting].body["rows"]
    return rows


def test_ids_stand_once() -> None:
    counts = Counter((entry.kind, entry.id) for entry in ENTRIES)
    assert [key for key, number in counts.items() if number > 1] == []


def test_regions_are_complete_upwards() -> None:
    regions = {row["code"]: row for row in rows_of("regions")}
    levels = Counter(level_of(code) for code, row in regions.items() if "until" not in row)
    assert (levels["province"], levels["nation"]) == (34, 1)
    assert (levels["prefecture"], levels["county"]) == (342, 2846)
    below = [code for code in regions if level_of(code) in ("prefecture", "county")]
    assert [code for code in below if province_of(code) not in regions] == []
    assert [code for code in below if prefecture_of(code) not in regions] == []
    used = {site.body["region"] for site in SITES} | {row["region"] for row in rows_of("bases")}
    assert used - set(regions) == set()


def test_regions_follow_each_other_without_a_gap() -> None:
    """Each month has one version of a region, and what ended names what it became."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of("regions"):
        rows.setdefault(row["code"], []).append(row)
    for code, versions in rows.items():
        for row, following in pairwise(versions):
            assert next_month(row["until"]) <= following["from"], code
        for row in versions:
            assert set(row.get("successors", code).split("|")) <= set(rows), code
        ended = versions[-1].get("until", "")
        assert not ended or versions[-1].get("successors"), f"{code} became nothing"


def test_ten_metals_are_ten() -> None:
    rows = rows_of("metals")
    ten = [row["symbol"] for row in rows if row["ten_metals"]]
    assert ten == ["Al", "Cu", "Pb", "Zn", "Ni", "Sn", "Sb", "Mg", "Ti", "Hg"]


def test_an_installation_without_a_list_knows_the_metals_that_ship() -> None:
    rows = rows_of("metals")
    assert [row["symbol"] for row in rows] == [*DEFAULT_METALS, MIXED]
    assert [row["symbol"] for row in rows if row["ten_metals"]] == [
        metal.symbol for metal in DEFAULT_METALS.values() if metal.of_ten
    ]


def test_materials_refer_to_what_exists() -> None:
    materials = of_kind("material")
    families = {row["id"]: row["metal"] for row in rows_of("families")}
    codes = {row["code"] for row in rows_of("waste_codes")}
    for material_id, entry in materials.items():
        body = entry.body
        assert set(body["forms"]) <= set(FORMS), material_id
        assert body["metal"] in {*DEFAULT_METALS, MIXED, ""}, material_id
        assert families[body["family"]] in ("", body["metal"]), material_id
        assert body["waste_code"] in {*codes, ""}, material_id
        assert 0 <= body["low_g"] < body["high_g"], material_id
        assert all(name in materials for name in body["grades"]), material_id
        assert all(low <= high for _, low, high in body["limits"]), material_id
        if body["remelt_ingot"] or body["refined"]:
            assert body["forms"] == ["product"], material_id
    assert {form for entry in materials.values() for form in entry.body["forms"]} == set(FORMS)


def test_every_limit_belongs_to_an_alloy() -> None:
    limits = {row["alloy"] for row in seed._read_csv(seed.SEED / "reference" / "alloys.csv")}
    materials = of_kind("material")
    assert limits <= set(materials)
    adc12 = {element: (low, high) for element, low, high in materials["adc12"].body["limits"]}
    assert adc12["Si"] == (96_000, 120_000)
    assert adc12["Fe"] == (0, 13_000)


@pytest.mark.parametrize(
    ("material", "fraction_ppm", "family"),
    [
        ("tense", 900_000, "AlSiCu"),
        ("tutu", 1_000_000, "6xxx"),
        ("toto-6063", 950_000, "6xxx"),
        ("talc", 900_000, "3xxx"),
    ],
)
def test_defaults_of_the_golden_scenario(material: str, fraction_ppm: int, family: str) -> None:
    body = of_kind("material")[material].body
    assert (body["fraction_ppm"], body["family"]) == (fraction_ppm, family)


def test_families_bear_the_names_of_the_catalogue() -> None:
    for row in rows_of("families"):
        assert text(f"family.{row['id']}", {}, "zh") == row["zh"]


def test_certificates_have_a_holder_and_levels_of_their_kind() -> None:
    kinds = {row["id"]: row for row in rows_of("certificate_kinds")}
    assert {row["holder"] for row in kinds.values()} == {"site", "base"}
    assert {row["kind"] for row in rows_of("certificate_levels")} <= set(kinds)


def test_targets_are_those_of_the_documents() -> None:
    targets = [entry.body for entry in of_kind("target").values()]
    documents = {row["id"] for row in rows_of("documents")}
    for target in targets:
        assert set(target["document"].split("+")) <= documents
        assert (target["value"] is None) == (target["operator"] == "")
        assert target["operator"] in (">=", "<=", "~", "")
        assert text(f"indicator.{target['indicator']}", {}, "zh")

    def numbers(region: str, indicator: str) -> list[Fraction | None]:
        return [
            None if target["value"] is None else Fraction(target["value"])
            for target in targets
            if target["region"] == region and target["indicator"] == indicator
        ]

    for region in ("CN", "510000", "430000"):
        assert numbers(region, "supply_share_official") == [Fraction(24, 100)]
    assert numbers("360000", "supply_share_official") == [None], "a direction without a number"
    assert numbers("520000", "supply_share_official") == []
    for region in ("CN", "520000", "510000"):
        assert numbers(region, "direct_alloying") == [Fraction(90, 100)]
    for region in ("430000", "360000"):
        assert numbers(region, "direct_alloying") == []


def test_golden_sites_are_of_known_kinds_and_firms() -> None:
    for site in SITES:
        assert set(site.body["kinds"]) <= set(SITE_KINDS), site.id
        assert bool(site.body.get("firm")) != (site.body["kinds"] == ["authority"]), site.id
        assert site.group == province_of(site.body["region"])


def test_the_activities_that_ship_are_those_of_the_code() -> None:
    rows = rows_of("activities")
    shipped = {
        Activity(row["site_kind"], row["event"], tuple(row["metals"]), tuple(row["except_metals"]))
        for row in rows
    }
    assert len(shipped) == len(rows)
    assert shipped == set(DEFAULT_ACTIVITIES.rows)
