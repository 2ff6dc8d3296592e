"""The demo of two years: the same on every start, accepted as a whole, and everything in it that planners and auditors
look for, each asserted once on one loaded book."""

from collections import Counter, defaultdict
from fractions import Fraction
from statistics import median, pstdev
from typing import Any

import pytest

from graph.records import decode_event, decode_lot
from tests.support.demo import LAST_MONTH, NOW_MS, DemoBook
from tests.support.reading import ask
from tests.support.readme import README, line_of
from traceability.cli.scenarios import find_last_month, list_missing
from traceability.domain.calendar import month_of
from traceability.domain.decision import Edge
from traceability.domain.event import Correction, Declaration, Event
from traceability.domain.lot import Lot
from traceability.domain.period import parse_period
from traceability.domain.rights import find_viewer
from traceability.exchange import demo, seed
from traceability.exchange.demo.cast import electrolyses, provinces, sites
from traceability.exchange.demo.diary import MONTHS, Months
from traceability.exchange.demo.entries import MERGED_FROM, list_regions
from traceability.exchange.demo.planted import PlantedCase, list_planted
from traceability.exchange.demo.weighbridge import ENDED, SITE
from traceability.services.auditing.analysis import find_all
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import reference_in
from traceability.services.directory.scales import confirms_weight, list_scales, read_scales
from traceability.services.recording.open_work import WorkKind, list_open_work
from traceability.services.reporting.figures.report import RegionalReport, find_figure, regional_report
from traceability.services.reporting.periods import usual_period
from traceability.services.reporting.scope import NATION_PLACE
from traceability.services.upkeep.check import check_book

NIGHT = {23, 0, 1, 2, 3, 4}
HOUR_MS = 3_600_000


# --- the drafts ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drafts() -> list[dict[str, Any]]:
    return seed.scenario_drafts(seed.DEMO, LAST_MONTH)


def test_the_drafts_are_the_same_on_every_start(drafts: list[dict[str, Any]]) -> None:
    assert seed.scenario_drafts(seed.DEMO, LAST_MONTH) == drafts
    assert len({draft["id"] for draft in drafts}) == len(drafts)
    assert drafts[-1]["id"] == demo.LAST_EVENT, "a book that holds it holds them all"


@pytest.mark.parametrize("last_month", ["2026-12", "2027-02", "2031-07"])
def test_months_shift_and_all_else_stays(drafts: list[dict[str, Any]], last_month: str) -> None:
    """But for the statistics of years, of which there are one or two whole ones."""

    def shape(events: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
        return {(one["id"], one["kind"], one["site"]) for one in events if len(one.get("period", "")) != 4}

    shifted = seed.scenario_drafts(seed.DEMO, last_month)
    assert shape(shifted) == shape(drafts)
    assert shifted[-1]["id"] == demo.LAST_EVENT
    assert max(one["event_time"][:10] for one in shifted) == f"{_next(last_month)}-01"


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


# --- the book -----------------------------------------------------------------------------------------------------


HEATS = ("melt", "direct_use")


class Contents:
    """Everything in the book, read once."""

    def __init__(self, book: DemoBook) -> None:
        with book.store.read() as reader:
            self.lots: dict[str, Lot] = {row.id: decode_lot(row) for row in reader.scan_lots("", 100_000)}
            self.events: list[Event] = [decode_event(row) for row in reader.scan_events(0, 100_000)]
            self.live = [event for event in self.events if event.live]
            self.edges: dict[int, list[Edge]] = defaultdict(list)
            for edge in reader.list_edges([event.seq for event in self.of_kind(*HEATS)]):
                self.edges[edge.event].append(edge)

    def metal_of(self, lot: str | None) -> int:
        """The metal that a lot was made with."""
        assert lot is not None
        return self.lots[lot].contents[0].metal_g

    def of_kind(self, *kinds: str) -> list[Event]:
        return [event for event in self.live if event.draft.kind in kinds]

    def metal_g(self, heat: Event, role: str, *forms: str) -> int:
        """The metal that a heat took or made of lots that had these forms, of any if none is named."""
        return sum(
            edge.metal_g
            for edge in self.edges[heat.seq]
            if edge.role == role and (not forms or self.lots[edge.lot].contents[0].form in forms)
        )


def detail_of(event: Event) -> Any:
    """What the event's kind states, whichever that is."""
    return event.draft.detail


@pytest.fixture(scope="module")
def contents(demo_book: DemoBook) -> Contents:
    return Contents(demo_book)


@pytest.fixture(scope="module")
def last_year(demo_book: DemoBook) -> RegionalReport:
    """The newest year that is whole."""
    return ask(demo_book.store, regional_report, parse_period("2025"))


def test_a_second_start_finds_its_months_in_the_book_and_loads_nothing(demo_book: DemoBook) -> None:
    assert find_last_month(demo_book.store) == LAST_MONTH
    assert list_missing(demo_book.store, seed.DEMO, find_last_month(demo_book.store)) == []


def test_the_book_agrees_with_itself(demo_book: DemoBook) -> None:
    assert check_book(demo_book.store).findings == []


# --- who takes part -----------------------------------------------------------------------------------------------


def test_sixty_sites_of_all_kinds_hold_thousands_of_lots(contents: Contents) -> None:
    recording = {event.draft.site for event in contents.live if sites()[event.draft.site].firm}
    assert len(recording) >= 60
    assert len(contents.lots) >= 5_000
    assert {kind for site in recording for kind in sites()[site].kinds} >= {
        "collection", "preprocessing", "smelter", "primary_smelter", "electrolysis", "casthouse", "fabricator",
        "direct_use", "import_yard", "disposal",
    }  # fmt: skip
    assert len({sites()[site].base for site in recording} - {""}) >= 15
    assert {"360000", "430000", "510000", "520000"} < {sites()[site].province for site in recording}


def test_every_kind_of_record_is_there(contents: Contents) -> None:
    declared = {detail_of(event).type for event in contents.live if isinstance(detail_of(event), Declaration)}
    assert declared == {"power", "fuel", "no_fuel", "emission", "line", "certificate", "statistic"}
    assert {event.draft.kind for event in contents.live} >= {
        "opening", "collect", "import", "supply", "produce_primary", "sort", "melt", "cast_ingot", "direct_use",
        "fabricate", "recover", "ship", "receive", "return", "assay", "inspect", "adjust", "dispose", "seal",
        "shred", "bale", "split", "blend", "relabel",
    }  # fmt: skip
    assert any(len(event.draft.outputs) > 1 for event in contents.of_kind("collect")), "grades of one ticket"
    readings = [
        detail_of(event).weighing for event in contents.of_kind("collect") if detail_of(event).weighing
    ]
    assert sum(1 for one in readings if one.moisture_g) > 50
    assert sum(1 for one in readings if one.impurity_g) > 50
    assert "sent_back" in {detail_of(event).outcome for event in contents.of_kind("dispose")}
    customers = [event for event in contents.of_kind("ship") if detail_of(event).customer]
    assert len({detail_of(event).customer for event in customers}) >= 15
    assert {detail_of(event).mode for event in contents.of_kind("ship")} >= {
        "road",
        "rail",
        "water",
        "belt",
    }


# --- shares -------------------------------------------------------------------------------------------------------


def test_shares_grow_towards_their_targets_and_one_province_misses_hers(demo_book: DemoBook) -> None:
    first, last = (
        ask(demo_book.store, regional_report, parse_period(period)) for period in ("2025-Q1", "2026-Q3")
    )
    for region, province in provinces().items():
        if province.coverage_ppm:
            shares = [find_figure(report, region, "supply_share_official").value for report in (first, last)]
            assert shares[0] is not None
            assert shares[1] is not None
            assert shares[0] < shares[1], region
    for plant in electrolyses():
        region = sites()[plant.site].province
        rates = [find_figure(report, region, "direct_alloying").value for report in (first, last)]
        assert rates[0] is not None
        assert rates[1] is not None
        assert rates[0] < rates[1], region


@pytest.mark.parametrize(
    ("region", "low", "high", "verdict"),
    [
        ("510000", "0.19", "0.24", "missed"),
        ("430000", "0.24", "0.30", "met"),
        ("360000", "0.35", "0.44", "no_number"),
        ("520000", "0.15", "0.20", "no_target"),
        ("CN", "0.24", "0.30", "met"),
    ],
)
def test_shares_of_a_year_lie_where_they_were_planned(
    last_year: RegionalReport, region: str, low: str, high: str, verdict: str
) -> None:
    figure = find_figure(last_year, region, "supply_share_official")
    assert figure.value is not None
    assert figure.verdict is not None
    assert Fraction(low) <= figure.value <= Fraction(high)
    assert figure.verdict.state == verdict


def test_coverage_is_what_the_provinces_state(last_year: RegionalReport) -> None:
    for region, province in provinces().items():
        figure = find_figure(last_year, region, "output_coverage")
        if not province.coverage_ppm:
            assert figure.value is None, "no authority states its output"
            continue
        assert figure.value is not None
        assert abs(figure.value * 1_000_000 - province.coverage_ppm) < 2_000, region


def test_the_readme_shows_what_the_demo_shows(last_year: RegionalReport) -> None:
    written = README.read_text(encoding="utf-8")
    for region in (*provinces(), "CN"):
        row = last_year.row(region)
        assert row is not None
        assert line_of(row) in written


def test_the_usual_period_is_the_running_year_to_last_month(demo_book: DemoBook) -> None:
    period = ask(demo_book.store, usual_period)
    assert str(period) == "2026-01..2026-10"
    report = ask(demo_book.store, regional_report, parse_period(str(period)))
    assert find_figure(report, "CN", "supply_share_official").value is not None


def test_the_spring_festival_is_a_dip(demo_book: DemoBook) -> None:
    monthly = [
        find_figure(
            ask(demo_book.store, regional_report, parse_period(f"2025-{month:02d}")), "CN", "recycled_output"
        ).value
        for month in (1, 2, 3)
    ]
    assert all(monthly)
    assert monthly[1] < Fraction(7, 10) * monthly[2]  # type: ignore[operator]
    assert monthly[1] < Fraction(8, 10) * monthly[0]  # type: ignore[operator]


# --- what goes otherwise than planned -----------------------------------------------------------------------------


def test_what_went_wrong_stays_visible(contents: Contents, demo_book: DemoBook) -> None:
    statuses = Counter(lot.status for lot in contents.lots.values())
    assert statuses["in_transit"] == 3, "loads that nobody received"
    assert statuses["quarantined"] == 1, "one failed and stays; the other was released"
    liquid = {lot.site for lot in contents.lots.values() if lot.form == "molten_primary" and lot.remaining_g}
    assert liquid == {"guangyuan-el", "wenshan-el"}, "still open"
    replaced = [one for one in contents.of_kind("correct") if detail_of(one).targets[0].draft is not None]
    assert len(replaced) == 3
    for correction in replaced:
        target = next(event for event in contents.live if event.id == detail_of(correction).targets[0].event)
        assert detail_of(target).origin != sites()[target.draft.site].province
    late = [
        demo_book.event(f"{site}/{month}/late") for site, month in (("zhuzhou-yard", 12), ("miluo-yard", 19))
    ]
    with demo_book.store.read() as reader:
        for event in late:
            booked = {posting.book_month for posting in reader.scan_postings([event.seq])}
            assert booked == {month_of(event.record_ms)}, "its own month is sealed"
    assert any(event.warnings for event in contents.live)


def test_some_sites_leave_their_evidence_incomplete(demo_book: DemoBook) -> None:
    report = ask(demo_book.store, regional_report, parse_period("2025"), evidence=True)
    complete = find_figure(report, "CN", "evidence").value
    assert complete is not None
    assert Fraction(9, 10) < complete < 1


def test_two_invented_counties_became_one(demo_book: DemoBook, contents: Contents) -> None:
    rows = list_regions(LAST_MONTH)
    assert all("虚构" in row["zh"] for row in rows)
    merged = Months(LAST_MONTH).label(MERGED_FROM)
    regions = {
        (event.month >= merged, event.frozen.region)
        for event in contents.of_kind("collect")
        if event.draft.site in ("shiqiao-yard", "qingtan-yard")
    }
    assert regions == {(False, "430498"), (False, "430497"), (True, "430496")}


# --- what is planted for auditors ---------------------------------------------------------------------------------


def planted(finding: str) -> tuple[PlantedCase, PlantedCase]:
    """The one case of a finding and its false friend."""
    [case] = [one for one in list_planted() if one.finding == finding and one.is_found]
    [friend] = [one for one in list_planted() if one.finding == finding and not one.is_found]
    return case, friend


def test_one_tare_drifts(contents: Contents) -> None:
    case, friend = planted("tare_drift")
    off: dict[str, Fraction] = {}
    history: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in contents.of_kind("collect"):
        detail = detail_of(event)
        weighing: Any = detail.weighing or event.draft.outputs[-1].weighing
        tares = history[event.draft.site, detail.vehicle]
        if tares:
            off[event.id] = abs(Fraction(weighing.tare_g) / Fraction(median(tares[-10:])) - 1)
        tares.append(weighing.tare_g)
    assert [id_ for id_, share in off.items() if share > Fraction(2, 100)] == [demo.draw_id(case.event)]
    assert Fraction(1, 100) < off[demo.draw_id(friend.event)] < Fraction(2, 100)


def test_one_yield_is_far_off_its_plant(contents: Contents) -> None:
    case, friend = planted("yield")
    yields: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for heat in contents.of_kind(*HEATS):
        heel_g = contents.metal_g(heat, "input", "heel")
        won_g = contents.metal_g(heat, "output", "product", "internal", "heel") - heel_g
        yields[heat.draft.site].append((heat.id, won_g / (contents.metal_g(heat, "input") - heel_g)))
    sigmas: dict[str, float] = {}
    for heats in yields.values():
        values = [value for _, value in heats]
        mean, sigma = sum(values) / len(values), pstdev(values)
        sigmas |= {id_: abs(value - mean) / sigma for id_, value in heats}
        assert all(value <= 1 for value in values)
    assert [id_ for id_, sigma in sigmas.items() if sigma > 3] == [demo.draw_id(case.event)]
    assert 1.8 < sigmas[demo.draw_id(friend.event)] < 3


def test_one_month_makes_more_than_its_feed_and_stock(contents: Contents) -> None:
    """Elsewhere custody forbids it: only an assay that finds more than the weighbridge makes it possible."""
    case, friend = planted("more_than_feed")
    of_metal = [one for one in contents.of_kind("assay") if detail_of(one).fraction_ppm is not None]
    assert {event.draft.site for event in of_metal} == {case.site}
    made_g, fed_g = (_made_and_fed(contents, one) for one in (case, friend))
    assert made_g[0] > made_g[1] + 2_500_000, "more than its feed, a heel and what was left over"
    assert fed_g[0] > fed_g[1], "more than its feed"
    opening = next(event for event in contents.of_kind("opening") if event.draft.site == friend.site)
    stock_g = contents.metal_of(opening.draft.outputs[0].lot)
    assert fed_g[0] < fed_g[1] + stock_g


def _made_and_fed(contents: Contents, case: PlantedCase) -> tuple[int, int]:
    month = Months(LAST_MONTH).label(case.month)
    here = [event for event in contents.live if event.draft.site == case.site and event.month == month]
    made_g = sum(contents.metal_g(heat, "output", "product") for heat in here if heat.draft.kind in HEATS)
    fed = [new.lot for event in here if event.draft.kind == "collect" for new in event.draft.outputs]
    fed += [moved.lot for event in here if event.draft.kind == "receive" for moved in event.draft.lots]
    return made_g, sum(map(contents.metal_of, fed))


def test_one_site_and_month_is_entered_by_night(contents: Contents) -> None:
    case, friend = planted("night_entries")
    entries: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in contents.live:
        if event.draft.precision != "date":
            entries[event.draft.site, event.month].append((event.draft.time_ms // HOUR_MS + 8) % 24)
    shares = {
        key: Fraction(sum(hour in NIGHT for hour in hours), len(hours)) for key, hours in entries.items()
    }
    at = Months(LAST_MONTH).label
    assert [key for key, share in shares.items() if share > Fraction(1, 5)] == [(case.site, at(case.month))]
    assert 0 < shares[friend.site, at(friend.month)] <= Fraction(1, 5)


def test_one_charge_holds_much_of_another_firms_run_around_scrap(contents: Contents) -> None:
    case, friend = planted("reclassified")
    shares: dict[str, Fraction] = {}
    for heat in contents.of_kind(*HEATS):
        bought_g = sum(
            edge.metal_g
            for edge in contents.edges[heat.seq]
            if edge.role == "input" and contents.lots[edge.lot].reclassified
        )
        if bought_g:
            shares[heat.id] = Fraction(bought_g, contents.metal_g(heat, "input"))
    assert len(shares) > 20
    assert [id_ for id_, share in shares.items() if share > Fraction(1, 10)] == [demo.draw_id(case.event)]
    assert Fraction(5, 100) < shares[demo.draw_id(friend.event)] < Fraction(1, 10)


def test_one_supplier_brings_three_times_the_usual(contents: Contents) -> None:
    case, friend = planted("supplier_surge")
    brought: dict[str, Counter[str]] = defaultdict(Counter)
    for event in contents.of_kind("collect"):
        for new in event.draft.outputs:
            brought[detail_of(event).supplier][event.month] += contents.metal_of(new.lot)
    times = {
        (supplier, month): grams / median(months.values())
        for supplier, months in brought.items()
        for month, grams in months.items()
    }
    at = Months(LAST_MONTH).label
    found = (case.more["supplier"], at(case.month))
    assert [key for key, ratio in times.items() if ratio >= 3] == [found]
    assert 1.5 < times[friend.more["supplier"], at(friend.month)] < 3


def test_one_shipment_comes_back_within_a_month(demo_book: DemoBook) -> None:
    case, friend = planted("metal_back")
    for one, low, high in ((case, 1, 30), (friend, 31, 90)):
        sent, back = demo_book.event(one.more["shipped"]), demo_book.event(one.event)
        assert sent.draft.site == back.draft.site == one.site
        assert low <= (back.draft.time_ms - sent.draft.time_ms) / (24 * HOUR_MS) <= high


def test_one_entry_was_undone(contents: Contents) -> None:
    case, friend = planted("undo")
    undone = {
        event.id: detail_of(event).undo
        for event in contents.of_kind("correct")
        if isinstance(detail_of(event), Correction) and detail_of(event).targets[0].draft is None
    }
    assert undone == {
        demo.draw_id(case.more["undone_by"]): True,
        demo.draw_id(friend.more["undone_by"]): False,
    }


def test_auditors_find_what_is_planted_and_nothing_else(demo_book: DemoBook) -> None:
    with demo_book.store.read() as reader:
        auditor = find_person(reader, "auditor")
        assert auditor is not None
        viewer = find_viewer(auditor.roles, reference_in(reader).gazetteer, "2026-11-20")
        period = parse_period(demo_book.period(0, MONTHS - 1))
        found = find_all(reader, viewer, NATION_PLACE, period)
    at = Months(LAST_MONTH).label
    assert sorted((one.site, one.month) for one in found) == sorted(
        (one.site, at(one.month)) for one in list_planted() if one.is_found
    )
    assert len({one.analysis for one in found}) == len(found)


def test_trucks_stand_on_the_weighbridge_and_no_event_comes_of_them(demo_book: DemoBook) -> None:
    """The last of the module: it writes documents into the book."""
    before = ask(demo_book.store, lambda reader: reader.find_head())
    demo.keep_tickets(demo_book.store, NOW_MS)
    assert ask(demo_book.store, lambda reader: reader.find_head()).seq == before.seq
    (scale,) = ask(demo_book.store, list_scales, [SITE])
    (shown,) = ask(demo_book.store, read_scales, [scale], NOW_MS).values()
    assert scale.is_simulated
    assert shown.mass_g is not None
    assert shown.raw.startswith("SIMULATED")  # so that whatever keeps the frame says it
    assert ask(demo_book.store, confirms_weight, SITE, shown.raw, shown.mass_g)
    here = ask(demo_book.store, list_open_work, [SITE], WorkKind.TICKET)
    assert len({work.content["vehicle"] for work in here}) == len(here) == 2
    paid = ask(demo_book.store, lambda reader: reader.list_documents("purchase")[0])
    events = ask(demo_book.store, lambda reader: reader.find_events([one.id for one in paid]))
    assert {event.draft.site for event in events.values()} == {SITE}
    assert len(events) == ENDED
