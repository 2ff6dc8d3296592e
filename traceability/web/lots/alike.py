"""Group lots that are alike, such as the bundles of a heat, so that a list says them in one row."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from traceability.web.lots.lot_view import ShownLot

T = TypeVar("T")


class Alike(NamedTuple, Generic[T]):
    """Rows that differ in nothing that a table shows but their codes, in their order."""

    rows: tuple[T, ...]

    @property
    def first(self) -> T:
        """Return the one that stands for all."""
        return self.rows[0]

    @property
    def times(self) -> int:
        """Return how many they are."""
        return len(self.rows)


def group_alike(rows: Sequence[T], key: Callable[[T], Hashable]) -> list[Alike[T]]:
    """Return rows by what they share, in the order of the first of each."""
    groups: dict[Hashable, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [Alike(tuple(group)) for group in groups.values()]


def likeness(lot: ShownLot) -> Hashable:
    """Return what lots share that are alike: all but their codes."""
    parts = lot._replace(code="", href="")
    return tuple(tuple(sorted(part.items())) if isinstance(part, dict) else part for part in parts)
