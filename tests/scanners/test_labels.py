"""The printed label is read by a decoder, also when half of it is gone."""

import random
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from scanners.codes import draw_code, group_code
from scanners.digital_link import build_label_uri
from scanners.labels import svg

HOST = "trace.example.cn"
CODE = "126B07K7Q3F7"
SVG = "{http://www.w3.org/2000/svg}"
DOTS = 8  # per mm: 203 dpi, a thermal printer


def draw_paths(label: str) -> Image.Image:
    """The label as its printer would burn it: every dark run a rectangle of dots."""
    root = ElementTree.fromstring(label)
    image = Image.new("L", (round(svg.WIDTH * DOTS), round(svg.HEIGHT * DOTS)), 255)
    pen = ImageDraw.Draw(image)
    for group in root.iter(f"{SVG}g"):
        transform = group.attrib["transform"]
        scale = float(re.findall(r"scale\(([\d.]+)\)", transform)[0])
        left, top = (
            float(n) for n in (re.findall(r"translate\(([\d.]+) ([\d.]+)\)", transform) or [("0", "0")])[0]
        )
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", group[0].attrib["d"]):
            box = [left + int(x) * scale, top + int(y) * scale, left + (int(x) + int(width)) * scale]
            x0, y0, x1 = (round(side * DOTS) for side in box)
            pen.rectangle((x0, y0, x1 - 1, y0 + round(scale * DOTS) - 1), fill=0)
    return image


def read_codes(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def test_both_symbols_of_a_label_are_read_at_203_dpi() -> None:
    rng = random.Random(3)
    for _ in range(10):
        code = draw_code(rng.randbytes)
        assert read_codes(draw_paths(svg.draw_label(HOST, code))) == [build_label_uri(HOST, code)] * 2


@pytest.mark.parametrize("corner", [(0, 0, 240, 320), (240, 0, 480, 320)])
def test_one_symbol_is_enough(corner: tuple[int, int, int, int]) -> None:
    image = draw_paths(svg.draw_label(HOST, CODE))
    image.paste(90, corner)
    assert read_codes(image) == [build_label_uri(HOST, CODE)]


def test_blotches_of_dirt_seldom_hide_both_symbols() -> None:
    rng = random.Random(4)
    seen = 0
    for _ in range(20):
        image = draw_paths(svg.draw_label(HOST, CODE))
        pen = ImageDraw.Draw(image)
        dirty = 0.0
        while (
            dirty < 0.04 * image.width * image.height
        ):  # blotches 2 to 5 mm wide, dark as oil or white as scratches
            radius = rng.uniform(1, 2.5) * DOTS
            x, y = rng.randrange(image.width), rng.randrange(image.height)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rng.choice((0, 255)))
            dirty += 3.14 * radius * radius
        seen += build_label_uri(HOST, CODE) in read_codes(image)
    assert seen >= 16


@pytest.mark.parametrize("host", ["a.cn", HOST, "traceability.recycling.province.example.cn"])
def test_symbols_and_texts_keep_out_of_each_other(host: str) -> None:
    root = ElementTree.fromstring(svg.draw_label(host, CODE, caption="6063 <边角> & 汨罗"))
    side = len(svg.make_matrix(build_label_uri(host, CODE))) * min(
        svg.MODULE, svg.WIDEST / len(svg.make_matrix(build_label_uri(host, CODE)))
    )
    texts = list(root.iter(f"{SVG}text"))
    assert [text.text for text in texts if "textLength" in text.attrib] == [group_code(CODE)] * 2
    for text in texts:
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        right = x + float(text.attrib.get("textLength", 0))
        assert y <= svg.HEIGHT
        assert right <= svg.WIDTH
        assert not (x < side - 0.01 and y - svg.TEXT_CAPS < side - 0.01), "in the first symbol's quiet zone"
        assert not (right > svg.WIDTH - side + 0.01 and y > svg.HEIGHT - side), (
            "in the second symbol's quiet zone"
        )


@pytest.mark.parametrize(
    "caption", ["6063 圆铸锭", "再生铸造铝合金原料（铝硅铜）", "Cast aluminium raw material, Al-Si-Cu"]
)
def test_the_grade_is_read_from_a_step_away(caption: str) -> None:
    root = ElementTree.fromstring(svg.draw_label(HOST, CODE, caption=caption))
    shown = [text for text in root.iter(f"{SVG}text") if "textLength" not in text.attrib]
    assert "".join((text.text or "").replace(" ", "") for text in shown) == caption.replace(" ", "")
    for text in shown:
        assert float(text.attrib["font-size"]) >= 3
        assert float(text.attrib["y"]) < svg.HEIGHT - 22.5


def test_the_typed_code_is_tall_enough_and_nothing_needs_inline_style() -> None:
    label = svg.draw_label(HOST, CODE)
    assert svg.TEXT_CAPS >= 5
    assert "style=" not in label
    assert "style=" not in svg.draw_qr(HOST, CODE)


def test_the_plain_symbol_is_read_and_has_its_quiet_zone() -> None:
    matrix = svg.make_matrix(build_label_uri(HOST, CODE))
    assert len(matrix) == 45  # version 5: what the module size was chosen for
    assert not any(any(row) for row in matrix[: svg.QUIET])
    image = Image.new("L", (45, 45), 255)
    image.putdata([0 if dark else 255 for row in matrix for dark in row])
    assert read_codes(image.resize((360, 360), Image.Resampling.NEAREST)) == [build_label_uri(HOST, CODE)]
