"""What moved, merged or was renamed takes nothing of its past with it, and every report adds up to its rows."""

from dataclasses import replace
from fractions import Fraction

import pytest

from graph.store import Store
from tests.support.business import SITES, Business, grams
from tests.support.reading import ask
from tests.support.regions import check_parts, end_region, move_site, newest_ms, put_regions
from tests.support.reporting import GUIZHOU, HUNAN, SEES_ALL, SICHUAN, figure, heat, written
from tests.support.viewing import viewer_of
from traceability.domain.calendar import time_of_day
from traceability.domain.errors import NotFound
from traceability.domain.gap import Gap
from traceability.domain.period import parse_period
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.behind.drill_down import FigureAddress, figure_table, open_figure
from traceability.services.reporting.figures.gaps import split_gap
from traceability.services.reporting.figures.report import (
    RegionalReport,
    regional_report,
    report_for,
    report_months,
)
from traceability.services.reporting.registers.products import list_product_lots, list_products
from traceability.services.reporting.scope import Level, MonthView, check_in_view, list_changes
from traceability.services.tracing.events import find_event_dossier
from traceability.services.upkeep.check import check_book, compute_digest
from traceability.services.upkeep.rebuild import rebuild

Q1 = parse_period("2025-Q1")


def melt(here: Business, month: str, kg: float, site: str = "plant") -> str:
    """A heat of so much scrap in a month; its alloy lot."""
    lot = here.collect("tutu", kg, site=site, at=f"{month}-05T08:00:00", metal_fraction="1")
    return here.melt(lot, into=kg, alloy="6063", site=site, at=f"{month}-10T08:00:00")[0]


def recycled(report: RegionalReport, code: str) -> int | Fraction | None:
    return figure(report, code, "recycled_output").numerator


def check_sums(store: Store, *periods: str) -> None:
    """Every report of the periods adds up exactly what its rows show, and opens to postings that do; check agrees."""
    for period in periods or ("2025",):
        check_parts(store, period)
    assert check_book(store).findings == []


def test_a_site_that_moves_leaves_its_past_where_it_was(here: Business) -> None:
    melt(here, "2025-02", 100)
    move_site(here.store, "plant", ("2025-03", "510100"))
    melt(here, "2025-03", 40)
    melt(here, "2025-02", 7)
    report = ask(here.store, regional_report, Q1)
    assert (recycled(report, HUNAN), recycled(report, SICHUAN), recycled(report, "CN")) == (
        grams(107), grams(40), grams(147),
    )  # fmt: skip
    county = ask(here.store, report_for, "county", "430681", Q1)
    assert (recycled(county, "430681"), recycled(county, "plant")) == (grams(107), grams(107))
    assert recycled(ask(here.store, report_for, "site", "plant", Q1), "plant") == grams(147)
    february = ask(here.store, report_for, "province", SICHUAN, parse_period("2025-02"))
    assert [row.code for row in february.rows] == ["510100"], "there since March only, but Chengdu is"
    assert recycled(february, SICHUAN) is None
    check_sums(here.store)
    with here.store.read() as reader:
        (change,) = list_changes("site:plant", reference_in(reader), "2025-12")
    assert (change.kind, change.last, change.places[0].code) == ("moved", "2025-02", "430681")


def test_what_a_sealed_month_no_longer_takes_is_booked_where_the_site_is_by_then(here: Business) -> None:
    melt(here, "2025-02", 100)
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    move_site(here.store, "plant", ("2025-06", "510100"))
    lot = melt(here, "2025-02", 30)  # recorded in January 2026
    before = ask(here.store, regional_report, parse_period("2025-02"))
    assert (recycled(before, HUNAN), recycled(before, SICHUAN)) == (grams(100), None)
    booked = ask(here.store, regional_report, parse_period("2026-01"))
    assert (recycled(booked, HUNAN), recycled(booked, SICHUAN)) == (None, grams(30))
    by_event = ask(here.store, regional_report, parse_period("2025-02"), view="event")
    assert (recycled(by_event, HUNAN), recycled(by_event, SICHUAN)) == (grams(130), None)
    check_sums(here.store, "2025", "2026-01")
    made_by = here.lot(lot).made_by
    here.void(made_by, "plant")
    assert recycled(ask(here.store, regional_report, parse_period("2026-01")), SICHUAN) == 0
    check_sums(here.store, "2025", "2026-01")
    digest = ask(here.store, compute_digest)
    rebuild(here.store)
    assert ask(here.store, compute_digest) == digest


def test_counties_of_a_merged_prefecture_keep_their_codes(here: Business) -> None:
    melt(here, "2025-02", 100)
    end_region(here.store, "430600", "2025-02", "430100")
    melt(here, "2025-03", 40)
    old, new = (ask(here.store, report_for, "prefecture", code, Q1) for code in ("430600", "430100"))
    assert (recycled(old, "430600"), recycled(old, "430681")) == (grams(100), grams(100))
    assert (recycled(new, "430100"), recycled(new, "430681")) == (grams(40), grams(40))
    assert recycled(ask(here.store, report_for, "county", "430681", Q1), "430681") == grams(140)
    assert recycled(ask(here.store, report_for, "province", HUNAN, Q1), HUNAN) == grams(140)
    check_sums(here.store)
    with here.store.read() as reader:
        reference = reference_in(reader)
        (joined,) = list_changes("prefecture:430100", reference, "2025-12")
        (ended,) = list_changes("prefecture:430600", reference, "2025-12")
    assert (joined.kind, joined.last, joined.places[0].code) == ("joined", "2025-02", "430600")
    assert (ended.kind, ended.last, ended.places[0].code) == ("ended", "2025-02", "430100")


def test_a_county_that_became_another_is_that_one_from_then_on(here: Business) -> None:
    melt(here, "2025-02", 100)
    end_region(here.store, "430681", "2025-02", "430602")
    melt(here, "2025-03", 40)
    report = ask(here.store, report_for, "prefecture", "430600", Q1)
    assert (recycled(report, "430681"), recycled(report, "430602")) == (grams(100), grams(40))
    check_sums(here.store)


def test_the_authority_of_a_statistic_is_no_part_of_its_region(here: Business) -> None:
    melt(here, "2025-02", 100)
    for region in (HUNAN, "CN"):
        here.send(here.statistic(region, "2025-02", output_g=grams(1000)))
    report = ask(here.store, report_for, "province", HUNAN, Q1)
    assert [row.code for row in report.rows if row.level != "prefecture"] == []
    check_sums(here.store)


def test_a_site_that_is_in_no_prefecture_is_a_part_of_its_province(here: Business) -> None:
    melt(here, "2025-02", 100)
    move_site(here.store, "plant", ("2025-03", HUNAN))
    melt(here, "2025-03", 40)
    report = ask(here.store, report_for, "province", HUNAN, Q1)
    assert [(row.level, row.code) for row in report.rows if row.figures["recycled_output"].numerator] == [
        ("prefecture", "430600"), ("site", "plant"),
    ]  # fmt: skip
    check_sums(here.store)


def test_a_renamed_region_is_called_as_it_was_called_then(here: Business) -> None:
    put_regions(
        here.store,
        {"code": "430600", "zh": "岳阳市", "en": "Yueyang", "until": "2025-06"},
        {"code": "430600", "zh": "巴陵市", "en": "Baling", "from": "2025-07"},
    )
    melt(here, "2025-02", 100)
    for period, name in (("2025-Q1", "Yueyang"), ("2025", "Baling")):
        report = ask(here.store, report_for, "prefecture", "430600", parse_period(period))
        assert report.total.name("en") == name
    with here.store.read() as reader:
        (renamed,) = list_changes("prefecture:430600", reference_in(reader), "2025-12")
    assert (renamed.kind, renamed.places[0].name("en")) == ("renamed", "Yueyang")


def test_open_liquid_is_a_stock_and_goes_with_its_site(here: Business) -> None:
    liquid = here.tap(1000, at="2025-02-20T08:00:00")
    move_site(here.store, "guiyang", ("2025-03", "510100"))
    here.melt((liquid, 400), into=400, alloy="1050", site="guiyang", at="2025-03-02T08:00:00")
    february, march = (
        ask(here.store, regional_report, parse_period(month)) for month in ("2025-02", "2025-03")
    )
    assert figure(february, GUIZHOU, "open_liquid_end").numerator == grams(1000)
    assert figure(march, SICHUAN, "open_liquid_start").numerator == grams(1000)
    assert figure(march, SICHUAN, "open_liquid_end").numerator == grams(600)
    assert march.row(GUIZHOU) is None
    direct = figure(march, SICHUAN, "direct_alloying")
    assert direct.numerator == grams(400), "posted where the tapping site is in the month of use"
    for month in ("2025-02", "2025-03", "2025"):
        check_sums(here.store, month)


def test_liquid_in_a_county_whose_prefecture_merged_before_goes_with_its_site(here: Business) -> None:
    move_site(here.store, "chengdu", ("2025-06", "520102"))
    here.do(
        "produce_primary", "chengdu", at="2025-06-20T08:00:00",
        outputs=[{"form": "molten_primary", "material": "liquid-al", "mass_g": grams(80)}],
    )  # fmt: skip
    end_region(here.store, "520100", "2025-03", "430100")
    check_parts(here.store, "2025")
    for code, liquid_g in (("520100", 0), ("430100", grams(80))):
        there = ask(here.store, report_for, "prefecture", code, parse_period("2025"))
        assert (figure(there, code, "open_liquid_end").numerator or 0) == liquid_g


def test_liquid_goes_with_a_site_that_records_nothing_where_it_went(here: Business) -> None:
    here.tap(1000, at="2025-02-20T08:00:00")
    move_site(here.store, "guiyang", ("2025-03", "510100"))
    february, march = (
        ask(here.store, regional_report, parse_period(month)) for month in ("2025-02", "2025-03")
    )
    assert figure(february, GUIZHOU, "open_liquid_end").numerator == grams(1000)
    assert figure(march, SICHUAN, "open_liquid_start").numerator == grams(1000)
    assert figure(march, SICHUAN, "open_liquid_end").numerator == grams(1000)
    for month in ("2025-02", "2025-03", "2025"):
        check_sums(here.store, month)


ELSEWHERE, BESIDE, WITHIN = ("520100", ""), ("430681", ""), ("430681", "miluo-park")


@pytest.mark.parametrize(
    ("before", "after"),
    [(ELSEWHERE, WITHIN), (BESIDE, WITHIN), (WITHIN, BESIDE), (WITHIN, ELSEWHERE)],
    ids=["comes from afar", "comes from beside", "goes beside", "goes afar"],
)
def test_liquid_comes_to_a_base_and_leaves_it_with_its_site(
    here: Business, before: tuple[str, str], after: tuple[str, str]
) -> None:
    move_site(here.store, "guiyang", ("2025-01", *before), ("2025-03", *after))
    liquid = here.tap(1000, at="2025-02-20T08:00:00")
    here.melt((liquid, 400), into=400, alloy="1050", site="guiyang", at="2025-03-02T08:00:00")
    stands = {"2025-02": before == WITHIN, "2025-03": after == WITHIN}
    held = {"2025-02": grams(1000), "2025-03": grams(600)}
    for month, is_within in stands.items():
        base = ask(here.store, report_for, "base", "miluo-park", parse_period(month))
        assert (figure(base, "miluo-park", "open_liquid_end").numerator or 0) == is_within * held[month]
    months = ask(here.store, report_months, ["base:miluo-park"], Q1).by_month
    for month, is_within in stands.items():
        stock = months[month][0].figures["open_liquid_end"].numerator
        assert (stock or 0) == is_within * held[month]
    check_sums(here.store, "2025-02", "2025-03", "2025", "2026-01")


def test_a_base_has_its_sites_while_they_are_in_it(here: Business) -> None:
    move_site(here.store, "plant", ("2025-01", "430681", "miluo-park"), ("2025-03", "430681"))
    for month, kg in (("2025-02", 100), ("2025-03", 40)):
        melt(here, month, kg)
    views: tuple[MonthView, ...] = ("book", "event")
    for view in views:
        base = ask(here.store, report_for, "base", "miluo-park", Q1, view=view)
        assert (recycled(base, "miluo-park"), recycled(base, "plant")) == (grams(100), grams(100))
        address = FigureAddress("base", "miluo-park", "recycled_output", Q1, view=view)
        opened = ask(here.store, open_figure, SEES_ALL, address, here.now_ms)
        assert sum(line.numerator for line in opened.lines) == grams(100)


def test_power_and_evidence_belong_to_the_region_of_their_month(here: Business) -> None:
    here.tap(1000, at="2025-01-05T08:00:00")
    for month in ("2025-01", "2025-02"):
        if month == "2025-02":
            move_site(here.store, "guiyang", ("2025-02", "510100"))
        here.send(here.draft("declare", "guiyang", type="power", period=month, kwh=1000, renewable_kwh=100))
    # Recorded when the site had long been elsewhere
    here.send(here.draft("declare", "guiyang", type="power", period="2024-12", kwh=500, renewable_kwh=500))
    year = parse_period("2024-12..2025-02")
    report = ask(here.store, regional_report, year, evidence=True)
    assert figure(report, GUIZHOU, "renewable_power").denominator == 1500
    assert figure(report, SICHUAN, "renewable_power").denominator == 1000
    months = [figure(report, code, "evidence").denominator or 0 for code in (GUIZHOU, SICHUAN, "CN")]
    assert months[0] + months[1] == months[2]


@pytest.mark.parametrize("site", sorted(SITES))
def test_the_undated_case_is_as_simple_as_ever(here: Business, site: str) -> None:
    """A site without moves in a region without history is in that region, whatever the month."""
    with here.store.read() as reader:
        reference = reference_in(reader)
    assert {reference.region_at(site, month) for month in ("1990-01", "2025-03", "2100-12")} == {
        SITES[site][0]
    }


def viewer_at_end(here: Business, person_id: str) -> Viewer:
    """Return a person as they see the book at the end of 2025."""
    return viewer_of(here.store, person_id, time_of_day("2025-12-31"))


def test_what_a_figure_opens_to_is_named_to_whom_the_site_belonged_then(here: Business) -> None:
    """Postings, the gap by site, products, heats and the event of a past stay, on pages and in files."""
    melt(here, "2025-02", 100)
    move_site(here.store, "plant", ("2025-03", "510100"))
    melt(here, "2025-03", 40)
    hunan, guizhou = viewer_at_end(here, "hunan-planner"), viewer_at_end(here, "guizhou-planner")
    output = FigureAddress("nation", "CN", "recycled_output", Q1)
    now_ms = newest_ms(here.store)

    def named(viewer: Viewer) -> list[tuple[str, int]]:
        opened = ask(here.store, open_figure, viewer, output, now_ms)
        table = written(figure_table(here.store, viewer, output, now_ms))
        site, amount = table[0].index("site"), table[0].index("grams")
        in_file = [(row[site], int(row[amount])) for row in table[1:] if row[site]]
        on_page = [(one.line.posting.row.site, one.numerator) for one in opened.lines if one.is_named]
        assert on_page == in_file
        return on_page

    assert named(hunan) == [("plant", grams(100))]
    assert named(viewer_at_end(here, "sichuan-planner")) == [("plant", grams(100)), ("plant", grams(40))]
    assert named(guizhou) == []

    seen = ask(here.store, list_products, hunan, "nation", "CN", Q1)
    assert [(one.made.region, one.made.mass_g) for one in seen.products] == [("430681", grams(100))]
    assert seen.hidden == 1
    lots = ask(here.store, list_product_lots, "plant/430681", "6063", Q1)
    assert [one.event.month for one in lots] == ["2025-02"]

    (then,) = [
        one.line.event for one in ask(here.store, open_figure, hunan, output, now_ms).lines if one.is_named
    ]
    assert ask(here.store, find_event_dossier, hunan, then.id).is_named
    with pytest.raises(NotFound):
        ask(here.store, find_event_dossier, guizhou, then.id)


def test_a_gap_names_a_site_for_its_stay_and_counts_the_rest_as_others(here: Business) -> None:
    heat(here)
    move_site(here.store, "plant", ("2025-03", "510100"))
    heat(here, at="2025-03-10T10:00:00")
    address = FigureAddress("province", HUNAN, "supply_share", Q1)
    opened = ask(
        here.store, open_figure, viewer_at_end(here, "hunan-planner"), address, newest_ms(here.store)
    )
    missed = replace(opened.figure, gap=Gap(None, None, Fraction(1, 2)))
    for who, sites in (("hunan-planner", ["plant"]), ("guizhou-planner", [""])):
        split = ask(here.store, split_gap, viewer_at_end(here, who), missed)
        assert split
        assert [part.site for part in split.sites] == sites


def test_a_planner_sees_the_sites_that_belonged_to_the_province_then(here: Business) -> None:
    """Each planner sees a site's figures of the months in which it was in the own province, no others."""
    melt(here, "2025-02", 100)
    move_site(here.store, "plant", ("2025-03", "510100"))
    melt(here, "2025-04", 30)

    def rows(planner: str, code: str, period: str) -> dict[str, object]:
        level: Level = "county" if code == "430681" else "prefecture"
        report = ask(here.store, report_for, level, code, parse_period(period))
        return {
            row.address: row.figures["recycled_output"].numerator
            for row in report.rows_seen_by(viewer_at_end(here, planner))
            if row.code == "plant"
        }

    assert rows("hunan-planner", "430681", "2025-Q1") == {"plant/430681": grams(100)}
    assert rows("sichuan-planner", "510100", "2025-Q2") == {"plant/510100": grams(30)}
    assert rows("sichuan-planner", "430681", "2025-Q1") == {"plant/430681": grams(100)}, "it is in view now"
    assert rows("guizhou-planner", "430681", "2025-Q1") == {}
    viewer = viewer_at_end(here, "hunan-planner")
    check_in_view(viewer, "site", "plant/430681")
    for code in ("plant", "plant/510100"):
        with pytest.raises(NotFound):
            check_in_view(viewer, "site", code)
