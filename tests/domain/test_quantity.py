"""A mass is read and written without rounding, and the one rounding function hands out every gram."""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.domain.errors import BadQuantity
from traceability.domain.quantity import (
    MAX_MASS_G,
    MAX_SUM_G,
    PPM,
    apportion,
    format_kg,
    format_ppm,
    format_t,
    parse_kg,
    parse_percent_ppm,
    parse_ppm,
    parse_t,
    round_half_up,
    share,
)

Parse = Callable[[str], int]
PARSERS: list[tuple[Parse, int]] = [(parse_kg, 3), (parse_t, 6), (parse_ppm, 6), (parse_percent_ppm, 4)]

masses = st.integers(-MAX_MASS_G, MAX_MASS_G)


def fault(parse: Parse, text: str) -> str:
    with pytest.raises(BadQuantity) as caught:
        parse(text)
    return caught.value.code


# --- reading and writing -----------------------------------------------------------------------------------------------


@given(masses)
def test_kilograms_and_tonnes_come_back_as_they_were(mass_g: int) -> None:
    assert parse_kg(format_kg(mass_g)) == mass_g
    assert parse_t(format_t(mass_g)) == mass_g


@given(st.integers(0, PPM))
def test_fractions_and_percentages_come_back_as_they_were(ppm: int) -> None:
    assert parse_ppm(format_ppm(ppm)) == ppm
    assert parse_percent_ppm(format_ppm(100 * ppm)) == ppm


@given(st.integers(0, 9999), st.integers(0, 999))
def test_a_text_is_read_as_the_decimal_that_it_writes(whole: int, part: int) -> None:
    text = f"{whole}.{part:03d}"
    assert parse_kg(text) == Decimal(text) * 1000
    assert parse_t(text) == Decimal(text) * 1_000_000
    assert format_kg(parse_kg(text)) == (text.rstrip("0") if part else str(whole))


@pytest.mark.parametrize(
    ("text", "mass_g"),
    [("12400", 12_400_000), ("12.4", 12_400), (" 12.4 ", 12_400), ("12,400", 12_400_000), ("0.001", 1), ("1.5000", 1500),
     (".5", 500), ("5.", 5000), ("-0.001", -1), ("+3", 3000), ("10000000", MAX_MASS_G), ("1，000", 1_000_000),
     ("５", 5000), ("1,234,567.8", 1_234_567_800), ("−1.5", -1500),
     ("１２．５", 12_500), ("\u202d20000\u202c", 20_000_000), ("\ufeff1.5\u200b", 1500),
     ("12 500", 12_500_000), ("12\u202f500.25", 12_500_250), ("1\xa0000\xa0000", 1_000_000_000)],
)  # fmt: skip
def test_kilograms_as_people_write_them(text: str, mass_g: int) -> None:
    assert parse_kg(text) == mass_g


@pytest.mark.parametrize(("parse", "decimals"), PARSERS)
def test_more_decimals_than_a_gram_has_are_an_error_and_no_rounding(parse: Parse, decimals: int) -> None:
    assert parse("0." + "0" * (decimals - 1) + "1") == 1
    text = "0." + "0" * decimals + "1"
    with pytest.raises(BadQuantity) as caught:
        parse(text)
    assert caught.value.code == "quantity.too_many_decimals"
    assert caught.value.figures == {"text": text, "decimals": decimals}
    assert parse("0." + "0" * (decimals - 1) + "10") == 1


WORDS = ("NaN", "nan", "sNaN", "Infinity", "-inf", "1e3", "1E-3", "0x10", "1/2", "", " ", ".", "-", "1.2.3", "12 kg",
         "１e３", "--1", "1_000", "12,5", "1,2345", ",100", "1,000,00", "0.1,2", "12 5", "1 2345", "1 000,000",
         "1  000", "−−1", "1−2", "10²", "①", "½", "1⁄2")  # fmt: skip


@pytest.mark.parametrize(("parse", "decimals"), PARSERS)
@pytest.mark.parametrize("text", WORDS)
def test_what_is_no_plain_decimal_is_refused(parse: Parse, decimals: int, text: str) -> None:
    assert fault(parse, text) == "quantity.not_a_number"


@given(st.text(max_size=30))
def test_any_text_is_a_mass_or_a_bad_quantity(text: str) -> None:
    for parse, _ in PARSERS:
        with contextlib.suppress(BadQuantity):
            assert abs(parse(text)) <= MAX_MASS_G


def test_what_no_scale_can_weigh_is_absurd() -> None:
    assert parse_t("10000") == MAX_MASS_G
    assert fault(parse_t, "10000.000001") == "quantity.absurd"
    assert fault(parse_kg, "10000000.001") == "quantity.absurd"
    assert parse_t("10000.000001", MAX_SUM_G) == MAX_MASS_G + 1


@pytest.mark.parametrize(("parse", "decimals"), PARSERS)
@pytest.mark.parametrize("digits", [25, 30, 5000])
def test_however_many_digits_it_is_too_large_or_too_exact(parse: Parse, decimals: int, digits: int) -> None:
    share = parse in (parse_ppm, parse_percent_ppm)
    assert fault(parse, "9" * digits) == ("quantity.above_one" if share else "quantity.absurd")
    assert fault(parse, "-" + "9" * digits) == ("quantity.below_zero" if share else "quantity.absurd")
    assert fault(parse, "0." + "9" * digits) == "quantity.too_many_decimals"


@pytest.mark.parametrize("text", ["-0.1", "1.000001", "2"])
def test_a_fraction_is_between_nothing_and_the_whole(text: str) -> None:
    code = "quantity.below_zero" if text.startswith("-") else "quantity.above_one"
    assert fault(parse_ppm, text) == code
    assert fault(parse_percent_ppm, str(Decimal(text) * 100)) == code


# --- rounding ----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**13), st.integers(1, 10**13))
def test_half_up_is_the_nearest_and_halves_go_up(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = round_half_up(numerator, denominator)
    assert Fraction(-1, 2) < rounded - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1), (0, 5, 0)]
)
def test_half_up_by_example(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


def test_a_share_of_nothing_is_no_value() -> None:
    assert share(0, 0) is None
    assert share(5, 0) is None
    assert share(0, 5) == 0
    assert share(24, 100) == Fraction(24, 100)


# --- apportion ---------------------------------------------------------------------------------------------------------

weight_maps = st.dictionaries(st.integers(-50, 50), st.integers(0, 10**10), min_size=1, max_size=12).filter(
    lambda weights: any(weights.values())
)


@given(st.integers(0, 10**12), weight_maps)
def test_every_gram_is_handed_out_by_floors_and_remainders(total: int, weights: dict[int, int]) -> None:
    shares = apportion(total, weights)
    assert sum(shares.values()) == total
    assert list(shares) == list(weights)
    whole = sum(weights.values())
    up = set()
    for key, weight in weights.items():
        floor = total * weight // whole
        assert shares[key] - floor in (0, 1)
        if shares[key] > floor:
            up.add(key)
    # Whoever got a gram more had the larger remainder, or the same and an earlier key.
    rank = {key: (-(total * weight % whole), key) for key, weight in weights.items()}
    assert max((rank[key] for key in up), default=(-whole, 0)) <= min(
        (rank[key] for key in weights if key not in up), default=(1, 0)
    )


@given(st.data(), weight_maps)
def test_no_share_exceeds_its_weight_where_there_is_enough(
    data: st.DataObject, weights: dict[int, int]
) -> None:
    total = data.draw(st.integers(0, sum(weights.values())))
    assert all(shares <= weights[key] for key, shares in apportion(total, weights).items())


@given(st.data(), weight_maps)
def test_the_whole_gives_the_weights(data: st.DataObject, weights: dict[int, int]) -> None:
    assert apportion(sum(weights.values()), weights) == weights
    factor = data.draw(st.integers(0, 9))
    scaled = {key: weight * factor for key, weight in weights.items()}
    assert apportion(factor * sum(weights.values()), weights) == scaled


@given(st.integers(0, 10**9), weight_maps)
def test_the_order_in_which_weights_are_listed_does_not_matter(total: int, weights: dict[int, int]) -> None:
    backwards = dict(reversed(weights.items()))
    assert apportion(total, weights) == apportion(total, backwards)


@given(st.integers(0, 10**9), weight_maps)
def test_a_larger_weight_never_gets_less(total: int, weights: dict[int, int]) -> None:
    shares = apportion(total, weights)
    ordered = sorted(weights, key=lambda key: (weights[key], -key))
    assert [shares[key] for key in ordered] == sorted(shares.values())


def test_ties_go_in_the_order_of_keys() -> None:
    assert apportion(1, {"b": 1, "a": 1}) == {"b": 0, "a": 1}
    assert apportion(2, {"c": 5, "b": 5, "a": 5}) == {"c": 0, "b": 1, "a": 1}
    keys = [(0, "IMP-CL", 0), (0, "OPEN", 0), (0, "430000", 1), (0, "430000", 0), (3, "430000", 0)]
    shares = apportion(1, dict.fromkeys(keys, 1))
    assert [key for key, grams in shares.items() if grams] == [(0, "430000", 0)]
    shares = apportion(2, dict.fromkeys(keys, 1))
    assert {key for key, grams in shares.items() if grams} == {(0, "430000", 0), (0, "430000", 1)}


def test_what_weighs_nothing_gets_nothing_and_stays_named() -> None:
    assert apportion(7, {"a": 0, "b": 3}) == {"a": 0, "b": 7}
    assert apportion(0, {"a": 0, "b": 0}) == {"a": 0, "b": 0}
    assert apportion(0, {}) == {}
    with pytest.raises(AssertionError):
        apportion(1, {"a": 0, "b": 0})
    with pytest.raises(AssertionError):
        apportion(1, {"a": 0})


def test_remainders_by_example() -> None:
    # 10 over 1 : 1 : 4 is 1.67, 1.67, 6.67: floors 1, 1, 6, and the two leftover grams to the first two keys.
    assert apportion(10, {"a": 1, "b": 1, "c": 4}) == {"a": 2, "b": 2, "c": 6}
    assert apportion(10, {"a": 4, "b": 1, "c": 1}) == {"a": 7, "b": 2, "c": 1}
