"""Make the QR codes that are printed: level H, with the quiet zone that decoders need.

Level H is read with 9 % of the symbol covered in dirt, where level M is not.
"""

from functools import lru_cache
from typing import Any

import zxingcpp

QUIET = 4  # modules, ISO/IEC 18004

Matrix = tuple[tuple[bool, ...], ...]
"""The modules of a symbol with its quiet zone, row by row; True is dark."""

Run = tuple[int, int, int]
"""A run of dark modules: column, row, length."""


@lru_cache(maxsize=2_000)
def make_matrix(text: str) -> Matrix:
    """Return the symbol's modules with its quiet zone, in the smallest version that holds the text."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    drawn: Any = zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False)
    shades: Any = memoryview(drawn).tolist()
    rows = [[shade == 0 for shade in row] for row in shades]
    beside, blank = [False] * QUIET, [[False] * (len(rows) + 2 * QUIET)] * QUIET
    return tuple(tuple(row) for row in [*blank, *([*beside, *row, *beside] for row in rows), *blank])


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
