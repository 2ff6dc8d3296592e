"""Labels for tests: of every kind, laid out, drawn, and read again as a phone would."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import zxingcpp
from PIL import Image

from scanners.digital_link import build_label_uri
from scanners.labels.layout import Label
from scanners.labels.lettering import Lettering
from traceability.render.pdf import FONTS

ADDRESS = "https://trace.example.cn"
LONG_ADDRESS = "https://traceability.recycling.province.example.cn"
CODE = "126B07K7Q3F7"
REFERENCE = Path(__file__).parents[2] / "seed" / "reference"


@cache
def lettering() -> Lettering:
    """The font that labels are printed with."""
    return Lettering(FONTS / "sans.otf")


def list_materials() -> Iterator[tuple[str, str, str]]:
    """Yield (name in Chinese, name in English, waste code) of every material of the catalogue."""
    with (REFERENCE / "materials.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["zh"], row["en"], row["waste_code"]


def make_label(
    grade: str = "6063 圆铸锭",
    waste_code: str = "",
    code: str = CODE,
    address: str = ADDRESS,
    site: str = "汨罗循环经济产业园再生铝熔炼厂",
) -> Label:
    """A label with everything that one may tell."""
    hazard = f"危险废物 {waste_code}" if waste_code else ""
    lines = ("炉号 A-2025-0117", f"2025-03-31 {site}")
    return Label(build_label_uri(address, code), code, grade, "10 000 000.123 kg", hazard, lines)


def read_codes(image: Image.Image) -> list[str]:
    """The addresses of all codes in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def characters_of(texts: Iterable[str]) -> str:
    """All characters of some texts, each once."""
    return "".join(sorted(set("".join(texts))))
