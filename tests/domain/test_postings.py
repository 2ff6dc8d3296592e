"""Ledger rows add up to their tallies at every level, and a difference is what is still to be
posted.
"""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.store import Store, TallyFilter
from tests.support.business import NOW_MS, SITES, Business, grams, open_business
from traceability.domain.place import prefecture_of, province_of
from traceability.domain.posting import (
    NATION_FLOWS,
    LedgerRow,
    LedgerRows,
    Posting,
    TurnoverDetail,
    difference,
    tally,
)
from traceability.domain.vocabulary import COLUMNS

REGIONS = {"yard": "430681", "plant": "430681", "hengyang": "430424", "chengdu": "510100"}
ACCOUNTS = ("recycled", "primary", "collected", "residue_generated", "charged_scrap", "melt_in")

rows = st.builds(
    lambda account, site, metal, month, source_class, origin, channel, via: LedgerRow(
        account, site, REGIONS[site], metal, month, source_class, origin, channel=channel, via=via
    ),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(sorted(REGIONS)),
    st.sampled_from(["Al", "Cu"]),
    st.sampled_from(["2025-01", "2025-02"]),
    st.sampled_from(["", "post", "pre", "unspecified"]),
    st.sampled_from(["430000", "510000", "IMP-CL", "OPEN"]),
    st.sampled_from(["", "online"]),
    st.sampled_from(["melt", "refined", "direct_use"]),
)
row_maps = st.dictionaries(rows, st.integers(-(10**9), 10**9), max_size=12)


def posted(book: dict[LedgerRow, int], book_month: str = "2025-02") -> list[Posting]:
    return [Posting(1, 1, number, book_month, row, held) for number, (row, held) in enumerate(book.items())]


def level_sums(book: dict[LedgerRow, int], level: str) -> dict[str, Counter[str]]:
    """Sums by place and column at one level, zeros left out."""
    sums: dict[str, Counter[str]] = {}
    for key, columns in tally(posted(book))[0].items():
        if key.place.startswith(level):
            sums.setdefault(key.place, Counter()).update(columns)
    return sums


@given(row_maps)
def test_sites_prefectures_provinces_and_the_nation_add_up(book: dict[LedgerRow, int]) -> None:
    by_site = level_sums(book, "site:")
    for level, code_of in (
        ("prefecture:", prefecture_of),
        ("province:", province_of),
        ("nation:", lambda _: "CN"),
    ):
        expected: dict[str, Counter[str]] = {}
        for place, columns in by_site.items():
            code = code_of(REGIONS[place.removeprefix("site:").partition("/")[0]])
            expected.setdefault(f"{level}{code}", Counter()).update(columns)
        assert level_sums(book, level) == expected
    for account in ACCOUNTS:
        total = sum(held for row, held in book.items() if row.account == account)
        assert sum(columns[account] for columns in by_site.values()) == total


@given(row_maps)
def test_flows_break_an_account_down_by_province(book: dict[LedgerRow, int]) -> None:
    tallies, flows = tally(posted(book))
    for account in ("recycled", "primary", "collected", "residue_generated", "charged_scrap"):
        for province in ("430000", "510000"):
            place = f"province:{province}"
            broken = sum(held for key, held in flows.items() if (key.account, key.place) == (account, place))
            whole = sum(columns.get(account, 0) for key, columns in tallies.items() if key.place == place)
            assert broken == whole
    assert not any(key.account == "melt_in" for key in flows)


def test_turnover_is_kept_by_site_and_for_the_nation_by_kinds_of_site() -> None:
    collected = {"account": "turnover_in", "channel": "online", "source_class": "post", "origin": "430000"}
    received = {"account": "turnover_in", "channel": "site", "origin": "430681", "other_site": "yard"}
    sent = {"account": "turnover_out", "channel": "site", "family": "6xxx", "other_site": "yard"}
    sold = {"account": "turnover_out", "channel": "customer", "family": "6xxx", "other_site": "party-1"}
    sites = (("plant-1", "430100"), ("plant-2", "510100"))
    common = {"metal": "Al", "month": "2025-02", "material": "smelter", "via": "scrap"}
    rows = [
        LedgerRow(**{**common, "family": family, **told, "site": site, "region": region})
        for told in (collected, received, sent, sold)
        for (site, region), family in zip(sites, ("3xxx", "6xxx"), strict=True)
    ]
    _, flows = tally(Posting(1, 1, number, "2025-02", one, 10) for number, one in enumerate(rows))
    at_sites = {key: grams for key, grams in flows.items() if key.place != NATION_FLOWS}
    assert len(at_sites) == len(rows)
    nation = {
        (key.account, key.origin, *TurnoverDetail.parse(key.detail)): grams
        for key, grams in flows.items()
        if key.place == NATION_FLOWS
    }
    assert nation == {
        ("turnover_in", "430000", "", "scrap", "online", "", "smelter"): 20,
        ("turnover_in", "", "", "scrap", "site", "yard", "smelter"): 20,
        ("turnover_out", "", "6xxx", "scrap", "site", "", "smelter"): 20,
        ("turnover_out", "", "6xxx", "scrap", "customer", "party-1", "smelter"): 20,
    }


@given(row_maps, row_maps)
def test_what_was_posted_and_the_difference_are_what_is_true(
    true: dict[LedgerRow, int], before: dict[LedgerRow, int]
) -> None:
    missing = difference(true, before)
    assert 0 not in missing.values()
    assert list(missing) == sorted(missing)
    assert {row: before.get(row, 0) + missing.get(row, 0) for row in {*true, *before}} == {
        row: true.get(row, 0) for row in {*true, *before}
    }
    assert difference(true, true) == {}


def test_equal_rows_add_up_and_nothing_leaves_no_row() -> None:
    book = LedgerRows("2025-01")
    for held in (5, 7, 0, -12, 3):
        book.post("melt_in", "plant", "430681", "Al", held)
    book.post("melt_loss", "plant", "430681", "Al", 0)
    book.post("assay_diff", "plant", "430681", "Al", 4)
    book.post("assay_diff", "plant", "430681", "Al", -4)
    assert book.close() == {LedgerRow("melt_in", "plant", "430681", "Al", "2025-01"): 3}


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ({"account": "recycled", "source_class": "post", "origin": "430000", "via": "refined"},
         {"recycled_post", "recycled_refined", "recycled_local"}),
        ({"account": "recycled", "source_class": "pre", "origin": "IMP-CL", "via": "direct_use"},
         {"recycled_pre", "recycled_direct_use", "recycled_import"}),
        ({"account": "recycled", "source_class": "unspecified", "origin": "OPEN", "via": "melt"}, {"recycled_open"}),
        ({"account": "recycled", "source_class": "unspecified", "origin": "510000", "via": "melt"}, set()),
        ({"account": "primary", "source_class": "primary", "origin": "430000", "via": "refined"}, set()),
        ({"account": "collected", "channel": "online"}, {"collected_online"}),
        ({"account": "collected", "channel": "offline"}, set()),
        ({"account": "charged_scrap", "family": "6xxx"}, {"charged_wrought"}),
        ({"account": "preserved", "family": "3xxx"}, {"preserved_wrought"}),
        ({"account": "charged_scrap", "family": "AlSiCu"}, set()),
        ({"account": "residue_generated", "via": "melt"}, {"residue_melt"}),
        ({"account": "residue_generated", "via": "recover"}, set()),
    ],
)  # fmt: skip
def test_of_which_columns(row: dict[str, str], parts: set[str]) -> None:
    full = LedgerRow(**{"site": "plant", "region": "430681", "metal": "Al", "month": "2025-01", **row})
    for columns in tally([Posting(1, 1, 0, "2025-01", full, 7)])[0].values():
        assert columns == dict.fromkeys([full.account, *parts], 7)
        assert set(columns) <= set(COLUMNS)


# --- in the store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(sqlite_store: Store) -> Business:
    open_business(sqlite_store)
    return Business(sqlite_store)


def sums(here: Business, place: str, month: str = "", *, by_event_month: bool = False) -> dict[str, int]:
    asked = TallyFilter((place,), (), month, month or "9999-12", by_event_month=by_event_month)
    with here.store.read() as reader:
        found = reader.sum_tallies(asked, by=("place",))
    return {column: held for column, held in found[0].sums.items() if held} if found else {}


def test_the_tallies_of_a_chain_add_up_over_its_sites(here: Business) -> None:
    lot = here.collect("tutu", 1000)
    sold = here.ship(lot, "plant", kg=600)
    here.receive(sold, "plant", 599)
    here.melt(sold, into=580, alloy="6063", dross_kg=15)
    here.melt(here.collect("talc", 500, site="chengdu"), into=440, alloy="3104", site="chengdu")
    here.melt(here.tap(900), into=890, alloy="6063", site="guiyang")
    by_site = {site: Counter(sums(here, f"site:{site}/{SITES[site][0]}")) for site in SITES}
    hunan = by_site["yard"] + by_site["plant"]
    assert sums(here, "prefecture:430600")["recycled"] == grams(580)
    for level, sites in (
        ("province:430000", ["yard", "plant"]),
        ("province:510000", ["chengdu"]),
        ("nation:CN", list(SITES)),
    ):
        total: Counter[str] = Counter()
        for site in sites:
            total.update(by_site[site])
        assert sums(here, level) == {column: held for column, held in total.items() if held}
    assert hunan["recycled"] == grams(580)
    assert sums(here, "nation:CN")["recycled"] == grams(1020)
    assert sums(here, "nation:CN")["transit_diff"] == -grams(1)


def test_a_row_of_a_sealed_month_books_to_the_month_of_recording_only_where_it_was_sealed(
    here: Business,
) -> None:
    here.tap(100, at="2025-03-05T08:00:00")
    here.seal("2025-03", "guiyang", at="2025-04-02T08:00:00")
    liquid = here.tap(1000, at="2025-03-10T08:00:00")  # late: sealed at its place
    assert sums(here, "site:guiyang/520100", "2025-03")["molten_tapped"] == grams(100)
    assert sums(here, "site:guiyang/520100", "2026-01")["molten_tapped"] == grams(1000)
    here.ship(liquid, "chengdu", site="guiyang", at="2025-03-11T08:00:00")
    here.receive(liquid, "chengdu", at="2025-03-12T08:00:00")
    here.melt(liquid, into=990, alloy="6063", site="chengdu", at="2025-03-13T08:00:00")
    # The melt's own rows stand in its open month; what it says about the tapping site, in the month of recording.
    assert sums(here, "site:chengdu/510100", "2025-03")["melt_in"] == grams(1000)
    assert "molten_direct" not in sums(here, "site:guiyang/520100", "2025-03")
    assert sums(here, "site:guiyang/520100", "2026-01")["molten_direct"] == grams(1000)
    assert sums(here, "site:guiyang/520100", "2025-03", by_event_month=True)["molten_direct"] == grams(1000)
    assert here.now_ms == NOW_MS
