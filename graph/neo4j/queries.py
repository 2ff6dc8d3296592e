"""Hold the Cypher: named blocks of the .cypher files, completed from closed tables, not from input."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from graph.query_blocks import read_blocks
from graph.records import (
    CLAIM_COLUMNS,
    FLOW_KEY_COLUMNS,
    TALLY_KEY_COLUMNS,
)

_MADE = re.compile(r"^CREATE (?:CONSTRAINT|INDEX) (\w+) IF NOT EXISTS", re.MULTILINE)

MIGRATIONS = Path(__file__).parent / "migrations"


def _names(node: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{node}.{column}" for column in columns)


def _after(node: str, columns: Sequence[str]) -> str:
    """Return the condition that columns come after the parameters of the same names.

    Lists are compared like tuples.
    """
    return f"[{_names(node, columns)}] > [{', '.join('$' + column for column in columns)}]"


_EDGE_PROPERTIES = ("event", "time_ms", "number", "mass_g", "metal_g")

_WORDS = {
    # One walk over all of a node's properties; naming each of them walks as often (a third slower for lots).
    "event": "properties(e)",
    "lot": "properties(l)",
    "posting": "properties(p)",
    "edge": "r.event, r.time_ms, l.id, type(r), r.number, r.mass_g, r.metal_g",
    "edge_values": "{" + ", ".join(f"{name}: row.{name}" for name in _EDGE_PROPERTIES) + "}",
    "claim": _names("c", CLAIM_COLUMNS),
    "tally": _names("t", TALLY_KEY_COLUMNS),
    "tally_after": _after("t", TALLY_KEY_COLUMNS),
    "flow": _names("f", FLOW_KEY_COLUMNS),
    "flow_after": _after("f", FLOW_KEY_COLUMNS),
    "document": "d.kind, d.id, d.version, d.list, d.body",
}

_PARAMETER = re.compile(r"\$(\w+)")

# The server compiles a plan for every order of magnitude of every list or text that is a parameter
# by itself, which takes seconds for a long query. Sizes inside one map do not count, so all
# parameters travel in the map $given.
CYPHER = {
    name: _PARAMETER.sub(r"$given.\1", text)
    for name, text in read_blocks(Path(__file__).parent, ".cypher", _WORDS).items()
}


@lru_cache(maxsize=1024)
def join(*names: str) -> str:
    """Return named blocks joined to one statement."""
    return "\n".join(CYPHER[name] for name in names)


@lru_cache(maxsize=256)
def fill_groups(statement: str, parts: tuple[tuple[str, str], ...], by: frozenset[str]) -> str:
    """Return the statement with ``{by}`` filled from (part, expression) pairs; others are ''."""
    selected = ", ".join(f"{expression if part in by else repr('')} AS {part}" for part, expression in parts)
    return statement.replace("{by}", selected)


@lru_cache(maxsize=256)
def fill_anchor(statement: str, columns: tuple[str, ...]) -> str:
    """Return the statement with ``{anchor}`` filled: the index columns before the sort key."""
    return statement.replace("{anchor}", "".join(f"{column}, " for column in columns))


def list_indexes() -> frozenset[str]:
    """Return the names of all indexes and constraints that the migrations make."""
    texts = (path.read_text(encoding="utf-8") for path in MIGRATIONS.glob("*.cypher"))
    return frozenset(name for text in texts for name in _MADE.findall(text))


def read_migration(number: int) -> list[str]:
    """Return the statements of a migration, without comments."""
    text = (MIGRATIONS / f"{number:04}.cypher").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]
