"""Columns of the tables on pages: a heading and the macro that fills the cells; ``components/table.html`` draws them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

HEADING_KINDS = ("number", "wide")
"""What concerns a whole column, its heading too; any other class is of its cells alone."""


@dataclass(frozen=True)
class Column:
    """A column of a table. ``cell`` is called with the row, and with the key where there is one."""

    label: str
    cell: Callable[..., str] | None = None  # None where the caller of the table writes the rows
    kind: str = ""  # classes of its cells, separated by spaces
    key: Any = None  # what tells columns with the same ``cell`` apart
    card_label: str | None = None  # how a card names the cell, if not by the heading; "" for not at all
    sort_href: str = ""  # the page sorted by it
    sorted: str = ""  # "ascending" or "descending"
    one_line: bool = False  # its heading is never broken

    @property
    def heading_kind(self) -> str:
        """Return the classes of the heading."""
        kinds = [word for word in self.kind.split() if word in HEADING_KINDS]
        return " ".join([*kinds, "one-line"] if self.one_line else kinds)

    @property
    def name_on_cards(self) -> str:
        """Return the name that goes with a cell where each row becomes a card."""
        return self.label if self.card_label is None else self.card_label

    def fill(self, row: object) -> str:
        """Return the HTML inside the cell of a row."""
        assert self.cell
        return self.cell(row) if self.key is None else self.cell(row, self.key)


def columns_for(
    headings: Iterable[tuple[Any, str]], cell: Callable[..., str], kind: str = "number"
) -> list[Column]:
    """Return one column for each key and its heading, filled by ``cell(row, key)``."""
    return [Column(label, cell, kind, key) for key, label in headings]


def install(app: Flask) -> None:
    """Put ``column`` and ``columns_for`` into the templates."""
    app.jinja_env.globals.update(column=Column, columns_for=columns_for)
