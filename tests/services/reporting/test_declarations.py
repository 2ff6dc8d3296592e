"""Declared figures count for their period, and stay what a seal found."""

from fractions import Fraction
from typing import Any

from tests.support.business import AUTHORITIES, NOW_MS, Business, authority
from tests.support.reading import ask
from tests.support.reporting import (
    GUIZHOU,
    HUNAN,
    Q1,
    SEES_ALL,
    SICHUAN,
    YEAR,
    declare,
    figure,
    heat,
    metered,
    statistic,
    written,
)
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.access import Assignment
from traceability.domain.period import parse_period
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import put_reference, reference_in
from traceability.services.reporting.behind.drill_down import FigureAddress, declaration_table, open_figure
from traceability.services.reporting.declared.statistics import list_provinces
from traceability.services.reporting.figures.postings import drill_down
from traceability.services.reporting.figures.report import regional_report


def test_a_statistic_counts_only_where_it_covers_the_period_wholly(here: Business) -> None:
    heat(here)
    for month in ("2025-01", "2025-02"):
        statistic(here, HUNAN, month, 500_000)
    before = figure(ask(here.store, regional_report, Q1), HUNAN, "supply_share_official")
    assert (before.basis, before.denominator, before.value) == ("no_statistic", None, None)
    last = statistic(here, HUNAN, "2025-03", 1_000_000)
    report = ask(here.store, regional_report, Q1)
    share = figure(report, HUNAN, "supply_share_official")
    assert (share.value, share.basis) == (Fraction(250, 2000), "statistic")
    assert last in share.inputs.events
    assert figure(report, HUNAN, "ten_metal_output").value == 2_000_000
    aluminium = report.row(HUNAN).by_metal["Al"]["supply_share_official"]  # type: ignore[union-attr]
    assert aluminium.basis == "no_statistic", "a statistic serves the metals that it names"
    page = ask(here.store, drill_down, share.inputs)
    assert {line.posting.row.account for line in page.lines} == {"recycled"}
    assert len(page.declarations) == 3
    year = figure(ask(here.store, regional_report, YEAR), HUNAN, "supply_share_official")
    assert (year.basis, year.value) == ("no_statistic", None)


def declare_for_all_others(here: Business, period: str, grams: int) -> list[tuple[str, str]]:
    """Declare the same output for every province without an authority yet; return their sites and events."""
    with here.store.read() as reader:
        reference = reference_in(reader)
    codes = [code for code in list_provinces(reference) if code not in AUTHORITIES.values()]
    sites = [authority(f"authority-{code}", code) for code in codes]
    here.store.write(lambda writer: put_reference(writer, sites))
    person = Person("everywhere", "everywhere", tuple(Assignment("planner", code[:2]) for code in codes))
    here.store.write(lambda writer: put_person(writer, person))
    ten = sorted(reference.ten_metals)
    declared = []
    for code in codes:
        body = here.statistic(HUNAN, period, metals=ten, output_g=grams, actor="everywhere")
        body |= {"site": f"authority-{code}", "region": code}
        declared.append((f"authority-{code}", here.send(body).event))
    return declared


def test_the_nation_rests_on_its_own_statistic_or_on_all_provinces(here: Business) -> None:
    heat(here)
    for region in (HUNAN, SICHUAN):
        statistic(here, region, "2025-02", 1_000_000)
    period = parse_period("2025-02")
    groups = {"two": [HUNAN, SICHUAN], "three": [HUNAN, SICHUAN, GUIZHOU]}
    report = ask(here.store, regional_report, period, groups=groups)
    assert figure(report, "CN", "ten_metal_output").basis == "no_statistic", "other provinces have none"
    assert figure(report, "two", "ten_metal_output").value == 2_000_000
    assert figure(report, "three", "ten_metal_output").value is None, "Guizhou has none"
    statistic(here, GUIZHOU, "2025-02", 3_000_000)
    assert figure(ask(here.store, regional_report, period), "CN", "ten_metal_output").value is None
    others = declare_for_all_others(here, "2025-02", 0)
    provinces = figure(ask(here.store, regional_report, period), "CN", "ten_metal_output")
    assert (provinces.numerator, provinces.basis, provinces.provinces) == (5_000_000, "statistic", 34)
    assert figure(ask(here.store, regional_report, period), "CN", "supply_share_official").provinces == 34
    here.void(others[0][1], others[0][0], actor="everywhere")
    most = figure(ask(here.store, regional_report, period), "CN", "ten_metal_output")
    assert most.value is None, "zeros are declared too"
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
    assert (share.verdict.state, share.verdict.firms) == ("firms_below", 1), "no statistic of aluminium"


def power_of(here: Business, month: str) -> tuple[Fraction | None, bool, Fraction | None]:
    share = figure(ask(here.store, regional_report, parse_period(month)), GUIZHOU, "renewable_power")
    by_event = ask(here.store, regional_report, parse_period(month), view="event")
    now = figure(by_event, GUIZHOU, "renewable_power")
    assert now.restated == share.restated
    assert share.restated or now.value == share.value
    return share.value, share.restated, share.since_seal


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
        header, *rows = written(ask(here.store, declaration_table, SEES_ALL, address, NOW_MS))
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
    (row,) = written(ask(here.store, declaration_table, SEES_ALL, address, NOW_MS))[1:]
    assert row[-3:] == ("100", "300", "kWh")
