"""Hold the SQL: the named blocks of the .sql files, completed from closed tables, never from input."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.query_blocks import read_blocks
from graph.records import (
    CLAIM_COLUMNS,
    EDGE_COLUMNS,
    EVENT_COLUMNS,
    FLOW_KEY_COLUMNS,
    LOT_COLUMNS,
    POSTING_COLUMNS,
    REVISED_COLUMNS,
    TALLY_KEY_COLUMNS,
)
from traceability.domain.vocabulary import COLUMNS

MIGRATIONS = Path(__file__).parent / "migrations"

SIZES = (1, 8, 64, 512)
"""Lengths of ``{ids}`` lists: few shapes, so every statement is prepared once a connection."""


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _of_lot(*columns: str) -> str:
    # By position in a lot's row, which is bound as it is: names would need a dict of it.
    return ", ".join(f'"{column}" = ?{LOT_COLUMNS.index(column) + 1}' for column in columns)


INDEXED_COLUMNS = ("id", "site", "status", "destination", "made_ms")
"""Columns of lots that an index holds: SQLite writes an index again whenever one is set, even to what it was."""

_TALLY_COLUMNS = (*TALLY_KEY_COLUMNS, *COLUMNS)
_FLOW_COLUMNS = (*FLOW_KEY_COLUMNS, "grams")

_WORDS = {
    "event_columns": _names(EVENT_COLUMNS),
    "event_values": _marks(len(EVENT_COLUMNS)),
    "event_updates": ", ".join(
        '"first" = coalesce("first", "frozen")' if column == "first" else f'"{column}" = :{column}'
        for column in REVISED_COLUMNS
    ),
    "event_resets": ", ".join(f'"{column}" = :{column}' for column in REVISED_COLUMNS),
    "lot_columns": _names(LOT_COLUMNS),
    "lot_values": _marks(len(LOT_COLUMNS)),
    "lot_updates": _of_lot(*(column for column in LOT_COLUMNS if column != "id")),
    "lot_updates_in_place": _of_lot(*(column for column in LOT_COLUMNS if column not in INDEXED_COLUMNS)),
    "this_lot": _of_lot("id"),
    "edge_columns": _names(EDGE_COLUMNS),
    "edge_values": _marks(len(EDGE_COLUMNS)),
    "claim_columns": _names(CLAIM_COLUMNS),
    "claim_values": _marks(len(CLAIM_COLUMNS)),
    "posting_columns": _names(POSTING_COLUMNS),
    "posting_values": _marks(len(POSTING_COLUMNS)),
    "tally_columns": _names(_TALLY_COLUMNS),
    "tally_values": _marks(len(_TALLY_COLUMNS)),
    "tally_sums": ", ".join(f'sum("{column}")' for column in COLUMNS),
    "tally_any": " OR ".join(f'"{column}" <> 0' for column in COLUMNS),
    "tally_updates": ", ".join(f'"{column}" = "{column}" + excluded."{column}"' for column in COLUMNS),
    "flow_columns": _names(_FLOW_COLUMNS),
    "flow_values": _marks(len(_FLOW_COLUMNS)),
}

SQL = read_blocks(Path(__file__).parent, ".sql", _WORDS)


@lru_cache(maxsize=1024)
def join(*names: str) -> str:
    """Return named blocks joined to one statement."""
    return "\n".join(SQL[name] for name in names)


@lru_cache(maxsize=1024)
def fill_lists(statement: str, *sizes: int) -> str:
    """Return the statement with its ``{ids}`` lists, in order, of these lengths."""
    for size in sizes:
        statement = statement.replace("{ids}", _marks(size), 1)
    return statement


@lru_cache(maxsize=256)
def fill_named_list(statement: str, size: int) -> str:
    """Return the statement with its one ``{ids}`` list as ``:v0, :v1 …``."""
    return statement.replace("{ids}", ", ".join(f":v{number}" for number in range(size)))


@lru_cache(maxsize=256)
def fill_groups(statement: str, parts: tuple[tuple[str, str], ...], by: frozenset[str]) -> str:
    """Return the statement with ``{by}`` and ``{group}`` filled from (part, column) pairs.

    Parts not asked for are ''.
    """
    selected = ", ".join(f'"{column}"' if part in by else "''" for part, column in parts)
    group = ", ".join(f'"{column}"' for part, column in parts if part in by) or "''"
    return statement.replace("{by}", selected).replace("{group}", group)


def pad(values: Sequence[Any]) -> list[Any]:
    """Return the values with the last one repeated up to one of SIZES.

    Beyond the largest, up to a multiple of it; none stay none.
    """
    if not values:
        return []
    count = len(values)
    at = bisect_left(SIZES, count)
    size = SIZES[at] if at < len(SIZES) else -(-count // SIZES[-1]) * SIZES[-1]
    return [*values, *[values[-1]] * (size - count)]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the values, each once, in padded lists of at most the largest of SIZES."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), SIZES[-1]):
        yield pad(distinct[start : start + SIZES[-1]])
