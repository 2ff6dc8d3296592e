"""Reports add up what was recorded, at every level, by month of the book or of the event."""

from fractions import Fraction

import pytest

from tests.support.business import NOW_MS, Business
from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, Q1, SEES_ALL, SICHUAN, YEAR, figure, heat
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.period import parse_period
from traceability.domain.provenance import CLASSES
from traceability.services.reporting.behind.drill_down import FigureAddress, open_figure
from traceability.services.reporting.figures.postings import drill_down
from traceability.services.reporting.figures.report import (
    find_figure,
    regional_report,
    report_for,
    target_value,
)
from traceability.services.reporting.periods import list_periods, usual_period
from traceability.services.reporting.registers.products import list_product_content
from traceability.services.tracing.custody_model import find_models, lot_content

# --- places -------------------------------------------------------------------------------------------------------


def test_a_book_without_events_has_no_data(here: Business) -> None:
    report = ask(here.store, regional_report, Q1)
    assert (report.seq, report.recorded_ms) == (0, 0)
    assert figure(report, "CN", "supply_share").value is None
    assert figure(report, "CN", "renewable_power").value is None
    assert [row.code for row in report.rows] == [HUNAN, SICHUAN, GUIZHOU], "provinces with sites"
    assert report.row("110000") is None


def test_every_level_shows_the_same_sums(here: Business) -> None:
    heat(here)
    for level, code, within in (
        ("nation", "CN", HUNAN), ("province", HUNAN, "430600"), ("prefecture", "430600", "430681"),
        ("county", "430681", "plant"), ("site", "plant", ""),
    ):  # fmt: skip
        report = ask(here.store, report_for, level, code, Q1)  # type: ignore[arg-type]
        assert figure(report, code, "recycled_output").value == 250_000
        if within:
            assert figure(report, within, "recycled_output").value == 250_000
        assert report.total.name("en")
    assert report.rows == ()


def test_unknown_places_periods_and_metals_are_refused(here: Business) -> None:
    with pytest.raises(NotFound):
        ask(here.store, report_for, "site", "nowhere", Q1)
    with pytest.raises(BadInput):
        ask(here.store, report_for, "prefecture", HUNAN, Q1)
    with pytest.raises(BadInput):
        ask(here.store, regional_report, Q1, metals=("Xx",))
    with pytest.raises(BadInput):
        ask(here.store, regional_report, Q1, groups={"odd": ["4306"]})
    with pytest.raises(NotFound):
        find_figure(ask(here.store, regional_report, Q1), "110000", "supply_share")


def test_groups_add_numerators_and_denominators(here: Business) -> None:
    heat(here)
    liquid = here.tap(1000, at="2025-02-03T08:00:00")
    here.melt((liquid, 400), into=400, alloy="1050", site="guiyang", at="2025-02-03T09:00:00")
    report = ask(
        here.store, regional_report, Q1, groups={"south": [HUNAN, GUIZHOU, "430600"], "all": ["CN", HUNAN]}
    )
    south, whole = report.groups
    parts = [figure(report, code, "supply_share") for code in (HUNAN, GUIZHOU)]
    assert south.figures["supply_share"].numerator == sum(part.numerator or 0 for part in parts)
    assert south.figures["supply_share"].denominator == sum(part.denominator or 0 for part in parts)
    assert south.figures["supply_share"].value == Fraction(250, 1250)
    assert whole.figures["supply_share"].value == report.nation.figures["supply_share"].value
    assert figure(report, "south", "direct_alloying").value == Fraction(400, 1000)


def test_a_group_opens_to_the_postings_of_all_its_regions(here: Business) -> None:
    heat(here)
    here.collect("tense", 30, site="chengdu")
    code = f"{HUNAN},{SICHUAN}"
    report = ask(here.store, report_for, "group", code, Q1)
    assert [row.code for row in report.rows] == [HUNAN, SICHUAN]
    assert (report.total.name("zh"), report.total.name("en")) == ("湖南省、四川省", "Hunan, Sichuan")
    collected = figure(report, code, "collected")
    assert collected.value == 280_000
    assert sum(line.posting.grams for line in ask(here.store, drill_down, collected.inputs).lines) == 280_000
    opened = ask(here.store, open_figure, SEES_ALL, FigureAddress("group", code, "collected", Q1), NOW_MS)
    assert sum(line.numerator for line in opened.lines) == 280_000
    assert {one.site for one in ask(here.store, list_product_content, "group", code, Q1)} == {"plant"}


def test_regions_that_there_are_not_make_no_group(here: Business) -> None:
    for code in ("CN", f"{HUNAN},CN", f"{HUNAN},", "nowhere"):
        with pytest.raises(BadInput):
            ask(here.store, report_for, "group", code, Q1)
    with pytest.raises(NotFound):
        ask(here.store, report_for, "group", f"{HUNAN},990000", Q1)
    with pytest.raises(NotFound):
        ask(here.store, regional_report, Q1, groups={"990000": ["990000"]})
    with pytest.raises(NotFound):
        ask(here.store, report_for, "province", "990000", Q1)
    with pytest.raises(NotFound):
        ask(here.store, report_for, "prefecture", "990100", Q1)


def test_a_metal_without_supply_has_no_data(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1)
    found = find_figure(report, HUNAN, "recycled_output", "Cu")
    assert (found.value, found.metals) == (None, ("Cu",))
    with pytest.raises(NotFound):
        find_figure(report, HUNAN, "recycled_output", "Xx")


def test_a_mass_of_which_nothing_is_recorded_is_no_data(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, parse_period("2031"))
    output = figure(report, "CN", "recycled_output")
    assert (output.value, output.numerator) == (None, None)
    assert output.verdict is not None
    assert output.verdict.state == "no_data"
    assert figure(report, "CN", "ten_metal_output").value is None
    assert figure(ask(here.store, regional_report, Q1), "CN", "primary_output").value == 0, (
        "recorded, and none of it primary"
    )


def test_tonnes_of_a_year_are_judged_over_a_whole_year_alone(here: Business) -> None:
    heat(here)

    def verdict(period: str) -> tuple[str, bool]:
        found = figure(
            ask(here.store, regional_report, parse_period(period)), "CN", "recycled_output"
        ).verdict
        assert found is not None
        assert found.shown is not None
        return found.state, found.interim

    assert verdict("2025") == ("firms_below", False), "no statistic says how much others made"
    assert verdict("2025-Q1") == ("of_year", True)
    assert verdict("2025..2026") == ("of_year", True)
    assert (
        target_value(figure(ask(here.store, regional_report, YEAR), "CN", "recycled_output"))
        == 20_000_000 * 1_000_000
    )


def test_the_usual_period_is_the_newest_year_that_supplied_metal(here: Business) -> None:
    assert ask(here.store, usual_period) is None
    here.collect("tutu", 10, at="2024-05-01T08:00:00")
    assert ask(here.store, usual_period) == parse_period("2024")
    heat(here)
    here.collect("tutu", 10, at="2026-01-01T00:00:00")
    assert ask(here.store, usual_period) == YEAR
    known = ask(here.store, list_periods)
    assert known.usual == YEAR
    assert known.months == ["2024-05", "2025-02", "2026-01"]
    assert [(year, [str(one) for one in found]) for year, found in known.years] == [
        ("2026", ["2026", "2026-Q1", "2026-01"]),
        ("2025", ["2025", "2025-Q1", "2025-02"]),
        ("2024", ["2024", "2024-Q2", "2024-05"]),
    ]


def test_metals_chosen_leave_other_figures_without_data(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1, metals=("Cu",))
    assert figure(report, HUNAN, "supply_share").value is None
    assert figure(report, HUNAN, "direct_alloying").value is None
    chosen = ask(here.store, regional_report, Q1, metals=("Al",))
    assert figure(chosen, HUNAN, "supply_share").value == 1
    verdict = figure(chosen, HUNAN, "supply_share_official").verdict
    assert verdict is None, "the target speaks of ten metals, not of aluminium"


# --- months -------------------------------------------------------------------------------------------------------


def test_a_late_entry_counts_in_the_month_of_recording_or_of_the_event(here: Business) -> None:
    heat(here)
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    here.collect("tutu", 100, site="plant", at="2025-02-20T08:00:00")
    february, recorded = parse_period("2025-02"), parse_period("2026-01")
    by_book = ask(here.store, regional_report, february)
    by_event = ask(here.store, regional_report, february, view="event")
    assert figure(by_book, HUNAN, "collected").value == 250_000
    assert figure(by_event, HUNAN, "collected").value == 350_000
    assert figure(ask(here.store, regional_report, recorded), HUNAN, "collected").value == 100_000
    page = ask(here.store, drill_down, figure(by_event, HUNAN, "collected").inputs)
    assert sum(line.posting.grams for line in page.lines) == 350_000
    page = ask(here.store, drill_down, figure(by_book, HUNAN, "collected").inputs)
    assert sum(line.posting.grams for line in page.lines) == 250_000


def test_open_liquid_at_start_and_end(here: Business) -> None:
    liquid = here.tap(1000, at="2025-01-10T08:00:00")
    here.melt((liquid, 300), into=300, alloy="1050", site="guiyang", at="2025-01-10T09:00:00")
    here.melt((liquid, 200), into=200, alloy="1050", site="guiyang", at="2025-02-01T09:00:00")
    report = ask(here.store, regional_report, parse_period("2025-02"))
    assert figure(report, GUIZHOU, "open_liquid_start").value == 700_000
    assert figure(report, GUIZHOU, "open_liquid_end").value == 500_000
    assert figure(report, GUIZHOU, "direct_alloying").value is None, "nothing was tapped in February"
    page = ask(here.store, drill_down, figure(report, GUIZHOU, "open_liquid_end").inputs)
    assert len(page.lines) == 3


# --- the golden scenario ------------------------------------------------------------------------------------------


def six(value: Fraction | None) -> str:
    """As the scenario states it: six decimals, half up."""
    return "no data" if value is None else f"{int(value * 10**6 + Fraction(1, 2)) / 10**6:.6f}"


def test_regional_report_of_the_golden_scenario(golden: Golden) -> None:
    report = ask(golden.store, regional_report, Q1, groups={"four": ["360000", HUNAN, SICHUAN, GUIZHOU]})
    stated = {
        GUIZHOU: (18_430, 100_000, "0.155619", 100_000, "no_target"),
        SICHUAN: (10_080, 50_000, "0.167776", 50_000, "missed"),
        HUNAN: (33_300, 91_800, "0.266187", 102_000, "met"),
        "360000": (47_880, 75_240, "0.388889", 99_000, "no_number"),
        "CN": (109_690, 317_040, "0.257048", 351_000, "met"),
        "four": (109_690, 317_040, "0.257048", 351_000, "no_target"),
    }
    for code, (recycled, primary, supply, ten, state) in stated.items():
        masses = [figure(report, code, f"{name}_output").value for name in ("recycled", "primary")]
        assert masses == [recycled * 1000, primary * 1000], code
        assert figure(report, code, "output_coverage").numerator == ten * 1000
        assert six(figure(report, code, "supply_share").value) == supply
        share = figure(report, code, "supply_share_official")
        assert share.verdict is not None
        official = Fraction(recycled, ten)
        assert (share.value, share.basis, share.verdict.state) == (official, "statistic", state)
        assert figure(report, code, "ten_metal_output").value == ten * 1000
        assert [figure(report, code, f"{of}_coverage").value for of in ("output", "recycled")] == [1, 1]
    assert {row.code for row in report.rows} == {GUIZHOU, SICHUAN, HUNAN, "360000"}
    by_metal = {
        (code, metal): six(figures["supply_share"].value)
        for code in (HUNAN, "360000")
        for metal, figures in (report.row(code) or report.total).by_metal.items()
    }
    assert by_metal == {
        (HUNAN, "Al"): "1.000000", (HUNAN, "Pb"): "0.100000", (HUNAN, "Zn"): "0.100000",
        ("360000", "Al"): "1.000000", ("360000", "Cu"): "0.365063",
    }  # fmt: skip
    assert figure(report, "360000", "imported_share").numerator == 25_608_000
    assert figure(report, "360000", "direct_use_share").numerator == 19_500_000
    assert six(figure(report, "360000", "supply_share_refined").value) == "0.273885"


def test_other_figures_of_the_golden_scenario(golden: Golden) -> None:
    report = ask(golden.store, regional_report, Q1)
    rates = {
        (indicator, code): six(figure(report, code, indicator).value)
        for indicator in ("direct_alloying", "local_conversion", "renewable_power")
        for code in (GUIZHOU, SICHUAN, "CN", HUNAN)
    }
    assert rates == {
        ("direct_alloying", GUIZHOU): "0.950000", ("direct_alloying", SICHUAN): "0.800000",
        ("direct_alloying", "CN"): "0.900000", ("direct_alloying", HUNAN): "no data",
        ("local_conversion", GUIZHOU): "0.900000", ("local_conversion", SICHUAN): "0.800000",
        ("local_conversion", "CN"): "0.866667", ("local_conversion", HUNAN): "no data",
        ("renewable_power", GUIZHOU): "0.200000", ("renewable_power", SICHUAN): "0.800000",
        ("renewable_power", "CN"): "0.400000", ("renewable_power", HUNAN): "no data",
    }  # fmt: skip
    alloying = {code: figure(report, code, "direct_alloying").verdict for code in (GUIZHOU, SICHUAN, "CN")}
    assert {code: verdict and verdict.state for code, verdict in alloying.items()} == {
        GUIZHOU: "met", SICHUAN: "missed", "CN": "met",
    }  # fmt: skip
    aluminium = ask(golden.store, regional_report, Q1, metals=("Al",))
    assert six(figure(aluminium, "CN", "grade_preserving").value) == "0.914821"
    assert six(figure(report, "CN", "grade_preserving_wrought").value) == "0.856322"
    assert figure(report, HUNAN, "prep_yield").value == Fraction(9, 10)
    with golden.store.read() as reader:
        a01, b02 = (lot_content(reader, golden.lot(name)).footprint for name in ("A01", "B02"))
    assert a01 is not None
    assert b02 is not None
    assert (a01.value, b02.value, a01.version) == (Fraction("3.1375"), Fraction("12.345"), "2025.2")
    contents = {
        one.material: one.content for one in ask(golden.store, list_product_content, "province", HUNAN, Q1)
    }
    assert (contents["adc12"].share, contents["adc12"].strict_share) == (Fraction("0.825"), Fraction("0.8"))


def test_the_golden_shares_open_to_their_lots(golden: Golden) -> None:
    report = ask(golden.store, regional_report, Q1)
    share = figure(report, HUNAN, "supply_share")
    lines = ask(golden.store, drill_down, share.inputs).lines
    recycled = [line for line in lines if line.posting.row.account == "recycled"]
    assert sum(line.posting.grams for line in recycled) == 33_300_000
    made = {lot.id for line in recycled for lot in line.lots if lot.role == "output"}
    assert {golden.id(name) for name in ("A01", "A02", "PB7", "ZN8")} <= made


def test_golden_lots_name_their_model_and_every_class(golden: Golden) -> None:
    with golden.store.read() as reader:
        lots = {name: golden.lot(name) for name in ("A01", "L01", "L03", "K1", "M1", "P01", "HEEL0")}
        found = find_models(reader, lots.values())
        a01 = lot_content(reader, lots["A01"])
    assert {name: found[lot.id] for name, lot in lots.items()} == {
        "A01": "controlled_blending", "L01": "identity_preserved", "L03": "segregated", "K1": "segregated",
        "M1": "identity_preserved", "P01": "identity_preserved", "HEEL0": "controlled_blending",
    }  # fmt: skip
    assert a01.model == "controlled_blending"
    assert [six(a01.content.share_of(name)) for name in CLASSES] == [
        "0.668750", "0.156250", "0.000000", "0.175000", "0.000000",
    ]  # fmt: skip
    assert (six(a01.content.share), six(a01.content.strict_share)) == ("0.825000", "0.800000")
    made = ask(golden.store, list_product_content, "province", "360000", Q1)
    assert [(one.site, one.models) for one in made] == [
        ("fengcheng", ("controlled_blending",)),
        ("ganzhou", ("controlled_blending",)),
        ("guixi", ("mass_balance",)),
    ]
