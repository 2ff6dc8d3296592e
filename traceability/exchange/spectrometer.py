"""Read the composition of samples from the file of a spectrometer.

Makers agree on nothing: separators, decimal signs, encodings, elements across or down, burns with or without their average,
per cent or ppm. What the file itself tells is taken from it, the rest from how the site set its spectrometer up
(``services/directory/spectrometers.py``). Nothing is guessed that could be wrong by a factor: a content above 100 % is an error
with its line and column, never a number.

| cell | read as |
|---|---|
| ``0.35``, ``0,35``, ``3.5E-1``, ``0.35 %``, ``0.35*`` | the content, rounded half up to the ppm |
| ``<0.001`` | below the detection limit, rounded up to the ppm |
| ``bal``, ``Bal.``, ``余量`` | the rest of 100 % |
| nothing, ``-``, ``n.d.``, below 0 | not stated |
| ``>12``, ``>>`` | an error: the sample is outside of what the instrument measures |
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple

from traceability.domain.errors import BadInput
from traceability.domain.quantity import PPM, format_ppm, plain_width, round_half_up
from traceability.services.directory.spectrometers import AVERAGE, IN_PPM, LAST, STATED, SpectrometerSetup
from traceability.wire.schemas import ELEMENTS

MOST_BYTES = 1_000_000
MOST_LINES = 5_000
MOST_COLUMNS = 500
MOST_CELLS = 200_000  # of all lines: a second of work
LONGEST_CELL = 200
MOST_SAMPLES = 200  # the newest, which stand at the end of a file that grows
LONGEST_SHOWN = 40
SHARES_OF_PERCENT = PPM // 100

_HEADING = re.compile(
    r"(?P<symbol>[A-Za-z]{1,2})[\s_]*[\[(（]?\s*(?P<unit>%|wt\.?\s*-?%|(?:mass|m)\s*-?%|ppm)?\s*[\])）]?"
)
_UNIT = re.compile(r"[\[(（]?\s*(%|wt\.?\s*-?%|(?:mass|m)\s*-?%|ppm)\s*[\])）]?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d*)?(?:[eE][+-]?\d{1,2})?|[.,]\d+(?:[eE][+-]?\d{1,2})?")
_BALANCE = frozenset({"bal", "bal.", "balance", "rest", "rem", "rem.", "base", "余量", "余"})
_NOTHING = frozenset(
    {"", "-", "--", "---", "–", "—", "n.d.", "nd", "n.d", "n/a", "na", "nan", "none", "/", "未检出"}
)
_SAMPLES = ("sample name", "sample id", "sample no", "sample no.", "sample", "样品名称", "样品编号", "样品号", "样品", "试样编号", "试样",
            "炉号", "炉次", "probe", "probenname", "sample-id", "name", "名称", "id")  # fmt: skip
_AVERAGES = (
    "average",
    "avg",
    "avg.",
    "ave",
    "ave.",
    "mean",
    "mittelwert",
    "mittel",
    "平均值",
    "平均",
    "均值",
    "x̄",
)
_OTHERS = ("sd", "s.d.", "rsd", "rsd%", "rsd %", "stdev", "std", "std.", "std dev", "std.dev.", "cv", "min", "min.", "max", "max.",
           "range", "limit", "low", "high", "lower limit", "upper limit", "标准偏差", "相对偏差", "偏差", "极差", "最小值", "最大值", "最小", "最大",
           "上限", "下限", "标准", "abw", "streuung")  # fmt: skip


_COUNTS = (
    "burn",
    "burns",
    "spark",
    "run",
    "no",
    "no.",
    "#",
    "nr",
    "nr.",
    "time",
    "date",
    "序号",
    "次数",
    "日期",
    "时间",
    "火花",
    "messung",
)
"""Headings of columns that number or date the burns of a sample."""


class SampleReading(NamedTuple):
    """The composition of a sample as the fields of an assay take it, and the line of the file that it stands in."""

    sample: str
    line: int
    contents: Mapping[str, str]


class SpectrometerFile(NamedTuple):
    """What a file holds, in its order, and the SHA-256 of its bytes."""

    readings: tuple[SampleReading, ...]
    sha256: str


class _Cell(NamedTuple):
    """A content: grams × 10⁻⁶ of a gram, or below that, or the rest."""

    ppm: Fraction
    below: bool = False
    balance: bool = False


class _Row(NamedTuple):
    line: int
    sample: str
    labels: tuple[str, ...]
    cells: dict[str, _Cell]


def read_spectrometer(content: bytes, setup: SpectrometerSetup) -> SpectrometerFile:
    """Return the samples of a file, the last ones of very many. Raises BadInput with line and column where they are known."""
    if len(content) > MOST_BYTES:
        raise BadInput("spectrometer.too_large", most=MOST_BYTES)
    lines = _split(_decode(content))
    table = _find_table(lines[setup.skip_lines :], setup.skip_lines + 1)
    readings = tuple(_choose_rows(_read_rows(table, setup), setup))
    if not readings:
        raise BadInput("spectrometer.no_samples")
    return SpectrometerFile(readings[-MOST_SAMPLES:], sha256(content).hexdigest())


# --- text and cells -----------------------------------------------------------------------------------------------


def _decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or GB 18030, of which GBK is a part. Raises BadInput."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:400]:
        # Latin letters have their zeros behind them, or before.
        little = content[1:400:2].count(0) >= content[:400:2].count(0)
        encodings = ["utf-16-le" if little else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text.removeprefix("\ufeff")
    raise BadInput("spectrometer.no_text")


def _split(text: str) -> list[list[str]]:
    """Return the cells of each line by the separator that the file uses. Raises BadInput."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise BadInput("spectrometer.too_many_lines", most=MOST_LINES)
    separator = _find_separator(lines)
    rows: list[list[str]] = []
    left = MOST_CELLS
    for number, line in enumerate(lines, 1):
        cells = _split_line(line, number, separator)
        left -= len(cells)
        if len(cells) > MOST_COLUMNS:
            raise BadInput("spectrometer.too_many_columns", line=number, most=MOST_COLUMNS)
        if left < 0:
            raise BadInput("spectrometer.too_many_cells", most=MOST_CELLS)
        rows.append([plain_width(cell).strip() for cell in cells])
    return rows


def _split_line(line: str, number: int, separator: str) -> list[str]:
    """Return the cells of a line, as far as a table may have columns. Raises BadInput."""
    if separator:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            raise BadInput("spectrometer.bad_line", line=number) from None
    else:
        cells = re.split(r"\s{2,}|(?<=\d) +(?=[\d<.-])", line.strip(), maxsplit=MOST_COLUMNS)
    if any(len(cell) > LONGEST_CELL for cell in cells[:MOST_COLUMNS]):
        raise BadInput("spectrometer.bad_line", line=number)
    return cells


def _find_separator(lines: Sequence[str]) -> str:
    """Return what stands between cells: the separator that most lines have; '' for blanks alone."""
    counts = {separator: sum(separator in line for line in lines) for separator in ("\t", ";", ",")}
    best = max(counts, key=lambda separator: counts[separator])
    # Decimal commas are in every line too: where lines have semicolons or tabs, these separate.
    for separator in ("\t", ";"):
        if counts[separator] * 2 > counts[best]:
            return separator
    return best if counts[best] else ""


# --- the table ----------------------------------------------------------------------------------------------------


class _Table(NamedTuple):
    """Rows below a heading of elements: column of each element with its unit, headings of the others."""

    elements: dict[str, tuple[int, str]]
    headings: dict[int, str]
    rows: list[tuple[int, list[str]]]
    is_turned: bool
    top: int  # line of the heading, or of the first element where they stand one below the other


def _find_table(lines: Sequence[list[str]], first_line: int) -> _Table:
    """Return the table of a file, turned round where its elements stand one below the other. Raises BadInput."""
    for place, cells in enumerate(lines):
        if _count_elements(cells) >= 2:
            rows = [(first_line + place + 1 + number, row) for number, row in enumerate(lines[place + 1 :])]
            return _make_table(cells, rows, first_line + place, is_turned=False)
    column = [cells[0] if cells else "" for cells in lines]
    first = next((place for place, cell in enumerate(column) if _element_of(cell)), None)
    if first is None or _count_elements(column) < 2:
        raise BadInput("spectrometer.no_elements")
    # A line above the first element names the samples.
    start = first - 1 if first and any(lines[first - 1][1:]) else first
    if max(map(len, lines[start:])) * (len(lines) - start) > MOST_CELLS:
        raise BadInput("spectrometer.too_many_cells", most=MOST_CELLS)
    turned = [list(cells) for cells in zip_longest(*lines[start:], fillvalue="")]
    rows = [(number, row) for number, row in enumerate(turned[1:], 2)]
    return _make_table(turned[0] if turned else [], rows, first_line + start, is_turned=True)


def _make_table(
    cells: Sequence[str], rows: list[tuple[int, list[str]]], line: int, *, is_turned: bool
) -> _Table:
    elements: dict[str, tuple[int, str]] = {}
    headings: dict[int, str] = {}
    for column, cell in enumerate(cells):
        found = _element_of(cell)
        if found is None:
            headings[column] = cell.strip()
        elif found[0] in elements:
            raise BadInput("spectrometer.element_twice", element=found[0], line=line, column=column + 1)
        else:
            elements[found[0]] = (column, found[1])
    return _Table(elements, headings, rows, is_turned, line)


def _element_of(cell: str) -> tuple[str, str] | None:
    """Return (symbol, unit or '') of a heading that names an element: ``Si``, ``SI %``, ``Fe [ppm]``."""
    match = _HEADING.fullmatch(cell.strip())
    symbol = match["symbol"].capitalize() if match else ""
    if match is None or symbol not in ELEMENTS or cell.strip()[:1].islower():
        return None
    return symbol, _unit_of(match["unit"] or "")


def _count_elements(cells: Sequence[str]) -> int:
    return len({found[0] for cell in cells if (found := _element_of(cell))})


def _unit_of(written: str) -> str:
    return "" if not written else IN_PPM if written.lower() == "ppm" else "percent"


# --- rows ---------------------------------------------------------------------------------------------------------


def _read_rows(table: _Table, setup: SpectrometerSetup) -> Iterator[_Row]:
    """Yield the rows that state contents; a sample that is named once holds for the rows below."""
    sample_column = _find_sample_column(table, setup)
    units = {element: unit for element, (_, unit) in table.elements.items()}
    sample = ""
    for line, cells in table.rows:
        stated = {
            element: cells[column].strip()
            for element, (column, _) in table.elements.items()
            if column < len(cells)
        }
        if any(stated.values()) and all(not text or _UNIT.fullmatch(text) for text in stated.values()):
            units |= {element: _unit_of(text.strip("[]()（） ")) for element, text in stated.items() if text}
            continue
        labels = tuple(cells[column].strip() for column in table.headings if column < len(cells))
        named = (
            cells[sample_column].strip() if sample_column is not None and sample_column < len(cells) else ""
        )
        if named and not _is_one_of(named, (*_AVERAGES, *_OTHERS)):
            sample = named
        if any(_is_one_of(label, _OTHERS) for label in labels) and not _wanted(labels, setup):
            continue
        contents = {}
        for element, text in stated.items():
            column = table.elements[element][0]
            place = (table.top + column, line) if table.is_turned else (line, column + 1)
            unit = units[element] or (setup.unit if setup.unit != STATED else "percent")
            cell = _read_cell(text, element, unit, place)
            if cell is not None:
                contents[element] = cell
        width = len(table.elements) + len(table.headings)
        # With decimal commas between commas, say, cells stand under other headings.
        if contents and any(cells[width:]):
            raise BadInput("spectrometer.more_cells", line=line, most=width)
        if contents:
            yield _Row(line, sample, labels, contents)


def _find_sample_column(table: _Table, setup: SpectrometerSetup) -> int | None:
    """Return the column with the names of samples, None where there is none. Raises BadInput for one that was set up."""
    folded = {heading.casefold(): column for column, heading in reversed(table.headings.items())}
    if setup.sample_column and not table.is_turned:
        column = folded.get(setup.sample_column.casefold())
        if column is None:
            known = ", ".join(heading for heading in table.headings.values() if heading)
            raise BadInput("spectrometer.no_column", name=setup.sample_column, known=known[:200])
        return column
    found = next((folded[name] for name in _SAMPLES if name in folded), None)
    first = min(table.headings, default=None)
    if found is None and first is not None and not _is_one_of(table.headings[first], _COUNTS):
        return first
    return found


def _read_cell(text: str, element: str, unit: str, place: tuple[int, int]) -> _Cell | None:
    """Return a content, None where none is stated. Raises BadInput with line and column."""
    line, column = place
    plain = text.strip().rstrip("*!?~ ").strip()
    if plain.casefold() in _NOTHING or plain.startswith("-"):
        return None
    if plain.casefold() in _BALANCE:
        return _Cell(Fraction(0), balance=True)
    where: dict[str, int | str | None] = {
        "line": line,
        "column": column,
        "element": element,
        "text": text[:LONGEST_SHOWN],
    }
    if plain.startswith(">"):
        raise BadInput("spectrometer.above_range", **where)
    below = plain.startswith("<")
    written = plain.lstrip("<= ").removesuffix("%").strip()
    if not _NUMBER.fullmatch(written):
        raise BadInput("spectrometer.not_a_number", **where)
    try:
        number = Fraction(Decimal(written.replace(",", ".")))
    except InvalidOperation:
        raise BadInput("spectrometer.not_a_number", **where) from None
    ppm = number if unit == IN_PPM else number * SHARES_OF_PERCENT
    if ppm > PPM:
        raise BadInput("spectrometer.above_whole", **where)
    return _Cell(ppm, below)


# --- which rows count ---------------------------------------------------------------------------------------------


def _choose_rows(rows: Iterator[_Row], setup: SpectrometerSetup) -> Iterator[SampleReading]:
    """Yield one reading a sample: its average, its last row or the row that was set up."""
    by_sample: dict[str, list[_Row]] = {}
    for row in rows:
        by_sample.setdefault(row.sample, []).append(row)
    for sample, listed in by_sample.items():
        if setup.rows == AVERAGE:
            averages = [row for row in listed if any(_is_one_of(label, _AVERAGES) for label in row.labels)]
            chosen = averages[-1].cells if averages else _average([row.cells for row in listed])
            line = (averages or listed)[-1].line
        elif setup.rows == LAST:
            chosen, line = listed[-1].cells, listed[-1].line
        else:
            named = [row for row in listed if _wanted(row.labels, setup)]
            if not named:
                continue
            chosen, line = named[-1].cells, named[-1].line
        yield SampleReading(sample, line, {element: _write(cell) for element, cell in chosen.items()})


def _wanted(labels: Sequence[str], setup: SpectrometerSetup) -> bool:
    return bool(setup.row_name) and any(label.casefold() == setup.row_name.casefold() for label in labels)


def _is_one_of(label: str, words: Sequence[str]) -> bool:
    plain = re.sub(r"\s*(?:[(（].*|\d+)$", "", label.casefold()) or label.casefold()
    return plain.rstrip(":： ") in words


def _average(burns: Sequence[Mapping[str, _Cell]]) -> dict[str, _Cell]:
    """Return the mean of what the burns state; one that is below its detection limit in all of them stays so.

    Where only some are, their limit stands for them: no more was there.
    """
    means = {}
    for element in dict.fromkeys(element for burn in burns for element in burn):
        cells = [burn[element] for burn in burns if element in burn]
        if any(cell.balance for cell in cells):
            means[element] = _Cell(Fraction(0), balance=True)
        elif all(cell.below for cell in cells):
            means[element] = max(cells)
        else:
            means[element] = _Cell(sum((cell.ppm for cell in cells), Fraction(0)) / len(cells))
    return means


def _write(cell: _Cell) -> str:
    """Return a content as the fields of an assay take it: wt % to the ppm."""
    if cell.balance:
        return "bal"
    ppm = cell.ppm
    if cell.below:
        return "<" + format_ppm(100 * max(-(-ppm.numerator // ppm.denominator), 1))
    return format_ppm(100 * round_half_up(ppm.numerator, ppm.denominator))
