"""The golden scenario, first quarter of 2025, recorded by capture, gives every figure exactly, on
both engines.
"""

from fractions import Fraction
from typing import Any

import pytest

from graph.store import Store, TallyFilter, TallySum
from tests.support.golden import Golden
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.domain.lot import Lot
from traceability.domain.place import place_key
from traceability.domain.provenance import by_class, recycled_g
from traceability.services.tracing.lineage import list_holdings, trace_lot_back, trace_lot_forward
from traceability.services.upkeep.check import check_book

GUIZHOU, SICHUAN, HUNAN, JIANGXI = "520000", "510000", "430000", "360000"


def sums(
    store: Store, place: str = "nation:CN", metals: tuple[str, ...] = (), **period: str
) -> dict[str, int]:
    months: dict[str, Any] = {"from_month": "2025-01", "until_month": "2025-03", **period}
    with store.read() as reader:
        found: list[TallySum] = reader.sum_tallies(TallyFilter((place,), metals, **months), by=("place",))
    return found[0].sums if found else {}


def province(store: Store, code: str, metals: tuple[str, ...] = ()) -> dict[str, int]:
    return sums(store, place_key("province", code), metals)


def kg(sums: dict[str, int], column: str) -> int:
    whole, rest = divmod(sums.get(column, 0), 1000)
    assert rest == 0, "the scenario's figures are whole kilograms"
    return whole


def six(numerator: int | Fraction, denominator: int | Fraction) -> str:
    """A ratio as the scenario states it, to six decimals, half up."""
    return f"{int(Fraction(numerator, denominator) * 10**6 + Fraction(1, 2)) / 10**6:.6f}"


def share(lot: Lot, source_class: str) -> Fraction:
    content = lot.contents[0]
    return Fraction(by_class(content.vector)[source_class], content.metal_g)


# --- heats --------------------------------------------------------------------------------------------------------

HEATS = [
    ("A01", ".825000", ".800000"),
    ("B02", ".190000", ".190000"),
    ("B04", ".800000", ".800000"),
    ("C05", ".240000", ".240000"),
    ("ROD1", "1.000000", "1.000000"),
    ("A06", ".700000", ".700000"),
    ("PB7", "1.000000", "1.000000"),
    ("ZN8", "1.000000", "1.000000"),
]


@pytest.mark.parametrize(("name", "content", "strict"), HEATS)
def test_recycled_content_of_every_product(told: Golden, name: str, content: str, strict: str) -> None:
    lot = told.lot(name)
    made = lot.contents[0]
    assert six(recycled_g(made.vector), made.metal_g).lstrip("0") == content.lstrip("0")
    assert six(made.strict_g, made.metal_g).lstrip("0") == strict.lstrip("0")


def test_h01_mix(told: Golden) -> None:
    a01 = told.lot("A01").contents[0]
    assert {(key[0], key[1]): six(grams, a01.metal_g) for key, grams in a01.vector.items()} == {
        (0, HUNAN): "0.395833",
        (0, SICHUAN): "0.197917",
        (0, "OPEN"): "0.075000",
        (1, HUNAN): "0.156250",
        (3, GUIZHOU): "0.093750",
        (3, "ADD"): "0.062500",
        (3, "OPEN"): "0.018750",
    }
    assert recycled_g(a01.vector) == 14_850_000
    assert recycled_g(told.lot("A02").contents[0].vector) == 8_250_000
    assert share(told.lot("A01"), "post") == Fraction("0.66875")
    assert share(told.lot("A01"), "pre") == Fraction("0.15625")


def test_sorted_lot_has_two_thirds_from_hunan(told: Golden) -> None:
    content = told.lot("L03").contents[0]
    assert (content.mass_g, content.metal_g) == (27_000_000, 25_650_000)
    assert content.vector == {(0, HUNAN, 0): 17_100_000, (0, SICHUAN, 0): 8_550_000}
    assert kg(province(told.store, HUNAN), "assay_diff") == -1350


def test_blend_after_stocktake(told: Golden) -> None:
    lot = told.lot("K1")
    assert lot.contents[0].vector == {(0, JIANGXI, 0): 6_000_000, (0, "IMP-JP", 0): 4_000_000}
    assert kg(province(told.store, JIANGXI), "stocktake") == -200


YIELDS = [
    (HUNAN, ("Al",), "0.933333"),
    (GUIZHOU, ("Al",), None),
    (HUNAN, ("Pb",), "0.950000"),
    (HUNAN, ("Zn",), "0.978261"),
]


def test_yield_loss_and_dross_of_every_heat(told: Golden) -> None:
    expected = {  # mass loss, metal loss, yield, dross kg per t of product
        "H01": (1000, 1000, "0.933333", "71.43"),
        "H02": (1000, 1200, "0.970000", "30.93"),
        "H04": (900, 300, "0.933333", "95.24"),
        "H05": (2000, 1000, "0.990000", None),
        "D1": (500, 300, "0.984848", None),
        "H06": (0, 200, "0.942857", "75.76"),
        "H07": (4300, 300, "0.950000", None),
        "H08": (500, 100, "0.978261", None),
    }
    for name, (mass_loss, metal_loss, metal_yield, dross) in expected.items():
        rows = told.rows(name)
        get = {
            row.account: grams for row, grams in rows.items() if row.account.startswith(("melt_", "residue"))
        }
        assert kg(get, "melt_loss") == metal_loss, name
        product = get["melt_product"] + get.get("melt_internal", 0)
        heel_in, heel_out = get.get("melt_heel_in", 0), get.get("melt_heel_out", 0)
        assert six(product + heel_out - heel_in, get["melt_in"] - heel_in) == metal_yield, name
        assert told.mass_loss_kg(name) == mass_loss, name
        if dross:
            per_t = Fraction(get["residue_generated"] * 1000, get["melt_product"])
            assert f"{int(per_t * 100 + Fraction(1, 2)) / 100:.2f}" == dross, name


# --- regions ------------------------------------------------------------------------------------------------------

REGIONS = [
    (GUIZHOU, 18_430, 100_000, "0.155619", 100_000, "0.184300"),
    (SICHUAN, 10_080, 50_000, "0.167776", 50_000, "0.201600"),
    (HUNAN, 33_300, 91_800, "0.266187", 102_000, "0.326471"),
    (JIANGXI, 47_880, 75_240, "0.388889", 99_000, "0.483636"),
]


@pytest.mark.parametrize(("code", "r", "p", "supply", "t10", "official"), REGIONS)
def test_supply_share_of_provinces(
    told: Golden, code: str, r: int, p: int, supply: str, t10: int, official: str
) -> None:
    found = province(told.store, code)
    assert (kg(found, "recycled"), kg(found, "primary")) == (r, p)
    assert six(found["recycled"], found["recycled"] + found["primary"]) == supply
    ten = found["primary"] + found.get("recycled_refined", 0)
    assert ten == t10 * 1000
    assert six(found["recycled"], ten) == official


def test_supply_share_of_the_nation(told: Golden) -> None:
    found = sums(told.store)
    assert (kg(found, "recycled"), kg(found, "primary")) == (109_690, 317_040)
    assert six(found["recycled"], found["recycled"] + found["primary"]) == "0.257048"
    ten = found["primary"] + found["recycled_refined"]
    assert (ten, six(found["recycled"], ten)) == (351_000_000, "0.312507")
    means = sum((Fraction(r, r + p) for _, r, p, *_ in REGIONS), Fraction(0)) / 4
    assert six(means, 1) == "0.244618", "the mean of ratios is wrong, and differs"


def test_metals_of_provinces(told: Golden) -> None:
    def ratio(code: str, metal: str) -> str:
        found = province(told.store, code, (metal,))
        return six(found["recycled"], found["recycled"] + found.get("primary", 0))

    assert kg(province(told.store, HUNAN, ("Al",)), "recycled") == 23_100
    assert kg(province(told.store, HUNAN, ("Pb",)), "recycled") == 5_700
    assert kg(province(told.store, HUNAN, ("Zn",)), "recycled") == 4_500
    assert (ratio(HUNAN, "Al"), ratio(HUNAN, "Pb"), ratio(HUNAN, "Zn")) == (
        "1.000000",
        "0.100000",
        "0.100000",
    )
    assert kg(province(told.store, JIANGXI, ("Cu",)), "recycled") == 43_260
    assert kg(province(told.store, JIANGXI, ("Al",)), "recycled") == 4_620
    assert (ratio(JIANGXI, "Cu"), ratio(JIANGXI, "Al")) == ("0.365063", "1.000000")


def test_parts_of_jiangxi(told: Golden) -> None:
    found = province(told.store, JIANGXI)
    assert kg(found, "recycled_import") == 25_608
    assert kg(found, "recycled_direct_use") == 19_500
    r = found["recycled"] - found["recycled_direct_use"]
    assert six(r, r + found["primary"]) == "0.273885"


def test_direct_alloying(told: Golden) -> None:
    def rates(found: dict[str, int]) -> tuple[str, str]:
        tapped = found["molten_tapped"]
        return six(found["molten_direct"], tapped), six(found["molten_local"], tapped)

    assert rates(province(told.store, GUIZHOU)) == ("0.950000", "0.900000")
    assert rates(province(told.store, SICHUAN))[0] == "0.800000"
    assert rates(sums(told.store)) == ("0.900000", "0.866667")
    found = sums(told.store)
    assert found["molten_direct"] * 10 == found["molten_tapped"] * 9, "90 % exactly, so the target is met"


def test_grade_preserving_and_preprocessing(told: Golden) -> None:
    found = sums(told.store, metals=("Al",))
    assert (kg(found, "preserved"), kg(found, "charged_scrap")) == (53_700, 58_700)
    assert six(found["preserved"], found["charged_scrap"]) == "0.914821"
    assert six(found["preserved_wrought"], found["charged_wrought"]) == "0.856322"
    hunan = province(told.store, HUNAN)
    assert six(hunan["prep_out"], hunan["prep_in"]) == "0.900000"


def test_closing_stock(told: Golden) -> None:
    remaining = {name: told.lot(name).remaining_g // 1000 for name in ("L03", "K1", "I1", "I2", "HEEL1")}
    assert remaining == {"L03": 7_000, "K1": 4_900, "I1": 2_000, "I2": 5_200, "HEEL1": 2_000}


# --- lineage ------------------------------------------------------------------------------------------------------


def test_contributions_to_a01(told: Golden) -> None:
    trace = ask(told.store, trace_lot_back, told.id("A01"))
    grams = {
        name: trace.flow.lots.get(told.id(name))
        for name in ("L01", "L02", "L04", "I1", "M1", "SI", "R01", "HEEL0")
    }
    assert grams == {
        "L01": 7_125_000, "L02": 3_562_500, "L04": 2_812_500, "I1": 1_687_500, "M1": 1_687_500, "SI": 1_125_000,
        "R01": 562_500, "HEEL0": 1_125_000,
    }  # fmt: skip
    assert trace.flow.lots[told.id("P01")] == 1_687_500
    assert told.id("L03") in trace.flow.lots
    assert sum(origin.grams for origin in trace.origins) == 18_000_000
    assert trace.by_origin() == {
        "430000": 9_937_500, "510000": 3_562_500, "520000": 1_687_500, "OPEN": 1_687_500, "ADD": 1_125_000,
    }  # fmt: skip


def test_recall_of_l02(told: Golden) -> None:
    forward = ask(told.store, trace_lot_forward, told.id("L02"))
    assert {told.id(name) for name in ("L03", "A01", "A02", "HEEL1", "DROSS1")} <= set(forward.flow.lots)
    held = {one.lot.id: one.grams for one in ask(told.store, list_holdings, told.id("L02"))}
    assert held[told.id("A01")] == 3_562_500
    assert sum(forward.flow.remaining.values()) + sum(forward.flow.lost.values()) == forward.total_g


# --- edge cases ---------------------------------------------------------------------------------------------------


def test_the_same_ticket_twice_makes_one_lot(told: Golden) -> None:
    body = {**told.draft("collect-L01"), "id": "01960000-0000-7000-8000-000000000001"}
    body["outputs"] = [{k: v for k, v in body["outputs"][0].items() if k not in ("lot", "code")}]
    receipt = told.send(body)
    assert receipt.status == "duplicate"
    assert [lot.id for lot in receipt.lots] == [told.id("L01")]


def test_overcharging_is_refused_with_what_remains(told: Golden) -> None:
    body = {
        **told.draft("H01"), "id": "01960000-0000-7000-8000-000000000002", "heat_number": "X-1",
        "event_time": "2025-03-20T08:00:00+08:00", "inputs": [{"lot": told.id("L03"), "mass_g": 7_001_000}],
        "outputs": [{"form": "product", "material": "adc12", "mass_g": 6_000_000}], "loss_g": None, "started": None,
    }  # fmt: skip
    with pytest.raises(EventRejected) as refused:
        told.send(body)
    found = {violation.code: violation for violation in refused.value.violations}
    assert found["rule.overdrawn"].figures["remaining_g"] == 7_000_000


def test_a_late_take_that_would_have_overdrawn_is_refused(told: Golden) -> None:
    body = {
        **told.draft("H01"), "id": "01960000-0000-7000-8000-000000000003", "heat_number": "X-2",
        "event_time": "2025-02-01T08:00:00+08:00", "inputs": [{"lot": told.id("L03"), "mass_g": 7_001_000}],
        "outputs": [{"form": "product", "material": "adc12", "mass_g": 6_000_000}], "loss_g": None, "started": None,
    }  # fmt: skip
    with pytest.raises(EventRejected) as refused:
        told.send(body)
    assert "rule.overdrawn" in {violation.code for violation in refused.value.violations}
    assert any(told.event("H01") in violation.events for violation in refused.value.violations)


def test_liquid_sent_to_sichuan_changes_no_sichuan_denominator(told: Golden) -> None:
    assert kg(province(told.store, SICHUAN), "molten_tapped") == 50_000


def test_a_region_without_output_has_no_data(told: Golden) -> None:
    assert sums(told.store, place_key("province", "110000")) == {}


def test_voiding_l02_is_refused_naming_the_sort(told: Golden) -> None:
    with pytest.raises(EventRejected) as refused:
        told.correct({"event": told.event("collect-L02")})
    named = {event for violation in refused.value.violations for event in violation.events}
    assert told.event("ship-L02") in named or told.event("sort-L03") in named


def test_replacing_the_origin_of_l02_changes_what_carries_it_and_nothing_else(golden: Golden) -> None:
    before = golden.all_lots()
    draft = {k: v for k, v in golden.draft("collect-L02").items() if k != "id"} | {"origin": "500000"}
    golden.correct({"event": golden.event("collect-L02"), "draft": draft})
    after = golden.all_lots()
    changed = {name for name in before if before[name].contents != after[name].contents}
    assert changed == {golden.id(name) for name in ("L02", "L03", "A01", "A02", "DROSS1", "HEEL1")}
    assert after[golden.id("L03")].contents[0].vector == {
        (0, HUNAN, 0): 17_100_000,
        (0, "500000", 0): 8_550_000,
    }
    assert kg(province(golden.store, HUNAN), "recycled") == 33_300
    assert_equal_to_a_rebuild(golden.store)


def test_the_book_agrees_with_itself(told: Golden) -> None:
    report = check_book(told.store)
    assert not report.findings
    assert report.events > 50
