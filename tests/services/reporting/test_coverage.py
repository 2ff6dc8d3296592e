"""A target is judged only as far as the statistics of the region's authority carry the figure."""

from fractions import Fraction

import pytest

from tests.support.business import NOW_MS, Business
from tests.support.reading import ask
from tests.support.reporting import (
    GUIZHOU,
    HUNAN,
    SEES_ALL,
    SICHUAN,
    declare,
    figure,
    heat,
    statistic,
    written,
)
from tests.support.viewing import owner_of
from traceability.domain.period import parse_period
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.reporting.behind.drill_down import FigureAddress, open_figure
from traceability.services.reporting.figures.report import Figure, regional_report, report_for
from traceability.services.reporting.overviews.report_table import report_table

FEBRUARY = parse_period("2025-02")


def state_of(found: Figure) -> str:
    assert found.verdict is not None
    return str(found.verdict.state)


def test_without_a_statistic_there_is_no_official_ratio_and_no_verdict(here: Business) -> None:
    refined_heat(here, 240)
    share = figure(ask(here.store, regional_report, FEBRUARY), HUNAN, "supply_share_official")
    assert (share.value, share.denominator, share.numerator) == (None, None, 240_000)
    assert share.gap is None
    verdict = share.verdict
    assert verdict is not None
    assert (verdict.state, verdict.firms, verdict.compared, verdict.compared_by) == (
        "firms_above", 1, Fraction(24, 100), "supply_share",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("output_g", "state", "value"),
    [
        (1_250_000, "missed", Fraction(1, 5)),
        (1_250_001, "under_covered", Fraction(250_000, 1_250_001)),
        (1_000_000, "met", Fraction(1, 4)),
        (980_392, "over_covered", Fraction(250_000, 980_392)),
        (980_393, "met", Fraction(250_000, 980_393)),
        (0, "no_data", None),
    ],
)
def test_a_target_is_judged_within_the_bounds_of_coverage(
    here: Business, output_g: int, state: str, value: Fraction | None
) -> None:
    """The book holds 1 t, refined scrap among it: 80 % of 1.25 t, 102 % of 0.98 t."""
    refined_heat(here)
    statistic(here, HUNAN, "2025-02", output_g)
    report = ask(here.store, regional_report, FEBRUARY)
    share = figure(report, HUNAN, "supply_share_official")
    assert share.value == value
    expected = "not_reached" if state == "missed" else state
    assert state_of(share) == expected, "recycled output has no statistic"
    assert share.coverage[0].amount == 1_000_000
    assert figure(report, HUNAN, "output_coverage").numerator == 1_000_000


def refined_heat(here: Business, scrap_kg: float = 250) -> None:
    """1 t of refined copper at the Hunan plant, a quarter of it recycled."""
    scrap = here.collect("bare-bright", scrap_kg, site="plant", at="2025-02-01T08:00:00", metal_fraction="1")
    feed = here.supply("cu-concentrate", 1000 - scrap_kg, form="ore_feed", at="2025-02-02T08:00:00")
    here.melt(scrap, feed, into=1000, alloy="cathode", at="2025-02-10T10:00:00")


def test_the_bounds_are_data(here: Business) -> None:
    refined_heat(here)
    statistic(here, HUNAN, "2025-02", 10_000_000)
    body = {"low_ppm": 100_000}
    here.store.write(lambda writer: put_reference(writer, [ReferenceDocument("setting", "coverage", body)]))
    report = ask(here.store, regional_report, FEBRUARY)
    assert state_of(figure(report, HUNAN, "supply_share_official")) == "not_reached"
    assert (report.bounds.low, report.bounds.high) == (Fraction(1, 10), Fraction(102, 100))


def test_liquid_is_covered_by_the_aluminium_statistic_and_power_by_sites_that_declared_it(
    here: Business,
) -> None:
    liquid = here.tap(1000, at="2025-02-05T08:00:00")
    here.melt((liquid, 900), into=900, alloy="1050", site="guiyang", at="2025-02-05T09:00:00")
    assert (
        state_of(figure(ask(here.store, regional_report, FEBRUARY), GUIZHOU, "direct_alloying"))
        == "firms_above"
    )
    statistic(here, GUIZHOU, "2025-02", 1_250_000, ["Al"])
    report = ask(here.store, regional_report, FEBRUARY)
    rate, power = (figure(report, GUIZHOU, name) for name in ("direct_alloying", "renewable_power"))
    assert (state_of(rate), rate.coverage[0].value) == ("met", Fraction(4, 5))
    assert power.coverage[0].value == 0, "no site declared power"
    declare(here, "power", "2025-02", kwh=100, renewable_kwh=20)
    report = ask(here.store, regional_report, FEBRUARY)
    assert figure(report, GUIZHOU, "power_coverage").value == Fraction(4, 5)
    assert figure(report, SICHUAN, "liquid_coverage").value is None


def test_the_nation_of_a_partial_book_is_called_the_sum_of_this_book(here: Business) -> None:
    refined_heat(here)
    total = ask(here.store, regional_report, FEBRUARY).total
    assert (total.name("zh"), total.name("en")) == ("本账合计", "Sum of this book")
    statistic(here, "CN", "2025-02", 1_250_001)
    assert ask(here.store, regional_report, FEBRUARY).total.name("zh") == "本账合计"
    nation = ask(here.store, report_for, "nation", "CN", FEBRUARY).total
    assert nation.name("zh") == "本账合计"
    whole = parse_period("2025-01")
    statistic(here, "CN", "2025-01", 0)
    assert ask(here.store, regional_report, whole).total.name("zh") == "全国", "it made nothing and says so"


def test_firms_are_those_that_recorded_anything_in_the_period(here: Business) -> None:
    heat(here)
    here.collect("tense", 30, site="chengdu", at="2025-02-03T08:00:00")
    verdict = figure(ask(here.store, regional_report, FEBRUARY), "CN", "supply_share_official").verdict
    assert verdict is not None
    assert verdict.firms == 2, "a yard and a plant of one firm, and one in Chengdu"
    hunan = figure(ask(here.store, regional_report, FEBRUARY), HUNAN, "supply_share_official").verdict
    assert hunan is not None
    assert hunan.firms == 1


def test_the_gap_is_told_by_the_figures_own_method(here: Business) -> None:
    refined_heat(here, 100)
    statistic(here, HUNAN, "2025-02", 1_000_000)
    report = ask(here.store, regional_report, FEBRUARY)
    official, supply = (figure(report, HUNAN, name) for name in ("supply_share_official", "supply_share"))
    assert official.gap == (140_000, 184_211, Fraction(24, 100))
    assert supply.gap == (None, 184_211, Fraction(24, 100))
    assert figure(report, GUIZHOU, "supply_share_official").gap is None, "no target of its own"
    beyond = figure(
        ask(here.store, regional_report, FEBRUARY, metals=("Cu",)), HUNAN, "supply_share_official"
    )
    assert beyond.gap is None, "the target speaks of the ten metals"


def test_a_file_tells_the_side_of_the_target_and_the_coverage(here: Business) -> None:
    refined_heat(here, 240)
    statistic(here, HUNAN, "2025-02", 1_000_000_000)
    table = written(report_table(ask(here.store, regional_report, FEBRUARY), ["supply_share_official"]))
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    hunan = next(row for row in rows if row["code"] == HUNAN)
    assert (hunan["verdict"], hunan["coverage_of"], hunan["firms"]) == (
        "under_covered",
        "output_coverage",
        "1",
    )
    assert hunan["coverage"] == "0.001"
    total = next(row for row in rows if row["code"] == "CN")
    assert (total["name_zh"], total["coverage"], total["verdict"]) == ("本账合计", "", "firms_above")


def test_a_gap_is_split_by_metal_and_site(here: Business) -> None:
    refined_heat(here, 100)
    scrap = here.collect("tutu", 50, site="plant", at="2025-02-03T08:00:00", metal_fraction="1")
    here.melt(scrap, into=50, alloy="6063", at="2025-02-11T10:00:00")
    address = FigureAddress("province", HUNAN, "supply_share", FEBRUARY)
    opened = ask(here.store, open_figure, SEES_ALL, address, NOW_MS)
    assert opened.figure.gap is not None
    assert opened.figure.gap.growing == 134_211, ".24 × 900 ÷ .76 − 150, kg"
    assert opened.missing is not None
    assert [(part.metal, part.gap) for part in opened.missing.metals] == [("Cu", 184_211), ("Al", -50_000)]
    assert [(part.site, part.gap) for part in opened.missing.sites] == [("plant", 134_211)]
    stranger = owner_of("chengdu")
    hidden = ask(here.store, open_figure, stranger, address, NOW_MS).missing
    assert hidden is not None
    assert [(part.site, part.count, part.gap) for part in hidden.sites] == [("", 1, 134_211)]
    official = FigureAddress("province", HUNAN, "supply_share_official", FEBRUARY)
    assert ask(here.store, open_figure, SEES_ALL, official, NOW_MS).missing is None, "no statistic, no gap"
    statistic(here, HUNAN, "2025-02", 1_000_000)
    by_supply = ask(here.store, open_figure, SEES_ALL, official, NOW_MS).missing
    assert by_supply is not None
    assert (by_supply.indicator, by_supply.sites) == ("supply_share", opened.missing.sites)
