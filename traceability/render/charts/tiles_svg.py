"""Draw the provinces as tiles in about their places: no boundary is drawn, and none of the 34 is left out."""

from fractions import Fraction
from html import escape
from typing import Final, NamedTuple

from traceability.locale import text
from traceability.render.charts.svg import INKS, write_drawing, write_hatch, write_swatch
from traceability.render.sheets import Cell, Chart, LegendEntry, Sheet, write_cell

SIDE, GAP = 46, 4
COLUMNS, ROWS = 9, 8


class Tile(NamedTuple):
    """A province's place in the grid, and how it is called in short."""

    column: int
    row: int
    zh: str
    en: str


TILES: Final = {
    "230000": Tile(8, 0, "黑", "HL"), "150000": Tile(6, 1, "蒙", "NM"), "110000": Tile(7, 1, "京", "BJ"),
    "220000": Tile(8, 1, "吉", "JL"), "650000": Tile(0, 2, "新", "XJ"), "620000": Tile(2, 2, "甘", "GS"),
    "640000": Tile(3, 2, "宁", "NX"), "140000": Tile(5, 2, "晋", "SX"), "130000": Tile(6, 2, "冀", "HE"),
    "120000": Tile(7, 2, "津", "TJ"), "210000": Tile(8, 2, "辽", "LN"), "630000": Tile(1, 3, "青", "QH"),
    "610000": Tile(4, 3, "陕", "SN"), "410000": Tile(5, 3, "豫", "HA"), "370000": Tile(7, 3, "鲁", "SD"),
    "540000": Tile(0, 4, "藏", "XZ"), "510000": Tile(2, 4, "川", "SC"), "500000": Tile(3, 4, "渝", "CQ"),
    "420000": Tile(5, 4, "鄂", "HB"), "340000": Tile(6, 4, "皖", "AH"), "320000": Tile(7, 4, "苏", "JS"),
    "310000": Tile(8, 4, "沪", "SH"), "520000": Tile(3, 5, "贵", "GZ"), "430000": Tile(4, 5, "湘", "HN"),
    "360000": Tile(5, 5, "赣", "JX"), "330000": Tile(7, 5, "浙", "ZJ"), "530000": Tile(2, 6, "云", "YN"),
    "450000": Tile(3, 6, "桂", "GX"), "440000": Tile(5, 6, "粤", "GD"), "350000": Tile(6, 6, "闽", "FJ"),
    "710000": Tile(8, 6, "台", "TW"), "460000": Tile(3, 7, "琼", "HI"), "820000": Tile(5, 7, "澳", "MO"),
    "810000": Tile(6, 7, "港", "HK"),
}  # fmt: skip
"""The 34 provinces by code; the English names are those of ISO 3166-2:CN."""

STEPS: Final = (
    (Fraction(10, 100), "unspecified", "0.5", "ink"), (Fraction(15, 100), "unspecified", "1", "ink"),
    (Fraction(20, 100), "pre", "0.7", "ink"), (Fraction(25, 100), "post", "0.8", "unknown"),
    (None, "post", "1", "unknown"),
)  # fmt: skip
"""Five greens: below which share, ink, opacity, and the ink of the words on it."""
HATCH = "tiles-hatch"


def draw_tiles(chart: Chart, sheet: Sheet, language: str) -> str:
    """Return the drawing of a sheet with a line a province: ``code``, the share, ``met`` and ``own``."""
    named = {column.id: number for number, column in enumerate(sheet.columns)}
    rows = {str(row[named["code"]].value): row for row in sheet.rows}
    share = named[chart.series[0].column]
    parts = []
    for code, tile in TILES.items():
        row = rows.get(code)
        cell = row[share] if row is not None else Cell(None)
        words = write_cell(sheet.columns[share], cell, language) if cell.value is not None else ""
        met = row is not None and bool(row[named["met"]].value)
        own = row is not None and bool(row[named["own"]].value)
        parts.append(_draw_tile(tile, cell, words, met=met, own=own, language=language))
    return write_drawing(COLUMNS * (SIDE + GAP), ROWS * (SIDE + GAP), [write_hatch(HATCH), *parts])


def list_tile_classes(language: str) -> tuple[LegendEntry, ...]:
    """Return the legend: each class of shares, no data, and the marks."""
    entries = []
    low = Fraction(0)
    for below, ink, opacity, _ in STEPS:
        code = "map.class_from" if below is None else "map.class_between" if low else "map.class_below"
        words = text(code, {"low": f"{low * 100}", "high": f"{(below or 0) * 100}"}, language)
        entries.append(LegendEntry(write_swatch(ink, opacity=opacity), words))
        low = below or low
    marks = [("hatch", "map.class_none"), ("dot", "map.class_met"), ("frame", "map.class_own")]
    entries += [LegendEntry(write_swatch(mark=mark), text(code, {}, language)) for mark, code in marks]
    return tuple(entries)


def _draw_tile(tile: Tile, cell: Cell, words: str, *, met: bool, own: bool, language: str) -> str:
    x, y = 2 + tile.column * (SIDE + GAP), 2 + tile.row * (SIDE + GAP)
    fill, ink = f'fill="url(#{HATCH})" fill-opacity="0.2"', "ink-soft"
    if isinstance(cell.value, Fraction):
        _, colour, opacity, ink = next(step for step in STEPS if step[0] is None or cell.value < step[0])
        fill = f'fill="{INKS[colour]}" class="fill-{colour}" fill-opacity="{opacity}"'
    edge = ("ink", 3) if own else ("hairline", 1)
    name = tile.zh if language.startswith("zh") else tile.en
    mark = (
        f'<circle cx="{x + SIDE - 6}" cy="{y + 6}" r="3" fill="{INKS[ink]}" class="fill-{ink}"/>'
        if met
        else ""
    )
    height = y + (18 if words else SIDE // 2 + 4)
    drawn = (
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" rx="2" {fill}/>'
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" rx="2" fill="none" stroke="{INKS[edge[0]]}" '
        f'class="line-{edge[0]}" stroke-width="{edge[1]}"/>{mark}'
        f"{_write(x, height, name, ink, 14)}{_write(x, y + 36, words, ink, 12) if words else ''}"
    )
    return f'<a href="{escape(cell.href)}">{drawn}</a>' if cell.href else drawn


def _write(x: int, y: int, words: str, ink: str, size: int) -> str:
    return (
        f'<text x="{x + SIDE // 2}" y="{y}" text-anchor="middle" font-size="{size}" fill="{INKS[ink]}" '
        f'class="fill-{ink}">{escape(words)}</text>'
    )
