"""The golden scenario's files: every draft is well formed, accepted by the rules and balances to the figures worked out by hand."""

import json
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count

import pytest

from scanners.codes import is_code
from traceability.domain.access import Assignment, list_roles, speaks_for
from traceability.domain.authority import find_statistic
from traceability.domain.decision import Decision, check_statement, decide
from traceability.domain.event import Draft, Event, lots_of
from traceability.domain.freezing import Facts, find_effective_time, freeze
from traceability.domain.lot import Lot
from traceability.domain.material import Limit, Material, Reference
from traceability.domain.place import Licence, Region, Site, province_of
from traceability.domain.posting import LedgerRows
from traceability.domain.provenance import format_vector, recycled_g
from traceability.exchange import seed
from traceability.services.directory.reference import read_statistic_kinds
from traceability.wire import load_draft

KG = 1000


def read_reference() -> Reference:
    """The domain's reference data straight from the files (no store)."""
    entries = [*seed.reference_entries(), *seed.scenario_entries("golden")]
    materials = {
        found.id: Material(
            id=found.id, forms=tuple(found.body["forms"]), metal=found.body["metal"], names=(),
            family=found.body["family"], fraction_ppm=found.body["fraction_ppm"], low_g=found.body["low_g"],
            high_g=found.body["high_g"], waste_code=found.body["waste_code"], refined=found.body["refined"],
            remelt_ingot=found.body["remelt_ingot"], grades=tuple(found.body["grades"]),
            limits=tuple(Limit(*limit) for limit in found.body["limits"]),
        )
        for found in entries if found.kind == "material"
    }  # fmt: skip
    sites = {
        found.id: Site(
            found.id, (), tuple(found.body["kinds"]), found.body["region"], found.body.get("firm", ""),
            tuple(
                Licence(held["number"], tuple(held["waste_codes"]), held["from"], held["until"])
                for held in found.body["licences"]
            ),
        )
        for found in entries if found.kind == "site"
    }  # fmt: skip
    clean = next(found.body["clean"] for found in entries if found.id == "transport")
    listed = next(found.body["rows"] for found in entries if found.id == "regions")
    regions = {row["code"]: Region(row["code"], ()) for row in listed}
    rows = next(found.body["rows"] for found in entries if found.id == "statistics")
    kinds = read_statistic_kinds(rows)
    return Reference(1, sites, materials, regions, clean_modes=frozenset(clean), statistics=kinds)


class Replay:
    """Decides the drafts one after the other in memory, as the front door does."""

    def __init__(self) -> None:
        self.reference = read_reference()
        self.roles = {
            entry.id: [Assignment(*role) for role in entry.body["roles"]]
            for entry in seed.scenario_entries("golden")
            if entry.kind == "person"
        }
        self.lots: dict[str, Lot] = {}
        self.decisions: dict[str, Decision] = {}
        self.seqs = count(1)

    def record(self, draft: Draft) -> Decision:
        site = self.reference.sites[draft.site]
        roles = list_roles(self.roles[draft.actor], site.id, site.region, "2025-01-02")
        named = {lot: self.lots[lot] for lot in lots_of(draft)}
        time_ms = find_effective_time(draft, named)
        statistic = find_statistic(draft)
        speaks = speaks_for(self.roles[draft.actor], statistic.region, "2025-01-02") if statistic else None
        now_ms = int(datetime(2026, 1, 21, tzinfo=UTC).timestamp() * 1000)
        facts = Facts(now_ms=now_ms, roles=roles, speaks=speaks)
        frozen, unknown = freeze(draft, time_ms, named, self.reference, facts, lambda: "")
        assert frozen is not None
        assert unknown == []
        event = Event(next(self.seqs), draft, frozen, facts.now_ms, "test", "", "")
        assert check_statement(event, facts) == []
        decision = decide(event, named)
        self.lots |= decision.lots | decision.made
        self.decisions[draft.id] = decision
        return decision


@pytest.fixture(scope="module")
def replay() -> Replay:
    played = Replay()
    for body in seed.golden_drafts():
        decision = played.record(load_draft(body))
        assert (decision.violations, decision.warnings) == ([], []), body
    return played


def lot(replay: Replay, name: str) -> Lot:
    return replay.lots[seed.golden_lots()[name]]


def sum_rows(replay: Replay, account: str, province: str = "", metal: str = "") -> Fraction:
    """Kilograms of an account."""
    books: list[LedgerRows] = [decision.book for decision in replay.decisions.values()]
    return Fraction(
        sum(
            grams
            for book in books
            for row, grams in book.close().items()
            if row.account == account
            and province in ("", province_of(row.region))
            and metal in ("", row.metal)
        ),
        KG,
    )


def test_ids_and_codes_are_unique_and_named() -> None:
    drafts = seed.golden_drafts()
    events = Counter(draft["id"] for draft in drafts)
    made = [(row["lot"], row["code"]) for draft in drafts for row in draft.get("outputs", [])]
    made += [
        (row["part_lot"], row["part_code"])
        for draft in drafts
        for row in draft.get("lots", [])
        if "part_lot" in row
    ]
    assert set(events.values()) == {1}
    assert set(seed.golden_events().values()) == set(events)
    assert sorted(lot for lot, _ in made) == sorted(seed.golden_lots().values())
    assert sorted(code for _, code in made) == sorted(seed.golden_codes().values())
    assert all(is_code(code) for _, code in made)
    assert len(set(seed.golden_codes().values())) == len(made)


def test_drafts_stand_in_the_order_of_the_world() -> None:
    times = [draft["event_time"] for draft in seed.golden_drafts()]
    assert times == sorted(times)


def test_drafts_name_known_sites_people_parties_and_vehicles() -> None:
    known: dict[str, set[str]] = {}
    for entry in seed.scenario_entries("golden"):
        known.setdefault(entry.kind, set()).add(entry.id)
    parties = known["party"]
    for draft in seed.golden_drafts():
        assert draft["site"] in known["site"]
        assert draft["actor"] in known["person"]
        assert draft.get("to", draft["site"]) in known["site"]
        assert {draft[field] for field in ("supplier", "driver", "customer") if field in draft} <= parties
        assert draft.get("vehicle", "truck-1") in known["vehicle"]


def test_supply_comes_to_the_published_figures(replay: Replay) -> None:
    figures: dict[str, tuple[Fraction | int, Fraction | int]] = {
        "520000": (18_430, 100_000),
        "510000": (10_080, 50_000),
        "430000": (33_300, 91_800),
        "360000": (47_880, 75_240),
        "": (109_690, 317_040),
    }
    for province, wanted in figures.items():
        got = (sum_rows(replay, "recycled", province), sum_rows(replay, "primary", province))
        assert got == wanted, province
    by_metal = [sum_rows(replay, "recycled", "430000", metal) for metal in ("Al", "Pb", "Zn")]
    assert by_metal == [23_100, 5_700, 4_500]
    assert [sum_rows(replay, "recycled", "360000", metal) for metal in ("Cu", "Al")] == [43_260, 4_620]


def test_liquid_metal_comes_to_the_published_figures(replay: Replay) -> None:
    def rates(province: str) -> tuple[Fraction, Fraction]:
        tapped = sum_rows(replay, "molten_tapped", province)
        return (
            sum_rows(replay, "molten_direct", province) / tapped,
            sum_rows(replay, "molten_local", province) / tapped,
        )

    assert rates("520000") == (Fraction(95, 100), Fraction(90, 100))
    assert rates("510000") == (Fraction(80, 100), Fraction(80, 100))
    assert rates("") == (Fraction(90, 100), Fraction(130, 150))


def test_scrap_is_kept_in_its_family_as_published(replay: Replay) -> None:
    assert sum_rows(replay, "charged_scrap", metal="Al") == 58_700
    assert sum_rows(replay, "preserved", metal="Al") == 53_700
    assert sum_rows(replay, "prep_out") / sum_rows(replay, "prep_in") == Fraction(9, 10)
    assert sum_rows(replay, "assay_diff") == -1_350


def test_heat_h01_holds_the_published_mix(replay: Replay) -> None:
    first, second = lot(replay, "A01").content, lot(replay, "A02").content
    assert (recycled_g(first.vector), recycled_g(second.vector)) == (14_850 * KG, 8_250 * KG)
    assert Fraction(first.strict_g, first.metal_g) == Fraction(800, 1000)
    assert format_vector(lot(replay, "L03").content.vector) == "post/430000/u=17100000 post/510000/u=8550000"
    assert format_vector(lot(replay, "K1").content.vector) == "post/360000/u=6000000 post/IMP-JP/u=4000000"


def test_closing_stock_is_as_published(replay: Replay) -> None:
    wanted = {"L03": 7_000, "K1": 4_900, "I1": 2_000, "I2": 5_200, "HEEL1": 2_000, "M1": 0, "M2": 0}
    assert {name: lot(replay, name).remaining_g // KG for name in wanted} == wanted


def test_names_file_is_readable() -> None:
    names = json.loads((seed.SEED / "golden" / "names.json").read_text(encoding="utf-8"))
    assert set(names) == {"events", "lots"}
    assert {"L01", "L04", "P01", "A01", "A02", "HEEL0", "HEEL1", "M1", "I1", "I2", "K1"} <= set(names["lots"])
    assert {"H01", "H02", "H04", "H05", "H06", "H07", "H08", "H09", "H10", "H11", "D1"} <= set(
        names["events"]
    )


def test_demo_accounts_cover_every_role() -> None:
    shown = seed.list_demo_accounts("golden")
    roles = {held.role for account in shown for held in account.roles}
    assert roles == {"operator", "supervisor", "planner", "auditor", "admin"}
    assert all(len(account.password) >= 8 for account in shown)
