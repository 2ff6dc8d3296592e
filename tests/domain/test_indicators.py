"""The formulas give exact values, no value where the denominator is 0, and totals rather than means
of ratios.
"""

import ast
import re
from fractions import Fraction
from pathlib import Path

import pytest

from traceability.domain.carbon import FactorSet, MetalFactors, factors_in_force, screening_footprint
from traceability.domain.declarations import SmeltingLine, capacity_at, evidence_months, newest_lines
from traceability.domain.element_recovery import Assayed, element_recovery
from traceability.domain.errors import BadInput
from traceability.domain.indicators import (
    ANY_METAL,
    INDICATORS,
    TEN_METALS,
    accounts_of,
    add_sums,
    adds_to,
    metals_for,
)
from traceability.domain.period import Period, add_months, parse_period, pick_periods
from traceability.domain.posting import LedgerRow, Posting, tally
from traceability.domain.recycled_content import NO_CONTENT, recycled_content
from traceability.domain.vocabulary import ACCOUNTS, COLUMNS
from traceability.locale import LANGUAGES, text
from traceability.services.reporting.figures.sources import source_of

ROOT = Path(__file__).resolve().parents[2]
RECORDS = [ROOT / "traceability" / "domain" / name for name in ("indicators.py", "statistic.py")]
"""The record of indicators, and that of statistics, of which one is called alike."""

TEN = frozenset({"Al", "Cu", "Pb", "Zn"})


def posting(account: str, grams: int, region: str = "430681", site: str = "plant", **where: str) -> Posting:
    return Posting(1, 1, 0, "2025-02", LedgerRow(account, site, region, "Al", "2025-02", **where), grams)


def sums_at(place: str, *postings: Posting) -> dict[str, int]:
    tallies, _ = tally(postings)
    return add_sums(sums for key, sums in tallies.items() if key.place == place)


def value(indicator: str, sums: dict[str, int]) -> Fraction | None:
    return INDICATORS[indicator].compute(sums)[2]


def test_every_indicator_reads_columns_that_exist_and_is_explained_in_both_languages() -> None:
    for id_, indicator in INDICATORS.items():
        assert set(indicator.columns) <= set(COLUMNS), id_
        assert accounts_of(indicator.columns) or indicator.numerator is None
        for language in LANGUAGES:
            for code in (f"indicator.{id_}", indicator.method):
                assert text(code, {}, language) != code, code


def test_no_code_outside_the_record_knows_an_indicator_by_its_id() -> None:
    """A branch on an id, or a second list of ids, is one more place to find for whoever adds an indicator.

    The masses that are called as their ledger account are left out: that word is the account's elsewhere.
    """
    ids = set(INDICATORS) - set(ACCOUNTS)
    literals = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for folder in ("traceability", "graph", "scanners")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path not in RECORDS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in ids
    ]
    assert literals == []


def test_no_template_knows_an_indicator_by_its_id() -> None:
    names = re.compile(r"""(?:cells|figures)\.(\w+)|['"](\w+)['"]""")
    ids = set(INDICATORS) - set(ACCOUNTS)
    assert [
        f"{path.relative_to(ROOT)} {name}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for found in names.finditer(path.read_text(encoding="utf-8"))
        if (name := found[1] or found[2]) in ids
    ] == []


def test_every_indicator_has_a_source_that_is_read() -> None:
    assert all(source_of(indicator) for indicator in INDICATORS.values())


@pytest.mark.parametrize("indicator", [id_ for id_, one in INDICATORS.items() if one.numerator])
def test_nothing_divided_by_nothing_is_no_value(indicator: str) -> None:
    expected = 0 if INDICATORS[indicator].kind == "mass" else None
    assert value(indicator, {}) == expected


def test_a_share_of_less_than_nothing_is_no_value() -> None:
    """A month that only books corrections of a sealed one."""
    sums = {"recycled": -825, "recycled_local": -550}
    assert INDICATORS["in_province_share"].compute(sums)[2] is None
    numerator, denominator, value = INDICATORS["supply_share"].compute(sums)
    assert (numerator, denominator, value) == (-825, -825, None)


def test_supply_share_by_both_methods_and_its_parts() -> None:
    sums = sums_at(
        "province:430000",
        posting("recycled", 300, source_class="post", origin="430000", via="melt"),
        posting("recycled", 100, source_class="post", origin="510000", via="refined"),
        posting("recycled", 50, source_class="pre", origin="IMP-JP", via="direct_use"),
        posting("recycled", 50, source_class="unspecified", origin="OPEN", via="melt"),
        posting("primary", 500, source_class="primary", origin="520000", via="tapped"),
        posting("primary", 100, source_class="unknown", origin="430000", via="melt"),
    )
    assert value("supply_share", sums) == Fraction(500, 1100)
    assert value("supply_share_official", sums) is None, "its whole is a statistic, never the book's"
    assert value("supply_share_refined", sums) == Fraction(450, 1050)
    assert INDICATORS["supply_share_official_refined"].compute(sums)[:2] == (450, None)
    assert INDICATORS["output_coverage"].compute(sums)[0] == 700, "P and refined R: what statistics count"
    parts = ("in_province_share", "out_of_province_share", "imported_share", "unknown_origin_share")
    assert [value(part, sums) for part in parts] == [
        Fraction(300, 500), Fraction(100, 500), Fraction(50, 500), Fraction(50, 500),
    ]  # fmt: skip
    assert value("direct_use_share", sums) == Fraction(50, 500)


def test_heats_add_up_to_yield_loss_and_residue() -> None:
    """H01 of the golden scenario."""
    sums = sums_at(
        "site:plant/430681",
        posting("melt_in", 32_000_000),
        posting("melt_heel_in", 2_000_000),
        posting("melt_product", 28_000_000),
        posting("melt_heel_out", 2_000_000),
        posting("melt_dross_metal", 1_000_000),
        posting("melt_loss", 1_000_000),
        posting("residue_generated", 2_000_000, via="melt", waste_code="321-026-48"),
        posting("residue_generated", 900_000, via="sort"),
        posting("residue_utilised", 1_450_000, waste_code="321-026-48"),
        posting("charged_scrap", 19_000_000, family="AlSiCu"),
        posting("charged_scrap", 5_000_000, family="6xxx"),
        posting("preserved", 19_000_000, family="AlSiCu"),
    )
    assert value("metal_yield", sums) == Fraction(28, 30)
    assert value("metal_loss", sums) == 1_000_000
    assert value("residue_per_tonne", sums) == Fraction(2000, 28)
    assert value("residue_utilisation", sums) == Fraction(1_450, 2_900)
    assert value("grade_preserving", sums) == Fraction(19, 24)
    assert value("grade_preserving_wrought", sums) == 0


def test_every_share_has_a_coverage_that_is_an_indicator_itself() -> None:
    for id_, indicator in INDICATORS.items():
        if indicator.kind not in ("mass", "amount") and indicator.section != "coverage":
            assert indicator.coverage, id_
        for covered in indicator.coverage:
            assert INDICATORS[covered].section == "coverage"
            assert text(f"covered.{covered}", {}, "zh") != f"covered.{covered}"
        for other in filter(None, (indicator.without_statistic, indicator.target_of)):
            assert other in INDICATORS


def test_only_a_share_of_a_whole_that_it_is_part_of_grows_it() -> None:
    grows = {id_ for id_, indicator in INDICATORS.items() if indicator.grows}
    assert {"supply_share", "supply_share_refined"} <= grows
    assert not grows & {"supply_share_official", "direct_alloying", "renewable_power", "grade_preserving"}


def test_ratios_of_groups_are_of_sums() -> None:
    hunan, sichuan = {"recycled": 33_300, "primary": 91_800}, {"recycled": 10_080, "primary": 50_000}
    both = value("supply_share", add_sums((hunan, sichuan)))
    assert both == Fraction(43_380, 185_180)
    shares = [value("supply_share", one) or 0 for one in (hunan, sichuan)]
    assert both != sum(shares) / 2


def test_metals_of_an_indicator_are_those_chosen_within_its_scope() -> None:
    assert metals_for(TEN_METALS, (), TEN) == ("Al", "Cu", "Pb", "Zn")
    assert metals_for(TEN_METALS, ("Cu", "W"), TEN) == ("Cu",)
    assert metals_for(TEN_METALS, ("W",), TEN) is None
    assert metals_for("Al", ("Cu",), TEN) is None
    assert metals_for(ANY_METAL, (), TEN) == ()
    assert metals_for(ANY_METAL, ("W",), TEN) == ("W",)


def test_postings_behind_part_columns() -> None:
    assert accounts_of(("recycled_import", "recycled", "primary")) == ("recycled", "primary")
    imported = posting("recycled", 1, origin="IMP-CL").row
    assert adds_to(imported, ("recycled_import",))
    assert adds_to(imported, ("recycled",))
    assert not adds_to(posting("recycled", 1, origin="430000").row, ("recycled_import",))


def test_recycled_content_keeps_classes_apart_and_never_claims_the_unknown() -> None:
    vector = {(0, "430000", 0): 600, (1, "430000", 0): 100, (3, "ADD", 1): 200, (4, "430000", 1): 100}
    content = recycled_content(vector, 500)
    assert (content.share, content.strict_share) == (Fraction(7, 10), Fraction(1, 2))
    assert [content.share_of(name) for name in ("post", "pre", "unspecified", "primary", "unknown")] == [
        Fraction(6, 10), Fraction(1, 10), 0, Fraction(2, 10), Fraction(1, 10),
    ]  # fmt: skip
    assert content.plus(content).share == content.share
    assert NO_CONTENT.share is None


def test_screening_footprint_is_never_netted() -> None:
    factors = FactorSet(
        "2025.1", "2025-01-01", {"Al": MetalFactors(Fraction("15.1"), Fraction("0.6"), ("primary",))}
    )
    content = recycled_content({(0, "430000", 0): 825, (3, "ADD", 1): 100, (4, "430000", 1): 75}, 0)
    footprint = screening_footprint(content, "Al", factors)
    assert footprint is not None
    assert footprint.value == Fraction("3.1375")
    assert footprint.avoided == Fraction("0.825") * Fraction("14.5")
    assert (footprint.version, footprint.verified) == ("2025.1", False)
    assert screening_footprint(content, "W", factors) is None
    assert screening_footprint(NO_CONTENT, "Al", factors) is None
    later = FactorSet("2026.1", "2026-01-01")
    assert factors_in_force((later, factors), "2025-12-31") is factors
    assert factors_in_force((later, factors), "2026-01-01") is later
    assert factors_in_force((later, factors), "2020-01-01") is factors
    assert factors_in_force((), "2025-01-01") is None


def test_elements_count_where_every_side_was_assayed() -> None:
    charge: list[Assayed] = [(1_000, {"Si": 100_000, "Cu": 20_000}), (1_000, {"Si": 0, "Cu": 10_000})]
    won: list[Assayed] = [(1_800, {"Si": 50_000})]
    assert element_recovery([(charge, won), (charge, [(1, {})]), ([], won)]) == {
        "Si": (Fraction(90), Fraction(100))
    }


def test_a_line_counts_once_a_year_by_its_newest_declaration() -> None:
    def line(
        name: str, period: str, capacity: int, level: str, order: int, metal: str = "Al"
    ) -> SmeltingLine:
        return SmeltingLine("plant", name, period, metal, capacity, level, (order, order), str(order))

    lines = [
        line("1", "2025", 100, "between", 1),
        line("1", "2025-03", 100, "benchmark", 2),
        line("1", "2025-09", 100, "below_baseline", 3),
        line("2", "2025", 300, "below_baseline", 4, "Cu"),
        line("3", "2024", 500, "benchmark", 5),
    ]
    quarter = newest_lines(lines, parse_period("2025-Q1"))
    assert [one.event for one in quarter] == ["2", "4"]
    assert capacity_at("benchmark", quarter, ()) == (100, 400)
    assert capacity_at("benchmark", quarter, ("Al",)) == (100, 100)
    assert capacity_at("below_baseline", newest_lines(lines, parse_period("2025")), ()) == (400, 400)


def test_evidence_needs_seal_power_and_fuel_of_ended_months() -> None:
    months = {
        "sealed": ["2025-01", "2025-02", "2025-03"],
        "power": ["2025-02", "2025-03"],
        "fuel": ["2025-02"],
    }
    year = parse_period("2025")

    def count(first: str, ended_before: str, period: Period, **kept: list[str]) -> tuple[int, int]:
        found = evidence_months(
            first, ended_before, period, sealed=kept["sealed"], power=kept["power"], fuel=kept["fuel"]
        )
        return sum(found.values()), len(found)

    assert count("2025-01", "2025-04", year, **months) == (1, 3)
    assert count("2025-02", "2025-04", parse_period("2025-Q1"), **months) == (1, 2)
    assert count("2026-01", "2025-04", year, **months) == (0, 0)


@pytest.mark.parametrize(
    ("written", "first", "last", "shown"),
    [
        ("2025", "2025-01", "2025-12", "2025"),
        ("2025-Q1", "2025-01", "2025-03", "2025-Q1"),
        ("2025q4", "2025-10", "2025-12", "2025-Q4"),
        ("2025-03", "2025-03", "2025-03", "2025-03"),
        ("2024-11..2025-02", "2024-11", "2025-02", "2024-11..2025-02"),
        ("2024..2025-Q2", "2024-01", "2025-06", "2024-01..2025-06"),
    ],
)
def test_periods_are_runs_of_months(written: str, first: str, last: str, shown: str) -> None:
    period = parse_period(written)
    assert (period.first, period.last, str(period)) == (first, last, shown)


@pytest.mark.parametrize(
    "written", ["", "25", "2025-13", "2025-00", "2025-Q5", "2025-03..2025-01", "1025", "9999", "2025-1"]
)
def test_other_texts_are_no_periods(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_period(written)
    assert refused.value.code == "report.bad_period"


def test_months_run_over_the_end_of_a_year() -> None:
    period = Period("2024-12", "2025-02")
    assert period.months() == ["2024-12", "2025-01", "2025-02"]
    assert (period.before, period.year, period.whole_years) == ("2024-11", 2025, False)
    assert add_months("2025-01", -13) == "2023-12"
    assert period.contains("2025-01")
    assert period.end_ms - period.start_ms == 90 * 24 * 3600 * 1000


def test_a_year_counts_once_by_its_yearly_figure_or_its_months() -> None:
    months = {f"2025-{month:02d}": 1 for month in range(1, 13)}
    assert pick_periods(parse_period("2025"), {**months, "2025": 13}) == ({"2025": 13}, [])
    assert pick_periods(parse_period("2025-Q1"), {**months, "2025": 13})[0] == {
        "2025-01": 1, "2025-02": 1, "2025-03": 1,
    }  # fmt: skip
    assert pick_periods(parse_period("2025-Q1"), {"2025": 13}) == ({}, ["2025-01", "2025-02", "2025-03"])
