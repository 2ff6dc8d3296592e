"""Ask a query of a store once, on a read view of its own."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from graph.store import Reader, Store

P = ParamSpec("P")
T = TypeVar("T")


def ask(store: Store, query: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a query answers on a fresh view of the store."""
    with store.read() as reader:
        return query(reader, *args, **kwargs)
