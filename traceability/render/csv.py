"""Rows as a CSV file that a spreadsheet opens as it is: a byte order mark for Chinese, and no text that runs.

A cell that begins with =, +, -, @, tab or return would be taken for a formula; it gets an apostrophe (OWASP, CSV
injection). Plain numbers, negative ones too, stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
ROWS_AT_ONCE = 500


def write_csv(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The file in pieces, as the rows come."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for number, row in enumerate(rows, 1):
        writer.writerow([tame(cell) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def tame(cell: str) -> str:
    """The cell as text that no spreadsheet runs."""
    if cell.lstrip().startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def _drain(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return piece
