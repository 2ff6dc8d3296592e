"""Months count as evidence with seal, power and fuel, as they were sealed."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.support.business import Business
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, Q1, SEES_ALL, YEAR, declare, metered, statistic, written
from tests.support.viewing import owner_of
from traceability.domain.errors import EventRejected
from traceability.domain.indicators import Amount
from traceability.domain.period import parse_period
from traceability.domain.rights import Viewer
from traceability.services.reporting.behind.drill_down import FigureAddress, declaration_table, open_figure
from traceability.services.reporting.figures.report import SinceSeal, regional_report
from traceability.services.reporting.scope import MonthView


def test_evidence_counts_from_the_first_event_of_any_kind_and_as_sealed(here: Business) -> None:
    """The site first seals December, declares and seals January, and taps only in March."""
    here.seal("2024-12", "guiyang", at="2025-01-02T08:00:00")
    power = declare(here, "power", "2025-01", kwh=10)
    declare(here, "fuel", "2025-01", fuel="gas", fuel_g=10)
    here.seal("2025-01", "guiyang", at="2025-02-01T08:00:00")
    here.tap(1000, at="2025-03-05T08:00:00")
    now_ms = parse_period("2025-04").start_ms

    def evidence() -> tuple[Amount | None, int | None, Fraction | None]:
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
    _, *rows = written(ask(here.store, declaration_table, owner_of("guiyang"), address, now_ms))
    assert rows == [
        ("guiyang", "520100", "2025-02", "", later, "", "0", "1", "0"),
        ("guiyang", "520100", "2025-01", seal, "", fuel, "1", "1", "0"),
    ]
    nation = Viewer((), {}, regions=("*",))
    _, *rows = written(ask(here.store, declaration_table, nation, address, now_ms))
    assert rows == [("others", "", "", "", "", "", "1", "2", "")], "the nation's planner has sums, not rows"


def test_what_was_supplemented_since_the_seal_stands_apart_in_both_views(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    declare(here, "power", "2025-01", kwh=10)
    here.seal("2025-01", "guiyang", at="2025-02-02T08:00:00")
    declare(here, "fuel", "2025-01", fuel="gas", fuel_g=10)
    now_ms = parse_period("2025-03").start_ms
    address = FigureAddress("province", GUIZHOU, "evidence", Q1)
    views: tuple[tuple[MonthView, int], ...] = (("book", 0), ("event", 1))
    for view, counted in views:
        opened = ask(here.store, open_figure, SEES_ALL, replace(address, view=view), now_ms)
        assert opened.figure.numerator == counted
        assert opened.figure.since == SinceSeal(1, 0, Fraction(0), Fraction(1, 2))
        assert opened.evidence is not None
        assert [(behind.month.month, behind.month.supplemented) for behind in opened.evidence] in (
            [("2025-01", True), ("2025-02", False)], [("2025-02", False), ("2025-01", True)],
        )  # fmt: skip
    assert [
        row[-1] for row in written(ask(here.store, declaration_table, SEES_ALL, address, now_ms))[1:]
    ] == ["1", "0"]


def test_a_site_without_fuel_has_its_evidence_by_power_alone(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    for month in ("2025-01", "2025-02", "2025-03"):
        declare(here, "power", month, kwh=10)
        if month == "2025-02":
            none = declare(here, "no_fuel", month)
        here.seal(month, "guiyang", at="2025-04-02T08:00:00")
    now_ms = parse_period("2025-04").start_ms

    def evidence() -> tuple[Any, SinceSeal | None]:
        report = ask(here.store, regional_report, Q1, evidence=True, now_ms=now_ms)
        return report.nation.figures["evidence"].numerator, report.nation.figures["evidence"].since

    assert evidence() == (2, None)
    here.replace(none, here.draft("declare", "guiyang", type="no_fuel", period="2025-03"), "guiyang")
    assert evidence() == (2, SinceSeal(-1, 0, Fraction(2, 3), Fraction(1, 3)))
    here.void(none, "guiyang")
    assert evidence() == (2, SinceSeal(-2, 0, Fraction(2, 3), Fraction(0)))


def test_an_authority_owes_no_evidence_and_has_no_seal(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    statistic(here, GUIZHOU, "2025-01", 5_000, at="2025-02-01T08:00:00")
    now_ms = parse_period("2025-04").start_ms
    report = ask(here.store, regional_report, Q1, evidence=True, now_ms=now_ms)
    assert report.nation.figures["evidence"].denominator == 3
    with pytest.raises(EventRejected) as caught:
        here.seal("2025-01", "guizhou-authority", at="2025-02-02T08:00:00")
    assert "rule.site_activity" in [violation.code for violation in caught.value.violations]
