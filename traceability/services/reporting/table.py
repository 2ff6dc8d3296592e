"""Hold a table of typed values that a file or another program is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

Value = str | int | bool | Fraction | None
"""Text, a whole number, yes or no, an exact ratio; None is no data."""


@dataclass(frozen=True, slots=True)
class Table:
    """Names of columns, and rows of values in that order; rows are read as they are written."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Value]]
