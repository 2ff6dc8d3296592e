"""Group lots that are alike, such as the bundles of a heat, so that a list says them in one row."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from traceability.locale import format_share
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
    """Return what a table shows of a lot beside its code and metal, in which lots of one heat differ by a gram at most."""
    shares = (format_share(lot.recycled), format_share(lot.strict))
    return (lot.material, lot.form, lot.mass_g, lot.of_g, lot.status, lot.site, *shares)
