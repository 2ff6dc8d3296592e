"""Reports add up what was recorded, judge it by the right target, and open down to postings and
lots.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, SITES, Business, open_business
from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.access import Viewer
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.indicators import INDICATORS, add_sums
from traceability.domain.period import parse_period
from traceability.domain.posting import tally
from traceability.domain.provenance import CLASSES
from traceability.domain.recycled_content import RecycledContent
from traceability.render.csv import write_value
from traceability.services.directory.reference import reference_in
from traceability.services.recording.preview import preview_event
from traceability.services.reporting.drill_down import FigureAddress, declaration_table, open_figure
from traceability.services.reporting.materials import Residue, sum_collected, sum_residues
from traceability.services.reporting.periods import list_periods, usual_period
from traceability.services.reporting.postings import (
    POSTING_COLUMNS,
    FigureInputs,
    drill_down,
    posting_table,
)
from traceability.services.reporting.products import (
    list_element_heats,
    list_product_content,
    list_product_lots,
    sum_element_recovery,
)
from traceability.services.reporting.report import (
    Figure,
    RegionalReport,
    find_figure,
    regional_report,
    report_for,
    target_value,
)
from traceability.services.reporting.report_table import frame, report_table
from traceability.services.reporting.table import Table
from traceability.services.tracing.custody_model import (
    ContentClaim,
    find_content_claim,
    find_models,
    lot_content,
    preview_claims,
)
from traceability.wire import load_draft

GUIZHOU, SICHUAN, HUNAN = "520000", "510000", "430000"
Q1 = parse_period("2025-Q1")
YEAR = parse_period("2025")
SEES_ALL = Viewer((), frozenset(SITES))


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def figure(report: RegionalReport, code: str, indicator: str) -> Figure:
    return find_figure(report, code, indicator)


def written(table: Table) -> list[tuple[str, ...]]:
    """The header and the rows as they stand in a file."""
    return [table.columns, *(tuple(map(write_value, row)) for row in table.rows)]


def heat(
    here: Business, *, scrap_kg: float = 250, primary_kg: float = 750, at: str = "2025-02-10T10:00:00"
) -> str:
    """A heat at the Hunan plant of scrap and bought-in ore feed's worth of primary; its alloy lot."""
    lot = here.collect("tutu", scrap_kg, site="plant", at="2025-02-01T08:00:00", metal_fraction="1")
    feed = here.supply("mn-al", primary_kg, at="2025-02-02T08:00:00")
    return here.melt(lot, feed, into=scrap_kg + primary_kg, alloy="6063", at=at)[0]


def declare(
    here: Business, type_: str, period: str, site: str = "guiyang", actor: str = "chen", **fields: Any
) -> str:
    here.send(here.draft("declare", site, actor=actor, type=type_, period=period, **fields))
    return here.last_event()


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
        ("nation", "CN", HUNAN), ("province", HUNAN, "430600"), ("prefecture", "430600", "plant"), ("site", "plant", ""),
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
        ask(here.store, regional_report, Q1, groups={"odd": ["430681"]})
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

    assert verdict("2025") == ("missed", False)
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


# --- targets ------------------------------------------------------------------------------------------------------


def test_targets_judge_the_unrounded_value_by_their_own_method(here: Business) -> None:
    liquid = here.tap(1_000_000, at="2025-01-10T08:00:00")
    here.melt((liquid, 900_000), into=900_000, alloy="1050", site="guiyang", at="2025-01-10T09:00:00")
    report = ask(here.store, regional_report, Q1)
    rate = figure(report, GUIZHOU, "direct_alloying")
    assert rate.value == Fraction(9, 10)
    assert rate.verdict is not None
    assert (rate.verdict.state, rate.verdict.interim) == ("met", True)
    assert figure(report, GUIZHOU, "supply_share").verdict is None, "targets are judged by the official ratio"
    here.tap(1000, at="2025-01-11T08:00:00")
    missed = figure(ask(here.store, regional_report, YEAR), GUIZHOU, "direct_alloying").verdict
    assert missed is not None
    assert (missed.state, missed.interim) == ("missed", False), "recorded in 2026, so 2025 is over"


def test_the_national_target_is_for_reference_and_never_taken_over(here: Business) -> None:
    report = ask(here.store, regional_report, Q1)
    share = figure(report, GUIZHOU, "supply_share_official").verdict
    assert share is not None
    assert (share.state, share.target, share.message) == ("no_target", None, "report.no_target")
    assert share.reference is not None
    assert share.reference.value == Fraction(24, 100)
    local = figure(report, GUIZHOU, "local_conversion").verdict
    assert local is not None
    assert (local.state, local.reference) == ("no_number", None)
    alloying = figure(report, HUNAN, "direct_alloying").verdict
    assert alloying is not None
    assert alloying.state == "no_target"
    no_data = figure(report, SICHUAN, "direct_alloying").verdict
    assert no_data is not None
    assert no_data.state == "no_data"
    assert figure(report, HUNAN, "recycled_output").verdict is None, (
        "the nation's tonnes are no measure of Hunan"
    )


def test_no_target_is_in_force_before_its_year(here: Business) -> None:
    report = ask(here.store, regional_report, parse_period("2024"))
    assert figure(report, GUIZHOU, "direct_alloying").verdict is None
    power = figure(ask(here.store, regional_report, parse_period("2031")), SICHUAN, "renewable_power").verdict
    assert power is not None
    assert power.target is not None
    assert (power.target.year, power.target.value) == (2030, Fraction(3, 10))


def test_targets_speak_of_their_own_metals(here: Business) -> None:
    for name, metal, capacity, level in (
        ("1", "Cu", 100, "benchmark"), ("2", "Pb", 150, "between"), ("3", "Al", 400, "below_baseline"),
    ):  # fmt: skip
        declare(here, "line", "2025", "plant", line=name, metal=metal, capacity_g=capacity, level=level)
    report = ask(here.store, regional_report, Q1)
    judged = find_figure(report, HUNAN, "benchmark_capacity", metals=("Cu", "Pb", "Zn"))
    assert judged.value == Fraction(100, 250)
    assert judged.verdict is not None
    assert judged.verdict.state == "missed"
    assert figure(report, HUNAN, "benchmark_capacity").value == Fraction(100, 650)
    assert figure(report, HUNAN, "below_baseline_capacity").value == Fraction(400, 650)
    page = ask(here.store, drill_down, judged.inputs)
    assert (page.lines, len(page.declarations)) == ((), 2)


# --- declarations -------------------------------------------------------------------------------------------------


def statistic(here: Business, region: str, period: str, grams: int, metals: list[str] | None = None) -> str:
    with here.store.read() as reader:
        ten = sorted(reference_in(reader).ten_metals)
    return declare(
        here, "statistic", period, "plant", "liu", region=region, metals=metals or ten, output_g=grams
    )


def test_a_statistic_counts_only_where_it_covers_the_period_wholly(here: Business) -> None:
    heat(here)
    for month in ("2025-01", "2025-02"):
        statistic(here, HUNAN, month, 500_000)
    before = figure(ask(here.store, regional_report, Q1), HUNAN, "supply_share_official")
    assert (before.basis, before.denominator) == ("book", 0)
    last = statistic(here, HUNAN, "2025-03", 1_000_000)
    report = ask(here.store, regional_report, Q1)
    share = figure(report, HUNAN, "supply_share_official")
    assert (share.value, share.basis) == (Fraction(250, 2000), "statistic")
    assert last in share.inputs.events
    assert figure(report, HUNAN, "ten_metal_output").value == 2_000_000
    assert report.row(HUNAN).by_metal["Al"]["supply_share_official"].basis == "book"  # type: ignore[union-attr]
    page = ask(here.store, drill_down, share.inputs)
    assert {line.posting.row.account for line in page.lines} == {"recycled"}
    assert len(page.declarations) == 3
    assert figure(ask(here.store, regional_report, YEAR), HUNAN, "supply_share_official").basis == "book"


def test_the_nation_rests_on_its_own_statistic_or_on_all_provinces(here: Business) -> None:
    heat(here)
    for region in (HUNAN, SICHUAN):
        statistic(here, region, "2025-02", 1_000_000)
    period = parse_period("2025-02")
    groups = {"two": [HUNAN, SICHUAN], "three": [HUNAN, SICHUAN, GUIZHOU]}
    report = ask(here.store, regional_report, period, groups=groups)
    assert figure(report, "CN", "ten_metal_output").basis == "book", "Guizhou has none"
    assert figure(report, "two", "ten_metal_output").value == 2_000_000
    assert figure(report, "three", "ten_metal_output").basis == "mixed"
    statistic(here, GUIZHOU, "2025-02", 3_000_000)
    statistic(here, "110000", "2025-02", 5_000_000)
    provinces = figure(ask(here.store, regional_report, period), "CN", "ten_metal_output")
    assert (provinces.numerator, provinces.basis, provinces.provinces) == (10_000_000, "statistic", 4)
    assert figure(ask(here.store, regional_report, period), "CN", "supply_share_official").provinces == 4
    statistic(here, "CN", "2025-02", 12_000_000)
    own = figure(ask(here.store, regional_report, period), "CN", "ten_metal_output")
    assert (own.numerator, own.provinces) == (12_000_000, 0)


def test_renewable_power_is_of_electrolysis_and_shows_corrections_after_a_seal_beside(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    event = declare(here, "power", "2025-01", kwh=1000, renewable_kwh=200)
    declare(here, "power", "2025-01", "plant", kwh=9000)
    share = figure(ask(here.store, regional_report, Q1), GUIZHOU, "renewable_power")
    assert (share.value, share.since_seal, share.inputs.events) == (Fraction(1, 5), None, (event,))
    assert figure(ask(here.store, regional_report, Q1), HUNAN, "renewable_power").value is None
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    draft = here.draft(
        "declare",
        "guiyang",
        at="2025-01-06T09:00:00",
        type="power",
        period="2025-01",
        kwh=1000,
        renewable_kwh=300,
    )
    here.replace(event, draft, "guiyang")
    share = figure(ask(here.store, regional_report, Q1), "CN", "renewable_power")
    assert (share.value, share.since_seal) == (Fraction(1, 5), Fraction(3, 10))
    assert figure(
        ask(here.store, regional_report, Q1, view="event"), "CN", "renewable_power"
    ).value == Fraction(3, 10)
    assert share.verdict is not None
    assert share.verdict.state == "missed"


def power_of(here: Business, month: str) -> tuple[Fraction | None, bool, Fraction | None]:
    share = figure(ask(here.store, regional_report, parse_period(month)), GUIZHOU, "renewable_power")
    by_event = ask(here.store, regional_report, parse_period(month), view="event")
    now = figure(by_event, GUIZHOU, "renewable_power")
    assert not now.restated
    assert share.restated or now.value == share.value
    return share.value, share.restated, share.since_seal


def metered(here: Business, period: str, kwh: int, renewable_kwh: int) -> dict[str, Any]:
    return here.draft("declare", "guiyang", type="power", period=period, kwh=kwh, renewable_kwh=renewable_kwh)


def test_what_a_sealed_month_declared_stays_whatever_is_corrected(here: Business) -> None:
    """A void, a move away, a move into it and back: the sealed figure stands, what is true now beside it."""
    march = declare(here, "power", "2025-03", kwh=1000, renewable_kwh=200)
    april = declare(here, "power", "2025-04", kwh=5000, renewable_kwh=5000)
    here.replace(march, metered(here, "2025-03", 1000, 250), "guiyang")
    here.seal("2025-03", "guiyang", at="2025-04-01T08:00:00")
    quarter = Fraction(1, 4)
    assert power_of(here, "2025-03") == (quarter, False, None)
    here.void(march, "guiyang")
    assert power_of(here, "2025-03") == (quarter, True, None)
    here.replace(march, metered(here, "2025-03", 1000, 300), "guiyang")
    assert power_of(here, "2025-03") == (quarter, True, Fraction(3, 10))
    here.replace(march, metered(here, "2025-05", 1000, 400), "guiyang")
    assert power_of(here, "2025-03") == (quarter, True, None)
    assert power_of(here, "2025-05") == (Fraction(2, 5), False, None)
    here.replace(april, metered(here, "2025-03", 5000, 5000), "guiyang")
    assert power_of(here, "2025-03") == (quarter, True, Fraction(1))
    assert power_of(here, "2025-04") == (None, False, None)
    both = {april: metered(here, "2025-04", 5000, 5000), march: metered(here, "2025-03", 1000, 250)}
    here.replace_all(both, "guiyang")
    assert power_of(here, "2025-03") == (quarter, False, None)
    assert_equal_to_a_rebuild(here.store)
    assert power_of(here, "2025-03") == (quarter, False, None)


def test_a_record_moved_into_a_sealed_month_that_had_none_is_only_told_beside(here: Business) -> None:
    april = declare(here, "power", "2025-04", kwh=10, renewable_kwh=5)
    here.seal("2025-03", "guiyang", at="2025-04-01T08:00:00")
    here.replace(april, metered(here, "2025-03", 10, 5), "guiyang")
    assert power_of(here, "2025-03") == (None, True, Fraction(1, 2))
    here.void(april, "guiyang")
    assert power_of(here, "2025-03") == (None, False, None)


def test_lines_of_a_sealed_month_stay_as_they_were_sealed(here: Business) -> None:
    line: dict[str, Any] = {"metal": "Al", "capacity_g": 100}
    first = declare(here, "line", "2025-03", line="L/1", level="benchmark", **line)
    declare(here, "line", "2025-03", line="L/2", level="between", **line)

    def share() -> tuple[Fraction | None, bool, Fraction | None]:
        found = figure(ask(here.store, regional_report, parse_period("2025-03")), "CN", "benchmark_capacity")
        return found.value, found.restated, found.since_seal

    here.seal("2025-03", "guiyang", at="2025-04-01T08:00:00")
    assert share() == (Fraction(1, 2), False, None)
    bigger = {
        "type": "line",
        "period": "2025-03",
        "line": "L/1",
        "level": "benchmark",
        **line,
        "capacity_g": 300,
    }
    here.replace(first, here.draft("declare", "guiyang", **bigger), "guiyang")
    assert share() == (Fraction(1, 2), True, Fraction(3, 4))
    here.void(first, "guiyang")
    assert share() == (Fraction(1, 2), True, Fraction(0))


def test_evidence_counts_from_the_first_event_of_any_kind_and_as_sealed(here: Business) -> None:
    """The site first seals December, declares and seals January, and taps only in March."""
    here.seal("2024-12", "guiyang", at="2025-01-02T08:00:00")
    power = declare(here, "power", "2025-01", kwh=10)
    declare(here, "fuel", "2025-01", fuel="gas", fuel_g=10)
    here.seal("2025-01", "guiyang", at="2025-02-01T08:00:00")
    here.tap(1000, at="2025-03-05T08:00:00")
    now_ms = parse_period("2025-04").start_ms

    def evidence() -> tuple[int | None, int | None, Fraction | None]:
        share = ask(here.store, regional_report, YEAR, evidence=True, now_ms=now_ms).nation.figures[
            "evidence"
        ]
        return share.numerator, share.denominator, share.since_seal

    assert evidence() == (1, 3, None)
    here.void(power, "guiyang")
    assert evidence() == (1, 3, Fraction(0))
    here.replace(power, metered(here, "2025-01", 12, 0), "guiyang")
    assert evidence() == (1, 3, None)
    here.replace(power, metered(here, "2025-02", 12, 0), "guiyang")
    assert evidence() == (1, 3, Fraction(0))


def test_evidence_is_months_with_seal_power_and_fuel(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    declare(here, "power", "2025-01", kwh=10)
    declare(here, "fuel", "2025-01", fuel="gas", fuel_g=10)
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    now_ms = parse_period("2025-03").start_ms
    share = ask(here.store, regional_report, Q1, evidence=True, now_ms=now_ms).nation.figures["evidence"]
    assert (share.numerator, share.denominator) == (1, 2), "March is not over"
    assert "evidence" not in ask(here.store, regional_report, Q1).nation.figures


def test_evidence_opens_to_the_months_of_each_site(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    power = declare(here, "power", "2025-01", kwh=10)
    fuel = declare(here, "fuel", "2025-01", fuel="gas", fuel_g=10)
    later = declare(here, "power", "2025-02", kwh=10)
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    seal = here.last_event()
    address = FigureAddress("province", GUIZHOU, "evidence", Q1)
    now_ms = parse_period("2025-03").start_ms

    def months() -> list[tuple[Any, ...]]:
        opened = ask(here.store, open_figure, SEES_ALL, address, now_ms)
        assert opened.evidence is not None
        evidence = [behind.month for behind in opened.evidence]
        counts = [month.counts(by_event_month=False) for month in evidence]
        assert sum(counts) == opened.figure.numerator
        assert len(evidence) == opened.figure.denominator
        return [
            (month.site.id, *month[1:5], counted, month.complete and not counted, month.missing)
            for month, counted in zip(evidence, counts, strict=True)
        ]

    february = ("guiyang", "2025-02", "", (later,), (), False, False, ("seal", "fuel"))
    assert months() == [february, ("guiyang", "2025-01", seal, (power,), (fuel,), True, False, ())]
    here.void(power, "guiyang")
    assert months() == [february, ("guiyang", "2025-01", seal, (), (fuel,), True, False, ("power",))]
    _, *rows = written(ask(here.store, declaration_table, address, now_ms, {"guiyang"}))
    assert rows == [
        ("guiyang", "520100", "2025-02", "", later, "", "0", "1"),
        ("guiyang", "520100", "2025-01", seal, "", fuel, "1", "1"),
    ]
    assert written(ask(here.store, declaration_table, address, now_ms, ()))[1][:4] == (
        "",
        GUIZHOU,
        "2025-02",
        "",
    )


def test_declared_figures_can_be_recomputed_from_their_file(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    power = declare(here, "power", "2025-01", kwh=300, renewable_kwh=100)
    for name, capacity, level in (("1", 100, "benchmark"), ("2", 300, "between")):
        declare(here, "line", "2025", "plant", line=name, metal="Cu", capacity_g=capacity, level=level)
    grams = statistic(here, HUNAN, "2025-01", 5_000)
    for code, indicator, month in (
        (GUIZHOU, "renewable_power", "2025-01"), (HUNAN, "benchmark_capacity", "2025-Q1"),
        (HUNAN, "ten_metal_output", "2025-01"),
    ):  # fmt: skip
        address = FigureAddress("province", code, indicator, parse_period(month))
        found = ask(here.store, open_figure, SEES_ALL, address, NOW_MS).figure
        header, *rows = written(ask(here.store, declaration_table, address, NOW_MS, {"guiyang", "plant"}))
        table = [dict(zip(header, row, strict=True)) for row in rows]
        assert sum(int(row["numerator"]) for row in table) == found.numerator
        if found.denominator is not None:
            assert sum(int(row["denominator"]) for row in table) == found.denominator
        assert {row["events"] for row in table} == set(found.inputs.events)
        assert power in found.inputs.events or grams in found.inputs.events or len(table) == 2
    # What a seal keeps is told as it was, although the record says something else today.
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    here.replace(power, metered(here, "2025-01", 500, 0), "guiyang")
    address = FigureAddress("province", GUIZHOU, "renewable_power", parse_period("2025-01"))
    (row,) = written(ask(here.store, declaration_table, address, NOW_MS, {"guiyang"}))[1:]
    assert row[-3:] == ("100", "300", "kWh")


# --- down to the gram ---------------------------------------------------------------------------------------------


def test_a_figure_opens_to_postings_events_and_lots(here: Business) -> None:
    alloy = heat(here)
    share = figure(ask(here.store, regional_report, Q1), "CN", "in_province_share")
    page = ask(here.store, drill_down, share.inputs)
    (line,) = page.lines
    assert (line.posting.grams, line.event.draft.kind, line.event.draft.site) == (250_000, "melt", "plant")
    assert [lot.id for lot in line.lots if lot.role == "output"] == [alloy]
    assert len([lot for lot in line.lots if lot.role == "input"]) == 2
    rows = written(posting_table(here.store, share.inputs))
    assert rows[0] == POSTING_COLUMNS
    assert dict(zip(POSTING_COLUMNS, rows[1], strict=True))["grams"] == "250000"
    with pytest.raises(BadInput):
        ask(here.store, drill_down, share.inputs, after="7|x")


def pages(here: Business, inputs: FigureInputs, limit: int) -> Iterator[int]:
    after = ""
    while True:
        page = ask(here.store, drill_down, inputs, after, limit)
        yield from (line.posting.grams for line in page.lines)
        after = page.after
        if not after:
            return


def test_pages_of_a_drill_down_give_every_posting_once_as_the_figure_stood(here: Business) -> None:
    for number in range(7):
        here.collect("tutu", 10 + number)
        here.collect("tense", 30, site="chengdu")
    report = ask(here.store, regional_report, Q1, groups={"both": [HUNAN, SICHUAN]})
    here.collect("tutu", 500)
    for code in ("CN", "both", HUNAN):
        found = figure(report, code, "collected")
        for limit in (1, 3, 100):
            assert sum(pages(here, found.inputs, limit)) == found.value
        assert (
            sum(int(row[11]) for row in written(posting_table(here.store, found.inputs))[1:]) == found.value
        )


def test_every_tallied_figure_is_the_sum_of_its_postings(here: Business) -> None:
    heat(here)
    liquid = here.tap(1000, at="2025-02-03T08:00:00")
    here.melt((liquid, 400), into=390, alloy="1050", site="guiyang", at="2025-02-03T09:00:00", dross_kg=5)
    report = ask(here.store, regional_report, Q1)
    for id_, found in report.nation.figures.items():
        if INDICATORS[id_].numerator is None or not found.inputs.columns:
            continue
        postings = [line.posting for line in ask(here.store, drill_down, found.inputs, limit=1000).lines]
        tallies, _ = tally(postings)
        sums = add_sums(one for key, one in tallies.items() if key.place == "nation:CN")
        assert INDICATORS[id_].compute(sums)[:2] == (found.numerator, found.denominator), id_


def test_frame_holds_every_figure_exactly(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1)
    table = frame(report)
    row = table[(table.code == HUNAN) & (table.indicator == "supply_share") & (table.metal == "Al")].iloc[0]
    assert (row.numerator, row.denominator, row.value) == (250_000, 250_000, Fraction(1))
    output = table[(table.code == "CN") & (table.indicator == "recycled_output") & (table.metal == "")].iloc[
        0
    ]
    assert (output.value, output.unit, output.target) == (250_000, "g", 20_000_000 * 1_000_000)


def test_the_table_of_the_report_as_rows(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1, groups={f"{HUNAN},{SICHUAN}": [HUNAN, SICHUAN]})
    header, *rows = written(report_table(report, ("supply_share", "recycled_output")))
    table = {
        (row["code"], row["indicator"]): row for row in (dict(zip(header, row, strict=True)) for row in rows)
    }
    assert len(table) == len(rows) == 2 * (len(report.rows) + 2)
    nation = table["CN", "recycled_output"]
    assert (nation["value"], nation["unit"], nation["verdict"]) == ("250000", "g", "of_year")
    group = table[f"{HUNAN},{SICHUAN}", "supply_share"]
    assert (group["value"], group["numerator"], group["denominator"], group["unit"]) == (
        "1",
        "250000",
        "250000",
        "1",
    )
    assert table[GUIZHOU, "supply_share"]["value"] == ""


def test_transport_is_written_in_gram_kilometres(here: Business) -> None:
    lot = here.collect("tutu", 10)
    assert lot
    inputs = figure(ask(here.store, regional_report, Q1), "CN", "clean_transport").inputs
    header = posting_table(here.store, inputs).columns
    assert "gram_kilometres" in header
    assert "grams" not in header


# --- on demand ----------------------------------------------------------------------------------------------------


def test_recycled_content_per_site_and_alloy(here: Business) -> None:
    heat(here, at="2025-02-10T10:00:00")
    here.collect("tutu", 5, site="plant")
    (made,) = ask(here.store, list_product_content, "province", HUNAN, Q1)
    assert (made.site, made.material, made.lots, made.mass_g) == ("plant", "6063", 1, 1_000_000)
    assert (made.content.share, made.content.strict_share) == (Fraction(1, 4), Fraction(1, 4))
    assert ask(here.store, list_product_content, "site", "guiyang", Q1) == []


def test_a_product_opens_to_its_lots(here: Business) -> None:
    alloy = heat(here)
    (product,) = ask(here.store, list_product_content, "nation", "CN", Q1)
    (one,) = ask(here.store, list_product_lots, product.site, product.material, Q1)
    assert (one.lot.id, one.event.draft.kind, one.claim.content) == (alloy, "melt", product.content)
    assert ask(here.store, list_product_lots, product.site, "adc12", Q1) == []


def model(here: Business, lot: str) -> str:
    with here.store.read() as reader:
        return find_models(reader, [here.lot(lot)])[lot]


def scrap(kg: int) -> dict[str, Any]:
    return {"form": "scrap", "material": "tense", "mass_g": kg * 1000}


def test_a_lot_that_was_never_mixed_keeps_its_identity(here: Business) -> None:
    lot = here.collect("tense", 100)
    (part,) = here.transform("split", [(lot, 40)], [scrap(40)])
    sent = here.ship(part, "plant", kg=10)
    (baled,) = here.transform("bale", [(lot, 20)], [scrap(20)])
    assert {model(here, one) for one in (lot, part, sent, baled, here.tap(10_000))} == {"identity_preserved"}


def test_lots_that_came_together_are_segregated_by_class_or_blended(here: Business) -> None:
    post, more, pre = (
        here.collect("tense", 100),
        here.collect("tense", 100),
        here.collect("tense", 100, source="pre"),
    )
    (alike,) = here.transform("blend", [(post, 10), (more, 10)], [scrap(20)])
    (unlike,) = here.transform("sort", [(post, 10), (pre, 10)], [scrap(20)])
    (part,) = here.transform("split", [(unlike, 5)], [scrap(5)])
    assert [model(here, one) for one in (alike, unlike, part)] == [
        "segregated", "controlled_blending", "controlled_blending",
    ]  # fmt: skip


def test_a_heat_names_its_own_model_and_what_is_made_of_one_lot_keeps_it(here: Business) -> None:
    lot = here.collect("tense", 100, site="plant", metal_fraction="1")
    (heat_lot,) = here.melt((lot, 50), into=50)
    (balanced,) = here.melt((lot, 50), into=50, model="mass_balance")
    (cast, new) = here.transform(
        "fabricate", [(balanced, 20)],
        [{"form": "product", "material": "adc12", "mass_g": 15_000}, scrap(5)], "plant",
    )  # fmt: skip
    assert [model(here, one) for one in (heat_lot, balanced, cast)] == [
        "controlled_blending", "mass_balance", "mass_balance",
    ]  # fmt: skip
    assert model(here, new) == "identity_preserved", "new scrap begins a chain of its own"
    (made,) = ask(here.store, list_product_content, "site", "plant", YEAR)
    assert (made.lots, made.models) == (3, ("controlled_blending", "mass_balance"))


def test_a_claim_is_of_what_remains_and_known_before_recording(here: Business) -> None:
    lot = here.collect("tutu", 100, site="plant", metal_fraction="1", source="pre")
    feed = here.supply("mn-al", 100)
    body = here.draft(
        "melt", "plant", heat_number="H-1", model="mass_balance", inputs=[{"lot": lot}, {"lot": feed}],
        outputs=[{"form": "product", "material": "6063", "mass_g": 200_000}],
    )  # fmt: skip
    draft = load_draft(body)
    found = ask(here.store, preview_event, draft, NOW_MS)
    (claim,) = ask(here.store, preview_claims, draft, found.made)
    assert claim == ContentClaim(
        RecycledContent(200_000, (0, 100_000, 0, 100_000, 0), 100_000), "mass_balance"
    )
    (alloy,) = here.event(here.send(body).event).frozen.lots
    here.ship(alloy, "guiyang", kg=150, site="plant")
    left = ask(here.store, find_content_claim, here.lot(alloy))
    assert (left.model, left.content.classes) == ("mass_balance", (0, 25_000, 0, 25_000, 0))


def test_residues_by_waste_code_are_the_same_at_every_level(here: Business) -> None:
    lot = here.collect("tense", 1000, site="plant", at="2025-02-01T08:00:00")
    _, dross = here.melt((lot, 900), into=700, dross_kg=100, at="2025-02-02T08:00:00")
    here.transform(
        "recover", [(dross, 40)], [{"form": "internal", "material": "internal", "mass_g": 10_000}], "plant",
        "2025-02-03T08:00:00",
    )  # fmt: skip
    here.do(
        "dispose", "plant", "2025-02-04T08:00:00", lots=[{"lot": dross, "mass_g": 30_000}], outcome="disposed",
        receiver="zhang", waste_code="321-026-48", manifest="M-1", licence="L-1",
    )  # fmt: skip
    for level, code in (("site", "plant"), ("prefecture", "430600"), ("province", HUNAN), ("nation", "CN")):
        for view in ("book", "event"):
            report = ask(here.store, report_for, level, code, Q1, view=view)  # type: ignore[arg-type]
            (found,) = ask(here.store, sum_residues, figure(report, code, "residue_utilisation").inputs)
            assert found == Residue("321-026-48", 100_000, 40_000, 30_000), (level, view)
            assert found.utilisation == figure(report, code, "residue_utilisation").value
    empty = ask(here.store, report_for, "province", SICHUAN, Q1)
    assert ask(here.store, sum_residues, figure(empty, SICHUAN, "residue_utilisation").inputs) == []


def test_element_recovery_of_assayed_heats(here: Business) -> None:
    lot = here.collect("tutu", 100, site="plant", metal_fraction="1", at="2025-02-01T08:00:00")
    here.do(
        "assay", "plant", "2025-02-01T09:00:00", lots=[{"lot": lot}], composition={"Si": "1.0", "Mg": "0.5"}
    )
    alloy = here.melt(lot, into=98, alloy="6063", at="2025-02-02T08:00:00")[0]
    assert ask(here.store, sum_element_recovery, "nation", "CN", Q1) == {}
    here.do(
        "assay", "plant", "2025-02-03T09:00:00", lots=[{"lot": alloy}], composition={"Si": "0.5", "Fe": "0.2"}
    )
    assert ask(here.store, sum_element_recovery, "nation", "CN", Q1) == {
        "Si": (Fraction(490), Fraction(1000))
    }
    (heated,) = ask(here.store, list_element_heats, SEES_ALL, "nation", "CN", Q1, "Si")
    assert (heated.event.draft.kind, heated.won_g, heated.charged_g) == (
        "melt",
        Fraction(490),
        Fraction(1000),
    )
    assert ask(here.store, list_element_heats, SEES_ALL, "nation", "CN", Q1, "Fe") == []


def test_collected_mass_by_province_metal_and_grade(here: Business) -> None:
    here.collect("tutu", 10)
    here.collect("tense", 30)
    here.collect("tense", 5, site="chengdu")
    found = [
        (one.province, one.metal, one.material, one.account, one.grams)
        for one in ask(here.store, sum_collected, Q1)
    ]
    assert found == [
        (HUNAN, "Al", "tense", "collected", 30_000),
        (HUNAN, "Al", "tutu", "collected", 10_000),
        (SICHUAN, "Al", "tense", "collected", 5_000),
    ]
    assert len(ask(here.store, sum_collected, Q1, province=SICHUAN)) == 1


# --- the golden scenario ------------------------------------------------------------------------------------------


def six(value: Fraction | None) -> str:
    """As the scenario states it: six decimals, half up."""
    return "no data" if value is None else f"{int(value * 10**6 + Fraction(1, 2)) / 10**6:.6f}"


def test_regional_report_of_the_golden_scenario(golden: Golden) -> None:
    report = ask(golden.store, regional_report, Q1, groups={"four": ["360000", HUNAN, SICHUAN, GUIZHOU]})
    stated = {
        GUIZHOU: (18_430, 100_000, "0.155619", 100_000, "0.184300", "no_target"),
        SICHUAN: (10_080, 50_000, "0.167776", 50_000, "0.201600", "missed"),
        HUNAN: (33_300, 91_800, "0.266187", 102_000, "0.326471", "met"),
        "360000": (47_880, 75_240, "0.388889", 99_000, "0.483636", "no_number"),
        "CN": (109_690, 317_040, "0.257048", 351_000, "0.312507", "met"),
        "four": (109_690, 317_040, "0.257048", 351_000, "0.312507", "no_target"),
    }
    for code, (recycled, primary, supply, ten, official, state) in stated.items():
        masses = [
            figure(report, code, f"{name}_output").value for name in ("recycled", "primary", "ten_metal")
        ]
        assert masses == [recycled * 1000, primary * 1000, ten * 1000], code
        assert six(figure(report, code, "supply_share").value) == supply
        share = figure(report, code, "supply_share_official")
        assert share.verdict is not None
        assert (six(share.value), share.basis, share.verdict.state) == (official, "book", state)
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
    assert (a01.value, b02.value, a01.version) == (Fraction("3.1375"), Fraction("12.345"), "2025.1")
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
