"""Unit energy and emissions of what sites declare: exact, by process, metal and source, region = Σ of sites."""

from fractions import Fraction
from typing import Any

from tests.support.business import Business
from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, Q1, SICHUAN, YEAR, declare, heat
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.energy import list_outputs
from traceability.domain.indicators import INDICATORS, SECTIONS, EnergyRecords
from traceability.domain.period import Period, parse_period
from traceability.domain.posting import LedgerRow, parts_of
from traceability.services.reporting.figures.report import Figure, report_for
from traceability.services.reporting.scope import Level, MonthView

CN = "CN"


def figure_of(
    here: Business | Golden, code: str, indicator: str, period: Period = Q1, metals: tuple[str, ...] = (),
    view: MonthView = "book",
) -> Figure:  # fmt: skip
    level: Level = "nation" if code == CN else "province" if code.isdecimal() else "site"
    report = ask(here.store, report_for, level, code, period, metals, view)
    return report.total.figures[indicator]


def value_of(here: Business | Golden, code: str, indicator: str, **more: Any) -> Fraction | None:
    return figure_of(here, code, indicator, **more).value


def test_primary_metal_counts_where_it_is_first_made_and_liquid_aluminium_where_it_is_tapped() -> None:
    row = LedgerRow("primary", "smelter", "430482", "Pb", "2025-01", via="first")
    assert parts_of(row) == ("primary_first",)
    assert parts_of(row._replace(via="tapped")) == ()
    made = {
        "Pb": {"primary": 70, "primary_first": 60, "melt_product": 10},
        "Al": {"molten_tapped": 100, "melt_product": 97},
        "Zn": {"melt_product": -5},
    }
    assert list_outputs(made) == {("other", "Pb"): 70, ("electrolysis", "Al"): 100}


def test_the_golden_electrolyses(told: Golden) -> None:
    for region in (GUIZHOU, SICHUAN, CN):
        assert value_of(told, region, "unit_power_electrolysis") == 13_500
        assert value_of(told, region, "unit_energy_electrolysis") == Fraction("1659.15")
        assert value_of(told, region, "unit_energy_other") is None, "nobody else declared any"
    assert value_of(told, GUIZHOU, "intensity_power_electrolysis") == Fraction("7.2441")
    assert value_of(told, SICHUAN, "intensity_power_electrolysis") == Fraction("1.8954")
    assert value_of(told, CN, "emissions_power_electrolysis") == Fraction("724.41") + Fraction("94.77")
    # Market-based counts what is not renewable: 1 080 000 kWh and 135 000 kWh.
    assert value_of(told, GUIZHOU, "emissions_power_market_electrolysis") == Fraction("579.528")
    assert value_of(told, SICHUAN, "emissions_power_market_electrolysis") == Fraction("18.954")
    assert figure_of(told, CN, "intensity_electrolysis").factors == "2025.2"
    assert value_of(told, HUNAN, "emissions_electrolysis") is None


def test_a_site_of_several_metals_is_shared_out_by_mass_unless_a_line_is_named(here: Business) -> None:
    heat(here)
    lead = here.collect("racks", 3_100, site="plant", at="2025-02-03T08:00:00", metal_fraction="1")
    here.melt(lead, into=3_000, alloy="pb-ingot", at="2025-02-11T08:00:00")
    declare(here, "power", "2025-02", "plant", kwh=8_000)
    assert value_of(here, HUNAN, "unit_energy_other") == Fraction("0.1229") * 2_000
    for metal, kwh in (("Al", 2_000), ("Pb", 6_000)):
        shared = figure_of(here, HUNAN, "unit_energy_other", metals=(metal,))
        assert shared.numerator == Fraction("0.1229") * kwh
    declare(here, "line", "2025", "plant", line="L1", metal="Pb", capacity_g=1, level="between")
    declare(
        here, "fuel", "2025-02", "plant", fuel="natural-gas", fuel_milli=100_500, fuel_unit="m3", line="L1"
    )
    declare(here, "fuel", "2025-02", "plant", fuel="diesel", fuel_milli=10_000, fuel_unit="L", metal="Al")
    gas, diesel = Fraction("100.5"), 10
    of_lead = figure_of(here, HUNAN, "unit_energy_other", metals=("Pb",))
    assert of_lead.numerator == Fraction("0.1229") * 6_000 + gas * Fraction("1.33")
    assert of_lead.denominator == 3_000_000
    assert of_lead.value == (Fraction("0.1229") * 6_000 + gas * Fraction("1.33")) / 3
    assert (
        value_of(here, HUNAN, "emissions_fuel_other")
        == (gas * Fraction("2.1622") + diesel * Fraction("2.6006")) / 1000
    )
    assert_equal_to_a_rebuild(here.store)


def test_process_emissions_stand_beside_power_and_fuel(here: Business) -> None:
    here.tap(2000, at="2025-01-05T08:00:00")
    declare(here, "power", "2025-01", kwh=27_000, renewable_kwh=7_000)
    declare(here, "emission", "2025-01", emission="anode", co2_g=3_000_000)
    declare(here, "emission", "2025-01", emission="pfc", co2_g=500_000)
    power = 27 * Fraction("0.5366")
    assert value_of(here, GUIZHOU, "emissions_process_electrolysis") == Fraction("3.5")
    assert value_of(here, GUIZHOU, "emissions_electrolysis") == power + Fraction("3.5")
    assert value_of(here, GUIZHOU, "intensity_electrolysis") == (power + Fraction("3.5")) / 2
    assert (
        value_of(here, GUIZHOU, "intensity_market_electrolysis")
        == (20 * Fraction("0.5366") + Fraction("3.5")) / 2
    )
    assert value_of(here, GUIZHOU, "emissions_other") is None


def test_sites_sum_to_their_region_and_months_to_the_year(here: Business) -> None:
    here.tap(1001, at="2025-01-05T08:00:00")
    lot = here.collect("tutu", 777, site="plant", at="2025-02-01T08:00:00", metal_fraction="1")
    here.melt(lot, into=700, alloy="6063", at="2025-02-10T10:00:00")
    zinc = here.collect("score", 350, site="plant", at="2025-02-03T08:00:00", metal_fraction="1")
    here.melt(zinc, into=333.333, alloy="zn-ingot", at="2025-02-11T08:00:00")
    for number, (site, month) in enumerate(
        [
            ("guiyang", "2025-01"),
            ("plant", "2025-02"),
            ("plant", "2025-03"),
            ("chengdu", "2025-02"),
            ("yard", "2025"),
        ]
    ):
        declare(here, "power", month, site, kwh=1_000_003 + number)
        declare(here, "fuel", month, site, fuel="natural-gas", fuel_milli=1_234_567 + number, fuel_unit="m3")
    for period in (YEAR, Q1, parse_period("2025-02")):
        nation = ask(here.store, report_for, "nation", "CN", period).total.figures
        sites = [
            ask(here.store, report_for, "site", site, period).total.figures
            for site in ("guiyang", "plant", "chengdu", "yard")
        ]
        for id_ in (*SECTIONS["energy"], *SECTIONS["emissions"]):
            if isinstance(INDICATORS[id_].source, EnergyRecords):
                whole = nation[id_]
                parts = [site[id_] for site in sites if site[id_].numerator is not None]
                assert (whole.numerator or 0) == sum((part.numerator or 0) for part in parts), id_
                assert (whole.denominator or 0) == sum((part.denominator or 0) for part in parts), id_


def test_a_sealed_month_keeps_its_energy_and_what_came_since_stands_beside(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    event = declare(here, "power", "2025-01", kwh=13_500)
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    draft = here.draft("declare", "guiyang", type="power", period="2025-01", kwh=14_000)
    here.replace(event, draft, "guiyang")
    sealed = figure_of(here, GUIZHOU, "unit_power_electrolysis")
    assert (sealed.value, sealed.since_seal) == (Fraction(13_500), Fraction(14_000))
    assert value_of(here, GUIZHOU, "unit_power_electrolysis", view="event") == 14_000


def test_what_has_no_factor_is_named_and_left_out(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    declare(here, "fuel", "2025-01", fuel="peat", fuel_g=5_000)
    assert value_of(here, GUIZHOU, "unit_energy_electrolysis") is None
    declare(here, "power", "2025-01", kwh=13_500)
    energy = figure_of(here, GUIZHOU, "unit_energy_electrolysis")
    assert (energy.value, energy.missing) == (Fraction("1659.15"), ("peat (kg)",))
