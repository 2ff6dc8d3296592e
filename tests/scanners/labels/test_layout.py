"""What stands where on a label: no words in a quiet zone, none over each other, none left blank."""

from itertools import combinations
from pathlib import Path

import pytest

from scanners.codes import group_code
from scanners.labels.layout import MARGIN, SIZES, Label, LabelBox, LabelLayout, LabelSize, lay_out
from scanners.labels.lettering import CAPITALS, MISSING
from tests.support.labels import ADDRESS, CODE, LONG_ADDRESS, REFERENCE, lettering, list_materials, make_label
from traceability.render.pdf import FONTS

MATERIALS = list(list_materials())
HOSTS = [ADDRESS, "http://192.168.1.5:8080", LONG_ADDRESS, f"https://{'a' * 52}.example.cn"]


@pytest.mark.parametrize("address", HOSTS)
@pytest.mark.parametrize("dots_per_mm", [8.0, 300 / 25.4])
@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_no_words_of_any_material_enter_a_quiet_zone_or_meet(
    size: LabelSize, dots_per_mm: float, address: str
) -> None:
    names = [(name, waste) for zh, en, waste in MATERIALS for name in (zh, en)]
    for name, waste_code in [*names, (max((name for name, _ in names), key=len) * 2, "321-024-48")]:
        layout = lay_out(make_label(name, waste_code, address=address), size, lettering(), dots_per_mm)
        check(layout)
        assert layout.words[0].text == group_code(CODE)


def check(layout: LabelLayout) -> None:
    size = layout.size
    for symbol in layout.symbol_boxes:
        assert LabelBox(0, 0, size.width + 1e-6, size.height + 1e-6).meets(symbol)
        assert symbol.right <= size.width + 1e-6
        assert symbol.bottom <= size.height + 1e-6
    assert not layout.symbol_boxes[0].meets(layout.symbol_boxes[1])
    for line in layout.words:
        assert line.text
        assert line.width > 0
        box = line.box
        for symbol in layout.symbol_boxes:
            assert not box.meets(symbol), (line.text, box, symbol)
        assert box.left >= MARGIN - 1e-6
        assert box.right <= size.width - MARGIN + 1e-6
        assert box.bottom <= size.height
    for one, other in combinations(layout.words, 2):
        assert not ink(one.box).meets(ink(other.box)), (one.text, other.text)
    for polygon in layout.polygons:
        xs, ys = zip(*polygon.points, strict=True)
        mark = LabelBox(min(xs), min(ys), max(xs), max(ys))
        assert not any(
            mark.meets(box) for box in [*layout.symbol_boxes, *(ink(line.box) for line in layout.words)]
        )


def ink(box: LabelBox) -> LabelBox:
    """Lines may stand closer than the highest and the deepest letter of the font."""
    inset = (box.bottom - box.top) * 0.06
    return box._replace(top=box.top + inset, bottom=box.bottom - inset)


@pytest.mark.parametrize(("size", "capitals", "least"), [("60x40", 5, 2.0), ("100x70", 8, 3.4)])
def test_code_and_grade_are_read_from_a_step_away(size: str, capitals: float, least: float) -> None:
    for zh, en, _ in MATERIALS:
        for name in (zh, en):
            code, *rest = lay_out(make_label(name), SIZES[size], lettering()).words
            assert code.em * CAPITALS >= capitals
            assert min(line.em for line in rest) >= least, name


def test_a_name_is_shown_whole_in_one_line_or_two() -> None:
    for zh, en, _ in MATERIALS:
        for name in (zh, en):
            shown = [line.text for line in lay_out(make_label(name), SIZES["60x40"], lettering()).words]
            assert any(
                "".join(shown[1 : 1 + lines]).replace(" ", "") == name.replace(" ", "") for lines in (1, 2)
            ), name


def test_a_blank_label_has_its_code_beside_both_symbols() -> None:
    layout = lay_out(Label(f"{ADDRESS}/l/{CODE}", CODE), SIZES["60x40"], lettering())
    check(layout)
    assert [line.text for line in layout.words] == [group_code(CODE)] * 2


def test_modules_are_whole_dots_of_both_resolutions_and_large_enough_for_phones() -> None:
    for size in SIZES.values():
        for dots_per_mm in (8.0, 300 / 25.4):
            for address in HOSTS[:3]:
                layout = lay_out(make_label(address=address), size, lettering(), dots_per_mm)
                assert layout.module * dots_per_mm == pytest.approx(round(layout.module * dots_per_mm))
                assert layout.module >= 0.396  # the least that GS1 allows; 0.495 is asked for, and kept below
                if address == ADDRESS:
                    assert layout.module >= 0.495


def test_hazardous_waste_bears_its_mark_and_code_and_nothing_else_does() -> None:
    plain = lay_out(make_label(), SIZES["60x40"], lettering())
    waste = lay_out(make_label(waste_code="321-024-48"), SIZES["60x40"], lettering())
    assert plain.polygons == ()
    assert waste.polygons
    assert any("321-024-48" in line.text for line in waste.words)


def test_the_font_draws_every_character_of_the_reference_data_and_of_personal_names() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted(REFERENCE.glob("*.*"))
        if path.suffix in (".csv", ".toml")
    ]
    assert len(texts) > 15
    assert lettering().find_missing("".join(sorted(set("".join(texts))))) == []
    table = "".join(
        bytes((row, cell)).decode("gb2312", "ignore")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
    )
    further = (Path(FONTS) / "beyond-gb2312.txt").read_text(encoding="utf-8")
    names = {char for char in table + further if char >= "\u4e00" or "\u3400" <= char <= "\u4dbf"}
    assert len(names) >= 8105  # 通用规范汉字表 2013, and what GB 2312 has besides
    assert lettering().find_missing("".join(sorted(names))) == []


def test_a_character_that_the_font_lacks_is_printed_as_a_mark_and_told() -> None:
    lacking = "\U00030000"  # 𰀀
    assert lettering().find_missing(f"6063{lacking}锭") == [lacking]
    layout = lay_out(make_label(f"6063{lacking}锭"), SIZES["60x40"], lettering())
    assert layout.words[1].text == f"6063{MISSING}锭"
