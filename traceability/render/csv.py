"""Write a table as a CSV file that a spreadsheet opens as it is.

It begins with a byte order mark, for Chinese. A cell that begins with =, +, -, @, tab or return
would be taken for a formula; it gets an apostrophe (OWASP, CSV injection). Plain numbers, negative
ones too, stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from traceability.domain.quantity import PPM, format_ppm, round_half_up
from traceability.locale import LANGUAGES
from traceability.render.sheets import ReportDocument, write_file_cell
from traceability.services.reporting.table import Table, Value

BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
ROWS_AT_ONCE = 500


def write_csv(table: Table) -> Iterator[bytes]:
    """Yield the file in pieces, as the rows come; the names of the columns are its first line."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for number, row in enumerate(chain((table.columns,), table.rows), 1):
        writer.writerow([tame(write_value(value)) for value in row])
        if number % ROWS_AT_ONCE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def write_document_csv(document: ReportDocument) -> Iterator[bytes]:
    """Yield the sheets of a document one below the other, with headings in every language.

    Before each of several sheets stands a line with its title, after it an empty one.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for sheet in document.sheets:
        if len(document.sheets) > 1:
            writer.writerow([tame(" ".join(sheet.title(language) for language in LANGUAGES))])
        headings = [
            " ".join(dict.fromkeys(column.heading(language) for language in LANGUAGES))
            for column in sheet.columns
        ]
        writer.writerow(map(tame, headings))
        for row in (*sheet.rows, *([sheet.total] if sheet.total else [])):
            writer.writerow(
                tame(write_file_cell(column, cell)) for column, cell in zip(sheet.columns, row, strict=True)
            )
        if len(document.sheets) > 1:
            writer.writerow([])
        yield _drain(buffer)


def write_value(value: Value) -> str:
    """Return a value as a cell; "" for no, and for no data.

    A ratio has six decimals, rounded half up.
    """
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Fraction):
        return format_ppm(round_half_up(value.numerator * PPM, value.denominator))
    return "" if value is None else str(value)


def tame(cell: str) -> str:
    """Return the cell as text that no spreadsheet runs."""
    if cell.lstrip().startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def _drain(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return piece
