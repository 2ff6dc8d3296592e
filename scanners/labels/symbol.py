"""Make the QR codes that are printed: level H, with the quiet zone that decoders need.

Level H is read with 9 % of the symbol covered in dirt, where level M is not.
"""

from functools import lru_cache

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_H

QUIET = 4  # modules, ISO/IEC 18004

Matrix = tuple[tuple[bool, ...], ...]
"""The modules of a symbol with its quiet zone, row by row; True is dark."""

Run = tuple[int, int, int]
"""A run of dark modules: column, row, length."""


@lru_cache(maxsize=2_000)
def make_matrix(text: str) -> Matrix:
    """Return the symbol's modules with its quiet zone, in the smallest version that holds the text."""
    symbol = QRCode(error_correction=ERROR_CORRECT_H, border=QUIET)
    symbol.add_data(text.encode(), optimize=0)  # one byte segment: what every decoder reads
    symbol.make(fit=True)
    return tuple(tuple(map(bool, row)) for row in symbol.get_matrix())


def list_runs(matrix: Matrix) -> list[Run]:
    """Return the dark modules as runs, row by row."""
    runs: list[Run] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append((start, y, x - start))
            x += 1
    return runs
