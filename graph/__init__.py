"""Open the store: one graph on two engines (floor 2). ``open_store`` alone selects the engine."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from graph.store import Store
from traceability.domain.errors import StoreError

_NEO4J_SCHEMES = frozenset(f"{scheme}{trust}" for scheme in ("bolt", "neo4j") for trust in ("", "+s", "+ssc"))


def open_store(url: str, *, user: str = "", password: str = "") -> Store:
    """Return the store at ``sqlite:///book.db`` (``sqlite:////var/book.db`` is absolute), or at a
    ``bolt://`` or ``neo4j://`` address (also with +s or +ssc).

    Credentials of Neo4j may stand in the address; given apart they win. Nothing is opened before the first use.
    Raises StoreError for any other address.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from graph.sqlite.engine import SqliteStore

        return SqliteStore(Path(unquote(rest[1:])))
    if separator and scheme in _NEO4J_SCHEMES:
        from graph.neo4j.engine import Neo4jStore

        parts = urlsplit(url)
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return Neo4jStore(
            address, user or unquote(parts.username or ""), password or unquote(parts.password or "")
        )
    # The address may hold a password: name only its scheme.
    raise StoreError("store.bad_url", scheme=scheme if separator else "")
