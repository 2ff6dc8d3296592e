"""Charts drawn on the server: labels neither overlap nor are cut, thin bands are seen, and what means what is said."""

import json
import re
from fractions import Fraction
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from traceability.domain.quantity import G_PER_T
from traceability.render.charts import draw_charts, draw_table_bars
from traceability.render.charts.sankey_svg import WIDTH, SankeyBand, SankeyNode, draw_sankey
from traceability.render.charts.svg import fold, measure, spread
from traceability.render.sheets import Cell, Chart, ReportDocument, Series, Sheet, SheetColumn

LONG = "Chongqing Fuling regenerated aluminium and alloy works, second casting hall"


def draw(names: list[str], values: list[list[Fraction | None]]) -> Chart:
    columns = (
        SheetColumn("month", (("en", "month"),), "month"),
        *(SheetColumn(f"c{number}", (("en", name),), "share") for number, name in enumerate(names)),
    )
    rows = [
        (Cell(f"2025-{month:02}"), *(Cell(series[month - 1], f"/opens?m={month}") for series in values))
        for month in range(1, len(values[0]) + 1)
    ]
    series = tuple(Series(f"c{number}") for number in range(len(names)))
    chart = Chart("c", "lines", "s", "finding", "described", "month", series)
    document = ReportDocument("d", "t", sheets=(Sheet("s", (), columns, rows),), charts=(chart,))
    return draw_charts(document, "en").charts[0]


def nodes_of(drawing: str, selector: str) -> list[LexborNode]:
    return LexborHTMLParser(drawing).css(selector)


def number_of(node: LexborNode, name: str) -> float:
    return float(node.attributes[name] or "nan")


def test_names_at_the_ends_of_lines_stand_apart_and_are_not_cut() -> None:
    close = [Fraction(200 + number, 1000) for number in range(5)]
    chart = draw([f"{number} {LONG}" for number in range(5)], [[one, one, one] for one in close])
    width, height = map(float, re.findall(r'viewBox="0 0 (\d+) (\d+)"', chart.drawing)[0])
    ends = nodes_of(chart.drawing, "text[font-weight]")
    assert len(ends) >= 10, "long names are folded"
    places = sorted(number_of(one, "y") for one in ends)
    assert all(later - earlier >= 14 for earlier, later in pairwise(places))
    assert places[-1] <= height
    assert max(number_of(one, "x") + measure(one.text()) for one in ends) <= width


def test_a_line_is_interrupted_where_there_is_no_data_and_its_points_open_what_the_table_opens() -> None:
    chart = draw(["Hunan"], [[Fraction(1, 5), None, Fraction(1, 4), Fraction(1, 4)]])
    (series,) = json.loads(chart.data)["series"]
    assert series["values"] == [20, None, 25, 25]
    assert series["words"] == ["20.0 %", "no data", "25.0 %", "25.0 %"]
    hrefs = [one.attributes["href"] for one in nodes_of(chart.drawing, "a")]
    assert hrefs == [series["hrefs"][place] for place in (0, 2, 3)]
    assert len(nodes_of(chart.drawing, "path.line-post")) == 2


def test_nothing_known_is_not_drawn() -> None:
    columns = (SheetColumn("month", (), "month"), SheetColumn("c", (), "share"))
    sheet = Sheet("s", (), columns, [(Cell("2025-01"), Cell(None))])
    chart = Chart("c", "lines", "s", "f", "d", "month", (Series("c"),))
    assert draw_charts(ReportDocument("d", "t", sheets=(sheet,), charts=(chart,)), "en").charts == ()


@pytest.mark.parametrize("origins", [3, 12])
def test_labels_of_flows_stand_beside_their_nodes_each_in_room_of_its_own(origins: int) -> None:
    nodes = [
        *(SankeyNode(f"o{number}", 0, f"{LONG} {number}", joined="") for number in range(origins)),
        SankeyNode("k", 1, "recycling smelter"), SankeyNode("f", 2, "cast Al-Si-Cu"), SankeyNode("d", 3, LONG),
    ]  # fmt: skip
    grams = [G_PER_T, *(1_000 for _ in range(origins - 1))]
    bands = [SankeyBand(f"o{number}", "k", "post", one) for number, one in enumerate(grams)]
    bands += [SankeyBand("k", "f", "metal-al", sum(grams)), SankeyBand("f", "d", "metal-al", sum(grams))]
    drawn = draw_sankey(nodes, bands, ("a", "b", "c", "d"), "title", "described", "en")
    labels = [one for one in nodes_of(drawn.drawing, "text") if one.css("tspan")]
    assert len(labels) == len(nodes)
    columns: dict[float, list[tuple[float, float]]] = {}
    for label in labels:
        lines = label.css("tspan")
        x, places = number_of(lines[0], "x"), [number_of(one, "y") for one in lines]
        columns.setdefault(x, []).append((places[0], places[-1]))
        widest = max(measure(one.text().strip()) for one in lines)
        end = label.attributes["text-anchor"] == "end"
        assert (x - widest >= 0) if end else (x + widest <= WIDTH), label.text()
        assert lines[-1].text().endswith(" t")
    for spans in columns.values():
        assert all(later[0] - earlier[1] >= 12 for earlier, later in pairwise(sorted(spans)))
    height = float(re.findall(r'viewBox="0 0 \d+ (\d+)"', drawn.drawing)[0])
    assert max(last for spans in columns.values() for _, last in spans) <= height
    heights = [number_of(one, "height") for one in nodes_of(drawn.drawing, "rect[x]")]
    assert min(heights) >= 1, "the smallest is seen"
    widths = [abs(float(one)) for one in re.findall(r"v(-?[\d.]+)C", drawn.drawing)]
    assert len(widths) == len(bands)
    assert min(widths) >= 1
    told = json.loads(drawn.data)
    assert [band["grams"] for band in told["bands"]] == [band.grams for band in bands]


def test_labels_move_no_further_than_they_must() -> None:
    assert spread([10, 50], [10, 10], 0, 100) == [10, 50]
    assert spread([10, 12], [10, 10], 0, 100) == [10, 20]
    assert spread([97, 98], [10, 10], 0, 100) == [85, 95]
    assert spread([5, 5, 5], [10, 10, 10], 0, 20) == [5, 15, 25], (
        "they reach below where all are taller than the room"
    )


def test_words_are_folded_between_words_and_anywhere_in_chinese() -> None:
    assert fold("short", 100) == ["short"]
    assert fold("recycled aluminium works", 110) == ["recycled", "aluminium works"]
    assert fold("成都再生铝业有限公司", 60) == ["成都再生铝", "业有限公司"]
    assert fold("", 10) == [""]


def test_bars_beside_numbers_begin_at_zero_and_leave_room_where_nothing_is_known() -> None:
    columns = (SheetColumn("gap", (), "mass", bar=True, ink="warn-mark"), SheetColumn("other", (), "mass"))
    values = [3 * G_PER_T, -G_PER_T, 0, None]
    sheet = Sheet("s", (), columns, [(Cell(value), Cell(value)) for value in values], (Cell(2), Cell(2)))
    (drawn,) = draw_table_bars(ReportDocument("d", "t", sheets=(sheet,))).sheets
    assert {row[1].drawing for row in drawn.rows} == {""}
    bars = [nodes_of(row[0].drawing, "rect") for row in drawn.rows]
    assert [len(boxes) for boxes in bars] == [1, 1, 1, 0]
    most, below = bars[0][0], bars[1][0]
    assert number_of(most, "width") == pytest.approx(3 * number_of(below, "width"), abs=0.2)
    assert number_of(below, "x") + number_of(below, "width") == pytest.approx(number_of(most, "x"), abs=0.2)
    assert (most.attributes["class"], below.attributes["class"]) == ("fill-warn-mark", "fill-primary")
    assert drawn.total is not None
    assert all(nodes_of(row[0].drawing, "svg") for row in (*drawn.rows, drawn.total)), "numbers line up"
    assert not nodes_of(drawn.total[0].drawing, "rect"), "a sum is no part"


def test_a_chart_of_bars_has_a_bar_for_each_known_row() -> None:
    columns = (SheetColumn("site", (("en", "Site"),)), SheetColumn("gap", (("en", "Missing"),), "mass"))
    rows = [(Cell(LONG), Cell(G_PER_T, "/a")), (Cell("B"), Cell(-G_PER_T)), (Cell("C"), Cell(None))]
    chart = Chart("c", "bars", "s", "f", "d", "site", (Series("gap"),))
    document = ReportDocument("d", "t", sheets=(Sheet("s", (), columns, rows),), charts=(chart,))
    drawing = draw_charts(document, "en").charts[0].drawing
    assert [one.attributes["class"] for one in nodes_of(drawing, "rect")] == ["fill-post", "fill-primary"]
    assert [one.attributes["href"] for one in nodes_of(drawing, "a")] == ["/a"]
    assert all(
        number_of(one, "x") >= measure(one.text()) for one in nodes_of(drawing, "text[text-anchor=end]")
    )
