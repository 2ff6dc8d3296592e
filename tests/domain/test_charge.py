"""What a charge will be, and what brings it into the limits of its alloy: exact, and never surer than what is known."""

from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from traceability.domain.charge import (
    ChargeableLot,
    ChargedLot,
    Source,
    find_recoveries,
    make_forecast,
    predict_contents,
)
from traceability.domain.charge_advice import advise
from traceability.domain.event import ElementContent
from traceability.domain.lot import Content
from traceability.domain.material import Limit
from traceability.domain.provenance import key_of

T = 1_000_000
ADC12 = (
    Limit("Si", 96_000, 120_000),
    Limit("Fe", 0, 13_000),
    Limit("Cu", 15_000, 35_000),
    Limit("Mg", 0, 3_000),
)


def make_stock(
    name: str, mass_g: int, fraction: str = "1", form: str = "scrap", **percent: str
) -> ChargeableLot:
    """Return a lot by its contents in wt %, as an assay writes them: ``<0.01``, ``bal``."""
    metal_g = int(mass_g * Fraction(fraction))
    recycled = form in ("scrap", "internal")
    vector = {key_of("post" if recycled else "primary", "430000", False): metal_g}
    content = Content((0, 1), form, mass_g, metal_g, vector, metal_g if recycled else 0)
    rest_ppm = 1_000_000 - sum(int(Fraction(text) * 10_000) for text in percent.values() if text[0].isdigit())
    composition = []
    for element, text in percent.items():
        if text == "bal":
            composition.append(ElementContent(element, rest_ppm, "balance"))
        else:
            ppm = int(Fraction(text.removeprefix("<")) * 10_000)
            composition.append(ElementContent(element, ppm, "below" if text[0] == "<" else ""))
    source: Source = "measured" if composition else ""
    return ChargeableLot(name, name, content, mass_g, name, "unknown", tuple(sorted(composition)), source)


TENSE = make_stock("tense", 10 * T, Si="9.0", Fe="0.8", Cu="3.0", Mg="0.40", Al="bal")
INGOT = make_stock("ingot", 20 * T, form="product", Si="<0.05", Fe="0.1", Cu="<0.01", Mg="<0.01", Al="bal")
SILICON = make_stock("silicon", 2 * T, form="additive", Si="99.0", Fe="0.4", Cu="<0.01", Mg="<0.01")


def states(*charge: ChargedLot) -> dict[str, str]:
    return {one.element: one.state for one in make_forecast(charge, ADC12).elements}


def test_a_mix_is_weighed_by_metal() -> None:
    forecast = make_forecast([TENSE.charge(), INGOT.charge(5 * T)], ADC12, capacity_g=30 * T)
    silicon, iron, _, magnesium = forecast.elements
    assert silicon.low_ppm == Fraction(90_000 * 10, 15)
    assert silicon.high_ppm == Fraction(90_000 * 10 + 500 * 5, 15), "below 0.05 may be anything down to 0"
    assert iron.ppm == iron.low_ppm == iron.high_ppm == Fraction(8_000 * 10 + 1_000 * 5, 15)
    assert [one.state for one in forecast.elements] == ["below", "within", "within", "within"]
    assert (forecast.known, forecast.used, forecast.over_capacity_g) == (Fraction(1), Fraction(1, 2), 0)
    assert forecast.recycled == Fraction(2, 3)
    assert magnesium.known_g == forecast.metal_g == forecast.assayed_g


def test_limits_themselves_are_within_and_a_ppm_beyond_is_not() -> None:
    at = make_stock("at", T, Si="9.6", Fe="1.3", Cu="1.5", Mg="0.3", Al="bal")
    assert set(states(at.charge()).values()) == {"within"}
    beyond = make_stock("beyond", T, Si="9.5999", Fe="1.3001", Cu="1.5", Mg="<0.3001", Al="bal")
    assert states(beyond.charge()) == {"Si": "below", "Fe": "above", "Cu": "within", "Mg": "unknown"}


def test_what_is_not_known_is_never_taken_for_nothing() -> None:
    unknown = make_stock("unknown", 10 * T)
    forecast = make_forecast([TENSE.charge(), unknown.charge()], ADC12)
    silicon = forecast.elements[0]
    assert (forecast.known, silicon.ppm, silicon.known_g) == (Fraction(1, 2), Fraction(90_000), 10 * T)
    assert (silicon.low_ppm, silicon.high_ppm) == (Fraction(45_000), Fraction(545_000))
    assert (silicon.state, silicon.likely) == ("unknown", "below")
    assert forecast.state == "unknown"
    alone = make_forecast([unknown.charge()], ADC12)
    assert [one.ppm for one in alone.elements] == [None] * 4
    assert advise(alone, [SILICON]) == advise(make_forecast([], ADC12), [SILICON]), (
        "nothing is known to be wrong"
    )
    assert not make_forecast([], ADC12).elements


def test_an_element_that_was_not_stated_is_at_most_what_the_others_leave() -> None:
    part = make_stock("part", T, Si="99.5")
    iron = make_forecast([part.charge()], ADC12).elements[1]
    assert (iron.ppm, iron.low_ppm, iron.high_ppm, iron.state) == (
        None,
        Fraction(0),
        Fraction(5_000),
        "within",
    )


def test_a_composition_that_is_more_than_the_metal_is_of_the_metal() -> None:
    dirty = make_stock("dirty", 10 * T, "0.9", Si="10", Fe="1", Cu="2", Mg="0.1", Al="bal")
    assert make_forecast([dirty.charge()], ADC12).elements[0].ppm == 100_000
    of_mass = make_stock("ore", 10 * T, "0.9", Si="9", Al="80")
    assert make_forecast([of_mass.charge()], ADC12).elements[0].ppm == 100_000


def test_flux_and_dirt_without_metal_change_no_composition() -> None:
    flux = make_stock("flux", T, "0", "additive")
    forecast = make_forecast([TENSE.charge(), flux.charge()], ADC12)
    assert forecast.elements == make_forecast([TENSE.charge()], ADC12).elements
    assert (forecast.mass_g, forecast.metal_g, forecast.known) == (11 * T, 10 * T, Fraction(1))


def test_internal_metal_counts_as_recycled_but_not_as_strictly_so() -> None:
    gates = make_stock("gates", T, form="internal", Si="9", Fe="0.8", Cu="3", Mg="0.1", Al="bal")
    content = make_forecast([TENSE.charge(9 * T), gates.charge()], ADC12).content
    assert (content.share, content.strict_share) == (Fraction(1), Fraction(9, 10))
    product, heel = predict_contents([TENSE.charge(9 * T), gates.charge()], [8 * T, T])
    assert (product.recycled_g, product.strict_g, heel.strict_g) == (8 * T, 7_200_000, 900_000)


def test_recoveries_shift_what_a_charge_becomes() -> None:
    charge = [make_stock("in", 10 * T, Mg="1.0", Al="bal").charge()]
    made = [make_stock("out", 9_500_000, form="product", Mg="0.8", Al="bal").charge()]
    assert "Mg" not in find_recoveries([(charge, made)] * 2), "two heats are no experience"
    recoveries = find_recoveries([(charge, made)] * 3)
    assert recoveries["Mg"].factor == Fraction(8, 10)
    assert recoveries["Mg"].won / recoveries["Mg"].charged == Fraction(76, 100)
    forecast = make_forecast([TENSE.charge()], ADC12, recoveries=recoveries)
    assert forecast.elements[3].ppm == 3_200
    assert forecast.elements[0].ppm == 90_000, "of silicon nothing is known"


def test_one_lot_in_the_interval_of_masses_that_keeps_all_limits() -> None:
    forecast = make_forecast([TENSE.charge()], ADC12)
    assert [one.element for one in forecast.outside] == ["Si", "Mg"]
    clean = make_stock("clean", 20 * T, Si="12", Fe="0.5", Cu="1.5", Mg="0.1", Al="bal")
    (addition,) = advise(forecast, [clean, INGOT, SILICON]).proposals[0]
    assert (addition.stock, addition.mass_g, addition.least_g) == (clean, 5 * T, 5 * T)
    assert addition.most_g == 20 * T
    small = make_forecast([TENSE.charge()], ADC12, capacity_g=14 * T)
    assert clean not in [one.stock for pair in advise(small, [clean]).proposals for one in pair]


def test_two_lots_where_no_single_one_does() -> None:
    forecast = make_forecast([TENSE.charge()], ADC12)
    (pair,) = advise(forecast, [INGOT, SILICON]).proposals
    assert [one.stock.lot for one in pair] == ["ingot", "silicon"]
    after = make_forecast([*forecast.lots, *(one.charge() for one in pair)], ADC12)
    assert after.state == "within"
    assert all(one.mass_g % 1_000 == 0 for one in pair)


def test_what_blocks_is_named() -> None:
    forecast = make_forecast([TENSE.charge()], ADC12)
    assert advise(forecast, [SILICON]).blocking == ("Mg",)
    assert advise(forecast, []).blocking == ("Si", "Mg")
    assert advise(make_forecast([TENSE.charge(), SILICON.charge(T)], ADC12), [TENSE]).blocking == ("Si", "Mg")
    coppery = make_stock("coppery", 90 * T, Si="14", Fe="0.5", Cu="4.6", Mg="0.1", Al="bal")
    assert advise(forecast, [coppery]).blocking == ("Cu", "Mg"), "without either limit it would do"
    good = make_stock("good", T, Si="10", Fe="1", Cu="2", Mg="0.1", Al="bal")
    assert advise(make_forecast([good.charge()], ADC12), [INGOT]) == advise(make_forecast([], ADC12), [INGOT])


def test_with_unknown_metal_a_proposal_says_what_it_assumes() -> None:
    clean = make_stock("clean", 90 * T, Si="12", Fe="0.5", Cu="1.5", Mg="0.1", Al="bal")
    advice = advise(make_forecast([TENSE.charge(), make_stock("unknown", 10 * T).charge()], ADC12), [clean])
    assert advice.assumes_rest
    assert advice.proposals[0][0].mass_g == 10 * T


percents = st.integers(0, 200_000)
grams = st.integers(1, 20 * T)


@st.composite
def lots(draw: st.DrawFn, name: str) -> ChargeableLot:
    mass_g = draw(grams)
    fraction = draw(st.sampled_from(["1", "1", "0.95", "0.333333"]))
    contents = {}
    for element, most in (("Si", 150_000), ("Fe", 20_000), ("Cu", 50_000), ("Mg", 6_000)):
        ppm = draw(st.integers(0, most))
        contents[element] = ("<" if draw(st.integers(0, 5)) == 0 else "") + str(Fraction(ppm, 10_000))
    return make_stock(name, mass_g, fraction, **contents, Al="bal")


@settings(max_examples=60, deadline=None)
@given(lots("a"), lots("b"), st.lists(st.sampled_from("cdefgh"), min_size=1, unique=True), st.data())
def test_whatever_is_proposed_keeps_the_limits(
    a: ChargeableLot, b: ChargeableLot, names: list[str], data: st.DataObject
) -> None:
    charge = [a.charge(data.draw(st.integers(1, a.remaining_g))), b.charge()]
    capacity_g = data.draw(st.sampled_from([0, 45 * T]))
    forecast = make_forecast(charge, ADC12, capacity_g=capacity_g)
    stock = [data.draw(lots(name)) for name in names]
    advice = advise(forecast, [*stock, SILICON, INGOT])
    for proposal in advice.proposals:
        ends = [[one.charge() for one in proposal]]
        if len(proposal) == 1:
            (one,) = proposal
            inner = data.draw(st.integers(one.least_g, one.most_g))
            ends += [[one.stock.charge(grams)] for grams in (one.least_g, one.most_g, inner)]
        for added in ends:
            after = make_forecast([*charge, *added], ADC12, capacity_g=capacity_g)
            assert after.state == "within"
            assert not after.over_capacity_g
    if advice.blocking:
        assert not advice.proposals
        for lot in [*stock, SILICON, INGOT]:
            after = make_forecast([*charge, lot.charge()], ADC12)
            over = capacity_g and after.mass_g > capacity_g
            assert after.state != "within" or over, "a whole lot would have done it"


@settings(max_examples=25, deadline=None)
@given(lots("a"), st.data())
def test_a_pair_is_about_as_light_as_any_that_a_grid_finds(a: ChargeableLot, data: st.DataObject) -> None:
    stock = [data.draw(lots(name)) for name in "bcd"]
    forecast = make_forecast([a.charge()], ADC12)
    advice = advise(forecast, stock)
    found = [
        first_g + second_g
        for first, second in combinations(stock, 2)
        for first_g in range(first.remaining_g // 8, first.remaining_g + 1, max(first.remaining_g // 8, 1))
        for second_g in range(second.remaining_g // 8, second.remaining_g + 1, max(second.remaining_g // 8, 1))
        if first_g and second_g
        and make_forecast([a.charge(), first.charge(first_g), second.charge(second_g)], ADC12).state == "within"
    ]  # fmt: skip
    if found and forecast.outside:
        assert advice.proposals, "the grid found a pair"
        if len(advice.proposals[0]) == 2:
            assert sum(one.mass_g for one in advice.proposals[0]) <= min(found) + 4_000
