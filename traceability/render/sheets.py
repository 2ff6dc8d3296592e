"""Describe what a report page shows: sheets of exact values, charts of them, and the lines around them.

A page, its CSV, XLSX, PDF and JSON are all written from one ``ReportDocument``, so they cannot differ.
A cell holds the exact value; how it is written is decided here, once, for every form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, NamedTuple

from traceability.domain.indicators import INDICATORS
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.quantity import G_PER_T
from traceability.locale import LANGUAGES, format_count, format_day, format_share, format_t, format_time, text
from traceability.locale.formats import (
    count_decimals,
    format_month,
    write_decimal,
    write_plain,
)

CellKind = Literal["text", "code", "mass", "share", "number", "count", "month", "day", "time", "yes"]
"""What the cells of a column hold: words; a lot's code; grams, shown in t; a ratio, shown in %; another
number; how many; ``2025-03``; ``2025-03-31``; UTC milliseconds; yes or nothing."""

NUMERIC: frozenset[CellKind] = frozenset({"mass", "share", "number", "count"})
MASS_DECIMALS = 3
FILE_DECIMALS = 6
"""Decimals in files: of t to the gram, of other numbers as many as tell them apart in a sheet."""

Value = str | int | bool | Fraction | None
"""None is no data, never 0."""


def say_in_all(code: str, /, **values: object) -> NamesByLanguage:
    """Return a message in every language."""
    return tuple((language, text(code, values, language)) for language in LANGUAGES)


class SheetColumn(NamedTuple):
    """A column: its id in JSON and the address, its heading in every language, what its cells hold.

    ``one_line`` is a heading that is never broken, such as a month: its hyphen would part it.
    ``unit`` is that of a number (of a mass t, of a share % by themselves), ``decimals`` how many are
    shown at least. ``bar`` draws the number as a bar beside it, in its ``ink``.

    Page and PDF may put several cells of a row in one place, where files keep each exact in its column:
    ``says`` is the code of a message that writes a cell with others of its row, by the ids of their columns;
    ``beneath`` are columns whose cells stand small beneath it; ``aside`` is a column that only stands so.
    """

    id: str
    headings: NamesByLanguage
    kind: CellKind = "text"
    unit: str = ""
    decimals: int = 2
    bar: bool = False
    says: str = ""
    beneath: tuple[str, ...] = ()
    aside: bool = False
    ink: str = "post"
    one_line: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its cells line up on the right and can be added up or drawn."""
        return self.kind in NUMERIC

    def heading(self, language: str) -> str:
        """Return the heading with the unit: ``R, t``."""
        words = choose_name(self.headings, language)
        if self.kind == "share":
            return f"{words} %"
        unit = "t" if self.kind == "mass" else self.unit
        return f"{words}, {unit}" if unit else words


class Cell(NamedTuple):
    """An exact value, the page that opens it, and the limits from which its digits must tell it.

    ``mark`` is a state that the page puts a sign before: met, missed …; ``drawing`` an SVG behind the words.
    ``missing`` is the message that stands where there is no value, by default that there is no data; ``decimals``
    how many are shown at least where the numbers of a column differ in unit.
    """

    value: Value
    href: str = ""
    limits: tuple[Fraction, ...] = ()
    mark: str = ""
    drawing: str = ""
    missing: str = ""
    decimals: int | None = None


Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a page. ``total`` is its last line; ``empty`` says what to do where there are no rows.

    ``sorted_by`` is the column that its rows are sorted by ('' as they come), ``-`` before it downwards.
    ``grouped_by`` is a column whose equal cells belong together where rows stand as they come. One that is filled in ``by_hand``
    has room to write on paper.
    """

    id: str
    titles: NamesByLanguage
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Row]
    total: Row | None = None
    empty: str = ""
    sorted_by: str = ""
    grouped_by: str = ""
    by_hand: bool = False

    def title(self, language: str) -> str:
        """Return the title in a language."""
        return choose_name(self.titles, language)

    def column_number(self, id_: str) -> int | None:
        """Return where a column stands, None where there is none."""
        return next((number for number, column in enumerate(self.columns) if column.id == id_), None)

    def first_columns(self, count: int) -> "Sheet":
        """Return the sheet with no more than its first columns, as many as stand upright on paper."""
        rows = [row[:count] for row in self.rows]
        total = None if self.total is None else self.total[:count]
        return replace(self, columns=self.columns[:count], rows=rows, total=total)

    def values(self, id_: str) -> list[Value]:
        """Return the values of a column, top down."""
        number = self.column_number(id_)
        assert number is not None, f"{self.id} has no column {id_}"
        return [row[number].value for row in self.rows]


class Series(NamedTuple):
    """One line, or one colour of bars: a column of the sheet. ``ink`` names a colour token.

    ``is_target`` is drawn dashed and named at its end.
    """

    column: str
    ink: str = "post"
    is_target: bool = False


class LegendEntry(NamedTuple):
    """What a colour or mark of a chart means: its swatch, an SVG, and words."""

    swatch: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of a sheet: lines or bars over the column ``x`` (named by ``x_beside`` too), or a flow.

    ``finding`` is its heading, a sentence; ``described`` says it to those who cannot see it. ``drawing``
    is the SVG for page and PDF, drawn by ``render.charts``, and ``data`` the same numbers as JSON, from which
    a browser draws one that answers.
    """

    id: str
    kind: Literal["lines", "bars", "sankey", "tiles", "code"]
    sheet: str
    finding: str
    described: str
    x: str = ""
    series: tuple[Series, ...] = ()
    drawing: str = ""
    data: str = ""
    legend: tuple[LegendEntry, ...] = ()
    x_beside: str = ""


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """Everything that a report page tells.

    ``name`` is that of its files; ``title`` the finding; ``said`` lines of (what, value): place, period,
    method, record; ``notes`` how to read it. ``indicators`` are those told beyond the columns that bear the id of one.
    Files say when the newest record was made, ``recorded_ms``, and where the page is, ``link``.
    """

    name: str
    title: str
    said: tuple[tuple[str, str], ...] = ()
    sheets: tuple[Sheet, ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    recorded_ms: int = 0
    link: str = ""
    chart_by_id: dict[str, Chart] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Index the charts."""
        object.__setattr__(self, "chart_by_id", {chart.id: chart for chart in self.charts})

    def sheet(self, id_: str) -> Sheet:
        """Return a sheet."""
        return next(sheet for sheet in self.sheets if sheet.id == id_)

    def chart(self, id_: str) -> Chart | None:
        """Return a chart, None where there was nothing to draw."""
        return self.chart_by_id.get(id_)

    def sorted_by(self, keys: Iterable[str]) -> "ReportDocument":
        """Return the document with rows sorted by keys as an address has them: ``sites.-gap_t``.

        Keys of sheets or columns that are not there change nothing.
        """
        wanted = dict(key.split(".", 1) for key in keys if "." in key)
        return replace(self, sheets=tuple(_sort(sheet, wanted.get(sheet.id, "")) for sheet in self.sheets))


def list_methods(document: ReportDocument, language: str) -> list[tuple[str, str]]:
    """Return (name, method) of each indicator that a document tells."""
    told = [column.id for sheet in document.sheets for column in sheet.columns]
    told += document.indicators
    return [
        (text(INDICATORS[id_].name, {}, language), text(INDICATORS[id_].method, {}, language))
        for id_ in dict.fromkeys(told)
        if id_ in INDICATORS
    ]


def _sort(sheet: Sheet, key: str) -> Sheet:
    number = sheet.column_number(key.removeprefix("-"))
    if number is None:
        return sheet
    known = [row for row in sheet.rows if row[number].value is not None]
    unknown = [row for row in sheet.rows if row[number].value is None]
    rows = sorted(known, key=lambda row: _order(row[number].value), reverse=key.startswith("-"))
    return replace(sheet, rows=[*rows, *unknown], sorted_by=key)  # no data last, either way


def _order(value: Value) -> tuple[int, Fraction, str]:
    if isinstance(value, str):
        return (1, Fraction(0), value)
    return (0, Fraction(value or 0), "")


# --- how a cell is written ----------------------------------------------------------------------


class ShownCell(NamedTuple):
    """A cell as page and PDF show it: its words, and those that stand small beneath them."""

    words: str
    beneath: tuple[str, ...] = ()


def list_shown(sheet: Sheet) -> list[tuple[int, SheetColumn]]:
    """Return the columns that page and PDF show, with their numbers among all."""
    return [(number, column) for number, column in enumerate(sheet.columns) if not column.aside]


def show_cell(sheet: Sheet, row: Row, number: int, language: str) -> ShownCell:
    """Return a cell as it stands on the page and in the PDF, with the others of its row that belong to it."""
    column, cell = sheet.columns[number], row[number]
    words = write_cell(column, cell, language)
    if not column.says and not column.beneath:
        return ShownCell(words)
    written = {
        other.id: write_cell(other, held, language) for other, held in zip(sheet.columns, row, strict=True)
    }
    if column.says and cell.value is not None:
        values = {id_: words or " " for id_, words in written.items()}  # '' would be said as no value
        words = " ".join(text(column.says, values, language).split(" ")).replace("  ", " ").strip()
    return ShownCell(words, tuple(written[id_] for id_ in column.beneath if written[id_]))


def write_cell(column: SheetColumn, cell: Cell, language: str) -> str:
    """Return a cell as it stands on the page and in the PDF; no data is said so, the unit is in the heading."""
    value = cell.value
    if value is None:
        return text(cell.missing or "figure.no_data", {}, language)
    if isinstance(value, str):
        return _write_text(column, value, language)
    if column.kind == "yes":
        return text("sheet.yes", {}, language) if value else ""
    if column.kind == "mass":
        return format_t(int(value), cell.limits)
    if column.kind == "share":
        return format_share(Fraction(value), cell.limits).removesuffix(" %")
    if column.kind == "count":
        return format_count(int(value))
    if column.kind == "time":
        return format_time(int(value))
    return write_decimal(Fraction(value), count_decimals(Fraction(value), cell.limits, _fewest(column, cell)))


def _fewest(column: SheetColumn, cell: Cell) -> int:
    return column.decimals if cell.decimals is None else cell.decimals


def _write_text(column: SheetColumn, value: str, language: str) -> str:
    if not value[:1].isdigit():
        return value  # a word in the last line of a table by time
    if column.kind == "month":
        return format_month(value, language)
    return format_day(value) if column.kind == "day" else value


def file_number(column: SheetColumn, cell: Cell) -> Fraction | None:
    """Return the number of a cell in the unit of its heading, exact; None of words, times and no data."""
    value = cell.value
    if value is None or isinstance(value, str | bool) or not column.is_number:
        return None
    return Fraction(value) * _scale(column)


def write_file_cell(column: SheetColumn, cell: Cell) -> str:
    """Return a cell as CSV and JSON have it: numbers with a point, to the gram of a mass, and no data as ''."""
    number = file_number(column, cell)
    if number is not None:
        return _drop_zeros(write_plain(number, file_decimals(column, cell)))
    value = cell.value
    if column.kind == "yes":
        return "yes" if value else ""
    if column.kind == "time" and isinstance(value, int):
        return format_time(value)
    return "" if value is None else str(value)


def file_decimals(column: SheetColumn, cell: Cell) -> int:
    """Return the decimals of a number in a file: six, or as many as tell it from its limits."""
    return _count_decimals(column, cell, FILE_DECIMALS)


def shown_decimals(column: SheetColumn, cell: Cell) -> int:
    """Return the decimals with which the page shows a number."""
    return _count_decimals(
        column, cell, {"mass": MASS_DECIMALS, "share": 1, "count": 0}.get(column.kind, _fewest(column, cell))
    )


def _count_decimals(column: SheetColumn, cell: Cell, fewest: int) -> int:
    number, scale = file_number(column, cell), _scale(column)
    assert number is not None
    return count_decimals(number, [limit * scale for limit in cell.limits], fewest)


def _scale(column: SheetColumn) -> Fraction:
    """Return what a value is multiplied by to stand in the unit of its heading."""
    return {"mass": Fraction(1, G_PER_T), "share": Fraction(100)}.get(column.kind, Fraction(1))


def _drop_zeros(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written
