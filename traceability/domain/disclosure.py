"""Decide which sums a firm may see, so that nobody can work out what fewer than three other firms did.

A region's figures are sums over cells: one account column, of one place, metal and month. A sum is
safe to show to a firm where the others in it are at least three firms, none of which holds more than
85 % of what they hold together. But sums can be subtracted: a year less eleven months is the
twelfth. So the cells of a year are divided into blocks, each safe or withheld, and a figure is
shown only where it consists of whole safe blocks. Whatever is added to or subtracted from such
figures consists of whole blocks again.

Cells where the firm itself is alone, or nobody did anything, are free: they tell nothing of others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

FEWEST_FIRMS = 3
MOST_PERCENT = 85

Cell = tuple[str, ...]
"""A path from the whole to the part, such as (year, place, metal, month)."""

AmountsByFirm = Mapping[str, int]
"""What other firms did, in the unit of the column; corrections may make it negative."""


def is_safe(amounts: Iterable[AmountsByFirm]) -> bool:
    """Return whether a sum of cells hides each of the firms in it.

    What a firm did counts without its sign: what two months cancel out was done nevertheless.
    """
    by_firm: dict[str, int] = {}
    for cell in amounts:
        for firm, amount in cell.items():
            if amount:
                by_firm[firm] = by_firm.get(firm, 0) + abs(amount)
    whole = sum(by_firm.values())
    return len(by_firm) >= FEWEST_FIRMS and max(by_firm.values()) * 100 <= MOST_PERCENT * whole


class Block(NamedTuple):
    """Cells that are shown together or not at all."""

    cells: frozenset[Cell]
    is_safe: bool


class Blocks:
    """The blocks of one account column, as one firm may see them."""

    def __init__(self, others: Mapping[Cell, AmountsByFirm]) -> None:
        """Divide cells by what other firms did in each; cells of unequal length are refused."""
        self._others = {cell: by_firm for cell, by_firm in others.items() if any(by_firm.values())}
        assert len({len(cell) for cell in self._others}) <= 1, "cells lie at one depth"
        safe, withheld = self._divide((), sorted(self._others))
        blocks = [Block(cells, True) for cells in safe] + ([Block(withheld, False)] if withheld else [])
        self._block_of = {cell: block for block in blocks for cell in block.cells}

    def shows(self, cells: Collection[Cell]) -> bool:
        """Return whether the sum of cells consists of whole safe blocks and free cells."""
        asked = frozenset(cells)
        met = {self._block_of[cell] for cell in asked if cell in self._block_of}
        return all(block.is_safe and block.cells <= asked for block in met)

    def __iter__(self) -> Iterator[Block]:
        return iter(set(self._block_of.values()))

    def _divide(self, path: Cell, cells: list[Cell]) -> tuple[list[frozenset[Cell]], frozenset[Cell]]:
        """Return (the safe blocks, what cannot be shown) of the cells beneath a path.

        What cannot be shown of one child is hidden among its siblings: of the safe blocks the
        smallest are withheld with it until both together are safe.
        """
        if len(cells) == 1 and cells[0] == path:
            alone = frozenset(cells)
            return ([alone], frozenset()) if self._is_safe(alone) else ([], alone)
        safe: list[frozenset[Cell]] = []
        rest: frozenset[Cell] = frozenset()
        depth = len(path) + 1
        children: dict[Cell, list[Cell]] = {}
        for cell in cells:
            children.setdefault(cell[:depth], []).append(cell)
        for child, inner in children.items():
            shown, withheld = self._divide(child, inner)
            safe += shown
            rest |= withheld
        safe.sort(key=lambda block: (self._weigh(block), sorted(block)))
        while rest and safe and not self._is_safe(rest):
            rest |= safe.pop(0)
        if rest and self._is_safe(rest):
            return [*safe, rest], frozenset()
        return safe, rest

    def _is_safe(self, cells: Iterable[Cell]) -> bool:
        return is_safe(self._others[cell] for cell in cells)

    def _weigh(self, cells: Iterable[Cell]) -> int:
        return sum(abs(amount) for cell in cells for amount in self._others[cell].values())
