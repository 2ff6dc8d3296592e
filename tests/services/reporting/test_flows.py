"""Flows close to the gram with what really lies in stock, and every band opens the lots behind it."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest

from graph.records import decode_lot
from graph.store import Store
from tests.support.business import Business, grams
from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.reporting import Q1, SEES_ALL
from tests.support.viewing import owner_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.period import parse_period
from traceability.domain.rights import Relation, Viewer
from traceability.services.reporting.flow_postings import BandAddress, FlowLine, open_band
from traceability.services.reporting.flows import (
    FlowBand,
    FlowNode,
    FlowQuery,
    Flows,
    sum_flows,
)
from traceability.services.upkeep.check import check_book
from traceability.services.upkeep.rebuild import rebuild

NATION = Viewer((), {}, regions=("*",))
SICHUAN = FlowQuery("province", "510000", Q1)
ALL_TIME = parse_period("2025-01..2026-12")


def told_bands(flows: Flows) -> list[tuple[str, str, str, str, str, int]]:
    """From, to, metal, class, channel, kg."""
    return [
        (
            f"{band.source.what} {band.source.code}".strip(),
            f"{band.target.what} {band.target.code}".strip(),
            band.metal,
            band.source_class,
            band.channel,
            band.grams // 1000,
        )
        for band in flows.bands
    ]


def test_the_flows_of_a_province_are_those_of_the_scenario(told: Golden) -> None:
    flows = ask(told.store, sum_flows, NATION, SICHUAN)
    assert told_bands(flows) == [
        ("liquid", "casthouse", "Al", "primary", "", 50_000),
        ("province 510000", "smelter", "Al", "post", "online", 10_800),
        ("province 510000", "smelter", "Al", "post", "offline", 9_000),
        ("province 520000", "smelter", "Al", "", "", 5_000),
        ("within", "smelter", "Al", "", "", 2_700),
        ("smelter", "family AlSiCu", "Al", "", "", 9_000),
        ("casthouse", "family 1xxx", "Al", "", "", 4_800),
        ("casthouse", "stock", "Al", "", "", 44_800),
        ("smelter", "stock", "Al", "", "", 18_150),
        ("casthouse", "loss", "Al", "", "", 400),
        ("smelter", "loss", "Al", "", "", 350),
        ("family AlSiCu", "province 430000", "Al", "", "", 9_000),
        ("family 1xxx", "within", "Al", "", "", 2_700),
        ("family 1xxx", "province 360000", "Al", "", "", 2_100),
    ]
    assert flows.received_g == 74_800_000
    home = FlowNode("origin", "province", "510000")
    assert flows.share_received(home) == Fraction(19_800, 74_800)
    assert flows.share_kept == Fraction(2_700, 4_800)
    nation = ask(told.store, sum_flows, NATION, FlowQuery("nation", "CN", Q1))
    assert nation.received_g == 447_000_000
    assert nation.by_origin[FlowNode("origin", "import", "CL")] == 24_000_000
    copper = ask(told.store, sum_flows, NATION, FlowQuery("nation", "CN", Q1, ("Cu",)))
    assert {band.metal for band in copper.bands} == {"Cu"}


def put_in_stock(store: Store, site: str) -> int:
    """Metal that a site has in its lots now, less what it declared at the start."""
    with store.read() as reader:
        lots = [decode_lot(row) for row in reader.scan_lots("", 1000)]
        held = sum(
            lot.remaining().metal_g
            for lot in lots
            if (lot.site, lot.custody, lot.void) == (site, "held", False)
        )
        seqs = range(1, reader.find_head().seq + 1)
        opened = [row for row in reader.scan_postings(seqs, ["opening"]) if row.row.site == site]
    return held - sum(posting.grams for posting in opened)


def stock_change(flows: Flows) -> int:
    return sum(
        band.grams * (1 if band.target.what == "stock" else -1) for band in flows.bands if is_stock(band)
    )


def is_stock(band: FlowBand) -> bool:
    return "stock" in (band.source.what, band.target.what)


def assert_closed(store: Store) -> None:
    """Each site has in stock what its flows put there; a rebuild tells the same flows, and check finds nothing."""
    with store.read() as reader:
        sites = sorted({site for site, _ in reader.list_posted_regions()})
    before = {}
    for site in sites:
        query = FlowQuery("site", site, ALL_TIME)
        flows = before[site] = ask(store, sum_flows, owner_of(*sites), query)
        assert stock_change(flows) == put_in_stock(store, site), site
        by_event = ask(store, sum_flows, owner_of(*sites), FlowQuery("site", site, ALL_TIME, view="event"))
        assert by_event.bands == flows.bands
    assert not check_book(store).findings
    rebuild(store)
    for site in sites:
        assert ask(store, sum_flows, owner_of(*sites), FlowQuery("site", site, ALL_TIME)) == before[site]


def test_the_scenarios_stocks_are_what_its_flows_leave(golden: Golden) -> None:
    assert_closed(golden.store)


def read_lines(store: Store, viewer: Viewer, query: FlowQuery, band: BandAddress) -> Iterator[FlowLine]:
    after = ""
    while True:
        opened = ask(store, open_band, viewer, query, band, after, 1)
        yield from opened.lines
        after = opened.after
        if not after:
            return


def test_corrections_returns_and_late_entries_move_what_flows(here: Business) -> None:
    scrap = here.collect("tense", 1000, at="2025-01-05T08:00:00")
    collected = here.last_event()
    part = here.ship(scrap, "chengdu", kg=400, at="2025-01-08T08:00:00")
    shipment = here.last_event()
    here.receive(part, "chengdu", kg=399, at="2025-01-09T08:00:00")
    local = here.collect("tutu", 300, site="chengdu", at="2025-01-10T08:00:00")
    alloy = here.melt(part, local, into=600, site="chengdu", dross_kg=60, at="2025-02-01T08:00:00")[0]
    sold = here.ship(alloy, "customer", kg=500, site="chengdu", at="2025-02-05T08:00:00")
    selling = here.last_event()
    here.do(
        "return",
        "chengdu",
        "2025-03-01T08:00:00",
        shipment=selling,
        lots=[{"lot": sold, "mass_g": grams(200)}],
    )
    assert_closed(here.store)

    def flows(period: str, level: str = "province", code: str = "510000") -> Flows:
        return ask(here.store, sum_flows, SEES_ALL, FlowQuery(level, code, parse_period(period)))  # type: ignore[arg-type]

    assert flows("2025-02").by_destination == {FlowNode("destination", "customer"): grams(500)}
    assert flows("2025-02").share_kept == 0
    assert flows("2025-02").share_sold == 1
    came_back = [band for band in flows("2025-03").bands if band.source.what == "customer"]
    assert [(band.target.what, band.grams) for band in came_back] == [("smelter", grams(200))]
    assert flows("2025-03").received_g == 0, "what comes back was received before"

    # A late entry and a correction of January, sealed since at the yard, are booked where they are recorded.
    here.seal("2025-01", at="2025-02-10T08:00:00")
    sealed = flows("2025-01", "site", "yard")
    here.collect("tense", 50, at="2025-01-20T08:00:00")
    here.void(here.last_event())
    here.collect("tense", 70, at="2025-01-21T08:00:00")
    other = here.draft("collect", "yard", "2025-01-05T08:00:00", ticket="T00001", supplier="zhang", origin="500000",
                       source_class="pre", channel="online",
                       outputs=[{"form": "scrap", "material": "tense", "mass_g": grams(1000)}])  # fmt: skip
    here.replace(collected, other)
    assert flows("2025-01", "site", "yard") == sealed
    assert_closed(here.store)

    # Metal that a site sent back to the shipper leaves the one and is at the other again.
    second = here.ship(scrap, "chengdu", kg=100, at="2025-03-02T08:00:00")
    shipment = here.last_event()
    here.receive(second, "chengdu", at="2025-03-03T08:00:00")
    here.do("return", "yard", "2025-04-04T08:00:00", shipment=shipment, lots=[{"lot": second}])
    sent_back = [band for band in flows("2025-04").bands if band.target.what == "province"]
    assert [(band.source.what, band.target.code) for band in sent_back] == [("smelter", "430000")]
    assert_closed(here.store)


def test_every_band_opens_the_postings_that_make_it(told: Golden) -> None:
    query = FlowQuery("nation", "CN", Q1)
    with told.store.read() as reader:
        everybody = owner_of(*{site for site, _ in reader.list_posted_regions()})
    flows = ask(told.store, sum_flows, everybody, query)
    sums: Counter[bool] = Counter()
    for band in flows.bands:
        address = BandAddress(*band[:6])
        lines = list(read_lines(told.store, everybody, query, address))
        sums[is_stock(band)] += len(lines)
        assert lines
        if not is_stock(band):
            assert sum(line.grams for line in lines) == band.grams, band
            assert all(line.detail.lots for line in lines)
        opened = ask(told.store, open_band, everybody, query, address)
        assert (opened.grams, opened.hidden_g) == (band.grams, 0)
        hidden = ask(told.store, open_band, NATION, query, address)
        assert (hidden.grams, hidden.hidden_g, hidden.lines) == (band.grams, band.grams, ())
    assert sums[True] > 10
    assert sums[False] > 40


def test_a_firm_is_told_the_flows_of_its_own_sites_alone(told: Golden) -> None:
    firm = Viewer(("chengdu",), {"chengdu": Relation.OWN}, is_firm=True)
    own = ask(told.store, sum_flows, firm, SICHUAN)
    assert own.only_own
    assert {band.source.what for band in own.between("site_kind", "family")} == {"smelter"}
    assert own.received_g == 24_800_000, "the neighbour's liquid is not in it"
    for level, code, refusal in (("province", "430000", NotAllowed), ("site", "miluo", NotFound)):
        with pytest.raises(refusal):
            ask(told.store, sum_flows, firm, FlowQuery(level, code, Q1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "code", "refusal"),
    [
        ("province", "x", BadInput),
        ("county", "510000", BadInput),
        ("base", "nowhere", NotFound),
        ("site", "no", NotFound),
    ],
)
def test_what_is_no_place_is_refused(here: Business, level: str, code: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ask(here.store, sum_flows, SEES_ALL, FlowQuery(level, code, Q1))  # type: ignore[arg-type]
