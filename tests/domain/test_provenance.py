"""A vector keeps every gram: taken, mixed, gained, written down, and through the processes that
change it.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.lot import Content
from traceability.domain.provenance import (
    CLASSES,
    Key,
    Vector,
    by_class,
    counted,
    format_vector,
    key_of,
    mix_over,
    mix_strict,
    parse_vector,
    recycled_g,
    scale,
    split_in_order,
    take_metal,
)
from traceability.domain.quantity import apportion

ORIGINS = ("430000", "510000", "ADD", "IMP-CL", "OPEN")

keys = st.tuples(st.integers(0, len(CLASSES) - 1), st.sampled_from(ORIGINS), st.integers(0, 1))
vectors = st.dictionaries(keys, st.integers(1, 10**9), min_size=1, max_size=8)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """(m, M, v) of a lot, with its strict grams."""
    vector = draw(vectors)
    metal_g = sum(vector.values())
    mass_g = metal_g + draw(st.integers(0, 10**9))
    strict_g = draw(st.integers(0, recycled_g(vector)))
    return Content((0, 1), "scrap", mass_g, metal_g, vector, strict_g)


# --- taking --------------------------------------------------------------------------------------------------------


@given(st.data(), contents())
def test_a_take_holds_its_share_and_nothing_else_decides(data: st.DataObject, content: Content) -> None:
    mass_g = data.draw(st.integers(0, content.mass_g))
    taken = content.take(mass_g)
    assert taken == content.take(mass_g)
    if mass_g == content.mass_g:
        assert (taken.metal_g, taken.vector, taken.strict_g) == (
            content.metal_g,
            content.vector,
            content.strict_g,
        )
        return
    assert taken.metal_g == mass_g * content.metal_g // content.mass_g
    shares = apportion(taken.metal_g, content.vector)
    assert taken.vector == {key: share for key, share in shares.items() if share}
    assert sum(taken.vector.values()) == taken.metal_g
    assert all(held <= content.vector[key] for key, held in taken.vector.items())
    strict = apportion(taken.metal_g, {0: content.strict_g, 1: content.metal_g - content.strict_g})
    assert taken.strict_g == strict[0]


@given(st.data(), contents())
def test_the_takes_of_a_lot_miss_its_vector_by_a_gram_a_take_at_most(
    data: st.DataObject, content: Content
) -> None:
    cuts = data.draw(st.lists(st.integers(0, content.mass_g), min_size=1, max_size=5))
    ends = [0, *sorted(cuts), content.mass_g]
    takes = [content.take(end - start) for start, end in pairwise(ends)]
    assert sum(taken.mass_g for taken in takes) == content.mass_g
    assert 0 <= content.metal_g - sum(taken.metal_g for taken in takes) < len(takes)
    for key, held in content.vector.items():
        assert abs(held - sum(taken.vector.get(key, 0) for taken in takes)) <= len(takes)


def test_a_take_by_example() -> None:
    assert take_metal(1, 3, 2) == 0
    assert take_metal(2, 3, 2) == 1
    assert take_metal(3, 3, 2) == 2
    assert take_metal(0, 0, 0) == 0
    vector = {key_of("post", "430000", False): 1, key_of("primary", "430000", True): 1}
    content = Content((0, 1), "scrap", 4, 2, vector, 1)
    assert content.take(2).vector == {key_of("post", "430000", False): 1}
    assert content.take(2).strict_g == 1
    assert content.take(1) == (1, 0, {}, 0)


# --- mixing --------------------------------------------------------------------------------------------------------


@given(st.data(), vectors)
def test_rows_and_columns_of_a_mix_are_exact(data: st.DataObject, mix: dict[Key, int]) -> None:
    room = sum(mix.values())
    metals: list[int] = []
    for _ in range(data.draw(st.integers(1, 5))):
        metals.append(data.draw(st.integers(0, room - sum(metals))))
    rows, left = mix_over(mix, metals)
    assert [sum(row.values()) for row in rows] == metals
    assert sum(left.values()) == room - sum(metals)
    for key, held in mix.items():
        assert sum(row.get(key, 0) for row in rows) + left.get(key, 0) == held
    assert all(share > 0 for row in (*rows, left) for share in row.values())
    # Each takes in its turn of what is left, by the one rounding function.
    stock = dict(mix)
    for metal_g, row in zip(metals, rows, strict=True):
        share = apportion(metal_g, stock)
        assert row == {key: held for key, held in share.items() if held}
        stock = {key: stock[key] - share[key] for key in stock}


@given(vectors, st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_where_outputs_hold_more_the_mix_is_first_scaled_up_to_them(
    mix: dict[Key, int], metals: list[int]
) -> None:
    if sum(metals) <= sum(mix.values()):
        metals.append(sum(mix.values()) + 1)
    rows, left = mix_over(mix, metals)
    assert not left
    assert [sum(row.values()) for row in rows] == metals
    gained = apportion(sum(metals), mix)
    for key in mix:
        assert sum(row.get(key, 0) for row in rows) == gained[key]


@given(st.data(), st.integers(1, 10**9), st.lists(st.integers(0, 10**8), min_size=1, max_size=5))
def test_strict_grams_are_mixed_as_a_vector_of_two_keys(
    data: st.DataObject, metal_g: int, metals: list[int]
) -> None:
    strict_g = data.draw(st.integers(0, metal_g))
    rows, _ = mix_over({0: strict_g, 1: metal_g - strict_g}, metals)
    assert mix_strict(strict_g, metal_g, metals) == [row.get(0, 0) for row in rows]


@given(vectors, st.integers(0, 10**10))
def test_scaling_keeps_the_mix(vector: dict[Key, int], metal_g: int) -> None:
    scaled = scale(vector, metal_g)
    whole = sum(vector.values())
    assert sum(scaled.values()) == metal_g
    assert all(abs(scaled.get(key, 0) * whole - held * metal_g) < whole for key, held in vector.items())


def test_split_in_order_lets_the_list_decide_ties() -> None:
    assert split_in_order(2, [1, 1, 1]) == [1, 1, 0]
    assert split_in_order(0, [0, 0]) == [0, 0]
    assert split_in_order(900, [600, 300, 0]) == [600, 300, 0]


# --- words ---------------------------------------------------------------------------------------------------------


@given(vectors)
def test_a_vector_is_read_as_it_was_written(vector: dict[Key, int]) -> None:
    assert parse_vector(format_vector(vector)) == vector
    assert parse_vector(format_vector(vector)) == parse_vector(format_vector(dict(reversed(vector.items()))))
    assert list(parse_vector(format_vector(vector))) == sorted(vector)


def test_a_vector_as_text() -> None:
    vector = {key_of("primary", "ADD", True): 2000, key_of("post", "430000", False): 7_125_000}
    assert format_vector(vector) == "post/430000/u=7125000 primary/ADD/c=2000"
    assert format_vector({}) == ""
    assert parse_vector("") == {}


@given(vectors)
def test_classes_add_up_and_counting_moves_no_gram(vector: dict[Key, int]) -> None:
    sums = by_class(vector)
    assert list(sums) == list(CLASSES)
    assert recycled_g(vector) == sums["post"] + sums["pre"] + sums["unspecified"]
    marked = counted(vector)
    assert by_class(marked) == sums
    assert all(key[2] for key in marked)


# --- processes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def here(sqlite_store: Store) -> Business:
    open_business(sqlite_store)
    return Business(sqlite_store)


def vector_of(here: Business, lot: str) -> Vector:
    return here.lot(lot).contents[0].vector


def in_force(here: Business, lot: str) -> Vector:
    return here.lot(lot).content.vector


def new(material: str, kg: float, form: str, **more: object) -> dict[str, object]:
    return {"form": form, "material": material, "mass_g": grams(kg), **more}


POST, PRE, SPENT = (0, "430000", 0), (1, "430000", 0), (0, "430000", 1)


def test_new_scrap_of_fabrication_keeps_what_it_is_within_the_firm(here: Business) -> None:
    """It is scrap, pre-consumer and to be counted, to another firm alone; going there and back changes nothing."""
    scrap = here.collect("tutu", 1000, site="plant")
    [billet] = here.melt(scrap, into=990, alloy="6063")
    assert vector_of(here, billet) == {SPENT: grams(990)}
    profile, cut = here.transform("fabricate", [billet], [
        new("al-profile", 800, "product"), new("internal", 180, "internal"),
    ], "plant")  # fmt: skip
    assert vector_of(here, profile) == {SPENT: grams(800)}
    assert vector_of(here, cut) == {SPENT: grams(180)}
    own = here.ship(cut, "yard", kg=60, site="plant")
    here.receive(own, "yard")
    assert (here.lot(own).form, vector_of(here, own)) == ("internal", {SPENT: grams(60)})
    sold = here.ship(cut, "chengdu", kg=100, site="plant")
    shipment = here.last_event()
    here.receive(sold, "chengdu")
    assert (here.lot(sold).form, in_force(here, sold)) == ("scrap", {PRE: grams(100)})
    assert here.lot(sold).content.strict_g == grams(100)
    here.transform("bale", [(sold, 10)], [new("tutu", 10, "scrap")], "chengdu")
    [part] = here.do("return", "plant", shipment=shipment, lots=[{"lot": sold, "mass_g": grams(30)}])
    here.do("return", "plant", shipment=shipment, lots=[{"lot": sold}])
    for back, kg in ((part, 30), (sold, 60)):
        assert (here.lot(back).form, in_force(here, back)) == ("internal", {SPENT: grams(kg)})
        assert not here.lot(back).reclassified
    here.ship(sold, "chengdu", site="plant")
    here.receive(sold, "chengdu")
    assert (here.lot(sold).form, in_force(here, sold)) == ("scrap", {PRE: grams(60)})
    assert_equal_to_a_rebuild(here.store)


def test_recover_gives_back_what_the_dross_held(here: Business) -> None:
    old = here.collect("tutu", 600, site="plant")
    fresh = here.collect("tata", 400, site="plant", source="pre", metal_fraction="1")
    _, dross = here.melt(old, fresh, into=900, alloy="6063", dross_kg=100)
    assert vector_of(here, dross) == {POST: grams(30), PRE: grams(20)}
    won, rest = here.transform("recover", [dross], [
        new("6063", 40, "product"), new("al-dross", 50, "residue", metal_g=grams(5)),
    ], "plant")  # fmt: skip
    assert vector_of(here, won) == {SPENT: grams(24), (1, "430000", 1): grams(16)}
    assert vector_of(here, rest) == {POST: grams(3), PRE: grams(2)}


def test_split_and_blend_share_metal_by_mass_and_the_loss_takes_its_own(here: Business) -> None:
    lot = here.collect("tense", 1000.001)  # 900.001 kg of metal, half up
    assert here.lot(lot).content.metal_g == 900_001
    one, two = here.transform("split", [lot], [new("tense", 600, "scrap"), new("tense", 300, "scrap")])
    shares = split_in_order(900_001, [600_000, 300_000, 100_001])
    assert [here.lot(part).content.metal_g for part in (one, two)] == shares[:2]
    other = here.collect("tutu", 100, source="pre")
    [heap] = here.transform("blend", [one, other], [new("tense", 650, "scrap")])
    metal_in = shares[0] + grams(100)
    metal_g = split_in_order(metal_in, [650_000, 50_000])[0]
    assert here.lot(heap).content.metal_g == metal_g
    assert here.lot(heap).family == "unknown"
    assert vector_of(here, heap) == apportion(metal_g, {POST: shares[0], PRE: grams(100)})


def test_a_gain_by_assay_is_scaled_over_all_origins(here: Business) -> None:
    old = here.collect("tense", 100)
    fresh = here.collect("tense", 100, source="pre", metal_fraction="0.8")
    one, two = here.transform("sort", [old, fresh], [
        new("tense", 120, "scrap", metal_fraction="1"), new("tense", 80, "scrap", metal_fraction="0.99"),
    ])  # fmt: skip
    gained = apportion(grams(199.2), {POST: grams(90), PRE: grams(80)})
    first = apportion(grams(120), gained)
    assert vector_of(here, one) == first
    assert vector_of(here, two) == {key: gained[key] - first[key] for key in gained}


def test_an_assay_scales_what_remains_from_its_own_time_on(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.transform("sort", [(lot, 400)], [new("tense", 400, "scrap")])
    here.assay(lot, "0.95")
    assert here.lot(lot).content[2:5] == (grams(600), grams(570), {POST: grams(570)})
    assert here.lot(lot).contents[0].metal_g == grams(900)


def test_internal_scrap_brings_nothing_strict_into_a_melt(here: Business) -> None:
    scrap = here.collect("tutu", 1000, site="plant")
    _, gates = here.transform(
        "melt",
        [scrap],
        [new("6063", 800, "product"), new("internal", 200, "internal")],
        "plant",
        heat_number="1",
    )
    assert here.lot(gates).content.strict_g == grams(200)
    more = here.collect("tutu", 600, site="plant")
    [alloy] = here.melt(gates, more, into=800, alloy="6063")
    content = here.lot(alloy).content
    assert recycled_g(content.vector) == grams(800)
    assert content.strict_g == grams(600)
