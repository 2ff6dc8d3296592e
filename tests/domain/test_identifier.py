"""One identifier is one thing however it was typed: the normal form, against the Unicode Standard and as properties."""

import re
from typing import Literal
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.domain.identifier import IGNORABLE_RANGES, normalise_identifier, normalise_plate

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEAR = st.text("AaＡａWＷBb-－—‐−_ \u3000\u00a0\u200b\ufe0f0０1①ßſIıİΣσςé\u0301湘沪挂·.・ﬁ", max_size=8)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ＷＢ－2025－001", "wb-2025-001"),
        ("wb-2025-001", "wb-2025-001"),
        ("  WB—2025−001\u200b ", "wb-2025-001"),
        ("A\u00a0 \u3000 B", "a b"),
        ("No. 12", "no. 12"),
        ("磅单\ufeff７号", "磅单7号"),
        ("\u200b\ufe0f", ""),
        # Lines of the Standard's table NFKC_CF (DerivedNormalizationProps.txt).
        ("ß", "ss"), ("ſ", "s"), ("İ", "i\u0307"), ("ﬁ", "fi"), ("ς", "σ"), ("Ⅷ", "viii"), ("㎏", "kg"), ("ª", "a"),
        ("\u0345", "ι"), ("\u1e9e", "ss"), ("Ω", "ω"), ("Å", "å"), ("ﷺ", "صلى الله عليه وسلم"), ("\U0001d400", "a"),
        ("ᾳ", "αι"), ("\u3164", ""), ("\uffa0", ""), ("\u00ad", ""), ("ŀ", "l·"), ("½", "1⁄2"), ("Ꭰ", "Ꭰ"), ("ꭰ", "Ꭰ"),
    ],
)  # fmt: skip
def test_typings_of_one_identifier(typed: str, normal: str) -> None:
    assert normalise_identifier(typed) == normal


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("湘A·12345", "湘a12345"),
        ("湘a 12345", "湘a12345"),
        ("湘Ａ－１２３４５", "湘a12345"),
        ("湘A12345挂", "湘a12345挂"),
        ("粤Z•1234港", "粤z1234港"),
        ("--", ""),
    ],
)
def test_typings_of_one_plate(typed: str, normal: str) -> None:
    assert normalise_plate(typed) == normal


def test_a_trailer_is_not_its_truck() -> None:
    assert normalise_plate("湘A12345挂") != normalise_plate("湘A12345")


@given(TEXTS | NEAR)
def test_the_form_is_its_own_form(typed: str) -> None:
    for normalise in (normalise_identifier, normalise_plate):
        normal = normalise(typed)
        assert normalise(normal) == normal


@given(TEXTS | NEAR)
def test_nothing_is_left_that_a_typing_may_change(typed: str) -> None:
    normal = normalise_identifier(typed)
    assert normalize("NFKC", normal) == normal
    assert normal.casefold() == normal or normalize("NFKC", normal.casefold()) == normal
    assert not any(first <= ord(letter) <= last for letter in normal for first, last in IGNORABLE_RANGES)
    assert not any((category(letter) == "Pd" and letter != "-") or letter == "\u2212" for letter in normal)
    assert normal == normal.strip()
    assert not re.search(r"\s\s", normal)
    assert all(category(letter)[0] == "L" or category(letter) == "Nd" for letter in normalise_plate(typed))


@given(NEAR, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_other_typings_of_a_text_are_the_same(
    typed: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in typed)
    for other in (normalize(form, typed), f"\u3000{typed} \u200d", wide, typed.replace("-", "\u2212")):
        assert normalise_identifier(other) == normalise_identifier(typed)


@given(st.text("ab1-/. ", max_size=6), st.text("ab1-/. ", max_size=6))
def test_what_differs_in_letters_digits_or_signs_stays_apart(one: str, other: str) -> None:
    same = " ".join(one.split()) == " ".join(other.split())
    assert (normalise_identifier(one) == normalise_identifier(other)) == same
