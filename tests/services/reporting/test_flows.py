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
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS
from traceability.services.reporting.flows.bands import FlowBand, Flows, sum_flows
from traceability.services.reporting.flows.legs import (
    DIFFERENCE_ACCOUNTS,
    LOSS_ACCOUNTS,
    FlowNode,
    FlowQuery,
    FlowScope,
    read_legs,
    read_legs_of_sites,
)
from traceability.services.reporting.flows.postings import BUYER, BandAddress, FlowLine, join_bands, open_band
from traceability.services.reporting.scope import MonthView
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
        ("liquid", "electrolysis", "Al", "primary", "", 50_000),
        ("province 510000", "smelter", "Al", "post", "online", 10_800),
        ("province 510000", "smelter", "Al", "post", "offline", 9_000),
        ("province 520000", "smelter", "Al", "", "", 5_000),
        ("electrolysis", "smelter", "Al", "", "", 2_700),
        ("smelter", "family AlSiCu", "Al", "", "", 9_000),
        ("electrolysis", "family 1xxx", "Al", "", "", 2_100),
        ("electrolysis", "stock", "Al", "", "", 44_800),
        ("smelter", "stock", "Al", "", "", 18_150),
        ("electrolysis", "loss", "Al", "", "", 400),
        ("smelter", "loss", "Al", "", "", 350),
        ("family AlSiCu", "province 430000", "Al", "", "", 9_000),
        ("family 1xxx", "province 360000", "Al", "", "", 2_100),
    ]
    assert_balanced(flows)
    assert flows.received_g == 74_800_000
    home = FlowNode("origin", "province", "510000")
    assert flows.share_received(home) == Fraction(19_800, 74_800)
    assert flows.share_kept == 0, (
        "the product that was sent went to Jiangxi; the other plant got its own as a transfer"
    )
    assert [(share.group, share.part, share.grams // 1000) for share in flows.shares] == [
        ("origin", "liquid", 50_000), ("origin", "home", 19_800), ("origin", "elsewhere", 5_000),
        ("channel", "online", 10_800), ("channel", "offline", 9_000),
        ("destination", "elsewhere", 2_100), ("buyer", "site", 2_100),
    ]  # fmt: skip
    nation = ask(told.store, sum_flows, NATION, FlowQuery("nation", "CN", Q1))
    assert nation.received_g == 447_000_000
    assert nation.by_origin[FlowNode("origin", "abroad", "CL")] == 24_000_000
    assert_balanced(nation)
    copper = ask(told.store, sum_flows, NATION, FlowQuery("nation", "CN", Q1, ("Cu",)))
    assert {band.metal for band in copper.bands} == {"Cu"}


def assert_balanced(flows: Flows) -> None:
    """What comes to each kind of site and each family is what leaves it, by metal where no process changes it."""
    came: Counter[FlowNode] = Counter()
    went: Counter[FlowNode] = Counter()
    for band in flows.bands:
        came[band.target] += band.grams
        went[band.source] += band.grams
    inner = [node for node in {*came, *went} if node.stage in ("site_kind", "family")]
    assert inner or not flows.bands
    assert {node: came[node] for node in inner} == {node: went[node] for node in inner}


def assert_the_nation_is_its_sites(store: Store) -> None:
    """The sums kept for the nation tell what those of its sites do."""
    views: tuple[MonthView, ...] = ("book", "event")
    for view in views:
        query = FlowQuery("nation", "CN", ALL_TIME, view=view)
        with store.read() as reader:
            scope = FlowScope.read(reader, SEES_ALL, query)
            accounts = (*TURNOVER_ACCOUNTS, *LOSS_ACCOUNTS, *DIFFERENCE_ACCOUNTS)
            of_sites = read_legs_of_sites(reader, scope, scope.slices, accounts)
            assert scope.is_nation
            assert read_legs(reader, scope).by_leg() == of_sites.by_leg()


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
        assert_balanced(flows)
        assert stock_change(flows) == put_in_stock(store, site), site
        by_event = ask(store, sum_flows, owner_of(*sites), FlowQuery("site", site, ALL_TIME, view="event"))
        assert by_event.bands == flows.bands
    assert_the_nation_is_its_sites(store)
    assert not check_book(store).findings
    rebuild(store)
    assert_the_nation_is_its_sites(store)
    for site in sites:
        assert ask(store, sum_flows, owner_of(*sites), FlowQuery("site", site, ALL_TIME)) == before[site]


def test_the_scenarios_stocks_are_what_its_flows_leave(golden: Golden) -> None:
    assert_closed(golden.store)


def test_many_bands_are_told_apart_by_less(told: Golden) -> None:
    bands = ask(told.store, sum_flows, NATION, FlowQuery("nation", "CN", Q1)).bands
    everybody = see_all_of(told.store)
    for most in (len(bands), len(bands) - 1, len({band[:2] for band in bands}), 5):
        rows = join_bands(bands, most)
        sums: Counter[tuple[str, str]] = Counter()
        for row in rows:
            sums[row.address.source.stage, row.address.target.stage] += row.grams
        assert sums == Counter(
            {stages: sum(band.grams for band in bands if (band.source.stage, band.target.stage) == stages)
             for stages in {(band.source.stage, band.target.stage) for band in bands}}
        )  # fmt: skip
        assert sum(row.number for row in rows) == len(bands)
        assert sum(not row.rest for row in rows) <= most
        assert any(row.rest for row in rows) == (most == 5)
    for row in join_bands(bands, len(bands) - 1):
        opened = ask(told.store, open_band, everybody, FlowQuery("nation", "CN", Q1), row.address)
        assert opened.grams == row.grams, row.address


def see_all_of(store: Store) -> Viewer:
    with store.read() as reader:
        return owner_of(*{site for site, _ in reader.list_posted_regions()})


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
    assert flows("2025-02").share_lost_sight == 1
    came_back = [band for band in flows("2025-03").bands if band.source.what == "customer"]
    assert [(band.target.what, band.grams) for band in came_back] == [("electrolysis", grams(200))]
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
    assert [(band.source.what, band.target.code) for band in sent_back] == [("electrolysis", "430000")]
    assert_closed(here.store)


def test_every_band_opens_the_postings_that_make_it(told: Golden) -> None:
    query = FlowQuery("nation", "CN", Q1)
    everybody = see_all_of(told.store)
    flows = ask(told.store, sum_flows, everybody, query)
    sums: Counter[bool] = Counter()
    for band in flows.bands:
        address = BandAddress(*band[:7])
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
    assert sums[False] > 35


def test_where_a_customer_is_counts_as_its_record_says_now(here: Business) -> None:
    scrap = here.collect("tutu", 300, site="chengdu", at="2025-01-10T08:00:00")
    alloy = here.melt(scrap, into=300, site="chengdu", at="2025-02-01T08:00:00")[0]
    here.ship(alloy, "buyer-1", kg=200, site="chengdu", at="2025-02-05T08:00:00")

    def flows(level: str, code: str) -> Flows:
        query = FlowQuery(level, code, parse_period("2025-02"))  # type: ignore[arg-type]
        found = ask(here.store, sum_flows, SEES_ALL, query)
        assert_balanced(found)
        return found

    def keep(**fields: str) -> None:
        body = {"kind": "customer", "name": "Wheels", "licences": [], **fields}
        here.store.write(lambda writer: writer.put_document("party", "buyer-1", body, group="customer"))

    assert flows("nation", "CN").by_destination == {FlowNode("destination", "customer"): grams(200)}
    for fields, end, told in (
        ({"region": "510000", "class": "foundry"}, ("province", "510000"), ("home", "foundry")),
        ({"region": "500100"}, ("province", "500000"), ("elsewhere", "unknown")),
        ({"country": "VN", "class": "trader"}, ("abroad", "VN"), ("abroad", "trader")),
    ):
        keep(**fields)
        province, nation = flows("province", "510000"), flows("nation", "CN")
        assert province.by_destination == nation.by_destination == {FlowNode("destination", *end): grams(200)}
        shares = [(share.group, share.part) for share in province.shares]
        assert shares == [("destination", told[0]), ("buyer", told[1])]
        assert nation.share_kept == (0 if told[0] == "abroad" else 1)
    address = BandAddress(FlowNode("family", "family", "AlSiCu"), FlowNode("destination", BUYER, "trader"))
    opened = ask(here.store, open_band, see_all_of(here.store), nation.query, address)
    assert (opened.grams, opened.hidden_g) == (grams(200), 0)
    assert [line.grams for line in opened.lines] == [grams(200)]


def test_a_firm_is_told_the_flows_of_its_own_sites_alone(told: Golden) -> None:
    firm = Viewer(("chengdu",), {"chengdu": Relation.OWN}, is_firm=True)
    own = ask(told.store, sum_flows, firm, SICHUAN)
    assert own.only_own
    assert {band.source.what for band in own.between("site_kind", "family")} == {"smelter"}
    assert own.received_g == 27_500_000, "what the plant nearby sent is received; its own liquid is not in it"
    assert_balanced(own)
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
