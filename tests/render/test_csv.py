"""A downloaded file opens in a spreadsheet as it is, and nothing in it is run as a formula."""

import csv
import io
from fractions import Fraction

import pytest

from traceability.render.csv import ROWS_AT_ONCE, tame, write_csv, write_value
from traceability.services.reporting.table import Table, Value


def test_a_file_has_a_byte_order_mark_and_all_rows_in_pieces() -> None:
    rows = [("地区", "grams"), *((f"汨罗 {number}", str(number)) for number in range(2 * ROWS_AT_ONCE))]
    pieces = list(write_csv(Table(rows[0], rows[1:])))
    whole = b"".join(pieces)
    assert len(pieces) == 3
    assert whole.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(whole.decode("utf-8-sig")))) == [list(row) for row in rows]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", '=HYPERLINK("x")', "-"]
)
def test_what_would_run_becomes_text(cell: str) -> None:
    assert tame(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "汨罗", "-1350000", "12.5", "-0.5", "2025-01", "a=b"])
def test_numbers_and_plain_text_stay(cell: str) -> None:
    assert tame(cell) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""), ("汨罗", "汨罗"), (0, "0"), (-1_350_000, "-1350000"), (True, "yes"), (False, ""),
        (Fraction(1), "1"), (Fraction(20_000_000), "20000000"), (Fraction(1, 8), "0.125"),
        (Fraction(1, 3), "0.333333"), (Fraction(2, 3), "0.666667"),
    ],
)  # fmt: skip
def test_values_are_written_exactly_or_rounded_once(value: Value, cell: str) -> None:
    assert write_value(value) == cell
