"""The drawing of a trace shows the same grams as the trace, and keeps to the page's rules."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.golden import Golden
from tests.support.reading import ask
from traceability.domain.lineage import Flow
from traceability.domain.lot import Lot
from traceability.render.trace_layout import MOST_BOXES, MOST_COLUMNS, lay_out
from traceability.render.trace_svg import draw_trace, shorten
from traceability.services.tracing.lineage import Trace, trace_lot_back, trace_lot_forward

SVG = "{http://www.w3.org/2000/svg}"
TOKEN_CLASSES = {
    "class-post",
    "class-pre",
    "class-unspecified",
    "class-primary",
    "class-additive",
    "class-unknown",
}


def draw(
    trace: Trace, language: str = "zh", name: Callable[[Lot], str] = lambda lot: lot.material
) -> ElementTree.Element:
    return ElementTree.fromstring(draw_trace(trace, language, name, lambda code: f"/l/{code}"))


def words(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter() if element.text]


def test_the_origins_of_an_alloy(told: Golden) -> None:
    layout = lay_out(ask(told.store, trace_lot_back, told.id("A01")))
    names = {id_: name for name, id_ in told.names.items()}
    columns = [{names[box.key] for box in column if not box.is_passing} for column in layout.columns]
    assert columns[-1] == {"A01"}
    assert {"L01", "L02", "L04"} <= columns[0]
    place = {name: number for number, column in enumerate(columns) for name in column}
    assert place["L01"] < place["L03"] < place["A01"]
    assert place["M1"] < place["I1"] < place["P01"] < place["A01"]
    for step in layout.steps:
        for key in step.inputs:
            assert place[names[key]] < step.column, "ribbons run to the right"
    assert {
        names[key]: grams
        for step in layout.steps
        for key, grams in step.inputs.items()
        if step.column == len(columns) - 1
    }["L04"] == 2_812_500


def test_every_step_passes_on_what_reached_it(told: Golden) -> None:
    for name in ("A01", "A02", "L03"):
        for step in lay_out(ask(told.store, trace_lot_back, told.id(name))).steps:
            assert sum(step.inputs.values()) == sum(step.outputs.values())
    for name in ("L02", "M1"):
        for step in lay_out(ask(told.store, trace_lot_forward, told.id(name))).steps:
            assert sum(step.inputs.values()) == sum(step.outputs.values()) + step.lost_g


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "trace"), [("A01", trace_lot_back), ("L02", trace_lot_forward)])
def test_a_drawing_links_its_lots_and_keeps_to_the_rules(
    told: Golden, name: str, trace: Callable[..., Trace], language: str
) -> None:
    found = ask(told.store, trace, told.id(name))
    svg = draw(found, language)
    links = {element.get("href") for element in svg.iter(f"{SVG}a")}
    assert links == {f"/l/{lot.code}" for lot in found.lots.values()}
    assert not [
        element for element in svg.iter() if "style" in element.attrib or element.tag == f"{SVG}style"
    ]
    assert not [element for element in svg.iter() if re.search(r"#[0-9a-f]{3,}", element.get("fill", ""))]
    assert svg.get("role") == "group"
    labels = (svg.get("aria-labelledby") or "").split()
    assert [element.get("id") for element in svg.iter() if element.get("id")] == labels
    ribbons = list(svg.iter(f"{SVG}path"))
    assert ribbons
    assert {name for element in ribbons for name in (element.get("class") or "").split()} - TOKEN_CLASSES == {
        "ribbon"
    }
    assert "18\u00a0000 kg" in words(svg) or language == "en" or name != "A01"
    assert not [word for word in words(svg) if word.startswith(("lineage.", "kind."))]


def test_a_lot_that_entered_the_chain_has_nothing_to_draw(told: Golden) -> None:
    trace = ask(told.store, trace_lot_back, told.id("L01"))
    assert draw_trace(trace, "zh", lambda lot: lot.material, str) == ""


def test_names_are_escaped_and_cut_to_the_box(told: Golden) -> None:
    trace = ask(told.store, trace_lot_back, told.id("A01"))
    svg = draw(trace, name=lambda lot: "<b>&" + "废铝" * 20)
    assert any(word.startswith("<b>&") and word.endswith("…") for word in words(svg))
    assert shorten("abc", 100, 12) == "abc"
    assert len(shorten("废" * 30, 120, 12)) <= 10


def test_many_siblings_fold_into_one_box() -> None:
    layout = lay_out(made_up(fan=40))
    first = layout.columns[0]
    assert len(first) == MOST_BOXES
    assert (first[-1].lot, first[-1].folded) == (None, 40 - MOST_BOXES + 1)
    assert sum(box.grams for box in first) == 40_000
    assert sum(layout.steps[0].inputs.values()) == 40_000


def test_a_long_chain_of_heels_folds_into_few_columns() -> None:
    layout = lay_out(made_up(chain=500))
    assert len(layout.columns) == MOST_COLUMNS
    assert max(len(column) for column in layout.columns) <= MOST_BOXES
    svg = draw(made_up(chain=500))
    assert "+" in "".join(words(svg))


def made_up(*, fan: int = 0, chain: int = 0) -> Trace:
    """A melt of so many scrap lots, or so many heats that each take the heel of the one before."""
    from traceability.domain.lot import Content

    def lot(number: int, kind: str) -> Lot:
        content = Content((number, number), kind, 1000, 1000, {(0, "430000", 0): 1000}, 1000)
        return Lot(
            f"lot-{number:04}",
            f"{number:012}",
            "Al",
            kind,
            "",
            "site",
            "430681",
            (content,),
            0,
            f"event-{number}",
            (0, 0),
            0,
        )

    def event(number: int, kind: str) -> Any:
        draft = SimpleNamespace(kind=kind)
        return SimpleNamespace(
            id=f"event-{number}", seq=number, draft=draft, frozen=SimpleNamespace(time_ms=number)
        )

    flow = Flow()
    lots: dict[str, Lot] = {}
    events: dict[int, Any] = {}
    if fan:
        for number in range(1, fan + 1):
            lots[f"lot-{number:04}"], events[number] = lot(number, "scrap"), event(number, "collect")
            flow.outputs[number, f"lot-{number:04}"] = flow.inputs[fan + 1, f"lot-{number:04}"] = 1000
            flow.lots[f"lot-{number:04}"] = 1000
        lots["lot-9999"], events[fan + 1] = (
            lot(fan + 1, "product")._replace(id="lot-9999"),
            event(fan + 1, "melt"),
        )
        flow.outputs[fan + 1, "lot-9999"] = flow.lots["lot-9999"] = fan * 1000
        last, total_g = "lot-9999", fan * 1000
    else:
        for number in range(1, chain + 1):
            name = f"lot-{number:04}"
            lots[name], events[number] = (
                lot(number, "heel"),
                event(number, "melt" if number > 1 else "opening"),
            )
            flow.outputs[number, name] = flow.lots[name] = 1000
            if number > 1:
                flow.inputs[number, f"lot-{number - 1:04}"] = 1000
        last, total_g = f"lot-{chain:04}", 1000
    return Trace(lots[last], total_g, "back", flow, lots, events)


def test_the_traced_lot_is_never_folded() -> None:
    trace = made_up(fan=40)
    assert lay_out(replace(trace, lot=trace.lots["lot-0040"])).columns[0][0].lot is not None
