"""Codes survive being typed, and a wrong one is noticed."""

import json
import random
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.codes import (
    ALPHABET,
    SHIPMENT,
    draw_code,
    group_code,
    is_code,
    make_shipment_code,
    normalise_code,
    read_shipment_code,
)

VECTORS = json.loads(Path(__file__).with_name("code_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["code"])
def test_a_code_is_recognised_and_grouped(vector: dict[str, str]) -> None:
    assert is_code(vector["code"])
    assert group_code(vector["code"]) == vector["grouped"]
    assert normalise_code(vector["grouped"].lower()) == vector["code"]


@given(st.text(ALPHABET + "- ", max_size=20))
def test_grouping_what_is_grouped_changes_nothing(text: str) -> None:
    grouped = group_code(text)
    assert group_code(grouped) == grouped
    assert normalise_code(grouped) == normalise_code(text)
    assert group_code(normalise_code(grouped)) == group_code(normalise_code(text))


@pytest.mark.parametrize("text", VECTORS["no_codes"])
def test_anything_else_is_not_a_code(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize("vector", VECTORS["typed"], ids=lambda vector: ascii(vector["text"]))
def test_typed_slips_are_understood(vector: dict[str, str]) -> None:
    assert normalise_code(vector["text"]) == vector["code"]


def test_drawn_codes_are_codes_and_use_all_randomness() -> None:
    drawn = {draw_code(secrets.token_bytes) for _ in range(2_000)}
    assert len(drawn) == 2_000
    assert all(is_code(code) for code in drawn)
    assert {char for code in drawn for char in code[:11]} == set(ALPHABET)


def test_every_single_mistake_is_noticed_and_nearly_every_swap() -> None:
    rng = random.Random(1)
    swaps = missed = 0
    for _ in range(60):
        code = draw_code(rng.randbytes)
        for place in range(12):
            for char in ALPHABET.replace(code[place], ""):
                assert not is_code(code[:place] + char + code[place + 1 :])
        for place in range(11):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            swaps += swapped != code
            missed += swapped != code and is_code(swapped)
    assert missed <= swaps // 100


@given(st.integers(1, 2**30 - 1))
def test_the_code_of_a_shipment_is_a_code_and_leads_back_to_its_place_in_the_book(seq: int) -> None:
    code = make_shipment_code(seq)
    assert is_code(code)
    assert code.startswith(SHIPMENT)
    assert read_shipment_code(code) == seq


@pytest.mark.parametrize("seq", [0, -1, 2**30])
def test_there_is_no_code_for_what_no_event_has_as_its_place(seq: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        make_shipment_code(seq)


def test_no_code_of_a_lot_is_read_as_a_shipment() -> None:
    draws = iter([bytes((0xD0, 0, 0, 0, 0, 0, 1)), bytes(range(7))])  # the first would begin with T0000
    code = draw_code(lambda _: next(draws))
    assert is_code(code)
    assert read_shipment_code(code) is None
    assert next(draws, None) is None
