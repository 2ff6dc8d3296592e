"""Both engines answer every operation alike: each answer is compared with one computed plainly."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph.records import decode_event, decode_lot
from graph.residue_sums import ResidueSum
from graph.store import (
    Document,
    EventFilter,
    FlowSum,
    Head,
    LogEntry,
    LotFilter,
    PostingFilter,
    StockSum,
    Store,
    TallyFilter,
    Writer,
)
from tests.graph.histories import (
    ACCOUNTS,
    DAY_MS,
    SITES,
    START_MS,
    History,
    make_event,
    make_history,
    make_lot,
    name,
    read_all,
    store_history,
)
from traceability.domain.claims import Claim
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Changes, Edge
from traceability.domain.errors import BadInput, Violation, WriteConflict
from traceability.domain.event import ElementContent
from traceability.domain.lot import Content, Lot
from traceability.domain.posting import FlowKey, LedgerRow, Posting, Tallies, tally
from traceability.domain.vocabulary import ACCOUNTS as EVERY_ACCOUNT
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS


class Refused(Exception):
    """Something went wrong in the work itself."""


@pytest.fixture
def history(store: Store) -> History:
    return store_history(store, make_history())


def apply(store: Store, **changes: Any) -> None:
    store.write(lambda writer: writer.apply(Changes(**changes)))


# --- events, lots, claims -----------------------------------------------------------------------------------------


def test_an_empty_store_answers_everything_with_nothing(store: Store) -> None:
    with store.read() as reader:
        assert reader.find_head() == Head(0, "")
        assert reader.find_events(["x"]) == {}
        assert reader.find_events([]) == {}
        assert reader.find_events_by_seq([1]) == {}
        assert reader.find_lots(["x"]) == {}
        assert reader.find_claims(["x"]) == {}
        assert reader.list_claims("x") == []
        assert reader.list_claims_under(["x"]) == []
        assert reader.list_touches(["x"]) == []
        assert reader.list_touches([]) == []
        assert reader.list_edges([1]) == []
        assert reader.list_step_edges(["x"], "back") == []
        assert list(reader.trace_lots(["x"], "forward")) == []
        assert reader.list_lots(LotFilter()) == ([], "")
        assert reader.list_lots(LotFilter(region="43")) == ([], "")
        assert reader.list_events(EventFilter(region="43")) == ([], "")
        assert reader.find_first_orders(["x"]) == {}
        assert reader.sum_stock(LotFilter()) == []
        assert reader.sum_residues(["x"], 1) == []
        assert reader.sum_residues([], 1) == []
        assert reader.sum_tallies(TallyFilter(("nation:CN",))) == []
        assert reader.sum_tallies(TallyFilter(())) == []
        assert reader.sum_flows(TallyFilter(("province:430000",)), ["recycled"]) == []
        assert reader.list_postings(PostingFilter(event=1)) == ([], "")
        assert reader.list_postings(PostingFilter(region="43")) == ([], "")
        assert reader.scan_events() == []
        assert reader.scan_lots() == []
        assert reader.scan_tallies() == []
        assert reader.scan_flows() == []
        assert reader.scan_postings([1]) == []
        assert reader.find_documents("person", ["x"]) == {}
        assert reader.list_documents("person") == ([], "")
        assert reader.list_versions("site", "x") == []
        assert reader.list_log("audit") == []


def test_finding_gives_back_what_was_stored(store: Store, history: History) -> None:
    newest = history.events[max(history.events)]
    with store.read() as reader:
        newest_ms = max(event.record_ms for event in history.events.values())
        assert reader.find_head() == Head(newest.seq, newest.chain, newest_ms)
        ids = [event.id for event in history.events.values()]
        assert reader.find_events([*ids, "unknown"]) == {event.id: event for event in history.events.values()}
        assert reader.find_events_by_seq([*history.events, 10**6]) == history.events
        assert reader.find_lots([*history.lots, "unknown"]) == history.lots
        assert reader.find_claims([*history.claims, "unknown"]) == history.claims
        keys = (
            [*ids[:9], "unknown", ids[0]],
            [*list(history.lots)[:9], "unknown"],
            [*history.claims, "unknown"],
        )
        found = (reader.find_events(keys[0]), reader.find_lots(keys[1]), reader.find_claims(keys[2]))
        assert reader.find_records(*keys) == found
        assert reader.find_records([], [], []) == ({}, {}, {})


def test_an_event_keeps_its_first_parameters_and_its_text(store: Store, history: History) -> None:
    moved = [event for event in history.events.values() if event.first is not None and event.live]
    assert moved
    with store.read() as reader:
        for event in moved:
            found = reader.find_events([event.id])[event.id]
            assert found.first == event.first
            assert found.text == event.text
            assert found.draft.note == "moved"


def test_scans_go_through_everything_in_order(store: Store, history: History) -> None:
    with store.read() as reader:
        events = [decode_event(row) for row in reader.scan_events(0, 1000)]
        assert events == [history.events[seq] for seq in sorted(history.events)]
        assert [event.seq for event in reader.scan_events(10, 3)] == [11, 12, 13]
        assert [event.seq for event in reader.scan_events(10, 100, upto_seq=12)] == [11, 12]
        ids = sorted(history.lots)
        assert [decode_lot(row) for row in reader.scan_lots("", 1000)] == [history.lots[lot] for lot in ids]
        assert [lot.id for lot in reader.scan_lots(ids[4], 2)] == ids[5:7]
        some = sorted(history.events)[::3]
        expected = sorted(posting for posting in history.postings if posting.event in some)
        assert sorted(reader.scan_postings(some)) == expected
        found = reader.scan_postings(some)
        assert found == sorted(found, key=lambda posting: posting[:3])
        supplied = [posting for posting in found if posting.row.account in ("recycled", "primary")]
        assert supplied
        assert reader.scan_postings(some, ("recycled", "primary")) == supplied


def test_claims_are_listed_by_prefix(store: Store, history: History) -> None:
    keys = sorted(key for key in history.claims if key.startswith("code/CODE1"))
    with store.read() as reader:
        assert reader.list_claims("code/CODE1") == [history.claims[key] for key in keys]
        assert [claim.key for claim in reader.list_claims("code/CODE1", keys[2], 2)] == keys[3:5]


def test_claims_of_several_prefixes(store: Store, history: History) -> None:
    keys = sorted(key for key in history.claims if key.startswith("code/"))
    first, last = keys[0], keys[-1]
    with store.read() as reader:
        found = reader.list_claims_under([last, "code/CODE1", first, "code/none", "code/CODE"], 2)
        assert reader.list_claims_under([]) == []
    ones = [key for key in keys if key.startswith("code/CODE1")]
    assert found == [history.claims[key] for key in sorted({first, last, *ones[:2], *keys[:2]})]


def test_codes_are_found_by_their_later_groups(store: Store) -> None:
    codes = ("L26B07K7Q3FD", "K7Q3AAAABBBB", "AAAAK7Q3BBBB", "AAAABBBBK7Q3")
    claims = {key: Claim(key, "lot") for key in (*(f"code/{code}" for code in codes), "ticket/xK7Q3K7Q3")}
    apply(store, claims=claims)
    with store.read() as reader:
        found = {
            part: reader.list_claims_by_group(part) for part in ("07K7", "Q3FD", "07K7Q3", "K7Q3", "7Q3F")
        }
        assert len(reader.list_claims_by_group("K7Q3", 1)) == 1
    owners = {part: [claim.key.removeprefix("code/") for claim in some] for part, some in found.items()}
    assert owners == {
        "07K7": [codes[0]], "Q3FD": [codes[0]], "07K7Q3": [codes[0]], "K7Q3": [codes[3], codes[2]], "7Q3F": [],
    }  # fmt: skip


def test_a_claim_is_replaced_and_freed(store: Store) -> None:
    apply(
        store,
        claims={"ticket/a": Claim("ticket/a", "one", "digest", 1, 2), "ticket/b": Claim("ticket/b", "one")},
    )
    apply(store, claims={"ticket/a": Claim("ticket/a", "two"), "ticket/b": None, "ticket/c": None})
    with store.read() as reader:
        assert reader.find_claims(["ticket/a", "ticket/b", "ticket/c"]) == {
            "ticket/a": Claim("ticket/a", "two")
        }


# --- the graph ----------------------------------------------------------------------------------------------------


def in_time(edges: list[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (edge.time_ms, edge.event, edge.role, edge.number))


def by_event(edges: list[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (edge.event, edge.role, edge.number))


def test_timelines(store: Store, history: History) -> None:
    some = sorted(history.lots)[::2]
    touched = [edge for edge in history.edges if edge.lot in some]
    assert {edge.role for edge in touched} == {INPUT, OUTPUT, OBSERVED}
    middle = in_time(touched)[len(touched) // 2].order
    with store.read() as reader:
        assert reader.list_touches(some) == in_time(touched)
        since = [edge for edge in touched if edge.order >= middle]
        assert reader.list_touches([*some, *some], middle) == in_time(since)
        scattered = sorted(history.events)[::4]
        for events in (scattered, range(3, 9), [8, 3, 3, 4, 5, 6]):
            found = by_event([edge for edge in history.edges if edge.event in events])
            assert found
            assert reader.list_edges(events) == found


def test_steps_back_and_forward(store: Store, history: History) -> None:
    some = sorted(history.lots)[::5]
    with store.read() as reader:
        for direction, role in (("back", OUTPUT), ("forward", INPUT)):
            events = {edge.event for edge in history.edges if edge.lot in some and edge.role == role}
            expected = [edge for edge in history.edges if edge.event in events and edge.role != OBSERVED]
            assert expected
            assert reader.list_step_edges(some, direction) == by_event(expected)  # type: ignore[arg-type]


def test_reach_streams_every_connected_lot_once(store: Store, history: History) -> None:
    some = sorted(history.lots)[10:12]
    with store.read() as reader:
        back = list(reader.trace_lots(some, "back"))
        forward = list(reader.trace_lots(some, "forward"))
    assert len(back) == len(set(back))
    assert len(forward) == len(set(forward))
    assert set(back) == history.reach(some, OUTPUT, INPUT)
    assert set(forward) == history.reach(some, INPUT, OUTPUT)
    assert back or forward


def test_a_revised_events_edges_replace_all_it_had(store: Store) -> None:
    one, two = make_event(1), make_event(2, "melt")
    a, b = make_lot(1, one), make_lot(2, two)
    edges = [
        Edge(1, 1, a.id, OUTPUT, 0, 9, 9),
        Edge(2, 2, a.id, INPUT, 0, 9, 9),
        Edge(2, 2, b.id, OUTPUT, 0, 9, 9),
    ]
    apply(store, events=[one, two], lots={a.id: a, b.id: b}, edges=edges)
    moved = [Edge(2, 7, a.id, INPUT, 0, 4, 4)]
    apply(store, revised={2: replace(two, revisions=(3,))}, edges=moved)
    with store.read() as reader:
        assert reader.list_edges([2]) == moved
        assert reader.list_touches([b.id]) == []
    apply(store, revised={2: replace(two, live=False, revisions=(3, 4))})
    with store.read() as reader:
        assert reader.list_edges([1, 2]) == edges[:1]
        assert reader.list_step_edges([a.id], "forward") == []


# --- lists --------------------------------------------------------------------------------------------------------

LOT_FILTERS = [
    LotFilter(),
    LotFilter(site="miluo-a"),
    LotFilter(site="miluo-a", status="available"),
    LotFilter(site="miluo-a", region="43", form="scrap"),
    LotFilter(site="miluo-a", region="51"),
    LotFilter(region="43"),
    LotFilter(region="4306"),
    LotFilter(region="430681", status="available", metal="Al"),
    LotFilter(status="in_transit"),
    LotFilter(status="void"),
    LotFilter(form="product", material="adc12"),
    LotFilter(to="chengdu"),
    LotFilter(to="chengdu", site="miluo-a"),
    LotFilter(to="chengdu", region="43", status="in_transit"),
    LotFilter(site="nowhere"),
]


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_lots_are_listed_newest_first(store: Store, limit: int) -> None:
    history = store_history(store, make_history(seed=2, count=60))
    with store.read() as reader:
        for asked in LOT_FILTERS:
            found = read_all(lambda after, asked=asked: reader.list_lots(asked, after, limit))  # type: ignore[misc]
            assert found == history.list_lots(asked), asked


EVENT_FILTERS = [
    EventFilter(),
    EventFilter(live_only=False),
    EventFilter(site="miluo-a"),
    EventFilter(site="miluo-a", kinds=("melt", "ship")),
    EventFilter(site="miluo-a", region="51"),
    EventFilter(region="43", from_ms=START_MS + 30 * DAY_MS, until_ms=START_MS + 60 * DAY_MS),
    EventFilter(region="4306", kinds=("collect",)),
    EventFilter(kinds=("melt", "collect", "melt"), from_ms=START_MS + 30 * DAY_MS),
    EventFilter(until_ms=START_MS + 20 * DAY_MS),
    EventFilter(site="nowhere"),
    EventFilter(unconfirmed_at=("miluo-a",)),
    EventFilter(unconfirmed_at=("miluo-b", "chengdu", "nowhere")),
]


@pytest.mark.parametrize("limit", [1, 7, 1000])
@pytest.mark.parametrize("newest_first", [False, True])
def test_events_are_listed_in_book_order(store: Store, limit: int, newest_first: bool) -> None:
    history = store_history(store, make_history(seed=3, count=60))
    with store.read() as reader:
        for asked in EVENT_FILTERS:
            found = read_all(
                lambda after, asked=asked: reader.list_events(asked, after, limit, newest_first=newest_first)  # type: ignore[misc]
            )
            expected = history.list_events(asked)
            assert found == (expected[::-1] if newest_first else expected), asked


POSTING_FILTERS = [
    PostingFilter(accounts=("recycled",)),
    PostingFilter(),
    PostingFilter(accounts=("recycled", "primary"), region="43", from_month="2025-02", until_month="2025-03"),
    PostingFilter(accounts=ACCOUNTS, region="430681", site="miluo-b"),
    PostingFilter(accounts=ACCOUNTS, site="miluo-b"),
    PostingFilter(accounts=ACCOUNTS, site="miluo-b", region="51"),
    PostingFilter(accounts=ACCOUNTS, region="4306", metals=("Al", "Cu")),
    PostingFilter(accounts=("transport",)),
    PostingFilter(site="nowhere"),
]


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_postings_are_listed_by_month_region_event(store: Store, limit: int) -> None:
    history = store_history(store, make_history(seed=4, count=60))
    voided = next(event.seq for event in history.events.values() if event.revisions)
    with store.read() as reader:
        for asked in [*POSTING_FILTERS, PostingFilter(event=voided), PostingFilter(event=1)]:
            found = read_all(lambda after, asked=asked: reader.list_postings(asked, after, limit))  # type: ignore[misc]
            assert found == history.list_postings(asked), asked


def test_turnover_of_a_site_is_listed_where_it_is_asked_for(store: Store) -> None:
    history = store_history(store, make_history(seed=4, count=60))
    with store.read() as reader:
        for site in ("miluo-b", "chengdu"):
            asked = PostingFilter(accounts=TURNOVER_ACCOUNTS, site=site)
            found, _ = reader.list_postings(asked, limit=1000)
            assert found == history.list_postings(asked) != [], site
            others, _ = reader.list_postings(PostingFilter(site=site), limit=1000)
            assert not {posting.row.account for posting, _ in others}.intersection(TURNOVER_ACCOUNTS)


@pytest.mark.parametrize(
    "after",
    ["x", "[]", "[1]", '["a",1,"b"]', "null", "[" * 100_000, "[1e400,1,1]", '[99999999999999999999,1,"a"]'],
)
def test_a_place_in_a_list_that_is_none_is_refused(store: Store, after: str) -> None:
    with store.read() as reader:
        for ask in (
            lambda: reader.list_lots(LotFilter(), after),
            lambda: reader.list_events(EventFilter(), after),
            lambda: reader.list_postings(PostingFilter(), after),
            lambda: reader.list_postings(PostingFilter(event=1), after),
        ):
            with pytest.raises(BadInput, match=r"list\.bad_key"):
                ask()


def test_first_orders_leave_out_what_is_void_and_what_moves_nothing(store: Store, history: History) -> None:
    orders: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for event in history.events.values():
        if event.live and event.draft.kind != "seal":
            orders[event.draft.site].append(event.order)
    with store.read() as reader:
        assert reader.find_first_orders([*SITES, "nowhere"]) == {
            site: min(found) for site, found in orders.items()
        }


# --- sums ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by", [(), ("site",), ("metal", "form"), ("status",), ("site", "metal", "form", "material", "status")]
)
def test_stock(store: Store, history: History, by: tuple[str, ...]) -> None:
    with store.read() as reader:
        for asked in LOT_FILTERS:
            sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
            for lot in history.list_lots(asked):
                if lot.status != "void":
                    key = [
                        str(getattr(lot, part)) if part in by else ""
                        for part in ("site", "metal", "form", "material", "status")
                    ]
                    held = sums[tuple(key)]
                    held[0] += 1
                    held[1] += lot.remaining_g
            expected = [StockSum(*key, *held) for key, held in sums.items()]  # type: ignore[arg-type]
            assert sorted(reader.sum_stock(asked, by)) == sorted(expected), asked


def add_up_available(lots: list[Lot], sites: list[str], before_ms: int) -> list[ResidueSum]:
    groups: dict[tuple[str, str, str, str], list[Lot]] = defaultdict(list)
    for lot in lots:
        if lot.site in sites and lot.form == "residue" and lot.status == "available":
            groups[lot.site, lot.region, lot.waste_code, lot.material].append(lot)
    return [
        ResidueSum(
            *(site, region, waste_code, material),
            len(held),
            sum(lot.remaining_g for lot in held),
            min(lot.moved_ms for lot in held),
            sum(lot.remaining_g for lot in held if lot.moved_ms < before_ms),
        )
        for (site, region, waste_code, material), held in sorted(groups.items())
    ]


def test_residue_is_added_up_by_waste_code_and_age(store: Store) -> None:
    codes = ["", "321-026-48", 'a"b', "c\\d", "铝灰", '{"waste_code":"x"}']
    states: list[dict[str, Any]] = [
        {}, {"custody": "in_transit"}, {"quarantined": True}, {"remaining_g": 0}, {"remaining_g": 7}, {"void": True},
        {"parent": '"waste_code":"y"'}, {"supplier": "back\\slash"}, {"composition": (ElementContent("Al", 3),)},
        {"region": "510100"}, {"form": "heel"}, {"material": "dross"}, {"moved_ms": START_MS - DAY_MS},
    ]  # fmt: skip
    events = [make_event(1, site="miluo-a"), make_event(2, site="chengdu")]
    made = [
        make_lot(number, event, **{"form": "residue", "waste_code": code, **state})
        for number, (event, code, state) in enumerate(itertools.product(events, codes, states), start=1)
    ]
    apply(store, events=events, lots={lot.id: lot for lot in made})
    moved = [
        lot._replace(remaining_g=3, moved_ms=START_MS - 2 * DAY_MS) if number % 2 else lot._replace(custody="delivered")
        for number, lot in enumerate(made[::5])
    ]  # fmt: skip
    for lots in (made, list({lot.id: lot for lot in [*made, *moved]}.values())):
        apply(store, lots={lot.id: lot for lot in lots})
        with store.read() as reader:
            for sites in (["miluo-a"], ["chengdu", "miluo-a", "nowhere"]):
                for before_ms in (START_MS, made[0].moved_ms, made[0].moved_ms + 1, 2**60):
                    expected = add_up_available(lots, sites, before_ms)
                    assert len(expected) > len(codes)
                    assert reader.sum_residues(sites, before_ms) == expected


TALLY_FILTERS = [
    TallyFilter(("province:430000", "nation:CN")),
    TallyFilter(("nation:CN",), ("Al",)),
    TallyFilter(("site:miluo-a/430681", "prefecture:430600"), ("Al", "Cu"), "2025-02", "2025-03"),
    TallyFilter(("province:430000",), (), "2025-02", "2025-03", by_event_month=True),
    TallyFilter(("province:430000",), (), "2025-01", "2025-02", by_event_month=True, booked_after="2025-02"),
    TallyFilter(("nation:CN",), ("Al",), booked_after="2025-02"),
    TallyFilter(("nation:CN",), ("Cu", "Al"), "2025-02", "2025-02"),
    TallyFilter(("province:430000",), ("Al",), "2025-03", "2025-03", by_event_month=True),
    TallyFilter(("site:nowhere",)),
]


def subsets(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(len(parts) + 1):
        yield from itertools.combinations(parts, size)


def covers(asked: TallyFilter, place: str, metal: str, book_month: str, month: str) -> str:
    """The month to group by, or '' where the filter leaves the row out."""
    said = month if asked.by_event_month else book_month
    wanted = place in asked.places and (not asked.metals or metal in asked.metals)
    wanted = wanted and book_month > asked.booked_after
    return said if wanted and asked.from_month <= said <= asked.until_month else ""


def test_tallies(store: Store, history: History) -> None:
    """Asked one after the other in one view, which may answer from what it has read, and each in a view of its own."""
    tallies, _ = tally(history.postings)
    for in_one_view in (TALLY_FILTERS, *([asked] for asked in TALLY_FILTERS)):
        with store.read() as reader:
            for asked in in_one_view:
                for by in subsets(("place", "metal", "month")):
                    expected = _add_up(tallies, asked, by)
                    found = {
                        row[:3]: {c: g for c, g in row.sums.items() if g}
                        for row in reader.sum_tallies(asked, by)
                    }
                    assert found == expected, (asked, by)


def _add_up(
    tallies: Tallies, asked: TallyFilter, by: tuple[str, ...]
) -> dict[tuple[str, ...], dict[str, int]]:
    sums: dict[tuple[str, ...], dict[str, int]] = {}
    for key, columns in tallies.items():
        if said := covers(asked, *key):
            parts = {"place": key.place, "metal": key.metal, "month": said}
            total = sums.setdefault(tuple(parts[part] if part in by else "" for part in parts), {})
            for column, grams in columns.items():
                total[column] = total.get(column, 0) + grams
    return {key: {c: g for c, g in total.items() if g} for key, total in sums.items()}


def test_flows(store: Store, history: History) -> None:
    _, flows = tally(history.postings)
    names = FlowSum._fields[:-1]
    accounts = ("recycled", "collected", "residue_generated", "turnover_in")
    with store.read() as reader:
        assert reader.sum_flows(TALLY_FILTERS[0], ()) == []
        for asked in TALLY_FILTERS:
            for by in [*subsets(("place", "metal", "month")), ("place", "account", "origin"), names]:
                expected: dict[tuple[str, ...], int] = defaultdict(int)
                for key, grams in flows.items():
                    said = covers(asked, *key[:4])
                    if said and key.account in accounts:
                        parts = {**key._asdict(), "month": said}
                        expected[tuple(parts[part] if part in by else "" for part in names)] += grams
                found = {row[:-1]: row.grams for row in reader.sum_flows(asked, accounts, by)}
                assert {key: g for key, g in found.items() if g} == {
                    key: g for key, g in expected.items() if g
                }, (asked, by)


def test_tallies_and_flows_are_scanned_by_key_without_zeros(store: Store, history: History) -> None:
    tallies, flows = tally(history.postings)
    kept = {key: {c: g for c, g in sums.items() if g} for key, sums in tallies.items() if any(sums.values())}
    assert len(kept) < len(tallies), "the history voids something whole"
    by_key = sorted(kept.items())
    flow_rows = sorted((key, grams) for key, grams in flows.items() if grams)
    with store.read() as reader:
        assert reader.scan_tallies(None, 10_000) == by_key
        assert reader.scan_tallies(by_key[4][0], 3) == by_key[5:8]
        assert reader.scan_flows(None, 10_000) == flow_rows
        assert reader.scan_flows(flow_rows[4][0], 3) == flow_rows[5:8]


def test_every_account_and_its_parts_have_a_column(store: Store) -> None:
    event = make_event(1)
    rows = [LedgerRow(account, "miluo-a", "430681", "Al", "2025-01", "post", "430000", "t", "6xxx", "w", "online", via)
            for account in EVERY_ACCOUNT for via in ("refined", "direct_use", "melt")]  # fmt: skip
    postings = [Posting(1, 1, number, "2025-01", row, 10**15 + number) for number, row in enumerate(rows)]
    apply(store, events=[event], postings=postings)
    tallies, _ = tally(postings)
    with store.read() as reader:
        assert dict(reader.scan_tallies()) == tallies


# --- documents and logs -------------------------------------------------------------------------------------------


def test_documents_keep_versions_where_they_are_master_data(store: Store) -> None:
    def put(writer: Writer) -> list[Document]:
        return [
            writer.put_document("site", "a", {"n": 1}, 0, "g"),
            writer.put_document("site", "a", {"n": 2, "deep": {"list": [1, None, True, "x"]}}, 1, "h"),
            writer.put_document("person", "a", {"n": 1}),
            writer.put_document("person", "a", {"n": 2}),
        ]

    one, two, _, last = store.write(put)
    assert (one.version, two.version, last.version) == (1, 2, 2)
    with store.read() as reader:
        assert reader.find_documents("site", ["a", "b"]) == {"a": two}
        assert reader.list_versions("site", "a") == [one, two]
        assert reader.list_versions("person", "a") == [last]
        assert reader.list_documents("site", "g") == ([], "")
        assert reader.list_documents("site", "h") == ([two], "")


@pytest.mark.parametrize(("there", "expected"), [(False, 1), (True, 0), (True, 2)])
def test_a_document_changed_meanwhile_is_a_conflict(store: Store, there: bool, expected: int) -> None:
    if there:
        store.write(lambda writer: writer.put_document("person", "a", {"n": 1}))
    with pytest.raises(WriteConflict):
        store.write(lambda writer: writer.put_document("person", "a", {"n": 2}, expected))


def test_an_erased_document_leaves_no_version(store: Store) -> None:
    store.write(lambda writer: [writer.put_document("site", "a", {"n": n}, group="g") for n in range(3)])
    store.write(lambda writer: writer.erase_document("site", "a"))
    store.write(lambda writer: writer.erase_document("site", "unknown"))
    with store.read() as reader:
        assert reader.find_documents("site", ["a"]) == {}
        assert reader.list_versions("site", "a") == []
        assert reader.list_documents("site", "g") == ([], "")
    assert store.write(lambda writer: writer.put_document("site", "a", {}, 0)).version == 1


def test_documents_are_listed_by_id_and_group(store: Store) -> None:
    def put(writer: Writer) -> None:
        for number in range(25):
            writer.put_document("job", f"{number:02}", {"n": number}, group="open" if number % 3 else "")
        writer.put_document("person", "x", {})

    store.write(put)
    with store.read() as reader:
        found = read_all(lambda after: reader.list_documents("job", None, after, 10))
        assert [document.id for document in found] == [f"{number:02}" for number in range(25)]
        in_group = read_all(lambda after: reader.list_documents("job", "open", after, 4))
        assert [document.id for document in in_group] == [f"{n:02}" for n in range(25) if n % 3]
        assert len(reader.list_documents("job", "")[0]) == 9


def test_logs_are_numbered_and_kept_apart(store: Store) -> None:
    numbers = store.write(lambda writer: [writer.append_log("audit", {"n": n}) for n in range(5)])
    assert store.write(lambda writer: writer.append_log("signin", {})) == 1
    assert numbers == [1, 2, 3, 4, 5]
    with store.read() as reader:
        assert reader.list_log("audit", 2, 2) == [
            LogEntry("audit", 3, {"n": 2}),
            LogEntry("audit", 4, {"n": 3}),
        ]
        back = [entry.number for entry in reader.list_log("audit", limit=3, newest_first=True)]
        assert back == [5, 4, 3]
        assert [entry.number for entry in reader.list_log("audit", 3, newest_first=True)] == [2, 1]
        assert reader.list_log("audit", 1, newest_first=True) == []
        assert reader.list_log("nothing", newest_first=True) == []


# --- transactions -------------------------------------------------------------------------------------------------


def test_an_exception_stores_nothing(store: Store) -> None:
    event = make_event(1)
    lot = make_lot(1, event)

    def work(writer: Writer) -> None:
        writer.apply(
            Changes([event], {}, {lot.id: lot}, [Edge(1, 1, lot.id, OUTPUT, 0, 1, 1)], {"k": Claim("k", "o")})
        )
        writer.put_document("person", "a", {})
        writer.append_log("audit", {})
        assert writer.find_head().seq == 1
        raise Refused

    with pytest.raises(Refused):
        store.write(work)
    with store.read() as reader:
        assert reader.find_head() == Head(0, "")
        assert reader.find_lots([lot.id]) == {}
        assert reader.find_claims(["k"]) == {}
        assert reader.find_documents("person", ["a"]) == {}
        assert reader.list_log("audit") == []
        assert reader.sum_stock(LotFilter()) == []
    assert store.write(lambda writer: writer.append_log("audit", {})) == 1


def test_a_writer_reads_what_it_has_written(store: Store) -> None:
    event = make_event(1)
    lot = make_lot(1, event)

    def work(writer: Writer) -> None:
        writer.apply(Changes([event], {}, {lot.id: lot}, [Edge(1, 5, lot.id, OUTPUT, 0, 1, 1)]))
        assert writer.find_head().seq == 1
        assert writer.find_events([event.id]) == {event.id: event}
        assert writer.find_lots([lot.id]) == {lot.id: lot}
        assert writer.list_touches([lot.id]) == [Edge(1, 5, lot.id, OUTPUT, 0, 1, 1)]

    store.write(work)


def test_threads_write_one_after_another(store: Store) -> None:
    def increment(writer: Writer) -> None:
        held = writer.find_documents("person", ["n"]).get("n")
        writer.put_document("person", "n", {"n": held.body["n"] + 1 if held else 1})

    def work() -> None:
        for _ in range(10):
            store.write(increment)
        store.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as reader:
        assert reader.find_documents("person", ["n"])["n"].body == {"n": 40}


def test_a_nested_read_is_fine_and_a_store_opens_again_after_close(store: Store) -> None:
    store.write(lambda writer: writer.append_log("audit", {}))
    with store.read() as outer, store.read() as inner:
        assert outer.list_log("audit") == inner.list_log("audit")
    store.close()
    with store.read() as reader:
        assert len(reader.list_log("audit")) == 1


def test_migrating_twice_changes_nothing(store: Store, history: History) -> None:
    assert store.migrate() is False
    with store.read() as reader:
        assert reader.find_head().seq == len(history.events)


def test_clear_derived_leaves_events_as_first_sent_and_everything_else_that_is_not_derived(
    store: Store, history: History
) -> None:
    def work(writer: Writer) -> None:
        writer.put_document("site", "a", {})
        writer.append_log("audit", {})
        writer.clear_derived()

    store.write(work)
    with store.read() as reader:
        for event in map(decode_event, reader.scan_events(0, 1000)):
            before = history.events[event.seq]
            assert event.live
            assert event.revisions == ()
            assert event.frozen == (before.first or before.frozen)
            assert event.draft.note == ""
            assert event.text == before.text
        in_order = read_all(lambda after: reader.list_events(EventFilter(), after, 50))
        assert [event.order for event in in_order] == sorted(event.order for event in in_order)
        assert reader.scan_lots() == []
        assert reader.list_edges(list(history.events)) == []
        assert reader.list_touches(list(history.lots)) == []
        assert reader.list_claims("") == []
        assert reader.scan_postings(list(history.events)) == []
        assert reader.scan_tallies() == []
        assert reader.scan_flows() == []
        assert reader.sum_stock(LotFilter()) == []
        assert list(reader.find_documents("site", ["a"])) == ["a"]
        assert len(reader.list_log("audit")) == 1


def test_what_was_cleared_can_be_stored_again(store: Store, history: History) -> None:
    def again(writer: Writer) -> None:
        writer.clear_derived()
        writer.apply(
            Changes(
                [], dict(history.events), history.lots, history.edges, dict(history.claims), history.postings
            )
        )

    store.write(again)
    with store.read() as reader:
        assert [decode_lot(row) for row in reader.scan_lots("", 1000)] == [
            history.lots[lot] for lot in sorted(history.lots)
        ]
        assert read_all(lambda after: reader.list_lots(LotFilter(), after)) == history.list_lots(LotFilter())
        assert reader.list_events(EventFilter(), "", 1000)[0] == history.list_events(EventFilter())


# --- any text -----------------------------------------------------------------------------------------------------

NASTY = (
    "'; DROP TABLE lots; --", "') OR 1=1 --", "$x {ids} :v0 ?", "`back`\\u0000\\", 'a"b', "{site}", "%_*", "\n\r\t\x07\x1b",
    "汨罗 🏭", "'}) DETACH DELETE n //",
)  # fmt: skip
texts = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(words=st.lists(texts, min_size=7, max_size=7))
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # the store fills up, so a smaller example would be another one
)
def test_any_text_comes_back_as_it_was_and_is_never_a_query(store: Store, words: list[str]) -> None:
    turn = itertools.cycle(words)

    def some() -> str:
        return next(turn)

    with store.read() as reader:
        seq = reader.find_head().seq + 1
    event = make_event(seq, note=some(), actor=some())
    event = replace(
        event, deliverer=some(), digest=some(), chain=some(),
        frozen=event.frozen._replace(region=some(), roles=(some(),), licence=some()),
        warnings=(Violation(some(), some(), (some(),), (some(),), {some(): some()}),),
    )  # fmt: skip
    site, code, key, kind, group = some(), some(), some() + str(seq), "person", some()
    content = Content(event.order, some(), 10, 5, {(0, "430000", 0): 5}, 1)
    lot = make_lot(
        seq, event, site=site, code=code, metal=some(), material=some(), family=some(), region=some(), to=some(),
        shipment=some(), supplier=some(), waste_code=some(), codes=(some(), some()),
        composition=(ElementContent(some(), 3),), contents=(content, content._replace(form=some())),
    )  # fmt: skip
    row = LedgerRow(
        "recycled",
        site,
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
        some(),
    )
    posting = Posting(seq, seq, 0, some(), row, 7)
    document = {some(): some()}

    def work(writer: Writer) -> None:
        writer.apply(
            Changes(
                [event],
                {},
                {lot.id: lot},
                [Edge(seq, 1, lot.id, OUTPUT, 0, 1, 1)],
                {key: Claim(key, some(), some())},
                [posting],
            )
        )
        writer.put_document(kind, key, document, group=group)
        writer.append_log(group, document)

    store.write(work)
    with store.read() as reader:
        assert reader.find_events([event.id, some()]) == {event.id: event}
        assert reader.find_lots([lot.id, some()]) == {lot.id: lot}
        assert reader.find_claims([key])[key].key == key
        assert lot in read_all(lambda after: reader.list_lots(LotFilter(site=site, region=lot.region), after))
        assert lot in read_all(lambda after: reader.list_lots(LotFilter(to=lot.to, form=lot.form), after))
        found = read_all(
            lambda after: reader.list_postings(
                PostingFilter(site=site, region=row.region, from_month="", until_month="\U0010ffff"), after
            )
        )
        assert (posting, event.id) in found
        assert reader.scan_postings([seq]) == [posting]
        assert reader.find_documents(kind, [key])[key].body == document
        assert key in [found.id for found in reader.list_documents(kind, group)[0]]
        assert reader.list_log(group)[-1].body == document
        assert reader.sum_tallies(TallyFilter((f"site:{site}/{row.region}",), (row.metal,), "", "\U0010ffff"))
        assert reader.list_claims(key)[0].key == key
        assert FlowKey in [type(found[0]) for found in reader.scan_flows()]


def test_lists_longer_than_any_statement(store: Store) -> None:
    event = make_event(1)
    lots = {lot.id: lot for lot in (make_lot(number, event) for number in range(1500))}
    edges = [Edge(1, 1, lot, OUTPUT, number, 1, 1) for number, lot in enumerate(lots)]
    apply(store, events=[event], lots=lots, edges=edges)
    with store.read() as reader:
        assert len(reader.find_lots(list(lots))) == 1500
        assert reader.list_touches(list(lots)) == edges
        assert reader.list_step_edges(list(lots), "back") == edges
        assert reader.find_claims([name(number) for number in range(3000)]) == {}
        assert len(reader.find_records([event.id], list(lots), []).lots) == 1500
