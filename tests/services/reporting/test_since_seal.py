"""Beside a sealed figure stands what was booked about its month since, in both month views; on both engines."""

from fractions import Fraction

import pytest

from tests.support.business import NOW_MS, Business, grams
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, figure, heat, written
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.indicators import INDICATORS, REGIONAL_FILE
from traceability.domain.period import parse_period
from traceability.render.figure_text import write_change, write_value
from traceability.services.reporting.figures.report import Figure, SinceSeal, regional_report, report_for
from traceability.services.reporting.overviews.report_table import place_table, report_table
from traceability.services.reporting.scope import MonthView

FEBRUARY, SHARE = parse_period("2025-02"), "supply_share"


def of_february(here: Business, indicator: str, view: MonthView = "book", period: str = "2025-02") -> Figure:
    report = ask(here.store, regional_report, parse_period(period), view=view)
    assert figure(report, HUNAN, indicator).since == figure(report, "CN", indicator).since
    return figure(report, HUNAN, indicator)


@pytest.fixture
def sealed(here: Business) -> Business:
    """A heat of a quarter of scrap in February, which is sealed; its event is voided in January 2026."""
    heat(here)
    melted = here.last_event()
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    assert of_february(here, SHARE).since is None
    here.void(melted, "plant")
    return here


def test_a_late_correction_stands_beside_the_sealed_figure(sealed: Business) -> None:
    share = of_february(sealed, SHARE)
    assert (share.value, share.numerator, share.denominator) == (Fraction(1), grams(250), grams(250))
    assert share.since == SinceSeal(-grams(250), -grams(250), Fraction(1), None)
    output = of_february(sealed, "recycled_output")
    assert output.since == SinceSeal(-grams(250), None, Fraction(grams(250)), Fraction(0))
    assert (write_change(output), write_value(output, output.since.now)) == (("−0.25", "", "t"), "0.000 t")
    assert_equal_to_a_rebuild(sealed.store)


def test_by_event_month_the_sealed_figure_stands_beside_what_is_true_now(sealed: Business) -> None:
    output = of_february(sealed, "recycled_output", "event")
    assert (output.value, output.since) == (
        Fraction(0),
        SinceSeal(-grams(250), None, Fraction(grams(250)), Fraction(0)),
    )
    share = of_february(sealed, SHARE, "event")
    assert (share.value, share.since) == (
        None, SinceSeal(-grams(250), -grams(250), Fraction(1), None),
    )  # fmt: skip


def test_a_period_that_holds_the_month_of_recording_too_has_no_second_figure(sealed: Business) -> None:
    """What was booked later in the period is in the figure already."""
    for period in ("2025-02..2026-01", "2025-01..2026-12"):
        assert of_february(sealed, "recycled_output", period=period).since is None
    assert of_february(sealed, "recycled_output", period="2025-Q1").since is not None
    assert of_february(sealed, "recycled_output", period="2026-01").since is None


def test_a_late_entry_into_a_sealed_month_that_recorded_nothing(here: Business) -> None:
    here.seal("2025-02", at="2025-03-02T08:00:00")
    here.collect("tense", kg=40, at="2025-02-20T08:00:00")
    collected = of_february(here, "collected")
    assert (collected.value, collected.since) == (
        None,
        SinceSeal(grams(40), None, None, Fraction(grams(40))),
    )
    assert of_february(here, "collected", "event").value == grams(40)


def test_changes_that_cancel_out_are_none(here: Business) -> None:
    here.collect("tense", kg=40, at="2025-02-20T08:00:00")
    first = here.last_event()
    here.seal("2025-02", at="2025-03-02T08:00:00")
    here.void(first)
    here.collect("tense", kg=40, at="2025-02-20T08:00:00")
    assert of_february(here, "collected").since is None


def test_a_part_of_the_file_says_it_too(sealed: Business) -> None:
    report = ask(sealed.store, regional_report, FEBRUARY, now_ms=NOW_MS)
    columns, *rows = written(report_table(report, ["recycled_output"]))
    table = {row[1]: dict(zip(columns, row, strict=True)) for row in rows}
    hunan = table[HUNAN]
    assert [hunan[name] for name in ("value", "value_sealed", "value_now", "since_numerator")] == [
        "250000", "250000", "0", "-250000",
    ]  # fmt: skip


def test_the_file_of_a_place_holds_every_figure_with_its_method(sealed: Business) -> None:
    report = ask(sealed.store, report_for, "province", HUNAN, FEBRUARY, now_ms=NOW_MS)
    columns, *rows = written(place_table(report, report.rows))
    lines = [dict(zip(columns, row, strict=True)) for row in rows]
    of_hunan = {line["indicator"]: line for line in lines if (line["code"], line["metal"]) == (HUNAN, "")}
    assert set(of_hunan) == set(INDICATORS)
    assert {line["level"] for line in lines} == {"province", "prefecture"}
    assert {line["metal"] for line in lines} == {"", "Al"}
    assert all(line["method_en"] and line["method_zh"] for line in lines)
    assert of_hunan["recycled_output"]["value_now"] == "0"
    nation = ask(sealed.store, regional_report, FEBRUARY, evidence=True, now_ms=NOW_MS)
    columns, *rows = written(report_table(nation, REGIONAL_FILE))
    listed = {row[columns.index("indicator")] for row in rows}
    assert {"unit_energy_other", "emissions_power_other", "open_liquid_end", "evidence"} <= listed


def test_open_liquid_tells_what_came_since_the_seals_of_any_month_before(here: Business) -> None:
    """Liquid is a stock: a tapping of January that is voided in January 2026 is missing at February's ends."""
    liquid = here.tap(900, at="2025-01-05T08:00:00")
    tapped = here.last_event()
    here.tap(100, at="2025-02-05T08:00:00")
    assert liquid
    here.seal("2025-01", "guiyang", at="2025-03-02T08:00:00")
    here.void(tapped, "guiyang")
    for code in (GUIZHOU, "CN"):
        for indicator, sealed_kg, now_kg in (("open_liquid_start", 900, 0), ("open_liquid_end", 1000, 100)):
            closed, now = (
                figure(ask(here.store, regional_report, FEBRUARY, view=view), code, indicator)
                for view in ("book", "event")
            )
            since = SinceSeal(-grams(900), None, Fraction(grams(sealed_kg)), Fraction(grams(now_kg)))
            assert (closed.numerator, closed.since) == (grams(sealed_kg), since)
            assert (now.numerator, now.since) == (grams(now_kg), since)
    later = figure(ask(here.store, regional_report, parse_period("2026-01")), GUIZHOU, "open_liquid_end")
    assert (later.numerator, later.since) == (grams(100), None)
