"""Amounts in capitals: the cases of the rules, and that no two amounts are written alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.locale.capitals import write_in_capitals


@pytest.mark.parametrize(
    ("amount_fen", "capitals"),
    [
        (0, "零元整"),
        (2, "贰分"),
        (50, "伍角整"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (8_482_600, "捌万肆仟捌佰贰拾陆元整"),
        (10_000_500_00, "壹仟万零伍佰元整"),
        (100_050_000_00, "壹亿零伍万元整"),
        (1_000_000_000_001, "壹佰亿元零壹分"),
        (123_400_000_000_000_00, "壹佰贰拾叁万肆仟亿元整"),
    ],
)
def test_an_amount_is_written_as_the_rules_have_it(amount_fen: int, capitals: str) -> None:
    assert write_in_capitals(amount_fen) == f"人民币{capitals}"


_WORTH = {"拾": 10, "佰": 100, "仟": 1_000}


def read_capitals(written: str) -> int:
    """Return the amount in fen that capitals state."""
    total = section = digit = rest_fen = 0
    for sign in written.removeprefix("人民币"):
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
        elif sign in _WORTH:
            section, digit = section + digit * _WORTH[sign], 0
        elif sign == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif sign == "亿":
            total, section, digit = (total + section + digit) * 100_000_000, 0, 0
        elif sign == "元":
            total, section, digit = total + section + digit, 0, 0
        elif sign == "角":
            rest_fen, digit = rest_fen + digit * 10, 0
        elif sign == "分":
            rest_fen, digit = rest_fen + digit, 0
    return total * 100 + rest_fen


@given(st.integers(0, 10**16))
def test_capitals_are_read_back_as_the_amount(amount_fen: int) -> None:
    written = write_in_capitals(amount_fen)
    assert read_capitals(written) == amount_fen
    assert "零零" not in written
