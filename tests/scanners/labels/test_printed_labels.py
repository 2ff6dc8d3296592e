"""Every printed label is read again: from PDF at four resolutions, and from the dots of ZPL and TSPL printers."""

import random
import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from scanners.codes import draw_code
from scanners.labels.dots import RESOLUTIONS, draw_dots, pack_dots
from scanners.labels.layout import SIZES, LabelLayout, lay_out
from scanners.labels.pdf import Paper, roll_of, sheet_of, write_label_pdf
from scanners.labels.svg import draw_label, draw_qr
from scanners.labels.tspl import write_tspl
from scanners.labels.zpl import write_zpl
from tests.support.labels import ADDRESS, lettering, list_materials, make_label, read_codes
from traceability.render.pdf import FONTS

GOLDEN = Path(__file__).with_name("golden")
MATERIALS = list(list_materials())


def lay_out_many(size: str, count: int, dots_per_mm: float = 8.0) -> list[LabelLayout]:
    rng = random.Random(7)
    labels = [
        make_label(MATERIALS[n % len(MATERIALS)][n % 2], MATERIALS[n % len(MATERIALS)][2], draw_code(rng.randbytes))
        for n in range(count)
    ]  # fmt: skip
    return [lay_out(label, SIZES[size], lettering(), dots_per_mm) for label in labels]


@pytest.mark.parametrize(
    ("size", "paper", "count"), [("60x40", sheet_of, 25), ("100x70", sheet_of, 9), ("60x40", roll_of, 3)]
)
def test_every_label_of_every_page_is_read_at_four_resolutions(size: str, paper: object, count: int) -> None:
    assert callable(paper)
    page: Paper = paper(SIZES[size])
    layouts = lay_out_many(size, count)
    file = pypdfium2.PdfDocument(write_label_pdf(layouts, page, FONTS, "标签", "zh"))
    assert len(file) == -(-count // page.count)
    for dpi in (96, 150, 203, 300):
        for number in range(len(file)):
            image = file[number].render(scale=dpi / 72).to_pil().convert("L")
            for place, (left, top) in enumerate(page.corners(SIZES[size])):
                if number * page.count + place >= count:
                    break
                expected = layouts[number * page.count + place]
                box = [
                    round(side * dpi / 25.4)
                    for side in (left, top, left + SIZES[size].width, top + SIZES[size].height)
                ]
                found = read_codes(image.crop((box[0], box[1], box[2], box[3])))
                assert set(found) == {f"{ADDRESS}/l/{expected.code}"}, (dpi, number, place)
                if dpi > 96:
                    assert len(found) == 2


def test_a_pdf_holds_its_words_as_text_with_our_font_alone() -> None:
    layouts = lay_out_many("60x40", 4)
    file = write_label_pdf(layouts, roll_of(SIZES["60x40"]), FONTS, "标签", "zh")
    text = pypdfium2.PdfDocument(file)[0].get_textpage().get_text_bounded()
    for line in layouts[0].words:
        assert line.text.replace("\u00a0", " ") in text.replace("\u00a0", " "), text
    fonts = re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z]+)", file)
    assert set(fonts) == {b"NotoSansCJKsc"}


def test_sheets_hold_as_many_labels_as_fit_with_cut_marks_between_them() -> None:
    assert (sheet_of(SIZES["60x40"]).count, sheet_of(SIZES["100x70"]).count) == (21, 8)
    for size in SIZES.values():
        paper = sheet_of(size)
        corners = list(paper.corners(size))
        xs, ys = {x for x, _ in corners}, {y for _, y in corners}
        for x0, y0, x1, y1 in paper.list_cuts(size):
            assert min(x0, x1) >= 0
            assert max(x0, x1) <= paper.width
            assert min(y0, y1) >= 0
            assert max(y0, y1) <= paper.height
            inside = min(xs) < x0 < max(xs) + size.width and min(ys) < y0 < max(ys) + size.height
            assert not inside, "a cut mark on a label"
    assert roll_of(SIZES["60x40"]).list_cuts(SIZES["60x40"]) == []


@pytest.mark.parametrize("dpi", list(RESOLUTIONS))
@pytest.mark.parametrize("size", list(SIZES))
def test_what_zpl_and_tspl_print_is_read_and_is_the_same(size: str, dpi: int) -> None:
    dots = RESOLUTIONS[dpi]
    layouts = lay_out_many(size, 4, dots)
    images = [draw_dots(layout, lettering(), dots) for layout in layouts]
    zpl, tspl = write_zpl(images, 2), write_tspl(images, SIZES[size], 2)
    printed = read_zpl(zpl)
    assert len(printed) == 4
    assert zpl.count(b"^PQ2\n") == 4
    assert tspl.count(b"PRINT 1,2\r\n") == 4
    for layout, image, dots_of_zpl, dots_of_tspl in zip(
        layouts, images, printed, read_tspl(tspl), strict=True
    ):
        assert pack_dots(image)[1] == dots_of_zpl == dots_of_tspl
        assert read_codes(image.convert("L")) == [f"{ADDRESS}/l/{layout.code}"] * 2
        check_quiet_zones(layout, image, dots)


def check_quiet_zones(layout: LabelLayout, image: Image.Image, dots: float) -> None:
    """No dot of words, marks or the other symbol in the four modules around a symbol."""
    grey, module = image.convert("L"), round(layout.module * dots)
    for left, top in layout.symbols:
        x, y, side = round(left * dots), round(top * dots), module * len(layout.matrix)
        quiet = 4 * module
        zones = [
            (x, y, x + side, y + quiet), (x, y + side - quiet, x + side, y + side),
            (x, y, x + quiet, y + side), (x + side - quiet, y, x + side, y + side),
        ]  # fmt: skip
        for zone in zones:
            assert grey.crop(zone).getextrema() == (255, 255), (layout.code, zone)


def read_zpl(file: bytes) -> list[list[bytes]]:
    """Return the rows of each picture as a printer reads them (Zebra, ZPL II programming guide, ^GF and its compression)."""
    pictures = []
    for total, stride, text in re.findall(rb"\^FO0,0\^GFA,(\d+),\d+,(\d+),([^^]*)\^FS", file):
        rows: list[str] = []
        digits, row, repeat = int(stride) * 2, "", 0
        for char in text.decode("ascii"):
            if char == ":":
                rows.append(rows[-1])
            elif char == ",":
                rows.append(row.ljust(digits, "0"))
                row = ""
            elif "G" <= char <= "Y":
                repeat += ord(char) - ord("F")
            elif "g" <= char <= "z":
                repeat += 20 * (ord(char) - ord("f"))
            else:
                row, repeat = row + char * (repeat or 1), 0
            if len(row) == digits:
                rows.append(row)
                row = ""
        assert len(rows) * int(stride) == int(total)
        pictures.append([bytes.fromhex(one) for one in rows])
    return pictures


def read_tspl(file: bytes) -> list[list[bytes]]:
    pictures = []
    while found := re.search(rb"CLS\r\nBITMAP 0,0,(\d+),(\d+),0,", file):
        stride, height = int(found[1]), int(found[2])
        raw = file[found.end() : found.end() + stride * height]
        pictures.append(
            [bytes(byte ^ 0xFF for byte in raw[at : at + stride]) for at in range(0, len(raw), stride)]
        )
        file = file[found.end() + stride * height :]
    return pictures


def test_the_files_of_one_label_are_the_ones_that_were_looked_at() -> None:
    """Where the layout changes on purpose: write them anew with ``python -m tests.scanners.labels.write_golden``."""
    image = draw_dots(
        lay_out(make_label(waste_code="321-024-48"), SIZES["60x40"], lettering(), 8.0), lettering(), 8.0
    )
    assert write_zpl([image]) == (GOLDEN / "label.zpl").read_bytes()
    assert write_tspl([image], SIZES["60x40"]) == (GOLDEN / "label.tspl").read_bytes()


def test_svg_needs_no_inline_style_and_every_line_says_how_wide_it_is() -> None:
    layout = lay_out(make_label("6063 <边角> & 汨罗", "321-024-48"), SIZES["60x40"], lettering())
    drawn = draw_label(layout)
    assert "style=" not in drawn + draw_qr(f"{ADDRESS}/l/{layout.code}", "<code>")
    assert drawn.count("<text") == drawn.count("textLength=") == len(layout.words)
    assert "&lt;边角&gt; &amp; 汨罗" in drawn
